/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edges.c: the graph of a link: what keeps what.
 *
 * Nodes: the output; archives; objects; of those that are linked, sections.  Edges:
 *
 *	relocations     section -> section that the symbol is defined in
 *	binds           section -> shared library that defines the symbol
 *	group           members of a group, both ways (linkers that keep groups together)
 *	link order      the section that SHF_LINK_ORDER names -> the section
 *	unwinding       function -> its language table and personality (eh_edges.c)
 *	__start_X       section -> a node for the name -> all sections X
 *	object          section -> object -> what is not loaded of it (debug information)
 *	extraction      object -> archive member that it pulled in (not followed by marking)
 *
 * Objects are read by all threads, a batch at a time; edges are put into the graph in the order of
 * objects, so that it is the same every time.
 */
#include "depgraph/link/edges.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BATCH 64

static struct link_priv *priv(const struct link *l)
{
	return l->priv;
}

/* ---- what one object says ------------------------------------------------------------------------------------------- */

void link_emit(struct reader *e, uint32_t from, uint32_t to, enum edge_kind kind, uint32_t symbol, enum link_reason reason)
{
	size_t capacity = e->capacity ? e->capacity * 2 : 1024, i, since = e->count > 16 ? e->count - 16 : 0;
	struct link_edge *more;

	if (e->error || to == LINK_NONE || (from == to && kind != EDGE_BINDS && reason != REASON_NAMED))
		return;
	for (i = e->count; i-- > since;)
		if (e->edges[i].from != from)
			break;
		else if (e->edges[i].to == to && e->edges[i].kind == kind && e->edges[i].reason == reason)
			return;
	if (e->count == e->capacity) {
		more = reallocarray(e->edges, capacity, sizeof(*more));
		if (!more) {
			e->error = -ENOMEM;
			return;
		}
		e->edges = more;
		e->capacity = capacity;
	}
	e->edges[e->count++] = (struct link_edge){ from, to, symbol, (uint8_t)kind, (uint8_t)reason };
}

uint32_t link_local_target(const struct reader *e, const struct elf_file_symbol *s)
{
	const struct link *l = e->l;

	if (s->special != ELF_SYMBOL_IN_SECTION || s->section >= e->elf->section_count)
		return LINK_NONE;
	if (!priv(l)->rules->lost_copies && link_is_lost(l, e->object, s->section))
		return LINK_NONE;
	return e->t->section_of[s->section];
}

/* Local symbols are asked for again and again (section symbols): each is read once. */
uint32_t link_cached_target(struct reader *e, uint32_t symbol)
{
	struct elf_file_symbol s;

	if (e->targets[symbol] == TARGET_UNKNOWN) {
		e->targets[symbol] = LINK_NONE;
		if (elf_file_symbol(e->elf, e->elf->symtab, symbol, &s))
			e->targets[symbol] = link_local_target(e, &s);
	}
	return e->targets[symbol];
}

static void emit_global(struct reader *e, uint32_t from, uint32_t number)
{
	const struct link_symbol *s = &priv(e->l)->symbols.items[number];
	uint32_t i;

	if (s->section != LINK_NONE)
		link_emit(e, from, s->section, EDGE_RELOCATION, number, REASON_NONE);
	for (i = s->also; i; i = priv(e->l)->alternatives[i - 1].next)
		link_emit(e, from, priv(e->l)->alternatives[i - 1].section, EDGE_RELOCATION, number, REASON_NONE);
	if (s->named)
		link_emit(e, from, s->named - 1, EDGE_KEEPS, number, REASON_NAMED);
	if (s->state == SYMBOL_SHARED)
		link_emit(e, from, s->object, EDGE_BINDS, number, REASON_NONE);
}

static void read_relocation(struct reader *e, uint32_t from, uint32_t symbol)
{
	if (symbol >= e->t->symbol_count)
		return;
	if (symbol >= e->t->locals)
		emit_global(e, from, e->t->symbols[symbol - e->t->locals]);
	else
		link_emit(e, from, link_cached_target(e, symbol), EDGE_RELOCATION, LINK_NONE, REASON_NONE);
}

static bool is_followed(const struct reader *e, uint32_t header)
{
	return header < e->elf->section_count && e->t->section_of[header] != LINK_NONE &&
	       link_takes_part(priv(e->l)->rules, &e->elf->sections[header]) &&
	       (priv(e->l)->rules->lost_copies || !link_is_lost(e->l, e->object, header));
}

