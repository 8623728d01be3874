/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is reached, in three passes, each breadth first, so that `via` leads along a shortest chain:
 *
 *	used       from the entries, along import statements and DT_NEEDED; a module keeps its packages
 *	observed   from what recorded runs loaded, likewise: evidence of use keeps
 *	maybe      from all of these, along names in strings, plugins and walks too
 *
 * Imports for type checkers only are no edges.  Then files take the state of their module, distributions the best of
 * theirs, and everything is counted once.
 */
#include "depgraph/python/tree_private.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

struct marking {
	struct python_tree *t;
	uint32_t *queue; /* modules, then file_count + files */
	size_t head, tail;
	uint8_t *seen;   /* modules */
	enum python_state state;
	bool maybe;      /* follow those too */
};

/* ---- reach ----------------------------------------------------------------------------------------------------- */

static void reach_module(struct marking *k, uint32_t m, uint32_t via, const char *form)
{
	struct python_module *module = &k->t->modules[m];

	if (k->seen[m])
		return;
	k->seen[m] = 1;
	module->state = k->state;
	module->via = via;
	module->via_form = form;
	k->queue[k->tail++] = m;
}

static void reach_library(struct marking *k, uint32_t f)
{
	struct python_file *file = &k->t->files[f];

	if (file->needed || k->state == PYTHON_MAYBE)
		return;
	file->needed = true;
	file->state = k->state;
	k->queue[k->tail++] = k->t->module_count + f;
}

static void follow_needs(struct marking *k, const struct python_file *f)
{
	uint32_t i;

	for (i = 0; i < f->need_count; i++)
		reach_library(k, f->needs[i]);
}

/* A package is imported before what is in it, though only by statement is it said to be. */
static void follow_module(struct marking *k, uint32_t m)
{
	const struct python_module *module = &k->t->modules[m];
	uint32_t i;

	for (i = 0; i < module->import_count; i++) {
		const struct python_import *import = &module->imports[i];

		if (import->target != PYTHON_NONE && !(import->flags & PYTHON_TYPING) && (k->maybe || !import->maybe))
			reach_module(k, import->target, m, import->form);
	}
	if (module->parent != PYTHON_NONE)
		reach_module(k, module->parent, m, "its package");
	if (module->file != PYTHON_NONE)
		follow_needs(k, &k->t->files[module->file]);
}

static void spread(struct marking *k)
{
	while (k->head < k->tail) {
		uint32_t n = k->queue[k->head++];

		if (n < k->t->module_count)
			follow_module(k, n);
		else
			follow_needs(k, &k->t->files[n - k->t->module_count]);
	}
}

/* ---- runs ------------------------------------------------------------------------------------------------------ */

static void see_runs(struct python_tree *t, uint32_t i)
{
	const char *base = t->priv->o->recorded_at ? t->priv->o->recorded_at : t->real;
	size_t n = strlen(base);
	struct python_file *f = &t->files[i];
	char path[2 * PATH_MAX], real[PATH_MAX];
	const struct profile_file *p;

	while (n && base[n - 1] == '/')
		n--;
	(void)snprintf(path, sizeof(path), "%.*s/%s", (int)n, base, f->path);
	p = profile_find(t->priv->profile, path);
	if (!p && f->link && realpath(path, real))
		p = profile_find(t->priv->profile, real);
	if (!p || !(p->reads || p->execs))
		return;
	f->runs = p->runs;
	if (f->module != PYTHON_NONE && f->role <= PYTHON_EXTENSION && t->modules[f->module].runs < f->runs)
		t->modules[f->module].runs = f->runs;
}

static void see_all_runs(struct python_tree *t)
{
	uint64_t seen = 0;
	uint32_t i;

	for (i = 0; t->priv->profile && i < t->file_count; i++) {
		see_runs(t, i);
		seen += t->files[i].runs > 0;
	}
	if (t->priv->profile && !seen)
		python_note(t, "the recorded runs opened no file of this tree: was it recorded at another place (--recorded-at)?");
}

/* ---- states ---------------------------------------------------------------------------------------------------- */

static void mark_modules(struct marking *k)
{
	struct python_tree *t = k->t;
	size_t known;
	uint32_t i;

	k->state = PYTHON_USED;
	for (i = 0; i < t->priv->entry_count; i++)
		reach_module(k, t->priv->entries[i], PYTHON_NONE, "entry");
	spread(k);
	k->state = PYTHON_OBSERVED;
	for (i = 0; i < t->module_count; i++)
		if (t->modules[i].runs)
			reach_module(k, i, PYTHON_NONE, "recorded");
	for (i = 0; i < t->file_count; i++)
		if (t->files[i].runs && t->files[i].role == PYTHON_LIBRARY)
			reach_library(k, i);
	spread(k);
	known = k->tail;
	k->state = PYTHON_MAYBE;
	k->maybe = true;
	for (k->head = 0; k->head < known; k->head++)
		if (k->queue[k->head] < t->module_count)
			follow_module(k, k->queue[k->head]);
	spread(k);
}

static void find_importers_of_unused(struct python_tree *t)
{
	uint32_t i, n;

	for (i = 0; i < t->module_count; i++)
		for (n = 0; t->modules[i].state == PYTHON_UNUSED && n < t->modules[i].import_count; n++) {
			uint32_t target = t->modules[i].imports[n].target;

			if (target != PYTHON_NONE && t->modules[target].state == PYTHON_UNUSED)
				t->modules[target].imported_by_unused = true;
		}
}

static enum python_state better(enum python_state a, enum python_state b)
{
	return a < b ? a : b;
}

