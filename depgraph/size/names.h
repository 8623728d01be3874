/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h: names of rows, each kept once and known by a number.
 *
 *	struct size_names names = SIZE_NAMES_INIT;
 *	id = size_name(&names, text, n, false);    the text lies in an input that outlives the names
 *	id = size_name(&names, text, n, true);     copied
 *	names.text[id]
 *
 * Numbers are dense, in the order of first use.  A failed allocation is sticky
 * in names.error, and every name is then 0.
 */
#ifndef DEPGRAPH_SIZE_NAMES_H
#define DEPGRAPH_SIZE_NAMES_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct size_name_slot {
	uint32_t hash, id; /* id + 1; 0: free */
};

struct size_names {
	const char **text;
	uint32_t count, capacity;
	struct size_name_slot *slots;
	uint32_t slot_count; /* a power of two */
	struct arena arena;
	int error;
};
#define SIZE_NAMES_INIT { .arena = ARENA_INIT((size_t)8 << 30) }

/* `s` need not be terminated when it is copied; otherwise s[n] is NUL. */
uint32_t size_name(struct size_names *names, const char *s, size_t n, bool copy);
uint32_t size_namef(struct size_names *names, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void size_names_release(struct size_names *names);

#endif
