/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pe_coff.c: COFF object files, and the section and symbol tables that they
 * share with images.
 *
 * A COFF object starts with the 20-byte file header, without any magic but the
 * machine number, so it is accepted only when everything that the header says
 * fits the file: the section table, every section's bytes, the symbol table and
 * the string table behind it.  /bigobj objects have a 56-byte header with a
 * class id, and 20-byte symbols.  A short import (a member of an import
 * library) is a 20-byte header and two strings.
 */
#include "analyzers/pe.h"

#include <errno.h>

#define FILE_HEADER_SIZE         20
#define BIGOBJ_HEADER_SIZE       56
#define SECTION_HEADER_SIZE      40
#define SYMBOL_SIZE              18
#define BIGOBJ_SYMBOL_SIZE       20
#define RELOCATION_SIZE          10
#define FLAG_CODE                0x20
#define FLAG_UNINITIALIZED       0x80
#define FLAG_RELOCATION_OVERFLOW 0x01000000u
#define OBJECT_CHARACTERISTICS   0x81bf /* no image, DLL or system bits */

static const uint8_t bigobj_class[16] = {
	0xc7, 0xa1, 0xba, 0xd1, 0xee, 0xba, 0xa9, 0x4b, 0xaf, 0x20, 0xfa, 0xf6, 0x6a, 0xa4, 0xdc, 0xb8,
};

static bool is_machine(uint16_t m)
{
	static const uint16_t machines[] = { 0x14c, 0x8664, 0x1c0,  0x1c2,  0x1c4,  0xaa64, 0xa641, 0xa64e,
					     0x200, 0xebc,  0x5032, 0x5064, 0x5128, 0x6232, 0x6264 };
	size_t i;

	for (i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i] == m)
			return true;
	return false;
}

/* Eight bytes: printable, then NULs. */
static bool is_section_name(const uint8_t *name)
{
	int i = 0;

	while (i < 8 && name[i] > ' ' && name[i] < 0x7f)
		i++;
	if (i == 0)
		return false;
	while (i < 8 && name[i] == 0)
		i++;
	return i == 8;
}

static bool symbols_fit(uint64_t size, uint64_t least, uint32_t off, uint32_t count, unsigned width)
{
	if (off == 0)
		return count == 0;
	return off >= least && range_inside(off, (uint64_t)count * width, size);
}

static bool section_fits(struct cursor *c)
{
	const uint8_t *name = cursor_take(c, 8);
	uint32_t size, off, flags;

	cursor_skip(c, 8);
	size = cursor_u32(c);
	off = cursor_u32(c);
	cursor_skip(c, 12);
	flags = cursor_u32(c);
	if (c->failed || !is_section_name(name))
		return false;
	return off == 0 || (flags & FLAG_UNINITIALIZED) || range_inside(off, size, c->size);
}

static bool sections_fit(const uint8_t *data, uint64_t size, uint64_t off, uint32_t count)
{
	struct cursor c = cursor_make(data, size);
	uint32_t i;

	cursor_seek(&c, off);
	for (i = 0; i < count && i < 64; i++)
		if (!section_fits(&c))
			return false;
	return range_inside(off, (uint64_t)count * SECTION_HEADER_SIZE, size);
}

static bool is_object(const uint8_t *data, uint64_t size)
{
	struct cursor c = cursor_make(data, size);
	uint16_t machine, sections, optional, characteristics;
	uint32_t symbols, count;

	machine = cursor_u16(&c);
	sections = cursor_u16(&c);
	cursor_skip(&c, 4);
	symbols = cursor_u32(&c);
	count = cursor_u32(&c);
	optional = cursor_u16(&c);
	characteristics = cursor_u16(&c);
	if (c.failed || !is_machine(machine) || sections == 0 || optional ||
	    (characteristics & ~OBJECT_CHARACTERISTICS))
		return false;
	return symbols_fit(size, c.pos + sections * SECTION_HEADER_SIZE, symbols, count, SYMBOL_SIZE) &&
	       sections_fit(data, size, c.pos, sections);
}

/* Anonymous objects: machine 0 (unknown) and 0xffff sections, then a version that tells what follows. */
static bool is_anonymous(const uint8_t *data, uint64_t size)
{
	return size >= FILE_HEADER_SIZE && load_le16(data) == 0 && load_le16(data + 2) == 0xffff &&
	       is_machine(load_le16(data + 6));
}

static bool is_bigobj(const uint8_t *data, uint64_t size)
{
	return size >= BIGOBJ_HEADER_SIZE && is_anonymous(data, size) && load_le16(data + 4) >= 2 &&
	       memcmp(data + 12, bigobj_class, sizeof(bigobj_class)) == 0;
}

static bool is_short_import(const uint8_t *data, uint64_t size)
{
	return is_anonymous(data, size) && load_le16(data + 4) == 0 &&
	       load_le32(data + 12) == size - FILE_HEADER_SIZE && data[size - 1] == 0;
}

bool pe_is_object(const uint8_t *data, uint64_t size)
{
	return is_object(data, size) || is_bigobj(data, size) || is_short_import(data, size);
}

