/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symbols.c: global names of all objects, each once.
 *
 * The names stay in the objects' string tables.  The hash is that of eight bytes at a time with a multiply and
 * fold: mangled names share long beginnings and run to hundreds of characters.
 */
#include "depgraph/link/link_model.h"

#include <errno.h>
#include <string.h>

#define SYMBOLS_MAX (UINT32_C(1) << 30)

uint32_t symbol_hash(const char *name, size_t n)
{
	uint64_t h = UINT64_C(0x9e3779b97f4a7c15) ^ n, word;

	for (; n >= 8; name += 8, n -= 8) {
		memcpy(&word, name, 8);
		h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, name, n);
	h = (h ^ word) * UINT64_C(0xc4ceb9fe1a85ec53);
	return (uint32_t)(h ^ h >> 32);
}

void symbol_table_release(struct symbol_table *t)
{
	free(t->items);
	free(t->slots);
	*t = (struct symbol_table){ 0 };
}

static int resize_slots(struct symbol_table *t, uint32_t count)
{
	struct symbol_slot *slots = calloc(count, sizeof(*slots));
	uint32_t i, at;

	if (!slots)
		return -ENOMEM;
	for (i = 0; i < t->count; i++) {
		for (at = t->items[i].hash & (count - 1); slots[at].number; at = (at + 1) & (count - 1))
			;
		slots[at] = (struct symbol_slot){ t->items[i].hash, i + 1 };
	}
	free(t->slots);
	t->slots = slots;
	t->slot_count = count;
	return 0;
}

int symbol_table_reserve(struct symbol_table *t, uint64_t names)
{
	uint32_t count = 4096;

	while (count < names && count < SYMBOLS_MAX)
		count *= 2;
	return count > t->slot_count ? resize_slots(t, count) : 0;
}

static int grow_items(struct symbol_table *t)
{
	uint32_t capacity = t->capacity ? t->capacity * 2 : 2048;
	struct link_symbol *items = reallocarray(t->items, capacity, sizeof(*items));

	if (!items)
		return -ENOMEM;
	t->items = items;
	t->capacity = capacity;
	return 0;
}

static struct symbol_slot *slot_of(const struct symbol_table *t, const char *name, size_t n, uint32_t hash)
{
	uint32_t at = hash & (t->slot_count - 1);

	for (;; at = (at + 1) & (t->slot_count - 1)) {
		const char *known;

		if (!t->slots[at].number)
			return &t->slots[at];
		if (t->slots[at].hash != hash)
			continue;
		known = t->items[t->slots[at].number - 1].name;
		if (strncmp(known, name, n) == 0 && (!known[n] || known[n] == '@'))
			return &t->slots[at];
	}
}

int symbol_intern(struct symbol_table *t, const char *name, size_t n, uint32_t hash, uint32_t *ret)
{
	struct symbol_slot *slot;

	if (t->count >= SYMBOLS_MAX)
		return -ENOMEM;
	if ((uint64_t)t->count * 2 >= t->slot_count && resize_slots(t, t->slot_count ? t->slot_count * 2 : 4096) < 0)
		return -ENOMEM;
	slot = slot_of(t, name, n, hash);
	if (!slot->number) {
		if (t->count == t->capacity && grow_items(t) < 0)
			return -ENOMEM;
		t->items[t->count] = (struct link_symbol){ .name = name, .hash = hash, .section = LINK_NONE,
							   .earlier = LINK_NONE, .object = LINK_NONE, .lazy = LINK_NONE };
		*slot = (struct symbol_slot){ hash, ++t->count };
	}
	*ret = slot->number - 1;
	return 0;
}

uint32_t symbol_find(const struct symbol_table *t, const char *name, size_t n)
{
	if (!t->slot_count)
		return LINK_NONE;
	return slot_of(t, name, n, symbol_hash(name, n))->number - 1;
}
