/* SPDX-License-Identifier: Apache-2.0 */
/* gpu.h: where GPU code is found, what its entries are, and that the bytes add up. */
#include "analyzers/gpu.h"
#include "tests/unit/put_elf.h"
#include "tests/unit/put_fatbin.h"
#include "tests/unit/scratch.h"

#include <ar.h>
#include <errno.h>
#include <lz4.h>
#include <zlib.h>
#include <zstd.h>

#define PTX ".version 9.0\n.target sm_90\n.address_size 64\n// words words words words words words words words\n"
#define EM_CUDA_MACHINE 190
#define EM_AMDGPU_MACHINE 224

static const struct fatbin_spec ptx_90 = { .kind = 1, .arch = 90, .flags = 0x11, .payload = PTX, .size = sizeof(PTX) };

static struct content *content_of(const struct bytes *b)
{
	struct content *c;

	assert_int_equal(content_copy(b->data, b->len, "made", &c), 0);
	return c;
}

/* What every answer must hold, whatever the input. */
static void assert_adds_up(const struct gpu_code *g)
{
	uint32_t s, c, e;

	for (s = 0; s < g->section_count; s++) {
		const struct gpu_section *x = &g->sections[s];
		uint64_t sum = x->residue;

		for (c = x->first; c < x->first + x->count; c++) {
			const struct gpu_container *k = &g->containers[c];
			uint64_t bytes = k->header + k->padding;

			for (e = k->first; e < k->first + k->count; e++) {
				bytes += g->entries[e].bytes;
				assert_int_equal(g->entries[e].container, c);
				assert_non_null(g->entries[e].target);
			}
			assert_int_equal(bytes, k->bytes);
			assert_int_equal(k->section, s);
			sum += k->bytes;
		}
		assert_int_equal(sum, x->bytes);
	}
}

static struct gpu_code *read_bytes(const struct bytes *b)
{
	struct content *c = content_of(b);
	struct error err = { 0 };
	struct gpu_code *g;
	char text[600];
	int r = gpu_read(c, &g, &err);

	if (r < 0)
		fail_msg("%s", error_text(&err, text, sizeof(text)));
	content_unref(c);
	assert_adds_up(g);
	return g;
}

static void assert_refused(const struct bytes *b)
{
	struct content *c = content_of(b);
	struct error err = { 0 };
	struct gpu_code *g = NULL;

	assert_int_equal(gpu_read(c, &g, &err), -EBADMSG);
	assert_int_equal(err.code, -EBADMSG);
	assert_null(g);
	content_unref(c);
}

static struct content *decoded(const struct gpu_code *g, uint32_t i)
{
	struct budget budget = { .total_max = 1 << 20 };
	struct error err = { 0 };
	struct content *c = NULL;
	char text[600];

	if (gpu_decode(g, &g->entries[i], &budget, &c, &err) < 0)
		fail_msg("%s", error_text(&err, text, sizeof(text)));
	assert_int_equal(content_size(c), g->entries[i].raw_bytes);
	return c;
}

static int decode_error(const struct gpu_code *g, uint32_t i, uint64_t most)
{
	struct budget budget = { .total_max = most };
	struct error err = { 0 };
	struct content *c = NULL;
	int r = gpu_decode(g, &g->entries[i], &budget, &c, &err);

	assert_null(c);
	assert_int_equal(err.code, r);
	return r;
}

