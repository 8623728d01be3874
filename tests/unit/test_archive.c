/* SPDX-License-Identifier: Apache-2.0 */
/* archive.c, entries.c: archives that libarchive writes here and reads there, and what 7z makes. */
#include "tests/unit/archive_checks.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

static void put_file(struct archive *a, const char *path, const char *text, int mode)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, path);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, (mode_t)mode);
	archive_entry_set_size(e, (la_int64_t)strlen(text));
	archive_entry_set_mtime(e, 1700000000, 0);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, text, strlen(text)), strlen(text));
	archive_entry_free(e);
}

/* Three files in the given format; false: this libarchive does not write it. */
static bool write_archive(int (*format)(struct archive *), uint8_t *out, size_t room, size_t *ret_used)
{
	struct archive *a = archive_write_new();
	bool can = format(a) == ARCHIVE_OK && archive_write_add_filter_none(a) == ARCHIVE_OK &&
		   archive_write_set_bytes_in_last_block(a, 1) == ARCHIVE_OK &&
		   archive_write_open_memory(a, out, room, ret_used) == ARCHIVE_OK;

	if (can) {
		put_file(a, "a.txt", "hello\n", 0644);
		put_file(a, "d/empty", "", 0600);
		put_file(a, "d/run.sh", "#!/bin/sh\n", 0755);
		assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	}
	(void)archive_write_free(a);
	return can;
}

static void check_format(int (*format)(struct archive *), const char *first_field, size_t step)
{
	size_t room = 4 << 20, used = 0;
	uint8_t *file = malloc(room);
	struct layout *l;

	assert_non_null(file);
	if (!write_archive(format, file, room, &used)) {
		free(file);
		print_message("skipped: this libarchive does not write the format\n");
		skip();
	}
	l = layout_of(file, used);
	assert_string_equal(l->analyzer->name, "archive");
	assert_non_null(layout_find(l, first_field));
	assert_true(find_path(l, "entries//a.txt//path").count == 1);
	assert_text(l, "entries//a.txt//size", MEANS_SIZE, "6");
	assert_text(l, "entries//a.txt//mtime", MEANS_TIME, "1700000000.000000000");
	assert_text(l, "entries//a.txt//type", MEANS_FLAGS, "file");
	assert_int_equal(find_path(l, "entries//a.txt//body").len, 6);
	assert_memory_equal(find_path(l, "entries//a.txt//body").bytes, "hello\n", 6);
	assert_no_part(l, "entries//d/empty//body");
	assert_int_equal(find_path(l, "entries//d/run.sh//body").len, 10);
	assert_all_proved(l, 2);
	layout_unref(l);
	walk_truncations(file, used < 4096 ? used : 4096, 37);
	walk_damages(file, used < 4096 ? used : 4096, step);
	free(file);
}

static void test_7zip(void **state)
{
	(void)state;
	check_format(archive_write_set_format_7zip, "start header crc32", 3);
}

static void test_xar(void **state)
{
	(void)state;
	check_format(archive_write_set_format_xar, "toc compressed size", 5);
}

static void test_iso9660(void **state)
{
	(void)state;
	check_format(archive_write_set_format_iso9660, "creation time", 512);
}

static void test_warc(void **state)
{
	size_t used = 0;
	uint8_t file[16384];
	struct layout *l;

	(void)state;
	if (!write_archive(archive_write_set_format_warc, file, sizeof(file), &used))
		skip();
	l = layout_of(file, used);
	assert_string_equal(l->analyzer->name, "archive");
	layout_unref(l);
}

static void test_7z_program(void **state)
{
	struct layout *l;

	(void)state;
	made_by("7z", "mkdir t && echo hello > t/a.txt && ln -s a.txt t/l && touch -d @1700000000 t/a.txt &&"
		      " 7z a -bd -snl x.7z t");
	l = layout_of_file("x.7z");
	assert_proved(l, "start header crc32");
	assert_proved(l, "next header crc32");
	assert_proved(l, "next header offset");
	assert_proved(l, "next header size");
	assert_text(l, "entries//t/a.txt//mtime", MEANS_TIME, "1700000000.000000000");
	assert_text(l, "entries//t/l//linkname", MEANS_PATH, "a.txt");
	assert_int_equal(find_path(l, "entries//t/a.txt//body").len, 6);
	layout_unref(l);
}

/* More than the budget allows, counted over all entries. */
static void test_limit(void **state)
{
	struct budget small = { .total_max = 1000, .ratio_max = BUDGET_RATIO, .depth_max = 4 };
	struct content *c, *plain = NULL;
	struct layout *l = NULL;

	(void)state;
	made_by("7z", "head -c 5000 /dev/zero > z && 7z a -bd x.7z z");
	c = content_of_file("x.7z");
	assert_int_equal(layout_identify(c, 0, content_size(c), &small, &l), 0);
	assert_int_equal(layout_decode(l, layout_find(l, "entries"), &plain, NULL), -EFBIG);
	layout_unref(l);
	content_unref(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_7zip),
		cmocka_unit_test(test_xar),
		cmocka_unit_test(test_iso9660),
		cmocka_unit_test(test_warc),
		cmocka_unit_test_setup_teardown(test_7z_program, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_limit, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
