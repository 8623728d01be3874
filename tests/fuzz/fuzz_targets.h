/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_targets.h: build graphs read by every reader of a kind, whether its probe would take them or not; what was
 * read is walked, asked for owners, and put into a model.
 */
#ifndef TESTS_FUZZ_FUZZ_TARGETS_H
#define TESTS_FUZZ_FUZZ_TARGETS_H

#include "depgraph/targets/reader.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk_targets(const struct target_graph *g)
{
	size_t edges = 0, i, k;

	for (i = 0; i < g->target_count; i++) {
		const struct target *t = &g->targets[i];

		assert(target_graph_find(g, t->label) == i);
		edges += t->dependency_count;
		for (k = 0; k < t->dependency_count; k++) {
			const struct target_dependency *d = target_dependencies(g, (uint32_t)i) + k;

			assert(d->to < g->target_count && *target_attribute(g, d));
		}
		for (k = 0; k < t->outputs.count && k < 64; k++)
			(void)target_graph_owner(g, target_item(g, t->outputs, (uint32_t)k), NULL);
	}
	assert(edges == g->dependency_count);
	for (i = 0; i < g->object_count && i < 64; i++)
		(void)target_graph_object(g, g->objects[i].path);
}

static void read_targets_with(const struct targets_reader *reader, const char *data, size_t size)
{
	const struct targets_source s = { "fuzz", data, size };
	struct target_builder *b = NULL;
	struct target_graph *g = NULL;
	struct error err = { 0 };

	(void)reader->probe(data, size < READER_PROBE ? size : READER_PROBE, size <= READER_PROBE);
	if (target_builder_new(&b) < 0)
		return;
	if (reader->read(b, &s, &err) < 0) {
		assert(!err.has_offset || err.offset <= size);
		target_builder_free(b);
		return;
	}
	if (target_builder_finish(b, &g) >= 0)
		walk_targets(g);
	target_graph_free(g);
}

/* The bytes are copied, so that a read beyond them is seen. */
static int fuzz_targets(const struct targets_reader *const *readers, size_t count, const uint8_t *data, size_t size)
{
	char *copy = size <= INPUT_MAX ? malloc(size ? size : 1) : NULL;
	size_t i;

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	(void)targets_format((const uint8_t *)copy, size);
	for (i = 0; i < count; i++)
		read_targets_with(readers[i], copy, size);
	free(copy);
	return 0;
}

#define FUZZ_TARGETS(...)                                                                     \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                          \
	{                                                                                     \
		static const struct targets_reader *const readers[] = { __VA_ARGS__ };        \
		return fuzz_targets(readers, sizeof(readers) / sizeof(*readers), data, size); \
	}

#endif
