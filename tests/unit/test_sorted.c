/* SPDX-License-Identifier: Apache-2.0 */
/* What sorted_until() counts: before the first, between, equal ones, behind the last, and nothing at all. */
#include "base/sorted.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct item {
	char name;
	uint64_t at;
};

static void items_until_a_number_are_counted(void **state)
{
	static const struct item items[] = { { 'a', 10 }, { 'b', 20 }, { 'c', 20 }, { 'd', UINT64_MAX } };

	(void)state;
	assert_int_equal(sorted_until(items, 4, at, 0), 0);
	assert_int_equal(sorted_until(items, 4, at, 9), 0);
	assert_int_equal(sorted_until(items, 4, at, 10), 1);
	assert_int_equal(sorted_until(items, 4, at, 19), 1);
	assert_int_equal(sorted_until(items, 4, at, 20), 3);
	assert_int_equal(sorted_until(items, 3, at, UINT64_MAX), 3);
	assert_int_equal(sorted_until(items, 4, at, UINT64_MAX - 1), 3);
	assert_int_equal(sorted_until(items, 4, at, UINT64_MAX), 4);
}

static void an_empty_array_needs_no_memory(void **state)
{
	const struct item *none = NULL;

	(void)state;
	assert_int_equal(sorted_until(none, 0, at, 5), 0);
}

/* Against the plain loop, at every length and every number. */
static void the_plain_loop_agrees(void **state)
{
	struct item items[33];
	size_t n, i, plain;
	uint64_t limit;

	(void)state;
	for (i = 0; i < 33; i++)
		items[i] = (struct item){ 'x', 3 * (i / 2) };
	for (n = 0; n <= 33; n++)
		for (limit = 0; limit < 60; limit++) {
			for (plain = 0; plain < n && items[plain].at <= limit;)
				plain++;
			assert_int_equal(sorted_until(items, n, at, limit), plain);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_until_a_number_are_counted),
		cmocka_unit_test(an_empty_array_needs_no_memory),
		cmocka_unit_test(the_plain_loop_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