static void read_relocations(struct reader *e, uint32_t table)
{
	const struct elf_file_section *s = &e->elf->sections[table];
	uint64_t i, n = elf_file_entries(e->elf, table);
	struct elf_file_relocation r;
	uint32_t from;

	if (s->link != e->elf->symtab || !is_followed(e, s->info))
		return;
	if (link_is_unwind(&e->elf->sections[s->info])) {
		link_read_unwind(e, s->info, table);
		return;
	}
	from = e->t->section_of[s->info];
	for (i = 0; i < n; i++)
		if (elf_file_relocation(e->elf, table, i, &r))
			read_relocation(e, from, r.symbol);
}

/* A ring through each group's loaded members keeps them together. */
static void read_groups(struct reader *e)
{
	AUTO_FREE uint32_t *first = NULL, *last = NULL;
	const struct link_object *o = &e->l->objects[e->object];
	uint32_t i, g;

	if (!e->t->group_count || !priv(e->l)->rules->groups)
		return;
	first = malloc(e->t->group_count * sizeof(*first));
	last = malloc(e->t->group_count * sizeof(*last));
	if (!first || !last) {
		e->error = -ENOMEM;
		return;
	}
	memset(first, 0xff, e->t->group_count * sizeof(*first));
	for (i = o->first; i < o->first + o->count; i++) {
		g = e->t->group_of[e->l->sections[i].index];
		if (!g-- || !is_followed(e, e->l->sections[i].index))
			continue;
		if (first[g] == LINK_NONE)
			first[g] = i;
		else
			link_emit(e, last[g], i, EDGE_GROUP, LINK_NONE, REASON_GROUP);
		last[g] = i;
	}
	for (g = 0; g < e->t->group_count; g++)
		if (first[g] != LINK_NONE)
			link_emit(e, last[g], first[g], EDGE_GROUP, LINK_NONE, REASON_GROUP);
}

static void read_link_order(struct reader *e)
{
	uint32_t i;

	for (i = 1; i < e->elf->section_count; i++) {
		const struct elf_file_section *s = &e->elf->sections[i];

		if (s->flags & SHF_LINK_ORDER && is_followed(e, i) && is_followed(e, s->link))
			link_emit(e, e->t->section_of[s->link], e->t->section_of[i], EDGE_GROUP, LINK_NONE, REASON_LINK_ORDER);
	}
}

static int read_object(void *ctx, size_t i)
{
	struct reader *e = &((struct reader *)ctx)[i];
	uint32_t k;

	if (!e->elf)
		return 0;
	e->targets = malloc(((size_t)e->t->locals + 1) * sizeof(*e->targets));
	if (!e->targets)
		return -ENOMEM;
	for (k = 0; k < e->t->locals; k++)
		e->targets[k] = TARGET_UNKNOWN;
	for (k = 1; k < e->elf->section_count; k++)
		if (e->elf->sections[k].type == SHT_RELA || e->elf->sections[k].type == SHT_REL)
			read_relocations(e, k);
	read_groups(e);
	read_link_order(e);
	free(e->targets);
	e->targets = NULL;
	return e->error;
}

/* ---- into the graph --------------------------------------------------------------------------------------------------- */

static const char *const reasons[REASONS] = {
	[REASON_NONE] = "",
	[REASON_GROUP] = "of the same group",
	[REASON_LINK_ORDER] = "belongs to it",
	[REASON_UNWIND] = "exception table of the function",
	[REASON_PERSONALITY] = "personality routine",
	[REASON_OBJECT] = "of the object",
	[REASON_NOT_LOADED] = "not loaded: kept with its object",
	[REASON_NAMED] = "",
};

uint32_t link_symbol_label(struct link *l, uint32_t number)
{
	struct link_symbol *s = &priv(l)->symbols.items[number];

	if (!s->label)
		s->label = graph_label(l->graph, s->name);
	return s->label;
}

static void put_edge(struct link *l, const struct link_edge *e)
{
	uint32_t label = e->symbol != LINK_NONE ? link_symbol_label(l, e->symbol) : priv(l)->labels[e->reason];
	node_id to;

	if (e->kind == EDGE_BINDS)
		to = priv(l)->library_nodes[e->to];
	else if (e->reason == REASON_NAMED)
		to = priv(l)->named[e->to].node;
	else
		to = l->sections[e->to].node;
	if (e->from == FROM_ROOT)
		graph_root(l->graph, to, label);
	else
		graph_edge(l->graph, l->sections[e->from].node, to, (enum edge_kind)e->kind, label);
}

