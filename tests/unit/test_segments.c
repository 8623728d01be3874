/* SPDX-License-Identifier: Apache-2.0 */
/* The map of offsets: which places of A correspond to which of B. */
#include "base/cleanup.h"
#include "reprocheck/compare/segments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void add(struct segments *s, enum segment_kind kind, uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	const struct segment g = { .a = a, .a_len = a_len, .b = b, .b_len = b_len, .kind = kind, .moved = FINDING_NONE };

	assert_int_equal(segments_add(s, &g), 0);
}

/* A: 100 equal, 10 replaced by 15, 50 equal. */
static void a_replacement_shifts_what_follows(void **state)
{
	CLEANUP(segments_release) struct segments s = { 0 };
	size_t hint = 0;

	(void)state;
	add(&s, SEGMENT_SAME, 0, 100, 0, 100);
	add(&s, SEGMENT_FOUND, 100, 10, 100, 15);
	add(&s, SEGMENT_SAME, 110, 50, 115, 50);
	assert_int_equal(segments_finish(&s), 0);
	assert_true(segments_maps(&s, 0, 0, &hint));
	assert_true(segments_maps(&s, 99, 99, &hint));
	assert_true(segments_maps(&s, 100, 100, &hint));
	assert_false(segments_maps(&s, 105, 105, &hint)); /* inside replaced bytes nothing is known */
	assert_true(segments_maps(&s, 110, 115, &hint));
	assert_true(segments_maps(&s, 130, 135, &hint));
	assert_false(segments_maps(&s, 130, 130, &hint));
	assert_true(segments_maps(&s, 160, 165, &hint)); /* the end is a place too */
	assert_false(segments_maps(&s, 161, 166, &hint));
}

static void a_border_with_an_insertion_has_two_answers(void **state)
{
	CLEANUP(segments_release) struct segments s = { 0 };
	size_t hint = 0;

	(void)state;
	add(&s, SEGMENT_SAME, 0, 10, 0, 10);
	add(&s, SEGMENT_FOUND, 10, 0, 10, 5);
	add(&s, SEGMENT_SAME, 10, 10, 15, 10);
	assert_int_equal(segments_finish(&s), 0);
	assert_true(segments_maps(&s, 10, 10, &hint));
	assert_true(segments_maps(&s, 10, 15, &hint));
	assert_false(segments_maps(&s, 10, 12, &hint));
}

static void permuted_members_map_too(void **state)
{
	CLEANUP(segments_release) struct segments s = { 0 };
	size_t hint = 7;

	(void)state;
	add(&s, SEGMENT_SAME, 0, 10, 20, 10);
	add(&s, SEGMENT_SAME, 10, 20, 0, 20);
	assert_int_equal(segments_finish(&s), 0);
	assert_true(segments_maps(&s, 5, 25, &hint));
	assert_true(segments_maps(&s, 15, 5, &hint));
	assert_int_equal(s.items[s.by_b[0]].b, 0);
	assert_int_equal(s.items[segments_at_a(&s, 9)].a, 0);
	assert_int_equal(s.items[s.by_b[segments_at_b(&s, 25)]].b, 20);
}

static void neighbours_are_merged(void **state)
{
	CLEANUP(segments_release) struct segments s = { 0 };

	(void)state;
	add(&s, SEGMENT_SAME, 0, 10, 0, 10);
	add(&s, SEGMENT_SAME, 10, 10, 10, 10);
	add(&s, SEGMENT_SAME, 20, 0, 20, 0);
	assert_int_equal(s.count, 1);
	add(&s, SEGMENT_SAME, 20, 10, 21, 10);
	assert_int_equal(s.count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_replacement_shifts_what_follows),
		cmocka_unit_test(a_border_with_an_insertion_has_two_answers),
		cmocka_unit_test(permuted_members_map_too),
		cmocka_unit_test(neighbours_are_merged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
