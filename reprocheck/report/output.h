/* SPDX-License-Identifier: Apache-2.0 */
/*
 * output.h: the options about reports and known findings that verbs share, and
 * what is done with a finished comparison: mark what is known, write the reports
 * asked for, say what went wrong, give the exit status.
 *
 *	struct run_options {
 *		struct output_options out;
 *		...
 *	};
 *	static const struct option_spec run_specs[] = {
 *		OUTPUT_OPTIONS(struct run_options, out),
 *		KNOWN_OPTIONS(struct run_options, out),
 *		...
 *		{ 0 }
 *	};
 *
 *	output_defaults(&o->out);                      in verb.defaults
 *	r = output_check(&o->out, &err);               before any work
 *	r = output_write(&o->out, c, &report, &err);   exit status, or a negative errno
 *	output_release(&o->out);                       in verb.release
 *
 * A report goes to its file whole or not at all; "-" is standard output.  The
 * terminal report is written when nothing else took standard output.
 */
#ifndef REPROCHECK_REPORT_OUTPUT_H
#define REPROCHECK_REPORT_OUTPUT_H

#include "base/error.h"
#include "base/verb.h"
#include "reprocheck/report/report.h"
#include "reprocheck/compare/result.h"

#include <stdbool.h>
#include <stddef.h>

enum { EXIT_SAME = 0, EXIT_DIFFERENT = 1, EXIT_TROUBLE = 2 };

struct output_options {
	const char *json, *sarif, *junit, *html; /* files; "-": standard output; NULL: not asked for */
	const char *colour;
	unsigned verbosity;
	bool quiet;
	unsigned long long max_findings;
	const char *baseline;
	struct string_list exclude_causes;
};

/* Rows of a verb's option table; the verb's own rows of the same groups may follow. */
/* clang-format off */
#define OUTPUT_OPTIONS(STRUCT, MEMBER) \
	{ "verbose", 'v', OPT_COUNT, offsetof(STRUCT, MEMBER.verbosity), NULL, \
	  "show places; twice: derived findings and context too", "Output" }, \
	{ "quiet", 'q', OPT_FLAG, offsetof(STRUCT, MEMBER.quiet), NULL, \
	  "print nothing on standard output", "Output" }, \
	{ "json", 0, OPT_OPTIONAL_STRING, offsetof(STRUCT, MEMBER.json), "FILE", \
	  "write a JSON report (to standard output without FILE)", "Output" }, \
	{ "sarif", 0, OPT_OPTIONAL_STRING, offsetof(STRUCT, MEMBER.sarif), "FILE", \
	  "write SARIF 2.1.0", "Output" }, \
	{ "junit", 0, OPT_OPTIONAL_STRING, offsetof(STRUCT, MEMBER.junit), "FILE", \
	  "write JUnit XML", "Output" }, \
	{ "html", 0, OPT_OPTIONAL_STRING, offsetof(STRUCT, MEMBER.html), "FILE", \
	  "write a self-contained HTML page", "Output" }, \
	{ "color", 0, OPT_STRING, offsetof(STRUCT, MEMBER.colour), "WHEN", \
	  "auto, always or never", "Output" }, \
	{ "max-findings", 0, OPT_UINT, offsetof(STRUCT, MEMBER.max_findings), "N", \
	  "list at most N findings (totals count all)", "Output" }

#define KNOWN_OPTIONS(STRUCT, MEMBER) \
	{ "exclude-cause", 0, OPT_LIST, offsetof(STRUCT, MEMBER.exclude_causes), "CAUSE", \
	  "a cause that does not fail", "Selection" }, \
	{ "baseline", 0, OPT_STRING, offsetof(STRUCT, MEMBER.baseline), "FILE", \
	  "known findings that do not fail: an earlier --json report, or ids, one a line", "Selection" }
/* clang-format on */

void output_defaults(struct output_options *o);
void output_release(struct output_options *o);

/* Sets the colour. -EINVAL: not a word that --color takes. */
int output_check(const struct output_options *o, struct error *err);
/* The short report shows no places: then nobody would read their source lines. */
bool output_shows_places(const struct output_options *o);
/* The terminal report goes to standard output. */
bool output_is_terminal(const struct output_options *o);

/*
 * Marks findings (--baseline, --exclude-cause), writes all reports, says on
 * stderr which files are in trouble.  `report` tells version, command and facts;
 * its verbosity and max_findings are set from the options.  EXIT_SAME,
 * EXIT_DIFFERENT or EXIT_TROUBLE; or a negative errno, with err filled.
 */
int output_write(const struct output_options *o, struct comparison *c, const struct report_options *report,
		 struct error *err);

#endif
