/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why.c: chains, as graph.h finds them, told from the root to the thing.
 *
 * A container (object, archive, distribution) has no edges of its own: it is
 * there because one of its parts is.  Its chain is that of the part that is
 * fewest steps from a root.
 */
#include "depgraph/answer/why.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void chain_release(struct why_chain *c)
{
	free(c->steps);
}

void why_answer_release(struct why_answer *a)
{
	size_t i;

	for (i = 0; i < a->chain_count; i++)
		chain_release(&a->chains[i]);
	free(a->chains);
	chain_release(&a->extraction);
	memset(a, 0, sizeof(*a));
}

static const char *root_reason(const struct graph *g, node_id n)
{
	size_t i;

	for (i = 0; i < g->root_count; i++)
		if (g->roots[i].node == n)
			return g->labels[g->roots[i].reason];
	return "";
}

static size_t distance(const struct model *m, node_id n)
{
	size_t d = 0;

	for (; m->reach.via[n] != GRAPH_NONE; n = m->reach.via[n])
		d++;
	return d;
}

/* Itself when it is reached, else the part of it that is nearest to a root; GRAPH_NONE. */
static node_id nearest_part(const struct model *m, node_id node)
{
	const struct graph *g = &m->graph;
	node_id n, best = GRAPH_NONE;
	size_t least = SIZE_MAX, d;

	if (m->reach.live[node])
		return node;
	for (n = node + 1; n < g->node_count; n++) {
		if (!m->reach.live[n] || !model_lies_in(g, n, node))
			continue;
		d = distance(m, n);
		if (d < least) {
			least = d;
			best = n;
		}
	}
	return best;
}

struct chains {
	const struct graph *g;
	struct why_answer *a;
	size_t capacity;
};

static int add_chain(void *ctx, const node_id *path, const uint32_t *edges, size_t n)
{
	struct chains *c = ctx;
	struct why_answer *a = c->a;
	struct why_chain *chains, *chain;
	size_t i;

	if (a->chain_count == c->capacity) {
		c->capacity = c->capacity ? c->capacity * 2 : 4;
		chains = reallocarray(a->chains, c->capacity, sizeof(*chains));
		if (!chains)
			return -ENOMEM;
		a->chains = chains;
	}
	chain = &a->chains[a->chain_count];
	*chain = (struct why_chain){ .root = root_reason(c->g, path[0]), .steps = calloc(n, sizeof(*chain->steps)) };
	if (!chain->steps)
		return -ENOMEM;
	a->chain_count++;
	chain->count = n;
	for (i = 0; i < n; i++) {
		const struct edge *e = i ? &c->g->edges[edges[i - 1]] : NULL;

		chain->steps[i] = (struct why_step){ path[i], e ? edge_kind_name(edge_kind(e)) : NULL,
						     e ? edge_label(c->g, e) : "" };
	}
	return 0;
}

/* Who asked for an archive's member, up to an object that nobody had to ask for. */
static int extraction_chain(const struct graph *g, node_id node, struct why_chain *ret)
{
	AUTO_FREE node_id *asker = malloc((g->node_count + 1) * sizeof(*asker));
	AUTO_FREE uint32_t *by = malloc((g->node_count + 1) * sizeof(*by));
	size_t i, n = 0, k;
	node_id from, at;

	if (!asker || !by)
		return -ENOMEM;
	memset(asker, 0xff, (g->node_count + 1) * sizeof(*asker));
	for (from = 0; from < g->node_count; from++)
		for (i = g->first[from]; i < g->first[from + 1]; i++)
			if (edge_kind(&g->edges[i]) == EDGE_EXTRACTION && asker[g->edges[i].to] == GRAPH_NONE) {
				asker[g->edges[i].to] = from;
				by[g->edges[i].to] = (uint32_t)i;
			}
	/* Two members may have asked for each other; no chain is longer than there are nodes. */
	for (at = node; asker[at] != GRAPH_NONE && n <= g->node_count; at = asker[at])
		n++;
	if (!n || n > g->node_count)
		return 0;
	ret->steps = calloc(n + 1, sizeof(*ret->steps));
	if (!ret->steps)
		return -ENOMEM;
	ret->root = "";
	ret->count = n + 1;
	for (at = node, k = n; k > 0; k--, at = asker[at])
		ret->steps[k] = (struct why_step){ at, edge_kind_name(EDGE_EXTRACTION), edge_label(g, &g->edges[by[at]]) };
	ret->steps[0] = (struct why_step){ at, NULL, "" };
	return 0;
}

int why_answer(const struct model *m, node_id node, size_t limit, struct why_answer *ret)
{
	struct why_answer a = { .node = node };
	struct chains chains = { &m->graph, &a, 0 };
	AUTO_FREE struct model_bytes *sums = NULL;
	node_id part = nearest_part(m, node);
	int r = model_sum(m, &sums);

	if (r >= 0)
		a.bytes = sums[node];
	a.reached = part != GRAPH_NONE;
	if (r >= 0 && a.reached)
		r = graph_chains(&m->graph, part, limit, add_chain, &chains);
	if (r >= 0 && a.reached)
		r = model_exclusive(m, node, &a.with_it, &a.with_it_loaded);
	if (r >= 0)
		r = extraction_chain(&m->graph, node, &a.extraction);
	if (r < 0) {
		why_answer_release(&a);
		return r;
	}
	*ret = a;
	return 0;
}
