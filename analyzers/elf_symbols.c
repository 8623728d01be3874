/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_symbols.c: which symbol covers an address; code split into functions;
 * names and instructions for places.
 *
 * The sorted table is made when it is first asked for, under a lock, from
 * .symtab (or .dynsym where a file is stripped), because opening a library
 * must not cost what its symbols cost.  Of several symbols at one address the
 * first is the one to show: functions and objects before labels, with a size
 * before without, global before local, then by place in the string table.
 */
#include "analyzers/code.h"
#include "analyzers/elf_image.h"
#include "base/sorted.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define SYMBOLS_MAX   (1u << 24)
#define FUNCTIONS_MAX (1u << 20)
#define NESTING_MAX   16 /* symbols looked back at for one that covers an address */
#define FILLER_MAX    64 /* bytes between functions that still count as the alignment of the next */
#define AFTER_MAX     512

static int symbol_rank(const struct elf_symbol *s)
{
	int rank = s->type == STT_NOTYPE ? 4 : 0;

	if (!s->size)
		rank += 2;
	return rank + (s->bind == STB_LOCAL);
}

static int compare_symbols(const void *a, const void *b)
{
	const struct elf_symbol *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (symbol_rank(x) != symbol_rank(y))
		return symbol_rank(x) - symbol_rank(y);
	return x->name < y->name ? -1 : x->name > y->name;
}

static bool is_place(const struct elf *e, const struct elf_symbol *s)
{
	if (s->type != STT_FUNC && s->type != STT_OBJECT && s->type != STT_GNU_IFUNC && s->type != STT_NOTYPE)
		return false;
	return s->section && s->section < e->section_count && s->name;
}

static struct elf_symbol read_symbol(struct cursor *c, const struct elf *e)
{
	struct elf_symbol s = { 0 };
	uint8_t info;

	s.name = cursor_u32(c);
	if (!e->wide) {
		s.address = cursor_u32(c);
		s.size = cursor_u32(c);
	}
	info = cursor_u8(c);
	cursor_skip(c, 1);
	s.section = cursor_u16(c);
	if (e->wide) {
		s.address = cursor_u64(c);
		s.size = cursor_u64(c);
	}
	s.type = info & 0xf;
	s.bind = info >> 4;
	return s;
}

/* The table that holds the section numbers of the symbols of `table` that do not fit 16 bits. */
static const struct elf_section *extended_indices(const struct elf *e, const struct elf_section *table)
{
	uint32_t i;

	for (i = 1; i < e->section_count; i++)
		if (e->sections[i].type == SHT_SYMTAB_SHNDX &&
		    e->sections[i].link == (uint32_t)(table - e->sections))
			return &e->sections[i];
	return NULL;
}

static uint32_t extended_index(const struct elf *e, const struct elf_section *x, uint64_t index)
{
	const uint8_t *data;
	uint64_t size;

	if (!x || !elf_section_bytes(e, x, &data, &size) || index >= size / 4)
		return SHN_UNDEF;
	return (uint32_t)load_uint(data + 4 * index, 4, e->big);
}

static void read_symbols(const struct elf *e, const struct elf_section *table, struct elf_symbols *ret)
{
	const struct elf_section *x = extended_indices(e, table);
	uint64_t size, count, i, entsize = e->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	const uint8_t *data;
	struct cursor c;

	if (table->link >= e->section_count || !elf_section_bytes(e, table, &data, &size) ||
	    !elf_section_bytes(e, &e->sections[table->link], &ret->strings, &ret->strings_size))
		return;
	c = elf_cursor(e, data, size);
	count = size / entsize < SYMBOLS_MAX ? size / entsize : SYMBOLS_MAX;
	ret->list = malloc((count + 1) * sizeof(*ret->list));
	for (i = 0; ret->list && i < count; i++) {
		struct elf_symbol s = read_symbol(&c, e);

		if (s.section == SHN_XINDEX)
			s.section = extended_index(e, x, i);
		if (!is_place(e, &s) || s.name >= ret->strings_size)
			continue;
		if (e->by_section)
			s.address += e->sections[s.section].off;
		ret->list[ret->count++] = s;
	}
	if (ret->list)
		qsort(ret->list, ret->count, sizeof(*ret->list), compare_symbols);
}

