/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linkmap_lld.c: maps of lld.
 *
 *	             VMA              LMA     Size Align Out     In      Symbol
 *	            1e80             1e80      72a    16 .text
 *	            1e80             1e80       22    16         Scrt1.o:(.text)
 *	            1e80             1e80       22     1                 _start
 *
 * Numbers are hexadecimal without prefix, the alignment decimal; one blank after it is the first level
 * (output section), nine the second (input section), seventeen the third (symbol).  Addresses have sixteen columns, eight
 * for 32-bit targets; before lld 7 there was no LMA column and numbers were padded with zeros.
 *
 * Expressions of a linker script and (empty) of --defsym stand on the first or second level ("_end = .", "BYTE ( 0x1 )"): they are told from
 * sections by their form, "file:(section)" on the second level, no " = " on the first.
 *
 * What the linker made has the file "<internal>".  Pieces of .eh_frame that moved together have a row each, with
 * their place in the input section, ".eh_frame+0x18": it is cut off here, so one section of a file may have several rows.
 * There is no table of archive members, of discarded sections or of inputs.  --cref's table follows after a blank line.
 *
 * .shstrtab is always there, and .strtab where .symtab is, both near the end: a map without them was cut off.
 *
 * Sources: llvm-project lld/ELF/MapFile.cpp; maps of lld 14.
 */
#include "analyzers/linkmap_private.h"

#include <errno.h>

enum { SEEN_SHSTRTAB = 1, SEEN_SYMTAB = 2, SEEN_STRTAB = 4 };

static bool text_is(struct linkmap_text t, const char *word)
{
	return t.n == strlen(word) && !memcmp(t.p, word, t.n);
}

static int output_row(struct linkmap_reader *r, uint64_t address, uint64_t size, struct linkmap_text name)
{
	/* Expressions: "_end = .", ". += 4"; of --defsym nothing is printed. */
	if (!name.n || memmem(name.p, name.n, "= ", 2) || linkmap_starts(name.p, name.n, "PROVIDE"))
		return 0;
	r->tables |= (text_is(name, ".shstrtab") ? SEEN_SHSTRTAB : 0u) | (text_is(name, ".symtab") ? SEEN_SYMTAB : 0u) |
		     (text_is(name, ".strtab") ? SEEN_STRTAB : 0u);
	r->output = name;
	return LINKMAP_CALL(r, output, name, address, size);
}

/* ".eh_frame+0x18" is a piece of .eh_frame. */
static size_t without_offset(struct linkmap_text name)
{
	const char *plus = memrchr(name.p, '+', name.n);
	const char *p = plus + 1, *end = name.p + name.n;
	uint64_t off;

	return plus && linkmap_hex(&p, end, &off) && p == end ? (size_t)(plus - name.p) : name.n;
}

static int section_row(struct linkmap_reader *r, struct linkmap_section_row *row, struct linkmap_text text)
{
	if (!linkmap_file_section(text, row)) {
		row->name = text; /* an assignment or data of the script: "BYTE ( 0x1 )" */
		if (memmem(text.p, text.n, "= ", 2))
			return 0;
		if (!memchr(text.p, '(', text.n))
			return linkmap_unknown_row(r, "an lld map");
		return LINKMAP_CALL(r, section, row);
	}
	row->name.n = without_offset(row->name);
	if (text_is(row->file, "<internal>"))
		row->file.n = 0;
	return LINKMAP_CALL(r, section, row);
}

static int table_row(struct linkmap_reader *r, bool lma)
{
	const char *p = r->line, *end = r->line + r->n;
	struct linkmap_section_row row = { .output = r->output };
	struct linkmap_text text;
	uint64_t load;
	size_t level;

	linkmap_blanks(&p, end);
	if (!linkmap_digits(&p, end, 16, &row.address) || !linkmap_blanks(&p, end) ||
	    (lma && (!linkmap_digits(&p, end, 16, &load) || !linkmap_blanks(&p, end))) ||
	    !linkmap_digits(&p, end, 16, &row.size) || !linkmap_blanks(&p, end) || !linkmap_digits(&p, end, 10, &row.align))
		return linkmap_unknown_row(r, "an lld map");
	level = linkmap_blanks(&p, end);
	text = (struct linkmap_text){ p, (size_t)(end - p) };
	if (level == 1)
		return output_row(r, row.address, row.size, text);
	if (level == 9 && text.n && r->output.n)
		return section_row(r, &row, text);
	if (level == 17 && r->output.n)
		return LINKMAP_CALL(r, symbol, row.address, row.size, text);
	return linkmap_unknown_row(r, "an lld map");
}

static bool complete(const struct linkmap_reader *r)
{
	return (r->tables & SEEN_SHSTRTAB) && !(r->tables & SEEN_SYMTAB) == !(r->tables & SEEN_STRTAB);
}

int linkmap_parse_lld(struct linkmap_reader *r)
{
	bool titled = false, lma = true;
	int got, result;

	while ((got = linkmap_next(r)) > 0) {
		if (!r->n)
			continue;
		if (!titled) {
			lma = memmem(r->line, r->n, "LMA", 3) != NULL;
			titled = true;
			continue;
		}
		if (linkmap_line_is(r, "Cross Reference Table"))
			return complete(r) ? linkmap_cross_references(r) :
					     linkmap_fail(r, "the cross reference table stands before the end of the map");
		if (r->n > 6 && !memcmp(r->line + r->n - 6, "Symbol", 6) && memmem(r->line, r->n, "Align Out", 9))
			return linkmap_fail(r, "a second map begins here");
		result = table_row(r, lma);
		if (result < 0)
			return result;
	}
	if (!got && !complete(r))
		return linkmap_fail(r, "the map is cut off: .shstrtab or .strtab, which lld puts at the end, is missing");
	return got;
}
