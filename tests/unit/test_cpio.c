/* SPDX-License-Identifier: Apache-2.0 */
/* cpio.c: archives made by cpio in each of its formats, the big-endian one by hand. */
#include "tests/unit/archive_checks.h"

#define TREE                                                                                          \
	"mkdir -p t/d && echo hello > t/a.txt && ln -s a.txt t/l && find t -exec touch -h -d @1700000000 {} + && "

static void check_tree(const char *file, unsigned proofs)
{
	struct layout *l = layout_of_file(file);

	assert_string_equal(l->analyzer->name, "cpio");
	assert_int_equal(l->note_count, 0);
	assert_int_equal(find_path(l, "t/a.txt//body").len, 6);
	assert_field(l, "t/a.txt//mtime", MEANS_TIME);
	assert_field(l, "t/a.txt//mode", MEANS_MODE);
	assert_field(l, "t/a.txt//uid", MEANS_UID);
	assert_field(l, "t/a.txt//ino", MEANS_DEVICE);
	assert_non_null(layout_find(l, "TRAILER!!!"));
	assert_string_equal(l->parts[l->count - 1].name, "padding");
	assert_all_proved(l, proofs);
	layout_unref(l);
	assert_survives(file, 11);
}

static void test_formats(void **state)
{
	struct layout *l;

	(void)state;
	made_by("cpio", TREE "for f in newc crc odc bin; do find t | sort | cpio -o --reproducible -H $f > $f; done");
	check_tree("newc", 10);
	check_tree("crc", 15);
	check_tree("odc", 10);
	check_tree("bin", 10);
	l = layout_of_file("newc");
	assert_value(l, "t/a.txt//mtime", MEANS_TIME, "6553F100", 8);
	layout_unref(l);
	l = layout_of_file("odc");
	assert_value(l, "t/a.txt//mtime", MEANS_TIME, "14524770400", 11);
	layout_unref(l);
	l = layout_of_file("crc");
	assert_value(l, "t/a.txt//check", MEANS_CHECKSUM, "0000021E", 8); /* h e l l o \n */
	assert_proved(l, "t/a.txt//check");
	layout_unref(l);
}

static void mtime_visit(void *ctx, const char *path, struct layout *l, const struct part *p)
{
	if (!strcmp(path, "a//mtime"))
		assert_true(part_number(l, p, ctx));
}

static void test_big_endian_binary(void **state)
{
	static const char archive[] =
		"\x71\xc7\0\1\0\2\x81\xa4\0\0\0\0\0\1\0\0\x65\x53\xf1\0\0\2\0\0\0\3"
		"a\0xyz\0"
		"\x71\xc7\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\x0b\0\0\0\0"
		"TRAILER!!!\0\0";
	struct layout *l = layout_of(archive, sizeof(archive) - 1);
	uint64_t seconds = 0;

	(void)state;
	assert_string_equal(l->analyzer->name, "cpio");
	assert_int_equal(l->count, 2);
	assert_int_equal(find_path(l, "a//body").len, 3);
	walk_layout(l, "", 0, mtime_visit, &seconds);
	assert_int_equal(seconds, 1700000000);
	assert_all_proved(l, 4);
	layout_unref(l);
	walk_truncations((const uint8_t *)archive, sizeof(archive) - 1, 1);
	walk_damages((const uint8_t *)archive, sizeof(archive) - 1, 1);
}

/* An initramfs: an early archive, then a compressed one. */
static void test_appended(void **state)
{
	struct layout *l;

	(void)state;
	made_by("cpio gzip", TREE "find t | sort | cpio -o -H newc > a && gzip -n < a > b && cat a a b > c");
	l = layout_of_file("c");
	assert_string_equal(l->parts[l->count - 1].name, "appended");
	assert_int_equal(l->parts[l->count - 1].kind, PART_CONTENT);
	assert_int_equal(find_path(l, "t/a.txt").count, 2);
	assert_field(l, "appended//payload//t/a.txt//mtime", MEANS_TIME);
	layout_unref(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_formats, scratch_setup, scratch_teardown),
		cmocka_unit_test(test_big_endian_binary),
		cmocka_unit_test_setup_teardown(test_appended, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
