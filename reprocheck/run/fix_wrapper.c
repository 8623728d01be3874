/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wrapper that stands before a tool in PATH and adds a fix's flags.
 *
 * It is a script for any /bin/sh and calls no other program; its variables are called fix_... since one that is
 * exported would reach the tool changed.  Parts, each where it
 * is needed: the gate (calls that the flag would break go to the tool as they are),
 * the search for the output's name, the variables, and exec with the real tool's path as
 * argv[0] (gcc, clang, rustc and nvcc find their parts relative to it).  Arguments are
 * handed on as "$@", so blanks, quotes and response files arrive untouched.
 */
#include "base/buffer.h"
#include "base/path.h"
#include "reprocheck/run/fix_tools.h"
#include "reprocheck/run/fixes.h"

#include <ctype.h>
#include <string.h>

#define SCRIPT_MAX ((size_t)1 << 20)

/* ---- words of flags as words of a script ----------------------------------------------------------------- */

/* $NAME of a fix, and what the script has in its place. */
struct placeholder {
	const char *name, *script;
};
static const struct placeholder placeholders[] = {
	{ "OUTPUT", "\"$fix_output\"" },
	{ "PWD", "\"$PWD\"" },
	{ "EPOCH", "\"${SOURCE_DATE_EPOCH:-0}\"" },
};

static const struct placeholder *placeholder_at(const char *p, const char *end)
{
	size_t i, n;

	if (p == end || *p++ != '$')
		return NULL;
	for (n = 0; p + n < end && (isalnum((unsigned char)p[n]) || p[n] == '_'); n++)
		;
	for (i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++)
		if (strlen(placeholders[i].name) == n && !memcmp(p, placeholders[i].name, n))
			return &placeholders[i];
	return NULL;
}

static void put_quoted_char(struct buffer *b, char c)
{
	if (c == '\'')
		(void)buffer_puts(b, "'\\''");
	else
		(void)buffer_putc(b, c);
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t\n");
}

/* Behind the word that begins at p. */
static const char *word_end(const char *p)
{
	char quote = 0;

	for (; *p && (quote || !strchr(" \t\n", *p)); p++) {
		if (*p == '\\' && quote != '\'' && p[1])
			p++;
		else if (quote ? *p == quote : *p == '\'' || *p == '"')
			quote = quote ? 0 : *p;
	}
	return p;
}

/* One word, split and unquoted as a shell would, between single quotes. */
static void put_word(struct buffer *b, const char *p, const char *end)
{
	const struct placeholder *ref;
	char quote = 0;

	(void)buffer_putc(b, '\'');
	for (; p < end; p++) {
		ref = quote == '\'' ? NULL : placeholder_at(p, end);
		if (ref) {
			(void)buffer_printf(b, "'%s'", ref->script);
			p += strlen(ref->name);
		} else if (*p == '\\' && quote != '\'' && p + 1 < end) {
			put_quoted_char(b, *++p);
		} else if (quote ? *p == quote : *p == '\'' || *p == '"') {
			quote = quote ? 0 : *p;
		} else {
			put_quoted_char(b, *p);
		}
	}
	(void)buffer_putc(b, '\'');
}

static void put_words(struct buffer *b, const char *p)
{
	const char *end;

	for (p = skip_blanks(p); *p; p = skip_blanks(end)) {
		end = word_end(p);
		(void)buffer_putc(b, ' ');
		put_word(b, p, end);
	}
}

static void put_quoted(struct buffer *b, const char *s)
{
	(void)buffer_putc(b, '\'');
	for (; *s; s++)
		put_quoted_char(b, *s);
	(void)buffer_putc(b, '\'');
}

/* ---- which calls take the flag --------------------------------------------------------------------------- */

