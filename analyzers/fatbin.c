/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NVIDIA fat binaries: the containers that nvcc puts into `.nv_fatbin` and
 * `__nv_relfatbin`, that libraries also keep in `.rodata`, `.ldata` or sections
 * of their own, and that `nvcc -fatbin` writes to a file.
 *
 *   container   u32 magic 0xBA55ED50, u16 version 1, u16 header size 16, u64 bytes that follow the header
 *   entry       64 bytes of header, [ident], [option block], payload; the next entry follows at header + payload size
 *
 *     0x00 u16 kind            1 PTX text, 2 cubin (ELF), 8 LTO-IR
 *     0x02 u16 0x0101
 *     0x04 u32 header size     with ident and options, multiple of 8
 *     0x08 u64 payload size    multiple of 8
 *     0x10 u32 compressed size without the padding, 0: not compressed
 *     0x14 u32 option block    offset from the entry, 0: none
 *     0x18 u16 minor, 0x1A u16 major version (of the PTX ISA, of the cubin format)
 *     0x1C u32 architecture    75, 80, 90...
 *     0x20 u32 ident offset, 0x24 u32 ident length (path of the source as nvcc was told, with -g or -lineinfo)
 *     0x28 u64 flags
 *     0x30 u64 hash            0, or of LTO-IR
 *     0x38 u64 plain size      0: not compressed
 *
 * Option block: u32 offset from the entry, u32 length, and there a command
 * line of ptxas, or for cubins of sm_100 and later a block of attributes.  It
 * and the ident are followed by at least one NUL up to the next multiple of 8.
 *
 * Flags: 0x2000 LZ4 block, 0x8000 zstd frame; 0x100000 architecture-specific
 * (sm_90a), 0x200000 family-specific (sm_100f): sm_90 and sm_90a both say 90.
 * LTO-IR says zstd and is not: it is scrambled, and stays as it is.
 *
 * Source: read from the output of nvcc 13 for known inputs and from NVIDIA's
 * shipped libraries; the magic is in CUDA's own fatbinary_section.h.
 */
#include "analyzers/elf_extent.h"
#include "analyzers/formats.h"

#include <errno.h>
#include <stdio.h>

#define CONTAINER_MAGIC 0xBA55ED50u
#define CONTAINER_HEADER 16
#define ENTRY_HEADER 64
#define ENTRY_HEADER_MAX 65536
#define ENTRY_VERSION 0x0101
#define OPTION_HEADER 8

enum { KIND_PTX = 1, KIND_CUBIN = 2, KIND_LTOIR = 8 };

#define FLAG_LZ4 0x2000u
#define FLAG_ZSTD 0x8000u
#define FLAG_ARCH_SPECIFIC 0x100000u
#define FLAG_FAMILY_SPECIFIC 0x200000u

enum tag {
	TAG_NONE,
	TAG_CONTAINER,
	TAG_ENTRY,
	TAG_FAT_SIZE,
	TAG_HEADER_SIZE,
	TAG_PAYLOAD_SIZE,
	TAG_COMPRESSED_SIZE,
	TAG_PLAIN_SIZE,
	TAG_IDENT_OFFSET,
	TAG_IDENT_LENGTH,
	TAG_OPTION_BLOCK,
	TAG_OPTION_OFFSET,
	TAG_OPTION_LENGTH,
	TAG_PAYLOAD,
};

struct entry {
	unsigned kind, minor, major, arch;
	uint64_t header, payload, compressed, plain, flags;
	uint64_t option_block, ident, ident_len; /* offsets from the entry; 0: none */
	uint64_t option, option_len;
};

static uint64_t align8(uint64_t v)
{
	return (v + 7) & ~UINT64_C(7);
}

static bool all_zero(const uint8_t *p, uint64_t n)
{
	while (n && !*p)
		p++, n--;
	return n == 0;
}

static void read_options(const uint8_t *data, struct entry *e)
{
	if (!e->option_block)
		return;
	if (e->option_block < ENTRY_HEADER || !range_inside(e->option_block, OPTION_HEADER, e->header)) {
		e->option_block = 0;
		return;
	}
	e->option = load_le32(data + e->option_block);
	e->option_len = load_le32(data + e->option_block + 4);
	if (e->option < e->option_block + OPTION_HEADER || !range_inside(e->option, e->option_len, e->header)) {
		e->option = e->option_block + OPTION_HEADER;
		e->option_len = 0;
	}
}

