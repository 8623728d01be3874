/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/run/study_private.h"

#include "reprocheck/run/copyable.h"
#include "base/interrupt.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ARENA_MAX ((size_t)1 << 30)
#define LABEL_MAX 64
#define ROUNDS    8 /* of delta debugging */

const char *study_printf(struct study *s, const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		text = NULL;
		return NULL;
	}
	return arena_strndup(&s->arena, text, (size_t)n);
}

int study_note(struct study *s, const char *fmt, ...)
{
	struct experiment *e = s->experiment;
	char text[1024];
	va_list ap;
	size_t i;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!e->notes)
		e->notes = arena_array(&s->arena, NOTES_MAX, sizeof(*e->notes));
	for (i = 0; e->notes && i < e->note_count; i++)
		if (strcmp(e->notes[i], text) == 0)
			return 0;
	if (!e->notes || e->note_count == NOTES_MAX)
		return e->notes ? 0 : -ENOMEM;
	e->notes[e->note_count] = arena_strndup(&s->arena, text, strlen(text));
	return e->notes[e->note_count] ? (e->note_count++, 0) : -ENOMEM;
}

struct setting study_setting(const struct study *s, axis_set varied, const char *label)
{
	return (struct setting){ .varied = varied, .copy = s->copy, .label = label };
}

int study_run_one(struct study *s, const struct setting *setting, const struct outcome **ret)
{
	return lab_run(s->lab, setting, 1, ret, s->err);
}

int study_compare(struct study *s, const struct outcome *a, const struct outcome *b, struct axis_map *record,
		  axis_set axes, const struct axis_map *attributed, struct comparison **ret)
{
	const char *const paths[] = { a->path, b->path }, *const names[] = { a->setting.label, b->setting.label };
	struct compare_options o = s->options->compare;

	o.record = record;
	o.record_axes = axes;
	o.attributed = attributed;
	o.names = names;
	o.executable_only = true;
	o.facts = (struct facts){ .uid = { -1, -1 }, .gid = { -1, -1 }, .pid = { -1, -1 } };
	lab_facts(s->lab, &a->setting, &b->setting, &o.facts);
	return compare_builds(paths, 2, &o, ret, s->err);
}

uint64_t bytes_beyond(const struct comparison *c, axis_set known)
{
	uint64_t sum = 0;
	size_t i, k;

	for (i = 0; i < c->space_count; i++)
		for (k = 0; k < c->spaces[i]->finding_count; k++) {
			const struct finding *f = &c->spaces[i]->findings[k];

			if (f->class != CLASS_DERIVED && !(f->axes & known))
				sum += f->bytes;
		}
	for (i = 0; i < c->entry_count; i++)
		sum += !(c->entries[i].axes & known);
	return sum;
}

/* --- 1: control --- */

static const char *label_of(struct study *s, unsigned i)
{
	return i ? study_printf(s, "control %u", i + 1) : "control";
}

/* One of the control runs has a copy of the inputs, as the axes that change files need it: if that alone makes a difference,
 * all runs get one. */
static int run_controls(struct study *s, const struct outcome **runs, unsigned n)
{
	AUTO_FREE struct setting *settings = calloc(n, sizeof(*settings));
	unsigned i;

	if (!settings)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		settings[i] = study_setting(s, 0, label_of(s, i));
		settings[i].replica = i;
		if (i == 1 && (s->candidates & lab_copying()))
			settings[i].copy = true;
	}
	return lab_run(s->lab, settings, n, runs, s->err);
}

static bool only_copy_differs(const struct outcome *const *runs, unsigned n)
{
	unsigned i;

	for (i = 2; i < n; i++)
		if (strcmp(runs[i]->digest, runs[0]->digest) != 0)
			return false;
	return n > 2 && strcmp(runs[1]->digest, runs[0]->digest) != 0;
}

