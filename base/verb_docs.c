/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verb_docs.c: completion scripts and the man page, from the same tables as help.
 */
#include "base/verb_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Text between single quotes for the three shells; `special` characters get a backslash. */
static void put_quoted(FILE *f, const char *text, size_t len, const char *special)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] == '\'')
			(void)fputs("'\\''", f);
		else if (strchr(special, text[i]))
			(void)fprintf(f, "\\%c", text[i]);
		else
			(void)fputc(text[i], f);
	}
}

/* A menu of words has no room for more than the first line. */
static size_t first_line(const char *text)
{
	return strcspn(text, "\n");
}

static const struct option_spec *options_of(const struct verb *verb)
{
	static const struct option_spec none[1];

	return verb->options ? verb->options : none;
}

/* bash: a word list a verb, file names where no word fits. */

static void bash_verbs(const struct program *program, FILE *f)
{
	const struct verb *const *v;

	for (v = program->verbs; *v; v++)
		if (!(*v)->hidden)
			(void)fprintf(f, "%s ", (*v)->name);
}

static void bash_options(const struct verb *verb, FILE *f)
{
	const struct option_spec *o;

	for (o = options_of(verb); o->name; o++) {
		if (o->type == OPT_OPTIONAL_STRING)
			(void)fprintf(f, "--%s ", o->name);
		(void)fprintf(f, "--%s%s ", o->name, option_may_have_value(o) ? "=" : "");
	}
}

static void complete_bash(const struct program *program, FILE *f)
{
	const struct verb *const *v;

	(void)fprintf(f,
		      "# bash completion for %s\n"
		      "_%s()\n"
		      "{\n"
		      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} verb= words= i\n"
		      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		      "\t\t[[ ${COMP_WORDS[i]} == -* ]] || { verb=${COMP_WORDS[i]}; break; }\n"
		      "\tdone\n"
		      "\tcase $verb in\n"
		      "\t'') words='", program->name, program->name);
	bash_verbs(program, f);
	(void)fputs("help --help --version' ;;\n\thelp) words='", f);
	bash_verbs(program, f);
	(void)fputs("' ;;\n", f);
	for (v = program->verbs; *v; v++) {
		if ((*v)->hidden)
			continue;
		(void)fprintf(f, "\t%s) [[ $cur == -* ]] && words='", (*v)->name);
		bash_options(*v, f);
		(void)fputs("--help' ;;\n", f);
	}
	(void)fprintf(f,
		      "\tesac\n"
		      "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		      "\t[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace\n"
		      "}\n"
		      "complete -o default -F _%s %s\n", program->name, program->name);
}

/* zsh: _arguments, which also shows the explanations. */

static void zsh_value(const struct option_spec *o, FILE *f)
{
	const char *value = o->value ? o->value : "VALUE";
	bool file = strstr(value, "FILE") || strstr(value, "DIR") || strstr(value, "PATH");

	if (!option_may_have_value(o))
		return;
	(void)fputs(o->type == OPT_OPTIONAL_STRING ? "::" : ":", f);
	put_quoted(f, value, strlen(value), "\\:[]");
	(void)fputs(file ? ":_files" : ": ", f);
}

static void zsh_option(const struct option_spec *o, FILE *f)
{
	const char *help = o->help ? o->help : "";
	bool again = o->type == OPT_LIST || o->type == OPT_COUNT;
	const char *equals = option_needs_value(o) ? "=" : option_may_have_value(o) ? "=-" : "";

	(void)fputs("\t\t\t'", f);
	if (again)
		(void)fputc('*', f);
	else if (o->letter)
		(void)fprintf(f, "(-%c --%s)", o->letter, o->name);
	if (o->letter)
		(void)fprintf(f, "'{-%c%s,--%s%s}'[", o->letter,
			      option_needs_value(o) ? "+" : *equals ? "-" : "", o->name, equals);
	else
		(void)fprintf(f, "--%s%s[", o->name, equals);
	put_quoted(f, help, first_line(help), "\\:[]");
	(void)fputc(']', f);
	zsh_value(o, f);
	(void)fputs("' \\\n", f);
}

static void zsh_verb(const struct verb *verb, FILE *f)
{
	const struct option_spec *o;

	(void)fprintf(f, "\t%s)\n\t\t_arguments -s \\\n", verb->name);
	for (o = options_of(verb); o->name; o++)
		zsh_option(o, f);
	(void)fputs("\t\t\t'--help[show help]' \\\n\t\t\t'*:file:_files' ;;\n", f);
}

