/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keep.h: which entries of a file's GPU code the declared targets can still need.
 *
 * In each container by itself, since a kernel is looked for in the container it was
 * registered with:
 *
 *   cubin     kept when a target can run it: of each major all minors up to the target's, not only
 *             the best: libraries store for a kernel that minors share only the first one's cubin
 *             and look it up there (NVIDIA's cuBLAS documentation demands this of who prunes).
 *             sm_XYa only for a target XY, sm_XYf for targets of the family from XY on.
 *             Whether it holds kernels or only data is not asked: data is registered too.
 *   PTX       kept when it is the best for a target that runs no cubin of the container (then there is
 *             nothing else), and when it is the newest that is not bound to a device: for
 *             devices that come later (unless drop_ptx); and what compute_XY asks for.
 *   LTO-IR    kept: libraries link it at run time for any later device (unless drop_lto_ir).
 *   bundles   AMD code objects by processor and features; host entries always.
 *   others    kept.
 *
 * Where no target of a vendor was declared, all that vendor's code is kept.
 *
 *	CLEANUP(gpu_keep_freep) struct gpu_keep *k = NULL;
 *	r = gpu_keep(gpu, &targets, &options, &k, &err);
 *	k->verdicts[i].keep, gpu_keep_reason(k->verdicts[i].reason)       i: index into gpu->entries
 */
#ifndef DEPGRAPH_GPU_KEEP_H
#define DEPGRAPH_GPU_KEEP_H

#include "depgraph/gpu/targets.h"

enum gpu_reason {
	GPU_KEEP_RUNS,        /* a target can run it */
	GPU_KEEP_ONLY_PTX,    /* the only code in its container that a target can use */
	GPU_KEEP_ASKED_PTX,   /* compute_XY was asked for */
	GPU_KEEP_LATER,       /* for devices that come later */
	GPU_KEEP_LINKED,      /* LTO-IR: linked at run time */
	GPU_KEEP_HOST,
	GPU_KEEP_UNKNOWN,     /* of a kind that is not known here */
	GPU_KEEP_UNDECLARED,  /* no target of this vendor was declared */
	GPU_DROP_OTHER_MAJOR, /* cubin of a major that no target has */
	GPU_DROP_LATER_MINOR, /* cubin of a later minor than any target */
	GPU_DROP_VARIANT,     /* a or f of another device or family */
	GPU_DROP_PTX_BETTER,  /* a newer PTX is kept, or every target has a cubin */
	GPU_DROP_PTX_TOLD,    /* drop_ptx */
	GPU_DROP_LTO_TOLD,    /* drop_lto_ir */
	GPU_DROP_PROCESSOR,   /* AMD: another processor or mode */
	GPU_REASONS
};
const char *gpu_keep_reason(enum gpu_reason r); /* "no target has its major"... */

struct gpu_keep_options {
	bool drop_ptx;    /* no forward compatibility wanted */
	bool drop_lto_ir;
};

struct gpu_verdict {
	bool keep;
	enum gpu_reason reason;
};

struct gpu_keep {
	struct gpu_verdict *verdicts; /* one for each of gpu->entries */
	uint32_t count;
	uint64_t kept_bytes, dropped_bytes; /* of entries */
	uint32_t kept, dropped;
};

/* `options` may be NULL. -EINVAL: no targets. -ENOMEM. */
int gpu_keep(const struct gpu_code *g, const struct gpu_targets *t, const struct gpu_keep_options *options,
	     struct gpu_keep **ret, struct error *err);
void gpu_keep_free(struct gpu_keep *k);
DEFINE_CLEANUP(struct gpu_keep *, gpu_keep_free)

#endif
