/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shell: scripts, recipes, RUN lines, cmd strings.
 *
 * A reader after POSIX 2.3 to 2.10 (token recognition, expansions, compound
 * commands, here-documents) with bash's additions, that is forgiving: what it
 * does not understand it skips, and it always moves on.  It builds commands of
 * words and redirections and hands each to command_rules(); what a command
 * prints flows to its file, to the next command of the pipeline, into the word
 * around its $( ), or to the group around it, which may be redirected in turn.
 */
#include "reprocheck/lint/shell.h"

#include <string.h>

#define STAGES_MAX 16

struct stage {
	struct command command;
	bool group;
	node prints; /* of a group */
};

/* ---- redirections ---- */

static void read_heredoc_start(struct shell *s, struct command *c)
{
	struct heredoc h = { .strip = shell_peek(s, 0) == '-' };
	struct word w = { 0 };
	size_t begin;

	s->i += h.strip;
	shell_skip_blanks(s);
	begin = s->i;
	shell_read_word(s, &w);
	h.quoted = memchr(s->piece.p + begin, '\'', s->i - begin) ||
		   memchr(s->piece.p + begin, '"', s->i - begin) ||
		   memchr(s->piece.p + begin, '\\', s->i - begin);
	h.into = flow_new(s->l, CLASS_ALL);
	c->has_input = true;
	c->input = flow_both(s->l, c->input, h.into);
	if (w.len < sizeof(h.delimiter) && w.len > 0 && s->heredoc_count < HEREDOCS_MAX) {
		memcpy(h.delimiter, w.text, w.len + 1);
		s->heredocs[s->heredoc_count++] = h;
	}
}

static void read_input(struct shell *s, struct command *c)
{
	struct word w = { 0 };

	s->i++;
	if (shell_peek(s, 0) == '<' && shell_peek(s, 1) != '<') {
		s->i++;
		read_heredoc_start(s, c);
		return;
	}
	if (shell_peek(s, 0) == '<') /* <<< word */
		s->i += 2;
	if (shell_peek(s, 0) == '&' || shell_peek(s, 0) == '>')
		s->i++;
	if (shell_peek(s, 0) == '(' && s->depth < LINT_DEPTH_MAX) { /* <(commands) */
		s->i++;
		c->input = flow_both(s->l, c->input, shell_read_nested(s, END_PAREN));
		c->has_input = true;
		return;
	}
	shell_skip_blanks(s);
	shell_read_word(s, &w);
	c->has_input = true;
	c->input = flow_both(s->l, c->input, word_node(s->l, &w));
}

/* At > (or behind its number `fd`, 1 when there is none). */
static void read_output(struct shell *s, struct command *c, int fd, bool both)
{
	struct word *w = arena_alloc(&s->l->scratch, sizeof(*w));
	struct word spare = { 0 };
	bool duplicates;

	s->i++;
	if (shell_peek(s, 0) == '>' || shell_peek(s, 0) == '|')
		s->i++;
	duplicates = shell_peek(s, 0) == '&';
	s->i += duplicates;
	if (shell_peek(s, 0) == '(' && s->depth < LINT_DEPTH_MAX) { /* >(commands) */
		s->i++;
		(void)shell_read_nested(s, END_PAREN);
		return;
	}
	shell_skip_blanks(s);
	w = w ? w : &spare;
	shell_read_word(s, w);
	if (fd != 1 && !both)
		return;
	c->output_hidden = (duplicates && w->len == 1) || w == &spare;
	c->output = c->output_hidden ? NULL : w;
}

/* A redirection at s->i, if one is there: "2>", ">", "&>", "<". */
static bool read_redirection(struct shell *s, struct command *c)
{
	int first = shell_peek(s, 0);
	bool both = first == '&' && shell_peek(s, 1) == '>';

	if (isdigit(first) && (shell_peek(s, 1) == '>' || shell_peek(s, 1) == '<')) {
		s->i++;
		if (shell_peek(s, 0) == '<')
			read_input(s, c);
		else
			read_output(s, c, first - '0', false);
		return true;
	}
	if (first == '<') {
		read_input(s, c);
		return true;
	}
	if (first != '>' && !both)
		return false;
	s->i += both;
	read_output(s, c, 1, both);
	return true;
}

