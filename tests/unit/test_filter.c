/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c and the decoders behind it: streams that libarchive, libzstd and liblz4 make here. */
#include "analyzers/formats.h"
#include "tests/unit/archive_checks.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <lz4.h>
#include <zstd.h>

#define PLAIN_SIZE 30000

static void fill(char *text)
{
	size_t i;

	for (i = 0; i < PLAIN_SIZE; i++)
		text[i] = (char)('a' + i * i / 7 % 26);
}

/* One stream of the text; 0: this libarchive does not have the filter without an external program. */
static size_t compress_by(int filter, const char *text, size_t len, uint8_t *out, size_t room)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	size_t used = 0;

	archive_entry_set_pathname(e, "x");
	archive_entry_set_filetype(e, AE_IFREG);
	if (archive_write_add_filter(a, filter) == ARCHIVE_OK) {
		assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
		assert_int_equal(archive_write_set_bytes_in_last_block(a, 1), ARCHIVE_OK);
		assert_int_equal(archive_write_open_memory(a, out, room, &used), ARCHIVE_OK);
		assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
		assert_int_equal(archive_write_data(a, text, len), len);
		assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	}
	archive_entry_free(e);
	(void)archive_write_free(a);
	return used;
}

static void assert_decodes(struct layout *l, const char *text, size_t len)
{
	const struct part *payload = layout_find(l, "payload");
	struct content *c = NULL;
	struct error err = { 0 };

	assert_non_null(payload);
	assert_int_equal(layout_decode(l, payload, &c, &err), 0);
	assert_int_equal(content_size(c), len);
	assert_memory_equal(content_data(c), text, len);
	content_unref(c);
}

static void check_filter(int filter, const char *setting)
{
	static char text[PLAIN_SIZE];
	static uint8_t file[2 * PLAIN_SIZE];
	struct content *c = NULL;
	struct layout *l;
	size_t n;

	fill(text);
	n = compress_by(filter, text, PLAIN_SIZE, file, sizeof(file));
	if (!n) {
		print_message("skipped: this libarchive lacks filter %d\n", filter);
		skip();
	}
	l = layout_of(file, n);
	assert_string_equal(l->analyzer->name, "filter");
	assert_field(l, setting, MEANS_SETTING);
	assert_decodes(l, text, PLAIN_SIZE);
	assert_all_proved(l, 0);
	layout_unref(l);
	/* A stream that ends early is malformed, not short. */
	l = layout_of(file, n / 2);
	assert_int_not_equal(layout_decode(l, layout_find(l, "payload"), &c, NULL), 0);
	layout_unref(l);
	walk_truncations(file, 4096, 61);
	walk_damages(file, n, 401);
}

static void test_xz(void **state)
{
	(void)state;
	check_filter(ARCHIVE_FILTER_XZ, "stream flags");
}

static void test_bzip2(void **state)
{
	(void)state;
	check_filter(ARCHIVE_FILTER_BZIP2, "level");
}

static void test_lzip(void **state)
{
	(void)state;
	check_filter(ARCHIVE_FILTER_LZIP, "dictionary size");
}

static void test_lzma(void **state)
{
	(void)state;
	check_filter(ARCHIVE_FILTER_LZMA, "properties");
}

static void test_lz4(void **state)
{
	(void)state;
	check_filter(ARCHIVE_FILTER_LZ4, "block size");
}

static void test_zstd(void **state)
{
	(void)state;
	check_filter(ARCHIVE_FILTER_ZSTD, "frame header descriptor");
}

/* compress(1) has no end mark, so a cut stream is only shorter. */
static void test_compress(void **state)
{
	char text[PLAIN_SIZE];
	uint8_t file[2 * PLAIN_SIZE];
	struct layout *l;
	size_t n;

	(void)state;
	fill(text);
	n = compress_by(ARCHIVE_FILTER_COMPRESS, text, PLAIN_SIZE, file, sizeof(file));
	assert_true(n > 0);
	l = layout_of(file, n);
	assert_string_equal(l->analyzer->name, "filter");
	assert_field(l, "bits", MEANS_SETTING);
	assert_decodes(l, text, PLAIN_SIZE);
	layout_unref(l);
}

/* Frames one after the other, with and without their size. */
static void test_zstd_frames(void **state)
{
	char text[PLAIN_SIZE];
	uint8_t file[2 * PLAIN_SIZE];
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	ZSTD_outBuffer out = { file, sizeof(file), 0 };
	ZSTD_inBuffer in = { text, 1000, 0 };
	struct layout *l;

	(void)state;
	fill(text);
	out.pos = ZSTD_compress(file, sizeof(file), text, 0, 1);
	while (ZSTD_compressStream2(ctx, &out, &in, ZSTD_e_end) != 0)
		;
	out.pos += ZSTD_compress(file + out.pos, sizeof(file) - out.pos, text + 1000, PLAIN_SIZE - 1000, 3);
	ZSTD_freeCCtx(ctx);
	l = layout_of(file, out.pos);
	assert_decodes(l, text, PLAIN_SIZE);
	layout_unref(l);
}

