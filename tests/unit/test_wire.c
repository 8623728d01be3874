/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire.h"
#include "tests/unit/put.h"

static struct cursor over(const struct bytes *b)
{
	return cursor_make(b->data, b->len);
}

static void reads_varints(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x7f, 0x80, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 };
	struct cursor c = cursor_make(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(wire_varint(&c), 0);
	assert_int_equal(wire_varint(&c), 127);
	assert_int_equal(wire_varint(&c), 128);
	assert_true(wire_varint(&c) == UINT64_MAX);
	assert_false(c.failed);
	assert_int_equal(cursor_left(&c), 0);
}

static void refuses_varints_over_64_bits(void **state)
{
	static const uint8_t eleven[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 };
	static const uint8_t wide[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02 };
	struct cursor c = cursor_make(eleven, sizeof(eleven)), d = cursor_make(wide, sizeof(wide)), e = cursor_make(eleven, 3);

	(void)state;
	assert_int_equal(wire_varint(&c), 0);
	assert_true(c.failed);
	assert_int_equal(wire_varint(&d), 0);
	assert_true(d.failed);
	assert_int_equal(wire_varint(&e), 0);
	assert_true(e.failed);
}

static void reads_fields_of_all_types(void **state)
{
	struct bytes b = { .len = 0 };
	struct wire_field f;
	struct cursor c;

	(void)state;
	put(&b, "\x08\x96\x01", 3);         /* 1: 150 */
	put(&b, "\x12\x03" "abc", 5);       /* 2: "abc" */
	put(&b, "\x1d\x01\x02\x03\x04", 5); /* 3: fixed32 */
	put(&b, "\x21\x01\0\0\0\0\0\0\x80", 9); /* 4: fixed64 */
	put(&b, "\x82\x01\x00", 3);         /* 16: empty */
	c = over(&b);
	assert_true(wire_next(&c, &f));
	assert_int_equal(f.number, 1);
	assert_int_equal(f.value, 150);
	assert_int_equal(f.bytes.size, 0);
	assert_true(wire_next(&c, &f));
	assert_int_equal(f.type, WIRE_BYTES);
	assert_int_equal(f.bytes.size, 3);
	assert_memory_equal(f.bytes.base, "abc", 3);
	assert_true(wire_next(&c, &f));
	assert_int_equal(f.value, 0x04030201);
	assert_true(wire_next(&c, &f));
	assert_true(f.value == UINT64_C(0x8000000000000001));
	assert_true(wire_next(&c, &f));
	assert_int_equal(f.number, 16);
	assert_int_equal(f.bytes.size, 0);
	assert_false(wire_next(&c, &f));
	assert_false(c.failed);
}

static void refuses_what_is_no_field(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} bad[] = {
		{ "\x12\x05" "abc", 5 }, /* longer than what is there */
		{ "\x00\x01", 2 },     /* number 0 */
		{ "\x0b", 1 },         /* a group */
		{ "\x0e\x00", 2 },     /* type 6 */
		{ "\x08", 1 },         /* no value */
		{ "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 },
	};
	struct wire_field f;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cursor c = cursor_make(bad[i].bytes, bad[i].size);

		assert_false(wire_next(&c, &f));
		assert_true(c.failed);
	}
}

static void packed_and_single_numbers_are_the_same(void **state)
{
	struct bytes b = { .len = 0 };
	uint64_t seen[4], n = 0;
	struct wire_field f;
	struct cursor c;

	(void)state;
	put(&b, "\x2a\x03\x01\x80\x01", 5); /* 5: packed 1, 128 */
	put(&b, "\x28\x07", 2);             /* 5: 7 */
	c = over(&b);
	while (wire_next(&c, &f))
		while (n < 4 && wire_next_packed(&f, &seen[n]))
			n++;
	assert_int_equal(n, 3);
	assert_int_equal(seen[0], 1);
	assert_int_equal(seen[1], 128);
	assert_int_equal(seen[2], 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_varints),
		cmocka_unit_test(refuses_varints_over_64_bits),
		cmocka_unit_test(reads_fields_of_all_types),
		cmocka_unit_test(refuses_what_is_no_field),
		cmocka_unit_test(packed_and_single_numbers_are_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
