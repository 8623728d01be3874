/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.c: one pass gives each node its representative, one pass its edges.
 *
 * What removing a node would save is a mark phase each, so it is asked for the
 * largest only, as many as fit a fixed amount of work.
 */
#include "depgraph/answer/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EXCLUSIVE_WORK UINT64_C(300000000) /* nodes and edges looked at: about a second */

int merge_level_parse(const char *word, enum merge_level *ret)
{
	static const char *const words[] = { "section", "object", "library" };
	unsigned i;

	for (i = 0; i <= MERGE_LIBRARIES; i++)
		if (strcmp(word, words[i]) == 0) {
			*ret = (enum merge_level)i;
			return 0;
		}
	return -EINVAL;
}

void merged_release(struct merged *r)
{
	free(r->nodes);
	free(r->edges);
	*r = (struct merged){ 0 };
}

static bool is_drawn(const struct node *n, enum merge_level level)
{
	switch (n->kind) {
	case NODE_SECTION: return level == MERGE_SECTIONS;
	case NODE_OBJECT: return level != MERGE_LIBRARIES || n->parent == GRAPH_NONE;
	case NODE_SYMBOL: return false;
	case NODE_MODULE: return level != MERGE_LIBRARIES || n->parent == GRAPH_NONE;
	default: return true;
	}
}

/* Per node: the nearest drawn one that it is, or lies in; GRAPH_NONE. */
static node_id *representatives(const struct graph *g, enum merge_level level)
{
	node_id *of = malloc((g->node_count + 1) * sizeof(*of)), n;

	for (n = 0; of && n < g->node_count; n++) {
		node_id parent = g->nodes[n].parent;

		of[n] = is_drawn(&g->nodes[n], level) ? n : parent < n ? of[parent] : GRAPH_NONE;
	}
	return of;
}

static int compare_size(const void *pa, const void *pb)
{
	const struct merged_node *a = pa, *b = pb;
	uint64_t x = a->total.bytes > a->total.loaded ? a->total.bytes : a->total.loaded;
	uint64_t y = b->total.bytes > b->total.loaded ? b->total.bytes : b->total.loaded;

	if (x != y)
		return x < y ? 1 : -1;
	return a->node < b->node ? -1 : a->node > b->node;
}

struct merging {
	const struct model *m;
	node_id *of;       /* per node: its representative */
	size_t *index;     /* per node that is one: its merged index; MERGED_NONE */
	struct merged *r;
};

static void add_bytes(struct model_bytes *to, const struct node *n, bool live)
{
	to->bytes += n->bytes;
	to->loaded += n->loaded;
	to->live += live ? n->bytes : 0;
	to->live_loaded += live ? n->loaded : 0;
}

/* A container's own figure counts where no part of it tells. */
static int sum_nodes(struct merging *g)
{
	const struct graph *graph = &g->m->graph;
	AUTO_FREE uint8_t *has_parts = calloc(graph->node_count + 1, 1);
	AUTO_FREE struct model_bytes *sums = NULL;
	node_id n;
	size_t k;

	if (!has_parts || model_sum(g->m, &sums) < 0)
		return -ENOMEM;
	for (k = 0; k < g->r->count; k++)
		g->r->nodes[k].total = sums[g->r->nodes[k].node];
	for (n = 0; n < graph->node_count; n++)
		if (graph->nodes[n].parent < n)
			has_parts[graph->nodes[n].parent] = 1;
	for (n = 0; n < graph->node_count; n++) {
		size_t i = g->of[n] == GRAPH_NONE ? MERGED_NONE : g->index[g->of[n]];

		if (i == MERGED_NONE)
			continue;
		if (!has_parts[n])
			add_bytes(&g->r->nodes[i].bytes, &graph->nodes[n], g->m->reach.live[n]);
		g->r->nodes[i].reached |= g->m->reach.live[n];
	}
	return 0;
}

static int make_nodes(struct merging *g)
{
	const struct graph *graph = &g->m->graph;
	node_id n;
	size_t count = 0;

	g->index = malloc((graph->node_count + 1) * sizeof(*g->index));
	if (!g->index)
		return -ENOMEM;
	for (n = 0; n < graph->node_count; n++)
		g->index[n] = g->of[n] == n ? count++ : MERGED_NONE;
	g->r->nodes = calloc(count + 1, sizeof(*g->r->nodes));
	if (!g->r->nodes)
		return -ENOMEM;
	g->r->count = count;
	for (n = 0; n < graph->node_count; n++)
		if (g->index[n] != MERGED_NONE)
			g->r->nodes[g->index[n]] = (struct merged_node){ .node = n, .parent = MERGED_NONE, .via = MERGED_NONE };
	return sum_nodes(g);
}

/* Members of archives that the link did not take, and empty sections: hundreds, and nothing to see. */
static void leave_out_absent(struct merging *g)
{
	const struct graph *graph = &g->m->graph;
	struct merged *r = g->r;
	size_t i, kept = 0;

	for (i = 0; i < r->count; i++) {
		const struct merged_node *n = &r->nodes[i];
		uint32_t kind = graph->nodes[n->node].kind;

		if ((kind == NODE_OBJECT || kind == NODE_SECTION) && !n->reached && !n->total.bytes && !n->total.loaded)
			g->index[n->node] = MERGED_NONE;
		else
			r->nodes[kept++] = *n;
	}
	r->count = kept;
}

