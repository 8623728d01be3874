/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linkmap_tables.c: rows that GNU ld and gold share, and the cross reference table.
 *
 * Archive members and as-needed libraries: what was included, padded to column
 * 30, or on a line of its own when it has 29 characters or more; then who asked and,
 * in parentheses, for which symbol.  Nobody asked for members of --whole-archive: GNU ld
 * writes "(--whole-archive)", gold the bare word; for -u, GNU ld writes the symbol alone, gold
 * "-u (symbol)".
 *
 * Names may hold blanks (paths) and parentheses (symbols, demangled by GNU ld), so a
 * row is read from both ends: the symbol is the balanced parenthesis at its end that
 * a blank precedes, which a file "lib.a(member.o)" has not.
 *
 * Sources: binutils ld/ldmain.c (add_archive_element), ld/ldlang.c (print_input_section,
 * lang_print_asneeded, lang_one_common), ld/cref.c, gold/mapfile.cc; lld/ELF/MapFile.cpp (writeCref).
 */
#include "analyzers/linkmap_private.h"

#include <errno.h>

#define INCLUDED_COLUMN 30
#define COMMON_COLUMN 20
#define CROSS_COLUMN 50

static bool all_blank(const char *p, size_t n)
{
	while (n && p[n - 1] == ' ')
		n--;
	return n == 0;
}

static struct linkmap_text trimmed(const char *p, const char *end)
{
	while (end > p && end[-1] == ' ')
		end--;
	return (struct linkmap_text){ p, (size_t)(end - p) };
}

/* ---- name, address, size --------------------------------------------------------------------------------------- */

bool linkmap_address_size(const char **p, const char *end, uint64_t *ret_address, uint64_t *ret_size)
{
	const char *q = *p;
	size_t gap;

	if (!linkmap_hex(&q, end, ret_address))
		return false;
	gap = linkmap_blanks(&q, end);
	/* The size is right-aligned in ten columns; after more blanks comes a symbol or an expression. */
	if (gap < 1 || gap > 8 || !linkmap_hex(&q, end, ret_size) || (q < end && *q != ' '))
		return false;
	*p = q;
	return true;
}

static bool wrapped_row(const struct linkmap_reader *r, struct linkmap_section_row *row, struct linkmap_text *rest)
{
	struct linkmap_text line;
	const char *p, *end;

	if (!linkmap_peek(r, &line) || line.n < LINKMAP_NAME_COLUMN || !all_blank(line.p, LINKMAP_NAME_COLUMN))
		return false;
	p = line.p + LINKMAP_NAME_COLUMN;
	end = line.p + line.n;
	if (!linkmap_address_size(&p, end, &row->address, &row->size))
		return false;
	*rest = (struct linkmap_text){ p, (size_t)(end - p) };
	return true;
}

int linkmap_named_row(struct linkmap_reader *r, size_t indent, struct linkmap_section_row *row, struct linkmap_text *rest)
{
	const char *p = r->line + LINKMAP_NAME_COLUMN, *end = r->line + r->n;
	int got;

	if (r->n > LINKMAP_NAME_COLUMN && p[-1] == ' ' && linkmap_address_size(&p, end, &row->address, &row->size)) {
		row->name = trimmed(r->line + indent, r->line + LINKMAP_NAME_COLUMN);
		*rest = (struct linkmap_text){ p, (size_t)(end - p) };
		return row->name.n ? 1 : 0;
	}
	if (!wrapped_row(r, row, rest))
		return 0;
	row->name = (struct linkmap_text){ r->line + indent, r->n - indent };
	got = linkmap_next(r);
	return got < 0 ? got : 1;
}

int linkmap_discarded_row(struct linkmap_reader *r)
{
	struct linkmap_section_row row = { 0 };
	struct linkmap_text rest;
	int got;

	if (r->n < 2 || r->line[0] != ' ' || r->line[1] == ' ')
		return linkmap_unknown_row(r, "the discarded input sections");
	got = linkmap_named_row(r, 1, &row, &rest);
	if (got < 0)
		return got;
	if (!got || rest.n < 2)
		return linkmap_unknown_row(r, "the discarded input sections");
	row.file = (struct linkmap_text){ rest.p + 1, rest.n - 1 };
	return LINKMAP_CALL(r, discarded, &row);
}

