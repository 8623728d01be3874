/* SPDX-License-Identifier: Apache-2.0 */
/* tar.c, tar_member.c: archives made by GNU tar in each of its formats. */
#include "tests/unit/archive_checks.h"

#define TREE                                                                                               \
	"mkdir -p t/sub && echo hello > t/a.txt && ln -s a.txt t/l && ln t/a.txt t/hard &&"              \
	" echo long > t/sub/$(printf '%0120d' 7) && find t -exec touch -h -d @1700000000.5 {} + && "
#define TAR "tar --sort=name --owner=alice:1000 --group=staff:50 --mode=0644 "

static const char long_path[] =
	"t/sub/000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
	"000000000000007";

static void check_common(struct layout *l)
{
	assert_string_equal(l->analyzer->name, "tar");
	assert_int_equal(l->note_count, 0);
	assert_starts(l, "t/a.txt//uid", MEANS_UID, "0001750");
	assert_starts(l, "t/a.txt//gid", MEANS_GID, "0000062");
	assert_starts(l, "t/a.txt//mode", MEANS_MODE, "0000644");
	assert_starts(l, "t/a.txt//mtime", MEANS_TIME, "14524770400");
	assert_int_equal(find_path(l, "end of archive").kind, PART_PADDING);
	assert_int_equal(find_path(l, "t/a.txt//body").len, 6);
	assert_true(find_path(l, "t/a.txt//checksum").proved);
	assert_non_null(layout_find(l, "t/sub")); /* a directory's slash is not shown */
	assert_no_part(l, "t/l//body");
	assert_all_proved(l, 10);
}

static void test_gnu(void **state)
{
	struct layout *l;

	(void)state;
	made_by("tar", TREE TAR "--format=gnu -cf x.tar t");
	l = layout_of_file("x.tar");
	check_common(l);
	assert_starts(l, "t/a.txt//uname", MEANS_USER, "alice");
	assert_starts(l, "t/a.txt//gname", MEANS_GROUP, "staff");
	assert_non_null(layout_find(l, long_path));
	layout_unref(l);
	assert_survives("x.tar", 41);
}

static void test_ustar_and_v7(void **state)
{
	struct layout *l;

	(void)state;
	made_by("tar", TREE "rm t/sub/0* && " TAR "--format=ustar -cf x.tar t && " TAR "--format=v7 -cf y.tar t");
	l = layout_of_file("x.tar");
	check_common(l);
	assert_starts(l, "t/a.txt//uname", MEANS_USER, "alice");
	layout_unref(l);
	l = layout_of_file("y.tar");
	check_common(l);
	assert_no_part(l, "t/a.txt//uname");
	layout_unref(l);
}

static void test_ustar_prefix(void **state)
{
	struct layout *l;

	(void)state;
	made_by("tar", "mkdir -p $(printf '%060d' 1)/$(printf '%060d' 2) && echo x > $(printf '%060d' 1)/$(printf '%060d' 2)/f &&"
		 " tar --format=ustar -cf x.tar $(printf '%060d' 1)/$(printf '%060d' 2)/f");
	l = layout_of_file("x.tar");
	assert_string_equal(l->parts[0].name,
			    "000000000000000000000000000000000000000000000000000000000001/"
			    "000000000000000000000000000000000000000000000000000000000002/f");
	layout_unref(l);
}

static void test_pax(void **state)
{
	struct find_path f;
	struct layout *l;

	(void)state;
	made_by("tar", TREE TAR "--format=posix -cf x.tar t");
	l = layout_of_file("x.tar");
	check_common(l);
	f = find_path(l, "t/a.txt//pax header//mtime");
	assert_int_equal(f.count > 0, 1);
	assert_non_null(layout_find(l, long_path));
	assert_field(l, "t/a.txt//pax header//atime", MEANS_TIME);
	assert_field(l, "t/a.txt//pax header//ctime", MEANS_TIME);
	assert_int_equal(find_path(l, "t/a.txt//pax header//atime length").meaning, MEANS_SIZE);
	layout_unref(l);
	assert_survives("x.tar", 41);
}

struct pax_time {
	uint64_t seconds;
	unsigned seen;
};

static void pax_time_visit(void *ctx, const char *path, struct layout *l, const struct part *p)
{
	struct pax_time *t = ctx;

	if (!strcmp(path, "t/a.txt//pax header//ctime"))
		t->seen += part_number(l, p, &t->seconds);
}

/* "1700000000.5" counts as a moment. */
static void test_pax_time_is_a_number(void **state)
{
	struct pax_time t = { 0 };
	struct layout *l;

	(void)state;
	made_by("tar", TREE TAR "--format=posix -cf x.tar t");
	l = layout_of_file("x.tar");
	walk_layout(l, "", 0, pax_time_visit, &t);
	assert_int_equal(t.seen, 1);
	assert_true(t.seconds > 1700000000);
	layout_unref(l);
}

static void test_sparse(void **state)
{
	struct layout *l;

	(void)state;
	made_by("tar", "for i in 1 2 3 4 5 6 7 8; do echo $i | dd of=f bs=1 seek=${i}00000 conv=notrunc; done; echo end > z;"
		 " tar --format=gnu -Scf x.tar f z && tar --format=posix -Scf y.tar f z");
	l = layout_of_file("x.tar");
	assert_int_equal(l->count, 3);
	assert_non_null(layout_find(l, "f"));
	assert_non_null(layout_find(l, "z"));
	assert_all_proved(l, 4);
	layout_unref(l);
	l = layout_of_file("y.tar");
	assert_int_equal(l->count, 3);
	assert_non_null(layout_find(l, "f"));
	assert_field(l, "f//pax header//GNU.sparse.realsize", MEANS_SIZE);
	assert_all_proved(l, 4);
	layout_unref(l);
}

static void test_global_header(void **state)
{
	struct layout *l;

	(void)state;
	made_by("git", "git init -q r && cd r && echo x > f && git add f && git -c user.name=a -c user.email=b commit -qm c &&"
		 " git archive HEAD > ../x.tar");
	l = layout_of_file("x.tar");
	assert_string_equal(l->parts[0].name, "pax global header");
	assert_field(l, "pax global header//comment", MEANS_TEXT);
	assert_int_equal(find_path(l, "pax global header//comment").len, 40);
	assert_non_null(layout_find(l, "f"));
	assert_all_proved(l, 4);
	layout_unref(l);
}

/* A field that was changed without its checksum: the header is refused, and the rest is not guessed at. */
static void test_damaged_header(void **state)
{
	struct made m;
	struct layout *l;

	(void)state;
	made_by("tar", "echo a > a; echo b > b; tar -cf x.tar a b");
	m = made_file("x.tar");
	m.data[1024 + 136] ^= 1;
	l = layout_of(m.data, m.size);
	assert_int_equal(l->count, 2);
	assert_string_equal(l->parts[0].name, "a");
	assert_int_equal(l->parts[1].kind, PART_UNCLAIMED);
	assert_int_equal(l->notes[0].off, 1024);
	layout_unref(l);
	free(m.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_gnu, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_ustar_and_v7, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_ustar_prefix, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_pax, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_pax_time_is_a_number, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_sparse, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_global_header, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_damaged_header, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
