/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const char *text_of(const struct error *err)
{
	static char text[2048];

	return error_text(err, text, sizeof(text));
}

static void text_has_file_offset_message_and_code(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(error_set_at(&err, -EINVAL, "a.o", 0x1f0, "section %d is too long", 3), -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_true(err.has_offset);
	assert_int_equal(err.offset, 0x1f0);
	assert_string_equal(text_of(&err), "a.o: offset 0x1f0: section 3 is too long (Invalid argument)");
}

static void text_leaves_out_what_is_not_there(void **state)
{
	struct error no_file = { 0 }, no_message = { 0 }, no_code = { 0 }, nothing = { 0 };

	(void)state;
	(void)error_set(&no_file, -ENOENT, NULL, "cannot open");
	assert_string_equal(text_of(&no_file), "cannot open (No such file or directory)");
	(void)error_set(&no_message, -ENOENT, "x", "%s", "");
	assert_string_equal(text_of(&no_message), "x: No such file or directory");
	(void)error_set(&no_code, 0, NULL, "unknown verb");
	assert_string_equal(text_of(&no_code), "unknown verb");
	assert_string_equal(text_of(&nothing), "Success");
}

static void unknown_code_is_told_as_a_number(void **state)
{
	struct error err = { 0 };

	(void)state;
	(void)error_set(&err, -99999, "x", "odd");
	assert_string_equal(text_of(&err), "x: odd (error -99999)");
}

static void first_error_wins(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(error_set(&err, -EIO, "inner", "bad block"), -EIO);
	assert_int_equal(error_set(&err, -EINVAL, "outer", "cannot read"), -EINVAL);
	assert_int_equal(error_set_at(&err, -ENOMEM, "outer", 7, "cannot read"), -ENOMEM);
	assert_string_equal(text_of(&err), "inner: bad block (Input/output error)");
	assert_false(err.has_offset);
}

static void null_object_is_fine(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, -EIO, "x", "y"), -EIO);
	assert_int_equal(error_set_at(NULL, -EIO, "x", 1, "y"), -EIO);
}

static void long_file_keeps_its_end(void **state)
{
	struct error err = { 0 };
	char name[1000];

	(void)state;
	memset(name, 'd', sizeof(name));
	memcpy(name + sizeof(name) - 5, "/end", 5);
	(void)error_set(&err, -EIO, name, "m");
	assert_int_equal(strlen(err.file), sizeof(err.file) - 1);
	assert_memory_equal(err.file, "...ddd", 6);
	assert_string_equal(err.file + sizeof(err.file) - 5, "/end");
}

static void long_message_is_cut(void **state)
{
	struct error err = { 0 };
	char message[1000];

	(void)state;
	memset(message, 'm', sizeof(message));
	message[sizeof(message) - 1] = '\0';
	(void)error_set(&err, -EIO, "f", "%s", message);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

static void control_characters_are_escaped(void **state)
{
	struct error err = { 0 };

	(void)state;
	(void)error_set(&err, -EIO, "a\033[2Jb", "\r\xff\xc2\x9bK und \xc3\xa4");
	assert_string_equal(text_of(&err),
			    "a\\x1b[2Jb: \\x0d\\xff\\xc2\\x9bK und \xc3\xa4 (Input/output error)");
}

static void small_output_is_terminated_and_never_overrun(void **state)
{
	struct error err = { 0 };
	char out[16];
	size_t size;

	(void)state;
	(void)error_set_at(&err, -EIO, "file\033", 5, "message");
	for (size = 0; size <= sizeof(out); size++) {
		memset(out, 'X', sizeof(out));
		assert_ptr_equal(error_text(&err, out, size), out);
		if (size)
			assert_non_null(memchr(out, '\0', size));
		if (size < sizeof(out))
			assert_int_equal(out[size], 'X');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_has_file_offset_message_and_code),
		cmocka_unit_test(text_leaves_out_what_is_not_there),
		cmocka_unit_test(unknown_code_is_told_as_a_number),
		cmocka_unit_test(first_error_wins),
		cmocka_unit_test(null_object_is_fine),
		cmocka_unit_test(long_file_keeps_its_end),
		cmocka_unit_test(long_message_is_cut),
		cmocka_unit_test(control_characters_are_escaped),
		cmocka_unit_test(small_output_is_terminated_and_never_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