/* ---- who asked for whom ----------------------------------------------------------------------------------------- */

/* "requirer (symbol)", "(symbol)", "--whole-archive" into its two. */
static void split_reason(struct linkmap_text reason, struct linkmap_text *requirer, struct linkmap_text *symbol)
{
	size_t depth = 0, i = reason.n;

	*requirer = reason;
	*symbol = (struct linkmap_text){ reason.p + reason.n, 0 };
	if (!i || reason.p[i - 1] != ')')
		return;
	while (i--) {
		if (reason.p[i] == ')')
			depth++;
		else if (reason.p[i] == '(' && depth && --depth == 0)
			break;
	}
	if (i == SIZE_MAX || (i && reason.p[i - 1] != ' '))
		return;
	*symbol = (struct linkmap_text){ reason.p + i + 1, reason.n - i - 2 };
	*requirer = trimmed(reason.p, reason.p + i);
}

static bool is_option(struct linkmap_text t)
{
	return t.n >= 2 && t.p[0] == '-' && (t.p[1] == '-' || t.p[1] == 'u');
}

static int included(struct linkmap_reader *r, struct linkmap_text what, struct linkmap_text reason, bool library)
{
	struct linkmap_text requirer, symbol;

	split_reason(reason, &requirer, &symbol);
	if (!requirer.n && !symbol.n)
		return linkmap_fail(r, "who asked for it is missing");
	/* "--whole-archive", "-u", "--start-group": reasons, but neither files nor symbols. */
	if (is_option(requirer))
		requirer.n = 0;
	if (is_option(symbol))
		symbol.n = 0;
	if (library)
		return LINKMAP_CALL(r, needed, what, requirer, symbol);
	return LINKMAP_CALL(r, extraction, what, requirer, symbol);
}

int linkmap_included_row(struct linkmap_reader *r, bool library)
{
	struct linkmap_text what, next;
	int got;

	if (!r->n || r->line[0] == ' ')
		return linkmap_unknown_row(r, "the included members and libraries");
	/* A path may have a blank in column 29 by chance; a line that begins with blanks is the second one of its row. */
	if (!linkmap_peek(r, &next) || next.n <= INCLUDED_COLUMN || !all_blank(next.p, INCLUDED_COLUMN)) {
		if (r->n <= INCLUDED_COLUMN || r->line[INCLUDED_COLUMN - 1] != ' ' || r->line[INCLUDED_COLUMN] == ' ')
			return linkmap_fail(r, "who asked for it is missing");
		what = trimmed(r->line, r->line + INCLUDED_COLUMN);
		return included(r, what, (struct linkmap_text){ r->line + INCLUDED_COLUMN, r->n - INCLUDED_COLUMN }, library);
	}
	what = (struct linkmap_text){ r->line, r->n };
	got = linkmap_next(r);
	if (got < 0)
		return got;
	return included(r, what, (struct linkmap_text){ r->line + INCLUDED_COLUMN, r->n - INCLUDED_COLUMN }, library);
}

/* "name    0xSIZE    file", the name on a line of its own when it has 19 characters or more. */
int linkmap_common_row(struct linkmap_reader *r)
{
	const char *p, *end;
	uint64_t size;
	int got;

	if (linkmap_line_is(r, "Common symbol       size              file"))
		return 0;
	if (r->n && r->line[0] != ' ' && (r->n <= COMMON_COLUMN || r->line[COMMON_COLUMN - 1] != ' ' ||
					  !linkmap_starts(r->line + COMMON_COLUMN, r->n - COMMON_COLUMN, "0x"))) {
		got = linkmap_next(r);
		if (got < 0)
			return got;
		if (!got || r->n < COMMON_COLUMN || !all_blank(r->line, COMMON_COLUMN))
			return linkmap_unknown_row(r, "the common symbols");
	}
	if (r->n <= COMMON_COLUMN)
		return linkmap_unknown_row(r, "the common symbols");
	p = r->line + COMMON_COLUMN;
	end = r->line + r->n;
	if (!linkmap_hex(&p, end, &size) || !linkmap_blanks(&p, end) || p == end)
		return linkmap_unknown_row(r, "the common symbols");
	return 0; /* the memory map has the bytes */
}

/* ---- cross references ------------------------------------------------------------------------------------------- */

