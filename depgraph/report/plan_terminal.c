/* SPDX-License-Identifier: Apache-2.0 */
/* plan_terminal.c: the list for a person: bytes first, then what, why, the edit, and how to check it. */
#include "depgraph/report/plan.h"

#include "base/terminal.h"

#include <errno.h>
#include <string.h>

#define SECTIONS_SHOWN 10

static const char *level_style(FILE *f, enum evidence_level e)
{
	return style(f, e == EVIDENCE_PROVED ? STYLE_GREEN : e == EVIDENCE_OBSERVED ? STYLE_YELLOW : STYLE_DIM);
}

/* A text of several lines, each behind the same lead. */
static void put_block(FILE *f, const char *lead, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		(void)fputs(lead, f);
		terminal_text(f, text, n);
		(void)putc('\n', f);
		text += n + (text[n] == '\n');
		lead = "              ";
	}
}

static void put_sections(FILE *f, const struct suggestion *s, unsigned verbosity)
{
	size_t i, shown = verbosity > 1 || s->section_count < SECTIONS_SHOWN ? s->section_count : SECTIONS_SHOWN;
	char bytes[32];

	for (i = 0; i < shown; i++) {
		const struct suggested_section *x = &s->sections[i];

		(void)fprintf(f, "      %12s  ", format_count(x->bytes ? x->bytes : x->loaded, bytes));
		terminal_put(f, x->object);
		(void)fputs(":(", f);
		terminal_put(f, x->section);
		(void)fputs(")\n", f);
	}
	if (shown < s->section_count)
		(void)fprintf(f, "      ... and %s more sections; -vv lists all\n",
			      format_count(s->section_count - shown, bytes));
}

static void put_head(FILE *f, const struct suggestion *s)
{
	char bytes[32], extra[32];

	(void)fprintf(f, "%s%10s%s  ", style(f, STYLE_BOLD), format_size(s->bytes ? s->bytes : s->loaded, bytes),
		      style(f, STYLE_RESET));
	(void)fprintf(f, "%s%-9s%s  %s  ", level_style(f, s->evidence), evidence_level_name(s->evidence),
		      style(f, STYLE_RESET), suggestion_kind_name(s->kind));
	(void)fputs(style(f, STYLE_BOLD), f);
	terminal_put(f, s->subject);
	(void)fputs(style(f, STYLE_RESET), f);
	if (!s->bytes && s->loaded)
		(void)fputs("  (when loaded)", f);
	else if (s->additional < s->bytes)
		(void)fprintf(f, "  (%s of it not counted above)", format_size(s->additional, extra));
	(void)putc('\n', f);
}

/* What apply does never is not promised; an edit of the link is done by linking again, which takes the recorded line. */
static void put_apply(FILE *f, const struct suggestion *s)
{
	const char *what = json_string_value(json_object_get(s->action, "do"));
	bool relink = what && strcmp(what, "relink") == 0;

	if (!s->action || s->evidence == EVIDENCE_HEURISTIC)
		return;
	if (relink && !json_is_array(json_object_get(s->action, "line")))
		(void)fputs("    apply     by hand; with --link-line FILE the plan holds the link that apply does again\n", f);
	else
		(void)fprintf(f, "    apply     depgraph apply PLAN%s%s --only %s -o DIR\n", relink ? " --relink" : "",
			      s->evidence == EVIDENCE_OBSERVED ? " --accept-observed" : "", s->id);
}

static void put_suggestion(FILE *f, const struct suggestion *s, unsigned verbosity)
{
	put_head(f, s);
	put_block(f, "    why       ", s->because);
	if (s->risk)
		put_block(f, "    but       ", s->risk);
	put_block(f, "    edit      ", s->edit);
	put_block(f, "    verify    ", s->verify);
	put_apply(f, s);
	if (verbosity)
		put_sections(f, s, verbosity);
	(void)putc('\n', f);
}

static void put_totals(FILE *f, const struct prune *p)
{
	const struct suggestions *l = &p->found;
	char bytes[32], loaded[32];
	int level;

	(void)fprintf(f, "%zu suggestion%s. Doing all would save %s of the file%s, %s when loaded (%s bytes; none counted twice).\n",
		      l->count, l->count == 1 ? "" : "s", format_size(l->bytes_if_all, bytes),
		      inputs_output(p->in) ? "" : "s", format_size(l->loaded_if_all, loaded),
		      format_count(l->bytes_if_all, (char[32]){ 0 }));
	for (level = EVIDENCE_PROVED; level < EVIDENCE_HEURISTIC; level++)
		if (l->bytes_by_level[level] < l->bytes_if_all &&
		    (level == EVIDENCE_PROVED || l->bytes_by_level[level] > l->bytes_by_level[level - 1]))
			(void)fprintf(f, "%s of it %s.\n", format_size(l->bytes_by_level[level], bytes),
				      level == EVIDENCE_PROVED ? "is proved" : "is proved or observed");
	if (l->filtered)
		(void)fprintf(f, "%zu more left out by --level or --min-bytes.\n", l->filtered);
}

static void put_notes(FILE *f, const struct prune *p)
{
	size_t i;

	for (i = 0; i < p->note_count; i++) {
		(void)fputs("note: ", f);
		terminal_put(f, p->notes[i].text);
		(void)putc('\n', f);
	}
}

int plan_terminal(FILE *f, const struct prune *p, const struct plan_options *o)
{
	size_t i, shown = o->limit && o->limit < p->found.count ? o->limit : p->found.count;

	for (i = 0; i < shown; i++)
		put_suggestion(f, p->found.items[i], o->verbosity);
	if (shown < p->found.count)
		(void)fprintf(f, "... and %zu more; --limit 0 lists all.\n\n", p->found.count - shown);
	put_totals(f, p);
	put_notes(f, p);
	return fflush(f) != 0 || ferror(f) ? -EIO : 0;
}
