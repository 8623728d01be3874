/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leaf.h: a pair of leaf parts at hand (private to the engine: leaf.c, tokens.c, records.c).
 *
 * The functions add segments to the descent so that together they cover both
 * sides; offsets are those of the contents.
 */
#ifndef REPROCHECK_COMPARE_LEAF_H
#define REPROCHECK_COMPARE_LEAF_H

#include "reprocheck/compare/workspace.h"

struct pair {
	struct layout *layout[2];
	const struct part *part[2];
	const char *path;
	uint64_t off[2], len[2];
	uint32_t leaf; /* index, once needed; UINT32_MAX */
};

struct run run_of(const struct pair *p, uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len);

/* Bytes of equal length that are explained in pass 4; cut in pieces that are multiples of `unit`. */
int add_leaf(struct descent *d, struct pair *p, uint64_t a, uint64_t b, uint64_t len, uint64_t unit);
/* Bytes that do not correspond: one run. Either length may be 0. */
int add_replaced(struct descent *d, struct pair *p, uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len);
/* Bytes that correspond as a whole, aligned inside. */
int align_piece(struct descent *d, struct pair *p, uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len);

/* embedded_strings.c: replaced bytes that hold the same number of strings, more than one, on both sides. */
bool holds_strings(const struct descent *d, uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len);
int add_strings(struct descent *d, struct pair *p, uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len);

/* Both sides at equal lengths, a leaf but for strings that grew at the cost of the zeros behind them. */
int add_in_place(struct descent *d, struct pair *p);

/* tokens.c: strings (end '\0') or lines (end '\n'). */
int compare_tokens(struct descent *d, struct pair *p, int end);

/* records.c: both parts have the same records, of a size over 0. */
int compare_records(struct descent *d, struct pair *p);

#endif
