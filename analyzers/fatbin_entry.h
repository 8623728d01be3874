/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fatbin_entry.h: the headers of NVIDIA's fat binaries, read once for all.
 *
 * fatbin.c says what every byte of a container is, gpu.c which GPU code is
 * there; both read containers and entries through this.  The format is
 * described in fatbin.c.
 *
 *	len = fatbin_container_length(data, size);        0: no container here
 *	for (pos = FATBIN_CONTAINER_HEADER; pos < len; pos += e.header + e.payload)
 *		if (!fatbin_entry_read(data + pos, len - pos, &e)) ...cannot happen when len was not 0
 */
#ifndef ANALYZERS_FATBIN_ENTRY_H
#define ANALYZERS_FATBIN_ENTRY_H

#include "base/content.h"

#include <stdbool.h>
#include <stdint.h>

#define FATBIN_MAGIC 0xBA55ED50u
#define FATBIN_CONTAINER_HEADER 16
#define FATBIN_ENTRY_HEADER 64

enum fatbin_kind { FATBIN_PTX = 1, FATBIN_CUBIN = 2, FATBIN_LTO_IR = 8 };

#define FATBIN_LZ4 0x2000u
#define FATBIN_ZSTD 0x8000u
#define FATBIN_ARCH_SPECIFIC 0x100000u   /* sm_90a */
#define FATBIN_FAMILY_SPECIFIC 0x200000u /* sm_100f */

struct fatbin_entry {
	unsigned kind, minor, major, arch;
	uint64_t header, payload, compressed, plain, flags;
	uint64_t option_block, ident, ident_len; /* offsets from the entry; 0: none */
	uint64_t option, option_len;
};

/* The entry at `data`, with at most `size` bytes. false: none starts here. Places inside its header that are not
 * inside are dropped (0), so that what remains can be used as it is. */
bool fatbin_entry_read(const uint8_t *data, uint64_t size, struct fatbin_entry *e);
/* 'a', 'f', or 0. */
char fatbin_entry_variant(const struct fatbin_entry *e);
/* Compressed in a way that can be undone; LTO-IR says so and is scrambled. */
bool fatbin_entry_encoded(const struct fatbin_entry *e);
/* The bytes of the payload that are not padding; of a raw one that is read from its content. */
uint64_t fatbin_entry_used(const uint8_t *entry, const struct fatbin_entry *e);
/* Decompresses `len` bytes at `in`, the payload of an encoded entry. */
int fatbin_entry_decode(const struct fatbin_entry *e, const uint8_t *in, uint64_t len, struct budget *budget,
			struct content **ret, struct error *err);

/* true: a container's header stands here, and the container claims to end at *ret_end (which may be beyond `size`). */
bool fatbin_container_header(const uint8_t *data, uint64_t size, uint64_t *ret_end);
/* How far the chain of entries reaches from the container at `data`, at most to `end`. */
uint64_t fatbin_chain_end(const uint8_t *data, uint64_t end);
/* The length of the container at `data`; 0: none, or its entries do not fill it. */
uint64_t fatbin_container_length(const uint8_t *data, uint64_t size);

#endif
