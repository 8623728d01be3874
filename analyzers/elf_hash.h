/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_hash.h: the hashes that linkers make build-ids with and libcrypto does not have.
 *
 * For recognising ids only.  Whole buffers in; no keys, no seeds; any length.
 */
#ifndef ANALYZERS_ELF_HASH_H
#define ANALYZERS_ELF_HASH_H

#include <stddef.h>
#include <stdint.h>

#define BLAKE3_SIZE 32

uint64_t xxh64_of(const uint8_t *p, size_t n);
uint64_t xxh3_of(const uint8_t *p, size_t n); /* XXH3, 64 bits */
void blake3_of(const uint8_t *p, size_t n, uint8_t out[BLAKE3_SIZE]);

#endif
