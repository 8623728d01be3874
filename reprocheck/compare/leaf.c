/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaves: pairs of parts that are not split further.  Fields are decided at
 * once; tables of strings and lines (tokens.c) and of records are aligned by
 * their items; the rest by bytes.  What stands at equal lengths is left for
 * pass 4 as a leaf.
 */
#include "reprocheck/compare/leaf.h"

#include "analyzers/code.h"
#include "analyzers/entropy.h"
#include "base/digest.h"
#include "reprocheck/compare/align.h"
#include "reprocheck/causes/axis_causes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTROPY_MIN    64                  /* shorter runs have none to speak of */
#define ENTROPY_RANDOM 7.2                 /* of a few hundred random bytes at least */
#define RUNS_AT_ONCE   64                  /* of a leaf; the others wait for pass 4 */
#define LEAF_PIECE     (UINT64_C(1) << 20) /* pass 4 shares its work in pieces of this size */

int add_same(struct descent *d, uint64_t a, uint64_t b, uint64_t len)
{
	return segments_add(&d->out, &(struct segment){ .a = a,
							.a_len = len,
							.b = b,
							.b_len = len,
							.kind = SEGMENT_SAME,
							.moved = d->order,
							.index = FINDING_NONE });
}

int add_found(struct descent *d, uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len, uint32_t finding)
{
	if (finding == FINDING_NONE)
		return -ENOMEM;
	return segments_add(&d->out, &(struct segment){ .a = a,
							.a_len = a_len,
							.b = b,
							.b_len = b_len,
							.kind = SEGMENT_FOUND,
							.index = finding,
							.moved = FINDING_NONE });
}

struct run run_of(const struct pair *p, uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	return (struct run){ .layout = { p->layout[0], p->layout[1] },
			     .part = { p->part[0], p->part[1] },
			     .path = p->path,
			     .off = { a, b },
			     .len = { a_len, b_len } };
}

static int leaf_index(struct descent *d, struct pair *p)
{
	struct workspace *w = d->w;
	struct leaf *leaf;
	int r = 0;

	if (p->leaf != UINT32_MAX)
		return 0;
	pthread_mutex_lock(&w->lock);
	if (w->leaf_count == w->leaf_capacity) {
		size_t capacity = w->leaf_capacity ? 2 * w->leaf_capacity : 32;

		leaf = reallocarray(w->leaves, capacity, sizeof(*leaf));
		if (leaf) {
			w->leaves = leaf;
			w->leaf_capacity = capacity;
		} else {
			r = -ENOMEM;
		}
	}
	if (r == 0) {
		leaf = &w->leaves[w->leaf_count];
		*leaf = (struct leaf){ .layout = { layout_ref(p->layout[0]), layout_ref(p->layout[1]) },
				       .part = { p->part[0], p->part[1] },
				       .path = p->path };
		p->leaf = (uint32_t)w->leaf_count++;
	}
	pthread_mutex_unlock(&w->lock);
	return r;
}

static bool is_text(const uint8_t *p)
{
	return p[0] >= ' ' && p[0] < 0x7f && p[1] >= ' ' && p[1] < 0x7f;
}

/* One of the equal bytes [from, to) is the NUL between two strings: what differs in both has two reasons to. */
static bool ends_string(const uint8_t *a, const uint8_t *b, uint64_t from, uint64_t to, uint64_t len)
{
	uint64_t i;

	for (i = from < 2 ? 2 : from; i < to && i + 2 < len; i++)
		if (!a[i] && is_text(a + i - 2) && is_text(b + i - 2) && is_text(a + i + 1) && is_text(b + i + 1))
			return true;
	return false;
}

uint64_t raw_run_end(const uint8_t *a, const uint8_t *b, uint64_t x, uint64_t len, uint64_t *ret_next)
{
	uint64_t end = find_agreement(a, b, x, len);
	uint64_t stop = end + RUN_GAP < len ? end + RUN_GAP : len;
	uint64_t next = find_difference(a, b, end, stop);

	*ret_next = next < stop && !ends_string(a, b, end, next, len) ? next : UINT64_MAX;
	return end;
}

