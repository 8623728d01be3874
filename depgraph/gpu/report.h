/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h: the GPU code of one or many files, gathered and told.
 *
 *	struct gpu_report r = { .targets = &targets };
 *	n = gpu_report_add(&r, "libcublas.so.13", &err);      as often as wanted
 *	n = gpu_report_open(&r, pool, &err);                  with .kernels or .check: payloads are decoded, on all cores
 *	n = gpu_report_text(stdout, &r);
 *	gpu_report_release(&r);
 *
 * Every form adds up: of each section, entries, headers, padding and what is no
 * GPU code are its bytes.
 */
#ifndef DEPGRAPH_GPU_REPORT_H
#define DEPGRAPH_GPU_REPORT_H

#include "base/pool.h"
#include "depgraph/gpu/keep.h"

#include <stdio.h>

struct gpu_kernel {
	char *name; /* mangled */
	uint64_t bytes;
};

/* Of one entry. */
struct gpu_opened {
	struct gpu_kernel *kernels;
	uint32_t count, capacity;
	int error; /* it does not decode to what its header says */
	char why[200];
};

struct gpu_file {
	const char *path;
	struct content *content;
	struct gpu_code *code;
	struct gpu_keep *keep;     /* NULL: no targets declared */
	struct gpu_opened *opened; /* one an entry; NULL: nothing was decoded */
};

struct gpu_report {
	struct gpu_file *files;
	size_t count, capacity;
	const struct gpu_targets *targets; /* may be empty */
	struct gpu_keep_options keep;
	bool kernels, check;
	uint64_t limit; /* kernels listed in text; 0: all */
	const char *version;
	uint32_t decoded, opaque, failed; /* of entries, after gpu_report_open() */
	uint64_t decoded_bytes;
	struct budget budget;
};

int gpu_report_add(struct gpu_report *r, const char *path, struct error *err);
int gpu_report_open(struct gpu_report *r, struct pool *pool, struct error *err);
void gpu_report_release(struct gpu_report *r);

int gpu_report_text(FILE *f, const struct gpu_report *r);
int gpu_report_json(FILE *f, const struct gpu_report *r);
int gpu_report_csv(FILE *f, const struct gpu_report *r);

/* Entries that are alike, summed: in the order of architectures. */
struct gpu_row {
	const struct gpu_entry *like;
	uint32_t section; /* UINT32_MAX: of all */
	uint64_t entries, bytes, raw, dropped;
};

/* `by_section` false: one row for a target, kind and codec, whatever the section. files[0..count) together. -ENOMEM. */
int gpu_rows(const struct gpu_file *files, size_t count, bool by_section, struct gpu_row **ret, size_t *ret_count);

/* What of a section is no entry's. */
void gpu_section_overhead(const struct gpu_code *g, const struct gpu_section *s, uint64_t *ret_headers,
			  uint64_t *ret_padding, uint64_t *ret_entries);

#endif
