/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h: what prune found, told to a person, a program, a code host, a build tool.
 *
 *	struct plan_options o = { .version = "1.0" };
 *	r = plan_terminal(stdout, &prune, &o);
 *	r = plan_json(stdout, &prune, &o);      also the plan that `apply` reads: docs/depgraph-plan.md
 *
 * Suggestions come in the order of what they add; every form says the total of
 * doing all of them, in which no byte is counted twice.  Names come from the
 * input and are hostile: each form escapes them for its medium.
 *
 * All return 0, -ENOMEM, or -EIO when the stream failed.  The stream stays open.
 */
#ifndef DEPGRAPH_REPORT_PLAN_H
#define DEPGRAPH_REPORT_PLAN_H

#include "depgraph/prune/prune.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct plan_options {
	const char *version;
	unsigned verbosity;  /* terminal: 1 shows sections, 2 all of them */
	uint64_t limit;      /* terminal, HTML: suggestions listed at most; 0: no limit */
	enum evidence_level level; /* what was asked for, for the record */
	uint64_t min_bytes;
};

int plan_terminal(FILE *f, const struct prune *p, const struct plan_options *o);
int plan_json(FILE *f, const struct prune *p, const struct plan_options *o);
/* SARIF 2.1.0: rules are kinds, results are suggestions */
int plan_sarif(FILE *f, const struct prune *p, const struct plan_options *o);
/* One page that loads nothing from anywhere */
int plan_html(FILE *f, const struct prune *p, const struct plan_options *o);
/* A command line of buildozer each, what has none as a comment */
int plan_buildozer(FILE *f, const struct prune *p, const struct plan_options *o);
/* Unified diffs one after the other, for `patch -p1`; what has none as a comment */
int plan_patch(FILE *f, const struct prune *p, const struct plan_options *o);

#endif
