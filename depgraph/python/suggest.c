/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What could go of a Python tree.
 *
 *	a distribution of which nothing is reached            pip uninstall
 *	in others, each outermost package that is not reached  its files
 *
 * With recorded runs: unreachable by import statements and opened in none of the runs, evidence "observed".  Without: "heuristic",
 * as Python can import by names that are computed.  What is reached only by such names is suggested, as heuristic, only with
 * recorded runs that did without.  Nothing that a run opened is ever suggested.
 */
#include "depgraph/python/tree_private.h"
#include "depgraph/prune/prune.h"

#include "base/buffer.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define RISK_MAX 2048

struct suggesting {
	struct prune *p;
	struct python_tree *t;
	uint64_t *offsets; /* of files, as if they lay one after another: what claims are ranges of */
	uint32_t space;
	uint32_t computed; /* modules in use that import computed names */
	const char *computed_at;
};

/* ---- files ----------------------------------------------------------------------------------------------------- */

static bool is_text(const char *s)
{
	json_t *j = json_string(s);
	bool yes = j != NULL;

	json_decref(j);
	return yes;
}

struct removal {
	struct suggesting *s;
	struct suggestion *to;
	json_t *files;
	bool nameless; /* a name cannot be written as JSON: by hand then */
};

static void remove_file(struct removal *r, uint32_t i)
{
	const struct python_tree *t = r->s->t;
	const struct python_file *f = &t->files[i];

	suggestion_claim(&r->s->p->found, r->to, r->s->space, r->s->offsets[i], f->size, f->size, 0);
	if (f->wheel != PYTHON_NONE)
		return;
	r->nameless = r->nameless || !is_text(f->path);
	if (json_array_append_new(r->files, json_text(f->path)) < 0)
		r->s->p->found.error = -ENOMEM;
}

static void set_action(struct removal *r)
{
	json_t *action = json_object();

	if (r->nameless || !json_array_size(r->files)) {
		json_decref(r->files);
		json_decref(action);
		return;
	}
	if (json_put(action, "do", json_string("remove-files")) < 0 || json_put(action, "root", json_text(r->s->t->path)) < 0 ||
	    json_put(action, "files", r->files) < 0)
		r->s->p->found.error = -ENOMEM;
	r->to->action = action;
}

/* ---- words ----------------------------------------------------------------------------------------------------- */

/* The recorded command, if there is one: running it again is the test. */
static const char *verify_command(const struct python_tree *t)
{
	const struct profile *p = t->priv->profile;

	return p ? json_string_value(json_object_get(json_array_get(p->runs, 0), "command")) : NULL;
}

static void set_words(struct suggesting *s, struct suggestion *to, enum python_state state, const char *what, bool imported)
{
	struct suggestions *l = &s->p->found;
	const struct python_tree *t = s->t;
	const char *command = verify_command(t);
	CLEANUP(buffer_release) struct buffer why = BUFFER_INIT(RISK_MAX);

	(void)buffer_printf(&why, "no import statement that is reached from the entries leads to %s%s", what,
			    imported ? " (only unused modules import it)" : "");
	if (state == PYTHON_MAYBE)
		(void)buffer_printf(&why, ", though strings or plugins in use name it");
	if (t->runs)
		(void)buffer_printf(&why, "; none of %llu recorded run%s opened a file of it", (unsigned long long)t->runs,
				    t->runs == 1 ? "" : "s");
	suggestion_set(l, &to->because, "%s", buffer_str(&why));
	suggestion_set(l, &to->verify, "%s", command ? command : "in a copy of the tree without these files: run what the entries do");
}

static void add_risk_sentence(struct buffer *b, const char *text)
{
	if (b->len)
		(void)buffer_puts(b, "; ");
	(void)buffer_puts(b, text);
}

