/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu.h: the GPU code in a file, all of it, to the byte.
 *
 * Fat binaries (NVIDIA) and offload bundles (HIP) lie in sections of ELF files:
 * in .nv_fatbin and .hip_fatbin, but also in .ldata, .rodata, .cask_resource,
 * __nv_relfatbin, and in members of static libraries (of thin ones too).  gpu_read() finds
 * every container in every section that has bytes (by magic and a valid chain of
 * entries), and in bare files: fat binaries, bundles, cubins, AMD code objects.
 * A stripped file without section headers is searched by its loaded segments.
 *
 *	r = gpu_read(content, &gpu, &err);
 *	for each gpu->sections[s]: containers [first, first + count), in each entries [first, first + count)
 *	gpu_free(gpu);
 *
 * Conservation: for each section
 *	sum of container.bytes + residue = bytes of the section, and
 *	header + sum of entry.bytes + padding = container.bytes
 * which gpu_read() asserts.  Memory is bounded by the number of entries; payloads are
 * not touched (a header walk), so half a gigabyte takes what scanning it for magics takes.
 *
 * Facts: docs/gpu-formats.md.
 */
#ifndef ANALYZERS_GPU_H
#define ANALYZERS_GPU_H

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/content.h"

#include <stdbool.h>
#include <stdint.h>

enum gpu_kind { GPU_PTX, GPU_CUBIN, GPU_LTO_IR, GPU_HIP_CODE, GPU_HIP_HOST, GPU_OTHER };
enum gpu_codec { GPU_RAW, GPU_LZ4, GPU_ZSTD, GPU_ZLIB, GPU_OPAQUE };
const char *gpu_kind_name(enum gpu_kind k);   /* "ptx", "cubin", "lto-ir", "hip", "hip-host", "other" */
const char *gpu_codec_name(enum gpu_codec c); /* "raw", "lz4", "zstd", "zlib", "opaque" */

struct gpu_entry {
	uint64_t off, bytes;         /* in the content: header and padded payload */
	uint64_t payload, payload_size; /* without padding */
	uint64_t raw_bytes;          /* decoded; equals payload_size when raw */
	uint64_t flags;
	uint32_t arch;               /* decimal SM number (90); of HIP 0 */
	char variant;                /* 'a', 'f', or 0 */
	enum gpu_kind kind;
	enum gpu_codec codec;
	const char *ident;           /* source name that nvcc -g stores; "" */
	const char *target;          /* "sm_90a", "compute_90", "gfx90a:xnack+"; never NULL */
	uint64_t inner;              /* of a compressed bundle: where in the decoded one */
	uint32_t container;
};

struct gpu_container {
	uint64_t off, bytes;
	uint64_t header, padding; /* of these: no entry's */
	uint32_t first, count; /* entries */
	uint32_t section;
	/* HIP: compressed is CCOB; its entries are those of the decoded bundle, with off and payload 0, and `bytes`
	 * is an entry's share of the compressed data, in proportion to raw_bytes. */
	bool hip, compressed;
};

struct gpu_section {
	const char *name;    /* of an archive's member: "member.o:.nv_fatbin"; of a bare container: "" */
	const char *member;  /* NULL: none */
	uint32_t index;      /* in the ELF file */
	uint64_t off, bytes; /* in the content */
	uint64_t residue;    /* bytes of it that belong to no container */
	uint32_t first, count; /* containers */
	struct content *content; /* that offsets mean: the file's, or of a thin archive the member's own file */
};

struct gpu_code {
	struct content *content; /* kept alive */
	/* Those with at least one container, and those whose name promises one (.nv_fatbin, __nv_relfatbin,
	 * .hip_fatbin): what was not understood there is residue. In the order of the file. */
	struct gpu_section *sections;
	uint32_t section_count;
	struct gpu_container *containers;
	uint32_t container_count;
	struct gpu_entry *entries;
	uint32_t entry_count;
	struct content **others; /* files of a thin archive's members */
	uint32_t other_count;
	struct arena arena;
};

/* A file without GPU code is no error: section_count is 0. -EBADMSG: neither ELF, archive nor container. */
int gpu_read(struct content *c, struct gpu_code **ret, struct error *err);
void gpu_free(struct gpu_code *g);
DEFINE_CLEANUP(struct gpu_code *, gpu_free)

/* The payload as it was before compression, exactly raw_bytes long; *ret is a slice of the content when it is raw.
 * -EBADMSG (also when it decodes to another size), -EFBIG (budget); -EOPNOTSUPP: opaque (LTO-IR is scrambled). */
int gpu_decode(const struct gpu_code *g, const struct gpu_entry *e, struct budget *budget, struct content **ret,
	       struct error *err);

/* Kernels of a cubin or an AMD code object (decoded): mangled name, as in .text.NAME; bytes of its code. Called in the
 * order of the file; a negative result ends it and is returned. The number of calls is 0 for a cubin that holds data only,
 * which is not the same as unused. */
int gpu_kernels(struct content *cubin, int (*found)(void *ctx, const char *name, uint64_t bytes), void *ctx,
		struct error *err);

#endif