static void test_every_section_is_searched(void **state)
{
	static const char words[44] = "words that are no GPU code, 44 bytes of them";
	struct bytes two = { 0 }, hidden = { 0 }, b = { 0 };
	struct gpu_code *g;

	(void)state;
	put_container(&two, &ptx_90, 1);
	put_container(&two, &ptx_90, 1);
	put(&hidden, words, sizeof(words));
	put_container(&hidden, &ptx_90, 1);
	put(&hidden, words, 12);
	put_elf(&b, EM_X86_64, 0, 0,
		(const struct elf_piece[]){ { .name = ".text", .type = SHT_PROGBITS, .data = words, .size = 44 },
					    { .name = ".rodata", .type = SHT_PROGBITS, .data = hidden.data, .size = hidden.len },
					    { .name = ".nv_fatbin", .type = SHT_PROGBITS, .data = two.data, .size = two.len },
					    { 0 } });
	g = read_bytes(&b);
	assert_int_equal(g->section_count, 2);
	assert_string_equal(g->sections[0].name, ".rodata");
	assert_null(g->sections[0].member);
	assert_int_equal(g->sections[0].index, 2);
	assert_int_equal(g->sections[0].count, 1);
	assert_int_equal(g->sections[0].residue, 44 + 12);
	assert_int_equal(g->containers[0].off, g->sections[0].off + 44);
	assert_string_equal(g->sections[1].name, ".nv_fatbin");
	assert_int_equal(g->sections[1].count, 2);
	assert_int_equal(g->sections[1].residue, 0);
	assert_int_equal(g->entry_count, 3);
	assert_int_equal(g->entries[2].bytes, 64 + ((sizeof(PTX) + 7) & ~7u));
	assert_memory_equal(b.data + g->entries[2].payload, PTX, sizeof(PTX));
	gpu_free(g);
}

static void test_names_of_targets(void **state)
{
	const struct fatbin_spec specs[] = {
		{ .kind = 2, .arch = 80, .flags = 0x11, .payload = "cubin", .size = 5, .ident = "/src/a.cu" },
		{ .kind = 2, .arch = 90, .flags = 0x100011, .payload = "cubin", .size = 5 },
		{ .kind = 2, .arch = 100, .flags = 0x1200011, .payload = "cubin", .size = 5 },
		{ .kind = 1, .arch = 120, .flags = 0x11, .payload = PTX, .size = sizeof(PTX) },
		{ .kind = 8, .arch = 75, .flags = 0x18011, .payload = "scrambled", .size = 9, .plain = 77 },
		{ .kind = 64, .arch = 90, .flags = 0x11, .payload = "x", .size = 1 },
	};
	static const struct {
		const char *target, *ident;
		enum gpu_kind kind;
		enum gpu_codec codec;
		unsigned arch;
		char variant;
	} expected[] = {
		{ "sm_80", "/src/a.cu", GPU_CUBIN, GPU_RAW, 80, 0 }, { "sm_90a", "", GPU_CUBIN, GPU_RAW, 90, 'a' },
		{ "sm_100f", "", GPU_CUBIN, GPU_RAW, 100, 'f' },     { "compute_120", "", GPU_PTX, GPU_RAW, 120, 0 },
		{ "lto_75", "", GPU_LTO_IR, GPU_OPAQUE, 75, 0 },     { "sm_90", "", GPU_OTHER, GPU_RAW, 90, 0 },
	};
	struct bytes b = { 0 };
	struct gpu_code *g;
	size_t i;

	(void)state;
	put_container(&b, specs, 6);
	g = read_bytes(&b);
	assert_int_equal(g->section_count, 1);
	assert_string_equal(g->sections[0].name, "");
	assert_int_equal(g->entry_count, 6);
	for (i = 0; i < 6; i++) {
		assert_string_equal(g->entries[i].target, expected[i].target);
		assert_string_equal(g->entries[i].ident, expected[i].ident);
		assert_int_equal(g->entries[i].kind, expected[i].kind);
		assert_int_equal(g->entries[i].codec, expected[i].codec);
		assert_int_equal(g->entries[i].arch, expected[i].arch);
		assert_int_equal(g->entries[i].variant, expected[i].variant);
	}
	assert_int_equal(g->entries[4].raw_bytes, 77);
	gpu_free(g);
}

