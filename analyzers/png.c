/* SPDX-License-Identifier: Apache-2.0 */
/*
 * png.c: PNG images (W3C PNG specification, second edition, section 5; MNG and
 * JNG share the chunk format but not the signature).
 *
 * The file is an 8-byte signature and chunks to the end:
 *
 *	length  u32 big-endian, of the data only, below 2^31
 *	type    4 ASCII letters
 *	data
 *	CRC     u32 big-endian, CRC-32 of type and data
 *
 * A chunk is one group, named by its type and, for text, its keyword
 * ("tEXt date:create"), so that an image with one comment more still pairs.
 * The pixels are one zlib stream that may span many IDAT chunks, cut wherever
 * the writer's buffer ended.  With one chunk its data is the encoded part; a
 * run of several whose framing and CRCs are right is one encoded part, which
 * decodes from the concatenation; a damaged run is left as its chunks.
 */
#include "analyzers/formats.h"
#include "base/digest.h"

#include <errno.h>

#define SIGNATURE      "\x89PNG\r\n\x1a\n"
#define SIGNATURE_SIZE 8
#define CHUNK_OVERHEAD 12
#define CHUNKS_MAX     (1u << 16)
#define KEYWORD_MAX    79
#define SHORT_TEXT     256

enum { TAG_NONE, TAG_CHUNK, TAG_IDAT_RUN, TAG_STREAM };

struct chunk {
	uint64_t off, data_len; /* of the whole chunk; of its data */
	const uint8_t *type;
};

static uint64_t chunk_size(const struct chunk *c)
{
	return c->data_len + CHUNK_OVERHEAD;
}

