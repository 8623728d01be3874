/* SPDX-License-Identifier: Apache-2.0 */
/* targets.h, keep.h: what declared targets can still need of a container. */
#include "depgraph/gpu/keep.h"
#include "tests/unit/put_fatbin.h"

#include <errno.h>

#define A 0x100000u
#define F 0x200000u
#define CUBIN(arch_, flags_) { .kind = 2, .arch = (arch_), .flags = 0x11 | (flags_), .payload = "cubin", .size = 5 }
#define PTX(arch_, flags_) { .kind = 1, .arch = (arch_), .flags = 0x11 | (flags_), .payload = "ptx", .size = 4 }
#define LTO(arch_) { .kind = 8, .arch = (arch_), .flags = 0x18011, .payload = "lto", .size = 3, .plain = 9 }

static struct gpu_code *read_made(const struct bytes *b)
{
	struct content *c;
	struct gpu_code *g;

	assert_int_equal(content_copy(b->data, b->len, "made", &c), 0);
	assert_int_equal(gpu_read(c, &g, NULL), 0);
	content_unref(c);
	return g;
}

static struct gpu_keep *judge(const struct gpu_code *g, const char *words, const struct gpu_keep_options *o)
{
	struct gpu_targets t = GPU_TARGETS_INIT;
	struct gpu_keep *k = NULL;

	assert_int_equal(gpu_targets_add(&t, words, NULL), 0);
	assert_int_equal(gpu_keep(g, &t, o, &k, NULL), 0);
	gpu_targets_release(&t);
	return k;
}

/* The names of what is kept, in order. */
static void assert_keeps(const struct fatbin_spec *specs, size_t count, const char *words, bool drop_ptx,
			 const char *expected)
{
	const struct gpu_keep_options options = { .drop_ptx = drop_ptx };
	struct bytes b = { 0 };
	struct gpu_code *g;
	struct gpu_keep *k;
	char kept[512] = "";
	uint64_t bytes = 0;
	uint32_t i;

	put_container(&b, specs, count);
	g = read_made(&b);
	k = judge(g, words, &options);
	for (i = 0; i < k->count; i++) {
		assert_true(strlen(gpu_keep_reason(k->verdicts[i].reason)) > 5);
		assert_int_equal(k->verdicts[i].keep, k->verdicts[i].reason < GPU_DROP_OTHER_MAJOR);
		bytes += g->entries[i].bytes;
		if (k->verdicts[i].keep) {
			strcat(kept, *kept ? " " : "");
			strcat(kept, g->entries[i].target);
		}
	}
	if (strcmp(kept, expected) != 0)
		fail_msg("targets %s%s keep \"%s\", not \"%s\"", words, drop_ptx ? " without PTX" : "", kept, expected);
	assert_int_equal(k->kept_bytes + k->dropped_bytes, bytes);
	assert_int_equal(k->kept + k->dropped, k->count);
	gpu_keep_free(k);
	gpu_free(g);
}

static const struct fatbin_spec usual[] = { CUBIN(75, 0), CUBIN(80, 0),  CUBIN(86, 0),	CUBIN(89, 0),
					    CUBIN(90, 0), CUBIN(100, 0), CUBIN(120, 0), PTX(120, 0) };
#define USUAL usual, 8

static void test_best_and_earlier_minors(void **state)
{
	(void)state;
	assert_keeps(USUAL, "sm_80", false, "sm_80 compute_120");
	assert_keeps(USUAL, "sm_86", false, "sm_80 sm_86 compute_120");
	assert_keeps(USUAL, "8.9", false, "sm_80 sm_86 sm_89 compute_120");
	assert_keeps(USUAL, "sm_87", false, "sm_80 sm_86 compute_120");
	assert_keeps(USUAL, "90", true, "sm_90");
	assert_keeps(USUAL, "sm_75,sm_90", true, "sm_75 sm_90");
	assert_keeps(USUAL, "12.1", true, "sm_120");
}

