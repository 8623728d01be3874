/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alignment of two sequences, in time close to linear for what builds produce:
 * long equal stretches, few edits.
 *
 * Tokens: equal prefix and suffix are stripped, then both sides are walked in
 * step; a mismatch looks a short way ahead for RESYNC equal tokens in a row,
 * nearest first.  Where that fails (blocks moved or rewritten), tokens that
 * occur once on each side are anchors (patience diff) and the longest
 * ascending chain of anchors splits the rest into gaps, each aligned the same way.
 *
 * Bytes: k-grams of A at sampled positions go in a table that is bounded
 * (TABLE_MAX entries whatever the input's size); a rolling hash of B finds
 * candidates, which are verified and extended both ways; the heaviest
 * ascending chain wins; gaps are aligned again with shorter grams.
 *
 * Both terminate: each level strictly shortens the ranges, and depth is capped.
 */
#include "reprocheck/compare/align.h"

#include "base/bytes.h"
#include "base/cleanup.h"
#include "reprocheck/compare/keyed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_AHEAD   48
#define RESYNC       3
#define DEPTH_MAX    24
#define PROBES_MAX   64
#define TABLE_MAX    (UINT32_C(1) << 18)

#define SHIFT_WINDOW 256 /* of find_shifted */

void matches_release(struct matches *m)
{
	free(m->items);
	*m = (struct matches){ 0 };
}

int matches_add(struct matches *m, uint64_t a, uint64_t b, uint64_t len, bool loose)
{
	struct match *last = m->count ? &m->items[m->count - 1] : NULL;

	if (!len)
		return 0;
	if (last && !loose && !last->loose && last->a + last->len == a && last->b + last->len == b) {
		last->len += len;
		return 0;
	}
	if (m->count == m->capacity) {
		size_t capacity = m->capacity ? 2 * m->capacity : 16;
		struct match *items = reallocarray(m->items, capacity, sizeof(*items));

		if (!items)
			return -ENOMEM;
		m->items = items;
		m->capacity = capacity;
	}
	m->items[m->count++] = (struct match){ .a = a, .b = b, .len = len, .loose = loose };
	return 0;
}

/* Fenwick tree over ranks of a: best weight of a chain that ends at a rank, and its last item. */
struct best {
	uint64_t weight;
	size_t item; /* index + 1; 0: none */
};

static struct best fenwick_max(const struct best *tree, size_t rank)
{
	struct best r = { 0, 0 };

	for (; rank; rank &= rank - 1)
		if (tree[rank].weight > r.weight)
			r = tree[rank];
	return r;
}

static void fenwick_put(struct best *tree, size_t n, size_t rank, struct best v)
{
	for (; rank <= n; rank += rank & -rank)
		if (v.weight > tree[rank].weight)
			tree[rank] = v;
}

static int compare_rank(const void *x, const void *y, void *items)
{
	const struct match *p = &((const struct match *)items)[*(const size_t *)x];
	const struct match *q = &((const struct match *)items)[*(const size_t *)y];

	return p->a < q->a ? -1 : p->a > q->a;
}

int longest_ascending(const struct match *items, size_t count, bool *keep)
{
	AUTO_FREE struct best *tree = calloc(count + 1, sizeof(*tree));
	AUTO_FREE size_t *order = calloc(count + 1, sizeof(*order));
	AUTO_FREE size_t *rank = calloc(count + 1, sizeof(*rank));
	AUTO_FREE size_t *before = calloc(count + 1, sizeof(*before));
	struct best top;
	size_t i;

	if (!tree || !order || !rank || !before)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		order[i] = i;
		keep[i] = false;
	}
	qsort_r(order, count, sizeof(*order), compare_rank, (void *)(uintptr_t)items);
	for (i = 0; i < count; i++)
		rank[order[i]] = i + 1;
	for (i = 0; i < count; i++) {
		struct best prior = fenwick_max(tree, rank[i] - 1);

		before[i] = prior.item;
		fenwick_put(tree, count, rank[i], (struct best){ prior.weight + items[i].len, i + 1 });
	}
	top = fenwick_max(tree, count);
	for (i = top.item; i; i = before[i - 1])
		keep[i - 1] = true;
	return 0;
}

