/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_extent.h: where an ELF file ends, by its own headers.
 *
 * Containers of GPU code store the length of each code object although the
 * object tells it too; the two agree, so the stored one is derived.
 */
#ifndef ANALYZERS_ELF_EXTENT_H
#define ANALYZERS_ELF_EXTENT_H

#include <stdbool.h>
#include <stdint.h>

/* The end of the last table, segment or section of the 64-bit little-endian ELF file at `data`. false: not such a
 * file, or it claims bytes beyond `size`. */
bool elf_extent(const uint8_t *data, uint64_t size, uint64_t *ret);

#endif
