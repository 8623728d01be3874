/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a site is judged.  With B and A the suspect's differing bytes before and after, O and P those of all other causes at
 * the same site:
 *
 *   what other causes gained, P - O, is added to A: a difference that only changed its looks is still there;
 *   A = 0 is proved;
 *   A of B or more, down to four fifths of it, is no effect;
 *   the rest is partly.
 *
 * The fifth is for what follows by chance: of the digits of a hash, or of random bytes, some agree, one in sixteen or
 * in 256, and not the same ones when anything before them changes.  So a gain of up to a fifth of O is none either,
 * unless it is as large as what went away; where identical runs differ, even then.
 */
#include "reprocheck/trial.h"

#include "base/path.h"
#include "reprocheck/axis_causes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNS_BELIEVED 5 /* where no two runs agreed before */
#define RUNS_RARE     8 /* where some did */

/* --- suspects --- */

static struct suspect *suspect_of(struct suspect **list, size_t *count, const struct cause *cause)
{
	struct suspect *grown;
	size_t i;

	for (i = 0; i < *count; i++)
		if ((*list)[i].cause == cause)
			return &(*list)[i];
	grown = reallocarray(*list, *count + 1, sizeof(**list));
	if (!grown)
		return NULL;
	*list = grown;
	grown[*count] = (struct suspect){ .cause = cause };
	return &grown[(*count)++];
}

static int add_site(struct suspect *s, const char *name, axis_set axes)
{
	struct site *last = s->site_count ? &s->sites[s->site_count - 1] : NULL;

	s->axes |= axes;
	if (!last || strcmp(last->name, name) != 0) {
		/* Room is doubled at each power of two. */
		if ((s->site_count & (s->site_count - 1)) == 0) {
			size_t room = s->site_count ? 2 * s->site_count : 1;
			struct site *grown = reallocarray(s->sites, room, sizeof(*grown));

			if (!grown)
				return -ENOMEM;
			s->sites = grown;
		}
		last = &s->sites[s->site_count++];
		*last = (struct site){ .name = name };
	}
	last->noisy = last->noisy || (axes & AXIS_SET_NOISE);
	return 0;
}

static int compare_names(const void *x, const void *y)
{
	const struct site *a = x, *b = y;

	return strcmp(a->name, b->name);
}

static int add_findings(const struct space *space, struct suspect **list, size_t *count)
{
	size_t k;
	int r = 0;

	for (k = 0; r >= 0 && k < space->finding_count; k++) {
		const struct finding *f = &space->findings[k];
		struct suspect *s;

		if (f->class == CLASS_DERIVED)
			continue;
		s = suspect_of(list, count, f->cause);
		r = s ? add_site(s, space->name, f->axes) : -ENOMEM;
	}
	return r;
}

int suspects_find(const struct comparison *c, struct suspect **ret, size_t *ret_count)
{
	struct suspect *list = NULL;
	size_t count = 0, i;
	int r = 0;

	for (i = 0; r >= 0 && i < c->space_count; i++)
		r = add_findings(c->spaces[i], &list, &count);
	for (i = 0; r >= 0 && i < c->entry_count; i++) {
		const struct entry_difference *e = &c->entries[i];
		struct suspect *s = e->cause ? suspect_of(&list, &count, e->cause) : NULL;

		if (e->cause)
			r = s ? add_site(s, "", e->axes) : -ENOMEM;
	}
	for (i = 0; r >= 0 && i < count; i++)
		qsort(list[i].sites, list[i].site_count, sizeof(*list[i].sites), compare_names);
	if (r < 0) {
		suspects_free(list, count);
		return r;
	}
	*ret = list;
	*ret_count = count;
	return 0;
}

void suspects_free(struct suspect *list, size_t count)
{
	while (list && count)
		free(list[--count].sites);
	free(list);
}

static struct site *site_find(const struct suspect *s, const char *name)
{
	struct site key = { .name = name };

	return s->site_count ? bsearch(&key, s->sites, s->site_count, sizeof(key), compare_names) : NULL;
}

const struct proof *site_proof(const struct suspect *suspect, const char *name)
{
	const struct site *site = site_find(suspect, name);

	return site ? &site->best : NULL;
}

/* --- runs --- */

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

/* Of several axes a trial knows only that they were varied together: the default cause of each may be that of any. */
static bool is_default_of(const struct cause *cause, axis_set axes)
{
	unsigned bit;

	for (bit = 0; bit < AXIS_SET_SIZE; bit++)
		if ((axes & AXIS_BIT(bit)) && cause_find(axis_default_cause(bit)) == cause)
			return true;
	return false;
}

static bool counts_as(const struct cause *cause, const struct suspect *s)
{
	return cause == s->cause || (cause && is_default_of(cause, s->axes) && is_default_of(s->cause, s->axes));
}

/* What identical runs do not agree in is no matter of the axes. */
static bool is_chance(axis_set axes)
{
	return (axes & AXIS_SET_NOISE) && !(axes & AXIS_ALL);
}

static void add(const struct suspect *s, struct site *site, const struct cause *cause, axis_set axes, uint64_t bytes,
		struct weight *weights, uint64_t *elsewhere)
{
	struct weight *w = site ? &weights[site - s->sites] : NULL;

	if (is_chance(axes) && (!site || !site->noisy))
		return;
	if (!w)
		*elsewhere += bytes;
	else if (counts_as(cause, s))
		w->cause += bytes;
	else
		w->others += bytes;
}

void weigh_comparison(const struct comparison *c, const struct suspect *suspect, struct weight *weights,
		      uint64_t *ret_elsewhere)
{
	size_t i, k;

	for (i = 0; i < c->space_count; i++) {
		const struct space *space = c->spaces[i];
		struct site *site = site_find(suspect, space->name);

		for (k = 0; k < space->finding_count; k++) {
			const struct finding *f = &space->findings[k];

			if (f->class != CLASS_DERIVED)
				add(suspect, site, f->cause, f->axes, f->bytes, weights, ret_elsewhere);
		}
	}
	for (i = 0; i < c->entry_count; i++)
		add(suspect, site_find(suspect, ""), c->entries[i].cause, c->entries[i].axes, 1, weights, ret_elsewhere);
}

static struct weight larger(struct weight a, struct weight b)
{
	return (struct weight){ a.cause > b.cause ? a.cause : b.cause, a.others > b.others ? a.others : b.others };
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
		if (!t->fix && site->noisy && !weights[i].cause)
			site->rare = true;
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

bool is_gain(uint64_t before, uint64_t after, uint64_t fixed)
{
	uint64_t gain = after > before ? after - before : 0;

	return gain && (gain * 5 > before || (fixed && gain * 5 >= fixed * 4));
}

void site_judge(const struct site *site, struct proof *ret)
{
	uint64_t before = site->plain.cause, after = site->fixed.cause;

	if (is_gain(site->plain.others, site->fixed.others, site->noisy ? 0 : before))
		after += site->fixed.others - site->plain.others;
	ret->before = before;
	ret->after = after;
	if (!before)
		ret->status = PROOF_NONE;
	else if (!after)
		ret->status = PROOF_PROVED;
	else
		ret->status = after * 5 >= before * 4 ? PROOF_NO_EFFECT : PROOF_PARTLY;
}
