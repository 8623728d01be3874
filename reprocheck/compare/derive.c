/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Derived words.  Once every byte of A has its place in B, a word of A that
 * names a place (an address, an offset into a string table, a distance) can be
 * recomputed for B: map the place, and see whether B's word names just that.
 * Nothing is guessed from the size of a difference; a word that the map does
 * not send exactly to B's word is not derived.
 */
#include "reprocheck/compare/workspace.h"

#include <string.h>

#define PAGE          4096
#define ALIGNMENT_MAX 64 /* zeros that may follow a table before the next one */

static int64_t sign_extend(uint64_t v, unsigned width)
{
	return width >= 8 ? (int64_t)v : (int64_t)(v << (64 - 8 * width)) >> (64 - 8 * width);
}

/* The workspace on whose map the image's own bytes are: this one, or the one it was decoded from. */
static const struct workspace *map_of(const struct workspace *w, const struct layout *image)
{
	return !image || image->content == w->content[0] ? w : w->outer;
}

static bool places_match(const struct workspace *w, const struct layout *ia, uint64_t a,
			 const struct layout *ib, uint64_t b, struct derive_state *state)
{
	const struct workspace *map = map_of(w, ia);

	return map && a <= ia->size && b <= ib->size &&
	       segments_maps(&map->segments, ia->base + a, ib->base + b,
			     map == w ? &state->hint : &state->outer_hint);
}

/* Memory without bytes (.bss): ranges of one name correspond, from the start, or from the end when they grew. */
static bool memory_matches(const struct layout *ia, uint64_t a, const struct layout *ib, uint64_t b)
{
	const struct address_range *ra = image_range(ia, a), *rb = image_range(ib, b);

	if (!ra || !rb || ra->off != ADDRESS_NO_BYTES || rb->off != ADDRESS_NO_BYTES || !ra->name ||
	    !rb->name || strcmp(ra->name, rb->name) != 0 || a - ra->address > ra->size ||
	    b - rb->address > rb->size)
		return false;
	return a - ra->address == b - rb->address ||
	       ra->size - (a - ra->address) == rb->size - (b - rb->address);
}

static bool addresses_match(const struct workspace *w, const struct layout *ia, uint64_t a,
			    const struct layout *ib, uint64_t b, struct derive_state *state)
{
	uint64_t oa, ob;

	if (image_offset(ia, a, &oa) && image_offset(ib, b, &ob))
		return places_match(w, ia, oa, ib, ob, state);
	return memory_matches(ia, a, ib, b);
}

static const struct part *target_part(const struct layout *image, const struct reference *r)
{
	return r->target < image->count ? &image->parts[r->target] : NULL;
}

/* The space of a compressed section's content; NULL: the part is not compressed, or its content is the same. */
static const struct workspace *decoded_part(const struct workspace *map, const struct layout *image,
					    const struct part *p)
{
	size_t i;

	for (i = 0; i < map->deferred_count; i++) {
		const struct workspace *w = map->deferred[i].w;
		uint64_t at = w->origin.layout[0]->base;

		if (at >= image->base + p->off && at < image->base + p->off + p->len)
			return w;
	}
	return NULL;
}

/* Both values are offsets from the starts of two corresponding parts. */
static bool offsets_match(const struct workspace *w, const struct layout *ia, const struct part *pa,
			  int64_t a, const struct layout *ib, const struct part *pb, int64_t b,
			  struct derive_state *state)
{
	const struct workspace *map = map_of(w, ia), *inner;

	if (!pa || !pb || a < 0 || b < 0 || !map)
		return false;
	inner = decoded_part(map, ia, pa);
	if (inner)
		return (uint64_t)a <= inner->size[0] && (uint64_t)b <= inner->size[1] &&
		       segments_maps(&inner->segments, (uint64_t)a, (uint64_t)b, &state->inner_hint);
	return (uint64_t)a <= pa->len && (uint64_t)b <= pb->len &&
	       places_match(w, ia, pa->off + (uint64_t)a, ib, pb->off + (uint64_t)b, state);
}

/* Distances from a place (PCREL) or from a table's start, as virtual addresses. */
static bool distances_match(const struct workspace *w, const struct layout *ia, uint64_t from_a, int64_t a,
			    const struct layout *ib, uint64_t from_b, int64_t b, struct derive_state *state)
{
	uint64_t pa, pb;

	return image_address(ia, from_a, &pa) && image_address(ib, from_b, &pb) &&
	       addresses_match(w, ia, pa + (uint64_t)a, ib, pb + (uint64_t)b, state);
}

