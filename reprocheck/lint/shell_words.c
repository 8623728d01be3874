/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of the shell: quotes, expansions, here-documents, after POSIX 2.2, 2.6 and 2.7.4, with bash's.
 *
 * In make's text $ is written $$; a single $ is make's, and lint_rules_make.c reads it.  What an expansion gives is
 * a node; the word keeps ${NAME} or $() in its place.
 */
#include "reprocheck/lint/shell.h"

#include <string.h>

static void read_expansion(struct shell *s, struct word *w);

/* ---- blanks, comments, here-documents ---- */

/* A backslash before the end of a line joins it to the next; CRLF files too. */
static size_t continuation(const struct shell *s)
{
	if (shell_peek(s, 0) != '\\')
		return 0;
	if (shell_peek(s, 1) == '\n')
		return s->piece.dialect == DIALECT_MAKE && shell_peek(s, 2) == '\t' ? 3 : 2;
	return shell_peek(s, 1) == '\r' && shell_peek(s, 2) == '\n' ? 3 : 0;
}

static void skip_comment(struct shell *s)
{
	const char *end = memchr(s->piece.p + s->i, '\n', s->piece.n - s->i);

	s->i = end ? (size_t)(end - s->piece.p) : s->piece.n;
}

void shell_skip_blanks(struct shell *s)
{
	size_t n;
	int c;

	while ((c = shell_peek(s, 0)) != -1) {
		n = continuation(s);
		if (n == 0 && c != ' ' && c != '\t' && c != '\r')
			break;
		s->i += n ? n : 1;
	}
	if (c == '#')
		skip_comment(s);
}

/* Whether the line at s->i is the delimiter alone; *ret_next: where the next line begins. */
static bool is_delimiter(const struct shell *s, const struct heredoc *h, size_t *ret_next)
{
	size_t begin = s->i, end, n = strlen(h->delimiter);
	const char *newline;

	while (h->strip && begin < s->piece.n && s->piece.p[begin] == '\t')
		begin++;
	newline = memchr(s->piece.p + begin, '\n', s->piece.n - begin);
	end = newline ? (size_t)(newline - s->piece.p) : s->piece.n;
	*ret_next = newline ? end + 1 : end;
	if (end > begin && s->piece.p[end - 1] == '\r')
		end--;
	return end - begin == n && !memcmp(s->piece.p + begin, h->delimiter, n);
}

static void read_heredoc_line(struct shell *s, const struct heredoc *h)
{
	struct word w = { 0 };
	int c;

	while ((c = shell_peek(s, 0)) != -1 && c != '\n') {
		if (c == '\\')
			s->i++;
		if (c == '$' || c == '`')
			read_expansion(s, &w);
		else if (s->i < s->piece.n)
			s->i++;
	}
	if (shell_peek(s, 0) == '\n')
		s->i++;
	flow(s->l, word_node(s->l, &w), h->into);
}

static void read_heredoc(struct shell *s, const struct heredoc *h)
{
	size_t next;

	while (s->i < s->piece.n && !is_delimiter(s, h, &next)) {
		if (h->quoted)
			s->i = next;
		else
			read_heredoc_line(s, h);
	}
	if (s->i < s->piece.n)
		s->i = next;
}

/* The end of a line; what here-documents were announced on it follow. */
void shell_pass_newline(struct shell *s)
{
	struct heredoc pending[HEREDOCS_MAX];
	unsigned i, count = s->heredoc_count;

	s->i++;
	memcpy(pending, s->heredocs, sizeof(pending));
	s->heredoc_count = 0;
	for (i = 0; i < count; i++)
		read_heredoc(s, &pending[i]);
}

/* ---- expansions ---- */

/* Commands inside something, up to its end; what they print is what comes out. */
node shell_read_nested(struct shell *s, enum ending ending)
{
	bool backquoted = s->backquoted;
	node out = flow_new(s->l, CLASS_ALL);

	s->depth++;
	s->backquoted = ending == END_BACKQUOTE || (backquoted && ending != END_PAREN);
	shell_read_list(s, ending, out);
	s->backquoted = backquoted;
	s->depth--;
	return out;
}

static const struct environment_value {
	const char *name;
	enum lint_rule_id rule;
} environment_values[] = {
	{ "RANDOM", RULE_RANDOM },       { "SRANDOM", RULE_RANDOM },     { "HOSTNAME", RULE_HOSTNAME },
	{ "USER", RULE_USER },           { "LOGNAME", RULE_USER },       { "USERNAME", RULE_USER },
	{ "PWD", RULE_BUILD_DIRECTORY }, { "BASHPID", RULE_PROCESS_ID }, { "EPOCHSECONDS", RULE_DATE },
	{ "EPOCHREALTIME", RULE_DATE },
};

