/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include "base/bytes.h"
#include "base/cleanup.h"

#include <errno.h>
#include <libdeflate.h>
#include <openssl/evp.h>
#include <pthread.h>

DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free)

/* Looked up once: OpenSSL 3 searches its providers at every use of EVP_sha256(), which costs more than a
 * short digest. */
static const EVP_MD *functions[] = {
	[DIGEST_MD5] = NULL,
	[DIGEST_SHA1] = NULL,
	[DIGEST_SHA256] = NULL,
};
static pthread_once_t functions_fetched = PTHREAD_ONCE_INIT;

static void fetch_functions(void)
{
	functions[DIGEST_MD5] = EVP_MD_fetch(NULL, "MD5", NULL);
	functions[DIGEST_SHA1] = EVP_MD_fetch(NULL, "SHA1", NULL);
	functions[DIGEST_SHA256] = EVP_MD_fetch(NULL, "SHA256", NULL);
}

int digest_of(enum digest_function fn, const struct digest_piece *pieces, size_t count, uint8_t *ret)
{
	CLEANUP(EVP_MD_CTX_freep) EVP_MD_CTX *ctx = NULL;
	size_t i;

	(void)pthread_once(&functions_fetched, fetch_functions);
	if (!functions[fn])
		return -ENOTSUP; /* a crypto policy may take MD5 away */
	ctx = EVP_MD_CTX_new();
	if (!ctx)
		return -ENOMEM;
	if (EVP_DigestInit_ex2(ctx, functions[fn], NULL) != 1)
		return -EIO;
	for (i = 0; i < count; i++)
		if (EVP_DigestUpdate(ctx, pieces[i].data, pieces[i].size) != 1)
			return -EIO;
	return EVP_DigestFinal_ex(ctx, ret, NULL) == 1 ? 0 : -EIO;
}

int sha256_of(const void *p, size_t n, struct sha256 *ret)
{
	const struct digest_piece piece = { p, n };

	return digest_of(DIGEST_SHA256, &piece, 1, ret->bytes);
}

void hex_of(const uint8_t *p, size_t n, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		*ret++ = digits[p[i] >> 4];
		*ret++ = digits[p[i] & 15];
	}
	*ret = '\0';
}

uint32_t crc32_of(uint32_t crc, const void *p, size_t n)
{
	/* libdeflate takes NULL as a request for the initial value. */
	return n ? libdeflate_crc32(crc, p, n) : crc;
}

/*
 * hash64: the 128-bit product of two words, its halves folded together, mixes
 * every bit of both in one multiplication (the idea of Wang Yi's wyhash, which
 * is in the public domain; this is not that function and gives other values).
 * Words are first combined with odd constants without structure, the digits of
 * pi, so that zeros in the input do not become zero factors.  Sixteen bytes a step; the tail
 * is read as two words that may overlap, and the length enters at the end so
 * that overlapping reads of different lengths differ.
 */
#define PI_1 UINT64_C(0x243f6a8885a308d3)
#define PI_2 UINT64_C(0x13198a2e03707345)
#define PI_3 UINT64_C(0xa4093822299f31d1)

static inline uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Up to 16 bytes as two words. */
static inline void load_tail(const uint8_t *p, size_t n, uint64_t *ret_a, uint64_t *ret_b)
{
	if (n >= 8) {
		*ret_a = load_le64(p);
		*ret_b = load_le64(p + n - 8);
	} else if (n >= 4) {
		*ret_a = load_le32(p);
		*ret_b = load_le32(p + n - 4);
	} else {
		*ret_a = n ? (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 | p[n - 1] : 0;
		*ret_b = 0;
	}
}

uint64_t hash64(const void *p, size_t n, uint64_t seed)
{
	const uint8_t *bytes = p;
	size_t left = n;
	uint64_t a, b;

	seed ^= fold(seed ^ PI_1, PI_2);
	for (; left > 16; left -= 16, bytes += 16)
		seed = fold(load_le64(bytes) ^ PI_2, load_le64(bytes + 8) ^ seed);
	load_tail(bytes, left, &a, &b);
	return fold(fold(a ^ PI_2, b ^ seed) ^ PI_3, (uint64_t)n ^ PI_1);
}
