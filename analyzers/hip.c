/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clang offload bundles: how HIP keeps the code objects of several GPUs in
 * `.hip_fatbin`, and how `clang -c` keeps host and device objects in one file.
 *
 * Plain (all integers u64, little-endian, unaligned):
 *
 *   "__CLANG_OFFLOAD_BUNDLE__", number of entries,
 *   entries: offset from the bundle's start, size, length of the id, id
 *   code objects, each at its offset; bundle-align (4096 for HIP) decides the padding
 *
 * Compressed: "CCOB", u16 version, u16 method (0 zlib, 1 zstd), then
 *
 *   v1: u32 plain size, u64 hash                                     data at 20
 *   v2: u32 total size, u32 plain size, u64 hash                     data at 24
 *   v3: u64 total size, u64 plain size, u64 hash                     data at 32
 *
 * The total includes the header; the hash is the first half of the MD5 of the
 * plain bundle.  Several bundles may follow each other, padded with zeros to
 * their alignment, so nothing beyond a bundle's own size is read as its part.
 *
 * Source: clang's documentation "Clang Offload Bundler"; output of
 * clang-offload-bundler 14 and 19 for known inputs; v3 by its documentation.
 */
#include "analyzers/elf_extent.h"
#include "analyzers/formats.h"
#include "analyzers/hip_bundle.h"
#include "base/digest.h"

#include <errno.h>

#define ENTRY_FIXED 24

enum tag {
	TAG_NONE,
	TAG_BUNDLE,
	TAG_TABLE_ENTRY,
	TAG_ENTRY_OFFSET,
	TAG_ENTRY_SIZE,
	TAG_ID_LENGTH,
	TAG_TOTAL,
	TAG_PLAIN,
	TAG_HASH,
	TAG_DATA,
};

static uint64_t align_up(uint64_t v, uint64_t align)
{
	return (v + align - 1) & ~(align - 1);
}

static struct part *tagged(struct part *p, enum tag tag, bool recomputes)
{
	if (p) {
		p->tag = tag;
		p->recomputes = recomputes;
	}
	return p;
}

static void add_object(struct layout *l, uint64_t at, const struct hip_entry *e)
{
	uint64_t left = l->size - at;

	if (!range_inside(e->offset, e->size, left)) {
		layout_note(l, at, "code object %.*s lies outside", (int)e->id_len, e->id);
		if (e->offset >= left)
			return;
	}
	layout_addf(l, at + e->offset, e->size < left - e->offset ? e->size : left - e->offset, PART_CONTENT, "%.*s",
		    (int)e->id_len, e->id);
}

/* Padding between objects: bundles are filled with zeros up to each object. */
static void pad_objects(struct layout *l, uint64_t at, const struct hip_table *t)
{
	struct cursor c = cursor_make(l->data + at, l->size - at);
	uint64_t i, end = t->table_end;
	struct hip_entry e;

	cursor_seek(&c, HIP_BUNDLE_HEADER);
	for (i = 0; i < t->readable && hip_entry_read(&c, &e); i++) {
		if (e.offset > end && e.offset <= c.size && bytes_are_zero(c.base + end, e.offset - end))
			layout_add(l, at + end, e.offset - end, PART_PADDING, "padding");
		if (!add_overflows(e.offset, e.size, &e.offset) && e.offset > end)
			end = e.offset;
	}
}

static void split_bundle(struct layout *l, uint64_t at)
{
	struct cursor c = cursor_make(l->data + at, l->size - at);
	struct hip_table t;
	uint64_t i;

	hip_table_read(l->data + at, l->size - at, &t);
	layout_field(l, at, HIP_BUNDLE_MAGIC_SIZE, "magic", MEANS_MAGIC, CODED_BYTES);
	layout_field(l, at + HIP_BUNDLE_MAGIC_SIZE, 8, "entry count", MEANS_COUNT, CODED_LE);
	cursor_seek(&c, HIP_BUNDLE_HEADER);
	for (i = 0; i < t.readable; i++) {
		uint64_t start = c.pos;
		struct hip_entry e;

		if (!hip_entry_read(&c, &e))
			break;
		(void)tagged(layout_addf(l, at + start, c.pos - start, PART_GROUP, "entry %.*s", (int)e.id_len, e.id),
			     TAG_TABLE_ENTRY, false);
		add_object(l, at, &e);
	}
	if (t.readable < t.count)
		layout_note(l, at + t.table_end, "%llu of %llu entries are missing or malformed",
			    (unsigned long long)(t.count - t.readable), (unsigned long long)t.count);
	pad_objects(l, at, &t);
}