/* Sorted and cut to the limit; the index follows. */
static void rank_nodes(struct merging *g, size_t limit)
{
	struct merged *r = g->r;
	size_t i;

	leave_out_absent(g);
	if (r->count)
		qsort(r->nodes, r->count, sizeof(*r->nodes), compare_size);
	for (i = 0; i < r->count; i++)
		g->index[r->nodes[i].node] = i;
	if (!limit || limit >= r->count)
		return;
	for (i = limit; i < r->count; i++) {
		g->index[r->nodes[i].node] = MERGED_NONE;
		r->left_out_bytes.bytes += r->nodes[i].bytes.bytes;
		r->left_out_bytes.loaded += r->nodes[i].bytes.loaded;
		r->left_out_bytes.live += r->nodes[i].bytes.live;
		r->left_out_bytes.live_loaded += r->nodes[i].bytes.live_loaded;
	}
	r->left_out = r->count - limit;
	r->count = limit;
}

static size_t merged_of(const struct merging *g, node_id n)
{
	return g->of[n] == GRAPH_NONE ? MERGED_NONE : g->index[g->of[n]];
}

/* A container is reached when a part of it is. */
static void reach_containers(struct merged *r)
{
	size_t i, up;

	for (i = 0; i < r->count; i++)
		for (up = r->nodes[i].reached ? r->nodes[i].parent : MERGED_NONE; up != MERGED_NONE && !r->nodes[up].reached;
		     up = r->nodes[up].parent)
			r->nodes[up].reached = true;
}

static void place_nodes(struct merging *g)
{
	const struct graph *graph = &g->m->graph;
	size_t i;

	for (i = 0; i < g->r->count; i++) {
		node_id up = graph->nodes[g->r->nodes[i].node].parent;

		if (up != GRAPH_NONE)
			g->r->nodes[i].parent = merged_of(g, up);
	}
	reach_containers(g->r);
	for (i = 0; i < graph->root_count; i++) {
		size_t at = merged_of(g, graph->roots[i].node);

		if (at != MERGED_NONE && !g->r->nodes[at].root)
			g->r->nodes[at].root = graph->labels[graph->roots[i].reason];
	}
}

/* The first way into a merged node, from outside of it. */
static void find_ways(struct merging *g)
{
	const struct graph *graph = &g->m->graph;
	node_id n;

	for (n = 0; n < graph->node_count; n++) {
		size_t to = merged_of(g, n), from;
		const struct edge *e;

		if (to == MERGED_NONE || g->m->reach.via[n] == GRAPH_NONE || g->r->nodes[to].root ||
		    g->r->nodes[to].via != MERGED_NONE)
			continue;
		from = merged_of(g, g->m->reach.via[n]);
		if (from == MERGED_NONE || from == to)
			continue;
		e = &graph->edges[g->m->reach.via_edge[n]];
		g->r->nodes[to].via = from;
		g->r->nodes[to].via_kind = edge_kind_name(edge_kind(e));
		g->r->nodes[to].via_label = edge_label(graph, e);
	}
}

static int compare_edges(const void *pa, const void *pb)
{
	const struct merged_edge *a = pa, *b = pb;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	return a->kind < b->kind ? -1 : a->kind > b->kind;
}

static void fold_edges(struct merged *r)
{
	size_t i, n = 0;

	if (r->edge_count)
		qsort(r->edges, r->edge_count, sizeof(*r->edges), compare_edges);
	for (i = 0; i < r->edge_count; i++)
		if (n && compare_edges(&r->edges[n - 1], &r->edges[i]) == 0)
			r->edges[n - 1].count++;
		else
			r->edges[n++] = r->edges[i];
	r->edge_count = n;
}

static int make_edges(struct merging *g)
{
	const struct graph *graph = &g->m->graph;
	size_t i, n = 0;
	node_id from;

	g->r->edges = malloc((graph->edge_count + 1) * sizeof(*g->r->edges));
	if (!g->r->edges)
		return -ENOMEM;
	for (from = 0; from < graph->node_count; from++) {
		size_t a = merged_of(g, from);

		for (i = graph->first[from]; a != MERGED_NONE && i < graph->first[from + 1]; i++) {
			const struct edge *e = &graph->edges[i];
			size_t b = merged_of(g, e->to);

			if (b != MERGED_NONE && a != b)
				g->r->edges[n++] = (struct merged_edge){ a, b, edge_kind(e), edge_label(graph, e), 1 };
		}
	}
	g->r->edge_count = n;
	fold_edges(g->r);
	return 0;
}

static int weigh_nodes(struct merging *g)
{
	uint64_t each = g->m->graph.node_count + g->m->graph.edge_count + 1, spent = 0;
	size_t i;
	int r = 0;

	for (i = 0; i < g->r->count && spent < EXCLUSIVE_WORK && r >= 0; i++) {
		struct merged_node *n = &g->r->nodes[i];

		if (!n->reached)
			continue;
		r = model_exclusive(g->m, n->node, &n->exclusive, &n->exclusive_loaded);
		n->exclusive_known = r >= 0;
		spent += each;
	}
	return r;
}

int merge_model(const struct model *m, enum merge_level level, size_t limit, struct merged *ret)
{
	struct merged result = { 0 };
	struct merging g = { .m = m, .of = representatives(&m->graph, level), .r = &result };
	int r = g.of ? make_nodes(&g) : -ENOMEM;

	if (r >= 0) {
		rank_nodes(&g, limit);
		place_nodes(&g);
		find_ways(&g);
		r = make_edges(&g);
	}
	if (r >= 0)
		r = weigh_nodes(&g);
	free(g.of);
	free(g.index);
	if (r < 0)
		merged_release(&result);
	else
		*ret = result;
	return r;
}
