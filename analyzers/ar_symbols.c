/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ar_symbols.c: what the symbol table of a library says, recomputed.
 *
 * An ELF reader of a few lines: the section headers lead to SHT_SYMTAB and its
 * strings; a symbol is listed when its binding is not local and its section not
 * SHN_UNDEF (binutils, bfd/archive.c: _bfd_compute_and_write_armap).  Facts:
 * System V ABI, chapters 4 (ELF header, sections, symbol table).
 */
#include "analyzers/ar_private.h"

#include <elf.h>
#include <errno.h>

#define SYMBOLS_MAX ((size_t)256 << 20)

struct object {
	const uint8_t *data;
	uint64_t size;
	bool wide, big;
};

struct section {
	uint32_t type, link, info;
	uint64_t off, size;
};

void ar_symbols_release(struct ar_symbols *s)
{
	buffer_release(&s->offsets);
	buffer_release(&s->names);
}

static struct cursor cursor_at(const struct object *o, uint64_t off)
{
	struct cursor c = cursor_make(o->data, o->size);

	c.big = o->big;
	cursor_seek(&c, off);
	return c;
}

static bool read_section(const struct object *o, uint64_t table, uint64_t index, struct section *ret)
{
	uint64_t off;
	struct cursor c;

	if (mul_overflows(index, o->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr), &off) ||
	    add_overflows(off, table, &off))
		return false;
	c = cursor_at(o, off);
	cursor_skip(&c, 4);
	ret->type = cursor_u32(&c);
	cursor_skip(&c, o->wide ? 16 : 8);
	ret->off = cursor_uint(&c, o->wide ? 8 : 4);
	ret->size = cursor_uint(&c, o->wide ? 8 : 4);
	ret->link = cursor_u32(&c);
	ret->info = cursor_u32(&c);
	return !c.failed && (ret->type == SHT_NOBITS || range_inside(ret->off, ret->size, o->size));
}

static int add_symbol(struct ar_symbols *s, const struct object *o, const struct section *strings,
		      uint32_t name, uint64_t member, unsigned width)
{
	struct cursor c = cursor_make(o->data + strings->off, strings->size);
	const char *text;
	uint8_t word[8];
	uint64_t len;

	cursor_seek(&c, name);
	text = cursor_cstr(&c, &len);
	if (!text)
		return 0;
	store_uint(word, member, width, true);
	s->count++;
	(void)buffer_append(&s->offsets, word, width);
	return buffer_append(&s->names, text, len + 1);
}

static int add_table(struct ar_symbols *s, const struct object *o, const struct section *symbols,
		     const struct section *strings, uint64_t member, unsigned width)
{
	uint64_t entry = o->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym), i;
	int r = 0;

	for (i = symbols->info; i < symbols->size / entry && r == 0; i++) {
		struct cursor c = cursor_at(o, symbols->off + i * entry);
		uint32_t name = cursor_u32(&c);
		unsigned info, section;

		if (!o->wide)
			cursor_skip(&c, 8);
		info = cursor_u8(&c);
		cursor_skip(&c, 1);
		section = cursor_u16(&c);
		if (!c.failed && section != SHN_UNDEF && ELF64_ST_BIND(info) != STB_LOCAL)
			r = add_symbol(s, o, strings, name, member, width);
	}
	return r;
}

static int add_object(struct ar_symbols *s, const uint8_t *data, uint64_t size, uint64_t member,
		      unsigned width)
{
	struct object o = { .data = data, .size = size };
	struct section symbols, strings;
	uint64_t table, count, i;
	struct cursor c;

	if (size < sizeof(Elf32_Ehdr) || memcmp(data, ELFMAG, SELFMAG) != 0)
		return 0;
	o.wide = data[EI_CLASS] == ELFCLASS64;
	o.big = data[EI_DATA] == ELFDATA2MSB;
	c = cursor_at(&o, o.wide ? 40 : 32);
	table = cursor_uint(&c, o.wide ? 8 : 4);
	cursor_seek(&c, o.wide ? 60 : 48);
	count = cursor_u16(&c);
	if (count == 0 && table && read_section(&o, table, 0, &symbols))
		count = symbols.size; /* 65,280 sections or more: in the size of the first */
	for (i = 1; i < count && read_section(&o, table, i, &symbols); i++)
		if (symbols.type == SHT_SYMTAB && read_section(&o, table, symbols.link, &strings))
			return add_table(s, &o, &symbols, &strings, member, width);
	return 0;
}

/* The bytes of a member behind its header and, in BSD's way, its name. */
static void member_body(const uint8_t *member, uint64_t len, const uint8_t **ret, uint64_t *ret_len)
{
	uint64_t name = 0, size = 0;

	if (len > AR_HEADER_SIZE && memcmp(member, "#1/", 3) == 0)
		(void)parse_ascii_uint(member + 3, 13, 10, &name);
	if (len > AR_HEADER_SIZE)
		(void)parse_ascii_uint(member + 48, 10, 10, &size);
	if (!range_inside(AR_HEADER_SIZE, size, len) || name > size)
		size = name = 0;
	*ret = member + (size ? AR_HEADER_SIZE + name : 0);
	*ret_len = size - name;
}

int ar_symbols(const struct layout *archive, unsigned width, struct ar_symbols *ret)
{
	struct ar_symbols s = { .offsets = BUFFER_INIT(SYMBOLS_MAX), .names = BUFFER_INIT(SYMBOLS_MAX) };
	const uint8_t *body;
	uint64_t size;
	size_t i;
	int r = 0;

	for (i = 0; i < archive->count && r == 0; i++) {
		const struct part *p = &archive->parts[i];

		if (p->kind != PART_GROUP || p->tag != AR_MEMBER)
			continue;
		member_body(part_data(archive, p), p->len, &body, &size);
		r = add_object(&s, body, size, p->off, width);
	}
	if (r == 0)
		r = s.offsets.error;
	if (r < 0) {
		ar_symbols_release(&s);
		return r;
	}
	*ret = s;
	return 0;
}
