/* SPDX-License-Identifier: Apache-2.0 */
/* fatbin.c: containers made by hand, the scan, and what nvcc writes where it is installed. */
#include "analyzers/formats.h"
#include "tests/unit/put_fatbin.h"
#include "tests/unit/walk.h"

#include <lz4.h>
#include <zstd.h>

#define PTX ".version 9.0\n.target sm_90\n.address_size 64\n// words words words words words words words words\n"

static const struct fatbin_spec raw_ptx = { .kind = 1, .arch = 90, .flags = 0x11, .payload = PTX, .size = sizeof(PTX) };

static void assert_all_proved(struct layout *l)
{
	struct proofs r = { 0 };

	walk_layout(l, "", 0, proof_visit, &r);
	if (r.wrong)
		fail_msg("%s is not what recomputing gives", r.first_wrong);
	assert_true(r.proved > 0);
}

static void test_names_carry_kind_and_target(void **state)
{
	const struct fatbin_spec specs[] = {
		{ .kind = 2, .arch = 80, .flags = 0x11, .payload = "cubin", .size = 5 },
		{ .kind = 2, .arch = 90, .flags = 0x100011, .payload = "cubin", .size = 5 },
		{ .kind = 2, .arch = 100, .flags = 0x1200011, .payload = "cubin", .size = 5 },
		raw_ptx,
		{ .kind = 8, .arch = 90, .flags = 0x18011, .payload = "scrambled", .size = 9, .plain = 77 },
		{ .kind = 64, .arch = 90, .flags = 0x11, .payload = "x", .size = 1 },
	};
	static const char *const names[] = { "cubin sm_80", "cubin sm_90a", "cubin sm_100f",
					     "ptx sm_90",   "ltoir sm_90",  "kind 64 sm_90" };
	struct bytes b = { 0 };
	struct layout *l;
	size_t i;

	(void)state;
	put_container(&b, specs, 6);
	l = layout_of(b.data, b.len);
	assert_string_equal(l->analyzer->name, "fatbin");
	assert_int_equal(l->count, 4 + 6);
	for (i = 0; i < 6; i++)
		assert_string_equal(l->parts[4 + i].name, names[i]);
	assert_int_equal(find_path(l, "ltoir sm_90//payload").kind, PART_RAW);
	assert_all_proved(l);
	layout_unref(l);
}

static void test_ident_and_options(void **state)
{
	struct fatbin_spec s = raw_ptx;
	struct bytes b = { 0 };
	struct find_path f;
	struct layout *l;

	(void)state;
	s.ident = "/src/dir/a.cu";
	s.options = " --generate-line-info ";
	put_container(&b, &s, 1);
	l = layout_of(b.data, b.len);
	f = find_path(l, "ptx sm_90//ident");
	assert_int_equal(f.meaning, MEANS_PATH);
	assert_string_equal(f.bytes, s.ident);
	f = find_path(l, "ptx sm_90//options");
	assert_int_equal(f.kind, PART_TEXT);
	assert_string_equal(f.bytes, s.options);
	f = find_path(l, "ptx sm_90//payload");
	assert_int_equal(f.kind, PART_CONTENT);
	assert_int_equal(f.len, sizeof(PTX) - 1);
	assert_all_proved(l);
	layout_unref(l);
}

static void assert_decodes(const struct fatbin_spec *s)
{
	struct bytes b = { 0 };
	struct find_path f;
	struct layout *l;

	put_container(&b, s, 1);
	l = layout_of(b.data, b.len);
	assert_int_equal(find_path(l, "ptx sm_90//payload").kind, PART_ENCODED);
	f = find_path(l, "ptx sm_90//payload//lines");
	assert_int_equal(f.kind, PART_TEXT);
	assert_string_equal(f.bytes, PTX);
	assert_true(find_path(l, "ptx sm_90//uncompressed size").proved);
	assert_all_proved(l);
	layout_unref(l);
	walk_truncations(b.data, b.len, 1);
	walk_damages(b.data, b.len, 1);
}

static void test_compressed_payloads(void **state)
{
	struct fatbin_spec s = raw_ptx;
	char out[1024];

	(void)state;
	s.payload = out;
	s.plain = sizeof(PTX);
	s.flags = 0x8011;
	s.size = ZSTD_compress(out, sizeof(out), PTX, sizeof(PTX), 3);
	assert_decodes(&s);
	s.flags = 0x2011;
	s.size = (size_t)LZ4_compress_default(PTX, out, sizeof(PTX), sizeof(out));
	assert_decodes(&s);
}

static void test_wrong_size_is_not_proved(void **state)
{
	struct fatbin_spec s = raw_ptx;
	struct bytes b = { 0 };
	struct layout *l;
	char out[1024];

	(void)state;
	s.payload = out;
	s.plain = sizeof(PTX) + 1;
	s.flags = 0x8011;
	s.size = ZSTD_compress(out, sizeof(out), PTX, sizeof(PTX), 3);
	put_container(&b, &s, 1);
	l = layout_of(b.data, b.len);
	assert_true(find_path(l, "ptx sm_90//uncompressed size").recomputes);
	assert_false(find_path(l, "ptx sm_90//uncompressed size").proved);
	layout_unref(l);
}

static void test_cut_container_shows_what_is_there(void **state)
{
	const struct fatbin_spec specs[] = { raw_ptx, raw_ptx };
	struct bytes b = { 0 };
	struct layout *l;

	(void)state;
	put_container(&b, specs, 2);
	l = layout_of(b.data, b.len - 8);
	assert_int_equal(find_path(l, "ptx sm_90//architecture").count, 1);
	assert_true(l->note_count > 0);
	layout_unref(l);
}

