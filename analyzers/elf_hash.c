/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_hash.c: XXH64 and XXH3 (xxHash specification 0.7.3), BLAKE3 (the paper of
 * 2020, section 2), written from those texts.
 */
#include "analyzers/elf_hash.h"
#include "base/bytes.h"

#define PRIME32_1 UINT32_C(0x9E3779B1)
#define PRIME32_2 UINT32_C(0x85EBCA77)
#define PRIME32_3 UINT32_C(0xC2B2AE3D)
#define PRIME_1   UINT64_C(0x9E3779B185EBCA87)
#define PRIME_2   UINT64_C(0xC2B2AE3D27D4EB4F)
#define PRIME_3   UINT64_C(0x165667B19E3779F9)
#define PRIME_4   UINT64_C(0x85EBCA77C2B2AE63)
#define PRIME_5   UINT64_C(0x27D4EB2F165667C5)
#define PRIME_MX1 UINT64_C(0x165667919E3779F9)
#define PRIME_MX2 UINT64_C(0x9FB21C651E98DF25)

static uint64_t rotate64(uint64_t v, unsigned n)
{
	return v << n | v >> (64 - n);
}

static uint64_t avalanche64(uint64_t h)
{
	h = (h ^ h >> 33) * PRIME_2;
	h = (h ^ h >> 29) * PRIME_3;
	return h ^ h >> 32;
}

static uint64_t xxh64_round(uint64_t acc, uint64_t lane)
{
	return rotate64(acc + lane * PRIME_2, 31) * PRIME_1;
}

static uint64_t xxh64_stripes(const uint8_t *p, size_t n)
{
	uint64_t acc[4] = { PRIME_1 + PRIME_2, PRIME_2, 0, -PRIME_1 }, h;
	size_t i, k;

	for (i = 0; i + 32 <= n; i += 32)
		for (k = 0; k < 4; k++)
			acc[k] = xxh64_round(acc[k], load_le64(p + i + 8 * k));
	h = rotate64(acc[0], 1) + rotate64(acc[1], 7) + rotate64(acc[2], 12) + rotate64(acc[3], 18);
	for (k = 0; k < 4; k++)
		h = (h ^ xxh64_round(0, acc[k])) * PRIME_1 + PRIME_4;
	return h;
}

uint64_t xxh64_of(const uint8_t *p, size_t n)
{
	uint64_t h = (n >= 32 ? xxh64_stripes(p, n) : PRIME_5) + n;
	size_t i = n / 32 * 32;

	for (; i + 8 <= n; i += 8)
		h = rotate64(h ^ xxh64_round(0, load_le64(p + i)), 27) * PRIME_1 + PRIME_4;
	for (; i + 4 <= n; i += 4)
		h = rotate64(h ^ load_le32(p + i) * PRIME_1, 23) * PRIME_2 + PRIME_3;
	for (; i < n; i++)
		h = rotate64(h ^ p[i] * PRIME_5, 11) * PRIME_1;
	return avalanche64(h);
}

#define SECRET_SIZE       192
#define STRIPE            64
#define STRIPES_PER_BLOCK 16
#define BLOCK             (STRIPE * STRIPES_PER_BLOCK)

/* clang-format off */
static const uint8_t secret[SECRET_SIZE] = {
	0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
	0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
	0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
	0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
	0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
	0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
	0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
	0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
	0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
	0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
	0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
	0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
};
/* clang-format on */

static uint64_t secret_word(size_t off)
{
	return load_le64(secret + off);
}

static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t avalanche3(uint64_t h)
{
	h = (h ^ h >> 37) * PRIME_MX1;
	return h ^ h >> 32;
}

