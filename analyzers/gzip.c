/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip.c: gzip files (RFC 1952).
 *
 * A file is one member or several, one after the other:
 *
 *	0  1f 8b   4  MTIME u32    then, by FLG:  4 FEXTRA   u16 length, subfields
 *	2  CM = 8  8  XFL                         8 FNAME    Latin-1, NUL
 *	3  FLG     9  OS                         16 FCOMMENT Latin-1, NUL
 *	                                          2 FHCRC    u16, low half of the CRC-32 of the header
 *	deflate data
 *	CRC32 u32, ISIZE u32 (length modulo 2^32) of the plain data
 *
 * Only decoding tells where a member ends.  That is not wanted in a split, so
 * a file is taken as one member when nothing in it looks like the start of
 * another and its last eight bytes are a plausible trailer; decode() checks
 * that the deflate data ends there.  Otherwise the members are walked: by the
 * block sizes that bgzip writes (SAM specification, section 4.1: subfield BC),
 * or by decoding.
 *
 * One member lies flat in the layout; several are groups; very many (bgzip
 * starts a new one every 64 KiB) are one encoded part, because where the blocks
 * begin follows from the content.
 */
#include "analyzers/fields.h"
#include "analyzers/formats.h"
#include "base/digest.h"

#include <errno.h>
#include <stdatomic.h>

#define HEADER_SIZE 10
#define TRAILER_SIZE 8
#define SMALLEST_DEFLATE 2
#define MEMBERS_MAX 1000
#define INFLATION_MAX 1032

enum { FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16, FLAGS_RESERVED = 0xe0 };
enum { TAG_NONE, TAG_MEMBER, TAG_PAYLOAD, TAG_ALL, TAG_HEADER_CRC, TAG_CRC, TAG_ISIZE, TAG_EXTRA_LENGTH };

struct header {
	uint64_t extra, extra_len, name, name_len, comment, comment_len; /* absent: length 0 */
	uint64_t hcrc;  /* 0: none */
	uint64_t size;
	uint64_t block; /* bgzip: size of the whole member, or 0 */
};

/* What decoding has shown about the payload. Written once decoded, in an otherwise immutable layout. */
struct member {
	struct header header;
	_Atomic bool decoded;
	_Atomic uint32_t crc, isize;
};

static bool gzip_probe(const uint8_t *data, uint64_t size)
{
	return size >= HEADER_SIZE && data[0] == 0x1f && data[1] == 0x8b && data[2] == 8 &&
	       !(data[3] & FLAGS_RESERVED);
}

/* The BC subfield holds the member's size minus one. */
static uint64_t bgzip_block(const uint8_t *extra, uint64_t len)
{
	struct cursor c = cursor_make(extra, len);

	while (cursor_left(&c) >= 6) {
		uint16_t id = cursor_u16(&c), n = cursor_u16(&c);

		if (id == ('B' | 'C' << 8) && n == 2)
			return (uint64_t)cursor_u16(&c) + 1;
		cursor_skip(&c, n);
	}
	return 0;
}

static bool read_header(const uint8_t *data, uint64_t size, struct header *ret)
{
	struct cursor c = cursor_make(data, size);
	struct header h = { 0 };
	uint8_t flags;

	if (!gzip_probe(data, size))
		return false;
	flags = data[3];
	cursor_skip(&c, HEADER_SIZE);
	if (flags & FEXTRA) {
		h.extra_len = cursor_u16(&c);
		h.extra = c.pos;
		cursor_skip(&c, h.extra_len);
		if (!c.failed)
			h.block = bgzip_block(data + h.extra, h.extra_len);
	}
	if (flags & FNAME) {
		h.name = c.pos;
		h.name_len = cursor_cstr(&c, &h.name_len) ? h.name_len + 1 : 0;
	}
	if (flags & FCOMMENT) {
		h.comment = c.pos;
		h.comment_len = cursor_cstr(&c, &h.comment_len) ? h.comment_len + 1 : 0;
	}
	if (flags & FHCRC) {
		h.hcrc = c.pos;
		cursor_skip(&c, 2);
	}
	if (c.failed)
		return false;
	h.size = c.pos;
	*ret = h;
	return true;
}

/* Whether the bytes behind the first header look like the start of another member: as writers fill XFL and OS. */
static bool another_member(const uint8_t *data, uint64_t size)
{
	const uint8_t *p = data, *end = data + size;

	while (end - p >= HEADER_SIZE && (p = memchr(p, 0x1f, (size_t)(end - p) - HEADER_SIZE + 1))) {
		if (gzip_probe(p, (uint64_t)(end - p)) && (p[8] == 0 || p[8] == 2 || p[8] == 4) &&
		    (p[9] <= 13 || p[9] == 255))
			return true;
		p++;
	}
	return false;
}

