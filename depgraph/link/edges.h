/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edges.h: one object while its relocations are read (private to the room).
 *
 * A reader belongs to one thread; it looks at what resolution made and writes edges of its own.
 */
#ifndef DEPGRAPH_LINK_EDGES_H
#define DEPGRAPH_LINK_EDGES_H

#include "depgraph/link/link_model.h"

#define TARGET_UNKNOWN (LINK_NONE - 1)
#define FROM_ROOT      LINK_NONE /* "from": the linker itself keeps it */

struct link_edge {
	uint32_t from, to; /* sections; `to` of EDGE_BINDS is an input, of REASON_NAMED a name */
	uint32_t symbol;   /* LINK_NONE: the reason is the label */
	uint8_t kind, reason;
};

struct reader {
	struct link *l;
	uint32_t object;
	const struct link_tables *t;
	const struct elf_file *elf;
	uint32_t *targets; /* of local symbols: section, LINK_NONE, TARGET_UNKNOWN */
	struct link_edge *edges;
	size_t count, capacity;
	int error;
};

void link_emit(struct reader *e, uint32_t from, uint32_t to, enum edge_kind kind, uint32_t symbol,
	       enum link_reason reason);
uint32_t link_local_target(const struct reader *e, const struct elf_file_symbol *s);
uint32_t link_cached_target(struct reader *e, uint32_t symbol);

bool link_is_unwind(const struct elf_file_section *s);
/* The relocations `table` of the .eh_frame section `header`, by the linker's rule. */
void link_read_unwind(struct reader *e, uint32_t header, uint32_t table);

uint32_t link_symbol_label(struct link *l, uint32_t number);

#endif