/* The value of a variable, and of the environment where nothing here sets it. */
static node variable_value(struct shell *s, const char *name, size_t n, size_t at)
{
	node v = flow_variable(s->l, s->piece.space, name, n), e;
	uint64_t offset = piece_offset(&s->piece, at);
	size_t i;

	for (i = 0; i < sizeof(environment_values) / sizeof(environment_values[0]); i++) {
		if (strlen(environment_values[i].name) != n ||
		    memcmp(environment_values[i].name, name, n) != 0)
			continue;
		e = flow_environment(s->l, environment_values[i].rule, v, offset, shell_here(s) - offset);
		return flow_both(s->l, v, e);
	}
	return v;
}

/* Behind ${: up to the matching brace. Default values and patterns may hold expansions of their own. */
static void read_braced(struct shell *s, struct word *w, size_t dollar)
{
	struct lint *l = s->l;
	struct word inner = { 0 };
	size_t begin = s->i, n;
	unsigned open = 1;
	node value, v;
	int c;

	if (shell_peek(s, 0) == '#' || shell_peek(s, 0) == '!')
		begin = ++s->i;
	while (shell_is_name(shell_peek(s, 0)))
		s->i++;
	n = s->i - begin;
	value = v = begin > dollar && s->piece.p[begin - 1] == '#'
			    ? 0
			    : variable_value(s, s->piece.p + begin, n, dollar);
	if (shell_peek(s, 0) == '#' && shell_peek(s, 1) == '#') {
		value = flow_new(l, CLASS_ALL & ~CLASS_BIT(CLASS_PATH)); /* ${PWD##*}: the last name of it */
		flow(l, v, value);
	}
	while ((c = shell_peek(s, 0)) != -1 && open) {
		if (c == '\n' && s->heredoc_count)
			break;
		if (c == '$' || c == '`') {
			read_expansion(s, &inner);
			continue;
		}
		open += c == '{';
		open -= c == '}';
		s->i += c == '\\' && s->i + 1 < s->piece.n ? 2 : 1;
	}
	word_put(l, w, "${", 2);
	word_ref(l, w, flow_both(l, value, word_node(l, &inner)), s->piece.p + begin,
		 n < LINT_NAME_MAX ? n : LINT_NAME_MAX);
	word_put(l, w, "}", 1);
}

/* $(( )): what is calculated from times is a duration; from a random number it stays random. */
void shell_read_arithmetic(struct shell *s, struct word *w, size_t dollar)
{
	unsigned open = 2;
	node from = 0;
	int c;

	while ((c = shell_peek(s, 0)) != -1 && c != '\n' && open) {
		if (c == 'R' && s->piece.n - s->i > 6 && !memcmp(s->piece.p + s->i, "RANDOM", 6) &&
		    !shell_is_name(shell_peek(s, 6)))
			from = variable_value(s, "RANDOM", 6, dollar);
		open += c == '(';
		open -= c == ')';
		s->i++;
	}
	word_ref(s->l, w, from, "$()", 3);
}

static void read_plain_variable(struct shell *s, struct word *w, size_t dollar)
{
	size_t begin = s->i;
	node from;

	if (isdigit(shell_peek(s, 0)) || (shell_peek(s, 0) != -1 && strchr("@*#?!-", shell_peek(s, 0)))) {
		s->i++;
		word_put(s->l, w, "$", 1);
		word_put(s->l, w, s->piece.p + begin, 1);
		return;
	}
	while (shell_is_name(shell_peek(s, 0)))
		s->i++;
	if (s->i == begin) {
		word_put(s->l, w, "$", 1);
		return;
	}
	from = variable_value(s, s->piece.p + begin, s->i - begin, dollar);
	word_put(s->l, w, "${", 2);
	word_ref(s->l, w, from, s->piece.p + begin,
		 s->i - begin < LINT_NAME_MAX ? s->i - begin : LINT_NAME_MAX);
	word_put(s->l, w, "}", 1);
}

/* Behind the shell's own $. */
static void read_dollar(struct shell *s, struct word *w, size_t dollar)
{
	uint64_t at = piece_offset(&s->piece, dollar);
	node from;

	if (shell_peek(s, 0) == '(' && shell_peek(s, 1) == '(') {
		s->i += 2;
		shell_read_arithmetic(s, w, dollar);
	} else if (shell_peek(s, 0) == '(' && s->depth < LINT_DEPTH_MAX) {
		s->i++;
		from = shell_read_nested(s, END_PAREN);
		word_ref(s->l, w, from, "$()", 3);
	} else if (shell_peek(s, 0) == '{') {
		s->i++;
		read_braced(s, w, dollar);
	} else if (shell_peek(s, 0) == '$') {
		s->i++;
		word_ref(s->l, w, flow_source(s->l, RULE_PROCESS_ID, at, shell_here(s) - at), "$$", 2);
	} else {
		read_plain_variable(s, w, dollar);
	}
}

