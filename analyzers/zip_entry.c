/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zip_entry.c: the fields of one zip entry: local header, data, descriptor; its
 * central header; the end records.  See zip.c for the format.
 *
 * Times.  The header's own is MS-DOS local time, 2 seconds fine.  Extra fields
 * add UTC: 0x5455 ("UT": flags, then mtime, atime, ctime as the flags say; in
 * the central header mtime only), 0x5855 (old Unix: atime, mtime, uid, gid),
 * 0x000a (NTFS: three FILETIMEs).  The access time in a local header is why
 * reading a file between two builds changes the archive.
 *
 * Derived: CRC and sizes (from the data, decoded once), lengths, offsets,
 * counts.
 */
#include "analyzers/zip_private.h"
#include "analyzers/fields.h"
#include "analyzers/formats.h"
#include "base/digest.h"

#include <errno.h>

#define LZMA_HEADER 9 /* in zip: version u16, size of properties u16 (5), properties */

/* What the local header says, the central one says again. */
#define SHARED_FIELDS                                                           \
	{ "version needed", 2, MEANS_VERSION, CODED_LE, 0 },                    \
	{ "flags", 2, MEANS_FLAGS, CODED_LE, 0 },                               \
	{ "method", 2, MEANS_SETTING, CODED_LE, 0 },                            \
	{ "mtime", 4, MEANS_TIME, CODED_DOS, 0 },                               \
	{ "crc32", 4, MEANS_CHECKSUM, CODED_LE, ZIP_CRC },                      \
	{ "compressed size", 4, MEANS_SIZE, CODED_LE, ZIP_PACKED_SIZE },        \
	{ "uncompressed size", 4, MEANS_SIZE, CODED_LE, ZIP_PLAIN_SIZE },       \
	{ "name length", 2, MEANS_SIZE, CODED_LE, ZIP_NAME_LENGTH },            \
	{ "extra length", 2, MEANS_SIZE, CODED_LE, ZIP_EXTRA_LENGTH }

static const struct derived_spec local_fields[] = {
	{ "signature", 4, MEANS_MAGIC, CODED_BYTES, 0 },
	SHARED_FIELDS,
	{ 0 },
};
static const struct derived_spec central_fields[] = {
	{ "signature", 4, MEANS_MAGIC, CODED_BYTES, 0 },
	{ "version made by", 1, MEANS_VERSION, CODED_LE, 0 },
	{ "made on", 1, MEANS_SETTING, CODED_LE, 0 },
	SHARED_FIELDS,
	{ "comment length", 2, MEANS_SIZE, CODED_LE, ZIP_COMMENT_LENGTH },
	{ "disk", 2, MEANS_NOTHING, CODED_LE, 0 },
	{ "internal attributes", 2, MEANS_FLAGS, CODED_LE, 0 },
	{ "dos attributes", 2, MEANS_FLAGS, CODED_LE, 0 },
	{ "mode", 2, MEANS_MODE, CODED_LE, 0 },
	{ "local offset", 4, MEANS_OFFSET, CODED_LE, ZIP_LOCAL_OFFSET },
	{ 0 },
};
static const struct derived_spec end_fields[] = {
	{ "signature", 4, MEANS_MAGIC, CODED_BYTES, 0 },
	{ "disk", 2, MEANS_NOTHING, CODED_LE, 0 },
	{ "directory disk", 2, MEANS_NOTHING, CODED_LE, 0 },
	{ "entries on disk", 2, MEANS_COUNT, CODED_LE, ZIP_ENTRY_COUNT },
	{ "entries", 2, MEANS_COUNT, CODED_LE, ZIP_ENTRY_COUNT },
	{ "directory size", 4, MEANS_SIZE, CODED_LE, ZIP_DIRECTORY_SIZE },
	{ "directory offset", 4, MEANS_OFFSET, CODED_LE, ZIP_DIRECTORY_OFFSET },
	{ "comment length", 2, MEANS_SIZE, CODED_LE, ZIP_COMMENT_LENGTH },
	{ 0 },
};
static const struct derived_spec end64_fields[] = {
	{ "signature", 4, MEANS_MAGIC, CODED_BYTES, 0 },
	{ "record size", 8, MEANS_SIZE, CODED_LE, 0 },
	{ "version made by", 1, MEANS_VERSION, CODED_LE, 0 },
	{ "made on", 1, MEANS_SETTING, CODED_LE, 0 },
	{ "version needed", 2, MEANS_VERSION, CODED_LE, 0 },
	{ "disk", 4, MEANS_NOTHING, CODED_LE, 0 },
	{ "directory disk", 4, MEANS_NOTHING, CODED_LE, 0 },
	{ "entries on disk", 8, MEANS_COUNT, CODED_LE, ZIP_ENTRY_COUNT },
	{ "entries", 8, MEANS_COUNT, CODED_LE, ZIP_ENTRY_COUNT },
	{ "directory size", 8, MEANS_SIZE, CODED_LE, ZIP_DIRECTORY_SIZE },
	{ "directory offset", 8, MEANS_OFFSET, CODED_LE, ZIP_DIRECTORY_OFFSET },
	{ 0 },
};
static const struct derived_spec locator_fields[] = {
	{ "locator signature", 4, MEANS_MAGIC, CODED_BYTES, 0 },
	{ "end disk", 4, MEANS_NOTHING, CODED_LE, 0 },
	{ "end offset", 8, MEANS_OFFSET, CODED_LE, ZIP_END64_OFFSET },
	{ "disks", 4, MEANS_COUNT, CODED_LE, 0 },
	{ 0 },
};

