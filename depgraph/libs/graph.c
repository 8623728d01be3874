/* SPDX-License-Identifier: Apache-2.0 */
/* graph.c: libraries in the graph: who needs which, and which symbols that is for. */
#include "depgraph/libs/libs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct known_library {
	const char *path; /* the node's name; of the link's own what it is called there */
	node_id node;
	dev_t device;     /* of the file, whatever it is called; inode 0: there is none */
	ino_t inode;
};

struct library_graph {
	struct graph *g;
	struct known_library *known;
	size_t known_count, known_capacity;
	uint32_t given; /* label of roots; 0 until there is one */
};

/* Of one closure. */
struct closure_nodes {
	struct library_graph *lg;
	const struct closure *closure;
	const struct bindings *bindings;
	node_id *libraries;
	node_id **symbols; /* per library: per symbol, GRAPH_NONE; NULL until one is bound */
	uint32_t *bound;   /* count * count: symbols of [importer] that bind to [library] */
	uint32_t *first;   /* the first of them, as a label */
};

static node_id find_output(const struct graph *g, const char *path)
{
	size_t i;

	for (i = 0; i < g->node_count; i++)
		if (g->nodes[i].kind == NODE_OUTPUT && strcmp(g->nodes[i].name, path) == 0)
			return (node_id)i;
	return GRAPH_NONE;
}

static node_id output_node(struct library_graph *lg, const struct closure_library *l)
{
	node_id n = find_output(lg->g, l->path);

	if (n == GRAPH_NONE)
		n = graph_node(lg->g, NODE_OUTPUT, GRAPH_NONE, l->path, l->file_size, l->load_size);
	if (!lg->given)
		lg->given = graph_label(lg->g, "given");
	graph_root(lg->g, n, lg->given);
	return n;
}

static int know(struct library_graph *lg, const char *path, node_id node, const struct stat *st)
{
	struct known_library *more;

	if (lg->known_count == lg->known_capacity) {
		more = reallocarray(lg->known, lg->known_capacity + 64, sizeof(*more));
		if (!more)
			return -ENOMEM;
		lg->known = more;
		lg->known_capacity += 64;
	}
	lg->known[lg->known_count++] = (struct known_library){ path, node, st->st_dev, st->st_ino };
	return 0;
}

/* The link has a node for each shared library of its command line, by the name it has there ("/usr/lib/libz.so"). */
static int know_libraries_of_the_link(struct library_graph *lg, const struct inputs *in)
{
	const struct graph *g = lg->g;
	struct stat st;
	size_t i;
	node_id n;
	int r = 0;

	for (n = 0; n < g->node_count && r == 0; n++) {
		for (i = 0; g->nodes[n].kind == NODE_LIBRARY && i < in->count; i++)
			if (in->items[i].kind == INPUT_SHARED && strcmp(in->items[i].link_name, g->nodes[n].name) == 0)
				break;
		if (g->nodes[n].kind == NODE_LIBRARY && i < in->count && stat(in->items[i].path, &st) == 0)
			r = know(lg, g->nodes[n].name, n, &st);
	}
	return r;
}

static const struct known_library *find_known(const struct library_graph *lg, const char *name, const struct stat *st)
{
	size_t i;

	for (i = 0; i < lg->known_count; i++) {
		const struct known_library *k = &lg->known[i];

		if (st->st_ino ? k->inode == st->st_ino && k->device == st->st_dev : strcmp(k->path, name) == 0)
			return k;
	}
	return NULL;
}

/*
 * What the loader loads has bytes of its own, beside the output and not in it.  A library of the system is called as the
 * loader finds it (libz.so.1, as everywhere else), not as the compiler driver did (.../12/../../libz.so); one of the
 * build keeps the name that the build graph knows.
 */
static int adopt(struct library_graph *lg, node_id n, const struct closure_library *l)
{
	struct node *node = &lg->g->nodes[n];

	node->parent = GRAPH_NONE;
	node->bytes = l->file_size;
	node->loaded = l->load_size;
	if (l->path && node->name[0] == '/')
		node->name = arena_strndup(&lg->g->arena, l->path, strlen(l->path));
	return node->name ? 0 : -ENOMEM;
}

static node_id library_node(struct library_graph *lg, const struct closure_library *l)
{
	const char *name = l->path ? l->path : l->name;
	const struct known_library *known;
	struct stat st = { 0 };
	node_id n;

	if (l->path && stat(l->path, &st) < 0)
		st = (struct stat){ 0 };
	known = find_known(lg, name, &st);
	if (known)
		return adopt(lg, known->node, l) < 0 ? GRAPH_NONE : known->node;
	n = graph_node(lg->g, NODE_LIBRARY, GRAPH_NONE, name, l->file_size, l->load_size);
	if (n == GRAPH_NONE || know(lg, lg->g->nodes[n].name, n, &st) < 0)
		return GRAPH_NONE;
	return n;
}

