/* SPDX-License-Identifier: Apache-2.0 */
/* preload.c: finds the page beside the library, and counts who looks. */
#include "sandbox/inside/library.h"

#include <linux/fcntl.h>
#include <linux/mman.h>

/* What compilers call on their own; the barrier keeps them from doing so here. */
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);

void *memcpy(void *to, const void *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		((char *)to)[i] = ((const char *)from)[i];
		__asm__ volatile("" ::: "memory");
	}
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		((char *)to)[i] = (char)byte;
		__asm__ volatile("" ::: "memory");
	}
	return to;
}

/* In use when there is no page; also the copy of a page that may not be written. */
static struct preload_page own_page;
static struct preload_page *the_page;

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

/* DIRECTORY/preload.so -> DIRECTORY/page */
static bool page_path(char *path, size_t size)
{
	static const char name[] = "page";
	size_t n;

	own_path(path, size);
	for (n = length(path); n > 0 && path[n - 1] != '/'; n--)
		;
	if (n == 0 || n + sizeof(name) > size)
		return false;
	for (size_t i = 0; i < sizeof(name); i++)
		path[n + i] = name[i];
	return true;
}

static struct preload_page *map_page(int fd, int protection)
{
	const long size = sizeof(struct preload_page);
	struct preload_page *p;
	long at;

	if (kernel3(__NR_lseek, fd, 0, 2 /* SEEK_END */) < size)
		return NULL;
	at = kernel6(__NR_mmap, 0, size, protection, MAP_SHARED, fd, 0);
	if (at < 0 && at >= -4095)
		return NULL;
	p = (struct preload_page *)at;
	if (p->magic == PRELOAD_MAGIC && p->device_count <= PRELOAD_DEVICES)
		return p;
	(void)kernel3(__NR_munmap, at, size, 0);
	return NULL;
}

static struct preload_page *find_page(void)
{
	struct preload_page *p = NULL;
	char path[4096];
	bool written = true;
	int fd;

	if (!page_path(path, sizeof(path)))
		return &own_page;
	fd = (int)kernel4(__NR_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
	if (fd < 0) {
		fd = (int)kernel4(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
		written = false;
	}
	if (fd < 0)
		return &own_page;
	p = map_page(fd, PROT_READ | (written ? PROT_WRITE : 0));
	(void)kernel3(__NR_close, fd, 0, 0);
	if (p && written)
		return p;
	if (p)
		own_page = *p;
	return &own_page;
}

struct preload_page *page(void)
{
	struct preload_page *p = __atomic_load_n(&the_page, __ATOMIC_ACQUIRE), *expected = NULL;

	if (__builtin_expect(p != NULL, 1))
		return p;
	p = find_page();
	if (__atomic_compare_exchange_n(&the_page, &expected, p, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return p;
	/* Another thread was first. */
	if (p != &own_page)
		(void)kernel3(__NR_munmap, p, sizeof(*p), 0);
	return expected;
}

__attribute__((constructor)) static void loaded(void)
{
	count(&page()->programs);
	(void)next_function(NEXT_clock_gettime);
}
