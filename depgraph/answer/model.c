/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/answer/model.h"

#include "base/path.h"
#include "depgraph/libs/libs.h"
#include "depgraph/python/python.h"
#include "depgraph/targets/targets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void model_release(struct model *m)
{
	link_free(m->link);
	reach_release(&m->reach);
	graph_release(&m->graph);
	m->link = NULL;
}

static bool has_link(const struct inputs *in)
{
	return inputs_first(in, INPUT_OBJECT) || inputs_first(in, INPUT_ARCHIVE) || inputs_output(in);
}

int model_build(const struct inputs *in, const struct model_options *o, struct model *m, struct error *err)
{
	const struct link_options options = { .roots = o->roots, .leave_open = true };
	const struct reach_options all = { .trace = true };
	int r = 0;

	m->in = in;
	if (has_link(in))
		r = link_build(in, &options, &m->graph, &m->link, err);
	r = r < 0 ? r : libs_graph(in, &m->graph, err);
	r = r < 0 ? r : targets_graph(in, &m->graph, err);
	r = r < 0 ? r : python_graph(in, o->entries, &m->graph, err);
	r = r < 0 ? r : graph_finish(&m->graph);
	if (r >= 0 && m->link)
		r = link_mark(m->link, err);
	return r < 0 ? r : graph_reach(&m->graph, &all, &m->reach);
}

/* ---- names ---------------------------------------------------------------------------------------------------- */

struct finding {
	node_id *ids;
	size_t count, max;
};

static void keep(struct finding *f, node_id n)
{
	size_t i;

	for (i = 0; i < f->count; i++)
		if (f->ids[i] == n)
			return;
	if (f->count < f->max)
		f->ids[f->count++] = n;
}

static bool ends_with_component(const char *name, const char *word)
{
	size_t n = strlen(name), w = strlen(word);

	return n > w && name[n - w - 1] == '/' && strcmp(name + n - w, word) == 0;
}

/* The section that defines a symbol, in each linked object that does. */
static void find_symbol(const struct model *m, const char *word, struct finding *f)
{
	struct elf_file_symbol s;
	uint32_t o, i;
	uint64_t k, n;

	for (o = 0; m->link && o < m->link->object_count; o++) {
		const struct link_object *object = &m->link->objects[o];

		if (!object->linked || !object->elf)
			continue;
		n = elf_file_entries(object->elf, object->elf->symtab);
		for (k = 1; k < n; k++) {
			if (!elf_file_symbol(object->elf, object->elf->symtab, k, &s) ||
			    s.special != ELF_SYMBOL_IN_SECTION || strcmp(s.name, word) != 0)
				continue;
			for (i = 0; i < object->count; i++)
				if (m->link->sections[object->first + i].index == s.section)
					keep(f, m->link->sections[object->first + i].node);
		}
	}
}

size_t model_find(const struct model *m, const char *word, node_id *ret, size_t max)
{
	const struct graph *g = &m->graph;
	struct finding f = { ret, 0, max };
	char path[4096];
	node_id n;

	for (n = 0; n < g->node_count; n++)
		if (strcmp(graph_path(g, n, path, sizeof(path)), word) == 0)
			keep(&f, n);
	for (n = 0; n < g->node_count; n++)
		if (strcmp(g->nodes[n].name, word) == 0)
			keep(&f, n);
	find_symbol(m, word, &f);
	for (n = 0; n < g->node_count && !f.count; n++)
		if (g->nodes[n].kind != NODE_SECTION && ends_with_component(g->nodes[n].name, word))
			keep(&f, n);
	return f.count;
}

size_t model_find_like(const struct model *m, const char *word, node_id *ret, size_t max)
{
	const struct graph *g = &m->graph;
	struct finding f = { ret, 0, max };
	node_id n;

	for (n = 0; n < g->node_count && *word; n++)
		if (g->nodes[n].kind != NODE_SYMBOL && strcasestr(path_base(g->nodes[n].name), word))
			keep(&f, n);
	return f.count;
}

/* ---- sums ----------------------------------------------------------------------------------------------------- */

bool model_lies_in(const struct graph *g, node_id n, node_id container)
{
	for (; n != GRAPH_NONE; n = g->nodes[n].parent)
		if (n == container)
			return true;
	return false;
}

/* What only it reaches: the bytes that are live with it and not without. Parts come after what they are in. */
int model_exclusive(const struct model *m, node_id node, uint64_t *ret_bytes, uint64_t *ret_loaded)
{
	const struct graph *g = &m->graph;
	AUTO_FREE uint8_t *mask = calloc(g->node_count + 1, 1);
	const struct reach_options without = { .without = mask };
	struct reach reach;
	node_id n;
	int r;

	if (!mask)
		return -ENOMEM;
	mask[node] = 1;
	for (n = node + 1; n < g->node_count; n++)
		mask[n] = g->nodes[n].parent < n && mask[g->nodes[n].parent];
	r = graph_reach(g, &without, &reach);
	if (r < 0)
		return r;
	*ret_bytes = *ret_loaded = 0;
	for (n = 0; n < g->node_count; n++)
		if (m->reach.live[n] && !reach.live[n]) {
			*ret_bytes += g->nodes[n].bytes;
			*ret_loaded += g->nodes[n].loaded;
		}
	reach_release(&reach);
	return 0;
}

/* Parents are made before their children, so one walk backwards adds everything up. */
int model_sum(const struct model *m, struct model_bytes **ret)
{
	const struct graph *g = &m->graph;
	struct model_bytes *sums = calloc(g->node_count + 1, sizeof(*sums));
	size_t i;

	if (!sums)
		return -ENOMEM;
	for (i = g->node_count; i-- > 0;) {
		const struct node *n = &g->nodes[i];
		struct model_bytes *s = &sums[i], *up;

		/* A container's own figure stands for what no child tells. */
		if (!s->bytes && !s->loaded) {
			s->bytes = n->bytes;
			s->loaded = n->loaded;
			s->live = m->reach.live[i] ? n->bytes : 0;
			s->live_loaded = m->reach.live[i] ? n->loaded : 0;
		}
		if (n->parent == GRAPH_NONE || n->parent >= i)
			continue;
		up = &sums[n->parent];
		up->bytes += s->bytes;
		up->loaded += s->loaded;
		up->live += s->live;
		up->live_loaded += s->live_loaded;
	}
	*ret = sums;
	return 0;
}
