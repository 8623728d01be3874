/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool.c: where decoders write.
 *
 * The first SPOOL_HEAP bytes stay on the heap, and most contents end there.  A
 * larger one moves to an unnamed file, and the heap block becomes the write
 * buffer in front of it: [0, flushed) is in the file, [flushed, size) is in the
 * block.  Streams go through pwrite(), which costs one copy and no page faults;
 * whole-buffer decoders write into a mapping.
 *
 * A full disk must be an error, but a store to a mapped hole raises SIGBUS.  So
 * blocks are allocated (posix_fallocate) before the mapping is handed out.  The
 * mapping is guarded all the same: file systems that copy on write may still
 * fail, and spool_commit() then says so.
 */
#include "base/content_private.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#define SPOOL_HEAP     ((size_t)256 << 10)
#define SMALLEST_HEAP  ((size_t)4 << 10)
#define LARGEST_GROWTH ((uint64_t)64 << 20)
#define RATIO_FROM     ((uint64_t)1 << 20)

int spool_init(struct spool *s, struct budget *budget, uint64_t input_size)
{
	*s = (struct spool)SPOOL_NONE;
	s->budget = budget;
	s->input_size = input_size;
	return 0;
}

static void spool_unmap(struct spool *s)
{
	guard_remove(s->guard);
	if (s->map)
		(void)munmap(s->map, s->map_size);
	s->guard = NULL;
	s->map = NULL;
	s->map_size = 0;
}

void spool_release(struct spool *s)
{
	spool_unmap(s);
	cleanup_fd(&s->fd);
	free(s->heap);
	*s = (struct spool)SPOOL_NONE;
}

/* Whether n more bytes are within the limits, as far as they are spent now. */
static int check_limits(const struct spool *s, uint64_t n)
{
	const struct budget *b = s->budget;
	uint64_t size, spent;

	if (add_overflows(s->size, n, &size) || size > PTRDIFF_MAX)
		return -EFBIG;
	if (!b)
		return 0;
	if (b->ratio_max && s->input_size && size > RATIO_FROM && size / b->ratio_max > s->input_size)
		return -EFBIG;
	spent = atomic_load_explicit(&b->spent, memory_order_relaxed);
	return spent <= b->total_max && n <= b->total_max - spent ? 0 : -EFBIG;
}

static int charge(struct spool *s, uint64_t n)
{
	struct budget *b = s->budget;
	int r = check_limits(s, n);

	if (r < 0 || !b)
		return r;
	/* Others may have spent since; what they and we took is then over the total, and stays so. */
	return atomic_fetch_add_explicit(&b->spent, n, memory_order_relaxed) <= b->total_max - n ? 0 : -EFBIG;
}

