/* SPDX-License-Identifier: Apache-2.0 */
/* relinks.c: edits of a link line, by relink.h, into the directory that is published. */
#include "depgraph/apply/jobs.h"

#include "base/path.h"
#include "depgraph/apply/measure.h"
#include "depgraph/apply/relink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int publish_output(const struct job_run *run, const struct job *j, const struct relink_report *report, struct error *err)
{
	const char *name = path_base(report->output);
	struct apply_output *out = apply_add_output(run->report, report->command, name, "relink");
	size_t i;
	int r = publish_claim(run->publish, name, err);

	if (r == 0 && report->map)
		r = publish_claim(run->publish, path_base(report->map), err);
	if (r < 0 || !out)
		return r < 0 ? r : error_set(err, -ENOMEM, name, "out of memory");
	out->before.apparent = report->bytes_before;
	for (i = 0; i < j->count; i++)
		apply_add_line(run->report, &out->ids, "%s", j->suggestions[i]->id);
	for (i = 0; i < report->check_count; i++)
		apply_add_line(run->report, &out->checks, "%s: %s", report->checks[i].name, report->checks[i].text);
	return measure_file(report->output, run->o->measure, interrupted, NULL, &out->after, err);
}

static int failed_check(const struct relink_report *report, struct error *err)
{
	size_t i;

	for (i = 0; i < report->check_count; i++)
		if (!report->checks[i].ok)
			return error_set(err, -EBADMSG, "relink", "%s: %s", report->checks[i].name, report->checks[i].text);
	return error_set(err, -EBADMSG, "relink", "the new output was not kept");
}

/* Of a dry run: the edited line. */
static int tell_line(const struct job_run *run, const struct job *j, const json_t *const *actions, struct error *err)
{
	AUTO_FREE const char **words = NULL;
	struct apply_output *out;
	size_t i, n;
	int r = relink_words(actions, j->count, &words, &n, err);

	if (r < 0)
		return r;
	out = apply_add_output(run->report, "the recorded link", "", "relink");
	for (i = 0; out && i < j->count; i++)
		apply_add_line(run->report, &out->ids, "%s", j->suggestions[i]->id);
	for (i = 0; out && i < n; i++)
		apply_add_line(run->report, &out->notes, "%s", words[i]);
	return 0;
}

int job_relink(const struct job_run *run, const struct job *j, struct error *err)
{
	CLEANUP(relink_report_release) struct relink_report report = { 0 };
	struct relink_options o = { 0 };
	AUTO_FREE const json_t **actions = calloc(j->count, sizeof(*actions));
	size_t i;
	int r;

	for (i = 0; actions && i < j->count; i++)
		actions[i] = j->suggestions[i]->action;
	if (!actions)
		return error_set(err, -ENOMEM, "relink", "out of memory");
	r = apply_plan_check_inputs(run->plan, err);
	if (r < 0)
		return r;
	if (run->o->dry_run)
		return tell_line(run, j, actions, err);
	o.out = run->publish->temporary;
	r = relink_apply(actions, j->count, &o, &report, err);
	if (r < 0)
		return r;
	return report.ok && report.output ? publish_output(run, j, &report, err) : failed_check(&report, err);
}
