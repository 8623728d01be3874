/* SPDX-License-Identifier: Apache-2.0 */
/* One axis at a time: what each moves goes into the map. */
#include "reprocheck/run/study_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The last line that the command printed, for a person: why it failed. */
static const char *last_line(struct study *s, const struct action_log *log)
{
	const struct buffer *b = log->tail.len ? &log->tail : &log->head;
	CLEANUP(buffer_release) struct buffer quoted = BUFFER_INIT(4096);
	size_t end = b->len, from;

	while (end && (b->data[end - 1] == '\n' || b->data[end - 1] == '\r'))
		end--;
	for (from = end; from && b->data[from - 1] != '\n'; from--)
		;
	if (from == end)
		return NULL;
	(void)buffer_quote(&quoted, b->data + from, end - from, 200);
	return study_printf(s, "%s", buffer_str(&quoted));
}

static const char *how_it_failed(struct study *s, const struct outcome *o)
{
	const char *line = last_line(s, &o->result->err);

	if (!line)
		line = last_line(s, &o->result->out);
	if (o->result->timed_out)
		return study_printf(s, "it was stopped after %.0f s", o->result->seconds);
	return study_printf(s, "exit status %d instead of %d%s%s", o->status, s->control->status,
			    line ? ": " : "", line ? line : "");
}

static int weigh(struct study *s, unsigned axis, const struct outcome *o)
{
	struct axis_report *report = &s->experiment->axes[axis];
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	int r;

	report->verdict = VERDICT_NO_EFFECT;
	if (o->status != s->control->status) {
		report->verdict = VERDICT_FAILS;
		report->why = how_it_failed(s, o);
		return 0;
	}
	if (strcmp(o->digest, s->control->digest) == 0)
		return 0;
	r = study_compare(s, s->control, o, s->map, AXIS_BIT(axis), s->noise, &c);
	if (r >= 0)
		report->bytes = bytes_beyond(c, AXIS_SET_NOISE);
	if (r >= 0 && report->bytes)
		report->verdict = VERDICT_CAUSES;
	return r;
}

/* A race that one run lost is no axis' doing: an axis that moves bytes must do so again. */
static int confirm(struct study *s, const unsigned *axes, const struct outcome *const *outcomes, unsigned n)
{
	struct setting settings[AXIS_COUNT];
	const struct outcome *again[AXIS_COUNT];
	unsigned which[AXIS_COUNT], count = 0, i;
	int r = 0;

	for (i = 0; i < n; i++)
		if (s->experiment->axes[axes[i]].verdict == VERDICT_CAUSES && count < lab_left(s->lab)) {
			settings[count] = study_setting(s, AXIS_BIT(axes[i]), axis_id(axes[i]));
			settings[count].replica = 1;
			which[count++] = i;
		}
	if (count)
		r = lab_run(s->lab, settings, count, again, s->err);
	for (i = 0; r >= 0 && i < count; i++) {
		struct axis_report *report = &s->experiment->axes[axes[which[i]]];

		if (strcmp(again[i]->digest, s->control->digest) != 0)
			continue;
		report->verdict = VERDICT_NO_EFFECT;
		report->bytes = 0;
		r = study_record_noise(s, outcomes[which[i]]);
	}
	return r;
}

int study_isolate(struct study *s)
{
	struct setting settings[AXIS_COUNT];
	const struct outcome *outcomes[AXIS_COUNT];
	unsigned axes[AXIS_COUNT], n = 0, i;
	int r = 0;

	for (i = 0; i < AXIS_COUNT; i++) {
		if (!(s->candidates & AXIS_BIT(i)) || s->experiment->axes[i].verdict != VERDICT_NONE)
			continue;
		if (n == lab_left(s->lab)) {
			s->experiment->axes[i].state = AXIS_NOT_REACHED;
			s->experiment->axes[i].why = "--max-runs";
			continue;
		}
		axes[n] = i;
		settings[n++] = study_setting(s, AXIS_BIT(i), axis_id(i));
	}
	if (n)
		r = lab_run(s->lab, settings, n, outcomes, s->err);
	if (r >= 0 && n)
		r = study_control_again(s);
	for (i = 0; r >= 0 && i < n; i++)
		r = weigh(s, axes[i], outcomes[i]);
	return r < 0 ? r : confirm(s, axes, outcomes, n);
}