static bool is_letter(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool read_chunk(const uint8_t *data, uint64_t size, uint64_t off, struct chunk *ret)
{
	struct cursor c = cursor_make(data, size);
	const uint8_t *type;
	uint32_t len;
	int i;

	c.big = true;
	cursor_seek(&c, off);
	len = cursor_u32(&c);
	type = cursor_take(&c, 4);
	cursor_skip(&c, (uint64_t)len + 4);
	if (c.failed)
		return false;
	for (i = 0; i < 4; i++)
		if (!is_letter(type[i]))
			return false;
	*ret = (struct chunk){ .off = off, .data_len = len, .type = type };
	return true;
}

static bool is_type(const struct chunk *c, const char *type)
{
	return memcmp(c->type, type, 4) == 0;
}

static bool has_keyword(const struct chunk *c)
{
	return is_type(c, "tEXt") || is_type(c, "zTXt") || is_type(c, "iTXt") || is_type(c, "iCCP");
}

static uint32_t chunk_crc(const struct chunk *c)
{
	return crc32_of(0, c->type, c->data_len + 4);
}

static bool crc_is_right(const struct chunk *c)
{
	return chunk_crc(c) == load_uint(c->type + 4 + c->data_len, 4, true);
}

static bool png_probe(const uint8_t *data, uint64_t size)
{
	return size >= SIGNATURE_SIZE && memcmp(data, SIGNATURE, SIGNATURE_SIZE) == 0;
}

static void add_chunk(struct layout *l, const struct chunk *c)
{
	const uint8_t *nul = NULL;
	struct part *p;
	uint64_t len;

	if (has_keyword(c))
		nul = memchr(c->type + 4, 0, c->data_len < KEYWORD_MAX + 1 ? c->data_len : KEYWORD_MAX + 1);
	len = nul ? (uint64_t)(nul - (c->type + 4)) : 0;
	if (len)
		p = layout_addf(l, c->off, chunk_size(c), PART_GROUP, "%.4s %.*s", (const char *)c->type,
				(int)len, (const char *)c->type + 4);
	else
		p = layout_addf(l, c->off, chunk_size(c), PART_GROUP, "%.4s", (const char *)c->type);
	if (p)
		p->tag = TAG_CHUNK;
}

/* The end of the run of IDAT chunks that starts with *first; whether it may be decoded as one stream. */
static uint64_t idat_run(const struct layout *l, const struct chunk *first, unsigned *ret_count,
			 bool *ret_clean)
{
	struct chunk c = *first;
	bool clean = true;
	unsigned count = 0;
	uint64_t end;

	do {
		clean = clean && crc_is_right(&c);
		end = c.off + chunk_size(&c);
		count++;
	} while (read_chunk(l->data, l->size, end, &c) && is_type(&c, "IDAT"));
	*ret_count = count;
	*ret_clean = clean;
	return end;
}

static uint64_t add_pixels(struct layout *l, const struct chunk *first)
{
	unsigned count;
	struct part *p;
	uint64_t end;
	bool clean;

	end = idat_run(l, first, &count, &clean);
	if (count == 1) {
		add_chunk(l, first);
		return end;
	}
	if (!clean)
		layout_note(l, first->off, "an IDAT chunk's CRC is wrong: pixels are compared as stored");
	p = layout_add(l, first->off, end - first->off, clean ? PART_ENCODED : PART_GROUP, "IDAT");
	if (p)
		p->tag = TAG_IDAT_RUN;
	return end;
}

static int png_split(struct layout *l)
{
	uint64_t off = SIGNATURE_SIZE;
	struct chunk c;
	unsigned n;

	(void)layout_field(l, 0, SIGNATURE_SIZE, "signature", MEANS_MAGIC, CODED_BYTES);
	for (n = 0; off < l->size; n++) {
		if (n == CHUNKS_MAX || !read_chunk(l->data, l->size, off, &c)) {
			layout_note(l, off, n == CHUNKS_MAX ? "too many chunks" : "no whole chunk here");
			break;
		}
		if (is_type(&c, "IDAT")) {
			off = add_pixels(l, &c);
			continue;
		}
		add_chunk(l, &c);
		off += chunk_size(&c);
		if (is_type(&c, "IEND"))
			break;
	}
	return 0;
}

static const struct field_spec header_fields[] = {
	{ "width", 4, MEANS_NOTHING, CODED_BE },
	{ "height", 4, MEANS_NOTHING, CODED_BE },
	{ "bit depth", 1, MEANS_NOTHING, CODED_BE },
	{ "colour type", 1, MEANS_NOTHING, CODED_BE },
	{ "compression method", 1, MEANS_SETTING, CODED_BE },
	{ "filter method", 1, MEANS_SETTING, CODED_BE },
	{ "interlace method", 1, MEANS_SETTING, CODED_BE },
	{ 0 },
};

/* A moment in seven bytes, which no coding describes: each field means time, and is no number of seconds. */
static const struct field_spec time_fields[] = {
	{ "year", 2, MEANS_TIME, CODED_BYTES },   { "month", 1, MEANS_TIME, CODED_BYTES },
	{ "day", 1, MEANS_TIME, CODED_BYTES },    { "hour", 1, MEANS_TIME, CODED_BYTES },
	{ "minute", 1, MEANS_TIME, CODED_BYTES }, { "second", 1, MEANS_TIME, CODED_BYTES },
	{ 0 },
};

static void add_text_value(struct layout *l, uint64_t off, uint64_t len, const char *name)
{
	if (len <= SHORT_TEXT)
		(void)layout_field(l, off, len, name, MEANS_TEXT, CODED_BYTES);
	else
		(void)layout_add(l, off, len, PART_TEXT, name);
}

static void add_stream(struct layout *l, uint64_t off, uint64_t len, const char *name)
{
	struct part *p = layout_add(l, off, len, PART_ENCODED, name);

	if (p)
		p->tag = TAG_STREAM;
}

/* iTXt after its keyword: compressed?, method, language NUL, translated keyword NUL, UTF-8 text. */
static void add_international_text(struct layout *l, uint64_t off, uint64_t end)
{
	struct cursor c = cursor_make(l->data, end);
	uint64_t language, keyword;
	bool compressed;

	cursor_seek(&c, off);
	compressed = cursor_u8(&c) == 1;
	cursor_skip(&c, 1);
	(void)cursor_cstr(&c, &language);
	(void)cursor_cstr(&c, &keyword);
	if (c.failed)
		return;
	(void)layout_field(l, off, 1, "compression flag", MEANS_FLAGS, CODED_BE);
	(void)layout_field(l, off + 1, 1, "compression method", MEANS_SETTING, CODED_BE);
	(void)layout_field(l, off + 2, language + 1, "language", MEANS_TEXT, CODED_BYTES);
	(void)layout_field(l, off + 3 + language, keyword + 1, "translated keyword", MEANS_NAME, CODED_BYTES);
	if (compressed)
		add_stream(l, c.pos, end - c.pos, "text");
	else
		add_text_value(l, c.pos, end - c.pos, "text");
}

static void add_keyword_data(struct layout *l, const struct chunk *c)
{
	uint64_t off = c->off + 8, end = off + c->data_len;
	const uint8_t *nul = memchr(l->data + off, 0, c->data_len);

	if (!nul) {
		(void)layout_add(l, off, c->data_len, PART_RAW, "data");
		return;
	}
	(void)layout_field(l, off, (uint64_t)(nul - (l->data + off)), "keyword", MEANS_NAME, CODED_BYTES);
	off = (uint64_t)(nul - l->data);
	(void)layout_field(l, off++, 1, "separator", MEANS_NOTHING, CODED_BE);
	if (is_type(c, "tEXt")) {
		add_text_value(l, off, end - off, "text");
	} else if (is_type(c, "iTXt")) {
		add_international_text(l, off, end);
	} else if (off < end) {
		(void)layout_field(l, off, 1, "compression method", MEANS_SETTING, CODED_BE);
		add_stream(l, off + 1, end - off - 1, is_type(c, "iCCP") ? "profile" : "text");
	}
}

static void add_data(struct layout *l, const struct chunk *c)
{
	uint64_t off = c->off + 8;

	if (c->data_len == 0)
		return;
	if (is_type(c, "IHDR") && c->data_len == 13)
		layout_fields(l, off, header_fields);
	else if (is_type(c, "tIME") && c->data_len == 7)
		layout_fields(l, off, time_fields);
	else if (is_type(c, "IDAT"))
		add_stream(l, off, c->data_len, "data");
	else if (has_keyword(c))
		add_keyword_data(l, c);
	else
		(void)layout_add(l, off, c->data_len, PART_RAW, "data");
}

static int split_chunk(struct layout *l)
{
	struct chunk c;

	if (!read_chunk(l->data, l->size, 0, &c) || chunk_size(&c) != l->size)
		return 0;
	(void)layout_derived(l, 0, 4, "length", MEANS_SIZE, CODED_BE);
	(void)layout_field(l, 4, 4, "type", MEANS_MAGIC, CODED_BYTES);
	add_data(l, &c);
	(void)layout_derived(l, l->size - 4, 4, "CRC", MEANS_CHECKSUM, CODED_BE);
	return 0;
}

static int split_run(struct layout *l)
{
	struct chunk c;
	uint64_t off;

	for (off = 0; read_chunk(l->data, l->size, off, &c); off += chunk_size(&c)) {
		if (l->count == CHUNKS_MAX)
			break;
		add_chunk(l, &c);
	}
	return 0;
}

static int png_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	(void)l;
	return p->tag == TAG_IDAT_RUN ? split_run(child) : split_chunk(child);
}

