/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/scratch.h"

#include "depgraph/apply/image.h"

#include <errno.h>
#include <sys/stat.h>

static struct content *letters(void)
{
	struct content *c = NULL;
	char text[26];
	int i;

	for (i = 0; i < 26; i++)
		text[i] = (char)('a' + i);
	assert_int_equal(content_copy(text, sizeof(text), "letters", &c), 0);
	return c;
}

/* What the image becomes as a file, as a string in which NUL is '.'. */
static char *written(const struct image *img)
{
	const char *path = scratch_path("out");
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	char *text;
	struct stat st;
	off_t i;

	assert_true(fd >= 0);
	assert_int_equal(image_write(img, -1, fd, NULL, NULL, NULL), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, image_file_size(img));
	assert_int_equal(close(fd), 0);
	text = scratch_read(path);
	for (i = 0; i < st.st_size; i++)
		text[i] = text[i] ? text[i] : '.';
	return text;
}

static void assert_written(const struct image *img, const char *expected)
{
	char *text = written(img);

	assert_string_equal(text, expected);
	free(text);
}

static void pieces_stand_in_their_order(void **state)
{
	struct content *c = letters();
	struct image img;

	(void)state;
	image_init(&img, c);
	image_copy(&img, 0, 3);
	image_copy(&img, 3, 2); /* joins the one before */
	image_bytes(&img, "XY", 2);
	image_zero(&img, 2);
	image_zero(&img, 1);
	image_copy(&img, 20, 6);
	assert_int_equal(img.piece_count, 4);
	assert_int_equal(image_data_size(&img), 13);
	assert_written(&img, "abcdeXY...uvwxyz");
	image_release(&img);
	content_unref(c);
}

static void patches_lie_over_pieces_and_move_with_cuts(void **state)
{
	struct content *c = letters();
	struct image img;

	(void)state;
	image_init(&img, c);
	image_copy(&img, 0, 4);
	image_zero(&img, 6);
	image_copy(&img, 10, 4);
	image_zero(&img, 4);
	image_copy(&img, 18, 2);
	image_cut(&img, 5, 4);
	image_cut(&img, 14, 4);
	image_patch(&img, 1, "BC", 2);
	image_patch(&img, 4, "!", 1);
	image_patch_uint(&img, 12, 0x4e4d, 2); /* little-endian: "MN" */
	assert_int_equal(image_position(&img, 5), 5);
	assert_int_equal(image_position(&img, 7), 5);
	assert_int_equal(image_position(&img, 9), 5);
	assert_int_equal(image_position(&img, 18), 10);
	assert_written(&img, "aBCd!.klMNst");
	image_release(&img);
	content_unref(c);
}

static void only_zeros_are_cut(void **state)
{
	struct content *c = letters();
	struct image img;

	(void)state;
	image_init(&img, c);
	image_copy(&img, 0, 4);
	image_zero(&img, 4);
	image_cut(&img, 2, 4);
	assert_int_equal(img.error, -EINVAL);
	assert_int_equal(image_write(&img, -1, -1, NULL, NULL, NULL), -EINVAL);
	image_release(&img);
	image_init(&img, c);
	image_zero(&img, 8);
	image_cut(&img, 4, 2);
	image_cut(&img, 5, 2); /* overlaps */
	assert_int_equal(img.error, -EINVAL);
	image_release(&img);
	image_init(&img, c);
	image_copy(&img, 20, 7); /* beyond the original */
	assert_int_equal(img.error, -EINVAL);
	image_release(&img);
	content_unref(c);
}

static bool at_once(void *ctx)
{
	(void)ctx;
	return true;
}

static void a_stop_ends_the_writing(void **state)
{
	struct content *c = letters();
	struct image img;
	int fd = open(scratch_path("stopped"), O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	(void)state;
	assert_true(fd >= 0);
	image_init(&img, c);
	image_copy(&img, 0, 26);
	assert_int_equal(image_write(&img, -1, fd, at_once, NULL, NULL), -EINTR);
	image_release(&img);
	content_unref(c);
	assert_int_equal(close(fd), 0);
}

/* From file to file: holes of the original are holes of the copy. */
static void holes_stay_holes(void **state)
{
	const off_t size = 8 << 20;
	const char *path = scratch_path("sparse");
	int in = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644), out = open(scratch_path("copy"), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	struct content *c = NULL;
	struct image img;
	struct stat a, b;
	char tail[4] = "";

	(void)state;
	assert_true(in >= 0 && out >= 0);
	assert_int_equal(ftruncate(in, size), 0);
	assert_int_equal(pwrite(in, "head", 4, 0), 4);
	assert_int_equal(pwrite(in, "tail", 4, size - 4), 4);
	assert_int_equal(content_open(AT_FDCWD, path, &c, NULL), 0);
	image_init(&img, c);
	image_copy(&img, 0, (uint64_t)size);
	assert_int_equal(image_write(&img, in, out, NULL, NULL, NULL), 0);
	assert_int_equal(fstat(in, &a), 0);
	assert_int_equal(fstat(out, &b), 0);
	assert_int_equal(b.st_size, size);
	assert_true(b.st_blocks <= a.st_blocks);
	assert_int_equal(pread(out, tail, 4, size - 4), 4);
	assert_memory_equal(tail, "tail", 4);
	image_release(&img);
	content_unref(c);
	assert_int_equal(close(in), 0);
	assert_int_equal(close(out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_stand_in_their_order),
		cmocka_unit_test(patches_lie_over_pieces_and_move_with_cuts),
		cmocka_unit_test(only_zeros_are_cut),
		cmocka_unit_test(a_stop_ends_the_writing),
		cmocka_unit_test(holes_stay_holes),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
