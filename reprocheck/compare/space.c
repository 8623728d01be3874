/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One space from two contents to findings: the passes that workspace.h lists.
 */
#include "reprocheck/compare/workspace.h"

#include "base/cleanup.h"
#include "base/terminal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INDEX_CHUNK (UINT64_C(4) << 20)
#define NOTES_MAX   200

const char *engine_strdup(struct engine *e, const char *s)
{
	char *r;

	pthread_mutex_lock(&e->result->lock);
	r = arena_strndup(&e->result->arena, s, strlen(s));
	pthread_mutex_unlock(&e->result->lock);
	return r;
}

const char *engine_printf(struct engine *e, const char *fmt, ...)
{
	AUTO_FREE char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0) {
		s = NULL;
		return NULL;
	}
	return engine_strdup(e, s);
}

int space_list_add(struct space_list *l, struct space *s)
{
	if (l->count == l->capacity) {
		size_t capacity = l->capacity ? 2 * l->capacity : 8;
		struct space **items = reallocarray(l->items, capacity, sizeof(struct space *));

		if (!items)
			return -ENOMEM;
		l->items = items;
		l->capacity = capacity;
	}
	l->items[l->count++] = s;
	return 0;
}

/* The array is full: the note that sorts last gives way, so that which are kept does not depend on the threads. */
static size_t note_to_replace(const struct space *s, const char *text)
{
	size_t i, last = 0;

	for (i = 1; i < s->note_count; i++)
		if (strcmp(s->notes[i], s->notes[last]) > 0)
			last = i;
	return strcmp(text, s->notes[last]) < 0 ? last : NOTES_MAX;
}

static void note_add(struct engine *e, struct space *s, const char *text)
{
	size_t at = s->note_count < NOTES_MAX ? s->note_count : note_to_replace(s, text);
	const char *kept;

	if (!s->notes) {
		pthread_mutex_lock(&e->result->lock);
		s->notes = arena_array(&e->result->arena, NOTES_MAX, sizeof(*s->notes));
		pthread_mutex_unlock(&e->result->lock);
	}
	kept = s->notes && at < NOTES_MAX ? engine_strdup(e, text) : NULL;
	if (!kept)
		return;
	s->notes[at] = kept;
	s->note_count += at == s->note_count;
}

void workspace_note(struct workspace *w, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&w->lock);
	note_add(w->engine, w->space, text);
	pthread_mutex_unlock(&w->lock);
}

void workspace_trouble(struct workspace *w, const char *path, const char *what)
{
	const char *text = engine_printf(w->engine, "%s: %s: %s", w->space->name, path, what);

	pthread_mutex_lock(&w->lock);
	if (text && (!w->space->trouble || strcmp(text, w->space->trouble) < 0))
		w->space->trouble = text;
	pthread_mutex_unlock(&w->lock);
}

/* Blocks wholly inside are known from pass 1 when both stand at the same offset. */
bool workspace_equal(const struct workspace *w, uint64_t a, uint64_t b, uint64_t len)
{
	uint64_t first = (a + BLOCK_SIZE - 1) / BLOCK_SIZE, last = (a + len) / BLOCK_SIZE, i;

	if (a != b || !w->block_differs || first >= last)
		return memcmp(w->data[0] + a, w->data[1] + b, len) == 0;
	for (i = first; i < last; i++)
		if (w->block_differs[i])
			return false;
	return memcmp(w->data[0] + a, w->data[1] + a, first * BLOCK_SIZE - a) == 0 &&
	       memcmp(w->data[0] + last * BLOCK_SIZE, w->data[1] + last * BLOCK_SIZE,
		      a + len - last * BLOCK_SIZE) == 0;
}

/* Whether the bytes at `off` of both contents lie in a block that pass 1 found equal; *ret_end: where it ends. */
static bool in_equal_block(const struct workspace *w, uint64_t a, uint64_t b, uint64_t *ret_end)
{
	if (a != b || !w->block_differs || w->block_differs[a / BLOCK_SIZE])
		return false;
	*ret_end = (a / BLOCK_SIZE + 1) * BLOCK_SIZE;
	return true;
}

uint64_t workspace_find(const struct workspace *w, uint64_t a, uint64_t b, uint64_t from, uint64_t len)
{
	uint64_t stop, found;

	while (from < len) {
		if (in_equal_block(w, a + from, b + from, &stop)) {
			from = stop - a;
			continue;
		}
		stop = a != b || !w->block_differs ? len : ((a + from) / BLOCK_SIZE + 1) * BLOCK_SIZE - a;
		stop = stop < len ? stop : len;
		found = find_difference(w->data[0] + a, w->data[1] + b, from, stop);
		if (found < stop)
			return found;
		from = stop;
	}
	return len;
}

