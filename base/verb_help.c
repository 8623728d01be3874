/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verb_help.c: help as a person reads it, wrapped to the terminal.
 */
#include "base/verb_private.h"

#include "base/bytes.h"
#include "base/terminal.h"

#include <string.h>

#define WIDEST        100 /* longer lines are hard to read */
#define NARROWEST     40  /* below that wrapping only destroys */
#define OPTION_COLUMN 28  /* where the explanation of an option begins */

static unsigned help_width(FILE *f)
{
	unsigned width = terminal_width(f);

	return width > WIDEST ? WIDEST : width < NARROWEST ? NARROWEST : width;
}

/* Characters, not bytes. */
static unsigned columns_of(const char *p, size_t n)
{
	unsigned columns = 0;
	size_t i;

	for (i = 0; i < n; i++)
		columns += ((unsigned char)p[i] & 0xc0) != 0x80;
	return columns;
}

/* A text flowing into lines. */
struct flow {
	FILE *f;
	unsigned indent, width;
	unsigned column; /* where the next character goes; 0: the line is not begun */
	bool word_before;
};

static void flow_word(struct flow *w, const char *word, size_t len)
{
	unsigned columns = columns_of(word, len);

	if (w->word_before && w->column + 1 + columns > w->width) {
		(void)fputc('\n', w->f);
		w->column = 0;
		w->word_before = false;
	}
	if (w->word_before)
		(void)fputc(' ', w->f);
	else if (w->column < w->indent)
		(void)fprintf(w->f, "%*s", (int)(w->indent - w->column), "");
	w->column = (w->column < w->indent ? w->indent : w->column) + w->word_before + columns;
	(void)fwrite(word, 1, len, w->f);
	w->word_before = true;
}

static void flow_end_line(struct flow *w)
{
	if (w->column)
		(void)fputc('\n', w->f);
	w->column = 0;
	w->word_before = false;
}

/* One line of the source: a blank one ends the paragraph, one that begins with a blank is kept as it is. */
static void flow_line(struct flow *w, const char *line, size_t len)
{
	const char *end = line + len;
	size_t word;

	if (len == 0) {
		flow_end_line(w);
		(void)fputc('\n', w->f);
		return;
	}
	if (*line == ' ' || *line == '\t') {
		flow_end_line(w);
		(void)fprintf(w->f, "%*s%.*s\n", (int)w->indent, "", (int)len, line);
		return;
	}
	while (line < end) {
		word = strcspn(line, " \n");
		flow_word(w, line, word);
		line += word;
		line += strspn(line, " ");
	}
}

static void flow_text(FILE *f, const char *text, unsigned indent, unsigned column)
{
	struct flow w = { .f = f, .indent = indent, .width = help_width(f), .column = column };
	const char *newline;

	for (; *text; text = *newline ? newline + 1 : newline) {
		newline = strchrnul(text, '\n');
		flow_line(&w, text, (size_t)(newline - text));
	}
	flow_end_line(&w);
}

static void heading(FILE *f, const char *text)
{
	(void)fprintf(f, "\n%s%s:%s\n", style(f, STYLE_BOLD), text, style(f, STYLE_RESET));
}

/* A term and, from a fixed column on, its explanation; a long term has a line of its own. */
static void explain(FILE *f, const char *term, const char *text, unsigned column)
{
	unsigned used = 2 + columns_of(term, strlen(term));

	(void)fprintf(f, "  %s", term);
	if (used + 2 > column) {
		(void)fputc('\n', f);
		used = 0;
	}
	flow_text(f, text, column, used);
	if (!*text && used)
		(void)fputc('\n', f);
}

const char *option_group(const struct option_spec *o)
{
	return o->group ? o->group : "Options";
}

/* Whether an option before this one has the same group. */
static bool group_seen(const struct option_spec *table, const struct option_spec *o)
{
	const struct option_spec *before;

	for (before = table; before < o; before++)
		if (strcmp(option_group(before), option_group(o)) == 0)
			return true;
	return false;
}

const struct option_spec *option_next_group(const struct option_spec *table, const struct option_spec *after)
{
	const struct option_spec *o = after ? after + 1 : table;

	for (; o && o->name; o++)
		if (!group_seen(table, o))
			return o;
	return NULL;
}

static void help_option(const struct option_spec *o, FILE *f)
{
	const char *value = o->value ? o->value : "VALUE";
	char letter[8] = "    ", term[96];

	if (o->letter)
		(void)snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	(void)snprintf(term, sizeof(term), "%s--%s%s%s%s", letter, o->name,
		       o->type == OPT_OPTIONAL_STRING ? "[="
		       : option_needs_value(o)        ? "="
						      : "",
		       option_may_have_value(o) ? value : "", o->type == OPT_OPTIONAL_STRING ? "]" : "");
	explain(f, term, o->help ? o->help : "", OPTION_COLUMN);
}

static void help_options(const struct option_spec *table, FILE *f)
{
	const struct option_spec *first, *o;

	for (first = option_next_group(table, NULL); first; first = option_next_group(table, first)) {
		heading(f, option_group(first));
		for (o = first; o->name; o++)
			if (strcmp(option_group(o), option_group(first)) == 0)
				help_option(o, f);
	}
}

static void help_exits(const struct exit_status *exits, FILE *f)
{
	char number[16];

	heading(f, "Exit status");
	for (; exits->meaning; exits++) {
		(void)snprintf(number, sizeof(number), "%d", exits->status);
		explain(f, number, exits->meaning, 6);
	}
}

void help_verb(const struct program *program, const struct verb *verb, FILE *f)
{
	const char *operands = verb->operands ? verb->operands : "";

	(void)fprintf(f, "%sUsage:%s %s %s%s%s%s\n", style(f, STYLE_BOLD), style(f, STYLE_RESET),
		      program->name, verb->name, verb->options && verb->options->name ? " [OPTION...]" : "",
		      *operands ? " " : "", operands);
	if (verb->summary)
		flow_text(f, verb->summary, 0, 0);
	if (verb->description) {
		(void)fputc('\n', f);
		flow_text(f, verb->description, 0, 0);
	}
	help_options(verb->options, f);
	if (verb->examples) {
		heading(f, "Examples");
		(void)fputs(verb->examples, f);
		if (*verb->examples && verb->examples[strlen(verb->examples) - 1] != '\n')
			(void)fputc('\n', f);
	}
	if (verb->exits)
		help_exits(verb->exits, f);
}

static unsigned verb_column(const struct program *program)
{
	const struct verb *const *v;
	unsigned longest = 0, len;

	for (v = program->verbs; *v; v++) {
		len = columns_of((*v)->name, strlen((*v)->name));
		if (!(*v)->hidden && len > longest)
			longest = len;
	}
	return 2 + longest + 3;
}

void help_program(const struct program *program, FILE *f)
{
	unsigned column = verb_column(program);
	const struct verb *const *v;

	(void)fprintf(f, "%sUsage:%s %s VERB [OPTION...] [OPERAND...]\n", style(f, STYLE_BOLD),
		      style(f, STYLE_RESET), program->name);
	flow_text(f, program->summary, 0, 0);
	if (program->description) {
		(void)fputc('\n', f);
		flow_text(f, program->description, 0, 0);
	}
	heading(f, "Verbs");
	for (v = program->verbs; *v; v++)
		if (!(*v)->hidden)
			explain(f, (*v)->name, (*v)->summary, column);
	(void)fprintf(f, "\n'%s help VERB' tells what a verb does, its options and its exit statuses.\n",
		      program->name);
}