static int read_batch(struct link *l, uint32_t begin, uint32_t n)
{
	struct reader readers[BATCH] = { { 0 } };
	uint32_t i;
	size_t k;
	int r = 0;

	for (i = 0; i < n; i++)
		readers[i] = (struct reader){ .l = l, .object = begin + i, .t = &priv(l)->tables[begin + i],
					      .elf = l->objects[begin + i].linked ? l->objects[begin + i].elf : NULL };
	for (i = 0; i < n; i++)
		if (priv(l)->tables[begin + i].trouble)
			readers[i].elf = NULL;
	if (priv(l)->options.pool)
		r = pool_for(priv(l)->options.pool, n, read_object, readers);
	for (i = 0; !priv(l)->options.pool && i < n && r >= 0; i++)
		r = read_object(readers, i);
	for (i = 0; i < n; i++) {
		for (k = 0; k < readers[i].count && r >= 0; k++)
			put_edge(l, &readers[i].edges[k]);
		free(readers[i].edges);
		free(readers[i].targets);
	}
	return r;
}

/* ---- nodes -------------------------------------------------------------------------------------------------------------- */

static void make_section_nodes(struct link *l, uint32_t object)
{
	const struct link_object *o = &l->objects[object];
	uint32_t i;

	for (i = o->first; o->linked && i < o->first + o->count; i++) {
		struct link_section *s = &l->sections[i];
		const struct elf_file_section *h = link_header(l, s);
		uint64_t bytes = s->in_output && h->type != SHT_NOBITS ? s->size : 0;
		uint64_t loaded = s->in_output && h->flags & SHF_ALLOC ? s->size : 0;

		s->node = graph_node(l->graph, NODE_SECTION, o->node, h->name, bytes, loaded);
	}
}

static int make_nodes(struct link *l)
{
	struct link_priv *p = priv(l);
	AUTO_FREE node_id *archives = malloc((l->in->count + 1) * sizeof(*archives));
	uint32_t i;

	p->library_nodes = malloc((l->in->count + 1) * sizeof(*p->library_nodes));
	if (!archives || !p->library_nodes)
		return -ENOMEM;
	p->output_node = graph_node(l->graph, NODE_OUTPUT, GRAPH_NONE, l->output ? l->output->path : "output", 0, 0);
	for (i = 0; i < l->in->count; i++) {
		const struct input *in = &l->in->items[i];

		archives[i] = p->library_nodes[i] = GRAPH_NONE;
		if (in->kind == INPUT_ARCHIVE)
			archives[i] = graph_node(l->graph, NODE_ARCHIVE, p->output_node, in->link_name, 0, 0);
		else if (in->kind == INPUT_SHARED && in != l->output)
			p->library_nodes[i] = graph_node(l->graph, NODE_LIBRARY, p->output_node, in->link_name, 0, 0);
	}
	for (i = 0; i < l->object_count; i++) {
		struct link_object *o = &l->objects[i];

		o->node = graph_node(l->graph, NODE_OBJECT, o->member ? archives[p->tables[i].input] : p->output_node,
				     o->member ? o->member : o->name, 0, 0);
		make_section_nodes(l, i);
	}
	for (i = 0; i < REASONS; i++)
		p->labels[i] = graph_label(l->graph, reasons[i]);
	return l->graph->error;
}

static int name_section(struct link *l, uint32_t section, const char *name, const char *prefix)
{
	struct link_priv *p = priv(l);
	uint32_t number, capacity = p->named_capacity ? p->named_capacity * 2 : 16;
	struct link_named *more;
	char symbol[512];

	if ((size_t)snprintf(symbol, sizeof(symbol), "%s%s", prefix, name) >= sizeof(symbol))
		return 0;
	number = symbol_find(&p->symbols, symbol, strlen(symbol));
	if (number == LINK_NONE || p->symbols.items[number].section != LINK_NONE)
		return 0;
	if (!p->symbols.items[number].named) {
		if (p->named_count == p->named_capacity) {
			more = reallocarray(p->named, capacity, sizeof(*more));
			if (!more)
				return -ENOMEM;
			p->named = more;
			p->named_capacity = capacity;
		}
		p->named[p->named_count].node = graph_node(l->graph, NODE_SYMBOL, p->output_node, symbol, 0, 0);
		p->symbols.items[number].named = ++p->named_count;
	}
	graph_edge(l->graph, p->named[p->symbols.items[number].named - 1].node, l->sections[section].node, EDGE_KEEPS,
		   link_symbol_label(l, number));
	return 0;
}

