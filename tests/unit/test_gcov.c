/* SPDX-License-Identifier: Apache-2.0 */
/* gcov.c: notes and counts of gcc and clang, and the word-sized lengths of older versions. */
#include "tests/unit/made.h"

#define SOURCE                                                             \
	"printf 'static int twice(int x) { return x > 3 ? 2 * x : x; }\\n" \
	"int main(int argc, char **argv) { (void)argv; return twice(argc) - 1; }\\n' >a.c; "
#define COVERAGE                                                                                         \
	SOURCE "gcc --coverage -frandom-seed=1 -o a a.c; rm -f *.gcda; ./a; mv *.gcno notes; mv *.gcda " \
	       "counts"

static void notes_of_gcc(void **state)
{
	struct layout *l;

	(void)state;
	made_by("gcc", COVERAGE);
	l = made_layout("notes", "gcov");
	assert_field(l, "version", MEANS_VERSION);
	assert_field(l, "stamp", MEANS_ID);
	assert_proved(l, "working directory length");
	assert_text(l, "working directory", MEANS_PATH, scratch_dir);
	assert_text(l, "function main//function//name", MEANS_NAME, "main");
	assert_field(l, "function twice//function//cfg_checksum", MEANS_ID);
	assert_field(l, "function twice//function//source", MEANS_PATH);
	assert_kind(l, "function twice//lines//source", PART_FIELD);
	assert_proved(l, "function twice//function//length");
	layout_unref(l);
}

static void counts_of_gcc(void **state)
{
	struct layout *l;

	(void)state;
	made_by("gcc", COVERAGE);
	l = made_layout("counts", "gcov");
	assert_field(l, "stamp", MEANS_ID);
	assert_kind(l, "object summary//data", PART_DATA);
	assert_int_equal(find_path(l, "(unclaimed)").count, 0);
	layout_unref(l);
}

static void notes_and_counts_have_one_stamp(void **state)
{
	struct layout *notes, *counts;

	(void)state;
	made_by("gcc", COVERAGE);
	notes = made_layout("notes", "gcov");
	counts = made_layout("counts", "gcov");
	assert_memory_equal(find_path(notes, "stamp").bytes, find_path(counts, "stamp").bytes, 4);
	layout_unref(notes);
	layout_unref(counts);
}

static void notes_of_clang(void **state)
{
	struct layout *l;

	(void)state;
	made_by("clang", SOURCE "clang --coverage -c a.c -o c.o; mv c.gcno clang-notes");
	l = made_layout("clang-notes", "gcov");
	assert_text(l, "function main//function//name", MEANS_NAME, "main");
	assert_proved(l, "function main//function//length"); /* in words */
	assert_proved(l, "function main//function//name length");
	layout_unref(l);
}

/* gcc 9, big-endian: words, padded strings, counters whose length is negative because all are zero. */
static void older_and_big_endian(void **state)
{
	struct bytes b = { .len = 0 };
	struct layout *l;

	(void)state;
	put(&b, "gcdaA93*STMP", 12);
	put_uint(&b, 0x01000000, 4, true);
	put_uint(&b, 3, 4, true);
	put(&b, "IDNTLINECFGS", 12);
	put_uint(&b, 0x01a10000, 4, true);
	put_uint(&b, (uint32_t)-4, 4, true);
	put_uint(&b, 0x01a30000, 4, true);
	put_uint(&b, 2, 4, true);
	put(&b, "12345678", 8);
	put_uint(&b, 0, 4, true);
	l = layout_of(b.data, b.len);
	assert_string_equal(l->analyzer->name, "gcov");
	assert_int_equal(l->note_count, 0);
	assert_text(l, "stamp", MEANS_ID, "STMP");
	assert_text(l, "function 1229213268//function//cfg_checksum", MEANS_ID, "CFGS");
	assert_proved(l, "function 1229213268//function//length");
	assert_int_equal(find_path(l, "function 1229213268//counters//length").count, 2);
	assert_false(find_path(l, "function 1229213268//counters//length").proved);
	assert_kind(l, "function 1229213268//counters//counts", PART_DATA);
	assert_kind(l, "end", PART_PADDING);
	layout_unref(l);
}

static void a_magic_without_a_version_is_not_enough(void **state)
{
	struct layout *l = layout_of("gcno is how the notes of a test begin", 37);

	(void)state;
	assert_string_equal(l->analyzer->name, "text");
	layout_unref(l);
}

static void malformed(void **state)
{
	(void)state;
	made_by("gcc", COVERAGE);
	hammer_file("notes");
	hammer_file("counts");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_of_gcc),
		cmocka_unit_test(counts_of_gcc),
		cmocka_unit_test(notes_and_counts_have_one_stamp),
		cmocka_unit_test(notes_of_clang),
		cmocka_unit_test(older_and_big_endian),
		cmocka_unit_test(a_magic_without_a_version_is_not_enough),
		cmocka_unit_test(malformed),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
