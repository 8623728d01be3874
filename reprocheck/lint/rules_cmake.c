/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMake: after cmake-language(7).
 *
 * A file is commands: a name and arguments in parentheses, which are bracket
 * arguments, quoted ones or bare words; # and #[[ ]] are comments.  ${NAME} is a
 * variable's node.  file(GLOB) is sorted since CMake 3.6 and no listing here;
 * string(TIMESTAMP) takes SOURCE_DATE_EPOCH from the environment since 3.8.
 *
 * configure_file() puts any variable of the scope into a file that cannot be seen here: a variable that
 * holds a time, a revision, a host or a user reaches an output in a file that calls it.
 */
#include "base/path.h"
#include "reprocheck/lint/rules_commands.h"

#include <ctype.h>
#include <string.h>

struct cmake {
	struct lint *l;
	size_t i;
	char name[48]; /* of the command, in lower case */
	struct word *args;
	size_t count, cap;
	uint64_t begin, end; /* of the command */
	node configured;     /* what configure_file() would substitute */
};

/* ---- reading ---- */

/* "[==[": the number of = plus 2; 0: no bracket opens here. */
static size_t bracket_open(const struct cmake *m, size_t i)
{
	size_t n = 1;

	if (i >= m->l->size || m->l->text[i] != '[')
		return 0;
	while (i + n < m->l->size && m->l->text[i + n] == '=')
		n++;
	return i + n < m->l->size && m->l->text[i + n] == '[' ? n + 1 : 0;
}

/* Behind the matching ]==]; the content is text[*ret_begin, *ret_end). */
static size_t bracket_close(const struct cmake *m, size_t i, size_t open, size_t *ret_begin, size_t *ret_end)
{
	const char *text = m->l->text, *p = text + i + open, *end = text + m->l->size;

	*ret_begin = i + open;
	while (p < end && (p = memchr(p, ']', (size_t)(end - p)))) {
		const char *q = p + 1;

		while (q < end && *q == '=')
			q++;
		if ((size_t)(q - p) == open - 1 && q < end && *q == ']') {
			*ret_end = (size_t)(p - text);
			return (size_t)(q - text) + 1;
		}
		p = q;
	}
	*ret_end = m->l->size;
	return m->l->size;
}

static void skip_comment(struct cmake *m)
{
	size_t open = bracket_open(m, m->i + 1), begin, end;
	const char *newline;

	if (open) {
		m->i = bracket_close(m, m->i + 1, open, &begin, &end);
		return;
	}
	newline = memchr(m->l->text + m->i, '\n', m->l->size - m->i);
	m->i = newline ? (size_t)(newline - m->l->text) : m->l->size;
}

static void skip_space(struct cmake *m)
{
	while (m->i < m->l->size) {
		if (m->l->text[m->i] == '#')
			skip_comment(m);
		else if (isspace((unsigned char)m->l->text[m->i]) || m->l->text[m->i] == ';')
			m->i++;
		else
			return;
	}
}

static const struct {
	const char *name;
	enum lint_rule_id rule;
} cmake_values[] = {
	{ "CMAKE_SOURCE_DIR", RULE_BUILD_DIRECTORY },
	{ "CMAKE_BINARY_DIR", RULE_BUILD_DIRECTORY },
	{ "CMAKE_CURRENT_SOURCE_DIR", RULE_BUILD_DIRECTORY },
	{ "CMAKE_CURRENT_BINARY_DIR", RULE_BUILD_DIRECTORY },
	{ "CMAKE_CURRENT_LIST_DIR", RULE_BUILD_DIRECTORY },
	{ "PROJECT_SOURCE_DIR", RULE_BUILD_DIRECTORY },
	{ "PROJECT_BINARY_DIR", RULE_BUILD_DIRECTORY },
	{ "CMAKE_HOST_SYSTEM_VERSION", RULE_KERNEL },
	{ "CMAKE_HOST_SYSTEM", RULE_KERNEL },
	{ "ENV{USER}", RULE_USER },
	{ "ENV{HOSTNAME}", RULE_HOSTNAME },
	{ "ENV{PWD}", RULE_BUILD_DIRECTORY },
};

