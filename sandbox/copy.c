/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why the order is turned around afterwards: a memory file system lists entries in the reverse of the order in
 * which they were linked, and numbers inodes in the order in which they were made.  Making entries in the
 * opposite order would vary both.  A rename out of the directory and back makes a new entry for the same inode, so
 * after the copy each directory's entries are renamed, one by one, in reverse.
 */
#include "sandbox/copy.h"

#include "base/cleanup.h"
#include "sandbox/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEPTH_MAX 400 /* two descriptors a level */
#define CHUNK     ((size_t)1 << 20)

/* A file with more than one name: where its copy is. */
struct linked {
	dev_t device;
	ino_t inode;
	char *path; /* below `to`; NULL: free */
};

struct copy {
	const struct copy_options *options;
	struct copy_result *result;
	struct error *err;
	int to; /* the top */
	struct linked *links; /* open addressing, a power of two */
	size_t link_count, link_size;
	char path[PATH_MAX]; /* of the directory at work, below the top */
	char *chunk;
};

static int fail(struct copy *c, int r, const char *name, const char *what)
{
	char path[PATH_MAX + NAME_MAX + 2];

	(void)snprintf(path, sizeof(path), "%s%s%s", c->path, *c->path ? "/" : "", name);
	return error_set(c->err, r, path, "%s", what);
}

/* ---- hard links -------------------------------------------------------------------------------------------- */

static struct linked *find_link(struct linked *links, size_t size, const struct stat *st)
{
	size_t i = ((size_t)st->st_ino * 0x9e3779b97f4a7c15u ^ (size_t)st->st_dev) & (size - 1);

	while (links[i].path && (links[i].inode != st->st_ino || links[i].device != st->st_dev))
		i = (i + 1) & (size - 1);
	return &links[i];
}

static int grow_links(struct copy *c)
{
	size_t size = c->link_size ? 2 * c->link_size : 64, i;
	struct linked *links = calloc(size, sizeof(*links));

	if (!links)
		return -ENOMEM;
	for (i = 0; i < c->link_size; i++) {
		struct stat st = { .st_ino = c->links[i].inode, .st_dev = c->links[i].device };

		if (c->links[i].path)
			*find_link(links, size, &st) = c->links[i];
	}
	free(c->links);
	c->links = links;
	c->link_size = size;
	return 0;
}

/* 1: it was made as a link to an earlier copy; 0: it is the first of its name, and noted. */
static int link_earlier(struct copy *c, int to, const char *name, const struct stat *st)
{
	struct linked *l;
	size_t n = strlen(c->path) + strlen(name) + 2;

	if (st->st_nlink < 2)
		return 0;
	if (2 * c->link_count >= c->link_size && grow_links(c) < 0)
		return -ENOMEM;
	l = find_link(c->links, c->link_size, st);
	if (l->path)
		return linkat(c->to, l->path, to, name, 0) < 0 ? -errno : 1;
	l->path = malloc(n);
	if (!l->path)
		return -ENOMEM;
	(void)snprintf(l->path, n, "%s%s%s", c->path, *c->path ? "/" : "", name);
	l->inode = st->st_ino;
	l->device = st->st_dev;
	c->link_count++;
	return 0;
}

/* ---- content ----------------------------------------------------------------------------------------------- */

static int write_all(int fd, const char *p, size_t n, off_t at)
{
	while (n) {
		ssize_t w = pwrite(fd, p, n, at);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		p += w;
		n -= (size_t)w;
		at += w;
	}
	return 0;
}

/* One stretch of data: by the kernel where both sides allow it, else through us. */
static int copy_data(struct copy *c, int from, int to, off_t at, off_t end)
{
	bool by_kernel = true;

	while (at < end) {
		loff_t in = at, out = at;
		size_t want = (size_t)(end - at) < CHUNK ? (size_t)(end - at) : CHUNK;
		ssize_t n = by_kernel ? copy_file_range(from, &in, to, &out, want, 0) : -1;
		int r;

		if (n <= 0) {
			by_kernel = false;
			n = pread(from, c->chunk, want, at);
			if (n < 0)
				return -errno;
			if (n == 0)
				return 0; /* it shrank */
			r = write_all(to, c->chunk, (size_t)n, at);
			if (r < 0)
				return r;
		}
		at += n;
		c->result->bytes += (uint64_t)n;
	}
	return 0;
}

