/* SPDX-License-Identifier: Apache-2.0 */
/*
 * targets.h: the GPUs that somebody declares to run on.
 *
 *	struct gpu_targets t = GPU_TARGETS_INIT;
 *	r = gpu_targets_add(&t, "sm_90", &err);
 *	gpu_targets_release(&t);
 *
 * One word may hold several, separated by commas, semicolons or blanks:
 *
 *	sm_90, 90, 9.0    devices of compute capability 9.0
 *	sm_90a, 9.0a      the same devices: which code they can run does not depend on the
 *	                  suffix; it is accepted because compilers are told so
 *	sm_100f           every device of the family from 10.0 on: 10.0, 10.3...
 *	9.0+PTX           the device, and PTX for compute_90
 *	compute_90        PTX for later devices, which the driver compiles
 *	gfx90a            AMD, in any mode; gfx90a:xnack+ in this one
 *
 * What an entry of GPU code offers to a device: NVIDIA, "CUDA C++ Programming
 * Guide", Binary Compatibility, PTX Compatibility, Family-Specific Features: a
 * cubin runs on devices of its major with at least its minor; sm_XYa on XY only; sm_XYf on
 * devices of the family with at least its minor.  PTX is compiled for any device that is not older;
 * compute_XYa and compute_XYf are limited as cubins are.
 */
#ifndef DEPGRAPH_GPU_TARGETS_H
#define DEPGRAPH_GPU_TARGETS_H

#include "analyzers/gpu.h"
#include "base/error.h"
#include "base/verb.h"

struct gpu_device {
	uint32_t cc;     /* 90; of AMD 0 */
	bool ptx;        /* compute_90: PTX for this and later, no device */
	char variant;    /* of compute_90a */
	char name[64];   /* "sm_90", "compute_90", "gfx90a:xnack+" */
};

struct gpu_targets {
	struct gpu_device *devices;
	uint32_t count, capacity;
	uint32_t nvidia, amd; /* how many devices of each; PTX not counted */
};
#define GPU_TARGETS_INIT { 0 }

/* -EINVAL: err says which word and what is accepted. */
int gpu_targets_add(struct gpu_targets *t, const char *words, struct error *err);
int gpu_targets_add_list(struct gpu_targets *t, const struct string_list *list, struct error *err);
void gpu_targets_release(struct gpu_targets *t);

/* The device can load this cubin or AMD code object as it is. */
bool gpu_device_runs(const struct gpu_device *d, const struct gpu_entry *e);
/* The driver can compile this PTX (or LTO-IR) for the device. */
bool gpu_device_compiles(const struct gpu_device *d, const struct gpu_entry *e);

#endif