static void complete_zsh(const struct program *program, FILE *f)
{
	const struct verb *const *v;

	(void)fprintf(f, "#compdef %s\n_%s()\n{\n\tlocal -a verbs=(\n", program->name, program->name);
	for (v = program->verbs; *v; v++) {
		if ((*v)->hidden)
			continue;
		(void)fprintf(f, "\t\t'%s:", (*v)->name);
		put_quoted(f, (*v)->summary, first_line((*v)->summary), "\\:");
		(void)fputs("'\n", f);
	}
	(void)fputs("\t)\n"
		    "\tif (( CURRENT == 2 )) || [[ $words[2] == help ]]; then\n"
		    "\t\t_describe verb verbs\n"
		    "\t\t(( CURRENT > 2 )) || compadd -- help --help --version\n"
		    "\t\treturn\n"
		    "\tfi\n"
		    "\tshift words\n"
		    "\t(( CURRENT-- ))\n"
		    "\tcase $words[1] in\n", f);
	for (v = program->verbs; *v; v++)
		if (!(*v)->hidden)
			zsh_verb(*v, f);
	/* As an autoloaded file this is the function's first call; sourced, it only registers. */
	(void)fprintf(f,
		      "\tesac\n"
		      "}\n"
		      "if [[ $funcstack[1] == _%s ]]; then\n"
		      "\t_%s \"$@\"\n"
		      "else\n"
		      "\tcompdef _%s %s\n"
		      "fi\n", program->name, program->name, program->name, program->name);
}

/* fish: one `complete` a word. */

static void fish_description(const char *text, FILE *f)
{
	(void)fputs(" -d '", f);
	put_quoted(f, text, first_line(text), "\\");
	(void)fputs("'\n", f);
}

static void fish_verb(const struct program *program, const struct verb *verb, FILE *f)
{
	const struct option_spec *o;

	(void)fprintf(f, "complete -c %s -f -n __fish_use_subcommand -a %s", program->name, verb->name);
	fish_description(verb->summary, f);
	(void)fprintf(f, "complete -c %s -f -n '__fish_seen_subcommand_from help' -a %s\n", program->name,
		      verb->name);
	for (o = options_of(verb); o->name; o++) {
		(void)fprintf(f, "complete -c %s -n '__fish_seen_subcommand_from %s'", program->name,
			      verb->name);
		if (o->letter)
			(void)fprintf(f, " -s %c", o->letter);
		(void)fprintf(f, " -l %s%s", o->name, option_needs_value(o) ? " -r" : "");
		fish_description(o->help ? o->help : "", f);
	}
}

static void complete_fish(const struct program *program, FILE *f)
{
	const struct verb *const *v;

	for (v = program->verbs; *v; v++)
		if (!(*v)->hidden)
			fish_verb(program, *v, f);
	(void)fprintf(f, "complete -c %s -f -n __fish_use_subcommand -a help -d 'Show help'\n",
		      program->name);
	(void)fprintf(f, "complete -c %s -n __fish_use_subcommand -l version -d 'Show the version'\n",
		      program->name);
	(void)fprintf(f, "complete -c %s -l help -d 'Show help'\n", program->name);
}

int docs_completion(const struct program *program, const char *shell, FILE *f)
{
	if (strcmp(shell, "bash") == 0)
		complete_bash(program, f);
	else if (strcmp(shell, "zsh") == 0)
		complete_zsh(program, f);
	else if (strcmp(shell, "fish") == 0)
		complete_fish(program, f);
	else
		return -EINVAL;
	return 0;
}

/*
 * The man page, in mdoc(7).  Text lines are escaped so that nothing in them is a
 * request: a backslash becomes \e, a leading dot or quote gets \& before it, and
 * a hyphen that is part of an option is a real minus.
 */

static void man_line(FILE *f, const char *line, size_t len, bool literal)
{
	size_t i;

	if (len && (line[0] == '.' || line[0] == '\''))
		(void)fputs("\\&", f);
	for (i = 0; i < len; i++) {
		if (line[i] == '\\')
			(void)fputs("\\e", f);
		else if (line[i] == '-' && (literal || line[i + 1] == '-' || (i > 0 && line[i - 1] == '-') ||
					    (i > 0 && line[i - 1] == ' ')))
			(void)fputs("\\-", f);
		else
			(void)fputc(line[i], f);
	}
	(void)fputc('\n', f);
}

/* Paragraphs, which flow; lines that begin with a blank are a display, kept as they are. */
static void man_text(FILE *f, const char *text)
{
	bool display = false, indented;
	const char *newline;
	size_t len;

	for (; *text; text = *newline ? newline + 1 : newline) {
		newline = strchrnul(text, '\n');
		len = (size_t)(newline - text);
		indented = *text == ' ' || *text == '\t';
		if (indented != display)
			(void)fputs(indented ? ".Bd -literal -compact\n" : ".Ed\n", f);
		display = indented;
		if (len == 0)
			(void)fputs(".Pp\n", f);
		else
			man_line(f, text, len, indented);
	}
	if (display)
		(void)fputs(".Ed\n", f);
}