/* A subrange of both token sequences; offsets are absolute in what is reported. */
struct token_range {
	const uint64_t *a, *b;
	size_t a0, a1, b0, b1;
};

static size_t equal_tokens(const struct token_range *t, size_t i, size_t j, size_t most)
{
	size_t n = 0;

	while (n < most && i + n < t->a1 && j + n < t->b1 && t->a[i + n] == t->b[j + n])
		n++;
	return n;
}

/* The nearest (by di + dj) place ahead where RESYNC tokens agree, or both sequences end together. */
static bool resync(const struct token_range *t, size_t *ret_i, size_t *ret_j)
{
	size_t sum, di;

	for (sum = 1; sum <= 2 * LOOK_AHEAD; sum++)
		for (di = sum > LOOK_AHEAD ? sum - LOOK_AHEAD : 0; di <= sum && di <= LOOK_AHEAD; di++) {
			size_t i = t->a0 + di, j = t->b0 + (sum - di), n;

			if (i >= t->a1 || j >= t->b1)
				continue;
			n = equal_tokens(t, i, j, RESYNC);
			if (n == RESYNC || (n && i + n == t->a1 && j + n == t->b1)) {
				*ret_i = i;
				*ret_j = j;
				return true;
			}
		}
	return false;
}

struct seen {
	uint64_t token;
	size_t a, b;        /* positions */
	uint8_t in_a, in_b; /* 0, 1, 2: many */
};

static struct seen *seen_slot(struct seen *table, size_t mask, uint64_t token)
{
	size_t i = (token * UINT64_C(0x9e3779b97f4a7c15) >> 20) & mask;

	while ((table[i].in_a || table[i].in_b) && table[i].token != token)
		i = (i + 1) & mask;
	table[i].token = token;
	return &table[i];
}

/* Tokens that occur exactly once on both sides, in order of b. */
static int unique_anchors(const struct token_range *t, struct matches *ret)
{
	size_t size = 16, i;
	AUTO_FREE struct seen *table = NULL;

	while (size < 2 * (t->a1 - t->a0 + t->b1 - t->b0))
		size *= 2;
	table = calloc(size, sizeof(*table));
	if (!table)
		return -ENOMEM;
	for (i = t->a0; i < t->a1; i++) {
		struct seen *s = seen_slot(table, size - 1, t->a[i]);

		s->in_a = s->in_a ? 2 : 1;
		s->a = i;
	}
	for (i = t->b0; i < t->b1; i++) {
		struct seen *s = seen_slot(table, size - 1, t->b[i]);

		s->in_b = s->in_b ? 2 : 1;
		s->b = i;
	}
	for (i = t->b0; i < t->b1; i++) {
		struct seen *s = seen_slot(table, size - 1, t->b[i]);
		int r = 0;

		if (s->in_a == 1 && s->in_b == 1)
			r = matches_add(ret, s->a, i, 1, false);
		if (r < 0)
			return r;
	}
	return 0;
}

static int align_token_range(struct token_range t, unsigned depth, struct matches *ret);

/* Patience: the chain of unique tokens splits the range; each gap is aligned again. */
static int align_by_anchors(const struct token_range *t, unsigned depth, struct matches *ret)
{
	CLEANUP(matches_release) struct matches anchors = { 0 };
	AUTO_FREE bool *keep = NULL;
	struct token_range gap = *t;
	size_t i;
	int r = unique_anchors(t, &anchors);

	if (r < 0 || !anchors.count)
		return r;
	keep = calloc(anchors.count, sizeof(*keep));
	if (!keep)
		return -ENOMEM;
	r = longest_ascending(anchors.items, anchors.count, keep);
	for (i = 0; r >= 0 && i < anchors.count; i++) {
		const struct match *m = &anchors.items[i];

		if (!keep[i])
			continue;
		gap.a1 = m->a;
		gap.b1 = m->b;
		r = align_token_range(gap, depth + 1, ret);
		if (r >= 0)
			r = matches_add(ret, m->a, m->b, m->len, false);
		gap.a0 = m->a + m->len;
		gap.b0 = m->b + m->len;
	}
	gap.a1 = t->a1;
	gap.b1 = t->b1;
	return r < 0 ? r : align_token_range(gap, depth + 1, ret);
}

