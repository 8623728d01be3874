/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "tests/unit/cmp.h"
#include "tests/unit/random.h"

#include <stdlib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void cursor_reads_both_byte_orders(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct cursor c = cursor_make(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(cursor_u16(&c), 0x0201);
	c.big = true;
	assert_int_equal(cursor_u16(&c), 0x0304);
	assert_int_equal(cursor_u32(&c), 0x05060708);
	assert_int_equal(cursor_left(&c), 0);
	cursor_seek(&c, 0);
	assert_int_equal(cursor_uint(&c, 3), 0x010203);
	cursor_seek(&c, 0);
	assert_true(cursor_u64(&c) == UINT64_C(0x0102030405060708));
	assert_false(c.failed);
}

static void reading_past_the_end_fails_for_good(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3 };
	struct cursor c = cursor_make(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(cursor_u32(&c), 0);
	assert_true(c.failed);
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(cursor_u8(&c), 0);
	assert_null(cursor_take(&c, 0));
	c = cursor_make(bytes, sizeof(bytes));
	cursor_skip(&c, UINT64_MAX);
	assert_true(c.failed);
	c = cursor_make(bytes, sizeof(bytes));
	cursor_seek(&c, 3);
	assert_false(c.failed);
	cursor_seek(&c, 4);
	assert_true(c.failed);
}

static uint64_t uleb(const void *p, size_t n, bool *failed)
{
	struct cursor c = cursor_make(p, n);
	uint64_t v = cursor_uleb(&c);

	*failed = c.failed;
	return v;
}

static int64_t sleb(const void *p, size_t n, bool *failed)
{
	struct cursor c = cursor_make(p, n);
	int64_t v = cursor_sleb(&c);

	*failed = c.failed;
	return v;
}

