/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_line.c: one unit of .debug_line: header, directories, files, program
 * (DWARF 5, section 6.2.4; DWARF 2 to 4, the same section).
 *
 * Before version 5 a file is its name, then directory index, time of last
 * modification and length, all unsigned LEB128.  That time is in what nvcc and
 * old assemblers write; gcc and clang leave it 0.  Version 5 describes the
 * columns first: (content type, form) pairs.
 *
 * One walk serves two readers: with a layout it adds the fields, without one it
 * only looks for the first file's name, which names the unit.
 */
#include "analyzers/elf_image.h"

#include <errno.h>
#include <stdio.h>

#define ENTRIES_MAX (1u << 18)
#define FORMATS_MAX 16

enum {
	DW_LNCT_path = 1,
	DW_LNCT_directory_index,
	DW_LNCT_timestamp,
	DW_LNCT_size,
	DW_LNCT_MD5,
	DW_LNCT_source = 0x2001,
};

struct line_walk {
	const struct elf *e;
	struct layout *child; /* NULL: only the name is wanted */
	struct cursor c;      /* over the header: up to the program */
	unsigned width, version;
	uint32_t str, line_str; /* part indices of the sections that strings stand in */
	const char *name;       /* of the first file */
	bool out_of_memory;
};

/* The bytes from `off` to the cursor are one field. */
static struct part *took(struct line_walk *w, uint64_t off, const char *name, enum meaning m,
			 enum coding coding)
{
	struct part *p;

	if (!w->child || w->c.failed || w->c.pos == off)
		return NULL;
	p = layout_field(w->child, off, w->c.pos - off, name, m, coding);
	w->out_of_memory |= !p;
	return p;
}

static uint64_t number(struct line_walk *w, unsigned width, const char *name, enum meaning m)
{
	uint64_t off = w->c.pos, v = cursor_uint(&w->c, width);

	(void)took(w, off, name, m, w->e->big ? CODED_BE : CODED_LE);
	return v;
}

static uint64_t uleb(struct line_walk *w, const char *name, enum meaning m)
{
	uint64_t off = w->c.pos, v = cursor_uleb(&w->c);

	(void)took(w, off, name, m, CODED_ULEB);
	return v;
}

static const char *string(struct line_walk *w, const char *name, enum meaning m)
{
	uint64_t off = w->c.pos;
	const char *s = cursor_cstr(&w->c, NULL);

	(void)took(w, off, name, m, CODED_BYTES);
	return s;
}

/* A string of another section. */
static const char *far_string(struct line_walk *w, const char *section, uint32_t target, const char *name,
			      enum meaning m)
{
	uint64_t off = w->c.pos, v = cursor_uint(&w->c, w->width);
	struct part *p = took(w, off, name, m, w->e->big ? CODED_BE : CODED_LE);
	struct reference *r = p ? arena_alloc(&w->child->arena, sizeof(*r)) : NULL;

	if (r) {
		*r = (struct reference){
			.kind = REFERS_OFFSET, .width = (uint8_t)w->width, .big = w->e->big, .target = target
		};
		p->references = r;
		p->reference_count = target != REFERENCE_NONE;
		p->meaning = MEANS_OFFSET;
	}
	return w->c.failed ? NULL : elf_debug_string(w->e, section, v);
}

/* One column of an entry. Returns its text, if it is one. */
static const char *column(struct line_walk *w, uint64_t form, const char *name, enum meaning m)
{
	uint64_t off = w->c.pos;

	switch (form) {
	case 0x08: /* string */ return string(w, name, m);
	case 0x0e: /* strp */ return far_string(w, ".debug_str", w->str, name, m);
	case 0x1f: /* line_strp */ return far_string(w, ".debug_line_str", w->line_str, name, m);
	case 0x0b:
	case 0x25: (void)number(w, 1, name, m); return NULL;
	case 0x05:
	case 0x26: (void)number(w, 2, name, m); return NULL;
	case 0x06:
	case 0x28: (void)number(w, 4, name, m); return NULL;
	case 0x07: (void)number(w, 8, name, m); return NULL;
	case 0x0f:
	case 0x1a: /* udata, strx */ (void)uleb(w, name, m); return NULL;
	case 0x1e: /* data16 */ cursor_skip(&w->c, 16); break;
	case 0x09: /* block */ cursor_skip(&w->c, cursor_uleb(&w->c)); break;
	default: w->c.failed = true;
	}
	(void)took(w, off, name, m, CODED_BYTES);
	return NULL;
}

static const char *typed_column(struct line_walk *w, uint64_t type, uint64_t form, const char *path)
{
	switch (type) {
	case DW_LNCT_path: return column(w, form, path, MEANS_PATH);
	case DW_LNCT_directory_index: (void)column(w, form, "directory index", MEANS_NOTHING); break;
	case DW_LNCT_timestamp: (void)column(w, form, "mtime", MEANS_TIME); break;
	case DW_LNCT_size: (void)column(w, form, "file length", MEANS_SIZE); break;
	case DW_LNCT_MD5: (void)column(w, form, "MD5", MEANS_ID); break;
	default: (void)column(w, form, type == DW_LNCT_source ? "source" : "vendor data", MEANS_TEXT);
	}
	return NULL;
}

