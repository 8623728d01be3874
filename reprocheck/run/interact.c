/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What no single axis moves: the smallest set of axes that does.
 *
 * Delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating
 * Failure-Inducing Input", 2002): the set is cut into n parts; a part, or all
 * but one part, that still moves the place is taken for the whole; else the
 * cut is made finer.  The result is minimal in that none of its axes can be left
 * out.  The question asked of a run is whether it moves the first place that nothing explains yet.
 *
 * Addresses are drawn anew in each run, so that of a table that they sort one run moves some places and the next one others,
 * and no set of axes moves "the" place each time.  Where aslr alone moves something, what is left unexplained
 * is therefore asked once, all of it, whether it also moves when everything but aslr is varied: what does not is
 * aslr's.
 *
 * What two axes write beside each other has another shape when both are varied.  That is no interaction: the
 * axes that move the surroundings of a place are tried before all others, and not told as acting only together.
 */
#include "reprocheck/run/study_private.h"

#include <errno.h>
#include <string.h>

#define NEAR 64 /* bytes around a place that count as its surroundings */

struct question {
	struct study *s;
	const char *space, *entry, *what; /* a place in a space, or a difference between entries */
	uint64_t off, len;
	bool exhausted; /* no runs are left */
};

static bool first_place(const struct comparison *c, struct question *q)
{
	size_t i, k;

	for (i = 0; i < c->space_count; i++)
		for (k = 0; k < c->spaces[i]->finding_count; k++) {
			const struct finding *f = &c->spaces[i]->findings[k];

			if (f->class == CLASS_DERIVED || f->axes || !f->places_kept)
				continue;
			q->space = c->spaces[i]->name;
			q->off = f->places[0].a_off;
			q->len = f->places[0].a_len;
			return true;
		}
	for (i = 0; i < c->entry_count; i++)
		if (!c->entries[i].axes) {
			q->entry = c->entries[i].name;
			q->what = c->entries[i].what;
			return true;
		}
	return false;
}

/* Does varying these axes move the place? */
static int moves(struct question *q, axis_set axes, bool *ret)
{
	struct setting setting = study_setting(q->s, axes, "several axes");
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	CLEANUP(axis_map_freep) struct axis_map *moved = NULL;
	const struct outcome *o;
	int r = axis_map_new(&moved);

	*ret = false;
	if (r >= 0 && !lab_left(q->s->lab)) {
		q->exhausted = true;
		return 0;
	}
	if (r >= 0)
		r = study_run_one(q->s, &setting, &o);
	if (r < 0 || o->status != q->s->control->status || strcmp(o->digest, q->s->control->digest) == 0)
		return r;
	r = study_compare(q->s, q->s->control, o, moved, axes, q->s->noise, &c);
	if (r >= 0)
		r = axis_map_seal(moved);
	if (r >= 0)
		*ret = (q->space ? axis_map_at(moved, q->space, q->off, q->len)
				 : axis_map_entry(moved, q->entry, q->what)) != 0;
	return r;
}

/* The i-th of n nearly equal parts of a set. */
static axis_set part_of(axis_set set, unsigned i, unsigned n)
{
	unsigned total = (unsigned)__builtin_popcount(set), from = total * i / n, to = total * (i + 1) / n, k = 0,
		 bit;
	axis_set out = 0;

	for (bit = 0; bit < AXIS_COUNT; bit++)
		if (set & AXIS_BIT(bit)) {
			if (k >= from && k < to)
				out |= AXIS_BIT(bit);
			k++;
		}
	return out;
}

/* A smaller set that still moves the place: a part, or what is left without a part. 0: there is none among n parts. */
static int reduce(struct question *q, axis_set set, unsigned n, axis_set *ret, bool *ret_part)
{
	unsigned i, complement;
	int r = 0;

	*ret = 0;
	for (complement = 0; complement < 2; complement++)
		for (i = 0; i < n && (!complement || n > 2); i++) {
			axis_set part = part_of(set, i, n), tried = complement ? set & ~part : part;
			bool yes = false;

			if (tried && tried != set)
				r = moves(q, tried, &yes);
			if (r < 0 || yes) {
				*ret = yes ? tried : 0;
				*ret_part = !complement;
				return r;
			}
		}
	return 0;
}