uint64_t workspace_count(const struct workspace *w, uint64_t a, uint64_t b, uint64_t len)
{
	uint64_t from = 0, sum = 0, stop;

	if (a != b || !w->block_differs)
		return count_differing(w->data[0] + a, w->data[1] + b, len);
	for (; from < len; from = stop) {
		bool equal = in_equal_block(w, a + from, b + from, &stop);

		stop = equal ? stop - a : ((a + from) / BLOCK_SIZE + 1) * BLOCK_SIZE - a;
		stop = stop < len ? stop : len;
		if (!equal)
			sum += count_differing(w->data[0] + a + from, w->data[1] + b + from, stop - from);
	}
	return sum;
}

static int index_chunk(void *ctx, size_t i)
{
	struct workspace *w = ctx;
	uint64_t common = w->size[0] < w->size[1] ? w->size[0] : w->size[1];
	uint64_t at = i * INDEX_CHUNK, end = at + INDEX_CHUNK < common ? at + INDEX_CHUNK : common, sum = 0;

	for (; at < end; at += BLOCK_SIZE) {
		uint64_t n = end - at < BLOCK_SIZE ? end - at : BLOCK_SIZE, d = 0;

		if (memcmp(w->data[0] + at, w->data[1] + at, n) != 0)
			d = count_differing(w->data[0] + at, w->data[1] + at, n);
		if (w->block_differs)
			w->block_differs[at / BLOCK_SIZE] = d != 0;
		sum += d;
	}
	(void)__atomic_fetch_add(&w->differing, sum, __ATOMIC_RELAXED);
	return 0;
}

/* Pass 1: what cmp would count, and which blocks are equal. */
static int index_blocks(struct workspace *w)
{
	uint64_t common = w->size[0] < w->size[1] ? w->size[0] : w->size[1];

	if (w->size[0] == w->size[1]) {
		w->block_differs = calloc(common / BLOCK_SIZE + 1, 1);
		if (!w->block_differs)
			return -ENOMEM;
	}
	w->differing = w->size[0] + w->size[1] - 2 * common;
	return pool_for(w->engine->pool, (size_t)((common + INDEX_CHUNK - 1) / INDEX_CHUNK), index_chunk, w);
}

static int identify_side(struct workspace *w, int i, struct layout **ret)
{
	if (w->outer)
		return layout_identify_inside(w->origin.layout[i], w->origin.part[i], w->content[i], ret);
	return layout_identify(w->content[i], 0, w->size[i], &w->engine->budget, ret);
}

/* Both contents as bytes, since their formats differ. */
static int descend_raw(struct descent *d, struct workspace *w)
{
	CLEANUP(layout_unrefp) struct layout *a = NULL;
	CLEANUP(layout_unrefp) struct layout *b = NULL;
	int r = layout_as_raw(w->content[0], &a);

	if (r >= 0)
		r = layout_as_raw(w->content[1], &b);
	return r < 0 ? r : descend_layouts(d, a, b, "");
}

/* Pass 2. Contents of two formats are compared as raw bytes, with a note. */
static int descend(struct workspace *w, struct space_list *ret, bool *ret_refers)
{
	CLEANUP(layout_unrefp) struct layout *a = NULL;
	CLEANUP(layout_unrefp) struct layout *b = NULL;
	struct descent d = { .w = w, .order = FINDING_NONE };
	int r = identify_side(w, 0, &a);

	if (r >= 0)
		r = identify_side(w, 1, &b);
	if (r < 0)
		return r;
	w->space->format = a->analyzer->name;
	*ret_refers = a->image && a->image->content != a->content;
	if (a->analyzer == b->analyzer) {
		r = descend_layouts(&d, a, b, "");
	} else {
		workspace_note(w, "A is %s, B is %s: compared as bytes", a->analyzer->name,
			       b->analyzer->name);
		r = descend_raw(&d, w);
	}
	if (r >= 0)
		r = segments_append(&w->segments, &d.out);
	segments_release(&d.out);
	free(ret->items);
	*ret = d.spaces;
	return r;
}

/* What moved what follows: the last replacement of unequal length, or a change of order. */
struct mover {
	uint32_t from, moved; /* its finding, and that of the bytes it moved */
	const struct segment *at;
	int64_t shift; /* of the last place that was told */
};