/* Version 5: a table with its own description of columns. */
static void walk_table(struct line_walk *w, const char *format, const char *count_name, const char *path,
		       bool files)
{
	uint64_t types[FORMATS_MAX], forms[FORMATS_MAX], count, off, i;
	unsigned formats, k;
	const char *text;

	formats = (unsigned)number(w, 1, format, MEANS_COUNT);
	if (formats > FORMATS_MAX) {
		w->c.failed = true;
		return;
	}
	off = w->c.pos;
	for (k = 0; k < formats; k++) {
		types[k] = cursor_uleb(&w->c);
		forms[k] = cursor_uleb(&w->c);
	}
	(void)took(w, off, "entry format", MEANS_NOTHING, CODED_BYTES);
	count = uleb(w, count_name, MEANS_COUNT);
	if (count && !formats)
		w->c.failed = true;
	for (i = 0; i < count && i < ENTRIES_MAX && !w->c.failed; i++)
		for (k = 0; k < formats; k++) {
			text = typed_column(w, types[k], forms[k], path);
			if (files && !w->name && types[k] == DW_LNCT_path)
				w->name = text ? text : "";
		}
}

/* Versions 2 to 4. */
static void walk_old_tables(struct line_walk *w)
{
	uint64_t off = w->c.pos, len;
	const char *name;
	unsigned i;

	do {
		(void)cursor_cstr(&w->c, &len);
	} while (!w->c.failed && len);
	if (w->child && !w->c.failed)
		(void)layout_add(w->child, off, w->c.pos - off, PART_STRINGS, "include_directories");
	for (i = 0; i < ENTRIES_MAX && cursor_left(&w->c) && w->c.base[w->c.pos]; i++) {
		name = string(w, "file name", MEANS_PATH);
		if (!w->name)
			w->name = name;
		(void)uleb(w, "directory index", MEANS_NOTHING);
		(void)uleb(w, "mtime", MEANS_TIME);
		(void)uleb(w, "file length", MEANS_SIZE);
	}
	if (cursor_left(&w->c) && !w->c.base[w->c.pos])
		(void)number(w, 1, "end of file names", MEANS_NOTHING);
}

static void walk_tables(struct line_walk *w)
{
	uint64_t off;
	uint8_t opcodes;

	(void)number(w, 1, "minimum_instruction_length", MEANS_NOTHING);
	if (w->version >= 4)
		(void)number(w, 1, "maximum_operations_per_instruction", MEANS_NOTHING);
	(void)number(w, 1, "default_is_stmt", MEANS_NOTHING);
	(void)number(w, 1, "line_base", MEANS_NOTHING);
	(void)number(w, 1, "line_range", MEANS_NOTHING);
	opcodes = (uint8_t)number(w, 1, "opcode_base", MEANS_NOTHING);
	off = w->c.pos;
	cursor_skip(&w->c, opcodes ? opcodes - 1u : 0);
	(void)took(w, off, "standard_opcode_lengths", MEANS_NOTHING, CODED_BYTES);
	if (w->version < 5) {
		walk_old_tables(w);
		return;
	}
	walk_table(w, "directory format count", "directory count", "directory", false);
	walk_table(w, "file format count", "file count", "file name", true);
}

/* Returns the index of the part, which stays while parts move in memory; SIZE_MAX: none. */
static size_t add_header_length(struct line_walk *w, uint64_t off)
{
	struct part *p = NULL;

	if (w->child)
		p = elf_reference_field(w->child, off, w->width, "header_length", MEANS_SIZE,
					REFERS_SELF_SIZE, REFERENCE_NONE);
	return p ? (size_t)(p - w->child->parts) : SIZE_MAX;
}

/* From behind unit_length to the program, whose offset is returned; 0: malformed. */
static uint64_t walk_header(struct line_walk *w)
{
	uint64_t length, start;
	size_t field;

	w->version = (unsigned)number(w, 2, "version", MEANS_VERSION);
	if (w->version < 2 || w->version > 5)
		return 0;
	if (w->version == 5) {
		(void)number(w, 1, "address_size", MEANS_NOTHING);
		(void)number(w, 1, "segment_selector_size", MEANS_NOTHING);
	}
	length = cursor_uint(&w->c, w->width);
	if (w->c.failed || length > cursor_left(&w->c))
		return 0;
	start = w->c.pos;
	field = add_header_length(w, start - w->width);
	w->c.size = start + length;
	walk_tables(w);
	if (field != SIZE_MAX && !w->c.failed)
		elf_set_length(&w->child->parts[field], w->c.pos - start);
	return start + length;
}

int elf_split_line_unit(struct layout *child, const struct elf *e)
{
	struct line_walk w = { .e = e,
			       .child = child,
			       .c = elf_cursor(e, child->data, child->size),
			       .str = elf_part_named(e, ".debug_str"),
			       .line_str = elf_part_named(e, ".debug_line_str") };
	struct part *p;
	uint64_t program;

	if (!elf_add_unit_length(child, &w.c, &w.width))
		return -EBADMSG;
	program = walk_header(&w);
	if (w.out_of_memory)
		return -ENOMEM;
	if (w.c.failed || !program)
		layout_note(child, w.c.pos, "malformed line number header");
	if (!program || program >= child->size)
		return 0;
	p = layout_add(child, program, child->size - program, PART_DATA, "line program");
	if (p)
		elf_set_references(child, e, p, ROLE_DEBUG_LINE, ".debug_line");
	return 0;
}

bool elf_line_unit_name(const struct elf *e, const uint8_t *data, uint64_t size, char *out, size_t out_size)
{
	struct line_walk w = { .e = e, .c = elf_cursor(e, data, size) };
	const char *slash;
	uint64_t length;

	w.width = elf_unit_length(&w.c, &length);
	if (!w.width || !walk_header(&w) || !w.name || !*w.name)
		return false;
	slash = strrchr(w.name, '/');
	(void)snprintf(out, out_size, "%s", slash && slash[1] ? slash + 1 : w.name);
	return true;
}
