/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ar_private.h: what ar.c and ar_symbols.c share.
 *
 * The symbol table of a static library lists the global symbols that its
 * members define.  ar_symbols() says what it should be, from the members.
 */
#ifndef ANALYZERS_AR_PRIVATE_H
#define ANALYZERS_AR_PRIVATE_H

#include "analyzers/layout.h"
#include "base/buffer.h"

#define AR_HEADER_SIZE 60

enum ar_tag {
	AR_NONE,
	AR_MEMBER,
	AR_SYMBOLS_32, /* "/" */
	AR_SYMBOLS_64, /* "/SYM64/" */
	AR_SYMBOLS_PE, /* the second "/" of an import library: Microsoft's sorted table */
	AR_LONG_NAMES, /* "//" */
	AR_RANLIB_32,  /* "__.SYMDEF" */
	AR_RANLIB_64,  /* "__.SYMDEF_64" */
	/* derived fields */
	AR_NAME_OFFSET,
	AR_SIZE,
	AR_SYMBOL_COUNT,
	AR_SYMBOL_OFFSETS,
	AR_SYMBOL_NAMES,
};

struct ar_symbols {
	uint64_t count;
	struct buffer offsets; /* big-endian words of `width`: where the member's header is */
	struct buffer names;   /* NUL-terminated, in the same order */
};

void ar_symbols_release(struct ar_symbols *s);
/*
 * In the order of GNU ar: by member, then as in the member's symbol table. Members that are no ELF objects define nothing.
 * `archive` is finished. 0, -ENOMEM or -EFBIG.
 */
int ar_symbols(const struct layout *archive, unsigned width, struct ar_symbols *ret);

#endif
