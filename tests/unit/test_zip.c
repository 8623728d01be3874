/* SPDX-License-Identifier: Apache-2.0 */
/* zip.c, zip_entry.c: archives made by zip, 7z and Python. */
#include "tests/unit/archive_checks.h"

#define FILES                                                                                     \
	"mkdir -p t && echo hello > t/small && head -c 20000 /dev/zero | tr '\\0' x > t/big &&" \
	" find t -exec touch -d @1700000000 {} + && export TZ=UTC && "

struct plain {
	const char *path;
	uint64_t size;
	uint8_t first;
};

static void plain_visit(void *ctx, const char *path, struct layout *l, const struct part *p)
{
	struct plain *plain = ctx;
	struct content *c = NULL;

	if (strcmp(path, plain->path) || p->kind != PART_ENCODED)
		return;
	assert_int_equal(layout_decode(l, p, &c, NULL), 0);
	plain->size = content_size(c);
	plain->first = content_data(c)[0];
	content_unref(c);
}

static void assert_plain(struct layout *l, const char *path, uint64_t size, uint8_t first)
{
	struct plain p = { .path = path };

	walk_layout(l, "", 0, plain_visit, &p);
	assert_int_equal(p.size, size);
	assert_int_equal(p.first, first);
}

static void test_info_zip(void **state)
{
	struct layout *l;

	(void)state;
	made_by("zip", FILES "chmod 640 t/big && zip -qr x.zip t");
	l = layout_of_file("x.zip");
	assert_string_equal(l->analyzer->name, "zip");
	assert_int_equal(l->count, 7); /* three entries, three central headers, the end */
	assert_non_null(layout_find(l, "t"));
	assert_value(l, "t/big//UT mtime", MEANS_TIME, "\x00\xf1\x53\x65", 4);
	assert_field(l, "t/big//UT atime", MEANS_TIME);
	assert_field(l, "t/big//ux uid", MEANS_UID);
	assert_field(l, "t/big//ux gid", MEANS_GID);
	assert_field(l, "t/big//mtime", MEANS_TIME);
	assert_value(l, "central//t/big//mode", MEANS_MODE, "\xa0\x81", 2);
	assert_field(l, "central//t/big//version made by", MEANS_VERSION);
	assert_value(l, "central//t/big//UT mtime", MEANS_TIME, "\x00\xf1\x53\x65", 4);
	assert_no_part(l, "central//t/big//UT atime");
	assert_kind(l, "t/small//body", PART_CONTENT);
	assert_plain(l, "t/big//body", 20000, 'x');
	assert_all_proved(l, 40);
	layout_unref(l);
	assert_survives("x.zip", 5);
}

static void dos_visit(void *ctx, const char *path, struct layout *l, const struct part *p)
{
	if (!strcmp(path, "t/small//mtime"))
		assert_true(part_number(l, p, ctx));
}

static void test_dos_time(void **state)
{
	struct layout *l;
	uint64_t seconds = 0;

	(void)state;
	made_by("zip", FILES "zip -qrX x.zip t");
	l = layout_of_file("x.zip");
	walk_layout(l, "", 0, dos_visit, &seconds);
	assert_int_equal(seconds, 1700000000);
	assert_no_part(l, "t/small//UT mtime");
	layout_unref(l);
}

/* Written to a pipe: sizes and CRC stand behind the data. */
static void test_descriptor(void **state)
{
	struct layout *l;

	(void)state;
	made_by("zip", FILES "cat t/big | zip -q - - | cat > x.zip; zip -q - t/big | cat > y.zip");
	l = layout_of_file("x.zip");
	assert_proved(l, "-//descriptor crc32");
	assert_proved(l, "-//descriptor uncompressed size");
	assert_all_proved(l, 15);
	layout_unref(l);
	l = layout_of_file("y.zip");
	assert_proved(l, "t/big//descriptor crc32");
	assert_all_proved(l, 15);
	layout_unref(l);
}

