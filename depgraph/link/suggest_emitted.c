/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suggest_emitted.c: dead functions and data by the relocations that a linked file kept.
 *
 * Only where no object was given: with objects the link itself is known.  A
 * linked file has lost which section a function came in, so this is never more than heuristic.
 */
#include "depgraph/link/suggest.h"

#include "depgraph/link/emitted.h"

#include <errno.h>
#include <stdlib.h>

struct unreached {
	struct suggesting *g;
	const struct emitted *m;
	const struct elf_file *elf;
	size_t *dead; /* largest first */
	size_t count, functions;
	size_t roots;
};

static uint64_t size_of(const struct emitted_node *n)
{
	return n->end - n->address;
}

static int compare_sizes(const void *a, const void *b, void *ctx)
{
	const struct emitted *m = ctx;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	uint64_t s = size_of(&m->nodes[x]), t = size_of(&m->nodes[y]);

	if (s != t)
		return s > t ? -1 : 1;
	return (x > y) - (x < y);
}

static void list_node(struct unreached *u, struct suggestion *s, const struct emitted_node *n)
{
	const struct elf_file_section *h = &u->elf->sections[n->section];
	uint64_t size = size_of(n), off = n->address - h->addr;
	bool in_file = h->type != SHT_NOBITS && h->size_in_file >= off + size;

	suggestion_section(&u->g->p->found, s, n->file, n->name, in_file ? size : 0, size);
	if (in_file)
		suggestion_claim(&u->g->p->found, s, u->g->file_space, h->off + off, size, size, size);
	else
		suggestion_claim(&u->g->p->found, s, u->g->memory_space, n->address, size, 0, size);
}

static void tell(struct unreached *u)
{
	struct suggestions *f = &u->g->p->found;
	struct suggestion *s = suggestions_add(f, SUGGEST_DEAD_CODE, EVIDENCE_HEURISTIC, u->g->subject);
	size_t i;

	suggestion_set(f, &s->because,
		       "%zu functions and %zu data objects are reached by none of the %zu relocations that the linker kept "
		       "(--emit-relocs), from the entry point, what is exported, and all bytes that have no symbol. The objects were "
		       "not given: which input section each stood in, what the linker keeps by rule, and references inside a "
		       "section are read from symbols and machine code, not known.",
		       u->functions, u->count - u->functions, u->m->relocation_count);
	suggestion_set(f, &s->edit, "compile with -ffunction-sections -fdata-sections, and link with -Wl,--gc-sections");
	suggestion_set(f, &s->verify, "link again so with -Wl,--print-gc-sections: it tells .text.NAME of each of these functions; or give "
				      "prune the objects and the map, which proves it");
	suggestion_set(f, &s->risk, "a linker script's KEEP, code that computes addresses, and assembly that falls through from one function "
				    "into the next are not seen");
	for (i = 0; i < u->count; i++)
		list_node(u, s, &u->m->nodes[u->dead[i]]);
}

static int collect(struct unreached *u, const struct reach *reach)
{
	size_t i;

	u->dead = malloc((u->m->count + 1) * sizeof(*u->dead));
	if (!u->dead)
		return -ENOMEM;
	for (i = 0; i < u->m->count; i++)
		if (!reach->live[u->m->first + i]) {
			u->dead[u->count++] = i;
			u->functions += emitted_is_code(u->m, u->m->nodes[i].section);
		}
	qsort_r(u->dead, u->count, sizeof(*u->dead), compare_sizes, (void *)(uintptr_t)u->m);
	return 0;
}

static int suggest_unreached(struct suggesting *g, const struct emitted *m)
{
	struct unreached u = { .g = g, .m = m, .elf = m->elf };
	struct reach reach = { 0 };
	int r = graph_reach(m->graph, &(const struct reach_options){ 0 }, &reach);

	r = r < 0 ? r : collect(&u, &reach);
	if (r >= 0 && u.count)
		tell(&u);
	reach_release(&reach);
	free(u.dead);
	return r;
}

static bool has_objects(const struct link *l)
{
	uint32_t i;

	for (i = 0; i < l->object_count; i++)
		if (l->objects[i].count)
			return true;
	return false;
}

int link_suggest_emitted(struct suggesting *g)
{
	const struct input *output = g->l->output;
	CLEANUP(graph_release) struct graph graph = GRAPH_INIT;
	CLEANUP(emitted_freep) struct emitted *m = NULL;
	node_id top;
	int r;

	if (!output || !output->elf || has_objects(g->l))
		return 0;
	top = graph_node(&graph, NODE_OUTPUT, GRAPH_NONE, output->path, output->elf->size, 0);
	r = emitted_build(output->elf, g->p->options->roots, &graph, top, &m);
	if (r == 0)
		prune_note(g->p, "%s: without its objects%s nothing says which of its functions are not reached", output->path,
			   emitted_reads_code(output->elf) ?
				   ", or symbols and relocations that the linker kept (-Wl,--emit-relocs)," : "");
	if (r <= 0)
		return r;
	r = graph_finish(&graph);
	return r < 0 ? r : suggest_unreached(g, m);
}
