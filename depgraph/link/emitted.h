/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emitted.h: what refers to what in a linked file that kept its relocations (--emit-relocs, -q), private to the room.
 *
 * Without objects there are no input sections.  Nodes are the functions and data objects that the symbol
 * table gives a size to; edges are the kept relocations and what machine code says where the assembler left none.
 * All other bytes are "what nobody names": they stay, and what they refer to stays.
 *
 *	r = emitted_build(elf, roots, &graph, output, &emitted);   1: done; 0: nothing to go by (emitted is NULL)
 *	graph_finish(&graph), graph_reach(&graph, ...)
 *	reach.live[emitted->first + i] is emitted->nodes[i]'s
 *	emitted_free(emitted);
 *
 * The files: emitted.c (nodes, roots), emitted_read.c (relocations), emitted_edges.c (who keeps what),
 * emitted_code.c (machine code).
 */
#ifndef DEPGRAPH_LINK_EMITTED_H
#define DEPGRAPH_LINK_EMITTED_H

#include "analyzers/elf_file.h"
#include "base/cleanup.h"
#include "base/verb.h"
#include "depgraph/model/graph.h"

struct emitted_node {
	uint64_t address, end;
	uint32_t section;
	bool global;      /* the name is */
	const char *name; /* of the first symbol there, a global one if there is any */
	const char *file; /* STT_FILE before a local symbol; "" */
};

/* An address between nodes, in data, that something refers to: where a jump table may begin. */
struct emitted_place {
	uint64_t address;
};

struct emitted {
	const struct elf_file *elf;
	struct graph *graph;
	struct emitted_node *nodes; /* by address, none overlap */
	size_t count;
	struct emitted_place *places; /* by address */
	size_t place_count, place_capacity;
	node_id first, first_place;
	uint8_t *cut; /* by section: symbols cut it into nodes */
	uint64_t code_start, code_end; /* of all sections of code */
	uint32_t unnamed;        /* the label of what unnamed bytes refer to */
	size_t relocation_count; /* kept ones, of loaded sections */
};

int emitted_build(const struct elf_file *f, const struct string_list *roots, struct graph *g, node_id output,
		  struct emitted **ret);
void emitted_free(struct emitted *m);
DEFINE_CLEANUP(struct emitted *, emitted_free)

/* ---- between the files ------------------------------------------------------------------------------------------- */

#define EMITTED_NONE SIZE_MAX

/* The node that covers an address; EMITTED_NONE. */
size_t emitted_at(const struct emitted *m, uint64_t address);
/* `from` keeps `to`; from EMITTED_NONE (unnamed bytes), it is a root. */
void emitted_keep(struct emitted *m, size_t from, size_t to);
static inline bool emitted_is_code(const struct emitted *m, uint32_t section)
{
	return section && m->elf->sections[section].flags & SHF_EXECINSTR;
}

struct emitted_reference {
	uint64_t at;      /* the place that refers */
	uint64_t symbol;  /* address of what is named: of a function or data object, or of a section or label */
	uint64_t target;  /* with the addend: the address meant */
	uint32_t section; /* of `at` */
	uint32_t target_section; /* the symbol's; 0: it is absolute */
	bool label;       /* `symbol` is no section */
	bool object;      /* `symbol` is a function or data object, which is meant as a whole */
	bool relative;    /* to `at` */
	bool displacement; /* an index may be added to it */
};

/* Does a relocation section hold kept relocations of a loaded section? */
bool emitted_is_table(const struct elf_file *f, uint32_t table);
/* False: it refers to nothing in this file (an import, a thread's variable, no relocation at all). */
bool emitted_reference(const struct elf_file *f, uint32_t table, uint64_t i, struct emitted_reference *ret);

int emitted_find_places(struct emitted *m);
void emitted_follow_relocations(struct emitted *m);

/* Can this machine's code be read? */
bool emitted_reads_code(const struct elf_file *f);
int emitted_follow_code(struct emitted *m);

#endif
