/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dead_merged.c: strings and constants that no live section brings.
 *
 * Linkers keep one of equal strings and constants of all objects, so of a
 * dead section only those go that no live one has.  lld and mold look closer: of a
 * section that lives they keep the strings that something live points to.  Strings are compared by 64 bits of hash:
 * the sum is a prediction, not a proof.
 */
#include "depgraph/link/predict.h"

#include <errno.h>
#include <string.h>

struct piece_set {
	uint64_t *slots;
	size_t mask, count;
};

static uint64_t piece_hash(const uint8_t *p, size_t n, uint64_t seed)
{
	uint64_t h = seed ^ n * UINT64_C(0x9e3779b97f4a7c15);
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	h ^= h >> 29;
	return h ? h : 1;
}

/* true: it is new. */
static bool set_add(struct piece_set *s, uint64_t hash)
{
	size_t at = hash & s->mask;

	for (; s->slots[at]; at = (at + 1) & s->mask)
		if (s->slots[at] == hash)
			return false;
	s->slots[at] = hash;
	s->count++;
	return true;
}

static size_t piece_length(const struct elf_file_section *h, const uint8_t *p, size_t left)
{
	size_t unit = h->entsize, n;

	if (!(h->flags & SHF_STRINGS))
		return unit < left ? unit : left;
	for (n = unit; n <= left; n += unit) {
		size_t i;

		for (i = n - unit; i < n && !p[i]; i++)
			;
		if (i == n)
			return n;
	}
	return left;
}

/* ---- which pieces something live points to --------------------------------------------------------------------- */

struct pointed {
	uint32_t section;
	uint64_t off;
};

struct pointing {
	struct pointed *items;
	size_t count, capacity;
	bool every; /* pieces are not told apart */
};

static int compare_pointed(const void *a, const void *b)
{
	const struct pointed *x = a, *y = b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	return (x->off > y->off) - (x->off < y->off);
}

static int point(struct pointing *p, uint32_t section, uint64_t off)
{
	size_t capacity = p->capacity ? p->capacity * 2 : 1024;
	struct pointed *more;

	if (p->count == p->capacity) {
		more = reallocarray(p->items, capacity, sizeof(*more));
		if (!more)
			return -ENOMEM;
		p->items = more;
		p->capacity = capacity;
	}
	p->items[p->count++] = (struct pointed){ section, off };
	return 0;
}

static int point_by(struct pointing *p, const struct link *l, uint32_t object, const struct elf_file_relocation *r)
{
	const struct link_tables *t = &((struct link_priv *)l->priv)->tables[object];
	const struct elf_file *f = l->objects[object].elf;
	const struct link_symbol *global;
	struct elf_file_symbol s;
	uint32_t section;

	if (r->symbol >= t->symbol_count)
		return 0;
	if (r->symbol >= t->locals) {
		global = &((struct link_priv *)l->priv)->symbols.items[t->symbols[r->symbol - t->locals]];
		return global->section != LINK_NONE && l->sections[global->section].merged
			       ? point(p, global->section, global->value) : 0;
	}
	(void)elf_file_symbol(f, f->symtab, r->symbol, &s);
	if (s.special != ELF_SYMBOL_IN_SECTION || s.section >= f->section_count || t->section_of[s.section] == LINK_NONE)
		return 0;
	section = t->section_of[s.section];
	if (!l->sections[section].merged)
		return 0;
	return point(p, section, s.value + (s.type == STT_SECTION ? (uint64_t)r->addend : 0));
}

static int point_from(struct pointing *p, const struct link *l, uint32_t object, uint32_t table)
{
	const struct elf_file *f = l->objects[object].elf;
	const struct elf_file_section *s = &f->sections[table];
	const struct link_tables *t = &((struct link_priv *)l->priv)->tables[object];
	struct elf_file_relocation r;
	uint64_t k, n = elf_file_entries(f, table);
	int e = 0;

	if (s->info >= f->section_count || t->section_of[s->info] == LINK_NONE || !l->sections[t->section_of[s->info]].live ||
	    !(f->sections[s->info].flags & SHF_ALLOC))
		return 0;
	for (k = 0; k < n && e >= 0; k++)
		if (elf_file_relocation(f, table, k, &r))
			e = point_by(p, l, object, &r);
	return e;
}

static int find_pointed(struct pointing *p, const struct link *l)
{
	uint32_t i, k;
	int r = 0;

	for (i = 0; i < l->object_count; i++)
		for (k = 1; l->objects[i].linked && l->objects[i].count && k < l->objects[i].elf->section_count && r >= 0; k++)
			if (l->objects[i].elf->sections[k].type == SHT_RELA || l->objects[i].elf->sections[k].type == SHT_REL)
				r = point_from(p, l, i, k);
	if (r >= 0 && p->count)
		qsort(p->items, p->count, sizeof(*p->items), compare_pointed);
	return r;
}

/* Does something live point into [off, end) of the section? */
static bool is_pointed(const struct pointing *p, uint32_t section, uint64_t off, uint64_t end)
{
	struct pointed key = { section, off };
	size_t lo = 0, hi = p->count;

	if (p->every)
		return true;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_pointed(&p->items[mid], &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < p->count && p->items[lo].section == section && p->items[lo].off < end;
}

/* ---- all pieces ---------------------------------------------------------------------------------------------------- */

/* New pieces of a section, live or dead ones, in bytes; -1: more than the set holds. */
static int64_t add_section(struct piece_set *set, const struct link *l, const struct link_section *s,
			   const struct pointing *p, bool live)
{
	const struct elf_file_section *h = link_header(l, s);
	struct cursor c = elf_file_cursor(l->objects[s->object].elf, h);
	uint64_t off, bytes = 0;

	for (off = 0; off < c.size;) {
		size_t n = piece_length(h, c.base + off, c.size - off);

		if (set->count * 2 > set->mask)
			return -1;
		if ((s->live && is_pointed(p, (uint32_t)(s - l->sections), off, off + n)) != live) {
			off += n;
			continue;
		}
		if (set_add(set, piece_hash(c.base + off, n, h->flags << 16 ^ h->entsize)))
			bytes += n;
		off += n;
	}
	return (int64_t)bytes;
}

static bool counts(const struct link *l, const struct link_section *s)
{
	return s->merged && s->in_output && link_header(l, s)->flags & SHF_ALLOC;
}

int link_dead_merged(const struct link *l, uint64_t *ret)
{
	struct pointing pointing = { .every = !((struct link_priv *)l->priv)->rules->pieces };
	struct piece_set set = { 0 };
	uint64_t upper = 1024, bytes = 0;
	int64_t more;
	uint32_t i;
	int pass;

	for (i = 0; i < l->section_count; i++)
		if (counts(l, &l->sections[i]))
			upper += link_header(l, &l->sections[i])->size_in_file / link_header(l, &l->sections[i])->entsize;
	for (set.mask = 1024; set.mask < upper * 2 && set.mask < (size_t)1 << 32; set.mask *= 2)
		;
	set.slots = calloc(set.mask--, sizeof(*set.slots));
	if (!set.slots || (!pointing.every && find_pointed(&pointing, l) < 0)) {
		free(set.slots);
		free(pointing.items);
		return -ENOMEM;
	}
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < l->section_count; i++) {
			if (!counts(l, &l->sections[i]))
				continue;
			more = add_section(&set, l, &l->sections[i], &pointing, !pass);
			bytes += pass && more > 0 ? (uint64_t)more : 0;
		}
	free(set.slots);
	free(pointing.items);
	*ret = bytes;
	return 0;
}
