/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emitted.c: functions and data objects of a linked file, and those that must stay.
 *
 * A section is cut into nodes by the symbols that have a size; symbols that overlap
 * (aliases, a table inside a function) are one node.  Not cut, so that everything
 * they refer to stays: what runs at start and exit, unwind tables, the linker's own tables, notes,
 * variables of threads (their symbols are no addresses), and sections named like a C identifier, of which
 * __start_X and __stop_X take every byte.  On AArch64 no data is cut: its compilers address several objects from one
 * "section anchor", which is all that a relocation names.
 */
#include "depgraph/link/emitted.h"

#include "base/sorted.h"
#include "depgraph/link/link_model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void emitted_free(struct emitted *m)
{
	if (!m)
		return;
	free(m->nodes);
	free(m->places);
	free(m->cut);
	free(m);
}

size_t emitted_at(const struct emitted *m, uint64_t address)
{
	size_t n = sorted_until(m->nodes, m->count, address, address);

	return n && address < m->nodes[n - 1].end ? n - 1 : EMITTED_NONE;
}

void emitted_keep(struct emitted *m, size_t from, size_t to)
{
	if (to == EMITTED_NONE || from == to)
		return;
	if (from == EMITTED_NONE)
		graph_root(m->graph, m->first + (node_id)to, m->unnamed);
	else
		graph_edge(m->graph, m->first + (node_id)from, m->first + (node_id)to, EDGE_RELOCATION, 0);
}

/* ---- nodes ------------------------------------------------------------------------------------------------------------- */

static bool starts_with_any(const char *name, const char *const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (strncmp(name, *prefixes, strlen(*prefixes)) == 0)
			return true;
	return false;
}

static bool is_cut(const struct elf_file *f, const struct elf_file_section *s)
{
	static const char *const whole[] = { ".init", ".fini", ".preinit", ".ctors", ".dtors", ".jcr", ".eh_frame",
					     ".gcc_except_table", ".got", ".plt", ".iplt", ".interp", ".dynamic", ".note",
					     NULL };

	if (f->machine != EM_X86_64 && !(s->flags & SHF_EXECINSTR))
		return false; /* section anchors */
	return s->flags & SHF_ALLOC && !(s->flags & SHF_TLS) && (s->type == SHT_PROGBITS || s->type == SHT_NOBITS) &&
	       s->addr + s->size >= s->addr && !starts_with_any(s->name, whole) && !link_is_cident(s->name);
}

static int cut_sections(struct emitted *m)
{
	const struct elf_file *f = m->elf;
	uint32_t i;

	m->cut = calloc((size_t)f->section_count + 1, 1);
	if (!m->cut)
		return -ENOMEM;
	m->code_start = UINT64_MAX;
	for (i = 1; i < f->section_count; i++) {
		const struct elf_file_section *s = &f->sections[i];

		m->cut[i] = is_cut(f, s);
		if (!(s->flags & SHF_EXECINSTR) || !s->size_in_file || s->addr + s->size_in_file < s->addr)
			continue;
		m->code_start = s->addr < m->code_start ? s->addr : m->code_start;
		m->code_end = s->addr + s->size_in_file > m->code_end ? s->addr + s->size_in_file : m->code_end;
	}
	return 0;
}

/* Does the symbol give a node its bounds? */
static bool bounds_node(const struct emitted *m, const struct elf_file_symbol *s)
{
	const struct elf_file_section *h;

	if ((s->type != STT_FUNC && s->type != STT_OBJECT && s->type != STT_GNU_IFUNC) || !s->size ||
	    s->special != ELF_SYMBOL_IN_SECTION || s->section >= m->elf->section_count || !m->cut[s->section])
		return false;
	h = &m->elf->sections[s->section];
	return s->value >= h->addr && s->value - h->addr <= h->size && s->size <= h->size - (s->value - h->addr);
}

static int compare_nodes(const void *a, const void *b)
{
	const struct emitted_node *x = a, *y = b;

	if (x->address != y->address)
		return x->address > y->address ? 1 : -1;
	if (x->end != y->end)
		return x->end < y->end ? 1 : -1;
	return (int)y->global - (int)x->global;
}

/* Symbols that overlap become one. */
static void merge_nodes(struct emitted *m)
{
	size_t i, n = 0;

	qsort(m->nodes, m->count, sizeof(*m->nodes), compare_nodes);
	for (i = 0; i < m->count; i++) {
		struct emitted_node *last = n ? &m->nodes[n - 1] : NULL, *k = &m->nodes[i];

		if (!last || k->address >= last->end || k->section != last->section) {
			m->nodes[n++] = *k;
			continue;
		}
		last->end = k->end > last->end ? k->end : last->end;
		if (k->global && !last->global && k->address == last->address) {
			last->name = k->name;
			last->file = k->file;
			last->global = true;
		}
	}
	m->count = n;
}