/* Files that decide about themselves: modules, libraries that are needed, whatever a run opened. */
static enum python_state own_state(const struct python_tree *t, const struct python_file *f)
{
	enum python_state s = f->module == PYTHON_NONE ? PYTHON_OTHER : t->modules[f->module].state;

	if (f->needed)
		s = better(s, f->state);
	if (f->runs)
		s = better(s, PYTHON_OBSERVED);
	return s;
}

static void mark_dists(struct python_tree *t)
{
	uint32_t i;

	for (i = 0; i < t->file_count; i++) {
		struct python_file *f = &t->files[i];
		bool counts = f->role != PYTHON_METADATA && f->role != PYTHON_WHEEL;

		f->state = own_state(t, f);
		if (f->dist != PYTHON_NONE && counts)
			t->dists[f->dist].state = better(t->dists[f->dist].state, f->state);
	}
	/* What no module decides about goes with its distribution, when all of that is unused. */
	for (i = 0; i < t->file_count; i++) {
		struct python_file *f = &t->files[i];

		if (f->state == PYTHON_OTHER && f->dist != PYTHON_NONE && t->dists[f->dist].state == PYTHON_UNUSED)
			f->state = PYTHON_UNUSED;
	}
}

static void count_modules(struct python_tree *t)
{
	uint32_t i;

	for (i = 0; i < t->module_count; i++) {
		const struct python_module *m = &t->modules[i];

		if (m->state == PYTHON_USED && t->runs && !m->runs)
			t->unseen_bytes += m->bytes;
		if (m->dist == PYTHON_NONE || m->file == PYTHON_NONE)
			continue;
		t->dists[m->dist].modules++;
		t->dists[m->dist].used_modules += m->state <= PYTHON_OBSERVED;
		if (t->dists[m->dist].runs < m->runs)
			t->dists[m->dist].runs = m->runs;
	}
}

/* Packages are made before what is in them, so a module's top is known after its package's. */
static void find_tops(struct python_tree *t)
{
	uint32_t i;

	for (i = 0; i < t->module_count; i++) {
		struct python_module *m = &t->modules[i];
		bool nested = m->parent != PYTHON_NONE && t->modules[m->parent].state == m->state;

		m->top = nested ? t->modules[m->parent].top : i;
		t->modules[m->top].top_count += m->file != PYTHON_NONE;
	}
	for (i = 0; i < t->file_count; i++)
		if (t->files[i].module != PYTHON_NONE && t->files[i].state == t->modules[t->files[i].module].state)
			t->modules[t->modules[t->files[i].module].top].top_bytes += t->files[i].size;
}

static void count_files(struct python_tree *t)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < t->file_count; i++) {
		const struct python_file *f = &t->files[i];

		t->bytes += f->size;
		t->by_state[f->state] += f->size;
		if (f->dist == PYTHON_NONE)
			continue;
		t->dists[f->dist].bytes[f->state] += f->size;
		t->dists[f->dist].total += f->size;
		if (f->role == PYTHON_DATA || f->role == PYTHON_LIBRARY)
			t->dists[f->dist].data_bytes += f->size;
	}
	for (i = 0; i < PYTHON_STATES; i++)
		sum += t->by_state[i];
	assert(sum == t->bytes);
}

static void find_requirers(struct python_tree *t)
{
	uint32_t i, k, d;

	for (i = 0; i < t->dist_count; i++)
		for (k = 1; t->dists[i].state <= PYTHON_MAYBE && k <= t->dists[i].require_count; k++) {
			d = t->dists[i].requires[k] ? python_find_dist(t, t->dists[i].requires[k]) : PYTHON_NONE;
			if (d != PYTHON_NONE && d != i && t->dists[d].required_by == PYTHON_NONE)
				t->dists[d].required_by = i;
		}
}

/* ---- what used modules import from elsewhere ------------------------------------------------------------------- */

static void add_missing(struct python_tree *t, const char *name)
{
	char top[PYTHON_NAME_MAX];
	size_t n = strcspn(name, ".");
	uint32_t i;

	if (n >= sizeof(top))
		return;
	memcpy(top, name, n);
	top[n] = '\0';
	if (python_is_standard(t, top))
		return;
	for (i = 0; i < t->missing_count; i++)
		if (!strcmp(t->missing[i], top))
			return;
	if (!PYTHON_GROW(t->missing, t->missing_count, t->missing_capacity, 10000))
		return;
	t->missing[t->missing_count] = python_copy(t, top);
	t->missing_count += t->missing[t->missing_count] != NULL;
}

static void find_missing(struct python_tree *t)
{
	const unsigned soft = PYTHON_TYPING | PYTHON_OPTIONAL | PYTHON_LAZY | PYTHON_CALL | PYTHON_CONDITION;
	uint32_t i, k;

	for (i = 0; i < t->module_count; i++)
		for (k = 0; t->modules[i].state == PYTHON_USED && k < t->modules[i].import_count; k++) {
			const struct python_import *m = &t->modules[i].imports[k];

			if (m->target == PYTHON_NONE && !(m->flags & soft))
				add_missing(t, m->name);
		}
}

int python_mark(struct python_tree *t, struct error *err)
{
	struct marking k = { .t = t };
	size_t nodes = (size_t)t->module_count + t->file_count + 1;
	AUTO_FREE uint32_t *queue = reallocarray(NULL, nodes, sizeof(*queue));
	AUTO_FREE uint8_t *seen = calloc(nodes, 1);

	(void)err;
	if (!queue || !seen)
		return -ENOMEM;
	k.queue = queue;
	k.seen = seen;
	see_all_runs(t);
	mark_modules(&k);
	find_importers_of_unused(t);
	mark_dists(t);
	count_modules(t);
	find_tops(t);
	count_files(t);
	find_requirers(t);
	find_missing(t);
	return 0;
}
