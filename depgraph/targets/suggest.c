/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Declared dependencies that this link does not need.
 *
 * A dependency T -> D is suggested when the linked file depends on T, D is there to be linked, and nothing of D is
 * reached.  Then, one target D at a time:
 *
 *	1. D's headers.  When a target of this program reads one, D is needed to compile: nothing is said.
 *	2. What else comes through D.  A target below D that is reached, and that nothing but D brings, must be declared
 *	   where D was: the edit begins with that.
 *	3. Who else comes through T.  A target that is not of this program and uses D (its objects refer to D's symbols, it
 *	   reads D's headers) without declaring it breaks when T no longer brings D: it gets a declaration of its own first.
 *	4. What could still need D: code of T that this link does not reach, constructors, a rule that says alwayslink,
 *	   headers that are not known.  Each makes the evidence heuristic, and is said.
 *
 * Dependencies of a D that goes are not suggested on their own: they go with it, and their bytes are counted there.
 */
#include "depgraph/targets/analysis.h"

#include "base/buffer.h"
#include "depgraph/link/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EDITS_MAX 256
#define ADDITIONS_MAX 64
#define OUTSIDERS_MAX 10000

struct candidate {
	struct analysis *a;
	uint32_t target;
	struct target_edit edits[EDITS_MAX];
	size_t edit_count;
	struct target_addition additions[ADDITIONS_MAX];
	size_t addition_count;
	struct buffer doubts; /* why it is not proved; empty: it is */
	bool blocked;         /* needed to compile */
};

static void doubt(struct candidate *c, const char *text, const char *subject)
{
	buffer_printf(&c->doubts, "%s%s%s%s", c->doubts.len ? "; " : "", subject, *subject ? " " : "", text);
}

static const char *label(const struct candidate *c, uint32_t t)
{
	return c->a->g->targets[t].label;
}

static const struct target_dependency *declared(const struct target_graph *g, uint32_t from, uint32_t to)
{
	uint32_t i;

	for (i = 0; i < g->targets[from].dependency_count; i++)
		if (target_dependencies(g, from)[i].to == to && target_dependencies(g, from)[i].links)
			return target_dependencies(g, from) + i;
	return NULL;
}

/* Targets between which a use without a declaration is possible: whoever depends on a declarer, near or far. */
static int each_dependent(struct candidate *c, const uint32_t *from, size_t count,
			  int (*found)(struct candidate *c, uint32_t t))
{
	const struct analysis *a = c->a;
	AUTO_FREE uint8_t *seen = calloc((size_t)a->g->target_count + 1, 1);
	AUTO_FREE uint32_t *queue = calloc((size_t)a->g->target_count + 1, sizeof(*queue));
	size_t head = 0, tail = 0, i;
	int r = 0;

	if (!seen || !queue)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		if (!seen[from[i]]++)
			queue[tail++] = from[i];
	while (head < tail && head < OUTSIDERS_MAX && r >= 0) {
		uint32_t t = queue[head++];

		r = found(c, t);
		for (i = a->dependents_first[t]; i < a->dependents_first[t + 1]; i++)
			if (!seen[a->dependents[i]]++)
				queue[tail++] = a->dependents[i];
	}
	if (head < tail)
		doubt(c, "more targets depend on it than were looked at", "");
	return r;
}

static int check_header_user(struct candidate *c, uint32_t t)
{
	char why[320] = "";

	if (c->blocked || !c->a->state[t].scope || t == c->target)
		return 0;
	switch (analysis_header_use(c->a, t, c->target, why, sizeof(why))) {
	case HEADERS_USED: c->blocked = true; break;
	case HEADERS_POSSIBLE: doubt(c, why, ""); break;
	case HEADERS_UNKNOWN: doubt(c, "may read its headers: no dependency file says", label(c, t)); break;
	case HEADERS_NONE: break;
	}
	return 0;
}

/* Step 1: every target of the program that depends on D, in one way or another. */
static int check_headers(struct candidate *c)
{
	return each_dependent(c, &c->target, 1, check_header_user);
}

static int check_symbol_user(struct candidate *c, uint32_t t)
{
	struct symbol_use use;
	int r;

	if (!c->a->state[t].scope || t == c->target)
		return 0;
	r = analysis_symbol_use(c->a, t, c->target, &use);
	if (r >= 0 && use.used) {
		buffer_printf(&c->doubts, "%s%s of %s, in code that this link does not reach", c->doubts.len ? "; " : "", use.text,
			      label(c, t));
	}
	return r;
}

/* Step 2: through targets that are not live, down from D. */
static int check_forwarded(struct candidate *c)
{
	struct analysis *a = c->a;
	AUTO_FREE uint8_t *seen = calloc((size_t)a->g->target_count + 1, 1);
	AUTO_FREE uint32_t *queue = calloc((size_t)a->g->target_count + 1, sizeof(*queue));
	uint32_t head = 0, tail = 0, i, k;
	size_t e;

	if (!seen || !queue)
		return -ENOMEM;
	queue[tail++] = c->target;
	seen[c->target] = 1;
	while (head < tail) {
		uint32_t t = queue[head++];

		for (i = 0; i < a->g->targets[t].dependency_count; i++) {
			const struct target_dependency *d = target_dependencies(a->g, t) + i;
			bool elsewhere = false;

			if (!d->links || seen[d->to]++)
				continue;
			if (!a->state[d->to].live) {
				queue[tail++] = d->to;
				continue;
			}
			/* Brought by a target that stays? Then nothing has to be said. */
			for (k = a->dependents_first[d->to]; k < a->dependents_first[d->to + 1]; k++)
				elsewhere = elsewhere || (a->state[a->dependents[k]].live && a->dependents[k] != d->to);
			for (e = 0; !elsewhere && e < c->edit_count && c->addition_count < ADDITIONS_MAX; e++)
				c->additions[c->addition_count++] = (struct target_addition){ c->edits[e].from, d->to };
		}
	}
	return 0;
}

/* Step 3: an outsider that declares D itself is served; one of which nothing is known is a doubt. */
static int check_outsider(struct candidate *c, uint32_t t)
{
	const struct analysis *a = c->a;
	struct symbol_use use;
	char why[320] = "";
	enum header_use headers;
	int r;

	if (a->state[t].scope || t == c->target || declared(a->g, t, c->target))
		return 0;
	r = analysis_symbol_use(a, t, c->target, &use);
	if (r < 0)
		return r;
	headers = analysis_header_use(c->a, t, c->target, why, sizeof(why));
	if (use.used || headers >= HEADERS_POSSIBLE) {
		if (c->addition_count < ADDITIONS_MAX)
			c->additions[c->addition_count++] = (struct target_addition){ t, c->target };
	} else if (!a->state[t].present || headers == HEADERS_UNKNOWN) {
		doubt(c, "is not of this program, gets it through there, and is not known", label(c, t));
	}
	return 0;
}

static int check_outsiders(struct candidate *c)
{
	uint32_t from[EDITS_MAX];
	size_t i;

	for (i = 0; i < c->edit_count; i++)
		from[i] = c->edits[i].from;
	return each_dependent(c, from, c->edit_count, check_outsider);
}

static int check_rest(struct candidate *c)
{
	const struct target *t = &c->a->g->targets[c->target];
	bool constructors = false;
	int r = analysis_has_constructors(c->a, c->target, &constructors);

	if (t->always_linked)
		doubt(c, "is declared to be always linked", t->label);
	if (constructors)
		doubt(c, "has code that runs before main", t->label);
	if (!strcmp(t->rule, "SHARED_LIBRARY") || !strcmp(t->rule, "MODULE_LIBRARY") || !strcmp(t->rule, "shared library"))
		doubt(c, "is a shared library: what it does when it is loaded is not known", t->label);
	return r;
}

/* ---- what is to be removed ---------------------------------------------------------------------------------- */

static bool asked_for(const struct analysis *a, uint32_t from, uint32_t to)
{
	const struct string_list *wanted = a->p->options ? a->p->options->targets : NULL;
	size_t i;

	for (i = 0; wanted && i < wanted->count; i++)
		if (!strcmp(wanted->items[i], a->g->targets[from].label) || !strcmp(wanted->items[i], a->g->targets[to].label))
			return true;
	return !wanted || !wanted->count;
}

/* Declarations of D by targets of the program that stay; false: there are more than can be told. */
static bool find_edits(struct candidate *c)
{
	const struct analysis *a = c->a;
	uint32_t i;

	c->edit_count = 0;
	for (i = a->dependents_first[c->target]; i < a->dependents_first[c->target + 1]; i++) {
		uint32_t from = a->dependents[i];
		const struct target_dependency *d = declared(a->g, from, c->target);

		if (!d || !a->state[from].scope || a->state[from].removable || !asked_for(a, from, c->target))
			continue;
		if (c->edit_count && c->edits[c->edit_count - 1].from == from)
			continue;
		if (c->edit_count == EDITS_MAX)
			return false;
		c->edits[c->edit_count++] = (struct target_edit){ from, c->target, d };
	}
	return true;
}

static void claim_section(struct analysis *a, struct suggestion *s, const struct link_object *o, const struct link_section *x)
{
	const struct link *l = a->p->link;
	struct suggestions *list = &a->p->found;
	const struct elf_file_section *es = &o->elf->sections[x->index];
	uint64_t loaded = es->flags & SHF_ALLOC ? x->size : 0;
	bool file = es->type != SHT_NOBITS;

	suggestion_section(list, s, o->name, es->name, file ? x->size : 0, loaded);
	if (!l->output || x->out_off == UINT64_MAX)
		suggestion_claim(list, s, suggestions_space(list, o->name), es->off, x->size, file ? x->size : 0, loaded);
	else if (file)
		suggestion_claim(list, s, suggestions_space(list, l->output->path), x->out_off, x->size, x->size, loaded);
	else
		suggestion_claim(list, s, suggestions_space(list, "#memory"), x->out_address, x->size, 0, loaded);
}

/* What of D, and of what only goes with it, is in the output although nothing reaches it. */
static void claim_target(struct analysis *a, struct suggestion *s, uint32_t t)
{
	const struct link *l = a->p->link;
	uint32_t o, i;

	for (o = 0; l && o < l->object_count; o++)
		for (i = 0; a->owners[o] == t && l->objects[o].elf && i < l->objects[o].count; i++) {
			const struct link_section *x = &l->sections[l->objects[o].first + i];

			if (x->in_output && !x->live && x->size)
				claim_section(a, s, &l->objects[o], x);
		}
}

static int claim_below(struct candidate *c, struct suggestion *s)
{
	struct analysis *a = c->a;
	AUTO_FREE uint8_t *seen = calloc((size_t)a->g->target_count + 1, 1);
	AUTO_FREE uint32_t *queue = calloc((size_t)a->g->target_count + 1, sizeof(*queue));
	uint32_t head = 0, tail = 0, i;

	if (!seen || !queue)
		return -ENOMEM;
	queue[tail++] = c->target;
	seen[c->target] = 1;
	while (head < tail) {
		uint32_t t = queue[head++];

		claim_target(a, s, t);
		for (i = 0; i < a->g->targets[t].dependency_count; i++) {
			uint32_t to = target_dependencies(a->g, t)[i].to;

			if (a->state[to].removable && !seen[to]++)
				queue[tail++] = to;
		}
	}
	return 0;
}

static const char *what_is_known(const struct analysis *a, uint32_t t)
{
	if (!a->state[t].linked)
		return a->p->link ? "the link takes none of its objects" : "the link map lists none of its objects";
	return "none of its sections is reached from a root of the link";
}

static int suggest(struct candidate *c)
{
	struct suggestions *list = &c->a->p->found;
	struct buffer subject = BUFFER_INIT(1 << 16);
	struct suggestion *s;
	int r;

	if (c->edit_count == 1)
		buffer_printf(&subject, "%s -> %s", label(c, c->edits[0].from), label(c, c->target));
	else
		buffer_puts(&subject, label(c, c->target));
	s = suggestions_add(list, SUGGEST_UNUSED_DEPENDENCY, c->doubts.len ? EVIDENCE_HEURISTIC : EVIDENCE_PROVED,
			    buffer_str(&subject));
	buffer_release(&subject);
	suggestion_set(list, &s->because, "%s contributes nothing to this program: %s%s.", label(c, c->target),
		       what_is_known(c->a, c->target),
		       c->doubts.len ? "" : ", and no object of the program was compiled with one of its headers");
	if (c->doubts.len)
		suggestion_set(list, &s->risk, "%s", buffer_str(&c->doubts));
	analysis_edit(c->a, s, c->edits, c->edit_count, c->additions, c->addition_count);
	r = claim_below(c, s);
	return r < 0 ? r : c->doubts.error < 0 ? c->doubts.error : list->error;
}

static void candidate_release(struct candidate *c)
{
	if (c)
		buffer_release(&c->doubts);
	free(c);
}
DEFINE_CLEANUP(struct candidate *, candidate_release)

static int candidate_new(struct analysis *a, uint32_t t, struct candidate **ret)
{
	struct candidate *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->a = a;
	c->target = t;
	c->doubts = (struct buffer)BUFFER_INIT(1 << 20);
	*ret = c;
	return 0;
}

static int consider(struct analysis *a, uint32_t t)
{
	CLEANUP(candidate_releasep) struct candidate *c = NULL;
	int r = candidate_new(a, t, &c);

	if (r < 0)
		return r;
	if (!find_edits(c))
		prune_note(a->p, "%s is not needed, and more targets declare it than can be listed", label(c, t));
	if (!c->edit_count)
		return 0;
	r = check_headers(c);
	r = r < 0 ? r : each_dependent(c, &c->target, 1, check_symbol_user);
	r = r < 0 ? r : check_forwarded(c);
	r = r < 0 ? r : check_outsiders(c);
	r = r < 0 ? r : check_rest(c);
	return r < 0 ? r : suggest(c);
}

/* Which dead targets could go: those whose headers nobody reads. */
static int find_removable(struct analysis *a, size_t *ret_headers_only)
{
	uint32_t t;
	int r = 0;

	for (t = 0; t < a->g->target_count && r >= 0; t++) {
		CLEANUP(candidate_releasep) struct candidate *c = NULL;

		if (!a->state[t].dead)
			continue;
		r = candidate_new(a, t, &c);
		r = r < 0 ? r : check_headers(c);
		a->state[t].removable = r >= 0 && !c->blocked;
		*ret_headers_only += r >= 0 && c->blocked;
	}
	return r;
}

static int search(struct analysis *a)
{
	size_t headers_only = 0;
	uint32_t t;
	int r = analysis_live(a);

	r = r < 0 ? r : analysis_index(a);
	r = r < 0 ? r : analysis_read_depfiles(a);
	r = r < 0 ? r : find_removable(a, &headers_only);
	for (t = 0; t < a->g->target_count && r >= 0; t++)
		if (a->state[t].removable)
			r = consider(a, t);
	if (headers_only)
		prune_note(a->p, "%zu targets contribute no code and are needed for their headers", headers_only);
	return r;
}

int targets_suggest(struct prune *p, struct error *err)
{
	CLEANUP(target_graph_freep) struct target_graph *g = NULL;
	CLEANUP(analysis_release) struct analysis a = { .p = p };
	int r = targets_read(p->in, &g, err);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	if (!p->link && !p->in->map) {
		prune_note(p, "the build graph was read, but without objects or a link map nothing says which dependencies are needed");
		return 0;
	}
	a.g = g;
	r = search(&a);
	return r < 0 ? error_set(err, r, "", "searching the build graph") : 0;
}
