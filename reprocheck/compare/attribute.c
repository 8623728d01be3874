/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass 4: every differing position goes to exactly one finding.
 *
 * The positions are walked in ascending order, once, with two runners: one
 * follows the segments of A, the other those of B.  At position x
 *
 *   - A's byte is part of a run (replaced, or a differing word): its finding;
 *   - else B's byte is part of a run: that finding;
 *   - else both bytes stand somewhere else on the other side, unchanged: the
 *     finding that moved them.
 *
 * So counts add up to what cmp counts by construction, and compare_contents
 * checks them against a count made without segments.  A run inside a leaf is
 * found by scanning from its segment's start, so both runners, and every
 * chunk of the parallel walk, see the same runs; none is stored.  A run's place
 * is told once: by the runner of A, in the chunk where the run begins.
 */
#include "reprocheck/compare/workspace.h"

#include "base/cleanup.h"
#include "base/terminal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK (UINT64_C(4) << 20)

/* Counts of one chunk of positions. */
struct tally {
	struct workspace *w;
	uint64_t *bytes; /* by finding */
	size_t capacity;
	uint64_t offset_places;
	uint32_t offset_finding;
	int error;
};

static void tally_add(struct tally *t, uint32_t finding, uint64_t n)
{
	if (!n)
		return;
	if (finding >= t->capacity) {
		size_t capacity = (size_t)finding + 32;
		uint64_t *bytes =
			finding == FINDING_NONE ? NULL : reallocarray(t->bytes, capacity, sizeof(*bytes));

		if (!bytes) {
			t->error = -ENOMEM;
			return;
		}
		memset(bytes + t->capacity, 0, (capacity - t->capacity) * sizeof(*bytes));
		t->bytes = bytes;
		t->capacity = capacity;
	}
	t->bytes[finding] += n;
}

/* One side's walk. `run` is the current or next run of the current leaf segment, in that side's offsets. */
struct runner {
	struct tally *tally;
	int side;
	uint64_t report_from, report_to; /* adds places for runs that begin in this range, in A */
	size_t at;                       /* index into items or by_b */
	uint64_t run_start, run_end;
	uint32_t run_finding;
	uint64_t scanned; /* runs of the segment up to here (A's offsets) are known */
	struct derive_state state;
};

static const struct segment *runner_segment(const struct runner *r)
{
	const struct segments *s = &r->tally->w->segments;

	return &s->items[r->side ? s->by_b[r->at] : r->at];
}

static uint64_t segment_start(const struct runner *r, const struct segment *g)
{
	return r->side ? g->b : g->a;
}

static uint64_t segment_end(const struct runner *r, const struct segment *g)
{
	return r->side ? g->b + g->b_len : g->a + g->a_len;
}

/* Runs are also scanned ahead, past the range of positions that is walked: those are told by whoever walks there. */
static bool reports(const struct runner *r, uint64_t at)
{
	return at >= r->report_from && at < r->report_to;
}

/* A found run of a leaf, in A's offsets. */
struct found {
	uint64_t start, end;
	uint32_t finding;
};

static struct run run_at(const struct leaf *leaf, const struct segment *g, uint64_t at, uint64_t len,
			 const struct record_field *field)
{
	return (struct run){ .layout = { leaf->layout[0], leaf->layout[1] },
			     .part = { leaf->part[0], leaf->part[1] },
			     .path = leaf->path,
			     .field = field,
			     .off = { at, g->b + (at - g->a) },
			     .len = { len, len } };
}

static void report_offset(struct runner *r, const struct leaf *leaf, const struct segment *g, uint64_t at,
			  uint64_t len, const struct record_field *field)
{
	struct tally *t = r->tally;
	struct run run = run_at(leaf, g, at, len, field);

	if (reports(r, at))
		record_difference(t->w, &run);
	if (reports(r, at) && t->offset_places++ < t->w->engine->places_max)
		finding_place(t->w, t->offset_finding, &run, "recomputed from where its target moved");
}

static uint32_t report_run(struct runner *r, const struct leaf *leaf, const struct segment *g, uint64_t at,
			   uint64_t len, const struct record_field *field)
{
	struct run run = run_at(leaf, g, at, len, field);

	return find_cause(r->tally->w, &run, reports(r, at));
}

/* The reference of a record's field, which may depend on the record. */
static struct reference field_reference(const struct leaf *leaf, int side, uint64_t index, unsigned f)
{
	const struct layout *l = leaf->layout[side];
	struct reference ref = leaf->part[side]->records->fields[f].ref;

	if (l->analyzer->record_reference)
		(void)l->analyzer->record_reference(l, leaf->part[side], index, f, &ref);
	return ref;
}

