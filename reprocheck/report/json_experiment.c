/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/report/json_experiment.h"

#include "base/cleanup.h"
#include "reprocheck/report/experiment_text.h"
#include "reprocheck/report/json_names.h"

#include <errno.h>
#include <math.h>

json_t *json_axes(axis_set axes)
{
	json_t *a = json_array();
	int r = a ? 0 : -ENOMEM;
	unsigned i;

	for (i = 0; i < AXIS_SET_SIZE && r == 0; i++)
		if (axes & AXIS_BIT(i))
			r = json_array_append_new(a, json_string(axis_id(i)));
	return json_checked(a, r);
}

json_t *json_proof(const struct proof *p)
{
	json_t *o = json_object();
	int r = json_put(o, "status", json_string(proof_status_name(p->status)));

	r |= json_put_optional(o, "fix", p->fix);
	r |= json_put(o, "before", json_number(p->before));
	r |= json_put(o, "after", json_number(p->after));
	r |= json_put_optional(o, "detail", p->detail);
	return json_checked(o, r);
}

static json_t *axis_of(unsigned axis, const struct axis_report *a)
{
	json_t *o = json_object();
	int r = json_put(o, "id", json_string(axis_id(axis)));

	r |= json_put(o, "title", json_string(axis_title(axis)));
	r |= json_put(o, "state", json_string(axis_state_name(a->state)));
	r |= json_put(o, "verdict", json_string(axis_verdict_name(a->verdict)));
	r |= json_put(o, "bytes", json_number(a->bytes));
	r |= json_put_optional(o, "control", a->control);
	r |= json_put_optional(o, "varied", a->varied);
	r |= json_put_optional(o, "why", a->why);
	r |= json_put_optional(o, "variables", a->variables);
	return json_checked(o, r);
}

/* JSON has no infinity. */
static json_t *seconds_of(double s)
{
	return json_real(isfinite(s) ? s : 0);
}

static json_t *run_of(const struct run_report *n)
{
	json_t *o = json_object();
	int r = json_put_optional(o, "label", n->label);

	r |= json_put(o, "varied", json_axes(n->varied));
	r |= json_put(o, "status", json_integer(n->status));
	r |= json_put(o, "seconds", seconds_of(n->seconds));
	r |= json_put(o, "setup_seconds", seconds_of(n->setup_seconds));
	r |= json_put(o, "copy_seconds", seconds_of(n->copy_seconds));
	r |= json_put(o, "copied_bytes", json_number(n->copied_bytes));
	r |= json_put(o, "output_files", json_number(n->output_files));
	r |= json_put(o, "output_bytes", json_number(n->output_bytes));
	r |= json_put_optional(o, "digest", n->digest);
	return json_checked(o, r);
}

static json_t *interaction_of(const struct interaction *n)
{
	json_t *o = json_object();
	int r = json_put(o, "axes", json_axes(n->axes));

	r |= json_put(o, "bytes", json_number(n->bytes));
	return json_checked(o, r);
}

static void put_lists(struct json_stream *j, const struct experiment *e)
{
	size_t i;

	json_stream_open(j, "axes", '[');
	for (i = 0; i < AXIS_COUNT; i++)
		json_stream_put(j, NULL, axis_of((unsigned)i, &e->axes[i]));
	json_stream_close(j);
	json_stream_open(j, "interactions", '[');
	for (i = 0; i < e->interaction_count; i++)
		json_stream_put(j, NULL, interaction_of(&e->interactions[i]));
	json_stream_close(j);
	json_stream_open(j, "tried", '[');
	for (i = 0; i < e->tried_count; i++)
		json_stream_put(j, NULL, json_proof(&e->tried[i]));
	json_stream_close(j);
	json_stream_open(j, "runs", '[');
	for (i = 0; i < e->run_count; i++)
		json_stream_put(j, NULL, run_of(&e->runs[i]));
	json_stream_close(j);
}

void json_experiment(struct json_stream *j, const struct comparison *c, const struct summary *s)
{
	const struct experiment *e = c->experiment;
	AUTO_FREE char *verdict = experiment_verdict(c, s);

	json_stream_open(j, "experiment", '{');
	json_stream_put(j, "summary", verdict ? json_text(verdict) : NULL);
	json_stream_names(j, "command", e->command, e->command_count);
	json_stream_name(j, "directory", e->directory);
	json_stream_name(j, "inputs", e->inputs);
	json_stream_put(j, "status", json_integer(e->status));
	json_stream_put(j, "identical", json_integer(e->identical));
	json_stream_put(j, "identical_same", json_boolean(e->identical_same));
	json_stream_put(j, "traced", json_boolean(e->traced));
	json_stream_put(j, "runs_planned", json_number(e->runs_planned));
	json_stream_put(j, "runs_max", json_number(e->runs_max));
	json_stream_put(j, "comparison_seconds", seconds_of(c->seconds));
	put_lists(j, e);
	json_stream_names(j, "network", e->network, e->network_count);
	json_stream_names(j, "notes", e->notes, e->note_count);
	json_stream_name(j, "log_head", e->log_head);
	json_stream_close(j);
}
