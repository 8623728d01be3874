/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why.c: chains, as graph.h finds them, told from the root to the thing.
 *
 * A container (object, archive, distribution) has no edges of its own: it is
 * there because one of its parts is.  Its chain is that of the part that is
 * fewest steps from a root.  A part that is a root by itself and leads to nothing else (.eh_frame,
 * a note) goes with its object and explains nothing: chains from it are told when there are no others.
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

/* A root in a container that leads to nothing but the container: a chain from it explains nothing. */
static bool is_idle(const struct model *m, node_id root, node_id container)
{
	const struct graph *g = &m->graph;
	size_t i;

	if (root == container || !model_lies_in(g, root, container))
		return false;
	for (i = g->first[root]; i < g->first[root + 1]; i++)
		if (!model_lies_in(g, root, g->edges[i].to))
			return false;
	return true;
}

static node_id root_of(const struct model *m, node_id n)
{
	while (m->reach.via[n] != GRAPH_NONE)
		n = m->reach.via[n];
	return n;
}

/* Itself when it is reached, else the part of it that is nearest to a root; GRAPH_NONE.  With `busy` idle roots do not count. */
static node_id nearest_part(const struct model *m, node_id node, bool busy)
{
	const struct graph *g = &m->graph;
	node_id n, best = GRAPH_NONE;
	size_t least = SIZE_MAX, d;

	if (m->reach.live[node] && !(busy && is_idle(m, root_of(m, node), node)))
		return node;
	for (n = node + 1; n < g->node_count; n++) {
		if (!m->reach.live[n] || !model_lies_in(g, n, node) || (busy && is_idle(m, root_of(m, n), node)))
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
	const struct model *m;
	struct why_answer *a;
	bool busy; /* there are chains that do not begin at an idle root */
	size_t capacity;
};

static int add_chain(void *ctx, const node_id *path, const uint32_t *edges, size_t n)
{
	struct chains *c = ctx;
	struct why_answer *a = c->a;
	const struct graph *g = &c->m->graph;
	struct why_chain *chains, *chain;
	size_t i;

	if (c->busy && is_idle(c->m, path[0], a->node))
		return 1;
	if (a->chain_count == c->capacity) {
		c->capacity = c->capacity ? c->capacity * 2 : 4;
		chains = reallocarray(a->chains, c->capacity, sizeof(*chains));
		if (!chains)
			return -ENOMEM;
		a->chains = chains;
	}
	chain = &a->chains[a->chain_count];
	*chain = (struct why_chain){ .root = root_reason(g, path[0]), .steps = calloc(n, sizeof(*chain->steps)) };
	if (!chain->steps)
		return -ENOMEM;
	a->chain_count++;
	chain->count = n;
	for (i = 0; i < n; i++) {
		const struct edge *e = i ? &g->edges[edges[i - 1]] : NULL;

		chain->steps[i] = (struct why_step){ path[i], e ? edge_kind_name(edge_kind(e)) : NULL,
						     e ? edge_label(g, e) : "" };
	}
	return 0;
}

/* The way by which the mark phase came first, when so much leads there that no chain was found within the search's limit. */
static int add_first_way(struct chains *c, node_id part)
{
	size_t n = distance(c->m, part) + 1, i;
	AUTO_FREE node_id *path = calloc(n, sizeof(*path));
	AUTO_FREE uint32_t *edges = calloc(n, sizeof(*edges));

	if (!path || !edges)
		return -ENOMEM;
	for (i = n; i-- > 0; part = c->m->reach.via[part]) {
		path[i] = part;
		if (i)
			edges[i - 1] = c->m->reach.via_edge[part];
	}
	c->busy = false;
	return add_chain(c, path, edges, n);
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
	struct chains chains = { .m = m, .a = &a };
	AUTO_FREE struct model_bytes *sums = NULL;
	node_id busy = nearest_part(m, node, true), part = busy;
	int r = model_sum(m, &sums);

	chains.busy = busy != GRAPH_NONE;
	if (m->reach.live[node] || !chains.busy)
		part = nearest_part(m, node, false);
	if (r >= 0)
		a.bytes = sums[node];
	a.reached = part != GRAPH_NONE;
	if (r >= 0 && a.reached)
		r = graph_chains(&m->graph, part, limit, add_chain, &chains);
	if (r >= 0 && a.reached && !a.chain_count)
		r = add_first_way(&chains, chains.busy ? busy : part);
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
