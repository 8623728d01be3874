/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recompress.h: raw cubins of fat binaries, written as nvcc --compress-mode=size would.
 *
 * nvcc 13 leaves cubins as they are unless it is told otherwise.  A compressed entry is the same
 * header with the flag 0x8000, the sizes before and after, and a zstd frame padded to 8 (facts from compiling the same
 * source in both modes and comparing; docs/gpu-formats.md).  The driver that loads it must know zstd in fat binaries: that
 * of CUDA 12.4 and later.
 */
#ifndef DEPGRAPH_APPLY_RECOMPRESS_H
#define DEPGRAPH_APPLY_RECOMPRESS_H

#include "base/pool.h"
#include "depgraph/apply/packing.h"

#define RECOMPRESS_LEVEL 9

struct recompress_totals {
	uint32_t entries;
	uint64_t before, after; /* of those that became smaller */
};

/* Fills p->entries for each kept raw cubin that becomes smaller; the bytes live as long as the image. */
int recompress_entries(struct packing *p, struct image *img, int level, struct pool *pool, bool (*stop)(void *ctx), void *ctx,
		       struct recompress_totals *ret, struct error *err);

#endif
