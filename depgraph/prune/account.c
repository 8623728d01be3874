/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account.c: what doing everything would save, and what each suggestion adds.
 *
 * Suggestions overlap: an object that nothing reaches is also part of what
 * --gc-sections drops; debug sections can be stripped or compressed.  Each byte
 * may be saved once.  So suggestions are ranked (what removes before what only
 * shrinks, then the surer, then the larger), and each elementary interval of a space
 * goes to the best-ranked claim that covers it:
 *
 *	sort the ends of all claims by space and position; walk along them, keeping the claims that
 *	are open in a heap by rank; what lies between two ends belongs to the top.
 *
 * n log n in the number of claims.  A claim's saving is divided by the length
 * that it was given: bytes * given / len.
 */
#include "depgraph/prune/suggestion.h"

#include "base/cleanup.h"
#include "base/digest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct held { /* a claim in the sum */
	const struct claim *claim;
	uint32_t rank;
	uint64_t given;
};

struct end { /* where one begins or stops */
	uint32_t space;
	uint32_t held;
	uint64_t at;
	bool stops;
};

struct sum {
	struct suggestion **ranked;
	struct held *held;
	size_t held_count;
	struct end *ends;
	uint32_t *heap; /* of indices into held */
	size_t heap_count;
	bool *closed;
};

static void sum_release(struct sum *s)
{
	free(s->ranked);
	free(s->held);
	free(s->ends);
	free(s->heap);
	free(s->closed);
}

static bool removes(const struct suggestion *s)
{
	size_t i;

	for (i = 0; i < s->claim_count; i++)
		if (s->claims[i].bytes < s->claims[i].len && s->claims[i].loaded < s->claims[i].len)
			return false;
	return true;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0; /* descending */
}

static int compare_names(const struct suggestion *a, const struct suggestion *b)
{
	return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : strcmp(a->subject, b->subject);
}

static int compare_ranks(const void *pa, const void *pb)
{
	const struct suggestion *a = *(struct suggestion *const *)pa, *b = *(struct suggestion *const *)pb;
	bool ra = removes(a), rb = removes(b);
	int r;

	if (ra != rb)
		return ra ? -1 : 1;
	if (a->evidence != b->evidence)
		return a->evidence < b->evidence ? -1 : 1;
	r = compare_numbers(a->bytes + a->loaded, b->bytes + b->loaded);
	return r ? r : compare_names(a, b);
}

static int compare_ends(const void *pa, const void *pb)
{
	const struct end *a = pa, *b = pb;

	if (a->space != b->space)
		return a->space < b->space ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->stops != b->stops)
		return a->stops ? -1 : 1;
	return a->held < b->held ? -1 : a->held > b->held;
}

static void swap(uint32_t *a, uint32_t *b)
{
	uint32_t t = *a;

	*a = *b;
	*b = t;
}

static void heap_push(struct sum *s, uint32_t held)
{
	size_t i = s->heap_count++;

	s->heap[i] = held;
	for (; i && s->held[s->heap[(i - 1) / 2]].rank > s->held[s->heap[i]].rank; i = (i - 1) / 2)
		swap(&s->heap[i], &s->heap[(i - 1) / 2]);
}

static void heap_pop(struct sum *s)
{
	size_t i = 0, least;

	s->heap[0] = s->heap[--s->heap_count];
	for (;;) {
		least = i;
		for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < s->heap_count; child++)
			if (s->held[s->heap[child]].rank < s->held[s->heap[least]].rank)
				least = child;
		if (least == i)
			return;
		swap(&s->heap[i], &s->heap[least]);
		i = least;
	}
}

/* The best-ranked claim that is open; closed ones leave when they come up. */
static struct held *best_open(struct sum *s)
{
	while (s->heap_count && s->closed[s->heap[0]])
		heap_pop(s);
	return s->heap_count ? &s->held[s->heap[0]] : NULL;
}

static void walk(struct sum *s)
{
	size_t i, n = 2 * s->held_count;

	for (i = 0; i < n; i++) {
		const struct end *e = &s->ends[i];
		struct held *best;

		if (i && s->ends[i - 1].space == e->space && (best = best_open(s)))
			best->given += e->at - s->ends[i - 1].at;
		if (e->stops)
			s->closed[e->held] = true;
		else
			heap_push(s, e->held);
	}
}

static uint64_t share(uint64_t saved, uint64_t given, uint64_t len)
{
	return given == len ? saved : (uint64_t)((unsigned __int128)saved * given / len);
}

