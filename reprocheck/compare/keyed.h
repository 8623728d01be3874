/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyed.h: items with equal keys made pairs, wherever they stand.
 *
 * The k-th item of a key in A is paired with the k-th of that key in B; what
 * is left over stays without a partner.  Items are told apart by their index
 * in the caller's arrays, so that only those still in question are given:
 *
 *	struct keyed *ka, *kb;             the unpaired items of both sides
 *	pair_keyed(ka, na, kb, nb, b_of_a, b_taken);
 *
 * Both arrays are sorted by the call.
 */
#ifndef REPROCHECK_COMPARE_KEYED_H
#define REPROCHECK_COMPARE_KEYED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keyed {
	uint64_t key;
	size_t index;
};

/* For each pair: b_of_a[index in A] becomes the index in B, b_taken[index in B] true. */
void pair_keyed(struct keyed *a, size_t n, struct keyed *b, size_t m, size_t *b_of_a, bool *b_taken);

#endif