static void man_examples(FILE *f, const char *text)
{
	const char *newline;

	(void)fputs(".Pp\nExamples:\n.Bd -literal\n", f);
	for (; *text; text = *newline ? newline + 1 : newline) {
		newline = strchrnul(text, '\n');
		man_line(f, text, (size_t)(newline - text), true);
	}
	(void)fputs(".Ed\n", f);
}

/* An argument of a macro: the zero-width \& keeps a word like "No" from being taken for a macro. */
static void man_argument(FILE *f, const char *word)
{
	(void)fputs(" \\&", f);
	for (; *word; word++)
		(void)fputs(*word == '-' ? "\\-" : *word == '\\' ? "\\e" : (char[]){ *word, '\0' }, f);
}

static void man_option(const struct option_spec *o, FILE *f)
{
	(void)fputs(".It", f);
	if (o->letter)
		(void)fprintf(f, " Fl %c ,", o->letter);
	(void)fputs(" Fl", f);
	(void)fputs(" \\&\\-", f);
	(void)fputs(o->name, f);
	if (option_may_have_value(o)) {
		(void)fputs(o->type == OPT_OPTIONAL_STRING ? " Ns Oo Ns = Ns Ar" : " Ns = Ns Ar", f);
		man_argument(f, o->value ? o->value : "VALUE");
		if (o->type == OPT_OPTIONAL_STRING)
			(void)fputs(" Oc", f);
	}
	(void)fputc('\n', f);
	if (o->help)
		man_text(f, o->help);
}

static void man_options(const struct option_spec *table, FILE *f)
{
	const struct option_spec *first, *o;

	for (first = option_next_group(table, NULL); first; first = option_next_group(table, first)) {
		(void)fprintf(f, ".Pp\n%s:\n.Bl -tag -width Ds\n", option_group(first));
		for (o = first; o->name; o++)
			if (strcmp(option_group(o), option_group(first)) == 0)
				man_option(o, f);
		(void)fputs(".El\n", f);
	}
}

static void man_exits(const struct exit_status *exits, FILE *f)
{
	(void)fputs(".Pp\nExit status:\n.Bl -tag -width Ds -compact\n", f);
	for (; exits->meaning; exits++) {
		(void)fprintf(f, ".It %d\n", exits->status);
		man_text(f, exits->meaning);
	}
	(void)fputs(".El\n", f);
}

static void man_verb(const struct program *program, const struct verb *verb, FILE *f)
{
	(void)fprintf(f, ".Ss %s %s\n", program->name, verb->name);
	(void)fprintf(f, ".Nm %s Cm", program->name);
	man_argument(f, verb->name);
	if (verb->options && verb->options->name)
		(void)fputs(" Op Ar OPTION ...", f);
	(void)fputc('\n', f);
	if (verb->operands && *verb->operands)
		man_line(f, verb->operands, strlen(verb->operands), true);
	(void)fputs(".Pp\n", f);
	man_text(f, verb->description ? verb->description : verb->summary);
	if (verb->options)
		man_options(verb->options, f);
	if (verb->examples)
		man_examples(f, verb->examples);
	if (verb->exits)
		man_exits(verb->exits, f);
}

/* The date of the sources, as the build says it; that of the run would make two builds differ. */
static void man_date(FILE *f)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	time_t t = epoch ? (time_t)strtoll(epoch, NULL, 10) : 0;
	struct tm date;
	char text[64];

	if (epoch && gmtime_r(&t, &date) && strftime(text, sizeof(text), "%B %e, %Y", &date) > 0)
		(void)fprintf(f, ".Dd %s\n", text);
	else
		(void)fputs(".Dd $Mdocdate$\n", f);
}

static void man_title(const struct program *program, FILE *f)
{
	const char *s;

	man_date(f);
	(void)fputs(".Dt ", f);
	for (s = program->name; *s; s++)
		(void)fputc(*s >= 'a' && *s <= 'z' ? *s - 'a' + 'A' : *s, f);
	(void)fprintf(f, " 1\n.Os %s %s\n", program->name, program->version);
}

void docs_man_page(const struct program *program, FILE *f)
{
	const struct verb *const *v;

	man_title(program, f);
	(void)fprintf(f, ".Sh NAME\n.Nm %s\n.Nd ", program->name);
	man_text(f, program->summary);
	(void)fprintf(f, ".Sh SYNOPSIS\n.Nm %s\n.Ar VERB\n.Op Ar OPTION ...\n.Op Ar OPERAND ...\n",
		      program->name);
	(void)fprintf(f, ".Nm %s\n.Cm help\n.Op Ar VERB\n.Nm %s\n.Fl \\-version\n", program->name,
		      program->name);
	(void)fputs(".Sh DESCRIPTION\n", f);
	man_text(f, program->description ? program->description : program->summary);
	(void)fputs(".Sh VERBS\n", f);
	for (v = program->verbs; *v; v++)
		if (!(*v)->hidden)
			man_verb(program, *v, f);
}
