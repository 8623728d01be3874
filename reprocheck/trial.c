/* SPDX-License-Identifier: Apache-2.0 */
/* The runs of a trial, and their comparisons. */
#include "reprocheck/trial.h"

#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNS_BELIEVED 5 /* where no two runs agreed before */
#define RUNS_RARE     8 /* where some did */

static bool has_noise(const struct suspect *suspect)
{
	return suspect->axes & AXIS_SET_NOISE;
}

/* Where it is not known what moves a suspect, everything that may is varied. */
static axis_set axes_of(const struct study *s, const struct suspect *suspect)
{
	return (suspect->axes ? suspect->axes : s->all->setting.varied) & AXIS_ALL;
}

size_t trial_runs(const struct study *s, const struct suspect *suspect)
{
	size_t n = axes_of(s, suspect) ? 2 : 1;

	if (!s->experiment->identical_same)
		n += s->options->identical - 1;
	else if (n == 1)
		n++;
	return n < TRIAL_RUNS_MAX ? n : TRIAL_RUNS_MAX;
}

size_t trial_runs_to_be_sure(const struct suspect *suspect)
{
	size_t i, n = 0;

	for (i = 0; i < suspect->site_count; i++)
		if (suspect->sites[i].noisy && n < RUNS_RARE)
			n = suspect->sites[i].rare ? RUNS_RARE : RUNS_BELIEVED;
	return n ? n + (suspect->axes & AXIS_ALL ? 1 : 0) : 0;
}

static void drop_pairs(struct trial *t)
{
	size_t i;

	for (i = 0; i < TRIAL_RUNS_MAX; i++) {
		comparison_free(t->pairs[i]);
		t->pairs[i] = NULL;
	}
}

void trial_release(struct trial *t)
{
	drop_pairs(t);
}

static int run_all(struct study *s, struct trial *t, size_t count)
{
	struct setting settings[TRIAL_RUNS_MAX];
	unsigned replica = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		settings[i] = study_setting(s, i == 1 ? t->axes : 0, t->label);
		settings[i].fix = t->fix;
		if (!settings[i].varied)
			settings[i].replica = replica++;
	}
	t->run_count = count;
	return lab_run(s->lab, settings, count, t->runs, s->err);
}

/* With no fix the runs are there already. */
static int take_controls(struct study *s, struct trial *t)
{
	const struct outcome *const *all;
	struct setting varied = study_setting(s, t->axes, "as it was");
	size_t n, i;
	int r = 0;

	t->runs[0] = s->control;
	t->run_count = 1;
	if (t->axes)
		r = study_run_one(s, &varied, &t->runs[t->run_count++]);
	n = lab_outcomes(s->lab, &all);
	for (i = 0; i < n && t->run_count < TRIAL_RUNS_MAX; i++)
		if (!all[i]->setting.varied && !all[i]->setting.fix && all[i] != s->control &&
		    (all[i]->setting.copy || !s->copy))
			t->runs[t->run_count++] = all[i];
	return r;
}

static bool differ(const struct trial *t, size_t i)
{
	return strcmp(t->runs[0]->digest, t->runs[i]->digest) != 0;
}

/* What differs by chance with the fix, and what the axes move besides. The coordinates are those of run 0, so that what was
 * learned with no fix is of no use here. */
static int learn(struct study *s, const struct trial *t, struct axis_map *map)
{
	CLEANUP(axis_map_freep) struct axis_map *noise = NULL;
	size_t first = t->axes ? 2 : 1, i;
	int r = axis_map_new(&noise);

	for (i = first; r >= 0 && i < t->run_count; i++) {
		CLEANUP(comparison_freep) struct comparison *c = NULL;

		if (differ(t, i))
			r = study_compare(s, t->runs[0], t->runs[i], noise, AXIS_SET_INTRINSIC, NULL, &c);
	}
	if (r >= 0)
		r = axis_map_seal(noise);
	if (r >= 0 && t->axes && differ(t, 1)) {
		CLEANUP(comparison_freep) struct comparison *c = NULL;

		r = study_compare(s, t->runs[0], t->runs[1], map, t->axes, noise, &c);
	}
	if (r >= 0)
		r = axis_map_merge(map, noise);
	return r < 0 ? r : axis_map_seal(map);
}

