/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever the bytes claim, by every key each of them is in exactly one leaf.  The key `source` is left out: it
 * starts a child for each input, and what it adds to the others is fuzzed as claims of a layer are.
 */
#include "depgraph/size/size.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1 << 20)

#define CHECK(condition)                                        \
	do {                                                    \
		if (!(condition)) {                             \
			fprintf(stderr, "not so: %s\n", #condition); \
			__builtin_trap();                       \
		}                                               \
	} while (0)

static void check_tree(const struct size_tree *t, unsigned depth, size_t size)
{
	uint64_t file = 0, loaded = 0;
	uint32_t i, node;

	for (i = 1; i < t->count; i++) {
		unsigned level = 0;

		CHECK(t->nodes[i].parent < i && t->nodes[i].name < t->names.count);
		for (node = i; node; node = t->nodes[node].parent)
			level++;
		CHECK(level <= depth);
		file += level == depth ? t->nodes[i].file : 0;
		loaded += level == depth ? t->nodes[i].loaded : 0;
	}
	CHECK(file == size && t->nodes[0].file == size && t->nodes[0].loaded == loaded);
}

static void measure(struct content *c, const struct size_options *o, uint64_t *loaded)
{
	CLEANUP(size_tree_release) struct size_tree tree = SIZE_TREE_INIT;
	struct error err = { 0 };
	int r = size_measure_content(o, c, "input", &tree, &err);

	CHECK(r == 0 || r == -ENOMEM);
	if (r)
		return;
	check_tree(&tree, o->depth, content_size(c));
	CHECK(*loaded == UINT64_MAX || *loaded == tree.nodes[0].loaded);
	*loaded = tree.nodes[0].loaded;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	uint64_t loaded = UINT64_MAX;
	int key;

	if (size > INPUT_MAX || content_copy(data, size, "input", &c) < 0)
		return 0;
	for (key = 0; key < SIZE_KEYS; key++) {
		struct size_options o = { .by = { (enum size_key)key, SIZE_SECTION }, .depth = key == SIZE_SECTION ? 1 : 2,
					  .decode_max = 1 << 22 };

		if (key != SIZE_SOURCE)
			measure(c, &o, &loaded);
	}
	return 0;
}
