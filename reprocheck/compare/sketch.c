/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/compare/sketch.h"

#include "base/bytes.h"

#include <string.h>

#define WINDOW     16
#define SAMPLE_MAX (UINT64_C(4) << 20)

static uint64_t mix(uint64_t h)
{
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	return h ^ h >> 32;
}

static void keep_smallest(struct sketch *s, uint64_t h)
{
	unsigned lo = 0, hi = s->count;

	if (s->count == SKETCH_SIZE && h >= s->hashes[SKETCH_SIZE - 1])
		return;
	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;

		if (s->hashes[mid] < h)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < s->count && s->hashes[lo] == h)
		return;
	if (s->count < SKETCH_SIZE)
		s->count++;
	memmove(&s->hashes[lo + 1], &s->hashes[lo], (s->count - lo - 1) * sizeof(s->hashes[0]));
	s->hashes[lo] = h;
}

static void sketch_stretch(const uint8_t *p, uint64_t n, struct sketch *ret)
{
	uint64_t i;

	for (i = 0; i + WINDOW <= n; i++)
		keep_smallest(ret,
			      mix(load_le64(p + i) * UINT64_C(0x9e3779b97f4a7c15) ^ load_le64(p + i + 8)));
}

void sketch_of(const uint8_t *p, uint64_t n, struct sketch *ret)
{
	uint64_t stretch = SAMPLE_MAX / 16, i;

	ret->count = 0;
	if (n <= SAMPLE_MAX) {
		sketch_stretch(p, n, ret);
		return;
	}
	for (i = 0; i < 16; i++)
		sketch_stretch(p + (n - stretch) / 15 * i, stretch, ret);
}

double sketch_similarity(const struct sketch *a, const struct sketch *b)
{
	unsigned i = 0, j = 0, seen = 0, common = 0;

	/* The union goes on where one set has ended: a content of few shingles (all zeros) is not like all that has one. */
	while ((i < a->count || j < b->count) && seen < SKETCH_SIZE) {
		if (i < a->count && j < b->count && a->hashes[i] == b->hashes[j]) {
			common++;
			i++;
			j++;
		} else if (j == b->count || (i < a->count && a->hashes[i] < b->hashes[j])) {
			i++;
		} else {
			j++;
		}
		seen++;
	}
	return seen ? (double)common / seen : 0;
}
