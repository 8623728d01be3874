/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lint_result.h: the problems that were found, as reports read them.
 *
 *	struct lint_result *all;
 *	r = lint_paths(paths, count, &run, &all, &err);
 *	... lint_apply(all, baseline), lint_exclude(all, ...), reports (lint_report.h) ...
 *	lint_result_free(all);
 *
 * A *group* is one cause in one place of a file: a part of an artifact, or a rule
 * of build rules.  Its id ("gzip-timestamps@dist/x.gz//header//mtime",
 * "date-call@Makefile") stays the same from run to run, since it holds no
 * offset and no line.  A group keeps its first places; the count is exact.
 *
 * Files are in the order of the paths given, those of a directory sorted by
 * name; groups in the order of the walk.  Strings belong to the file's arena.
 */
#ifndef REPROCHECK_LINT_RESULT_H
#define REPROCHECK_LINT_RESULT_H

#include "base/arena.h"
#include "base/cleanup.h"
#include "reprocheck/report/baseline.h"
#include "reprocheck/lint/lint.h"

#define LINT_PLACES_MAX 100 /* kept of a group */

struct lint_place {
	uint64_t offset;       /* of an artifact */
	unsigned line, column; /* of build rules; 0: none */
	const char *text, *detail;
};

struct lint_group {
	const char *id;
	const struct cause *cause;
	const char *path, *rule, *fix; /* path: within the artifact; NULL for build rules */
	uint64_t count;
	struct lint_place *places;
	size_t places_kept, capacity;
	bool baseline, excluded;
};

struct lint_file {
	const char *name;
	struct lint_group *groups;
	size_t group_count, capacity;
	const char **notes; /* what could not be looked into */
	size_t note_count;
	const char *trouble; /* could not be read, or changed while it was; NULL: none */
	struct arena arena;
};

struct lint_result {
	struct lint_file *files; /* with something to tell */
	size_t file_count;
	uint64_t files_read;
	uint64_t places, groups, accepted; /* accepted: groups that are known */
	bool trouble;
};

struct lint_run {
	struct lint_options options; /* file_time is set for each file */
	const char *const *exclude;  /* patterns over names, see path_matches() */
	size_t exclude_count;
	unsigned jobs;
	uint64_t decode_total;       /* 0: the default */
};

/* Files and directories; a file that cannot be read is in trouble, and the others are still read. */
int lint_paths(const char *const *paths, size_t count, const struct lint_run *run, struct lint_result **ret,
	       struct error *err);
void lint_result_free(struct lint_result *r);
DEFINE_CLEANUP(struct lint_result *, lint_result_free)

/* Marks what is known; the same as baseline_apply() and exclude_causes() do for comparisons. */
void lint_apply_baseline(struct lint_result *r, struct baseline *b);
int lint_exclude(struct lint_result *r, const char *const *ids, size_t count, struct error *err);

static inline bool lint_accepted(const struct lint_group *g)
{
	return g->baseline || g->excluded;
}

#endif
