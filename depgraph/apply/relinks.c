/* SPDX-License-Identifier: Apache-2.0 */
/* relinks.c: edits of a link line, by relink.h, into the directory that is published. */
#include "depgraph/apply/jobs.h"

#include "base/buffer.h"
#include "base/path.h"
#include "depgraph/apply/measure.h"
#include "depgraph/apply/relink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LINK_LINE_BYTES (1 << 20)

static int publish_output(const struct job_run *run, const struct job *j, const char *line,
			  const struct relink_report *report, struct error *err)
{
	const char *name = path_base(report->output);
	struct apply_output *out = apply_add_output(run->report, line, name, "relink");
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

/* The recorded line with its edits, as one would type it. */
static int edited_line(const struct job *j, const json_t *const *actions, struct buffer *ret, struct error *err)
{
	AUTO_FREE const char **words = NULL;
	size_t i, n;
	int r = relink_words(actions, j->count, &words, &n, err);

	for (i = 0; i < n && r >= 0; i++) {
		if (i)
			(void)buffer_putc(ret, ' ');
		r = buffer_shell_word(ret, words[i]);
	}
	return r < 0 ? error_set(err, r, "relink", "the link line is too long") : 0;
}

static int tell_line(const struct job_run *run, const struct job *j, const char *line)
{
	struct apply_output *out = apply_add_output(run->report, "the recorded link", "", "relink");
	size_t i;

	for (i = 0; out && i < j->count; i++)
		apply_add_line(run->report, &out->ids, "%s", j->suggestions[i]->id);
	if (out)
		apply_add_line(run->report, &out->notes, "%s", line);
	return 0;
}

int job_relink(const struct job_run *run, const struct job *j, struct error *err)
{
	CLEANUP(relink_report_release) struct relink_report report = { 0 };
	struct relink_options o = { 0 };
	CLEANUP(buffer_release) struct buffer line = BUFFER_INIT(LINK_LINE_BYTES);
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
	r = edited_line(j, actions, &line, err);
	if (r < 0 || run->o->dry_run)
		return r < 0 ? r : tell_line(run, j, buffer_str(&line));
	o.out = run->publish->temporary;
	r = relink_apply(actions, j->count, &o, &report, err);
	if (r < 0)
		return r;
	return report.ok && report.output ? publish_output(run, j, buffer_str(&line), &report, err) : failed_check(&report, err);
}