static void test_a_target_without_cubins_keeps_its_ptx(void **state)
{
	static const struct fatbin_spec specs[] = { PTX(52, 0), PTX(70, 0), CUBIN(80, 0), PTX(80, 0), PTX(90, 0) };

	(void)state;
	assert_keeps(specs, 5, "sm_75", false, "compute_70 compute_90"); /* its own, and for later devices */
	assert_keeps(specs, 5, "sm_75", true, "compute_70");	       /* nothing else would run there */
	assert_keeps(specs, 5, "sm_86", true, "sm_80");
	assert_keeps(specs, 5, "sm_100", true, "compute_90");
	assert_keeps(specs, 5, "sm_50", true, "");
	assert_keeps(specs, 5, "sm_80,compute_70", true, "compute_70 sm_80");
}

static void test_specific_variants_are_exact(void **state)
{
	static const struct fatbin_spec specs[] = { CUBIN(90, 0),  CUBIN(90, A),  CUBIN(100, A), CUBIN(100, F), CUBIN(103, F),
						    CUBIN(110, F), CUBIN(120, F), CUBIN(120, A), PTX(90, A),	PTX(100, F) };

	(void)state;
	assert_keeps(specs, 10, "sm_90", false, "sm_90 sm_90a");
	assert_keeps(specs, 10, "sm_90a", false, "sm_90 sm_90a");
	assert_keeps(specs, 10, "sm_100", false, "sm_100a sm_100f");
	assert_keeps(specs, 10, "sm_103", false, "sm_100f sm_103f");
	assert_keeps(specs, 10, "sm_121", false, "sm_120f");
	assert_keeps(specs, 10, "sm_110", false, "sm_110f");
	assert_keeps(specs + 8, 2, "sm_90", true, "compute_90a"); /* PTX that only this device can compile */
	assert_keeps(specs + 8, 2, "sm_103", true, "compute_100f");
	assert_keeps(specs + 8, 2, "sm_120", false, "");
}

static void test_a_family_is_all_its_members(void **state)
{
	static const struct fatbin_spec specs[] = { CUBIN(100, 0), CUBIN(103, 0), CUBIN(110, 0), CUBIN(103, A), CUBIN(120, 0) };

	(void)state;
	assert_keeps(specs, 5, "sm_100f", true, "sm_100 sm_103 sm_103a");
	assert_keeps(specs, 5, "sm_100", true, "sm_100");
	assert_keeps(specs, 5, "sm_120f", true, "sm_120");
}

static void test_other_kinds_stay(void **state)
{
	static const struct fatbin_spec specs[] = { LTO(75),
						    CUBIN(75, 0),
						    { .kind = 64, .arch = 70, .flags = 0x11, .payload = "x", .size = 1 } };
	const struct gpu_keep_options no_lto = { .drop_lto_ir = true };
	struct bytes b = { 0 };
	struct gpu_code *g;
	struct gpu_keep *k;

	(void)state;
	assert_keeps(specs, 3, "sm_90", true, "lto_75 sm_70");
	assert_keeps(specs, 3, "gfx90a", true, "lto_75 sm_75 sm_70"); /* no NVIDIA device was declared */
	put_container(&b, specs, 3);
	g = read_made(&b);
	k = judge(g, "sm_75", &no_lto);
	assert_false(k->verdicts[0].keep);
	assert_int_equal(k->verdicts[0].reason, GPU_DROP_LTO_TOLD);
	gpu_keep_free(k);
	gpu_free(g);
}

/* The PTX of one container is no help to another. */
static void test_containers_are_judged_apart(void **state)
{
	static const struct fatbin_spec first[] = { CUBIN(80, 0), PTX(80, 0) }, second[] = { PTX(75, 0) };
	struct bytes b = { 0 };
	struct gpu_code *g;
	struct gpu_keep *k;

	(void)state;
	put_container(&b, first, 2);
	put_container(&b, second, 1);
	g = read_made(&b);
	k = judge(g, "sm_80", &(struct gpu_keep_options){ .drop_ptx = true });
	assert_true(k->verdicts[0].keep);
	assert_false(k->verdicts[1].keep);
	assert_int_equal(k->verdicts[1].reason, GPU_DROP_PTX_TOLD);
	assert_true(k->verdicts[2].keep);
	assert_int_equal(k->verdicts[2].reason, GPU_KEEP_ONLY_PTX);
	gpu_keep_free(k);
	gpu_free(g);
}

