/* SPDX-License-Identifier: Apache-2.0 */
/* The rows while they are counted: nodes found by parent and name. */
#include "depgraph/size/size.h"

#include "base/content.h"

#include <errno.h>
#include <stdlib.h>

#define SLOTS_FIRST 256
#define NODES_MAX (UINT32_C(1) << 30)

static uint32_t hash_node(uint32_t parent, uint32_t name)
{
	uint64_t h = ((uint64_t)parent << 32 | name) * 0x9e3779b97f4a7c15u;

	return (uint32_t)(h >> 32);
}

static bool grow_slots(struct size_tree *t)
{
	uint32_t count = t->slot_count ? 2 * t->slot_count : SLOTS_FIRST, i, at;
	uint32_t *slots = calloc(count, sizeof(*slots));

	if (!slots)
		return false;
	for (i = 0; i < t->count; i++) {
		for (at = hash_node(t->nodes[i].parent, t->nodes[i].name) & (count - 1); slots[at]; at = (at + 1) & (count - 1))
			;
		slots[at] = i + 1;
	}
	free(t->slots);
	t->slots = slots;
	t->slot_count = count;
	return true;
}

static bool make_room(struct size_tree *t)
{
	uint32_t capacity = t->capacity ? 2 * t->capacity : SLOTS_FIRST / 2;
	struct size_node *nodes;

	if (t->count < t->capacity)
		return true;
	nodes = capacity <= NODES_MAX ? reallocarray(t->nodes, capacity, sizeof(*nodes)) : NULL;
	if (!nodes)
		return false;
	t->nodes = nodes;
	t->capacity = capacity;
	return t->slot_count > capacity || grow_slots(t);
}

uint32_t size_tree_node(struct size_tree *t, uint32_t parent, uint32_t name)
{
	uint32_t at;

	if (t->error || !make_room(t)) {
		t->error = -ENOMEM;
		return 0;
	}
	for (at = hash_node(parent, name) & (t->slot_count - 1); t->slots[at]; at = (at + 1) & (t->slot_count - 1)) {
		const struct size_node *n = &t->nodes[t->slots[at] - 1];

		if (n->parent == parent && n->name == name)
			return t->slots[at] - 1;
	}
	t->nodes[t->count] = (struct size_node){ .parent = parent, .name = name };
	t->slots[at] = ++t->count;
	return t->count - 1;
}

void size_tree_release(struct size_tree *t)
{
	size_t i;

	for (i = 0; i < t->kept_count; i++)
		content_unref(t->kept[i]);
	free(t->kept);
	free(t->nodes);
	free(t->slots);
	size_names_release(&t->names);
	*t = (struct size_tree)SIZE_TREE_INIT;
}