/* A length that reaches to an end: the ends correspond. Both words stand at offsets of the contents. */
static bool ends_match(const struct workspace *w, const struct reference *ra, uint64_t off, uint64_t va,
		       uint64_t b_off, uint64_t vb, struct derive_state *state)
{
	uint64_t a = off + ra->width + (uint64_t)(int64_t)ra->bias,
		 b = b_off + ra->width + (uint64_t)(int64_t)ra->bias;

	if (va > w->size[0] || vb > w->size[1] || a + va > w->size[0] || b + vb > w->size[1])
		return false;
	return segments_maps(&w->segments, a + va, b + vb, &state->hint);
}

/* Offsets from the start of the word's own section: of the content, when the section was decoded. */
static bool own_offsets_match(const struct workspace *w, const struct layout *ia, uint64_t off, int64_t a,
			      const struct layout *ib, uint64_t b_off, int64_t b, struct derive_state *state)
{
	if (map_of(w, ia) != w)
		return a >= 0 && b >= 0 &&
		       segments_maps(&w->segments, (uint64_t)a, (uint64_t)b, &state->hint);
	return offsets_match(w, ia, layout_part_at(ia, off - ia->base), a, ib,
			     layout_part_at(ib, b_off - ib->base), b, state);
}

/* Ends of two tables correspond when the last bytes in them do that are not zero: both may be aligned. */
static bool span_ends_match(const struct workspace *w, const struct layout *ia, uint64_t a, uint64_t a_len,
			    const struct layout *ib, uint64_t b, uint64_t b_len, struct derive_state *state)
{
	uint64_t x, y;
	unsigned i;

	if (!image_offset(ia, a, &x) || !image_offset(ib, b, &y) || !range_inside(x, a_len, ia->size) ||
	    !range_inside(y, b_len, ib->size))
		return false;
	for (i = 0; i < ALIGNMENT_MAX && a_len && !ia->data[x + a_len - 1]; i++)
		a_len--;
	for (i = 0; i < ALIGNMENT_MAX && b_len && !ib->data[y + b_len - 1]; i++)
		b_len--;
	return places_match(w, ia, x + a_len, ib, y + b_len, state);
}

/* A length whose address stands one or two words before it: what it spans begins and ends at corresponding places. */
static bool spans_match(const struct workspace *w, const struct leaf *leaf, const struct reference *r,
			uint64_t off, uint64_t va, uint64_t b_off, uint64_t vb, struct derive_state *state)
{
	const struct layout *ia = leaf->layout[0]->image, *ib = leaf->layout[1]->image;
	uint64_t a0 = leaf->layout[0]->base, b0 = leaf->layout[1]->base, back, pa, pb;

	if (map_of(w, ia) != w || va > ia->size || vb > ib->size)
		return false;
	for (back = r->width; back <= 2 * (uint64_t)r->width; back += r->width) {
		if (off - a0 < back || b_off - b0 < back)
			break;
		pa = load_uint(w->data[0] + off - back, r->width, r->big);
		pb = load_uint(w->data[1] + b_off - back, r->width, r->big);
		if (pa && pb && addresses_match(w, ia, pa, ib, pb, state) &&
		    span_ends_match(w, ia, pa, va, ib, pb, vb, state))
			return true;
	}
	return false;
}

bool derive_value(const struct workspace *w, const struct leaf *leaf, const struct reference *ra,
		  const struct reference *rb, uint64_t off, uint64_t b_off, struct derive_state *state)
{
	const struct layout *ia = leaf->layout[0]->image, *ib = leaf->layout[1]->image;
	uint64_t va = load_uint(w->data[0] + off, ra->width, ra->big),
		 vb = load_uint(w->data[1] + b_off, rb->width, rb->big);
	int64_t sa = sign_extend(va, ra->width), sb = sign_extend(vb, rb->width);
	const struct part *pa, *pb;

	if (ra->kind == REFERS_SELF_SIZE)
		return ends_match(w, ra, off, va, b_off, vb, state);
	if (!ia || !ib || ra->kind != rb->kind || !map_of(w, ia))
		return false;
	pa = target_part(ia, ra);
	pb = target_part(ib, rb);
	switch (ra->kind) {
	case REFERS_ADDRESS: return addresses_match(w, ia, va, ib, vb, state);
	case REFERS_PCREL:
		return map_of(w, ia) == w && distances_match(w, ia, off - ia->base, sa + ra->bias, ib,
							     b_off - ib->base, sb + rb->bias, state);
	case REFERS_TABLE:
		return pa && pb ? distances_match(w, ia, pa->off, sa, ib, pb->off, sb, state)
				: distances_match(w, ia, off - ia->base, sa, ib, b_off - ib->base, sb, state);
	case REFERS_OFFSET:
		return offsets_match(w, ia, pa, (int64_t)va + ra->bias, ib, pb, (int64_t)vb + rb->bias,
				     state);
	case REFERS_SECTION_ADDEND:
		return offsets_match(w, ia, pa, sa + ra->bias, ib, pb, sb + rb->bias, state);
	case REFERS_SELF: return own_offsets_match(w, ia, off, sa, ib, b_off, sb, state);
	case REFERS_FILE_OFFSET: return places_match(w, ia, va, ib, vb, state);
	case REFERS_SIZE:
		return pa && pb && va + (uint64_t)(int64_t)ra->bias == pa->len &&
		       vb + (uint64_t)(int64_t)rb->bias == pb->len;
	case REFERS_RECORD:
		return pa && pb && pa->records && pb->records &&
		       offsets_match(w, ia, pa, (int64_t)(va * pa->records->size), ib, pb,
				     (int64_t)(vb * pb->records->size), state);
	case REFERS_SPAN: return spans_match(w, leaf, ra, off, va, b_off, vb, state);
	case REFERS_EXTENT:
	case REFERS_SELF_SIZE: break;
	}
	return false;
}

