/* SPDX-License-Identifier: Apache-2.0 */
/*
 * traces.h: strings by which a program may find a library or a symbol at run time.
 *
 * A file that calls dlopen and holds the name of a library may open it; one that calls dlsym and holds the name of a symbol
 * may look it up.  Names that are put together at run time leave no trace, so a trace keeps, and its
 * absence proves nothing by itself.
 */
#ifndef DEPGRAPH_LIBS_TRACES_H
#define DEPGRAPH_LIBS_TRACES_H

#include "depgraph/libs/bindings.h"

struct trace {
	uint32_t module;  /* the library of the closure that holds the string; CLOSURE_NONE: none does */
	const char *text; /* in the file */
};

struct traces {
	struct trace *opened, *looked_up; /* per library of the closure: the first found */
};

int traces_find(const struct closure *c, const struct bindings *b, struct traces *ret); /* -ENOMEM */
void traces_release(struct traces *t);

enum { TRACES_DLOPEN = 1, TRACES_DLSYM = 2 };
/* Which of the two families a file imports; with `defined`, also those that it defines itself. */
unsigned traces_calls(const struct elf_file *f, bool defined);
/* Every string of the file's data of at most TRACES_TEXT_MAX bytes; a negative result of the callback ends it. */
#define TRACES_TEXT_MAX 1024
int traces_strings(const struct elf_file *f, int (*found)(void *ctx, const char *text, size_t len), void *ctx);

#endif
