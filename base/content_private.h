/* SPDX-License-Identifier: Apache-2.0 */
/*
 * content_private.h: what content.c, spool.c and guard.c share.
 */
#ifndef BASE_CONTENT_PRIVATE_H
#define BASE_CONTENT_PRIVATE_H

#include "base/content.h"

/*
 * A guard watches one mapping: reads (and, if `writable`, writes) of pages that
 * the kernel cannot provide go to zero pages instead, and it becomes damaged.
 * Remove it before the mapping goes away.
 */
int guard_add(const void *start, size_t size, bool writable, struct guard **ret);
void guard_remove(struct guard *g); /* NULL is fine */
bool guard_damaged(const struct guard *g);

/* A content that owns the malloc'd `heap`, taken on success only. */
int content_adopt_heap(uint8_t *heap, size_t size, const char *name, struct content **ret);
/* A content that owns the mapping and its guard, taken on success only. */
int content_adopt_map(uint8_t *map, size_t map_size, struct guard *guard, uint64_t size, const char *name,
		      struct content **ret);

#endif
