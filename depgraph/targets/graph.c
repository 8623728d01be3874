/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/targets/targets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Objects, members and archives that the link's model has put into the graph belong to targets. */
static void add_outputs(const struct target_graph *t, struct graph *g, size_t count, const node_id *nodes)
{
	uint32_t label = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		const struct node *n = &g->nodes[i];
		const char *path = n->name;
		uint32_t owner;

		if (n->kind != NODE_OBJECT && n->kind != NODE_ARCHIVE && n->kind != NODE_OUTPUT && n->kind != NODE_LIBRARY)
			continue;
		if (n->kind == NODE_OBJECT && n->parent != GRAPH_NONE && g->nodes[n->parent].kind == NODE_ARCHIVE)
			path = g->nodes[n->parent].name;
		owner = target_graph_owner(t, path, NULL);
		if (owner != TARGET_NONE)
			graph_edge(g, (node_id)i, nodes[owner], EDGE_OUTPUT_OF, label);
	}
}

static void add_roots(const struct target_graph *t, struct graph *g, const node_id *nodes, const uint8_t *wanted)
{
	uint32_t reason = graph_label(g, "no target depends on it"), i;

	for (i = 0; i < t->target_count; i++)
		if (!wanted[i])
			graph_root(g, nodes[i], reason);
}

static int add_targets(const struct target_graph *t, struct graph *g)
{
	AUTO_FREE node_id *nodes = calloc((size_t)t->target_count + 1, sizeof(*nodes));
	AUTO_FREE uint8_t *wanted = calloc((size_t)t->target_count + 1, 1);
	AUTO_FREE uint32_t *labels = calloc((size_t)UINT16_MAX + 1, sizeof(*labels));
	size_t before = g->node_count;
	uint32_t i, k;

	if (!nodes || !wanted || !labels)
		return -ENOMEM;
	for (i = 0; i < t->target_count; i++)
		nodes[i] = graph_node(g, NODE_TARGET, GRAPH_NONE, t->targets[i].label, 0, 0);
	for (i = 0; i < t->target_count; i++)
		for (k = 0; k < t->targets[i].dependency_count; k++) {
			const struct target_dependency *d = target_dependencies(t, i) + k;

			if (!labels[d->attribute])
				labels[d->attribute] = graph_label(g, target_attribute(t, d));
			wanted[d->to] = 1;
			graph_edge(g, nodes[i], nodes[d->to], EDGE_DECLARED, labels[d->attribute]);
		}
	add_outputs(t, g, before, nodes);
	add_roots(t, g, nodes, wanted);
	return g->error;
}

int targets_graph(const struct inputs *in, struct graph *g, struct error *err)
{
	CLEANUP(target_graph_freep) struct target_graph *t = NULL;
	int r = targets_read(in, &t, err);

	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : add_targets(t, g);
}
