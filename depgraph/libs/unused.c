/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unused.c: NEEDED entries that nothing binds through.
 *
 * An entry is unused when no symbol of the output binds to its library. That is not enough to remove it: the
 * library may be there for others, or for its constructors.  So the program is resolved again as
 * if the entry were not there (bindings.h), and the two results are compared, symbol by symbol, for every library that would
 * still be loaded:
 *
 *	all equal, library still loaded     another library needs it itself: only the entry goes
 *	all equal, library gone             it goes, and the libraries that only it needed
 *	some differ                         a library relies on it without NEEDED of its own (underlinked), or it
 *	                                    interposes a symbol: not proved
 *
 * What differs only between two copies of one inline function or template is equal by the language's rules.
 *
 * Of the libraries that would be gone is then asked: does one run code when it is loaded (startup.h), is it a filter, might it be
 * opened by name, or a symbol of it be looked up by name (traces.h)?  Each of these makes the suggestion a
 * heuristic, and is named as its risk.
 */
#include "depgraph/libs/libs.h"

#include "base/buffer.h"
#include "base/json.h"
#include "depgraph/libs/startup.h"
#include "depgraph/libs/traces.h"
#include "depgraph/link/line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX    (1u << 16)
#define NAMED_MAX   4 /* libraries or symbols listed in a sentence */

struct unused_search {
	struct prune *p;
	const struct input *output;
	struct closure *closure;
	struct bindings *bindings;
	struct bindings_result all;
	struct traces traces;
	size_t imports;
	uint8_t *direct; /* per library: the output binds to it */
	struct link_line *line; /* NULL: not told */
};

static void search_release(struct unused_search *s)
{
	traces_release(&s->traces);
	bindings_result_release(&s->all);
	bindings_free(s->bindings);
	closure_free(s->closure);
	free(s->direct);
	link_line_free(s->line);
}

/* What taking one entry away would change. */
struct removal {
	uint32_t entry, library;
	struct bindings_result after;
	bool stays;                      /* the library itself is still loaded */
	const struct binding *unresolved, *changed; /* the first of them, as it was before */
	size_t unresolved_count, changed_count;
};

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *library_name(const struct unused_search *s, uint32_t library)
{
	return last_component(s->closure->libraries[library].name);
}

static void note_direct(struct unused_search *s)
{
	size_t i;

	for (i = 0; i < s->all.count; i++) {
		const struct binding *b = &s->all.items[i];

		if (b->importer != 0)
			continue;
		s->imports += b->kind != BINDING_OWN;
		if (b->library != CLOSURE_NONE)
			s->direct[b->library] = 1;
	}
}

static bool equal_by_language(const struct unused_search *s, const struct binding *a, const struct binding *b)
{
	return a->library != CLOSURE_NONE && b->library != CLOSURE_NONE &&
	       bindings_vague(s->bindings, a->library, a->target) && bindings_vague(s->bindings, b->library, b->target);
}

static void compare(const struct unused_search *s, struct removal *m)
{
	size_t i;

	m->stays = m->after.present[m->library] != 0;
	for (i = 0; i < s->all.count; i++) {
		const struct binding *before = &s->all.items[i], *after = &m->after.items[i];

		if (!m->after.present[before->importer] || equal_by_language(s, before, after) ||
		    (before->library == after->library && before->target == after->target))
			continue;
		if (after->library == CLOSURE_NONE && before->kind != BINDING_WEAK) {
			m->unresolved = m->unresolved ? m->unresolved : before;
			m->unresolved_count++;
		} else {
			m->changed = m->changed ? m->changed : before;
			m->changed_count++;
		}
	}
}

/* ---- words ----------------------------------------------------------------------------------------------------- */

static void list_gone(const struct unused_search *s, const struct removal *m, struct buffer *b)
{
	uint32_t i, n = 0;

	for (i = 1; i < s->closure->count; i++) {
		if (m->after.present[i] || !s->all.present[i] || i == m->library)
			continue;
		if (n < NAMED_MAX)
			(void)buffer_printf(b, "%s%s", n ? ", " : " With it goes what only it needs: ", library_name(s, i));
		n++;
	}
	if (n > NAMED_MAX)
		(void)buffer_printf(b, " and %u more", n - NAMED_MAX);
	if (n)
		(void)buffer_putc(b, '.');
}