static void make_symbols(struct elf *e)
{
	const struct elf_section *found = NULL;
	uint32_t i;

	for (i = 1; i < e->section_count; i++)
		if (e->sections[i].type == SHT_SYMTAB || (!found && e->sections[i].type == SHT_DYNSYM))
			found = &e->sections[i];
	if (found)
		read_symbols(e, found, &e->symbols);
}

const struct elf_symbols *elf_symbols(const struct elf *e)
{
	/* The image owns it; a finished layout is read-only but for this table, which the lock guards. */
	struct elf *owner = e->image->priv;

	pthread_mutex_lock(&owner->lock);
	if (!owner->symbols_made) {
		make_symbols(owner);
		owner->symbols_made = true;
	}
	pthread_mutex_unlock(&owner->lock);
	return &owner->symbols;
}

void elf_symbols_release(struct elf *e)
{
	free(e->symbols.list);
	(void)pthread_mutex_destroy(&e->lock);
}

const char *elf_symbol_name(const struct elf_symbols *t, const struct elf_symbol *s)
{
	return elf_string(t->strings, t->strings_size, s->name);
}

/* The number of symbols at or before an address. */
static size_t symbols_until(const struct elf_symbols *t, uint64_t address)
{
	return sorted_until(t->list, t->count, address, address);
}

const struct elf_symbol *elf_symbol_at(const struct elf *e, uint64_t address)
{
	const struct elf_symbols *t = elf_symbols(e);
	size_t i, end = symbols_until(t, address);
	const struct elf_symbol *best = NULL;

	for (i = end; i > 0 && end - i < NESTING_MAX; i--) {
		const struct elf_symbol *s = &t->list[i - 1];

		if (address - s->address >= s->size && s->address != address)
			continue;
		if (best && s->address != best->address)
			break;
		best = s;
	}
	return best;
}

/* What a function begins with: never a label inside one. Data is split by its objects alone. */
static bool begins_part(const struct elf_symbol *s, uint32_t section, enum part_kind kind)
{
	if (s->section != section || (kind == PART_CODE) == (s->type == STT_OBJECT))
		return false;
	return kind == PART_CODE ? s->type != STT_NOTYPE || s->bind != STB_LOCAL : s->size > 0;
}

struct symbol_split {
	struct layout *child;
	enum part_kind kind;
	struct part shared; /* the references that all parts have */
	uint64_t at, end;   /* of the function or object that is open; end: by its size */
	const char *name;
};

static int add_symbol_part(struct symbol_split *c, uint64_t from, uint64_t to, const char *name)
{
	struct part *p;

	if (from >= to)
		return 0;
	p = elf_add_named(c->child, from, to - from, c->kind, name);
	if (!p)
		return -ENOMEM;
	p->references = c->shared.references;
	p->reference_count = c->shared.reference_count;
	return 0;
}

/* Data is aligned with zeros: anything else is an object that has no symbol, such as a string. */
static bool only_alignment(const struct symbol_split *c, uint64_t from, uint64_t to)
{
	if (to - from > FILLER_MAX)
		return false;
	while (c->kind == PART_DATA && from < to && !c->child->data[from])
		from++;
	return c->kind != PART_DATA || from == to;
}

/*
 * The open part ends where the next begins when only alignment lies between, else where its size says.  What follows
 * is named after it: nothing else says which bytes of two builds correspond, and there are as many as objects.
 */
static int close_symbol_part(struct symbol_split *c, uint64_t next)
{
	uint64_t end = next > c->end && !only_alignment(c, c->end, next) ? c->end : next;
	int r = add_symbol_part(c, c->at, end, c->name);
	char after[AFTER_MAX];

	(void)snprintf(after, sizeof(after), "after %s", c->name);
	return r < 0 ? r : add_symbol_part(c, end, next, after);
}