static void read_ninja_variable(struct shell *s, struct word *w)
{
	bool braced = shell_peek(s, 0) == '{';
	size_t begin;

	s->i += braced;
	begin = s->i;
	while (shell_is_name(shell_peek(s, 0)) || (braced && shell_peek(s, 0) == '.'))
		s->i++;
	word_put(s->l, w, "${", 2);
	word_ref(s->l, w, flow_variable(s->l, 'n', s->piece.p + begin, s->i - begin), s->piece.p + begin,
		 s->i - begin);
	word_put(s->l, w, "}", 1);
	s->i += braced && shell_peek(s, 0) == '}';
	if (s->i == begin && shell_peek(s, 0) != -1)
		s->i++; /* "$ ", "$:" */
}

static void read_expansion_inside(struct shell *s, struct word *w)
{
	size_t dollar = s->i++;

	if (s->piece.p[dollar] == '`') {
		word_ref(s->l, w, shell_read_nested(s, END_BACKQUOTE), "$()", 3);
		return;
	}
	if (s->piece.dialect == DIALECT_SHELL) {
		read_dollar(s, w, dollar);
	} else if (shell_peek(s, 0) == '$') {
		s->i++;
		/* $$$$ is the process id. */
		if (shell_peek(s, 0) == '$' && shell_peek(s, 1) == '$')
			s->i++;
		read_dollar(s, w, dollar);
	} else if (s->piece.dialect == DIALECT_MAKE) {
		s->i = dollar;
		(void)make_reference(s->l, &s->piece, &s->i, w, s->depth);
	} else {
		read_ninja_variable(s, w);
	}
}

/* At $ or `. */
static void read_expansion(struct shell *s, struct word *w)
{
	if (s->depth >= LINT_DEPTH_MAX) {
		s->i++;
		return;
	}
	s->depth++;
	read_expansion_inside(s, w);
	s->depth--;
}

/* ---- words ---- */

static void read_single_quoted(struct shell *s, struct word *w)
{
	size_t begin;
	int c;

	for (begin = ++s->i; (c = shell_peek(s, 0)) != -1 && c != '\''; s->i++) {
		if (c != '$' || s->piece.dialect == DIALECT_SHELL)
			continue;
		/* make and ninja expand inside the shell's quotes. */
		word_put(s->l, w, s->piece.p + begin, s->i - begin);
		if (shell_peek(s, 1) == '$') {
			begin = ++s->i;
		} else {
			read_expansion(s, w);
			begin = s->i--;
		}
	}
	word_put(s->l, w, s->piece.p + begin, s->i > begin ? s->i - begin : 0);
	if (c != -1)
		s->i++;
}

static void read_double_quoted(struct shell *s, struct word *w)
{
	int c;

	s->i++;
	while ((c = shell_peek(s, 0)) != -1 && c != '"') {
		if (c == '`' && s->backquoted)
			return;
		if (c == '$' || c == '`') {
			read_expansion(s, w);
			continue;
		}
		if (c == '\\' && continuation(s)) {
			s->i += continuation(s);
			continue;
		}
		if (c == '\\' && shell_peek(s, 1) != -1 && strchr("$`\"\\", shell_peek(s, 1)))
			s->i++;
		word_put(s->l, w, s->piece.p + s->i, 1);
		s->i++;
	}
	if (c == '"')
		s->i++;
}

bool shell_ends_word(const struct shell *s, int c)
{
	return c == -1 || c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ';' || c == '&' ||
	       c == '|' || c == '<' || c == '>' || c == '(' || c == ')' || (c == '`' && s->backquoted);
}

static void read_escaped(struct shell *s, struct word *w)
{
	if (continuation(s)) {
		s->i += continuation(s);
		return;
	}
	s->i++;
	if (s->backquoted && shell_peek(s, 0) == '`') { /* a nested \` */
		s->i++;
		return;
	}
	if (shell_peek(s, 0) != -1)
		word_put(s->l, w, s->piece.p + s->i++, 1);
}

/* A run of plain characters at once. */
static void read_plain(struct shell *s, struct word *w)
{
	size_t begin = s->i;
	int c;

	while (!shell_ends_word(s, c = shell_peek(s, 0)) && c != '\'' && c != '"' && c != '\\' && c != '$' &&
	       c != '`')
		s->i++;
	word_put(s->l, w, s->piece.p + begin, s->i - begin);
}

void shell_read_word(struct shell *s, struct word *w)
{
	int c;

	w->offset = shell_here(s);
	w->quoted = shell_peek(s, 0) == '"' || shell_peek(s, 0) == '\'';
	word_put(s->l, w, "", 0);
	while (!shell_ends_word(s, c = shell_peek(s, 0))) {
		if (c == '\'')
			read_single_quoted(s, w);
		else if (c == '"')
			read_double_quoted(s, w);
		else if (c == '\\')
			read_escaped(s, w);
		else if (c == '$' || c == '`')
			read_expansion(s, w);
		else
			read_plain(s, w);
	}
	w->end = shell_here(s);
}
