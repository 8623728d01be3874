/* SPDX-License-Identifier: Apache-2.0 */
/* measure.h: how large a file is, as its directory says, on disk, and as a package would ship it. */
#ifndef DEPGRAPH_APPLY_MEASURE_H
#define DEPGRAPH_APPLY_MEASURE_H

#include "depgraph/apply/apply.h"

/* Apparent size and blocks; with `compress` the size that zstd -3 makes of it (seconds for a large file). */
int measure_file(const char *path, bool compress, bool (*stop)(void *ctx), void *ctx, struct apply_size *ret, struct error *err);

#endif
