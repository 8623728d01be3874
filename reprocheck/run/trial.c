/* SPDX-License-Identifier: Apache-2.0 */
/* The runs of a trial, and their comparisons. */
#include "reprocheck/run/trial.h"

#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNS_BELIEVED 5 /* where no two runs agreed before */
#define RUNS_RARE     8 /* where some did */

/* Where it is not known what moves a suspect, everything that may is varied. */
static axis_set axes_of(const struct study *s, const struct suspect *suspect)
{
	return (suspect->axes ? suspect->axes : s->all->setting.varied) & AXIS_ALL;
}

static bool is_random(axis_set axes)
{
	return axes & AXIS_BIT(AXIS_ASLR);
}

/* Where addresses are randomised runs of both kinds alternate. */
static size_t runs_for(axis_set axes, size_t of_a_kind)
{
	size_t n = is_random(axes) ? 2 * of_a_kind : axes & AXIS_ALL ? of_a_kind + 1 : of_a_kind;

	return n < TRIAL_RUNS_MAX ? n : TRIAL_RUNS_MAX;
}

size_t trial_runs(const struct study *s, const struct suspect *suspect)
{
	axis_set axes = axes_of(s, suspect);

	if (!s->experiment->identical_same)
		return runs_for(axes, s->options->identical);
	return is_random(axes) ? 4 : 2;
}

size_t trial_runs_to_be_sure(const struct suspect *suspect)
{
	size_t i, n = 0;

	for (i = 0; i < suspect->site_count; i++)
		if (suspect->sites[i].noisy && n < RUNS_RARE)
			n = suspect->sites[i].rare ? RUNS_RARE : RUNS_BELIEVED;
	return n ? runs_for(suspect->axes, n) : 0;
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

/* Whether the axes are varied in run i. */
static bool is_varied(const struct trial *t, size_t i)
{
	return t->axes && (i == 1 || (is_random(t->axes) && i % 2));
}

static int run_all(struct study *s, struct trial *t, size_t count)
{
	struct setting settings[TRIAL_RUNS_MAX];
	unsigned replicas[2] = { 0, 0 };
	size_t i;

	for (i = 0; i < count; i++) {
		bool varied = is_varied(t, i);

		settings[i] = study_setting(s, varied ? t->axes : 0, t->label);
		settings[i].fix = t->fix;
		settings[i].replica = replicas[varied]++;
	}
	t->run_count = count;
	return lab_run(s->lab, settings, count, t->runs, s->err);
}

/* With no fix most of the runs are there already. */
static int take_controls(struct study *s, struct trial *t)
{
	struct setting varied = study_setting(s, t->axes, "as it was");
	const struct outcome *const *all;
	size_t n, i;
	int r = 0;

	t->runs[0] = s->control;
	t->run_count = 1;
	for (; r >= 0 && t->axes && varied.replica < (is_random(t->axes) ? 3 : 1); varied.replica++)
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

/* The runs of one kind, against run 0, into a map. */
static int learn_kind(struct study *s, const struct trial *t, bool varied, const struct axis_map *known,
		      struct axis_map *map)
{
	axis_set noise = axis_map_union(s->noise);
	size_t i;
	int r = 0;

	for (i = 1; r >= 0 && i < t->run_count; i++) {
		CLEANUP(comparison_freep) struct comparison *c = NULL;

		if (is_varied(t, i) == varied && differ(t, i))
			r = study_compare(s, t->runs[0], t->runs[i], map,
					  varied ? t->axes : noise ? noise : AXIS_SET_INTRINSIC, known, &c);
	}
	return r;
}

/* What differs by chance with the fix, and what the axes move besides. The coordinates are those of run 0, so that what was
 * learned with no fix is of no use here. */
static int learn(struct study *s, const struct trial *t, struct axis_map *map)
{
	CLEANUP(axis_map_freep) struct axis_map *noise = NULL;
	int r = axis_map_new(&noise);

	if (r >= 0)
		r = learn_kind(s, t, false, NULL, noise);
	if (r >= 0)
		r = axis_map_seal(noise);
	if (r >= 0)
		r = learn_kind(s, t, true, noise, map);
	if (r >= 0)
		r = axis_map_merge(map, noise);
	return r < 0 ? r : axis_map_seal(map);
}

/* Beyond the first, runs are looked at only where chance has a part in the suspect. */
static int compare_all(struct study *s, struct trial *t, const struct suspect *suspect)
{
	CLEANUP(axis_map_freep) struct axis_map *map = NULL;
	size_t i, last = suspect->axes & CHANCE ? t->run_count : 2;
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

/* Whether two runs tell something of a site: pinned ones where runs differ by themselves, varied ones where axes move it. */
static bool tells(const struct trial *t, size_t pair, const struct site *site)
{
	if (t->runs[pair]->setting.varied)
		return pair == 1 || site->noisy;
	return site->axes & AXIS_SET_NOISE;
}

static void take_pair(const struct trial *t, size_t pair, struct suspect *suspect, const struct weight *weights)
{
	size_t i;

	for (i = 0; i < suspect->site_count; i++) {
		struct site *site = &suspect->sites[i];
		struct weight *w = t->fix ? &site->fixed : &site->plain;

		if (!tells(t, pair, site))
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