/* A bzip2 stream of a bzip2 stream is two layers, of which each call decodes one. */
static void test_one_layer_at_a_time(void **state)
{
	char text[PLAIN_SIZE];
	uint8_t inner[2 * PLAIN_SIZE], outer[3 * PLAIN_SIZE];
	struct layout *l;
	size_t n, m;

	(void)state;
	fill(text);
	n = compress_by(ARCHIVE_FILTER_BZIP2, text, PLAIN_SIZE, inner, sizeof(inner));
	m = n ? compress_by(ARCHIVE_FILTER_BZIP2, (const char *)inner, n, outer, sizeof(outer)) : 0;
	if (!m)
		skip();
	l = layout_of(outer, m);
	assert_decodes(l, (const char *)inner, n);
	layout_unref(l);
}

static void test_xz_padding_and_trailing_bytes(void **state)
{
	char text[PLAIN_SIZE];
	uint8_t file[2 * PLAIN_SIZE] = { 0 };
	struct layout *l;
	size_t n;

	(void)state;
	fill(text);
	n = compress_by(ARCHIVE_FILTER_XZ, text, PLAIN_SIZE, file, sizeof(file));
	if (!n)
		skip();
	l = layout_of(file, n + 8);
	assert_kind(l, "stream padding", PART_PADDING);
	assert_proved(l, "footer crc32");
	assert_decodes(l, text, PLAIN_SIZE);
	layout_unref(l);
	file[n + 5] = 'x';
	l = layout_of(file, n + 8);
	assert_int_equal(l->note_count, 1);
	layout_unref(l);
}

static void test_lz4_block(void **state)
{
	struct budget budget = { .total_max = BUDGET_TOTAL, .ratio_max = BUDGET_RATIO, .depth_max = 4 };
	char text[PLAIN_SIZE];
	uint8_t block[2 * PLAIN_SIZE];
	struct content *c = NULL;
	struct spool out;
	int n;

	(void)state;
	fill(text);
	n = LZ4_compress_default(text, (char *)block, PLAIN_SIZE, sizeof(block));
	assert_true(n > 0);
	assert_int_equal(spool_init(&out, &budget, (uint64_t)n), 0);
	assert_int_equal(decode_lz4_block(block, (uint64_t)n, PLAIN_SIZE - 1, &out, NULL), -EBADMSG);
	assert_int_equal(decode_lz4_block(block, (uint64_t)n, UINT64_MAX, &out, NULL), -EBADMSG);
	assert_int_equal(decode_lz4_block(block, (uint64_t)n, PLAIN_SIZE, &out, NULL), 0);
	assert_int_equal(spool_finish(&out, "x", &c), 0);
	assert_int_equal(content_size(c), PLAIN_SIZE);
	assert_memory_equal(content_data(c), text, PLAIN_SIZE);
	content_unref(c);
}

/* What a header announces is not allocated before it is found reasonable. */
static void test_absurd_dictionary(void **state)
{
	uint8_t file[64] = { 0x5d, 0xff, 0xff, 0xff, 0xff, 10 };
	struct budget budget = { .total_max = BUDGET_TOTAL, .ratio_max = BUDGET_RATIO, .depth_max = 4 };
	struct spool out;

	(void)state;
	assert_int_equal(spool_init(&out, &budget, sizeof(file)), 0);
	assert_int_equal(decode_filter(file, sizeof(file), &out, NULL), -EFBIG);
	memcpy(file, "LZIP\1\x1d", 6); /* 512 MiB */
	assert_int_equal(decode_filter(file, sizeof(file), &out, NULL), -EFBIG);
	spool_release(&out);
}

static void test_decoded_name(void **state)
{
	static const char *const names[][2] = {
		{ "a/b.tar.gz", "b.tar" }, { "b.tgz", "b.tar" }, { "b.xz", "b" }, { "plain", "plain" }, { ".gz", ".gz" },
	};
	char out[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(decoded_name(names[i][0], out), names[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xz),
		cmocka_unit_test(test_bzip2),
		cmocka_unit_test(test_lzip),
		cmocka_unit_test(test_lzma),
		cmocka_unit_test(test_lz4),
		cmocka_unit_test(test_zstd),
		cmocka_unit_test(test_compress),
		cmocka_unit_test(test_zstd_frames),
		cmocka_unit_test(test_one_layer_at_a_time),
		cmocka_unit_test(test_xz_padding_and_trailing_bytes),
		cmocka_unit_test(test_lz4_block),
		cmocka_unit_test(test_absurd_dictionary),
		cmocka_unit_test(test_decoded_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