static void say_because(struct unused_search *s, const struct removal *m, struct suggestion *g)
{
	const struct closure_library *l = &s->closure->libraries[m->library];
	struct buffer b = BUFFER_INIT(TEXT_MAX);
	uint32_t i;

	(void)buffer_printf(&b, "None of the %zu symbols that %s imports binds to %s (%s, found by %s).", s->imports,
			    last_component(s->output->path), library_name(s, m->library), l->path, l->how);
	if (m->stays) {
		for (i = 1; i < s->closure->count; i++) {
			const struct closure_library *other = &s->closure->libraries[i];
			uint32_t k;

			for (k = 0; k < other->needed_count && other->needed[k] != m->library; k++)
				;
			if (k < other->needed_count && m->after.present[i])
				break;
		}
		(void)buffer_printf(&b, " It stays loaded, because %s needs it itself.",
				    i < s->closure->count ? library_name(s, i) : "another library");
	}
	if (!m->unresolved && !m->changed)
		(void)buffer_printf(&b, " Resolved again without the entry, every symbol of every library binds as before.");
	list_gone(s, m, &b);
	suggestion_set(&s->p->found, &g->because, "%s", buffer_str(&b));
	buffer_release(&b);
}

/* Of the first thing that speaks against it; the level falls. */
static void demote(struct suggestion *g, struct buffer *risk, const char *text)
{
	g->evidence = EVIDENCE_HEURISTIC;
	(void)buffer_printf(risk, "%s%s", risk->len ? " " : "", text);
}

static void weigh_bindings(struct unused_search *s, const struct removal *m, struct suggestion *g, struct buffer *risk)
{
	const struct binding *u = m->unresolved, *c = m->changed;
	char text[1024];

	if (u) {
		(void)snprintf(text, sizeof(text), "Unsafe as it is: %s uses %s of %s without needing it itself, underlinked "
			       "(%zu such symbols); link %s with it first.", library_name(s, u->importer),
			       bindings_name(s->bindings, u->importer, u->symbol), library_name(s, u->library),
			       m->unresolved_count, library_name(s, u->importer));
		demote(g, risk, text);
	}
	if (c) {
		(void)snprintf(text, sizeof(text), "%s would bind %s no longer to %s%s (%zu such symbols).",
			       library_name(s, c->importer), bindings_name(s->bindings, c->importer, c->symbol),
			       library_name(s, c->library), c->kind == BINDING_OWN ? ", which interposes it" : "",
			       m->changed_count);
		demote(g, risk, text);
	}
	if (s->closure->missing) {
		(void)snprintf(text, sizeof(text), "%u libraries were not found, and may use it.", s->closure->missing);
		demote(g, risk, text);
	}
}

static bool is_filter(const struct elf_file *f)
{
	int64_t tag;
	uint64_t i, value;

	for (i = 0; elf_file_dynamic(f, i, &tag, &value); i++)
		if (tag == DT_FILTER || tag == DT_AUXILIARY)
			return true;
	return false;
}

static void weigh_library(struct unused_search *s, uint32_t at, struct suggestion *g, struct buffer *risk)
{
	const struct closure_library *l = &s->closure->libraries[at];
	const struct trace *opened = &s->traces.opened[at], *looked_up = &s->traces.looked_up[at];
	char text[1400], what[512];

	if (l->elf && startup_runs_code(l->elf, what, sizeof(what))) {
		(void)snprintf(text, sizeof(text), "%s runs code when it is loaded: %s.", library_name(s, at), what);
		demote(g, risk, text);
	}
	if (l->elf && is_filter(l->elf)) {
		(void)snprintf(text, sizeof(text), "%s stands for other libraries (filter).", library_name(s, at));
		demote(g, risk, text);
	}
	if (opened->text) {
		(void)snprintf(text, sizeof(text), "%s can open libraries by name and holds \"%.200s\".",
			       library_name(s, opened->module), opened->text);
		demote(g, risk, text);
	}
	if (looked_up->text) {
		(void)snprintf(text, sizeof(text), "%s can look symbols up by name and holds \"%.200s\", which %s defines.",
			       library_name(s, looked_up->module), looked_up->text, library_name(s, at));
		demote(g, risk, text);
	}
}

static int weigh(struct unused_search *s, const struct removal *m, struct suggestion *g)
{
	struct buffer risk = BUFFER_INIT(TEXT_MAX);
	uint32_t i;
	int r = 0;

	if (!s->traces.opened)
		r = traces_find(s->closure, s->bindings, &s->traces);
	if (r < 0)
		return r;
	weigh_bindings(s, m, g, &risk);
	for (i = 1; i < s->closure->count; i++)
		if (s->all.present[i] && !m->after.present[i])
			weigh_library(s, i, g, &risk);
	if (risk.len)
		suggestion_set(&s->p->found, &g->risk, "%s", buffer_str(&risk));
	buffer_release(&risk);
	return 0;
}

