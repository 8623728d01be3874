/* SPDX-License-Identifier: Apache-2.0 */
/*
 * objcopy.h: debug sections split off, compressed or stripped, by the binutils' own tool.
 *
 * The objcopy of PATH is run on the original and writes new files; what it says goes into err.
 */
#ifndef DEPGRAPH_APPLY_OBJCOPY_H
#define DEPGRAPH_APPLY_OBJCOPY_H

#include "base/error.h"

#include <stdbool.h>

#define OBJCOPY_SECONDS 600

/* Runs `words` (words[0] is "objcopy", NULL at the end) in `directory`. -ENOENT: there is no such tool. -EBADMSG: it failed. */
int objcopy_run(const char *const *words, const char *directory, bool (*stop)(void *ctx), void *ctx, struct error *err);

#endif
