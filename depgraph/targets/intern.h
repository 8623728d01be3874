/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intern.h: strings kept once, with a number for each.
 *
 * An open-addressed table of numbers over an array of strings; the strings live in the caller's arena.
 */
#ifndef DEPGRAPH_TARGETS_INTERN_H
#define DEPGRAPH_TARGETS_INTERN_H

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

struct intern {
	const char **strings;
	uint32_t count, capacity;
	uint32_t *slots; /* number + 1; 0: free */
	uint32_t *hashes; /* of strings */
	uint32_t slot_count; /* a power of two */
};

void intern_release(struct intern *t);
/* 0 or -ENOMEM (also beyond 2^31 strings). */
int intern_add(struct intern *t, struct arena *a, const char *s, size_t n, uint32_t *ret);
uint32_t intern_find(const struct intern *t, const char *s, size_t n); /* UINT32_MAX: not there */
uint32_t intern_hash(const char *s, size_t n);

#endif