static uint32_t moves_others(struct workspace *w, const struct segment *g)
{
	if (g->kind != SEGMENT_FOUND)
		return g->moved;
	return g->a_len != g->b_len && finding_class(w, g->index) != CLASS_DERIVED ? g->index : FINDING_NONE;
}

static int name_moved(struct workspace *w, struct segment *g, struct mover *m)
{
	int64_t shift = (int64_t)(g->b - g->a);

	if (m->moved == FINDING_NONE)
		m->moved = finding_get(w, cause_find(CAUSE_MOVED), CLASS_DERIVED, LEVEL_RECOGNISED, m->from, 0);
	if (m->moved == FINDING_NONE)
		return -ENOMEM;
	g->moved = m->moved;
	if (shift != m->shift)
		finding_shift(w, g->moved, g, m->at);
	m->shift = shift;
	return 0;
}

static int name_movers(struct workspace *w)
{
	struct mover m = { .from = FINDING_NONE, .moved = FINDING_NONE };
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < w->segments.count; i++) {
		struct segment *g = &w->segments.items[i];
		uint32_t why = moves_others(w, g);

		if (why != FINDING_NONE) {
			if (why != m.from)
				m.moved = FINDING_NONE;
			m.from = why;
			m.at = g;
		}
		if (g->kind != SEGMENT_FOUND && g->moved == FINDING_NONE && g->a != g->b)
			r = name_moved(w, g, &m);
	}
	return r;
}

static uint64_t covered(const struct segments *s, int side)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < s->count; i++)
		sum += side ? s->items[i].b_len : s->items[i].a_len;
	return sum;
}

/* Pass 3. The segments must cover both contents exactly: contract 1 begins here. */
static int finish_map(struct workspace *w)
{
	int r = segments_finish(&w->segments);

	if (r >= 0 && (covered(&w->segments, 0) != w->size[0] || covered(&w->segments, 1) != w->size[1]))
		return -EPROTO;
	return r < 0 ? r : name_movers(w);
}

static int make_map(struct workspace *w)
{
	struct comparison *c = w->engine->result;
	uint64_t most = w->size[0] > w->size[1] ? w->size[0] : w->size[1];
	uint64_t cell_size = (most + MAP_CELLS - 1) / MAP_CELLS, cells = (most + cell_size - 1) / cell_size;
	struct byte_map *map;

	/* Only the cells in use: trees of many small files differ too. */
	pthread_mutex_lock(&c->lock);
	map = arena_alloc(&c->arena, offsetof(struct byte_map, counts) + cells * sizeof(map->counts[0]));
	pthread_mutex_unlock(&c->lock);
	if (!map)
		return -ENOMEM;
	map->cell_size = cell_size;
	map->cells = (uint32_t)cells;
	w->space->map = map;
	return 0;
}

/* The check that every run makes: findings add up to what was counted without them. */
static int check_conservation(const struct workspace *w)
{
	const uint64_t *c = w->space->totals.by_class;

	return c[CLASS_PRIMARY] + c[CLASS_DERIVED] + c[CLASS_UNEXPLAINED] == w->differing ? 0 : -EPROTO;
}

static struct space *space_new(struct engine *e, struct content *a, struct content *b, const char *name,
			       struct space *parent)
{
	struct comparison *c = e->result;
	struct space *s;

	pthread_mutex_lock(&c->lock);
	s = arena_alloc(&c->arena, sizeof(*s));
	pthread_mutex_unlock(&c->lock);
	if (!s)
		return NULL;
	s->name = name;
	s->a_name = engine_strdup(e, content_name(a));
	s->b_name = engine_strdup(e, content_name(b));
	s->parent = parent;
	s->depth = parent ? parent->depth + 1 : 0;
	s->totals.a_size = content_size(a);
	s->totals.b_size = content_size(b);
	return s->a_name && s->b_name ? s : NULL;
}

static void workspace_free(struct workspace *w)
{
	size_t i;

	if (!w)
		return;
	for (i = 0; i < w->deferred_count; i++)
		workspace_free(w->deferred[i].w);
	for (i = 0; i < w->leaf_count; i++) {
		layout_unref(w->leaves[i].layout[0]);
		layout_unref(w->leaves[i].layout[1]);
	}
	for (i = 0; i < w->finding_count; i++)
		finding_release(&w->findings[i]);
	for (i = 0; i < 2; i++) {
		layout_unref(w->origin.layout[i]);
		content_unref(w->content[i]);
	}
	free(w->deferred);
	free(w->leaves);
	free(w->findings);
	free(w->block_differs);
	segments_release(&w->segments);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}
