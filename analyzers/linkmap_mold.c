/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linkmap_mold.c: maps of mold.
 *
 *	               VMA       Size Align Out     In      Symbol
 *	            0x2191        559    16 .text
 *	            0x2191         34    16         /usr/lib/x86_64-linux-gnu/Scrt1.o:(.text)
 *	            0x2191          0     0                 _start
 *
 * Addresses are hexadecimal with a prefix (but plain "0"), sizes and alignments decimal.  One blank after the alignment
 * is the first level (chunk: an output section, or EHDR, PHDR, SHDR for the file's headers), nine the second
 * (input section), seventeen the third (symbol; its size is printed as 0).  Chunks that the linker makes (.got, .dynsym,
 * .strtab, .eh_frame, merged strings) have no rows below them, although objects are their source.
 *
 * No table of archive members, of discarded sections, of inputs, and no --cref.  Paths of system objects
 * are normalised ("/usr/lib/x86_64-linux-gnu/crt1.o"), others are as on the command line.
 *
 * .shstrtab and SHDR are always there and near the end: a map without them was cut off.
 *
 * Sources: mold elf/mapfile.cc; maps of mold 1.10.
 */
#include "analyzers/linkmap_private.h"

#include <errno.h>

enum { SEEN_SHSTRTAB = 1, SEEN_SHDR = 2, SEEN_BOTH = 3 };

static bool address_at(const char **p, const char *end, uint64_t *ret)
{
	const char *q = *p;

	if (linkmap_hex(p, end, ret))
		return true;
	if (end - q < 2 || q[0] != '0' || q[1] != ' ')
		return false;
	*ret = 0;
	(*p)++;
	return true;
}

static int output_row(struct linkmap_reader *r, const struct linkmap_section_row *row, struct linkmap_text name)
{
	r->output = name;
	if (name.n == 9 && !memcmp(name.p, ".shstrtab", 9))
		r->tables |= SEEN_SHSTRTAB;
	if (name.n == 4 && !memcmp(name.p, "SHDR", 4))
		r->tables |= SEEN_SHDR;
	return LINKMAP_CALL(r, output, name, row->address, row->size);
}

static int table_row(struct linkmap_reader *r)
{
	const char *p = r->line, *end = r->line + r->n;
	struct linkmap_section_row row = { .output = r->output };
	struct linkmap_text text;
	size_t level;

	linkmap_blanks(&p, end);
	if (!address_at(&p, end, &row.address) || !linkmap_blanks(&p, end) || !linkmap_digits(&p, end, 10, &row.size) ||
	    !linkmap_blanks(&p, end) || !linkmap_digits(&p, end, 10, &row.align))
		return linkmap_unknown_row(r, "a mold map");
	level = linkmap_blanks(&p, end);
	text = (struct linkmap_text){ p, (size_t)(end - p) };
	if (level == 1 && text.n)
		return output_row(r, &row, text);
	if (level == 9 && r->output.n && linkmap_file_section(text, &row))
		return LINKMAP_CALL(r, section, &row);
	if (level == 17 && r->output.n)
		return LINKMAP_CALL(r, symbol, row.address, row.size, text);
	return linkmap_unknown_row(r, "a mold map");
}

int linkmap_parse_mold(struct linkmap_reader *r)
{
	bool titled = false;
	int got, result;

	while ((got = linkmap_next(r)) > 0) {
		if (!r->n)
			continue;
		if (titled && r->n > 6 && !memcmp(r->line + r->n - 6, "Symbol", 6) && memmem(r->line, r->n, "Align Out", 9))
			return linkmap_fail(r, "a second map begins here");
		result = titled ? table_row(r) : 0;
		if (result < 0)
			return result;
		titled = true;
	}
	if (!got && r->tables != SEEN_BOTH)
		return linkmap_fail(r, "the map is cut off: .shstrtab or the section headers, which mold puts at the end, are missing");
	return got;
}