/* ---- edit and bytes ------------------------------------------------------------------------------------------------ */

/* Libraries that compiler drivers put on the line by themselves: they are not there to be removed. */
static bool by_driver(const struct unused_search *s, const char *word)
{
	static const char *const always[] = { "-lstdc++",   "-lc++",       "-lgcc_s",   "-lc",
					      "-lgfortran", "-lquadmath", "-lc++abi", "-lunwind" };
	size_t i;
	uint32_t k;

	for (i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (strcmp(word, always[i]) == 0)
			return true;
	if (strcmp(word, "-lm") != 0)
		return false;
	for (k = 0; k < s->closure->libraries[0].needed_count; k++)
		if (strncmp(library_name(s, s->closure->libraries[0].needed[k]), "libstdc++.", 10) == 0 ||
		    strncmp(library_name(s, s->closure->libraries[0].needed[k]), "libgfortran.", 12) == 0)
			return true;
	return false;
}

/* Without a recorded line the words are all that is known: whoever applies it needs one. */
static json_t *words_action(const char *word, bool driver)
{
	json_t *j = json_object(), *words = json_array();

	if (words && json_array_append_new(words, json_text(driver ? "-Wl,--as-needed" : word)) < 0) {
		json_decref(words);
		words = NULL;
	}
	if (!j || json_put(j, "do", json_text("relink")) < 0 || json_put(j, driver ? "append" : "drop", words) < 0) {
		json_decref(j);
		return NULL;
	}
	return j;
}

#define LINE_INPUTS_MAX 64

/* The inputs of the line that are this library: its file, or a word for it (libm.so is a linker script that names the file). */
static size_t find_on_line(const struct unused_search *s, const struct removal *m, const char *word, size_t *ret)
{
	size_t n = 0, i, file = link_line_find(s->line, s->closure->libraries[m->library].path, 0);

	for (i = 0; i < s->line->input_count && n < LINE_INPUTS_MAX; i++) {
		bool same = i == file;

		if (same)
			file = link_line_find(s->line, s->closure->libraries[m->library].path, i + 1);
		if (same || strcmp(s->line->inputs[i].word, word) == 0)
			ret[n++] = i;
	}
	return n;
}

static json_t *line_action(const struct unused_search *s, const size_t *drop, size_t count)
{
	json_t *j = link_line_action(s->line, drop, count, NULL, 0);
	json_t *append = count ? NULL : json_array();

	if (!j || count)
		return j;
	if (append && json_array_append_new(append, json_text("-Wl,--as-needed")) == 0 && json_put(j, "append", append) == 0)
		return j;
	json_decref(j);
	return NULL;
}

static void set_action(struct unused_search *s, const struct removal *m, struct suggestion *g, json_t *action)
{
	json_t *needed = json_array();

	g->action = action;
	if (!action || !needed || json_array_append_new(needed, json_text(library_name(s, m->library))) < 0) {
		json_decref(needed);
		s->p->found.error = -ENOMEM;
	} else if (json_put(action, "needed", needed) < 0) {
		s->p->found.error = -ENOMEM;
	}
}

static void say_edit(struct unused_search *s, const struct removal *m, struct suggestion *g)
{
	struct suggestions *l = &s->p->found;
	const char *output = s->output->path;
	size_t drop[LINE_INPUTS_MAX], count = 0;
	char word[512], place[1024];
	bool driver = by_driver(s, libs_link_word(library_name(s, m->library), word, sizeof(word)));

	if (s->line) {
		count = find_on_line(s, m, word, drop);
		driver = count == 0;
	}
	if (driver)
		suggestion_set(l, &g->edit, "put -Wl,--as-needed at the end of the link of %s: it then holds for %s, which the "
			       "compiler driver adds behind it", output, word);
	else if (count)
		suggestion_set(l, &g->edit, "%s", link_line_place(s->line, drop[0], place, sizeof(place)));
	else
		suggestion_set(l, &g->edit, "remove %s from the link of %s (or put -Wl,--as-needed before it)", word, output);
	suggestion_set(l, &g->file, "%s", s->line ? s->p->options->link_line : output);
	set_action(s, m, g, s->line && s->line->argc ? line_action(s, drop, count) : words_action(word, driver));
}

static void say_verify(struct unused_search *s, const struct removal *m, struct suggestion *g)
{
	struct buffer path = BUFFER_INIT(TEXT_MAX), entry = BUFFER_INIT(TEXT_MAX), pattern = BUFFER_INIT(TEXT_MAX);

	(void)buffer_shell_word(&path, s->output->path);
	(void)buffer_printf(&entry, "[%s]", library_name(s, m->library));
	(void)buffer_shell_word(&pattern, buffer_str(&entry));
	suggestion_set(&s->p->found, &g->verify, "! readelf -dW %s | grep -F '(NEEDED)' | grep -F %s && ! ldd -r %s 2>&1 | "
		       "grep -E 'undefined symbol|not found'", buffer_str(&path), buffer_str(&pattern), buffer_str(&path));
	buffer_release(&path);
	buffer_release(&entry);
	buffer_release(&pattern);
}

/* Entry number n among the NEEDED ones, where it stands in .dynamic. */
static bool entry_offset(const struct elf_file *f, uint32_t n, uint64_t *ret)
{
	int64_t tag;
	uint64_t i, value;

	for (i = 0; elf_file_dynamic(f, i, &tag, &value); i++)
		if (tag == DT_NEEDED && n-- == 0) {
			*ret = f->sections[f->dynamic].off + i * (f->wide ? 16 : 8);
			return true;
		}
	return false;
}

static bool is_given(const struct unused_search *s, const char *path)
{
	const struct inputs *in = s->p->in;
	size_t i;

	for (i = 0; i < in->count; i++)
		if (in->items[i].given && strcmp(in->items[i].path, path) == 0)
			return true;
	return false;
}

/* The entry itself; and of libraries that are gone their memory, and their files if they are shipped with this (given). */
static void claim(struct unused_search *s, const struct removal *m, struct suggestion *g)
{
	struct suggestions *l = &s->p->found;
	unsigned size = s->output->elf->wide ? 16 : 8;
	uint64_t off;
	uint32_t i;

	if (entry_offset(s->output->elf, m->entry, &off))
		suggestion_claim(l, g, suggestions_space(l, s->output->path), off, size, size, size);
	for (i = 1; i < s->closure->count; i++) {
		const struct closure_library *lib = &s->closure->libraries[i];

		if (!lib->path || m->after.present[i] || !s->all.present[i])
			continue;
		suggestion_claim(l, g, suggestions_space(l, lib->path), 0, lib->file_size,
				 is_given(s, lib->path) ? lib->file_size : 0, lib->load_size);
	}
}

/* ---- the search ----------------------------------------------------------------------------------------------------- */

static int try_entry(struct unused_search *s, uint32_t entry)
{
	const struct closure_library *output = &s->closure->libraries[0];
	struct removal m = { .entry = entry, .library = output->needed[entry] };
	const struct closure_library *l = &s->closure->libraries[m.library];
	struct suggestion *g;
	int r;

	if (m.library == 0 || s->direct[m.library])
		return 0;
	if (!l->path) {
		prune_note(s->p, "%s needs %s, which was not found: whether it is used cannot be told",
			   last_component(s->output->path), l->name);
		return 0;
	}
	r = bindings_resolve(s->bindings, entry, &m.after);
	if (r < 0)
		return r;
	compare(s, &m);
	g = suggestions_add(&s->p->found, SUGGEST_UNUSED_LIBRARY, EVIDENCE_PROVED, library_name(s, m.library));
	say_because(s, &m, g);
	say_edit(s, &m, g);
	say_verify(s, &m, g);
	claim(s, &m, g);
	r = weigh(s, &m, g);
	bindings_result_release(&m.after);
	return r;
}

int libs_suggest_unused(struct prune *p, const struct input *output, struct error *err)
{
	const struct closure_options options = { .given = p->in };
	CLEANUP(search_release) struct unused_search s = { .p = p, .output = output };
	uint32_t i;
	int r;

	r = p->options->link_line ? link_line_read(p->options->link_line, p->in->directory, &s.line, err) : 0;
	if (r == 0)
		r = closure_find(output->elf, output->path, &options, &s.closure, err);
	if (r == 0)
		r = bindings_new(s.closure, &s.bindings);
	if (r == 0)
		r = bindings_resolve(s.bindings, CLOSURE_NONE, &s.all);
	if (r < 0)
		return r;
	s.direct = calloc(s.closure->count, 1);
	if (!s.direct)
		return -ENOMEM;
	note_direct(&s);
	for (i = 0; i < s.closure->libraries[0].needed_count && r >= 0; i++)
		r = try_entry(&s, i);
	return r;
}