static void nodes_release(struct closure_nodes *n)
{
	uint32_t i;

	for (i = 0; n->symbols && i < n->closure->count; i++)
		free(n->symbols[i]);
	free(n->symbols);
	free(n->libraries);
	free(n->bound);
	free(n->first);
}

static int add_libraries(struct closure_nodes *n)
{
	uint32_t i, k;

	for (i = 0; i < n->closure->count; i++) {
		const struct closure_library *l = &n->closure->libraries[i];

		n->libraries[i] = i == 0 ? output_node(n->lg, l) : library_node(n->lg, l);
		if (n->libraries[i] == GRAPH_NONE)
			return -ENOMEM;
	}
	for (i = 0; i < n->closure->count; i++)
		for (k = 0; k < n->closure->libraries[i].needed_count; k++)
			graph_edge(n->lg->g, n->libraries[i], n->libraries[n->closure->libraries[i].needed[k]], EDGE_NEEDED, 0);
	return 0;
}

static node_id symbol_node(struct closure_nodes *n, const struct binding *b)
{
	struct elf_file *f = n->closure->libraries[b->library].elf;
	uint64_t count = elf_file_entries(f, f->dynsym), i;
	node_id **of = &n->symbols[b->library];

	if (!*of) {
		*of = calloc(count + 1, sizeof(**of));
		for (i = 0; *of && i < count; i++)
			(*of)[i] = GRAPH_NONE;
	}
	if (!*of)
		return GRAPH_NONE;
	if ((*of)[b->target] == GRAPH_NONE)
		(*of)[b->target] = graph_node(n->lg->g, NODE_SYMBOL, n->libraries[b->library],
					      bindings_name(n->bindings, b->library, b->target), 0, 0);
	return (*of)[b->target];
}

static int add_bindings(struct closure_nodes *n, const struct bindings_result *all)
{
	uint32_t count = n->closure->count;
	size_t i;

	for (i = 0; i < all->count; i++) {
		const struct binding *b = &all->items[i];
		uint32_t pair, label;
		node_id symbol;

		if (b->library == CLOSURE_NONE || b->library == b->importer)
			continue;
		symbol = symbol_node(n, b);
		if (symbol == GRAPH_NONE)
			return -ENOMEM;
		pair = b->importer * count + b->library;
		label = graph_label(n->lg->g, bindings_name(n->bindings, b->importer, b->symbol));
		graph_edge(n->lg->g, n->libraries[b->importer], symbol, EDGE_BINDS, label);
		if (n->bound[pair]++ == 0)
			n->first[pair] = label;
	}
	for (i = 0; i < (size_t)count * count; i++)
		if (n->bound[i])
			graph_edge(n->lg->g, n->libraries[i / count], n->libraries[i % count], EDGE_BINDS, n->first[i]);
	return 0;
}

#define BINDINGS_LIBRARIES_MAX 2048 /* the table of pairs; a closure beyond has NEEDED edges only */

static int add_closure(struct library_graph *lg, const struct input *output, const struct inputs *in, struct error *err)
{
	const struct closure_options options = { .given = in };
	CLEANUP(closure_freep) struct closure *c = NULL;
	CLEANUP(bindings_freep) struct bindings *b = NULL;
	CLEANUP(bindings_result_release) struct bindings_result all = { 0 };
	struct closure_nodes n = { .lg = lg };
	int r = closure_find(output->elf, output->path, &options, &c, err);

	if (r == 0)
		r = bindings_new(c, &b);
	if (r == 0)
		r = bindings_resolve(b, CLOSURE_NONE, &all);
	if (r < 0)
		return r;
	n.closure = c;
	n.bindings = b;
	n.libraries = calloc(c->count, sizeof(*n.libraries));
	n.symbols = calloc(c->count, sizeof(*n.symbols));
	n.bound = calloc((size_t)c->count * c->count, sizeof(*n.bound));
	n.first = calloc((size_t)c->count * c->count, sizeof(*n.first));
	r = n.libraries && n.symbols && n.bound && n.first ? add_libraries(&n) : -ENOMEM;
	if (r == 0 && c->count <= BINDINGS_LIBRARIES_MAX)
		r = add_bindings(&n, &all);
	nodes_release(&n);
	return r;
}

int libs_graph(const struct inputs *in, struct graph *g, struct error *err)
{
	const struct input *outputs[LIBS_OUTPUTS_MAX];
	size_t i, n = libs_outputs(in, outputs, LIBS_OUTPUTS_MAX);
	struct library_graph lg = { .g = g };
	int r = know_libraries_of_the_link(&lg, in);

	for (i = 0; i < n && r >= 0; i++)
		if (outputs[i]->elf->dynamic)
			r = add_closure(&lg, outputs[i], in, err);
	free(lg.known);
	return r < 0 ? r : 0;
}
