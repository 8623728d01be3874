/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scan.  Half a gigabyte of sections is searched for three magics of four
 * bytes, so 64 bytes are compared at a time and only a block with a hit is
 * looked at word by word.  Containers stand at multiples of 8 in memory;
 * sections that are packed into others keep at least 4.
 *
 * A chain of entries that breaks was walked in vain, and hostile bytes can hold
 * a million headers before one long chain that breaks at its end.  Work in vain
 * is therefore bounded: entries walked by candidates that failed may be as many
 * as there are blocks of 64 bytes, plus a constant; from then on fat binaries
 * of more entries than remain are not recognised.  No file that a tool wrote comes near that:
 * in NVIDIA's libraries no candidate fails at all.
 */
#include "analyzers/gpu_scan.h"

#include "analyzers/fatbin_entry.h"
#include "analyzers/formats.h"
#include "analyzers/hip_bundle.h"

#include <zstd.h>

#define SCAN_BLOCK 64
#define VAIN_FREE 65536
#define VAIN_FRAME 4096 /* what a zstd frame that breaks is taken to cost */
#define ZSTD_MAGIC 0xFD2FB528u
#define SMALLEST 16

typedef uint32_t words __attribute__((vector_size(16)));

static const uint32_t magics[3] = {
	[GPU_FATBIN] = FATBIN_MAGIC,
	[GPU_BUNDLE] = 0x4c435f5f,            /* "__CL" */
	[GPU_BUNDLE_COMPRESSED] = 0x424f4343, /* "CCOB" */
};

struct scan {
	const uint8_t *data;
	uint64_t size, vain;
	unsigned formats;
	words wanted[3];
};

static bool block_has_magic(const struct scan *s, const uint8_t *p)
{
	words w[4], hit = { 0 };
	uint64_t any[2];
	unsigned i;

	memcpy(w, p, sizeof(w));
	for (i = 0; i < 3; i++)
		hit |= (words)(w[0] == s->wanted[i]) | (words)(w[1] == s->wanted[i]) | (words)(w[2] == s->wanted[i]) |
		       (words)(w[3] == s->wanted[i]);
	memcpy(any, &hit, sizeof(any));
	return any[0] | any[1];
}

static uint64_t fatbin_length(struct scan *s, const uint8_t *p, uint64_t left)
{
	uint64_t end, pos = FATBIN_CONTAINER_HEADER, walked = 0;
	struct fatbin_entry e;

	if (!fatbin_container_header(p, left, &end) || end > left)
		return 0;
	while (pos < end && walked <= s->vain && fatbin_entry_read(p + pos, end - pos, &e)) {
		pos += e.header + e.payload;
		walked++;
	}
	if (pos == end)
		return end;
	s->vain -= walked < s->vain ? walked : s->vain;
	return 0;
}

/* Every object inside, every id with a kind before its triple ("host-x86_64...", "hipv4-amdgcn..."). */
static uint64_t bundle_length(struct scan *s, const uint8_t *p, uint64_t left)
{
	struct cursor c = cursor_make(p, left);
	struct hip_table t;
	struct hip_entry e;
	uint64_t i;

	if (!hip_bundle_probe(p, left) || load_le64(p + HIP_BUNDLE_MAGIC_SIZE) > s->vain)
		return 0;
	hip_table_read(p, left, &t);
	cursor_seek(&c, HIP_BUNDLE_HEADER);
	for (i = 0; i < t.readable && hip_entry_read(&c, &e); i++)
		if (!e.id_len || !memchr(e.id, '-', e.id_len) || !range_inside(e.offset, e.size, left))
			break;
	if (t.count && i == t.count)
		return t.end;
	s->vain -= t.readable < s->vain ? t.readable : s->vain;
	return 0;
}

/* Version 1 does not say where it ends: a zstd frame does, and zlib data is taken to reach to the next bundle or the
 * end, without the zeros that pad it (up to four of which may be its checksum). */
