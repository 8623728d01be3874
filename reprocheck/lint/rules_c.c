/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C and C++: __DATE__, __TIME__ and __TIMESTAMP__ where they are used.
 *
 * After C17 5.1.1.2 and 6.4: comments, strings, characters, raw strings of C++ and lines
 * joined by backslashes are passed over.  A macro that is only asked for (#ifdef __DATE__,
 * defined(__DATE__)), redefined or undefined is not used.  Most files hold none of the
 * names, which memmem() tells before anything is read.
 */
#include "reprocheck/lint/rules.h"

#include <ctype.h>
#include <string.h>

#define PARAMETERS_MAX 4096 /* bytes of a macro's parameter list */

struct source {
	struct lint *l;
	const char *p;
	size_t i, n;
	size_t line_start;
	size_t seen_line; /* behind the last one that was reported: one a line is enough */
	bool fresh_line;  /* nothing but blanks so far */
	bool directive;   /* in #if, #ifdef, #undef...: names are asked for, not used */
	bool skipping;    /* a name was defined with one of the macros' names */
};

static int peek(const struct source *s, size_t ahead)
{
	return ahead < s->n - s->i ? (unsigned char)s->p[s->i + ahead] : -1;
}

static bool is_name(int c)
{
	return c == '_' || (c > 0 && isalnum(c));
}

static void skip_line_comment(struct source *s)
{
	while (s->i < s->n) {
		const char *newline = memchr(s->p + s->i, '\n', s->n - s->i);

		s->i = newline ? (size_t)(newline - s->p) : s->n;
		if (!newline || s->i == 0 || s->p[s->i - 1] != '\\')
			return;
		s->i++;
	}
}

static void skip_block_comment(struct source *s)
{
	const char *end = memmem(s->p + s->i + 2, s->n - s->i - 2, "*/", 2);

	s->i = end ? (size_t)(end - s->p) + 2 : s->n;
}

static void skip_quoted(struct source *s, int quote)
{
	int c;

	for (s->i++; (c = peek(s, 0)) != -1 && c != quote && c != '\n'; s->i++)
		if (c == '\\' && peek(s, 1) != -1)
			s->i++;
	s->i += c == quote;
}

/* R"delimiter( ... )delimiter" */
static void skip_raw(struct source *s)
{
	char close[24] = ")";
	size_t n = 1;
	const char *end;
	int c;

	for (s->i++; (c = peek(s, 0)) != -1 && c != '(' && c != '\n' && n < 18; s->i++)
		close[n++] = (char)c;
	if (c != '(')
		return;
	close[n++] = '"';
	end = memmem(s->p + s->i, s->n - s->i, close, n);
	s->i = end ? (size_t)(end - s->p) + n : s->n;
}

static bool word_at(const struct source *s, size_t begin, const char *w)
{
	return s->i - begin == strlen(w) && !memcmp(s->p + begin, w, s->i - begin);
}

/* #define IS_VALID(__TIME__) ((__TIME__) < 4): a parameter, for as long as the definition lasts. */
static bool names_parameter(const struct source *s)
{
	const char *begin = s->p + s->i, *end;

	if (peek(s, 0) != '(')
		return false;
	end = memchr(begin, ')', s->n - s->i < PARAMETERS_MAX ? s->n - s->i : PARAMETERS_MAX);
	return end && (memmem(begin, (size_t)(end - begin), "__TIME__", 8) ||
		       memmem(begin, (size_t)(end - begin), "__DATE__", 8));
}

/* Behind '#': which directives only ask. */
static void read_directive(struct source *s)
{
	static const char *const asking[] = { "if",    "ifdef",   "ifndef", "elif", "undef",
					      "error", "warning", "pragma", "line", "include" };
	size_t begin, i;

	s->i++;
	while (peek(s, 0) == ' ' || peek(s, 0) == '\t')
		s->i++;
	begin = s->i;
	while (is_name(peek(s, 0)))
		s->i++;
	for (i = 0; i < sizeof(asking) / sizeof(asking[0]); i++)
		s->directive |= word_at(s, begin, asking[i]);
	if (!word_at(s, begin, "define"))
		return;
	while (peek(s, 0) == ' ' || peek(s, 0) == '\t')
		s->i++;
	begin = s->i;
	while (is_name(peek(s, 0)))
		s->i++;
	s->directive |= names_parameter(s);
	/* #define __DATE__ "...": whoever does that has thought of it. */
	s->skipping |= word_at(s, begin, "__DATE__") || word_at(s, begin, "__TIME__");
}

static void read_name(struct source *s)
{
	size_t begin = s->i;
	const char *newline;

	while (is_name(peek(s, 0)))
		s->i++;
	if (peek(s, 0) == '"' && s->p[s->i - 1] == 'R' && s->i - begin <= 3) {
		skip_raw(s);
		return;
	}
	if (s->directive || s->skipping || s->p[begin] != '_' || begin < s->seen_line)
		return;
	if (begin >= 7 && !memcmp(s->p + begin - 7, "sizeof(", 7))
		return; /* its length is always the same */
	if (!word_at(s, begin, "__DATE__") && !word_at(s, begin, "__TIME__") &&
	    !word_at(s, begin, "__TIMESTAMP__"))
		return;
	s->l->statement = s->line_start;
	flow_found(s->l, RULE_DATE_TIME_MACRO, begin, s->i - begin, NULL);
	newline = memchr(s->p + s->i, '\n', s->n - s->i);
	s->seen_line = newline ? (size_t)(newline - s->p) : s->n;
}

static void read_character(struct source *s)
{
	int c = peek(s, 0);

	if (c == '\n') {
		if (s->i == 0 || s->p[s->i - 1] != '\\')
			s->directive = false;
		s->fresh_line = true;
		s->line_start = ++s->i;
		return;
	}
	if (c == '#' && s->fresh_line)
		read_directive(s);
	else if (c == '/' && peek(s, 1) == '/')
		skip_line_comment(s);
	else if (c == '/' && peek(s, 1) == '*')
		skip_block_comment(s);
	else if (c == '"' || c == '\'')
		skip_quoted(s, c);
	else if (is_name(c))
		read_name(s);
	else
		s->i++;
	if (c != ' ' && c != '\t')
		s->fresh_line = false;
}

int read_c(struct lint *l)
{
	struct source s = { .l = l, .p = l->text, .n = l->size, .fresh_line = true };

	if (!memmem(l->text, l->size, "__DATE__", 8) && !memmem(l->text, l->size, "__TIME", 6))
		return 0;
	while (s.i < s.n)
		read_character(&s);
	return l->error;
}