/* A size that follows: the object's end, as its start and size give it, corresponds. */
static bool derive_extent(struct runner *r, const struct leaf *leaf, const uint64_t record[2],
			  const uint64_t index[2], const struct reference ref[2], unsigned f)
{
	const struct workspace *w = r->tally->w;
	struct reference of[2];
	uint64_t end[2];
	int i;

	for (i = 0; i < 2; i++) {
		const struct record_field *size = &leaf->part[i]->records->fields[f];
		const struct record_field *start = &leaf->part[i]->records->fields[ref[i].target];

		of[i] = field_reference(leaf, i, index[i], ref[i].target);
		end[i] = load_uint(w->data[i] + record[i] + start->off, start->len, of[i].big) +
			 load_uint(w->data[i] + record[i] + size->off, size->len, ref[i].big);
	}
	return derive_end(w, leaf, of, end, &r->state);
}

static bool derive_field(struct runner *r, const struct leaf *leaf, const uint64_t record[2],
			 const uint64_t index[2], unsigned f)
{
	const struct record_field *field = &leaf->part[0]->records->fields[f];
	struct reference ref[2] = { field_reference(leaf, 0, index[0], f),
				    field_reference(leaf, 1, index[1], f) };

	if (!ref[0].width || !ref[1].width || ref[0].width > field->len)
		return false;
	if (ref[0].kind == REFERS_EXTENT)
		return ref[1].kind == REFERS_EXTENT && derive_extent(r, leaf, record, index, ref, f);
	return derive_value(r->tally->w, leaf, &ref[0], &ref[1], record[0] + field->off,
			    record[1] + field->off, &r->state);
}

/* Byte x belongs to a record that is whole on both sides; a table may end in a part of one. */
static bool in_record(const struct leaf *leaf, const struct segment *g, uint64_t x)
{
	const struct part *pa = leaf->part[0], *pb = leaf->part[1];
	uint64_t at[2] = { x - (leaf->layout[0]->base + pa->off),
			   g->b + (x - g->a) - (leaf->layout[1]->base + pb->off) };

	return pa->kind == PART_RECORDS && pa->records == pb->records &&
	       at[0] < pa->len - pa->len % pa->records->size && at[1] < pb->len - pb->len % pb->records->size;
}

/* The field of the record that holds differing byte x. */
static struct found record_run(struct runner *r, const struct leaf *leaf, const struct segment *g, uint64_t x)
{
	const struct record_type *type = leaf->part[0]->records;
	uint64_t start[2], index[2], record[2], in;
	unsigned f;
	struct found out;

	start[0] = leaf->layout[0]->base + leaf->part[0]->off;
	start[1] = leaf->layout[1]->base + leaf->part[1]->off;
	index[0] = (x - start[0]) / type->size;
	record[0] = start[0] + index[0] * type->size;
	record[1] = g->b + (record[0] - g->a);
	index[1] = (record[1] - start[1]) / type->size;
	in = x - record[0];
	for (f = 0; type->fields[f].name && in >= (uint64_t)type->fields[f].off + type->fields[f].len; f++)
		;
	if (!type->fields[f].name)
		return (struct found){ x, x + 1, report_run(r, leaf, g, x, 1, NULL) };
	out.start = record[0] + type->fields[f].off;
	out.end = out.start + type->fields[f].len;
	if (derive_field(r, leaf, record, index, f)) {
		out.finding = r->tally->offset_finding;
		report_offset(r, leaf, g, out.start, out.end - out.start, &type->fields[f]);
	} else {
		out.finding = report_run(r, leaf, g, out.start, out.end - out.start, &type->fields[f]);
	}
	return out;
}

static bool word_at(struct runner *r, const struct leaf *leaf, const struct segment *g, uint64_t x,
		    struct found *ret)
{
	uint64_t at, len;

	if (!leaf->part[0]->reference_count ||
	    !derive_word(r->tally->w, leaf, x, g->b + (x - g->a), &r->state, &at, &len))
		return false;
	*ret = (struct found){ at, at + len, r->tally->offset_finding };
	return true;
}

/* Differing bytes that no word explains, up to RUN_GAP equal ones, or to where a word is explained again. */
static struct found raw_run(struct runner *r, const struct leaf *leaf, const struct segment *g, uint64_t x)
{
	const uint8_t *a = r->tally->w->data[0] + g->a, *b = r->tally->w->data[1] + g->b;
	uint64_t at = x - g->a, end = at, next;
	struct found word;

	for (;;) {
		end = raw_run_end(a, b, end, g->a_len, &next);
		if (next == UINT64_MAX || end - at > RUN_MAX || word_at(r, leaf, g, g->a + next, &word))
			break;
		end = next;
	}
	end = at + one_cause(r->tally->w, x, end - at);
	return (struct found){ x, g->a + end, report_run(r, leaf, g, x, end - at, NULL) };
}