uint64_t one_cause(const struct workspace *w, uint64_t a, uint64_t len)
{
	const struct axis_map *m = w->engine->attributed;

	return m && len ? axis_map_border(m, w->space->name, a, len) : len;
}

/*
 * The first runs of bytes that no word can explain are decided at once: then the layouts need not be held until pass 4,
 * which for an archive of many small members would be most of the memory. Returns where it stopped.
 */
static int add_runs(struct descent *d, struct pair *p, uint64_t a, uint64_t b, uint64_t len,
		    uint64_t *ret_done)
{
	const uint8_t *x = d->w->data[0] + a, *y = d->w->data[1] + b;
	uint64_t told = 0, at, end, next;
	unsigned runs;
	int r = 0;

	for (runs = 0; r >= 0 && runs < RUNS_AT_ONCE; runs++) {
		struct run run;

		at = workspace_find(d->w, a, b, told, len);
		for (end = at; at < len && (end = raw_run_end(x, y, end, len, &next)) - at <= RUN_MAX &&
			       next != UINT64_MAX;)
			end = next;
		r = add_same(d, a + told, b + told, at - told);
		end = at + one_cause(d->w, a + at, end - at);
		told = end;
		if (r < 0 || at == len)
			break;
		run = run_of(p, a + at, end - at, b + at, end - at);
		r = add_found(d, a + at, end - at, b + at, end - at, find_cause(d->w, &run, true));
	}
	*ret_done = told;
	return r;
}

static bool words_may_explain(const struct pair *p)
{
	return p->part[0]->reference_count || p->part[1]->reference_count ||
	       p->part[0]->kind == PART_RECORDS || p->part[0]->kind == PART_FIELD;
}

int add_leaf(struct descent *d, struct pair *p, uint64_t a, uint64_t b, uint64_t len, uint64_t unit)
{
	uint64_t piece = LEAF_PIECE / unit * unit, done = 0;
	int r = 0;

	if (workspace_equal(d->w, a, b, len))
		return add_same(d, a, b, len);
	if (!words_may_explain(p)) {
		r = add_runs(d, p, a, b, len, &done);
		a += done;
		b += done;
		len -= done;
		if (r < 0 || workspace_equal(d->w, a, b, len))
			return r < 0 ? r : add_same(d, a, b, len);
	}
	r = leaf_index(d, p);
	if (!piece)
		piece = len;
	while (r >= 0 && len) {
		uint64_t n = len < piece ? len : piece;

		r = segments_add(&d->out, &(struct segment){ .a = a,
							     .a_len = n,
							     .b = b,
							     .b_len = n,
							     .kind = SEGMENT_LEAF,
							     .index = p->leaf,
							     .moved = d->order });
		a += n;
		b += n;
		len -= n;
	}
	return r;
}

static bool all_zero(const uint8_t *p, uint64_t n)
{
	while (n && !*p) {
		p++;
		n--;
	}
	return !n;
}

/* Bytes that only keep an alignment, as the kind of their part says. */
static bool is_alignment(enum part_kind kind, const uint8_t *p, uint64_t n)
{
	if (kind == PART_CODE)
		return code_is_padding(p, n);
	return (kind == PART_PADDING || kind == PART_DATA || kind == PART_STRINGS ||
		kind == PART_UNCLAIMED) &&
	       all_zero(p, n);
}

/* Replaced bytes: alignment that only grew or shrank is derived, the rest is recognised. */
int add_replaced(struct descent *d, struct pair *p, uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	struct run run = run_of(p, a, a_len, b, b_len);
	uint32_t finding;

	if (a_len == b_len)
		return add_leaf(d, p, a, b, a_len, 1);
	if (holds_strings(d, a, a_len, b, b_len))
		return add_strings(d, p, a, a_len, b, b_len);
	if (is_alignment(p->part[0]->kind, d->w->data[0] + a, a_len) &&
	    is_alignment(p->part[0]->kind, d->w->data[1] + b, b_len))
		finding =
			conclude(d->w, &run, CAUSE_MOVED, CLASS_DERIVED, LEVEL_RECOGNISED, "alignment", true);
	else
		finding = find_cause(d->w, &run, true);
	return add_found(d, a, a_len, b, b_len, finding);
}

