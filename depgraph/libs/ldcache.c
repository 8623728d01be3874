/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ldcache.c: the file that ldconfig writes.
 *
 * glibc has had two formats, and files may hold both, the old one first:
 *
 *	old  "ld.so-1.7.0\0", u32 count, entries of { i32 flags, u32 name, u32 path }; offsets count from the end of the entries
 *	new  "glibc-ld.so.cache1.1", u32 count, u32 length of the strings, u8 byte order (2 little, 3 big, 0 not told),
 *	     3 bytes, u32 extensions, 12 bytes; entries of { i32 flags, u32 name, u32 path, u32 osversion, u64 hwcap };
 *	     offsets count from the "g" of its magic, which is aligned to 8 behind an old part
 *
 * The low byte of `flags` is the kind: 1 for ELF, 3 for ELF of glibc 2.  The next says the architecture; we do not
 * trust it, since who opens the file sees it better there.  `hwcap` is 0, or bits of the old hardware strings, or,
 * with bit 62 set, the index of a glibc-hwcaps subdirectory in its low half.  Their names are in extension 1: at
 * `extensions` stand u32 0xeaa42174, u32 count, and count times { u32 tag, u32 flags, u32 offset, u32 size }; the data of
 * tag 1 is an array of string offsets.
 *
 * ldconfig sorts by name; that is not relied on: we sort hashes of our own.
 *
 * Source: glibc, sysdeps/generic/dl-cache.h and elf/cache.c (2.36).
 */
#include "depgraph/libs/ldcache.h"

#include "base/arena.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "base/sorted.h"

#include <errno.h>
#include <string.h>

#define OLD_MAGIC       "ld.so-1.7.0"
#define OLD_HEADER      16
#define OLD_ENTRY       12
#define NEW_MAGIC       "glibc-ld.so.cache1.1"
#define NEW_MAGIC_SIZE  20
#define NEW_HEADER      48
#define NEW_ENTRY       24
#define EXTENSION_MAGIC 0xeaa42174u
#define EXTENSIONS_MAX  64
#define HWCAP_EXTENSION (UINT64_C(1) << 62)
#define HWCAPS_MAX      64
#define KIND_ELF        1
#define KIND_GLIBC      3

struct indexed {
	uint64_t hash;
	uint32_t order; /* in the file */
	struct ldcache_entry entry;
};

struct ldcache {
	struct content *content;
	struct arena arena;
	const char *hwcaps[HWCAPS_MAX];
	uint32_t hwcap_count;
	struct indexed *entries;
	uint32_t count;
	uint64_t strings; /* what offsets count from */
	bool big;
};

static const char *string_at(const struct ldcache *c, uint64_t off)
{
	struct cursor r = cursor_make(content_data(c->content), content_size(c->content));
	uint64_t len;

	if (add_overflows(off, c->strings, &off))
		return NULL;
	cursor_seek(&r, off);
	return cursor_cstr(&r, &len);
}

static struct cursor reader(const struct ldcache *c, uint64_t at)
{
	struct cursor r = cursor_make(content_data(c->content), content_size(c->content));

	r.big = c->big;
	cursor_seek(&r, at);
	return r;
}

/* Of extension 1. What cannot be read names no directory: its entries are then not used. */
static void read_hwcaps(struct ldcache *c, uint64_t at, uint32_t bytes)
{
	struct cursor r = reader(c, at);

	for (; bytes >= 4 && c->hwcap_count < HWCAPS_MAX && !r.failed; bytes -= 4)
		c->hwcaps[c->hwcap_count++] = string_at(c, cursor_u32(&r));
}

static void read_extensions(struct ldcache *c, uint64_t start, uint32_t off)
{
	struct cursor r = reader(c, start + off);
	uint32_t i, n;

	if (off == 0 || cursor_u32(&r) != EXTENSION_MAGIC)
		return;
	n = cursor_u32(&r);
	for (i = 0; i < n && i < EXTENSIONS_MAX && !r.failed; i++) {
		uint32_t tag = cursor_u32(&r), offset, size;

		(void)cursor_u32(&r);
		offset = cursor_u32(&r);
		size = cursor_u32(&r);
		if (tag == 1 && !r.failed)
			read_hwcaps(c, start + offset, size);
	}
}

static void keep_entry(struct ldcache *c, uint32_t flags, uint32_t name, uint32_t path, uint64_t hwcap)
{
	struct indexed *e = &c->entries[c->count];

	if ((flags & 0xff) != KIND_GLIBC && (flags & 0xff) != KIND_ELF)
		return;
	*e = (struct indexed){ .entry = { .name = string_at(c, name), .path = string_at(c, path) } };
	if (!e->entry.name || !e->entry.path || e->entry.path[0] != '/')
		return;
	if (hwcap != 0) {
		uint32_t index = (uint32_t)hwcap;

		if (!(hwcap & HWCAP_EXTENSION) || index >= c->hwcap_count || !c->hwcaps[index])
			return;
		e->entry.hwcap = c->hwcaps[index];
	}
	e->hash = hash64(e->entry.name, strlen(e->entry.name), 0);
	e->order = c->count++;
}

