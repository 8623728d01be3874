/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hip_bundle.h: the headers of clang offload bundles, read once for all.
 *
 * hip.c says what every byte of a bundle is, gpu.c which GPU code is there;
 * both read through this.  The format is described in hip.c.
 */
#ifndef ANALYZERS_HIP_BUNDLE_H
#define ANALYZERS_HIP_BUNDLE_H

#include "base/bytes.h"
#include "base/content.h"

#include <stdbool.h>
#include <stdint.h>

#define HIP_BUNDLE_MAGIC "__CLANG_OFFLOAD_BUNDLE__"
#define HIP_BUNDLE_MAGIC_SIZE 24
#define HIP_BUNDLE_HEADER 32

struct hip_entry {
	uint64_t offset, size, id_len;
	const char *id; /* not terminated */
};

/* The table of a bundle: its end, the end of the last object (at most the window's), and the number of entries
 * that could be read. `align` is the largest power of two that all offsets are multiples of. */
struct hip_table {
	uint64_t count, readable, table_end, end, align;
};

bool hip_bundle_probe(const uint8_t *data, uint64_t size);
/* The next entry; the first stands at HIP_BUNDLE_HEADER. */
bool hip_entry_read(struct cursor *c, struct hip_entry *e);
void hip_table_read(const uint8_t *data, uint64_t size, struct hip_table *t);

/* The header of a compressed bundle. */
struct hip_ccob {
	unsigned version, method, header; /* method: 0 zlib, 1 zstd */
	uint64_t total, plain; /* total: of header and data, at most what there is (version 1: all there is) */
	bool cut;
};

bool hip_ccob_read(const uint8_t *data, uint64_t size, struct hip_ccob *h);
/* Decompresses `len` bytes at `in`, which follow the header. */
int hip_ccob_decode(const struct hip_ccob *h, const uint8_t *in, uint64_t len, struct budget *budget,
		    struct content **ret, struct error *err);

#endif
