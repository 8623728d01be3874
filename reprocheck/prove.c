/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof of a fix: the two runs that differed are made again with the fix
 * applied to both.  What is gone then was caused by what the fix takes away.
 *
 * Counted is what the cause's findings hold, in the spaces where it was found;
 * a difference that only changed its looks counts as still there (surplus).
 * Random bytes agree by chance now and then, so a cause that is still there may show a few
 * differing bytes less: below a fifth less is no effect.
 */
#include "reprocheck/study_private.h"

#include "base/buffer.h"
#include "reprocheck/axis_causes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CAUSES_MAX   64
#define ATTEMPTS_MAX 4 /* fixes tried for one cause */

/* One cause of the study, over all spaces. */
struct suspect {
	const struct cause *cause;
	axis_set axes;
	uint64_t bytes;
};

static struct suspect *suspect_of(struct suspect *list, size_t *count, const struct cause *cause)
{
	size_t i;

	for (i = 0; i < *count; i++)
		if (list[i].cause == cause)
			return &list[i];
	if (*count == CAUSES_MAX)
		return NULL;
	list[*count] = (struct suspect){ .cause = cause };
	return &list[(*count)++];
}

static size_t find_suspects(const struct comparison *c, struct suspect *list)
{
	size_t i, k, count = 0;

	for (i = 0; i < c->space_count; i++)
		for (k = 0; k < c->spaces[i]->finding_count; k++) {
			const struct finding *f = &c->spaces[i]->findings[k];
			struct suspect *s = f->class == CLASS_PRIMARY ? suspect_of(list, &count, f->cause) : NULL;

			if (s) {
				s->axes |= f->axes;
				s->bytes += f->bytes;
			}
		}
	for (i = 0; i < c->entry_count; i++) {
		struct suspect *s = c->entries[i].cause ? suspect_of(list, &count, c->entries[i].cause) : NULL;

		if (s) {
			s->axes |= c->entries[i].axes;
			s->bytes++;
		}
	}
	return count;
}

/* Bytes of a cause and of all, in the spaces where the main comparison found the cause. */
struct weight {
	uint64_t cause, all;
};

static bool has_cause(const struct space *s, const struct cause *cause)
{
	size_t k;

	for (k = 0; k < s->finding_count; k++)
		if (s->findings[k].cause == cause && s->findings[k].class == CLASS_PRIMARY)
			return true;
	return false;
}

static bool found_there(const struct comparison *main, const char *name, const struct cause *cause)
{
	size_t i;

	for (i = 0; i < main->space_count; i++)
		if (strcmp(main->spaces[i]->name, name) == 0 && has_cause(main->spaces[i], cause))
			return true;
	return false;
}

/* Without the control run's coordinates nothing was measured: what nothing recognises may be the axis' own cause. */
static bool counts_as(const struct finding *f, const struct suspect *s)
{
	unsigned axis = (unsigned)__builtin_ctz(s->axes ? s->axes : 1);

	return f->cause == s->cause ||
	       (f->class == CLASS_UNEXPLAINED && axis < AXIS_COUNT &&
		cause_find(axis_default_cause(axis)) == s->cause);
}

static struct weight weigh(const struct comparison *c, const struct comparison *main, const struct suspect *s)
{
	struct weight w = { 0, 0 };
	size_t i, k;

	for (i = 0; i < c->space_count; i++) {
		const struct space *space = c->spaces[i];

		if (!found_there(main, space->name, s->cause))
			continue;
		for (k = 0; k < space->finding_count; k++) {
			const struct finding *f = &space->findings[k];

			w.all += f->class == CLASS_DERIVED ? 0 : f->bytes;
			w.cause += f->class != CLASS_DERIVED && counts_as(f, s) ? f->bytes : 0;
		}
	}
	for (i = 0; i < c->entry_count; i++)
		if (c->entries[i].cause == s->cause) {
			w.cause++;
			w.all++;
		}
	return w;
}

static enum proof_status verdict_of(uint64_t before, uint64_t after)
{
	if (!after)
		return PROOF_PROVED;
	return after * 5 >= before * 4 ? PROOF_NO_EFFECT : PROOF_PARTLY;
}

/* The two runs that a suspect's bytes told apart, with a fix or (fix NULL) as they were. */
static int run_pair(struct study *s, axis_set axes, const struct applied_fix *fix, const char *label,
		    const struct outcome *ret[2])
{
	struct setting pair[2] = { study_setting(s, 0, label), study_setting(s, axes & AXIS_ALL, label) };

	pair[0].fix = pair[1].fix = fix;
	if (!pair[1].varied)
		pair[1].replica = 1;
	return lab_run(s->lab, pair, 2, ret, s->err);
}

static int compare_pair(struct study *s, const struct outcome *const pair[2], const struct axis_map *map,
			struct comparison **ret)
{
	return study_compare(s, pair[0], pair[1], NULL, 0, map, ret);
}

