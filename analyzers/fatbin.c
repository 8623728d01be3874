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
#include "analyzers/fatbin_entry.h"
#include "analyzers/formats.h"
#include "analyzers/gpu_scan.h"

#include <errno.h>

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

#define OPTION_HEADER 8

static uint64_t align8(uint64_t v)
{
	return (v + 7) & ~UINT64_C(7);
}

struct fatbin_found {
	int (*found)(void *ctx, uint64_t off, uint64_t len);
	void *ctx;
};

static int pass_on(void *ctx, enum gpu_format format, uint64_t off, uint64_t len)
{
	const struct fatbin_found *f = ctx;

	(void)format;
	return f->found(f->ctx, off, len);
}

int fatbin_scan(const uint8_t *data, uint64_t size, int (*found)(void *ctx, uint64_t off, uint64_t len), void *ctx)
{
	struct fatbin_found f = { found, ctx };

	return gpu_scan(data, size, 1u << GPU_FATBIN, pass_on, &f);
}

static bool fatbin_probe(const uint8_t *data, uint64_t size)
{
	uint64_t end;

	return fatbin_container_header(data, size, &end);
}

static void add_field(struct layout *l, uint64_t off, uint64_t len, const char *name, enum meaning m, enum tag tag)
{
	struct part *p = layout_field(l, off, len, name, m, CODED_LE);

	if (!p)
		return;
	p->tag = tag;
	p->recomputes = tag != TAG_NONE;
}

static void add_entry_group(struct layout *l, uint64_t pos, const struct fatbin_entry *e)
{
	const char variant[2] = { fatbin_entry_variant(e), 0 };
	uint64_t len = e->header + e->payload;
	const char *kind = e->kind == FATBIN_PTX ? "ptx" : e->kind == FATBIN_CUBIN ? "cubin" : "ltoir";
	struct part *p;

	if (e->kind == FATBIN_PTX || e->kind == FATBIN_CUBIN || e->kind == FATBIN_LTO_IR)
		p = layout_addf(l, pos, len, PART_GROUP, "%s sm_%u%s", kind, e->arch, variant);
	else
		p = layout_addf(l, pos, len, PART_GROUP, "kind %u sm_%u%s", e->kind, e->arch, variant);
	if (p)
		p->tag = TAG_ENTRY;
}