static void test_payloads_decode(void **state)
{
	uint8_t zst[400], lz4[400];
	size_t z = ZSTD_compress(zst, sizeof(zst), PTX, sizeof(PTX), 3);
	int l = LZ4_compress_default(PTX, (char *)lz4, sizeof(PTX), sizeof(lz4));
	const struct fatbin_spec specs[] = {
		{ .kind = 1, .arch = 90, .flags = 0x8011, .payload = zst, .size = z, .plain = sizeof(PTX) },
		{ .kind = 1, .arch = 90, .flags = 0x2011, .payload = lz4, .size = (size_t)l, .plain = sizeof(PTX) },
		{ .kind = 1, .arch = 90, .flags = 0x8011, .payload = zst, .size = z, .plain = sizeof(PTX) + 1 },
		{ .kind = 8, .arch = 90, .flags = 0x18011, .payload = zst, .size = z, .plain = sizeof(PTX) },
		{ .kind = 1, .arch = 90, .flags = 0x8011, .payload = PTX, .size = 40, .plain = 77 },
	};
	struct bytes b = { 0 };
	struct content *c;
	struct gpu_code *g;
	uint32_t i;

	(void)state;
	put_container(&b, specs, 5);
	g = read_bytes(&b);
	assert_int_equal(g->entries[0].codec, GPU_ZSTD);
	assert_int_equal(g->entries[1].codec, GPU_LZ4);
	for (i = 0; i < 2; i++) {
		c = decoded(g, i);
		assert_memory_equal(content_data(c), PTX, sizeof(PTX));
		content_unref(c);
	}
	assert_int_equal(decode_error(g, 2, 1 << 20), -EBADMSG); /* another size than stated */
	assert_int_equal(decode_error(g, 3, 1 << 20), -EOPNOTSUPP);
	assert_int_equal(decode_error(g, 4, 1 << 20), -EBADMSG);
	assert_int_equal(decode_error(g, 0, 10), -EFBIG);
	gpu_free(g);
}

static void test_what_is_not_understood_is_residue(void **state)
{
	struct bytes fat = { 0 }, b = { 0 };
	struct gpu_code *g;

	(void)state;
	put_container(&fat, &ptx_90, 1);
	fat.data[16 + 2] ^= 0xff; /* the entry's version */
	put_elf(&b, EM_X86_64, 0, 0,
		(const struct elf_piece[]){ { .name = ".nv_fatbin", .type = SHT_PROGBITS, .data = fat.data, .size = fat.len },
					    { .name = ".data", .type = SHT_PROGBITS, .data = fat.data, .size = fat.len },
					    { 0 } });
	g = read_bytes(&b);
	assert_int_equal(g->section_count, 1); /* its name promised code; .data promised nothing */
	assert_string_equal(g->sections[0].name, ".nv_fatbin");
	assert_int_equal(g->sections[0].count, 0);
	assert_int_equal(g->sections[0].residue, fat.len);
	gpu_free(g);
}

static void test_other_files(void **state)
{
	struct bytes cut = { 0 }, text = { 0 }, elf = { 0 }, empty = { 0 };
	struct gpu_code *g;

	(void)state;
	put_container(&cut, &ptx_90, 1);
	cut.len--;
	assert_refused(&cut);
	put(&text, "text", 4);
	assert_refused(&text);
	assert_refused(&empty);
	put_elf(&elf, EM_X86_64, 0, 0, (const struct elf_piece[]){ { 0 } });
	g = read_bytes(&elf);
	assert_int_equal(g->section_count, 0);
	gpu_free(g);
	elf.len = 60;
	assert_refused(&elf);
}