/* The examples of DWARF 5, tables 7.7 and 7.8, and the edges of 64 bits. */
static void uleb_values(void **state)
{
	bool failed;

	(void)state;
	assert_int_equal(uleb("\x02", 1, &failed), 2);
	assert_int_equal(uleb("\x80\x01", 2, &failed), 128);
	assert_int_equal(uleb("\xb9\x64", 2, &failed), 12857);
	assert_int_equal(uleb("\x82\x80\x80\x00", 4, &failed), 2);
	assert_false(failed);
	assert_true(uleb("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, &failed) == UINT64_MAX && !failed);
	assert_true(uleb("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x80\x00", 12, &failed) == UINT64_MAX);
	assert_false(failed);
}

static void uleb_refuses_what_does_not_fit_or_end(void **state)
{
	bool failed;

	(void)state;
	assert_int_equal(uleb("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, &failed), 0);
	assert_true(failed);
	assert_int_equal(uleb("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11, &failed), 0);
	assert_true(failed);
	assert_int_equal(uleb("\x80\x80", 2, &failed), 0);
	assert_true(failed);
	(void)uleb("", 0, &failed);
	assert_true(failed);
}

static void sleb_values(void **state)
{
	bool failed;

	(void)state;
	assert_int_equal(sleb("\x7e", 1, &failed), -2);
	assert_int_equal(sleb("\xff\x00", 2, &failed), 127);
	assert_int_equal(sleb("\x81\x7f", 2, &failed), -127);
	assert_int_equal(sleb("\x80\x7f", 2, &failed), -128);
	assert_int_equal(sleb("\xff\x7e", 2, &failed), -129);
	assert_false(failed);
	assert_true(sleb("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f", 10, &failed) == INT64_MIN && !failed);
	assert_true(sleb("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00", 10, &failed) == INT64_MAX && !failed);
	assert_true(sleb("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11, &failed) == -1 && !failed);
}

static void sleb_refuses_what_does_not_fit_or_end(void **state)
{
	bool failed;

	(void)state;
	(void)sleb("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 10, &failed);
	assert_true(failed);
	(void)sleb("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00", 11, &failed);
	assert_true(failed);
	(void)sleb("\xff", 1, &failed);
	assert_true(failed);
}

static void cstr_ends_inside_the_window(void **state)
{
	struct cursor c = cursor_make("ab\0cd", 5);
	uint64_t len = 99;

	(void)state;
	assert_string_equal(cursor_cstr(&c, &len), "ab");
	assert_int_equal(len, 2);
	assert_int_equal(c.pos, 3);
	assert_null(cursor_cstr(&c, &len));
	assert_true(c.failed);
	assert_int_equal(len, 2);
}

static void store_is_the_inverse_of_load(void **state)
{
	uint8_t bytes[8] = { 0 };

	(void)state;
	store_uint(bytes, 0x123456, 3, true);
	assert_memory_equal(bytes, "\x12\x34\x56\0", 4);
	assert_int_equal(load_uint(bytes, 3, true), 0x123456);
	store_uint(bytes, 0x1234, 2, false);
	assert_memory_equal(bytes, "\x34\x12\x56\0", 4);
	assert_int_equal(load_uint(bytes, 2, false), 0x1234);
}

static bool parses(const char *text, size_t n, unsigned base, uint64_t expected)
{
	uint64_t v = 77;

	return parse_ascii_uint((const uint8_t *)text, n, base, &v) && v == expected;
}

static bool refused(const char *text, size_t n, unsigned base)
{
	uint64_t v = 77;

	return !parse_ascii_uint((const uint8_t *)text, n, base, &v) && v == 77;
}

static void ascii_numbers_of_archives(void **state)
{
	(void)state;
	assert_true(parses("0000644\0", 8, 8, 0644));
	assert_true(parses("  644 \0", 7, 8, 0644));
	assert_true(parses("1700000000  ", 12, 10, 1700000000));
	assert_true(parses("0000beEF", 8, 16, 0xbeef));
	assert_true(parses("        ", 8, 10, 0));
	assert_true(parses("\0\0\0", 3, 8, 0));
	assert_true(parses("", 0, 8, 0));
	assert_true(parses("18446744073709551615", 20, 10, UINT64_MAX));
	assert_true(refused("18446744073709551616", 20, 10));
	assert_true(refused("99999999999999999999999", 23, 10));
	assert_true(refused("0648", 4, 8));
	assert_true(refused("12 34", 5, 10));
	assert_true(refused("-1", 2, 10));
	assert_true(refused("12x", 3, 10));
}

static unsigned utf8(const char *s, size_t n, uint32_t *ret)
{
	return utf8_sequence((const uint8_t *)s, n, ret);
}

static void utf8_well_formed(void **state)
{
	uint32_t c = 0;

	(void)state;
	assert_int_equal(utf8("a", 1, &c), 1);
	assert_int_equal(c, 'a');
	assert_int_equal(utf8("\0", 1, &c), 1);
	assert_int_equal(c, 0);
	assert_int_equal(utf8("\xc3\xa4x", 3, &c), 2);
	assert_int_equal(c, 0xe4);
	assert_int_equal(utf8("\xe2\x82\xac", 3, &c), 3);
	assert_int_equal(c, 0x20ac);
	assert_int_equal(utf8("\xf0\x9f\x98\x80", 4, &c), 4);
	assert_int_equal(c, 0x1f600);
	assert_int_equal(utf8("\xf4\x8f\xbf\xbf", 4, NULL), 4);
}

static void utf8_ill_formed(void **state)
{
	(void)state;
	assert_int_equal(utf8("", 0, NULL), 0);
	assert_int_equal(utf8("\x80", 1, NULL), 0);
	assert_int_equal(utf8("\xc0\x80", 2, NULL), 0); /* overlong */
	assert_int_equal(utf8("\xc1\xbf", 2, NULL), 0);
	assert_int_equal(utf8("\xe0\x9f\xbf", 3, NULL), 0);
	assert_int_equal(utf8("\xf0\x8f\xbf\xbf", 4, NULL), 0);
	assert_int_equal(utf8("\xed\xa0\x80", 3, NULL), 0);     /* surrogate */
	assert_int_equal(utf8("\xf4\x90\x80\x80", 4, NULL), 0); /* beyond U+10FFFF */
	assert_int_equal(utf8("\xf5\x80\x80\x80", 4, NULL), 0);
	assert_int_equal(utf8("\xc3", 1, NULL), 0); /* cut short */
	assert_int_equal(utf8("\xe2\x82", 2, NULL), 0);
	assert_int_equal(utf8("\xe2\x82x", 3, NULL), 0);
}

/* Bytes that agree in runs of varying length, at every alignment. */
#define ROOM 20000
struct pair {
	uint8_t *a, *b;
};

static struct pair make_pair(size_t n, unsigned agree_of_16)
{
	struct pair p = { malloc(n), malloc(n) };
	size_t i;

	for (i = 0; i < n; i++) {
		p.a[i] = (uint8_t)random_next();
		p.b[i] = (uint8_t)(random_next() % 16 < agree_of_16 ? p.a[i] : p.a[i] + 1 + random_next() % 16);
	}
	return p;
}

static uint64_t slow_find(const uint8_t *a, const uint8_t *b, uint64_t i, uint64_t n, bool equal)
{
	while (i < n && (a[i] == b[i]) != equal)
		i++;
	return i < n ? i : n;
}

static void check_comparisons(struct pair p, size_t n)
{
	uint64_t from;

	assert_int_equal(count_differing(p.a, p.b, n), cmp_count(p.a, n, p.b, n));
	for (from = 0; from <= n; from += n > 400 ? 97 : 1) {
		assert_int_equal(find_difference(p.a, p.b, from, n), slow_find(p.a, p.b, from, n, false));
		assert_int_equal(find_agreement(p.a, p.b, from, n), slow_find(p.a, p.b, from, n, true));
	}
}

/* Blocks of exactly n bytes, so that a sanitizer sees any read beyond. */
static void comparisons_agree_with_the_plain_loops(void **state)
{
	static const unsigned agreeing[] = { 0, 1, 8, 15, 16 };
	size_t n, i;

	(void)state;
	for (i = 0; i < sizeof(agreeing) / sizeof(agreeing[0]); i++) {
		for (n = 0; n < 200; n++) {
			struct pair p = make_pair(n, agreeing[i]);

			check_comparisons(p, n);
			free(p.a);
			free(p.b);
		}
	}
}

static void comparisons_of_long_runs(void **state)
{
	static const unsigned agreeing[] = { 0, 8, 16 };
	size_t i, shift;

	(void)state;
	for (i = 0; i < sizeof(agreeing) / sizeof(agreeing[0]); i++) {
		struct pair p = make_pair(ROOM, agreeing[i]);

		for (shift = 0; shift < 4; shift++)
			check_comparisons((struct pair){ p.a + shift, p.b + shift }, ROOM - 2 * shift);
		free(p.a);
		free(p.b);
	}
}

static void a_single_byte_is_found_anywhere(void **state)
{
	static uint8_t a[300], b[300];
	size_t at;

	(void)state;
	for (at = 0; at < sizeof(a); at++) {
		memset(a, 0x55, sizeof(a));
		memset(b, 0x55, sizeof(b));
		b[at] ^= 0x80;
		assert_int_equal(find_difference(a, b, 0, sizeof(a)), at);
		assert_int_equal(count_differing(a, b, sizeof(a)), 1);
		memset(b, 0x56, sizeof(b));
		b[at] = 0x55;
		assert_int_equal(find_agreement(a, b, 0, sizeof(a)), at);
	}
}

static void search_from_beyond_the_end_answers_the_end(void **state)
{
	(void)state;
	assert_int_equal(find_difference((const uint8_t *)"a", (const uint8_t *)"b", 5, 1), 1);
	assert_int_equal(find_agreement((const uint8_t *)"a", (const uint8_t *)"a", 5, 1), 1);
}

static void ranges(void **state)
{
	(void)state;
	assert_true(range_inside(0, 0, 0));
	assert_true(range_inside(3, 2, 5));
	assert_false(range_inside(3, 3, 5));
	assert_false(range_inside(6, 0, 5));
	assert_false(range_inside(1, UINT64_MAX, 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cursor_reads_both_byte_orders),
		cmocka_unit_test(reading_past_the_end_fails_for_good),
		cmocka_unit_test(uleb_values),
		cmocka_unit_test(uleb_refuses_what_does_not_fit_or_end),
		cmocka_unit_test(sleb_values),
		cmocka_unit_test(sleb_refuses_what_does_not_fit_or_end),
		cmocka_unit_test(cstr_ends_inside_the_window),
		cmocka_unit_test(store_is_the_inverse_of_load),
		cmocka_unit_test(ascii_numbers_of_archives),
		cmocka_unit_test(utf8_well_formed),
		cmocka_unit_test(utf8_ill_formed),
		cmocka_unit_test(comparisons_agree_with_the_plain_loops),
		cmocka_unit_test(comparisons_of_long_runs),
		cmocka_unit_test(a_single_byte_is_found_anywhere),
		cmocka_unit_test(search_from_beyond_the_end_answers_the_end),
		cmocka_unit_test(ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
