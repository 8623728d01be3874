/* SPDX-License-Identifier: Apache-2.0 */
/* folding_groups.c: items of equal class, as groups. */
#include "depgraph/libs/folding.h"

#include <errno.h>
#include <stdlib.h>

/* The order in which items were given stays inside a class. */
static int by_class(const void *a, const void *b)
{
	const struct folding_class *x = a, *y = b;

	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	return x->item.item < y->item.item ? -1 : x->item.item > y->item.item;
}

int folding_group(struct folding_class *classes, size_t count, struct folding *ret)
{
	size_t i, k, n;

	*ret = (struct folding){ .items = calloc(count + 1, sizeof(*ret->items)) };
	if (!ret->items)
		return -ENOMEM;
	if (count)
		qsort(classes, count, sizeof(*classes), by_class);
	for (i = 0; i < count; i = k) {
		for (k = i + 1; k < count && classes[k].class == classes[i].class; k++)
			;
		for (n = i; n < k && k - i > 1; n++) {
			ret->items[ret->count] = classes[n].item;
			ret->items[ret->count++].group = ret->groups;
			ret->bytes += n > i ? classes[n].item.size : 0;
		}
		ret->groups += k - i > 1;
	}
	return 0;
}

void folding_release(struct folding *f)
{
	free(f->items);
	*f = (struct folding){ 0 };
}
