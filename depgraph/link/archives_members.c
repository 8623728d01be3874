/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archives_members.c: what the link model knows of archives that were used.
 *
 *	dead          every section that the output has of it is unreached: with --gc-sections it can leave the line,
 *	              because linkers do not look at the references of sections that they drop
 *	whole         members that only --whole-archive brought. Whether they are wanted is not in the link: a member may
 *	              register itself by a constructor, or be there for dlsym(). So those are told, and proved only
 *	              when no member has a live section
 *	twice         members of different archives with the same bytes, both linked
 */
#include "base/digest.h"
#include "depgraph/link/archives_private.h"
#include "depgraph/link/link_model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct elf_file_section *section_of(const struct link_object *o, const struct link_section *s)
{
	return o->elf && s->index < o->elf->section_count ? &o->elf->sections[s->index] : NULL;
}

/* The bytes that go with a section, as ranges of the linked file where they are known there. */
static void claim(struct prune *p, struct suggestion *g, const struct link_object *o, const struct link_section *s)
{
	struct suggestions *l = &p->found;
	const struct elf_file_section *e = section_of(o, s);
	bool bits = e->type != SHT_NOBITS;
	char memory[4200];

	suggestion_section(l, g, o->name, e->name, bits ? s->size : 0, s->size);
	if (p->link->output && bits && s->out_off != UINT64_MAX) {
		suggestion_claim(l, g, suggestions_space(l, p->link->output->path), s->out_off, s->size, s->size, s->size);
	} else if (p->link->output && !bits && s->out_address != UINT64_MAX) {
		(void)snprintf(memory, sizeof(memory), "%s#memory", p->link->output->path);
		suggestion_claim(l, g, suggestions_space(l, memory), s->out_address, s->size, 0, s->size);
	} else {
		suggestion_claim(l, g, suggestions_space(l, o->name), e->off, s->size, bits ? s->size : 0, s->size);
	}
}

struct weighing {
	uint32_t members, sections, live, writable;
	uint64_t bytes;
};

static bool counts(const struct link_object *o, const struct link_section *s)
{
	const struct elf_file_section *e = section_of(o, s);

	return e && s->in_output && s->size && (e->flags & SHF_ALLOC);
}

static void weigh(const struct link *link, const struct link_object *o, struct weighing *w)
{
	uint32_t i;

	w->members++;
	for (i = o->first; i < o->first + o->count; i++) {
		const struct link_section *s = &link->sections[i];

		if (!counts(o, s))
			continue;
		w->sections++;
		w->live += s->live;
		w->writable += (section_of(o, s)->flags & SHF_WRITE) != 0;
		w->bytes += s->size;
	}
}

static void claim_object(struct prune *p, struct suggestion *g, const struct link_object *o)
{
	uint32_t i;

	for (i = o->first; i < o->first + o->count; i++)
		if (counts(o, &p->link->sections[i]))
			claim(p, g, o, &p->link->sections[i]);
}

static bool is_member_of(const struct link_object *o, const struct archive *a)
{
	return o->input == a->input && o->member && o->linked;
}

/* ---- dead as a whole ------------------------------------------------------------------------------------------- */

static void say_dead(struct archive_search *s, const struct archive *a)
{
	struct prune *p = s->p;
	struct weighing w = { 0 };
	struct suggestion *g;
	uint32_t i;
	bool lto = false;

	for (i = 0; i < p->link->object_count; i++)
		if (is_member_of(&p->link->objects[i], a)) {
			weigh(p->link, &p->link->objects[i], &w);
			lto = lto || p->link->objects[i].lto;
		}
	if (!w.sections || w.live || lto)
		return;
	g = suggestions_add(&p->found, SUGGEST_UNUSED_ARCHIVE, EVIDENCE_PROVED, a->name);
	suggestion_set(&p->found, &g->because, "%u of its members were linked, and no root reaches any of their %u sections", w.members,
		       w.sections);
	archive_edit(s, g, a, a->listed, a->listed_count, p->link->gc ? NULL : "-Wl,--gc-sections");
	suggestion_set(&p->found, &g->verify, "link again without it and with -Wl,--gc-sections: no symbol is undefined");
	for (i = 0; i < p->link->object_count; i++)
		if (is_member_of(&p->link->objects[i], a))
			claim_object(p, g, &p->link->objects[i]);
}