static node variable(struct cmake *m, size_t dollar, size_t name, size_t n)
{
	struct lint *l = m->l;
	node v = flow_variable(l, 'c', l->text + name, n);
	size_t i;

	for (i = 0; i < sizeof(cmake_values) / sizeof(cmake_values[0]); i++) {
		const char *known = cmake_values[i].name;
		/* $ENV{X} is read with its brace. */
		if (strlen(known) == n && !memcmp(known, l->text + name, n))
			return flow_both(l, v,
					 flow_source(l, cmake_values[i].rule, dollar,
						     name + n + (known[n - 1] != '}') - dollar));
	}
	return v;
}

/* At $: ${NAME}, $ENV{NAME}, $<generator expression>. */
static void read_reference(struct cmake *m, struct word *w)
{
	const char *text = m->l->text;
	size_t dollar = m->i++, name;

	if (m->i < m->l->size && text[m->i] == '{') {
		name = ++m->i;
		while (m->i < m->l->size &&
		       (isalnum((unsigned char)text[m->i]) || (text[m->i] && strchr("_-./+", text[m->i]))))
			m->i++;
		word_put(m->l, w, "${", 2);
		word_ref(m->l, w, variable(m, dollar, name, m->i - name), text + name, m->i - name);
		word_put(m->l, w, "}", 1);
		m->i += m->i < m->l->size && text[m->i] == '}';
	} else if (m->l->size - m->i > 4 && !memcmp(text + m->i, "ENV{", 4)) {
		name = m->i;
		while (m->i < m->l->size && text[m->i] != '}' && text[m->i] != '\n')
			m->i++;
		m->i += m->i < m->l->size && text[m->i] == '}';
		word_ref(m->l, w, variable(m, dollar, name, m->i - name), text + dollar, m->i - dollar);
	} else {
		word_put(m->l, w, "$", 1);
	}
}

static void read_quoted(struct cmake *m, struct word *w)
{
	const char *text = m->l->text;

	m->i++;
	w->quoted = true;
	while (m->i < m->l->size && text[m->i] != '"') {
		if (text[m->i] == '$') {
			read_reference(m, w);
			continue;
		}
		if (text[m->i] == '\\' && m->i + 1 < m->l->size)
			m->i++;
		word_put(m->l, w, text + m->i++, 1);
	}
	m->i += m->i < m->l->size;
}

static void read_bare(struct cmake *m, struct word *w)
{
	const char *text = m->l->text;

	while (m->i < m->l->size && !isspace((unsigned char)text[m->i]) && !strchr("()#;", text[m->i])) {
		if (text[m->i] == '$') {
			read_reference(m, w);
		} else if (text[m->i] == '\\' && m->i + 1 < m->l->size) {
			m->i++;
			word_put(m->l, w, text + m->i++, 1);
		} else if (text[m->i] == '"') { /* -DX="..." */
			read_quoted(m, w);
			w->quoted = false;
		} else {
			word_put(m->l, w, text + m->i++, 1);
		}
	}
}

static void keep(struct cmake *m, const struct word *w)
{
	if (m->count == m->cap && m->cap < LINT_WORDS_MAX) {
		size_t cap = m->cap ? m->cap * 2 : 32;
		struct word *grown = arena_array(&m->l->scratch, cap, sizeof(*grown));

		if (!grown)
			return;
		if (m->count)
			memcpy(grown, m->args, m->count * sizeof(*grown));
		m->args = grown;
		m->cap = cap;
	}
	if (m->count < m->cap)
		m->args[m->count++] = *w;
}

static void read_argument(struct cmake *m)
{
	struct word w = { .offset = m->i, .raw = true };
	size_t open = bracket_open(m, m->i), begin, end;

	word_put(m->l, &w, "", 0);
	if (open) {
		m->i = bracket_close(m, m->i, open, &begin, &end);
		word_put(m->l, &w, m->l->text + begin, end - begin);
		w.quoted = true;
	} else if (m->l->text[m->i] == '"') {
		read_quoted(m, &w);
	} else {
		read_bare(m, &w);
	}
	w.end = m->i;
	if (m->i == w.offset)
		m->i++; /* what is no argument */
	else
		keep(m, &w);
}

