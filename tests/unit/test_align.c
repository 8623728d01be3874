/* SPDX-License-Identifier: Apache-2.0 */
/* What alignment promises: matches ascend, matched bytes are equal (or as long, when loose), and small edits stay small. */
#include "base/cleanup.h"
#include "base/digest.h"
#include "reprocheck/compare/align.h"
#include "tests/unit/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint64_t check_bytes(const char *a, size_t n, const char *b, size_t m)
{
	CLEANUP(matches_release) struct matches r = { 0 };
	uint64_t at = 0, bt = 0, sum = 0;
	size_t i;

	assert_int_equal(align_bytes((const uint8_t *)a, n, (const uint8_t *)b, m, &r), 0);
	for (i = 0; i < r.count; i++) {
		const struct match *g = &r.items[i];

		assert_true(g->len > 0 && g->a >= at && g->b >= bt && g->a + g->len <= n && g->b + g->len <= m);
		if (!g->loose)
			assert_memory_equal(a + g->a, b + g->b, g->len);
		at = g->a + g->len;
		bt = g->b + g->len;
		sum += g->len;
	}
	return sum;
}

static void bytes_equal_and_empty(void **state)
{
	(void)state;
	assert_int_equal(check_bytes("", 0, "", 0), 0);
	assert_int_equal(check_bytes("abc", 3, "", 0), 0);
	assert_int_equal(check_bytes("", 0, "abc", 3), 0);
	assert_int_equal(check_bytes("abcdef", 6, "abcdef", 6), 6);
}

static void one_inserted_byte_leaves_the_rest_matched(void **state)
{
	char a[5000], b[5001];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(a); i++)
		a[i] = (char)random_next();
	memcpy(b, a, 1234);
	b[1234] = (char)~a[1234];
	memcpy(b + 1235, a + 1234, sizeof(a) - 1234);
	assert_int_equal(check_bytes(a, sizeof(a), b, sizeof(b)), sizeof(a));
}

static void many_edits_stay_small(void **state)
{
	enum { SIZE = 200000, EDITS = 60 };
	AUTO_FREE char *a = malloc(SIZE), *b = malloc(2 * SIZE);
	size_t i, n = 0, from = 0;

	(void)state;
	for (i = 0; i < SIZE; i++)
		a[i] = (char)random_next();
	for (i = 1; i <= EDITS; i++) { /* deletes 3 bytes, inserts 7 */
		size_t to = SIZE / (EDITS + 1) * i, k;

		memcpy(b + n, a + from, to - from);
		n += to - from;
		for (k = 0; k < 7; k++)
			b[n++] = (char)random_next();
		from = to + 3;
	}
	memcpy(b + n, a + from, SIZE - from);
	n += SIZE - from;
	assert_true(check_bytes(a, SIZE, b, n) >= SIZE - 20 * EDITS);
}

static void a_run_of_one_value_terminates(void **state)
{
	AUTO_FREE char *a = calloc(1, 100000), *b = calloc(1, 90001);

	(void)state;
	b[45000] = 1;
	assert_true(check_bytes(a, 100000, b, 90001) >= 80000);
}

static void random_edits_never_break_the_contract(void **state)
{
	int round;

	(void)state;
	for (round = 0; round < 300; round++) {
		char a[400], b[400];
		size_t n = random_next() % sizeof(a), m = random_next() % sizeof(b), i;
		unsigned alphabet = 1 + random_next() % 5;

		for (i = 0; i < n; i++)
			a[i] = (char)('a' + random_next() % alphabet);
		for (i = 0; i < m; i++)
			b[i] = random_next() % 8 && i < n ? a[i] : (char)('a' + random_next() % alphabet);
		(void)check_bytes(a, n, b, m);
	}
}

static uint64_t check_tokens(const uint64_t *a, size_t n, const uint64_t *b, size_t m)
{
	CLEANUP(matches_release) struct matches r = { 0 };
	uint64_t at = 0, bt = 0, sum = 0;
	size_t i;

	assert_int_equal(align_tokens(a, n, b, m, &r), 0);
	for (i = 0; i < r.count; i++) {
		const struct match *g = &r.items[i];

		assert_true(g->a >= at && g->b >= bt && g->a + g->len <= n && g->b + g->len <= m);
		assert_memory_equal(a + g->a, b + g->b, g->len * sizeof(*a));
		at = g->a + g->len;
		bt = g->b + g->len;
		sum += g->len;
	}
	return sum;
}

static void tokens_with_replacements(void **state)
{
	enum { N = 3000 };
	uint64_t a[N], b[N];
	size_t i;

	(void)state;
	for (i = 0; i < N; i++)
		a[i] = b[i] = random_next();
	for (i = 10; i < N; i += 100)
		b[i] = random_next();
	assert_int_equal(check_tokens(a, N, b, N), N - N / 100);
}

static void a_block_of_tokens_moved_far_keeps_the_larger_part(void **state)
{
	enum { N = 1000, K = 200 };
	uint64_t a[N], b[N];
	size_t i;

	(void)state;
	for (i = 0; i < N; i++)
		a[i] = random_next();
	memcpy(b, a + K, (N - K) * sizeof(*a)); /* the first 200 go to the end */
	memcpy(b + N - K, a, K * sizeof(*a));
	assert_int_equal(check_tokens(a, N, b, N), N - K);
}

static void the_longest_ascending_chain_is_by_weight(void **state)
{
	const struct match items[] = { { 10, 0, 1, false }, { 0, 1, 5, false }, { 20, 2, 1, false }, { 5, 3, 1, false } };
	bool keep[4];

	(void)state;
	assert_int_equal(longest_ascending(items, 4, keep), 0);
	assert_false(keep[0]);
	assert_true(keep[1]);
	assert_true(keep[2] != keep[3]);
}

static void items_are_found_wherever_they_went(void **state)
{
	const uint64_t a[] = { 10, 11, 12, 13, 14, 15, 11 }, b[] = { 14, 10, 99, 12, 13, 15, 11, 11 };
	size_t b_of_a[7], i;
	bool taken[8], *disorder = NULL;

	(void)state;
	assert_int_equal(pair_items(a, 7, b, 8, b_of_a, taken), 0);
	for (i = 0; i < 7; i++) {
		assert_true(b_of_a[i] != NO_PARTNER);
		assert_int_equal(a[i], b[b_of_a[i]]);
	}
	assert_false(taken[2]);
	assert_int_equal(find_disorder(b_of_a, 7, &disorder), 0);
	assert_non_null(disorder);
	assert_true(disorder[4]); /* 14 went to the front */
	assert_false(disorder[2] || disorder[3]);
	free(disorder);
}

static void items_in_order_have_no_disorder(void **state)
{
	const size_t b_of_a[] = { 0, NO_PARTNER, 3, 7, NO_PARTNER };
	bool *disorder = NULL;

	(void)state;
	assert_int_equal(find_disorder(b_of_a, 5, &disorder), 0);
	assert_null(disorder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_equal_and_empty),
		cmocka_unit_test(one_inserted_byte_leaves_the_rest_matched),
		cmocka_unit_test(many_edits_stay_small),
		cmocka_unit_test(a_run_of_one_value_terminates),
		cmocka_unit_test(random_edits_never_break_the_contract),
		cmocka_unit_test(tokens_with_replacements),
		cmocka_unit_test(a_block_of_tokens_moved_far_keeps_the_larger_part),
		cmocka_unit_test(the_longest_ascending_chain_is_by_weight),
		cmocka_unit_test(items_are_found_wherever_they_went),
		cmocka_unit_test(items_in_order_have_no_disorder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