int align_piece(struct descent *d, struct pair *p, uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	CLEANUP(matches_release) struct matches m = { 0 };
	uint64_t at = a, bt = b;
	size_t i;
	int r = align_bytes(d->w->data[0] + a, a_len, d->w->data[1] + b, b_len, &m);

	for (i = 0; r >= 0 && i < m.count; i++) {
		const struct match *g = &m.items[i];

		r = add_replaced(d, p, at, a + g->a - at, bt, b + g->b - bt);
		if (r < 0)
			break;
		r = g->loose ? add_leaf(d, p, a + g->a, b + g->b, g->len, 1)
			     : add_same(d, a + g->a, b + g->b, g->len);
		at = a + g->a + g->len;
		bt = b + g->b + g->len;
	}
	return r < 0 ? r : add_replaced(d, p, at, a + a_len - at, bt, b + b_len - bt);
}

/* A table of offsets: entries correspond by their number, however many of their bytes differ. */
static bool is_offset_table(const struct part *p)
{
	return p->kind == PART_DATA && strncmp(p->name, ".debug_str_offsets", 18) == 0;
}

/* Most bytes are equal where they stand, and the others are not the same ones a little further on. */
static bool stands_in_place(const struct descent *d, const struct pair *p)
{
	const uint8_t *a = d->w->data[0] + p->off[0], *b = d->w->data[1] + p->off[1];
	uint64_t from, to, count;

	if (p->len[0] != p->len[1])
		return false;
	count = workspace_count(d->w, p->off[0], p->off[1], p->len[0]);
	return count <= p->len[0] / 4 && (count <= SHIFT_MIN || !find_shifted(a, b, p->len[0], &from, &to));
}

static int compare_bytes(struct descent *d, struct pair *p)
{
	if (p->len[0] == p->len[1] && is_offset_table(p->part[0]) && is_offset_table(p->part[1]))
		return add_leaf(d, p, p->off[0], p->off[1], p->len[0], 1);
	if (stands_in_place(d, p))
		return p->part[0]->kind == PART_CODE ? add_leaf(d, p, p->off[0], p->off[1], p->len[0], 1)
						     : add_in_place(d, p);
	return align_piece(d, p, p->off[0], p->len[0], p->off[1], p->len[1]);
}

static bool recomputes(const struct layout *l, const struct part *p)
{
	uint8_t stack[256];
	AUTO_FREE uint8_t *heap = NULL;
	uint8_t *out = stack;

	if (!p->recomputes || !l->analyzer->recompute || p->len > 65536)
		return false;
	if (p->len > sizeof(stack))
		out = heap = malloc(p->len);
	return out && l->analyzer->recompute(l, p, out) && memcmp(out, part_data(l, p), p->len) == 0;
}

/* Whether the file around an id differs in anything but the id. */
static bool image_differs_beyond(const struct descent *d, const struct pair *p)
{
	const struct layout *a = p->layout[0]->image, *b = p->layout[1]->image;
	uint64_t id = workspace_count(d->w, p->off[0], p->off[1], p->len[0]);

	/* The image of a decoded section is another content. */
	if (!a || !b || a->content != d->w->content[0] || b->content != d->w->content[1] ||
	    a->size != b->size || p->len[0] != p->len[1])
		return true;
	return workspace_count(d->w, a->base, b->base, a->size) != id;
}

/* A build-id that differs alone is random; one that no known linker's formula gives follows from the rest, which we cannot show. */
static uint32_t field_cause(struct descent *d, struct pair *p, const struct run *run)
{
	uint32_t r = find_cause(d->w, run, false);

	if (r == FINDING_NONE)
		return r;
	if (finding_is(d->w, r, CAUSE_BUILD_ID) && image_differs_beyond(d, p))
		return conclude(d->w, run, CAUSE_BUILD_ID, CLASS_UNEXPLAINED, LEVEL_UNEXPLAINED,
				"follows from what else differs, by a formula not known here (stripped after "
				"linking?)",
				true);
	return find_cause(d->w, run, true);
}

