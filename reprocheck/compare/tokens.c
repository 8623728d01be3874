/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of strings, and text.  Their items are aligned by hash first.  What
 * finds no partner in place (a *stray*) is paired, in this order,
 *
 *   1. with an equal stray elsewhere: an item that changed its place;
 *   2. between two matches, when as many are left on both sides: in step, or
 *      crossed over when that fits clearly better;
 *   3. with the stray that shares most of its beginning and end.  Strings have
 *      no order of their own (linkers lay them out by hash): for them this
 *      comes before 2.
 *
 * When items only changed places, their order is the cause.  When others also
 * changed, a table that is laid out by hash or length follows from those, and
 * what moved is derived.
 */
#include "reprocheck/compare/leaf.h"

#include "base/cleanup.h"
#include "base/digest.h"
#include "reprocheck/compare/align.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TOKENS_BYTES_MAX \
	(UINT64_C(64) << 20) /* beyond that, or TOKENS_MAX, lines and strings are aligned as bytes */
#define TOKENS_MAX      (UINT64_C(1) << 22) /* of both sides: each costs some 200 bytes while they are paired */
#define RESEMBLANCE_MAX 400                 /* strays on each side: the comparison is quadratic */
#define REACH           UINT64_C(8192)
#define RESEMBLANCE_MIN 0.5
#define CROSSED_MAX     32 /* items of a gap that are tried in another order */
#define CROSSED_BETTER  1.05

/* One side: hashes, and where each item begins (one more than items), from `base` of the content. */
struct tokens {
	const uint8_t *data;
	uint64_t *hash, *start;
	size_t count;
	uint64_t base;
};

/* Both sides, and which item goes with which. */
struct table {
	struct tokens t[2];
	size_t *b_of_a;
	bool *b_taken;
	bool changed; /* some item has no equal partner */
};

static void tokens_release(struct tokens *t)
{
	free(t->hash);
	free(t->start);
}

static void table_release(struct table *t)
{
	tokens_release(&t->t[0]);
	tokens_release(&t->t[1]);
	free(t->b_of_a);
	free(t->b_taken);
}

static size_t count_tokens(const uint8_t *p, uint64_t n, int end)
{
	const uint8_t *at = p, *stop = p + n;
	size_t count = 1;

	while (at < stop && (at = memchr(at, end, (size_t)(stop - at)))) {
		count++;
		at++;
	}
	return count;
}

static int tokens_of(const uint8_t *content, uint64_t base, uint64_t n, int end, struct tokens *ret)
{
	const uint8_t *p = content + base, *at = p, *stop = p + n, *q;
	size_t count = count_tokens(p, n, end), i;

	ret->data = content;
	ret->base = base;
	ret->hash = reallocarray(NULL, count, sizeof(*ret->hash));
	ret->start = reallocarray(NULL, count + 1, sizeof(*ret->start));
	if (!ret->hash || !ret->start)
		return -ENOMEM;
	for (i = 0; at < stop; i++) {
		q = memchr(at, end, (size_t)(stop - at));
		q = q ? q + 1 : stop;
		ret->hash[i] = hash64(at, (size_t)(q - at), 0);
		ret->start[i] = (uint64_t)(at - p);
		at = q;
	}
	ret->start[i] = n;
	ret->count = i;
	return 0;
}

static uint64_t token_len(const struct tokens *t, size_t i)
{
	return t->start[i + 1] - t->start[i];
}

static const uint8_t *token_data(const struct tokens *t, size_t i)
{
	return t->data + t->base + t->start[i];
}

static bool tokens_equal(const struct table *t, size_t a, size_t b)
{
	return t->t[0].hash[a] == t->t[1].hash[b] && token_len(&t->t[0], a) == token_len(&t->t[1], b) &&
	       memcmp(token_data(&t->t[0], a), token_data(&t->t[1], b), token_len(&t->t[0], a)) == 0;
}