static bool plausible_trailer(const uint8_t *data, uint64_t size, uint64_t header)
{
	uint64_t payload = size - header - TRAILER_SIZE, isize = load_le32(data + size - 4);

	if (payload >= UINT32_MAX / INFLATION_MAX) /* ISIZE may have wrapped */
		return true;
	return isize <= payload * INFLATION_MAX && isize + isize / 8 + 64 >= payload;
}

static bool is_single(const uint8_t *data, uint64_t size, const struct header *h)
{
	if (h->block)
		return h->block == size;
	return size - h->size >= SMALLEST_DEFLATE + TRAILER_SIZE && plausible_trailer(data, size, h->size) &&
	       !another_member(data + h->size, size - h->size);
}

static void add_header(struct layout *l, const struct header *h)
{
	static const struct field_spec specs[] = {
		{ "magic", 2, MEANS_MAGIC, CODED_BYTES },     { "method", 1, MEANS_SETTING, CODED_LE },
		{ "flags", 1, MEANS_FLAGS, CODED_LE },        { "mtime", 4, MEANS_TIME, CODED_LE },
		{ "extra flags", 1, MEANS_SETTING, CODED_LE }, { "os", 1, MEANS_SETTING, CODED_LE },
		{ 0 },
	};

	layout_fields(l, 0, specs);
	if (l->data[3] & FEXTRA) {
		(void)layout_recomputed(l, h->extra - 2, 2, "extra length", MEANS_SIZE, CODED_LE,
					TAG_EXTRA_LENGTH);
		(void)layout_add(l, h->extra, h->extra_len, PART_RAW, "extra");
	}
	(void)layout_field(l, h->name, h->name_len, "name", MEANS_NAME, CODED_BYTES);
	(void)layout_field(l, h->comment, h->comment_len, "comment", MEANS_TEXT, CODED_BYTES);
	if (h->hcrc)
		(void)layout_recomputed(l, h->hcrc, 2, "header crc16", MEANS_CHECKSUM, CODED_LE,
					TAG_HEADER_CRC);
}

/* The whole window is one member. */
static int split_member(struct layout *l)
{
	struct member *m = arena_alloc(&l->arena, sizeof(*m));
	uint64_t payload;

	if (!m)
		return -ENOMEM;
	if (!read_header(l->data, l->size, &m->header)) {
		layout_note(l, 0, "truncated gzip header");
		return 0;
	}
	l->priv = m;
	add_header(l, &m->header);
	payload = l->size - m->header.size;
	if (payload < SMALLEST_DEFLATE + TRAILER_SIZE) {
		layout_note(l, m->header.size, "truncated gzip member");
		(void)layout_add(l, m->header.size, payload, PART_RAW, "payload");
		return 0;
	}
	payload -= TRAILER_SIZE;
	(void)layout_tagged(layout_add(l, m->header.size, payload, PART_ENCODED, "payload"), TAG_PAYLOAD);
	(void)layout_recomputed(l, l->size - 8, 4, "crc32", MEANS_CHECKSUM, CODED_LE, TAG_CRC);
	(void)layout_recomputed(l, l->size - 4, 4, "isize", MEANS_SIZE, CODED_LE, TAG_ISIZE);
	return 0;
}

/* The size of the member at the start of `data`; 0 when it is malformed. */
static int measure_member(const struct layout *l, uint64_t off, uint64_t *ret)
{
	const uint8_t *data = l->data + off;
	uint64_t size = l->size - off, used;
	struct header h;
	struct spool out;
	int r;

	*ret = 0;
	if (!read_header(data, size, &h))
		return 0;
	if (h.block) {
		*ret = h.block > h.size + TRAILER_SIZE && h.block <= size ? h.block : 0;
		return 0;
	}
	r = spool_init(&out, l->budget, size - h.size);
	if (r < 0)
		return r;
	r = decode_deflate(DEFLATE_RAW, data + h.size, size - h.size, 0, &out, &used, NULL);
	spool_release(&out);
	if (r == 0 && size - h.size - used >= TRAILER_SIZE)
		*ret = h.size + used + TRAILER_SIZE;
	return r == -ENOMEM ? r : 0;
}

/* A run of zeros to the end, as on tapes and in images, is padding. */
static bool zeros_from(const struct layout *l, uint64_t off)
{
	while (off < l->size && l->data[off] == 0)
		off++;
	return off == l->size;
}