static int compare_field(struct descent *d, struct pair *p)
{
	struct run run = run_of(p, p->off[0], p->len[0], p->off[1], p->len[1]);
	enum meaning m = p->part[0]->meaning;
	uint32_t finding;

	if (recomputes(p->layout[0], p->part[0]) && recomputes(p->layout[1], p->part[1]))
		finding = conclude(
			d->w, &run, m == MEANS_CHECKSUM || m == MEANS_ID ? CAUSE_CHECKSUM : CAUSE_OFFSET,
			CLASS_DERIVED, LEVEL_RECOGNISED, "recomputed from the content on both sides", true);
	else if (p->len[0] == p->len[1] && p->part[0]->reference_count)
		return add_leaf(d, p, p->off[0], p->off[1], p->len[0], 1);
	else
		finding = field_cause(d, p, &run);
	return add_found(d, p->off[0], p->len[0], p->off[1], p->len[1], finding);
}

int compare_leaf(struct descent *d, struct layout *la, const struct part *pa, struct layout *lb,
		 const struct part *pb, const char *path)
{
	struct pair p = { .layout = { la, lb },
			  .part = { pa, pb },
			  .path = path,
			  .leaf = UINT32_MAX,
			  .off = { la->base + pa->off, lb->base + pb->off },
			  .len = { pa->len, pb->len } };

	if (pa->kind != pb->kind)
		return compare_bytes(d, &p);
	switch (pa->kind) {
	case PART_FIELD: return compare_field(d, &p);
	case PART_STRINGS: return compare_tokens(d, &p, '\0');
	case PART_TEXT: return compare_tokens(d, &p, '\n');
	case PART_RECORDS:
		return pa->records->size && pa->records == pb->records ? compare_records(d, &p)
								       : compare_bytes(d, &p);
	default: return compare_bytes(d, &p);
	}
}

/* Which axes move the run. What differs with everything pinned differs in each comparison: of it nothing else is known. */
static axis_set axes_of(const struct workspace *w, const struct run *run)
{
	const struct axis_map *m = w->engine->attributed;
	axis_set axes = m ? axis_map_at(m, w->space->name, run->off[0], run->len[0]) : 0;

	return axes & AXIS_SET_NOISE ? axes & AXIS_SET_NOISE : axes;
}

void record_difference(struct workspace *w, const struct run *run)
{
	const struct engine *e = w->engine;

	if (!e->record || (axes_of(w, run) & AXIS_SET_NOISE))
		return;
	if (axis_map_add(e->record, w->space->name, run->off[0], run->len[0], e->record_axes) < 0)
		w->error = -ENOMEM;
}

/* One varied axis is evidence; that the bytes differ with nothing varied is none. */
static enum evidence level_of(axis_set axes, enum evidence level)
{
	return (axes & AXIS_ALL) && level < LEVEL_CAUSED ? LEVEL_CAUSED : level;
}

static uint32_t get_with_place(struct workspace *w, const struct run *run, const struct cause *cause,
			       enum byte_class class, enum evidence level, axis_set axes, const char *detail,
			       bool add_place)
{
	uint32_t r = finding_get(w, cause, class, level_of(axes, level), FINDING_NONE, axes);

	if (add_place) {
		record_difference(w, run);
		finding_place(w, r, run, detail);
	}
	return r;
}

uint32_t conclude(struct workspace *w, const struct run *run, const char *cause, enum byte_class class,
		  enum evidence level, const char *detail, bool add_place)
{
	return get_with_place(w, run, cause_find(cause), class, level, axes_of(w, run), detail, add_place);
}

static struct side side_of(const struct workspace *w, const struct run *run, int i)
{
	struct side s = { .layout = run->layout[i],
			  .part = run->part[i],
			  .at = run->off[i],
			  .len = run->len[i],
			  .leaf = w->data[i],
			  .leaf_len = w->size[i] };

	if (s.layout && s.part) {
		s.leaf = part_data(s.layout, s.part);
		s.leaf_len = s.part->len;
		s.at -= s.layout->base + s.part->off;
	}
	return s;
}

