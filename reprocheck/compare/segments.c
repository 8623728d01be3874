/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/compare/segments.h"

#include <errno.h>
#include <stdlib.h>

#define BORDER_MAX 1024

void segments_release(struct segments *s)
{
	free(s->items);
	free(s->by_b);
	*s = (struct segments){ 0 };
}

/* `next` continues `last` when both say the same about adjoining bytes. A leaf is not merged: its words may depend on
 * where it starts. */
static bool continues(const struct segment *last, const struct segment *next)
{
	return last->kind == next->kind && last->kind == SEGMENT_SAME && last->moved == next->moved &&
	       last->a + last->a_len == next->a && last->b + last->b_len == next->b;
}

int segments_add(struct segments *s, const struct segment *item)
{
	if (!item->a_len && !item->b_len)
		return 0;
	if (s->count && continues(&s->items[s->count - 1], item)) {
		s->items[s->count - 1].a_len += item->a_len;
		s->items[s->count - 1].b_len += item->b_len;
		return 0;
	}
	if (s->count == s->capacity) {
		size_t capacity = s->capacity ? 2 * s->capacity : 32;
		struct segment *items = reallocarray(s->items, capacity, sizeof(*items));

		if (!items)
			return -ENOMEM;
		s->items = items;
		s->capacity = capacity;
	}
	s->items[s->count++] = *item;
	return 0;
}

int segments_append(struct segments *s, const struct segments *from)
{
	size_t i;

	for (i = 0; i < from->count; i++) {
		int r = segments_add(s, &from->items[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/* An empty side sorts before the bytes that stand at the same offset. */
static int compare_a(const void *x, const void *y)
{
	const struct segment *p = x, *q = y;

	if (p->a != q->a)
		return p->a < q->a ? -1 : 1;
	if (p->a_len != q->a_len && (!p->a_len || !q->a_len))
		return p->a_len ? 1 : -1;
	return p->b < q->b ? -1 : p->b > q->b;
}

static int compare_b(const void *x, const void *y, void *items)
{
	const struct segment *p = &((struct segment *)items)[*(const uint32_t *)x];
	const struct segment *q = &((struct segment *)items)[*(const uint32_t *)y];

	if (p->b != q->b)
		return p->b < q->b ? -1 : 1;
	if (p->b_len != q->b_len && (!p->b_len || !q->b_len))
		return p->b_len ? 1 : -1;
	return p->a < q->a ? -1 : p->a > q->a;
}

int segments_finish(struct segments *s)
{
	size_t i;

	qsort(s->items, s->count, sizeof(*s->items), compare_a);
	s->by_b = reallocarray(NULL, s->count + 1, sizeof(*s->by_b));
	if (!s->by_b || s->count > UINT32_MAX)
		return -ENOMEM;
	for (i = 0; i < s->count; i++)
		s->by_b[i] = (uint32_t)i;
	qsort_r(s->by_b, s->count, sizeof(*s->by_b), compare_b, s->items);
	return 0;
}

/* The last index whose start is <= off, or count. */
static size_t last_at_or_before(const struct segments *s, uint64_t off, bool by_b)
{
	size_t lo = 0, hi = s->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		uint64_t start = by_b ? s->items[s->by_b[mid]].b : s->items[mid].a;

		if (start <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? lo - 1 : s->count;
}

size_t segments_at_a(const struct segments *s, uint64_t off)
{
	return last_at_or_before(s, off, false);
}

size_t segments_at_b(const struct segments *s, uint64_t off)
{
	return last_at_or_before(s, off, true);
}

/* Whether the segment, as a map, sends a_off to b_off. Inside replaced bytes only the two ends are known, and all of it when
 * the lengths agree. */
static bool segment_maps(const struct segment *g, uint64_t a_off, uint64_t b_off)
{
	if (a_off < g->a || a_off > g->a + g->a_len)
		return false;
	if (g->a_len == g->b_len)
		return b_off == g->b + (a_off - g->a);
	return (a_off == g->a && b_off == g->b) || (a_off == g->a + g->a_len && b_off == g->b + g->b_len);
}

static bool inside(const struct segment *g, uint64_t a_off)
{
	return a_off > g->a && a_off < g->a + g->a_len;
}

bool segments_maps(const struct segments *s, uint64_t a_off, uint64_t b_off, size_t *hint)
{
	size_t i = *hint, steps;

	if (i < s->count && inside(&s->items[i], a_off))
		return segment_maps(&s->items[i], a_off, b_off);
	i = last_at_or_before(s, a_off, false);
	if (i == s->count)
		return false;
	*hint = i;
	if (inside(&s->items[i], a_off))
		return segment_maps(&s->items[i], a_off, b_off);
	/* A border: everything that touches it, backwards to the segment that ends here; not through thousands of insertions. */
	for (steps = 0; steps < BORDER_MAX; steps++, i--) {
		if (segment_maps(&s->items[i], a_off, b_off))
			return true;
		if (!i || (s->items[i].a < a_off && s->items[i].a_len))
			return false;
	}
	return false;
}