/* Segments end at whole pages: the page ends match when the ranges that they round up correspond. */
static bool page_ends_match(const struct layout *ia, uint64_t a, const struct layout *ib, uint64_t b)
{
	const struct address_range *ra = a ? image_range(ia, a - 1) : NULL,
				   *rb = b ? image_range(ib, b - 1) : NULL;

	if (!ra || !rb || !ra->name || !rb->name || strcmp(ra->name, rb->name) != 0)
		return false;
	return a % PAGE == 0 && b % PAGE == 0 && a - (ra->address + ra->size) < PAGE &&
	       b - (rb->address + rb->size) < PAGE;
}

/* The ends of two corresponding ranges, whatever follows them. */
static bool range_ends_match(const struct layout *ia, uint64_t a, const struct layout *ib, uint64_t b)
{
	const struct address_range *ra = a ? image_range(ia, a - 1) : NULL,
				   *rb = b ? image_range(ib, b - 1) : NULL;

	return ra && rb && ra->name && rb->name && strcmp(ra->name, rb->name) == 0 &&
	       ra->address + ra->size == a && rb->address + rb->size == b;
}

bool derive_end(const struct workspace *w, const struct leaf *leaf, const struct reference of[2],
		const uint64_t end[2], struct derive_state *state)
{
	const struct layout *ia = leaf->layout[0]->image, *ib = leaf->layout[1]->image;

	if (!ia || !ib || of[0].kind != of[1].kind || map_of(w, ia) != w)
		return false;
	if (of[0].kind == REFERS_OFFSET)
		return offsets_match(w, ia, target_part(ia, &of[0]), (int64_t)end[0], ib,
				     target_part(ib, &of[1]), (int64_t)end[1], state);
	if (of[0].kind == REFERS_FILE_OFFSET)
		return places_match(w, ia, end[0], ib, end[1], state);
	return addresses_match(w, ia, end[0], ib, end[1], state) ||
	       range_ends_match(ia, end[0], ib, end[1]) || page_ends_match(ia, end[0], ib, end[1]);
}

/* Where aligned words count from: the image (sections are aligned in it), or the start of a decoded section. */
static uint64_t alignment_origin(const struct workspace *w, const struct leaf *leaf)
{
	const struct layout *image = leaf->layout[0]->image;

	if (!image)
		return leaf->layout[0]->base + leaf->part[0]->off;
	return image->content == w->content[0] ? image->base : 0;
}

/* The bytes of the leaf's part on one side, in the content. */
static uint64_t leaf_start(const struct leaf *leaf, int side)
{
	return leaf->layout[side]->base + leaf->part[side]->off;
}

bool derive_word(const struct workspace *w, const struct leaf *leaf, uint64_t off, uint64_t b_off,
		 struct derive_state *state, uint64_t *ret_off, uint64_t *ret_len)
{
	const struct part *pa = leaf->part[0], *pb = leaf->part[1];
	uint64_t a0 = leaf_start(leaf, 0), b0 = leaf_start(leaf, 1), origin = alignment_origin(w, leaf);
	unsigned i, back;

	for (i = 0; i < pa->reference_count && i < pb->reference_count; i++) {
		const struct reference *ra = &pa->references[i], *rb = &pb->references[i];

		for (back = 0; back < ra->width; back++) {
			uint64_t at = off - back, bt = b_off - back;

			if (off - a0 < back || b_off - b0 < back || ra->width != rb->width)
				break;
			if (ra->aligned && (at - origin) % ra->width)
				continue;
			if (!range_inside(at - a0, ra->width, pa->len) ||
			    !range_inside(bt - b0, ra->width, pb->len))
				continue;
			if (!derive_value(w, leaf, ra, rb, at, bt, state))
				continue;
			*ret_off = at;
			*ret_len = ra->width;
			return true;
		}
	}
	return false;
}