/* A name longer than 8 is "/N", N a decimal offset in the string table. */
static const char *section_name(struct layout *l, const struct pe *pe, const uint8_t *field)
{
	const char *name = arena_strndup(&l->arena, (const char *)field, strnlen((const char *)field, 8));
	struct cursor c = cursor_make(pe->data + pe->strings, pe->strings_size);
	const char *longer;
	uint64_t at;

	if (!name || name[0] != '/' || !parse_ascii_uint(field + 1, 7, 10, &at))
		return name ? name : "";
	cursor_seek(&c, at);
	longer = cursor_cstr(&c, NULL);
	return longer ? longer : name;
}

static struct pe_section read_section(struct layout *l, const struct pe *pe, struct cursor *c)
{
	struct pe_section s = { 0 };
	const uint8_t *name = cursor_take(c, 8);

	s.memory_size = cursor_u32(c);
	s.address = cursor_u32(c);
	s.size = cursor_u32(c);
	s.off = cursor_u32(c);
	s.relocations = cursor_u32(c);
	cursor_skip(c, 4);
	s.relocation_count = cursor_u16(c);
	cursor_skip(c, 2);
	s.flags = cursor_u32(c);
	s.name = section_name(l, pe, name);
	if (s.flags & FLAG_RELOCATION_OVERFLOW && range_inside(s.relocations, RELOCATION_SIZE, pe->size))
		s.relocation_count = load_le32(pe->data + s.relocations);
	return s;
}

bool pe_read_sections(struct layout *l, struct pe *pe, uint32_t count, uint32_t symbols,
		      uint32_t symbol_count)
{
	struct cursor c = cursor_make(pe->data, pe->size);
	uint32_t i;

	cursor_seek(&c, pe->headers);
	if (count > cursor_left(&c) / SECTION_HEADER_SIZE)
		return false;
	if (symbols && symbols_fit(pe->size, pe->headers, symbols, symbol_count, (unsigned)pe->symbol_size)) {
		pe->symbols = symbols;
		pe->symbol_count = symbol_count;
		pe->strings = symbols + symbol_count * pe->symbol_size;
		if (range_inside(pe->strings, 4, pe->size))
			pe->strings_size = load_le32(pe->data + pe->strings);
		if (!range_inside(pe->strings, pe->strings_size, pe->size))
			pe->strings_size = 0;
	}
	pe->sections = arena_array(&l->arena, count ? count : 1, sizeof(*pe->sections));
	if (!pe->sections)
		return false;
	for (i = 0; i < count; i++)
		pe->sections[i] = read_section(l, pe, &c);
	pe->section_count = count;
	return true;
}

static const struct reference code_references[] = {
	{ .kind = REFERS_PCREL, .width = 4, .target = REFERENCE_NONE, .bias = 4 },
};
static const struct reference data_references[] = {
	{ .kind = REFERS_ADDRESS, .width = 8, .aligned = true, .target = REFERENCE_NONE },
};
static const struct reference data32_references[] = {
	{ .kind = REFERS_ADDRESS, .width = 4, .aligned = true, .target = REFERENCE_NONE },
};

static bool holds_place(const struct pe *pe, const struct pe_section *s)
{
	size_t i;

	for (i = 0; i < pe->place_count; i++)
		if (pe->places[i].off >= s->off && pe->places[i].off - s->off < s->size)
			return true;
	return false;
}

static enum part_kind section_kind(const struct pe_section *s)
{
	if (strcmp(s->name, ".drectve") == 0)
		return PART_TEXT;
	if (strcmp(s->name, ".debug_str") == 0 || strcmp(s->name, ".debug_line_str") == 0)
		return PART_STRINGS;
	return s->flags & FLAG_CODE ? PART_CODE : PART_DATA;
}

static void add_section(struct layout *l, const struct pe *pe, const struct pe_section *s)
{
	struct part *p;

	if (s->off == 0 || s->size == 0)
		return;
	if (holds_place(pe, s)) {
		(void)layout_group(l, s->off, s->size, PE_TAG_SECTION, s->name);
		return;
	}
	p = layout_add(l, s->off, s->size, section_kind(s), s->name);
	if (!p || pe->optional == 0 || (p->kind != PART_CODE && p->kind != PART_DATA))
		return;
	p->references = p->kind == PART_CODE ? code_references
			: pe->plus           ? data_references
					     : data32_references;
	p->reference_count = 1;
}

static const struct record_field relocation_fields[] = {
	{ "virtual address", 0, 4, MEANS_OFFSET, CODED_LE, { 0 } },
	{ "symbol", 4, 4, MEANS_OFFSET, CODED_LE, { 0 } },
	{ "type", 8, 2, MEANS_NOTHING, CODED_LE, { 0 } },
	{ 0 },
};
static const struct record_type relocation_record = { "relocation", RELOCATION_SIZE, relocation_fields };