static void test_reasons(void **state)
{
	struct bytes b = { 0 };
	struct gpu_code *g;
	struct gpu_keep *k;
	static const struct fatbin_spec specs[] = { CUBIN(80, 0), CUBIN(89, 0), CUBIN(90, 0), CUBIN(80, A), PTX(80, 0),
						    PTX(90, 0) };
	static const enum gpu_reason expected[] = { GPU_KEEP_RUNS,    GPU_DROP_LATER_MINOR, GPU_DROP_OTHER_MAJOR,
						    GPU_DROP_VARIANT, GPU_DROP_PTX_BETTER,  GPU_KEEP_LATER };
	size_t i;

	(void)state;
	put_container(&b, specs, 6);
	g = read_made(&b);
	k = judge(g, "sm_86", NULL);
	for (i = 0; i < 6; i++)
		assert_int_equal(k->verdicts[i].reason, expected[i]);
	gpu_keep_free(k);
	gpu_free(g);
}

static bool amd(const char *device, const char *target)
{
	const struct gpu_entry e = { .kind = GPU_HIP_CODE, .target = target };
	struct gpu_targets t = GPU_TARGETS_INIT;
	bool runs;

	assert_int_equal(gpu_targets_add(&t, device, NULL), 0);
	assert_int_equal(t.amd, 1);
	runs = gpu_device_runs(&t.devices[0], &e);
	gpu_targets_release(&t);
	return runs;
}

static void test_amd_processors(void **state)
{
	(void)state;
	assert_true(amd("gfx90a", "gfx90a"));
	assert_false(amd("gfx90a", "gfx90c"));
	assert_false(amd("gfx90a", "gfx90"));
	assert_false(amd("gfx1100", "gfx110"));
	assert_true(amd("gfx90a", "gfx90a:xnack-"));
	assert_true(amd("gfx90a:xnack-", "gfx90a"));
	assert_true(amd("gfx90a:sramecc+:xnack-", "gfx90a:xnack-"));
	assert_false(amd("gfx90a:xnack+", "gfx90a:sramecc+:xnack-"));
	assert_true(amd("gfx90a", "gfx9-generic"));
	assert_true(amd("gfx90a", "amdgcnspirv"));
}

static void test_words(void **state)
{
	static const char *const wrong[] = { "sm90",  "sm_",  "sm_x",  "sm_9",   "9",       "compute_",   "9.0.0",
					     "gfx",   "9.",   "sm_90b", "sm_90+PTX+PTX", "compute_90+PTX", "-90", "ninety",
					     "sm_1234" };
	struct gpu_targets t = GPU_TARGETS_INIT;
	struct error err;
	size_t i;

	(void)state;
	assert_int_equal(gpu_targets_add(&t, "8.0;9.0+PTX sm_90,sm_90a", NULL), 0);
	assert_int_equal(t.count, 3);
	assert_string_equal(t.devices[0].name, "sm_80");
	assert_string_equal(t.devices[1].name, "sm_90");
	assert_string_equal(t.devices[2].name, "compute_90");
	assert_int_equal(t.nvidia, 2);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		err = (struct error){ 0 };
		if (gpu_targets_add(&t, wrong[i], &err) != -EINVAL)
			fail_msg("\"%s\" was accepted", wrong[i]);
		assert_non_null(strstr(err.message, wrong[i]));
	}
	assert_int_equal(t.count, 3);
	gpu_targets_release(&t);
}

static void test_no_targets(void **state)
{
	struct gpu_targets t = GPU_TARGETS_INIT;
	struct error err = { 0 };
	struct bytes b = { 0 };
	struct gpu_code *g;
	struct gpu_keep *k = NULL;

	(void)state;
	put_container(&b, USUAL);
	g = read_made(&b);
	assert_int_equal(gpu_keep(g, &t, NULL, &k, &err), -EINVAL);
	assert_null(k);
	gpu_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_best_and_earlier_minors),
		cmocka_unit_test(test_a_target_without_cubins_keeps_its_ptx),
		cmocka_unit_test(test_specific_variants_are_exact),
		cmocka_unit_test(test_a_family_is_all_its_members),
		cmocka_unit_test(test_other_kinds_stay),
		cmocka_unit_test(test_containers_are_judged_apart),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_amd_processors),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_no_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