static uint64_t unsaid_length(const uint8_t *p, uint64_t left, const struct hip_ccob *h)
{
	const uint8_t *next;
	uint64_t end = left;
	size_t frame;

	if (h->method == 1) {
		frame = ZSTD_findFrameCompressedSize(p + h->header, left - h->header);
		return ZSTD_isError(frame) ? 0 : h->header + frame;
	}
	next = memmem(p + h->header, left - h->header, "CCOB", 4);
	if (next)
		end = (uint64_t)(next - p);
	left = end;
	while (end > h->header && !p[end - 1])
		end--;
	return end + 4 < left ? end + 4 : left;
}

static uint64_t compressed_length(struct scan *s, const uint8_t *p, uint64_t left)
{
	struct hip_ccob h;
	uint64_t length;
	bool begins;

	if (!hip_ccob_read(p, left, &h) || h.cut || h.total < h.header + 4u)
		return 0;
	begins = h.method == 1 ? load_le32(p + h.header) == ZSTD_MAGIC :
				 (p[h.header] & 0x0f) == 8 && (p[h.header] << 8 | p[h.header + 1]) % 31 == 0;
	if (!begins)
		return 0;
	if (h.version > 1)
		return h.total;
	length = s->vain >= VAIN_FRAME ? unsaid_length(p, left, &h) : 0;
	if (!length)
		s->vain -= s->vain < VAIN_FRAME ? s->vain : VAIN_FRAME;
	return length;
}

/* The length of the container that stands here; 0: none. */
static uint64_t length_at(struct scan *s, uint64_t pos, enum gpu_format *ret)
{
	const uint8_t *p = s->data + pos;
	uint64_t left = s->size - pos;
	uint32_t magic = load_le32(p);

	*ret = magic == magics[GPU_FATBIN] ? GPU_FATBIN : magic == magics[GPU_BUNDLE] ? GPU_BUNDLE : GPU_BUNDLE_COMPRESSED;
	if (magic != magics[*ret] || !(s->formats & 1u << *ret))
		return 0;
	return *ret == GPU_FATBIN ? fatbin_length(s, p, left) :
	       *ret == GPU_BUNDLE ? bundle_length(s, p, left) : compressed_length(s, p, left);
}

/*
 * Where to go on.  A bundle may end anywhere, and the next one begin anywhere behind zeros;
 * everything else is aligned.
 */
static uint64_t behind(struct scan *s, enum gpu_format format, uint64_t end)
{
	enum gpu_format next;
	uint64_t at = end;

	if (format == GPU_FATBIN)
		return end;
	while (at < s->size && !s->data[at])
		at++;
	if (s->size - at >= SMALLEST && length_at(s, at, &next) && next != GPU_FATBIN)
		return at;
	return (end + 3) & ~UINT64_C(3);
}

static void want(struct scan *s)
{
	uint32_t any = magics[GPU_FATBIN], m;
	unsigned i;

	for (i = 0; i < 3; i++)
		if (s->formats & 1u << i)
			any = magics[i];
	for (i = 0; i < 3; i++) {
		m = s->formats & 1u << i ? magics[i] : any;
		s->wanted[i] = (words){ m, m, m, m };
	}
}

int gpu_scan(const uint8_t *data, uint64_t size, unsigned formats,
	     int (*found)(void *ctx, enum gpu_format format, uint64_t off, uint64_t len), void *ctx)
{
	struct scan s = { .data = data, .size = size, .vain = size / SCAN_BLOCK + VAIN_FREE, .formats = formats };
	uint64_t pos = 0, len, stop;
	enum gpu_format format;
	int r;

	want(&s);
	while (size - pos >= SMALLEST) {
		while (size - pos >= SCAN_BLOCK && !block_has_magic(&s, data + pos))
			pos += SCAN_BLOCK;
		stop = size - pos < SCAN_BLOCK ? size : pos + SCAN_BLOCK;
		for (; pos < stop && size - pos >= SMALLEST; pos += 4) {
			len = length_at(&s, pos, &format);
			if (!len)
				continue;
			r = found(ctx, format, pos, len);
			if (r < 0)
				return r;
			pos = behind(&s, format, pos + len);
			if (pos > size)
				return 0;
			break;
		}
	}
	return 0;
}
