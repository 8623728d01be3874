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
 * unless it is as large as what went away; where identical runs differ, even then.  And there B is not one number: two runs
 * differ in more or fewer bytes (random names change compressed sizes, and all behind them moves), so that A is held
 * against half of the least of them.
 */
#include "reprocheck/causes/axis_causes.h"
#include "reprocheck/run/trial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
	last->axes |= axes;
	last->noisy = last->axes & CHANCE;
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

/* --- the verdict --- */

bool is_gain(uint64_t before, uint64_t after, uint64_t fixed)
{
	uint64_t gain = after > before ? after - before : 0;

	return gain && (gain * 5 > before || (fixed && gain * 5 >= fixed * 4));
}

void site_judge(const struct site *site, struct proof *ret)
{
	uint64_t before = site->plain.cause, after = site->fixed.cause;
	uint64_t usual = site->least ? site->least : before;

	if (is_gain(site->plain.others, site->fixed.others, site->noisy ? 0 : before))
		after += site->fixed.others - site->plain.others;
	ret->before = before;
	ret->after = after;
	if (!before)
		ret->status = PROOF_NONE;
	else if (!after)
		ret->status = PROOF_PROVED;
	else if (site->noisy)
		ret->status = after * 2 >= usual ? PROOF_NO_EFFECT : PROOF_PARTLY;
	else
		ret->status = after * 5 >= before * 4 ? PROOF_NO_EFFECT : PROOF_PARTLY;
}
