/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dwarf_image.h: what dwarf_image.c gathers for dwarf.c.  Private to them.
 */
#ifndef ANALYZERS_DWARF_IMAGE_H
#define ANALYZERS_DWARF_IMAGE_H

#include "analyzers/dwarf.h"

#define DWARF_SECTIONS_MAX 32

struct dwarf_section {
	char name[32];     /* ".debug_info", also where the file says .zdebug_info */
	uint32_t index;    /* in the ELF file */
	const uint8_t *data;
	uint64_t size;
	struct content *plain; /* decompressed; NULL: it was not compressed */
	uint8_t *copy;         /* relocated; NULL: nothing was to be relocated */
};

struct dwarf_image {
	const struct layout *elf;
	bool big, wide;
	struct dwarf_section sections[DWARF_SECTIONS_MAX];
	size_t count;
	uint64_t relocations; /* applied so far */
};

const struct dwarf_section *dwarf_section(const struct dwarf_image *d, const char *name);
/* The address that a query means. false: it is none, or of a section that does not get into memory. */
bool dwarf_query_address(const struct dwarf_image *d, const struct dwarf_query *q, uint64_t *ret);
/* The debug section that a query means; NULL: none. */
const struct dwarf_section *dwarf_query_section(const struct dwarf_image *d, const struct dwarf_query *q);

#endif
