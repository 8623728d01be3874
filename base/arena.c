/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.c: a list of blocks, of which only the first has room.
 *
 * A block is as large as everything allocated so far (within limits), so the
 * number of blocks is logarithmic and at most half of the memory is unused.  An
 * allocation that is large beside a block gets one of its own, put second, so
 * that the room in the first is not lost.
 */
#include "base/arena.h"

#include "base/bytes.h"
#include "base/cleanup.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ALIGNMENT      16
#define SMALLEST_BLOCK ((size_t)512) /* many arenas hold a few names */
#define LARGEST_BLOCK  ((size_t)1 << 20)

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	_Alignas(ALIGNMENT) uint8_t data[];
};

void arena_release(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->head; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct arena)ARENA_INIT(a->max);
}

/* calloc: fresh pages come zeroed from the kernel and need no second pass. */
static struct arena_block *block_new(size_t size)
{
	struct arena_block *b;

	if (size > SIZE_MAX - sizeof(*b))
		return NULL;
	b = calloc(1, sizeof(*b) + size);
	if (b)
		b->size = size;
	return b;
}

static size_t next_block_size(const struct arena *a)
{
	size_t size = a->used < SMALLEST_BLOCK ? SMALLEST_BLOCK : a->used;

	return size > LARGEST_BLOCK ? LARGEST_BLOCK : size;
}

/* The first block with room for `size`, made when there is none. */
static struct arena_block *block_with_room(struct arena *a, size_t size)
{
	size_t block_size = next_block_size(a);
	struct arena_block *b = a->head;

	if (b && size <= b->size - b->used)
		return b;
	if (size > block_size / 4) {
		b = block_new(size);
		if (b && a->head) {
			b->next = a->head->next;
			a->head->next = b;
			return b;
		}
	} else {
		b = block_new(block_size);
	}
	if (b) {
		b->next = a->head;
		a->head = b;
	}
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b;
	void *p;

	if (size > a->max - a->used || size > SIZE_MAX - ALIGNMENT)
		return NULL;
	size = size ? (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1) : ALIGNMENT;
	if (size > a->max - a->used)
		return NULL;
	b = block_with_room(a, size);
	if (!b)
		return NULL;
	p = b->data + b->used;
	b->used += size;
	a->used += size;
	return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	uint64_t total;

	if (mul_overflows(count, size, &total) || total > SIZE_MAX)
		return NULL;
	return arena_alloc(a, total);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = n < SIZE_MAX ? arena_alloc(a, n + 1) : NULL;

	if (p && n)
		memcpy(p, s, n);
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (!p)
		return NULL;
	va_start(ap, fmt);
	(void)vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

void arena_adopt(struct arena *a, struct arena *from)
{
	struct arena_block **last = &a->head;

	while (*last)
		last = &(*last)->next;
	*last = from->head;
	a->used += from->used;
	a->max += from->used;
	*from = (struct arena)ARENA_INIT(from->max);
}