/* The section table is gone, as after some packers: the loaded segment is searched. */
static void test_without_section_headers(void **state)
{
	struct bytes b = { 0 };
	struct gpu_code *g;

	(void)state;
	put_elf(&b, EM_X86_64, 0, 0, (const struct elf_piece[]){ { 0 } });
	b.len = 64;
	store_uint(b.data + 32, 64, 8, false); /* program headers */
	store_uint(b.data + 40, 0, 8, false);
	store_uint(b.data + 56, 1, 2, false);
	store_uint(b.data + 60, 0, 4, false);
	put_uint(&b, PT_LOAD, 4, false);
	put_uint(&b, PF_R, 4, false);
	put_uint(&b, 128, 8, false);
	put_uint(&b, 0, 8, false);
	put_uint(&b, 0, 8, false);
	put_uint(&b, 200, 8, false);
	put_uint(&b, 200, 8, false);
	put_uint(&b, 16, 8, false);
	put_uint(&b, 0, 8, false);
	put_container(&b, &ptx_90, 1);
	store_uint(b.data + 64 + 32, b.len - 128, 8, false);
	g = read_bytes(&b);
	assert_int_equal(g->section_count, 1);
	assert_string_equal(g->sections[0].name, "LOAD");
	assert_int_equal(g->sections[0].count, 1);
	gpu_free(g);
}

static void test_overlapping_sections_are_searched_once(void **state)
{
	struct bytes fat = { 0 }, b = { 0 };
	struct gpu_code *g;

	(void)state;
	put_container(&fat, &ptx_90, 1);
	put_container(&fat, &ptx_90, 1);
	put_elf(&b, EM_X86_64, 0, 0,
		(const struct elf_piece[]){ { .name = ".a", .type = SHT_PROGBITS, .data = fat.data, .size = fat.len },
					    { .name = ".b", .type = SHT_PROGBITS, .data = "", .size = 0 },
					    { 0 } });
	/* .b: from the middle of .a to its end */
	store_uint(b.data + load_le64(b.data + 40) + 64 * 2 + 24, 64 + fat.len / 2, 8, false);
	store_uint(b.data + load_le64(b.data + 40) + 64 * 2 + 32, fat.len / 2, 8, false);
	g = read_bytes(&b);
	assert_int_equal(g->section_count, 1);
	assert_string_equal(g->sections[0].name, ".a");
	assert_int_equal(g->container_count, 2);
	gpu_free(g);
}

/* ---- archives ------------------------------------------------------------------------------------------------ */

static void put_member(struct bytes *b, const char *name, const struct bytes *body, bool thin)
{
	char header[61];

	snprintf(header, sizeof(header), "%-16s%-12d%-6d%-6d%-8d%-10zu`\n", name, 0, 0, 0, 644, body->len);
	put(b, header, 60);
	if (thin)
		return;
	put(b, body->data, body->len);
	if (b->len % 2)
		put_uint(b, '\n', 1, false);
}

static void make_object(struct bytes *object)
{
	struct bytes fat = { 0 };

	put_container(&fat, &ptx_90, 1);
	put_elf(object, EM_X86_64, 0, 0,
		(const struct elf_piece[]){ { .name = ".nv_fatbin", .type = SHT_PROGBITS, .data = fat.data, .size = fat.len },
					    { 0 } });
}

static void test_members_of_archives(void **state)
{
	struct bytes object = { 0 }, text = { 0 }, b = { 0 };
	struct gpu_code *g;

	(void)state;
	make_object(&object);
	put(&text, "text", 4);
	put(&b, ARMAG, SARMAG);
	put_member(&b, "one.o/", &object, false);
	put_member(&b, "readme/", &text, false);
	put_member(&b, "two.o/", &object, false);
	g = read_bytes(&b);
	assert_int_equal(g->section_count, 2);
	assert_string_equal(g->sections[0].name, "one.o:.nv_fatbin");
	assert_string_equal(g->sections[0].member, "one.o");
	assert_string_equal(g->sections[1].name, "two.o:.nv_fatbin");
	assert_memory_equal(b.data + g->entries[1].payload, PTX, sizeof(PTX));
	gpu_free(g);
	b.len -= 10;
	assert_refused(&b);
}