static int judge_fix(struct study *s, const struct comparison *main, const struct suspect *suspect,
		     const struct applied_fix *fix, struct proof *proof)
{
	CLEANUP(comparison_freep) struct comparison *without = NULL;
	CLEANUP(comparison_freep) struct comparison *with = NULL;
	const struct outcome *plain[2], *fixed[2];
	struct weight before, after;
	int r = run_pair(s, suspect->axes, NULL, "as it was", plain);

	if (r >= 0)
		r = run_pair(s, suspect->axes, fix, study_printf(s, "with fix %s", proof->fix), fixed);
	if (r < 0)
		return r;
	if (fixed[0]->status != s->control->status || fixed[1]->status != s->control->status) {
		proof->status = PROOF_FAILED;
		proof->detail = study_printf(s, "the command ends with status %d",
					     fixed[fixed[0]->status == s->control->status]->status);
		return 0;
	}
	r = compare_pair(s, plain, s->map, &without);
	if (r >= 0)
		r = compare_pair(s, fixed, NULL, &with);
	if (r < 0)
		return r;
	before = weigh(without, main, suspect);
	after = weigh(with, main, suspect);
	if (after.all > before.all - before.cause + after.cause)
		after.cause = after.all - (before.all - before.cause);
	proof->before = before.cause;
	proof->after = after.cause;
	proof->status = before.cause ? verdict_of(before.cause, after.cause) : PROOF_NONE;
	return 0;
}

static void attach(struct comparison *main, const struct suspect *suspect, struct proof *proof)
{
	size_t i, k;

	for (i = 0; i < main->space_count; i++)
		for (k = 0; k < main->spaces[i]->finding_count; k++) {
			struct finding *f = &main->spaces[i]->findings[k];

			if (f->cause != suspect->cause || f->class != CLASS_PRIMARY)
				continue;
			f->proof = proof;
			if (proof->status == PROOF_PROVED)
				f->level = LEVEL_PROVED;
		}
}

static bool is_better(enum proof_status now, enum proof_status than)
{
	static const int rank[] = { [PROOF_NONE] = 0,	[PROOF_FAILED] = 1, [PROOF_NO_EFFECT] = 2,
				    [PROOF_PARTLY] = 3, [PROOF_PATCHED] = 4, [PROOF_PROVED] = 5 };

	return rank[now] > rank[than];
}

/* Its fixes one after another, until one is proved. */
static int prove_one(struct study *s, struct comparison *main, const struct suspect *suspect)
{
	struct proof *best = arena_alloc(&s->arena, sizeof(*best));
	size_t n = 0, i;
	const struct applied_fix *fixes = fixes_for(suspect->cause->id, &n);
	int r = best ? 0 : -ENOMEM;

	for (i = 0; r >= 0 && i < n && i < ATTEMPTS_MAX && best->status != PROOF_PROVED; i++) {
		AUTO_FREE char *text = fix_text(&fixes[i]);
		struct proof now = { .fix = text ? study_printf(s, "%s", text) : NULL };

		if (!now.fix)
			return -ENOMEM;
		if (lab_left(s->lab) < 4)
			return study_note(s, "--max-runs was reached before all fixes were tried");
		r = judge_fix(s, main, suspect, &fixes[i], &now);
		if (r >= 0 && is_better(now.status, best->status))
			*best = now;
	}
	if (r >= 0 && best->status != PROOF_NONE)
		attach(main, suspect, best);
	return r;
}

/* --- fixes that the user gives --- */

static int list_causes(const struct comparison *before, const struct comparison *after, struct buffer *gone,
		       bool *ret_all)
{
	struct suspect list[CAUSES_MAX], left[CAUSES_MAX];
	size_t n = find_suspects(before, list), m = find_suspects(after, left), i, k;

	*ret_all = m == 0;
	for (i = 0; i < n; i++) {
		for (k = 0; k < m && left[k].cause != list[i].cause; k++)
			;
		if (k == m)
			(void)buffer_printf(gone, "%s%s", gone->len ? ", " : "", list[i].cause->id);
	}
	return gone->error;
}

static int judge_given(struct study *s, const struct comparison *main, const struct applied_fix *fix,
		       struct proof *proof)
{
	CLEANUP(comparison_freep) struct comparison *with = NULL;
	CLEANUP(buffer_release) struct buffer gone = BUFFER_INIT(65536);
	const struct outcome *fixed[2];
	bool all;
	int r = run_pair(s, s->all->setting.varied, fix, study_printf(s, "with fix %s", proof->fix), fixed);

	if (r < 0)
		return r;
	if (fixed[0]->status != s->control->status) {
		proof->status = PROOF_FAILED;
		proof->detail = study_printf(s, "the command ends with status %d", fixed[0]->status);
		return 0;
	}
	r = compare_pair(s, fixed, NULL, &with);
	if (r >= 0)
		r = list_causes(main, with, &gone, &all);
	if (r < 0)
		return r;
	proof->before = bytes_beyond(main, 0);
	proof->after = bytes_beyond(with, 0);
	proof->status = verdict_of(proof->before, proof->after);
	if (gone.len && proof->after) {
		proof->status = PROOF_PARTLY;
		proof->detail = study_printf(s, "gone: %s", buffer_str(&gone));
	}
	return 0;
}

static int try_given(struct study *s, const struct comparison *main)
{
	struct experiment *e = s->experiment;
	size_t i;
	int r = 0;

	e->tried = arena_array(&s->arena, s->given_count + 1, sizeof(*e->tried));
	if (!e->tried)
		return -ENOMEM;
	for (i = 0; r >= 0 && i < s->given_count; i++) {
		struct proof *proof = &e->tried[e->tried_count];

		proof->fix = s->options->fixes[i];
		if (lab_left(s->lab) < 2)
			return study_note(s, "--max-runs was reached before %s was tried", proof->fix);
		r = judge_given(s, main, &s->given[i], proof);
		e->tried_count += r >= 0;
	}
	return r;
}

int study_prove(struct study *s, struct comparison *main)
{
	struct suspect list[CAUSES_MAX];
	size_t n = find_suspects(main, list), i;
	int r = 0;

	for (i = 0; r >= 0 && s->options->prove && i < n; i++)
		r = prove_one(s, main, &list[i]);
	return r < 0 ? r : try_given(s, main);
}