/*
 * A symbol of 49 characters or less is padded to column 50; a longer one is followed by one
 * blank, and has blanks itself once demangled.  Then the file begins where an absolute path does, or after the last
 * blank that is outside a member's parentheses: a relative path with blanks behind a long symbol is not found whole.
 */
static const char *crossed_file(const char *line, size_t n)
{
	const char *end = line + n, *p;

	if (n > CROSS_COLUMN && line[CROSS_COLUMN - 1] == ' ' && line[CROSS_COLUMN - 2] == ' ')
		return line + CROSS_COLUMN;
	for (p = line + 1; p + 1 < end; p++)
		if (p[0] == ' ' && p[1] == '/')
			return p + 1;
	if (n > CROSS_COLUMN && line[CROSS_COLUMN - 1] == ' ' && !memchr(line, ' ', CROSS_COLUMN - 1))
		return line + CROSS_COLUMN;
	for (p = end - 1; p > line; p--)
		if (*p == ' ')
			return p + 1;
	return NULL;
}

static int cross_row(struct linkmap_reader *r)
{
	const char *file, *end = r->line + r->n;
	bool defines = r->line[0] != ' ';

	if (defines) {
		file = crossed_file(r->line, r->n);
		if (!file)
			return linkmap_unknown_row(r, "the cross reference table");
		r->crossed = trimmed(r->line, file);
	} else {
		if (!r->crossed.n || r->n <= CROSS_COLUMN || !all_blank(r->line, CROSS_COLUMN) || r->line[CROSS_COLUMN] == ' ')
			return linkmap_unknown_row(r, "the cross reference table");
		file = r->line + CROSS_COLUMN;
	}
	return LINKMAP_CALL(r, cross_reference, r->crossed, (struct linkmap_text){ file, (size_t)(end - file) }, defines);
}

static bool is_heading(const struct linkmap_reader *r)
{
	enum linkmap_dialect d;
	const char *p = r->line, *end = r->line + r->n;

	linkmap_blanks(&p, end);
	return linkmap_probe((const uint8_t *)p, (uint64_t)(end - p), &d);
}

int linkmap_cross_references(struct linkmap_reader *r)
{
	bool titled = false;
	int got, result;

	while ((got = linkmap_next(r)) > 0) {
		if (!r->n)
			continue;
		if (!titled) {
			if (!linkmap_starts(r->line, r->n, "Symbol ") || memcmp(r->line + r->n - 4, "File", 4))
				return linkmap_unknown_row(r, "the cross reference table");
			titled = true;
			continue;
		}
		if (is_heading(r))
			return linkmap_fail(r, "a second map begins here");
		result = cross_row(r);
		if (result < 0)
			return result;
	}
	if (!got && !titled)
		return linkmap_fail(r, "the map is cut off: its cross reference table is missing");
	return got;
}

/* ---- tables under headings ---------------------------------------------------------------------------------------- */

/* The table that this line begins; 0: it is no heading. */
static unsigned heading(const struct linkmap_reader *r, const struct linkmap_form *form)
{
	size_t i;

	if (!memchr("ACDLMT", r->line[0], 6))
		return 0;
	for (i = 0; i < form->heading_count; i++)
		if (linkmap_line_is(r, form->headings[i].text))
			return form->headings[i].table;
	return 0;
}

static int enter(struct linkmap_reader *r, const struct linkmap_form *form, unsigned from, unsigned to)
{
	if ((r->tables & (1u << to)) || (from >= form->ordered_from && to < from))
		return linkmap_fail(r, "a second map begins here");
	if (to == form->cross_references && !(r->tables & form->complete))
		return linkmap_fail(r, "the cross reference table stands before the end of the memory map");
	r->tables |= 1u << to;
	return 0;
}

int linkmap_headed_tables(struct linkmap_reader *r, const struct linkmap_form *form)
{
	unsigned table = 0, next;
	int got, result;

	while ((got = linkmap_next(r)) > 0) {
		if (!r->n)
			continue;
		next = heading(r, form);
		result = next ? enter(r, form, table, next) : form->row(r, table);
		if (result < 0)
			return result;
		table = next ? next : table;
		if (table == form->cross_references)
			return linkmap_cross_references(r);
	}
	if (!got && !(r->tables & form->complete))
		return linkmap_fail(r, "%s", form->cut_off);
	return got;
}
