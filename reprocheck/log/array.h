/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_array.h: arrays that grow, for the tables of execution logs.
 *
 *	struct log_array rows = LOG_ARRAY_OF(struct row);
 *	struct row *r = log_array_add(&rows, 1);        NULL: no memory
 *	LOG_AT(&rows, struct row, i)->x = 1;
 *
 * A pointer into an array is valid until something is added.  Growth is by half, so
 * that a large array leaves little behind; glibc moves large blocks by remapping.
 */
#ifndef REPROCHECK_LOG_ARRAY_H
#define REPROCHECK_LOG_ARRAY_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct log_array {
	char *data;
	size_t count, cap, item;
};
#define LOG_ARRAY_OF(type) { .item = sizeof(type) }
/* NULL while the array has no memory yet: an empty list. */
#define LOG_AT(array, type, i) ((type *)(void *)((array)->data ? (array)->data + (size_t)(i) * sizeof(type) : NULL))

/* Room for `more` items, not counted yet. 0 or -1. */
static inline int log_array_reserve(struct log_array *a, size_t more)
{
	size_t need = a->count + more, cap = a->cap + a->cap / 2 + 16;
	char *p;

	if (need <= a->cap)
		return 0;
	cap = cap < need ? need : cap;
	p = need < a->count ? NULL : reallocarray(a->data, cap, a->item);
	if (!p)
		return -1;
	a->data = p;
	a->cap = cap;
	return 0;
}

static inline void *log_array_add(struct log_array *a, size_t more)
{
	void *p;

	if (log_array_reserve(a, more) < 0)
		return NULL;
	if (more == 0)
		return a->data;
	p = a->data + a->count * a->item;
	memset(p, 0, more * a->item);
	a->count += more;
	return p;
}

static inline void log_array_release(struct log_array *a)
{
	free(a->data);
	a->data = NULL;
	a->count = a->cap = 0;
}

#endif