static int take_entries(struct ldcache *c, uint64_t count, uint64_t left, unsigned size, struct error *err)
{
	if (count > left / size || count > LDCACHE_ENTRIES_MAX)
		return error_set(err, -EBADMSG, content_name(c->content), "%llu entries, more than the file can hold",
				 (unsigned long long)count);
	c->entries = arena_array(&c->arena, count ? count : 1, sizeof(*c->entries));
	return c->entries ? 0 : -ENOMEM;
}

static int read_new(struct ldcache *c, uint64_t start, struct error *err)
{
	struct cursor r;
	uint32_t i, count, extensions;
	int e;

	c->big = content_size(c->content) > start + 28 && content_data(c->content)[start + 28] == 3;
	c->strings = start;
	r = reader(c, start + NEW_MAGIC_SIZE);
	count = cursor_u32(&r);
	cursor_skip(&r, 8);
	extensions = cursor_u32(&r);
	cursor_skip(&r, 12);
	if (r.failed)
		return error_set(err, -EBADMSG, content_name(c->content), "cut off in its header");
	e = take_entries(c, count, cursor_left(&r), NEW_ENTRY, err);
	if (e < 0)
		return e;
	read_extensions(c, start, extensions);
	for (i = 0; i < count; i++) {
		uint32_t flags = cursor_u32(&r), name = cursor_u32(&r), path = cursor_u32(&r);

		cursor_skip(&r, 4);
		keep_entry(c, flags, name, path, cursor_u64(&r));
	}
	return 0;
}

/* The old format, and the new one behind it if it is there. */
static int read_old(struct ldcache *c, struct error *err)
{
	struct cursor r = reader(c, 12);
	uint32_t i, count = cursor_u32(&r);
	uint64_t end, behind;
	int e;

	if (r.failed || count > cursor_left(&r) / OLD_ENTRY)
		return error_set(err, -EBADMSG, content_name(c->content), "%u entries, more than the file can hold", count);
	end = OLD_HEADER + (uint64_t)count * OLD_ENTRY;
	behind = (end + 7) & ~UINT64_C(7);
	if (range_inside(behind, NEW_HEADER, content_size(c->content)) &&
	    memcmp(content_data(c->content) + behind, NEW_MAGIC, NEW_MAGIC_SIZE) == 0)
		return read_new(c, behind, err);
	e = take_entries(c, count, cursor_left(&r), OLD_ENTRY, err);
	if (e < 0)
		return e;
	c->strings = end;
	for (i = 0; i < count; i++) {
		uint32_t flags = cursor_u32(&r), name = cursor_u32(&r), path = cursor_u32(&r);

		keep_entry(c, flags, name, path, 0);
	}
	return 0;
}

/* Equal hashes stay in the file's order. */
static int by_hash(const void *a, const void *b)
{
	const struct indexed *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

int ldcache_open(struct content *content, struct ldcache **ret, struct error *err)
{
	CLEANUP(ldcache_freep) struct ldcache *c = calloc(1, sizeof(*c));
	const uint8_t *p = content_data(content);
	uint64_t size = content_size(content);
	int r;

	if (!c)
		return -ENOMEM;
	c->arena.max = (size_t)1 << 30;
	c->content = content_ref(content);
	if (size >= NEW_HEADER && memcmp(p, NEW_MAGIC, NEW_MAGIC_SIZE) == 0)
		r = read_new(c, 0, err);
	else if (size >= OLD_HEADER && memcmp(p, OLD_MAGIC, sizeof(OLD_MAGIC) - 1) == 0)
		r = read_old(c, err);
	else
		r = error_set(err, -EBADMSG, content_name(content), "not a cache of the dynamic loader");
	if (r < 0)
		return r;
	if (c->count)
		qsort(c->entries, c->count, sizeof(*c->entries), by_hash);
	*ret = steal_pointer(c);
	return 0;
}

void ldcache_free(struct ldcache *c)
{
	if (!c)
		return;
	content_unref(c->content);
	arena_release(&c->arena);
	free(c);
}

int ldcache_find(const struct ldcache *c, const char *name, int (*found)(void *ctx, const struct ldcache_entry *e), void *ctx)
{
	uint64_t hash = hash64(name, strlen(name), 0);
	size_t i = hash ? sorted_until(c->entries, c->count, hash, hash - 1) : 0;
	int r;

	for (; i < c->count && c->entries[i].hash == hash; i++) {
		if (strcmp(c->entries[i].entry.name, name) != 0)
			continue;
		r = found(ctx, &c->entries[i].entry);
		if (r != 0)
			return r;
	}
	return 0;
}
