/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linkmap_gnu.c: maps of GNU ld.
 *
 * Tables in this order, each with its heading and only when it has rows:
 *
 *	Archive member included to satisfy reference by file (symbol)     rows: linkmap_tables.c
 *	Merging program properties                                        free text
 *	As-needed library included to satisfy reference by file (symbol)
 *	Allocating common symbols
 *	Discarded input sections                     " .name   0xADDRESS  0xSIZE file"
 *	Memory Configuration                         always
 *	Linker script and memory map                 always
 *	Cross Reference Table                        with --cref
 *
 * The memory map is the linker script played back, a statement a line:
 *
 *	LOAD path, START GROUP, END GROUP            each input, used or not, in the order of the command line
 *	.name           0xADDRESS     0xSIZE [load address 0x...]         an output section; the name alone: it was not made
 *	 *(.text .text.*)                                                 a pattern of input sections
 *	 .name          0xADDRESS     0xSIZE file                         an input section
 *	                                0xSIZE (size before relaxing)     how large it was in its file
 *	                0xADDRESS                symbol | expression      sixteen blanks between
 *	                0xADDRESS     0xSIZE BYTE 0x1                     data of the script
 *	 *fill*         0xADDRESS     0xSIZE [bytes]
 *	OUTPUT(file format)                                               the last statement; orphan sections may follow
 *
 * Names of fifteen characters and more have a line of their own, and the numbers follow on the next,
 * from column 16.  So a line with a name alone is an input section if such numbers follow, and a pattern otherwise.
 *
 * What GNU ld makes itself (.plt, .got, .dynsym...) it ascribes to the first object of the link, here often Scrt1.o:
 * the map alone cannot tell that from the object's own.
 *
 * A complete map has an OUTPUT line; one that was cut off behind it cannot be told from a whole one, except inside a line.
 *
 * Sources: binutils ld/ldlang.c (lang_map and the print_* functions), ld/ldmain.c, ld/ldmisc.c (%pB, %pT, %V, %W);
 * maps of GNU ld 2.40.
 */
#include "analyzers/linkmap_private.h"

#include <errno.h>

enum table { NOTHING, ARCHIVE, PROPERTIES, AS_NEEDED, COMMON, DISCARDED, CONFIGURATION, MEMORY_MAP, CROSS_REFERENCES };

static const struct linkmap_heading headings[] = {
	{ "Archive member included to satisfy reference by file (symbol)", ARCHIVE },
	{ "Archive member included because of file (symbol)", ARCHIVE }, /* before binutils 2.26 */
	{ "Merging program properties", PROPERTIES },
	{ "As-needed library included to satisfy reference by file (symbol)", AS_NEEDED },
	{ "Allocating common symbols", COMMON },
	{ "Discarded input sections", DISCARDED },
	{ "There are no discarded input sections", DISCARDED },
	{ "Memory Configuration", CONFIGURATION },
	{ "Linker script and memory map", MEMORY_MAP },
	{ "Cross Reference Table", CROSS_REFERENCES },
};

#define SEEN_OUTPUT (1u << 31)

/* ---- the memory map ------------------------------------------------------------------------------------------- */

/* Sixteen blanks: a symbol, an expression of the script, or data of the script. */
static int value_row(struct linkmap_reader *r)
{
	const char *p = r->line + LINKMAP_NAME_COLUMN, *end = r->line + r->n, *q = p;
	uint64_t address, size;
	size_t gap;

	if (*p == '[' || *p == '*') /* "[!provide]", "[unresolved]", "*undef*" */
		return 0;
	if (linkmap_address_size(&q, end, &address, &size))
		return 0; /* BYTE, QUAD, RELOC... */
	if (!linkmap_hex(&p, end, &address))
		return linkmap_unknown_row(r, "a GNU ld memory map");
	gap = linkmap_blanks(&p, end);
	if (p == end || gap < 2)
		return linkmap_unknown_row(r, "a GNU ld memory map");
	if (!r->v->symbol)
		return 0;
	if (memmem(p, (size_t)(end - p), " = ", 3) || linkmap_starts(p, (size_t)(end - p), "PROVIDE") ||
	    linkmap_starts(p, (size_t)(end - p), "ASSERT (") || linkmap_starts(p, (size_t)(end - p), "HIDDEN ("))
		return 0;
	return LINKMAP_CALL(r, symbol, address, 0, (struct linkmap_text){ p, (size_t)(end - p) });
}

static int deep_row(struct linkmap_reader *r)
{
	const char *p = r->line, *end = r->line + r->n;
	size_t blanks = linkmap_blanks(&p, end);
	uint64_t size;

	if (blanks == LINKMAP_NAME_COLUMN)
		return value_row(r);
	if (linkmap_hex(&p, end, &size) && linkmap_starts(p, (size_t)(end - p), " (size before relaxing)"))
		return 0;
	return linkmap_unknown_row(r, "a GNU ld memory map");
}

