/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folding.h: functions that are the same.
 *
 *	r = folding_objects(link, safe, &groups);        from the objects: what --icf=safe or --icf=all would fold
 *	r = folding_symbols(elf, &groups);               from a linked file alone: equal but for relative operands, a guess
 *	folding_release(&groups);
 */
#ifndef DEPGRAPH_LIBS_FOLDING_H
#define DEPGRAPH_LIBS_FOLDING_H

#include "analyzers/elf_file.h"
#include "depgraph/link/link.h"

struct folded {
	uint32_t group;      /* ascending; the first of each group is the one that is kept */
	uint32_t item;       /* index of the link_section, or of the symbol in .symtab */
	uint64_t off, size;  /* of a symbol: in the file */
};

struct folding {
	struct folded *items; /* groups of at least two */
	size_t count;
	uint64_t bytes;       /* saved: all but the first of each */
	uint32_t groups;
	bool address_tables;  /* objects: some have .llvm_addrsig */
};

/* `safe`: only functions whose address nothing compares, as the compiler says. */
int folding_objects(const struct link *l, bool safe, struct folding *ret);
/* -ENOTSUP: a machine whose operands are not known here. */
int folding_symbols(const struct elf_file *f, struct folding *ret);
void folding_release(struct folding *f);

/* Of `count` items with a class each, in the order of preference: the groups of two and more. `size` of an item by index. */
struct folding_class {
	uint64_t class;
	struct folded item;
};
int folding_group(struct folding_class *classes, size_t count, struct folding *ret); /* sorts `classes` */

#endif
