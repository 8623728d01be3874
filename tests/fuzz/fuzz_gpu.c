/* SPDX-License-Identifier: Apache-2.0 */
/* GPU code in any file: bytes add up, entries lie inside, payloads decode or not, kernels are listed, targets judged. */
#include "analyzers/gpu.h"
#include "base/bytes.h"
#include "depgraph/gpu/keep.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1 << 20)
#define DECODED_MAX (4 << 20)
#define OPENED_MAX 64

#define ASSERT(condition)               \
	do {                            \
		if (!(condition))       \
			__builtin_trap(); \
	} while (0)

static void check_container(const struct gpu_code *g, uint32_t i)
{
	const struct gpu_container *c = &g->containers[i];
	const struct content *file = g->sections[c->section].content;
	uint64_t sum = c->header + c->padding;
	uint32_t e;

	ASSERT(range_inside(c->off, c->bytes, content_size(file)));
	ASSERT(range_inside(c->first, c->count, g->entry_count));
	for (e = c->first; e < c->first + c->count; e++) {
		const struct gpu_entry *x = &g->entries[e];

		sum += x->bytes;
		ASSERT(x->container == i && x->target && x->ident && strlen(x->target) < 4096);
		ASSERT(c->compressed || range_inside(x->payload, x->payload_size, content_size(file)));
		(void)gpu_kind_name(x->kind);
		(void)gpu_codec_name(x->codec);
	}
	ASSERT(sum == c->bytes);
}

static void check_sections(const struct gpu_code *g)
{
	uint32_t s, c, containers = 0;

	for (s = 0; s < g->section_count; s++) {
		uint64_t sum = g->sections[s].residue;

		for (c = g->sections[s].first; c < g->sections[s].first + g->sections[s].count; c++, containers++) {
			check_container(g, c);
			sum += g->containers[c].bytes;
			ASSERT(g->containers[c].section == s);
		}
		ASSERT(sum == g->sections[s].bytes && g->sections[s].name);
	}
	ASSERT(containers == g->container_count);
}

static int found(void *ctx, const char *name, uint64_t bytes)
{
	uint64_t *left = ctx;

	ASSERT(name && strlen(name) < DECODED_MAX && bytes < UINT64_MAX);
	return --*left ? 0 : -1;
}

static void open_entries(const struct gpu_code *g)
{
	struct budget budget = { .total_max = DECODED_MAX, .ratio_max = BUDGET_RATIO };
	uint32_t i;

	for (i = 0; i < g->entry_count && i < OPENED_MAX; i++) {
		CLEANUP(content_unrefp) struct content *plain = NULL;
		uint64_t left = 1000;

		if (gpu_decode(g, &g->entries[i], &budget, &plain, NULL) < 0)
			continue;
		ASSERT(content_size(plain) == g->entries[i].raw_bytes);
		(void)gpu_kernels(plain, found, &left, NULL);
	}
}

static void judge(const struct gpu_code *g)
{
	CLEANUP(gpu_targets_release) struct gpu_targets t = GPU_TARGETS_INIT;
	CLEANUP(gpu_keep_freep) struct gpu_keep *k = NULL;
	uint32_t i;

	ASSERT(gpu_targets_add(&t, "sm_86,sm_90a,sm_100f,compute_90,gfx90a:xnack+", NULL) == 0);
	ASSERT(gpu_keep(g, &t, NULL, &k, NULL) == 0);
	ASSERT(k->count == g->entry_count && k->kept + k->dropped == k->count);
	for (i = 0; i < k->count; i++)
		ASSERT(gpu_keep_reason(k->verdicts[i].reason));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	CLEANUP(gpu_freep) struct gpu_code *g = NULL;
	struct error err = { 0 };

	if (size > INPUT_MAX || content_copy(data, size, "input", &c) < 0)
		return 0;
	if (gpu_read(c, &g, &err) < 0) {
		ASSERT(err.code < 0 && err.message[0]);
		return 0;
	}
	check_sections(g);
	open_entries(g);
	judge(g);
	return 0;
}