static void marry(struct table *t, size_t a, size_t b)
{
	t->b_of_a[a] = b;
	t->b_taken[b] = true;
}

static bool stray_a(const struct table *t, size_t i)
{
	return i < t->t[0].count && t->b_of_a[i] == NO_PARTNER;
}

static bool stray_b(const struct table *t, size_t j)
{
	return j < t->t[1].count && !t->b_taken[j];
}

static double resemblance(const struct table *t, size_t a, size_t b)
{
	const uint8_t *p = token_data(&t->t[0], a), *q = token_data(&t->t[1], b);
	uint64_t n = token_len(&t->t[0], a), m = token_len(&t->t[1], b), shorter = n < m ? n : m;
	uint64_t most = shorter < REACH ? shorter : REACH, head, tail = 0;

	/* Of long items both ends are looked at, as far as REACH in all. */
	head = find_difference(p, q, 0, shorter < REACH ? shorter : REACH / 2);
	while (tail < most - head && p[n - 1 - tail] == q[m - 1 - tail])
		tail++;
	return (double)(2 * shorter) / (double)(n + m) * (double)(head + tail) / (double)most;
}

/* The unmarried item of B among n from index j that resembles item i most. */
static size_t most_alike(const struct table *t, size_t i, size_t j, size_t n, double *ret_score)
{
	size_t best = j, k;
	double score, top = -1;

	for (k = j; k < j + n; k++) {
		score = t->b_taken[k] ? -1 : resemblance(t, i, k);
		if (score > top) {
			top = score;
			best = k;
		}
	}
	*ret_score = top;
	return best;
}

/*
 * Changed items may also have changed places among themselves (two paths in a table laid out by hash).  When pairing each
 * with what it resembles most is clearly better than pairing in step, that is done.
 */
static bool pair_gap_crossed(struct table *t, size_t i, size_t j, size_t n)
{
	double in_step = 0, crossed = 0, score;
	size_t k;

	if (n < 2 || n > CROSSED_MAX)
		return false;
	for (k = 0; k < n; k++) {
		in_step += resemblance(t, i + k, j + k);
		marry(t, i + k, most_alike(t, i + k, j, n, &score));
		crossed += score;
	}
	if (crossed > CROSSED_BETTER * in_step)
		return true;
	for (k = 0; k < n; k++)
		t->b_taken[j + k] = false;
	return false;
}

/* 2. Runs of strays that stand at the same place (after the same pair), as many on both sides. */
static void pair_gaps(struct table *t)
{
	size_t i, j, k, n, m;

	for (i = 0; i < t->t[0].count; i++) {
		if (!stray_a(t, i) || stray_a(t, i - 1))
			continue;
		j = i ? t->b_of_a[i - 1] + 1 : 0;
		for (n = 0; stray_a(t, i + n); n++)
			;
		for (m = 0; stray_b(t, j + m); m++)
			;
		if (n == m && !pair_gap_crossed(t, i, j, n))
			for (k = 0; k < n; k++)
				marry(t, i + k, j + k);
	}
}

static size_t *strays(const struct table *t, int side, size_t *ret_count)
{
	size_t count = t->t[side].count, i, n = 0;
	size_t *out = reallocarray(NULL, count + 1, sizeof(*out));

	for (i = 0; out && i < count; i++)
		if (side ? stray_b(t, i) : stray_a(t, i))
			out[n++] = i;
	*ret_count = n;
	return out;
}

struct likeness {
	double score;
	size_t a, b;
};

/* The most alike first; among equals in the order of the table. */
static int compare_likeness(const void *x, const void *y)
{
	const struct likeness *p = x, *q = y;

	if (p->score != q->score)
		return p->score > q->score ? -1 : 1;
	if (p->a != q->a)
		return p->a < q->a ? -1 : 1;
	return p->b < q->b ? -1 : p->b > q->b;
}

