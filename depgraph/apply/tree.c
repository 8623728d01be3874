/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.c: a copy of a tree without some of its files.
 *
 * Walked with descriptors, names resolved beneath the root (base/path.h), so a tree that changes meanwhile cannot
 * lead outside.  Links between files of the tree stay links, symbolic links are
 * copied as they are, modes (but no set-user-id: the copy has another owner) and times are kept; devices, sockets
 * and pipes are left out and said.
 * A directory that held only what goes, goes too: an empty one would be a package of Python still.
 */
#include "depgraph/apply/jobs.h"

#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 256
#define CHUNK ((size_t)8 << 20)
#define BUFFER ((size_t)1 << 16)

struct link_made {
	dev_t dev;
	ino_t ino;
	char path[]; /* in the copy */
};

struct copy {
	const struct job_run *run;
	const struct job *j;
	struct error *err;
	int from, to;           /* roots */
	const char **gone;      /* sorted */
	bool *found;
	size_t gone_count;
	void *links; /* a tree, of tsearch(): some installers link every file */
	uint64_t files, bytes, blocks, old_files, old_bytes, old_blocks;
	uint64_t special;
};

static void copy_release(struct copy *c)
{
	tdestroy(c->links, free);
	free(c->gone);
	free(c->found);
	if (c->from >= 0)
		(void)close(c->from);
	if (c->to >= 0)
		(void)close(c->to);
}

/* Walked and counted, nothing written: `to` and what is opened beneath it are -1. */
static bool is_dry(const struct copy *c)
{
	return c->run->o->dry_run;
}

static int failed(const struct copy *c, const char *path, int r)
{
	return error_set(c->err, r, path[0] ? path : c->j->path, r == -EINTR ? "stopped by a signal" : "cannot be copied");
}

/* ---- what goes ----------------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "a/b.py": relative, without ".", ".." or an empty component. */
static bool is_beneath(const char *path)
{
	const char *p = path;

	while (*p) {
		size_t n = strcspn(p, "/");

		if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += n;
		if (*p == '/' && !*++p)
			return false;
	}
	return p != path;
}

static int read_gone(struct copy *c)
{
	size_t i, k, n = 0;

	for (i = 0; i < c->j->count; i++) {
		const json_t *files;
		int r = apply_action_strings(c->j->suggestions[i], "files", &files, c->err);

		if (r < 0)
			return r;
		n += json_array_size(files);
	}
	c->gone = calloc(n + 1, sizeof(*c->gone));
	c->found = calloc(n + 1, sizeof(*c->found));
	if (!c->gone || !c->found)
		return failed(c, "", -ENOMEM);
	for (i = 0; i < c->j->count; i++) {
		const json_t *files = json_object_get(c->j->suggestions[i]->action, "files");

		for (k = 0; k < json_array_size(files); k++) {
			const char *path = json_string_value(json_array_get(files, k));

			if (!is_beneath(path))
				return error_set(c->err, -EBADMSG, c->j->suggestions[i]->id, "its action names no file of the tree: %.100s",
						 path);
			c->gone[c->gone_count++] = path;
		}
	}
	qsort(c->gone, c->gone_count, sizeof(*c->gone), by_text);
	return 0;
}

static bool goes(struct copy *c, const char *path)
{
	const char *const *hit = c->gone_count ? bsearch(&path, c->gone, c->gone_count, sizeof(*c->gone), by_text) : NULL;

	if (hit)
		c->found[hit - (const char *const *)c->gone] = true;
	return hit != NULL;
}

/* ---- files --------------------------------------------------------------------------------------------------- */

/* What the kernel does not copy by itself. */
static int copy_by_hand(int from, int to)
{
	AUTO_FREE char *buffer = malloc(BUFFER);
	ssize_t n, done, m;

	if (!buffer)
		return -ENOMEM;
	while ((n = read(from, buffer, BUFFER)) != 0) {
		if (interrupted(NULL))
			return -EINTR;
		if (n < 0 && errno != EINTR)
			return -errno;
		for (done = 0; done < n; done += m) {
			m = write(to, buffer + done, (size_t)(n - done));
			if (m < 0)
				return -errno;
		}
	}
	return 0;
}

