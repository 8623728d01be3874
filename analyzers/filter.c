/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.c: compressed streams without a name of their own inside: xz, bzip2,
 * zstd, lz4, lzip, lzma, compress.
 *
 * A layout has the fields of the first stream's header (and of the last one's
 * trailer, where it has a fixed size), and everything between as one encoded
 * part, which stands for all streams or frames of the window.
 *
 * Facts: xz file format 1.1.0; RFC 8878 (zstd); lz4 frame format 1.6.2; lzip
 * manual, "File format"; bzip2's decompress.c; ncompress; the .lzma format in
 * liblzma's lzma-file-format.txt.  The last two are recognised by weak signs:
 * values that only these headers have, no more than one in a million files.
 */
#include "analyzers/fields.h"
#include "analyzers/formats.h"
#include "base/digest.h"

#include <errno.h>

enum { TAG_NONE, TAG_PAYLOAD, TAG_XZ_CRC, TAG_XZ_FOOTER_CRC, TAG_LZIP_CRC, TAG_LZIP_PLAIN, TAG_LZIP_SIZE,
       TAG_LZMA_PLAIN };

#define XZ_FOOTER_SIZE 12
#define LZIP_TRAILER_SIZE 20
#define LZMA_HEADER_SIZE 13
#define LZMA_PLAIN_MAX (UINT64_C(1) << 40)


static const struct derived_spec xz_header[] = {
	{ "magic", 6, MEANS_MAGIC, CODED_BYTES, 0 },
	{ "stream flags", 2, MEANS_SETTING, CODED_BE, 0 },
	{ "header crc32", 4, MEANS_CHECKSUM, CODED_LE, TAG_XZ_CRC },
	{ 0 },
};
static const struct derived_spec xz_footer[] = {
	{ "footer crc32", 4, MEANS_CHECKSUM, CODED_LE, TAG_XZ_FOOTER_CRC },
	{ "backward size", 4, MEANS_SIZE, CODED_LE, 0 },
	{ "footer flags", 2, MEANS_SETTING, CODED_BE, 0 },
	{ "footer magic", 2, MEANS_MAGIC, CODED_BYTES, 0 },
	{ 0 },
};
static const struct derived_spec bzip2_header[] = {
	{ "magic", 3, MEANS_MAGIC, CODED_BYTES, 0 },
	{ "level", 1, MEANS_SETTING, CODED_DEC, 0 },
	{ 0 },
};
static const struct derived_spec zstd_header[] = {
	{ "magic", 4, MEANS_MAGIC, CODED_BYTES, 0 },
	{ "frame header descriptor", 1, MEANS_SETTING, CODED_LE, 0 },
	{ 0 },
};
static const struct derived_spec lz4_header[] = {
	{ "magic", 4, MEANS_MAGIC, CODED_BYTES, 0 },
	{ "flags", 1, MEANS_SETTING, CODED_LE, 0 },
	{ "block size", 1, MEANS_SETTING, CODED_LE, 0 },
	{ 0 },
};
static const struct derived_spec lz4_legacy_header[] = {
	{ "magic", 4, MEANS_MAGIC, CODED_BYTES, 0 },
	{ 0 },
};
static const struct derived_spec lzip_header[] = {
	{ "magic", 4, MEANS_MAGIC, CODED_BYTES, 0 },
	{ "version", 1, MEANS_VERSION, CODED_LE, 0 },
	{ "dictionary size", 1, MEANS_SETTING, CODED_LE, 0 },
	{ 0 },
};
static const struct derived_spec lzip_trailer[] = {
	{ "crc32", 4, MEANS_CHECKSUM, CODED_LE, TAG_LZIP_CRC },
	{ "data size", 8, MEANS_SIZE, CODED_LE, TAG_LZIP_PLAIN },
	{ "member size", 8, MEANS_SIZE, CODED_LE, TAG_LZIP_SIZE },
	{ 0 },
};
static const struct derived_spec lzma_header[] = {
	{ "properties", 1, MEANS_SETTING, CODED_LE, 0 },
	{ "dictionary size", 4, MEANS_SETTING, CODED_LE, 0 },
	{ "uncompressed size", 8, MEANS_SIZE, CODED_LE, TAG_LZMA_PLAIN },
	{ 0 },
};
static const struct derived_spec compress_header[] = {
	{ "magic", 2, MEANS_MAGIC, CODED_BYTES, 0 },
	{ "bits", 1, MEANS_SETTING, CODED_LE, 0 },
	{ 0 },
};

static bool always(const uint8_t *data)
{
	(void)data;
	return true;
}

