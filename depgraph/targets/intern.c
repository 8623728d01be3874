/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/targets/intern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INTERN_MAX (UINT32_C(1) << 31)

void intern_release(struct intern *t)
{
	free(t->strings);
	free(t->slots);
	free(t->hashes);
	*t = (struct intern){ 0 };
}

/* FNV-1a with a final mix: labels share long beginnings and differ in their last bytes. */
uint32_t intern_hash(const char *s, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ (uint8_t)s[i]) * UINT64_C(0x100000001b3);
	return (uint32_t)(h ^ h >> 32);
}

static uint32_t *slot_of(const struct intern *t, const char *s, size_t n, uint32_t hash)
{
	uint32_t i = hash & (t->slot_count - 1);

	for (;; i = (i + 1) & (t->slot_count - 1)) {
		uint32_t id = t->slots[i];

		if (!id)
			return &t->slots[i];
		if (t->hashes[id - 1] == hash && !strncmp(t->strings[id - 1], s, n) && !t->strings[id - 1][n])
			return &t->slots[i];
	}
}

uint32_t intern_find(const struct intern *t, const char *s, size_t n)
{
	if (!t->slot_count || (n && memchr(s, 0, n)))
		return UINT32_MAX;
	return *slot_of(t, s, n, intern_hash(s, n)) - 1; /* 0 - 1: not there */
}

static int grow_slots(struct intern *t)
{
	uint32_t count = t->slot_count ? t->slot_count * 2 : 1024, i;
	uint32_t *slots = calloc(count, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (i = 0; i < t->count; i++) {
		uint32_t at = t->hashes[i] & (count - 1);

		while (slots[at])
			at = (at + 1) & (count - 1);
		slots[at] = i + 1;
	}
	free(t->slots);
	t->slots = slots;
	t->slot_count = count;
	return 0;
}

static int grow_strings(struct intern *t)
{
	uint32_t capacity = t->capacity ? t->capacity * 2 : 512;
	const char **strings = reallocarray(t->strings, capacity, sizeof(*strings));
	uint32_t *hashes;

	if (!strings)
		return -ENOMEM;
	t->strings = strings;
	hashes = reallocarray(t->hashes, capacity, sizeof(*hashes));
	if (!hashes)
		return -ENOMEM;
	t->hashes = hashes;
	t->capacity = capacity;
	return 0;
}

int intern_add(struct intern *t, struct arena *a, const char *s, size_t n, uint32_t *ret)
{
	uint32_t hash, *slot;
	char *copy;

	n = strnlen(s, n); /* a name ends where C would end it */
	hash = intern_hash(s, n);
	if (t->count >= INTERN_MAX / 2)
		return -ENOMEM;
	if ((uint64_t)t->count * 4 >= (uint64_t)t->slot_count * 3 && grow_slots(t) < 0)
		return -ENOMEM;
	slot = slot_of(t, s, n, hash);
	if (!*slot) {
		if (t->count == t->capacity && grow_strings(t) < 0)
			return -ENOMEM;
		copy = arena_strndup(a, s, n);
		if (!copy)
			return -ENOMEM;
		t->strings[t->count] = copy;
		t->hashes[t->count] = hash;
		*slot = ++t->count;
	}
	*ret = *slot - 1;
	return 0;
}
