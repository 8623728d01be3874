/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two locks, because a directory cannot be made and locked in one step: that of the parent is held while a new
 * directory is made and locked, and while stale ones are looked for; so nobody sees a directory that is
 * about to be locked as one that was left.  Stale ones are removed after the parent's is given back, each under its own
 * lock.  flock() locks belong to the open file: they end with the process, however it ends.
 */
#include "sandbox/rundir.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Nobody else makes directories of this name: what is found with it and not locked was left by one of us. */
#define PREFIX "reprocheck-run."
#define STALE_MAX 64 /* swept at a time */
#define DEPTH_MAX 100 /* of directories open at once */

static int open_directory(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	/* An overlay leaves a working directory of mode 000, and a build may leave others. */
	if (fd < 0 && errno == EACCES && fchmodat(dirfd, name, 0700, 0) == 0)
		fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Tries again with permission to write to the directory. What another one has removed meanwhile is removed. */
static int remove_name(int dirfd, const char *name, int flags)
{
	if (unlinkat(dirfd, name, flags) == 0 || errno == ENOENT)
		return 0;
	if ((errno == EACCES || errno == EPERM) && fchmod(dirfd, 0700) == 0 && unlinkat(dirfd, name, flags) == 0)
		return 0;
	return -errno;
}

/* A tree may be deeper than we may have descriptors: what is deep is moved to the top, and met there again. */
struct removal {
	int top;
	unsigned moved;
};

static int remove_entries(struct removal *m, int fd, unsigned depth);

static int remove_directory(struct removal *m, int parent, const char *name, unsigned depth)
{
	char flat[32];
	int fd, r;

	if (depth >= DEPTH_MAX) {
		(void)snprintf(flat, sizeof(flat), "deep.%u", m->moved++);
		return renameat(parent, name, m->top, flat) < 0 ? -errno : 0;
	}
	fd = open_directory(parent, name);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	r = remove_entries(m, fd, depth + 1);
	return r < 0 ? r : remove_name(parent, name, AT_REMOVEDIR);
}

/* Takes the descriptor. */
static int remove_entries(struct removal *m, int fd, unsigned depth)
{
	CLEANUP(closedirp) DIR *d = fdopendir(fd);
	struct dirent *e;
	int r = 0, q;

	if (!d) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	while ((e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		q = remove_name(fd, e->d_name, 0);
		if (q == -EISDIR || q == -EPERM)
			q = remove_directory(m, fd, e->d_name, depth);
		if (q < 0 && !r)
			r = q;
	}
	return r;
}

int remove_tree(int dirfd, const char *name)
{
	AUTO_FD int fd = open_directory(dirfd, name);
	struct removal m = { .top = fd };
	unsigned before;
	int copy, r = 0;

	if (fd < 0)
		return fd == -ENOTDIR ? remove_name(dirfd, name, 0) : fd;
	do {
		before = m.moved;
		copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		r = copy < 0 ? -errno : remove_entries(&m, copy, 0);
	} while (!r && m.moved != before);
	return r < 0 ? r : remove_name(dirfd, name, AT_REMOVEDIR);
}

/* Directories that nobody locks, locked by us now. */
static size_t find_stale(int parent, char names[][NAME_MAX + 1], int fds[], size_t max)
{
	int copy = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(closedirp) DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;
	size_t n = 0;

	while (d && n < max && (e = readdir(d))) {
		AUTO_FD int fd = -1;

		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) != 0 || strlen(e->d_name) > NAME_MAX)
			continue;
		fd = openat(parent, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
			continue;
		memcpy(names[n], e->d_name, strlen(e->d_name) + 1);
		fds[n++] = steal_fd(&fd);
	}
	return n;
}

/* In a shared directory anybody may hold the lock, for ever: then nobody sweeps, as on a file system that cannot lock. */
static bool lock_soon(int dir)
{
	const struct timespec pause = { .tv_nsec = 5000000 };
	unsigned tries;

	for (tries = 0; tries < 40; tries++) {
		if (flock(dir, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK)
			return false;
		(void)nanosleep(&pause, NULL);
	}
	return false;
}

static int make_locked(const char *parent, struct rundir *ret)
{
	AUTO_FREE char *path = NULL;
	AUTO_FD int fd = -1;

	path = malloc(strlen(parent) + sizeof("/" PREFIX "XXXXXX"));
	if (!path)
		return -ENOMEM;
	memcpy(path, parent, strlen(parent));
	memcpy(path + strlen(parent), "/" PREFIX "XXXXXX", sizeof("/" PREFIX "XXXXXX"));
	if (!mkdtemp(path))
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	(void)flock(fd, LOCK_EX | LOCK_NB);
	ret->path = steal_pointer(path);
	ret->fd = steal_fd(&fd);
	return 0;
}

int rundir_new(const char *parent, struct rundir *ret, struct error *err)
{
	AUTO_FREE char (*names)[NAME_MAX + 1] = calloc(STALE_MAX, sizeof(*names));
	int fds[STALE_MAX];
	AUTO_FD int dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t n = 0, i;
	int r;

	if (!names)
		return error_set(err, -ENOMEM, parent, "no memory");
	if (dir < 0)
		return error_set(err, -errno, parent, "cannot open the directory for what is written");
	if (lock_soon(dir))
		n = find_stale(dir, names, fds, STALE_MAX);
	r = make_locked(parent, ret);
	if (r < 0)
		(void)error_set(err, r, parent, "cannot make a directory for what is written");
	(void)flock(dir, LOCK_UN);
	for (i = 0; i < n; i++) {
		(void)remove_tree(dir, names[i]);
		(void)close(fds[i]);
	}
	return r;
}

void rundir_release(struct rundir *d)
{
	if (d->path)
		(void)remove_tree(AT_FDCWD, d->path);
	if (d->fd >= 0)
		(void)close(d->fd);
	free(d->path);
	*d = (struct rundir)RUNDIR_NONE;
}
