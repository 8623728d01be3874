/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jobs.h: the suggestions of a plan that are to be done, gathered by what they are done to.
 *
 * Each kind of action has a file that does it: file.c (GPU code and debug sections of one file), tree.c (files of a
 * tree), relinks.c.
 */
#ifndef DEPGRAPH_APPLY_JOBS_H
#define DEPGRAPH_APPLY_JOBS_H

#include "depgraph/apply/apply.h"
#include "depgraph/apply/gpu_edit.h"
#include "depgraph/apply/publish.h"

enum job_kind { JOB_FILE, JOB_TREE, JOB_RELINK };

enum debug_edit { DEBUG_KEEP, DEBUG_SPLIT, DEBUG_COMPRESS };

struct job {
	enum job_kind kind;
	const char *path;  /* the file, the tree's root; of a relink NULL */
	const struct apply_suggestion **suggestions;
	size_t count, capacity;
	/* Of a file: */
	bool gpu;
	struct gpu_drop *drops;
	size_t drop_count, drop_capacity;
	struct gpu_targets targets;
	bool drop_all, drop_ptx, compress;
	enum debug_edit debug;
	const char *debug_format; /* "zlib", "zstd" */
	bool strip;
};

struct jobs {
	struct job *items;
	size_t count, capacity;
};

/* What all jobs of a run share. */
struct job_run {
	const struct apply_plan *plan; /* NULL: without one */
	const struct apply_options *o;
	struct apply_report *report;
	struct publish *publish;
};

/* Selects and gathers; what is left out is told in the report. */
int jobs_gather(const struct apply_plan *plan, const struct apply_options *o, struct apply_report *report, struct jobs *ret,
		struct error *err);
void jobs_release(struct jobs *j);
/* The one of a file or tree; made when it is not there. NULL: no memory. */
struct job *jobs_of(struct jobs *j, enum job_kind kind, const char *path);

int job_file(const struct job_run *run, const struct job *j, struct error *err);
int job_tree(const struct job_run *run, const struct job *j, struct error *err);
int job_relink(const struct job_run *run, const struct job *j, struct error *err);

#endif
