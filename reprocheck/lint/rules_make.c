/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makefiles.
 *
 * Read line by logical line, as GNU make does (manual, "How make Reads a
 * Makefile"): conditionals are passed over, both branches are read; a
 * line that begins with a tab below a rule is a recipe and goes to the shell
 * reader; NAME = text is an assignment, `targets: prerequisites` a rule.  Text is
 * expanded symbolically: $(X) is the variable's node, $(shell ...) what its commands
 * print, $(wildcard *.c) a listing in directory order, and $(sort ...) ends that.
 *
 * $^ of a rule is a node of its target, into which prerequisites flow, so a listing that is
 * linked by `$(CC) -o $@ $^` is found, and one that is only a list of headers is not.
 */
#include "reprocheck/lint/rules_commands.h"

#include <ctype.h>
#include <string.h>

struct make {
	struct lint *l;
	size_t i; /* where the next line begins */
	bool in_rule;
	bool build_step; /* the rule's target is a file that a build wants */
	bool skipped;    /* the rule cleans, tests, runs... */
	node target;
	const char *target_name;
	size_t target_len;
	char define[LINT_NAME_MAX]; /* inside define NAME; else empty */
};

static size_t trim(const char *p, size_t n)
{
	while (n && (p[n - 1] == ' ' || p[n - 1] == '\t' || p[n - 1] == '\r' || p[n - 1] == '\n'))
		n--;
	return n;
}

static size_t blanks(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r'))
		i++;
	return i;
}

/* ---- expansion ---- */

static void expand(struct lint *l, const struct piece *p, size_t begin, size_t end, struct word *w,
		   unsigned depth)
{
	struct piece part = *p;
	size_t i = begin, plain;

	part.n = end;
	while (i < end) {
		for (plain = i; i < end && p->p[i] != '$'; i++)
			;
		word_put(l, w, p->p + plain, i - plain);
		if (i < end)
			(void)make_reference(l, &part, &i, w, depth);
	}
}

static node expand_node(struct lint *l, const struct piece *p, size_t begin, size_t end, unsigned depth)
{
	struct word w = { 0 };

	expand(l, p, begin, end, &w, depth);
	return word_node(l, &w);
}

/* The parenthesis that closes what was opened before p[i]. */
static size_t closing(const struct piece *p, size_t i, char open, char close)
{
	unsigned depth = 1;

	for (; i < p->n; i++) {
		depth += p->p[i] == open;
		depth -= p->p[i] == close;
		if (depth == 0)
			break;
	}
	return i;
}

/* The comma of this level; `end` when there is none. */
static size_t next_argument(const struct piece *p, size_t i, size_t end)
{
	unsigned depth = 0;

	for (; i < end; i++) {
		depth += p->p[i] == '(' || p->p[i] == '{';
		depth -= depth && (p->p[i] == ')' || p->p[i] == '}');
		if (p->p[i] == ',' && depth == 0)
			return i;
	}
	return end;
}

static node masked(struct lint *l, node from, unsigned classes)
{
	node n = from ? flow_new(l, classes) : 0;

	flow(l, from, n);
	return n;
}

static node call_shell(struct lint *l, const struct piece *p, size_t begin, size_t end, unsigned depth)
{
	struct piece commands = *p;

	if (begin >= end)
		return 0;
	commands.p += begin;
	commands.n = end - begin;
	commands.base = piece_offset(p, begin);
	commands.map = p->map ? p->map + begin : NULL;
	if (p->map)
		commands.base = p->base;
	commands.dialect = DIALECT_MAKE;
	commands.stdin_node = 0;
	return shell_read(l, &commands, depth + 1);
}

static node call_wildcard(struct lint *l, const struct piece *p, size_t begin, size_t end, size_t dollar,
			  unsigned depth)
{
	uint64_t at = piece_offset(p, dollar);

	(void)expand_node(l, p, begin, end, depth);
	if (!memchr(p->p + begin, '*', end - begin) && !memchr(p->p + begin, '?', end - begin))
		return 0; /* asks whether a file is there */
	return flow_source(l, RULE_WILDCARD, at, piece_offset(p, end) + 1 - at);
}

static node call_path(struct lint *l, const struct piece *p, size_t begin, size_t end, size_t dollar,
		      unsigned depth)
{
	uint64_t at = piece_offset(p, dollar);
	node inner = expand_node(l, p, begin, end, depth);

	if (begin < end && p->p[begin] == '/')
		return inner;
	return flow_both(l, inner, flow_source(l, RULE_BUILD_DIRECTORY, at, piece_offset(p, end) + 1 - at));
}

/* Functions that give nothing of what they are given, and those that give arguments from a number on. */
static const struct make_function {
	const char *name;
	int first; /* the first argument that counts; -1: none */
	unsigned passes;
} make_functions[] = {
	{ "sort", 0, CLASS_VALUES },
	{ "info", -1, 0 },
	{ "warning", -1, 0 },
	{ "error", -1, 0 },
	{ "words", -1, 0 },
	{ "eval", -1, 0 },
	{ "origin", -1, 0 },
	{ "flavor", -1, 0 },
	{ "findstring", -1, 0 },
	{ "if", 1, CLASS_ALL },
	{ "patsubst", 2, CLASS_ALL },
	{ "subst", 2, CLASS_ALL },
	{ "filter", 1, CLASS_ALL },
	{ "filter-out", 1, CLASS_ALL },
	{ "foreach", 1, CLASS_ALL },
	{ "notdir", 0, CLASS_ALL & ~CLASS_BIT(CLASS_PATH) },
	{ "word", 1, CLASS_VALUES },
	{ "firstword", 0, CLASS_VALUES },
	{ "lastword", 0, CLASS_VALUES },
	{ "wordlist", 2, CLASS_ALL },
	{ "suffix", -1, 0 },
	{ "addprefix", 0, CLASS_ALL },
	{ "addsuffix", 0, CLASS_ALL },
	{ "strip", 0, CLASS_ALL },
	{ "dir", 0, CLASS_ALL },
	{ "basename", 0, CLASS_ALL },
	{ "join", 0, CLASS_ALL },
	{ "or", 0, CLASS_ALL },
	{ "and", 0, CLASS_ALL },
	{ "call", 1, CLASS_ALL },
	{ "value", 0, CLASS_ALL },
};

static node call_listed(struct lint *l, const struct make_function *f, const struct piece *p, size_t begin,
			size_t end, unsigned depth)
{
	node all = 0;
	size_t i = begin, comma;
	int k;

	for (k = 0; i <= end; k++, i = comma + 1) {
		node value;

		comma = next_argument(p, i, end);
		value = expand_node(l, p, i, comma, depth);
		if (f->first >= 0 && k >= f->first)
			all = flow_both(l, all, value);
		/* foreach: what the list holds, the variable holds. */
		if (k == 1 && !strcmp(f->name, "foreach"))
			flow(l, value,
			     flow_variable(l, 'm', p->p + begin,
					   trim(p->p + begin, next_argument(p, begin, end) - begin)));
	}
	return f->passes == CLASS_ALL ? all : masked(l, all, f->passes);
}

/* $(name args); false: it is no function. */
static bool call(struct lint *l, const struct piece *p, size_t begin, size_t end, size_t dollar,
		 unsigned depth, node *ret)
{
	size_t n = 0, i;

	while (begin + n < end && (islower((unsigned char)p->p[begin + n]) || p->p[begin + n] == '-'))
		n++;
	if (n == 0 || begin + n >= end || !isspace((unsigned char)p->p[begin + n]))
		return false;
	i = begin + n + blanks(p->p + begin + n, end - begin - n);
#define IS(s) (n == sizeof(s) - 1 && !memcmp(p->p + begin, s, n))
	if (IS("shell"))
		return *ret = call_shell(l, p, i, end, depth), true;
	if (IS("wildcard"))
		return *ret = call_wildcard(l, p, i, end, dollar, depth), true;
	if (IS("abspath") || IS("realpath"))
		return *ret = call_path(l, p, i, end, dollar, depth), true;
#undef IS
	for (size_t k = 0; k < sizeof(make_functions) / sizeof(make_functions[0]); k++) {
		if (strlen(make_functions[k].name) == n && !memcmp(make_functions[k].name, p->p + begin, n))
			return *ret = call_listed(l, &make_functions[k], p, i, end, depth), true;
	}
	return false;
}

static const struct {
	const char *name;
	enum lint_rule_id rule;
} make_environment[] = {
	{ "CURDIR", RULE_BUILD_DIRECTORY }, { "PWD", RULE_BUILD_DIRECTORY }, { "USER", RULE_USER },
	{ "LOGNAME", RULE_USER },           { "HOSTNAME", RULE_HOSTNAME },
};

static node variable(struct lint *l, const struct piece *p, size_t begin, size_t n, size_t dollar)
{
	node v = flow_variable(l, 'm', p->p + begin, n);
	uint64_t at = piece_offset(p, dollar);
	size_t i;

	for (i = 0; i < sizeof(make_environment) / sizeof(make_environment[0]); i++)
		if (strlen(make_environment[i].name) == n &&
		    !memcmp(make_environment[i].name, p->p + begin, n))
			return flow_both(l, v,
					 flow_environment(l, make_environment[i].rule, v, at,
							  piece_offset(p, begin + n) + 1 - at));
	return v;
}

static node named(struct lint *l, const struct piece *p, size_t begin, size_t end, size_t dollar,
		  unsigned depth, struct word *w)
{
	const char *colon = memchr(p->p + begin, ':', end - begin);
	size_t n = colon ? (size_t)(colon - p->p) - begin : end - begin;
	node inner = 0;

	if (memchr(p->p + begin, '$', end - begin)) /* $($(X)_SRCS), $(SRC:%.c=$(O)/%.o) */
		inner = expand_node(l, p, begin, end, depth);
	if (n == 1 && (p->p[begin] == '^' || p->p[begin] == '+'))
		return p->target;
	if (colon == NULL && inner)
		return inner;
	word_put(l, w, p->p + begin, n < LINT_NAME_MAX ? n : LINT_NAME_MAX);
	return variable(l, p, begin, n, dollar);
}

node make_reference(struct lint *l, const struct piece *p, size_t *i, struct word *w, unsigned depth)
{
	size_t dollar = *i, begin = dollar + 2, end;
	char c = dollar + 1 < p->n ? p->p[dollar + 1] : '\0';
	struct word name = { 0 };
	node from = 0;

	if (c != '(' && c != '{') {
		*i += dollar + 1 < p->n ? 2 : 1;
		from = c == '^' || c == '+'        ? p->target
		       : isalpha((unsigned char)c) ? variable(l, p, dollar + 1, 1, dollar)
						   : 0;
		word_put(l, w, "${", 2);
		word_ref(l, w, from, &c, 1);
		word_put(l, w, "}", 1);
		return from;
	}
	end = closing(p, begin, c, c == '(' ? ')' : '}');
	*i = end < p->n ? end + 1 : end;
	if (depth >= LINT_DEPTH_MAX)
		return 0;
	if (call(l, p, begin, end, dollar, depth + 1, &from)) {
		word_ref(l, w, from, "$()", 3);
		return from;
	}
	from = named(l, p, begin, end, dollar, depth + 1, &name);
	word_put(l, w, "${", 2);
	word_ref(l, w, from, name.text ?: "", name.len);
	word_put(l, w, "}", 1);
	return from;
}

/* ---- lines ---- */

/* A logical line from m->i; its end without the newline. */
static size_t logical_line(const struct make *m, size_t *ret_next)
{
	const char *text = m->l->text, *end = text + m->l->size, *p = text + m->i, *newline;

	for (;;) {
		size_t slashes = 0, carriage;

		newline = memchr(p, '\n', (size_t)(end - p));
		if (!newline) {
			*ret_next = m->l->size;
			return m->l->size;
		}
		carriage = newline > p && newline[-1] == '\r';
		while (newline - carriage - slashes > p &&
		       newline[-1 - (ptrdiff_t)(carriage + slashes)] == '\\')
			slashes++;
		if (slashes % 2 == 0)
			break;
		p = newline + 1;
	}
	*ret_next = (size_t)(newline - text) + 1;
	return (size_t)(newline - text);
}

/* Cuts a comment: # that is not escaped. Not for recipes. */
static size_t without_comment(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] == '\\')
			i++;
		else if (p[i] == '#')
			return i;
	}
	return n;
}

