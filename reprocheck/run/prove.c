/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof of a fix: runs that differed are made again with the fix applied to
 * all of them.  What is gone then was caused by what the fix takes away.
 *
 * Each cause's fixes are tried one after another, and each content in which the cause was found keeps the best: an
 * action with two compilers may need two.  How a trial is weighed is in trial.h.
 */
#include "reprocheck/run/trial.h"

#include "base/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ATTEMPTS_MAX 4 /* fixes tried for one cause */

/* The same fix stands in the rows of several causes, and runs are told apart by its address: it is run once. */
static const struct applied_fix *first_of_its_kind(const struct applied_fix *fix)
{
	const char *cause;
	size_t i, k, n;

	for (i = 0; (cause = fixes_cause(i)) != NULL; i++) {
		const struct applied_fix *list = fixes_for(cause, &n);

		for (k = 0; k < n; k++)
			if (list[k].kind == fix->kind && list[k].last == fix->last &&
			    strcmp(list[k].value, fix->value) == 0 &&
			    strcmp(fix->kind == FIX_FLAG ? list[k].tool : list[k].name,
				   fix->kind == FIX_FLAG ? fix->tool : fix->name) == 0)
				return &list[k];
	}
	return fix;
}

static const char *how_it_ends(struct study *s, const struct outcome *o)
{
	return study_printf(s, "the command ends with status %d", o->status);
}

/* Bytes that are the same without the fix and differ with it: it is no remedy then, whatever else it does. */
static int side_effect(struct study *s, const struct trial *plain, const struct trial *t,
		       const struct suspect *suspect, const char **ret)
{
	uint64_t before = 0, after = 0, fixed = 0;
	size_t i;
	int r = trial_elsewhere(plain, suspect, &before);

	if (r >= 0)
		r = trial_elsewhere(t, suspect, &after);
	*ret = NULL;
	for (i = 0; i < suspect->site_count; i++)
		fixed += suspect->sites[i].plain.cause;
	if (r >= 0 && is_gain(before, after, fixed))
		*ret = study_printf(s, "with it %llu other bytes differ", (unsigned long long)(after - before));
	return r;
}

static bool wants_more(const struct suspect *suspect)
{
	size_t i;

	for (i = 0; i < suspect->site_count; i++) {
		struct proof p;

		site_judge(&suspect->sites[i], &p);
		if (suspect->sites[i].noisy && (p.status == PROOF_PROVED || p.status == PROOF_PARTLY))
			return true;
	}
	return false;
}

/* Makes and weighs; and again with more runs, where equal ones may be chance. *ret_failed: a run ended differently. */
static int try_fix(struct study *s, struct trial *t, struct suspect *suspect, const struct outcome **ret_failed)
{
	size_t sure = trial_runs_to_be_sure(suspect);
	int r = trial_make(s, t, suspect, trial_runs(s, suspect));

	*ret_failed = r < 0 ? NULL : trial_failure(s, t);
	if (r >= 0 && !*ret_failed)
		r = trial_weigh(t, suspect);
	if (r < 0 || *ret_failed || sure <= t->run_count || !wants_more(suspect) ||
	    lab_left(s->lab) < sure - t->run_count)
		return r;
	r = trial_make(s, t, suspect, sure);
	*ret_failed = r < 0 ? NULL : trial_failure(s, t);
	return r < 0 || *ret_failed ? r : trial_weigh(t, suspect);
}

static bool is_better(enum proof_status now, enum proof_status than)
{
	static const int rank[] = { [PROOF_NONE] = 0,	[PROOF_FAILED] = 1, [PROOF_NO_EFFECT] = 2,
				    [PROOF_PARTLY] = 3, [PROOF_PATCHED] = 4, [PROOF_PROVED] = 5 };

	return rank[now] > rank[than];
}

/* What a trial says of each site; proofs[i] is for site i. */
static int judge(struct study *s, const struct trial *plain, struct trial *t, struct suspect *suspect,
		 struct proof *proofs)
{
	const struct outcome *failed = NULL;
	const char *detail = NULL;
	size_t i;
	int r = try_fix(s, t, suspect, &failed);

	if (r >= 0)
		r = failed ? 0 : side_effect(s, plain, t, suspect, &detail);
	if (failed)
		detail = how_it_ends(s, failed);
	for (i = 0; r >= 0 && i < suspect->site_count; i++) {
		const struct site *site = &suspect->sites[i];
		struct proof *p = &proofs[i];

		*p = (struct proof){ .fix = p->fix };
		if (failed)
			*p = (struct proof){ PROOF_FAILED, p->fix, site->plain.cause, 0, detail };
		else if (!trial_has(t, site))
			*p = (struct proof){ PROOF_FAILED, p->fix, site->plain.cause, 0,
					     study_printf(s, "%s is not made with it", site->name) };
		else
			site_judge(site, p);
		if (p->status == PROOF_PROVED && detail)
			p->status = PROOF_PARTLY;
		p->detail = p->detail ? p->detail : detail;
	}
	return r;
}