/* Where the next of several bundles starts: after zeros; the window's size when none does. */
static uint64_t next_start(const struct layout *l, uint64_t pos, bool (*probe)(const uint8_t *, uint64_t))
{
	uint64_t next = pos;

	while (next < l->size && !l->data[next])
		next++;
	return next < l->size && probe(l->data + next, l->size - next) ? next : l->size;
}

/* A window with one bundle is shown as such; of several, each is a group. */
static void split_sequence(struct layout *l, bool (*probe)(const uint8_t *, uint64_t),
			   uint64_t (*length)(const uint8_t *, uint64_t), void (*split)(struct layout *, uint64_t))
{
	uint64_t pos = 0, len = length(l->data, l->size);
	bool several = next_start(l, len, probe) < l->size;

	while (pos < l->size) {
		uint64_t next = l->size;

		len = length(l->data + pos, l->size - pos);
		if (len < l->size - pos)
			next = next_start(l, pos + len, probe);
		if (several)
			(void)tagged(layout_add(l, pos, len, PART_GROUP, "bundle"), TAG_BUNDLE, false);
		else
			split(l, pos);
		if (bytes_are_zero(l->data + pos + len, next - pos - len))
			layout_add(l, pos + len, next - pos - len, PART_PADDING, "padding");
		pos = next;
	}
}

static uint64_t bundle_length(const uint8_t *data, uint64_t size)
{
	struct hip_table t;

	hip_table_read(data, size, &t);
	return t.end;
}

static int bundle_split(struct layout *l)
{
	split_sequence(l, hip_bundle_probe, bundle_length, split_bundle);
	return 0;
}

static int bundle_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	(void)l;
	if (p->tag == TAG_BUNDLE) {
		split_bundle(child, 0);
	} else if (p->tag == TAG_TABLE_ENTRY) {
		(void)tagged(layout_field(child, 0, 8, "offset", MEANS_OFFSET, CODED_LE), TAG_ENTRY_OFFSET, true);
		(void)tagged(layout_field(child, 8, 8, "size", MEANS_SIZE, CODED_LE), TAG_ENTRY_SIZE, true);
		(void)tagged(layout_field(child, 16, 8, "id length", MEANS_SIZE, CODED_LE), TAG_ID_LENGTH, true);
		layout_field(child, ENTRY_FIXED, child->size - ENTRY_FIXED, "id", MEANS_NAME, CODED_BYTES);
	}
	return 0;
}

/*
 * An entry's offset follows from the objects before it and the alignment of
 * the whole bundle; its size from the object, when that is an ELF file.  `l`
 * is the window of the entry, its parent the bundle (base tells where in it).
 */
static bool bundle_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct layout *bundle = l->parent;
	uint64_t end, at, v;
	struct cursor c;
	struct hip_table t;
	struct hip_entry e;

	if (p->tag == TAG_ID_LENGTH) {
		store_uint(out, l->size - ENTRY_FIXED, 8, false);
		return true;
	}
	if (!bundle || !hip_bundle_probe(bundle->data, bundle->size))
		return false;
	hip_table_read(bundle->data, bundle->size, &t);
	c = cursor_make(bundle->data, bundle->size);
	cursor_seek(&c, HIP_BUNDLE_HEADER);
	for (end = t.table_end;; end = e.offset + e.size) {
		at = c.pos;
		if (!hip_entry_read(&c, &e) || !range_inside(e.offset, e.size, bundle->size))
			return false;
		if (bundle->base + at == l->base)
			break;
	}
	v = align_up(end, t.align);
	if (p->tag == TAG_ENTRY_SIZE && e.size && !elf_extent(bundle->data + e.offset, e.size, &v))
		return false;
	store_uint(out, p->tag == TAG_ENTRY_SIZE && !e.size ? 0 : v, 8, false);
	return true;
}

