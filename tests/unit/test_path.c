/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include "base/cleanup.h"
#include "tests/unit/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

static void beneath_is_a_wall(void **state)
{
	AUTO_FD int root = -1, inside = -1;
	int fd;

	(void)state;
	assert_int_equal(mkdir(scratch_path("root"), 0700), 0);
	assert_int_equal(mkdir(scratch_path("root/d"), 0700), 0);
	scratch_write(scratch_path("root/f"), "x", 1);
	scratch_write(scratch_path("secret"), "x", 1);
	assert_int_equal(symlink("../secret", scratch_path("root/relative")), 0);
	assert_int_equal(symlink(scratch_path("secret"), scratch_path("root/absolute")), 0);
	assert_int_equal(symlink("../f", scratch_path("root/d/back")), 0);
	root = open(scratch_path("root"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(open_beneath(root, "../secret", O_RDONLY, 0), -EXDEV);
	assert_int_equal(open_beneath(root, "/etc/passwd", O_RDONLY, 0), -EXDEV);
	assert_int_equal(open_beneath(root, "relative", O_RDONLY, 0), -EXDEV);
	assert_int_equal(open_beneath(root, "absolute", O_RDONLY, 0), -EXDEV);
	assert_int_equal(open_beneath(root, "none", O_RDONLY, 0), -ENOENT);
	fd = open_beneath(root, "d/../f", O_RDONLY, 0);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(close(fd), 0);
	inside = open_beneath(root, "d/back", O_RDONLY, 0600); /* the mode is ignored where nothing is made */
	assert_true(inside >= 0);
}

static void beneath_creates_with_the_mode(void **state)
{
	AUTO_FD int root = -1, fd = -1;
	struct stat st;

	(void)state;
	root = open(scratch_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = open_beneath(root, "new", O_WRONLY | O_CREAT | O_EXCL, 0640);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
}

static void assert_joined(const char *a, const char *b, const char *expected)
{
	AUTO_FREE char *joined = path_join(a, b);

	assert_string_equal(joined, expected);
}

static void join_and_base(void **state)
{
	(void)state;
	assert_joined("a", "b", "a/b");
	assert_joined("a/", "b", "a/b");
	assert_joined("/", "b", "/b");
	assert_joined("", "b", "b");
	assert_string_equal(path_base("a/b/c"), "c");
	assert_string_equal(path_base("c"), "c");
	assert_string_equal(path_base("a/"), "");
}

static void patterns_without_slash_match_the_last_component(void **state)
{
	(void)state;
	assert_true(path_matches("*.o", "a/b/c.o"));
	assert_true(path_matches("c", "a/b/c"));
	assert_true(path_matches("*", ".hidden"));
	assert_false(path_matches("b", "a/b/c"));
	assert_false(path_matches("*.o", "a.o/b"));
	assert_true(path_matches("?[a-c]x", "a/zbx"));
	assert_false(path_matches("?[!a-c]x", "zbx"));
	assert_true(path_matches("", "a/"));
}

static void patterns_with_slash_match_the_whole_path(void **state)
{
	(void)state;
	assert_true(path_matches("a/*.o", "a/c.o"));
	assert_false(path_matches("a/*.o", "a/b/c.o"));
	assert_false(path_matches("b/*.o", "a/b/c.o"));
	assert_false(path_matches("a/?b", "a//b"));
	assert_false(path_matches("a[/]b/c", "a/b/c"));
	assert_true(path_matches("*/*/c", "a/b/c"));
	assert_false(path_matches("*/*/c", "a/c"));
}

static void two_stars_cross_slashes(void **state)
{
	(void)state;
	assert_true(path_matches("**/c", "c"));
	assert_true(path_matches("**/c", "a/b/c"));
	assert_false(path_matches("**/c", "a/bc"));
	assert_true(path_matches("a/**/c", "a/c"));
	assert_true(path_matches("a/**/c", "a/x/y/c"));
	assert_false(path_matches("a/**/c", "ac"));
	assert_true(path_matches("a/**", "a/b/c"));
	assert_false(path_matches("a/**", "b/a/c"));
	assert_true(path_matches("a/b**.o", "a/bx/y.o"));
	assert_true(path_matches("**/x/*.o", "x/x/y/x/z.o"));
	assert_false(path_matches("**/x/*.o", "x/x/y/x/z/w.o"));
	assert_true(path_matches("**/a/**/b", "a/c/a/d/b"));
	assert_true(path_matches("a/**/*.[ch]", "a/b/c/d.c"));
}

static void brackets_and_escapes(void **state)
{
	(void)state;
	assert_true(path_matches("[]]", "]"));
	assert_true(path_matches("[!]]", "x"));
	assert_true(path_matches("[[:digit:]]x", "7x"));
	assert_false(path_matches("[[:digit:]]x", "ax"));
	assert_true(path_matches("[a", "[a"));
	assert_true(path_matches("\\*x", "*x"));
	assert_false(path_matches("\\*x", "yx"));
	assert_true(path_matches("a\\", "a\\"));
	assert_true(path_matches("[\\]]", "]"));
}

/* Exponential matchers need longer than the universe for this one. */
static void no_pattern_is_slow(void **state)
{
	char pattern[4000], path[4000];
	int i;

	(void)state;
	for (i = 0; i < 900; i++)
		memcpy(pattern + i * 4, "**a*", 4);
	memcpy(pattern + 3600, "/b", 3);
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_false(path_matches(pattern, path));
}

static unsigned entries_in_scratch(void)
{
	CLEANUP(closedirp) DIR *dir = opendir(scratch_dir);
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	return count - 2;
}

static void assert_file(const char *name, const char *expected)
{
	AUTO_FREE char *text = scratch_read(scratch_path(name));

	assert_string_equal(text, expected);
}

static void a_file_is_written_and_replaced_whole(void **state)
{
	AUTO_FD int old = -1;
	char text[8] = "";
	struct stat st;

	(void)state;
	assert_int_equal(write_file_atomically(scratch_path("f"), "first", 5), 0);
	assert_file("f", "first");
	assert_int_equal(chmod(scratch_path("f"), 0604), 0);
	old = open(scratch_path("f"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(write_file_atomically(scratch_path("f"), "second", 6), 0);
	assert_file("f", "second");
	assert_int_equal(read(old, text, 7), 5); /* a reader of the old one keeps it */
	assert_string_equal(text, "first");
	assert_int_equal(stat(scratch_path("f"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0604);
	assert_int_equal(entries_in_scratch(), 1);
}

static void a_link_stays_a_link(void **state)
{
	struct stat st;

	(void)state;
	scratch_write(scratch_path("f"), "old", 3);
	assert_int_equal(symlink("f", scratch_path("link")), 0);
	assert_int_equal(write_file_atomically(scratch_path("link"), "new", 3), 0);
	assert_file("f", "new");
	assert_int_equal(lstat(scratch_path("link"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

/* A pipe of the test's own stands for every special file: a test that failed on /dev/null would have replaced it. */
static void special_files_are_written_not_replaced(void **state)
{
	AUTO_FD int reader = -1;
	char text[8] = "";
	struct stat st;

	(void)state;
	assert_int_equal(mkfifo(scratch_path("pipe"), 0600), 0);
	reader = open(scratch_path("pipe"), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_int_equal(write_file_atomically(scratch_path("pipe"), "text", 4), 0);
	assert_int_equal(stat(scratch_path("pipe"), &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(read(reader, text, 7), 4);
	assert_string_equal(text, "text");
	assert_int_equal(entries_in_scratch(), 1);
}

static void what_cannot_be_written_is_an_error_and_leaves_nothing(void **state)
{
	(void)state;
	assert_int_equal(write_file_atomically(scratch_path("no/f"), "x", 1), -ENOENT);
	assert_int_equal(mkdir(scratch_path("d"), 0700), 0);
	assert_int_equal(write_file_atomically(scratch_path("d"), "x", 1), -EISDIR);
	assert_int_equal(entries_in_scratch(), 1);
}

static void dash_is_standard_output(void **state)
{
	int saved = dup(STDOUT_FILENO), fd, r;

	(void)state;
	assert_int_equal(fflush(stdout), 0);
	fd = open(scratch_path("out"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(saved >= 0 && fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
	r = write_file_atomically("-", "text", 4);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	assert_int_equal(r, 0);
	assert_file("out", "text");
	assert_int_equal(close(fd) + close(saved), 0);
}

int main(void)
{
#define SCRATCH_TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(beneath_is_a_wall),
		SCRATCH_TEST(beneath_creates_with_the_mode),
		cmocka_unit_test(join_and_base),
		cmocka_unit_test(patterns_without_slash_match_the_last_component),
		cmocka_unit_test(patterns_with_slash_match_the_whole_path),
		cmocka_unit_test(two_stars_cross_slashes),
		cmocka_unit_test(brackets_and_escapes),
		cmocka_unit_test(no_pattern_is_slow),
		SCRATCH_TEST(a_file_is_written_and_replaced_whole),
		SCRATCH_TEST(a_link_stays_a_link),
		SCRATCH_TEST(special_files_are_written_not_replaced),
		SCRATCH_TEST(what_cannot_be_written_is_an_error_and_leaves_nothing),
		SCRATCH_TEST(dash_is_standard_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