static void test_zip64(void **state)
{
	struct layout *l;

	(void)state;
	made_by("zip", FILES "zip -qr -fz x.zip t/big");
	l = layout_of_file("x.zip");
	assert_proved(l, "t/big//zip64 uncompressed size");
	assert_non_null(layout_find(l, "zip64 end"));
	assert_proved(l, "zip64 end//directory offset");
	assert_proved(l, "zip64 end//end offset");
	assert_plain(l, "t/big//body", 20000, 'x');
	assert_all_proved(l, 20);
	layout_unref(l);
	assert_survives("x.zip", 5);
}

static void test_other_methods(void **state)
{
	static const char *const methods[] = { "bzip2.zip", "lzma.zip", "deflate.zip", "copy.zip" };
	struct layout *l;
	size_t i;

	(void)state;
	made_by("7z", FILES "for m in bzip2 lzma deflate copy; do 7z a -bd -mm=$m $m.zip t/big; done");
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		l = layout_of_file(methods[i]);
		if (i < 3)
			assert_plain(l, "t/big//body", 20000, 'x');
		else
			assert_kind(l, "t/big//body", PART_CONTENT);
		assert_field(l, "central//t/big//NTFS mtime", MEANS_TIME);
		assert_all_proved(l, 14);
		layout_unref(l);
	}
}

static void test_encrypted(void **state)
{
	struct layout *l;

	(void)state;
	made_by("zip", FILES "zip -q -P secret x.zip t/big");
	l = layout_of_file("x.zip");
	assert_kind(l, "t/big//encrypted data", PART_RAW);
	layout_unref(l);
}

/* Offsets that count from the archive's start, and such that count from the file's. */
static void test_prefix(void **state)
{
	static const char *const names[] = { "x.pyz", "y.pyz" };
	struct layout *l;
	size_t i;

	(void)state;
	made_by("zip python3", FILES "zip -qr x.zip t && (echo '#!/usr/bin/env python3'; cat x.zip) > x.pyz &&"
				     " mkdir z && echo 'print(1)' > z/__main__.py &&"
				     " python3 -m zipapp z -o y.pyz -c -p /usr/bin/python3");
	for (i = 0; i < 2; i++) {
		l = layout_of_file(names[i]);
		assert_string_equal(l->analyzer->name, "zip");
		assert_string_equal(l->parts[0].name, "prefix");
		assert_int_equal(l->parts[0].kind, PART_TEXT);
		assert_int_equal(l->parts[1].kind, PART_GROUP);
		assert_all_proved(l, 10);
		layout_unref(l);
	}
}

/* Without a directory the local headers are walked, and a note says so. */
static void test_truncated(void **state)
{
	struct content *c;
	struct layout *l;

	(void)state;
	made_by("zip", FILES "zip -qrX x.zip t/big t/small");
	c = content_of_file("x.zip");
	l = layout_of(content_data(c), content_size(c) - 30);
	assert_non_null(layout_find(l, "t/big"));
	assert_non_null(layout_find(l, "t/small"));
	assert_int_equal(l->note_count, 1);
	assert_plain(l, "t/big//body", 20000, 'x');
	layout_unref(l);
	content_unref(c);
}

static void wrong_crc_visit(void *ctx, const char *path, struct layout *l, const struct part *p)
{
	uint8_t value[4];

	if (strcmp(path, "t/small//crc32") || !p->recomputes)
		return;
	assert_true(l->analyzer->recompute(l, p, value));
	assert_memory_not_equal(value, part_data(l, p), 4);
	++*(unsigned *)ctx;
}

/* A CRC that does not belong to the data is not called derived. */
static void test_wrong_crc(void **state)
{
	struct made m;
	struct layout *l;
	unsigned seen = 0;

	(void)state;
	made_by("zip", FILES "zip -qX x.zip t/small");
	m = made_file("x.zip");
	m.data[14] ^= 1;
	l = layout_of(m.data, m.size);
	walk_layout(l, "", 0, wrong_crc_visit, &seen);
	assert_int_equal(seen, 1);
	layout_unref(l);
	free(m.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_info_zip, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_dos_time, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_descriptor, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_zip64, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_other_methods, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_encrypted, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_prefix, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_truncated, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_wrong_crc, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