static void test_section_of_several_containers(void **state)
{
	struct bytes b = { 0 };
	struct layout *l;

	(void)state;
	put_container(&b, &raw_ptx, 1);
	put_container(&b, &raw_ptx, 1);
	put_uint(&b, 0, 8, false);
	put_uint(&b, 0, 8, false);
	l = layout_of(b.data, b.len);
	assert_string_equal(l->parts[0].name, "container");
	assert_string_equal(l->parts[1].name, "container");
	assert_int_equal(find_path(l, "container//ptx sm_90//architecture").count, 2);
	assert_all_proved(l);
	layout_unref(l);
}

struct hits {
	uint64_t off[8], len[8];
	size_t count;
	int result;
};

static int found(void *ctx, uint64_t off, uint64_t len)
{
	struct hits *h = ctx;

	assert_true(h->count < 8);
	h->off[h->count] = off;
	h->len[h->count++] = len;
	return h->result;
}

static void test_scan_finds_whole_chains_only(void **state)
{
	struct bytes b = { 0 };
	struct hits h = { .count = 0 };
	size_t first, second;

	(void)state;
	put_uint(&b, 0xBA55ED50, 4, false); /* a magic and nothing behind it */
	put_uint(&b, 0, 8, false);
	put_uint(&b, 0, 8, false);
	first = b.len;
	put_container(&b, &raw_ptx, 1);
	put_container(&b, &raw_ptx, 1); /* broken below */
	b.data[b.len - ((sizeof(PTX) + 7) & ~7u) - 64 + 2] ^= 0xff;
	put_uint(&b, 0, 4, false);
	second = b.len;
	put_container(&b, &raw_ptx, 1);
	assert_int_equal(fatbin_scan(b.data, b.len, found, &h), 0);
	assert_int_equal(h.count, 2);
	assert_int_equal(h.off[0], first);
	assert_int_equal(h.off[1], second);
	assert_int_equal(h.off[1] + h.len[1], b.len);
}

static void test_scan_at_every_place(void **state)
{
	struct bytes c = { 0 };
	uint8_t room[1024];
	size_t at;

	(void)state;
	put_container(&c, &raw_ptx, 1);
	for (at = 0; at + c.len <= sizeof(room); at += 4) {
		struct hits h = { .result = -5 };

		memset(room, 0x50, sizeof(room));
		memcpy(room + at, c.data, c.len);
		assert_int_equal(fatbin_scan(room, sizeof(room), found, &h), -5);
		assert_int_equal(h.off[0], at);
		assert_int_equal(h.len[0], c.len);
	}
}

static void test_scan_of_short_windows(void **state)
{
	struct bytes c = { 0 };
	size_t len;

	(void)state;
	put_container(&c, &raw_ptx, 1);
	for (len = 0; len < c.len; len++) {
		struct hits h = { .count = 0 };

		assert_int_equal(fatbin_scan(c.data, len, found, &h), 0);
		assert_int_equal(h.count, 0);
	}
}

static size_t run_nvcc(const char *dir, const char *mode, uint8_t *out, size_t size)
{
	char command[1024];
	size_t n;
	FILE *f;

	snprintf(command, sizeof(command),
		 "cd %s && echo '__global__ void k(int *p) { *p += 1; }' >a.cu && nvcc -fatbin a.cu -o a.fatbin -lineinfo"
		 " -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90,code=compute_90 %s >nvcc.log 2>&1",
		 dir, mode);
	if (system(command) != 0)
		return 0;
	snprintf(command, sizeof(command), "%s/a.fatbin", dir);
	f = fopen(command, "r");
	assert_non_null(f);
	n = fread(out, 1, size, f);
	fclose(f);
	return n;
}

static void test_what_nvcc_writes(void **state)
{
	static const char *const modes[] = { "--compress-mode=size", "--compress-mode=speed", "--compress-mode=none" };
	char dir[] = "/tmp/test-fatbin-XXXXXX", command[64];
	static uint8_t bytes[1 << 20];
	size_t i, n = 0;

	(void)state;
	if (system("command -v nvcc >/dev/null") != 0)
		skip();
	assert_non_null(mkdtemp(dir));
	for (i = 0; i < 3; i++) {
		struct layout *l;

		n = run_nvcc(dir, modes[i], bytes, sizeof(bytes));
		assert_true(n > 0);
		l = layout_of(bytes, n);
		assert_string_equal(l->analyzer->name, "fatbin");
		assert_int_equal(l->note_count, 0);
		assert_string_equal(find_path(l, "cubin sm_80//ident").bytes, "a.cu");
		assert_true(find_path(l, "ptx sm_90//payload//lines").count);
		assert_all_proved(l);
		layout_unref(l);
	}
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_carry_kind_and_target),
		cmocka_unit_test(test_ident_and_options),
		cmocka_unit_test(test_compressed_payloads),
		cmocka_unit_test(test_wrong_size_is_not_proved),
		cmocka_unit_test(test_cut_container_shows_what_is_there),
		cmocka_unit_test(test_section_of_several_containers),
		cmocka_unit_test(test_scan_finds_whole_chains_only),
		cmocka_unit_test(test_scan_at_every_place),
		cmocka_unit_test(test_scan_of_short_windows),
		cmocka_unit_test(test_what_nvcc_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