static uint64_t xxh3_short(const uint8_t *p, size_t n)
{
	uint64_t v, low, high;

	if (n > 8) {
		low = secret_word(24) ^ secret_word(32) ^ load_le64(p);
		high = secret_word(40) ^ secret_word(48) ^ load_le64(p + n - 8);
		return avalanche3(n + __builtin_bswap64(low) + high + fold(low, high));
	}
	if (n >= 4) {
		v = secret_word(8) ^ secret_word(16) ^ (load_le32(p + n - 4) | (uint64_t)load_le32(p) << 32);
		v ^= rotate64(v, 49) ^ rotate64(v, 24);
		v *= PRIME_MX2;
		v ^= (v >> 35) + n;
		v *= PRIME_MX2;
		return v ^ v >> 28;
	}
	if (n == 0)
		return avalanche64(secret_word(56) ^ secret_word(64));
	v = p[n - 1] | (uint32_t)n << 8 | (uint32_t)p[0] << 16 | (uint32_t)p[n >> 1] << 24;
	return avalanche64((load_le32(secret) ^ load_le32(secret + 4)) ^ v);
}

static uint64_t mix(const uint8_t *p, size_t off)
{
	return fold(load_le64(p) ^ secret_word(off), load_le64(p + 8) ^ secret_word(off + 8));
}

static uint64_t xxh3_medium(const uint8_t *p, size_t n)
{
	uint64_t acc = n * PRIME_1;
	size_t i;

	if (n <= 128) {
		for (i = (n - 1) / 32 + 1; i-- > 0;)
			acc += mix(p + 16 * i, 32 * i) + mix(p + n - 16 * i - 16, 32 * i + 16);
		return avalanche3(acc);
	}
	for (i = 0; i < 8; i++)
		acc += mix(p + 16 * i, 16 * i);
	acc = avalanche3(acc);
	for (; i < n / 16; i++)
		acc += mix(p + 16 * i, 16 * (i - 8) + 3);
	return avalanche3(acc + mix(p + n - 16, 119));
}

static void accumulate(uint64_t acc[8], const uint8_t *stripe, size_t off)
{
	size_t i;

	for (i = 0; i < 8; i++) {
		uint64_t word = load_le64(stripe + 8 * i), value = word ^ secret_word(off + 8 * i);

		acc[i ^ 1] += word;
		acc[i] += (value & UINT32_MAX) * (value >> 32);
	}
}

static void scramble(uint64_t acc[8])
{
	size_t i;

	for (i = 0; i < 8; i++)
		acc[i] = (acc[i] ^ acc[i] >> 47 ^ secret_word(SECRET_SIZE - STRIPE + 8 * i)) * PRIME32_1;
}

static uint64_t xxh3_long(const uint8_t *p, size_t n)
{
	uint64_t acc[8] = { PRIME32_3, PRIME_1, PRIME_2, PRIME_3, PRIME_4, PRIME32_2, PRIME_5, PRIME32_1 };
	uint64_t h = n * PRIME_1;
	size_t at = 0, i;

	for (; n - at > BLOCK; at += BLOCK) {
		for (i = 0; i < STRIPES_PER_BLOCK; i++)
			accumulate(acc, p + at + STRIPE * i, 8 * i);
		scramble(acc);
	}
	for (i = 0; i < (n - at - 1) / STRIPE; i++)
		accumulate(acc, p + at + STRIPE * i, 8 * i);
	accumulate(acc, p + n - STRIPE, SECRET_SIZE - 71);
	for (i = 0; i < 4; i++)
		h += fold(acc[2 * i] ^ secret_word(11 + 16 * i), acc[2 * i + 1] ^ secret_word(19 + 16 * i));
	return avalanche3(h);
}

uint64_t xxh3_of(const uint8_t *p, size_t n)
{
	return n <= 16 ? xxh3_short(p, n) : n <= 240 ? xxh3_medium(p, n) : xxh3_long(p, n);
}

/*
 * BLAKE3: chunks of 1024 bytes are the leaves of a binary tree whose left
 * subtrees are complete; every node is compressed to a chaining value of eight
 * words, the root with a flag of its own.
 */
#define CHUNK       1024
#define CHUNK_BLOCK 64

enum { CHUNK_START = 1, CHUNK_END = 2, PARENT = 4, ROOT = 8 };