/* The entry at `data`, with at most `size` bytes. false: none starts here. Places inside its header that are not
 * inside are dropped (0), so that what remains can be used as it is. */
static bool read_entry(const uint8_t *data, uint64_t size, struct entry *e)
{
	struct cursor c = cursor_make(data, size);
	unsigned version;

	*e = (struct entry){ .kind = cursor_u16(&c) };
	version = cursor_u16(&c);
	e->header = cursor_u32(&c);
	e->payload = cursor_u64(&c);
	e->compressed = cursor_u32(&c);
	e->option_block = cursor_u32(&c);
	e->minor = cursor_u16(&c);
	e->major = cursor_u16(&c);
	e->arch = cursor_u32(&c);
	e->ident = cursor_u32(&c);
	e->ident_len = cursor_u32(&c);
	e->flags = cursor_u64(&c);
	cursor_skip(&c, 8);
	e->plain = cursor_u64(&c);
	if (c.failed || version != ENTRY_VERSION || e->header < ENTRY_HEADER || e->header > ENTRY_HEADER_MAX ||
	    e->header % 8 || e->payload % 8 || e->header > size || e->payload > size - e->header ||
	    e->compressed > e->payload)
		return false;
	if (e->ident < ENTRY_HEADER || !range_inside(e->ident, e->ident_len, e->header))
		e->ident_len = 0;
	read_options(data, e);
	return true;
}

static bool container_header(const uint8_t *data, uint64_t size, uint64_t *ret_end)
{
	struct cursor c = cursor_make(data, size);
	bool ok = cursor_u32(&c) == CONTAINER_MAGIC;

	ok &= cursor_u16(&c) == 1;
	ok &= cursor_u16(&c) == CONTAINER_HEADER;
	return ok && !add_overflows(cursor_u64(&c), CONTAINER_HEADER, ret_end) && !c.failed;
}

/* How far the chain of entries reaches from the container at `data`, at most to `end`. */
static uint64_t chain_end(const uint8_t *data, uint64_t end)
{
	uint64_t pos = CONTAINER_HEADER;
	struct entry e;

	while (pos < end && read_entry(data + pos, end - pos, &e))
		pos += e.header + e.payload;
	return pos;
}

/* The length of the container at `data`; 0: none, or its entries do not fill it. */
static uint64_t container_length(const uint8_t *data, uint64_t size)
{
	uint64_t end;

	if (!container_header(data, size, &end) || end > size || chain_end(data, end) != end)
		return 0;
	return end;
}

/*
 * The scan.  Half a gigabyte of sections is searched for a four-byte magic, so
 * 64 bytes are compared at a time and only a block with a hit is looked at
 * word by word.  Containers stand at multiples of 8 in memory; sections that
 * are packed into others keep at least 4.
 */
typedef uint32_t words __attribute__((vector_size(16)));
#define SCAN_BLOCK 64

static bool block_has_magic(const uint8_t *p)
{
	static const uint8_t magic[4] = { 0x50, 0xed, 0x55, 0xba };
	words w[4], m, hit;
	uint32_t one;
	uint64_t any[2];

	memcpy(&one, magic, sizeof(one));
	m = (words){ one, one, one, one };
	memcpy(w, p, sizeof(w));
	hit = (words)(w[0] == m) | (words)(w[1] == m) | (words)(w[2] == m) | (words)(w[3] == m);
	memcpy(any, &hit, sizeof(any));
	return any[0] | any[1];
}

int fatbin_scan(const uint8_t *data, uint64_t size, int (*found)(void *ctx, uint64_t off, uint64_t len), void *ctx)
{
	uint64_t pos = 0, len, stop;
	int r;

	while (size - pos >= CONTAINER_HEADER) {
		while (size - pos >= SCAN_BLOCK && !block_has_magic(data + pos))
			pos += SCAN_BLOCK;
		stop = size - pos < SCAN_BLOCK ? size : pos + SCAN_BLOCK;
		for (; pos < stop && size - pos >= CONTAINER_HEADER; pos += 4) {
			len = container_length(data + pos, size - pos);
			if (!len)
				continue;
			r = found(ctx, pos, len);
			if (r < 0)
				return r;
			pos += len;
			break;
		}
	}
	return 0;
}

static bool fatbin_probe(const uint8_t *data, uint64_t size)
{
	uint64_t end;

	return container_header(data, size, &end);
}