static void test_members_of_thin_archives(void **state)
{
	struct bytes object = { 0 }, b = { 0 };
	struct content *archive, *plain;
	struct error err = { 0 };
	struct gpu_code *g;

	(void)state;
	make_object(&object);
	scratch_write(scratch_path("one.o"), object.data, object.len);
	put(&b, "!<thin>\n", 8);
	put_member(&b, "one.o/", &object, true);
	scratch_write(scratch_path("thin.a"), b.data, b.len);
	assert_int_equal(content_open(AT_FDCWD, scratch_path("thin.a"), &archive, &err), 0);
	assert_int_equal(gpu_read(archive, &g, &err), 0);
	assert_adds_up(g);
	assert_int_equal(g->section_count, 1);
	assert_string_equal(g->sections[0].name, "one.o:.nv_fatbin");
	assert_ptr_not_equal(g->sections[0].content, archive);
	plain = decoded(g, 0);
	assert_memory_equal(content_data(plain), PTX, sizeof(PTX));
	content_unref(plain);
	gpu_free(g);
	assert_int_equal(unlink(scratch_path("one.o")), 0);
	assert_int_equal(gpu_read(archive, &g, &err), -ENOENT);
	content_unref(archive);
}

/* ---- bundles ------------------------------------------------------------------------------------------------- */

struct object_spec {
	const char *id;
	uint64_t offset, size;
};

static void put_bundle(struct bytes *b, const struct object_spec *o, size_t count, size_t total)
{
	size_t start = b->len, i;

	put(b, "__CLANG_OFFLOAD_BUNDLE__", 24);
	put_uint(b, count, 8, false);
	for (i = 0; i < count; i++) {
		put_uint(b, o[i].offset, 8, false);
		put_uint(b, o[i].size, 8, false);
		put_uint(b, strlen(o[i].id), 8, false);
		put(b, o[i].id, strlen(o[i].id));
	}
	while (b->len - start < total)
		put_uint(b, (b->len - start) & 0xff, 1, false);
}

static const struct object_spec objects[] = {
	{ "host-x86_64-unknown-linux-gnu", 512, 0 },
	{ "hipv4-amdgcn-amd-amdhsa--gfx90a:xnack+", 512, 100 },
	{ "hipv4-amdgcn-amd-amdhsa--gfx1100", 1024, 300 },
};
#define BUNDLE_TOTAL (1024 + 300)

static void assert_bundle_entries(const struct gpu_code *g)
{
	assert_int_equal(g->entry_count, 3);
	assert_int_equal(g->entries[0].kind, GPU_HIP_HOST);
	assert_string_equal(g->entries[0].target, "host-x86_64-unknown-linux-gnu");
	assert_int_equal(g->entries[1].kind, GPU_HIP_CODE);
	assert_string_equal(g->entries[1].target, "gfx90a:xnack+");
	assert_string_equal(g->entries[2].target, "gfx1100");
	assert_int_equal(g->entries[1].raw_bytes, 100);
	assert_int_equal(g->entries[2].raw_bytes, 300);
}

static void test_bundles_follow_each_other(void **state)
{
	struct bytes hip = { 0 }, b = { 0 };
	struct content *c;
	struct gpu_code *g;

	(void)state;
	put_bundle(&hip, objects, 3, BUNDLE_TOTAL);
	while (hip.len % 4096)
		put_uint(&hip, 0, 1, false);
	put_bundle(&hip, objects, 3, BUNDLE_TOTAL);
	put_elf(&b, EM_X86_64, 0, 0,
		(const struct elf_piece[]){ { .name = ".hip_fatbin", .type = SHT_PROGBITS, .data = hip.data, .size = hip.len },
					    { 0 } });
	g = read_bytes(&b);
	assert_int_equal(g->container_count, 2);
	assert_int_equal(g->entry_count, 6);
	assert_int_equal(g->sections[0].residue, 4096 - BUNDLE_TOTAL);
	assert_true(g->containers[0].hip);
	assert_int_equal(g->containers[1].bytes, BUNDLE_TOTAL);
	assert_int_equal(g->entries[4].bytes, 100);
	c = decoded(g, 5);
	assert_int_equal(content_data(c)[1], (1024 + 1) & 0xff);
	content_unref(c);
	gpu_free(g);
}

