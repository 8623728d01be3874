/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the changed environment variables it was: halves, then single ones. */
#include "reprocheck/run/study_private.h"

#include "base/buffer.h"

#include <errno.h>
#include <string.h>

/* `everything`: all of them, which is what the axis itself does. */
static int moves(struct study *s, uint64_t variables, uint64_t everything, bool *ret)
{
	struct setting setting = study_setting(s, AXIS_BIT(AXIS_ENVIRONMENT), "some variables");
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	const struct outcome *o;
	int r;

	setting.variables = variables == everything ? 0 : variables;
	*ret = false;
	r = study_run_one(s, &setting, &o);
	if (r < 0)
		return r;
	if (o->status != s->control->status) {
		*ret = true;
		return 0;
	}
	if (strcmp(o->digest, s->control->digest) == 0)
		return 0;
	r = study_compare(s, s->control, o, NULL, 0, s->noise, &c);
	if (r >= 0)
		*ret = bytes_beyond(c, AXIS_SET_NOISE) > 0;
	return r;
}

static uint64_t below(unsigned bit)
{
	return bit < 64 ? (UINT64_C(1) << bit) - 1 : UINT64_MAX;
}

/* The variables among [from, to) that move bytes on their own. */
static int search(struct study *s, unsigned from, unsigned to, uint64_t everything, uint64_t *found)
{
	uint64_t all = below(to) & ~below(from);
	unsigned middle = from + (to - from) / 2;
	bool yes;
	int r;

	if (from == to || !lab_left(s->lab))
		return 0;
	r = moves(s, all, everything, &yes);
	if (r < 0 || !yes)
		return r;
	if (to - from == 1) {
		*found |= UINT64_C(1) << from;
		return 0;
	}
	r = search(s, from, middle, everything, found);
	return r < 0 ? r : search(s, middle, to, everything, found);
}

int study_bisect(struct study *s)
{
	struct axis_report *report = &s->experiment->axes[AXIS_ENVIRONMENT];
	CLEANUP(buffer_release) struct buffer names = BUFFER_INIT(65536);
	const struct changed_variable *variables;
	size_t n = lab_variables(s->lab, &variables), i;
	uint64_t found = 0;
	int r;

	if (report->verdict != VERDICT_CAUSES && report->verdict != VERDICT_FAILS)
		return 0;
	r = search(s, 0, (unsigned)n, below((unsigned)n), &found);
	for (i = 0; r >= 0 && i < n; i++)
		if (found >> i & 1)
			(void)buffer_printf(&names, "%s%s%s", names.len ? ", " : "", variables[i].name,
					    variables[i].value ? "" : " (missing)");
	if (r >= 0 && names.len)
		report->variables = study_printf(s, "%s", buffer_str(&names));
	return r;
}