/* One container at `at`: its header and its entries. */
static void split_container(struct layout *l, uint64_t at)
{
	uint64_t size = l->size - at, pos = at + FATBIN_CONTAINER_HEADER, end = 0;
	struct fatbin_entry e;

	(void)fatbin_container_header(l->data + at, size, &end);
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
		if (!fatbin_entry_read(l->data + pos, end - pos, &e)) {
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
	uint64_t pos = 0, len = fatbin_container_length(l->data, l->size);
	struct part *p;

	if (!len || bytes_are_zero(l->data + len, l->size - len)) {
		split_container(l, 0);
		if (len)
			layout_add(l, len, l->size - len, PART_PADDING, "padding");
		return 0;
	}
	while (l->size - pos >= FATBIN_CONTAINER_HEADER) {
		len = fatbin_container_length(l->data + pos, l->size - pos);
		if (len) {
			p = layout_add(l, pos, len, PART_GROUP, "container");
			if (p)
				p->tag = TAG_CONTAINER;
		} else if (!bytes_are_zero(l->data + pos, 8)) {
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

static void split_payload(struct layout *l, const struct fatbin_entry *e)
{
	uint64_t used = fatbin_entry_used(l->data, e);
	enum part_kind kind = e->kind == FATBIN_LTO_IR ? PART_RAW : fatbin_entry_encoded(e) ? PART_ENCODED : PART_CONTENT;
	struct part *p = layout_add(l, e->header, used, kind, "payload");

	if (p)
		p->tag = TAG_PAYLOAD;
	layout_add(l, e->header + used, e->payload - used, PART_PADDING, "payload padding");
}

static void split_options(struct layout *l, const struct fatbin_entry *e)
{
	if (!e->option_block)
		return;
	add_field(l, e->option_block, 4, "option offset", MEANS_OFFSET, TAG_OPTION_OFFSET);
	add_field(l, e->option_block + 4, 4, "option length", MEANS_SIZE,
		  e->kind == FATBIN_CUBIN ? TAG_NONE : TAG_OPTION_LENGTH);
	if (e->kind == FATBIN_CUBIN)
		layout_add(l, e->option, e->option_len, PART_RAW, "attributes");
	else
		layout_add(l, e->option, e->option_len, PART_TEXT, "options");
}

/* What lies between `from` and `to` and nobody claimed is alignment, when it is zero. */
static void pad_zero(struct layout *l, uint64_t from, uint64_t to)
{
	if (from < to && bytes_are_zero(l->data + from, to - from))
		layout_add(l, from, to - from, PART_PADDING, "padding");
}

static void split_entry(struct layout *l, const struct fatbin_entry *e)
{
	uint64_t pos = FATBIN_ENTRY_HEADER;
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
	struct fatbin_entry e;

	(void)l;
	if (p->tag == TAG_CONTAINER)
		split_container(child, 0);
	else if (p->tag == TAG_ENTRY && fatbin_entry_read(child->data, child->size, &e))
		split_entry(child, &e);
	return 0;
}

/* The text of PTX is stored with a NUL at its end, which is no part of it. */
static int fatbin_decode(const struct layout *l, const struct part *p, struct content **ret, struct error *err)
{
	CLEANUP(content_unrefp) struct content *plain = NULL;
	uint64_t size;
	struct fatbin_entry e;
	int r;

	if (!fatbin_entry_read(l->data, l->size, &e) || !fatbin_entry_encoded(&e))
		return error_set_at(err, -EINVAL, content_name(l->content), l->base, "not a compressed entry");
	r = fatbin_entry_decode(&e, l->data + p->off, p->len, l->budget, &plain, err);
	if (r < 0)
		return r;
	size = content_size(plain);
	if (e.kind == FATBIN_PTX && size && !content_data(plain)[size - 1])
		return content_slice(plain, 0, size - 1, content_name(plain), ret);
	*ret = steal_pointer(plain);
	return 0;
}

/* A payload as it is: an ELF file tells its own end, a text ends with a NUL. */
static bool recompute_plain_payload(const struct layout *l, const struct fatbin_entry *e, enum tag tag, uint64_t *ret)
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
	if (e->kind == FATBIN_PTX)
		used = strnlen((const char *)payload, e->payload) + 1;
	else if (!elf_extent(payload, e->payload, &used))
		return false;
	*ret = align8(used);
	return true;
}

/* The stored sizes of a payload, by the payload itself. */
static bool recompute_payload(const struct layout *l, const struct fatbin_entry *e, enum tag tag, uint64_t *ret)
{
	const struct part *payload = layout_part_at(l, e->header);
	struct content *plain = NULL;
	uint64_t size = 0;

	if (!fatbin_entry_encoded(e))
		return recompute_plain_payload(l, e, tag, ret);
	if (!payload || payload->tag != TAG_PAYLOAD ||
	    fatbin_entry_decode(e, l->data + payload->off, payload->len, l->budget, &plain, NULL) < 0)
		return false;
	size = content_size(plain);
	content_unref(plain);
	/* That exactly these bytes decode to exactly that size is what both decoders just checked. */
	*ret = tag == TAG_PLAIN_SIZE ? size : tag == TAG_COMPRESSED_SIZE ? e->compressed : align8(e->compressed);
	return true;
}

static uint64_t end_of_ident(const struct fatbin_entry *e)
{
	return e->ident_len ? align8(e->ident + e->ident_len + 1) : FATBIN_ENTRY_HEADER;
}

static uint64_t end_of_header(const struct fatbin_entry *e)
{
	return e->option_block ? align8(e->option + e->option_len + 1) : end_of_ident(e);
}

static bool recompute_entry(const struct layout *l, const struct fatbin_entry *e, enum tag tag, uint64_t *ret)
{
	switch (tag) {
	case TAG_HEADER_SIZE:
		*ret = end_of_header(e);
		return true;
	case TAG_IDENT_OFFSET:
		*ret = e->ident_len ? FATBIN_ENTRY_HEADER : 0;
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
	struct fatbin_entry e;
	uint64_t v;

	if (p->tag == TAG_FAT_SIZE)
		v = fatbin_chain_end(l->data, l->size) - FATBIN_CONTAINER_HEADER;
	else if (!fatbin_entry_read(l->data, l->size, &e) || !recompute_entry(l, &e, p->tag, &v))
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