/* The next command with its arguments; false: there is none. */
static bool read_command(struct cmake *m)
{
	const char *text = m->l->text;
	size_t n = 0, begin;
	unsigned open = 1;

	skip_space(m);
	begin = m->i;
	while (m->i < m->l->size && (isalnum((unsigned char)text[m->i]) || text[m->i] == '_')) {
		if (n < sizeof(m->name) - 1)
			m->name[n++] = (char)tolower((unsigned char)text[m->i]);
		m->i++;
	}
	m->name[n] = '\0';
	m->count = m->cap = 0;
	m->begin = begin;
	while (m->i < m->l->size && (text[m->i] == ' ' || text[m->i] == '\t'))
		m->i++;
	if (m->i < m->l->size && text[m->i] == '(' && n) {
		m->i++;
		for (skip_space(m); m->i < m->l->size && open; skip_space(m)) {
			if (text[m->i] == '(' || text[m->i] == ')') {
				open += text[m->i] == '(';
				open -= text[m->i] == ')';
				m->i++;
				if (open == 0)
					break;
			} else {
				read_argument(m);
			}
		}
	} else if (m->i == begin) {
		m->i++;
	}
	m->end = m->i;
	return begin < m->l->size;
}

/* ---- commands ---- */

static size_t find_arg(const struct cmake *m, size_t from, const char *s)
{
	size_t i;

	for (i = from; i < m->count; i++)
		if (!m->args[i].quoted && word_is(&m->args[i], s))
			return i;
	return m->count;
}

static node args_node(struct cmake *m, size_t from)
{
	node all = 0;

	for (; from < m->count; from++)
		all = flow_both(m->l, all, word_node(m->l, &m->args[from]));
	return all;
}

/* Sets the variable that args[i] names. */
static void set(struct cmake *m, size_t i, node from)
{
	node v;

	if (i >= m->count || !from || !m->args[i].text)
		return;
	v = flow_variable(m->l, 'c', m->args[i].text, m->args[i].len);
	flow(m->l, from, v);
	flow(m->l, v, m->configured);
}

/* The words between COMMAND and the next keyword are a command line. */
static node run_commands(struct cmake *m, const char *const *keywords)
{
	struct piece piece = { .p = m->l->text + m->begin,
			       .n = m->end - m->begin,
			       .base = m->begin,
			       .space = 's',
			       .build_step = !strcmp(m->name, "add_custom_command") };
	node prints = 0;
	size_t i, first;

	for (first = find_arg(m, 0, "COMMAND"); first < m->count; first = find_arg(m, i, "COMMAND")) {
		struct word output = { 0 };
		struct command c = {
			.words = m->args + first + 1, .piece = &piece, .offset = m->begin, .end = m->end
		};

		for (i = first + 1; i < m->count; i++) {
			if (!m->args[i].quoted &&
			    (name_in(m->args[i].text ?: "", keywords) || word_is(&m->args[i], "COMMAND")))
				break;
			if (word_is(&m->args[i], ">") && i + 1 < m->count)
				output = m->args[i + 1];
			else if (!output.text)
				c.count++;
		}
		c.output = output.text ? &output : NULL;
		if (c.count) {
			node n = command_rules(m->l, &c);

			if (c.output)
				output_sink(m->l, c.output, n, writes_source(&c));
			else
				prints = flow_both(m->l, prints, n);
		}
	}
	return prints;
}

/* Modules that try to compile something, under names of their own. */
static bool is_check(const char *name)
{
	return !strncasecmp(path_base(name), "check", 5) || !strncasecmp(path_base(name), "find", 4);
}