static int collect_nodes(struct emitted *m)
{
	const struct elf_file *f = m->elf;
	uint64_t i, n = elf_file_entries(f, f->symtab);
	const char *file = "";
	struct elf_file_symbol s;

	m->nodes = malloc((n + 1) * sizeof(*m->nodes));
	if (!m->nodes)
		return -ENOMEM;
	for (i = 1; i < n; i++) {
		if (!elf_file_symbol(f, f->symtab, i, &s))
			continue;
		if (s.type == STT_FILE)
			file = s.name;
		if (bounds_node(m, &s))
			m->nodes[m->count++] = (struct emitted_node){
				s.value, s.value + s.size, s.section, s.bind != STB_LOCAL, s.name, s.bind == STB_LOCAL ? file : ""
			};
	}
	merge_nodes(m);
	return m->count < GRAPH_NONE / 4 ? 0 : -EFBIG;
}

/* ---- roots ---------------------------------------------------------------------------------------------------------------- */

static void root_address(struct emitted *m, uint64_t address, const char *reason, const char *name)
{
	size_t n = emitted_at(m, address);
	char text[600];

	if (n == EMITTED_NONE)
		return;
	snprintf(text, sizeof(text), "%s%s%s%s", reason, name ? " (" : "", name ? name : "", name ? ")" : "");
	graph_root(m->graph, m->first + (node_id)n, graph_label(m->graph, text));
}

static void root_symbols(struct emitted *m, uint32_t table, const struct string_list *names)
{
	uint64_t i, n = elf_file_entries(m->elf, table);
	struct elf_file_symbol s;
	size_t k;

	for (i = 1; i < n; i++) {
		if (!elf_file_symbol(m->elf, table, i, &s) || s.special == SHN_UNDEF || s.type == STT_TLS)
			continue;
		if (!names && s.bind != STB_LOCAL)
			root_address(m, s.value, "exported", s.name);
		for (k = 0; names && k < names->count; k++)
			if (strcmp(names->items[k], s.name) == 0)
				root_address(m, s.value, "told", s.name);
	}
}

/* Resolvers of ifuncs that the linker made entries for: the start code calls all of them. */
static void root_resolvers(struct emitted *m)
{
	uint32_t type = m->elf->machine == EM_AARCH64 ? R_AARCH64_IRELATIVE : R_X86_64_IRELATIVE, i;
	struct elf_file_relocation r;
	uint64_t k, n;

	for (i = 1; i < m->elf->section_count; i++) {
		if (m->elf->sections[i].type != SHT_RELA || !(m->elf->sections[i].flags & SHF_ALLOC))
			continue;
		n = elf_file_entries(m->elf, i);
		for (k = 0; k < n; k++)
			if (elf_file_relocation(m->elf, i, k, &r) && r.type == type)
				root_address(m, (uint64_t)r.addend, "resolved at start", NULL);
	}
}

static void root_all(struct emitted *m, const struct string_list *roots)
{
	const struct elf_file *f = m->elf;
	uint64_t i, value;
	int64_t tag;

	root_address(m, f->entry, "entry point", NULL);
	for (i = 0; elf_file_dynamic(f, i, &tag, &value); i++)
		if (tag == DT_INIT || tag == DT_FINI)
			root_address(m, value, tag == DT_INIT ? "DT_INIT" : "DT_FINI", NULL);
	root_symbols(m, f->dynsym, NULL);
	if (roots && roots->count)
		root_symbols(m, f->symtab, roots);
	root_resolvers(m);
}

/* ---- all of it -------------------------------------------------------------------------------------------------------------- */

static bool has_kept_relocations(const struct elf_file *f)
{
	uint32_t i;

	for (i = 1; i < f->section_count; i++)
		if (emitted_is_table(f, i) && elf_file_entries(f, i))
			return true;
	return false;
}

static int add_nodes(struct emitted *m, node_id output)
{
	const struct elf_file *f = m->elf;
	size_t i;

	m->first = (node_id)m->graph->node_count;
	for (i = 0; i < m->count; i++) {
		const struct emitted_node *n = &m->nodes[i];
		uint64_t size = n->end - n->address;

		(void)graph_node(m->graph, NODE_SYMBOL, output, n->name, f->sections[n->section].type == SHT_NOBITS ? 0 : size,
				 size);
	}
	m->first_place = (node_id)m->graph->node_count;
	for (i = 0; i < m->place_count; i++)
		(void)graph_node(m->graph, NODE_SYMBOL, output, "a table without a name", 0, 0);
	return m->graph->error;
}

int emitted_build(const struct elf_file *f, const struct string_list *roots, struct graph *g, node_id output,
		  struct emitted **ret)
{
	CLEANUP(emitted_freep) struct emitted *m = NULL;
	int r;

	*ret = NULL;
	if ((f->type != ET_EXEC && f->type != ET_DYN) || !f->symtab || !emitted_reads_code(f) || !has_kept_relocations(f))
		return 0;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->elf = f;
	m->graph = g;
	r = cut_sections(m);
	r = r < 0 ? r : collect_nodes(m);
	r = r < 0 ? r : emitted_find_places(m);
	r = r < 0 ? r : add_nodes(m, output);
	if (r < 0)
		return r;
	m->unnamed = graph_label(g, "bytes without a symbol refer to it");
	root_all(m, roots);
	emitted_follow_relocations(m);
	r = emitted_follow_code(m);
	if (r < 0 || g->error)
		return r < 0 ? r : g->error;
	*ret = m;
	m = NULL;
	return 1;
}
