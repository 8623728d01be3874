/* SPDX-License-Identifier: Apache-2.0 */
/*
 * predict.h: what a link with --gc-sections would take out of the file (private to the room).
 *
 * Ranges of the linked file's memory that dead sections fill, with the padding behind
 * them; and what goes with them: symbols, unwind entries, dynamic relocations, strings.
 */
#ifndef DEPGRAPH_LINK_PREDICT_H
#define DEPGRAPH_LINK_PREDICT_H

#include "depgraph/link/link_model.h"

struct dead_range {
	uint64_t address, end; /* end: of the section itself */
	uint64_t next;         /* where the next section begins, when only padding is between */
	uint32_t section;
};

struct dead_ranges {
	struct dead_range *items; /* by address; they do not overlap */
	size_t count;
};
int link_dead_ranges(const struct link *l, struct dead_ranges *ret);
void dead_ranges_release(struct dead_ranges *d);
bool dead_ranges_hold(const struct dead_ranges *d, uint64_t address);

/* Sets named[number] of each global symbol that a live section's relocation names. */
void link_live_references(const struct link *l, uint8_t *named);

/*
 * What the output has for each symbol that it imports, of those that no live section names: entries of
 * its symbol tables, of the PLT and GOT, and their relocations; and the relocations of dead data.  Adds to
 * removed[] by section of the output, and to the sums in `p`.
 */
int link_dead_imports(const struct link *l, const struct dead_ranges *d, uint64_t *removed, struct link_prediction *p);

/* Would the linker tell that it removes the section? */
bool link_is_removable(const struct link *l, const struct link_section *s);

/* Bytes of the output's .eh_frame that describe dead code, and their number. */
void link_dead_unwind(const struct elf_file *f, const struct dead_ranges *d, uint64_t *ret_bytes, uint64_t *ret_entries);

/* Bytes that merged sections lose: strings and constants that only dead sections bring. */
int link_dead_merged(const struct link *l, uint64_t *ret);

/* The size of the file after sections of the output have shrunk by removed[i]. */
uint64_t link_shrunk_size(const struct elf_file *f, const uint64_t *removed);

#endif
