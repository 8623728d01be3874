/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzers/layout.h"

#include "base/sorted.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A layout's arena is capped so that a hostile file with millions of tiny
 * parts costs a bounded amount; the split stops there with a note and the rest
 * of the window is unclaimed.
 */
#define LAYOUT_ARENA_MAX ((size_t)1 << 30)
#define NOTES_MAX        64

static struct budget default_budget = { .total_max = BUDGET_TOTAL,
					.ratio_max = BUDGET_RATIO,
					.depth_max = BUDGET_DEPTH };

static struct layout *layout_new(struct content *c, uint64_t base, uint64_t size,
				 const struct analyzer *analyzer)
{
	struct layout *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->analyzer = analyzer;
	l->content = content_ref(c);
	l->base = base;
	l->size = size;
	l->data = content_data(c) + base;
	l->budget = &default_budget;
	l->arena = (struct arena)ARENA_INIT(LAYOUT_ARENA_MAX);
	l->references = 1;
	return l;
}

struct layout *layout_ref(struct layout *l)
{
	atomic_fetch_add_explicit(&l->references, 1, memory_order_relaxed);
	return l;
}

void layout_unref(struct layout *l)
{
	while (l) {
		struct layout *parent = l->parent;

		if (atomic_fetch_sub_explicit(&l->references, 1, memory_order_acq_rel) != 1)
			return;
		if (l->analyzer && l->analyzer->release)
			l->analyzer->release(l);
		free(l->parts);
		arena_release(&l->arena);
		content_unref(l->content);
		free(l);
		l = parent;
	}
}

static const struct analyzer *probe_all(const uint8_t *data, uint64_t size)
{
	size_t i;

	for (i = 0; analyzers[i]; i++)
		if (analyzers[i]->probe(data, size))
			return analyzers[i];
	return text_analyzer.probe(data, size) ? &text_analyzer : &raw_analyzer;
}

/* Runs the split that `l` needs; on success the layout is tiled and immutable. */
static int layout_complete(struct layout *l, int split_result)
{
	if (split_result < 0 && split_result != -ENOMEM) {
		layout_note(l, 0, "%s: %s", l->analyzer->name, strerror(-split_result));
		split_result = 0;
	}
	return split_result < 0 ? split_result : layout_finish(l);
}

static int identify(struct content *c, uint64_t off, uint64_t len, struct layout *from, unsigned depth,
		    struct budget *budget, struct layout **ret)
{
	CLEANUP(layout_unrefp) struct layout *l = NULL;
	bool too_deep;
	int r;

	if (!range_inside(off, len, content_size(c)))
		return -EINVAL;
	too_deep = depth > (budget ? budget : &default_budget)->depth_max;
	l = layout_new(c, off, len, too_deep ? &raw_analyzer : probe_all(content_data(c) + off, len));
	if (!l)
		return -ENOMEM;
	if (budget)
		l->budget = budget;
	if (too_deep)
		layout_note(l, 0, "nested deeper than %u containers: not opened", l->budget->depth_max);
	l->depth = depth;
	if (from)
		l->parent = layout_ref(from);
	r = layout_complete(l, l->analyzer->split(l));
	if (r < 0)
		return r;
	*ret = steal_pointer(l);
	return 0;
}

int layout_as_raw(struct content *c, struct layout **ret)
{
	CLEANUP(layout_unrefp) struct layout *l = layout_new(c, 0, content_size(c), &raw_analyzer);
	int r = l ? layout_complete(l, raw_analyzer.split(l)) : -ENOMEM;

	if (r >= 0)
		*ret = steal_pointer(l);
	return r;
}

int layout_identify(struct content *c, uint64_t off, uint64_t len, struct budget *budget, struct layout **ret)
{
	return identify(c, off, len, NULL, 0, budget, ret);
}