static void gather(struct sum *s, const struct suggestion *g, uint32_t rank)
{
	size_t i;

	for (i = 0; i < g->claim_count; i++) {
		const struct claim *c = &g->claims[i];
		uint32_t n = (uint32_t)s->held_count++;

		s->held[n] = (struct held){ .claim = c, .rank = rank };
		s->ends[2 * n] = (struct end){ c->space, n, c->off, false };
		s->ends[2 * n + 1] = (struct end){ c->space, n, c->off + c->len, true };
	}
}

static int sum_init(struct sum *s, const struct suggestions *l, enum evidence_level level)
{
	size_t claims = 1, ranked = 0, i;

	for (i = 0; i < l->count; i++)
		claims += l->items[i]->claim_count;
	if (claims >= UINT32_MAX)
		return -EFBIG;
	s->ranked = calloc(l->count + 1, sizeof(struct suggestion *));
	s->held = calloc(claims, sizeof(*s->held));
	s->ends = calloc(claims, 2 * sizeof(*s->ends));
	s->heap = calloc(claims, sizeof(*s->heap));
	s->closed = calloc(claims, sizeof(*s->closed));
	if (!s->ranked || !s->held || !s->ends || !s->heap || !s->closed)
		return -ENOMEM;
	for (i = 0; i < l->count; i++)
		if (l->items[i]->evidence <= level)
			s->ranked[ranked++] = l->items[i];
	qsort(s->ranked, ranked, sizeof(struct suggestion *), compare_ranks);
	for (i = 0; i < ranked; i++)
		gather(s, s->ranked[i], (uint32_t)i);
	qsort(s->ends, 2 * s->held_count, sizeof(*s->ends), compare_ends);
	return 0;
}

/* Sets what each adds, and returns the sums of those at least as sure as `level`. */
static int account(struct suggestions *l, enum evidence_level level, uint64_t *ret_bytes, uint64_t *ret_loaded)
{
	CLEANUP(sum_release) struct sum s = { 0 };
	size_t i;
	int r = sum_init(&s, l, level);

	if (r < 0)
		return r;
	walk(&s);
	for (i = 0; i < l->count; i++)
		l->items[i]->additional = l->items[i]->additional_loaded = 0;
	*ret_bytes = *ret_loaded = 0;
	for (i = 0; i < s.held_count; i++) {
		const struct held *h = &s.held[i];
		struct suggestion *g = s.ranked[h->rank];
		uint64_t bytes = share(h->claim->bytes, h->given, h->claim->len);
		uint64_t loaded = share(h->claim->loaded, h->given, h->claim->len);

		g->additional += bytes;
		g->additional_loaded += loaded;
		*ret_bytes += bytes;
		*ret_loaded += loaded;
	}
	return 0;
}

static void own_sums(struct suggestion *s)
{
	size_t i;

	s->bytes = s->loaded = 0;
	for (i = 0; i < s->claim_count; i++) {
		s->bytes += s->claims[i].bytes;
		s->loaded += s->claims[i].loaded;
	}
}

static int compare_listed(const void *pa, const void *pb)
{
	const struct suggestion *a = *(struct suggestion *const *)pa, *b = *(struct suggestion *const *)pb;
	int r = compare_numbers(a->additional, b->additional);

	r = r ? r : compare_numbers(a->additional_loaded, b->additional_loaded);
	r = r ? r : compare_numbers(a->bytes, b->bytes);
	return r ? r : compare_names(a, b);
}

static void name_suggestions(struct suggestions *l)
{
	size_t i;

	for (i = 0; i < l->count; i++) {
		struct suggestion *s = l->items[i];
		uint64_t h = hash64(s->subject, strlen(s->subject), s->file ? hash64(s->file, strlen(s->file), 1) : 0);

		snprintf(s->id, sizeof(s->id), "%s-%08x", suggestion_kind_name(s->kind), (unsigned)(h ^ h >> 32));
	}
}

int suggestions_total(struct suggestions *l)
{
	size_t i;
	int level, r;

	if (l->error)
		return l->error;
	for (i = 0; i < l->count; i++)
		own_sums(l->items[i]);
	/* The last pass is over all, and its additional bytes stay. */
	for (level = EVIDENCE_PROVED; level <= EVIDENCE_HEURISTIC; level++) {
		r = account(l, (enum evidence_level)level, &l->bytes_by_level[level], &l->loaded_by_level[level]);
		if (r < 0)
			return r;
	}
	l->bytes_if_all = l->bytes_by_level[EVIDENCE_HEURISTIC];
	l->loaded_if_all = l->loaded_by_level[EVIDENCE_HEURISTIC];
	if (l->count)
		qsort(l->items, l->count, sizeof(struct suggestion *), compare_listed);
	name_suggestions(l);
	return 0;
}
