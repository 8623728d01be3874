/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lint_report.h: problems told to a person, a program, a code host or a CI server.
 *
 * As for comparisons (report.h): names and texts are hostile and escaped for each
 * medium, totals count everything, `max_problems` bounds only what is listed,
 * and a report holds no time of day.  All return 0, -ENOMEM or -EIO.
 */
#ifndef REPROCHECK_LINT_REPORT_H
#define REPROCHECK_LINT_REPORT_H

#include "reprocheck/lint/result.h"

#include <stdio.h>

struct lint_report_options {
	const char *version;
	const char *const *command;
	size_t command_count;
	unsigned verbosity;    /* terminal: 1 all places, known problems and notes; 2 ids and what does not fix it */
	uint64_t max_problems; /* groups listed at most; 0: no limit but the medium's own */
};

int lint_terminal(FILE *f, const struct lint_result *r, const struct lint_report_options *o);
/* docs/reprocheck-lint-json.md */
int lint_json(FILE *f, const struct lint_result *r, const struct lint_report_options *o);
int lint_sarif(FILE *f, const struct lint_result *r, const struct lint_report_options *o);
int lint_junit(FILE *f, const struct lint_result *r, const struct lint_report_options *o);
/* A workflow command of GitHub Actions a place: "::warning file=Makefile,line=3,title=...::...". */
int lint_annotations(FILE *f, const struct lint_result *r, const struct lint_report_options *o);

/* The causes that occur, those in most places first. */
struct lint_tally {
	const struct cause *cause;
	uint64_t groups, places, files;
	const struct lint_file *last; /* counted */
	bool accepted; /* all of them are known */
};
int lint_tallies(const struct lint_result *r, struct lint_tally **ret, size_t *ret_count); /* caller frees; -ENOMEM */

#endif