static void test_entries_that_share_bytes_are_counted_once(void **state)
{
	static const struct object_spec same[] = { { "hip-amdgcn-amd-amdhsa--gfx906", 256, 64 },
						   { "hip-amdgcn-amd-amdhsa--gfx908", 256, 64 },
						   { "hip-amdgcn-amd-amdhsa--gfx90a", 10, 300 } };
	struct bytes b = { 0 };
	struct gpu_code *g;

	(void)state;
	put_bundle(&b, same, 3, 320);
	g = read_bytes(&b); /* adds up */
	assert_int_equal(g->entry_count, 3);
	gpu_free(g);
}

static void put_compressed(struct bytes *b, unsigned version, unsigned method, const struct bytes *plain)
{
	unsigned width = version == 3 ? 8 : 4;
	uint8_t out[8192];
	uLongf z = sizeof(out);
	size_t n;

	if (method == 1) {
		n = ZSTD_compress(out, sizeof(out), plain->data, plain->len, 3);
	} else {
		assert_int_equal(compress(out, &z, plain->data, plain->len), Z_OK);
		n = z;
	}
	put(b, "CCOB", 4);
	put_uint(b, version, 2, false);
	put_uint(b, method, 2, false);
	if (version > 1)
		put_uint(b, 8 + 2 * width + 8 + n, width, false);
	put_uint(b, plain->len, width, false);
	put_uint(b, 0, 8, false);
	put(b, out, n);
}

static void test_compressed_bundles(void **state)
{
	struct bytes plain = { 0 };
	unsigned version, method;

	(void)state;
	put_bundle(&plain, objects, 3, BUNDLE_TOTAL);
	for (version = 1; version <= 3; version++) {
		for (method = 0; method < 2; method++) {
			struct bytes hip = { 0 }, b = { 0 };
			struct gpu_code *g;
			struct content *c;
			size_t length;

			put_compressed(&hip, version, method, &plain);
			length = hip.len;
			while (hip.len % 4096)
				put_uint(&hip, 0, 1, false);
			put_compressed(&hip, version, method, &plain);
			put_elf(&b, EM_X86_64, 0, 0,
				(const struct elf_piece[]){
					{ .name = ".hip_fatbin", .type = SHT_PROGBITS, .data = hip.data, .size = hip.len },
					{ 0 } });
			g = read_bytes(&b);
			assert_int_equal(g->container_count, 2);
			assert_true(g->containers[0].hip && g->containers[0].compressed);
			if (version > 1 || method == 1)
				assert_int_equal(g->containers[0].bytes, length);
			assert_int_equal(g->containers[0].header + g->entries[1].bytes + g->entries[2].bytes,
					 g->containers[0].bytes);
			assert_int_equal(g->entries[2].codec, method ? GPU_ZSTD : GPU_ZLIB);
			assert_int_equal(g->entries[2].off, 0);
			g->entry_count = 3;
			assert_bundle_entries(g);
			c = decoded(g, 2);
			assert_memory_equal(content_data(c), plain.data + 1024, 300);
			content_unref(c);
			gpu_free(g);
		}
	}
}

static void test_a_compressed_bundle_that_is_damaged_is_residue(void **state)
{
	struct bytes plain = { 0 }, hip = { 0 }, b = { 0 };
	struct gpu_code *g;

	(void)state;
	put_bundle(&plain, objects, 3, BUNDLE_TOTAL);
	put_compressed(&hip, 2, 1, &plain);
	memset(hip.data + 28, 0xff, 12);
	put_elf(&b, EM_X86_64, 0, 0,
		(const struct elf_piece[]){ { .name = ".hip_fatbin", .type = SHT_PROGBITS, .data = hip.data, .size = hip.len },
					    { 0 } });
	g = read_bytes(&b);
	assert_int_equal(g->section_count, 1);
	assert_int_equal(g->entry_count, 0);
	assert_int_equal(g->sections[0].residue, hip.len);
	gpu_free(g);
}

