/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/cleanup.h"
#include "tests/unit/scratch.h"

#include <errno.h>

static void assert_bytes(const char *in, size_t n, const char *expected, size_t expected_len)
{
	CLEANUP(json_decrefp) json_t *j = json_bytes(in, n);

	assert_non_null(j);
	assert_int_equal(json_string_length(j), expected_len);
	assert_memory_equal(json_string_value(j), expected, expected_len + 1);
}

static void utf8_stays_as_it_is(void **state)
{
	(void)state;
	assert_bytes("", 0, "", 0);
	assert_bytes(NULL, 0, "", 0);
	assert_bytes("plain", 5, "plain", 5);
	assert_bytes("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9);
	assert_bytes("a\0b", 3, "a\0b", 3);
}

static void each_bad_byte_is_replaced(void **state)
{
	(void)state;
	assert_bytes("\xff", 1, "\xef\xbf\xbd", 3);
	assert_bytes("a\xff\xfe"
		     "b",
		     4,
		     "a\xef\xbf\xbd\xef\xbf\xbd"
		     "b",
		     8);
	assert_bytes("\xe2\x82", 2, "\xef\xbf\xbd\xef\xbf\xbd", 6);
	assert_bytes("\xed\xa0\x80\xc3\xa4", 5, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xc3\xa4", 11);
}

static void text_is_bytes_to_the_nul(void **state)
{
	CLEANUP(json_decrefp) json_t *j = json_text("x\xff");

	(void)state;
	assert_string_equal(json_string_value(j), "x\xef\xbf\xbd");
}

static void put_takes_the_reference_and_reports_no_memory(void **state)
{
	CLEANUP(json_decrefp) json_t *object = json_object();
	json_t *value = json_text("v");

	(void)state;
	assert_int_equal(json_put(object, "k", value), 0);
	assert_int_equal(value->refcount, 1);
	assert_ptr_equal(json_object_get(object, "k"), value);
	assert_int_equal(json_put(object, "none", NULL), -ENOMEM);
	assert_int_equal(json_object_size(object), 1);
}

static void documents_are_written_in_order(void **state)
{
	CLEANUP(json_decrefp) json_t *object = json_object();
	CLEANUP(fclosep) FILE *f = NULL;
	AUTO_FREE char *text = NULL;

	(void)state;
	assert_int_equal(json_put(object, "zebra", json_integer(1)), 0);
	assert_int_equal(json_put(object, "apple", json_bytes("\x01/\xc3\xa4", 4)), 0);
	f = fopen(scratch_path("j"), "we");
	assert_int_equal(json_write(f, object), 0);
	text = scratch_read(scratch_path("j"));
	assert_string_equal(text, "{\n  \"zebra\": 1,\n  \"apple\": \"\\u0001/\xc3\xa4\"\n}\n");
}

static void a_full_disk_is_reported(void **state)
{
	CLEANUP(json_decrefp) json_t *object = json_object();
	CLEANUP(fclosep) FILE *f = fopen("/dev/full", "we");

	(void)state;
	assert_int_equal(json_put(object, "k", json_true()), 0);
	assert_int_equal(json_write(f, object), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_stays_as_it_is),
		cmocka_unit_test(each_bad_byte_is_replaced),
		cmocka_unit_test(text_is_bytes_to_the_nul),
		cmocka_unit_test(put_takes_the_reference_and_reports_no_memory),
		cmocka_unit_test_setup_teardown(documents_are_written_in_order, scratch_setup,
						scratch_teardown),
		cmocka_unit_test(a_full_disk_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
