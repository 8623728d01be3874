/* SPDX-License-Identifier: Apache-2.0 */
/* gzip.c and decode_deflate: members made by hand around libdeflate's output. */
#include "analyzers/formats.h"
#include "base/digest.h"
#include "tests/unit/archive_checks.h"

#include <errno.h>
#include <libdeflate.h>

enum { FLAG_HCRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16 };

static size_t put_header(uint8_t *out, unsigned flags)
{
	static const uint8_t head[10] = { 0x1f, 0x8b, 8, 0, 0x00, 0xf1, 0x53, 0x65, 2, 3 };
	size_t n = 10;

	memcpy(out, head, 10);
	out[3] = (uint8_t)flags;
	if (flags & FLAG_EXTRA) {
		memcpy(out + n, "\x04\0Ab\0\0", 6);
		n += 6;
	}
	if (flags & FLAG_NAME) {
		memcpy(out + n, "a.txt", 6);
		n += 6;
	}
	if (flags & FLAG_COMMENT) {
		memcpy(out + n, "why", 4);
		n += 4;
	}
	if (flags & FLAG_HCRC) {
		store_uint(out + n, crc32_of(0, out, n) & 0xffff, 2, false);
		n += 2;
	}
	return n;
}

static size_t put_member(uint8_t *out, size_t room, unsigned flags, const char *text, size_t len)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
	size_t n = put_header(out, flags), packed;

	packed = libdeflate_deflate_compress(c, text, len, out + n, room - n - 8);
	libdeflate_free_compressor(c);
	assert_true(packed > 0);
	n += packed;
	store_uint(out + n, crc32_of(0, text, len), 4, false);
	store_uint(out + n + 4, len, 4, false);
	return n + 8;
}

static uint64_t plain_size(struct layout *l, const struct part *p)
{
	struct content *c = NULL;
	uint64_t n;

	assert_int_equal(layout_decode(l, p, &c, NULL), 0);
	n = content_size(c);
	content_unref(c);
	return n;
}

static void test_fields(void **state)
{
	uint8_t file[512];
	size_t n = put_member(file, sizeof(file), FLAG_HCRC | FLAG_EXTRA | FLAG_NAME | FLAG_COMMENT, "hello\n", 6);
	struct layout *l = layout_of(file, n);
	struct content *c = NULL;

	(void)state;
	assert_string_equal(l->analyzer->name, "gzip");
	assert_value(l, "mtime", MEANS_TIME, "\x00\xf1\x53\x65", 4);
	assert_value(l, "extra flags", MEANS_SETTING, "\2", 1);
	assert_value(l, "os", MEANS_SETTING, "\3", 1);
	assert_value(l, "name", MEANS_NAME, "a.txt", 6);
	assert_value(l, "comment", MEANS_TEXT, "why", 4);
	assert_kind(l, "extra", PART_RAW);
	assert_proved(l, "header crc16");
	assert_proved(l, "extra length");
	assert_proved(l, "crc32");
	assert_proved(l, "isize");
	assert_int_equal(layout_decode(l, layout_find(l, "payload"), &c, NULL), 0);
	assert_string_equal(content_name(c), "a.txt");
	assert_memory_equal(content_data(c), "hello\n", 6);
	content_unref(c);
	layout_unref(l);
	walk_truncations(file, n, 1);
	walk_damages(file, n, 1);
}

static void name_visit(void *ctx, const char *path, struct layout *l, const struct part *p)
{
	struct content *c = NULL;

	if (p->kind != PART_ENCODED || strcmp(path, "d/inner.txt.gz//body//payload"))
		return;
	assert_int_equal(layout_decode(l, p, &c, NULL), 0);
	assert_string_equal(content_name(c), "inner.txt");
	content_unref(c);
	++*(unsigned *)ctx;
}

/* Without a name in the header, the content is named after the member that holds it. */
static void test_name_from_member(void **state)
{
	struct layout *l;
	unsigned seen = 0;

	(void)state;
	made_by("tar gzip", "mkdir d && echo hello | gzip -n > d/inner.txt.gz && tar -cf x.tar d/inner.txt.gz");
	l = layout_of_file("x.tar");
	walk_layout(l, "", 0, name_visit, &seen);
	assert_int_equal(seen, 1);
	layout_unref(l);
}

/* The payload decodes whatever the trailer says; a wrong CRC is then seen not to follow from it. */
static void test_wrong_crc(void **state)
{
	uint8_t file[512], value[4];
	size_t n = put_member(file, sizeof(file), 0, "hello\n", 6);
	const struct part *crc;
	struct layout *l;

	(void)state;
	file[n - 8] ^= 1;
	l = layout_of(file, n);
	assert_int_equal(plain_size(l, layout_find(l, "payload")), 6);
	crc = layout_find(l, "crc32");
	assert_true(l->analyzer->recompute(l, crc, value));
	assert_int_equal(value[0] ^ 1, file[n - 8]);
	layout_unref(l);
}