static void text_of(struct difference *d, int i)
{
	const struct side *s = &d->side[i];
	uint64_t off = s->at, len = s->len, start, n;

	if (!s->leaf_len)
		return;
	if (!len) {
		off -= off == s->leaf_len || (off && s->leaf[off - 1]);
		len = 1;
	}
	if (printable_context(s->leaf, s->leaf_len, off, len, &start, &n) == PRINTABLE_NONE)
		return;
	d->text[i].p = (const char *)s->leaf + start;
	d->text[i].len = (size_t)n;
	d->text[i].at = (size_t)(s->at - start);
}

/* The section that a run lies in: of the image, or the one that this whole space was decoded from. */
static const char *section_of(const struct workspace *w, const struct run *run, int i)
{
	const struct layout *l = run->layout[i];
	const struct part *p;

	if (!l || !l->image)
		return run->part[i] ? run->part[i]->name : "";
	if (l->image->content != l->content)
		return content_name(w->content[i]);
	p = layout_part_at(l->image, run->off[i] - l->image->base);
	return p ? p->name : "";
}

/* What can be said of bytes that nobody recognises: how random they are. */
static void describe_unknown(const struct difference *d, char *out, size_t size)
{
	double bits[2] = { 0, 0 };
	int i;

	for (i = 0; i < 2; i++) {
		const struct side *s = &d->side[i];

		if (s->len >= ENTROPY_MIN)
			bits[i] = entropy_bits(s->leaf + s->at, s->len);
	}
	if (!d->side[0].part || !d->side[1].part) {
		(void)snprintf(out, size, "only in %s", d->side[0].part ? "A" : "B");
		return;
	}
	if (bits[0] < 1 && bits[1] < 1) /* nearly one value: nothing to say */
		return;
	(void)snprintf(out, size, "entropy %.1f and %.1f bits a byte%s", bits[0], bits[1],
		       bits[0] > ENTROPY_RANDOM && bits[1] > ENTROPY_RANDOM
			       ? ": compressed, encrypted or random"
			       : "");
}

/* What was measured wins over what was recognised: bytes that an axis moves have the cause that this axis stands for, unless
 * the recogniser found one that fits. Of several axes the first in the order of reports names it (a date is of the clock,
 * though zone and language move it too). */
static const struct cause *measured_cause(const struct cause *recognised, axis_set axes, const char *section)
{
	axis_set moved = axes & AXIS_ALL;
	const char *id;

	if (!moved || (recognised && axis_fits(recognised, axes)))
		return recognised;
	id = axis_default_cause((unsigned)__builtin_ctz(moved));
	return cause_find(strcmp(id, "build-path") == 0 && strncmp(section, ".debug_", 7) == 0 ? "debug-build-path" : id);
}

uint32_t find_cause(struct workspace *w, const struct run *run, bool add_place)
{
	int known = run->layout[0] ? 0 : 1;
	struct recognition found = { 0 };
	struct difference d = {
		.side = { side_of(w, run, 0), side_of(w, run, 1) },
		.path = run->path,
		.format = run->layout[known] ? run->layout[known]->analyzer->name : "raw",
		.region = run->part[known] ? run->part[known]->name : "",
		.section = section_of(w, run, known),
		.file = w->space->name,
		.field = run->field,
		.facts = &w->engine->facts,
	};
	axis_set axes = axes_of(w, run);
	const struct cause *cause;

	text_of(&d, 0);
	text_of(&d, 1);
	cause = recognise(&d, &found);
	if (!cause)
		describe_unknown(&d, found.detail, sizeof(found.detail));
	cause = measured_cause(cause, axes, d.section);
	if (!cause)
		return get_with_place(w, run, cause_find(CAUSE_UNEXPLAINED), CLASS_UNEXPLAINED,
				      LEVEL_UNEXPLAINED, axes, found.detail, add_place);
	return get_with_place(w, run, cause, found.derived ? CLASS_DERIVED : CLASS_PRIMARY, LEVEL_RECOGNISED,
			      axes, found.detail, add_place);
}
