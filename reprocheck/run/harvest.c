/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/run/harvest.h"

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/content.h"
#include "base/path.h"
#include "reprocheck/compare/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define DEPTH_MAX    1000
#define DESCRIPTIONS ((size_t)1 << 30)

struct selection {
	int inputs; /* -1: there are none */
	const char *const *patterns;
	size_t pattern_count;
	struct harvest *out;
	struct error *err;
};

static bool is_wanted(const struct selection *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->pattern_count; i++)
		if (path_matches(s->patterns[i], name))
			return true;
	return s->pattern_count == 0;
}

/* "Changed" is what a build cache would see: content, and whether it may be executed. */
static bool same_link(const struct selection *s, int dir, const char *name, const char *path)
{
	char a[4096], b[4096];
	ssize_t n = readlinkat(dir, name, a, sizeof(a)), m = readlinkat(s->inputs, path, b, sizeof(b));

	return n > 0 && n == m && memcmp(a, b, (size_t)n) == 0;
}

/* A file that was opened for writing, or touched, and is what it was. */
static bool is_unchanged(const struct selection *s, int dir, const char *name, const char *path,
			 const struct stat *st)
{
	CLEANUP(content_unrefp) struct content *a = NULL;
	CLEANUP(content_unrefp) struct content *b = NULL;
	struct stat old;

	if (s->inputs < 0 || fstatat(s->inputs, path, &old, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (old.st_mode & S_IFMT) != (st->st_mode & S_IFMT))
		return false;
	if (S_ISLNK(st->st_mode))
		return same_link(s, dir, name, path);
	if (!S_ISREG(st->st_mode) || old.st_size != st->st_size ||
	    ((old.st_mode ^ st->st_mode) & S_IXUSR))
		return false;
	if (content_open(dir, name, &a, NULL) < 0 || content_open(s->inputs, path, &b, NULL) < 0)
		return false;
	return content_size(a) == content_size(b) &&
	       memcmp(content_data(a), content_data(b), content_size(a)) == 0;
}

static int select_directory(struct selection *s, int fd, const char *path, unsigned depth, bool *ret_empty);

/* A directory whose permissions keep even its owner out is opened all the same. */
static int open_directory(int dir, const char *name, mode_t mode)
{
	if ((mode & 0700) != 0700 && fchmodat(dir, name, (mode & 07777) | 0700, 0) < 0)
		return -errno;
	dir = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return dir < 0 ? -errno : dir;
}

/* Who may read an output is none of its content, and whoever wrote it may change that. */
static int make_readable(int dir, const char *name, mode_t mode)
{
	if (!S_ISREG(mode) || (mode & S_IRUSR))
		return 0;
	return fchmodat(dir, name, (mode & 07777) | S_IRUSR, 0) < 0 ? -errno : 0;
}

/* What is left empty goes, unless the command made it and it is wanted. */
static int select_below(struct selection *s, int dir, const char *name, const char *path, mode_t mode,
			unsigned depth, bool *ret_gone)
{
	AUTO_FD int fd = open_directory(dir, name, mode);
	bool empty = false, made;
	int r = fd < 0 ? fd : select_directory(s, fd, path, depth + 1, &empty);

	if (r < 0)
		return error_set(s->err, r, path, "cannot be opened");
	made = s->inputs < 0 || faccessat(s->inputs, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
	if (empty && !(made && is_wanted(s, path)))
		*ret_gone = unlinkat(dir, name, AT_REMOVEDIR) == 0;
	return 0;
}

/* *ret_gone: the entry is gone afterwards. */
static int select_entry(struct selection *s, int dir, const char *name, const char *path, unsigned depth,
			bool *ret_gone)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return select_below(s, dir, name, path, st.st_mode, depth, ret_gone);
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0))
		s->out->removed++;
	else if (!is_wanted(s, path))
		s->out->left_out++;
	else if (make_readable(dir, name, st.st_mode) < 0 || !is_unchanged(s, dir, name, path, &st))
		return 0;
	*ret_gone = unlinkat(dir, name, 0) == 0;
	return 0;
}

static int select_directory(struct selection *s, int fd, const char *path, unsigned depth, bool *ret_empty)
{
	int copy = dup(fd);
	CLEANUP(closedirp) DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;
	bool empty = true;
	int r = 0;

	if (!d || depth > DEPTH_MAX)
		return error_set(s->err, d ? -ELOOP : -errno, path, "cannot be listed");
	while (r >= 0 && (e = readdir(d)) != NULL) {
		AUTO_FREE char *below = NULL;
		bool gone = false;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		below = *path ? path_join(path, e->d_name) : strdup(e->d_name);
		r = below ? select_entry(s, fd, e->d_name, below, depth, &gone) : -ENOMEM;
		empty = empty && gone;
	}
	*ret_empty = empty;
	return r;
}

int harvest_select(int outputs, const char *inputs, const char *const *patterns, size_t pattern_count,
		   struct harvest *ret, struct error *err)
{
	AUTO_FD int fd = open(inputs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct selection s = {
		.inputs = fd, .patterns = patterns, .pattern_count = pattern_count, .out = ret, .err = err
	};
	struct stat st;
	bool empty;
	int r;

	if (fstat(outputs, &st) == 0 && (st.st_mode & 0700) != 0700)
		(void)fchmod(outputs, (st.st_mode & 07777) | 0700);
	r = select_directory(&s, outputs, "", 0, &empty);

	return r < 0 ? error_set(err, r, inputs, "its outputs cannot be read") : 0;
}

static int describe_file(const struct tree *t, const struct tree_entry *e, struct buffer *b,
			 struct harvest *ret, struct error *err)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	char hex[SHA256_HEX_SIZE];
	struct sha256 digest;
	int r = tree_open(t, e, &c, err);

	if (r >= 0)
		r = sha256_of(content_data(c), content_size(c), &digest);
	if (r < 0)
		return r;
	hex_of(digest.bytes, SHA256_SIZE, hex);
	ret->files++;
	ret->bytes += content_size(c);
	return buffer_puts(b, hex);
}

static int describe(const struct tree *t, const struct tree_entry *e, struct buffer *b,
		    struct harvest *ret, struct error *err)
{
	int r = buffer_printf(b, "%s%c%o ", e->name, '\0', e->st.st_mode & (S_IFMT | S_IXUSR));

	if (r >= 0 && e->link)
		r = buffer_puts(b, e->link);
	if (r >= 0 && S_ISREG(e->st.st_mode))
		r = describe_file(t, e, b, ret, err);
	return r < 0 ? r : buffer_putc(b, '\0');
}

int harvest_digest(const char *path, struct harvest *ret, struct error *err)
{
	CLEANUP(tree_freep) struct tree *t = NULL;
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(DESCRIPTIONS);
	struct sha256 digest;
	size_t i;
	int r = tree_read(path, NULL, NULL, &t, err);

	ret->entries = r < 0 ? 0 : t->count;
	for (i = 0; r >= 0 && i < t->count; i++)
		r = describe(t, &t->entries[i], &b, ret, err);
	if (r >= 0)
		r = sha256_of(buffer_str(&b), b.len, &digest);
	if (r < 0)
		return error_set(err, r, path, "outputs cannot be read");
	hex_of(digest.bytes, SHA256_SIZE, ret->digest);
	return 0;
}