static int copy_content(struct copy *c, int from, int to, off_t size)
{
	off_t data = 0, hole;
	int r = 0;

	if (!size)
		return 0;
	if (ioctl(to, FICLONE, from) == 0) {
		c->result->bytes += (uint64_t)size;
		return 0;
	}
	while (!r && data < size) {
		data = lseek(from, data, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			break; /* a hole to the end */
		if (data < 0)
			data = 0;
		hole = lseek(from, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size;
		r = copy_data(c, from, to, data, hole);
		data = hole;
	}
	return r < 0 ? r : ftruncate(to, size) < 0 ? -errno : 0;
}

/* ---- entries ----------------------------------------------------------------------------------------------- */

/* Who may not give files away keeps them; where a map has no number for the owner, nobody can. */
static int keep_owner(const struct copy *c, int dirfd, const char *name, const struct stat *st)
{
	uid_t uid = c->options->own ? c->options->uid : st->st_uid;
	gid_t gid = c->options->own ? c->options->gid : st->st_gid;

	if (geteuid() != 0 && !c->options->own)
		return 0;
	if (fchownat(dirfd, name, uid, gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0 && errno != EPERM && errno != EINVAL)
		return -errno;
	return 0;
}

static int keep_times(const struct copy *c, int dirfd, const char *name, const struct stat *st)
{
	struct timespec t[2] = { st->st_atim, st->st_mtim };

	t[0].tv_sec += c->options->atime_shift;
	t[1].tv_sec += c->options->mtime_shift;
	return utimensat(dirfd, name, t, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int copy_file(struct copy *c, int from, int to, const char *name, const struct stat *st)
{
	AUTO_FD int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOATIME);
	AUTO_FD int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int r = 0;

	if (out < 0)
		return -errno;
	if (in < 0) /* only the owner may ask for O_NOATIME */
		in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0 && errno != EACCES)
		return -errno;
	if (in < 0)
		c->result->unreadable++;
	else
		r = copy_content(c, in, out, st->st_size);
	if (!r)
		r = keep_owner(c, to, name, st);
	if (!r && fchmod(out, st->st_mode & 07777) < 0)
		r = -errno;
	return r;
}

static int copy_link(struct copy *c, int from, int to, const char *name, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (symlinkat(target, to, name) < 0)
		return -errno;
	return keep_owner(c, to, name, st);
}

static int copy_directory(struct copy *c, int from, int to, const struct stat *st, unsigned depth);

static int enter_directory(struct copy *c, int from, int to, const char *name, const struct stat *st, unsigned depth)
{
	AUTO_FD int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_FD int out = -1;
	size_t len = strlen(c->path), n = strlen(name);
	int r;

	if (in < 0 && errno != EACCES)
		return -errno;
	if (depth >= DEPTH_MAX || len + n + 2 > sizeof(c->path))
		return -ENAMETOOLONG;
	if (mkdirat(to, name, 0700) < 0)
		return -errno;
	out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out < 0)
		return -errno;
	if (in < 0) {
		c->result->unreadable++;
		return fchmod(out, st->st_mode & 07777) < 0 ? -errno : 0;
	}
	(void)snprintf(c->path + len, sizeof(c->path) - len, "%s%s", len ? "/" : "", name);
	r = copy_directory(c, in, out, st, depth + 1);
	c->path[len] = '\0';
	return r;
}

static int left_out(struct copy *c)
{
	c->result->left_out++;
	return 0;
}

static int copy_entry(struct copy *c, int from, int to, const char *name, unsigned depth)
{
	struct stat st;
	int r;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno; /* gone since it was listed */
	if (S_ISDIR(st.st_mode))
		return enter_directory(c, from, to, name, &st, depth);
	r = link_earlier(c, to, name, &st);
	if (r)
		return r < 0 ? r : 0;
	if (S_ISREG(st.st_mode))
		r = copy_file(c, from, to, name, &st);
	else if (S_ISLNK(st.st_mode))
		r = copy_link(c, from, to, name, &st);
	else if (S_ISFIFO(st.st_mode))
		r = mkfifoat(to, name, st.st_mode & 07777) < 0 ? -errno : 0;
	else
		return left_out(c);
	return r < 0 ? r : keep_times(c, to, name, &st);
}

#define AWAY ".reprocheck-reordered"

/* Entries that are not there (left out) are skipped; a directory that its owner may not write to needs a privilege to be
 * moved, and stays where it is without. */
static int turn_around(int dir, const struct listing *names)
{
	size_t n = names->count;
	int r = 0;

	if (n < 2)
		return 0;
	if (mkdirat(dir, AWAY, 0700) < 0)
		return -errno;
	while (!r && n-- > 0) {
		const char *name = names->entries[n]->d_name;
		char away[sizeof(AWAY) + NAME_MAX + 2];

		(void)snprintf(away, sizeof(away), AWAY "/%s", name);
		if (renameat(dir, name, dir, away) < 0)
			r = errno == ENOENT || errno == EACCES ? 0 : -errno;
		else if (renameat(dir, away, dir, name) < 0)
			r = -errno;
	}
	if (unlinkat(dir, AWAY, AT_REMOVEDIR) < 0 && !r)
		r = -errno;
	return r;
}

static int copy_directory(struct copy *c, int from, int to, const struct stat *st, unsigned depth)
{
	CLEANUP(listing_release) struct listing names = LISTING_NONE;
	int r = listing_read(from, &names);
	size_t i;

	if (r < 0)
		return fail(c, r, "", "cannot list it");
	for (i = 0; !r && i < names.count; i++) {
		r = copy_entry(c, from, to, names.entries[i]->d_name, depth);
		if (r < 0)
			(void)fail(c, r, names.entries[i]->d_name, "cannot copy it");
	}
	if (!r && c->options->reversed)
		r = turn_around(to, &names);
	if (!r)
		r = keep_owner(c, to, "", st);
	if (!r && fchmod(to, st->st_mode & 07777) < 0)
		r = -errno;
	return r < 0 ? r : keep_times(c, to, ".", st);
}

int copy_tree(int from, int to, const struct copy_options *o, struct copy_result *ret, struct error *err)
{
	struct copy c = { .options = o, .result = ret, .err = err, .to = to, .chunk = malloc(CHUNK) };
	struct stat st;
	size_t i;
	int r;

	if (!c.chunk)
		return error_set(err, -ENOMEM, NULL, "no memory");
	*ret = (struct copy_result){ 0 };
	r = fstat(from, &st) < 0 ? -errno : copy_directory(&c, from, to, &st, 0);
	for (i = 0; i < c.link_size; i++)
		free(c.links[i].path);
	free(c.links);
	free(c.chunk);
	return r < 0 ? error_set(err, r, NULL, "cannot copy the inputs") : 0;
}

int copy_settle(int dir, struct timespec *ret)
{
	static const char name[] = ".reprocheck-settled";
	static const struct timespec pause = { .tv_nsec = 1000000 };
	struct stat st, first;
	unsigned i;
	int r = 0;

	/* A file system whose times stand still for seconds is none that we know. */
	for (i = 0; i < 5000; i++) {
		if (mknodat(dir, name, S_IFREG | 0600, 0) < 0)
			return -errno;
		if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			r = -errno;
		(void)unlinkat(dir, name, 0);
		if (r < 0)
			return r;
		if (!i)
			first = st;
		else if (st.st_ctim.tv_sec != first.st_ctim.tv_sec || st.st_ctim.tv_nsec != first.st_ctim.tv_nsec)
			break;
		(void)nanosleep(&pause, NULL);
	}
	*ret = first.st_ctim;
	return 0;
}