/* Replicas are looked at only where the suspect is what differs between them. */
static int compare_all(struct study *s, struct trial *t, const struct suspect *suspect)
{
	CLEANUP(axis_map_freep) struct axis_map *map = NULL;
	size_t i, last = has_noise(suspect) ? t->run_count : 2;
	int r = axis_map_new(&map);

	if (r >= 0 && t->fix)
		r = learn(s, t, map);
	for (i = 1; r >= 0 && i < last && i < t->run_count; i++)
		if (differ(t, i))
			r = study_compare(s, t->runs[0], t->runs[i], NULL, 0, t->fix ? map : s->map, &t->pairs[i]);
	return r;
}

int trial_make(struct study *s, struct trial *t, const struct suspect *suspect, size_t runs)
{
	int r;

	drop_pairs(t);
	t->axes = axes_of(s, suspect);
	r = t->fix ? run_all(s, t, runs < TRIAL_RUNS_MAX ? runs : TRIAL_RUNS_MAX) : take_controls(s, t);
	if (r < 0 || trial_failure(s, t))
		return r;
	return compare_all(s, t, suspect);
}

const struct outcome *trial_failure(const struct study *s, const struct trial *t)
{
	size_t i;

	for (i = 0; i < t->run_count; i++)
		if (t->runs[i]->status != s->control->status)
			return t->runs[i];
	return NULL;
}

/* Files that the runs call differently ("a -> b") are looked for by neither name. */
bool trial_has(const struct trial *t, const struct site *site)
{
	const char *inner = strstr(site->name, "//");
	AUTO_FREE char *name = strndup(site->name, inner ? (size_t)(inner - site->name) : strlen(site->name));
	AUTO_FREE char *path = name ? path_join(t->runs[0]->path, name) : NULL;

	return !path || !*name || strstr(name, " -> ") || faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* --- weights --- */

static struct weight larger(struct weight a, struct weight b)
{
	return (struct weight){ a.cause > b.cause ? a.cause : b.cause, a.others > b.others ? a.others : b.others };
}

/* How much two runs differ in varies by itself. */
static void note_spread(struct site *site, uint64_t bytes)
{
	if (!bytes)
		site->rare = true;
	else if (!site->least || bytes < site->least)
		site->least = bytes;
}

/* Replicas count for sites where chance has a part; the pair of the axes for all. */
static void take_pair(const struct trial *t, size_t pair, struct suspect *suspect, const struct weight *weights)
{
	size_t i;

	for (i = 0; i < suspect->site_count; i++) {
		struct site *site = &suspect->sites[i];
		struct weight *w = t->fix ? &site->fixed : &site->plain;

		if (!site->noisy && (pair != 1 || !t->axes))
			continue;
		*w = larger(*w, weights[i]);
		if (!t->fix && site->noisy)
			note_spread(site, weights[i].cause);
	}
}

int trial_weigh(const struct trial *t, struct suspect *suspect)
{
	AUTO_FREE struct weight *weights = calloc(suspect->site_count + 1, sizeof(*weights));
	uint64_t elsewhere = 0;
	size_t i;

	if (!weights)
		return -ENOMEM;
	for (i = 0; i < suspect->site_count; i++)
		*(t->fix ? &suspect->sites[i].fixed : &suspect->sites[i].plain) = (struct weight){ 0, 0 };
	for (i = 1; i < t->run_count; i++) {
		memset(weights, 0, suspect->site_count * sizeof(*weights));
		if (t->pairs[i])
			weigh_comparison(t->pairs[i], suspect, weights, &elsewhere);
		take_pair(t, i, suspect, weights);
	}
	return 0;
}

int trial_elsewhere(const struct trial *t, const struct suspect *suspect, uint64_t *ret)
{
	AUTO_FREE struct weight *weights = calloc(suspect->site_count + 1, sizeof(*weights));

	if (!weights)
		return -ENOMEM;
	*ret = 0;
	if (t->axes && t->pairs[1])
		weigh_comparison(t->pairs[1], suspect, weights, ret);
	return 0;
}
