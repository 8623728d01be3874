/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entries.c: the order in which a directory tells its entries.
 *
 * At the first readdir() of a stream the whole directory is read with getdents64 into memory
 * of ours, sorted by the bytes of the names, "." and ".." before all others (or exactly the reverse of
 * that), and told from there.  The kernel's record is the C library's struct dirent on 64-bit machines,
 * so what is handed out is the record itself; d_off becomes the position in our order, which is also
 * what telldir() says.  rewinddir() forgets all, and the directory is read again.
 *
 * Which listing belongs to which DIR is kept in a table of slots, a bucket a line of the cache; a full bucket
 * goes on in the next table of a chain.  A slot is taken with compare-and-swap and given
 * back at closedir(); a stream itself is used by one thread at a time, as POSIX wants.
 *
 * A directory of more than a million entries is told as it is.
 */
#include "sandbox/inside/library.h"

#include <linux/fcntl.h>
#include <linux/mman.h>

#define ENTRIES_MAX 1000000
#define BYTES_MAX   ((size_t)256 << 20)
#define BYTES_FIRST ((size_t)64 << 10)
/* Programs copy whole structs dirent: what is behind the last record may be read as well. */
#define BYTES_SPARE 512

struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t length;
	uint8_t type;
	char name[];
};

struct listing {
	size_t size; /* of the mapping */
	size_t used; /* the listing itself, the records, later the order */
	size_t count, position;
	uint32_t *order; /* offsets of records; NULL: the C library tells the directory */
	int error;       /* that ended the reading */
};

static bool active(void)
{
	const struct preload_page *p = page();

	return p->readdir != PRELOAD_ORDER_AS_IT_IS || (p->inode_shift && p->device_count);
}

/* ---- memory: one small mapping is kept for the next directory --------------------------------------------------- */

static struct listing *kept;

static void *mapped(long r)
{
	return r < 0 && r >= -4095 ? NULL : (void *)r;
}

static struct listing *listing_new(void)
{
	struct listing *l = __atomic_exchange_n(&kept, NULL, __ATOMIC_ACQ_REL);