static void add_field(struct layout *l, uint64_t off, uint64_t len, const char *name, enum meaning m, enum tag tag)
{
	struct part *p = layout_field(l, off, len, name, m, CODED_LE);

	if (!p)
		return;
	p->tag = tag;
	p->recomputes = tag != TAG_NONE;
}

static void add_entry_group(struct layout *l, uint64_t pos, const struct entry *e)
{
	const char *suffix = e->flags & FLAG_ARCH_SPECIFIC ? "a" : e->flags & FLAG_FAMILY_SPECIFIC ? "f" : "";
	uint64_t len = e->header + e->payload;
	const char *kind = e->kind == KIND_PTX ? "ptx" : e->kind == KIND_CUBIN ? "cubin" : "ltoir";
	struct part *p;

	if (e->kind == KIND_PTX || e->kind == KIND_CUBIN || e->kind == KIND_LTOIR)
		p = layout_addf(l, pos, len, PART_GROUP, "%s sm_%u%s", kind, e->arch, suffix);
	else
		p = layout_addf(l, pos, len, PART_GROUP, "kind %u sm_%u%s", e->kind, e->arch, suffix);
	if (p)
		p->tag = TAG_ENTRY;
}

/* One container at `at`: its header and its entries. */
static void split_container(struct layout *l, uint64_t at)
{
	uint64_t size = l->size - at, pos = at + CONTAINER_HEADER, end = 0;
	struct entry e;

	(void)container_header(l->data + at, size, &end);
	layout_field(l, at, 4, "magic", MEANS_MAGIC, CODED_LE);
	layout_field(l, at + 4, 2, "version", MEANS_VERSION, CODED_LE);
	layout_field(l, at + 6, 2, "header size", MEANS_SIZE, CODED_LE);
	add_field(l, at + 8, 8, "fat size", MEANS_SIZE, TAG_FAT_SIZE);
	if (end > size) {
		layout_note(l, at + 8, "container of %llu bytes is cut at %llu", (unsigned long long)end,
			    (unsigned long long)size);
		end = size;
	}
	end += at;
	while (pos < end) {
		if (!read_entry(l->data + pos, end - pos, &e)) {
			layout_note(l, pos, "no valid entry of a fat binary");
			return;
		}
		add_entry_group(l, pos, &e);
		pos += e.header + e.payload;
	}
}

/* A window that is one container is shown as such; several in a row (a section) are groups. */
static int fatbin_split(struct layout *l)
{
	uint64_t pos = 0, len = container_length(l->data, l->size);
	struct part *p;

	if (!len || all_zero(l->data + len, l->size - len)) {
		split_container(l, 0);
		if (len)
			layout_add(l, len, l->size - len, PART_PADDING, "padding");
		return 0;
	}
	while (l->size - pos >= CONTAINER_HEADER) {
		len = container_length(l->data + pos, l->size - pos);
		if (len) {
			p = layout_add(l, pos, len, PART_GROUP, "container");
			if (p)
				p->tag = TAG_CONTAINER;
		} else if (!all_zero(l->data + pos, 8)) {
			layout_note(l, pos, "no valid container of a fat binary");
			return 0;
		} else {
			len = 8;
			layout_add(l, pos, len, PART_PADDING, "padding");
		}
		pos += len;
	}
	return 0;
}

static const struct entry_field {
	uint8_t off, len;
	const char *name;
	enum meaning meaning;
	enum tag tag;
} entry_fields[] = {
	{ 0x00, 2, "kind", MEANS_NOTHING, TAG_NONE },
	{ 0x02, 2, "entry version", MEANS_VERSION, TAG_NONE },
	{ 0x04, 4, "header size", MEANS_SIZE, TAG_HEADER_SIZE },
	{ 0x08, 8, "payload size", MEANS_SIZE, TAG_PAYLOAD_SIZE },
	{ 0x10, 4, "compressed size", MEANS_SIZE, TAG_COMPRESSED_SIZE },
	{ 0x14, 4, "option block offset", MEANS_OFFSET, TAG_OPTION_BLOCK },
	{ 0x18, 2, "minor version", MEANS_VERSION, TAG_NONE },
	{ 0x1a, 2, "major version", MEANS_VERSION, TAG_NONE },
	{ 0x1c, 4, "architecture", MEANS_SETTING, TAG_NONE },
	{ 0x20, 4, "ident offset", MEANS_OFFSET, TAG_IDENT_OFFSET },
	{ 0x24, 4, "ident length", MEANS_SIZE, TAG_IDENT_LENGTH },
	{ 0x28, 8, "flags", MEANS_FLAGS, TAG_NONE },
	{ 0x30, 8, "hash", MEANS_CHECKSUM, TAG_NONE },
	{ 0x38, 8, "uncompressed size", MEANS_SIZE, TAG_PLAIN_SIZE },
};

