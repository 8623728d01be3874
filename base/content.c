/* SPDX-License-Identifier: Apache-2.0 */
/*
 * content.c: shared, immutable bytes.
 *
 * Three kinds of root own bytes (a heap block, a mapped file, a mapped spool); a
 * slice owns a reference to a root.  Slices of slices refer to the root
 * directly, so no chain grows however deep containers nest.
 *
 * An opened file keeps its descriptor: what changed since is then asked of the
 * very file that was mapped, whatever its name leads to by now.
 */
#include "base/content_private.h"

#include "base/bytes.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct content {
	atomic_uint references;
	const uint8_t *data;
	uint64_t size;
	struct content *root; /* of a slice: referenced; else NULL */
	uint8_t *heap;        /* owned */
	uint8_t *map;         /* owned, with its guard */
	size_t map_size;
	struct guard *guard;
	int fd;             /* of an opened file, else -1 */
	struct stat opened; /* valid with fd */
	char name[];
};

static struct content *content_new(const char *name)
{
	size_t len = name ? strlen(name) : 0;
	struct content *c = calloc(1, sizeof(*c) + len + 1);

	if (!c)
		return NULL;
	atomic_init(&c->references, 1);
	c->data = (const uint8_t *)"";
	c->fd = -1;
	memcpy(c->name, name ? name : "", len);
	return c;
}

struct content *content_ref(struct content *c)
{
	(void)atomic_fetch_add_explicit(&c->references, 1, memory_order_relaxed);
	return c;
}

void content_unref(struct content *c)
{
	if (!c || atomic_fetch_sub_explicit(&c->references, 1, memory_order_acq_rel) > 1)
		return;
	content_unref(c->root);
	guard_remove(c->guard);
	if (c->map)
		(void)munmap(c->map, c->map_size);
	if (c->fd >= 0)
		(void)close(c->fd);
	free(c->heap);
	free(c);
}

int content_adopt_heap(uint8_t *heap, size_t size, const char *name, struct content **ret)
{
	struct content *c = content_new(name);

	if (!c)
		return -ENOMEM;
	if (size)
		c->data = heap;
	c->heap = heap;
	c->size = size;
	*ret = c;
	return 0;
}

int content_adopt_map(uint8_t *map, size_t map_size, struct guard *guard, uint64_t size, const char *name,
		      struct content **ret)
{
	struct content *c = content_new(name);

	if (!c)
		return -ENOMEM;
	c->data = c->map = map;
	c->map_size = map_size;
	c->guard = guard;
	c->size = size;
	*ret = c;
	return 0;
}

int content_copy(const void *p, size_t n, const char *name, struct content **ret)
{
	CLEANUP(spool_release) struct spool s = SPOOL_NONE;
	int r = spool_init(&s, NULL, 0);

	if (r == 0)
		r = spool_write(&s, p, n);
	return r < 0 ? r : spool_finish(&s, name, ret);
}

int content_slice(struct content *of, uint64_t off, uint64_t len, const char *name, struct content **ret)
{
	struct content *c;

	if (!range_inside(off, len, of->size))
		return -EINVAL;
	c = content_new(name);
	if (!c)
		return -ENOMEM;
	c->root = content_ref(of->root ? of->root : of);
	c->data = of->data + off;
	c->size = len;
	*ret = c;
	return 0;
}

static int open_at(int dirfd, const char *path, int flags)
{
	int fd;

	if (dirfd != AT_FDCWD)
		return open_beneath(dirfd, path, flags, 0);
	fd = open(path, flags);
	return fd < 0 ? -errno : fd;
}

/*
 * Never blocks on a pipe and never takes a terminal: what is no regular file is refused after opening.  Looking leaves
 * no trace: atimes stay.
 */
static int open_regular(int dirfd, const char *path, struct stat *ret_stat, struct error *err)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	AUTO_FD int fd = open_at(dirfd, path, flags | O_NOATIME);

	if (fd == -EPERM) /* only the owner may ask for O_NOATIME */
		fd = open_at(dirfd, path, flags);
	if (fd < 0)
		return error_set(err, fd, path, "cannot open");
	if (fstat(fd, ret_stat) < 0)
		return error_set(err, -errno, path, "cannot read its status");
	if (!S_ISREG(ret_stat->st_mode))
		return error_set(err, S_ISDIR(ret_stat->st_mode) ? -EISDIR : -EINVAL, path,
				 "not a regular file");
	return steal_fd(&fd);
}

