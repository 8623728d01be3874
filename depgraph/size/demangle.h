/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demangle.h: names of C++ and Rust as people write them.
 *
 *	const char *shown[N];
 *	demangle_names(names, N, &arena, shown);
 *
 * The work is libiberty's, the demangler of binutils and gdb.  Names are untrusted input and demanglers
 * have a history, so it runs in a confined child, for all names at once: a few milliseconds a call.  A name that is not mangled,
 * or that the demangler dies of, is shown as it is.
 */
#ifndef DEPGRAPH_SIZE_DEMANGLE_H
#define DEPGRAPH_SIZE_DEMANGLE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* By its first letters. */
bool is_mangled(const char *name);
/* ret[i] is names[i], or a string in the arena. Never fails: where there is no child or memory, all are shown as they are. */
void demangle_names(const char *const *names, size_t n, struct arena *arena, const char **ret);

#endif
