/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roots.c: what stays whatever refers to it.
 *
 * - sections that the linker keeps by their name, type or flags (rules.c)
 * - the entry point, DT_INIT and DT_FINI of the output, by address and by name
 * - symbols in the output's dynamic symbol table: whoever loads it may bind to them.  GNU ld keeps of a
 *   program's those that a library refers to, not those that a library merely defines too
 * - symbols that the user names, and those that the map says were asked for (-u)
 * - everything global, when something that is in the link cannot be read
 */
#include "depgraph/link/edges.h"

#include "base/path.h"

#include <stdio.h>
#include <string.h>

static struct link_priv *priv(const struct link *l)
{
	return l->priv;
}

static void root_definitions(struct link *l, uint32_t section, uint32_t also, uint32_t label)
{
	uint32_t i;

	if (section != LINK_NONE)
		graph_root(l->graph, l->sections[section].node, label);
	for (i = also; i; i = priv(l)->alternatives[i - 1].next)
		graph_root(l->graph, l->sections[priv(l)->alternatives[i - 1].section].node, label);
}

static void root_number(struct link *l, uint32_t number, uint32_t label)
{
	const struct link_symbol *s = &priv(l)->symbols.items[number];

	root_definitions(l, s->section, s->also, label);
	if (l->linker == LINKMAP_GOLD) /* it keeps what was exported for a while, too */
		root_definitions(l, s->earlier, s->earlier_also, label);
}

static bool root_symbol(struct link *l, const char *name, const char *reason)
{
	uint32_t number = symbol_find(&priv(l)->symbols, name, strlen(name));
	char text[600];

	if (number == LINK_NONE || priv(l)->symbols.items[number].section == LINK_NONE)
		return false;
	snprintf(text, sizeof(text), "%s (%s)", reason, name);
	root_number(l, number, graph_label(l->graph, text));
	return true;
}

/* ---- by the linker's own rules ---------------------------------------------------------------------------------------- */

struct reason_label {
	const char *reason;
	uint32_t label;
};

static uint32_t label_of(struct link *l, struct reason_label *known, size_t n, const char *reason)
{
	size_t i;

	for (i = 0; i + 1 < n && known[i].reason; i++)
		if (known[i].reason == reason)
			return known[i].label;
	known[i] = (struct reason_label){ reason, graph_label(l->graph, reason) };
	return known[i].label;
}

static void root_kept(struct link *l)
{
	struct reason_label labels[16] = { { 0 } };
	uint32_t i;

	for (i = 0; i < l->section_count; i++) {
		const struct link_section *s = &l->sections[i];
		const struct elf_file_section *h = link_header(l, s);
		const struct link_tables *t = &priv(l)->tables[s->object];
		const char *reason;

		if (!l->objects[s->object].linked || !link_takes_part(priv(l)->rules, h) || link_is_lost(l, s->object, s->index))
			continue;
		reason = link_keeps(l, h, t->group_of && t->group_of[s->index]);
		if (reason)
			graph_root(l->graph, s->node, label_of(l, labels, 16, reason));
	}
}

/* ---- by address --------------------------------------------------------------------------------------------------------- */

static void root_address(struct link *l, uint64_t address, const char *reason)
{
	uint32_t i;

	for (i = 0; i < l->section_count; i++) {
		const struct link_section *s = &l->sections[i];

		if (s->listed && s->node != GRAPH_NONE && link_header(l, s)->flags & SHF_ALLOC &&
		    address >= s->out_address && address - s->out_address < s->size)
			graph_root(l->graph, s->node, graph_label(l->graph, reason));
	}
}

static void root_entry(struct link *l)
{
	const struct elf_file *f = l->output ? l->output->elf : NULL;
	uint64_t i, value;
	int64_t tag;
	bool started;

	if (f && l->in->map && f->entry)
		root_address(l, f->entry, "entry point");
	for (i = 0; f && l->in->map && elf_file_dynamic(f, i, &tag, &value); i++)
		if (tag == DT_INIT || tag == DT_FINI)
			root_address(l, value, tag == DT_INIT ? "DT_INIT" : "DT_FINI");
	(void)root_symbol(l, "_init", "runs at start");
	(void)root_symbol(l, "_fini", "runs at exit");
	started = root_symbol(l, "_start", "entry point");
	if (!started && !l->shared)
		(void)root_symbol(l, "main", "called by the C library's start");
}

/* ---- what others may bind to ---------------------------------------------------------------------------------------------- */

static bool needs_are_there(const struct link *l)
{
	uint64_t i, value;
	int64_t tag;
	size_t needed = 0, there = 0, k;

	for (i = 0; elf_file_dynamic(l->output->elf, i, &tag, &value); i++)
		needed += tag == DT_NEEDED;
	for (k = 0; k < l->in->count; k++)
		there += l->in->items[k].kind == INPUT_SHARED && &l->in->items[k] != l->output;
	return needed && there >= needed;
}