static struct piece line_piece(const struct make *m, size_t begin, size_t end)
{
	size_t n = end > begin ? end - begin : 0;

	return (struct piece){ .p = m->l->text + begin,
			       .n = n < LINT_PIECE_MAX ? n : LINT_PIECE_MAX,
			       .base = begin,
			       .dialect = DIALECT_MAKE,
			       .space = 's',
			       .target = m->target,
			       .target_name = m->target_name,
			       .target_len = m->target_len,
			       .build_step = m->build_step };
}

/* ---- assignments ---- */

/* Position of the operator at this level in "NAME op value"; its length in *ret_len; n: none. */
static size_t find_assignment(const char *p, size_t n, size_t *ret_len)
{
	unsigned depth = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] == '$' && i + 1 < n && (p[i + 1] == '(' || p[i + 1] == '{')) {
			depth++;
			i++;
		} else if (depth) {
			depth += p[i] == '(' || p[i] == '{';
			depth -= p[i] == ')' || p[i] == '}';
		} else if (p[i] == '=') {
			*ret_len = 1;
			return i;
		} else if (strchr("?+!", p[i]) && p[i] && i + 1 < n && p[i + 1] == '=') {
			*ret_len = 2;
			return i;
		} else if (p[i] == ':') {
			size_t colons = 1 + (i + 1 < n && p[i + 1] == ':') +
					(i + 2 < n && p[i + 1] == ':' && p[i + 2] == ':');

			if (i + colons < n && p[i + colons] == '=') {
				*ret_len = colons + 1;
				return i;
			}
			return n; /* a rule */
		}
	}
	return n;
}

