/* SPDX-License-Identifier: Apache-2.0 */
/* ar.c: libraries made by ar and llvm-ar, and a BSD archive by hand. */
#include "tests/unit/archive_checks.h"

#define OBJECTS                                                                                              \
	"echo 'int one(void) { return 1; } int common_one; __attribute__((weak)) int weak(void) { return 2; }" \
	" static int hidden; int *p = &hidden;' > a.c && echo 'extern int one(void); int two(void) { return one(); }'" \
	" > b.c && cc -c a.c -o a.o && cc -c b.c -o member_with_a_long_name.o && "

static void test_gnu_library(void **state)
{
	struct layout *l;

	(void)state;
	made_by("cc ar", OBJECTS "touch -d @1700000000 a.o && ar rcsU x.a a.o member_with_a_long_name.o");
	l = layout_of_file("x.a");
	assert_string_equal(l->analyzer->name, "ar");
	assert_int_equal(l->count, 5);
	assert_starts(l, "a.o//mtime", MEANS_TIME, "1700000000");
	assert_starts(l, "a.o//name", MEANS_NAME, "a.o/");
	assert_starts(l, "member_with_a_long_name.o//name offset", MEANS_OFFSET, "/0");
	assert_int_equal(find_path(l, "a.o//body").kind, PART_CONTENT);
	assert_int_equal(find_path(l, "symbol table//count").bytes[3], 5);
	assert_true(find_path(l, "symbol table//count").proved);
	assert_true(find_path(l, "symbol table//offsets").proved);
	assert_true(find_path(l, "symbol table//names").proved);
	assert_true(find_path(l, "member_with_a_long_name.o//name offset").proved);
	assert_true(find_path(l, "a.o//size").proved);
	layout_unref(l);
	assert_survives("x.a", 29);
}

/* A symbol table that does not fit its members must not be called derived. */
static void test_stale_symbol_table(void **state)
{
	struct content *c;
	struct layout *l;
	uint8_t *copy;
	size_t n;

	(void)state;
	made_by("cc ar", OBJECTS "ar rcs x.a a.o member_with_a_long_name.o");
	c = content_of_file("x.a");
	n = content_size(c);
	copy = malloc(n);
	assert_non_null(copy);
	memcpy(copy, content_data(c), n);
	copy[68 + 4 + 3] ^= 1; /* the first offset */
	l = layout_of(copy, n);
	assert_true(find_path(l, "symbol table//count").proved);
	assert_false(find_path(l, "symbol table//offsets").proved);
	layout_unref(l);
	free(copy);
	content_unref(c);
}

static void test_thin_library(void **state)
{
	struct layout *l;

	(void)state;
	made_by("cc ar", OBJECTS "mkdir -p deep && mv a.o deep && ar rcsT x.a deep/a.o member_with_a_long_name.o");
	l = layout_of_file("x.a");
	assert_string_equal(l->analyzer->name, "ar");
	assert_non_null(layout_find(l, "deep/a.o"));
	assert_int_equal(layout_find(l, "deep/a.o")->len, 60);
	assert_no_part(l, "deep/a.o//body");
	assert_int_equal(find_path(l, "long names//names").meaning, MEANS_PATH);
	assert_true(find_path(l, "deep/a.o//name offset").proved);
	assert_false(find_path(l, "deep/a.o//size").recomputes);
	assert_false(find_path(l, "symbol table//count").proved);
	layout_unref(l);
}

static void test_bsd_library(void **state)
{
	static const char archive[] =
		"!<arch>\n"
		"#1/20           1700000000  1000  100   100644  26        `\n"
		"a long member.txt\0\0\0hello\n"
		"short           0           0     0     644     3         `\n"
		"abc\n";
	struct layout *l = layout_of(archive, sizeof(archive) - 1);

	(void)state;
	assert_int_equal(l->count, 3);
	assert_int_equal(l->note_count, 0);
	assert_starts(l, "a long member.txt//uid", MEANS_UID, "1000");
	assert_starts(l, "a long member.txt//gid", MEANS_GID, "100");
	assert_starts(l, "a long member.txt//mode", MEANS_MODE, "100644");
	assert_starts(l, "a long member.txt//long name", MEANS_NAME, "a long member.txt");
	assert_int_equal(find_path(l, "a long member.txt//body").len, 6);
	assert_int_equal(find_path(l, "short//body").len, 3);
	assert_int_equal(find_path(l, "short//padding").kind, PART_PADDING);
	assert_all_proved(l, 2);
	layout_unref(l);
	walk_truncations((const uint8_t *)archive, sizeof(archive) - 1, 1);
	walk_damages((const uint8_t *)archive, sizeof(archive) - 1, 1);
}

static void test_bsd_symbol_table(void **state)
{
	struct layout *l;

	(void)state;
	made_by("cc llvm-ar", OBJECTS "llvm-ar --format=bsd rcs x.a a.o member_with_a_long_name.o");
	l = layout_of_file("x.a");
	assert_int_equal(find_path(l, "symbol table//ranlib").kind, PART_RECORDS);
	assert_int_equal(find_path(l, "symbol table//names").kind, PART_STRINGS);
	assert_non_null(layout_find(l, "member_with_a_long_name.o"));
	layout_unref(l);
}

/* The cut member is named, and what is there of it is kept. */
static void test_truncated_member(void **state)
{
	static const char archive[] = "!<arch>\nx/              0           0     0     644     100       `\nabc";
	struct layout *l = layout_of(archive, sizeof(archive) - 1);

	(void)state;
	assert_true(l->note_count > 0);
	assert_int_equal(find_path(l, "x//body").len, 3);
	layout_unref(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_gnu_library, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_stale_symbol_table, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_thin_library, scratch_setup, scratch_teardown),
		cmocka_unit_test(test_bsd_library),
		cmocka_unit_test_setup_teardown(test_bsd_symbol_table, scratch_setup, scratch_teardown),
		cmocka_unit_test(test_truncated_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
