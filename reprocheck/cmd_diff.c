/* SPDX-License-Identifier: Apache-2.0 */
/* reprocheck diff: builds in, a comparison, its reports, an exit status. */
#include "reprocheck/verbs.h"

#include "base/path.h"
#include "base/terminal.h"
#include "reprocheck/baseline.h"
#include "reprocheck/compare.h"
#include "reprocheck/facts.h"
#include "reprocheck/report.h"

#include <errno.h>
#include <string.h>

#define JOBS_MAX 1024

enum { EXIT_SAME = 0, EXIT_DIFFERENT = 1, EXIT_TROUBLE = 2 };

struct diff_options {
	const char *json, *sarif, *junit, *html;
	struct string_list exclude, exclude_causes;
	const char *baseline, *facts_file, *colour;
	unsigned verbosity;
	bool quiet, times, owners, no_source;
	unsigned long long max_findings, max_places, jobs, decode_total, decode_ratio, decode_depth;
	struct fact_options facts;
};

#define FACT(NAME, MEMBER, SIDE, VALUE, HELP)                                                        \
	{                                                                                            \
		NAME, 0, OPT_STRING, offsetof(struct diff_options, facts.MEMBER[SIDE]), VALUE, HELP, \
			"Facts about the builds"                                                     \
	}

static const struct option_spec diff_specs[] = {
	{ "verbose", 'v', OPT_COUNT, offsetof(struct diff_options, verbosity), NULL,
	  "show places; twice: derived findings and context too", "Output" },
	{ "quiet", 'q', OPT_FLAG, offsetof(struct diff_options, quiet), NULL,
	  "print nothing on standard output", "Output" },
	{ "json", 0, OPT_OPTIONAL_STRING, offsetof(struct diff_options, json), "FILE",
	  "write a JSON report (to standard output without FILE)", "Output" },
	{ "sarif", 0, OPT_OPTIONAL_STRING, offsetof(struct diff_options, sarif), "FILE", "write SARIF 2.1.0",
	  "Output" },
	{ "junit", 0, OPT_OPTIONAL_STRING, offsetof(struct diff_options, junit), "FILE", "write JUnit XML",
	  "Output" },
	{ "html", 0, OPT_OPTIONAL_STRING, offsetof(struct diff_options, html), "FILE",
	  "write a self-contained HTML page", "Output" },
	{ "color", 0, OPT_STRING, offsetof(struct diff_options, colour), "WHEN", "auto, always or never",
	  "Output" },
	{ "max-findings", 0, OPT_UINT, offsetof(struct diff_options, max_findings), "N",
	  "list at most N findings (totals count all)", "Output" },
	{ "max-places", 0, OPT_UINT, offsetof(struct diff_options, max_places), "N",
	  "keep at most N places a finding (default 100)", "Output" },
	{ "exclude", 'x', OPT_LIST, offsetof(struct diff_options, exclude), "PATTERN",
	  "leave out files whose name matches; without '/' the last component is matched", "Selection" },
	{ "exclude-cause", 0, OPT_LIST, offsetof(struct diff_options, exclude_causes), "CAUSE",
	  "a cause that does not fail", "Selection" },
	{ "baseline", 0, OPT_STRING, offsetof(struct diff_options, baseline), "FILE",
	  "known findings that do not fail: an earlier --json report, or ids, one a line", "Selection" },
	{ "times", 0, OPT_FLAG, offsetof(struct diff_options, times), NULL,
	  "compare modification times of directory entries too", "Selection" },
	{ "owners", 0, OPT_FLAG, offsetof(struct diff_options, owners), NULL,
	  "compare owners of directory entries too", "Selection" },
	{ "no-source", 0, OPT_FLAG, offsetof(struct diff_options, no_source), NULL,
	  "do not look up source lines in DWARF", "Selection" },
	FACT("path-a", path, 0, "DIR", "build directory of A"),
	FACT("path-b", path, 1, "DIR", "build directory of B"),
	FACT("time-a", time, 0, "TIME", "when A was built: seconds since 1970 or ISO 8601"),
	FACT("time-b", time, 1, "TIME", "when B was built"),
	FACT("host-a", host, 0, "NAME", "host name of A's build"),
	FACT("host-b", host, 1, "NAME", "host name of B's build"),
	FACT("user-a", user, 0, "NAME", "user of A's build"),
	FACT("user-b", user, 1, "NAME", "user of B's build"),
	{ "facts", 0, OPT_STRING, offsetof(struct diff_options, facts_file), "FILE",
	  "the same and more from a JSON file: {\"a\": {\"path\": ..., \"time\": ...}, \"b\": {...}}",
	  "Facts about the builds" },
	{ "jobs", 'j', OPT_UINT, offsetof(struct diff_options, jobs), "N", "threads (default: all CPUs)",
	  "Limits" },
	{ "max-decoded", 0, OPT_UINT, offsetof(struct diff_options, decode_total), "BYTES",
	  "decompress at most so much in all (default 64G)", "Limits" },
	{ "max-ratio", 0, OPT_UINT, offsetof(struct diff_options, decode_ratio), "N",
	  "refuse streams that expand more than N times (default 1100)", "Limits" },
	{ "max-depth", 0, OPT_UINT, offsetof(struct diff_options, decode_depth), "N",
	  "containers inside containers (default 16)", "Limits" },
	{ 0 }
};

