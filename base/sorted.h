/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sorted.h: binary search in arrays that ascend by a number.
 *
 * The questions are all one, "how many items begin at or before this?", and
 * the item that holds an address is the one before that count:
 *
 *	n = sorted_until(symbols, count, address, 0x401000);
 *	last = n ? &symbols[n - 1] : NULL;
 *
 * The member must be a uint64_t. Of equal items all count.
 */
#ifndef BASE_SORTED_H
#define BASE_SORTED_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline size_t sorted_count_until(const void *items, size_t n, size_t size, size_t member, uint64_t limit)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		uint64_t number;

		memcpy(&number, (const char *)items + mid * size + member, sizeof(number));
		if (number <= limit)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The number of items whose member is at most the limit. */
#define sorted_until(items, n, member, limit)                                                              \
	({                                                                                                 \
		_Static_assert(_Generic((items)->member, uint64_t: 1, default: 0), "sorted by a uint64_t"); \
		sorted_count_until((items), (n), sizeof(*(items)),                                         \
				   offsetof(__typeof__(*(items)), member), (limit));                       \
	})

#endif
