/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zip.c: zip archives: zip, jar, whl, zipapp.
 *
 *	[prefix]                    "#!..." of a Python zipapp
 *	local header, data, [data descriptor]      for each entry
 *	central header              for each entry
 *	[zip64 end, zip64 locator], end of central directory, [comment]
 *
 * The central directory is the truth about where entries are and how long
 * their data is (a local header may leave the sizes to the descriptor behind
 * the data), so the archive is read from its end, as unzip does.  Offsets count
 * from the archive's start, which is not the file's when something was put in
 * front without adjusting them: the directory ends where the end record begins,
 * and that tells the difference.
 *
 * An entry is a group "NAME" with local header, data and descriptor, and a
 * group "central//NAME".  Bytes between (signing blocks, gaps) stay unclaimed.
 * An archive without a directory (truncated) is walked by its local headers.
 *
 * Facts: PKWARE APPNOTE 6.3.10; Info-ZIP's proginfo/extrafld.txt.
 */
#include "analyzers/zip_private.h"
#include "analyzers/fields.h"
#include "analyzers/formats.h"

#include <errno.h>

#define END_SIZE 22
#define END64_SIZE 56
#define LOCATOR_SIZE 20
#define COMMENT_MAX 65535
#define NAME_SHOWN 4000

static bool signature(const uint8_t *data, uint64_t size, uint64_t off, const char *sig)
{
	return range_inside(off, 4, size) && memcmp(data + off, sig, 4) == 0;
}

/* The last end record whose comment reaches exactly, or at least, to the end of the window. */
static bool find_end(const uint8_t *data, uint64_t size, uint64_t *ret)
{
	uint64_t lowest = size > END_SIZE + COMMENT_MAX ? size - END_SIZE - COMMENT_MAX : 0, off;

	if (size < END_SIZE)
		return false;
	for (off = size - END_SIZE + 1; off-- > lowest;)
		if (data[off] == 'P' && signature(data, size, off, "PK\5\6") &&
		    load_le16(data + off + 20) <= size - off - END_SIZE) {
			*ret = off;
			return true;
		}
	return false;
}

static bool zip_probe(const uint8_t *data, uint64_t size)
{
	uint64_t end;

	if (signature(data, size, 0, "PK\3\4") || signature(data, size, 0, "PK\5\6") ||
	    (signature(data, size, 0, "PK\7\10") && signature(data, size, 4, "PK\3\4")))
		return true;
	return size > 2 && data[0] == '#' && data[1] == '!' && find_end(data, size, &end);
}

uint64_t zip64_value(const uint8_t *extra, uint64_t len, unsigned skip, uint64_t otherwise)
{
	struct cursor c = cursor_make(extra, len);

	while (cursor_left(&c) >= 4) {
		uint16_t id = cursor_u16(&c), n = cursor_u16(&c);

		if (id == 1 && skip + 8u <= n && cursor_left(&c) >= n) {
			cursor_skip(&c, skip);
			return cursor_u64(&c);
		}
		cursor_skip(&c, n);
	}
	return otherwise;
}

/* Where the central directory is, from the end record and its zip64 form. */
static bool locate_directory(const uint8_t *data, uint64_t size, struct zip_archive *a)
{
	uint64_t len, off, stop, at;

	if (!find_end(data, size, &a->end))
		return false;
	len = load_le32(data + a->end + 12);
	off = load_le32(data + a->end + 16);
	stop = a->end;
	if (a->end >= LOCATOR_SIZE && signature(data, size, a->end - LOCATOR_SIZE, "PK\6\7")) {
		at = load_le64(data + a->end - LOCATOR_SIZE + 8);
		/* With a prefix the stated offset is off by it; the record then stands right before the locator. */
		if (!signature(data, size, at, "PK\6\6") && a->end >= LOCATOR_SIZE + END64_SIZE)
			at = a->end - LOCATOR_SIZE - END64_SIZE;
		if (range_inside(at, END64_SIZE, a->end) && signature(data, size, at, "PK\6\6")) {
			a->end64 = stop = at;
			len = load_le64(data + at + 40);
			off = load_le64(data + at + 48);
		}
	}
	if (len > stop || off > stop - len)
		return false;
	a->central = stop - len;
	a->central_len = len;
	a->prefix = a->central - off;
	if (len == 0 || signature(data, size, a->central, "PK\1\2"))
		return true;
	/* Something stands between directory and end record. */
	a->central = off;
	a->prefix = 0;
	return signature(data, size, off, "PK\1\2");
}

