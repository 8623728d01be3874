/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linkmap_gold.c: maps of gold.
 *
 * gold prints what GNU ld does, as far as it has it, and in its form:
 *
 *	Archive member included because of file (symbol)     symbols as they are in the object, never demangled
 *	Allocating common symbols
 *	Discarded input sections                             COMDAT duplicates and unreached ones
 *	Memory map                                           always
 *	Cross Reference Table                                with --cref
 *
 * The memory map knows no script: output sections, input sections, the latter's symbols, and what the linker made
 * itself, in rows without a file whose names begin with "** ": "** fill", "** PLT", "** merge strings", "** symtab".
 * There is no list of inputs: an archive of which no member was taken is not in the map.  Before the first output section
 * stand the headers of the file.  Addresses that are not known are printed as ones ("0xffffffffffffffff").
 *
 * Output sections come in the file's order and .shstrtab is the last, so a map without it was cut off.
 *
 * Sources: binutils gold/mapfile.cc, gold/output.cc (do_print_to_mapfile and its names); maps of gold 1.16.
 */
#include "analyzers/linkmap_private.h"

#include <errno.h>

enum table { NOTHING, ARCHIVE, COMMON, DISCARDED, MEMORY_MAP, CROSS_REFERENCES };

static const struct linkmap_heading headings[] = {
	{ "Archive member included because of file (symbol)", ARCHIVE },
	{ "Allocating common symbols", COMMON },
	{ "Discarded input sections", DISCARDED },
	{ "Memory map", MEMORY_MAP },
	{ "Cross Reference Table", CROSS_REFERENCES },
};

#define SEEN_LAST (1u << 31)

static int section_row(struct linkmap_reader *r)
{
	struct linkmap_section_row row = { .output = r->output };
	struct linkmap_text rest;
	int got = linkmap_named_row(r, 1, &row, &rest);
	bool own;

	if (got < 0)
		return got;
	own = got && linkmap_starts(row.name.p, row.name.n, "** ");
	if (!got || own != (rest.n == 0) || rest.n == 1)
		return linkmap_unknown_row(r, "a gold memory map");
	if (!own)
		row.file = (struct linkmap_text){ rest.p + 1, rest.n - 1 };
	return LINKMAP_CALL(r, section, &row);
}

static int symbol_row(struct linkmap_reader *r)
{
	const char *p = r->line, *end = r->line + r->n;
	uint64_t address;

	if (linkmap_blanks(&p, end) != LINKMAP_NAME_COLUMN || !linkmap_hex(&p, end, &address) ||
	    linkmap_blanks(&p, end) != LINKMAP_NAME_COLUMN || p == end)
		return linkmap_unknown_row(r, "a gold memory map");
	return LINKMAP_CALL(r, symbol, address, 0, (struct linkmap_text){ p, (size_t)(end - p) });
}

static int output_row(struct linkmap_reader *r)
{
	struct linkmap_section_row row = { 0 };
	struct linkmap_text rest;
	int got = linkmap_named_row(r, 0, &row, &rest);

	if (got < 0)
		return got;
	if (!got)
		return linkmap_unknown_row(r, "a gold memory map");
	r->output = row.name;
	if (row.name.n == 9 && !memcmp(row.name.p, ".shstrtab", 9))
		r->tables |= SEEN_LAST;
	return LINKMAP_CALL(r, output, row.name, row.address, row.size);
}

static int table_row(struct linkmap_reader *r, unsigned table)
{
	switch (table) {
	case ARCHIVE:
		return linkmap_included_row(r, false);
	case COMMON:
		return linkmap_common_row(r);
	case DISCARDED:
		return linkmap_discarded_row(r);
	case MEMORY_MAP:
		if (r->line[0] != ' ')
			return output_row(r);
		return r->n > 1 && r->line[1] != ' ' ? section_row(r) : symbol_row(r);
	default:
		return linkmap_unknown_row(r, "a gold map");
	}
}

int linkmap_parse_gold(struct linkmap_reader *r)
{
	static const struct linkmap_form form = {
		.headings = headings,
		.heading_count = sizeof(headings) / sizeof(headings[0]),
		.cross_references = CROSS_REFERENCES,
		.complete = SEEN_LAST,
		.cut_off = "the map is cut off: .shstrtab, gold's last section, is missing",
		.row = table_row,
	};

	return linkmap_headed_tables(r, &form);
}
