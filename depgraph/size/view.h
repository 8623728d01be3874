/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view.h: the rows that are shown: sorted, the small ones folded, names demangled.
 *
 *	struct size_view view = SIZE_VIEW_INIT;
 *	r = size_view_one(&view, &tree, &options);         or
 *	r = size_view_two(&view, &old, &new, &options);    adds what only OLD has to `new`
 *
 * Rows are in the order of printing: a row's children follow it, one deeper.  rows[0] is the total.  What is folded
 * stands in one row, so at every level the rows add up to the one above.
 */
#ifndef DEPGRAPH_SIZE_VIEW_H
#define DEPGRAPH_SIZE_VIEW_H

#include "base/arena.h"
#include "depgraph/size/size.h"

enum size_order { SIZE_BY_FILE, SIZE_BY_LOADED, SIZE_BY_NAME };
int size_order_parse(const char *word, enum size_order *ret); /* -EINVAL */

struct size_view_options {
	enum size_order order;
	unsigned long long limit, min_bytes; /* rows of a level; 0: all */
	bool unchanged;                      /* of two: also rows that did not change */
	bool mangled;                        /* names as the file has them */
};

struct size_row {
	const char *name;
	const char *shown;           /* demangled; the same where it is not mangled */
	uint64_t file, loaded;       /* now */
	uint64_t old_file, old_loaded;
	uint32_t depth;
	uint32_t folded;             /* rows that this one stands for; 0: itself */
	bool in_old, in_new;
};

struct size_view {
	struct size_row *rows;
	size_t count, capacity;
	bool two;
	struct arena arena;
};
#define SIZE_VIEW_INIT { .arena = ARENA_INIT((size_t)4 << 30) }

int size_view_one(struct size_view *v, struct size_tree *t, const struct size_view_options *o);
int size_view_two(struct size_view *v, const struct size_tree *older, struct size_tree *newer,
		  const struct size_view_options *o);
void size_view_release(struct size_view *v);

#endif