/* Reads one central header; false: none, or it does not fit. */
static bool read_central(const uint8_t *data, uint64_t limit, uint64_t off, struct zip_archive *a,
			 struct zip_entry *e)
{
	uint64_t name, extra;
	const uint8_t *h = data + off, *x;
	unsigned skip = 0;

	if (!range_inside(off, ZIP_CENTRAL_SIZE, limit) || memcmp(h, "PK\1\2", 4) != 0)
		return false;
	name = load_le16(h + 28);
	extra = load_le16(h + 30);
	e->central = off;
	e->central_len = ZIP_CENTRAL_SIZE + name + extra + load_le16(h + 32);
	if (!range_inside(off, e->central_len, limit))
		return false;
	e->flags = load_le16(h + 8);
	e->method = load_le16(h + 10);
	e->crc = load_le32(h + 16);
	e->packed = load_le32(h + 20);
	e->plain = load_le32(h + 24);
	e->local = load_le32(h + 42);
	x = h + ZIP_CENTRAL_SIZE + name;
	/* The zip64 extra field holds, in this order, only those that are all ones here. */
	if (e->plain == UINT32_MAX) {
		e->plain = zip64_value(x, extra, skip, e->plain);
		skip += 8;
	}
	if (e->packed == UINT32_MAX) {
		e->packed = zip64_value(x, extra, skip, e->packed);
		skip += 8;
	}
	if (e->local == UINT32_MAX)
		e->local = zip64_value(x, extra, skip, e->local);
	return !add_overflows(e->local, a->prefix, &e->local);
}

/* The descriptor's length: with or without signature, 32-bit or 64-bit sizes; the packed size tells. */
static uint64_t descriptor_length(const uint8_t *data, uint64_t limit, uint64_t off,
				  const struct zip_entry *e)
{
	uint64_t at = off + (signature(data, limit, off, "PK\7\10") ? 4 : 0);

	if (!(e->flags & ZIP_DESCRIPTOR))
		return 0;
	if (range_inside(at, 20, limit) && load_le64(data + at + 4) == e->packed &&
	    load_le64(data + at + 12) == e->plain)
		return at + 20 - off;
	if (range_inside(at, 12, limit) && load_le32(data + at + 4) == (uint32_t)e->packed)
		return at + 12 - off;
	return 0;
}

static void locate_data(const uint8_t *data, uint64_t limit, struct zip_entry *e)
{
	uint64_t end;

	e->local_len = 0;
	if (!range_inside(e->local, ZIP_LOCAL_SIZE, limit) || memcmp(data + e->local, "PK\3\4", 4) != 0)
		return;
	e->data =
		ZIP_LOCAL_SIZE + (uint64_t)load_le16(data + e->local + 26) + load_le16(data + e->local + 28);
	if (add_overflows(e->local + e->data, e->packed, &end) || end > limit)
		return;
	e->local_len = e->data + e->packed + descriptor_length(data, limit, end, e);
}

static void add_local(struct layout *l, const struct zip_archive *a, uint64_t index)
{
	const struct zip_entry *e = &a->entries[index];
	uint64_t header = e->central_len ? e->central : e->local;
	const uint8_t *h = l->data + header;
	int len = load_le16(h + (e->central_len ? 28 : 26));

	h += e->central_len ? ZIP_CENTRAL_SIZE : ZIP_LOCAL_SIZE;
	while (len > 1 && h[len - 1] == '/') /* a directory */
		len--;
	len = len < NAME_SHOWN ? len : NAME_SHOWN;
	if (e->local_len)
		(void)layout_tagged(
			layout_addf(l, e->local, e->local_len, PART_GROUP, "%.*s", len, (const char *)h),
			ZIP_TAG(ZIP_LOCAL, index));
	else
		layout_note(l, header, "%.*s: no local header at 0x%llx, or its data is cut", len,
			    (const char *)h, (unsigned long long)e->local);
	if (e->central_len)
		(void)layout_tagged(layout_addf(l, e->central, e->central_len, PART_GROUP, "central//%.*s",
						len, (const char *)h),
				    ZIP_TAG(ZIP_CENTRAL, index));
}

