/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu_entries.c: containers of GPU code taken apart into entries.
 *
 * Formats: fatbin.c (NVIDIA), hip.c (bundles).  What a target is called:
 *
 *   cubin    sm_90, sm_90a, sm_100f     a: only for exactly that device; f: for the family
 *   PTX      compute_90                 what nvcc's -gencode calls it
 *   LTO-IR   lto_90
 *   bundle   gfx90a:xnack+              the id of the entry without kind and triple
 *
 * A cubin's ELF header has the architecture in e_flags: bits 8 to 15 in files of ABI
 * version 8 (CUDA 13), bits 0 to 7 before.  It does not tell sm_90 from
 * sm_90a; the command line of ptxas in .note.nv.tkinfo does.  AMD's e_flags have a number
 * of the processor in bits 0 to 7 and its features above (LLVM, "User Guide
 * for AMDGPU Backend", e_flags of code object V3 and later).
 */
#include "analyzers/fatbin_entry.h"
#include "analyzers/gpu_private.h"
#include "analyzers/hip_bundle.h"
#include "base/buffer.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <zstd.h>

#define EM_CUDA_MACHINE 190
#define EM_AMDGPU_MACHINE 224
#define CUBIN_ABI_NEW 8
#define ENTRIES_MAX (UINT32_C(1) << 28)
#define HEAD_FIRST (UINT64_C(64) << 10)
#define HEAD_MAX (UINT64_C(16) << 20)

#define GROW(array, count, capacity)                                                                     \
	({                                                                                               \
		int grown_ = 0;                                                                          \
		if ((count) == (capacity)) {                                                             \
			uint32_t to_ = (capacity) ? (capacity) * 2 : 16;                                 \
			void *p_ = to_ > ENTRIES_MAX ? NULL : reallocarray((array), to_, sizeof(*(array))); \
			if (p_) {                                                                        \
				(array) = p_;                                                            \
				(capacity) = to_;                                                        \
			} else {                                                                         \
				grown_ = -ENOMEM;                                                        \
			}                                                                                \
		}                                                                                        \
		grown_;                                                                                  \
	})

static struct gpu_container *new_container(struct gpu_reader *r, uint64_t off, uint64_t len)
{
	struct gpu_code *g = r->g;
	struct gpu_container *c;

	if (GROW(g->containers, g->container_count, r->container_capacity) < 0)
		return NULL;
	c = &g->containers[g->container_count++];
	*c = (struct gpu_container){ .off = off, .bytes = len, .first = g->entry_count, .section = g->section_count - 1 };
	g->sections[c->section].count++;
	return c;
}

static struct gpu_entry *new_entry(struct gpu_reader *r)
{
	struct gpu_code *g = r->g;
	struct gpu_entry *e;

	if (GROW(g->entries, g->entry_count, r->entry_capacity) < 0)
		return NULL;
	e = &g->entries[g->entry_count++];
	*e = (struct gpu_entry){ .ident = "", .target = "", .container = g->container_count - 1 };
	g->containers[e->container].count++;
	return e;
}

/* What is no entry's is the header and the padding: conservation. */
static void close_container(struct gpu_code *g, uint64_t header)
{
	struct gpu_container *c = &g->containers[g->container_count - 1];
	uint64_t sum = header;
	uint32_t i;

	for (i = c->first; i < c->first + c->count; i++)
		sum += g->entries[i].bytes;
	assert(sum <= c->bytes);
	c->header = header;
	c->padding = c->bytes - sum;
	assert(g->sections[c->section].residue >= c->bytes);
	g->sections[c->section].residue -= c->bytes;
}

/* ---- names --------------------------------------------------------------------------------------------------- */

static const char *kept_name(struct gpu_reader *r, const char *name)
{
	uint32_t hash = 5381;
	const char **kept, *p;

	for (p = name; *p; p++)
		hash = hash * 33 + (uint8_t)*p;
	kept = &r->targets[hash % GPU_TARGETS_KEPT];
	if (!*kept || strcmp(*kept, name) != 0)
		*kept = arena_printf(&r->g->arena, "%s", name);
	return *kept;
}

static const char *nvidia_target(struct gpu_reader *r, enum gpu_kind kind, unsigned arch, char variant)
{
	const char *prefix = kind == GPU_PTX ? "compute_" : kind == GPU_LTO_IR ? "lto_" : "sm_";
	char name[32];

	snprintf(name, sizeof(name), "%s%u%.1s", prefix, arch, &variant);
	return kept_name(r, name);
}

/* "hipv4-amdgcn-amd-amdhsa--gfx90a:xnack+" -> "gfx90a:xnack+"; an id without a processor is its own name. */
static const char *bundle_target(struct gpu_reader *r, const struct hip_entry *e)
{
	char id[160];
	const char *at;

	snprintf(id, sizeof(id), "%.*s", (int)e->id_len, e->id);
	at = strstr(id, "-gfx");
	if (!at)
		at = strstr(id, "-sm_");
	if (at)
		return kept_name(r, at + 1);
	at = strncmp(id, "host-", 5) == 0 ? NULL : strstr(id, "--");
	return kept_name(r, at && at[2] ? at + 2 : id);
}

/* Of NVIDIA's objects in a bundle (OpenMP): the 90 of sm_90. */
static unsigned bundle_arch(const char *target)
{
	unsigned arch = 0, digits;

	if (strncmp(target, "sm_", 3) != 0)
		return 0;
	for (target += 3, digits = 0; *target >= '0' && *target <= '9' && digits < 5; target++, digits++)
		arch = arch * 10 + (unsigned)(*target - '0');
	return arch;
}

/* ---- NVIDIA -------------------------------------------------------------------------------------------------- */

static enum gpu_kind kind_of(unsigned kind)
{
	return kind == FATBIN_PTX ? GPU_PTX : kind == FATBIN_CUBIN ? GPU_CUBIN : kind == FATBIN_LTO_IR ? GPU_LTO_IR : GPU_OTHER;
}

static enum gpu_codec codec_of(const struct fatbin_entry *f)
{
	if (f->kind == FATBIN_LTO_IR)
		return GPU_OPAQUE;
	if (fatbin_entry_encoded(f))
		return f->flags & FATBIN_ZSTD ? GPU_ZSTD : GPU_LZ4;
	return f->compressed ? GPU_OPAQUE : GPU_RAW;
}

/* A payload is padded to 8, and says its size only when it is compressed. A cubin's size is a multiple of 8; text ends with
 * one NUL, which compressed text has too. */
static uint64_t raw_size(const uint8_t *entry, const struct fatbin_entry *f)
{
	uint64_t n = f->payload;

	while (f->kind == FATBIN_PTX && n > 1 && f->payload - n < 7 && !entry[f->header + n - 1] && !entry[f->header + n - 2])
		n--;
	return n;
}

static int add_fatbin_entry(struct gpu_reader *r, const uint8_t *data, uint64_t off, const struct fatbin_entry *f)
{
	struct gpu_entry *e = new_entry(r);

	if (!e)
		return -ENOMEM;
	e->off = off;
	e->bytes = f->header + f->payload;
	e->payload = off + f->header;
	e->payload_size = f->compressed ? f->compressed : raw_size(data, f);
	e->flags = f->flags;
	e->arch = f->arch;
	e->variant = fatbin_entry_variant(f);
	e->kind = kind_of(f->kind);
	e->codec = codec_of(f);
	e->raw_bytes = f->compressed ? f->plain : e->payload_size;
	e->target = nvidia_target(r, e->kind, e->arch, e->variant);
	if (f->ident_len)
		e->ident = arena_strndup(&r->g->arena, (const char *)data + f->ident, f->ident_len);
	return e->target && e->ident ? 0 : -ENOMEM;
}

static int add_fatbin(struct gpu_reader *r, uint64_t off, uint64_t len)
{
	const uint8_t *data = content_data(r->content) + off;
	uint64_t pos = FATBIN_CONTAINER_HEADER;
	struct fatbin_entry f;

	if (!new_container(r, off, len))
		return -ENOMEM;
	while (pos < len && fatbin_entry_read(data + pos, len - pos, &f)) {
		if (add_fatbin_entry(r, data + pos, off + pos, &f) < 0)
			return -ENOMEM;
		pos += f.header + f.payload;
	}
	close_container(r->g, FATBIN_CONTAINER_HEADER);
	return 0;
}

/* ---- bundles ------------------------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
	const struct gpu_entry *x = a, *y = b;

	return x->inner < y->inner ? -1 : x->inner > y->inner;
}

/*
 * Two entries may be the same bytes.  Entries are put into the order of their objects, and each has
 * the bytes that none before it has, so that they add up.  Returns the sum.
 */
static uint64_t tile_objects(struct gpu_code *g, uint64_t table_end)
{
	struct gpu_container *c = &g->containers[g->container_count - 1];
	uint64_t covered = table_end, sum = 0;
	uint32_t i;

	if (c->count)
		qsort(g->entries + c->first, c->count, sizeof(*g->entries), by_place);
	for (i = c->first; i < c->first + c->count; i++) {
		struct gpu_entry *e = &g->entries[i];
		uint64_t end = e->inner + e->raw_bytes;

		e->bytes = 0;
		if (end > covered) {
			e->bytes = end - (e->inner > covered ? e->inner : covered);
			covered = end;
		}
		sum += e->bytes;
	}
	return sum;
}

/* Gives each entry its share of `bytes`; rounding never loses one. */
static void share_bytes(struct gpu_code *g, uint64_t bytes, uint64_t sum)
{
	struct gpu_container *c = &g->containers[g->container_count - 1];
	uint64_t before = 0, given = 0;
	uint32_t i;

	for (i = c->first; sum && i < c->first + c->count; i++) {
		uint64_t until;

		before += g->entries[i].bytes;
		until = (uint64_t)((unsigned __int128)bytes * before / sum);
		g->entries[i].bytes = until - given;
		given = until;
	}
}

/* Adds the entries of the table in a bundle's first `known` of `size` bytes. 1: more must be known. */
static int add_bundle_entries(struct gpu_reader *r, const uint8_t *data, uint64_t known, uint64_t size, uint64_t *ret_end)
{
	struct cursor c = cursor_make(data, known);
	struct hip_entry h;
	uint64_t i, count;

	if (known < HIP_BUNDLE_HEADER || !hip_bundle_probe(data, known))
		return -EBADMSG;
	cursor_seek(&c, HIP_BUNDLE_MAGIC_SIZE);
	count = cursor_u64(&c);
	for (i = 0; i < count; i++) {
		struct gpu_entry *e;

		if (!hip_entry_read(&c, &h))
			return c.failed && known < size ? 1 : -EBADMSG;
		if (!range_inside(h.offset, h.size, size))
			return -EBADMSG;
		e = new_entry(r);
		if (!e)
			return -ENOMEM;
		e->inner = h.offset;
		e->raw_bytes = e->payload_size = h.size;
		e->kind = h.id_len > 5 && memcmp(h.id, "host-", 5) == 0 ? GPU_HIP_HOST : GPU_HIP_CODE;
		e->target = bundle_target(r, &h);
		if (!e->target)
			return -ENOMEM;
		e->arch = bundle_arch(e->target);
	}
	*ret_end = c.pos;
	return 0;
}

static int add_bundle(struct gpu_reader *r, uint64_t off, uint64_t len)
{
	const uint8_t *data = content_data(r->content) + off;
	struct gpu_container *c = new_container(r, off, len);
	uint64_t table_end;
	uint32_t i;
	int n;

	if (!c)
		return -ENOMEM;
	c->hip = true;
	n = add_bundle_entries(r, data, len, len, &table_end);
	if (n != 0)
		return n < 0 ? n : -EBADMSG;
	(void)tile_objects(r->g, table_end);
	for (i = c->first; i < c->first + c->count; i++)
		r->g->entries[i].off = r->g->entries[i].payload = off + r->g->entries[i].inner;
	close_container(r->g, table_end);
	return 0;
}

/* The first bytes of a compressed bundle, which hold its table: at most `want`. */
static int decode_head(const struct hip_ccob *h, const uint8_t *in, uint64_t len, uint64_t want, struct content **ret)
{
	ZSTD_inBuffer src = { in, len, 0 };
	ZSTD_outBuffer dst = { .size = want };
	AUTO_FREE uint8_t *room = NULL;
	ZSTD_DCtx *ctx;
	size_t n = 1;

	if (h->method != 1) /* no decoder of half a stream at hand: all of it */
		return hip_ccob_decode(h, in, len, &(struct budget){ .total_max = BUDGET_TOTAL, .ratio_max = BUDGET_RATIO }, ret,
				       NULL);
	room = malloc(want);
	ctx = ZSTD_createDCtx();
	dst.dst = room;
	while (room && ctx && n && !ZSTD_isError(n) && dst.pos < dst.size && src.pos < src.size)
		n = ZSTD_decompressStream(ctx, &dst, &src);
	ZSTD_freeDCtx(ctx);
	if (!room || !ctx)
		return -ENOMEM;
	return ZSTD_isError(n) ? -EBADMSG : content_copy(room, dst.pos, "bundle", ret);
}

static void drop_container(struct gpu_code *g)
{
	struct gpu_container *c = &g->containers[--g->container_count];

	g->entry_count = c->first;
	g->sections[c->section].count--;
}

static void finish_compressed(struct gpu_reader *r, const struct hip_ccob *h, uint64_t table_end)
{
	struct gpu_container *c = &r->g->containers[r->g->container_count - 1];
	uint64_t data = c->bytes - h->header, sum = tile_objects(r->g, table_end);
	uint32_t i;

	share_bytes(r->g, data, sum);
	for (i = c->first; i < c->first + c->count; i++) {
		r->g->entries[i].codec = h->method == 1 ? GPU_ZSTD : GPU_ZLIB;
		r->g->entries[i].payload_size = 0;
	}
	close_container(r->g, h->header);
}

static int add_compressed(struct gpu_reader *r, uint64_t off, uint64_t len)
{
	const uint8_t *data = content_data(r->content) + off;
	uint64_t want = HEAD_FIRST, table_end = 0;
	struct hip_ccob h;
	int n = 1;

	if (!hip_ccob_read(data, len, &h))
		return 0;
	for (; n == 1 && want <= HEAD_MAX; want *= 4) {
		CLEANUP(content_unrefp) struct content *head = NULL;
		struct gpu_container *c = new_container(r, off, len);

		if (!c)
			return -ENOMEM;
		c->hip = c->compressed = true;
		n = decode_head(&h, data + h.header, len - h.header, want < h.plain ? want : h.plain + 1, &head);
		if (n >= 0)
			n = add_bundle_entries(r, content_data(head), content_size(head), h.plain, &table_end);
		if (n != 0)
			drop_container(r->g);
	}
	if (n == 0)
		finish_compressed(r, &h, table_end);
	return n == -ENOMEM ? n : 0;
}

int gpu_add_container(struct gpu_reader *r, enum gpu_format format, uint64_t off, uint64_t len)
{
	switch (format) {
	case GPU_FATBIN:
		return add_fatbin(r, off, len);
	case GPU_BUNDLE:
		return add_bundle(r, off, len);
	default:
		return add_compressed(r, off, len);
	}
}

/* ---- bare objects -------------------------------------------------------------------------------------------- */

/* The command line of ptxas in a note says "-arch sm_90a". */
static char cubin_variant(const struct elf_file *f)
{
	uint32_t note = elf_file_section_named(f, ".note.nv.tkinfo");
	const uint8_t *at, *end;
	struct cursor c;

	if (!note)
		return 0;
	c = elf_file_cursor(f, &f->sections[note]);
	end = c.base + c.size;
	at = memmem(c.base, c.size, "-arch sm_", 9);
	if (!at)
		return 0;
	for (at += 9; at < end && *at >= '0' && *at <= '9';)
		at++;
	return at < end && (*at == 'a' || *at == 'f') ? (char)*at : 0;
}

/* LLVM's EF_AMDGPU_MACH. */
static const struct {
	uint8_t number;
	const char *name;
} amd_processors[] = {
	{ 0x20, "gfx600" },  { 0x21, "gfx601" },  { 0x22, "gfx700" },  { 0x23, "gfx701" },  { 0x24, "gfx702" },
	{ 0x25, "gfx703" },  { 0x26, "gfx704" },  { 0x28, "gfx801" },  { 0x29, "gfx802" },  { 0x2a, "gfx803" },
	{ 0x2b, "gfx810" },  { 0x2c, "gfx900" },  { 0x2d, "gfx902" },  { 0x2e, "gfx904" },  { 0x2f, "gfx906" },
	{ 0x30, "gfx908" },  { 0x31, "gfx909" },  { 0x32, "gfx90c" },  { 0x33, "gfx1010" }, { 0x34, "gfx1011" },
	{ 0x35, "gfx1012" }, { 0x36, "gfx1030" }, { 0x37, "gfx1031" }, { 0x38, "gfx1032" }, { 0x39, "gfx1033" },
	{ 0x3a, "gfx602" },  { 0x3b, "gfx705" },  { 0x3c, "gfx805" },  { 0x3d, "gfx1035" }, { 0x3e, "gfx1034" },
	{ 0x3f, "gfx90a" },  { 0x40, "gfx940" },  { 0x41, "gfx1100" }, { 0x42, "gfx1013" }, { 0x43, "gfx1150" },
	{ 0x44, "gfx1103" }, { 0x45, "gfx1036" }, { 0x46, "gfx1101" }, { 0x47, "gfx1102" }, { 0x48, "gfx1200" },
	{ 0x4a, "gfx1151" }, { 0x4b, "gfx941" },  { 0x4c, "gfx942" },  { 0x4e, "gfx1201" }, { 0x4f, "gfx950" },
};

static const char *amd_target(struct gpu_reader *r, uint32_t flags)
{
	static const char *const features[2][4] = { { "", "", ":xnack-", ":xnack+" }, { "", "", ":sramecc-", ":sramecc+" } };
	char name[64] = "amdgcn";
	size_t i;

	for (i = 0; i < sizeof(amd_processors) / sizeof(amd_processors[0]); i++)
		if (amd_processors[i].number == (flags & 0xff))
			snprintf(name, sizeof(name), "%s%s%s", amd_processors[i].name, features[1][flags >> 10 & 3],
				 features[0][flags >> 8 & 3]);
	return kept_name(r, name);
}

int gpu_add_object(struct gpu_reader *r, const struct elf_file *f)
{
	struct gpu_container *c = new_container(r, f->base, f->size);
	struct gpu_entry *e = c ? new_entry(r) : NULL;

	if (!e)
		return -ENOMEM;
	e->off = e->payload = f->base;
	e->bytes = e->payload_size = e->raw_bytes = f->size;
	c->hip = f->machine == EM_AMDGPU_MACHINE;
	if (c->hip) {
		e->kind = GPU_HIP_CODE;
		e->target = amd_target(r, f->flags);
	} else {
		e->kind = GPU_CUBIN;
		e->arch = f->data[EI_ABIVERSION] >= CUBIN_ABI_NEW ? f->flags >> 8 & 0xff : f->flags & 0xff;
		e->variant = cubin_variant(f);
		e->target = nvidia_target(r, GPU_CUBIN, e->arch, e->variant);
	}
	close_container(r->g, 0);
	return e->target ? 0 : -ENOMEM;
}
