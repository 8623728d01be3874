/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of records: symbols, relocations, headers.  Records are paired by the
 * key that the format gives them (a symbol's name), in place first and then
 * wherever they went; pairs are compared field by field in pass 4.
 */
#include "reprocheck/compare/leaf.h"

#include "base/cleanup.h"
#include "base/digest.h"
#include "reprocheck/compare/align.h"

#include <errno.h>
#include <stdlib.h>

struct record_table {
	struct pair *p;
	uint64_t size, count[2];
	uint64_t *keys[2];
	size_t *b_of_a;
	bool *b_taken, *disordered;
};

static void record_table_release(struct record_table *t)
{
	free(t->keys[0]);
	free(t->keys[1]);
	free(t->b_of_a);
	free(t->b_taken);
	free(t->disordered);
}

static uint64_t *record_keys(const struct pair *p, int side, uint64_t size, uint64_t count)
{
	const struct layout *l = p->layout[side];
	uint64_t *keys = reallocarray(NULL, count + 1, sizeof(*keys)), i;

	for (i = 0; keys && i < count; i++)
		keys[i] = l->analyzer->record_key ? l->analyzer->record_key(l, p->part[side], i)
						  : hash64(part_data(l, p->part[side]) + i * size, size, 0);
	return keys;
}

static int pair_records(struct record_table *t)
{
	int i, r;

	for (i = 0; i < 2; i++)
		t->keys[i] = record_keys(t->p, i, t->size, t->count[i]);
	t->b_of_a = reallocarray(NULL, t->count[0] + 1, sizeof(*t->b_of_a));
	t->b_taken = calloc(t->count[1] + 1, sizeof(*t->b_taken));
	if (!t->keys[0] || !t->keys[1] || !t->b_of_a || !t->b_taken)
		return -ENOMEM;
	r = pair_items(t->keys[0], t->count[0], t->keys[1], t->count[1], t->b_of_a, t->b_taken);
	return r < 0 ? r : find_disorder(t->b_of_a, t->count[0], &t->disordered);
}

static uint64_t record_at(const struct record_table *t, int side, uint64_t index)
{
	return t->p->off[side] + index * t->size;
}

static bool disordered(const struct record_table *t, uint64_t i)
{
	return t->disordered && t->disordered[i];
}

/* Pairs that continue each other, from index i of A: how many. */
static uint64_t stretch(const struct record_table *t, uint64_t i)
{
	uint64_t n = 1;

	while (i + n < t->count[0] && t->b_of_a[i + n] == t->b_of_a[i] + n &&
	       disordered(t, i + n) == disordered(t, i))
		n++;
	return n;
}

static int add_stretch(struct descent *d, struct record_table *t, uint64_t i, uint64_t n)
{
	uint64_t a = record_at(t, 0, i), b = record_at(t, 1, t->b_of_a[i]), len = n * t->size;
	struct run run = run_of(t->p, a, len, b, len);
	uint32_t outer = d->order;
	int r;

	if (disordered(t, i) && order_cause(t->p->layout[0]))
		d->order = conclude(d->w, &run, order_cause(t->p->layout[0]), CLASS_PRIMARY, LEVEL_RECOGNISED,
				    "stands elsewhere in B", true);
	r = add_leaf(d, t->p, a, b, len, t->size);
	d->order = outer;
	return r;
}

/* Strays of A from index i that stand against strays of B from index j are compared in step; the rest is on one side only. */
static int add_strays(struct descent *d, struct record_table *t, uint64_t i, uint64_t n, uint64_t j,
		      uint64_t m)
{
	uint64_t both = n < m ? n : m;
	int r = add_leaf(d, t->p, record_at(t, 0, i), record_at(t, 1, j), both * t->size, t->size);

	if (r < 0 || n == m)
		return r;
	return add_replaced(d, t->p, record_at(t, 0, i + both), (n - both) * t->size,
			    record_at(t, 1, j + both), (m - both) * t->size);
}

/* How many records from an index on have no partner. */
static uint64_t strays_of_a(const struct record_table *t, uint64_t i)
{
	uint64_t n = 0;

	while (i + n < t->count[0] && t->b_of_a[i + n] == NO_PARTNER)
		n++;
	return n;
}

static uint64_t strays_of_b(const struct record_table *t, uint64_t j)
{
	uint64_t m = 0;

	while (j + m < t->count[1] && !t->b_taken[j + m])
		m++;
	return m;
}

/* Walks A; what B alone has is met after the pair that it follows, and marked as told. */
static int add_in_order(struct descent *d, struct record_table *t)
{
	uint64_t i = 0, j = 0, n, m, k;
	int r = 0;

	while (r >= 0 && (i < t->count[0] || j < t->count[1])) {
		n = strays_of_a(t, i);
		m = strays_of_b(t, j);
		r = add_strays(d, t, i, n, j, m);
		for (k = 0; k < m; k++)
			t->b_taken[j + k] = true;
		i += n;
		if (r < 0 || i >= t->count[0])
			break;
		n = stretch(t, i);
		r = add_stretch(d, t, i, n);
		j = t->b_of_a[i] + n;
		i += n;
	}
	return r;
}

static int add_rest_of_b(struct descent *d, struct record_table *t)
{
	uint64_t j, m;
	int r = 0;

	for (j = 0; r >= 0 && j < t->count[1]; j += m + !m) {
		m = strays_of_b(t, j);
		r = add_strays(d, t, t->count[0], 0, j, m);
	}
	return r;
}

static int compare_by_key(struct descent *d, struct pair *p, uint64_t size, const uint64_t count[2])
{
	CLEANUP(record_table_release)
	struct record_table t = { .p = p, .size = size, .count = { count[0], count[1] } };
	int r = pair_records(&t);

	if (r >= 0)
		r = add_in_order(d, &t);
	return r < 0 ? r : add_rest_of_b(d, &t);
}

int compare_records(struct descent *d, struct pair *p)
{
	uint64_t size = p->part[0]->records->size, count[2] = { p->len[0] / size, p->len[1] / size };
	int r;

	if (count[0] == count[1] && !p->layout[0]->analyzer->record_key)
		r = add_leaf(d, p, p->off[0], p->off[1], count[0] * size, size);
	else
		r = compare_by_key(d, p, size, count);
	if (r < 0 || (!(p->len[0] % size) && !(p->len[1] % size)))
		return r;
	return add_replaced(d, p, p->off[0] + count[0] * size, p->len[0] % size, p->off[1] + count[1] * size,
			    p->len[1] % size);
}