/* "UT", "Ux"...: what is known of the inside of an extra field. The rest of it is "extra 0xID". */
static uint64_t add_ut(struct layout *l, uint64_t off, uint64_t len)
{
	static const char *const names[] = { "UT mtime", "UT atime", "UT ctime" };
	unsigned flags = l->data[off], i;
	uint64_t at = 1;

	(void)layout_field(l, off, 1, "UT flags", MEANS_FLAGS, CODED_LE);
	for (i = 0; i < 3; i++)
		if (flags >> i & 1 && at + 4 <= len) {
			(void)layout_field(l, off + at, 4, names[i], MEANS_TIME, CODED_LE);
			at += 4;
		}
	return at;
}

static uint64_t add_ux(struct layout *l, uint64_t off, uint64_t len)
{
	uint64_t uid = len > 1 ? l->data[off + 1] : 0, gid;

	(void)layout_field(l, off, 1, "ux version", MEANS_VERSION, CODED_LE);
	if (len < 3 + uid)
		return 1;
	gid = l->data[off + 2 + uid];
	(void)layout_field(l, off + 1, 1, "ux uid size", MEANS_SIZE, CODED_LE);
	(void)layout_field(l, off + 2, uid, "ux uid", MEANS_UID, CODED_LE);
	(void)layout_field(l, off + 2 + uid, 1, "ux gid size", MEANS_SIZE, CODED_LE);
	if (gid > len - 3 - uid)
		gid = len - 3 - uid;
	(void)layout_field(l, off + 3 + uid, gid, "ux gid", MEANS_GID, CODED_LE);
	return 3 + uid + gid;
}

static uint64_t add_table(struct layout *l, uint64_t off, uint64_t len, const struct field_spec *specs)
{
	uint64_t at = 0;

	for (; specs->name && at + specs->len <= len; at += specs->len, specs++)
		(void)layout_field(l, off + at, specs->len, specs->name, specs->meaning, specs->coding);
	return at;
}

static const struct field_spec old_unix_fields[] = {
	{ "UX atime", 4, MEANS_TIME, CODED_LE }, { "UX mtime", 4, MEANS_TIME, CODED_LE },
	{ "UX uid", 2, MEANS_UID, CODED_LE },    { "UX gid", 2, MEANS_GID, CODED_LE },
	{ 0 },
};
static const struct field_spec unix2_fields[] = {
	{ "Ux uid", 2, MEANS_UID, CODED_LE },
	{ "Ux gid", 2, MEANS_GID, CODED_LE },
	{ 0 },
};
static const struct field_spec ntfs_fields[] = {
	{ "NTFS reserved", 4, MEANS_NOTHING, CODED_LE },   { "NTFS tag", 2, MEANS_NOTHING, CODED_LE },
	{ "NTFS tag size", 2, MEANS_SIZE, CODED_LE },      { "NTFS mtime", 8, MEANS_TIME, CODED_FILETIME },
	{ "NTFS atime", 8, MEANS_TIME, CODED_FILETIME },   { "NTFS ctime", 8, MEANS_TIME, CODED_FILETIME },
	{ 0 },
};