int elf_split_by_symbols(struct layout *child, const struct elf *e, const struct elf_section *s,
			 enum elf_role role)
{
	struct symbol_split c = { .child = child,
				  .kind = role == ROLE_CODE ? PART_CODE : PART_DATA,
				  .end = child->size,
				  .name = "(no symbol)" };
	uint64_t start = e->by_section ? s->off : s->addr, begin;
	const struct elf_symbols *t = elf_symbols(e);
	size_t i = start ? symbols_until(t, start - 1) : 0;
	bool open = false;
	int r;

	elf_set_references(child, e, &c.shared, role, s->name);
	for (; i < t->count && t->list[i].address - start < child->size && child->count < FUNCTIONS_MAX;
	     i++) {
		const struct elf_symbol *f = &t->list[i];

		begin = f->address - start;
		if (!begins_part(f, (uint32_t)(s - e->sections), c.kind) || (open && begin == c.at))
			continue;
		r = close_symbol_part(&c, begin);
		if (r < 0)
			return r;
		open = true;
		c.at = begin;
		c.end = f->size && f->size < child->size - begin ? begin + f->size : child->size;
		c.name = elf_symbol_name(t, f);
	}
	return close_symbol_part(&c, child->size);
}

/* The address of a place in a window of the image; false: not loaded. */
static bool place_address(const struct layout *l, uint64_t off, uint64_t *ret)
{
	if (l->content != l->image->content || l->base < l->image->base)
		return false;
	return image_address(l->image, l->base - l->image->base + off, ret);
}

static bool describe_record(const struct layout *l, const struct part *p, uint64_t off, char *out,
			    size_t size)
{
	const char *name = elf_record_name(l, p, (off - p->off) / p->records->size);

	if (!name || !*name)
		return false;
	(void)snprintf(out, size, "%s", name);
	return true;
}

bool elf_describe(const struct layout *l, const struct part *p, uint64_t off, char *out, size_t size)
{
	const struct elf *e = elf_of(l);
	const struct elf_symbol *s;
	uint64_t address;

	if (p->kind == PART_RECORDS)
		return describe_record(l, p, off, out, size);
	if (!place_address(l, off, &address))
		return false;
	s = elf_symbol_at(e, address);
	if (!s)
		return false;
	if (address == s->address)
		(void)snprintf(out, size, "%s", elf_symbol_name(elf_symbols(e), s));
	else
		(void)snprintf(out, size, "%s+0x%llx", elf_symbol_name(elf_symbols(e), s),
			       (unsigned long long)(address - s->address));
	return true;
}

static struct code_target target_of(const struct elf *e)
{
	static const struct {
		uint16_t elf;
		enum code_machine code;
	} machines[] = {
		{ EM_386, CODE_X86 },         { EM_X86_64, CODE_X86_64 },   { EM_ARM, CODE_ARM },
		{ EM_AARCH64, CODE_AARCH64 }, { EM_PPC, CODE_PPC },         { EM_PPC64, CODE_PPC64 },
		{ EM_SPARC, CODE_SPARC },     { EM_SPARCV9, CODE_SPARC64 }, { EM_S390, CODE_S390X },
	};
	struct code_target t = { .big = e->big };
	size_t i;

	for (i = 0; i < sizeof(machines) / sizeof(*machines); i++)
		if (machines[i].elf == e->machine)
			t.machine = machines[i].code;
	if (e->machine == EM_MIPS)
		t.machine = e->wide ? CODE_MIPS64 : CODE_MIPS;
	return t;
}

bool elf_context(const struct layout *l, const struct part *p, uint64_t off, char *out, size_t size)
{
	const struct elf *e = elf_of(l);
	struct code_target t = target_of(e);
	const struct elf_symbol *s;
	uint64_t address, start = p->off;

	if (p->kind == PART_RECORDS)
		return elf_record_context(l, p, off, out, size);
	if (p->kind != PART_CODE || off < p->off || off - p->off >= p->len ||
	    !place_address(l, off, &address))
		return false;
	s = elf_symbol_at(e, address);
	if (s && address - s->address <= off - start)
		start = off - (address - s->address);
	return code_context(&t, l->data + start, p->off + p->len - start, address - (off - start),
			    off - start, out, size);
}