static void test_members(void **state)
{
	uint8_t file[1024] = { 0 };
	size_t first = put_member(file, 512, FLAG_NAME, "hello\n", 6);
	size_t n = first + put_member(file + first, 512, 0, "world, again\n", 13);
	struct layout *l = layout_of(file, n);

	(void)state;
	assert_int_equal(l->count, 2);
	assert_int_equal(l->parts[0].len, first);
	assert_string_equal(l->parts[1].name, "member 2");
	assert_field(l, "member 2//mtime", MEANS_TIME);
	assert_all_proved(l, 4);
	layout_unref(l);
	l = layout_of(file, n + 100);
	assert_int_equal(l->count, 3);
	assert_int_equal(l->parts[2].kind, PART_PADDING);
	layout_unref(l);
	file[n] = 'x';
	l = layout_of(file, n + 100);
	assert_int_equal(l->parts[2].kind, PART_UNCLAIMED);
	assert_int_equal(l->notes[0].off, n);
	layout_unref(l);
	walk_truncations(file, n, 1);
	walk_damages(file, n, 1);
}

/* As bgzip writes: so many members that they are one content. */
static void test_very_many_members(void **state)
{
	uint8_t one[64];
	size_t len = put_member(one, sizeof(one), 0, "0123456789", 10), i;
	uint8_t *file = malloc(1500 * len);
	struct layout *l;

	(void)state;
	assert_non_null(file);
	for (i = 0; i < 1500; i++)
		memcpy(file + i * len, one, len);
	l = layout_of(file, 1500 * len);
	assert_int_equal(l->count, 1);
	assert_int_equal(plain_size(l, &l->parts[0]), 15000);
	layout_unref(l);
	free(file);
}

/* Ten million zeros: more than the ratio or the total allow. */
static void test_limits(void **state)
{
	struct budget ratio = { .total_max = BUDGET_TOTAL, .ratio_max = 10, .depth_max = 4 };
	struct budget total = { .total_max = 1 << 20, .ratio_max = BUDGET_RATIO, .depth_max = 4 };
	size_t zeros = 10000000, n;
	struct content *c = NULL, *plain = NULL;
	char *text = calloc(1, zeros);
	uint8_t file[65536];
	struct layout *l;

	(void)state;
	n = put_member(file, sizeof(file), 0, text, zeros);
	free(text);
	l = layout_of(file, n);
	assert_int_equal(plain_size(l, layout_find(l, "payload")), zeros);
	layout_unref(l);
	assert_int_equal(content_copy(file, n, "bomb.gz", &c), 0);
	assert_int_equal(layout_identify(c, 0, n, &ratio, &l), 0);
	assert_int_equal(layout_decode(l, layout_find(l, "payload"), &plain, NULL), -EFBIG);
	layout_unref(l);
	assert_int_equal(layout_identify(c, 0, n, &total, &l), 0);
	assert_int_equal(layout_decode(l, layout_find(l, "payload"), &plain, NULL), -EFBIG);
	layout_unref(l);
	content_unref(c);
}

/* A size hint is only a hint: too small, too large, absurd. */
static void test_hints(void **state)
{
	static const uint64_t hints[] = { 0, 1, 999, 1000, 1001, 123456, UINT64_MAX };
	struct budget budget = { .total_max = BUDGET_TOTAL, .ratio_max = BUDGET_RATIO, .depth_max = 4 };
	struct content *c = NULL;
	char text[1000];
	uint8_t file[2048];
	size_t n, i;

	(void)state;
	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7 % 251);
	n = put_member(file, sizeof(file), 0, text, sizeof(text));
	for (i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		struct spool out;
		uint64_t used = 0;

		assert_int_equal(spool_init(&out, &budget, n), 0);
		assert_int_equal(decode_deflate(DEFLATE_RAW, file + 10, n - 10, hints[i], &out, &used, NULL), 0);
		assert_int_equal(used, n - 18);
		assert_int_equal(spool_finish(&out, "x", &c), 0);
		assert_int_equal(content_size(c), sizeof(text));
		assert_memory_equal(content_data(c), text, sizeof(text));
		content_unref(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test_setup_teardown(test_name_from_member, scratch_setup, scratch_teardown),
		cmocka_unit_test(test_wrong_crc),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_very_many_members),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_hints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
