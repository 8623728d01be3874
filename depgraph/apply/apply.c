/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/apply/apply.h"

#include "depgraph/apply/jobs.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- the report ---------------------------------------------------------------------------------------------- */

void apply_report_release(struct apply_report *r)
{
	arena_release(&r->arena);
	*r = (struct apply_report)APPLY_REPORT_INIT;
}

static const char *keep_text(struct apply_report *r, const char *text)
{
	const char *copy = arena_strndup(&r->arena, text, strlen(text));

	if (!copy)
		r->error = -ENOMEM;
	return copy ? copy : "";
}

void apply_add_line(struct apply_report *r, struct apply_line **list, const char *fmt, ...)
{
	struct apply_line *l = arena_alloc(&r->arena, sizeof(*l));
	AUTO_FREE char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (!l || n < 0) {
		text = n < 0 ? NULL : text;
		r->error = -ENOMEM;
		return;
	}
	l->text = keep_text(r, text);
	while (*list)
		list = &(*list)->next;
	*list = l;
}

struct apply_output *apply_add_output(struct apply_report *r, const char *source, const char *name, const char *does)
{
	struct apply_output *o = arena_alloc(&r->arena, sizeof(*o)), **at = &r->outputs;

	if (!o) {
		r->error = -ENOMEM;
		return NULL;
	}
	*o = (struct apply_output){ .source = keep_text(r, source), .name = keep_text(r, name), .does = does };
	while (*at)
		at = &(*at)->next;
	*at = o;
	return o;
}

void apply_skip(struct apply_report *r, const char *id, uint64_t bytes, const char *why)
{
	struct apply_skipped *s = arena_alloc(&r->arena, sizeof(*s)), **at = &r->skipped;

	if (!s) {
		r->error = -ENOMEM;
		return;
	}
	*s = (struct apply_skipped){ .id = keep_text(r, id), .why = why, .bytes = bytes };
	while (*at)
		at = &(*at)->next;
	*at = s;
}

/* ---- the run ------------------------------------------------------------------------------------------------- */

static int run_job(const struct job_run *run, const struct job *j, struct error *err)
{
	if (interrupted(NULL))
		return error_set(err, -EINTR, j->path ? j->path : "relink", "stopped by a signal");
	switch (j->kind) {
	case JOB_FILE:
		return job_file(run, j, err);
	case JOB_TREE:
		return job_tree(run, j, err);
	default:
		return job_relink(run, j, err);
	}
}

static int run_jobs(const struct apply_plan *plan, const struct jobs *jobs, const struct apply_options *o,
		    struct apply_report *report, struct error *err)
{
	CLEANUP(publish_release) struct publish publish = PUBLISH_NONE;
	struct job_run run = { .plan = plan, .o = o, .report = report, .publish = o->dry_run ? NULL : &publish };
	size_t i;
	int r = 0;

	report->out = o->out ? keep_text(report, o->out) : "";
	report->dry_run = o->dry_run;
	if (jobs->count && !o->dry_run)
		r = publish_begin(&publish, o->out, err);
	for (i = 0; r == 0 && i < jobs->count; i++)
		r = run_job(&run, &jobs->items[i], err);
	if (r == 0 && report->error)
		r = error_set(err, report->error, "apply", "out of memory");
	if (r == 0 && jobs->count && !o->dry_run)
		r = publish_commit(&publish, err);
	return r;
}

int apply_run(const struct apply_plan *plan, const struct apply_options *o, struct apply_report *ret, struct error *err)
{
	CLEANUP(jobs_release) struct jobs jobs = { 0 };
	int r = jobs_gather(plan, o, ret, &jobs, err);

	return r < 0 ? r : run_jobs(plan, &jobs, o, ret, err);
}

int apply_run_gpu(const char *const *files, size_t count, const struct apply_options *o, struct apply_report *ret,
		  struct error *err)
{
	CLEANUP(jobs_release) struct jobs jobs = { 0 };
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < count; i++) {
		struct job *j = jobs_of(&jobs, JOB_FILE, files[i]);

		if (!j)
			return error_set(err, -ENOMEM, files[i], "too many outputs");
		j->gpu = j->drop_all = true;
		j->drop_ptx = o->drop_ptx;
		j->compress = o->compress;
		if (!j->targets.count)
			r = gpu_targets_add_list(&j->targets, o->targets, err);
	}
	return r < 0 ? r : run_jobs(NULL, &jobs, o, ret, err);
}