/* The next run of a leaf segment at or after `from` (A's offset); false: none is left. */
static bool next_run(struct runner *r, const struct segment *g, uint64_t from, struct found *ret)
{
	const struct workspace *w = r->tally->w;
	const struct leaf *leaf = &w->leaves[g->index];
	uint64_t x = g->a + workspace_find(w, g->a, g->b, from - g->a, g->a_len);

	if (x >= g->a + g->a_len)
		return false;
	if (in_record(leaf, g, x)) {
		*ret = record_run(r, leaf, g, x);
	} else if (word_at(r, leaf, g, x, ret)) {
		report_offset(r, leaf, g, ret->start, ret->end - ret->start, NULL);
	} else if (leaf->part[0]->kind == PART_FIELD && g->a_len == leaf->part[0]->len) {
		*ret = (struct found){ g->a, g->a + g->a_len, report_run(r, leaf, g, g->a, g->a_len, NULL) };
	} else {
		*ret = raw_run(r, leaf, g, x);
	}
	/* A run may begin before the byte that gave it away, never before what was already told. */
	if (ret->start < from)
		ret->start = from;
	if (ret->end > g->a + g->a_len)
		ret->end = g->a + g->a_len;
	return true;
}

static void runner_enter(struct runner *r)
{
	const struct segment *g = runner_segment(r);

	r->scanned = g->a;
	r->run_start = r->run_end = segment_start(r, g);
}

static void runner_start(struct runner *r, uint64_t x)
{
	const struct segments *s = &r->tally->w->segments;

	r->at = r->side ? segments_at_b(s, x) : segments_at_a(s, x);
	if (r->at < s->count)
		runner_enter(r);
}

/* Moves the current run forward until it ends after x. */
static void runner_scan(struct runner *r, const struct segment *g, uint64_t x)
{
	uint64_t shift = segment_start(r, g) - g->a;
	struct found f;

	while (r->run_end <= x) {
		if (!next_run(r, g, r->scanned, &f)) {
			r->run_start = r->run_end = segment_end(r, g);
			return;
		}
		r->run_start = f.start + shift;
		r->run_end = f.end + shift;
		r->run_finding = f.finding;
		r->scanned = f.end;
	}
}

/* What position x is on this side: a finding or FINDING_NONE, up to *ret_end. */
static uint32_t runner_at(struct runner *r, uint64_t x, uint64_t *ret_end)
{
	const struct segments *s = &r->tally->w->segments;
	const struct segment *g;

	while (r->at < s->count && segment_end(r, runner_segment(r)) <= x) {
		r->at++;
		if (r->at < s->count)
			runner_enter(r);
	}
	if (r->at == s->count) {
		*ret_end = UINT64_MAX;
		return FINDING_NONE;
	}
	g = runner_segment(r);
	*ret_end = segment_end(r, g);
	if (g->kind == SEGMENT_FOUND)
		return g->index;
	if (g->kind == SEGMENT_SAME)
		return FINDING_NONE;
	runner_scan(r, g, x);
	if (x < r->run_start) {
		*ret_end = r->run_start;
		return FINDING_NONE;
	}
	if (x < r->run_end)
		*ret_end = r->run_end;
	return x < r->run_end ? r->run_finding : FINDING_NONE;
}

static void map_add(struct workspace *w, uint64_t x, enum byte_class class, uint64_t n)
{
	struct byte_map *m = w->space->map;

	if (m && n)
		(void)__atomic_fetch_add(&m->counts[x / m->cell_size][class], (uint32_t)n, __ATOMIC_RELAXED);
}

static uint64_t differing_in(const struct workspace *w, uint64_t x, uint64_t n)
{
	uint64_t common = w->size[0] < w->size[1] ? w->size[0] : w->size[1];

	return x >= common ? n : count_differing(w->data[0] + x, w->data[1] + x, n);
}

/* Gives the differing positions of [x, y) to a finding, cell by cell of the map. */
static void give(struct tally *t, uint32_t finding, uint64_t x, uint64_t y)
{
	struct workspace *w = t->w;
	uint64_t cell = w->space->map ? w->space->map->cell_size : UINT64_MAX;

	while (x < y) {
		uint64_t stop = cell == UINT64_MAX ? y : (x / cell + 1) * cell, n;

		stop = stop < y ? stop : y;
		n = differing_in(w, x, stop - x);
		if (n) {
			tally_add(t, finding, n);
			if (finding != FINDING_NONE)
				map_add(w, x, finding_class(w, finding), n);
		}
		x = stop;
	}
}