/* ---- assignments ---- */

/* Length of NAME in NAME= or NAME+= or NAME[..]=; 0: no assignment. */
static size_t assigned_name(const struct word *w, size_t *ret_value)
{
	size_t n = 0, i;

	if (!w->text || isdigit((unsigned char)w->text[0]))
		return 0;
	while (shell_is_name((unsigned char)w->text[n]))
		n++;
	i = n;
	if (w->text[i] == '[')
		i += strcspn(w->text + i, "]") + (strchr(w->text + i, ']') != NULL);
	i += w->text[i] == '+';
	if (n == 0 || w->text[i] != '=')
		return 0;
	*ret_value = i + 1;
	return n;
}

/* CFLAGS, defs, COPTS: of a compiler, as far as the name tells. */
static bool names_flags(const char *name, size_t n)
{
	return memmem(name, n, "FLAGS", 5) || memmem(name, n, "flags", 5) || memmem(name, n, "DEF", 3) ||
	       memmem(name, n, "OPT", 3);
}

static bool assign(struct shell *s, const struct word *w)
{
	size_t value, n = assigned_name(w, &value);
	node v;

	if (!n)
		return false;
	v = flow_variable(s->l, s->piece.space, w->text, n);
	flow_assigned(s->l, v);
	flow(s->l, word_node_from(s->l, w, value), v);
	word_options(s->l, w, names_flags(w->text, n) ? SINK_DEFINE : SINK_PARAMETER);
	word_flags(s->l, w);
	return true;
}

/* NAME=( words ) of bash; at the parenthesis. */
static void assign_array(struct shell *s, const struct word *name)
{
	size_t value, n = assigned_name(name, &value);
	node v = flow_variable(s->l, s->piece.space, name->text, n);

	flow_assigned(s->l, v);
	s->i++;
	while (shell_peek(s, 0) != -1 && shell_peek(s, 0) != ')') {
		struct word w = { 0 };
		size_t before = s->i;

		shell_skip_blanks(s);
		if (shell_peek(s, 0) == '\n') {
			shell_pass_newline(s);
			continue;
		}
		shell_read_word(s, &w);
		flow(s->l, word_node(s->l, &w), v);
		word_options(s->l, &w, names_flags(name->text, n) ? SINK_DEFINE : SINK_PARAMETER);
		word_flags(s->l, &w);
		if (s->i == before)
			s->i++;
	}
	if (shell_peek(s, 0) == ')')
		s->i++;
}

