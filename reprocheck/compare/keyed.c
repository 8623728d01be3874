/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/compare/keyed.h"

#include <stdlib.h>

static int compare_keyed(const void *x, const void *y)
{
	const struct keyed *p = x, *q = y;

	if (p->key != q->key)
		return p->key < q->key ? -1 : 1;
	return p->index < q->index ? -1 : p->index > q->index;
}

void pair_keyed(struct keyed *a, size_t n, struct keyed *b, size_t m, size_t *b_of_a, bool *b_taken)
{
	size_t i = 0, j = 0;

	qsort(a, n, sizeof(*a), compare_keyed);
	qsort(b, m, sizeof(*b), compare_keyed);
	while (i < n && j < m) {
		if (a[i].key == b[j].key) {
			b_of_a[a[i].index] = b[j].index;
			b_taken[b[j].index] = true;
			i++;
			j++;
		} else if (a[i].key < b[j].key) {
			i++;
		} else {
			j++;
		}
	}
}
