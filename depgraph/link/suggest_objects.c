/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suggest_objects.c: objects of which nothing is reached, and objects that the
 * linker cannot cut because their functions share one section.
 *
 * An unused object of the command line can be left off when no other
 * object refers to it, dead ones included; otherwise the link would miss symbols, and --gc-sections is the
 * way.  Unused members of one archive are one suggestion.
 */
#include "depgraph/link/suggest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct object_facts {
	bool unused;     /* it has bytes, and none is reached */
	bool asked_for;  /* another linked object refers to it */
	uint64_t bytes;
	const char *by;  /* symbol that it is asked for by */
};

static void find_unused(const struct suggesting *g, struct object_facts *facts)
{
	const struct link *l = g->l;
	uint32_t i, k;
	bool loaded;

	for (i = 0; i < l->object_count; i++) {
		const struct link_object *o = &l->objects[i];

		facts[i].unused = g->dead_of[i] > 0;
		loaded = false;
		for (k = o->first; facts[i].unused && k < o->first + o->count; k++) {
			const struct elf_file_section *h = link_header(l, &l->sections[k]);

			if (link_is_removable(l, &l->sections[k])) {
				facts[i].bytes += l->sections[k].size;
				loaded |= (h->flags & SHF_ALLOC) != 0;
			} else if (l->sections[k].in_output && h->flags & SHF_ALLOC && h->type != SHT_NOTE && strcmp(h->name, ".eh_frame") != 0) {
				facts[i].unused = false;
			}
		}
		facts[i].unused &= loaded;
	}
}

static void find_asked_for(const struct suggesting *g, struct object_facts *facts)
{
	const struct graph *graph = &g->p->graph;
	const struct link *l = g->l;
	uint32_t i;
	size_t k;

	for (i = 0; i < l->section_count; i++) {
		node_id n = l->sections[i].node;

		if (n == GRAPH_NONE)
			continue;
		for (k = graph->first[n]; k < graph->first[n + 1]; k++) {
			const struct node *to = &graph->nodes[graph->edges[k].to];
			uint32_t object = to->kind == NODE_SECTION ? g->object_of_node[graph->edges[k].to] : LINK_NONE;

			if (object == LINK_NONE || object == l->sections[i].object || facts[object].asked_for)
				continue;
			facts[object].asked_for = true;
			facts[object].by = edge_label(graph, &graph->edges[k]);
		}
	}
}

static void list_dead_of(struct suggesting *g, struct suggestion *s, uint32_t object)
{
	const struct link_object *o = &g->l->objects[object];
	uint32_t i;

	for (i = o->first; i < o->first + o->count; i++)
		if (link_is_removable(g->l, &g->l->sections[i]))
			link_list_section(g, s, i);
}

static void suggest_object(struct suggesting *g, uint32_t object, const struct object_facts *facts)
{
	struct suggestions *f = &g->p->found;
	const char *name = g->l->objects[object].name;
	struct suggestion *s = suggestions_add(f, SUGGEST_UNUSED_OBJECT, g->evidence, name);

	suggestion_set(f, &s->because, "It is in the link, and no root reaches any of its sections.");
	if (facts->asked_for) {
		suggestion_set(f, &s->edit, "add -Wl,--gc-sections to the link; it cannot be left off, because code that is dead "
			       "itself refers to %s", *facts->by ? facts->by : "it");
		suggestion_set(f, &s->verify, "link again with -Wl,--gc-sections,--print-gc-sections: all of its sections are told");
	} else if (link_is_opaque(g->l)) {
		suggestion_set(f, &s->edit, "add -Wl,--gc-sections to the link");
		suggestion_set(f, &s->verify, "link again with -Wl,--gc-sections,--print-gc-sections: all of its sections are told");
	} else {
		suggestion_set(f, &s->edit, "leave %s off the link line", name);
		suggestion_set(f, &s->verify, "link again without %s: no symbol is missing", name);
	}
	suggestion_set(f, &s->file, "%s", g->l->objects[object].input->path);
	list_dead_of(g, s, object);
}

/* One suggestion for the unused members of an archive; begins at the archive's first object. */
static void suggest_members(struct suggesting *g, uint32_t first, uint32_t end, const struct object_facts *facts)
{
	struct suggestions *f = &g->p->found;
	struct suggestion *s;
	uint32_t i, n = 0, linked = 0, largest = first;

	for (i = first; i < end; i++) {
		linked += g->l->objects[i].linked;
		n += facts[i].unused;
		if (facts[i].unused && facts[i].bytes > facts[largest].bytes * facts[largest].unused)
			largest = i;
	}
	if (!n)
		return;
	s = suggestions_add(f, SUGGEST_UNUSED_OBJECT, g->evidence, g->l->objects[first].input->link_name);
	suggestion_set(f, &s->because,
		       "%u of its %u linked members were pulled in by references from code that no root reaches; the largest is %s "
		       "(%llu bytes)%s%s.",
		       n, linked, g->l->objects[largest].member, (unsigned long long)facts[largest].bytes,
		       facts[largest].by && *facts[largest].by ? ", for " : "",
		       facts[largest].by ? facts[largest].by : "");
	suggestion_set(f, &s->edit, "add -Wl,--gc-sections to the link, or remove the dead references");
	suggestion_set(f, &s->verify, "link again with -Wl,--gc-sections,--print-gc-sections: all sections of these members are told");
	suggestion_set(f, &s->file, "%s", g->l->objects[first].input->path);
	for (i = first; i < end; i++)
		if (facts[i].unused)
			list_dead_of(g, s, i);
}

static void suggest_unused(struct suggesting *g, const struct object_facts *facts)
{
	uint32_t i, end;

	for (i = 0; i < g->l->object_count; i = end) {
		const struct link_object *o = &g->l->objects[i];

		for (end = i + 1; o->member && end < g->l->object_count && g->l->objects[end].input == o->input; end++)
			;
		if (o->member)
			suggest_members(g, i, end, facts);
		else if (facts[i].unused)
			suggest_object(g, i, &facts[i]);
	}
}

static int map_nodes(struct suggesting *g)
{
	uint32_t i;

	g->object_of_node = malloc((g->p->graph.node_count + 1) * sizeof(*g->object_of_node));
	if (!g->object_of_node)
		return -ENOMEM;
	memset(g->object_of_node, 0xff, (g->p->graph.node_count + 1) * sizeof(*g->object_of_node));
	for (i = 0; i < g->l->section_count; i++)
		if (g->l->sections[i].node != GRAPH_NONE)
			g->object_of_node[g->l->sections[i].node] = g->l->sections[i].object;
	return 0;
}

int link_suggest_objects(struct suggesting *g)
{
	AUTO_FREE struct object_facts *facts = calloc((size_t)g->l->object_count + 1, sizeof(*facts));

	if (!facts || map_nodes(g) < 0)
		return -ENOMEM;
	find_unused(g, facts);
	find_asked_for(g, facts);
	suggest_unused(g, facts);
	return link_suggest_code(g);
}