/* Sections that __start_X and __stop_X speak of. */
static int name_sections(struct link *l)
{
	uint32_t i;
	int r = 0;

	for (i = 0; i < l->section_count && r >= 0; i++) {
		const struct link_section *s = &l->sections[i];
		const char *name = link_header(l, s)->name;

		if (name[0] == '.' || !l->objects[s->object].linked || !link_is_cident(name))
			continue;
		r = name_section(l, i, name, "__start_");
		if (r >= 0)
			r = name_section(l, i, name, "__stop_");
	}
	return r;
}

/* What is not loaded lives as long as its object, or for ever: linkers differ. */
static void hold_unloaded(struct link *l, uint32_t object)
{
	const struct link_object *o = &l->objects[object];
	const struct link_priv *p = priv(l);
	uint32_t i;

	for (i = o->first; o->linked && i < o->first + o->count; i++) {
		const struct link_section *s = &l->sections[i];
		const struct elf_file_section *h = link_header(l, s);

		if (h->flags & SHF_ALLOC && h->type != SHT_NOTE)
			graph_edge(l->graph, s->node, o->node, EDGE_KEEPS, p->labels[REASON_OBJECT]);
		else if (link_takes_part(p->rules, h))
			continue;
		else if (p->rules->tosses_unloaded)
			graph_edge(l->graph, o->node, s->node, EDGE_KEEPS, p->labels[REASON_NOT_LOADED]);
		else
			graph_root(l->graph, s->node, p->labels[REASON_NOT_LOADED]);
	}
}

/* ---- extraction ----------------------------------------------------------------------------------------------------------- */

static int extractions_of_map(struct link *l, const struct linkmap *m)
{
	AUTO_FREE uint32_t *objects = malloc(((size_t)m->file_count + 1) * sizeof(*objects));
	uint32_t i;
	size_t k;

	if (!objects)
		return -ENOMEM;
	memset(objects, 0xff, ((size_t)m->file_count + 1) * sizeof(*objects));
	for (i = 0; i < l->object_count; i++)
		if (priv(l)->tables[i].map_file < m->file_count)
			objects[priv(l)->tables[i].map_file] = i;
	for (k = 0; k < m->extraction_count; k++) {
		const struct linkmap_extraction *x = &m->extractions[k];
		uint32_t member = x->member < m->file_count ? objects[x->member] : LINK_NONE;
		uint32_t by = x->requirer < m->file_count ? objects[x->requirer] : LINK_NONE;

		if (member == LINK_NONE)
			continue;
		if (by != LINK_NONE)
			graph_edge(l->graph, l->objects[by].node, l->objects[member].node, EDGE_EXTRACTION,
				   graph_label(l->graph, x->symbol));
		else if (x->requirer == LINKMAP_NONE && !*x->symbol)
			l->objects[member].whole_archive = true;
	}
	return 0;
}

static int make_extractions(struct link *l)
{
	uint32_t i;

	if (l->in->map)
		return extractions_of_map(l, l->in->map);
	for (i = 0; i < l->object_count; i++) {
		const struct link_tables *t = &priv(l)->tables[i];

		if (t->extracted_by != LINK_NONE)
			graph_edge(l->graph, l->objects[t->extracted_by].node, l->objects[i].node, EDGE_EXTRACTION,
				   link_symbol_label(l, t->extracted_for));
	}
	return 0;
}

int link_edges(struct link *l)
{
	uint32_t i;
	int r = make_nodes(l);

	if (r >= 0)
		r = name_sections(l);
	for (i = 0; i < l->object_count && r >= 0; i += BATCH)
		r = read_batch(l, i, l->object_count - i < BATCH ? l->object_count - i : BATCH);
	for (i = 0; i < l->object_count && r >= 0; i++)
		hold_unloaded(l, i);
	return r < 0 ? r : make_extractions(l);
}