/* What is left, by what it shares: the pair that is most alike first. */
static int pair_similar(struct table *t)
{
	size_t n, m, i, j, count = 0;
	AUTO_FREE size_t *a = strays(t, 0, &n);
	AUTO_FREE size_t *b = strays(t, 1, &m);
	AUTO_FREE struct likeness *all = NULL;

	if (!a || !b)
		return -ENOMEM;
	if (!n || !m || n > RESEMBLANCE_MAX || m > RESEMBLANCE_MAX)
		return 0;
	all = reallocarray(NULL, n * m, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		for (j = 0; j < m; j++) {
			double score = resemblance(t, a[i], b[j]);

			if (score > RESEMBLANCE_MIN)
				all[count++] = (struct likeness){ score, a[i], b[j] };
		}
	qsort(all, count, sizeof(*all), compare_likeness);
	for (i = 0; i < count; i++)
		if (t->b_of_a[all[i].a] == NO_PARTNER && !t->b_taken[all[i].b])
			marry(t, all[i].a, all[i].b);
	return 0;
}

static int pair_tokens(struct table *t, bool ordered)
{
	size_t i;
	int r;

	t->b_of_a = reallocarray(NULL, t->t[0].count + 1, sizeof(*t->b_of_a));
	t->b_taken = calloc(t->t[1].count + 1, sizeof(*t->b_taken));
	if (!t->b_of_a || !t->b_taken)
		return -ENOMEM;
	r = pair_items(t->t[0].hash, t->t[0].count, t->t[1].hash, t->t[1].count, t->b_of_a, t->b_taken);
	for (i = 0; i < t->t[0].count; i++)
		t->changed = t->changed || stray_a(t, i);
	for (i = 0; i < t->t[1].count; i++)
		t->changed = t->changed || stray_b(t, i);
	if (r >= 0 && t->changed && !ordered)
		r = pair_similar(t);
	pair_gaps(t);
	return r < 0 || !t->changed || !ordered ? r : pair_similar(t);
}

/* Where `count` items from index i begin and how long they are. */
static uint64_t place(const struct tokens *t, size_t i, size_t count, uint64_t *ret_len)
{
	*ret_len = t->start[i + count] - t->start[i];
	return t->base + t->start[i];
}

static int add_stray_run(struct descent *d, struct pair *p, const struct tokens *t, int side, size_t i,
			 size_t count, uint64_t border)
{
	uint64_t len, at = place(t, i, count, &len);

	return side ? add_replaced(d, p, border, 0, at, len) : add_replaced(d, p, at, len, border, 0);
}

/* One pair of items. An equal item that left the order names the order as cause, unless other items changed. */
static int add_pair(struct descent *d, struct pair *p, const struct table *t, size_t i, bool disordered)
{
	uint64_t a_len, b_len, a = place(&t->t[0], i, 1, &a_len),
			       b = place(&t->t[1], t->b_of_a[i], 1, &b_len);
	const char *cause = p->part[0]->kind == PART_TEXT ? CAUSE_LINE_ORDER : order_cause(p->layout[0]);
	struct run run = run_of(p, a, a_len, b, b_len);
	uint32_t outer = d->order;
	int r;

	if (!tokens_equal(t, i, t->b_of_a[i]))
		return align_piece(d, p, a, a_len, b, b_len);
	if (disordered && cause && !(t->changed && p->part[0]->kind == PART_STRINGS))
		d->order = conclude(d->w, &run, cause, CLASS_PRIMARY, LEVEL_RECOGNISED,
				    "stands elsewhere in B", true);
	r = add_same(d, a, b, a_len);
	d->order = outer;
	return r;
}

static int add_side_a(struct descent *d, struct pair *p, const struct table *t, const bool *disordered)
{
	const struct tokens *ta = &t->t[0], *tb = &t->t[1];
	uint64_t border = tb->base;
	size_t i, n;
	int r = 0;

	for (i = 0; r >= 0 && i < ta->count; i += n) {
		for (n = 0; stray_a(t, i + n); n++)
			;
		if (n) {
			r = add_stray_run(d, p, ta, 0, i, n, border);
			continue;
		}
		n = 1;
		r = add_pair(d, p, t, i, disordered && disordered[i]);
		border = tb->base + tb->start[t->b_of_a[i] + 1];
	}
	return r;
}

static int add_strays_of_b(struct descent *d, struct pair *p, const struct table *t)
{
	const struct tokens *ta = &t->t[0], *tb = &t->t[1];
	AUTO_FREE size_t *a_of_b = calloc(tb->count + 1, sizeof(*a_of_b));
	uint64_t border = ta->base;
	size_t i, n;
	int r = 0;

	if (!a_of_b)
		return -ENOMEM;
	for (i = 0; i < ta->count; i++)
		if (t->b_of_a[i] != NO_PARTNER)
			a_of_b[t->b_of_a[i]] = i;
	for (i = 0; r >= 0 && i < tb->count; i += n) {
		for (n = 0; stray_b(t, i + n); n++)
			;
		if (n) {
			r = add_stray_run(d, p, tb, 1, i, n, border);
			continue;
		}
		n = 1;
		border = ta->base + ta->start[a_of_b[i] + 1];
	}
	return r;
}

static int compare_tokens_in(struct descent *d, struct pair *p, const uint64_t at[2], const uint64_t len[2],
			     int end)
{
	CLEANUP(table_release) struct table t = { 0 };
	AUTO_FREE bool *disordered = NULL;
	int r = tokens_of(d->w->data[0], at[0], len[0], end, &t.t[0]);

	if (r >= 0)
		r = tokens_of(d->w->data[1], at[1], len[1], end, &t.t[1]);
	if (r >= 0)
		r = pair_tokens(&t, end == '\n');
	if (r >= 0)
		r = find_disorder(t.b_of_a, t.t[0].count, &disordered);
	if (r >= 0)
		r = add_side_a(d, p, &t, disordered);
	return r < 0 ? r : add_strays_of_b(d, p, &t);
}

static bool begins_item(const uint8_t *p, uint64_t at, int end)
{
	return !at || p[at - 1] == end;
}

static bool too_many(const struct descent *d, const uint64_t at[2], const uint64_t len[2], int end)
{
	return len[0] + len[1] > TOKENS_BYTES_MAX ||
	       count_tokens(d->w->data[0] + at[0], len[0], end) +
			       count_tokens(d->w->data[1] + at[1], len[1], end) >
		       TOKENS_MAX;
}

/* What both ends have in common is cut off first, back to whole items, so that memory goes with what differs. */
int compare_tokens(struct descent *d, struct pair *p, int end)
{
	const uint8_t *a = d->w->data[0] + p->off[0], *b = d->w->data[1] + p->off[1];
	uint64_t most = p->len[0] < p->len[1] ? p->len[0] : p->len[1];
	uint64_t head = find_difference(a, b, 0, most), tail = 0;
	uint64_t at[2], len[2];
	int r;

	while (!begins_item(a, head, end))
		head--;
	while (tail < most - head && a[p->len[0] - 1 - tail] == b[p->len[1] - 1 - tail])
		tail++;
	while (tail && !(begins_item(a, p->len[0] - tail, end) && begins_item(b, p->len[1] - tail, end)))
		tail--;
	at[0] = p->off[0] + head;
	at[1] = p->off[1] + head;
	len[0] = p->len[0] - head - tail;
	len[1] = p->len[1] - head - tail;
	r = add_same(d, p->off[0], p->off[1], head);
	if (r >= 0)
		r = too_many(d, at, len, end) ? align_piece(d, p, at[0], len[0], at[1], len[1])
					      : compare_tokens_in(d, p, at, len, end);
	return r < 0 ? r : add_same(d, at[0] + len[0], at[1] + len[1], tail);
}
