/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/run/lab.h"

#include "base/path.h"
#include "base/pool.h"
#include "base/terminal.h"
#include "base/interrupt.h"
#include "reprocheck/run/harvest.h"
#include "reprocheck/run/surroundings.h"
#include "reprocheck/run/wrappers.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define RUN_ARENA_MAX  ((size_t)64 << 20)
#define OUTCOMES_MAX   4096
#define PROBE_MAX      ((size_t)1 << 20)

struct lab {
	struct surroundings around;
	struct lab_options options;
	struct pool *pool;
	struct wrappers *wrappers; /* of flags that are tried as fixes */
	pthread_mutex_t lock; /* of what runs share: whose outputs are kept */
	struct outcome **outcomes;
	size_t count;
	uint64_t runs; /* that were made */
};

static void outcome_free(struct outcome *o)
{
	if (!o)
		return;
	action_result_free((struct action_result *)(uintptr_t)o->result);
	free((char *)(uintptr_t)o->path);
	free((char *)(uintptr_t)o->digest);
	free((char *)(uintptr_t)o->setting.label);
	free(o);
}
DEFINE_CLEANUP(struct outcome *, outcome_free)

int lab_open(const struct subject *s, const struct lab_options *o, struct lab **ret, struct error *err)
{
	CLEANUP(lab_closep) struct lab *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return error_set(err, -ENOMEM, "lab", "no memory");
	l->options = *o;
	(void)pthread_mutex_init(&l->lock, NULL);
	r = surroundings_init(&l->around, s, err);
	l->around.pinned = o->pinned;
	l->around.network = o->network;
	if (o->varied & AXIS_BIT(AXIS_LOCALE))
		other_locale_begin(&l->around.locale);
	if (r >= 0)
		r = pool_new(o->jobs, &l->pool);
	l->outcomes = calloc(OUTCOMES_MAX, sizeof(struct outcome *));
	if (r < 0 || !l->outcomes)
		return error_set(err, r < 0 ? r : -ENOMEM, "lab", "cannot be set up");
	*ret = steal_pointer(l);
	return 0;
}

void lab_close(struct lab *l)
{
	size_t i;

	if (!l)
		return;
	for (i = 0; i < l->count; i++)
		outcome_free(l->outcomes[i]);
	free(l->outcomes);
	wrappers_free(l->wrappers);
	pool_free(l->pool);
	surroundings_release(&l->around);
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

static bool same_setting(const struct setting *a, const struct setting *b)
{
	return a->varied == b->varied && a->copy == b->copy && a->replica == b->replica &&
	       a->variables == b->variables && a->fix == b->fix;
}

static struct outcome *find_outcome(const struct lab *l, const struct setting *s)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (same_setting(&l->outcomes[i]->setting, s))
			return l->outcomes[i];
	return NULL;
}

static int make_action(struct lab *l, const struct setting *s, struct arena *arena, struct action *a)
{
	int r = surroundings_apply(&l->around, s, arena, a);

	if (r >= 0 && s->fix && s->fix->kind == FIX_FLAG)
		r = wrappers_show(l->wrappers, s->fix, arena, a);
	a->scratch = l->options.scratch;
	a->timeout_ms = l->options.timeout_ms;
	a->log_max = l->options.log_max;
	a->trace = l->options.trace;
	a->interrupted = interrupted;
	return r;
}

static const struct outcome *same_outputs(const struct lab *l, const char *digest)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->outcomes[i]->digest && strcmp(l->outcomes[i]->digest, digest) == 0)
			return l->outcomes[i];
	return NULL;
}

/* Outputs that another run gave already are not kept twice: runs of a large build mostly agree. From here on others may
 * share these. */
static int share_outputs(struct lab *l, struct outcome *o, struct action_result *result, const char *digest)
{
	const struct outcome *first;
	char path[40];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", result->outputs);
	pthread_mutex_lock(&l->lock);
	first = same_outputs(l, digest);
	o->path = strdup(first ? first->path : path);
	o->digest = strdup(digest);
	pthread_mutex_unlock(&l->lock);
	if (first) {
		(void)close(result->outputs);
		result->outputs = -1;
	}
	return o->path && o->digest ? 0 : -ENOMEM;
}

static int keep_outputs(struct lab *l, struct outcome *o, struct action_result *result, struct error *err)
{
	const struct subject *s = l->around.subject;
	struct harvest sum = { 0 };
	char path[40];
	int r;

	if (result->outputs < 0)
		return error_set(err, -EIO, "outputs", "of the command could not be kept");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", result->outputs);
	r = harvest_select(result->outputs, s->inputs, s->outputs, s->output_count, &sum, err);
	if (r >= 0)
		r = harvest_digest(path, &sum, err);
	if (r < 0)
		return r;
	o->files = sum.files;
	o->bytes = sum.bytes;
	o->entries = sum.entries;
	o->left_out = sum.left_out;
	o->removed = sum.removed;
	return share_outputs(l, o, result, sum.digest);
}

