/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.c: the decoders that several formats share.
 *
 * Input is hostile.  Output goes to a spool, which refuses what is over the
 * run's budget, so that memory and disk stay bounded whatever the input claims:
 *
 *   - A claimed size is a hint.  It is believed at most up to what the codec
 *     can possibly produce from that much input; the truth decides in the end.
 *   - deflate is decoded by libdeflate, which wants the whole output in one
 *     piece.  When the hint was too small the room is doubled and decoding
 *     starts again, so that the work is at most twice that of the last round.
 *   - A zstd frame that states its size is decoded in place; others go through
 *     a window whose size we limit.
 *   - All other filters are libarchive's, one at a time and by name.  Its "all"
 *     may start external programs, and its bidding would silently decode a
 *     chain of filters, of which only the last is charged to the budget.
 *
 * Facts: RFC 1951 (deflate: a match of 258 bytes takes at least 2 bits, hence
 * 1032:1), RFC 8878 (zstd), the lz4 block format document (an extra length
 * byte stands for at most 255 bytes).
 */
#include "analyzers/archive_reader.h"
#include "analyzers/formats.h"

#include <archive_entry.h>
#include <errno.h>
#include <libdeflate.h>
#include <limits.h>
#include <lz4.h>
#include <zstd.h>

#define DEFLATE_RATIO_MAX 1032
#define LZ4_RATIO_MAX 255
#define WINDOW_LOG_MAX 27 /* 128 MiB: what `zstd --ultra -22` uses; --long=28 and more is refused */
#define UNHINTED_ROOM (UINT64_C(1) << 20)
#define SMALL_FRAME (64 << 10)

typedef struct libdeflate_decompressor libdeflate_decompressor;
DEFINE_CLEANUP(libdeflate_decompressor *, libdeflate_free_decompressor)
DEFINE_CLEANUP(ZSTD_DCtx *, ZSTD_freeDCtx)

int decode_not_stored(int r, struct error *err)
{
	return error_set(err, r, NULL,
			 r == -EFBIG ? "decompressed data is over the limit"
				     : "decompressed data cannot be stored in the temporary directory");
}