/* Puts the data of a run's chunks together; the caller frees. */
static int join_run(const uint8_t *data, uint64_t size, uint8_t **ret, uint64_t *ret_len)
{
	uint8_t *joined = malloc(size);
	uint64_t off = 0, len = 0;
	struct chunk c;

	if (!joined)
		return -ENOMEM;
	for (; read_chunk(data, size, off, &c); off += chunk_size(&c)) {
		memcpy(joined + len, c.type + 4, c.data_len);
		len += c.data_len;
	}
	*ret = joined;
	*ret_len = len;
	return 0;
}

static int inflate_stream(const struct layout *l, const uint8_t *in, uint64_t size, const char *name,
			  struct content **ret, struct error *err)
{
	CLEANUP(spool_release) struct spool out = { .fd = -1 };
	uint64_t used;
	int r;

	r = spool_init(&out, l->budget, size);
	if (r < 0)
		return error_set(err, r, name, "cannot spool decompressed bytes");
	r = decode_deflate(DEFLATE_ZLIB, in, size, 0, &out, &used, err);
	if (r < 0)
		return r;
	if (used != size)
		return error_set_at(err, -EBADMSG, name, used, "bytes follow the zlib stream");
	return spool_finish(&out, name, ret);
}

static int png_decode(const struct layout *l, const struct part *p, struct content **ret, struct error *err)
{
	AUTO_FREE uint8_t *joined = NULL;
	uint64_t len;
	int r;

	if (p->tag != TAG_IDAT_RUN)
		return inflate_stream(l, part_data(l, p), p->len, p->name, ret, err);
	r = join_run(part_data(l, p), p->len, &joined, &len);
	if (r < 0)
		return error_set(err, r, p->name, "cannot join the IDAT chunks");
	return inflate_stream(l, joined, len, "pixels", ret, err);
}

static bool png_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	struct chunk c;

	if (!read_chunk(l->data, l->size, 0, &c))
		return false;
	store_uint(out, p->meaning == MEANS_CHECKSUM ? chunk_crc(&c) : l->size - CHUNK_OVERHEAD, 4, true);
	return true;
}

const struct analyzer png_analyzer = {
	.name = "png",
	.title = "PNG image",
	.probe = png_probe,
	.split = png_split,
	.split_part = png_split_part,
	.decode = png_decode,
	.recompute = png_recompute,
};
