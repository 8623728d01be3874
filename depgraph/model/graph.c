/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graph.c: building, and the arrays that a finished graph is.
 *
 * Edges are appended as they come and sorted once, by counting: a pass that
 * counts each node's edges, a pass that puts them in place.  Their order within a node
 * is that of making, so results do not depend on addresses or time.
 */
#include "depgraph/model/graph.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABELS_MAX (UINT32_C(1) << 28)

const char *node_kind_name(enum node_kind k)
{
	static const char *const names[NODE_KINDS] = {
		[NODE_OUTPUT] = "output",           [NODE_SECTION] = "section",
		[NODE_OBJECT] = "object",           [NODE_ARCHIVE] = "archive",
		[NODE_LIBRARY] = "library",         [NODE_SYMBOL] = "symbol",
		[NODE_TARGET] = "target",           [NODE_GPU_SECTION] = "gpu-section",
		[NODE_GPU_CODE] = "gpu-code",       [NODE_MODULE] = "module",
		[NODE_DISTRIBUTION] = "distribution", [NODE_FILE] = "file",
	};

	return (unsigned)k < NODE_KINDS ? names[k] : "?";
}

const char *edge_kind_name(enum edge_kind k)
{
	static const char *const names[EDGE_KINDS] = {
		[EDGE_RELOCATION] = "relocation", [EDGE_GROUP] = "group",     [EDGE_KEEPS] = "keeps",
		[EDGE_EXTRACTION] = "extraction", [EDGE_NEEDED] = "needed",   [EDGE_BINDS] = "binds",
		[EDGE_DECLARED] = "declared",     [EDGE_OUTPUT_OF] = "output-of", [EDGE_IMPORT] = "import",
	};

	return (unsigned)k < EDGE_KINDS ? names[k] : "?";
}

void graph_release(struct graph *g)
{
	free(g->nodes);
	free(g->edges);
	free(g->first);
	free(g->roots);
	free(g->pending);
	free(g->labels);
	arena_release(&g->arena);
	*g = (struct graph)GRAPH_INIT;
}

/* Room for one more; doubles. */
static bool grow(struct graph *g, void **items, size_t count, size_t *capacity, size_t size)
{
	size_t more = *capacity ? *capacity * 2 : 256;
	void *p;

	if (count < *capacity)
		return true;
	p = reallocarray(*items, more, size);
	if (!p) {
		g->error = -ENOMEM;
		return false;
	}
	*items = p;
	*capacity = more;
	return true;
}

node_id graph_node(struct graph *g, enum node_kind kind, node_id parent, const char *name, uint64_t bytes,
		   uint64_t loaded)
{
	const char *copy = arena_strndup(&g->arena, name, strlen(name));
	void *nodes = g->nodes;

	if (!copy || g->node_count >= GRAPH_NONE || !grow(g, &nodes, g->node_count, &g->node_capacity, sizeof(*g->nodes))) {
		g->error = -ENOMEM;
		return GRAPH_NONE;
	}
	g->nodes = nodes;
	g->nodes[g->node_count] = (struct node){ copy, parent, kind, bytes, loaded };
	return (node_id)g->node_count++;
}

uint32_t graph_label(struct graph *g, const char *text)
{
	void *labels = g->labels;
	const char *copy;

	if (!g->label_count) {
		if (!grow(g, &labels, 0, &g->label_capacity, sizeof(*g->labels)))
			return 0;
		g->labels = labels;
		g->labels[g->label_count++] = "";
	}
	if (!*text)
		return 0;
	copy = arena_strndup(&g->arena, text, strlen(text));
	labels = g->labels;
	if (!copy || g->label_count >= LABELS_MAX ||
	    !grow(g, &labels, g->label_count, &g->label_capacity, sizeof(*g->labels))) {
		g->error = -ENOMEM;
		return 0;
	}
	g->labels = labels;
	g->labels[g->label_count] = copy;
	return (uint32_t)g->label_count++;
}

void graph_edge(struct graph *g, node_id from, node_id to, enum edge_kind kind, uint32_t label)
{
	void *pending = g->pending;

	if (from >= g->node_count || to >= g->node_count ||
	    !grow(g, &pending, g->edge_count, &g->pending_capacity, sizeof(*g->pending)))
		return;
	g->pending = pending;
	g->pending[g->edge_count++] =
		(struct graph_pending){ from, { to, (uint32_t)kind << 28 | (label & 0x0fffffff) } };
}

void graph_root(struct graph *g, node_id node, uint32_t reason)
{
	void *roots = g->roots;

	if (node >= g->node_count || !grow(g, &roots, g->root_count, &g->root_capacity, sizeof(*g->roots)))
		return;
	g->roots = roots;
	g->roots[g->root_count++] = (struct graph_root){ node, reason };
}

int graph_finish(struct graph *g)
{
	size_t i, sum = 0, at;

	(void)graph_label(g, ""); /* so that label 0 is there */
	g->first = calloc(g->node_count + 1, sizeof(*g->first));
	g->edges = malloc((g->edge_count + 1) * sizeof(*g->edges));
	if (g->error || !g->first || !g->edges)
		return -ENOMEM;
	for (i = 0; i < g->edge_count; i++)
		g->first[g->pending[i].from]++;
	for (i = 0; i <= g->node_count; i++) {
		at = g->first[i];
		g->first[i] = sum;
		sum += at;
	}
	for (i = 0; i < g->edge_count; i++)
		g->edges[g->first[g->pending[i].from]++] = g->pending[i].edge;
	/* Each start now stands where the next one was. */
	for (i = g->node_count; i > 0; i--)
		g->first[i] = g->first[i - 1];
	g->first[0] = 0;
	free(g->pending);
	g->pending = NULL;
	g->pending_capacity = 0;
	return 0;
}

const char *graph_path(const struct graph *g, node_id n, char *out, size_t size)
{
	const struct node *node = &g->nodes[n];
	char parent[1024];

	if (node->parent == GRAPH_NONE || node->parent >= n || node->kind == NODE_MODULE || node->kind == NODE_TARGET) {
		snprintf(out, size, "%s", node->name);
	} else {
		const struct node *up = &g->nodes[node->parent];

		if (up->kind == NODE_OUTPUT)
			snprintf(out, size, "%s", node->name);
		else if (node->kind == NODE_OBJECT && up->kind == NODE_ARCHIVE)
			snprintf(out, size, "%s(%s)", up->name, node->name);
		else
			snprintf(out, size, "%s:%s", graph_path(g, node->parent, parent, sizeof(parent)), node->name);
	}
	return out;
}