/* ---- objects and kernels ------------------------------------------------------------------------------------- */

struct kernels {
	unsigned count;
	char names[8][32];
	uint64_t bytes[8];
	int result;
};

static int found(void *ctx, const char *name, uint64_t bytes)
{
	struct kernels *k = ctx;

	assert_true(k->count < 8);
	snprintf(k->names[k->count], sizeof(k->names[0]), "%s", name);
	k->bytes[k->count++] = bytes;
	return k->result;
}

static struct kernels kernels_of(const struct bytes *b)
{
	struct content *c = content_of(b);
	struct kernels k = { 0 };

	assert_int_equal(gpu_kernels(c, found, &k, NULL), 0);
	content_unref(c);
	return k;
}

static const struct elf_piece cubin_pieces[] = {
	{ .name = ".note.nv.tkinfo", .type = SHT_NOTE, .data = "....-arch sm_90a -m 64 ", .size = 24 },
	{ .name = ".text._Z1fPi", .type = SHT_PROGBITS, .data = "12345678901234567890", .size = 20 },
	{ .name = ".nv.capmerc.text._Z1fPi", .type = SHT_PROGBITS, .data = "1234", .size = 4 },
	{ .name = ".text._Z1gPi", .type = SHT_PROGBITS, .data = "1234567890", .size = 10 },
	{ 0 },
};

static void test_a_bare_cubin(void **state)
{
	struct bytes b = { 0 }, old = { 0 };
	struct gpu_code *g;

	(void)state;
	put_elf(&b, EM_CUDA_MACHINE, 0x6005a04, 8, cubin_pieces);
	g = read_bytes(&b);
	assert_int_equal(g->entry_count, 1);
	assert_int_equal(g->entries[0].kind, GPU_CUBIN);
	assert_string_equal(g->entries[0].target, "sm_90a");
	assert_int_equal(g->entries[0].bytes, b.len);
	gpu_free(g);
	put_elf(&old, EM_CUDA_MACHINE, 0x560556, 7, cubin_pieces + 1);
	g = read_bytes(&old);
	assert_string_equal(g->entries[0].target, "sm_86");
	gpu_free(g);
	b.len = 64; /* the header alone, without a table of sections */
	store_uint(b.data + 40, 0, 8, false);
	store_uint(b.data + 60, 0, 4, false);
	g = read_bytes(&b);
	assert_string_equal(g->entries[0].target, "sm_90");
	assert_int_equal(kernels_of(&b).count, 0);
	gpu_free(g);
}

static void test_kernels_of_a_cubin(void **state)
{
	struct bytes b = { 0 }, data_only = { 0 }, x86 = { 0 };
	struct kernels k;
	struct content *c;

	(void)state;
	put_elf(&b, EM_CUDA_MACHINE, 0x6005a04, 8, cubin_pieces);
	k = kernels_of(&b);
	assert_int_equal(k.count, 2);
	assert_string_equal(k.names[0], "_Z1fPi");
	assert_int_equal(k.bytes[0], 20);
	assert_string_equal(k.names[1], "_Z1gPi");
	assert_int_equal(k.bytes[1], 10);
	put_elf(&data_only, EM_CUDA_MACHINE, 0x6005a04, 8,
		(const struct elf_piece[]){ { .name = ".nv.constant3", .type = SHT_PROGBITS, .data = "1234", .size = 4 }, { 0 } });
	assert_int_equal(kernels_of(&data_only).count, 0);
	c = content_of(&b);
	k = (struct kernels){ .result = -7 };
	assert_int_equal(gpu_kernels(c, found, &k, NULL), -7);
	assert_int_equal(k.count, 1);
	content_unref(c);
	put_elf(&x86, EM_X86_64, 0, 0, cubin_pieces);
	c = content_of(&x86);
	assert_int_equal(gpu_kernels(c, found, &k, NULL), -EBADMSG);
	content_unref(c);
}