static int make_outcome(struct lab *l, struct outcome *o, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA_INIT(RUN_ARENA_MAX);
	struct action_result *result = NULL;
	struct action a;
	int r = make_action(l, &o->setting, &arena, &a);

	if (r >= 0)
		r = action_run(&a, &result, err);
	if (r < 0)
		return error_set(err, r, o->setting.label, "cannot be run");
	o->result = result;
	o->status = result->status;
	if (result->interrupted)
		return error_set(err, -EINTR, o->setting.label, "interrupted");
	return keep_outputs(l, o, result, err);
}

struct batch {
	struct lab *lab;
	struct outcome **todo;
	struct error *errors;
	size_t count;
};

static int run_one(void *ctx, size_t i)
{
	struct batch *b = ctx;

	progress_note("%s", b->todo[i]->setting.label);
	return make_outcome(b->lab, b->todo[i], &b->errors[i]);
}

static struct outcome *outcome_new(const struct setting *s)
{
	CLEANUP(outcome_freep) struct outcome *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->setting = *s;
	o->setting.label = strdup(s->label ? s->label : "");
	return o->setting.label ? steal_pointer(o) : NULL;
}

/* Which of the settings have not been run: each gets an outcome that is still empty. */
static int collect_batch(struct lab *l, const struct setting *settings, size_t count,
			 const struct outcome **ret, struct batch *b)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < count; i++) {
		struct outcome *o = find_outcome(l, &settings[i]);

		if (!o && l->count == OUTCOMES_MAX)
			return -EDQUOT;
		if (!o) {
			o = outcome_new(&settings[i]);
			if (!o)
				return -ENOMEM;
			l->outcomes[l->count++] = o;
			b->todo[b->count++] = o;
			if (o->setting.fix && o->setting.fix->kind == FIX_FLAG)
				r = wrappers_add(&l->wrappers, o->setting.fix, l->around.subject,
						 surroundings_directory(&l->around, &o->setting),
						 l->around.fix_epoch);
		}
		ret[i] = o;
	}
	return r;
}

/* What could not be run is forgotten: asking again tries again. */
static void drop_batch(struct lab *l, const struct batch *b)
{
	size_t i, k, n = 0;

	for (i = 0; i < l->count; i++) {
		bool failed = false;

		for (k = 0; k < b->count; k++)
			failed = failed || (l->outcomes[i] == b->todo[k] && !b->todo[k]->digest);
		if (failed)
			outcome_free(l->outcomes[i]);
		else
			l->outcomes[n++] = l->outcomes[i];
	}
	l->count = n;
}

int lab_run(struct lab *l, const struct setting *settings, size_t count, const struct outcome **ret,
	    struct error *err)
{
	AUTO_FREE struct outcome **todo = calloc(count + 1, sizeof(struct outcome *));
	AUTO_FREE struct error *errors = calloc(count + 1, sizeof(*errors));
	struct batch b = { .lab = l, .todo = todo, .errors = errors };
	size_t i;
	int r = todo && errors ? collect_batch(l, settings, count, ret, &b) : -ENOMEM;

	if (r >= 0 && l->runs + b.count > l->options.runs_max)
		r = error_set(err, -EDQUOT, "--max-runs", "%llu runs are not enough",
			      (unsigned long long)l->options.runs_max);
	if (r >= 0) {
		l->runs += b.count;
		progress_begin("running the command", 0);
		r = pool_for(l->pool, b.count, run_one, &b);
		progress_end();
	}
	if (r >= 0)
		return 0;
	for (i = 0; i < b.count && !err->code; i++)
		*err = errors[i];
	drop_batch(l, &b);
	return error_set(err, r, "run", "cannot be made");
}

uint64_t lab_left(const struct lab *l)
{
	return l->options.runs_max > l->runs ? l->options.runs_max - l->runs : 0;
}

size_t lab_outcomes(const struct lab *l, const struct outcome *const **ret)
{
	*ret = (const struct outcome *const *)l->outcomes;
	return l->count;
}

void lab_settle(struct lab *l)
{
	other_locale_wait(&l->around.locale);
}

int lab_probe(struct lab *l, const struct setting *s, struct buffer *ret, struct error *err)
{
	CLEANUP(arena_release) struct arena arena = ARENA_INIT(RUN_ARENA_MAX);
	struct action a;
	int r = make_action(l, s, &arena, &a);

	a.trace = false;
	a.log_max = PROBE_MAX;
	a.subdir = ""; /* the working directory may be an empty one beside the inputs */
	if (r >= 0)
		r = action_probe(&a, ret, err);
	return r < 0 ? error_set(err, r, "probe", "cannot be run") : 0;
}

void lab_facts(const struct lab *l, const struct setting *a, const struct setting *b, struct facts *ret)
{
	surroundings_facts(&l->around, a, 0, ret);
	surroundings_facts(&l->around, b, 1, ret);
}

const char *lab_cannot(const struct lab *l, enum axis axis)
{
	return surroundings_cannot(&l->around, axis);
}

axis_set lab_copying(void)
{
	return AXIS_BIT(AXIS_MTIME) | AXIS_BIT(AXIS_ATIME) | AXIS_BIT(AXIS_READDIR);
}

size_t lab_variables(const struct lab *l, const struct changed_variable **ret)
{
	*ret = l->around.variables;
	return l->around.variable_count;
}
