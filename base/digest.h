/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest.h: SHA-256 (and the older digests that formats embed) through libcrypto; CRC-32 through libdeflate.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32
#define SHA256_HEX_SIZE 65 /* with the NUL */

struct sha256 {
	uint8_t bytes[SHA256_SIZE];
};

enum digest_function { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256 };

int sha256_of(const void *p, size_t n, struct sha256 *ret);
/* Several pieces hashed as one; ret receives 16, 20 or 32 bytes. */
struct digest_piece {
	const void *data;
	size_t size;
};
int digest_of(enum digest_function fn, const struct digest_piece *pieces, size_t count, uint8_t *ret);
void hex_of(const uint8_t *p, size_t n, char *ret); /* 2n characters and a NUL */
uint32_t crc32_of(uint32_t crc, const void *p, size_t n); /* the zlib CRC-32; start with 0 */
/* A fast 64-bit hash for in-memory tables (not for identity, not for disk). */
uint64_t hash64(const void *p, size_t n, uint64_t seed);

#endif