static bool payload_encoded(const struct entry *e)
{
	return e->kind != KIND_LTOIR && e->flags & (FLAG_ZSTD | FLAG_LZ4) && e->compressed;
}

/* The bytes of the payload that are not padding. */
static uint64_t payload_used(const uint8_t *data, const struct entry *e)
{
	const uint8_t *payload = data + e->header;
	uint64_t used;

	if (e->compressed)
		return e->compressed;
	if (e->kind == KIND_PTX)
		return strnlen((const char *)payload, e->payload);
	if (elf_extent(payload, e->payload, &used) && e->payload - used < 8)
		return used;
	return e->payload;
}

static void split_payload(struct layout *l, const struct entry *e)
{
	uint64_t used = payload_used(l->data, e);
	enum part_kind kind = e->kind == KIND_LTOIR ? PART_RAW : payload_encoded(e) ? PART_ENCODED : PART_CONTENT;
	struct part *p = layout_add(l, e->header, used, kind, "payload");

	if (p)
		p->tag = TAG_PAYLOAD;
	layout_add(l, e->header + used, e->payload - used, PART_PADDING, "payload padding");
}

static void split_options(struct layout *l, const struct entry *e)
{
	if (!e->option_block)
		return;
	add_field(l, e->option_block, 4, "option offset", MEANS_OFFSET, TAG_OPTION_OFFSET);
	add_field(l, e->option_block + 4, 4, "option length", MEANS_SIZE,
		  e->kind == KIND_CUBIN ? TAG_NONE : TAG_OPTION_LENGTH);
	if (e->kind == KIND_CUBIN)
		layout_add(l, e->option, e->option_len, PART_RAW, "attributes");
	else
		layout_add(l, e->option, e->option_len, PART_TEXT, "options");
}

/* What lies between `from` and `to` and nobody claimed is alignment, when it is zero. */
static void pad_zero(struct layout *l, uint64_t from, uint64_t to)
{
	if (from < to && all_zero(l->data + from, to - from))
		layout_add(l, from, to - from, PART_PADDING, "padding");
}

static void split_entry(struct layout *l, const struct entry *e)
{
	uint64_t pos = ENTRY_HEADER;
	size_t i;

	for (i = 0; i < sizeof(entry_fields) / sizeof(entry_fields[0]); i++)
		add_field(l, entry_fields[i].off, entry_fields[i].len, entry_fields[i].name, entry_fields[i].meaning,
			  entry_fields[i].tag);
	if (e->ident_len) {
		layout_field(l, e->ident, e->ident_len, "ident", MEANS_PATH, CODED_BYTES);
		pos = e->ident + e->ident_len;
	}
	if (e->option_block) {
		split_options(l, e);
		pad_zero(l, pos, e->option_block);
		pos = e->option_len ? e->option + e->option_len : e->option_block + OPTION_HEADER;
	}
	pad_zero(l, pos, e->header);
	split_payload(l, e);
}

static int fatbin_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	struct entry e;

	(void)l;
	if (p->tag == TAG_CONTAINER)
		split_container(child, 0);
	else if (p->tag == TAG_ENTRY && read_entry(child->data, child->size, &e))
		split_entry(child, &e);
	return 0;
}

static int decompress(const struct layout *l, const struct part *p, const struct entry *e, struct content **ret,
		      struct error *err)
{
	const uint8_t *in = l->data + p->off;
	char name[48];
	struct spool s;
	int r;

	snprintf(name, sizeof(name), "sm_%u.%s", e->arch, e->kind == KIND_PTX ? "ptx" : "cubin");
	r = spool_init(&s, l->budget, p->len);
	if (r < 0)
		return r;
	if (e->flags & FLAG_ZSTD)
		r = decode_zstd(in, p->len, &s, err);
	else
		r = decode_lz4_block(in, p->len, e->plain, &s, err);
	if (r >= 0)
		r = spool_finish(&s, name, ret);
	spool_release(&s);
	return r;
}

