/* SPDX-License-Identifier: Apache-2.0 */
/*
 * align.h: which stretches of two sequences correspond.
 *
 * align_tokens() works on hashes (lines, strings, records), align_bytes() on
 * raw bytes.  Both report matches in ascending order of both sides; what lies
 * between two matches was replaced, inserted or deleted.  A match of
 * align_bytes may be `loose`: same length, mostly equal, to be compared position by position.
 */
#ifndef REPROCHECK_COMPARE_ALIGN_H
#define REPROCHECK_COMPARE_ALIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct match {
	uint64_t a, b, len;
	bool loose;
};

struct matches {
	struct match *items;
	size_t count, capacity;
};

void matches_release(struct matches *m);
int matches_add(struct matches *m, uint64_t a, uint64_t b, uint64_t len, bool loose);

int align_tokens(const uint64_t *a, size_t n, const uint64_t *b, size_t m, struct matches *ret);
int align_bytes(const uint8_t *a, uint64_t n, const uint8_t *b, uint64_t m, struct matches *ret);

/*
 * Bytes of equal length that mostly stand in place may still have moved in between, by an insertion that a deletion
 * further on makes up for: where nearly all bytes of a stretch differ, over SHIFT_MIN of them.  false: nowhere (then
 * both are n).
 */
#define SHIFT_MIN 192
bool find_shifted(const uint8_t *a, const uint8_t *b, uint64_t n, uint64_t *ret_from, uint64_t *ret_to);

/*
 * The largest subset of matches (already sorted by b) that ascends in a: marks it in keep[]. Weighted by len. What is
 * left out is out of order.
 */
int longest_ascending(const struct match *items, size_t count, bool *keep);

/*
 * Which item of A is which of B, wherever it went: in place first, then equal hashes elsewhere, the k-th of a hash with
 * the k-th.  b_of_a has n entries and b_taken m; NO_PARTNER: none.
 */
#define NO_PARTNER SIZE_MAX
int pair_items(const uint64_t *a, size_t n, const uint64_t *b, size_t m, size_t *b_of_a, bool *b_taken);

/* Which pairs stand out of order: those outside the longest ascending chain. *ret: flags by index of A; NULL when all
 * ascend (the usual case). The caller frees it. */
int find_disorder(const size_t *b_of_a, size_t n, bool **ret);

#endif
