/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reach.c: what roots reach, and by which ways.
 *
 * Breadth first: nodes are visited in the order of their distance, so the edge
 * that first came upon a node is the end of a shortest way to it.
 *
 * All chains to one node can be exponentially many, so they are enumerated in
 * the order of their length and up to a limit: a partial chain is a
 * suffix that ends at the target; the queue begins with the target itself and extends a
 * suffix by each edge that leads to its first node; a suffix that begins with a
 * root is a chain.  Only nodes that roots reach are tried, so every suffix can be completed; the
 * number of suffixes is bounded, and the search says nothing more when it is spent.
 */
#include "depgraph/model/graph.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SUFFIXES_MAX ((size_t)1 << 20)

void reach_release(struct reach *r)
{
	free(r->live);
	free(r->via);
	free(r->via_edge);
	*r = (struct reach){ 0 };
}

static int reach_init(struct reach *r, size_t n, bool trace)
{
	*r = (struct reach){ .live = calloc(n + 1, 1) };
	if (!r->live)
		return -ENOMEM;
	if (!trace)
		return 0;
	r->via = malloc((n + 1) * sizeof(*r->via));
	r->via_edge = malloc((n + 1) * sizeof(*r->via_edge));
	if (!r->via || !r->via_edge) {
		reach_release(r);
		return -ENOMEM;
	}
	memset(r->via, 0xff, (n + 1) * sizeof(*r->via));
	memset(r->via_edge, 0xff, (n + 1) * sizeof(*r->via_edge));
	return 0;
}

static bool left_out(const struct reach_options *o, node_id n)
{
	return o->without && o->without[n];
}

int graph_reach(const struct graph *g, const struct reach_options *o, struct reach *ret)
{
	uint32_t kinds = o->edges ? o->edges : UINT32_MAX;
	AUTO_FREE node_id *queue = malloc((g->node_count + 1) * sizeof(*queue));
	size_t head = 0, tail = 0, i;
	struct reach r;

	if (!queue || reach_init(&r, g->node_count, o->trace) < 0)
		return -ENOMEM;
	for (i = 0; i < g->root_count; i++)
		if (!left_out(o, g->roots[i].node) && !r.live[g->roots[i].node]) {
			r.live[g->roots[i].node] = 1;
			queue[tail++] = g->roots[i].node;
		}
	while (head < tail) {
		node_id n = queue[head++];

		for (i = g->first[n]; i < g->first[n + 1]; i++) {
			const struct edge *e = &g->edges[i];

			if (r.live[e->to] || !(kinds & 1u << edge_kind(e)) || left_out(o, e->to))
				continue;
			r.live[e->to] = 1;
			if (o->trace) {
				r.via[e->to] = n;
				r.via_edge[e->to] = (uint32_t)i;
			}
			queue[tail++] = e->to;
		}
	}
	r.live_count = tail;
	*ret = r;
	return 0;
}

/* ---- all chains ----------------------------------------------------------------------------------------------- */

struct suffix {
	node_id node;
	uint32_t edge;  /* from node to the next suffix's node */
	size_t next;    /* SIZE_MAX: the target itself */
};

struct incoming { /* edges by their destination */
	size_t *first;
	uint32_t *edges;
	node_id *from;
};

static void incoming_release(struct incoming *in)
{
	free(in->first);
	free(in->edges);
	free(in->from);
}

static int incoming_make(const struct graph *g, struct incoming *in)
{
	size_t n, i, sum = 0, at;

	in->first = calloc(g->node_count + 2, sizeof(*in->first));
	in->edges = malloc((g->edge_count + 1) * sizeof(*in->edges));
	in->from = malloc((g->edge_count + 1) * sizeof(*in->from));
	if (!in->first || !in->edges || !in->from)
		return -ENOMEM;
	for (i = 0; i < g->edge_count; i++)
		in->first[g->edges[i].to]++;
	for (i = 0; i <= g->node_count; i++) {
		at = in->first[i];
		in->first[i] = sum;
		sum += at;
	}
	for (n = 0; n < g->node_count; n++)
		for (i = g->first[n]; i < g->first[n + 1]; i++) {
			at = in->first[g->edges[i].to]++;
			in->edges[at] = (uint32_t)i;
			in->from[at] = (node_id)n;
		}
	for (i = g->node_count; i > 0; i--)
		in->first[i] = in->first[i - 1];
	in->first[0] = 0;
	return 0;
}