static void put_symbol(struct bytes *b, unsigned name, unsigned type, uint64_t size)
{
	put_uint(b, name, 4, false);
	put_uint(b, 1 << 4 | type, 1, false);
	put_uint(b, 0, 1, false);
	put_uint(b, 1, 2, false);
	put_uint(b, 0, 8, false);
	put_uint(b, size, 8, false);
}

static void test_kernels_of_an_amd_code_object(void **state)
{
	static const char strings[] = "\0helper\0kernel\0kernel.kd";
	struct bytes symbols = { 0 }, b = { 0 };
	struct gpu_code *g;
	struct kernels k;

	(void)state;
	put_symbol(&symbols, 0, 0, 0);
	put_symbol(&symbols, 1, STT_FUNC, 400);
	put_symbol(&symbols, 8, STT_FUNC, 640);
	put_symbol(&symbols, 15, STT_OBJECT, 64);
	put_elf(&b, EM_AMDGPU_MACHINE, 0x33f, 0,
		(const struct elf_piece[]){ { .name = ".text", .type = SHT_PROGBITS, .data = "1234", .size = 4 },
					    { .name = ".symtab", .type = SHT_SYMTAB, .data = symbols.data, .size = symbols.len,
					      .link = 3, .info = 1, .entsize = 24 },
					    { .name = ".strtab", .type = SHT_STRTAB, .data = strings, .size = sizeof(strings) },
					    { 0 } });
	k = kernels_of(&b);
	assert_int_equal(k.count, 1);
	assert_string_equal(k.names[0], "kernel");
	assert_int_equal(k.bytes[0], 640);
	g = read_bytes(&b);
	assert_int_equal(g->entries[0].kind, GPU_HIP_CODE);
	assert_string_equal(g->entries[0].target, "gfx90a:xnack+");
	gpu_free(g);
}

/* Nothing of it may be believed; ASan watches. */
static void test_damaged_at_every_byte(void **state)
{
	struct bytes object = { 0 }, b = { 0 };
	size_t i;

	(void)state;
	make_object(&object);
	put(&b, ARMAG, SARMAG);
	put_member(&b, "one.o/", &object, false);
	for (i = 0; i < b.len; i++) {
		struct content *c;
		struct gpu_code *g = NULL;

		b.data[i] ^= 0xff;
		c = content_of(&b);
		if (gpu_read(c, &g, NULL) >= 0)
			assert_adds_up(g);
		gpu_free(g);
		content_unref(c);
		b.data[i] ^= 0xff;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_section_is_searched),
		cmocka_unit_test(test_names_of_targets),
		cmocka_unit_test(test_payloads_decode),
		cmocka_unit_test(test_what_is_not_understood_is_residue),
		cmocka_unit_test(test_other_files),
		cmocka_unit_test(test_without_section_headers),
		cmocka_unit_test(test_overlapping_sections_are_searched_once),
		cmocka_unit_test(test_members_of_archives),
		cmocka_unit_test_setup_teardown(test_members_of_thin_archives, scratch_setup, scratch_teardown),
		cmocka_unit_test(test_bundles_follow_each_other),
		cmocka_unit_test(test_entries_that_share_bytes_are_counted_once),
		cmocka_unit_test(test_compressed_bundles),
		cmocka_unit_test(test_a_compressed_bundle_that_is_damaged_is_residue),
		cmocka_unit_test(test_a_bare_cubin),
		cmocka_unit_test(test_kernels_of_a_cubin),
		cmocka_unit_test(test_kernels_of_an_amd_code_object),
		cmocka_unit_test(test_damaged_at_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
