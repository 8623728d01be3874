/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.h: a text, line by line, without copying.
 */
#ifndef DEPGRAPH_TARGETS_LINES_H
#define DEPGRAPH_TARGETS_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct lines {
	const char *data;
	uint64_t size, next; /* where the next line begins */
	uint32_t number;     /* of the line that `p` is */
	const char *p;       /* without its end */
	size_t n;
	bool cut;            /* it is the last one and has no end */
};

static inline bool lines_next(struct lines *l)
{
	const char *end;

	if (l->next >= l->size)
		return false;
	l->p = l->data + l->next;
	end = memchr(l->p, '\n', l->size - l->next);
	l->cut = !end;
	l->n = end ? (size_t)(end - l->p) : l->size - l->next;
	l->next += l->n + 1;
	if (l->n && l->p[l->n - 1] == '\r')
		l->n--;
	l->number++;
	return true;
}

static inline uint64_t lines_offset(const struct lines *l) { return l->p ? (uint64_t)(l->p - l->data) : 0; }

#endif