struct search {
	const struct graph *g;
	const uint8_t *live;
	uint8_t *is_root;
	struct suffix *suffixes;
	size_t count;
	node_id *path;
	uint32_t *edges;
	size_t path_max;
};

static bool holds(const struct search *s, size_t suffix, node_id n)
{
	for (; suffix != SIZE_MAX; suffix = s->suffixes[suffix].next)
		if (s->suffixes[suffix].node == n)
			return true;
	return false;
}

static int tell(struct search *s, size_t at, int (*found)(void *, const node_id *, const uint32_t *, size_t), void *ctx)
{
	size_t n = 0, i;

	for (i = at; i != SIZE_MAX; i = s->suffixes[i].next)
		n++;
	if (n > s->path_max) {
		node_id *path = reallocarray(s->path, n, sizeof(*path));
		uint32_t *edges = path ? reallocarray(s->edges, n, sizeof(*edges)) : NULL;

		s->path = path ? path : s->path;
		if (!edges)
			return -ENOMEM;
		s->edges = edges;
		s->path_max = n;
	}
	for (i = at, n = 0; i != SIZE_MAX; i = s->suffixes[i].next, n++) {
		s->path[n] = s->suffixes[i].node;
		s->edges[n] = s->suffixes[i].edge;
	}
	return found(ctx, s->path, s->edges, n);
}

static void extend(struct search *s, const struct incoming *in, size_t at)
{
	node_id n = s->suffixes[at].node;
	size_t i;

	for (i = in->first[n]; i < in->first[n + 1] && s->count < SUFFIXES_MAX; i++)
		if (s->live[in->from[i]] && !holds(s, at, in->from[i]))
			s->suffixes[s->count++] = (struct suffix){ in->from[i], in->edges[i], at };
}

static int search_chains(struct search *s, const struct incoming *in, node_id target, size_t limit,
			 int (*found)(void *, const node_id *, const uint32_t *, size_t), void *ctx)
{
	size_t at, told = 0;
	int r;

	s->suffixes[s->count++] = (struct suffix){ target, UINT32_MAX, SIZE_MAX };
	for (at = 0; at < s->count && told < limit; at++) {
		if (s->is_root[s->suffixes[at].node]) {
			r = tell(s, at, found, ctx);
			if (r < 0)
				return r;
			told += r == 0;
		}
		extend(s, in, at);
	}
	return 0;
}

int graph_chains(const struct graph *g, node_id target, size_t limit,
		 int (*found)(void *ctx, const node_id *path, const uint32_t *edges, size_t n), void *ctx)
{
	const struct reach_options all = { 0 };
	struct reach reach = { 0 };
	struct incoming in = { 0 };
	struct search s = { .g = g };
	size_t i;
	int r = graph_reach(g, &all, &reach);

	s.live = reach.live;
	s.is_root = calloc(g->node_count + 1, 1);
	s.suffixes = malloc(SUFFIXES_MAX * sizeof(*s.suffixes));
	if (r >= 0)
		r = s.is_root && s.suffixes ? incoming_make(g, &in) : -ENOMEM;
	if (r >= 0) {
		for (i = 0; i < g->root_count; i++)
			s.is_root[g->roots[i].node] = 1;
		if (reach.live[target])
			r = search_chains(&s, &in, target, limit, found, ctx);
	}
	incoming_release(&in);
	reach_release(&reach);
	free(s.is_root);
	free(s.suffixes);
	free(s.path);
	free(s.edges);
	return r;
}