/* The zip64 field holds only what the header has no room for, in a fixed order. */
static uint64_t add_zip64(struct layout *l, uint64_t off, uint64_t len, const uint8_t *header)
{
	bool central = header[2] == 1;
	const uint8_t *packed = header + (central ? 20 : 18);
	uint64_t at = 0;

	if (load_le32(packed + 4) == UINT32_MAX && at + 8 <= len) {
		(void)layout_recomputed(l, off + at, 8, "zip64 uncompressed size", MEANS_SIZE, CODED_LE,
					ZIP_PLAIN_SIZE);
		at += 8;
	}
	if (load_le32(packed) == UINT32_MAX && at + 8 <= len) {
		(void)layout_recomputed(l, off + at, 8, "zip64 compressed size", MEANS_SIZE, CODED_LE,
					ZIP_PACKED_SIZE);
		at += 8;
	}
	if (central && load_le32(header + 42) == UINT32_MAX && at + 8 <= len) {
		(void)layout_recomputed(l, off + at, 8, "zip64 local offset", MEANS_OFFSET, CODED_LE,
					ZIP_LOCAL_OFFSET);
		at += 8;
	}
	return at;
}

static uint64_t add_known_extra(struct layout *l, unsigned id, uint64_t off, uint64_t len,
				const uint8_t *header)
{
	if (!len)
		return 0;
	switch (id) {
	case 0x0001:
		return add_zip64(l, off, len, header);
	case 0x000a:
		return add_table(l, off, len, ntfs_fields);
	case 0x5455:
		return add_ut(l, off, len);
	case 0x5855:
		return add_table(l, off, len, old_unix_fields);
	case 0x7855:
		return add_table(l, off, len, unix2_fields);
	case 0x7875:
		return add_ux(l, off, len);
	default:
		return 0;
	}
}

static void add_extra(struct layout *l, uint64_t off, uint64_t len, const uint8_t *header)
{
	uint64_t at = 0, used;
	struct part *p;
	unsigned id, n;

	if (!range_inside(off, len, l->size))
		len = off < l->size ? l->size - off : 0;
	while (len - at >= 4) {
		id = load_le16(l->data + off + at);
		n = load_le16(l->data + off + at + 2);
		if (n > len - at - 4)
			break;
		(void)layout_addf(l, off + at, 2, PART_FIELD, "extra 0x%04x id", id);
		p = layout_tagged(layout_addf(l, off + at + 2, 2, PART_FIELD, "extra 0x%04x size", id),
				  ZIP_EXTRA_SIZE);
		if (p) {
			p->meaning = MEANS_SIZE;
			p->coding = CODED_LE;
			p->recomputes = true; /* splitting has relied on it */
		}
		used = add_known_extra(l, id, off + at + 4, n, header);
		(void)layout_addf(l, off + at + 4 + used, n - used, PART_RAW, "extra 0x%04x", id);
		at += 4 + n;
	}
	/* Android aligns data by padding that is no extra field. */
	(void)layout_add(l, off + at, len - at, PART_PADDING, "extra padding");
}

static void add_data(struct layout *l, const struct zip_entry *e, uint64_t off)
{
	if (e->flags & ZIP_ENCRYPTED) {
		(void)layout_add(l, off, e->packed, PART_RAW, "encrypted data");
		return;
	}
	switch (e->method) {
	case ZIP_STORED:
		(void)layout_add(l, off, e->packed, PART_CONTENT, "body");
		break;
	case ZIP_DEFLATE:
	case ZIP_BZIP2:
	case ZIP_LZMA:
	case ZIP_ZSTD:
	case ZIP_XZ:
		(void)layout_tagged(layout_add(l, off, e->packed, PART_ENCODED, "body"), ZIP_PAYLOAD);
		break;
	default:
		layout_note(l, off, "compression method %u is not decoded", e->method);
		(void)layout_add(l, off, e->packed, PART_RAW, "body");
	}
}

static void add_descriptor(struct layout *l, uint64_t off)
{
	uint64_t len = l->size - off;
	unsigned width = len >= 20 ? 8 : 4;

	if (len % 8 == 0 || len == 24) {
		(void)layout_field(l, off, 4, "descriptor signature", MEANS_MAGIC, CODED_BYTES);
		off += 4;
	}
	(void)layout_recomputed(l, off, 4, "descriptor crc32", MEANS_CHECKSUM, CODED_LE, ZIP_CRC);
	(void)layout_recomputed(l, off + 4, width, "descriptor compressed size", MEANS_SIZE, CODED_LE,
				ZIP_PACKED_SIZE);
	(void)layout_recomputed(l, off + 4 + width, width, "descriptor uncompressed size", MEANS_SIZE,
				CODED_LE, ZIP_PLAIN_SIZE);
}

