/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu_edit.h: one file without the GPU code that the declared targets cannot need.
 *
 *	CLEANUP(gpu_edit_freep) struct gpu_edit *e = NULL;
 *	r = gpu_edit_plan(content, &options, &e, &err);
 *	r = image_write(&e->image, source, fd, ...);
 *	r = gpu_edit_verify(e, copy, fd, &checks, &err);
 *
 * An entry goes when both agree: the keep rule for the targets (gpu/keep.h), and a
 * drop that was asked for.  All of an edit is planned before a byte is written.
 */
#ifndef DEPGRAPH_APPLY_GPU_EDIT_H
#define DEPGRAPH_APPLY_GPU_EDIT_H

#include "depgraph/apply/packing.h"
#include "depgraph/apply/recompress.h"
#include "depgraph/gpu/targets.h"

/* What a plan names: "cubin" of sm_90a, "ptx" of compute_120. */
struct gpu_drop {
	uint32_t arch;      /* 0: of AMD, or any */
	bool any_arch;
	char variant;       /* 'a', 'f', 0 */
	bool any_variant;
	enum gpu_kind kind;
	char target[64];    /* "gfx90a"; empty: by arch and variant */
};

struct gpu_edit_options {
	const struct gpu_targets *targets; /* none: nothing is dropped */
	const struct gpu_drop *drops;
	size_t drop_count;
	bool drop_all;                     /* whatever the keep rule does not keep */
	bool drop_ptx, drop_lto_ir;
	bool shrink;
	bool compress;
	int level;
	struct pool *pool;
	bool (*stop)(void *ctx);
	void *ctx;
};

#define GPU_EDIT_NOTES 16
struct gpu_edit {
	struct content *content;
	struct elf_file *elf; /* NULL: a bare container, a static library */
	struct gpu_code *gpu;
	bool *keep;           /* an entry each */
	bool shrink;
	struct packing packing;
	struct image image;
	uint32_t dropped, kept;       /* entries */
	uint64_t dropped_bytes;
	struct recompress_totals recompressed;
	char notes[GPU_EDIT_NOTES][256]; /* sections that only can be punched, and why */
	uint32_t note_count;
};

int gpu_edit_plan(struct content *c, const struct gpu_edit_options *o, struct gpu_edit **ret, struct error *err);
void gpu_edit_free(struct gpu_edit *e);
DEFINE_CLEANUP(struct gpu_edit *, gpu_edit_free)

/* What was checked of a copy, for reports. */
struct gpu_edit_checks {
	uint64_t containers, entries;  /* compared, identical */
	uint64_t decoded;              /* of these decompressed on both sides to compare */
	uint64_t bytes;                /* outside of GPU code, identical */
	uint64_t rewritten;            /* words that moved with a container, each led to its content */
};

/*
 * Reads the copy anew and compares it with the original, as the loader and the driver see both; nothing that
 * planned the edit is believed but which entries stay.  `fd` is the copy's descriptor, so that holes need not be read; -1:
 * they are.  -EBADMSG: err says what is wrong with the copy.
 */
int gpu_edit_verify(const struct gpu_edit *e, struct content *copy, int fd, struct gpu_edit_checks *ret, struct error *err);

#endif