static void add_common_risk(const struct suggesting *s, struct buffer *b)
{
	char text[512];

	if (!s->computed)
		return;
	(void)snprintf(text, sizeof(text), "%u module%s in use import%s computed names (%s)", s->computed, s->computed == 1 ? "" : "s",
		       s->computed == 1 ? "s" : "", s->computed_at);
	add_risk_sentence(b, text);
}

static void add_dist_risk(const struct suggesting *s, const struct python_dist *d, struct buffer *b)
{
	char text[600];
	uint32_t i;

	if (d->required_by != PYTHON_NONE) {
		(void)snprintf(text, sizeof(text), "%s, which is used, declares that it requires it", s->t->dists[d->required_by].name);
		add_risk_sentence(b, text);
	}
	for (i = 0; i < d->point_count && b->len < RISK_MAX / 2; i++) {
		bool command = !strcmp(d->points[i].group, "console_scripts") || !strcmp(d->points[i].group, "gui_scripts");

		(void)snprintf(text, sizeof(text), command ? "it is the command %s" : "it is the plugin %s of %s", d->points[i].name,
			       d->points[i].group);
		add_risk_sentence(b, text);
	}
}

static enum evidence_level level_of(const struct suggesting *s, enum python_state state)
{
	return state == PYTHON_UNUSED && s->t->runs ? EVIDENCE_OBSERVED : EVIDENCE_HEURISTIC;
}

/* ---- distributions --------------------------------------------------------------------------------------------- */

static bool is_suggested(const struct suggesting *s, enum python_state state)
{
	return state == PYTHON_UNUSED || (state == PYTHON_MAYBE && s->t->runs);
}

static bool dist_imported(const struct python_tree *t, uint32_t d)
{
	uint32_t i;

	for (i = 0; i < t->module_count; i++)
		if (t->modules[i].dist == d && t->modules[i].imported_by_unused)
			return true;
	return false;
}

static void suggest_dist(struct suggesting *s, uint32_t index)
{
	const struct python_dist *d = &s->t->dists[index];
	CLEANUP(buffer_release) struct buffer risk = BUFFER_INIT(RISK_MAX);
	struct suggestions *l = &s->p->found;
	struct removal r = { .s = s, .files = json_array() };
	uint32_t i;

	r.to = suggestions_add(l, SUGGEST_PYTHON_DISTRIBUTION, level_of(s, d->state), d->name);
	set_words(s, r.to, d->state, "it", dist_imported(s->t, index));
	for (i = 0; i < s->t->file_count; i++) {
		if (s->t->files[i].dist != index)
			continue;
		remove_file(&r, i);
		if (s->t->files[i].wheel != PYTHON_NONE && json_array_size(r.files) == 0)
			(void)json_array_append_new(r.files, json_text(s->t->files[s->t->files[i].wheel].path));
	}
	if (s->t->wheelhouse)
		suggestion_set(l, &r.to->edit, "take %s out of the requirements and its wheel out of %s", d->name, s->t->path);
	else
		suggestion_set(l, &r.to->edit, "pip uninstall %s; take it out of the requirements", d->name);
	add_dist_risk(s, d, &risk);
	add_common_risk(s, &risk);
	if (risk.len)
		suggestion_set(l, &r.to->risk, "%s", buffer_str(&risk));
	set_action(&r);
}

/* ---- modules --------------------------------------------------------------------------------------------------- */

static bool is_top(const struct suggesting *s, uint32_t i)
{
	const struct python_module *m = &s->t->modules[i];

	if (m->top != i || !is_suggested(s, m->state) || !m->top_bytes || s->t->wheelhouse)
		return false;
	return m->dist == PYTHON_NONE || !is_suggested(s, s->t->dists[m->dist].state);
}

static bool is_below(const struct python_tree *t, const struct python_file *f, uint32_t top)
{
	const struct python_module *m = f->module == PYTHON_NONE ? NULL : &t->modules[f->module];

	return m && m->top == top && f->state == m->state;
}

