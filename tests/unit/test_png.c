/* SPDX-License-Identifier: Apache-2.0 */
/* png.c: chunks by name, proofs of length and CRC, pixels in one chunk and in several. */
#include "tests/unit/made.h"

#include "base/digest.h"

#include <errno.h>

static void put_chunk(struct bytes *b, const char *type, const void *data, size_t n)
{
	size_t start;

	put_uint(b, n, 4, true);
	start = b->len;
	put(b, type, 4);
	put(b, data, n);
	put_uint(b, crc32_of(0, b->data + start, b->len - start), 4, true);
}

static void put_head(struct bytes *b)
{
	put(b, "\x89PNG\r\n\x1a\n", 8);
	put_chunk(b, "IHDR", "\0\0\0\2\0\0\0\1\x8\0\0\0\0", 13);
}

/* Two grey pixels and the filter byte, "\0AB", as a stored deflate block. */
static const char stream[] = "\x78\x01\x01\x03\x00\xfc\xff\x00"
			     "AB\x00\xc7\x00\x84";
#define STREAM_SIZE (sizeof(stream) - 1)

static struct bytes image_in_pieces(size_t first)
{
	struct bytes b = { .len = 0 };

	put_head(&b);
	put_chunk(&b, "tIME", "\x07\xe8\x01\x02\x03\x04\x05", 7);
	put_chunk(&b, "tEXt", "date:create\0002024-01-02", 22);
	put_chunk(&b, "IDAT", stream, first);
	if (first < STREAM_SIZE)
		put_chunk(&b, "IDAT", stream + first, STREAM_SIZE - first);
	put_chunk(&b, "IEND", "", 0);
	return b;
}

static void fields_of_chunks(void **state)
{
	struct bytes b = image_in_pieces(STREAM_SIZE);
	struct layout *l = layout_of(b.data, b.len);

	(void)state;
	assert_string_equal(l->analyzer->name, "png");
	assert_int_equal(l->note_count, 0);
	assert_value(l, "tIME//year", MEANS_TIME, "\x07\xe8", 2);
	assert_value(l, "tIME//second", MEANS_TIME, "\x05", 1);
	assert_text(l, "tEXt date:create//keyword", MEANS_NAME, "date:create");
	assert_text(l, "tEXt date:create//text", MEANS_TEXT, "2024-01-02");
	assert_proved(l, "tEXt date:create//length");
	assert_proved(l, "tEXt date:create//CRC");
	layout_unref(l);
}

static void crc_of_changed_data_is_not_proved(void **state)
{
	struct bytes b = image_in_pieces(STREAM_SIZE);
	struct layout *l;

	(void)state;
	b.data[8 + 25 + 8] ^= 1; /* the year */
	l = layout_of(b.data, b.len);
	assert_false(find_path(l, "tIME//CRC").proved);
	assert_true(find_path(l, "IHDR//CRC").proved);
	layout_unref(l);
}

static void pixels_decode_from_one_chunk(void **state)
{
	struct bytes b = image_in_pieces(STREAM_SIZE);
	struct layout *l = layout_of(b.data, b.len);
	struct find_path f = find_path(l, "IDAT//data//bytes");

	(void)state;
	assert_kind(l, "IDAT//data", PART_ENCODED);
	assert_int_equal(f.count, 1);
	assert_memory_equal(f.bytes, "\0AB", 3);
	layout_unref(l);
}

static void pixels_decode_from_many_chunks(void **state)
{
	size_t cut;

	(void)state;
	for (cut = 1; cut < STREAM_SIZE; cut++) {
		struct bytes b = image_in_pieces(cut);
		struct layout *l = layout_of(b.data, b.len);
		struct find_path f = find_path(l, "IDAT//bytes");

		assert_kind(l, "IDAT", PART_ENCODED);
		assert_int_equal(f.count, 1);
		assert_int_equal(f.len, 3);
		assert_memory_equal(f.bytes, "\0AB", 3);
		layout_unref(l);
	}
}

static void damaged_run_is_compared_as_chunks(void **state)
{
	struct bytes b = image_in_pieces(4);
	struct layout *l;

	(void)state;
	b.data[b.len - 12 - 1] ^= 1; /* the last IDAT's CRC */
	l = layout_of(b.data, b.len);
	assert_int_equal(l->note_count, 1);
	assert_kind(l, "IDAT", PART_GROUP);
	assert_kind(l, "IDAT//IDAT//CRC", PART_FIELD);
	layout_unref(l);
}

static void stream_with_a_tail_is_refused(void **state)
{
	struct bytes b = { .len = 0 };
	struct content *plain = NULL;
	struct error err = { 0 };
	char longer[STREAM_SIZE + 1];
	struct layout *l, *idat = NULL;

	(void)state;
	memcpy(longer, stream, sizeof(longer));
	put_head(&b);
	put_chunk(&b, "IDAT", longer, sizeof(longer));
	put_chunk(&b, "IEND", "", 0);
	l = layout_of(b.data, b.len);
	assert_int_equal(layout_open(l, layout_find(l, "IDAT"), &idat), 0);
	assert_int_equal(layout_decode(idat, layout_find(idat, "data"), &plain, &err), -EBADMSG);
	assert_null(plain);
	layout_unref(idat);
	layout_unref(l);
}

static void trailing_bytes_are_nobodys(void **state)
{
	struct bytes b = image_in_pieces(STREAM_SIZE);
	struct layout *l;

	(void)state;
	put(&b, "tail", 4);
	l = layout_of(b.data, b.len);
	assert_int_equal(l->parts[l->count - 1].kind, PART_UNCLAIMED);
	assert_int_equal(l->parts[l->count - 1].len, 4);
	layout_unref(l);
}

static void image_of_imagemagick(void **state)
{
	struct layout *l;

	(void)state;
	made_by("convert", "convert -size 20x20 gradient:red-blue t.png");
	l = made_layout("t.png", "png");
	assert_field(l, "tEXt date:create//text", MEANS_TEXT);
	assert_kind(l, "IDAT//data", PART_ENCODED);
	assert_true(find_path(l, "IDAT//data//bytes").count == 1);
	layout_unref(l);
}

static void malformed(void **state)
{
	struct bytes b = image_in_pieces(5);

	(void)state;
	hammer(b.data, b.len);
	b = image_in_pieces(STREAM_SIZE);
	put_chunk(&b, "iTXt", "k\0\0\0en\0kk\0text", 15);
	put_chunk(&b, "iTXt", "k\0\1\0en\0kk\0text", 15);
	put_chunk(&b, "zTXt", "k\0\0zz", 5);
	put_chunk(&b, "iCCP", "no NUL", 6);
	hammer(b.data, b.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_of_chunks),
		cmocka_unit_test(crc_of_changed_data_is_not_proved),
		cmocka_unit_test(pixels_decode_from_one_chunk),
		cmocka_unit_test(pixels_decode_from_many_chunks),
		cmocka_unit_test(damaged_run_is_compared_as_chunks),
		cmocka_unit_test(stream_with_a_tail_is_refused),
		cmocka_unit_test(trailing_bytes_are_nobodys),
		cmocka_unit_test(image_of_imagemagick),
		cmocka_unit_test(malformed),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