static int open_unnamed(void)
{
	const char *dir = secure_getenv("TMPDIR");
	AUTO_FREE char *name = NULL;
	int fd;

	if (!dir || !*dir)
		dir = "/tmp";
	fd = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return -errno;
	if (asprintf(&name, "%s/spool-XXXXXX", dir) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	(void)unlink(name);
	return fd;
}

/* All or nothing, as far as `flushed` tells. */
static int append_to_file(struct spool *s, const uint8_t *p, size_t n)
{
	ssize_t r;
	size_t i;

	for (i = 0; i<n; i += r> 0 ? (size_t)r : 0) {
		r = pwrite(s->fd, p + i, n - i, (off_t)(s->flushed + i));
		if (r < 0 && errno != EINTR)
			return -errno;
	}
	s->flushed += n;
	return 0;
}

static size_t on_heap(const struct spool *s)
{
	return (size_t)(s->size - s->flushed);
}

/* Everything written so far is then in the file. */
static int spill(struct spool *s)
{
	int fd;

	if (s->fd < 0) {
		fd = open_unnamed();
		if (fd < 0)
			return fd;
		s->fd = fd;
	}
	return append_to_file(s, s->heap, on_heap(s));
}

/* Room for n bytes behind those on the heap; both together are at most SPOOL_HEAP. */
static int grow_heap(struct spool *s, size_t n)
{
	size_t need = on_heap(s) + n, cap = s->heap_cap ? s->heap_cap : SMALLEST_HEAP;
	uint8_t *heap;

	if (need <= s->heap_cap)
		return 0;
	while (cap < need)
		cap *= 2;
	heap = realloc(s->heap, cap);
	if (!heap)
		return -ENOMEM;
	s->heap = heap;
	s->heap_cap = cap;
	return 0;
}

int spool_write(struct spool *s, const void *p, size_t n)
{
	int r;

	if (n == 0)
		return 0;
	s->reserved = 0;
	r = charge(s, n);
	if (r < 0)
		return r;
	if (n > SPOOL_HEAP - on_heap(s) || (s->fd >= 0 && n > SPOOL_HEAP / 2)) {
		r = spill(s);
		if (r < 0)
			return r;
	}
	if (s->fd >= 0 && n > SPOOL_HEAP / 2) {
		r = append_to_file(s, p, n);
	} else {
		r = grow_heap(s, n);
		if (r == 0)
			memcpy(s->heap + on_heap(s), p, n);
	}
	if (r == 0)
		s->size += n;
	return r;
}

/* Maps the first `size` bytes of the file, whose blocks exist, with the given protection. */
static int map_beginning(struct spool *s, uint64_t size, int protection)
{
	uint8_t *map;

	guard_remove(s->guard);
	s->guard = NULL;
	if (s->map)
		map = mremap(s->map, s->map_size, size, MREMAP_MAYMOVE);
	else
		map = mmap(NULL, size, protection, MAP_SHARED, s->fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	s->map = map;
	s->map_size = size;
	if (mprotect(map, size, protection) < 0)
		return -errno;
	return guard_add(map, size, protection & PROT_WRITE, &s->guard);
}

/* Grows in steps that double, for decoders that reserve little by little; the first is exact. */
static int grow_map(struct spool *s, uint64_t need)
{
	uint64_t size, more = s->map_size < LARGEST_GROWTH ? s->map_size : LARGEST_GROWTH;
	int r;

	if (need <= s->map_size)
		return 0;
	size = need - s->map_size < more ? s->map_size + more : need;
	r = posix_fallocate(s->fd, (off_t)s->map_size, (off_t)(size - s->map_size));
	return r ? -r : map_beginning(s, size, PROT_READ | PROT_WRITE);
}

int spool_reserve(struct spool *s, uint64_t n, uint8_t **ret)
{
	int r = check_limits(s, n);

	if (r < 0)
		return r;
	s->reserved = 0;
	if (s->fd < 0 && n <= SPOOL_HEAP - s->size) {
		r = grow_heap(s, n ? n : 1);
		if (r < 0)
			return r;
		*ret = s->heap + s->size;
	} else {
		r = spill(s);
		if (r == 0)
			r = grow_map(s, s->size + n);
		if (r < 0)
			return r;
		*ret = s->map + s->size;
	}
	s->reserved = n;
	return 0;
}

int spool_commit(struct spool *s, uint64_t n)
{
	int r;

	if (n > s->reserved)
		return -EINVAL;
	if (guard_damaged(s->guard))
		return -EIO;
	r = charge(s, n);
	if (r < 0)
		return r;
	s->reserved = 0;
	s->size += n;
	if (s->fd >= 0)
		s->flushed = s->size;
	return 0;
}

static int finish_heap(struct spool *s, const char *name, struct content **ret)
{
	uint8_t *exact = s->size ? realloc(s->heap, s->size) : NULL;
	int r;

	if (exact)
		s->heap = exact;
	r = content_adopt_heap(s->size ? s->heap : NULL, s->size, name, ret);
	if (r == 0 && s->size)
		s->heap = NULL;
	return r;
}

static int finish_file(struct spool *s, const char *name, struct content **ret)
{
	int r = spill(s);

	if (r == 0 && guard_damaged(s->guard))
		r = -EIO;
	if (r == 0)
		r = map_beginning(s, s->size, PROT_READ);
	if (r == 0 && ftruncate(s->fd, (off_t)s->size) < 0)
		r = -errno;
	if (r == 0)
		r = content_adopt_map(s->map, s->map_size, s->guard, s->size, name, ret);
	if (r == 0) {
		s->map = NULL;
		s->guard = NULL;
	}
	return r;
}

int spool_finish(struct spool *s, const char *name, struct content **ret)
{
	int r;

	if (s->fd < 0 || s->size == 0)
		r = finish_heap(s, name, ret);
	else
		r = finish_file(s, name, ret);
	spool_release(s);
	return r;
}