static bool ccob_probe(const uint8_t *data, uint64_t size)
{
	struct hip_ccob h;

	return hip_ccob_read(data, size, &h);
}

static uint64_t ccob_length(const uint8_t *data, uint64_t size)
{
	struct hip_ccob h;

	return hip_ccob_read(data, size, &h) ? h.total : size;
}

static void split_ccob(struct layout *l, uint64_t at)
{
	unsigned width;
	uint64_t pos = at + 8;
	struct hip_ccob h;

	if (!hip_ccob_read(l->data + at, l->size - at, &h))
		return;
	width = h.version == 3 ? 8 : 4;
	layout_field(l, at, 4, "magic", MEANS_MAGIC, CODED_BYTES);
	layout_field(l, at + 4, 2, "version", MEANS_VERSION, CODED_LE);
	layout_field(l, at + 6, 2, "method", MEANS_SETTING, CODED_LE);
	if (h.version > 1) {
		(void)tagged(layout_field(l, pos, width, "total size", MEANS_SIZE, CODED_LE), TAG_TOTAL, h.method == 1);
		pos += width;
	}
	(void)tagged(layout_field(l, pos, width, "uncompressed size", MEANS_SIZE, CODED_LE), TAG_PLAIN, true);
	(void)tagged(layout_field(l, pos + width, 8, "hash", MEANS_CHECKSUM, CODED_LE), TAG_HASH, true);
	(void)tagged(layout_add(l, at + h.header, h.total - h.header, PART_ENCODED, "bundle"), TAG_DATA, false);
	if (h.cut)
		layout_note(l, at, "compressed bundle is cut");
}

static int ccob_split(struct layout *l)
{
	split_sequence(l, ccob_probe, ccob_length, split_ccob);
	return 0;
}

static int ccob_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	(void)l;
	if (p->tag == TAG_BUNDLE)
		split_ccob(child, 0);
	return 0;
}

static int ccob_decode(const struct layout *l, const struct part *p, struct content **ret, struct error *err)
{
	struct hip_ccob h;

	if (!hip_ccob_read(l->data, l->size, &h))
		return error_set_at(err, -EINVAL, content_name(l->content), l->base, "not a compressed bundle");
	return hip_ccob_decode(&h, l->data + p->off, p->len, l->budget, ret, err);
}

static bool ccob_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct part *data = layout_find(l, "bundle");
	struct content *plain = NULL;
	struct digest_piece piece;
	uint8_t md5[16];
	bool ok = true;

	if (!data || data->tag != TAG_DATA || ccob_decode(l, data, &plain, NULL) < 0)
		return false;
	if (p->tag == TAG_HASH) {
		piece = (struct digest_piece){ content_data(plain), content_size(plain) };
		ok = digest_of(DIGEST_MD5, &piece, 1, md5) == 0;
		if (ok)
			memcpy(out, md5, 8);
	} else if (p->tag == TAG_PLAIN) {
		store_uint(out, content_size(plain), (unsigned)p->len, false);
	} else {
		/* That these bytes and no others are the compressed data is what the decoder just checked. */
		store_uint(out, data->off + data->len, (unsigned)p->len, false);
	}
	content_unref(plain);
	return ok;
}

const struct analyzer hip_bundle_analyzer = {
	.name = "offload-bundle",
	.title = "Clang offload bundle",
	.probe = hip_bundle_probe,
	.split = bundle_split,
	.split_part = bundle_split_part,
	.recompute = bundle_recompute,
};

const struct analyzer hip_compressed_analyzer = {
	.name = "compressed-bundle",
	.title = "Clang offload bundle, compressed",
	.probe = ccob_probe,
	.split = ccob_split,
	.split_part = ccob_split_part,
	.decode = ccob_decode,
	.recompute = ccob_recompute,
};
