/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graph_private.h: what builder.c and target_graph.c share.
 */
#ifndef DEPGRAPH_TARGETS_GRAPH_PRIVATE_H
#define DEPGRAPH_TARGETS_GRAPH_PRIVATE_H

#include "depgraph/targets/intern.h"
#include "depgraph/targets/targets.h"

/* Paths by their last component: chains of entries in the order in which they were put in. */
struct path_entry {
	const char *path;
	uint32_t id, next; /* next + 1; 0: the last */
	uint32_t rank;     /* of equally good ones the higher: a declared target before the command that makes its file */
};
struct path_index {
	struct path_entry *entries;
	uint32_t *slots; /* entry + 1 */
	uint32_t count, slot_count;
};

struct target_graph_private {
	struct intern strings;      /* paths, attributes, whatever lists hold */
	struct intern labels;       /* number = target */
	struct intern object_paths; /* number = object */
	struct path_index outputs, objects;
};

static inline struct target_graph_private *graph_private(const struct target_graph *g)
{
	return (struct target_graph_private *)g->priv;
}

struct target_graph *target_graph_new(void);
int target_graph_index(struct target_graph *g);

#endif
