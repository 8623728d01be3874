/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dwarf_reader.h: libdwarf over a struct dwarf_image: its units and their ranges.
 * Private to dwarf.c and dwarf_units.c, and like them for a confined child:
 * errors are not followed up, since the process ends soon.
 */
#ifndef ANALYZERS_DWARF_READER_H
#define ANALYZERS_DWARF_READER_H

#include "analyzers/dwarf_image.h"

#include <libdwarf.h>

#define DWARF_NO_UNIT SIZE_MAX
#define DWARF_NO_OFFSET UINT64_MAX

struct dwarf_unit {
	uint64_t header, next; /* extent in .debug_info */
	uint64_t die;
	uint64_t abbrevs, lines; /* offsets of its tables; DWARF_NO_OFFSET */
};

struct dwarf_reader {
	const struct dwarf_image *d;
	Dwarf_Debug dbg;
	Dwarf_Obj_Access_Interface access;
	struct dwarf_unit *units;
	size_t unit_count;
};

/* -EBADMSG: not even the sections could be made sense of. Reads the headers of all units. */
int dwarf_reader_open(struct dwarf_reader *r, const struct dwarf_image *d);
void dwarf_reader_close(struct dwarf_reader *r);

uint64_t dwarf_offset_attribute(Dwarf_Die die, Dwarf_Half which);
size_t dwarf_unit_by_info(const struct dwarf_reader *r, uint64_t off); /* DWARF_NO_UNIT */

typedef void (*dwarf_range_function)(void *ctx, size_t unit, uint64_t low, uint64_t high);
/* The ranges that .debug_aranges has, and those of one unit by its own attributes. */
void dwarf_reader_aranges(const struct dwarf_reader *r, dwarf_range_function found, void *ctx);
void dwarf_reader_unit_ranges(const struct dwarf_reader *r, size_t unit, dwarf_range_function found, void *ctx);

#endif
