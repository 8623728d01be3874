/* SPDX-License-Identifier: Apache-2.0 */
/* hip.c: offload bundles, plain and compressed, made by hand and by clang-offload-bundler where it is installed. */
#include "base/digest.h"
#include "tests/unit/put.h"
#include "tests/unit/walk.h"

#include <libdeflate.h>
#include <zstd.h>

#define GPU "hipv4-amdgcn-amd-amdhsa--gfx90a"
#define HOST "host-x86_64-unknown-linux--"

static void pad_to(struct bytes *b, size_t at)
{
	while (b->len < at)
		put_uint(b, 0, 1, false);
}

/* A host entry without bytes and a GPU one with text, at multiples of 4096. */
static void put_bundle(struct bytes *b)
{
	size_t start = b->len;

	put(b, "__CLANG_OFFLOAD_BUNDLE__", 24);
	put_uint(b, 2, 8, false);
	put_uint(b, 4096, 8, false);
	put_uint(b, 0, 8, false);
	put_uint(b, strlen(HOST), 8, false);
	put(b, HOST, strlen(HOST));
	put_uint(b, 4096, 8, false);
	put_uint(b, 12, 8, false);
	put_uint(b, strlen(GPU), 8, false);
	put(b, GPU, strlen(GPU));
	pad_to(b, start + 4096);
	put(b, "code object\n", 12);
}

static void test_entries_and_objects(void **state)
{
	struct bytes b = { 0 };
	struct find_path f;
	struct layout *l;

	(void)state;
	put_bundle(&b);
	l = layout_of(b.data, b.len);
	assert_string_equal(l->analyzer->name, "offload-bundle");
	assert_int_equal(l->note_count, 0);
	f = find_path(l, GPU);
	assert_int_equal(f.kind, PART_CONTENT);
	assert_string_equal(f.bytes, "code object\n");
	assert_int_equal(find_path(l, "padding").kind, PART_PADDING);
	assert_int_equal(find_path(l, "entry " GPU "//offset").meaning, MEANS_OFFSET);
	assert_true(find_path(l, "entry " GPU "//offset").proved);
	assert_true(find_path(l, "entry " HOST "//size").proved);
	assert_true(find_path(l, "entry " GPU "//id length").proved);
	layout_unref(l);
	walk_truncations(b.data, b.len, 1);
	walk_damages(b.data, 200, 1);
}

static void test_several_bundles_are_groups(void **state)
{
	struct bytes b = { 0 };
	struct layout *l;

	(void)state;
	put_bundle(&b);
	pad_to(&b, 8192);
	put_bundle(&b);
	l = layout_of(b.data, b.len);
	assert_int_equal(l->count, 3);
	assert_string_equal(l->parts[0].name, "bundle");
	assert_string_equal(l->parts[2].name, "bundle");
	assert_int_equal(l->parts[2].off, 8192);
	assert_int_equal(find_path(l, "bundle//" GPU).count, 2);
	assert_true(find_path(l, "bundle//entry " GPU "//offset").proved);
	layout_unref(l);
}

static size_t zlib_compress(const uint8_t *in, size_t n, uint8_t *out, size_t room)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
	size_t size;

	assert_non_null(c);
	size = libdeflate_zlib_compress(c, in, n, out, room);
	libdeflate_free_compressor(c);
	assert_true(size > 0);
	return size;
}

static void put_compressed(struct bytes *b, unsigned version, bool zstd)
{
	unsigned width = version == 3 ? 8 : 4, header = version == 1 ? 20 : version == 2 ? 24 : 32;
	struct bytes plain = { 0 };
	struct digest_piece piece;
	uint8_t packed[32768], md5[16];
	size_t size;

	put_bundle(&plain);
	if (zstd)
		size = ZSTD_compress(packed, sizeof(packed), plain.data, plain.len, 3);
	else
		size = zlib_compress(plain.data, plain.len, packed, sizeof(packed));
	piece = (struct digest_piece){ plain.data, plain.len };
	assert_int_equal(digest_of(DIGEST_MD5, &piece, 1, md5), 0);
	put(b, "CCOB", 4);
	put_uint(b, version, 2, false);
	put_uint(b, zstd, 2, false);
	if (version > 1)
		put_uint(b, header + size, width, false);
	put_uint(b, plain.len, width, false);
	put(b, md5, 8);
	put(b, packed, size);
}

