/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h: a comparison told to a person, a program, a code host or a CI server.
 *
 *	struct report_options o = { .version = "1.0", .command = argv, .command_count = argc };
 *	r = report_terminal(stdout, &comparison, &o);
 *
 * Every report states the conservation line: primary + derived + unexplained =
 * differing bytes.  Totals always count everything; `max_findings` bounds only
 * what is listed, and the report says how much it left out.
 *
 * Reports are a function of the comparison and the options: they hold no time
 * of day and no duration (the terminal's -v shows the seconds), so two
 * runs on the same input give the same document.
 *
 * Names and texts come from the input and are hostile: each report escapes them
 * for its own medium.  The terminal never gets a control character, the HTML
 * page runs no script but its own (hashes in its Content-Security-Policy).
 *
 * All return 0, -ENOMEM, or -EIO when the stream failed.  The stream stays open.
 * Findings are written one by one; memory grows with the number of
 * findings by a pointer each, not with the size of the document.
 */
#ifndef REPROCHECK_REPORT_REPORT_H
#define REPROCHECK_REPORT_REPORT_H

#include "reprocheck/causes/causes.h"
#include "reprocheck/compare/result.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct report_options {
	const char *version;        /* of the tool; NULL: not stated */
	const char *const *command; /* the command line, for the record; may be NULL */
	size_t command_count;
	const struct facts *facts; /* what was told about the builds; NULL: nothing */
	unsigned verbosity;        /* terminal: 1 places and all fixes; 2 context and derived findings too */
	uint64_t max_findings;     /* listed at most; 0: no limit but the medium's own */
};

int report_terminal(FILE *f, const struct comparison *c, const struct report_options *o);
/* docs/reprocheck-json.md */
int report_json(FILE *f, const struct comparison *c, const struct report_options *o);
/* SARIF 2.1.0: rules are causes, results are findings */
int report_sarif(FILE *f, const struct comparison *c, const struct report_options *o);
/* JUnit XML: a testcase a file */
int report_junit(FILE *f, const struct comparison *c, const struct report_options *o);
/* One page that loads nothing from anywhere */
int report_html(FILE *f, const struct comparison *c, const struct report_options *o);

#endif