/* "export", "override", "private" before a name. */
static size_t skip_modifiers(const char *p, size_t n, bool *ret_export)
{
	static const char *const words[] = { "export ", "override ", "private ", "unexport ", "local " };
	size_t i = blanks(p, n), k;

	for (k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
		size_t len = strlen(words[k]);

		if (n - i >= len && !memcmp(p + i, words[k], len)) {
			*ret_export |= k == 0;
			i += len;
			i += blanks(p + i, n - i);
			k = (size_t)-1;
		}
	}
	return i;
}

static bool name_ends(const char *p, size_t n, const char *s)
{
	size_t len = strlen(s);

	return n >= len && !memcmp(p + n - len, s, len);
}

/* Variables that make's relatives link in this order, without a recipe that could be seen. */
static bool is_link_list(const struct lint *l, const char *p, size_t n)
{
	if (n >= 4 && !memcmp(p, "obj-", 4))
		return true;
	return name_ends(l->name, strlen(l->name), ".am") &&
	       (name_ends(p, n, "_SOURCES") || name_ends(p, n, "_OBJECTS") || name_ends(p, n, "_LDADD") ||
		name_ends(p, n, "_LIBADD"));
}

/* Directories that are searched, files that are depended on: their order is not that of an output. */
static bool is_place(const char *p, size_t n)
{
	static const char *const parts[] = { "INC", "PATH", "DIR", "HEADER", "HDR", "DEP",
					     "inc", "path", "dir", "header", "dep" };
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (memmem(p, n, parts[i], strlen(parts[i])))
			return true;
	return false;
}