static int align_token_range(struct token_range t, unsigned depth, struct matches *ret)
{
	size_t suffix = 0, i, j;
	int r;

	while (t.a1 > t.a0 && t.b1 > t.b0 && t.a[t.a1 - 1] == t.b[t.b1 - 1]) {
		t.a1--;
		t.b1--;
		suffix++;
	}
	for (;;) {
		size_t n = equal_tokens(&t, t.a0, t.b0, SIZE_MAX);

		r = matches_add(ret, t.a0, t.b0, n, false);
		t.a0 += n;
		t.b0 += n;
		if (r < 0 || t.a0 == t.a1 || t.b0 == t.b1 || !resync(&t, &i, &j))
			break;
		t.a0 = i;
		t.b0 = j;
	}
	if (r >= 0 && t.a0 < t.a1 && t.b0 < t.b1 && depth < DEPTH_MAX)
		r = align_by_anchors(&t, depth, ret);
	return r < 0 ? r : matches_add(ret, t.a1, t.b1, suffix, false);
}

int align_tokens(const uint64_t *a, size_t n, const uint64_t *b, size_t m, struct matches *ret)
{
	return align_token_range((struct token_range){ a, b, 0, n, 0, m }, 0, ret);
}

struct byte_range {
	const uint8_t *a, *b;
	uint64_t a0, a1, b0, b1;
};

#define ROLL UINT64_C(0x100000001b3)

static uint64_t gram_hash(const uint8_t *p, unsigned k)
{
	uint64_t h = 0;
	unsigned i;

	for (i = 0; i < k; i++)
		h = h * ROLL + p[i] + 1;
	return h;
}

static uint64_t roll_power(unsigned k)
{
	uint64_t p = 1;

	while (--k)
		p *= ROLL;
	return p;
}

struct gram {
	uint64_t hash;
	uint64_t pos; /* UINT64_MAX: empty; UINT64_MAX - 1: seen more than once, useless */
};
#define GRAM_EMPTY  UINT64_MAX
#define GRAM_COMMON (UINT64_MAX - 1)

/* Grams that were chosen to fall together share the last slot that is probed: candidates are verified, so they are only
 * lost, and a hostile input costs no more than an honest one. */
static struct gram *gram_slot(struct gram *table, size_t mask, uint64_t hash)
{
	size_t i = (hash ^ hash >> 29) & mask, probes;

	for (probes = 0; probes < PROBES_MAX && table[i].pos != GRAM_EMPTY && table[i].hash != hash; probes++)
		i = (i + 1) & mask;
	table[i].hash = hash;
	return &table[i];
}

static struct gram *index_grams(const struct byte_range *t, unsigned k, size_t *ret_mask)
{
	uint64_t step = (t->a1 - t->a0) / TABLE_MAX + 1, i;
	uint64_t n = (t->a1 - t->a0) / step + 1;
	size_t size = 64;
	struct gram *table;

	while (size < 2 * n)
		size *= 2;
	table = reallocarray(NULL, size, sizeof(*table));
	if (!table)
		return NULL;
	memset(table, 0xff, size * sizeof(*table));
	for (i = t->a0; i + k <= t->a1; i += step) {
		struct gram *g = gram_slot(table, size - 1, gram_hash(t->a + i, k));

		g->pos = g->pos == GRAM_EMPTY ? i : GRAM_COMMON;
	}
	*ret_mask = size - 1;
	return table;
}

/* Extends a verified gram both ways within the range, not before `b_low`. */
static struct match extend(const struct byte_range *t, uint64_t a, uint64_t b, uint64_t b_low)
{
	uint64_t a_end = a, b_end = b;

	while (a > t->a0 && b > b_low && t->a[a - 1] == t->b[b - 1]) {
		a--;
		b--;
	}
	while (a_end < t->a1 && b_end < t->b1 && t->a[a_end] == t->b[b_end]) {
		a_end++;
		b_end++;
	}
	return (struct match){ .a = a, .b = b, .len = b_end - b };
}

