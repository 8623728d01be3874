/* SPDX-License-Identifier: Apache-2.0 */
/* text.c, raw.c, entropy.c: what is text, and what can be said about bytes that are nothing. */
#include "tests/unit/walk.h"

#include "analyzers/entropy.h"

#include <string.h>

static bool is_text(const void *p, size_t n)
{
	return text_analyzer.probe(p, n);
}

static void text_is_what_reads_like_characters(void **state)
{
	(void)state;
	assert_true(is_text("int main(void)\n{\n\treturn 0;\n}\n", 30));
	assert_true(is_text("gr\xc3\xbc\xc3\x9f dich \xe2\x82\xac \xf0\x9f\x99\x82\n", 21));
	assert_true(is_text("a", 1));
	assert_false(is_text("", 0));
	assert_false(is_text("text with a NUL\0in it", 21));
	assert_false(is_text("\x01\x02\x03\x04", 4));
	assert_false(is_text("\xff\xfe\xfd\xfc\x80\x81", 6));
}

static void a_few_bytes_of_latin1_do_not_matter(void **state)
{
	char line[201];

	(void)state;
	memset(line, 'a', sizeof(line));
	line[20] = line[90] = line[150] = (char)0xfc;
	assert_true(is_text(line, sizeof(line)));
	memset(line, (char)0xfc, 100);
	assert_false(is_text(line, sizeof(line)));
}

static void head_and_tail_decide(void **state)
{
	size_t n = 300000;
	char *p = malloc(n);

	(void)state;
	assert_non_null(p);
	memset(p, 'x', n);
	assert_true(is_text(p, n));
	p[n / 2] = 0; /* nobody looks here */
	assert_true(is_text(p, n));
	p[n - 1] = 0;
	assert_false(is_text(p, n));
	p[n - 1] = 'x';
	p[0] = 0;
	assert_false(is_text(p, n));
	free(p);
}

/* Windows are cut at 64 KiB, wherever a character ends. */
static void a_character_may_be_cut_by_the_window(void **state)
{
	size_t n = 3 * 65536 + 1, i;
	char *p = malloc(n);

	(void)state;
	assert_non_null(p);
	for (i = 0; i + 3 <= n; i += 3)
		memcpy(p + i, "\xe2\x82\xac", 3);
	memset(p + i, '\n', n - i);
	assert_true(is_text(p, n));
	free(p);
}

static void one_part_each(void **state)
{
	struct layout *l = layout_of("hello\nworld\n", 12);

	(void)state;
	assert_ptr_equal(l->analyzer, &text_analyzer);
	assert_int_equal(l->count, 1);
	assert_int_equal(l->parts[0].kind, PART_TEXT);
	layout_unref(l);
	l = layout_of("\0\1\2\3\xff", 5);
	assert_ptr_equal(l->analyzer, &raw_analyzer);
	assert_int_equal(l->count, 1);
	assert_int_equal(l->parts[0].kind, PART_RAW);
	layout_unref(l);
	l = layout_of("", 0);
	assert_int_equal(l->count, 0);
	layout_unref(l);
}

static void assert_close(double a, double b)
{
	assert_true(a - b < 1e-4 && b - a < 1e-4);
}

static void entropy_of_known_distributions(void **state)
{
	uint8_t all[256];
	int i;

	(void)state;
	for (i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	assert_close(entropy_bits(all, 256), 8);
	assert_close(entropy_bits(all, 128), 7);
	assert_close(entropy_bits((const uint8_t *)"aaaa", 4), 0);
	assert_close(entropy_bits((const uint8_t *)"aaab", 4), 0.811278);
	assert_close(entropy_bits((const uint8_t *)"abcabc", 6), 1.584963);
	assert_close(entropy_bits(all, 0), 0);
}

/* The context of [off, off + len) as text, "" when there is none. */
static const char *context(const char *data, size_t size, uint64_t off, uint64_t len,
			   enum printable_coding *ret)
{
	static char out[16384];
	uint64_t at = 0, n = 0;

	*ret = printable_context((const uint8_t *)data, size, off, len, &at, &n);
	assert_true(n < sizeof(out));
	assert_true(*ret == PRINTABLE_NONE || (at <= off && at + n >= off + len && at + n <= size));
	memcpy(out, data + at, n);
	out[n] = '\0';
	return out;
}

static void the_string_around_an_offset(void **state)
{
	static const char data[] = "\x01\x02"
				   "built Jan  2 2024 by me\0next\n\x7f";
	enum printable_coding coding;

	(void)state;
	assert_string_equal(context(data, sizeof(data), 12, 1, &coding), "built Jan  2 2024 by me");
	assert_int_equal(coding, PRINTABLE_UTF8);
	assert_string_equal(context(data, sizeof(data), 2, 23, &coding), "built Jan  2 2024 by me");
	assert_string_equal(context(data, sizeof(data), 26, 1, &coding), "next");
	context(data, sizeof(data), 24, 2, &coding); /* over the NUL */
	assert_int_equal(coding, PRINTABLE_NONE);
	context(data, sizeof(data), 0, 1, &coding);
	assert_int_equal(coding, PRINTABLE_NONE);
	context(data, sizeof(data), 5, 0, &coding);
	assert_int_equal(coding, PRINTABLE_NONE);
	context(data, sizeof(data), sizeof(data), 1, &coding);
	assert_int_equal(coding, PRINTABLE_NONE);
	context("\0abc", 5, 2, 1, &coding); /* too short to mean anything */
	assert_int_equal(coding, PRINTABLE_NONE);
}

static void a_range_may_begin_inside_a_character(void **state)
{
	static const char data[] = "\xff price 5 \xe2\x82\xac or so\xff";
	enum printable_coding coding;
	uint64_t off;

	(void)state;
	for (off = 10; off < 13; off++) {
		assert_string_equal(context(data, sizeof(data), off, 1, &coding),
				    " price 5 \xe2\x82\xac or so");
		assert_int_equal(coding, PRINTABLE_UTF8);
	}
}

static void wide_strings(void **state)
{
	static const char data[] = "\x01\x02h\0o\0s\0t\0n\0a\0m\0e\0\0\0\x01";
	enum printable_coding coding;
	uint64_t at = 0, len = 0, off;

	(void)state;
	for (off = 2; off < 18; off++) {
		coding = printable_context((const uint8_t *)data, sizeof(data), off, 1, &at, &len);
		assert_int_equal(coding, PRINTABLE_UTF16LE);
		assert_int_equal(at, 2);
		assert_int_equal(len, 16);
	}
}

static void reach_is_bounded(void **state)
{
	size_t n = 20000;
	uint8_t *p = malloc(n);
	uint64_t at = 0, len = 0;

	(void)state;
	assert_non_null(p);
	memset(p, 'x', n);
	assert_int_equal(printable_context(p, n, 10000, 5, &at, &len), PRINTABLE_UTF8);
	assert_int_equal(at, 10000 - PRINTABLE_CONTEXT_REACH);
	assert_int_equal(len, 5 + 2 * PRINTABLE_CONTEXT_REACH);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_what_reads_like_characters),
		cmocka_unit_test(a_few_bytes_of_latin1_do_not_matter),
		cmocka_unit_test(head_and_tail_decide),
		cmocka_unit_test(a_character_may_be_cut_by_the_window),
		cmocka_unit_test(one_part_each),
		cmocka_unit_test(entropy_of_known_distributions),
		cmocka_unit_test(the_string_around_an_offset),
		cmocka_unit_test(a_range_may_begin_inside_a_character),
		cmocka_unit_test(wide_strings),
		cmocka_unit_test(reach_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
