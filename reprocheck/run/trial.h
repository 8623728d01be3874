/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trial.h: one fix tried (private to the study): runs with it, and how much of a cause is left in each file.
 *
 * A *suspect* is a cause over all of the main comparison; its *sites* are the contents in which it was found.  A
 * *trial* is a set of runs under one fix, or under none: run 0 with everything pinned, run 1 with the suspect's axes
 * varied, then as many more of either kind as chance asks for.  Run 0 is compared with each of the others, and every site is
 * *weighed* in each comparison.
 *
 * Chance enters twice.  Where identical runs differ anyway, the bytes that do are learned anew under the fix, and not
 * held against a fix for something else.  And where the suspect itself is what differs between identical runs, two equal
 * runs prove little: a race may have ended alike, so that more are made before it is believed, and of all
 * pairs the one with most left counts.
 */
#ifndef REPROCHECK_RUN_TRIAL_H
#define REPROCHECK_RUN_TRIAL_H

#include "reprocheck/run/study_private.h"

#define TRIAL_RUNS_MAX 12

/* What differs from run to run, and what each run with randomised addresses does in a way of its own. */
#define CHANCE (AXIS_SET_NOISE | AXIS_BIT(AXIS_ASLR))

/* Differing bytes at a site: of the suspect, and of other causes. */
struct weight {
	uint64_t cause, others;
};

struct site {
	const char *name;    /* of the space; "": differences between directory entries */
	axis_set axes;       /* that move the suspect there */
	bool noisy;          /* how much they move is chance */
	bool rare;           /* and it may be nothing */
	struct weight plain; /* with no fix */
	uint64_t least;      /* where it is noisy: the least that two runs with no fix differ in, if they do at all */
	struct weight fixed; /* in the trial that was weighed last */
	struct proof best;   /* of all trials so far */
};

struct suspect {
	const struct cause *cause;
	axis_set axes;       /* that move it, at any site */
	struct site *sites;  /* sorted by name */
	size_t site_count;
};

struct trial {
	const struct applied_fix *fix; /* NULL: none */
	const char *label;
	axis_set axes;
	const struct outcome *runs[TRIAL_RUNS_MAX];
	size_t run_count;
	struct comparison *pairs[TRIAL_RUNS_MAX]; /* run 0 with each; NULL where the outputs are the same */
};

/* All causes of a comparison but derived ones; suspects_free() frees the list. */
int suspects_find(const struct comparison *c, struct suspect **ret, size_t *ret_count);
void suspects_free(struct suspect *list, size_t count);

/* Runs that a trial of this suspect needs: at first; and before a proof is believed, 0 where chance has no part. */
size_t trial_runs(const struct study *s, const struct suspect *suspect);
size_t trial_runs_to_be_sure(const struct suspect *suspect);

/* Makes the runs and compares them; may be called again with a larger count. */
int trial_make(struct study *s, struct trial *t, const struct suspect *suspect, size_t runs);
void trial_release(struct trial *t);
/* The first run that does not end as the control run does; NULL: all do. */
const struct outcome *trial_failure(const struct study *s, const struct trial *t);
/* Whether the file of a site was made with the fix. */
bool trial_has(const struct trial *t, const struct site *site);

/* Into each site's plain (the trial has no fix) or fixed. */
int trial_weigh(const struct trial *t, struct suspect *suspect);
/* Adds what one comparison has of the suspect to weights[i] of site i; bytes elsewhere to *ret_elsewhere. */
void weigh_comparison(const struct comparison *c, const struct suspect *suspect, struct weight *weights,
		      uint64_t *ret_elsewhere);
/* The best of all trials at a site; NULL: the suspect was not found there. */
const struct proof *site_proof(const struct suspect *suspect, const char *name);
/* What a site's weights say of the fix; fills status, before and after. */
void site_judge(const struct site *site, struct proof *ret);
/* Whether so many bytes of other causes more than before are no chance; `fixed`: how many went away, 0 where chance has a
 * part anyway. */
bool is_gain(uint64_t before, uint64_t after, uint64_t fixed);
/* How many bytes of other causes differ at no site of the suspect, where chance has no part. */
int trial_elsewhere(const struct trial *t, const struct suspect *suspect, uint64_t *ret);

#endif