static void test_compressed_of_every_version(void **state)
{
	unsigned version, zstd;

	(void)state;
	for (version = 1; version <= 3; version++) {
		for (zstd = 0; zstd < 2; zstd++) {
			struct bytes b = { 0 };
			struct layout *l;

			put_compressed(&b, version, zstd);
			l = layout_of(b.data, b.len);
			assert_string_equal(l->analyzer->name, "compressed-bundle");
			assert_string_equal(find_path(l, "bundle//" GPU).bytes, "code object\n");
			assert_true(find_path(l, "uncompressed size").proved);
			assert_true(find_path(l, "hash").proved);
			assert_int_equal(find_path(l, "total size").proved, version > 1 && zstd);
			layout_unref(l);
			walk_truncations(b.data, b.len, 1);
			walk_damages(b.data, b.len, 1);
		}
	}
}

static void test_wrong_hash_is_not_proved(void **state)
{
	struct bytes b = { 0 };
	struct layout *l;

	(void)state;
	put_compressed(&b, 2, true);
	b.data[16] ^= 1;
	l = layout_of(b.data, b.len);
	assert_true(find_path(l, "hash").recomputes);
	assert_false(find_path(l, "hash").proved);
	layout_unref(l);
}

static void test_compressed_bundles_in_a_row(void **state)
{
	struct bytes b = { 0 };
	struct layout *l;

	(void)state;
	put_compressed(&b, 2, true);
	pad_to(&b, 1024);
	put_compressed(&b, 3, true);
	l = layout_of(b.data, b.len);
	assert_int_equal(find_path(l, "bundle//bundle//" GPU).count, 2);
	assert_true(find_path(l, "bundle//total size").proved);
	layout_unref(l);
}

static void test_what_the_bundler_writes(void **state)
{
	static const char command[] =
		"cd %s && B=$(command -v clang-offload-bundler-14 clang-offload-bundler | head -1) && test -n \"$B\" && "
		"echo 'int x;' | cc -xc -c - -o d.o && $B -type=o -bundle-align=4096 -inputs=/dev/null,d.o -outputs=b "
		"-targets=host-x86_64-unknown-linux," GPU " >log 2>&1";
	char dir[] = "/tmp/test-hip-XXXXXX", line[1024];
	struct proofs r = { 0 };
	struct bytes b;
	struct layout *l;
	int failed;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(line, sizeof(line), command, dir);
	failed = system(line);
	snprintf(line, sizeof(line), "%s/b", dir);
	f = failed ? NULL : fopen(line, "r");
	if (f) {
		b.len = fread(b.data, 1, sizeof(b.data), f);
		fclose(f);
	}
	snprintf(line, sizeof(line), "rm -r %s", dir);
	assert_int_equal(system(line), 0);
	if (!f)
		skip();
	l = layout_of(b.data, b.len);
	assert_string_equal(l->analyzer->name, "offload-bundle");
	assert_int_equal(l->note_count, 0);
	walk_layout(l, "", 0, proof_visit, &r);
	if (r.wrong || r.refused)
		fail_msg("%s is not what recomputing gives", r.first_wrong);
	assert_true(r.proved >= 6);
	layout_unref(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries_and_objects),
		cmocka_unit_test(test_several_bundles_are_groups),
		cmocka_unit_test(test_compressed_of_every_version),
		cmocka_unit_test(test_wrong_hash_is_not_proved),
		cmocka_unit_test(test_compressed_bundles_in_a_row),
		cmocka_unit_test(test_what_the_bundler_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