/* CMAKE_ARGS += -DX=...: of another build, not of a compiler. */
static bool sets_up(const char *p, size_t n)
{
	return memmem(p, n, "CMAKE", 5) || memmem(p, n, "MESON", 5) || memmem(p, n, "CONF", 4);
}

static void check_arflags(struct make *m, const char *name, size_t n, const struct piece *p, size_t value)
{
	struct lint *l = m->l;
	const char *s = p->p + value, *letters = s;
	size_t len = trim(s, p->n - value), k;

	if (!name_ends(name, n, "ARFLAGS") && !(n == 7 && !memcmp(name, "AR_FLAGS", n)))
		return;
	if (len && *s == '-')
		letters++;
	k = strspn(arena_strndup(&l->scratch, letters, (size_t)(s + len - letters)) ?: "", "rqcsuvlUDTP");
	if ((size_t)(s + len - letters) != k || k == 0 ||
	    (!memchr(letters, 'r', k) && !memchr(letters, 'q', k)))
		return;
	if (memchr(letters, 'D', k))
		l->deterministic_ar = true;
	else
		flow_found(l, RULE_ARFLAGS, p->base + value, len,
			   arena_printf(&l->arena, "%.*sD instead of %.*s", (int)len, s, (int)len, s));
}

/* Of a value that stands before "=", nothing flows anywhere; of what stands behind all does. */
static void read_assignment(struct make *m, const struct piece *p, size_t name, size_t name_len, size_t op,
			    size_t op_len)
{
	struct lint *l = m->l;
	struct word w = { 0 };
	size_t value = op + op_len;
	node v = flow_variable(l, 'm', p->p + name, name_len);

	value += blanks(p->p + value, p->n - value);
	w.raw = true;
	w.offset = p->base + value;
	w.end = p->base + p->n;
	if (p->p[op] == '!')
		word_ref(l, &w, call_shell(l, p, value, p->n, 0), "$()", 3);
	else
		expand(l, p, value, p->n, &w, 0);
	flow(l, masked(l, word_node(l, &w), is_place(p->p + name, name_len) ? CLASS_VALUES : CLASS_ALL), v);
	flow_assigned(l, v);
	if (is_link_list(l, p->p + name, name_len))
		flow_sink(l, v, SINK_LINK);
	if (!memmem(p->p + name, name_len, "test", 4) && !memmem(p->p + name, name_len, "TEST", 4))
		word_options(l, &w, sets_up(p->p + name, name_len) ? SINK_PARAMETER : SINK_DEFINE);
	word_flags(l, &w);
	check_arflags(m, p->p + name, name_len, p, value);
}

