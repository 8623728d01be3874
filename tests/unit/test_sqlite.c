/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite.c: databases of the sqlite3 shell. */
#include "tests/unit/made.h"

#define CREATE                                                                                               \
	"rm -f a.db; sqlite3 a.db 'create table t(a, b); insert into t values(1, \"x\"); create index i on " \
	"t(a);'"

static void header_of_a_database(void **state)
{
	struct layout *l;

	(void)state;
	made_by("sqlite3", CREATE);
	l = made_layout("a.db", "sqlite");
	assert_value(l, "database header//file change counter", MEANS_COUNTER, "\0\0\0\3", 4);
	assert_value(l, "database header//version-valid-for", MEANS_COUNTER, "\0\0\0\3", 4);
	assert_proved(l, "database header//version-valid-for");
	assert_proved(l, "database header//database size in pages");
	assert_field(l, "database header//SQLite version", MEANS_VERSION);
	layout_unref(l);
}

static void pages(void **state)
{
	struct layout *l;

	(void)state;
	made_by("sqlite3", CREATE);
	l = made_layout("a.db", "sqlite");
	assert_kind(l, "page 1//cell pointers", PART_DATA);
	assert_int_equal(find_path(l, "page 1//cell pointers").len, 4);
	assert_kind(l, "page 2//unallocated space", PART_PADDING);
	assert_kind(l, "page 3//cells", PART_DATA);
	assert_int_equal(layout_find(l, "page 2")->off, 4096);
	layout_unref(l);
}

static void smallest_pages(void **state)
{
	struct layout *l;

	(void)state;
	made_by("sqlite3", "rm -f s.db; sqlite3 s.db 'pragma page_size=512; create table t(a); "
			   "insert into t values(hex(zeroblob(2000)));'");
	l = made_layout("s.db", "sqlite");
	assert_int_equal(layout_find(l, "page 1")->len, 412);
	assert_kind(l, "page 3//content", PART_RAW); /* overflow */
	layout_unref(l);
}

static void a_cut_page_is_noted(void **state)
{
	struct made m;
	struct layout *l;

	(void)state;
	made_by("sqlite3", CREATE);
	m = made_file("a.db");
	l = layout_of(m.data, m.size - 1);
	assert_int_equal(l->note_count, 1);
	assert_int_equal(l->notes[0].off, 8192);
	assert_false(find_path(l, "database header//database size in pages").proved);
	free(m.data);
	layout_unref(l);
}

static void malformed(void **state)
{
	(void)state;
	made_by("sqlite3", CREATE);
	hammer_file("a.db");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_of_a_database),
		cmocka_unit_test(pages),
		cmocka_unit_test(smallest_pages),
		cmocka_unit_test(a_cut_page_is_noted),
		cmocka_unit_test(malformed),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