static bool declares(const struct word *w)
{
	static const char *const names[] = { "export", "local", "declare", "typeset", "readonly" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (word_is(w, names[i]))
			return true;
	return false;
}

/* ---- compound commands ---- */

static void skip_newlines(struct shell *s)
{
	for (shell_skip_blanks(s); shell_peek(s, 0) == '\n'; shell_skip_blanks(s))
		shell_pass_newline(s);
}

static void read_group(struct shell *s, struct stage *st, enum ending ending)
{
	st->group = true;
	st->prints = shell_read_nested(s, ending);
}

/* for NAME in words; do list done. At the blank behind `for`. */
static void read_for(struct shell *s, struct stage *st)
{
	struct word name = { 0 };
	node v, list, order = 0;

	shell_skip_blanks(s);
	if (shell_peek(s, 0) == '(') { /* for ((;;)) */
		read_group(s, st, END_DONE);
		return;
	}
	shell_read_word(s, &name);
	v = flow_variable(s->l, s->piece.space, name.text ?: "", name.len);
	list = flow_new(s->l,
			CLASS_VALUES); /* one at a time: their order shows only in what the loop prints */
	flow(s->l, list, v);
	flow_assigned(s->l, v);
	shell_skip_blanks(s);
	while (shell_peek(s, 0) != -1 && shell_peek(s, 0) != ';' && shell_peek(s, 0) != '\n') {
		struct word w = { 0 };
		size_t before = s->i;

		shell_read_word(s, &w);
		flow(s->l, word_node(s->l, &w), list);
		order = flow_both(s->l, order, word_node(s->l, &w));
		if (s->i == before)
			s->i++;
		shell_skip_blanks(s);
	}
	read_group(s, st, END_DONE);
	list = flow_new(s->l, CLASS_BIT(CLASS_ORDER));
	flow(s->l, order, list);
	st->prints = flow_both(s->l, st->prints, list);
}

static void skip_pattern(struct shell *s)
{
	struct word w = { 0 };
	int c;

	if (shell_peek(s, 0) == '(')
		s->i++;
	while ((c = shell_peek(s, 0)) != -1 && c != ')' && c != '\n') {
		size_t before = s->i;

		shell_read_word(s, &w);
		if (s->i == before)
			s->i++;
	}
	if (c == ')')
		s->i++;
}

static bool at_keyword(const struct shell *s, const char *word)
{
	size_t n = strlen(word);

	if (s->piece.n - s->i < n || memcmp(s->piece.p + s->i, word, n) != 0)
		return false;
	return shell_ends_word(s, shell_peek(s, n)) ||
	       (shell_peek(s, n) == '\\' && shell_peek(s, n + 1) == '\n');
}

/* case WORD in pattern) list ;; ... esac. At the blank behind `case`. */
static void read_case(struct shell *s, struct stage *st)
{
	struct word w = { 0 };

	st->group = true;
	st->prints = flow_new(s->l, CLASS_ALL);
	shell_skip_blanks(s);
	shell_read_word(s, &w);
	skip_newlines(s);
	if (at_keyword(s, "in"))
		s->i += 2;
	s->depth++;
	while (s->i < s->piece.n) {
		size_t before = s->i;

		skip_newlines(s);
		if (at_keyword(s, "esac")) {
			s->i += 4;
			break;
		}
		if (shell_peek(s, 0) == ')' || (s->backquoted && shell_peek(s, 0) == '`'))
			break;
		skip_pattern(s);
		shell_read_list(s, END_ITEM, st->prints);
		if (s->i == before)
			s->i++;
	}
	s->depth--;
}

/* [[ ]] and (( )): conditions print nothing. */
static void skip_condition(struct shell *s, struct stage *st)
{
	struct word w = { 0 };

	st->group = true;
	while (s->i < s->piece.n && shell_peek(s, 0) != '\n') {
		size_t before = s->i;

		shell_skip_blanks(s);
		if (at_keyword(s, "]]")) {
			s->i += 2;
			return;
		}
		w = (struct word){ 0 };
		shell_read_word(s, &w);
		if (s->i == before && shell_peek(s, 0) != '\n')
			s->i++;
	}
}

static void skip_arithmetic_command(struct shell *s, struct stage *st)
{
	struct word w = { 0 };

	st->group = true;
	s->i += 2;
	shell_read_arithmetic(s, &w, s->i);
}

/* A word that opens a group at the place of a command; false: none is there. */
static bool read_compound(struct shell *s, struct stage *st)
{
	static const struct {
		const char *word;
		enum ending ending;
	} groups[] = {
		{ "{", END_BRACE },    { "if", END_FI },       { "while", END_DONE },
		{ "until", END_DONE }, { "select", END_DONE },
	};
	size_t i;

	if (s->depth >= LINT_DEPTH_MAX)
		return false;
	if (shell_peek(s, 0) == '(' && shell_peek(s, 1) == '(') {
		skip_arithmetic_command(s, st);
		return true;
	}
	if (shell_peek(s, 0) == '(') {
		s->i++;
		read_group(s, st, END_PAREN);
		return true;
	}
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (at_keyword(s, groups[i].word)) {
			s->i += strlen(groups[i].word);
			read_group(s, st, groups[i].ending);
			return true;
		}
	}
	if (at_keyword(s, "for")) {
		s->i += 3;
		read_for(s, st);
	} else if (at_keyword(s, "case")) {
		s->i += 4;
		read_case(s, st);
	} else if (at_keyword(s, "[[")) {
		skip_condition(s, st);
	}
	return st->group;
}