/* Programs that neither the preloaded library nor a tracer reached saw the real clock. */
const char *study_unreached(const struct study *s)
{
	const struct process_list *l = &s->control->result->processes;
	size_t i;

	if (s->options->lab.trace)
		return NULL;
	for (i = 0; i < l->count; i++)
		if (l->items[i].kind == PROGRAM_STATIC || l->items[i].kind == PROGRAM_FOREIGN ||
		    l->items[i].kind == PROGRAM_PRIVILEGED)
			return l->items[i].program;
	return NULL;
}

axis_set study_unpinned(const struct study *s)
{
	unsigned has = action_world_probe()->has & ~s->control->result->lacks;
	axis_set out = AXIS_ALL & ~s->options->lab.pinned;

	if (!(has & WORLD_MOUNT))
		out |= AXIS_BIT(AXIS_BUILD_PATH);
	if (!(has & WORLD_SET_PID))
		out |= AXIS_BIT(AXIS_PID);
	return out;
}

/* What differs between control runs is intrinsic, unless something could not be pinned for some program. */
static axis_set noise_kind(struct study *s)
{
	const char *program = study_unreached(s);
	axis_set unpinned = study_unpinned(s);
	char names[256];

	if (program)
		(void)study_note(s, "%s is static: its clock could not be pinned, so what differs between "
				    "identical runs cannot be told from the clock's doing; --trace pins it",
				 program);
	if (unpinned)
		(void)study_note(s, "not pinned, and so possibly behind what differs between identical runs: %s",
				 axis_set_text(unpinned, names, sizeof(names)));
	return program || unpinned ? AXIS_SET_UNATTRIBUTABLE : AXIS_SET_INTRINSIC;
}

/* What a control run has other than the first. */
int study_record_noise(struct study *s, const struct outcome *run)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	int r;

	if (strcmp(run->digest, s->control->digest) == 0)
		return 0;
	s->experiment->identical_same = false;
	r = study_compare(s, s->control, run, s->noise, noise_kind(s), NULL, &c);
	if (r >= 0)
		r = axis_map_seal(s->noise);
	return r < 0 ? r : axis_map_merge(s->map, s->noise);
}

int study_control_again(struct study *s)
{
	struct setting setting = study_setting(s, 0, "control, at the end");
	const struct outcome *run;
	int r;

	if ((!study_unreached(s) && s->experiment->identical_same) || !lab_left(s->lab))
		return 0;
	setting.replica = s->options->identical + 1;
	r = study_run_one(s, &setting, &run);
	return r < 0 ? r : study_record_noise(s, run);
}

/* A clock that cannot be faked goes on by itself: the next run is made in another second than the first ones. */
static int run_delayed(struct study *s, unsigned n, const struct outcome **ret)
{
	struct setting setting = study_setting(s, 0, "control, later");
	struct timespec wait = { .tv_sec = 1, .tv_nsec = 100000000 };

	setting.replica = n;
	while (nanosleep(&wait, &wait) < 0 && errno == EINTR && !interrupted(NULL))
		;
	return study_run_one(s, &setting, ret);
}

static int same_status(struct study *s, const struct outcome *const *runs, unsigned n)
{
	unsigned i;

	for (i = 1; i < n; i++)
		if (runs[i]->status != runs[0]->status)
			return study_note(s, "identical runs ended differently: %d and %d", runs[0]->status,
					  runs[i]->status);
	return 0;
}

/* The axes that need a copy of the inputs are told as ineffective where that would not fit. */
static void refuse_copies(struct study *s)
{
	axis_set copying = s->candidates & lab_copying();
	unsigned i;

	if (!copying || s->options->lab.scratch || tree_is_copyable(s->options->subject.inputs, s->options->lab.jobs))
		return;
	s->candidates &= ~copying;
	for (i = 0; i < AXIS_COUNT; i++)
		if (copying & AXIS_BIT(i))
			s->experiment->axes[i].why =
				"the inputs are too many to be copied into memory: --scratch DIR gives them a disk";
}

