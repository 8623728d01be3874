/* SPDX-License-Identifier: Apache-2.0 */
/* axis_map.h: ranges of several axes laid over each other. */
#include "reprocheck/run/axis_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TIME AXIS_BIT(AXIS_TIME)
#define HOST AXIS_BIT(AXIS_HOST)

static struct axis_map *map_new(void)
{
	struct axis_map *m;

	assert_int_equal(axis_map_new(&m), 0);
	return m;
}

static void a_range_meets_what_overlaps_it(void **state)
{
	CLEANUP(axis_map_freep) struct axis_map *m = map_new();

	(void)state;
	assert_int_equal(axis_map_add(m, "out", 10, 5, TIME), 0);
	assert_int_equal(axis_map_add(m, "out", 14, 6, HOST), 0);
	assert_int_equal(axis_map_seal(m), 0);
	assert_int_equal(axis_map_at(m, "out", 0, 10), 0);
	assert_int_equal(axis_map_at(m, "out", 9, 2), TIME);
	assert_int_equal(axis_map_at(m, "out", 14, 1), TIME | HOST);
	assert_int_equal(axis_map_at(m, "out", 15, 5), HOST);
	assert_int_equal(axis_map_at(m, "out", 20, 100), 0);
	assert_int_equal(axis_map_at(m, "other", 10, 5), 0);
	assert_int_equal(axis_map_union(m), TIME | HOST);
}

static void an_insertion_meets_what_it_touches(void **state)
{
	CLEANUP(axis_map_freep) struct axis_map *m = map_new();

	(void)state;
	assert_int_equal(axis_map_add(m, "out", 10, 0, TIME), 0);
	assert_int_equal(axis_map_add(m, "start", 0, 0, HOST), 0);
	assert_int_equal(axis_map_seal(m), 0);
	assert_int_equal(axis_map_at(m, "out", 10, 0), TIME);
	assert_int_equal(axis_map_at(m, "out", 8, 2), TIME);
	assert_int_equal(axis_map_at(m, "out", 10, 3), TIME);
	assert_int_equal(axis_map_at(m, "out", 12, 3), 0);
	assert_int_equal(axis_map_at(m, "start", 0, 1), HOST);
}

static void renamed_files_are_known_by_the_name_in_a(void **state)
{
	CLEANUP(axis_map_freep) struct axis_map *m = map_new();

	(void)state;
	assert_int_equal(axis_map_add(m, "app-1 -> app-2", 0, 4, TIME), 0);
	assert_int_equal(axis_map_add(m, "app-1 -> app-2//inner", 0, 4, HOST), 0);
	assert_int_equal(axis_map_seal(m), 0);
	assert_int_equal(axis_map_at(m, "app-1 -> app-3", 1, 1), TIME);
	assert_int_equal(axis_map_at(m, "app-1//inner", 1, 1), HOST);
}

static void more_may_be_added_after_sealing(void **state)
{
	CLEANUP(axis_map_freep) struct axis_map *m = map_new();
	CLEANUP(axis_map_freep) struct axis_map *more = map_new();

	(void)state;
	assert_int_equal(axis_map_add(m, "out", 0, 4, TIME), 0);
	assert_int_equal(axis_map_seal(m), 0);
	assert_int_equal(axis_map_add(more, "out", 2, 4, HOST), 0);
	assert_int_equal(axis_map_merge(m, more), 0);
	assert_int_equal(axis_map_seal(m), 0);
	assert_int_equal(axis_map_at(m, "out", 0, 1), TIME);
	assert_int_equal(axis_map_at(m, "out", 3, 1), TIME | HOST);
	assert_int_equal(axis_map_at(m, "out", 5, 1), HOST);
}

static void an_entry_on_one_side_is_known_by_what_differs(void **state)
{
	CLEANUP(axis_map_freep) struct axis_map *m = map_new();

	(void)state;
	assert_int_equal(axis_map_add_entry(m, "out-1", "only in A", TIME), 0);
	assert_int_equal(axis_map_add_entry(m, "x", "mode", HOST), 0);
	assert_int_equal(axis_map_entry(m, "out-1", "only in A"), TIME);
	/* Its name is another in each build. */
	assert_int_equal(axis_map_entry(m, "out-77", "only in A"), TIME);
	assert_int_equal(axis_map_entry(m, "x", "mode"), HOST);
	assert_int_equal(axis_map_entry(m, "x", "type"), 0);
}

static void a_run_ends_where_other_axes_begin(void **state)
{
	CLEANUP(axis_map_freep) struct axis_map *m = map_new();

	(void)state;
	assert_int_equal(axis_map_add(m, "out", 10, 5, TIME), 0);
	assert_int_equal(axis_map_add(m, "out", 18, 2, TIME), 0);
	assert_int_equal(axis_map_add(m, "out", 22, 2, HOST), 0);
	assert_int_equal(axis_map_seal(m), 0);
	assert_int_equal(axis_map_border(m, "out", 10, 20), 12);
	assert_int_equal(axis_map_border(m, "out", 22, 8), 8);
	assert_int_equal(axis_map_border(m, "out", 0, 30), 22);
	assert_int_equal(axis_map_border(m, "other", 0, 30), 30);
}

/* Against the obvious way of doing it, for random ranges. */
static void the_union_is_that_of_all_ranges_that_meet(void **state)
{
	CLEANUP(axis_map_freep) struct axis_map *m = map_new();
	axis_set at[200] = { 0 }, sum;
	unsigned seed = 1, i, k;

	(void)state;
	for (i = 0; i < 60; i++) {
		unsigned from, len, axis;

		seed = seed * 1103515245 + 12345;
		from = seed >> 16 & 127;
		len = 1 + (seed >> 8 & 15);
		axis = (seed >> 24) % AXIS_COUNT;
		assert_int_equal(axis_map_add(m, "out", from, len, AXIS_BIT(axis)), 0);
		for (k = from; k < from + len; k++)
			at[k] |= AXIS_BIT(axis);
	}
	assert_int_equal(axis_map_seal(m), 0);
	for (i = 0; i < 180; i++)
		for (sum = 0, k = 0; k < 19; k++) {
			sum |= at[i + k];
			assert_int_equal(axis_map_at(m, "out", i, k + 1), sum);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_meets_what_overlaps_it),
		cmocka_unit_test(an_insertion_meets_what_it_touches),
		cmocka_unit_test(renamed_files_are_known_by_the_name_in_a),
		cmocka_unit_test(more_may_be_added_after_sealing),
		cmocka_unit_test(an_entry_on_one_side_is_known_by_what_differs),
		cmocka_unit_test(a_run_ends_where_other_axes_begin),
		cmocka_unit_test(the_union_is_that_of_all_ranges_that_meet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
