/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply.h: the suggestions of a plan done to copies, verified, published together.
 *
 *	struct apply_report report = APPLY_REPORT_INIT;
 *	r = apply_run(plan, &options, &report, &err);      or apply_run_gpu(file, ...)
 *	r = apply_report_terminal(stdout, &report);
 *	apply_report_release(&report);
 *
 * What is done: proved suggestions that have an action; observed ones when asked for;
 * heuristic ones never.  All that concerns one file is one pass over it.  Inputs are only read; a file that is not
 * the one that the plan was made for ends all (-ESTALE).  Either every output is published in
 * options.out or none (publish.h).
 */
#ifndef DEPGRAPH_APPLY_APPLY_H
#define DEPGRAPH_APPLY_APPLY_H

#include "base/arena.h"
#include "base/pool.h"
#include "base/verb.h"
#include "depgraph/apply/plan.h"

struct apply_options {
	const char *out;                   /* directory; NULL only for a dry run */
	const struct string_list *only;    /* ids or kinds; empty: all */
	const struct string_list *targets; /* instead of the plan's; empty: the plan's */
	bool accept_observed, drop_ptx, compress, shrink, dry_run, no_load, measure, relink;
	int level;
	struct pool *pool;
};

struct apply_size {
	uint64_t apparent, on_disk;
	uint64_t compressed; /* by zstd -3; 0: not measured */
};

struct apply_line {
	const char *text;
	struct apply_line *next;
};

struct apply_output {
	const char *source, *name; /* as the plan names it; in the output directory */
	const char *does;          /* "gpu", "objcopy", "relink", "remove-files"; several: "objcopy, gpu" */
	struct apply_size before, after;
	struct apply_line *ids, *checks, *notes; /* suggestions that were applied; what was verified; what is to be known */
	struct apply_output *next;
};

struct apply_skipped {
	const char *id, *why;
	uint64_t bytes;
	struct apply_skipped *next;
};

struct apply_report {
	struct apply_output *outputs;
	struct apply_skipped *skipped;
	const char *out;
	bool dry_run;
	struct arena arena;
	int error; /* sticky: no memory */
};
#define APPLY_REPORT_INIT { .arena = ARENA_INIT((size_t)1 << 28) }

/* -ENOENT: --only names nothing in the plan. */
int apply_run(const struct apply_plan *plan, const struct apply_options *o, struct apply_report *ret, struct error *err);
/* Without a plan: all GPU code of these files that the targets cannot need. */
int apply_run_gpu(const char *const *files, size_t count, const struct apply_options *o, struct apply_report *ret,
		  struct error *err);
void apply_report_release(struct apply_report *r);

int apply_report_terminal(FILE *f, const struct apply_report *r);
int apply_report_json(FILE *f, const struct apply_report *r);

/* For those that fill a report: printf'ed into its arena, at the end of the list. */
void apply_add_line(struct apply_report *r, struct apply_line **list, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* NULL: no memory. */
struct apply_output *apply_add_output(struct apply_report *r, const char *source, const char *name, const char *does);
void apply_skip(struct apply_report *r, const char *id, uint64_t bytes, const char *why);

#endif