static int split_members(struct layout *l)
{
	uint64_t off = 0, len = 0;
	unsigned count = 0;
	int r = 0;

	for (; off < l->size && count <= MEMBERS_MAX; off += len) {
		r = measure_member(l, off, &len);
		if (r < 0 || !len)
			break;
		(void)layout_tagged(layout_addf(l, off, len, PART_GROUP, "member %u", ++count), TAG_MEMBER);
	}
	if (r < 0)
		return r;
	if (count > MEMBERS_MAX) {
		l->count = 0;
		(void)layout_tagged(layout_add(l, 0, l->size, PART_ENCODED, "payload"), TAG_ALL);
	} else if (off < l->size && zeros_from(l, off)) {
		(void)layout_add(l, off, l->size - off, PART_PADDING, "padding");
	} else if (off < l->size && gzip_probe(l->data + off, l->size - off)) {
		layout_note(l, off, "malformed or truncated gzip member");
		(void)layout_tagged(layout_addf(l, off, l->size - off, PART_GROUP, "member %u", count + 1),
				    TAG_MEMBER);
	} else if (off < l->size) {
		layout_note(l, off, "trailing bytes after the last gzip member");
	}
	return 0;
}

static int gzip_split(struct layout *l)
{
	struct header h;

	if (!read_header(l->data, l->size, &h) || is_single(l->data, l->size, &h))
		return split_member(l);
	return split_members(l);
}

static int gzip_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	(void)l;
	(void)p;
	return split_member(child);
}

static int decode_payload(const struct layout *l, struct spool *out, struct error *err)
{
	struct member *m = l->priv;
	uint64_t start = m->header.size, size = l->size - start - TRAILER_SIZE, used = 0;
	int r;

	/* ISIZE is a hint; wrapped ones (over 4 GiB) are found too small and grow. */
	r = decode_deflate(DEFLATE_RAW, l->data + start, size, load_le32(l->data + l->size - 4), out, &used,
			   err);
	if (r == 0 && used != size)
		r = error_set_at(err, -EBADMSG, content_name(l->content), l->base + start + used,
				 "deflate data ends before the trailer");
	return r;
}

static int decode_all(const struct layout *l, struct spool *out, struct error *err)
{
	uint64_t off = 0, used = 0;
	struct header h;
	int r;

	while (off < l->size && !zeros_from(l, off)) {
		if (!read_header(l->data + off, l->size - off, &h))
			return error_set_at(err, -EBADMSG, content_name(l->content), l->base + off,
					    "no gzip member starts here");
		r = decode_deflate(DEFLATE_RAW, l->data + off + h.size, l->size - off - h.size,
				   h.block ? UINT64_C(65536) : 0, out, &used, err);
		if (r < 0)
			return r;
		off += h.size + used;
		if (l->size - off < TRAILER_SIZE)
			return error_set_at(err, -EBADMSG, content_name(l->content), l->base + off,
					    "truncated gzip trailer");
		off += TRAILER_SIZE;
	}
	return 0;
}

static const char *plain_name(const struct layout *l, const struct part *p, char out[256])
{
	const struct member *m = l->priv;
	const char *slash;

	if (p->tag != TAG_PAYLOAD || !m->header.name_len)
		return decoded_name_of(l, out);
	slash = strrchr((const char *)l->data + m->header.name, '/');
	(void)decoded_name(slash ? slash + 1 : (const char *)l->data + m->header.name, out);
	return out;
}

static int gzip_decode(const struct layout *l, const struct part *p, struct content **ret, struct error *err)
{
	struct content *plain;
	struct spool out;
	char name[256];
	int r;

	r = spool_init(&out, l->budget, p->len);
	if (r < 0)
		return r;
	r = p->tag == TAG_ALL ? decode_all(l, &out, err) : decode_payload(l, &out, err);
	if (r == 0)
		r = spool_finish(&out, plain_name(l, p, name), &plain);
	else
		spool_release(&out);
	if (r < 0)
		return r;
	if (p->tag == TAG_PAYLOAD) {
		struct member *m = l->priv;

		atomic_store(&m->crc, crc32_of(0, content_data(plain), content_size(plain)));
		atomic_store(&m->isize, (uint32_t)content_size(plain));
		atomic_store(&m->decoded, true);
	}
	*ret = plain;
	return 0;
}

static bool gzip_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	CLEANUP(content_unrefp) struct content *plain = NULL;
	struct member *m = l->priv;
	const struct part *payload;

	if (p->tag == TAG_HEADER_CRC) {
		store_uint(out, crc32_of(0, l->data, p->off) & 0xffff, 2, false);
		return true;
	}
	if (p->tag == TAG_EXTRA_LENGTH) {
		store_uint(out, m->header.extra_len, 2, false);
		return true;
	}
	payload = layout_find(l, "payload");
	if (!payload || payload->kind != PART_ENCODED)
		return false;
	if (!atomic_load(&m->decoded) && gzip_decode(l, payload, &plain, NULL) < 0)
		return false;
	store_uint(out, p->tag == TAG_CRC ? atomic_load(&m->crc) : atomic_load(&m->isize), 4, false);
	return true;
}

const struct analyzer gzip_analyzer = {
	.name = "gzip",
	.title = "gzip compressed data",
	.probe = gzip_probe,
	.split = gzip_split,
	.split_part = gzip_split_part,
	.decode = gzip_decode,
	.recompute = gzip_recompute,
};
