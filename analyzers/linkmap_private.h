/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linkmap_private.h: what the readers of the four dialects share.
 *
 * A reader walks lines: linkmap_next() moves on, r->line and r->n are the line
 * without its end.  All four linkers end their last line, so text after the last
 * line end is a map that was cut off, and linkmap_next() says so.
 *
 *	while ((got = linkmap_next(r)) > 0)
 *		if ((r2 = row(r)) < 0)
 *			return r2;
 *
 * GNU ld and gold print the same tables in front of the memory map, gold's
 * made to look like GNU ld's; those rows are read by linkmap_tables.c.
 */
#ifndef ANALYZERS_LINKMAP_PRIVATE_H
#define ANALYZERS_LINKMAP_PRIVATE_H

#include "analyzers/linkmap.h"

#include <string.h>

#define LINKMAP_NAME_COLUMN 16 /* GNU ld, gold: where the address stands after a section's name */

struct linkmap_reader {
	const struct linkmap_visitor *v;
	void *ctx;
	const char *file;
	struct error *err;
	const char *begin, *end, *next; /* of the text; after the current line */
	const char *line;
	size_t n;
	uint64_t number;
	struct linkmap_text output; /* the output section that rows belong to */
	struct linkmap_text crossed; /* the symbol that lines of the cross reference table belong to */
	unsigned tables;             /* headings seen */
};

/* -EBADMSG, with the current line's number and offset. */
int linkmap_fail(struct linkmap_reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int linkmap_unknown_row(struct linkmap_reader *r, const char *table);

/* 1: a line; 0: the end; -EBADMSG: the text ends inside a line. */
int linkmap_next(struct linkmap_reader *r);
/* The line after the current one, without moving; false: there is none, or it has no end. */
bool linkmap_peek(const struct linkmap_reader *r, struct linkmap_text *ret);

static inline bool linkmap_line_is(const struct linkmap_reader *r, const char *text)
{
	size_t n = strlen(text);

	return r->n == n && !memcmp(r->line, text, n);
}

static inline bool linkmap_starts(const char *p, size_t n, const char *prefix)
{
	size_t len = strlen(prefix);

	return n >= len && !memcmp(p, prefix, len);
}

/* A number without sign or prefix, at most 64 bits; moves past it. */
bool linkmap_digits(const char **p, const char *end, unsigned base, uint64_t *ret);
/* "0x" and digits. */
bool linkmap_hex(const char **p, const char *end, uint64_t *ret);
/* Moves past blanks and says how many there were. */
size_t linkmap_blanks(const char **p, const char *end);

/* "0xADDRESS 0xSIZE" at p; *p is then what follows. */
bool linkmap_address_size(const char **p, const char *end, uint64_t *ret_address, uint64_t *ret_size);
/*
 * A name at `indent`, then address and size from column 16 on, on this line or (long name) on the next, which is
 * then the current one. 1: *rest is what follows the size; 0: there is a name only, the reader has not moved.
 */
int linkmap_named_row(struct linkmap_reader *r, size_t indent, struct linkmap_section_row *row, struct linkmap_text *rest);

/*
 * The form that GNU ld and gold share: tables under headings, each once; the cross references, if any, are the last.
 * Tables have numbers in their order below 31, 0 is none; a bit of r->tables above them says that the memory map is complete.
 */
struct linkmap_form {
	const struct linkmap_heading {
		const char *text;
		unsigned table;
	} *headings;
	size_t heading_count;
	unsigned ordered_from; /* tables behind this one stand in their order */
	unsigned cross_references;
	unsigned complete;     /* the bit */
	const char *cut_off;   /* what to say when it is not set at the end */
	int (*row)(struct linkmap_reader *r, unsigned table);
};
int linkmap_headed_tables(struct linkmap_reader *r, const struct linkmap_form *form);

/* Rows of the tables in front of the memory map. */
int linkmap_included_row(struct linkmap_reader *r, bool library);
int linkmap_common_row(struct linkmap_reader *r);
int linkmap_discarded_row(struct linkmap_reader *r);
/* "Symbol    File" and below, to the end of the text; the heading is the current line. */
int linkmap_cross_references(struct linkmap_reader *r);
/* "file:(section)" as lld and mold print it, at the third level. */
bool linkmap_file_section(struct linkmap_text text, struct linkmap_section_row *row);

#define LINKMAP_CALL(r, fn, ...) ((r)->v->fn ? (r)->v->fn((r)->ctx, __VA_ARGS__) : 0)

int linkmap_parse_gnu(struct linkmap_reader *r);
int linkmap_parse_gold(struct linkmap_reader *r);
int linkmap_parse_lld(struct linkmap_reader *r);
int linkmap_parse_mold(struct linkmap_reader *r);

#endif