/* ---- whole archives ---------------------------------------------------------------------------------------------- */

/* "-Wl,--no-whole-archive,libx.a,--whole-archive" instead of the input: in a compiler's line one word can say it. */
static void whole_action(struct archive_search *s, struct suggestion *g, const struct archive *a)
{
	const struct link_line *l = s->line;
	const struct link_line_input *in;
	json_t *action, *replace, *pair;
	char word[4300];

	if (!l || !l->driver || a->listed_count != 1)
		return;
	in = &l->inputs[a->listed[0]];
	if (in->pieces || in->count != 1 || strchr(in->word, ',') || !(in->flags & LINK_LINE_WHOLE_ARCHIVE))
		return;
	(void)snprintf(word, sizeof(word), "-Wl,--no-whole-archive,%s,--whole-archive", in->word);
	action = link_line_action(l, NULL, 0, NULL, 0);
	replace = json_array();
	pair = json_array();
	(void)json_array_append_new(pair, json_integer((json_int_t)in->first));
	(void)json_array_append_new(pair, json_text(word));
	(void)json_array_append_new(replace, pair);
	if (!action || json_put(action, "replace", replace) < 0)
		s->p->found.error = -ENOMEM;
	g->action = action;
	suggestion_set(&s->p->found, &g->file, "%s", s->p->options->link_line);
}

static bool is_whole_member(const struct link_object *o, const struct archive *a)
{
	return is_member_of(o, a) && o->whole_archive;
}

/* An object's references pull members in, whose references do so too. */
struct asking {
	const struct link *link;
	const struct archive *a;
	uint8_t *asked;  /* by object */
	uint32_t *queue;
	uint32_t count;
};

static void ask(struct asking *q, uint32_t object)
{
	if (q->asked[object])
		return;
	q->asked[object] = 1;
	q->queue[q->count++] = object;
}

static void ask_of(struct asking *q, uint32_t object)
{
	const struct link_priv *p = q->link->priv;
	const struct link_tables *t = &p->tables[object];
	const struct elf_file *f = q->link->objects[object].elf;
	struct elf_file_symbol s;
	uint32_t i, definer;

	for (i = t->locals; f && t->symbols && i < t->symbol_count; i++) {
		if (!elf_file_symbol(f, f->symtab, i, &s) || s.special != SHN_UNDEF || s.bind == STB_WEAK)
			continue;
		definer = p->symbols.items[t->symbols[i - t->locals]].section;
		if (definer == LINK_NONE)
			continue;
		definer = q->link->sections[definer].object;
		if (is_whole_member(&q->link->objects[definer], q->a))
			ask(q, definer);
	}
}

/* By object: it would be linked without --whole-archive too, because a symbol asks for it. NULL: no memory. */
static uint8_t *find_asked(const struct link *link, const struct archive *a)
{
	struct asking q = { .link = link, .a = a };
	uint32_t i;

	q.asked = calloc((size_t)link->object_count + 1, 1);
	q.queue = calloc((size_t)link->object_count + 1, sizeof(*q.queue));
	for (i = 0; q.asked && q.queue && i < link->object_count; i++)
		if (link->objects[i].linked && !is_whole_member(&link->objects[i], a))
			ask(&q, i);
	for (i = 0; q.asked && q.queue && link->priv && i < q.count; i++)
		ask_of(&q, q.queue[i]);
	if (!q.queue) {
		free(q.asked);
		q.asked = NULL;
	}
	free(q.queue);
	return q.asked;
}

static void tell_whole(struct archive_search *s, const struct archive *a, const struct weighing *w, struct suggestion *g)
{
	struct suggestions *l = &s->p->found;

	suggestion_set(l, &g->because, "%u member%s linked only because of --whole-archive, %llu bytes: no symbol asks for %s%s",
		       w->members, w->members == 1 ? " is" : "s are", (unsigned long long)w->bytes, w->members == 1 ? "it" : "them",
		       w->live ? "" : ", and no root reaches them");
	suggestion_set(l, &g->edit, "take %s out of --whole-archive (-Wl,--no-whole-archive before it)", a->name);
	suggestion_set(l, &g->verify, "link again: nothing is undefined, and the program's own tests pass");
	if (w->live)
		suggestion_set(l, &g->risk, "%u of their sections are roots or exported: constructors that register themselves, "
			       "or symbols for dlsym()", w->live);
	whole_action(s, g, a);
}

