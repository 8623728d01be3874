/* SPDX-License-Identifier: Apache-2.0 */
/*
 * references.h: everything in a position-independent ELF file that leads into a range of it.
 *
 * Whoever moves bytes must find what points at them.  In a shared library or a PIE every absolute
 * address that is stored somewhere has a relocation, so relocations, symbols
 * and the code itself (addresses formed relative to the program counter) are all
 * there is.  What is not a form that is known here is an error, never passed over.
 *
 *	r = references_find(elf, ranges, count, found, ctx, &err);
 *
 * found() gets each reference whose target lies in a range, or at its very end (which is not
 * necessarily meant: see `end`).
 */
#ifndef DEPGRAPH_APPLY_REFERENCES_H
#define DEPGRAPH_APPLY_REFERENCES_H

#include "analyzers/elf_file.h"

#include <stdbool.h>
#include <stdint.h>

struct address_range {
	uint64_t start, end;
};

enum reference_kind {
	REFERENCE_RELATIVE,  /* relocation without a symbol: the addend is the target */
	REFERENCE_RELR,      /* the same without a table: the word in place is the target */
	REFERENCE_SYMBOL,    /* a symbol's value */
	REFERENCE_CODE,      /* an instruction forms or reads the address */
};

struct reference {
	enum reference_kind kind;
	uint32_t range;      /* index */
	bool end;            /* the target is the range's end, one byte behind it */
	uint64_t place;      /* address of what refers; of a symbol its index in its table */
	uint64_t target;
	uint64_t word;       /* file offset of the word that says the target; 0: it cannot be rewritten */
	unsigned width;      /* of that word: 8, or 4 when it is relative to `base` */
	uint64_t base;
	uint64_t copy;       /* file offset of a second word that holds the same value; 0: none */
	uint64_t size;       /* of a symbol: its st_size, which stands in the 8 bytes after `word` */
	const char *name;    /* of a symbol; else the section that refers; never NULL */
};

typedef int (*reference_found)(void *ctx, const struct reference *r);

/*
 * Negative results of found() end it.  -EOPNOTSUPP (err says which reference): something that may refer and cannot be
 * followed: another machine, fixed addresses, relocations of an unknown kind or outside of every section.
 */
int references_find(const struct elf_file *elf, const struct address_range *ranges, uint32_t count,
		    reference_found found, void *ctx, struct error *err);

/* Its part that reads code; ranges as above. */
int references_in_code(const struct elf_file *elf, const struct address_range *ranges, uint32_t count,
		       reference_found found, void *ctx, struct error *err);

#endif