static uint64_t saturating_mul(uint64_t a, uint64_t b)
{
	uint64_t v;

	return mul_overflows(a, b, &v) ? UINT64_MAX : v;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static enum libdeflate_result inflate_once(libdeflate_decompressor *d, enum deflate_wrapper w,
					   const uint8_t *in, uint64_t size, uint8_t *out, uint64_t room,
					   size_t *ret_in, size_t *ret_out)
{
	switch (w) {
	case DEFLATE_ZLIB:
		return libdeflate_zlib_decompress_ex(d, in, size, out, room, ret_in, ret_out);
	case DEFLATE_GZIP:
		return libdeflate_gzip_decompress_ex(d, in, size, out, room, ret_in, ret_out);
	default:
		return libdeflate_deflate_decompress_ex(d, in, size, out, room, ret_in, ret_out);
	}
}

int decode_deflate(enum deflate_wrapper w, const uint8_t *in, uint64_t size, uint64_t size_hint,
		   struct spool *out, uint64_t *ret_used, struct error *err)
{
	CLEANUP(libdeflate_free_decompressorp) libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	uint64_t most = saturating_mul(size, DEFLATE_RATIO_MAX), room;
	enum libdeflate_result result;
	size_t used = 0, produced = 0;
	uint8_t *p;
	int r;

	if (!d)
		return -ENOMEM;
	/* A hint of 0 says nothing; the room is never 0, since libdeflate wants an output pointer. */
	room = smaller(size_hint ? size_hint : smaller(size, UNHINTED_ROOM) * 4, most) + 1;
	for (;; room = smaller(saturating_mul(room, 2), most + 1)) {
		r = spool_reserve(out, room, &p);
		if (r < 0)
			return decode_not_stored(r, err);
		result = inflate_once(d, w, in, size, p, room, &used, &produced);
		if (result != LIBDEFLATE_INSUFFICIENT_SPACE || room > most)
			break;
	}
	if (result != LIBDEFLATE_SUCCESS)
		return error_set(err, -EBADMSG, NULL, "malformed deflate data");
	r = spool_commit(out, produced);
	if (r < 0)
		return decode_not_stored(r, err);
	if (ret_used)
		*ret_used = used;
	return 0;
}

static int zstd_error(struct error *err, uint64_t off, size_t code)
{
	return error_set_at(err, -EBADMSG, NULL, off, "zstd: %s", ZSTD_getErrorName(code));
}

/* The frame says how long its content is: decoded straight into the spool. */
static int decode_sized_frame(ZSTD_DCtx *ctx, const uint8_t *in, uint64_t size, uint64_t off, uint64_t plain,
			      struct spool *out, struct error *err)
{
	size_t produced;
	uint8_t *p;
	int r;

	r = spool_reserve(out, plain + 1, &p);
	if (r < 0)
		return r;
	produced = ZSTD_decompressDCtx(ctx, p, plain, in, size);
	if (ZSTD_isError(produced))
		return zstd_error(err, off, produced);
	return spool_commit(out, produced);
}

static int decode_frame_stream(ZSTD_DCtx *ctx, const uint8_t *in, uint64_t size, uint64_t off,
			       struct spool *out, struct error *err)
{
	ZSTD_inBuffer src = { in, size, 0 };
	ZSTD_outBuffer dst = { .size = ZSTD_DStreamOutSize() };
	size_t left = 1;
	uint8_t *p;
	int r;

	while (left) {
		r = spool_reserve(out, dst.size, &p);
		if (r < 0)
			return r;
		dst.dst = p;
		dst.pos = 0;
		left = ZSTD_decompressStream(ctx, &dst, &src);
		if (ZSTD_isError(left))
			return zstd_error(err, off + src.pos, left);
		if (left && src.pos == src.size && dst.pos < dst.size)
			return error_set_at(err, -EBADMSG, NULL, off + size, "zstd: truncated frame");
		r = spool_commit(out, dst.pos);
		if (r < 0)
			return r;
	}
	return 0;
}

static int decode_zstd_frame(ZSTD_DCtx *ctx, const uint8_t *in, uint64_t size, uint64_t off,
			     struct spool *out, struct error *err)
{
	uint64_t plain = ZSTD_getFrameContentSize(in, size);
	uint64_t believed = saturating_mul(size, out->budget->ratio_max);

	(void)ZSTD_DCtx_reset(ctx, ZSTD_reset_session_only);
	if (plain == ZSTD_CONTENTSIZE_ERROR || plain == ZSTD_CONTENTSIZE_UNKNOWN ||
	    plain > (believed > SMALL_FRAME ? believed : SMALL_FRAME))
		return decode_frame_stream(ctx, in, size, off, out, err);
	return decode_sized_frame(ctx, in, size, off, plain, out, err);
}

int decode_zstd(const uint8_t *in, uint64_t size, struct spool *out, struct error *err)
{
	CLEANUP(ZSTD_freeDCtxp) ZSTD_DCtx *ctx = ZSTD_createDCtx();
	uint64_t off = 0;
	size_t frame;
	int r;

	if (!ctx)
		return -ENOMEM;
	(void)ZSTD_DCtx_setParameter(ctx, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	if (!size)
		return error_set(err, -EBADMSG, NULL, "zstd: no frame");
	while (off < size) {
		frame = ZSTD_findFrameCompressedSize(in + off, size - off);
		if (ZSTD_isError(frame))
			return zstd_error(err, off, frame);
		r = decode_zstd_frame(ctx, in + off, frame, off, out, err);
		if (r < 0)
			return r == -EBADMSG ? r
					     : decode_not_stored(r, err);
		off += frame;
	}
	return 0;
}

int decode_lz4_block(const uint8_t *in, uint64_t size, uint64_t plain_size, struct spool *out,
		     struct error *err)
{
	uint8_t *p;
	int n, r;

	if (size > INT_MAX || plain_size > INT_MAX ||
	    plain_size > saturating_mul(size, LZ4_RATIO_MAX) + SMALL_FRAME)
		return error_set(err, -EBADMSG, NULL, "lz4: impossible size %llu",
				 (unsigned long long)plain_size);
	r = spool_reserve(out, plain_size + 1, &p);
	if (r < 0)
		return decode_not_stored(r, err);
	n = LZ4_decompress_safe((const char *)in, (char *)p, (int)size, (int)plain_size);
	if (n < 0)
		return error_set(err, -EBADMSG, NULL, "lz4: malformed block");
	return spool_commit(out, (uint64_t)n);
}

/* The filter that the first bytes announce; ARCHIVE_FILTER_NONE: none that we decode. */
static int filter_of(const uint8_t *in, uint64_t size)
{
	static const struct {
		const char *magic;
		size_t len;
		int code;
	} magics[] = {
		{ "\xfd" "7zXZ\0", 6, ARCHIVE_FILTER_XZ },     { "BZh", 3, ARCHIVE_FILTER_BZIP2 },
		{ "LZIP", 4, ARCHIVE_FILTER_LZIP },            { "\x1f\x9d", 2, ARCHIVE_FILTER_COMPRESS },
		{ "\x04\x22\x4d\x18", 4, ARCHIVE_FILTER_LZ4 }, { "\x02\x21\x4c\x18", 4, ARCHIVE_FILTER_LZ4 },
		{ "\x28\xb5\x2f\xfd", 4, ARCHIVE_FILTER_ZSTD },
	};
	size_t i;

	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (size >= magics[i].len && memcmp(in, magics[i].magic, magics[i].len) == 0)
			return magics[i].code;
	/* .lzma has no magic: a byte of properties (at most 224), then a dictionary size. */
	return size > 13 && in[0] < 225 ? ARCHIVE_FILTER_LZMA : ARCHIVE_FILTER_NONE;
}

static int filter_error(archive_reader *a, struct error *err)
{
	return archive_reader_error(a, "malformed compressed data", err);
}

static int drain(archive_reader *a, struct spool *out, struct error *err)
{
	const void *p;
	la_int64_t off;
	size_t n;
	int r;

	for (;;) {
		r = archive_read_data_block(a, &p, &n, &off);
		if (r == ARCHIVE_EOF)
			return 0;
		if (r != ARCHIVE_OK)
			return filter_error(a, err);
		r = spool_write(out, p, n);
		if (r < 0)
			return decode_not_stored(r, err);
	}
}

/*
 * liblzma reserves the dictionary that a stream announces, up to 4 GiB, and libarchive sets it no limit. 256 MiB is four
 * times what the highest preset of xz asks for. Of an xz stream the first block is looked at; xz writes all alike.
 */
#define DICTIONARY_MAX (UINT64_C(256) << 20)
#define XZ_STREAM_HEADER_SIZE 12
#define XZ_FILTER_LZMA2 0x21

static uint64_t xz_dictionary(const uint8_t *in, uint64_t size)
{
	struct cursor c = cursor_make(in, size);
	uint64_t id, properties;
	unsigned flags, bits, i;

	cursor_skip(&c, XZ_STREAM_HEADER_SIZE);
	if (cursor_u8(&c) == 0)
		return 0; /* an index: no block */
	flags = cursor_u8(&c);
	if (flags & 0x40)
		(void)cursor_uleb(&c); /* compressed size */
	if (flags & 0x80)
		(void)cursor_uleb(&c); /* uncompressed size */
	for (i = 0; i <= (flags & 3); i++) {
		id = cursor_uleb(&c);
		properties = cursor_uleb(&c);
		if (id == XZ_FILTER_LZMA2) {
			bits = cursor_u8(&c) & 0x3f;
			return bits >= 40 ? UINT32_MAX : (UINT64_C(2) | (bits & 1)) << (bits / 2 + 11);
		}
		cursor_skip(&c, properties);
	}
	return 0;
}

static uint64_t dictionary_of(int code, const uint8_t *in, uint64_t size)
{
	if (code == ARCHIVE_FILTER_XZ)
		return xz_dictionary(in, size);
	if (code == ARCHIVE_FILTER_LZMA && size > 5)
		return load_le32(in + 1);
	if (code == ARCHIVE_FILTER_LZIP && size > 6)
		return UINT64_C(1) << (in[5] & 0x1f);
	return 0;
}

/*
 * Sets up exactly one filter.  ARCHIVE_WARN says that libarchive would start an
 * external program.  compress reads its header when it is set up and so cannot
 * be appended before there is input; it is found by bidding, of it alone.
 */
static int enable_filter(archive_reader *a, int code, struct error *err)
{
	if (archive_read_support_filter_by_code(a, code) != ARCHIVE_OK ||
	    (code != ARCHIVE_FILTER_COMPRESS && archive_read_append_filter(a, code) != ARCHIVE_OK) ||
	    archive_read_support_format_raw(a) != ARCHIVE_OK ||
	    archive_read_support_format_empty(a) != ARCHIVE_OK)
		return error_set(err, -ENOTSUP, NULL, "this libarchive lacks the filter");
	return 0;
}

int decode_filter(const uint8_t *in, uint64_t size, struct spool *out, struct error *err)
{
	CLEANUP(archive_reader_freep) archive_reader *a = NULL;
	struct archive_entry *entry;
	int code = filter_of(in, size), r;

	if (code == ARCHIVE_FILTER_ZSTD)
		return decode_zstd(in, size, out, err);
	if (code == ARCHIVE_FILTER_NONE)
		return error_set(err, -EBADMSG, NULL, "no known compression");
	if (dictionary_of(code, in, size) > DICTIONARY_MAX)
		return error_set(err, -EFBIG, NULL, "its dictionary is announced as %llu bytes",
				 (unsigned long long)dictionary_of(code, in, size));
	a = archive_read_new();
	if (!a)
		return -ENOMEM;
	r = enable_filter(a, code, err);
	if (r < 0)
		return r;
	/* Opening decodes the first block; a failure there only shows in the error, and then looks like empty content. */
	if (archive_read_open_memory(a, in, size) != ARCHIVE_OK || archive_errno(a))
		return filter_error(a, err);
	if (archive_filter_count(a) != 2) /* it and the input itself */
		return error_set(err, -ENOTSUP, NULL, "several layers of one compression");
	r = archive_read_next_header(a, &entry);
	if (r == ARCHIVE_EOF)
		return 0;
	return r == ARCHIVE_OK ? drain(a, out, err) : filter_error(a, err);
}

const char *decoded_name(const char *name, char out[256])
{
	static const struct {
		const char *suffix, *instead;
	} suffixes[] = {
		{ ".gz", "" },   { ".tgz", ".tar" }, { ".xz", "" },    { ".txz", ".tar" },  { ".bz2", "" },
		{ ".tbz2", ".tar" }, { ".zst", "" }, { ".tzst", ".tar" }, { ".lz4", "" },   { ".lz", "" },
		{ ".lzma", "" }, { ".Z", "" },
	};
	const char *slash = strrchr(name, '/');
	size_t n, i, m;

	name = slash && slash[1] ? slash + 1 : name;
	n = strlen(name);
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		m = strlen(suffixes[i].suffix);
		if (n > m && strcmp(name + n - m, suffixes[i].suffix) == 0)
			break;
	}
	if (i < sizeof(suffixes) / sizeof(suffixes[0]))
		(void)snprintf(out, 256, "%.*s%s", (int)smaller(n - m, 240), name, suffixes[i].instead);
	else
		(void)snprintf(out, 256, "%s", name);
	return out;
}

const char *decoded_name_of(const struct layout *l, char out[256])
{
	const struct part *p = NULL;

	/* "body" is the same in every member: the member's own name tells more. */
	for (; l->parent && l->parent->content == l->content && (!p || strcmp(p->name, "body") == 0);
	     l = l->parent) {
		p = layout_part_at(l->parent, l->base - l->parent->base);
		if (!p)
			break;
	}
	return decoded_name(p ? p->name : content_name(l->content), out);
}