/* The axes that move what surrounds a place, where that is enough to move it. */
static int narrow(struct question *q, axis_set *set, bool *ret_near)
{
	uint64_t from = q->off > NEAR ? q->off - NEAR : 0;
	axis_set near = q->space ? axis_map_at(q->s->map, q->space, from, q->off + q->len + NEAR - from) & *set : 0;
	int r = near && near != *set ? moves(q, near, ret_near) : 0;

	if (r >= 0 && *ret_near)
		*set = near;
	return r;
}

static int minimise(struct question *q, axis_set *set)
{
	unsigned n = 2, size;
	int r = 0;

	while (r >= 0 && !q->exhausted && (size = (unsigned)__builtin_popcount(*set)) > 1) {
		axis_set smaller;
		bool part = false;

		r = reduce(q, *set, n, &smaller, &part);
		if (smaller) {
			*set = smaller;
			n = part ? 2 : n > 2 ? n - 1 : 2;
		} else if (n >= size) {
			break;
		} else {
			n = 2 * n < size ? 2 * n : size;
		}
	}
	return r;
}

/* What the set moves and the map does not know yet is moved by the whole set. */
static int record_interaction(struct study *s, axis_set set, bool side_by_side)
{
	struct setting setting = study_setting(s, set, "several axes");
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	CLEANUP(axis_map_freep) struct axis_map *moved = NULL;
	struct experiment *e = s->experiment;
	struct interaction *more = arena_array(&s->arena, e->interaction_count + 1, sizeof(*more));
	const struct outcome *o;
	unsigned i;
	int r = more ? axis_map_new(&moved) : -ENOMEM;

	if (r >= 0)
		r = study_run_one(s, &setting, &o);
	if (r >= 0)
		r = study_compare(s, s->control, o, moved, set, s->map, &c);
	if (r >= 0)
		r = axis_map_merge(s->map, moved);
	if (r < 0)
		return r;
	for (i = 0; i < AXIS_COUNT; i++)
		if ((set & AXIS_BIT(i)) && e->axes[i].verdict != VERDICT_CAUSES)
			e->axes[i].verdict = set == AXIS_BIT(i) ? VERDICT_CAUSES : VERDICT_INTERACTS;
	if (side_by_side || !(set & (set - 1)))
		return 0;
	if (e->interaction_count)
		memcpy(more, e->interactions, e->interaction_count * sizeof(*more));
	more[e->interaction_count++] = (struct interaction){ set, bytes_beyond(c, ~(axis_set)0) };
	e->interactions = more;
	return 0;
}

/* See the head: what needs aslr, and moves in some of its runs only. */
static int tell_chance(struct study *s, axis_set all, bool *ret_found)
{
	const axis_set aslr = AXIS_BIT(AXIS_ASLR);
	struct setting setting = study_setting(s, all & ~aslr, "all but aslr");
	CLEANUP(comparison_freep) struct comparison *without = NULL;
	CLEANUP(comparison_freep) struct comparison *with = NULL;
	CLEANUP(axis_map_freep) struct axis_map *known = NULL;
	const struct outcome *rest;
	int r = axis_map_new(&known);

	if (r >= 0)
		r = study_run_one(s, &setting, &rest);
	if (r < 0 || rest->status != s->control->status)
		return r;
	r = study_compare(s, s->control, rest, known, all & ~aslr, NULL, &without);
	if (r >= 0)
		r = axis_map_merge(known, s->map);
	if (r >= 0)
		r = axis_map_seal(known);
	if (r >= 0)
		r = study_compare(s, s->control, s->all, s->map, aslr, known, &with);
	*ret_found = r >= 0;
	return r;
}

int study_interact(struct study *s, const struct comparison *c, bool *ret_found)
{
	struct question q = { .s = s };
	axis_set set = s->all->setting.varied;
	bool yes, near = false;
	int r;

	if (!set || !first_place(c, &q))
		return 0;
	if (!s->chance_known && (set & AXIS_BIT(AXIS_ASLR)) && lab_left(s->lab) &&
	    s->experiment->axes[AXIS_ASLR].verdict == VERDICT_CAUSES) {
		s->chance_known = true;
		return tell_chance(s, set, ret_found);
	}
	r = narrow(&q, &set, &near);
	if (r >= 0)
		r = minimise(&q, &set);
	if (r >= 0 && q.exhausted)
		return study_note(s, "--max-runs was reached before it was known which axes act together");
	if (r >= 0)
		r = moves(&q, set, &yes);
	if (r < 0 || !yes)
		return r;
	r = record_interaction(s, set, near);
	*ret_found = r >= 0;
	return r;
}