static int study_control(struct study *s)
{
	unsigned n = s->options->identical;
	AUTO_FREE const struct outcome **runs = calloc(n + 1, sizeof(struct outcome *));
	unsigned i;
	int r = runs ? run_controls(s, runs, n) : -ENOMEM;

	if (r >= 0 && only_copy_differs(runs, n)) {
		s->copy = true;
		(void)study_note(s, "the outputs depend on whether the inputs are the files themselves or a copy "
				    "(inode numbers, order of directories): all runs had a copy");
		r = run_controls(s, runs, n);
	}
	if (r < 0)
		return r;
	s->control = runs[0];
	if (study_unreached(s) && lab_left(s->lab)) {
		r = run_delayed(s, n, &runs[n]);
		if (r < 0)
			return r;
		n++;
	}
	s->experiment->status = runs[0]->status;
	s->experiment->identical = n;
	s->experiment->identical_same = true;
	r = same_status(s, runs, n);
	for (i = 1; r >= 0 && i < n; i++)
		r = study_record_noise(s, runs[i]);
	return r < 0 ? r : axis_map_seal(s->noise);
}

/* "Reproducible" said of nothing would hide a pattern or a directory that is not the right one. */
static int check_outputs(struct study *s)
{
	const struct subject *subject = &s->options->subject;

	if (s->control->status || s->control->entries)
		return 0;
	if (subject->output_count)
		return error_set(s->err, -ENOENT, subject->outputs[0],
				 "matches nothing of what the command wrote below %s (%llu other files)",
				 subject->inputs, (unsigned long long)s->control->left_out);
	return study_note(s, "the command wrote nothing below %s: there was nothing to compare", subject->inputs);
}

/* --- 3: all --- */

/* Axes that make the command fail are told, and left out of what is varied together. */
static int study_all(struct study *s)
{
	struct setting setting = study_setting(s, s->candidates, "all axes varied");
	axis_set failing = 0;
	unsigned i;
	int r = study_run_one(s, &setting, &s->all);

	if (r < 0 || s->all->status == s->control->status)
		return r;
	r = study_isolate(s);
	for (i = 0; i < AXIS_COUNT; i++)
		if (s->experiment->axes[i].verdict == VERDICT_FAILS)
			failing |= AXIS_BIT(i);
	if (r < 0)
		return r;
	if (!failing)
		return study_note(s, "with all axes varied the command ended with status %d, although no axis alone "
				     "makes it end differently",
				  s->all->status);
	s->candidates &= ~failing;
	setting.varied = s->candidates;
	return study_run_one(s, &setting, &s->all);
}

static int differs_beyond_noise(struct study *s, bool *ret)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	int r;

	*ret = false;
	if (strcmp(s->control->digest, s->all->digest) == 0)
		return 0;
	r = study_compare(s, s->control, s->all, NULL, 0, s->noise, &c);
	if (r >= 0)
		*ret = bytes_beyond(c, AXIS_SET_NOISE) > 0;
	return r;
}

static void nothing_together(struct study *s)
{
	unsigned i;

	for (i = 0; i < AXIS_COUNT; i++)
		if ((s->candidates & AXIS_BIT(i)) && s->experiment->axes[i].verdict == VERDICT_NONE)
			s->experiment->axes[i].verdict = VERDICT_NO_EFFECT;
}

/* --- the answer --- */

/* The run that is shown beside the control: with all varied; or, if only the noise differs there, another control run. */
static const struct outcome *shown_beside(const struct study *s)
{
	const struct outcome *const *all;
	size_t n = lab_outcomes(s->lab, &all), i;

	if (strcmp(s->all->digest, s->control->digest) != 0)
		return s->all;
	for (i = 0; i < n; i++)
		if (!all[i]->setting.varied && !all[i]->setting.fix &&
		    strcmp(all[i]->digest, s->control->digest) != 0)
			return all[i];
	return s->all;
}