/* The text of PTX is stored with a NUL at its end, which is no part of it. */
static int fatbin_decode(const struct layout *l, const struct part *p, struct content **ret, struct error *err)
{
	CLEANUP(content_unrefp) struct content *plain = NULL;
	uint64_t size;
	struct entry e;
	int r;

	if (!read_entry(l->data, l->size, &e) || !payload_encoded(&e))
		return error_set_at(err, -EINVAL, content_name(l->content), l->base, "not a compressed entry");
	r = decompress(l, p, &e, &plain, err);
	if (r < 0)
		return r;
	size = content_size(plain);
	if (e.kind == KIND_PTX && size && !content_data(plain)[size - 1])
		return content_slice(plain, 0, size - 1, content_name(plain), ret);
	*ret = steal_pointer(plain);
	return 0;
}

/* A payload as it is: an ELF file tells its own end, a text ends with a NUL. */
static bool recompute_plain_payload(const struct layout *l, const struct entry *e, enum tag tag, uint64_t *ret)
{
	const uint8_t *payload = l->data + e->header;
	uint64_t used = 0;

	if (e->compressed) { /* scrambled LTO-IR */
		*ret = align8(e->compressed);
		return tag == TAG_PAYLOAD_SIZE;
	}
	if (tag != TAG_PAYLOAD_SIZE) {
		*ret = 0;
		return true;
	}
	if (e->kind == KIND_PTX)
		used = strnlen((const char *)payload, e->payload) + 1;
	else if (!elf_extent(payload, e->payload, &used))
		return false;
	*ret = align8(used);
	return true;
}

/* The stored sizes of a payload, by the payload itself. */
static bool recompute_payload(const struct layout *l, const struct entry *e, enum tag tag, uint64_t *ret)
{
	const struct part *payload = layout_part_at(l, e->header);
	struct content *plain = NULL;
	uint64_t size = 0;

	if (!payload_encoded(e))
		return recompute_plain_payload(l, e, tag, ret);
	if (!payload || payload->tag != TAG_PAYLOAD || decompress(l, payload, e, &plain, NULL) < 0)
		return false;
	size = content_size(plain);
	content_unref(plain);
	/* That exactly these bytes decode to exactly that size is what both decoders just checked. */
	*ret = tag == TAG_PLAIN_SIZE ? size : tag == TAG_COMPRESSED_SIZE ? e->compressed : align8(e->compressed);
	return true;
}

static uint64_t end_of_ident(const struct entry *e)
{
	return e->ident_len ? align8(e->ident + e->ident_len + 1) : ENTRY_HEADER;
}

static uint64_t end_of_header(const struct entry *e)
{
	return e->option_block ? align8(e->option + e->option_len + 1) : end_of_ident(e);
}

static bool recompute_entry(const struct layout *l, const struct entry *e, enum tag tag, uint64_t *ret)
{
	switch (tag) {
	case TAG_HEADER_SIZE:
		*ret = end_of_header(e);
		return true;
	case TAG_IDENT_OFFSET:
		*ret = e->ident_len ? ENTRY_HEADER : 0;
		return true;
	case TAG_IDENT_LENGTH:
		*ret = e->ident_len ? strnlen((const char *)l->data + e->ident, e->header - e->ident) : 0;
		return true;
	case TAG_OPTION_BLOCK:
		*ret = e->option_block ? end_of_ident(e) : 0;
		return true;
	case TAG_OPTION_OFFSET:
		*ret = e->option_block + OPTION_HEADER;
		return e->option_block;
	case TAG_OPTION_LENGTH:
		*ret = strnlen((const char *)l->data + e->option, e->header - e->option);
		return e->option_block;
	case TAG_PAYLOAD_SIZE:
	case TAG_COMPRESSED_SIZE:
	case TAG_PLAIN_SIZE:
		return recompute_payload(l, e, tag, ret);
	default:
		return false;
	}
}

static bool fatbin_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	struct entry e;
	uint64_t v;

	if (p->tag == TAG_FAT_SIZE)
		v = chain_end(l->data, l->size) - CONTAINER_HEADER;
	else if (!read_entry(l->data, l->size, &e) || !recompute_entry(l, &e, p->tag, &v))
		return false;
	store_uint(out, v, (unsigned)p->len, false);
	return true;
}

const struct analyzer fatbin_analyzer = {
	.name = "fatbin",
	.title = "NVIDIA fat binary",
	.probe = fatbin_probe,
	.split = fatbin_split,
	.split_part = fatbin_split_part,
	.decode = fatbin_decode,
	.recompute = fatbin_recompute,
};
