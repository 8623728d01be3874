/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const char *hex(enum digest_function fn, const char *text, size_t size)
{
	const struct digest_piece piece = { text, strlen(text) };
	static char out[SHA256_HEX_SIZE];
	uint8_t digest[32];

	assert_int_equal(digest_of(fn, &piece, 1, digest), 0);
	hex_of(digest, size, out);
	return out;
}

/* RFC 1321, FIPS 180. */
static void known_digests(void **state)
{
	(void)state;
	assert_string_equal(hex(DIGEST_MD5, "abc", 16), "900150983cd24fb0d6963f7d28e17f72");
	assert_string_equal(hex(DIGEST_SHA1, "abc", 20), "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_string_equal(hex(DIGEST_SHA256, "abc", 32),
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(hex(DIGEST_SHA256, "", 32),
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void pieces_hash_as_one(void **state)
{
	const struct digest_piece pieces[] = { { "a", 1 }, { NULL, 0 }, { "bc", 2 } };
	struct sha256 whole;
	uint8_t digest[32];

	(void)state;
	assert_int_equal(sha256_of("abc", 3, &whole), 0);
	assert_int_equal(digest_of(DIGEST_SHA256, pieces, 3, digest), 0);
	assert_memory_equal(digest, whole.bytes, 32);
}

static void crc32_is_the_one_of_zlib_and_continues(void **state)
{
	(void)state;
	assert_int_equal(crc32_of(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(crc32_of(crc32_of(0, "1234", 4), "56789", 5), 0xcbf43926);
	assert_int_equal(crc32_of(0x1234, NULL, 0), 0x1234);
}

static void hash_depends_on_every_byte_the_length_and_the_seed(void **state)
{
	uint8_t bytes[80] = { 0 };
	uint64_t plain;
	size_t n, i;

	(void)state;
	for (n = 0; n < sizeof(bytes); n++) {
		plain = hash64(bytes, n, 1);
		assert_true(plain == hash64(bytes, n, 1));
		assert_true(plain != hash64(bytes, n + 1, 1));
		assert_true(plain != hash64(bytes, n, 2));
		for (i = 0; i < n; i++) {
			bytes[i] = 1;
			assert_true(plain != hash64(bytes, n, 1));
			bytes[i] = 0;
		}
	}
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Names as they are in trees: nearly equal.  65,536 values of 64 bits do not collide by chance. */
static void similar_names_spread(void **state)
{
	enum { COUNT = 65536 };
	uint64_t *values = malloc(COUNT * sizeof(*values));
	unsigned buckets[256] = { 0 }, i;
	char name[64];

	(void)state;
	assert_non_null(values);
	for (i = 0; i < COUNT; i++) {
		int len = snprintf(name, sizeof(name), "src/module/file%u.o", i);

		values[i] = hash64(name, (size_t)len, 0);
		buckets[values[i] & 255]++;
	}
	qsort(values, COUNT, sizeof(*values), compare);
	for (i = 1; i < COUNT; i++)
		assert_true(values[i] != values[i - 1]);
	for (i = 0; i < 256; i++)
		assert_in_range(buckets[i], 256 - 96, 256 + 96); /* six standard deviations */
	free(values);
}

/* Half of the output bits flip, on average, for each bit of input. */
static void bits_avalanche(void **state)
{
	unsigned bit, trial, flips, total = 0;
	uint64_t input[3], before;

	(void)state;
	for (bit = 0; bit < 192; bit++) {
		flips = 0;
		for (trial = 0; trial < 64; trial++) {
			input[0] = trial * UINT64_C(0x9e3779b97f4a7c15);
			input[1] = trial;
			input[2] = ~input[0];
			before = hash64(input, sizeof(input), 0);
			input[bit / 64] ^= UINT64_C(1) << (bit % 64);
			flips += (unsigned)__builtin_popcountll(before ^ hash64(input, sizeof(input), 0));
		}
		assert_in_range(flips, 64 * 28, 64 * 36);
		total += flips;
	}
	assert_in_range(total / 192, 64 * 31, 64 * 33);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_digests),
		cmocka_unit_test(pieces_hash_as_one),
		cmocka_unit_test(crc32_is_the_one_of_zlib_and_continues),
		cmocka_unit_test(hash_depends_on_every_byte_the_length_and_the_seed),
		cmocka_unit_test(similar_names_spread),
		cmocka_unit_test(bits_avalanche),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