DEFINE_CLEANUP(struct workspace *, workspace_free)

static struct workspace *workspace_new(struct engine *e, struct content *a, struct content *b,
				       struct workspace *outer, const struct origin *origin, const char *name)
{
	CLEANUP(workspace_freep) struct workspace *w = calloc(1, sizeof(*w));
	int i;

	if (!w)
		return NULL;
	(void)pthread_mutex_init(&w->lock, NULL);
	w->engine = e;
	w->outer = outer;
	w->content[0] = content_ref(a);
	w->content[1] = content_ref(b);
	for (i = 0; i < 2; i++) {
		w->data[i] = content_data(w->content[i]);
		w->size[i] = content_size(w->content[i]);
		if (origin) {
			w->origin.layout[i] = layout_ref(origin->layout[i]);
			w->origin.part[i] = origin->part[i];
		}
	}
	w->space = space_new(e, a, b, name, outer ? outer->space : NULL);
	return w->space ? steal_pointer(w) : NULL;
}

int workspace_defer(struct workspace *w, struct workspace *inner, uint32_t finding)
{
	int r = 0;

	pthread_mutex_lock(&w->lock);
	if (w->deferred_count == w->deferred_capacity) {
		size_t capacity = w->deferred_capacity ? 2 * w->deferred_capacity : 8;
		struct deferred *deferred = reallocarray(w->deferred, capacity, sizeof(*deferred));

		if (deferred) {
			w->deferred = deferred;
			w->deferred_capacity = capacity;
		} else {
			r = -ENOMEM;
		}
	}
	if (r == 0)
		w->deferred[w->deferred_count++] = (struct deferred){ inner, finding };
	pthread_mutex_unlock(&w->lock);
	if (r < 0)
		workspace_free(inner);
	return r;
}

/* Passes 1 to 3. */
static int prepare(struct workspace *w, struct space_list *inside, bool *ret_refers)
{
	int r = index_blocks(w);

	w->space->totals.differing = w->differing;
	if (r < 0 || !w->differing)
		return r;
	w->space->status = SPACE_DIFFERS;
	r = make_map(w);
	if (r >= 0)
		r = descend(w, inside, ret_refers);
	return r < 0 ? r : finish_map(w);
}

static int compare_notes(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* Pass 4, first of what was deferred: then the payloads' findings know what they follow from. */
static int complete(struct workspace *w)
{
	size_t i;
	int r = 0;

	if (!w->differing)
		return 0;
	for (i = 0; r >= 0 && i < w->deferred_count; i++) {
		r = complete(w->deferred[i].w);
		if (r >= 0)
			payload_follows(w, w->deferred[i].finding, w->deferred[i].w->space);
	}
	if (r >= 0)
		r = attribute(w);
	if (r >= 0)
		r = w->error;
	if (r >= 0)
		r = findings_finish(w);
	/* Tasks took notes in any order. */
	if (w->space->note_count)
		qsort(w->space->notes, w->space->note_count, sizeof(*w->space->notes), compare_notes);
	if (r >= 0)
		r = check_conservation(w);
	if (r == -EPROTO) {
		w->space->trouble = "internal error: the findings do not add up to the differing bytes";
		r = 0;
	}
	if (w->space->trouble)
		w->space->status = SPACE_TROUBLE;
	return r;
}

int compare_contents(struct engine *e, struct content *a, struct content *b, struct workspace *outer,
		     const struct origin *origin, const char *name, struct space_list *ret,
		     struct space **ret_space, struct workspace **ret_deferred)
{
	CLEANUP(workspace_freep) struct workspace *w = workspace_new(e, a, b, outer, origin, name);
	struct space_list inside = { 0 };
	bool refers = false;
	size_t i;
	int r;

	if (!w)
		return -ENOMEM;
	r = prepare(w, &inside, &refers);
	if (r >= 0 && !(refers && outer))
		r = complete(w);
	if (r >= 0)
		r = space_list_add(ret, w->space);
	for (i = 0; r >= 0 && i < inside.count; i++)
		r = space_list_add(ret, inside.items[i]);
	free(inside.items);
	if (r < 0)
		return r;
	if (ret_space)
		*ret_space = w->space;
	if (refers && outer)
		*ret_deferred = steal_pointer(w);
	return 0;
}