static bool stays(const struct runner *a)
{
	const struct segments *s = &a->tally->w->segments;

	return a->at < s->count && s->items[a->at].a == s->items[a->at].b;
}

static uint32_t moved_by(const struct runner *r)
{
	return r->at < r->tally->w->segments.count ? runner_segment(r)->moved : FINDING_NONE;
}

/* Walks [x, end), which lies on one side of the end of the shorter content. */
static void walk(struct tally *t, uint64_t x, uint64_t end)
{
	struct workspace *w = t->w;
	bool in_a = x < w->size[0], in_b = x < w->size[1];
	struct runner a = { .tally = t, .side = 0, .report_from = x, .report_to = end },
		      b = { .tally = t, .side = 1 };

	if (in_a)
		runner_start(&a, x);
	if (in_b)
		runner_start(&b, x);
	while (x < end && !t->error) {
		uint64_t a_end = end, b_end = end, y;
		uint32_t fa = in_a ? runner_at(&a, x, &a_end) : FINDING_NONE, fb = FINDING_NONE;

		y = a_end < end ? a_end : end;
		if (in_a && in_b && fa == FINDING_NONE && stays(&a)) {
			x = y; /* the same bytes at the same place */
			continue;
		}
		if (in_b && fa == FINDING_NONE)
			fb = runner_at(&b, x, &b_end);
		y = b_end < y ? b_end : y;
		give(t, fa != FINDING_NONE ? fa : fb != FINDING_NONE ? fb : moved_by(in_a ? &a : &b), x, y);
		x = y;
	}
}

static void tally_join(struct tally *t)
{
	struct workspace *w = t->w;
	size_t i;

	pthread_mutex_lock(&w->lock);
	for (i = 0; i < t->capacity; i++)
		if (t->bytes[i])
			w->findings[i].f.bytes += t->bytes[i];
	if (t->offset_places > w->engine->places_max)
		w->findings[t->offset_finding].f.place_count += t->offset_places - w->engine->places_max;
	pthread_mutex_unlock(&w->lock);
}

struct walk_job {
	struct workspace *w;
	uint32_t offset_finding;
};

static int walk_chunk(void *ctx, size_t i)
{
	struct walk_job *job = ctx;
	struct tally t = { .w = job->w, .offset_finding = job->offset_finding };
	const uint64_t *size = job->w->size;
	uint64_t common = size[0] < size[1] ? size[0] : size[1], most = size[0] > size[1] ? size[0] : size[1];
	uint64_t x = i * CHUNK, end = x + CHUNK < most ? x + CHUNK : most;

	if (x < common)
		walk(&t, x, end < common ? end : common);
	if (end > common)
		walk(&t, x > common ? x : common, end);
	if (t.error == 0)
		tally_join(&t);
	free(t.bytes);
	return t.error;
}

/* Derived findings follow from the primaries that changed a length (offsets) or any byte (checksums, and whatever else is
 * not known better: a table that is laid out by hash). */
static void link_derived(struct workspace *w, uint32_t offset_finding)
{
	const struct cause *checksum = cause_find(CAUSE_CHECKSUM);
	size_t i, k, n = w->finding_count;

	for (i = 0; i < w->segments.count; i++) {
		const struct segment *g = &w->segments.items[i];

		if (g->kind == SEGMENT_FOUND && g->a_len != g->b_len &&
		    w->findings[g->index].f.class != CLASS_DERIVED)
			finding_add_from(w, offset_finding, g->index);
		else if (g->kind != SEGMENT_FOUND && g->moved != FINDING_NONE &&
			 w->findings[g->moved].f.class == CLASS_PRIMARY)
			finding_add_from(w, offset_finding, g->moved);
	}
	for (i = 0; i < n; i++) {
		const struct growing_finding *g = &w->findings[i];

		if (g->f.cause != checksum && (g->f.class != CLASS_DERIVED || g->from_count))
			continue;
		for (k = 0; k < n; k++)
			if (w->findings[k].f.class != CLASS_DERIVED && w->findings[k].f.bytes)
				finding_add_from(w, (uint32_t)i, (uint32_t)k);
	}
}

int attribute(struct workspace *w)
{
	uint64_t most = w->size[0] > w->size[1] ? w->size[0] : w->size[1];
	struct walk_job job = { .w = w };
	int r;

	job.offset_finding =
		finding_get(w, cause_find(CAUSE_OFFSET), CLASS_DERIVED, LEVEL_RECOGNISED, FINDING_NONE, 0);
	if (job.offset_finding == FINDING_NONE)
		return -ENOMEM;
	r = pool_for(w->engine->pool, (size_t)((most + CHUNK - 1) / CHUNK), walk_chunk, &job);
	if (r >= 0)
		link_derived(w, job.offset_finding);
	return r;
}
