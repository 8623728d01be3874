/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pairing.h: which thing of A is which thing of B.
 *
 * Things (members of an archive, sections, files of a tree) are paired by name
 * (the n-th of a name with the n-th), then equal content, then by name with
 * its digits and hex runs blotted out (temporary and hashed names), then by
 * similarity of content.  Each thing is paired at most once.
 */
#ifndef REPROCHECK_COMPARE_PAIRING_H
#define REPROCHECK_COMPARE_PAIRING_H

#include "reprocheck/compare/align.h"

#include <stddef.h>
#include <stdint.h>

struct thing {
	const char *name;
	const uint8_t *data; /* NULL: has no content to pair by */
	uint64_t size;
	int kind; /* only things of one kind are paired */
};

/* b_of_a[i]: index in b, or NO_PARTNER. */
int pair_names(const struct thing *a, size_t n, const struct thing *b, size_t m,
	       size_t *b_of_a); /* by name only */
int pair_things(const struct thing *a, size_t n, const struct thing *b, size_t m, size_t *b_of_a);

#endif