static int read_directory(struct layout *l, struct zip_archive *a)
{
	uint64_t off = a->central, stop = a->central + a->central_len,
		 most = a->central_len / ZIP_CENTRAL_SIZE;

	if (most > ZIP_ENTRIES_MAX)
		most = ZIP_ENTRIES_MAX;
	a->entries = arena_array(&l->arena, most + 1, sizeof(*a->entries));
	if (!a->entries)
		return -ENOMEM;
	for (; a->count < most && read_central(l->data, stop, off, a, &a->entries[a->count]); a->count++) {
		locate_data(l->data, a->central, &a->entries[a->count]);
		off += a->entries[a->count].central_len;
	}
	if (off < stop)
		layout_note(l, off, "malformed central directory");
	return 0;
}

/* Without a directory: local headers that state their sizes, one after the other. */
static bool read_local(const uint8_t *data, uint64_t size, uint64_t off, struct zip_entry *e)
{
	const uint8_t *h = data + off;

	if (!range_inside(off, ZIP_LOCAL_SIZE, size) || memcmp(h, "PK\3\4", 4) != 0)
		return false;
	e->local = off;
	e->flags = load_le16(h + 6);
	e->method = load_le16(h + 8);
	e->crc = load_le32(h + 14);
	e->packed = load_le32(h + 18);
	e->plain = load_le32(h + 22);
	locate_data(data, size, e);
	return e->local_len != 0;
}

static int walk_local(struct layout *l, struct zip_archive *a)
{
	struct zip_entry e = { 0 };
	uint64_t off, count = 0;

	for (off = 0; count < ZIP_ENTRIES_MAX && read_local(l->data, l->size, off, &e); off += e.local_len)
		count++;
	a->entries = arena_array(&l->arena, count + 1, sizeof(*a->entries));
	if (!a->entries)
		return -ENOMEM;
	for (off = 0; a->count < count && read_local(l->data, l->size, off, &a->entries[a->count]);
	     a->count++)
		off += a->entries[a->count].local_len;
	layout_note(l, off,
		    "no end of central directory: the archive is truncated, or this is not all of it");
	return 0;
}

static void add_prefix(struct layout *l, const struct zip_archive *a)
{
	uint64_t first = a->central, i;

	for (i = 0; i < a->count; i++)
		if (a->entries[i].local_len && a->entries[i].local < first)
			first = a->entries[i].local;
	if (l->data[0] == '#')
		(void)layout_add(l, 0, first, PART_TEXT, "prefix");
	else if (memcmp(l->data, "PK", 2) != 0)
		(void)layout_add(l, 0, first, PART_RAW, "prefix");
}

static int zip_split(struct layout *l)
{
	struct zip_archive *a = arena_alloc(&l->arena, sizeof(*a));
	uint64_t i;
	bool found;
	int r;

	if (!a)
		return -ENOMEM;
	l->priv = a;
	found = locate_directory(l->data, l->size, a);
	r = found ? read_directory(l, a) : walk_local(l, a);
	if (r < 0)
		return r;
	for (i = 0; i < a->count; i++)
		add_local(l, a, i);
	if (!found)
		return 0;
	add_prefix(l, a);
	if (a->end64) {
		(void)layout_tagged(layout_add(l, a->end64, a->end - a->end64, PART_GROUP, "zip64 end"),
				    ZIP_TAG(ZIP_END, 1));
	}
	(void)layout_tagged(layout_add(l, a->end, END_SIZE + (uint64_t)load_le16(l->data + a->end + 20),
				       PART_GROUP, "end"),
			    ZIP_TAG(ZIP_END, 0));
	return 0;
}

const struct analyzer zip_analyzer = {
	.name = "zip",
	.title = "zip archive",
	.probe = zip_probe,
	.split = zip_split,
	.split_part = zip_split_part,
	.decode = zip_decode,
	.recompute = zip_recompute,
};