	if (!l)
		l = mapped(kernel6(__NR_mmap, 0, BYTES_FIRST, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	if (l)
		*l = (struct listing){ .size = BYTES_FIRST, .used = sizeof(*l) };
	return l;
}

static void listing_free(struct listing *l)
{
	struct listing *none = NULL;

	if (!l || (l->size == BYTES_FIRST &&
		   __atomic_compare_exchange_n(&kept, &none, l, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)))
		return;
	(void)kernel3(__NR_munmap, l, l->size, 0);
}

static bool listing_reserve(struct listing **l, size_t more)
{
	size_t size = (*l)->size;
	void *p;

	while (size - (*l)->used < more)
		size *= 2;
	if (size == (*l)->size)
		return true;
	if (size > BYTES_MAX)
		return false;
	p = mapped(kernel4(__NR_mremap, *l, (*l)->size, size, MREMAP_MAYMOVE));
	if (!p)
		return false;
	*l = p;
	(*l)->size = size;
	return true;
}

/* ---- order ------------------------------------------------------------------------------------------------- */

static struct entry *entry_at(const struct listing *l, size_t i)
{
	return (struct entry *)((uintptr_t)l + l->order[i]);
}

/* "." and ".." stand before every other name. */
static int dots(const char *s)
{
	if (s[0] != '.')
		return 2;
	return s[1] == '\0' ? 0 : s[1] == '.' && s[2] == '\0' ? 1 : 2;
}

static bool before(const struct listing *l, uint32_t a, uint32_t b)
{
	const unsigned char *s = (const unsigned char *)((const struct entry *)((uintptr_t)l + a))->name;
	const unsigned char *t = (const unsigned char *)((const struct entry *)((uintptr_t)l + b))->name;
	int ds = dots((const char *)s), dt = dots((const char *)t);

	if (ds != dt)
		return ds < dt;
	while (*s && *s == *t)
		s++, t++;
	return *s < *t;
}

static void sift(struct listing *l, size_t root, size_t n)
{
	uint32_t *o = l->order, moved = o[root];
	size_t child;

	for (; (child = 2 * root + 1) < n; root = child) {
		if (child + 1 < n && before(l, o[child], o[child + 1]))
			child++;
		if (!before(l, moved, o[child]))
			break;
		o[root] = o[child];
	}
	o[root] = moved;
}

/* Heap sort: no recursion, no memory. */
static void sort(struct listing *l)
{
	for (size_t i = l->count / 2; i-- > 0;)
		sift(l, i, l->count);
	for (size_t n = l->count; n-- > 1;) {
		uint32_t last = l->order[n];

		l->order[n] = l->order[0];
		l->order[0] = last;
		sift(l, 0, n);
	}
}

static void reverse(struct listing *l)
{
	for (size_t i = 0, j = l->count; i + 1 < j; i++) {
		uint32_t t = l->order[--j];

		l->order[j] = l->order[i];
		l->order[i] = t;
	}
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

/* False: too large, or no memory. */
static bool read_records(int fd, struct listing **l)
{
	for (;;) {
		long n;

		if (!listing_reserve(l, 8192) || (*l)->count > ENTRIES_MAX)
			return false;
		n = kernel3(__NR_getdents64, fd, (uintptr_t)*l + (*l)->used, (*l)->size - (*l)->used);
		if (n <= 0) {
			/* A directory that was removed is at its end. */
			(*l)->error = n < 0 && n != -ENOENT ? (int)-n : 0;
			return true;
		}
		for (long at = 0; at < n; (*l)->count++)
			at += ((const struct entry *)((uintptr_t)*l + (*l)->used + (size_t)at))->length;
		(*l)->used += (size_t)n;
	}
}

static bool make_order(struct listing **l, uint64_t inode_shift)
{
	uint32_t at = sizeof(struct listing);
	struct listing *r;

	if (!listing_reserve(l, (*l)->count * sizeof(uint32_t) + BYTES_SPARE))
		return false;
	r = *l;
	r->order = (uint32_t *)((uintptr_t)r + ((r->used + BYTES_SPARE / 2 + 3) & ~(size_t)3));
	for (size_t i = 0; i < r->count; i++) {
		r->order[i] = at;
		at += ((const struct entry *)((uintptr_t)r + at))->length;
	}
	if (page()->readdir != PRELOAD_ORDER_AS_IT_IS)
		sort(r);
	if (page()->readdir == PRELOAD_ORDER_REVERSED)
		reverse(r);
	for (size_t i = 0; i < r->count; i++) {
		entry_at(r, i)->off = (int64_t)i + 1;
		entry_at(r, i)->ino += inode_shift;
	}
	return true;
}

/* Never fails: what cannot be ordered is left to the C library. NULL: no memory at all. */
static struct listing *read_directory(int fd)
{
	long start = kernel3(__NR_lseek, fd, 0, 1 /* SEEK_CUR */);
	struct listing *l = listing_new();

	if (l && read_records(fd, &l) && make_order(&l, inode_shift_of(fd)))
		return l;
	(void)kernel3(__NR_lseek, fd, start, 0 /* SEEK_SET */);
	if (l)
		l->order = NULL;
	return l;
}

/* ---- which listing belongs to which stream ---------------------------------------------------------------------- */

#define BUCKETS 64
#define SLOTS   4

struct slot {
	void *dir;
	struct listing *listing;
};
struct table {
	struct slot slots[BUCKETS][SLOTS];
	struct table *more;
};
static struct table first_table;

static struct slot *slot_in(struct table *t, const void *dir, void *wanted)
{
	size_t bucket = (uintptr_t)dir / 16 * UINT64_C(0x9e3779b97f4a7c15) >> 58;

	for (size_t i = 0; i < SLOTS; i++)
		if (__atomic_load_n(&t->slots[bucket][i].dir, __ATOMIC_ACQUIRE) == wanted)
			return &t->slots[bucket][i];
	return NULL;
}

static struct slot *slot_find(void *dir)
{
	struct slot *s = NULL;

	for (struct table *t = &first_table; t && !s; t = __atomic_load_n(&t->more, __ATOMIC_ACQUIRE))
		s = slot_in(t, dir, dir);
	return s;
}

static struct table *table_after(struct table *t)
{
	struct table *next = __atomic_load_n(&t->more, __ATOMIC_ACQUIRE), *expected = NULL;

	if (next)
		return next;
	next = mapped(kernel6(__NR_mmap, 0, sizeof(*next), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	if (!next || __atomic_compare_exchange_n(&t->more, &expected, next, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return next;
	(void)kernel3(__NR_munmap, next, sizeof(*next), 0);
	return expected;
}

static struct slot *slot_take(void *dir)
{
	for (struct table *t = &first_table; t; t = table_after(t)) {
		struct slot *s;

		while ((s = slot_in(t, dir, NULL)) != NULL) {
			void *expected = NULL;

			if (__atomic_compare_exchange_n(&s->dir, &expected, dir, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
				return s;
		}
	}
	return NULL;
}

static void forget(void *dir)
{
	struct slot *s = slot_find(dir);

	if (!s)
		return;
	listing_free(s->listing);
	s->listing = NULL;
	__atomic_store_n(&s->dir, NULL, __ATOMIC_RELEASE);
}

/* The stream's listing, read if need be; NULL: the C library is to be asked. */
static struct listing *listing_of(void *dir)
{
	int (*fd_of)(void *) = NEXT(dirfd, int (*)(void *));
	struct slot *s;

	if (!active() || !dir || !fd_of)
		return NULL;
	s = slot_find(dir);
	if (!s) {
		s = slot_take(dir);
		if (s)
			s->listing = read_directory(fd_of(dir));
	}
	return s && s->listing && s->listing->order ? s->listing : NULL;
}

/* ---- what programs call -------------------------------------------------------------------------------------- */

EXPORT(void *, opendir, const char *name)
{
	void *(*next)(const char *) = NEXT(opendir, void *(*)(const char *));
	void *dir = next ? next(name) : NULL;

	/* One at the same address may have been closed in a way that passed us by. */
	if (dir && active())
		forget(dir);
	return dir;
}

EXPORT(void *, fdopendir, int fd)
{
	void *(*next)(int) = NEXT(fdopendir, void *(*)(int));
	void *dir = next ? next(fd) : NULL;

	if (dir && active())
		forget(dir);
	return dir;
}

EXPORT(int, closedir, void *dir)
{
	int (*next)(void *) = NEXT(closedir, int (*)(void *));

	if (dir && active())
		forget(dir);
	return next ? next(dir) : 0;
}

static struct entry *next_entry(struct listing *l)
{
	if (l->position < l->count)
		return entry_at(l, l->position++);
	if (l->error)
		failure = l->error;
	return NULL;
}

EXPORT(struct entry *, readdir, void *dir)
{
	struct entry *(*next)(void *) = NEXT(readdir, struct entry *(*)(void *));
	struct listing *l;

	count(&page()->readdirs);
	l = listing_of(dir);
	if (l)
		return next_entry(l);
	return next ? next(dir) : NULL;
}
EXPORT_ALIAS(struct entry *, readdir64, readdir, void *dir)

EXPORT(int, readdir_r, void *dir, struct entry *out, struct entry **ret) /* banned: allowed */
{
	int (*next)(void *, struct entry *, struct entry **) =
		NEXT(readdir_r, int (*)(void *, struct entry *, struct entry **));
	struct listing *l;
	const struct entry *e;

	count(&page()->readdirs);
	l = listing_of(dir);
	if (!l)
		return next ? next(dir, out, ret) : ENOSYS;
	*ret = NULL;
	if (l->position >= l->count)
		return l->error;
	e = next_entry(l);
	for (size_t i = 0; i < e->length; i++)
		((char *)out)[i] = ((const char *)e)[i];
	*ret = out;
	return 0;
}
EXPORT_ALIAS(int, readdir64_r, readdir_r, void *dir, struct entry *out, struct entry **ret)

EXPORT(void, rewinddir, void *dir)
{
	void (*next)(void *) = NEXT(rewinddir, void (*)(void *));

	if (dir && active())
		forget(dir);
	if (next)
		next(dir);
}

EXPORT(long, telldir, void *dir)
{
	long (*next)(void *) = NEXT(telldir, long (*)(void *));
	const struct listing *l = listing_of(dir);

	if (l)
		return (long)l->position;
	return next ? next(dir) : -1;
}

EXPORT(void, seekdir, void *dir, long position)
{
	void (*next)(void *, long) = NEXT(seekdir, void (*)(void *, long));
	struct listing *l = listing_of(dir);

	if (l)
		l->position = position < 0 || (size_t)position > l->count ? l->count : (size_t)position;
	else if (next)
		next(dir, position);
}

/* ---- scandir: the C library's own does not call our readdir ------------------------------------------------------- */

__attribute__((weak)) void *malloc(size_t n);
__attribute__((weak)) void free(void *p);
__attribute__((weak)) void qsort(void *p, size_t n, size_t size, int (*compare)(const void *, const void *));

typedef int (*entry_filter)(const struct entry *);
typedef int (*entry_compare)(const struct entry **, const struct entry **);

static struct entry *copy_entry(const struct entry *e)
{
	struct entry *copy = malloc(e->length);

	for (size_t i = 0; copy && i < e->length; i++)
		((char *)copy)[i] = ((const char *)e)[i];
	return copy;
}

/* Copies of what the filter wants; fewer than it wants when memory is short: then false. */
static bool choose(struct listing *l, entry_filter filter, struct entry **list, size_t *n)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct entry *e = entry_at(l, i);

		if (filter && !filter(e))
			continue;
		list[*n] = copy_entry(e);
		if (!list[*n])
			return false;
		++*n;
	}
	return true;
}

static int scan(struct listing *l, struct entry ***ret, entry_filter filter, entry_compare compare)
{
	struct entry **list = malloc((l->count + 1) * sizeof(struct entry *));
	int saved = failure;
	size_t n = 0;

	if (l->error || !list || !choose(l, filter, list, &n)) {
		while (n > 0)
			free(list[--n]);
		free(list);
		failure = l->error ? l->error : ENOMEM;
		return -1;
	}
	if (compare)
		qsort(list, n, sizeof(struct entry *), (int (*)(const void *, const void *))(void (*)(void))compare);
	*ret = list;
	failure = saved;
	return (int)n;
}

/* False: too large for us, or no memory; the C library is to try. */
static bool scan_at(int dir, const char *name, struct entry ***ret, entry_filter filter, entry_compare compare, int *ret_n)
{
	int fd = (int)answer(kernel4(__NR_openat, dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
	struct listing *l;
	bool told;

	*ret_n = -1;
	if (fd < 0)
		return true;
	l = read_directory(fd);
	(void)kernel3(__NR_close, fd, 0, 0);
	told = l && l->order;
	if (told)
		*ret_n = scan(l, ret, filter, compare);
	listing_free(l);
	return told;
}

EXPORT(int, scandir, const char *name, struct entry ***ret, entry_filter filter, entry_compare compare)
{
	int (*next)(const char *, struct entry ***, entry_filter, entry_compare) =
		NEXT(scandir, int (*)(const char *, struct entry ***, entry_filter, entry_compare));
	int n = -1;

	count(&page()->readdirs);
	if ((active() && scan_at(AT_FDCWD, name, ret, filter, compare, &n)) || !next)
		return n;
	return next(name, ret, filter, compare);
}
EXPORT_ALIAS(int, scandir64, scandir, const char *name, struct entry ***ret, entry_filter filter, entry_compare compare)

EXPORT(int, scandirat, int dir, const char *name, struct entry ***ret, entry_filter filter, entry_compare compare)
{
	int (*next)(int, const char *, struct entry ***, entry_filter, entry_compare) =
		NEXT(scandirat, int (*)(int, const char *, struct entry ***, entry_filter, entry_compare));
	int n = -1;

	count(&page()->readdirs);
	if ((active() && scan_at(dir, name, ret, filter, compare, &n)) || !next)
		return n;
	return next(dir, name, ret, filter, compare);
}
EXPORT_ALIAS(int, scandirat64, scandirat, int dir, const char *name, struct entry ***ret, entry_filter filter,
	     entry_compare compare)
