/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbols, and the scopes in their names.  A symbol has the places of [value, value + size) as far as its
 * section goes; one without a size has none, and what no symbol has is told as the
 * rest of its section.  Of several names for the same places the global one is told, then the weak one, then the first.
 */
#include "depgraph/size/mangled.h"
#include "depgraph/size/paint.h"

#include <string.h>

#define SCOPE_LONGEST 1024
#define BATCH 16

struct symbol_painter {
	struct size_subject *s;
	const struct size_window *w;
	struct size_claims *claims;
	bool scopes;
	uint64_t tls; /* address that values of TLS symbols count from */
};

static uint32_t scope_name(struct symbol_painter *p, const char *symbol)
{
	char scope[SCOPE_LONGEST];
	bool mangled;
	size_t n = mangled_scope(symbol, p->s->options->namespace_depth, scope, sizeof(scope), &mangled);

	if (n)
		return size_name(&p->s->tree->names, scope, n, true);
	return size_namef(&p->s->tree->names, "%s", mangled ? "[global]" : "[not mangled]");
}

static uint32_t symbol_name(struct symbol_painter *p, const char *symbol)
{
	return p->scopes ? scope_name(p, symbol) : size_name(&p->s->tree->names, symbol, strlen(symbol), !p->s->keep);
}

static bool has_places(const struct elf_file_symbol *y)
{
	return y->size && y->special == ELF_SYMBOL_IN_SECTION && y->section != ELF_SECTION_NONE && *y->name &&
	       y->type != STT_SECTION && y->type != STT_FILE;
}

/* Where a symbol begins in its section. */
static bool symbol_offset(const struct symbol_painter *p, const struct elf_file_symbol *y,
			  const struct elf_file_section *x, uint64_t *ret)
{
	uint64_t value = y->value;

	if (!p->w->linked && p->w->elf->type == ET_REL) {
		*ret = value;
	} else {
		if (y->type == STT_TLS)
			value += p->tls;
		if (value < x->addr)
			return false;
		*ret = value - x->addr;
	}
	return true;
}

static void paint_symbol(struct symbol_painter *p, const struct elf_file_symbol *y)
{
	uint64_t place, length, off;

	if (!has_places(y) || !symbol_offset(p, y, &p->w->elf->sections[y->section], &off) ||
	    !size_section_place(&p->s->space, p->w, y->section, &place, &length) || off >= length)
		return;
	length -= off;
	size_claim(p->claims, place + off, place + off + (y->size < length ? y->size : length), symbol_name(p, y->name),
		   y->bind == STB_LOCAL ? 0 : y->bind == STB_WEAK ? 1 : 2);
}

static uint64_t tls_address(const struct elf_file *f)
{
	uint32_t i;

	for (i = 0; i < f->segment_count; i++)
		if (f->segments[i].type == PT_TLS)
			return f->segments[i].vaddr;
	return 0;
}

/* Names lie all over the string table: they are asked for before they are looked at. */
static void paint_table(struct symbol_painter *p, uint32_t table)
{
	struct elf_file_symbol y[BATCH];
	uint64_t k, count = elf_file_entries(p->w->elf, table);
	unsigned i, n;

	size_claims_reserve(p->claims, count);
	for (k = 1; k < count; k += BATCH) {
		for (n = 0; n < BATCH && k + n < count && elf_file_symbol(p->w->elf, table, k + n, &y[n]); n++)
			__builtin_prefetch(y[n].name);
		for (i = 0; i < n; i++)
			paint_symbol(p, &y[i]);
	}
}

void size_paint_symbols(struct size_subject *s, struct size_canvas *c, bool scopes)
{
	size_t i;

	for (i = 0; i < s->space.window_count; i++) {
		const struct size_window *w = &s->space.windows[i];
		struct symbol_painter p = { s, w, &c->claims[SIZE_DETAIL], scopes, tls_address(w->elf) };

		paint_table(&p, w->elf->symtab ? w->elf->symtab : w->elf->dynsym);
	}
}