/* Numbers of the symbols that the output exports, in its order. */
static uint32_t exported_number(const struct link *l, const struct elf_file *f, uint64_t i)
{
	struct elf_file_symbol s;
	uint32_t number;

	(void)elf_file_symbol(f, f->dynsym, i, &s);
	if (s.special == SHN_UNDEF || s.bind == STB_LOCAL)
		return LINK_NONE;
	number = symbol_find(&priv(l)->symbols, s.name, strlen(s.name));
	return number != LINK_NONE && priv(l)->symbols.items[number].section != LINK_NONE ? number : LINK_NONE;
}

/*
 * A program's .dynsym has what libraries refer to, and what they define too and would otherwise use their own of.  Under
 * GNU ld only the former keep anything.  If it has more than that, --export-dynamic (or a list) was given, and all are kept.
 */
static bool keeps_only_references(const struct link *l, const struct elf_file *f)
{
	uint64_t i, n = elf_file_entries(f, f->dynsym);

	if (l->linker != LINKMAP_GNU || l->shared || !needs_are_there(l))
		return false;
	for (i = 1; i < n; i++) {
		uint32_t number = exported_number(l, f, i);

		if (number != LINK_NONE && !priv(l)->symbols.items[number].library_refers &&
		    !priv(l)->symbols.items[number].library_defines)
			return false;
	}
	return true;
}

/*
 * Symbols that are not exported, and have the name of a library's: GNU ld takes those with hidden visibility for referred to, gold
 * all of them.  The compiler's own library is the case in practice: libgcc.a hides what libgcc_s.so, which the
 * driver names too, exports.
 */
static bool shares_name(const struct link *l, const struct link_symbol *s)
{
	const struct link_object *o = &l->objects[s->object];

	if (s->section == LINK_NONE || !l->output->elf->dynamic || (l->linker != LINKMAP_GNU && l->linker != LINKMAP_GOLD))
		return false;
	if (s->hidden && o->member && strcmp(path_base(o->input->path), "libgcc.a") == 0)
		return true;
	return (s->library_refers || s->library_defines) && (s->hidden || l->linker == LINKMAP_GOLD);
}

static void root_shared_names(struct link *l)
{
	uint32_t label = graph_label(l->graph, "a library has the name"), i;

	for (i = 0; i < priv(l)->symbols.count; i++)
		if (shares_name(l, &priv(l)->symbols.items[i]))
			root_number(l, i, label);
}

static void root_exports(struct link *l)
{
	const struct elf_file *f = l->output->elf;
	uint64_t i, n = elf_file_entries(f, f->dynsym);
	bool only_references = keeps_only_references(l, f);

	for (i = 1; i < n; i++) {
		uint32_t number = exported_number(l, f, i);

		if (number == LINK_NONE || (only_references && !priv(l)->symbols.items[number].library_refers))
			continue;
		(void)root_symbol(l, priv(l)->symbols.items[number].name, LINK_ROOT_EXPORTED);
	}
}

/* Without the output: what --export-dynamic or a shared library would export, and what libraries refer to. */
static void root_possible_exports(struct link *l)
{
	bool all = priv(l)->options.export_dynamic || l->shared;
	uint32_t label = graph_label(l->graph, all ? "may be exported" : "a library refers to it"), i;

	for (i = 0; i < priv(l)->symbols.count; i++)
		if (all || priv(l)->symbols.items[i].library_refers)
			root_number(l, i, label);
}

static void root_asked_for(struct link *l)
{
	const struct string_list *roots = priv(l)->options.roots;
	const struct linkmap *m = l->in->map;
	size_t i;

	for (i = 0; roots && i < roots->count; i++)
		(void)root_symbol(l, roots->items[i], "named as a root");
	for (i = 0; m && i < m->extraction_count; i++)
		if (m->extractions[i].requirer == LINKMAP_NONE && *m->extractions[i].symbol)
			(void)root_symbol(l, m->extractions[i].symbol, "asked for on the link line");
}

static void root_everything(struct link *l)
{
	uint32_t label = graph_label(l->graph, "may be used by an input that cannot be read"), i;

	for (i = 0; i < priv(l)->symbols.count; i++)
		root_number(l, i, label);
}

int link_roots(struct link *l)
{
	root_kept(l);
	root_entry(l);
	if (l->output && l->output->elf) {
		root_exports(l);
		root_shared_names(l);
	} else {
		root_possible_exports(l);
	}
	root_asked_for(l);
	if (link_is_opaque(l))
		root_everything(l);
	return l->graph->error;
}