/* What a format knows of its own decoded content (the strings of a compressed .debug_str). 1: done. */
static int split_decoded(struct layout *from, const struct part *p, struct content *c, struct layout **ret)
{
	CLEANUP(layout_unrefp) struct layout *l = NULL;
	int r;

	if (!from->analyzer->split_decoded)
		return 0;
	l = layout_new(c, 0, content_size(c), from->analyzer);
	if (!l)
		return -ENOMEM;
	l->budget = from->budget;
	l->depth = from->depth + 1;
	l->parent = layout_ref(from);
	r = from->analyzer->split_decoded(l, from, p);
	if (r == 0)
		return 0;
	r = layout_complete(l, r < 0 ? r : 0);
	if (r < 0)
		return r;
	*ret = steal_pointer(l);
	return 1;
}

int layout_identify_inside(struct layout *from, const struct part *p, struct content *c, struct layout **ret)
{
	int r = from->depth + 1 > from->budget->depth_max ? 0 : split_decoded(from, p, c, ret);

	if (r != 0)
		return r < 0 ? r : 0;
	return identify(c, 0, content_size(c), NULL, from->depth + 1, from->budget, ret);
}

int layout_open(struct layout *l, const struct part *p, struct layout **ret)
{
	CLEANUP(layout_unrefp) struct layout *child = NULL;
	int r;

	if (p->kind == PART_CONTENT)
		return identify(l->content, l->base + p->off, p->len, l, l->depth + 1, l->budget, ret);
	if (p->kind != PART_GROUP || !l->analyzer->split_part)
		return -EINVAL;
	child = layout_new(l->content, l->base + p->off, p->len, l->analyzer);
	if (!child)
		return -ENOMEM;
	child->parent = layout_ref(l);
	child->image = l->image;
	child->budget = l->budget;
	child->depth = l->depth;
	r = layout_complete(child, l->analyzer->split_part(child, l, p));
	if (r < 0)
		return r;
	*ret = steal_pointer(child);
	return 0;
}

int layout_decode(struct layout *l, const struct part *p, struct content **ret, struct error *err)
{
	if (p->kind != PART_ENCODED || !l->analyzer->decode)
		return error_set(err, -EINVAL, content_name(l->content), "%s is not encoded", p->name);
	return l->analyzer->decode(l, p, ret, err);
}

static struct part *add_part(struct layout *l, uint64_t off, uint64_t len, enum part_kind kind,
			     const char *name)
{
	struct part *p;

	if (!name || !len)
		return NULL;
	if (off >= l->size) {
		layout_note(l, off, "%s lies past the end", name);
		return NULL;
	}
	if (len > l->size - off) {
		layout_note(l, off, "%s is cut: %llu of %llu bytes are there", name,
			    (unsigned long long)(l->size - off), (unsigned long long)len);
		len = l->size - off;
	}
	if (l->count == l->capacity) {
		size_t capacity = l->capacity ? 2 * l->capacity : 16;
		struct part *parts = reallocarray(l->parts, capacity, sizeof(*parts));

		if (!parts)
			return NULL;
		l->parts = parts;
		l->capacity = capacity;
	}
	p = &l->parts[l->count++];
	*p = (struct part){ .off = off, .len = len, .name = name, .kind = kind };
	return p;
}

struct part *layout_add(struct layout *l, uint64_t off, uint64_t len, enum part_kind kind, const char *name)
{
	return add_part(l, off, len, kind, arena_strndup(&l->arena, name, strlen(name)));
}

struct part *layout_addf(struct layout *l, uint64_t off, uint64_t len, enum part_kind kind, const char *fmt,
			 ...)
{
	char name[4096];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	return layout_add(l, off, len, kind, name);
}

struct part *layout_field(struct layout *l, uint64_t off, uint64_t len, const char *name, enum meaning m,
			  enum coding c)
{
	struct part *p = layout_add(l, off, len, PART_FIELD, name);

	if (p) {
		p->meaning = m;
		p->coding = c;
	}
	return p;
}

void layout_fields(struct layout *l, uint64_t off, const struct field_spec *specs)
{
	for (; specs->name && off < l->size; off += specs->len, specs++)
		(void)layout_field(l, off, specs->len, specs->name, specs->meaning, specs->coding);
}

