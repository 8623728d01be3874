/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random.h: numbers that look random and are the same in every run, so that a
 * failure shows again: Marsaglia's xorshift64 (J. Stat. Soft. 8, 14) from a fixed seed.
 */
#ifndef TESTS_UNIT_RANDOM_H
#define TESTS_UNIT_RANDOM_H

#include <stdint.h>

static uint64_t random_state = UINT64_C(88172645463325252);

static inline uint64_t random_next(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

#endif