static void split_local(struct layout *l, const struct zip_entry *e)
{
	uint64_t name = load_le16(l->data + 26), extra = load_le16(l->data + 28);

	layout_derived_fields(l, 0, local_fields);
	(void)layout_field(l, ZIP_LOCAL_SIZE, name, "name", MEANS_PATH, CODED_BYTES);
	add_extra(l, ZIP_LOCAL_SIZE + name, extra, l->data);
	add_data(l, e, e->data);
	if (e->data + e->packed < l->size)
		add_descriptor(l, e->data + e->packed);
}

static void split_central(struct layout *l)
{
	uint64_t name = load_le16(l->data + 28), extra = load_le16(l->data + 30),
		 comment = load_le16(l->data + 32);

	layout_derived_fields(l, 0, central_fields);
	(void)layout_field(l, ZIP_CENTRAL_SIZE, name, "name", MEANS_PATH, CODED_BYTES);
	add_extra(l, ZIP_CENTRAL_SIZE + name, extra, l->data);
	(void)layout_field(l, ZIP_CENTRAL_SIZE + name + extra, comment, "comment", MEANS_TEXT, CODED_BYTES);
}

static void split_end(struct layout *l, bool wide)
{
	if (!wide) {
		layout_derived_fields(l, 0, end_fields);
		if (l->size > 22)
			(void)layout_field(l, 22, l->size - 22, "comment", MEANS_TEXT, CODED_BYTES);
		return;
	}
	layout_derived_fields(l, 0, end64_fields);
	if (l->size > 76)
		(void)layout_add(l, 56, l->size - 76, PART_RAW, "extensible data");
	layout_derived_fields(l, l->size - 20, locator_fields);
}

int zip_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	const struct zip_archive *a = l->priv;
	struct zip_member *m = arena_alloc(&child->arena, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->archive = a;
	m->of = l;
	m->tag = ZIP_TAG_OF(p->tag);
	child->priv = m;
	if (m->tag == ZIP_END) {
		split_end(child, ZIP_TAG_INDEX(p->tag) == 1);
		return 0;
	}
	m->entry = &a->entries[ZIP_TAG_INDEX(p->tag)];
	if (m->tag == ZIP_LOCAL)
		split_local(child, m->entry);
	else
		split_central(child);
	return 0;
}

/* In zip, LZMA data begins with version and properties; the .lzma format has properties, then the plain size. */
static int decode_lzma(const uint8_t *in, uint64_t size, uint64_t plain, struct spool *out, struct error *err)
{
	AUTO_FREE uint8_t *alone = NULL;

	if (size < LZMA_HEADER || load_le16(in + 2) != 5)
		return error_set(err, -EBADMSG, NULL, "malformed LZMA header");
	alone = malloc(size - 4 + 8);
	if (!alone)
		return -ENOMEM;
	memcpy(alone, in + 4, 5);
	store_uint(alone + 5, plain, 8, false);
	memcpy(alone + 13, in + LZMA_HEADER, size - LZMA_HEADER);
	return decode_filter(alone, size + 4, out, err);
}

static int decode_data(const struct layout *of, const struct zip_entry *e, struct spool *out,
		       struct error *err)
{
	const uint8_t *in = of->data + e->local + e->data;
	uint64_t used;
	int r;

	switch (e->method) {
	case ZIP_DEFLATE:
		r = decode_deflate(DEFLATE_RAW, in, e->packed, e->plain, out, &used, err);
		if (r == 0 && used != e->packed)
			r = error_set(err, -EBADMSG, NULL, "deflate data ends before the compressed size");
		return r;
	case ZIP_LZMA:
		return decode_lzma(in, e->packed, e->plain, out, err);
	case ZIP_ZSTD:
		return decode_zstd(in, e->packed, out, err);
	default:
		return decode_filter(in, e->packed, out, err);
	}
}

static int decode_entry(const struct zip_member *m, const char *name, struct content **ret, struct error *err)
{
	struct zip_entry *e = m->entry;
	struct content *plain;
	struct spool out;
	int r;

	r = spool_init(&out, m->of->budget, e->packed);
	if (r < 0)
		return r;
	r = decode_data(m->of, e, &out, err);
	if (r == 0)
		r = spool_finish(&out, name, &plain);
	else
		spool_release(&out);
	if (r < 0)
		return r;
	atomic_store(&e->true_crc, crc32_of(0, content_data(plain), content_size(plain)));
	atomic_store(&e->true_size, content_size(plain));
	atomic_store(&e->decoded, true);
	*ret = plain;
	return 0;
}

