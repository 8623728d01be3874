/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmp.h: what cmp counts, byte by byte: the sum that every comparison has to
 * account for.  `cmp -l a b | wc -l`, plus what the longer side has more.
 *
 * Plain on purpose: it is what the fast counting is checked against.
 */
#ifndef TESTS_UNIT_CMP_H
#define TESTS_UNIT_CMP_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t cmp_count(const uint8_t *a, size_t n, const uint8_t *b, size_t m)
{
	size_t common = n < m ? n : m, i;
	uint64_t sum = (n > m ? n : m) - common;

	for (i = 0; i < common; i++)
		sum += a[i] != b[i];
	return sum;
}

#endif