/* A word of the call decides. */
enum gate_kind { GATE_ANY, GATE_FIRST, GATE_NONE }; /* any word must match; the first must; none may */
struct gate {
	const char *tool, *flags; /* patterns of the program's name and of the flags */
	enum gate_kind kind;
	const char *words;        /* patterns of the script's case */
};
static const struct gate gates[] = {
	/* clang warns of linker flags where it does not link, and -Werror makes an error of that. */
	{ "*gcc*|*g++*|*clang*|*cc|c++", "-Wl,*|-Xlinker*", GATE_NONE,
	  "-c|-S|-E|-M|-MM|-fsyntax-only|--precompile|--analyze|c-header|c++-header|--version|--help*|-print-*|--print-*|-dump*" },
	/* nvcc refuses it where it links. */
	{ "nvcc", "-objtemp*|--objdir-as-tempdir*", GATE_ANY, "-c|-dc|-dw|--compile|--device-c|--device-w" },
	/* Both would change what is unpacked, or be refused. */
	{ "cpio", "*", GATE_ANY, "-o*|-[!-]*o*|--create" },
	{ "jar", "--date*", GATE_FIRST, "--create|--update|-c*|-u*|c*|u*" },
	/* A time that the call asks for is not the clock's. */
	{ "date", "*-d*", GATE_NONE, "-d*|-r*|-f*|-s*|-[!-]*d|--date*|--reference*|--file*|--set*" },
	/* What follows -t belongs to a tool inside ninja. */
	{ "ninja", "*", GATE_NONE, "-t*" },
};

static const struct gate *gate_for(const char *real, const char *flags)
{
	const char *name = path_base(real);
	size_t i;

	for (i = 0; i < sizeof(gates) / sizeof(gates[0]); i++)
		if (pattern_list_takes(gates[i].tool, name) &&
		    pattern_list_takes(gates[i].flags, flags))
			return &gates[i];
	return NULL;
}

static void put_gate(struct buffer *b, const struct gate *g)
{
	(void)buffer_puts(b, "fix_found=\n");
	if (g->kind == GATE_FIRST)
		(void)buffer_printf(b, "case ${1-} in\n%s) fix_found=y ;;\nesac\n", g->words);
	else
		(void)buffer_printf(b, "for fix_word; do\n\tcase $fix_word in\n\t%s) fix_found=y ;;\n\tesac\ndone\n", g->words);
	(void)buffer_printf(b, "[ -%c \"$fix_found\" ] || exec \"$fix_real\" \"$@\"\n", g->kind == GATE_NONE ? 'z' : 'n');
}

/* ---- the output's name ----------------------------------------------------------------------------------- */

/*
 * The argument of -o, also in a response file (words without blanks; that is how build systems write the name); else
 * the last operand; below the current directory it is taken relative to it, so that it does not hold the place of the build.
 */
static const char find_output[] =
	"fix_output= fix_previous= fix_operand=\n"
	"fix_look() {\n"
	"\tcase $fix_previous in\n"
	"\t-o) fix_output=$1 ;;\n"
	"\tesac\n"
	"\tcase $1 in\n"
	"\t-o?*) fix_output=${1#-o} ;;\n"
	"\t[!-@]*) fix_operand=$1 ;;\n"
	"\tesac\n"
	"\tfix_previous=$1\n"
	"}\n"
	"for fix_word; do\n"
	"\tfix_look \"$fix_word\"\n"
	"\tcase $fix_word in\n"
	"\t@?*)\n"
	"\t\t[ -f \"${fix_word#@}\" ] || continue\n"
	"\t\tset -f\n"
	"\t\twhile read -r fix_line || [ -n \"$fix_line\" ]; do\n"
	"\t\t\tfor fix_part in $fix_line; do\n"
	"\t\t\t\tfix_part=${fix_part#[\\\"\\']}\n"
	"\t\t\t\tfix_look \"${fix_part%[\\\"\\']}\"\n"
	"\t\t\tdone\n"
	"\t\tdone <\"${fix_word#@}\"\n"
	"\t\tset +f\n"
	"\t\t;;\n"
	"\tesac\n"
	"done\n"
	"fix_output=${fix_output:-${fix_operand:-a.out}}\n"
	"fix_output=${fix_output#\"$PWD\"/}\n";

/* ---- the script ------------------------------------------------------------------------------------------ */

