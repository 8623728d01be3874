/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/cleanup.h"

#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void memory_is_zeroed_aligned_and_apart(void **state)
{
	CLEANUP(arena_release) struct arena a = ARENA_INIT(1 << 24);
	uint8_t *pieces[500];
	size_t i, j;

	(void)state;
	for (i = 0; i < 500; i++) {
		pieces[i] = arena_alloc(&a, i * 7);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % 16, 0);
		for (j = 0; j < i * 7; j++)
			assert_int_equal(pieces[i][j], 0);
		memset(pieces[i], (int)i | 1, i * 7);
	}
	for (i = 0; i < 500; i++)
		for (j = 0; j < i * 7; j++)
			assert_int_equal(pieces[i][j], (uint8_t)(i | 1));
}

static void empty_allocations_are_distinct(void **state)
{
	CLEANUP(arena_release) struct arena a = ARENA_INIT(1000);

	(void)state;
	assert_ptr_not_equal(arena_alloc(&a, 0), arena_alloc(&a, 0));
}

static void large_ones_leave_room_for_small_ones(void **state)
{
	CLEANUP(arena_release) struct arena a = ARENA_INIT(1 << 24);
	uint8_t *first = arena_alloc(&a, 16), *large, *second;

	(void)state;
	large = arena_alloc(&a, 5 << 20);
	second = arena_alloc(&a, 16);
	assert_non_null(large);
	memset(large, 1, 5 << 20);
	assert_ptr_equal(second, first + 16);
}

static void maximum_holds(void **state)
{
	CLEANUP(arena_release) struct arena a = ARENA_INIT(100);

	(void)state;
	assert_null(arena_alloc(&a, 101));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 15));
	assert_non_null(arena_alloc(&a, 96));
	assert_null(arena_alloc(&a, 1));
	arena_release(&a);
	assert_non_null(arena_alloc(&a, 96));
}

static void array_multiplication_is_checked(void **state)
{
	CLEANUP(arena_release) struct arena a = ARENA_INIT(SIZE_MAX);

	(void)state;
	assert_null(arena_array(&a, SIZE_MAX / 2 + 2, 2));
	assert_null(arena_array(&a, (size_t)1 << 33, (size_t)1 << 33));
	assert_non_null(arena_array(&a, 3, 5));
}

static void strings(void **state)
{
	CLEANUP(arena_release) struct arena a = ARENA_INIT(300);

	(void)state;
	assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(&a, NULL, 0), "");
	assert_null(arena_strndup(&a, "x", SIZE_MAX));
	assert_string_equal(arena_printf(&a, "%s-%d", "x", 42), "x-42");
	assert_null(arena_printf(&a, "%300d", 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
		cmocka_unit_test(empty_allocations_are_distinct),
		cmocka_unit_test(large_ones_leave_room_for_small_ones),
		cmocka_unit_test(maximum_holds),
		cmocka_unit_test(array_multiplication_is_checked),
		cmocka_unit_test(strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
