/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* The kernel answers EAGAIN when ".." was resolved while something above was renamed. */
#define RACES_TOLERATED 64

int open_beneath(int rootfd, const char *rel, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.mode = flags & (O_CREAT | __O_TMPFILE) ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int tries;
	long fd;

	for (tries = 0; tries < RACES_TOLERATED; tries++) {
		fd = syscall(SYS_openat2, rootfd, rel, &how, sizeof(how));
		if (fd >= 0)
			return (int)fd;
		if (errno != EAGAIN && errno != EINTR)
			break;
	}
	return -errno;
}

char *path_join(const char *a, const char *b)
{
	size_t len = strlen(a);
	char *joined;

	if (asprintf(&joined, "%s%s%s", a, len == 0 || a[len - 1] == '/' ? "" : "/", b) < 0)
		return NULL;
	return joined;
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/*
 * Matching.
 *
 * Without wildcards across '/', a pattern is matched greedily: the last '*' is
 * the only one that need ever give way, because an earlier one that took more
 * could only lose (everything it would take, the last one can take as well).
 * The same holds for the last "**".  So there are two points to return to: the
 * last '*', which cannot pass a '/', and, when that is exhausted, the last
 * "**".  The cost is at most the product of the three lengths; no pattern is
 * exponential.
 *
 * A whole component "**" followed by '/' also stands for no component at all
 * ("a/" "**" "/b" matches "a/b"): it can resume only at the start of a component.
 */
struct retry {
	const char *pattern; /* NULL: none */
	const char *path;    /* where the wildcard's text ends so far */
	bool components;     /* it takes whole components only */
};

/* Length of the bracket expression at p, or 0 when it is not closed: then '[' is itself. */
static size_t bracket_length(const char *p)
{
	const char *q = p + 1;
	char kind;

	if (*q == '!' || *q == '^')
		q++;
	if (*q == ']')
		q++;
	for (; *q && *q != ']'; q++) {
		if (*q == '\\' && q[1])
			q++;
		kind = *q == '[' ? q[1] : '\0';
		if (kind != ':' && kind != '.' && kind != '=')
			continue;
		for (q += 2; *q && !(q[0] == kind && q[1] == ']'); q++)
			;
		if (!*q++)
			return 0;
	}
	return *q ? (size_t)(q - p) + 1 : 0;
}

static bool bracket_matches(const char *p, size_t len, char c)
{
	const char one[] = { c, '\0' };
	char bracket[64];

	if (len >= sizeof(bracket))
		return false;
	memcpy(bracket, p, len);
	bracket[len] = '\0';
	return fnmatch(bracket, one, 0) == 0;
}

/* How long the element at p is if it matches the character c (not the end, no star); else 0. */
static size_t element_matches(const char *p, char c)
{
	size_t len;

	switch (*p) {
	case '?':
		return c != '/';
	case '[':
		len = bracket_length(p);
		if (len)
			return c != '/' && bracket_matches(p, len, c) ? len : 0;
		return c == '[';
	case '\\':
		if (p[1])
			return p[1] == c ? 2 : 0;
		return c == '\\';
	default:
		return *p == c;
	}
}

/* Lets the wildcard take one more character, or up to the next component. */
static bool retry_extend(struct retry *r, bool across)
{
	if (!r->pattern)
		return false;
	if (r->components) {
		r->path = strchrnul(r->path, '/');
		if (*r->path)
			r->path++;
		else
			r->pattern = NULL;
	} else if (*r->path && (across || *r->path != '/')) {
		r->path++;
	} else {
		r->pattern = NULL;
	}
	return r->pattern != NULL;
}

static bool glob_matches(const char *pattern, const char *path)
{
	struct retry star = { 0 }, stars = { 0 };
	const char *p = pattern, *s = path;
	size_t len;

	for (;;) {
		if (p[0] == '*' && p[1] == '*') {
			stars.components = (p == pattern || p[-1] == '/') && p[2] == '/';
			stars.pattern = p += stars.components ? 3 : 2;
			stars.path = s;
			star.pattern = NULL;
		} else if (p[0] == '*') {
			star.pattern = ++p;
			star.path = s;
		} else if (!*p && !*s) {
			return true;
		} else if (*p && *s && (len = element_matches(p, *s)) > 0) {
			p += len;
			s++;
		} else if (retry_extend(&star, false)) {
			p = star.pattern;
			s = star.path;
		} else if (retry_extend(&stars, true)) {
			p = stars.pattern;
			s = stars.path;
		} else {
			return false;
		}
	}
}

bool path_matches(const char *pattern, const char *path)
{
	return glob_matches(pattern, strchr(pattern, '/') ? path : path_base(path));
}

/* A directory opened for the entry `path`: the new name and the rename are made relative to it. */
static int open_parent(const char *path)
{
	AUTO_FREE char *parent = strndup(path, (size_t)(path_base(path) - path));
	int fd;

	if (!parent)
		return -ENOMEM;
	fd = open(parent[0] ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int temporary_name(char out[32])
{
	unsigned long long number;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return -EIO;
	(void)snprintf(out, 32, ".tmp-%016llx", number);
	return 0;
}

/* Where the file system has no unnamed files, the temporary bears its name from the start. */
static int open_temporary(int dir, const char *name, bool *ret_named)
{
	int fd = openat(dir, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);

	*ret_named = fd < 0;
	if (fd < 0)
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return fd < 0 ? -errno : fd;
}

static int name_unnamed(int fd, int dir, const char *name)
{
	char self[40];

	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, dir, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

/* Durable before it is visible: the content is synced, then named, and at last the directory is. */
static int publish(int fd, int dir, const char *temporary, bool named, const char *final)
{
	int r;

	if (fsync(fd) < 0)
		return -errno;
	r = named ? 0 : name_unnamed(fd, dir, temporary);
	if (r < 0)
		return r;
	if (renameat(dir, temporary, dir, final) < 0) {
		r = -errno;
		(void)unlinkat(dir, temporary, 0);
		return r;
	}
	return fsync(dir) < 0 && errno != EINVAL ? -errno : 0;
}

/* The content of a file as its writer sees it: a stream over the descriptor, which stays open. */
struct writer {
	int (*fn)(FILE *f, void *ctx);
	void *ctx;
};

static int write_through(int fd, const struct writer *w)
{
	FILE *f;
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0), r;

	f = copy < 0 ? NULL : fdopen(copy, "w");
	if (!f) {
		r = -errno;
		if (copy >= 0)
			(void)close(copy);
		return r;
	}
	r = w->fn(f, w->ctx);
	if (fclose(f) != 0 && r >= 0)
		r = errno ? -errno : -EIO;
	return r;
}

/* `old` is what stands there now, or NULL: the mode is kept. */
static int replace_file(const char *path, const struct stat *old, const struct writer *w)
{
	AUTO_FD int dir = open_parent(path);
	AUTO_FD int fd = -1;
	char temporary[32];
	bool named = false;
	int r;

	if (dir < 0)
		return dir;
	r = temporary_name(temporary);
	if (r < 0)
		return r;
	fd = open_temporary(dir, temporary, &named);
	if (fd < 0)
		return fd;
	r = write_through(fd, w);
	if (r >= 0 && old && fchmod(fd, old->st_mode & 07777) < 0)
		r = -errno;
	if (r < 0) {
		if (named)
			(void)unlinkat(dir, temporary, 0);
		return r;
	}
	return publish(fd, dir, temporary, named, path_base(path));
}

/* Into what is no regular file, which must not be replaced. */
static int write_in_place(const char *path, const struct writer *w)
{
	AUTO_FD int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : write_through(fd, w);
}

int write_stream_atomically(const char *path, int (*fn)(FILE *f, void *ctx), void *ctx)
{
	const struct writer w = { fn, ctx };
	AUTO_FREE char *target = NULL;
	struct stat st;

	if (strcmp(path, "-") == 0)
		return write_through(STDOUT_FILENO, &w);
	if (stat(path, &st) < 0)
		return replace_file(path, NULL, &w);
	if (!S_ISREG(st.st_mode))
		return write_in_place(path, &w);
	target = realpath(path, NULL); /* a link stays, the file behind it is replaced */
	if (!target)
		return -errno;
	return replace_file(target, &st, &w);
}

struct bytes {
	const void *p;
	size_t n;
};

static int write_bytes(FILE *f, void *ctx)
{
	const struct bytes *b = ctx;

	return fwrite(b->p, 1, b->n, f) == b->n ? 0 : -EIO;
}

int write_file_atomically(const char *path, const void *p, size_t n)
{
	struct bytes b = { p, n };

	return write_stream_atomically(path, write_bytes, &b);
}
