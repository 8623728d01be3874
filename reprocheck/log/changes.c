/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/log/changes.h"

#include <errno.h>
#include <string.h>

static int add(struct log_array *list, struct log_change change)
{
	struct log_change *p = log_array_add(list, 1);

	if (!p)
		return -ENOMEM;
	*p = change;
	return 0;
}

int log_changed_args(const struct log_side_detail *a, const struct log_side_detail *b, struct log_array *ret)
{
	size_t from = 0, end_a = a->arg_count, end_b = b->arg_count, i;
	int r = 0;

	while (from < end_a && from < end_b && strcmp(a->args[from], b->args[from]) == 0)
		from++;
	while (end_a > from && end_b > from && strcmp(a->args[end_a - 1], b->args[end_b - 1]) == 0) {
		end_a--;
		end_b--;
	}
	for (i = from; r >= 0 && end_a == end_b && i < end_a; i++)
		if (strcmp(a->args[i], b->args[i]) != 0)
			r = add(ret, (struct log_change){ NULL, { i, i }, { a->args[i], b->args[i] } });
	for (i = from; r >= 0 && end_a != end_b && i < end_a; i++)
		r = add(ret, (struct log_change){ NULL, { i, 0 }, { a->args[i], NULL } });
	for (i = from; r >= 0 && end_a != end_b && i < end_b; i++)
		r = add(ret, (struct log_change){ NULL, { 0, i }, { NULL, b->args[i] } });
	return r;
}

int log_changed_pairs(const struct log_pair *a, size_t a_count, const struct log_pair *b, size_t b_count,
		      struct log_array *ret)
{
	size_t i = 0, k = 0;
	int r = 0;

	while (r >= 0 && (i < a_count || k < b_count)) {
		int order = i == a_count ? 1 : k == b_count ? -1 : strcmp(a[i].name.data, b[k].name.data);

		if (order < 0)
			r = add(ret, (struct log_change){ a[i].name.data, { 0, 0 }, { a[i].value.data, NULL } });
		else if (order > 0)
			r = add(ret, (struct log_change){ b[k].name.data, { 0, 0 }, { NULL, b[k].value.data } });
		else if (strcmp(a[i].value.data, b[k].value.data) != 0)
			r = add(ret, (struct log_change){ a[i].name.data,
							  { 0, 0 },
							  { a[i].value.data, b[k].value.data } });
		i += order <= 0;
		k += order >= 0;
	}
	return r;
}
