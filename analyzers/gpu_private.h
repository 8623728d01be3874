/* SPDX-License-Identifier: Apache-2.0 */
/* gpu_private.h: what the files of gpu.h share: tables that grow while a file is read. */
#ifndef ANALYZERS_GPU_PRIVATE_H
#define ANALYZERS_GPU_PRIVATE_H

#include "analyzers/elf_file.h"
#include "analyzers/gpu.h"
#include "analyzers/gpu_scan.h"

#define GPU_TARGETS_KEPT 256

struct gpu_reader {
	struct gpu_code *g;
	struct content *content; /* of the section being read */
	uint64_t from;           /* where in it the search began */
	uint32_t section_capacity, container_capacity, entry_capacity, other_capacity;
	const char *targets[GPU_TARGETS_KEPT]; /* names made before: few are different */
	struct error *err;
};

/* gpu_entries.c: one container with its entries, into the last section. -ENOMEM. A compressed bundle whose beginning
 * cannot be decoded is no container: 0 and nothing added. */
int gpu_add_container(struct gpu_reader *r, enum gpu_format format, uint64_t off, uint64_t len);
/* A bare cubin or AMD code object, which is a container of nothing but itself. */
int gpu_add_object(struct gpu_reader *r, const struct elf_file *f);

#endif