static int find_candidates(const struct byte_range *t, unsigned k, struct matches *ret)
{
	size_t mask;
	AUTO_FREE struct gram *table = index_grams(t, k, &mask);
	uint64_t power = roll_power(k), j = t->b0, low = t->b0, hash;
	int r = 0;

	if (!table)
		return -ENOMEM;
	if (t->b1 - t->b0 < k)
		return 0;
	hash = gram_hash(t->b + j, k);
	while (r >= 0) {
		const struct gram *g = gram_slot(table, mask, hash);

		if (g->pos < GRAM_COMMON && memcmp(t->a + g->pos, t->b + j, k) == 0) {
			struct match m = extend(t, g->pos, j, low);

			r = matches_add(ret, m.a, m.b, m.len, false);
			j = low = m.b + m.len;
			if (j + k > t->b1)
				break;
			hash = gram_hash(t->b + j, k);
			continue;
		}
		if (j + k >= t->b1)
			break;
		hash = (hash - power * (t->b[j] + UINT64_C(1))) * ROLL + t->b[j + k] + 1;
		j++;
	}
	return r;
}

static unsigned gram_length(uint64_t n)
{
	return n > (1 << 20) ? 48 : n > 8192 ? 24 : n > 512 ? 12 : n > 64 ? 8 : 4;
}

static int align_byte_range(struct byte_range t, unsigned k, unsigned depth, struct matches *ret);

static int align_gaps(const struct byte_range *t, const struct matches *found, const bool *keep, unsigned k,
		      unsigned depth, struct matches *ret)
{
	struct byte_range gap = *t;
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < found->count; i++) {
		const struct match *m = &found->items[i];

		if (!keep[i] || m->a < gap.a0) /* extensions may overlap in a */
			continue;
		gap.a1 = m->a;
		gap.b1 = m->b;
		r = align_byte_range(gap, k, depth + 1, ret);
		if (r >= 0)
			r = matches_add(ret, m->a, m->b, m->len, false);
		gap.a0 = m->a + m->len;
		gap.b0 = m->b + m->len;
	}
	gap.a1 = t->a1;
	gap.b1 = t->b1;
	return r < 0 ? r : align_byte_range(gap, k, depth + 1, ret);
}

/* Same length and at most a quarter differs: compared by position. */
static bool mostly_equal(const struct byte_range *t)
{
	uint64_t n = t->a1 - t->a0;

	return n == t->b1 - t->b0 && count_differing(t->a + t->a0, t->b + t->b0, n) <= n / 4;
}

bool find_shifted(const uint8_t *a, const uint8_t *b, uint64_t n, uint64_t *ret_from, uint64_t *ret_to)
{
	uint64_t from = n, to = n, at = find_difference(a, b, 0, n);

	while (at + SHIFT_WINDOW <= n) {
		if (count_differing(a + at, b + at, SHIFT_WINDOW) > SHIFT_MIN) {
			from = from < n ? from : at;
			to = n - at > 2 * SHIFT_WINDOW ? at + 2 * SHIFT_WINDOW : n;
		}
		at = find_difference(a, b, at + SHIFT_WINDOW, n);
	}
	*ret_from = from;
	*ret_to = to;
	return from < n;
}

/* By grams: the heaviest chain of equal stretches, and what lies between them. */
static int align_by_grams(const struct byte_range *t, unsigned k_before, unsigned depth, struct matches *ret)
{
	CLEANUP(matches_release) struct matches found = { 0 };
	AUTO_FREE bool *keep = NULL;
	unsigned k = gram_length(t->a1 - t->a0 + t->b1 - t->b0);
	int r;

	if (k >= k_before)
		k = k_before / 2;
	if (t->a0 == t->a1 || t->b0 == t->b1 || depth >= DEPTH_MAX || k < 4)
		return 0;
	r = find_candidates(t, k, &found);
	if (r < 0 || !found.count)
		return r;
	keep = calloc(found.count, sizeof(*keep));
	if (!keep)
		return -ENOMEM;
	r = longest_ascending(found.items, found.count, keep);
	return r < 0 ? r : align_gaps(t, &found, keep, k, depth, ret);
}

