/* SPDX-License-Identifier: Apache-2.0 */
/* Names first, then content, then blotted names, then similarity; each thing once. */
#include "reprocheck/compare/pairing.h"
#include "reprocheck/compare/sketch.h"
#include "tests/unit/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct thing thing(const char *name, const void *data, size_t size)
{
	return (struct thing){ .name = name, .data = data, .size = size };
}

static void names_pair_by_occurrence(void **state)
{
	const struct thing a[] = { thing("x", NULL, 0), thing("x", NULL, 0), thing("y", NULL, 0) };
	const struct thing b[] = { thing("y", NULL, 0), thing("x", NULL, 0), thing("x", NULL, 0) };
	size_t r[3];

	(void)state;
	assert_int_equal(pair_things(a, 3, b, 3, r), 0);
	assert_int_equal(r[0], 1);
	assert_int_equal(r[1], 2);
	assert_int_equal(r[2], 0);
}

static void a_renamed_thing_is_found_by_content(void **state)
{
	const struct thing a[] = { thing("old", "content", 7), thing("same", "1", 1) };
	const struct thing b[] = { thing("same", "2", 1), thing("new", "content", 7) };
	size_t r[2];

	(void)state;
	assert_int_equal(pair_things(a, 2, b, 2, r), 0);
	assert_int_equal(r[0], 1);
	assert_int_equal(r[1], 0);
	assert_int_equal(pair_names(a, 2, b, 2, r), 0);
	assert_int_equal(r[0], NO_PARTNER);
}

static void hashed_names_are_blotted(void **state)
{
	const struct thing a[] = { thing(".gnu.lto_.inline.1a2b3c4d5e6f7788", "abcdefgh", 8) };
	const struct thing b[] = { thing(".gnu.lto_.inline.ffffffff00000000", "12345678", 8) };
	const struct thing c[] = { thing(".gnu.lto_.other.ffffffff00000000", "12345678", 8) };
	size_t r[1];

	(void)state;
	assert_int_equal(pair_things(a, 1, b, 1, r), 0);
	assert_int_equal(r[0], 0);
	assert_int_equal(pair_things(a, 1, c, 1, r), 0);
	assert_int_equal(r[0], NO_PARTNER);
}

static void kinds_never_mix(void **state)
{
	struct thing a[] = { thing("x", "content", 7) }, b[] = { thing("x", "content", 7) };
	size_t r[1];

	(void)state;
	b[0].kind = 1;
	assert_int_equal(pair_things(a, 1, b, 1, r), 0);
	assert_int_equal(r[0], NO_PARTNER);
}

static void similar_things_pair_and_strangers_do_not(void **state)
{
	char p[4000], q[4000], s[4000];
	struct thing a[1], b[2];
	struct sketch sp, sq, ss;
	size_t i, r[1];

	(void)state;
	for (i = 0; i < sizeof(p); i++) {
		p[i] = q[i] = (char)random_next();
		s[i] = (char)random_next();
	}
	memset(q + 1000, 'x', 100);
	sketch_of((const uint8_t *)p, sizeof(p), &sp);
	sketch_of((const uint8_t *)q, sizeof(q), &sq);
	sketch_of((const uint8_t *)s, sizeof(s), &ss);
	assert_true(sketch_similarity(&sp, &sq) > 0.8);
	assert_true(sketch_similarity(&sp, &ss) < SKETCH_SIMILAR);
	a[0] = thing("old", p, sizeof(p));
	b[0] = thing("stranger", s, sizeof(s));
	b[1] = thing("new", q, sizeof(q));
	assert_int_equal(pair_things(a, 1, b, 2, r), 0);
	assert_int_equal(r[0], 1);
	assert_int_equal(pair_things(a, 1, b, 1, r), 0);
	assert_int_equal(r[0], NO_PARTNER);
}

/* All zeros are one shingle, which most contents have. */
static void zeros_resemble_nothing_that_holds_zeros(void **state)
{
	uint8_t p[4000] = { 0 }, q[4000] = { 0 };
	struct sketch sp, sq;
	size_t i;

	(void)state;
	for (i = 100; i < sizeof(q); i++)
		q[i] = (uint8_t)random_next();
	sketch_of(p, sizeof(p), &sp);
	sketch_of(q, sizeof(q), &sq);
	assert_true(sketch_similarity(&sp, &sq) < SKETCH_SIMILAR);
	assert_true(sketch_similarity(&sq, &sp) < SKETCH_SIMILAR);
	assert_true(sketch_similarity(&sp, &sp) > 0.99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_pair_by_occurrence),
		cmocka_unit_test(a_renamed_thing_is_found_by_content),
		cmocka_unit_test(hashed_names_are_blotted),
		cmocka_unit_test(kinds_never_mix),
		cmocka_unit_test(similar_things_pair_and_strangers_do_not),
		cmocka_unit_test(zeros_resemble_nothing_that_holds_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
