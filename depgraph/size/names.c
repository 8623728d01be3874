/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing; the hashes are kept beside the numbers, so that names are compared only when they agree. */
#include "depgraph/size/names.h"

#include "base/bytes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOTS_FIRST 1024
#define NAMES_MAX (UINT32_C(1) << 30)
#define NAME_LONGEST 4096

/* Eight bytes a step; multiply and fold. Long names of C++ differ at their ends, so all of it counts. */
static uint32_t hash_name(const char *s, size_t n)
{
	uint64_t h = 0x9e3779b97f4a7c15u ^ n, word;

	for (; n >= 8; s += 8, n -= 8) {
		memcpy(&word, s, 8);
		h = (h ^ word) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, s, n);
	h = (h ^ word) * 0xc4ceb9fe1a85ec53u;
	return (uint32_t)(h ^ h >> 29);
}

static bool grow_slots(struct size_names *names)
{
	uint32_t count = names->slot_count ? 2 * names->slot_count : SLOTS_FIRST, i, at;
	struct size_name_slot *slots = calloc(count, sizeof(*slots));

	if (!slots)
		return false;
	for (i = 0; i < names->slot_count; i++) {
		if (!names->slots[i].id)
			continue;
		for (at = names->slots[i].hash & (count - 1); slots[at].id; at = (at + 1) & (count - 1))
			;
		slots[at] = names->slots[i];
	}
	free(names->slots);
	names->slots = slots;
	names->slot_count = count;
	return true;
}

static bool make_room(struct size_names *names)
{
	uint32_t capacity = names->capacity ? 2 * names->capacity : SLOTS_FIRST / 2;
	const char **text;

	if (names->count < names->capacity)
		return true;
	text = capacity <= NAMES_MAX ? reallocarray(names->text, capacity, sizeof(*text)) : NULL;
	if (!text)
		return false;
	names->text = text;
	names->capacity = capacity;
	return names->slot_count > capacity || grow_slots(names);
}

static uint32_t out_of_memory(struct size_names *names)
{
	names->error = -ENOMEM;
	return 0;
}

uint32_t size_name(struct size_names *names, const char *s, size_t n, bool copy)
{
	uint32_t hash, at;

	n = copy ? strnlen(s, n) : n;
	hash = hash_name(s, n);
	if (names->error || !make_room(names))
		return out_of_memory(names);
	for (at = hash & (names->slot_count - 1); names->slots[at].id; at = (at + 1) & (names->slot_count - 1)) {
		const char *other = names->text[names->slots[at].id - 1];

		if (names->slots[at].hash == hash && !strncmp(other, s, n) && !other[n])
			return names->slots[at].id - 1;
	}
	s = copy ? arena_strndup(&names->arena, s, n) : s;
	if (!s)
		return out_of_memory(names);
	names->text[names->count] = s;
	names->slots[at] = (struct size_name_slot){ .hash = hash, .id = ++names->count };
	return names->count - 1;
}

uint32_t size_namef(struct size_names *names, const char *fmt, ...)
{
	char text[NAME_LONGEST];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return out_of_memory(names);
	return size_name(names, text, n < NAME_LONGEST ? (size_t)n : NAME_LONGEST - 1, true);
}

void size_names_release(struct size_names *names)
{
	free(names->text);
	free(names->slots);
	arena_release(&names->arena);
	*names = (struct size_names)SIZE_NAMES_INIT;
}
