/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/compare/pairing.h"

#include "base/cleanup.h"
#include "base/digest.h"
#include "reprocheck/compare/keyed.h"
#include "reprocheck/compare/sketch.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define SIMILARITY_SIZE_MIN   64  /* smaller things have no shape to recognise */
#define SIMILARITY_THINGS_MAX 512 /* on each side: the comparison is quadratic */

typedef bool (*key_fn)(const struct thing *t, uint64_t *ret);

static bool name_key(const struct thing *t, uint64_t *ret)
{
	*ret = hash64(t->name, strlen(t->name), (uint64_t)t->kind);
	return true;
}

static bool content_key(const struct thing *t, uint64_t *ret)
{
	if (!t->data || t->size < 4)
		return false;
	*ret = hash64(t->data, (size_t)t->size, (uint64_t)t->kind);
	return true;
}

/* "libfoo.so.1a2b3c4d" -> "libfoo.so.#": every run of digits, and of hex digits of 6 or more, becomes '#'. */
static bool blotted_key(const struct thing *t, uint64_t *ret)
{
	char out[4096];
	const char *p = t->name;
	size_t n = 0;

	while (*p && n < sizeof(out) - 1) {
		size_t hex = 0, dec = 0;

		while (isxdigit((unsigned char)p[hex]))
			hex++;
		while (isdigit((unsigned char)p[dec]))
			dec++;
		if (hex >= 6 || dec) {
			out[n++] = '#';
			p += hex >= 6 ? hex : dec;
		} else {
			out[n++] = *p++;
		}
	}
	*ret = hash64(out, n, (uint64_t)t->kind);
	return memchr(out, '#', n) != NULL;
}

/* One pass: the k-th unpaired thing with a key goes with the k-th of the other side. */
static int pair_by(key_fn key, const struct thing *a, size_t n, const struct thing *b, size_t m,
		   size_t *b_of_a, bool *b_taken)
{
	AUTO_FREE struct keyed *ka = reallocarray(NULL, n + 1, sizeof(*ka));
	AUTO_FREE struct keyed *kb = reallocarray(NULL, m + 1, sizeof(*kb));
	size_t na = 0, nb = 0, i;

	if (!ka || !kb)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		if (b_of_a[i] == NO_PARTNER && key(&a[i], &ka[na].key))
			ka[na++].index = i;
	for (i = 0; i < m && na; i++)
		if (!b_taken[i] && key(&b[i], &kb[nb].key))
			kb[nb++].index = i;
	pair_keyed(ka, na, kb, nb, b_of_a, b_taken);
	return 0;
}

static size_t sketch_unpaired(const struct thing *t, size_t n, bool (*open)(size_t, const void *),
			      const void *ctx, struct sketch *out, size_t *index)
{
	size_t i, k = 0;

	for (i = 0; i < n && k < SIMILARITY_THINGS_MAX; i++)
		if (open(i, ctx) && t[i].data && t[i].size >= SIMILARITY_SIZE_MIN) {
			sketch_of(t[i].data, t[i].size, &out[k]);
			index[k++] = i;
		}
	return k;
}

static bool open_a(size_t i, const void *b_of_a)
{
	return ((const size_t *)b_of_a)[i] == NO_PARTNER;
}

static bool open_b(size_t i, const void *taken)
{
	return !((const bool *)taken)[i];
}

static int pair_by_similarity(const struct thing *a, size_t n, const struct thing *b, size_t m,
			      size_t *b_of_a, bool *b_taken)
{
	AUTO_FREE struct sketch *sa = reallocarray(NULL, SIMILARITY_THINGS_MAX, sizeof(*sa));
	AUTO_FREE struct sketch *sb = reallocarray(NULL, SIMILARITY_THINGS_MAX, sizeof(*sb));
	size_t ia[SIMILARITY_THINGS_MAX], ib[SIMILARITY_THINGS_MAX];
	size_t na, nb, i, j;

	if (!sa || !sb)
		return -ENOMEM;
	nb = sketch_unpaired(b, m, open_b, b_taken, sb, ib);
	na = nb ? sketch_unpaired(a, n, open_a, b_of_a, sa, ia) : 0;
	for (i = 0; i < na; i++) {
		double best = SKETCH_SIMILAR;
		size_t at = NO_PARTNER;

		for (j = 0; j < nb; j++) {
			double s = b_taken[ib[j]] || a[ia[i]].kind != b[ib[j]].kind
					   ? 0
					   : sketch_similarity(&sa[i], &sb[j]);
			if (s > best) {
				best = s;
				at = ib[j];
			}
		}
		if (at != NO_PARTNER) {
			b_of_a[ia[i]] = at;
			b_taken[at] = true;
		}
	}
	return 0;
}

/* The usual case: the same things in the same order. */
static bool pair_in_step(const struct thing *a, size_t n, const struct thing *b, size_t m, size_t *b_of_a)
{
	size_t i;

	for (i = 0; i < n; i++)
		b_of_a[i] = NO_PARTNER;
	if (n != m)
		return false;
	for (i = 0; i < n; i++)
		if (a[i].kind != b[i].kind || strcmp(a[i].name, b[i].name) != 0)
			return false;
	for (i = 0; i < n; i++)
		b_of_a[i] = i;
	return true;
}

static int pair_with(const key_fn *keys, size_t key_count, bool similar, const struct thing *a, size_t n,
		     const struct thing *b, size_t m, size_t *b_of_a)
{
	AUTO_FREE bool *b_taken = NULL;
	size_t i;
	int r = 0;

	if (pair_in_step(a, n, b, m, b_of_a))
		return 0;
	b_taken = calloc(m + 1, sizeof(*b_taken));
	if (!b_taken)
		return -ENOMEM;
	for (i = 0; r >= 0 && i < key_count; i++)
		r = pair_by(keys[i], a, n, b, m, b_of_a, b_taken);
	return r < 0 || !similar ? r : pair_by_similarity(a, n, b, m, b_of_a, b_taken);
}

int pair_names(const struct thing *a, size_t n, const struct thing *b, size_t m, size_t *b_of_a)
{
	static const key_fn keys[] = { name_key };

	return pair_with(keys, 1, false, a, n, b, m, b_of_a);
}

int pair_things(const struct thing *a, size_t n, const struct thing *b, size_t m, size_t *b_of_a)
{
	static const key_fn keys[] = { name_key, content_key, blotted_key };

	return pair_with(keys, 3, true, a, n, b, m, b_of_a);
}