static void run_string(struct cmake *m)
{
	struct lint *l = m->l;
	uint64_t len = m->end - m->begin;

	if (m->count > 1 && word_is(&m->args[0], "TIMESTAMP"))
		set(m, 1, flow_source(l, RULE_CMAKE_TIMESTAMP, m->begin, len));
	else if (m->count > 1 && word_is(&m->args[0], "RANDOM") &&
		 find_arg(m, 0, "RANDOM_SEED") == m->count && !is_check(l->name))
		set(m, m->count - 1, flow_source(l, RULE_CMAKE_RANDOM, m->begin, len));
	else if (m->count > 4 && (word_is(&m->args[0], "REPLACE") || word_is(&m->args[0], "REGEX")))
		set(m, word_is(&m->args[0], "REPLACE") ? 3 : 4, args_node(m, 4));
	else if (m->count > 2 && (word_is(&m->args[0], "STRIP") || word_is(&m->args[0], "SUBSTRING") ||
				  word_is(&m->args[0], "TOUPPER") || word_is(&m->args[0], "TOLOWER") ||
				  word_is(&m->args[0], "CONFIGURE")))
		set(m, word_is(&m->args[0], "SUBSTRING") ? 4 : 2, word_node(l, &m->args[1]));
	else if (m->count > 2 && (word_is(&m->args[0], "CONCAT") || word_is(&m->args[0], "APPEND")))
		set(m, 1, args_node(m, 2));
}

static void run_file(struct cmake *m)
{
	size_t i;

	if (m->count < 2)
		return;
	if (word_is(&m->args[0], "TIMESTAMP"))
		return; /* of a file */
	if (word_is(&m->args[0], "WRITE") || word_is(&m->args[0], "APPEND") ||
	    word_is(&m->args[0], "GENERATE") || word_is(&m->args[0], "CONFIGURE")) {
		i = word_is(&m->args[0], "GENERATE") || word_is(&m->args[0], "CONFIGURE")
			    ? find_arg(m, 1, "CONTENT") + 1
			    : 2;
		if (i < m->count && output_counts(&m->args[1]))
			output_sink(m->l, &m->args[1], args_node(m, i), false);
	}
}

static void run_execute_process(struct cmake *m)
{
	static const char *const keywords[] = { "OUTPUT_VARIABLE",
						"ERROR_VARIABLE",
						"RESULT_VARIABLE",
						"WORKING_DIRECTORY",
						"TIMEOUT",
						"OUTPUT_FILE",
						"ERROR_FILE",
						"INPUT_FILE",
						"OUTPUT_QUIET",
						"ERROR_QUIET",
						"COMMAND_ECHO",
						"OUTPUT_STRIP_TRAILING_WHITESPACE",
						"ERROR_STRIP_TRAILING_WHITESPACE",
						"ENCODING",
						"RESULTS_VARIABLE",
						"COMMAND_ERROR_IS_FATAL",
						NULL };
	node prints = run_commands(m, keywords);
	size_t i = find_arg(m, 0, "OUTPUT_VARIABLE") + 1;

	set(m, i, prints);
	i = find_arg(m, 0, "OUTPUT_FILE") + 1;
	if (i < m->count)
		output_sink(m->l, &m->args[i], prints, false);
}

static void run_custom(struct cmake *m)
{
	static const char *const keywords[] = { "OUTPUT",
						"DEPENDS",
						"ARGS",
						"WORKING_DIRECTORY",
						"COMMENT",
						"VERBATIM",
						"MAIN_DEPENDENCY",
						"BYPRODUCTS",
						"POST_BUILD",
						"PRE_BUILD",
						"PRE_LINK",
						"SOURCES",
						"TARGET",
						"DEPFILE",
						"USES_TERMINAL",
						"COMMAND_EXPAND_LISTS",
						"JOB_POOL",
						NULL };

	(void)run_commands(m, keywords);
}

static bool is_test_target(const struct word *w)
{
	return w->text && (strcasestr(w->text, "test") || strcasestr(w->text, "bench") ||
			   strcasestr(w->text, "example"));
}

/* Definitions and options of targets. */
static void run_definitions(struct cmake *m)
{
	bool target = !strncmp(m->name, "target_", 7) || !strncmp(m->name, "set_", 4);
	bool definitions = strstr(m->name, "definitions") != NULL ||
			   find_arg(m, 0, "COMPILE_DEFINITIONS") < m->count ||
			   find_arg(m, 0, "COMPILE_FLAGS") < m->count;
	size_t i;

	if (target && m->count && is_test_target(&m->args[0]))
		return;
	for (i = target; i < m->count; i++) {
		const char *equals = m->args[i].text ? strchr(m->args[i].text, '=') : NULL;

		word_options(m->l, &m->args[i], SINK_DEFINE);
		word_flags(m->l, &m->args[i]);
		if (definitions && equals && m->args[i].text[0] != '-')
			flow_sink(m->l, word_node_from(m->l, &m->args[i], (size_t)(equals - m->args[i].text)),
				  SINK_DEFINE);
	}
}