static const uint32_t blake3_iv[8] = {
	0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
};

static uint32_t rotate_right32(uint32_t v, unsigned n)
{
	return v >> n | v << (32 - n);
}

static inline void quarter(uint32_t s[16], int a, int b, int c, int d, uint32_t x, uint32_t y)
{
	s[a] += s[b] + x;
	s[d] = rotate_right32(s[d] ^ s[a], 16);
	s[c] += s[d];
	s[b] = rotate_right32(s[b] ^ s[c], 12);
	s[a] += s[b] + y;
	s[d] = rotate_right32(s[d] ^ s[a], 8);
	s[c] += s[d];
	s[b] = rotate_right32(s[b] ^ s[c], 7);
}

static void blake3_round(uint32_t s[16], const uint32_t m[16])
{
	quarter(s, 0, 4, 8, 12, m[0], m[1]);
	quarter(s, 1, 5, 9, 13, m[2], m[3]);
	quarter(s, 2, 6, 10, 14, m[4], m[5]);
	quarter(s, 3, 7, 11, 15, m[6], m[7]);
	quarter(s, 0, 5, 10, 15, m[8], m[9]);
	quarter(s, 1, 6, 11, 12, m[10], m[11]);
	quarter(s, 2, 7, 8, 13, m[12], m[13]);
	quarter(s, 3, 4, 9, 14, m[14], m[15]);
}

static void compress(uint32_t cv[8], uint32_t m[16], uint64_t counter, uint32_t len, uint32_t flags)
{
	static const uint8_t permutation[16] = { 2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8 };
	uint32_t s[16], next[16];
	unsigned round, i;

	memcpy(s, cv, 8 * sizeof(*s));
	memcpy(s + 8, blake3_iv, 4 * sizeof(*s));
	s[12] = (uint32_t)counter;
	s[13] = (uint32_t)(counter >> 32);
	s[14] = len;
	s[15] = flags;
	for (round = 0; round < 7; round++) {
		blake3_round(s, m);
		for (i = 0; i < 16; i++)
			next[i] = m[permutation[i]];
		memcpy(m, next, sizeof(next));
	}
	for (i = 0; i < 8; i++)
		cv[i] = s[i] ^ s[i + 8];
}

static void blake3_chunk(const uint8_t *p, size_t n, uint64_t counter, uint32_t root, uint32_t cv[8])
{
	uint32_t m[16], flags = CHUNK_START;
	size_t at = 0, len;

	memcpy(cv, blake3_iv, sizeof(blake3_iv));
	do {
		len = n - at < CHUNK_BLOCK ? n - at : CHUNK_BLOCK;
		memset(m, 0, sizeof(m));
		if (len)
			memcpy(m, p + at, len);
		at += len;
		if (at == n)
			flags |= CHUNK_END | root;
		compress(cv, m, counter, (uint32_t)len, flags);
		flags = 0;
	} while (at < n);
}

/* Depth is the logarithm of the number of chunks. */
static void blake3_node(const uint8_t *p, size_t n, uint64_t counter, uint32_t root, uint32_t cv[8])
{
	uint32_t m[16];
	size_t left = CHUNK;

	if (n <= CHUNK) {
		blake3_chunk(p, n, counter, root, cv);
		return;
	}
	while (2 * left < n)
		left *= 2;
	blake3_node(p, left, counter, 0, m);
	blake3_node(p + left, n - left, counter + left / CHUNK, 0, m + 8);
	memcpy(cv, blake3_iv, sizeof(blake3_iv));
	compress(cv, m, 0, CHUNK_BLOCK, PARENT | root);
}

void blake3_of(const uint8_t *p, size_t n, uint8_t out[BLAKE3_SIZE])
{
	uint32_t cv[8];
	unsigned i;

	blake3_node(p, n, 0, ROOT, cv);
	for (i = 0; i < 8; i++)
		store_uint(out + 4 * i, cv[i], 4, false);
}