static const struct exit_status diff_exits[] = {
	{ EXIT_SAME, "the builds are the same, or all that differs is known" },
	{ EXIT_DIFFERENT, "they differ" },
	{ EXIT_TROUBLE, "trouble: something could not be read, or changed while it was read" },
	{ 0, NULL }
};

static void diff_defaults(void *options)
{
	struct diff_options *o = options;

	o->colour = "auto";
}

static void diff_release(void *options)
{
	struct diff_options *o = options;

	string_list_release(&o->exclude);
	string_list_release(&o->exclude_causes);
	fact_options_release(&o->facts);
}

typedef int (*report_fn)(FILE *f, const struct comparison *c, const struct report_options *o);

struct report_job {
	report_fn fn;
	const struct comparison *c;
	const struct report_options *o;
};

static int stream_report(FILE *f, void *ctx)
{
	const struct report_job *j = ctx;

	return j->fn(f, j->c, j->o);
}

/* A report goes to a file whole or not at all; "-" is standard output. */
static int write_report(report_fn fn, const char *path, const struct comparison *c,
			const struct report_options *o, struct error *err)
{
	struct report_job job = { fn, c, o };
	bool out = strcmp(path, "-") == 0;
	int r = out ? fn(stdout, c, o) : write_stream_atomically(path, stream_report, &job);

	if (out && r >= 0 && fflush(stdout) != 0)
		r = -errno;
	return r < 0 ? error_set(err, r, out ? "standard output" : path, "cannot be written") : 0;
}

static int write_reports(const struct diff_options *d, const struct comparison *c,
			 const struct report_options *o, struct error *err)
{
	const struct {
		report_fn fn;
		const char *path;
	} reports[] = { { report_json, d->json },
			{ report_sarif, d->sarif },
			{ report_junit, d->junit },
			{ report_html, d->html } };
	bool stdout_taken = d->quiet;
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < sizeof(reports) / sizeof(reports[0]); i++) {
		if (!reports[i].path)
			continue;
		stdout_taken = stdout_taken || strcmp(reports[i].path, "-") == 0;
		r = write_report(reports[i].fn, reports[i].path, c, o, err);
	}
	return r < 0 || stdout_taken ? r : write_report(report_terminal, "-", c, o, err);
}