static int final_comparison(struct study *s, struct comparison **ret)
{
	struct comparison *c = NULL;
	bool found = true;
	unsigned round;
	int r = axis_map_seal(s->map);

	for (round = 0; r >= 0 && found && round < ROUNDS; round++) {
		comparison_free(c);
		c = NULL;
		r = study_compare(s, s->control, shown_beside(s), NULL, 0, s->map, &c);
		found = false;
		if (r >= 0 && bytes_beyond(c, ~(axis_set)0) && round + 1 < ROUNDS)
			r = study_interact(s, c, &found);
		if (r >= 0 && found)
			r = axis_map_seal(s->map);
	}
	if (r < 0)
		comparison_free(c);
	else
		*ret = c;
	return r;
}

static int study_steps(struct study *s, struct comparison **ret)
{
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	bool differs = false;
	int r;

	refuse_copies(s);
	r = study_control(s);
	if (r >= 0)
		r = check_outputs(s);
	if (r >= 0)
		r = study_probe(s);
	if (r >= 0)
		r = study_all(s);
	if (r >= 0)
		r = differs_beyond_noise(s, &differs);
	if (r >= 0 && differs)
		r = study_isolate(s);
	if (r >= 0 && !differs)
		nothing_together(s);
	if (r >= 0)
		r = final_comparison(s, &c);
	if (r >= 0)
		r = study_bisect(s);
	if (r >= 0)
		r = study_prove(s, c);
	if (r >= 0 && s->options->prove)
		r = study_patch(s, c, shown_beside(s));
	if (r >= 0)
		r = study_blame(s, c);
	if (r >= 0)
		r = study_tell(s, c);
	if (r >= 0)
		*ret = steal_pointer(c);
	return r;
}

static void say_plan(struct study *s)
{
	const struct study_options *o = s->options;
	unsigned axes = (unsigned)__builtin_popcount(s->candidates);
	char text[256];

	s->experiment->runs_planned = o->identical + 1 + axes;
	s->experiment->runs_max = o->lab.runs_max;
	(void)snprintf(text, sizeof(text),
		       "%u identical runs, 1 with %u axes varied; if that differs, %u with one axis each, and what "
		       "isolation and proof need: at most %llu",
		       o->identical, axes, axes, (unsigned long long)o->lab.runs_max);
	if (o->say)
		o->say(o->ctx, text);
}

static int parse_fixes(struct study *s)
{
	const struct study_options *o = s->options;
	int r = 0;

	s->given = calloc(o->fix_count + 1, sizeof(*s->given));
	if (!s->given)
		return -ENOMEM;
	for (; r >= 0 && s->given_count < o->fix_count; s->given_count += r >= 0)
		r = fix_parse(o->fixes[s->given_count], &s->given[s->given_count], s->err);
	return r;
}

/* After the lab, which tells settings apart by them. */
static void fixes_release(struct study *s)
{
	while (s->given_count)
		fix_release(&s->given[--s->given_count]);
	free(s->given);
	s->given = NULL;
}

int study(const struct study_options *o, struct comparison **ret, struct error *err)
{
	struct lab *lab = NULL;
	CLEANUP(axis_map_freep) struct axis_map *noise = NULL;
	CLEANUP(axis_map_freep) struct axis_map *map = NULL;
	struct study s = { .options = o, .arena = ARENA_INIT(ARENA_MAX), .err = err };
	int r = parse_fixes(&s);

	if (r >= 0)
		r = lab_open(&o->subject, &o->lab, &lab, err);
	if (r >= 0)
		r = axis_map_new(&noise);
	if (r >= 0)
		r = axis_map_new(&map);
	s.experiment = arena_alloc(&s.arena, sizeof(*s.experiment));
	s.lab = lab;
	s.noise = noise;
	s.map = map;
	s.candidates = o->axes & o->lab.pinned;
	if (r >= 0)
		r = s.experiment ? (say_plan(&s), study_steps(&s, ret)) : -ENOMEM;
	lab_close(lab);
	fixes_release(&s);
	if (r < 0)
		arena_release(&s.arena);
	return r < 0 ? error_set(err, r, "run", "cannot be made") : 0;
}
