/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h: memory that lives as long as one analysed thing, freed at once.
 *
 * Not thread-safe; one arena an owner.  Every arena names its maximum, and an
 * allocation beyond it returns NULL as malloc would.  Memory is zeroed and
 * aligned to 16.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena_block;
struct arena {
	struct arena_block *head;
	size_t used, max;
};

#define ARENA_INIT(maximum) { .max = (maximum) }

void arena_release(struct arena *a);
void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t count, size_t size); /* checked multiply */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Everything that `from` holds belongs to `a` from now on (its maximum grows by it); `from` is empty. */
void arena_adopt(struct arena *a, struct arena *from);

#endif
