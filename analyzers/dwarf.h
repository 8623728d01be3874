/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dwarf.h: from places in an ELF file to the sources they come from.
 *
 * Two steps, because of what the second one is.  dwarf_image_open() gathers
 * the debug sections of an ELF layout: it decompresses them (zlib and zstd)
 * and applies the relocations of an object file.  dwarf_places() hands them to
 * libdwarf and answers queries.  libdwarf of Debian 12 (20210528) has known
 * memory-safety faults, so that step belongs into a confined child; it opens
 * no file, and gives its answers one by one so that those before a crash are
 * not lost.
 *
 *	r = dwarf_image_open(elf, &image, &err);        -ENODATA: no debug information
 *	in the child: r = dwarf_places(image, queries, n, answer, ctx);
 *	dwarf_image_free(image);
 *
 * Only the line tables of units that a query falls into are read.  An address
 * is looked up in .debug_aranges, and where that says nothing in the ranges of
 * all units.
 */
#ifndef ANALYZERS_DWARF_H
#define ANALYZERS_DWARF_H

#include "analyzers/layout.h"

#define DWARF_ADDRESS UINT32_MAX

/*
 * A place: offset `value` of the (decompressed) section with index `section`,
 * or with DWARF_ADDRESS an address as the layout of the ELF file gives it
 * (image_address(); in an object file, which has no addresses, the offset in
 * the file).
 */
struct dwarf_query {
	uint32_t section;
	uint64_t value;
};

/* Empty strings and line 0: not known. Strings are cut at their end. */
struct dwarf_answer {
	bool found;          /* the unit is known */
	uint32_t line;
	char unit[256];      /* DW_AT_name of the compilation unit */
	char directory[256]; /* DW_AT_comp_dir */
	char producer[256];
	char file[256];      /* without the directory where it begins with that */
	char entity[128];    /* for a place in .debug_info: "variable counter", "subprogram main" */
};

/* The query for offset `off` of the file (in elf's window): in debug information that is not compressed its section and
 * offset, elsewhere the address. false: nothing there has a source. */
bool dwarf_query_at(const struct layout *elf, uint64_t off, struct dwarf_query *ret);

struct dwarf_image;

/* `elf` is the layout of a whole ELF file, and must outlive the result. */
int dwarf_image_open(struct layout *elf, struct dwarf_image **ret, struct error *err);
void dwarf_image_free(struct dwarf_image *d);
DEFINE_CLEANUP(struct dwarf_image *, dwarf_image_free)

/* Calls answer(ctx, i, a) at most once for each query, in any order; those that are not called for have no answer.
 * A negative result of answer() ends it. -EBADMSG: not even the sections could be made sense of. */
int dwarf_places(const struct dwarf_image *d, const struct dwarf_query *queries, size_t n,
		 int (*answer)(void *ctx, size_t i, const struct dwarf_answer *a), void *ctx);

/* Every unit, in the order of .debug_info, then what they cover: ranges of addresses (DWARF_ADDRESS), and of sections of debug
 * information that are not compressed (their index in the ELF file). `name` is "" where it is not known. For the confined
 * child, too; a negative result of a visitor ends it. */
struct dwarf_units_visitor {
	int (*unit)(void *ctx, const char *directory, const char *name);
	int (*range)(void *ctx, size_t unit, uint32_t section, uint64_t start, uint64_t end);
};
int dwarf_units(const struct dwarf_image *d, const struct dwarf_units_visitor *visitor, void *ctx);

#endif