static int copy_bytes(int from, int to)
{
	ssize_t n;

	do {
		if (interrupted(NULL))
			return -EINTR;
		n = copy_file_range(from, NULL, to, NULL, CHUNK, 0);
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM))
		return copy_by_hand(from, to);
	if (n < 0)
		return -errno;
	return copy_by_hand(from, to); /* a file whose size the kernel does not know may have more */
}

static int by_inode(const void *a, const void *b)
{
	const struct link_made *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

static int remember_link(struct copy *c, const struct stat *st, const char *path)
{
	size_t n = strlen(path) + 1;
	struct link_made *l = malloc(sizeof(*l) + n);

	if (!l)
		return -ENOMEM;
	l->dev = st->st_dev;
	l->ino = st->st_ino;
	memcpy(l->path, path, n);
	if (tsearch(l, &c->links, by_inode))
		return 0;
	free(l);
	return -ENOMEM;
}

static const char *link_of(const struct copy *c, const struct stat *st)
{
	const struct link_made key = { .dev = st->st_dev, .ino = st->st_ino };
	struct link_made *const *hit = st->st_nlink > 1 ? tfind(&key, (void *const *)&c->links, by_inode) : NULL;

	return hit ? (*hit)->path : NULL;
}

/* By name, as the original's are: a second link counts again. */
static void count_file(struct copy *c, const struct stat *st)
{
	c->files++;
	c->bytes += (uint64_t)st->st_size;
	c->blocks += (uint64_t)st->st_blocks;
}

static int copy_file(struct copy *c, int dir, int todir, const char *name, const char *path, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	const char *other = link_of(c, st);
	AUTO_FD int from = -1;
	AUTO_FD int to = -1;
	struct stat now;
	int r;

	if (is_dry(c)) {
		count_file(c, st);
		return 0;
	}
	if (other) {
		count_file(c, st);
		return linkat(c->to, other, todir, name, 0) < 0 ? -errno : 0;
	}
	from = open_beneath(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (from < 0)
		return from;
	to = openat(todir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	r = copy_bytes(from, to);
	if (r == 0 && (fchmod(to, st->st_mode & 0777) < 0 || futimens(to, times) < 0 || fstat(to, &now) < 0))
		r = -errno;
	if (r < 0)
		return r;
	count_file(c, &now);
	return st->st_nlink > 1 ? remember_link(c, st, path) : 0;
}

static int copy_symlink(int dir, int todir, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);

	if (n < 0 || (size_t)n >= sizeof(target) - 1)
		return n < 0 ? -errno : -ENAMETOOLONG;
	target[n] = '\0';
	return symlinkat(target, todir, name) < 0 ? -errno : 0;
}

/* ---- directories --------------------------------------------------------------------------------------------- */

static int copy_directory(struct copy *c, int dir, int todir, const char *path, unsigned depth);

/* Emptied by what went: not there in the copy. One that was empty stays. */
static int copy_subdirectory(struct copy *c, int dir, int todir, const char *name, const char *path, const struct stat *st,
			     unsigned depth)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	AUTO_FD int from = open_beneath(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	AUTO_FD int to = -1;
	uint64_t before = c->old_files, kept = c->files;
	int r;

	if (from < 0)
		return from;
	if (is_dry(c))
		return copy_directory(c, from, -1, path, depth + 1);
	if (mkdirat(todir, name, 0700) < 0)
		return -errno;
	to = openat(todir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return -errno;
	r = copy_directory(c, from, to, path, depth + 1);
	if (r < 0)
		return r;
	if (c->files == kept && c->old_files > before && unlinkat(todir, name, AT_REMOVEDIR) == 0)
		return 0;
	return fchmod(to, st->st_mode & 01777) < 0 || futimens(to, times) < 0 ? -errno : 0;
}

static int copy_one(struct copy *c, int dir, int todir, const char *name, const char *path, unsigned depth)
{
	struct stat st;

	if (interrupted(NULL))
		return -EINTR;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return depth >= DEPTH_MAX ? -ELOOP : copy_subdirectory(c, dir, todir, name, path, &st, depth);
	c->old_files++;
	c->old_bytes += S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	c->old_blocks += S_ISREG(st.st_mode) ? (uint64_t)st.st_blocks : 0;
	if (goes(c, path))
		return 0;
	if (S_ISREG(st.st_mode))
		return copy_file(c, dir, todir, name, path, &st);
	if (S_ISLNK(st.st_mode)) {
		c->files++;
		return is_dry(c) ? 0 : copy_symlink(dir, todir, name);
	}
	c->special++;
	return 0;
}

static int copy_directory(struct copy *c, int dir, int todir, const char *path, unsigned depth)
{
	int fd = fcntl(dir, F_DUPFD_CLOEXEC, 0), r = 0;
	CLEANUP(closedirp) DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!d) {
		r = -errno;
		if (fd >= 0)
			(void)close(fd);
		return failed(c, path, r);
	}
	rewinddir(d);
	while (r == 0 && (errno = 0, e = readdir(d)) != NULL) {
		AUTO_FREE char *child = NULL;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		child = path[0] ? path_join(path, e->d_name) : strdup(e->d_name);
		r = child ? copy_one(c, dir, todir, e->d_name, child, depth) : -ENOMEM;
		if (r < 0)
			return failed(c, child ? child : e->d_name, r);
	}
	return errno ? failed(c, path, -errno) : 0;
}

/* ---- the tree ------------------------------------------------------------------------------------------------ */

static int tell(struct copy *c, const char *name)
{
	struct apply_report *r = c->run->report;
	struct apply_output *out = apply_add_output(r, c->j->path, name, "remove-files");
	size_t i, missing = 0;

	if (!out)
		return failed(c, "", -ENOMEM);
	for (i = 0; i < c->j->count; i++)
		apply_add_line(r, &out->ids, "%s", c->j->suggestions[i]->id);
	for (i = 0; i < c->gone_count; i++)
		missing += !c->found[i];
	out->before = (struct apply_size){ c->old_bytes, c->old_blocks * 512, 0 };
	out->after = (struct apply_size){ c->bytes, c->blocks * 512, 0 };
	apply_add_line(r, &out->notes, "%" PRIu64 " of %" PRIu64 " files stay", c->files, c->old_files);
	if (missing)
		apply_add_line(r, &out->notes, "not there: %zu of the files to remove", missing);
	if (c->special)
		apply_add_line(r, &out->notes, "%" PRIu64 " devices, pipes or sockets were left out", c->special);
	return 0;
}

/* "tree/" is named "tree"; "." and ".." by what they lead to. */
static char *name_of(const char *path)
{
	AUTO_FREE char *real = realpath(path, NULL);
	const char *base = real ? path_base(real) : "";

	return base[0] ? strdup(base) : NULL;
}

static int open_copy(struct copy *c, const char *name)
{
	AUTO_FREE char *path = publish_path(c->run->publish, name);
	struct stat st;
	int r = publish_claim(c->run->publish, name, c->err);

	if (r < 0)
		return r;
	if (fstat(c->from, &st) < 0 || !path || mkdir(path, 0700) < 0)
		return failed(c, "", path ? -errno : -ENOMEM);
	c->to = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->to < 0 || fchmod(c->to, (st.st_mode & 01777) | 0700) < 0)
		return failed(c, "", -errno);
	return 0;
}

static int open_roots(struct copy *c, const char *name)
{
	c->from = open(c->j->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->from < 0)
		return failed(c, "", -errno);
	return is_dry(c) ? 0 : open_copy(c, name);
}

/* A copy beneath what is copied would copy itself. */
static int outside(struct copy *c)
{
	AUTO_FREE char *root = realpath(c->j->path, NULL);
	AUTO_FREE char *out = c->run->publish ? realpath(c->run->publish->dir, NULL) : NULL;
	size_t n = root ? strlen(root) : 0;

	if (!root)
		return failed(c, "", -errno);
	if (out && strncmp(out, root, n) == 0 && (out[n] == '/' || !out[n]))
		return error_set(c->err, -EINVAL, c->j->path, "the output directory is in the tree that is copied");
	return 0;
}

int job_tree(const struct job_run *run, const struct job *j, struct error *err)
{
	CLEANUP(copy_release) struct copy c = { .run = run, .j = j, .err = err, .from = -1, .to = -1 };
	AUTO_FREE char *name = name_of(j->path);
	int r = read_gone(&c);

	if (r == 0)
		r = outside(&c);
	if (r == 0 && !name)
		r = error_set(err, -EINVAL, j->path, "the root of the file system is no tree to copy");
	if (r == 0)
		r = open_roots(&c, name);
	if (r == 0)
		r = copy_directory(&c, c.from, c.to, "", 0);
	return r < 0 ? r : tell(&c, name);
}