/* set(X -DNAME=...): of a compiler where the variable's name says so; else of another project. */
static void read_values(struct cmake *m, size_t variable, size_t first)
{
	const char *name = m->args[variable].text ?: "";
	bool flags = strcasestr(name, "flags") || strcasestr(name, "defin");
	size_t i;

	for (i = first; i < m->count; i++) {
		word_options(m->l, &m->args[i], flags ? SINK_DEFINE : SINK_PARAMETER);
		word_flags(m->l, &m->args[i]);
	}
}

static void run_set(struct cmake *m)
{
	if (m->count < 2)
		return;
	set(m, 0, args_node(m, 1));
	read_values(m, 0, 1);
}

/* list(APPEND VAR ...) */
static void run_list(struct cmake *m)
{
	if (m->count < 3 || !(word_is(&m->args[0], "APPEND") || word_is(&m->args[0], "PREPEND") ||
			      word_is(&m->args[0], "INSERT")))
		return;
	set(m, 1, args_node(m, 2));
	read_values(m, 1, 2);
}

static void run_site_name(struct cmake *m)
{
	set(m, 0, flow_source(m->l, RULE_HOSTNAME, m->begin, m->end - m->begin));
}

static void run_host_information(struct cmake *m)
{
	size_t query = find_arg(m, 0, "QUERY") + 1;
	const char *what = query < m->count ? m->args[query].text : NULL;

	if (!what)
		return;
	if (!strcmp(what, "HOSTNAME") || !strcmp(what, "FQDN"))
		set(m, find_arg(m, 0, "RESULT") + 1,
		    flow_source(m->l, RULE_HOSTNAME, m->begin, m->end - m->begin));
	else if (!strcmp(what, "OS_RELEASE") || !strcmp(what, "OS_VERSION"))
		set(m, find_arg(m, 0, "RESULT") + 1,
		    flow_source(m->l, RULE_KERNEL, m->begin, m->end - m->begin));
}

/* Paths are left out: nearly every configured file has the directories of the install. */
static void run_configure_file(struct cmake *m)
{
	flow_sink(m->l, m->configured, SINK_CONFIGURE);
}

static const struct {
	const char *name;
	void (*run)(struct cmake *m);
} cmake_commands[] = {
	{ "string", run_string },
	{ "file", run_file },
	{ "execute_process", run_execute_process },
	{ "add_custom_command", run_custom },
	{ "add_custom_target", run_custom },
	{ "set", run_set },
	{ "list", run_list },
	{ "site_name", run_site_name },
	{ "cmake_host_system_information", run_host_information },
	{ "configure_file", run_configure_file },
	{ "add_definitions", run_definitions },
	{ "add_compile_definitions", run_definitions },
	{ "target_compile_definitions", run_definitions },
	{ "target_compile_options", run_definitions },
	{ "add_compile_options", run_definitions },
	{ "add_link_options", run_definitions },
	{ "target_link_options", run_definitions },
	{ "target_link_libraries", run_definitions },
	{ "set_target_properties", run_definitions },
	{ "set_source_files_properties", run_definitions },
	{ "set_property", run_definitions },
};

int read_cmake(struct lint *l)
{
	struct cmake m = { .l = l, .configured = flow_new(l, CLASS_ALL) };
	size_t i;

	while (m.i < l->size && !l->error && read_command(&m)) {
		l->statement = m.begin;
		for (i = 0; i < sizeof(cmake_commands) / sizeof(cmake_commands[0]); i++)
			if (!strcmp(m.name, cmake_commands[i].name))
				cmake_commands[i].run(&m);
		arena_release(&l->scratch);
		m.args = NULL;
	}
	return l->error;
}
