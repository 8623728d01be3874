/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All units with what they cover: addresses, and their part of .debug_info and
 * .debug_line.  Units that .debug_aranges names are taken from there, which is one walk over a table; the others (clang
 * writes none) are asked for their own ranges.
 */
#include "analyzers/dwarf_reader.h"

#include <dwarf.h>
#include <errno.h>

struct telling {
	struct dwarf_reader reader;
	const struct dwarf_units_visitor *visitor;
	void *ctx;
	uint8_t *covered; /* a unit each */
	int result;
};

static const char *text_attribute(Dwarf_Die die, Dwarf_Half which)
{
	char *s;

	return dwarf_die_text(die, which, &s, NULL) == DW_DLV_OK ? s : NULL;
}

/* A skeleton names the file that has the rest. */
static void tell_unit(struct telling *t, size_t i)
{
	const char *name = NULL, *directory = NULL;
	Dwarf_Die die;

	if (t->reader.units[i].die != DWARF_NO_OFFSET &&
	    dwarf_offdie_b(t->reader.dbg, t->reader.units[i].die, true, &die, NULL) == DW_DLV_OK) {
		name = text_attribute(die, DW_AT_name);
		name = name ? name : text_attribute(die, DW_AT_dwo_name);
		name = name ? name : text_attribute(die, DW_AT_GNU_dwo_name);
		directory = text_attribute(die, DW_AT_comp_dir);
		dwarf_dealloc_die(die);
	}
	t->result = t->visitor->unit(t->ctx, directory ? directory : "", name ? name : "");
}

static void tell_addresses(void *ctx, size_t unit, uint64_t low, uint64_t high)
{
	struct telling *t = ctx;

	if (unit >= t->reader.unit_count || t->result < 0 || low >= high)
		return;
	t->covered[unit] = 1;
	t->result = t->visitor->range(t->ctx, unit, DWARF_ADDRESS, low, high);
}

/* What has been decompressed has no offsets in the file. */
static const struct dwarf_section *plain_section(const struct telling *t, const char *name)
{
	const struct dwarf_section *s = dwarf_section(t->reader.d, name);

	return s && !s->plain ? s : NULL;
}

static void tell_info(struct telling *t)
{
	const struct dwarf_section *s = plain_section(t, ".debug_info");
	size_t i;

	for (i = 0; s && t->result >= 0 && i < t->reader.unit_count; i++) {
		const struct dwarf_unit *u = &t->reader.units[i];

		if (u->next > u->header && u->next <= s->size)
			t->result = t->visitor->range(t->ctx, i, s->index, u->header, u->next);
	}
}

/* A line table is a unit_length and that many bytes; units may share one: it is the first one's. */
static void tell_line_table(struct telling *t, const struct dwarf_section *s, size_t i)
{
	struct cursor c = { .base = s->data, .size = s->size, .big = t->reader.d->big };
	uint64_t start = t->reader.units[i].lines, length;

	cursor_seek(&c, start);
	length = cursor_u32(&c);
	if (length == 0xffffffff)
		length = cursor_u64(&c);
	cursor_skip(&c, length);
	if (!c.failed)
		t->result = t->visitor->range(t->ctx, i, s->index, start, c.pos);
}

static void tell_lines(struct telling *t)
{
	const struct dwarf_section *s = plain_section(t, ".debug_line");
	uint64_t last = DWARF_NO_OFFSET;
	size_t i;

	for (i = 0; s && t->result >= 0 && i < t->reader.unit_count; i++) {
		if (t->reader.units[i].lines == DWARF_NO_OFFSET || t->reader.units[i].lines == last)
			continue;
		last = t->reader.units[i].lines;
		tell_line_table(t, s, i);
	}
}

int dwarf_units(const struct dwarf_image *d, const struct dwarf_units_visitor *visitor, void *ctx)
{
	struct telling t = { .visitor = visitor, .ctx = ctx };
	size_t i;
	int r = dwarf_reader_open(&t.reader, d);

	if (r < 0)
		return r;
	t.covered = calloc(t.reader.unit_count + 1, 1);
	t.result = t.covered ? 0 : -ENOMEM;
	for (i = 0; t.result >= 0 && i < t.reader.unit_count; i++)
		tell_unit(&t, i);
	if (t.result >= 0)
		dwarf_reader_aranges(&t.reader, tell_addresses, &t);
	for (i = 0; t.result >= 0 && i < t.reader.unit_count; i++)
		if (!t.covered[i])
			dwarf_reader_unit_ranges(&t.reader, i, tell_addresses, &t);
	tell_info(&t);
	tell_lines(&t);
	free(t.covered);
	dwarf_reader_close(&t.reader);
	return t.result < 0 ? t.result : 0;
}