static int map_file(int fd, const struct stat *st, const char *name, struct content **ret)
{
	struct guard *guard;
	size_t size;
	uint8_t *map;
	int r;

	if (st->st_size > PTRDIFF_MAX)
		return -EFBIG;
	size = (size_t)st->st_size;
	map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	r = guard_add(map, size, false, &guard);
	if (r == 0) {
		r = content_adopt_map(map, size, guard, size, name, ret);
		if (r < 0)
			guard_remove(guard);
	}
	if (r < 0)
		(void)munmap(map, size);
	return r;
}

/* For what has bytes but no pages: files of /proc, some network and user-space file systems. */
static int read_file(int fd, const char *name, struct content **ret)
{
	CLEANUP(spool_release) struct spool s = SPOOL_NONE;
	uint8_t *room;
	ssize_t n;
	int r;

	r = spool_init(&s, NULL, 0);
	while (r == 0) {
		r = spool_reserve(&s, 64 << 10, &room);
		if (r < 0)
			break;
		n = read(fd, room, 64 << 10);
		if (n == 0)
			break;
		if (n > 0)
			r = spool_commit(&s, (uint64_t)n);
		else if (errno != EINTR)
			r = -errno;
	}
	return r < 0 ? r : spool_finish(&s, name, ret);
}

int content_open(int dirfd, const char *path, struct content **ret, struct error *err)
{
	struct content *c = NULL;
	struct stat st;
	AUTO_FD int fd = open_regular(dirfd, path, &st, err);
	int r;

	if (fd < 0)
		return fd;
	r = st.st_size > 0 ? map_file(fd, &st, path, &c) : -ENODEV;
	if (r == -ENODEV)
		r = read_file(fd, path, &c);
	if (r < 0)
		return error_set(err, r, path, "cannot read");
	c->fd = steal_fd(&fd);
	c->opened = st;
	*ret = c;
	return 0;
}

const uint8_t *content_data(const struct content *c)
{
	return c->data;
}

uint64_t content_size(const struct content *c)
{
	return c->size;
}

const char *content_name(const struct content *c)
{
	return c->name;
}

static const struct content *content_root(const struct content *c)
{
	return c->root ? c->root : c;
}

bool content_damaged(const struct content *c)
{
	return guard_damaged(content_root(c)->guard);
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

int content_recheck(const struct content *c, struct error *err)
{
	const struct content *root = content_root(c);
	const struct stat *then = &root->opened;
	struct stat now;

	if (root->fd < 0)
		return content_damaged(c) ? error_set(err, -ESTALE, c->name, "its temporary copy was lost")
					  : 0;
	if (fstat(root->fd, &now) < 0)
		return error_set(err, -ESTALE, root->name, "vanished while it was read");
	if (now.st_size < then->st_size)
		return error_set(err, -ESTALE, root->name, "shrank from %lld to %lld bytes while it was read",
				 (long long)then->st_size, (long long)now.st_size);
	if (content_damaged(c))
		return error_set(err, -ESTALE, root->name, "could not be read in full");
	if (now.st_nlink == 0 && then->st_nlink > 0)
		return error_set(err, -ESTALE, root->name, "was removed or replaced while it was read");
	if (now.st_size != then->st_size || !same_time(&now.st_mtim, &then->st_mtim) ||
	    !same_time(&now.st_ctim, &then->st_ctim))
		return error_set(err, -ESTALE, root->name, "changed while it was read");
	return 0;
}

/* Only whole pages are given back; those at the edges may still be wanted by the neighbours. */
void content_done(const struct content *c, uint64_t off, uint64_t len)
{
	const struct content *root = content_root(c);
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), from, to;

	if (!root->map || !range_inside(off, len, c->size))
		return;
	from = (uint64_t)(c->data - root->data) + off;
	to = from + len;
	to = to == root->size ? root->map_size : to & -page;
	from = (from + page - 1) & -page;
	if (from < to)
		(void)madvise(root->map + from, to - from, MADV_DONTNEED);
}
