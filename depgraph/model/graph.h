/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graph.h: what depends on what, with bytes.
 *
 * Nodes are input sections, objects, archives, libraries, targets, GPU code,
 * Python modules; edges are relocations, extractions, NEEDED, imports, declared
 * dependencies.  Containment (a section of an object of an archive) is the
 * node's parent, not an edge.  Every question of depgraph is one about this graph:
 * `why` is the path from a root, a mark phase is what roots reach, `graph` prints it.
 *
 *	struct graph g = GRAPH_INIT;
 *	n = graph_node(&g, NODE_SECTION, object, ".text.f", bytes, loaded);     GRAPH_NONE: no memory (sticky)
 *	graph_edge(&g, from, to, EDGE_RELOCATION, label);
 *	graph_root(&g, n, "entry point");
 *	r = graph_finish(&g);                    edges become one array a node; 0 or -ENOMEM
 *	r = graph_reach(&g, &options, &reach);   breadth first: the first way to a node is a shortest one
 *
 * Ids are dense and in the order of making, so callers keep arrays of their own
 * beside it.  Names and labels are copied once into the graph's arena (graph_label() for labels that are
 * used many times).  Sizes: 40 bytes a node, 12 an edge while it is built, 8 after.
 *
 * After graph_finish() the graph is immutable and may be read by many threads.
 */
#ifndef DEPGRAPH_MODEL_GRAPH_H
#define DEPGRAPH_MODEL_GRAPH_H

#include "base/arena.h"
#include "base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t node_id;
#define GRAPH_NONE UINT32_MAX

enum node_kind {
	NODE_OUTPUT,       /* the linked file */
	NODE_SECTION,      /* input section */
	NODE_OBJECT,       /* object file, or archive member */
	NODE_ARCHIVE,
	NODE_LIBRARY,      /* shared */
	NODE_SYMBOL,
	NODE_TARGET,       /* of a build graph */
	NODE_GPU_SECTION,
	NODE_GPU_CODE,     /* one entry */
	NODE_MODULE,       /* Python */
	NODE_DISTRIBUTION, /* Python */
	NODE_FILE,         /* any other: data, source */
	NODE_KINDS
};
const char *node_kind_name(enum node_kind k); /* "section", "object", ... */

enum edge_kind {
	EDGE_RELOCATION, /* label: the symbol */
	EDGE_GROUP,      /* COMDAT or SHF_LINK_ORDER: lives and dies with it */
	EDGE_KEEPS,      /* __start_/__stop_, exception tables, other linker rules; label says which */
	EDGE_EXTRACTION, /* an archive member was pulled in by; label: the symbol */
	EDGE_NEEDED,     /* DT_NEEDED */
	EDGE_BINDS,      /* an undefined symbol resolved there; label: the symbol */
	EDGE_DECLARED,   /* target depends on target; label: the attribute ("deps", "implementation_deps") */
	EDGE_OUTPUT_OF,  /* an object belongs to a target */
	EDGE_IMPORT,     /* Python; label: the statement's form */
	EDGE_KINDS
};
const char *edge_kind_name(enum edge_kind k);

struct node {
	const char *name;
	node_id parent;
	uint32_t kind;
	uint64_t bytes, loaded; /* in the file; in memory when loaded */
};

struct edge {
	node_id to;
	uint32_t kind_label; /* edge_kind(), edge_label() */
};

struct graph_root {
	node_id node;
	uint32_t reason; /* a label */
};

struct graph_pending {
	node_id from;
	struct edge edge;
};

struct graph {
	struct node *nodes;
	size_t node_count, node_capacity;
	struct edge *edges;  /* after finish: those of node n are [first[n], first[n + 1]) */
	size_t *first;
	size_t edge_count;
	struct graph_root *roots;
	size_t root_count, root_capacity;
	struct graph_pending *pending;
	size_t pending_capacity;
	const char **labels; /* [0] is "" */
	size_t label_count, label_capacity;
	struct arena arena;
	int error; /* sticky, told by graph_finish */
};
#define GRAPH_INIT { .arena = ARENA_INIT((size_t)8 << 30) }

void graph_release(struct graph *g);
node_id graph_node(struct graph *g, enum node_kind kind, node_id parent, const char *name, uint64_t bytes, uint64_t loaded);
uint32_t graph_label(struct graph *g, const char *text); /* not deduplicated: keep what it returns; 0 for "" */
void graph_edge(struct graph *g, node_id from, node_id to, enum edge_kind kind, uint32_t label);
void graph_root(struct graph *g, node_id node, uint32_t reason);
int graph_finish(struct graph *g);

static inline enum edge_kind edge_kind(const struct edge *e) { return (enum edge_kind)(e->kind_label >> 28); }
static inline const char *edge_label(const struct graph *g, const struct edge *e)
{
	return g->labels[e->kind_label & 0x0fffffff];
}

/* "libx.a(y.o):.text.f": the name with those of its parents, into `out`; returns it. */
const char *graph_path(const struct graph *g, node_id n, char *out, size_t size);

/* What roots reach. */
struct reach {
	uint8_t *live;       /* per node */
	node_id *via;        /* the node it was reached from; GRAPH_NONE: it is a root, or not reached */
	uint32_t *via_edge;  /* index into edges */
	size_t live_count;
};
struct reach_options {
	uint32_t edges;      /* set of 1 << edge_kind that are followed; 0: all */
	const uint8_t *without; /* per node: as if those were not there; NULL */
	bool trace;          /* keep via and via_edge */
};
/* { 0 }: everything, without ways. */
int graph_reach(const struct graph *g, const struct reach_options *o, struct reach *ret);
void reach_release(struct reach *r);

/*
 * Chains from a root to `target` without repeating a node, shortest first, at most `limit`; found(ctx, path, edges, n):
 * path[0] is a root, edges[i] leads from path[i] to path[i + 1].  A negative result ends it, a positive one says that this
 * chain is not to be counted.
 */
int graph_chains(const struct graph *g, node_id target, size_t limit,
		 int (*found)(void *ctx, const node_id *path, const uint32_t *edges, size_t n), void *ctx);

#endif