/* ---- rules ---- */

/* Targets that make no output of a build. */
static bool is_chore(const char *p, size_t n)
{
	static const char *const parts[] = {
		"clean",    "test",   "check",    "bench",  "run",    "help",   "lint",      "format",
		"fmt",      "tags",   "TAGS",     "cscope", "cov",    "backup", "upload",    "docker",
		"publish",  "deploy", "fuzz",     "perf",   "debug",  "deps",   "depend",    "gitignore",
		"download", "fetch",  "valgrind", "style",  "submit", "commit", "uninstall", "update"
	};
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (memmem(p, n, parts[i], strlen(parts[i])))
			return true;
	return false;
}

/* Listed in some .PHONY of the file; or with no file's look: no dot, no slash. */
static bool is_file_target(const char *p, size_t n)
{
	return n && (memchr(p, '.', n) || memchr(p, '/', n) || memchr(p, '%', n) || memchr(p, '$', n)) &&
	       p[0] != '.';
}

static size_t find_colon(const char *p, size_t n)
{
	unsigned depth = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] == '$' && i + 1 < n && (p[i + 1] == '(' || p[i + 1] == '{')) {
			depth++;
			i++;
		} else if (depth) {
			depth += p[i] == '(' || p[i] == '{';
			depth -= p[i] == ')' || p[i] == '}';
		} else if (p[i] == ':') {
			return i;
		}
	}
	return n;
}

static void read_recipe(struct make *m, size_t begin, size_t end)
{
	const char *text = m->l->text;
	struct piece p;

	while (begin < end && (text[begin] == '\t' || text[begin] == ' ' || strchr("@-+", text[begin])))
		begin++;
	if (m->skipped || begin >= end)
		return;
	p = line_piece(m, begin, end);
	(void)shell_read(m->l, &p, 0);
}