/* Files of a distribution that goes as a whole are suggested with it. */
static bool goes_with(const struct suggesting *s, const struct python_file *f, uint32_t top)
{
	return is_below(s->t, f, top) && !(f->dist != PYTHON_NONE && is_suggested(s, s->t->dists[f->dist].state));
}

static void suggest_module(struct suggesting *s, uint32_t index)
{
	const struct python_module *m = &s->t->modules[index];
	CLEANUP(buffer_release) struct buffer risk = BUFFER_INIT(RISK_MAX);
	struct suggestions *l = &s->p->found;
	struct removal r = { .s = s, .files = json_array() };
	uint32_t i, first = 0;

	while (first < s->t->file_count && !goes_with(s, &s->t->files[first], index))
		first++;
	if (first == s->t->file_count) {
		json_decref(r.files);
		return;
	}
	r.to = suggestions_add(l, SUGGEST_PYTHON_MODULE, level_of(s, m->state), m->name);
	set_words(s, r.to, m->state, m->top_count > 1 ? "it or anything in it" : "it", m->imported_by_unused);
	for (i = first; i < s->t->file_count; i++)
		if (goes_with(s, &s->t->files[i], index))
			remove_file(&r, i);
	suggestion_set(l, &r.to->edit, "leave %s out of what is shipped: %zu file%s%s%s", m->name, json_array_size(r.files),
		       json_array_size(r.files) == 1 ? "" : "s", m->dist == PYTHON_NONE ? "" : " of ",
		       m->dist == PYTHON_NONE ? "" : s->t->dists[m->dist].name);
	add_common_risk(s, &risk);
	if (risk.len)
		suggestion_set(l, &r.to->risk, "%s", buffer_str(&risk));
	set_action(&r);
}

/* ---- the provider ---------------------------------------------------------------------------------------------- */

static void count_computed(struct suggesting *s)
{
	uint32_t i, m;

	for (i = 0; i < s->t->risk_count; i++) {
		m = python_find_module(s->t, s->t->risks[i].where);
		if (m == PYTHON_NONE || s->t->modules[m].state > PYTHON_OBSERVED)
			continue;
		if (!s->computed++)
			s->computed_at = s->t->risks[i].where;
	}
}

static int suggest_tree(struct prune *p, struct python_tree *t)
{
	struct suggesting s = { .p = p, .t = t, .space = suggestions_space(&p->found, t->path) };
	AUTO_FREE uint64_t *offsets = reallocarray(NULL, t->file_count + 1, sizeof(*offsets));
	uint64_t at = 0;
	uint32_t i;

	if (!offsets)
		return -ENOMEM;
	s.offsets = offsets;
	for (i = 0; i < t->file_count; i++) {
		offsets[i] = at;
		at += t->files[i].size;
	}
	count_computed(&s);
	for (i = 0; i < t->dist_count; i++)
		if (is_suggested(&s, t->dists[i].state))
			suggest_dist(&s, i);
	for (i = 0; i < t->module_count; i++)
		if (is_top(&s, i))
			suggest_module(&s, i);
	for (i = 0; i < t->note_count; i++)
		prune_note(p, "%s: %s", t->path, t->notes[i]);
	return 0;
}

static bool has_profile(const struct prune *p)
{
	return inputs_first(p->in, INPUT_PROFILE) != NULL;
}

int python_suggest(struct prune *p, struct error *err)
{
	bool entries = p->options->entries && p->options->entries->count;
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < p->in->count; i++) {
		CLEANUP(python_freep) struct python_tree *t = NULL;

		if (p->in->items[i].kind != INPUT_TREE)
			continue;
		if (!entries && !has_profile(p)) {
			prune_note(p, "%s: say what is run (--entry), or give recorded runs (--profile)", p->in->items[i].path);
			continue;
		}
		r = python_of_inputs(p->in, p->in->items[i].path, p->options->entries, &t, err);
		if (r >= 0)
			r = suggest_tree(p, t);
	}
	return r;
}
