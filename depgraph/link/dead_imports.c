/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dead_imports.c: what the output has only for dead code's sake, outside of its sections.
 *
 * A symbol of a shared library that only dead sections name is imported no
 * longer: its entry in .dynsym goes with its name and version, in .symtab too, and
 * the PLT and GOT entries that the linker made for it, with their relocations.
 * Relocations at dead data go because the data does.  gold and mold decide what is imported before they
 * collect, and keep .dynsym as it was; gold .symtab too.
 */
#include "depgraph/link/predict.h"

#include <errno.h>
#include <string.h>

#define PLT_ENTRY 16

static void name_symbols(const struct link *l, uint32_t object, uint8_t *named)
{
	const struct link_tables *t = &((struct link_priv *)l->priv)->tables[object];
	const struct elf_file *f = l->objects[object].elf;
	struct elf_file_relocation r;
	uint64_t k, n;
	uint32_t i, from;

	for (i = 1; i < f->section_count; i++) {
		const struct elf_file_section *s = &f->sections[i];

		if ((s->type != SHT_RELA && s->type != SHT_REL) || s->info >= f->section_count || s->link != f->symtab)
			continue;
		from = t->section_of[s->info];
		if (from == LINK_NONE || !l->sections[from].live || !(f->sections[s->info].flags & SHF_ALLOC) ||
		    strcmp(f->sections[s->info].name, ".eh_frame") == 0)
			continue;
		n = elf_file_entries(f, i);
		for (k = 0; k < n; k++)
			if (elf_file_relocation(f, i, k, &r) && r.symbol >= t->locals && r.symbol < t->symbol_count)
				named[t->symbols[r.symbol - t->locals]] = 1;
	}
}

void link_live_references(const struct link *l, uint8_t *named)
{
	uint32_t i;

	for (i = 0; i < l->object_count; i++)
		if (l->objects[i].linked && l->objects[i].count)
			name_symbols(l, i, named);
}

struct importing {
	const struct link *l;
	const struct elf_file *f;
	const struct dead_ranges *dead;
	uint8_t *named;
	uint8_t *gone; /* by index in .dynsym */
	uint64_t *removed;
	struct link_prediction *p;
	const struct link_rules *rules;
};

static bool only_dead_name(const struct importing *m, const struct elf_file_symbol *s)
{
	const struct link_priv *p = m->l->priv;
	uint32_t number;

	if (s->special != SHN_UNDEF || !s->name[0])
		return false;
	number = symbol_find(&p->symbols, s->name, strcspn(s->name, "@"));
	return number != LINK_NONE && p->symbols.items[number].section == LINK_NONE && !m->named[number];
}

static uint64_t symbol_bytes(const struct elf_file *f)
{
	return f->wide ? 24 : 16;
}

static void take(struct importing *m, uint32_t section, uint64_t bytes)
{
	if (section && section < m->f->section_count)
		m->removed[section] += bytes;
}

static void drop_dynamic_symbols(struct importing *m)
{
	uint64_t i, n = elf_file_entries(m->f, m->f->dynsym);
	struct elf_file_symbol s;

	for (i = 1; i < n; i++) {
		(void)elf_file_symbol(m->f, m->f->dynsym, i, &s);
		m->gone[i] = only_dead_name(m, &s);
		if (!m->gone[i] || m->rules->keeps_imports)
			continue;
		take(m, m->f->dynsym, symbol_bytes(m->f));
		take(m, m->f->sections[m->f->dynsym].link, strlen(s.name) + 1);
		take(m, elf_file_section_named(m->f, ".gnu.version"), 2);
	}
}

static void drop_symbols(struct importing *m)
{
	uint64_t i, n = elf_file_entries(m->f, m->f->symtab);
	struct elf_file_symbol s;

	for (i = 1; i < n; i++) {
		(void)elf_file_symbol(m->f, m->f->symtab, i, &s);
		if (!only_dead_name(m, &s))
			continue;
		m->p->symbols += symbol_bytes(m->f);
		m->p->names += strlen(s.name) + 1;
	}
}

static void drop_relocations(struct importing *m, uint32_t table)
{
	uint64_t k, n = elf_file_entries(m->f, table), size = n ? m->f->sections[table].size_in_file / n : 0;
	unsigned word = m->f->wide ? 8 : 4;
	uint64_t imports = elf_file_entries(m->f, m->f->dynsym);
	bool plt = strstr(m->f->sections[table].name, "plt");
	struct elf_file_relocation r;

	for (k = 0; k < n; k++) {
		if (!elf_file_relocation(m->f, table, k, &r))
			continue;
		if (dead_ranges_hold(m->dead, r.offset)) {
			take(m, table, size);
			m->p->relocations += size;
		} else if (r.symbol && r.symbol < imports && m->gone[r.symbol]) {
			take(m, table, size);
			m->p->relocations += size;
			take(m, elf_file_section_at(m->f, r.offset), word);
			if (plt)
				take(m, elf_file_section_named(m->f, ".plt"), PLT_ENTRY);
			if (plt)
				take(m, elf_file_section_named(m->f, ".plt.sec"), PLT_ENTRY);
		}
	}
}

int link_dead_imports(const struct link *l, const struct dead_ranges *d, uint64_t *removed, struct link_prediction *p)
{
	const struct elf_file *f = l->output->elf;
	struct importing m = { l, f, d, NULL, NULL, removed, p, link_rules_of(l->linker) };
	uint32_t i;
	int r = -ENOMEM;

	m.named = calloc((size_t)((struct link_priv *)l->priv)->symbols.count + 1, 1);
	m.gone = calloc((size_t)elf_file_entries(f, f->dynsym) + 1, 1);
	if (m.named && m.gone) {
		r = 0;
		link_live_references(l, m.named);
		drop_dynamic_symbols(&m);
		if (l->linker != LINKMAP_GOLD)
			drop_symbols(&m);
		for (i = 1; i < f->section_count; i++)
			if (f->sections[i].flags & SHF_ALLOC && (f->sections[i].type == SHT_RELA || f->sections[i].type == SHT_REL))
				drop_relocations(&m, i);
	}
	free(m.named);
	free(m.gone);
	return r;
}