static void say_whole(struct archive_search *s, const struct archive *a)
{
	struct prune *p = s->p;
	AUTO_FREE uint8_t *asked = find_asked(p->link, a);
	struct weighing w = { 0 };
	struct suggestion *g;
	uint32_t i;

	if (!asked) {
		p->found.error = -ENOMEM;
		return;
	}
	for (i = 0; i < p->link->object_count; i++)
		if (!asked[i] && is_whole_member(&p->link->objects[i], a))
			weigh(p->link, &p->link->objects[i], &w);
	if (!w.members)
		return;
	g = suggestions_add(&p->found, SUGGEST_WHOLE_ARCHIVE, w.live ? EVIDENCE_HEURISTIC : EVIDENCE_PROVED, a->name);
	tell_whole(s, a, &w, g);
	for (i = 0; i < p->link->object_count; i++)
		if (!asked[i] && is_whole_member(&p->link->objects[i], a))
			claim_object(p, g, &p->link->objects[i]);
}

/* ---- linked twice -------------------------------------------------------------------------------------------------- */

struct print {
	uint8_t digest[32];
	uint32_t object;
};

static int by_digest(const void *a, const void *b)
{
	const struct print *x = a, *y = b;
	int r = memcmp(x->digest, y->digest, sizeof(x->digest));

	return r ? r : (x->object > y->object) - (x->object < y->object);
}

/* Digests of all linked members; only sizes that occur twice could be equal, but members are small and few. */
static int take_prints(const struct link *link, struct print **ret, size_t *ret_count)
{
	struct print *prints = calloc((size_t)link->object_count + 1, sizeof(*prints));
	size_t n = 0;
	uint32_t i;
	int r = 0;

	if (!prints)
		return -ENOMEM;
	for (i = 0; i < link->object_count && r >= 0; i++) {
		const struct link_object *o = &link->objects[i];
		struct digest_piece piece;

		if (!o->member || !o->linked || !o->elf || !o->elf->size)
			continue;
		piece = (struct digest_piece){ o->elf->data, o->elf->size };
		r = digest_of(DIGEST_SHA256, &piece, 1, prints[n].digest);
		prints[n++].object = i;
	}
	if (r < 0) {
		free(prints);
		return r;
	}
	if (n)
		qsort(prints, n, sizeof(*prints), by_digest);
	*ret = prints;
	*ret_count = n;
	return 0;
}

static void say_copy(struct prune *p, const struct link_object *first, const struct link_object *copy)
{
	struct weighing w = { 0 };
	struct suggestion *g;

	weigh(p->link, copy, &w);
	if (!w.bytes)
		return;
	g = suggestions_add(&p->found, SUGGEST_DUPLICATE_CODE, EVIDENCE_HEURISTIC, copy->name);
	suggestion_set(&p->found, &g->because, "the same bytes are linked as %s", first->name);
	suggestion_set(&p->found, &g->edit, "link one of %s and %s", first->input->path, copy->input->path);
	suggestion_set(&p->found, &g->verify, "link again with one of them: nothing is undefined");
	suggestion_set(&p->found, &g->risk, w.writable ? "each copy has variables of its own, and the program may rely on it" :
							 "functions of both copies may be told apart by their addresses");
	claim_object(p, g, copy);
}

static int say_copies(struct prune *p)
{
	AUTO_FREE struct print *prints = NULL;
	size_t i, n = 0;
	int r = take_prints(p->link, &prints, &n);

	for (i = 1; r == 0 && i < n; i++) {
		const struct link_object *a = &p->link->objects[prints[i - 1].object], *b = &p->link->objects[prints[i].object];

		if (!memcmp(prints[i - 1].digest, prints[i].digest, sizeof(prints[i].digest)) && a->input != b->input)
			say_copy(p, a, b);
	}
	return r;
}

int archives_suggest_members(struct archive_search *s, struct error *err)
{
	size_t i;
	int r;

	for (i = 0; i < s->count; i++) {
		if (!s->items[i].input || !s->items[i].members_linked)
			continue;
		say_dead(s, &s->items[i]);
		say_whole(s, &s->items[i]);
	}
	r = say_copies(s->p);
	return r < 0 ? error_set(err, r, "", "members of the link cannot be compared") : 0;
}