/* Letters for ar: they join the first word that is not a long option. D and U exclude each other; the last to ask wins. */
static void put_letters(struct buffer *b, const char *letters)
{
	const char *other = strchr(letters, 'D') ? "U" : strchr(letters, 'U') ? "D" : NULL;

	(void)buffer_puts(b, "fix_done= fix_skip=\n"
			     "for fix_word; do\n"
			     "\tshift\n"
			     "\tcase $fix_done$fix_skip$fix_word in\n"
			     "\t--plugin | --record-libdeps | --output) fix_skip=y ;;\n"
			     "\t@*) fix_done=done ;;\n"
			     "\t--* | -X32* | -X64*) ;;\n"
			     "\ty*) fix_skip= ;;\n"
			     "\tdone*) ;;\n"
			     "\t*)\n"
			     "\t\tfix_done=done\n");
	if (other)
		(void)buffer_printf(b,
				    "\t\twhile :; do\n"
				    "\t\t\tcase $fix_word in\n"
				    "\t\t\t*%s*) fix_word=${fix_word%%%%%s*}${fix_word#*%s} ;;\n"
				    "\t\t\t*) break ;;\n"
				    "\t\t\tesac\n"
				    "\t\tdone\n",
				    other, other, other);
	(void)buffer_puts(b, "\t\tfix_word=$fix_word");
	put_word(b, letters, word_end(letters));
	(void)buffer_puts(b, "\n\t\t;;\n\tesac\n\tset -- \"$@\" \"$fix_word\"\ndone\n");
}

/* NAME=value words in front; returns behind them. */
static const char *put_variables(struct buffer *b, const char *p)
{
	const char *end;
	size_t n;

	for (p = skip_blanks(p);; p = skip_blanks(end)) {
		for (n = 0; isalnum((unsigned char)p[n]) || p[n] == '_'; n++)
			;
		if (!n || isdigit((unsigned char)*p) || p[n] != '=')
			return p;
		end = word_end(p);
		(void)buffer_printf(b, "export %.*s=", (int)n, p);
		put_word(b, p + n + 1, end);
		(void)buffer_putc(b, '\n');
	}
}

/* "build -trimpath": only where the call's first word is the same. Returns behind it. */
static const char *put_subcommand(struct buffer *b, const char *flags)
{
	const char *end = word_end(flags);

	(void)buffer_puts(b, "[ \"${1-}\" = ");
	put_word(b, flags, end);
	(void)buffer_puts(b, " ] || exec \"$fix_real\" \"$@\"\nshift\nset -- ");
	put_word(b, flags, end);
	put_words(b, end);
	(void)buffer_puts(b, " \"$@\"\n");
	return end + strlen(end);
}

/* Behind "--" there are no flags, so there they go to the front after all. */
static void put_call(struct buffer *b, const char *flags, bool last)
{
	if (last && *flags) {
		(void)buffer_puts(b, "for fix_word; do\n\tcase $fix_word in\n\t--) exec \"$fix_real\"");
		put_words(b, flags);
		(void)buffer_puts(b, " \"$@\" ;;\n\tesac\ndone\n");
	}
	(void)buffer_puts(b, "exec \"$fix_real\"");
	if (!last)
		put_words(b, flags);
	(void)buffer_puts(b, " \"$@\"");
	if (last)
		put_words(b, flags);
	(void)buffer_putc(b, '\n');
}

char *fix_wrapper(const struct applied_fix *f, const char *real)
{
	struct buffer b = BUFFER_INIT(SCRIPT_MAX);
	const char *flags, *name = path_base(real);
	const struct gate *gate;

	(void)buffer_puts(&b, "#!/bin/sh\n# The real tool, with the flags of a fix that is being tried.\nfix_real=");
	put_quoted(&b, real);
	(void)buffer_putc(&b, '\n');
	flags = f->value + strlen(f->value);
	if (strstr(f->value, "$OUTPUT"))
		(void)buffer_puts(&b, find_output);
	flags = put_variables(&b, f->value);
	gate = gate_for(real, flags);
	if (gate)
		put_gate(&b, gate);
	if (pattern_list_takes(TOOLS_AR, name) && isalpha((unsigned char)*flags)) {
		put_letters(&b, flags);
		flags += strlen(flags);
	} else if (isalpha((unsigned char)*flags)) {
		flags = put_subcommand(&b, flags);
	}
	put_call(&b, flags, f->last);
	return buffer_detach(&b);
}