void layout_note(struct layout *l, uint64_t off, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (l->note_count >= NOTES_MAX)
		return;
	if (!l->notes)
		l->notes = arena_array(&l->arena, NOTES_MAX, sizeof(*l->notes));
	if (!l->notes)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	l->notes[l->note_count].text = arena_strndup(&l->arena, text, strlen(text));
	if (l->notes[l->note_count].text)
		l->notes[l->note_count++].off = off;
}

static int compare_parts(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	return x->len > y->len ? -1 : x->len < y->len;
}

static bool parts_ascend(const struct layout *l)
{
	size_t i;

	for (i = 1; i < l->count; i++)
		if (l->parts[i - 1].off > l->parts[i].off)
			return false;
	return true;
}

/* The second half of layout_finish: overlaps are cut, gaps filled. Returns the new count. */
static size_t tile(struct layout *l, struct part *out)
{
	uint64_t at = 0;
	size_t i, n = 0;

	for (i = 0; i < l->count; i++) {
		struct part p = l->parts[i];

		if (p.off < at) {
			uint64_t cut = at - p.off;

			layout_note(l, p.off, "%s overlaps %s", p.name, n ? out[n - 1].name : "");
			if (cut >= p.len)
				continue;
			p = (struct part){ .off = at, .len = p.len - cut, .name = p.name, .kind = PART_RAW };
		}
		if (p.off > at)
			out[n++] = (struct part){
				.off = at, .len = p.off - at, .name = "(unclaimed)", .kind = PART_UNCLAIMED
			};
		out[n++] = p;
		at = p.off + p.len;
	}
	if (at < l->size)
		out[n++] = (struct part){
			.off = at, .len = l->size - at, .name = "(unclaimed)", .kind = PART_UNCLAIMED
		};
	return n;
}

/*
 * Part indices are promised to references (struct reference.target), so an
 * analyzer that uses them adds its parts in ascending order without gaps or
 * overlaps; then tiling changes nothing here and the array stays as it is.
 */
static bool parts_tile(const struct layout *l)
{
	uint64_t at = 0;
	size_t i;

	for (i = 0; i < l->count; i++) {
		if (l->parts[i].off != at)
			return false;
		at += l->parts[i].len;
	}
	return at == l->size;
}

int layout_finish(struct layout *l)
{
	struct part *out;

	if (l->finished)
		return 0;
	l->finished = true;
	if (parts_tile(l))
		return 0;
	if (!parts_ascend(l))
		qsort(l->parts, l->count, sizeof(*l->parts), compare_parts);
	out = calloc(2 * l->count + 1, sizeof(*out));
	if (!out)
		return -ENOMEM;
	l->count = tile(l, out);
	free(l->parts);
	l->parts = out;
	l->capacity = l->count;
	return 0;
}

const struct part *layout_part_at(const struct layout *l, uint64_t off)
{
	size_t n = off < l->size ? sorted_until(l->parts, l->count, off, off) : 0;

	return n ? &l->parts[n - 1] : NULL;
}

const struct part *layout_find(const struct layout *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (strcmp(l->parts[i].name, name) == 0)
			return &l->parts[i];
	return NULL;
}

const struct address_range *image_range(const struct layout *image, uint64_t address)
{
	size_t n = sorted_until(image->ranges, image->range_count, address, address);

	return n ? &image->ranges[n - 1] : NULL;
}

bool image_offset(const struct layout *image, uint64_t address, uint64_t *ret)
{
	const struct address_range *r = image_range(image, address);

	/* One past the end is a place too: symbols such as `end` name it. */
	if (!r || r->off == ADDRESS_NO_BYTES || address - r->address > r->size)
		return false;
	*ret = r->off + (address - r->address);
	return true;
}

bool image_address(const struct layout *image, uint64_t off, uint64_t *ret)
{
	size_t i;

	for (i = 0; i < image->range_count; i++) {
		const struct address_range *r = &image->ranges[i];

		if (r->off != ADDRESS_NO_BYTES && off >= r->off && off - r->off < r->size) {
			*ret = r->address + (off - r->off);
			return true;
		}
	}
	return false;
}