static bool is_bzip2(const uint8_t *data)
{
	/* The level, then the magic of a block or of an empty stream's end. */
	return data[3] >= '1' && data[3] <= '9' &&
	       (memcmp(data + 4, "1AY&SY", 6) == 0 || memcmp(data + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

static bool is_compress(const uint8_t *data)
{
	/* 9 to 16 bits, block mode, reserved bits 0; the first code is a literal. */
	return (data[2] & 0xe0) == 0x80 && (data[2] & 0x1f) >= 9 && (data[2] & 0x1f) <= 16 && !(data[4] & 1);
}

static bool is_lzip(const uint8_t *data)
{
	return data[4] <= 1 && (data[5] & 0x1f) >= 12 && (data[5] & 0x1f) <= 29;
}

/* As file(1) and xz do: dictionary 2^n or 2^n + 2^(n-1), a sane size, and range coder bytes that begin with 0. */
static bool is_lzma(const uint8_t *data)
{
	uint32_t dictionary = load_le32(data + 1), low = dictionary & -dictionary;
	uint64_t plain = load_le64(data + 5);

	if (data[0] >= 225 || dictionary < 4096 || data[LZMA_HEADER_SIZE] != 0)
		return false;
	if (dictionary != low && dictionary != 3 * low && dictionary != UINT32_MAX)
		return false;
	/* lc + lp is at most 4 in files; 0x5d (lc 3, lp 0, pb 2) is nearly all there is. */
	return (plain == UINT64_MAX || plain <= LZMA_PLAIN_MAX) && data[0] % 9 + data[0] / 9 % 5 <= 4;
}

struct format {
	const char *magic;
	uint8_t magic_len;
	uint8_t smallest; /* size of the smallest stream, and what accept() may read */
	uint8_t header, trailer;
	bool (*accept)(const uint8_t *data);
	const struct derived_spec *header_fields, *trailer_fields;
};

static const struct format formats[] = {
	{ "\xfd" "7zXZ\0", 6, 32, 12, XZ_FOOTER_SIZE, always, xz_header, xz_footer },
	{ "\x28\xb5\x2f\xfd", 4, 9, 5, 0, always, zstd_header, NULL },
	{ "BZh", 3, 14, 4, 0, is_bzip2, bzip2_header, NULL },
	{ "\x04\x22\x4d\x18", 4, 11, 6, 0, always, lz4_header, NULL },
	{ "\x02\x21\x4c\x18", 4, 8, 4, 0, always, lz4_legacy_header, NULL },
	{ "LZIP", 4, 26, 6, LZIP_TRAILER_SIZE, is_lzip, lzip_header, lzip_trailer },
	{ "\x1f\x9d", 2, 5, 3, 0, is_compress, compress_header, NULL },
	{ "", 0, 18, LZMA_HEADER_SIZE, 0, is_lzma, lzma_header, NULL },
};

static const struct format *format_of(const uint8_t *data, uint64_t size)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (size >= formats[i].smallest &&
		    memcmp(data, formats[i].magic, formats[i].magic_len) == 0 && formats[i].accept(data))
			return &formats[i];
	return NULL;
}

static bool filter_probe(const uint8_t *data, uint64_t size)
{
	return format_of(data, size) != NULL;
}

static int filter_split(struct layout *l)
{
	const struct format *f = format_of(l->data, l->size);
	uint64_t end = l->size, trailer = f->trailer;

	/* xz streams may be followed by zeros, in fours. */
	while (f->header_fields == xz_header && end - 4 >= f->smallest && load_le32(l->data + end - 4) == 0)
		end -= 4;
	if (f->header_fields == xz_header && memcmp(l->data + end - 2, "YZ", 2) != 0) {
		layout_note(l, end - 2,
			    "no stream footer: the xz stream is truncated or followed by other bytes");
		end = l->size;
		trailer = 0;
	}
	layout_derived_fields(l, 0, f->header_fields);
	(void)layout_tagged(layout_add(l, f->header, end - f->header - trailer, PART_ENCODED, "payload"),
			    TAG_PAYLOAD);
	if (trailer)
		layout_derived_fields(l, end - trailer, f->trailer_fields);
	(void)layout_add(l, end, l->size - end, PART_PADDING, "stream padding");
	return 0;
}

static int filter_decode(const struct layout *l, const struct part *p, struct content **ret,
			 struct error *err)
{
	struct spool out;
	char name[256];
	int r;

	(void)p;
	r = spool_init(&out, l->budget, l->size);
	if (r < 0)
		return r;
	r = decode_filter(l->data, l->size, &out, err);
	if (r < 0)
		spool_release(&out);
	else
		r = spool_finish(&out, decoded_name_of(l, name), ret);
	return r;
}

/* lzip's trailer describes the last member; only with one member that is all. */
static bool recompute_lzip(const struct layout *l, const struct part *p, uint8_t *out)
{
	CLEANUP(content_unrefp) struct content *plain = NULL;

	if (load_le64(l->data + l->size - 8) != l->size)
		return false;
	if (p->tag == TAG_LZIP_SIZE) {
		store_uint(out, l->size, 8, false);
		return true;
	}
	if (filter_decode(l, p, &plain, NULL) < 0)
		return false;
	if (p->tag == TAG_LZIP_PLAIN)
		store_uint(out, content_size(plain), 8, false);
	else
		store_uint(out, crc32_of(0, content_data(plain), content_size(plain)), 4, false);
	return true;
}

/* All ones: not known when the header was written, the data has an end mark. */
static bool recompute_lzma(const struct layout *l, const struct part *p, uint8_t *out)
{
	CLEANUP(content_unrefp) struct content *plain = NULL;

	memset(out, 0xff, 8);
	if (load_le64(part_data(l, p)) == UINT64_MAX)
		return true;
	if (filter_decode(l, p, &plain, NULL) < 0)
		return false;
	store_uint(out, content_size(plain), 8, false);
	return true;
}

static bool filter_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	const uint8_t *d = part_data(l, p);

	switch (p->tag) {
	case TAG_XZ_CRC:
		store_uint(out, crc32_of(0, d - 2, 2), 4, false);
		return true;
	case TAG_XZ_FOOTER_CRC:
		store_uint(out, crc32_of(0, d + 4, 6), 4, false);
		return true;
	case TAG_LZIP_CRC:
	case TAG_LZIP_PLAIN:
	case TAG_LZIP_SIZE:
		return recompute_lzip(l, p, out);
	case TAG_LZMA_PLAIN:
		return recompute_lzma(l, p, out);
	default:
		return false;
	}
}

const struct analyzer filter_analyzer = {
	.name = "filter",
	.title = "compressed data",
	.probe = filter_probe,
	.split = filter_split,
	.decode = filter_decode,
	.recompute = filter_recompute,
};