void pe_add_sections(struct layout *l, const struct pe *pe)
{
	const struct pe_section *s;
	struct part *p;
	uint32_t i;

	for (i = 0; i < pe->section_count; i++) {
		s = &pe->sections[i];
		p = layout_group(l, pe->headers + i * (uint64_t)SECTION_HEADER_SIZE, SECTION_HEADER_SIZE,
				 PE_TAG_SECTION_HEADER, "");
		if (p)
			p->name = arena_printf(&l->arena, "section header %s", s->name);
		if (p && !p->name)
			p->name = "section header";
		if (!(s->flags & FLAG_UNINITIALIZED))
			add_section(l, pe, s);
		if (s->relocation_count == 0 || pe->optional)
			continue;
		p = layout_addf(l, s->relocations, s->relocation_count * (uint64_t)RELOCATION_SIZE,
				PART_RECORDS, "relocations %s", s->name);
		if (p)
			p->records = &relocation_record;
	}
}

static const struct record_field symbol_fields[] = {
	{ "name", 0, 8, MEANS_NAME, CODED_BYTES, { 0 } },
	{ "value", 8, 4, MEANS_ADDRESS, CODED_LE, { 0 } },
	{ "section number", 12, 2, MEANS_NOTHING, CODED_LE, { 0 } },
	{ "type", 14, 2, MEANS_NOTHING, CODED_LE, { 0 } },
	{ "storage class", 16, 1, MEANS_NOTHING, CODED_LE, { 0 } },
	{ "auxiliary count", 17, 1, MEANS_COUNT, CODED_LE, { 0 } },
	{ 0 },
};
static const struct record_type symbol_record = { "symbol", SYMBOL_SIZE, symbol_fields };

static const struct record_field bigobj_symbol_fields[] = {
	{ "name", 0, 8, MEANS_NAME, CODED_BYTES, { 0 } },
	{ "value", 8, 4, MEANS_ADDRESS, CODED_LE, { 0 } },
	{ "section number", 12, 4, MEANS_NOTHING, CODED_LE, { 0 } },
	{ "type", 16, 2, MEANS_NOTHING, CODED_LE, { 0 } },
	{ "storage class", 18, 1, MEANS_NOTHING, CODED_LE, { 0 } },
	{ "auxiliary count", 19, 1, MEANS_COUNT, CODED_LE, { 0 } },
	{ 0 },
};
static const struct record_type bigobj_symbol_record = { "symbol", BIGOBJ_SYMBOL_SIZE, bigobj_symbol_fields };

void pe_add_symbols(struct layout *l, const struct pe *pe)
{
	struct part *p;

	if (pe->symbols == 0)
		return;
	p = layout_add(l, pe->symbols, pe->symbol_count * pe->symbol_size, PART_RECORDS, "symbol table");
	if (p)
		p->records = pe->symbol_size == SYMBOL_SIZE ? &symbol_record : &bigobj_symbol_record;
	if (pe->strings_size < 4)
		return;
	(void)layout_field(l, pe->strings, 4, "string table size", MEANS_SIZE, CODED_LE);
	(void)layout_add(l, pe->strings + 4, pe->strings_size - 4, PART_STRINGS, "string table");
}

static int split_short_import(struct layout *l)
{
	static const struct field_spec fields[] = {
		{ "signature", 4, MEANS_MAGIC, CODED_LE },
		{ "version", 2, MEANS_VERSION, CODED_LE },
		{ "machine", 2, MEANS_NOTHING, CODED_LE },
		{ "TimeDateStamp", 4, MEANS_TIME, CODED_LE },
		{ "size of data", 4, MEANS_SIZE, CODED_LE },
		{ "ordinal or hint", 2, MEANS_NOTHING, CODED_LE },
		{ "type", 2, MEANS_FLAGS, CODED_LE },
		{ 0 },
	};

	layout_fields(l, 0, fields);
	(void)layout_add(l, FILE_HEADER_SIZE, l->size - FILE_HEADER_SIZE, PART_STRINGS, "names");
	return 0;
}

int pe_split_object(struct layout *l)
{
	struct pe *pe = arena_alloc(&l->arena, sizeof(*pe));
	bool big = is_bigobj(l->data, l->size);
	bool fits;

	if (!pe)
		return -ENOMEM;
	if (is_short_import(l->data, l->size))
		return split_short_import(l);
	*pe = (struct pe){ .data = l->data, .size = l->size, .base = l->base };
	pe->symbol_size = big ? BIGOBJ_SYMBOL_SIZE : SYMBOL_SIZE;
	pe->headers = big ? BIGOBJ_HEADER_SIZE : FILE_HEADER_SIZE;
	l->priv = pe;
	(void)layout_group(l, 0, pe->headers, big ? PE_TAG_BIGOBJ : PE_TAG_COFF, "COFF header");
	fits = big ? pe_read_sections(l, pe, load_le32(l->data + 44), load_le32(l->data + 48),
				      load_le32(l->data + 52))
		   : pe_read_sections(l, pe, load_le16(l->data + 2), load_le32(l->data + 8),
				      load_le32(l->data + 12));
	if (!fits) {
		layout_note(l, pe->headers, "the section table does not fit the file");
		return 0;
	}
	pe_add_sections(l, pe);
	pe_add_symbols(l, pe);
	return 0;
}