static bool is_pattern(const struct linkmap_reader *r)
{
	return r->line[r->n - 1] == ')' || linkmap_starts(r->line, r->n, " FILL mask ") || linkmap_line_is(r, " CONSTRUCTORS");
}

/* One blank: an input section, fill, or a pattern. */
static int section_row(struct linkmap_reader *r)
{
	struct linkmap_section_row row = { .output = r->output };
	struct linkmap_text rest;
	int got = linkmap_named_row(r, 1, &row, &rest);

	if (got < 0)
		return got;
	if (!got)
		return is_pattern(r) ? 0 : linkmap_unknown_row(r, "a GNU ld memory map");
	if (row.name.n == 6 && !memcmp(row.name.p, "*fill*", 6))
		return LINKMAP_CALL(r, section, &row);
	if (rest.n < 2)
		return linkmap_fail(r, "an input section without its file");
	row.file = (struct linkmap_text){ rest.p + 1, rest.n - 1 };
	if (row.file.n == 12 && !memcmp(row.file.p, "linker stubs", 12))
		row.file.n = 0;
	return LINKMAP_CALL(r, section, &row);
}

static bool is_statement(const struct linkmap_reader *r)
{
	static const char *const statements[] = {
		"START GROUP", "END GROUP", "TARGET(", "Address of section ", "INSERT ", "CREATE_OBJECT_SYMBOLS", "NOCROSSREFS",
	};
	size_t i;

	for (i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		if (linkmap_starts(r->line, r->n, statements[i]))
			return true;
	return false;
}

static int output_row(struct linkmap_reader *r)
{
	struct linkmap_section_row row = { 0 };
	struct linkmap_text rest;
	int got = linkmap_named_row(r, 0, &row, &rest);

	if (got < 0)
		return got;
	if (!got) {
		if (memchr(r->line, ' ', r->n))
			return linkmap_unknown_row(r, "a GNU ld memory map");
		r->output = (struct linkmap_text){ r->line, r->n };
		return 0;
	}
	r->output = row.name;
	return LINKMAP_CALL(r, output, row.name, row.address, row.size);
}

static int memory_map_row(struct linkmap_reader *r)
{
	if (r->line[0] == ' ')
		return r->n > 1 && r->line[1] != ' ' ? section_row(r) : deep_row(r);
	if (linkmap_starts(r->line, r->n, "LOAD "))
		return LINKMAP_CALL(r, load, ((struct linkmap_text){ r->line + 5, r->n - 5 }));
	if (linkmap_starts(r->line, r->n, "OUTPUT(") && r->line[r->n - 1] == ')') {
		if (r->tables & SEEN_OUTPUT)
			return linkmap_fail(r, "a second map begins here");
		r->tables |= SEEN_OUTPUT;
		return 0;
	}
	return is_statement(r) ? 0 : output_row(r);
}

/* ---- all tables ------------------------------------------------------------------------------------------------- */

static int configuration_row(struct linkmap_reader *r)
{
	const char *p = memmem(r->line, r->n, " 0x", 3);

	if (linkmap_starts(r->line, r->n, "Name             Origin") || (p && r->line[0] != ' '))
		return 0;
	return linkmap_unknown_row(r, "the memory configuration");
}

/* What targets tell in passing, wherever they are when they see it. */
static bool is_remark(const struct linkmap_reader *r)
{
	return linkmap_starts(r->line, r->n, "Local IFUNC function `");
}

static int table_row(struct linkmap_reader *r, unsigned table)
{
	if (table != MEMORY_MAP && is_remark(r))
		return 0;
	switch (table) {
	case ARCHIVE:
	case AS_NEEDED:
		return linkmap_included_row(r, table == AS_NEEDED);
	case COMMON:
		return linkmap_common_row(r);
	case DISCARDED:
		return linkmap_discarded_row(r);
	case CONFIGURATION:
		return configuration_row(r);
	case MEMORY_MAP:
		return memory_map_row(r);
	case PROPERTIES:
	default:
		return 0;
	}
}

int linkmap_parse_gnu(struct linkmap_reader *r)
{
	static const struct linkmap_form form = {
		.headings = headings,
		.heading_count = sizeof(headings) / sizeof(headings[0]),
		.ordered_from = CONFIGURATION,
		.cross_references = CROSS_REFERENCES,
		.complete = SEEN_OUTPUT,
		.cut_off = "the map is cut off: the OUTPUT line that ends a GNU ld memory map is missing",
		.row = table_row,
	};

	return linkmap_headed_tables(r, &form);
}
