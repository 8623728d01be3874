/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "base/cleanup.h"

#include <errno.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void appends_and_terminates(void **state)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1 << 20);
	int i;

	(void)state;
	assert_string_equal(buffer_str(&b), "");
	assert_int_equal(buffer_append(&b, NULL, 0), 0);
	assert_int_equal(buffer_puts(&b, "ab"), 0);
	assert_int_equal(buffer_putc(&b, '\0'), 0);
	assert_int_equal(buffer_append(&b, "cd", 2), 0);
	assert_int_equal(b.len, 5);
	assert_memory_equal(b.data, "ab\0cd\0", 6);
	for (i = 0; i < 1000; i++)
		assert_int_equal(buffer_printf(&b, "%03d,", i), 0);
	assert_int_equal(b.len, 4005);
	assert_string_equal(b.data + b.len - 8, "998,999,");
}

static void maximum_is_exact_and_failure_sticks(void **state)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(10);

	(void)state;
	assert_int_equal(buffer_puts(&b, "0123456789"), 0);
	assert_int_equal(buffer_puts(&b, ""), 0);
	assert_int_equal(buffer_putc(&b, 'x'), -EFBIG);
	assert_int_equal(b.error, -EFBIG);
	assert_int_equal(buffer_puts(&b, ""), -EFBIG);
	assert_int_equal(buffer_printf(&b, "%s", ""), -EFBIG);
	assert_string_equal(buffer_str(&b), "0123456789");
	assert_null(buffer_detach(&b));
}

static void printf_over_the_maximum_leaves_what_was_there(void **state)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(10);

	(void)state;
	assert_int_equal(buffer_printf(&b, "%d", 1234567), 0);
	assert_int_equal(buffer_printf(&b, "%d", 1234), -EFBIG);
	assert_string_equal(buffer_str(&b), "1234567");
}

static void release_makes_it_usable_again(void **state)
{
	struct buffer b = BUFFER_INIT(4);

	(void)state;
	assert_int_equal(buffer_puts(&b, "12345"), -EFBIG);
	buffer_release(&b);
	assert_int_equal(buffer_puts(&b, "1234"), 0);
	buffer_release(&b);
	buffer_release(&b);
}

static void absurd_sizes_are_refused(void **state)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(SIZE_MAX), full = BUFFER_INIT(SIZE_MAX);

	(void)state;
	assert_int_equal(buffer_reserve(&b, SIZE_MAX), -EFBIG);
	assert_int_equal(buffer_puts(&full, "abc"), 0);
	assert_int_equal(buffer_reserve(&full, SIZE_MAX - 2), -EFBIG);
}

static void detach_gives_the_string_away(void **state)
{
	struct buffer b = BUFFER_INIT(100), empty = BUFFER_INIT(100);
	AUTO_FREE char *text = NULL, *nothing = NULL;

	(void)state;
	(void)buffer_puts(&b, "mine");
	text = buffer_detach(&b);
	assert_string_equal(text, "mine");
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	nothing = buffer_detach(&empty);
	assert_string_equal(nothing, "");
}

static void assert_quoted(const char *in, size_t n, size_t limit, const char *expected)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1000);

	assert_int_equal(buffer_quote(&b, in, n, limit), 0);
	assert_string_equal(buffer_str(&b), expected);
}

static void quote_shows_any_bytes_on_one_line(void **state)
{
	(void)state;
	assert_quoted("plain text", 10, 100, "plain text");
	assert_quoted("a\\b", 3, 100, "a\\\\b");
	assert_quoted("\033[1m\n\0\x7f", 7, 100, "\\x1b[1m\\x0a\\x00\\x7f");
	assert_quoted("\xc3\xa4\xff\xe2\x82", 5, 100, "\xc3\xa4\\xff\\xe2\\x82");
	assert_quoted("\xc2\x9b", 2, 100, "\\xc2\\x9b");
	assert_quoted("", 0, 100, "");
}

static void quote_cuts_between_characters(void **state)
{
	(void)state;
	assert_quoted("abcdef", 6, 6, "abcdef");
	assert_quoted("abcdef", 6, 5, "abcde...");
	assert_quoted("ab\xc3\xa4", 4, 3, "ab...");
	assert_quoted("abc", 3, 0, "...");
}

static void shell_words_are_read_back_as_they_were(void **state)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1000);

	(void)state;
	(void)buffer_shell_word(&b, "-O2");
	(void)buffer_putc(&b, ' ');
	(void)buffer_shell_word(&b, "it's $HOME");
	(void)buffer_putc(&b, ' ');
	assert_int_equal(buffer_shell_word(&b, ""), 0);
	assert_string_equal(buffer_str(&b), "-O2 'it'\\''s $HOME' ''");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_and_terminates),
		cmocka_unit_test(maximum_is_exact_and_failure_sticks),
		cmocka_unit_test(printf_over_the_maximum_leaves_what_was_there),
		cmocka_unit_test(release_makes_it_usable_again),
		cmocka_unit_test(absurd_sizes_are_refused),
		cmocka_unit_test(detach_gives_the_string_away),
		cmocka_unit_test(quote_shows_any_bytes_on_one_line),
		cmocka_unit_test(quote_cuts_between_characters),
		cmocka_unit_test(shell_words_are_read_back_as_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