static int align_byte_range(struct byte_range t, unsigned k_before, unsigned depth, struct matches *ret)
{
	uint64_t most = t.a1 - t.a0 < t.b1 - t.b0 ? t.a1 - t.a0 : t.b1 - t.b0, n, suffix = 0, from, to,
		 rest = 0;
	int r;

	n = find_difference(t.a + t.a0, t.b + t.b0, 0, most);
	r = matches_add(ret, t.a0, t.b0, n, false);
	t.a0 += n;
	t.b0 += n;
	while (t.a1 > t.a0 && t.b1 > t.b0 && t.a[t.a1 - 1] == t.b[t.b1 - 1]) {
		t.a1--;
		t.b1--;
		suffix++;
	}
	if (r >= 0 && mostly_equal(&t)) {
		n = t.a1 - t.a0;
		(void)find_shifted(t.a + t.a0, t.b + t.b0, n, &from, &to);
		r = matches_add(ret, t.a0, t.b0, from, true);
		rest = n - to;
		t = (struct byte_range){ t.a, t.b, t.a0 + from, t.a1 - rest, t.b0 + from, t.b1 - rest };
	}
	if (r >= 0)
		r = align_by_grams(&t, k_before, depth, ret);
	if (r >= 0)
		r = matches_add(ret, t.a1, t.b1, rest, true);
	return r < 0 ? r : matches_add(ret, t.a1 + rest, t.b1 + rest, suffix, false);
}

int align_bytes(const uint8_t *a, uint64_t n, const uint8_t *b, uint64_t m, struct matches *ret)
{
	return align_byte_range((struct byte_range){ a, b, 0, n, 0, m }, 64, 0, ret);
}

/* Those that found no partner in place. */
static int pair_moved(const uint64_t *a, size_t n, const uint64_t *b, size_t m, size_t *b_of_a, bool *b_taken)
{
	AUTO_FREE struct keyed *sa = reallocarray(NULL, n + 1, sizeof(*sa));
	AUTO_FREE struct keyed *sb = reallocarray(NULL, m + 1, sizeof(*sb));
	size_t i, na = 0, nb = 0;

	if (!sa || !sb)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		if (b_of_a[i] == NO_PARTNER)
			sa[na++] = (struct keyed){ a[i], i };
	for (i = 0; i < m; i++)
		if (!b_taken[i])
			sb[nb++] = (struct keyed){ b[i], i };
	pair_keyed(sa, na, sb, nb, b_of_a, b_taken);
	return 0;
}

int pair_items(const uint64_t *a, size_t n, const uint64_t *b, size_t m, size_t *b_of_a, bool *b_taken)
{
	CLEANUP(matches_release) struct matches in_place = { 0 };
	size_t i, k;
	int r = align_tokens(a, n, b, m, &in_place);

	for (i = 0; i < n; i++)
		b_of_a[i] = NO_PARTNER;
	memset(b_taken, 0, m * sizeof(*b_taken));
	for (i = 0; r >= 0 && i < in_place.count; i++)
		for (k = 0; k < in_place.items[i].len; k++) {
			b_of_a[in_place.items[i].a + k] = in_place.items[i].b + k;
			b_taken[in_place.items[i].b + k] = true;
		}
	return r < 0 ? r : pair_moved(a, n, b, m, b_of_a, b_taken);
}

int find_disorder(const size_t *b_of_a, size_t n, bool **ret)
{
	AUTO_FREE struct match *pairs = NULL;
	AUTO_FREE bool *keep = NULL;
	AUTO_FREE bool *flags = NULL;
	size_t i, k = 0, last = 0;
	bool ascending = true;
	int r;

	for (i = 0; i < n; i++) {
		if (b_of_a[i] == NO_PARTNER)
			continue;
		ascending = ascending && (!k || last < b_of_a[i]);
		last = b_of_a[i];
		k++;
	}
	if (ascending)
		return 0;
	pairs = reallocarray(NULL, k, sizeof(*pairs));
	keep = calloc(k, sizeof(*keep));
	flags = calloc(n, sizeof(*flags));
	if (!pairs || !keep || !flags)
		return -ENOMEM;
	for (i = 0, k = 0; i < n; i++)
		if (b_of_a[i] != NO_PARTNER)
			pairs[k++] = (struct match){ .a = b_of_a[i], .b = i, .len = 1 };
	r = longest_ascending(pairs, k, keep);
	for (i = 0; i < k; i++)
		flags[pairs[i].b] = !keep[i];
	if (r >= 0)
		*ret = steal_pointer(flags);
	return r;
}