int zip_decode(const struct layout *l, const struct part *p, struct content **ret, struct error *err)
{
	char name[256];
	const struct part *path = layout_find(l, "name");

	(void)p;
	(void)snprintf(name, sizeof(name), "%.*s", path && path->len < 256 ? (int)path->len : 0,
		       path ? (const char *)part_data(l, path) : "");
	return decode_entry(l->priv, name[0] ? name : content_name(l->content), ret, err);
}

/* CRC and size of the entry's plain data. */
static bool know_data(const struct zip_member *m)
{
	CLEANUP(content_unrefp) struct content *plain = NULL;
	struct zip_entry *e = m->entry;

	if (atomic_load(&e->decoded))
		return true;
	if (!e->local_len || e->flags & ZIP_ENCRYPTED)
		return false;
	if (e->method != ZIP_STORED)
		return decode_entry(m, "", &plain, NULL) == 0;
	atomic_store(&e->true_crc, crc32_of(0, m->of->data + e->local + e->data, e->packed));
	atomic_store(&e->true_size, e->packed);
	atomic_store(&e->decoded, true);
	return true;
}

/* Where data is described behind it, or a 64-bit field holds the value, the header has a constant. */
static bool is_placeholder(const struct layout *l, const struct part *p)
{
	const struct zip_member *m = l->priv;
	uint64_t now = load_uint(part_data(l, p), (unsigned)p->len, false);

	if ((p->len == 4 && now == UINT32_MAX && p->tag != ZIP_CRC) ||
	    (p->tag == ZIP_ENTRY_COUNT && now == UINT16_MAX))
		return true;
	return m->tag == ZIP_LOCAL && m->entry->flags & ZIP_DESCRIPTOR && p->off < m->entry->data && now == 0;
}

static bool recompute_entry(const struct layout *l, const struct part *p, uint64_t *ret)
{
	const struct zip_member *m = l->priv;
	const struct zip_entry *e = m->entry;

	switch (p->tag) {
	case ZIP_CRC:
		*ret = know_data(m) ? atomic_load(&e->true_crc) : 0;
		return atomic_load(&e->decoded);
	case ZIP_PLAIN_SIZE:
		*ret = know_data(m) ? atomic_load(&e->true_size) : 0;
		return atomic_load(&e->decoded);
	case ZIP_PACKED_SIZE:
		*ret = e->packed;
		return true;
	case ZIP_LOCAL_OFFSET:
		*ret = e->local - m->archive->prefix;
		return true;
	default:
		return false;
	}
}

/* From where the entry's other pieces are. */
static uint64_t extra_length(const struct zip_member *m, const struct layout *l)
{
	const struct part *name = layout_find(l, "name"), *comment = layout_find(l, "comment");
	uint64_t rest = name ? name->len : 0;

	if (m->tag == ZIP_LOCAL)
		return m->entry->data - ZIP_LOCAL_SIZE - rest;
	return l->size - ZIP_CENTRAL_SIZE - rest - (comment ? comment->len : 0);
}

/* Lengths of what stands in this very header or record, and the end record's view of the directory. */
static bool recompute_structure(const struct layout *l, const struct part *p, uint64_t *ret)
{
	const struct zip_archive *a = ((const struct zip_member *)l->priv)->archive;
	const struct part *named;

	switch (p->tag) {
	case ZIP_NAME_LENGTH:
		named = layout_find(l, "name");
		*ret = named ? named->len : 0;
		return true;
	case ZIP_EXTRA_LENGTH:
		*ret = extra_length(l->priv, l);
		return true;
	case ZIP_COMMENT_LENGTH:
		named = layout_find(l, "comment");
		*ret = named ? named->len : 0;
		return true;
	case ZIP_ENTRY_COUNT:
		*ret = a->count;
		return true;
	case ZIP_DIRECTORY_SIZE:
		*ret = a->central_len;
		return true;
	case ZIP_DIRECTORY_OFFSET:
		*ret = a->central - a->prefix;
		return true;
	case ZIP_END64_OFFSET:
		*ret = a->end64 - a->prefix;
		return true;
	default:
		return false;
	}
}

bool zip_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	uint64_t v;

	if (is_placeholder(l, p) || p->tag == ZIP_EXTRA_SIZE) {
		memcpy(out, part_data(l, p), p->len);
		return true;
	}
	if (!recompute_entry(l, p, &v) && !recompute_structure(l, p, &v))
		return false;
	store_uint(out, v, (unsigned)p->len, false);
	return p->len >= 8 || v >> (8 * p->len) == 0;
}