static void read_rule(struct make *m, const struct piece *p, size_t colon)
{
	struct lint *l = m->l;
	size_t n = trim(p->p, colon), first = blanks(p->p, n), end = first, rest = colon + 1, semicolon;
	const char *semi;
	size_t op_len, op;
	bool exported = false;

	while (end < n && !isspace((unsigned char)p->p[end]))
		end++;
	if (rest < p->n && p->p[rest] == ':')
		rest++;
	/* target: NAME = value */
	op = find_assignment(p->p + rest, p->n - rest, &op_len);
	if (op < p->n - rest) {
		size_t name = rest + skip_modifiers(p->p + rest, op, &exported);

		read_assignment(m, p, name, trim(p->p + name, rest + op - name), rest + op, op_len);
		return;
	}
	m->in_rule = true;
	m->target = flow_variable(l, 't', p->p + first,
				  end - first < LINT_NAME_MAX ? end - first : LINT_NAME_MAX);
	m->target_name = p->p + first;
	m->target_len = end - first;
	m->skipped = is_chore(p->p, n);
	m->build_step = is_file_target(p->p + first, end - first);
	semi = memchr(p->p + rest, ';', p->n - rest);
	semicolon = semi ? (size_t)(semi - p->p) : p->n;
	(void)expand_node(l, p, first, n, 0);
	flow(l, expand_node(l, p, rest, semicolon, 0), m->target);
	if (semi)
		read_recipe(m, (size_t)p->base + semicolon + 1, (size_t)p->base + p->n);
}

/* ---- a line ---- */

static bool line_begins(const char *p, size_t n, const char *word)
{
	size_t len = strlen(word);

	return n >= len && !memcmp(p, word, len) &&
	       (n == len || isspace((unsigned char)p[len]) || p[len] == '(');
}

static bool is_directive(const char *p, size_t n)
{
	static const char *const words[] = {
		"ifeq",    "ifneq",    "ifdef",    "ifndef", "else",     "endif",
		"include", "-include", "sinclude", "vpath",  "undefine", "load"
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (line_begins(p, n, words[i]))
			return true;
	return false;
}

static void read_make_text(struct make *m, size_t begin, size_t end)
{
	const char *text = m->l->text;
	size_t n = without_comment(text + begin, end - begin), op, op_len, name,
	       lead = blanks(text + begin, n);
	bool exported = false;
	struct piece p;

	if (is_directive(text + begin + lead, n - lead) || n == lead)
		return;
	p = line_piece(m, begin, begin + n);
	p.target = 0;
	name = skip_modifiers(p.p, p.n, &exported);
	op = find_assignment(p.p, p.n, &op_len);
	if (op < p.n) {
		m->in_rule = false;
		read_assignment(m, &p, name, op > name ? trim(p.p + name, op - name) : 0, op, op_len);
		return;
	}
	op = find_colon(p.p, p.n);
	if (op < p.n) {
		read_rule(m, &p, op);
		return;
	}
	m->in_rule = false;
	(void)expand_node(m->l, &p, 0, p.n, 0);
}

/* define NAME ... endef: lines that are used as recipes or as make's text; read as what they look like. */
static bool read_define(struct make *m, const char *p, size_t n)
{
	if (m->define[0]) {
		if (line_begins(p, n, "endef"))
			m->define[0] = '\0';
		return m->define[0] == '\0';
	}
	if (!line_begins(p, n, "define"))
		return false;
	m->define[0] = 'd';
	m->in_rule = true;
	m->skipped = false;
	m->build_step = false;
	m->target = 0;
	m->target_name = NULL;
	return true;
}

static void read_line(struct make *m, size_t begin, size_t end)
{
	const char *text = m->l->text;
	size_t lead = blanks(text + begin, end - begin);

	if (read_define(m, text + begin + lead, end - begin - lead))
		return;
	if (text[begin] == '\t' && m->in_rule && begin < end)
		read_recipe(m, begin + 1, end);
	else
		read_make_text(m, begin, end);
}

int read_make(struct lint *l)
{
	struct make m = { .l = l };
	size_t next, end;

	while (m.i < l->size && !l->error) {
		end = logical_line(&m, &next);
		l->statement = m.i;
		read_line(&m, m.i, end);
		arena_release(&l->scratch);
		m.i = next;
	}
	return l->error;
}