static int apply_known(const struct diff_options *d, struct comparison *c, struct error *err)
{
	CLEANUP(baseline_freep) struct baseline *b = NULL;
	int r = d->baseline ? baseline_read(d->baseline, &b, err) : 0;

	if (r >= 0 && b)
		r = baseline_apply(b, c);
	if (r >= 0 && d->exclude_causes.count)
		r = exclude_causes(c, d->exclude_causes.items, d->exclude_causes.count, err);
	return r;
}

/* Whatever the report's form: what could not be compared or trusted is said on stderr. */
static void report_trouble(const struct comparison *c)
{
	size_t i;

	/* The text was made by error_text(), which quotes what the input holds. */
	for (i = 0; i < c->space_count; i++)
		if (c->spaces[i]->status == SPACE_TROUBLE)
			(void)fprintf(stderr, "reprocheck: %s\n", c->spaces[i]->trouble);
}

static int run_diff(struct diff_options *d, int argc, char **argv, struct error *err)
{
	struct compare_options o = { .exclude = d->exclude.items,
				     .exclude_count = d->exclude.count,
				     .jobs = d->jobs > JOBS_MAX ? JOBS_MAX : (unsigned)d->jobs,
				     .decode_total = d->decode_total,
				     .decode_ratio = d->decode_ratio,
				     .decode_depth = d->decode_depth,
				     .places_max = d->max_places,
				     .times = d->times,
				     .owners = d->owners };
	struct report_options report = { .version = VERSION,
					 .facts = &o.facts,
					 .verbosity = d->verbosity,
					 .max_findings = d->max_findings };
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	int r;

	report.command = verb_command_line(&report.command_count);
	if (terminal_set_colour(d->colour) < 0)
		return error_set(err, -EINVAL, "--color", "takes auto, always or never, not \"%s\"",
				 d->colour);
	if (argc < 2)
		return error_set(err, -EINVAL, "diff", "takes two builds or more");
	/* The short report shows no places: then nobody would read their lines. */
	o.no_source = d->no_source || !(d->verbosity || d->json || d->sarif || d->html);
	r = facts_resolve(&d->facts, d->facts_file, &o.facts, err);
	if (r >= 0)
		r = compare_builds((const char *const *)argv, (size_t)argc, &o, &c, err);
	if (r >= 0)
		r = apply_known(d, c, err);
	if (r >= 0)
		r = write_reports(d, c, &report, err);
	if (r < 0)
		return r;
	report_trouble(c);
	return c->trouble ? EXIT_TROUBLE : comparison_accepted(c) ? EXIT_SAME : EXIT_DIFFERENT;
}

static int diff_run(void *options, int argc, char **argv)
{
	struct error err = { 0 };
	int r = run_diff(options, argc, argv, &err);

	if (r >= 0)
		return r;
	(void)error_set(&err, r, "diff", "failed");
	error_report("reprocheck", &err);
	return EXIT_TROUBLE;
}

const struct verb diff_verb = {
	.name = "diff",
	.operands = "A B [C...]",
	.summary = "compare builds to the byte and name what makes them differ",
	.description = "Compares files, directories or archives that should be the same. Containers are "
		       "opened, to any depth; every "
		       "differing byte is attributed to one finding, and the sum is checked against what cmp "
		       "counts.\n\n"
		       "Findings are primary (a cause of their own), derived (recomputed from what else "
		       "differs) or unexplained. The report "
		       "leads with the primaries: their cause, how sure it is, and the fix.\n\n"
		       "With more than two builds each file's outcomes are clustered, and the first outcome "
		       "is compared with the others.",
	.examples = "  reprocheck diff build1/app build2/app\n"
		    "  reprocheck diff -v --html=report.html out1/ out2/\n"
		    "  reprocheck diff --path-a /tmp/b1 --path-b /tmp/b2 out1/ out2/\n"
		    "  reprocheck diff --json=known.json a b; reprocheck diff --baseline known.json a b\n",
	.options = diff_specs,
	.options_size = sizeof(struct diff_options),
	.defaults = diff_defaults,
	.release = diff_release,
	.exits = diff_exits,
	.run = diff_run,
};