/* --- the causes' own fixes --- */

static bool all_proved(const struct suspect *suspect)
{
	size_t i;

	for (i = 0; i < suspect->site_count && suspect->sites[i].best.status == PROOF_PROVED; i++)
		;
	return i == suspect->site_count;
}

static bool is_of(const struct finding *f, const struct suspect *suspect)
{
	return f->cause == suspect->cause && f->class == CLASS_PRIMARY;
}

/* Sites of which the same is said share one proof, with their sums. */
static struct proof *share(struct study *s, const struct suspect *suspect, const struct proof *of)
{
	struct proof *p = arena_alloc(&s->arena, sizeof(*p));
	size_t i;

	if (!p)
		return NULL;
	*p = (struct proof){ .status = of->status, .fix = of->fix, .detail = of->detail };
	for (i = 0; i < suspect->site_count; i++) {
		const struct proof *q = &suspect->sites[i].best;

		if (q->status == p->status && q->fix == p->fix && q->detail == p->detail) {
			p->before += q->before;
			p->after += q->after;
		}
	}
	return p;
}

static int attach(struct study *s, struct comparison *main, const struct suspect *suspect)
{
	struct proof *shared = NULL;
	size_t i, k;

	for (i = 0; i < main->space_count; i++)
		for (k = 0; k < main->spaces[i]->finding_count; k++) {
			struct finding *f = &main->spaces[i]->findings[k];
			const struct proof *best = is_of(f, suspect) ? site_proof(suspect, main->spaces[i]->name) : NULL;

			if (!best || best->status == PROOF_NONE)
				continue;
			if (!shared || shared->status != best->status || shared->fix != best->fix ||
			    shared->detail != best->detail)
				shared = share(s, suspect, best);
			if (!shared)
				return -ENOMEM;
			f->proof = shared;
			if (best->status == PROOF_PROVED)
				f->level = LEVEL_PROVED;
		}
	return 0;
}

static int attempt(struct study *s, const struct trial *plain, struct suspect *suspect,
		   const struct applied_fix *fix, struct proof *proofs)
{
	AUTO_FREE char *text = fix_text(fix);
	const char *kept = text ? study_printf(s, "%s", text) : NULL;
	CLEANUP(trial_release) struct trial t = { .fix = first_of_its_kind(fix) };
	size_t i;
	int r;

	t.label = kept ? study_printf(s, "with fix %s", kept) : NULL;
	if (!t.label)
		return -ENOMEM;
	for (i = 0; i < suspect->site_count; i++)
		proofs[i].fix = kept;
	r = judge(s, plain, &t, suspect, proofs);
	for (i = 0; r >= 0 && i < suspect->site_count; i++)
		if (is_better(proofs[i].status, suspect->sites[i].best.status))
			suspect->sites[i].best = proofs[i];
	return r;
}

static int make_plain(struct study *s, struct trial *plain, struct suspect *suspect)
{
	int r = trial_make(s, plain, suspect, 0);

	return r < 0 ? r : trial_weigh(plain, suspect);
}

/* Its fixes one after another, until one is proved everywhere. */
static int prove_one(struct study *s, struct comparison *main, struct suspect *suspect)
{
	AUTO_FREE struct proof *proofs = calloc(suspect->site_count + 1, sizeof(*proofs));
	CLEANUP(trial_release) struct trial plain = { .label = "as it was" };
	size_t n = 0, i;
	const struct applied_fix *fixes = fixes_for(suspect->cause->id, &n);
	int r = proofs ? 0 : -ENOMEM;

	if (n && r >= 0 && lab_left(s->lab))
		r = make_plain(s, &plain, suspect);
	for (i = 0; r >= 0 && i < n && i < ATTEMPTS_MAX && !all_proved(suspect); i++) {
		if (lab_left(s->lab) < trial_runs(s, suspect)) {
			r = study_note(s, "--max-runs was reached before all fixes were tried");
			break;
		}
		r = attempt(s, &plain, suspect, &fixes[i], proofs);
	}
	return r < 0 ? r : attach(s, main, suspect);
}

/* --- fixes that the user gives --- */

/* What is said of one cause at all its sites together. */
static struct proof summary(const struct suspect *suspect, const struct proof *proofs)
{
	struct proof sum = { 0 };
	size_t i, proved = 0, idle = 0, known = 0;