/* NAME() compound, or function NAME compound: what it prints is kept under its name. */
static void read_function(struct shell *s, const struct word *name, struct stage *st)
{
	shell_skip_blanks(s);
	while (shell_peek(s, 0) == '(' || shell_peek(s, 0) == ')' || shell_peek(s, 0) == ' ')
		s->i++;
	skip_newlines(s);
	if (!read_compound(s, st))
		return;
	flow(s->l, st->prints, flow_variable(s->l, 'f', name->text ?: "", name->len));
	st->prints = 0; /* nothing until it is called */
}

/* ---- simple commands ---- */

static bool ends_command(const struct shell *s, int c)
{
	return c == -1 || c == '\n' || c == ';' || c == '|' || c == ')' || (c == '`' && s->backquoted) ||
	       (c == '&' && shell_peek(s, 1) != '>');
}

static void keep_word(struct shell *s, struct command *c, const struct word *w, size_t *cap)
{
	struct word *grown;

	if (c->count == *cap && *cap < LINT_WORDS_MAX) {
		size_t room = *cap ? *cap * 2 : 8;

		grown = arena_array(&s->l->scratch, room, sizeof(*grown));
		if (!grown)
			return;
		if (c->count)
			memcpy(grown, c->words, c->count * sizeof(*grown));
		c->words = grown;
		*cap = room;
	}
	if (c->count < *cap)
		c->words[c->count++] = *w;
}

/* Words and redirections up to the end of the command. */
static void read_simple(struct shell *s, struct stage *st)
{
	struct command *c = &st->command;
	size_t cap = 0, value;

	for (shell_skip_blanks(s); !ends_command(s, shell_peek(s, 0)); shell_skip_blanks(s)) {
		struct word w = { 0 };
		size_t before = s->i;

		if (read_redirection(s, c))
			continue;
		shell_read_word(s, &w);
		if (shell_peek(s, 0) == '(' && assigned_name(&w, &value) == w.len - 1 && w.len > 1) {
			assign_array(s, &w);
			continue;
		}
		if (c->count == 0 && (shell_peek(s, 0) == '(' || word_is(&w, "function"))) {
			if (shell_peek(s, 0) != '(') {
				shell_skip_blanks(s);
				w = (struct word){ 0 };
				shell_read_word(s, &w);
			}
			read_function(s, &w, st);
			return;
		}
		if (s->i == before)
			s->i++; /* a stray parenthesis */
		else if (c->count > 0 || !assign(s, &w))
			keep_word(s, c, &w, &cap);
	}
}

/* Redirections behind } ) done fi esac. */
static void read_group_redirections(struct shell *s, struct command *c)
{
	for (shell_skip_blanks(s); read_redirection(s, c); shell_skip_blanks(s))
		;
}

/* Words that stand before a command and change nothing of what we look at. */
static void skip_prefixes(struct shell *s)
{
	static const char *const prefixes[] = { "!", "then", "do", "else", "elif", "time", "coproc" };
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (at_keyword(s, prefixes[i])) {
			s->i += strlen(prefixes[i]);
			skip_newlines(s);
			i = (size_t)-1;
		}
	}
}

static void read_stage(struct shell *s, struct stage *st)
{
	struct command *c = &st->command;
	size_t i;

	memset(st, 0, sizeof(*st));
	skip_newlines(s);
	skip_prefixes(s);
	c->piece = &s->piece;
	c->offset = shell_here(s);
	if (read_compound(s, st))
		read_group_redirections(s, c);
	else
		read_simple(s, st);
	if (st->group)
		read_group_redirections(s, c);
	c->end = shell_here(s);
	if (c->count && declares(&c->words[0]))
		for (i = 1; i < c->count; i++)
			(void)assign(s, &c->words[i]);
}

/* ---- pipelines and lists ---- */

static node stage_prints(struct shell *s, struct stage *st)
{
	node input = st->command.input;

	if (!st->group)
		return command_rules(s->l, &st->command);
	/* `| while read x; do`: what comes in may be printed. */
	return st->prints ? flow_both(s->l, st->prints, input) : 0;
}

/* `date > $@` of a target that only marks that something was done. */
static bool is_stamp(const struct shell *s, const struct command *c)
{
	static const char *const marks[] = { "stamp", "made",       "done",      "built",
					     "flag",  "configured", "installed", ".ok" };
	const char *name = c->output->text ?: "";
	size_t n = strlen(name), i;

	if (word_is(c->output, "${@}") && s->piece.target_name) {
		name = s->piece.target_name;
		n = s->piece.target_len;
	}
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (memmem(name, n, marks[i], strlen(marks[i])))
			return true;
	return false;
}

