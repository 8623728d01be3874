/* SPDX-License-Identifier: Apache-2.0 */
/* A tree as nodes and edges of depgraph's model: what `why` and `graph` speak of. */
#include "depgraph/python/tree_private.h"

#include <errno.h>
#include <string.h>

struct putting {
	struct python_tree *t;
	struct graph *g;
	node_id *modules, *dists, *libraries;
	uint32_t typing; /* label */
};

static void put_dists(struct putting *p, node_id tree)
{
	struct python_tree *t = p->t;
	AUTO_FREE uint64_t *rest = calloc(t->dist_count + 1, sizeof(*rest));
	uint32_t i;

	for (i = 0; rest && i < t->file_count; i++)
		if (t->files[i].dist != PYTHON_NONE && t->files[i].module == PYTHON_NONE && p->libraries[i] == GRAPH_NONE)
			rest[t->files[i].dist] += t->files[i].size;
	for (i = 0; rest && i < t->dist_count; i++)
		p->dists[i] = graph_node(p->g, NODE_DISTRIBUTION, tree, t->dists[i].name, rest[i], 0);
}

static void put_modules(struct putting *p, node_id tree)
{
	struct python_tree *t = p->t;
	uint32_t i;

	for (i = 0; i < t->module_count; i++) {
		const struct python_module *m = &t->modules[i];
		node_id parent = m->dist == PYTHON_NONE ? tree : p->dists[m->dist];

		p->modules[i] = graph_node(p->g, NODE_MODULE, parent, m->name, m->bytes, 0);
	}
}

/* Shared objects that belong to no module: those of modules are in their module's bytes. */
static void put_libraries(struct putting *p, node_id tree)
{
	struct python_tree *t = p->t;
	uint32_t i;

	for (i = 0; i < t->file_count; i++) {
		const struct python_file *f = &t->files[i];

		if (f->role == PYTHON_LIBRARY && f->module == PYTHON_NONE)
			p->libraries[i] = graph_node(p->g, NODE_LIBRARY, tree, f->path, f->size, f->size);
	}
}

static node_id node_of(const struct putting *p, uint32_t file)
{
	uint32_t m = p->t->files[file].module;

	return p->libraries[file] != GRAPH_NONE ? p->libraries[file] : m == PYTHON_NONE ? GRAPH_NONE : p->modules[m];
}

static void put_import_edges(struct putting *p, uint32_t m)
{
	const struct python_module *module = &p->t->modules[m];
	uint32_t i;

	for (i = 0; i < module->import_count; i++) {
		const struct python_import *import = &module->imports[i];
		char label[160];

		if (import->target == PYTHON_NONE || (import->flags & PYTHON_TYPING))
			continue;
		(void)snprintf(label, sizeof(label), import->line ? "%s, line %u" : "%s", import->form, import->line);
		graph_edge(p->g, p->modules[m], p->modules[import->target], import->maybe ? EDGE_KEEPS : EDGE_IMPORT,
			   graph_label(p->g, label));
	}
	if (module->parent != PYTHON_NONE)
		graph_edge(p->g, p->modules[m], p->modules[module->parent], EDGE_IMPORT, p->typing);
}

static void put_needed_edges(struct putting *p, uint32_t f)
{
	const struct python_file *file = &p->t->files[f];
	uint32_t i;

	for (i = 0; i < file->need_count; i++) {
		node_id from = node_of(p, f), to = node_of(p, file->needs[i]);

		if (from != GRAPH_NONE && to != GRAPH_NONE && from != to)
			graph_edge(p->g, from, to, EDGE_NEEDED, 0);
	}
}

static void put_roots(struct putting *p)
{
	const struct python_tree *t = p->t;
	uint32_t entry = graph_label(p->g, "entry"), recorded;
	char text[64];
	uint32_t i;

	for (i = 0; i < t->priv->entry_count; i++)
		graph_root(p->g, p->modules[t->priv->entries[i]], entry);
	(void)snprintf(text, sizeof(text), "loaded in recorded runs (%llu)", (unsigned long long)t->runs);
	recorded = graph_label(p->g, text);
	for (i = 0; i < t->module_count; i++)
		if (t->modules[i].runs && t->modules[i].state == PYTHON_OBSERVED)
			graph_root(p->g, p->modules[i], recorded);
}

static int put_tree(struct python_tree *t, struct graph *g)
{
	AUTO_FREE node_id *modules = reallocarray(NULL, t->module_count + 1, sizeof(*modules));
	AUTO_FREE node_id *dists = reallocarray(NULL, t->dist_count + 1, sizeof(*dists));
	AUTO_FREE node_id *libraries = reallocarray(NULL, t->file_count + 1, sizeof(*libraries));
	struct putting p = { .t = t, .g = g, .modules = modules, .dists = dists, .libraries = libraries };
	node_id tree = graph_node(g, NODE_FILE, GRAPH_NONE, t->path, 0, 0);
	uint32_t i;

	if (!modules || !dists || !libraries || tree == GRAPH_NONE)
		return -ENOMEM;
	memset(libraries, 0xff, (t->file_count + 1) * sizeof(*libraries));
	p.typing = graph_label(g, "its package");
	put_libraries(&p, tree);
	put_dists(&p, tree);
	put_modules(&p, tree);
	for (i = 0; i < t->module_count; i++)
		put_import_edges(&p, i);
	for (i = 0; i < t->file_count; i++)
		put_needed_edges(&p, i);
	put_roots(&p);
	return 0;
}

static int add_paths(const struct inputs *in, enum input_kind kind, struct string_list *ret)
{
	size_t i;

	for (i = 0; i < in->count; i++)
		if (in->items[i].kind == kind) {
			const char **grown = reallocarray(ret->items, ret->count + 1, sizeof(*grown));

			if (!grown)
				return -ENOMEM;
			ret->items = grown;
			ret->items[ret->count++] = in->items[i].path;
		}
	return 0;
}

int python_of_inputs(const struct inputs *in, const char *tree, const struct string_list *entries, struct python_tree **ret,
		     struct error *err)
{
	CLEANUP(string_list_release) struct string_list profiles = { 0 };
	const struct python_options o = { .tree = tree, .entries = entries, .profiles = &profiles };
	int r = add_paths(in, INPUT_PROFILE, &profiles);

	return r < 0 ? r : python_analyse(&o, ret, err);
}

int python_graph(const struct inputs *in, const struct string_list *entries, struct graph *g, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < in->count; i++) {
		CLEANUP(python_freep) struct python_tree *t = NULL;

		if (in->items[i].kind != INPUT_TREE)
			continue;
		r = python_of_inputs(in, in->items[i].path, entries, &t, err);
		if (r >= 0)
			r = put_tree(t, g);
	}
	return r;
}