	for (i = 0; i < suspect->site_count; i++) {
		const struct proof *p = &proofs[i];

		sum.before += p->before;
		sum.after += p->after;
		known += p->status != PROOF_NONE;
		proved += p->status == PROOF_PROVED;
		idle += p->status == PROOF_NO_EFFECT;
		sum.detail = p->detail ? p->detail : sum.detail;
		if (p->status == PROOF_FAILED)
			sum.status = PROOF_FAILED;
	}
	if (sum.status != PROOF_FAILED && known)
		sum.status = proved == known ? PROOF_PROVED : idle == known ? PROOF_NO_EFFECT : PROOF_PARTLY;
	return sum;
}

static int judge_given(struct study *s, struct suspect *suspect, const struct applied_fix *fix, const char *text,
		       struct proof *ret)
{
	AUTO_FREE struct proof *proofs = calloc(suspect->site_count + 1, sizeof(*proofs));
	CLEANUP(trial_release) struct trial plain = { .label = "as it was" };
	CLEANUP(trial_release) struct trial t = { .fix = fix, .label = study_printf(s, "with fix %s", text) };
	int r = proofs && t.label ? make_plain(s, &plain, suspect) : -ENOMEM;

	if (r >= 0)
		r = judge(s, &plain, &t, suspect, proofs);
	if (r >= 0)
		*ret = summary(suspect, proofs);
	return r;
}

/* Over all causes: what all of them say, or else partly, with the names of those that are gone. */
struct tally {
	size_t known, proved, idle;
	struct buffer gone;
};

static void count_in(struct tally *t, struct proof *sum, const struct suspect *suspect, const struct proof *p)
{
	sum->before += p->before;
	sum->after += p->after;
	sum->detail = p->detail ? p->detail : sum->detail;
	t->known += p->status != PROOF_NONE;
	t->idle += p->status == PROOF_NO_EFFECT;
	if (p->status == PROOF_PROVED) {
		t->proved++;
		(void)buffer_printf(&t->gone, "%s%s", t->gone.len ? ", " : "", suspect->cause->id);
	}
	if (p->status == PROOF_FAILED)
		sum->status = PROOF_FAILED;
}

static int finish(struct study *s, const struct tally *t, struct proof *sum)
{
	if (sum->status == PROOF_FAILED)
		return 0;
	if (!t->known) {
		sum->detail = "nothing differs that it could take away";
		return 0;
	}
	sum->status = t->proved == t->known ? PROOF_PROVED : t->idle == t->known ? PROOF_NO_EFFECT : PROOF_PARTLY;
	if (sum->status == PROOF_PARTLY && t->gone.len)
		sum->detail = study_printf(s, "gone: %s", buffer_str(&t->gone));
	return t->gone.error;
}

static int try_one(struct study *s, struct suspect *list, size_t n, const struct applied_fix *fix, struct proof *ret)
{
	struct tally tally = { .gone = BUFFER_INIT(65536) };
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < n && ret->status != PROOF_FAILED; i++) {
		struct proof p = { 0 };

		if (lab_left(s->lab) < trial_runs(s, &list[i]) + 1) {
			r = study_note(s, "--max-runs was reached before %s was tried on all causes", ret->fix);
			break;
		}
		r = judge_given(s, &list[i], fix, ret->fix, &p);
		if (r >= 0)
			count_in(&tally, ret, &list[i], &p);
	}
	if (r >= 0)
		r = finish(s, &tally, ret);
	buffer_release(&tally.gone);
	return r;
}

static int try_given(struct study *s, struct suspect *list, size_t n)
{
	struct experiment *e = s->experiment;
	size_t i;
	int r = 0;

	e->tried = arena_array(&s->arena, s->given_count + 1, sizeof(*e->tried));
	if (!e->tried)
		return -ENOMEM;
	for (i = 0; r >= 0 && i < s->given_count; i++) {
		struct proof *proof = &e->tried[e->tried_count];

		*proof = (struct proof){ .fix = s->options->fixes[i] };
		r = try_one(s, list, n, &s->given[i], proof);
		e->tried_count += r >= 0;
	}
	return r;
}

int study_prove(struct study *s, struct comparison *main)
{
	struct suspect *list = NULL;
	size_t n = 0, i;
	int r = suspects_find(main, &list, &n);

	/* What goes on by itself may be gone in the next pair of runs without any fix. */
	for (i = 0; r >= 0 && s->options->prove && i < n; i++)
		if (!(list[i].axes & AXIS_SET_UNATTRIBUTABLE))
			r = prove_one(s, main, &list[i]);
	if (r >= 0)
		r = try_given(s, list, n);
	suspects_free(list, n);
	return r;
}