static void run_pipeline(struct shell *s, struct stage *stages, size_t count, node out)
{
	bool source = false;
	node prints = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		struct command *c = &stages[i].command;

		if (i > 0) {
			c->input = flow_both(s->l, c->input, prints);
			c->has_input = true;
		} else if (s->piece.stdin_node) {
			c->input = flow_both(s->l, c->input, s->piece.stdin_node);
		}
		c->piped = i + 1 < count;
		c->next = c->piped && !stages[i + 1].group ? &stages[i + 1].command : NULL;
		prints = stage_prints(s, &stages[i]);
		source |= writes_source(c);
		if (c->output && !is_stamp(s, c))
			output_sink(s->l, c->output, prints, source);
		if (c->output || c->output_hidden)
			prints = 0;
	}
	flow(s->l, prints, out);
}

static void read_pipeline(struct shell *s, node out)
{
	struct stage stages[STAGES_MAX];
	size_t count = 0;

	for (;;) {
		read_stage(s, &stages[count < STAGES_MAX ? count : STAGES_MAX - 1]);
		count += count < STAGES_MAX;
		shell_skip_blanks(s);
		if (shell_peek(s, 0) != '|' || shell_peek(s, 1) == '|')
			break;
		s->i += shell_peek(s, 1) == '&' ? 2 : 1;
	}
	run_pipeline(s, stages, count, out);
}

/* Whether the list is over here; what ends it is passed. */
static bool passes_end(struct shell *s, enum ending ending)
{
	static const char *const words[] = { [END_BRACE] = "}", [END_DONE] = "done", [END_FI] = "fi" };
	int c = shell_peek(s, 0);

	if (c == -1)
		return true;
	if (c == '`' && s->backquoted) {
		s->i += ending == END_BACKQUOTE;
		return true;
	}
	if (c == ')' && ending != END_TEXT) {
		s->i += ending == END_PAREN;
		return true;
	}
	if (ending == END_ITEM && c == ';' && (shell_peek(s, 1) == ';' || shell_peek(s, 1) == '&')) {
		s->i += 2 + (shell_peek(s, 2) == '&');
		return true;
	}
	if (ending == END_ITEM && at_keyword(s, "esac"))
		return true;
	if (ending < END_BRACE || ending > END_FI || !at_keyword(s, words[ending]))
		return false;
	s->i += strlen(words[ending]);
	return true;
}

void shell_read_list(struct shell *s, enum ending ending, node out)
{
	for (;;) {
		size_t before;

		skip_newlines(s);
		if (passes_end(s, ending))
			return;
		if (s->depth == 0 && s->piece.dialect == DIALECT_SHELL && !s->piece.map) {
			arena_release(&s->l->scratch);
			s->l->statement = shell_here(s);
		}
		before = s->i;
		if (!strchr(";&)", shell_peek(s, 0)))
			read_pipeline(s, out);
		shell_skip_blanks(s);
		while (shell_peek(s, 0) == ';' || shell_peek(s, 0) == '&' || shell_peek(s, 0) == '|') {
			if (ending == END_ITEM && shell_peek(s, 0) == ';' && shell_peek(s, 1) == ';')
				break;
			s->i++;
		}
		if (s->i == before && !passes_end(s, ending))
			s->i++; /* what nothing here understands */
		else if (s->i == before)
			return;
	}
}

node shell_read(struct lint *l, const struct piece *p, unsigned depth)
{
	struct shell s = { .l = l, .piece = *p, .depth = depth };
	node out = flow_new(l, CLASS_ALL);

	if (!s.piece.space)
		s.piece.space = 's';
	if (depth < LINT_DEPTH_MAX)
		shell_read_list(&s, END_TEXT, out);
	return out;
}

int read_shell(struct lint *l)
{
	struct piece p = { .p = l->text, .n = l->size, .dialect = DIALECT_SHELL, .build_step = false };

	(void)shell_read(l, &p, 0);
	return l->error;
}
