/* SPDX-License-Identifier: Apache-2.0 */
/* What `reprocheck run` added to its record. */
#include "reprocheck/report/record_private.h"

#include <errno.h>
#include <limits.h>

static const char *state_word(unsigned i)
{
	return axis_state_name((enum axis_state)i);
}

static const char *verdict_word(unsigned i)
{
	return axis_verdict_name((enum axis_verdict)i);
}

static const char *proof_word(unsigned i)
{
	return proof_status_name((enum proof_status)i);
}

static int read_status(struct reader *r, const json_t *o)
{
	int64_t status = read_integer(r, o, "status", INT64_MAX);

	if (status < INT_MIN || status > INT_MAX) {
		(void)read_fail(r, -EBADMSG, "\"status\" is none");
		return 0;
	}
	return (int)status;
}

void read_proof(struct reader *r, const json_t *o, struct proof *ret)
{
	*ret = (struct proof){ .status = (enum proof_status)read_word(r, o, "status", proof_word,
								      PROOF_PATCHED + 1),
			       .fix = read_optional(r, o, "fix"),
			       .before = read_number(r, o, "before", UINT64_MAX),
			       .after = read_number(r, o, "after", UINT64_MAX),
			       .detail = read_optional(r, o, "detail") };
}

static void read_axis(struct reader *r, const json_t *o, struct axis_report *ret)
{
	*ret = (struct axis_report){
		.state = (enum axis_state)read_word(r, o, "state", state_word, AXIS_NOT_REACHED + 1),
		.verdict = (enum axis_verdict)read_word(r, o, "verdict", verdict_word, VERDICT_FAILS + 1),
		.control = read_optional(r, o, "control"),
		.varied = read_optional(r, o, "varied"),
		.why = read_optional(r, o, "why"),
		.bytes = read_number(r, o, "bytes", UINT64_MAX),
		.variables = read_optional(r, o, "variables")
	};
}

/* By id, each once; an axis that the record's version did not have was left out. */
static void read_axis_reports(struct reader *r, const json_t *o, struct experiment *e)
{
	const json_t *list = read_array(r, o, "axes");
	axis_set seen = 0;
	unsigned i;

	for (i = 0; i < AXIS_COUNT; i++)
		e->axes[i].state = AXIS_LEFT_OUT;
	r->list = "experiment.axes";
	for (r->index = 0; r->index < json_array_size(list) && r->error == 0; r->index++) {
		const json_t *item = json_array_get(list, r->index);
		const char *id = json_string_value(json_object_get(item, "id"));
		int axis = id ? axis_find(id) : -1;

		if (axis < 0 || axis >= AXIS_COUNT || seen & AXIS_BIT(axis)) {
			(void)read_fail(r, -EBADMSG, "\"id\" is no axis, or one that was already there");
			break;
		}
		seen |= AXIS_BIT(axis);
		read_axis(r, item, &e->axes[axis]);
	}
	r->list = NULL;
}

static void read_run(struct reader *r, const json_t *o, struct run_report *ret)
{
	*ret = (struct run_report){ .label = read_optional(r, o, "label"),
				    .varied = read_axes(r, o, "varied"),
				    .status = read_status(r, o),
				    .seconds = read_seconds(r, o, "seconds"),
				    .setup_seconds = read_seconds(r, o, "setup_seconds"),
				    .copy_seconds = read_seconds(r, o, "copy_seconds"),
				    .copied_bytes = read_number(r, o, "copied_bytes", UINT64_MAX),
				    .output_files = read_number(r, o, "output_files", UINT64_MAX),
				    .output_bytes = read_number(r, o, "output_bytes", UINT64_MAX),
				    .digest = read_optional(r, o, "digest") };
}

static void read_runs(struct reader *r, const json_t *o, struct experiment *e)
{
	const json_t *list = read_array(r, o, "runs");

	e->run_count = json_array_size(list);
	e->runs = read_alloc(r, e->run_count, sizeof(*e->runs));
	r->list = "experiment.runs";
	for (r->index = 0; r->index < e->run_count && r->error == 0; r->index++)
		read_run(r, json_array_get(list, r->index), &e->runs[r->index]);
	r->list = NULL;
}

static void read_interactions(struct reader *r, const json_t *o, struct experiment *e)
{
	const json_t *list = read_array(r, o, "interactions");

	e->interaction_count = json_array_size(list);
	e->interactions = read_alloc(r, e->interaction_count, sizeof(*e->interactions));
	r->list = "experiment.interactions";
	for (r->index = 0; r->index < e->interaction_count && r->error == 0; r->index++) {
		const json_t *item = json_array_get(list, r->index);

		e->interactions[r->index].axes = read_axes(r, item, "axes");
		e->interactions[r->index].bytes = read_number(r, item, "bytes", UINT64_MAX);
	}
	r->list = NULL;
}

static void read_tried(struct reader *r, const json_t *o, struct experiment *e)
{
	const json_t *list = read_array(r, o, "tried");

	e->tried_count = json_array_size(list);
	e->tried = read_alloc(r, e->tried_count, sizeof(*e->tried));
	r->list = "experiment.tried";
	for (r->index = 0; r->index < e->tried_count && r->error == 0; r->index++)
		read_proof(r, json_array_get(list, r->index), &e->tried[r->index]);
	r->list = NULL;
}

void read_experiment(struct reader *r, const json_t *doc)
{
	const json_t *o = json_object_get(doc, "experiment");
	struct experiment *e = o ? read_alloc(r, 1, sizeof(*e)) : NULL;

	if (!e)
		return;
	e->command = read_names(r, o, "command", &e->command_count);
	e->directory = read_optional(r, o, "directory");
	e->inputs = read_optional(r, o, "inputs");
	e->status = read_status(r, o);
	e->identical = (unsigned)read_number(r, o, "identical", UINT_MAX);
	e->identical_same = read_bool(r, o, "identical_same");
	e->traced = read_bool(r, o, "traced");
	e->runs_planned = read_number(r, o, "runs_planned", UINT64_MAX);
	e->runs_max = read_number(r, o, "runs_max", UINT64_MAX);
	r->c->seconds = read_seconds(r, o, "comparison_seconds");
	read_axis_reports(r, o, e);
	read_interactions(r, o, e);
	read_tried(r, o, e);
	read_runs(r, o, e);
	e->network = read_names(r, o, "network", &e->network_count);
	e->notes = read_names(r, o, "notes", &e->note_count);
	e->log_head = read_optional(r, o, "log_head");
	r->c->experiment = e;
}
