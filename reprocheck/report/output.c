/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/report/output.h"

#include "base/path.h"
#include "base/terminal.h"
#include "reprocheck/report/baseline.h"
#include "reprocheck/report/experiment_text.h"
#include "reprocheck/report/terminal_places.h"

#include <errno.h>
#include <string.h>

void output_defaults(struct output_options *o)
{
	o->colour = "auto";
}

void output_release(struct output_options *o)
{
	string_list_release(&o->exclude_causes);
}

int output_check(const struct output_options *o, struct error *err)
{
	if (terminal_set_colour(o->colour) < 0)
		return error_set(err, -EINVAL, "--color", "takes auto, always or never, not \"%s\"",
				 o->colour);
	return 0;
}

bool output_shows_places(const struct output_options *o)
{
	return o->verbosity || o->json || o->sarif || o->html;
}

static bool takes_stdout(const char *report)
{
	return report && strcmp(report, "-") == 0;
}

bool output_is_terminal(const struct output_options *o)
{
	return !o->quiet && !takes_stdout(o->json) && !takes_stdout(o->sarif) && !takes_stdout(o->junit) &&
	       !takes_stdout(o->html);
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

static int write_reports(const struct output_options *o, const struct comparison *c,
			 const struct report_options *report, struct error *err)
{
	const struct {
		report_fn fn;
		const char *path;
	} reports[] = { { report_json, o->json },
			{ report_sarif, o->sarif },
			{ report_junit, o->junit },
			{ report_html, o->html } };
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < sizeof(reports) / sizeof(reports[0]); i++) {
		if (!reports[i].path)
			continue;
		r = write_report(reports[i].fn, reports[i].path, c, report, err);
	}
	return r < 0 || !output_is_terminal(o) ? r : write_report(report_terminal, "-", c, report, err);
}

static int apply_known(const struct output_options *o, struct comparison *c, struct error *err)
{
	CLEANUP(baseline_freep) struct baseline *b = NULL;
	int r = o->baseline ? baseline_read(o->baseline, &b, err) : 0;

	if (r >= 0 && b)
		r = baseline_apply(b, c);
	if (r >= 0 && o->exclude_causes.count)
		r = exclude_causes(c, o->exclude_causes.items, o->exclude_causes.count, err);
	return r;
}

/* Whatever the report's form: what could not be compared or trusted is said on stderr. */
static void report_trouble(const struct comparison *c)
{
	size_t i;

	for (i = 0; i < c->space_count; i++) {
		if (c->spaces[i]->status != SPACE_TROUBLE)
			continue;
		(void)fputs("reprocheck: ", stderr);
		terminal_put(stderr, c->spaces[i]->trouble);
		(void)putc('\n', stderr);
	}
}

/* A command that failed says nothing about its outputs; one that fails when an axis is varied depends on that axis. */
static int exit_status_of(const struct comparison *c)
{
	const struct experiment *e = c->experiment;

	if (c->trouble || (e && e->status != 0))
		return EXIT_TROUBLE;
	return comparison_accepted(c) && !(e && failing_axes(e)) ? EXIT_SAME : EXIT_DIFFERENT;
}

int output_write(const struct output_options *o, struct comparison *c, const struct report_options *report,
		 struct error *err)
{
	struct report_options told = *report;
	int r = apply_known(o, c, err);

	told.verbosity = o->verbosity;
	told.max_findings = o->max_findings;
	if (r >= 0)
		r = write_reports(o, c, &told, err);
	if (r < 0)
		return r;
	report_trouble(c);
	return exit_status_of(c);
}
