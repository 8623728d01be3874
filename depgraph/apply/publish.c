/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/apply/publish.h"

#include "base/cleanup.h"
#include "base/interrupt.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#define PREFIX ".depgraph-apply-"
#define NAMES_MAX 4096
#define OPEN_DIRECTORIES 16

/* ---- signals ------------------------------------------------------------------------------------------------- */

static struct sigaction before_size;

static void signals_hold(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	interrupt_begin();
	(void)sigaction(SIGXFSZ, &ignore, &before_size); /* a limit on file sizes is an error of the write */
}

static void signals_restore(void)
{
	(void)sigaction(SIGXFSZ, &before_size, NULL);
	interrupt_end();
}

/* ---- the temporary directory --------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_tree(const char *path)
{
	(void)nftw(path, remove_one, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS);
}

/* What a killed process left; one that runs holds a lock on its own. */
static void sweep(const char *dir)
{
	CLEANUP(closedirp) DIR *d = opendir(dir);
	const struct dirent *e;

	while (d && (e = readdir(d)) != NULL) {
		AUTO_FREE char *path = NULL;
		AUTO_FD int fd = -1;

		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) != 0)
			continue;
		path = path_join(dir, e->d_name);
		fd = path ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			remove_tree(path);
	}
}

static int make_temporary(struct publish *p)
{
	unsigned long long number;
	char name[64];

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return -EIO;
	(void)snprintf(name, sizeof(name), PREFIX "%016llx", number);
	p->temporary = path_join(p->dir, name);
	if (!p->temporary)
		return -ENOMEM;
	if (mkdir(p->temporary, 0700) < 0) {
		int r = -errno;

		free(p->temporary);
		p->temporary = NULL;
		return r;
	}
	p->fd = open(p->temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (p->fd < 0)
		return -errno;
	return flock(p->fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

static int open_dir(struct publish *p, const char *dir)
{
	p->dir = strdup(dir);
	if (!p->dir)
		return -ENOMEM;
	p->made_dir = mkdir(dir, 0777) == 0;
	if (!p->made_dir && errno != EEXIST)
		return -errno;
	p->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return p->dirfd < 0 ? -errno : 0;
}

int publish_begin(struct publish *p, const char *dir, struct error *err)
{
	int r;

	*p = (struct publish)PUBLISH_NONE;
	signals_hold();
	r = open_dir(p, dir);
	if (r == 0) {
		sweep(dir);
		r = make_temporary(p);
	}
	if (r == 0)
		return 0;
	publish_release(p);
	return error_set(err, r, dir, "cannot be written to");
}

void publish_release(struct publish *p)
{
	size_t i;

	if (!p->dir)
		return;
	if (p->temporary)
		remove_tree(p->temporary);
	if (p->made_dir)
		(void)rmdir(p->dir); /* only when nothing was published */
	for (i = 0; i < p->count; i++)
		free(p->names[i]);
	free(p->names);
	if (p->fd >= 0)
		(void)close(p->fd);
	if (p->dirfd >= 0)
		(void)close(p->dirfd);
	free(p->temporary);
	free(p->dir);
	signals_restore();
	*p = (struct publish)PUBLISH_NONE;
}

/* ---- names --------------------------------------------------------------------------------------------------- */

int publish_claim(struct publish *p, const char *name, struct error *err)
{
	struct stat st;
	char **names;
	size_t i;

	for (i = 0; i < p->count; i++)
		if (strcmp(p->names[i], name) == 0)
			return error_set(err, -EEXIST, name, "two outputs would have this name");
	if (fstatat(p->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return error_set(err, -EEXIST, name, "is in %s already; nothing is overwritten", p->dir);
	names = p->count < NAMES_MAX ? reallocarray(p->names, p->count + 1, sizeof(*names)) : NULL;
	if (!names)
		return error_set(err, -ENOMEM, name, "out of memory");
	p->names = names;
	p->names[p->count] = strdup(name);
	return p->names[p->count] ? (p->count++, 0) : error_set(err, -ENOMEM, name, "out of memory");
}

int publish_create(struct publish *p, const char *name, mode_t mode, struct error *err)
{
	int fd, r = publish_claim(p, name, err);

	if (r < 0)
		return r;
	fd = openat(p->fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set(err, -errno, name, "cannot be made");
	if (fchmod(fd, mode & 0777) < 0) {
		r = error_set(err, -errno, name, "its mode cannot be set");
		(void)close(fd);
		return r;
	}
	return fd;
}

char *publish_path(const struct publish *p, const char *name)
{
	return path_join(p->temporary, name);
}

/* ---- the commit ---------------------------------------------------------------------------------------------- */

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

/* Not every file system can refuse to replace; then the look at the name just before is all there is. */
static int rename_new(int from, int to, const char *name)
{
	struct stat st;

	if (renameat2(from, name, to, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (fstatat(to, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	return renameat(from, name, to, name) < 0 ? -errno : 0;
}

int publish_commit(struct publish *p, struct error *err)
{
	size_t i;
	int r = interrupted(NULL) ? -EINTR : 0;

	for (i = 0; r == 0 && i < p->count; i++) {
		r = rename_new(p->fd, p->dirfd, p->names[i]);
		if (r < 0)
			(void)error_set(err, r, p->names[i], r == -EEXIST ? "appeared in %s meanwhile" : "cannot be moved to %s",
					p->dir);
	}
	if (r < 0) { /* what was published already goes back, so that all or nothing is there */
		while (i-- > 1)
			(void)renameat(p->dirfd, p->names[i - 1], p->fd, p->names[i - 1]);
		return error_set(err, r, p->dir, "stopped by a signal");
	}
	p->made_dir = false;
	return fsync(p->dirfd) < 0 && errno != EINVAL ? error_set(err, -errno, p->dir, "cannot be made durable") : 0;
}
