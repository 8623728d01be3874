/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map_match.h: is this map that of this linked file?
 *
 * It is believed only when the output sections that it tells are those of the file, at the same addresses and
 * with the same sizes; of another link's map each conclusion would be wrong, and look right.
 */
#ifndef DEPGRAPH_INPUTS_MAP_MATCH_H
#define DEPGRAPH_INPUTS_MAP_MATCH_H

#include "analyzers/elf_file.h"
#include "analyzers/linkmap.h"
#include "base/error.h"

/* -EINVAL and the first section that differs, when it is the map of another link than that of `f`, which is at `path`. */
int map_match(const struct linkmap *map, const struct elf_file *f, const char *path, struct error *err);

#endif
