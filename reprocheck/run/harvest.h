/* SPDX-License-Identifier: Apache-2.0 */
/*
 * harvest.h: what a command wrote, cut down to its outputs.
 *
 * The sandbox hands back a directory with everything that the command created or
 * changed.  harvest_select() removes from it what is none of the outputs: whiteouts
 * (removed inputs, which are counted), files that still equal the input of that
 * name, what no pattern matches, and directories that are left empty by that.
 * harvest_digest() is the identity of the rest: two runs with the same digest
 * gave the same outputs.
 */
#ifndef REPROCHECK_RUN_HARVEST_H
#define REPROCHECK_RUN_HARVEST_H

#include "base/digest.h"
#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct harvest {
	uint64_t files, bytes;
	uint64_t entries;       /* files, links, directories */
	uint64_t removed;       /* inputs that are gone */
	uint64_t left_out;      /* files that no pattern matched */
	char digest[SHA256_HEX_SIZE]; /* names, types, who may execute, link targets, contents */
};

int harvest_select(int outputs, const char *inputs, const char *const *patterns, size_t pattern_count,
		   struct harvest *ret, struct error *err);
/* `path` is how compare_builds() opens the directory. Adds digest, files and bytes. */
int harvest_digest(const char *path, struct harvest *ret, struct error *err);

#endif
