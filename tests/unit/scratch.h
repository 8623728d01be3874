/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scratch.h: a directory of a test's own, and small files in it.
 *
 * scratch_setup and scratch_teardown are cmocka fixtures; between them
 * scratch_path("name") names a file in the directory (valid for a few calls).
 */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char scratch_dir[256];

static inline int scratch_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int scratch_setup(void **state)
{
	const char *parent = getenv("TMPDIR");

	(void)state;
	(void)snprintf(scratch_dir, sizeof(scratch_dir), "%s/unit-XXXXXX",
		       parent && *parent ? parent : "/tmp");
	return mkdtemp(scratch_dir) ? 0 : -1;
}

static inline int scratch_teardown(void **state)
{
	(void)state;
	return nftw(scratch_dir, scratch_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const char *scratch_path(const char *name)
{
	static char paths[4][512];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", scratch_dir, name);
	return path;
}

static inline void scratch_write(const char *path, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	assert_int_equal(close(fd), 0);
}

/* The whole file as a string, which the caller frees. */
static inline char *scratch_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = calloc(1, 1 << 16);

	assert_true(fd >= 0);
	assert_non_null(text);
	assert_true(read(fd, text, (1 << 16) - 1) >= 0);
	assert_int_equal(close(fd), 0);
	return text;
}

#endif
