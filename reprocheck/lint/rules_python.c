/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Python build scripts and generators.
 *
 * Of each logical line three things are read: what it assigns (names before a single =, the
 * variables of a for, what .append() is called on), what varies in it (calls
 * from a table), and what it writes (f.write(x), print(x, file=f), define_macros=, Extension()).
 * Names mean the same everywhere in a file; a function's value is what its returns hold.
 *
 * sorted(), len(), set() and their kin around a listing end its order; a subtraction ends a time
 * (what is left is a duration); `x.sort()` anywhere ends the order of x.
 */
#include "reprocheck/lint/tokens.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LOOK_BACK 400 /* tokens */

struct python {
	struct python_lines r;
	struct lint *l;
	bool seeded; /* random.seed() is called with something */
	size_t function,
		function_len; /* name of the def that is being read: where it stands; length 0: outside */
	unsigned scopes;
	unsigned scope;  /* number of that def; 0: outside */
	uint64_t indent; /* its column */
};

/* ---- what varies: dotted names, matched at their end ---- */

static const struct call_source {
	const char *name; /* "module.function", or ".method" */
	enum lint_rule_id rule;
	int max_args; /* only with at most so many arguments; -1: any */
} call_sources[] = {
	{ "datetime.now", RULE_PYTHON_TIME, -1 },
	{ "datetime.utcnow", RULE_PYTHON_TIME, -1 },
	{ "datetime.today", RULE_PYTHON_TIME, -1 },
	{ "date.today", RULE_PYTHON_TIME, -1 },
	{ "time.time", RULE_PYTHON_TIME, -1 },
	{ "time.time_ns", RULE_PYTHON_TIME, -1 },
	{ "time.ctime", RULE_PYTHON_TIME, 0 },
	{ "time.asctime", RULE_PYTHON_TIME, 0 },
	{ "time.gmtime", RULE_PYTHON_TIME, 0 },
	{ "time.localtime", RULE_PYTHON_TIME, 0 },
	{ "time.strftime", RULE_PYTHON_TIME, 1 },
	{ "random.random", RULE_PYTHON_RANDOM, -1 },
	{ "random.randint", RULE_PYTHON_RANDOM, -1 },
	{ "random.choice", RULE_PYTHON_RANDOM, -1 },
	{ "random.randrange", RULE_PYTHON_RANDOM, -1 },
	{ "random.getrandbits", RULE_PYTHON_RANDOM, -1 },
	{ "random.sample", RULE_PYTHON_RANDOM, -1 },
	{ "random.uniform", RULE_PYTHON_RANDOM, -1 },
	{ "random.randbytes", RULE_PYTHON_RANDOM, -1 },
	{ "os.urandom", RULE_PYTHON_RANDOM, -1 },
	{ "secrets.token_hex", RULE_PYTHON_RANDOM, -1 },
	{ "secrets.token_bytes", RULE_PYTHON_RANDOM, -1 },
	{ "secrets.token_urlsafe", RULE_PYTHON_RANDOM, -1 },
	{ "uuid.uuid4", RULE_PYTHON_RANDOM, -1 },
	{ "uuid.uuid1", RULE_PYTHON_RANDOM, -1 },
	{ "uuid4", RULE_PYTHON_RANDOM, -1 },
	{ "tempfile.mkdtemp", RULE_PYTHON_TEMPFILE, -1 },
	{ "tempfile.mkstemp", RULE_PYTHON_TEMPFILE, -1 },
	{ "tempfile.mktemp", RULE_PYTHON_TEMPFILE, -1 },
	{ "socket.gethostname", RULE_HOSTNAME, -1 },
	{ "socket.getfqdn", RULE_HOSTNAME, 0 },
	{ "platform.node", RULE_HOSTNAME, -1 },
	{ "getpass.getuser", RULE_USER, -1 },
	{ "os.getlogin", RULE_USER, -1 },
	{ "os.getuid", RULE_USER, -1 },
	{ "os.uname", RULE_KERNEL, -1 },
	{ "platform.release", RULE_KERNEL, -1 },
	{ "platform.uname", RULE_KERNEL, -1 },
	{ "platform.platform", RULE_KERNEL, -1 },
	{ "os.cpu_count", RULE_CPU_COUNT, -1 },
	{ "multiprocessing.cpu_count", RULE_CPU_COUNT, -1 },
	{ "platform.processor", RULE_CPU_MODEL, -1 },
	{ "os.getpid", RULE_PROCESS_ID, -1 },
	{ "os.getcwd", RULE_BUILD_DIRECTORY, -1 },
	{ "os.path.abspath", RULE_BUILD_DIRECTORY, -1 },
	{ "os.path.realpath", RULE_BUILD_DIRECTORY, -1 },
	{ "Path.cwd", RULE_BUILD_DIRECTORY, -1 },
	{ "os.listdir", RULE_PYTHON_LISTING, -1 },
	{ "glob.glob", RULE_PYTHON_LISTING, -1 },
	{ "glob.iglob", RULE_PYTHON_LISTING, -1 },
	{ "os.scandir", RULE_PYTHON_LISTING, -1 },
	{ ".iterdir", RULE_PYTHON_LISTING, 0 },
	{ ".rglob", RULE_PYTHON_LISTING, 1 },
	{ ".glob", RULE_PYTHON_LISTING, 1 },
	{ "os.walk", RULE_PYTHON_WALK, -1 },
};

static bool text_is(const struct python *y, size_t i, const char *s)
{
	return token_says(&y->r, i, s);
}

static const struct token *token(const struct python *y, size_t i)
{
	return &y->r.tokens[i];
}

/* Whether the names before the parenthesis at token i end with a dotted name. */
static bool dotted_ends(const struct python *y, size_t paren, const char *name)
{
	size_t n = strlen(name), i = paren;

	while (n > 0) {
		size_t part = n, len;

		while (part > 0 && name[part - 1] != '.')
			part--;
		len = n - part;
		if (i == 0 || token(y, i - 1)->kind != TOKEN_NAME ||
		    token(y, i - 1)->end - token(y, i - 1)->at != len ||
		    memcmp(y->l->text + token(y, i - 1)->at, name + part, len) != 0)
			return false;
		i--;
		n = part;
		if (n == 0)
			return true;
		if (i == 0 || !text_is(y, i - 1, "."))
			return false;
		i--;
		n--;
	}
	return true; /* ".method" */
}

/* The token behind the bracket that closes the one at `open`. */
static size_t call_end(const struct python *y, size_t open)
{
	return token(y, open)->close ? token(y, open)->close + 1 : y->r.count;
}

/* Lines made to be slow are not read to their end: false when enough was done for this file. */
static bool spend(struct python *y, size_t n)
{
	y->l->work += n;
	return y->l->work <= LINT_WORK_MAX;
}

static int count_args(const struct python *y, size_t open, size_t end)
{
	int n = end > open + 2;
	size_t i;

	for (i = open + 1; i + 1 < end && n < 3; i++)
		n += token(y, i)->depth == token(y, open)->depth + 1 && text_is(y, i, ",") && i + 2 < end;
	return n;
}

/* ---- what ends an order: calls around token i ---- */

/* Whether a call of one of these names holds token i. */
static bool inside_call(const struct python *y, size_t i, const char *const *names)
{
	size_t k, open = i;
	unsigned depth = token(y, i)->depth;

	while (open-- > 0 && depth > 0 && i - open < LOOK_BACK) {
		if (token(y, open)->depth >= depth || !text_is(y, open, "("))
			continue;
		depth = token(y, open)->depth;
		for (k = 0; names[k]; k++)
			if (open > 0 && dotted_ends(y, open, names[k]))
				return true;
	}
	return false;
}

static const char *const unordered[] = { "sorted", "len",  "set",       "any",     "all",       "sum", "max",
					 "min",    "dict", "frozenset", "Counter", "natsorted", NULL };
static const char *const messages[] = { "log",        "info",     "debug",  "warning", "warn",
					"error",      "getmtime", "exists", "isdir",   "isfile",
					"relpath",    "basename", "Seed",   "seed",    "relative_to",
					"addsitedir", "chdir",    "rmtree", NULL };

/* ---- sources and names of an expression ---- */

static node call_source(struct python *y, size_t open)
{
	size_t end = call_end(y, open), first = open, k;
	int args = count_args(y, open, end);

	for (k = 0; k < sizeof(call_sources) / sizeof(call_sources[0]); k++) {
		const struct call_source *s = &call_sources[k];
		enum value_class cls = lint_rule_table[s->rule].cls;
		uint64_t at;

		if ((s->max_args >= 0 && args > s->max_args) || !dotted_ends(y, open, s->name))
			continue;
		if (cls == CLASS_ORDER && inside_call(y, open - 1, unordered))
			return 0;
		if (s->rule == RULE_PYTHON_RANDOM && y->seeded)
			return 0;
		while (first > 0 && (token(y, first - 1)->kind == TOKEN_NAME || text_is(y, first - 1, ".")) &&
		       token(y, first - 1)->depth == token(y, open)->depth && !text_is(y, first - 1, "in") &&
		       !text_is(y, first - 1, "return"))
			first--;
		at = token(y, first)->at;
		return flow_source(y->l, s->rule, at,
				   (end > open ? token(y, end - 1)->end : token(y, open)->end) - at);
	}
	return 0;
}

/* ["git", "describe", ...], "git describe --tags" in a call that runs it. */
static node run_source(struct python *y, size_t open, size_t end)
{
	static const char *const runners[] = { "check_output", "run",   "Popen",
					       "getoutput",    "popen", "getstatusoutput",
					       "call_output",  NULL };
	static const struct {
		const char *words;
		enum lint_rule_id rule;
	} commands[] = {
		{ "git describe", RULE_REVISION },
		{ "git rev-parse", RULE_REVISION },
		{ "git log", RULE_REVISION },
		{ "hostname", RULE_HOSTNAME },
		{ "date", RULE_DATE },
		{ "whoami", RULE_USER },
		{ "uname -", RULE_KERNEL },
		{ "git rev-list", RULE_REVISION },
	};
	char text[64] = "";
	size_t i, n = 0, k;

	for (k = 0; runners[k] && !dotted_ends(y, open, runners[k]); k++)
		;
	if (!runners[k])
		return 0;
	for (i = open + 1; i < end && i < open + LOOK_BACK && n + 2 < sizeof(text); i++) {
		size_t len = token(y, i)->end - token(y, i)->at;

		if (token(y, i)->kind != TOKEN_STRING)
			continue;
		if (n)
			text[n++] = ' ';
		len = len < sizeof(text) - n - 1 ? len : sizeof(text) - n - 1;
		memcpy(text + n, y->l->text + token(y, i)->at, len);
		n += len;
	}
	text[n] = '\0';
	if (strstr(text, "--show-toplevel") || strstr(text, "--git-dir"))
		return 0;
	for (k = 0; k < sizeof(commands) / sizeof(commands[0]); k++) {
		size_t len = strlen(commands[k].words);

		if (!strncmp(text, commands[k].words, len) &&
		    (text[len] == '\0' || text[len] == ' ' || commands[k].words[len - 1] == '-'))
			return flow_source(y->l, commands[k].rule, token(y, open)->at,
					   token(y, end - 1)->end - token(y, open)->at);
	}
	return 0;
}

/* A name of this function, of the file, or an attribute of whatever object. */
static node named(struct python *y, unsigned scope, const char *name, size_t n)
{
	char qualified[LINT_NAME_MAX];
	int len = n < LINT_NAME_MAX - 16
			  ? snprintf(qualified, sizeof(qualified), "%u:%.*s", scope, (int)n, name)
			  : 0;

	return flow_variable(y->l, 'p', qualified, len > 0 ? (size_t)len : 0);
}

#define SCOPE_ATTRIBUTES UINT32_MAX

static unsigned scope_of(const struct python *y, size_t i)
{
	return i > 0 && token_says(&y->r, i - 1, ".") ? SCOPE_ATTRIBUTES : y->scope;
}

/* Names inside the braces of an f-string. */
static node format_names(struct python *y, const struct token *t)
{
	const char *text = y->l->text;
	size_t i = t->at, begin;
	node all = 0;

	while (i < t->end) {
		if (text[i] != '{' || (i + 1 < t->end && text[i + 1] == '{')) {
			i += text[i] == '{' ? 2 : 1;
			continue;
		}
		for (begin = ++i; i < t->end && (isalnum((unsigned char)text[i]) || text[i] == '_'); i++)
			;
		all = flow_both(y->l, all, named(y, y->scope, text + begin, i - begin));
		all = flow_both(y->l, all, y->scope ? named(y, 0, text + begin, i - begin) : 0);
	}
	return all;
}

static node name_value(struct python *y, size_t i)
{
	const struct token *t = token(y, i);
	size_t n = t->end - t->at;

	if (i + 1 < y->r.count && text_is(y, i + 1, "(")) /* a call: what the function returns */
		return flow_variable(y->l, 'r', y->l->text + t->at, n < LINT_NAME_MAX ? n : 0);
	if (i + 1 < y->r.count && text_is(y, i + 1, "=") && t->depth > 0) /* keyword= */
		return 0;
	if (scope_of(y, i) == 0 || scope_of(y, i) == SCOPE_ATTRIBUTES)
		return named(y, scope_of(y, i), y->l->text + t->at, n);
	return flow_both(y->l, named(y, y->scope, y->l->text + t->at, n), named(y, 0, y->l->text + t->at, n));
}

static bool is_keyword(const struct python *y, size_t i)
{
	static const char *const words[] = { "in",  "for",  "if",   "else",  "not",   "and",
					     "or",  "is",   "None", "True",  "False", "lambda",
					     "os",  "sys",  "path", "self",  "re",    "str",
					     "int", "open", "join", "format" };
	size_t k;

	for (k = 0; k < sizeof(words) / sizeof(words[0]); k++)
		if (text_is(y, i, words[k]))
			return true;
	return false;
}

/* All that flows out of tokens [begin, end): calls, names, braces of f-strings. */
static node expression(struct python *y, size_t begin, size_t end)
{
	unsigned passes = CLASS_ALL;
	node all = 0, masked;
	size_t i;

	if (!spend(y, end > begin ? end - begin : 0))
		return 0;
	for (i = begin; i < end && i < y->r.count; i++) {
		const struct token *t = token(y, i);

		if (t->kind == TOKEN_STRING && t->format)
			all = flow_both(y->l, all, format_names(y, t));
		else if (text_is(y, i, "(") && i > 0 && token(y, i - 1)->kind == TOKEN_NAME)
			all = flow_both(y->l, all,
					flow_both(y->l, call_source(y, i), run_source(y, i, call_end(y, i))));
		else if (t->kind == TOKEN_NAME && !is_keyword(y, i) && !inside_call(y, i, messages))
			all = flow_both(y->l, all, inside_call(y, i, unordered) ? 0 : name_value(y, i));
		else if (text_is(y, i, "-") && i > begin)
			passes &= ~CLASS_BIT(CLASS_TIME);
	}
	if (passes == CLASS_ALL || !all)
		return all;
	masked = flow_new(y->l, passes);
	flow(y->l, all, masked);
	return masked;
}

/* ---- what is written ---- */

static bool is_console(const struct python *y, size_t open)
{
	size_t i = open;

	while (i > 0 && (token(y, i - 1)->kind == TOKEN_NAME || text_is(y, i - 1, "."))) {
		i--;
		if (text_is(y, i, "stderr") || text_is(y, i, "stdout") || text_is(y, i, "log") ||
		    text_is(y, i, "logger") || text_is(y, i, "logfile"))
			return true;
	}
	return false;
}

static const struct {
	const char *name;
	enum sink_kind kind;
} call_sinks[] = {
	{ ".write", SINK_WRITE },        { ".writelines", SINK_WRITE },      { ".write_text", SINK_WRITE },
	{ ".write_bytes", SINK_WRITE },  { "json.dump", SINK_WRITE },        { "yaml.dump", SINK_WRITE },
	{ "pickle.dump", SINK_WRITE },   { ".render", SINK_WRITE },          { "Extension", SINK_LINK },
	{ ".SharedLibrary", SINK_LINK }, { ".StaticLibrary", SINK_MEMBERS }, { ".Program", SINK_LINK },
};

static bool prints_to_file(const struct python *y, size_t open, size_t end)
{
	size_t i;

	for (i = open + 1; i + 1 < end && i < open + LOOK_BACK; i++)
		if (text_is(y, i, "file") && text_is(y, i + 1, "="))
			return !text_is(y, i + 2, "sys");
	return false;
}

/*
 * Order is left out: what goes through a list of a program's own is sorted on the way as often as not, by a key
 * that cannot be seen here.
 */
static void written(struct python *y, size_t begin, size_t end)
{
	node values = flow_new(y->l, CLASS_VALUES);

	flow(y->l, expression(y, begin, end), values);
	flow_sink(y->l, values, SINK_WRITE);
}

static void call_sink(struct python *y, size_t open)
{
	size_t end = call_end(y, open), k;

	if (is_console(y, open))
		return;
	for (k = 0; k < sizeof(call_sinks) / sizeof(call_sinks[0]); k++)
		if (dotted_ends(y, open, call_sinks[k].name) && call_sinks[k].kind == SINK_WRITE)
			written(y, open + 1, end);
		else if (dotted_ends(y, open, call_sinks[k].name))
			flow_sink(y->l, expression(y, open + 1, end), call_sinks[k].kind);
	if (dotted_ends(y, open, "print") && prints_to_file(y, open, end))
		written(y, open + 1, end);
}

/* define_macros=[("NAME", value)], sources=..., objects=... */
static void keyword_sink(struct python *y, size_t i)
{
	size_t end = i + 2;
	bool macros = text_is(y, i, "define_macros"),
	     list = text_is(y, i, "sources") || text_is(y, i, "extra_objects");

	if ((!macros && !list) || !text_is(y, i + 1, "="))
		return;
	while (end < y->r.count && !(token(y, end)->depth <= token(y, i)->depth &&
				     (text_is(y, end, ",") || text_is(y, end, ")"))))
		end++;
	flow_sink(y->l, expression(y, i + 2, end), macros ? SINK_DEFINE : SINK_LINK);
}

/* gzip.open(x, "wb"), GzipFile(...) without mtime=; shutil.make_archive(). */
static void archive_rules(struct python *y, size_t open)
{
	size_t end = call_end(y, open), i;
	bool mtime = false, writes = false;
	uint64_t at = open ? token(y, open - 1)->at : 0;

	if (dotted_ends(y, open, "make_archive"))
		flow_found(y->l, RULE_MAKE_ARCHIVE, at, token(y, end - 1)->end - at, NULL);
	if (!dotted_ends(y, open, "gzip.open") && !dotted_ends(y, open, "GzipFile"))
		return;
	for (i = open + 1; i + 1 < end && i < open + LOOK_BACK; i++) {
		mtime |= text_is(y, i, "mtime");
		writes |= token(y, i)->kind == TOKEN_STRING && token(y, i)->end > token(y, i)->at &&
			  strchr("wxa", y->l->text[token(y, i)->at]) &&
			  token(y, i)->end - token(y, i)->at <= 2;
	}
	if (writes && !mtime)
		flow_found(y->l, RULE_PYTHON_GZIP, at, token(y, end - 1)->end - at, NULL);
}

/* ---- a logical line ---- */

/* The last single = outside brackets; count: none. */
static size_t find_equals(const struct python *y, size_t *ret_first)
{
	size_t i, last = y->r.count;
	uint16_t depth = y->r.count ? token(y, 0)->depth : 0;

	*ret_first = y->r.count;
	for (i = 1; i < y->r.count; i++) {
		if (token(y, i)->depth == depth && (text_is(y, i, "=") || text_is(y, i, "+="))) {
			if (*ret_first == y->r.count)
				*ret_first = i;
			last = i;
		}
	}
	return last;
}

/* Names in tokens [begin, end) take the value. x.y = ... sets y. */
static void assign(struct python *y, size_t begin, size_t end, node value)
{
	size_t i;

	for (i = begin; i < end; i++) {
		const struct token *t = token(y, i);
		size_t n = t->end - t->at;

		if (t->kind != TOKEN_NAME || is_keyword(y, i) || (i + 1 < end && text_is(y, i + 1, ".")))
			continue;
		if (i > begin && text_is(y, i - 1, "[")) /* x[key] = ... sets x */
			continue;
		flow(y->l, value, named(y, scope_of(y, i), y->l->text + t->at, n));
	}
}

/* for NAMES in EXPRESSION: also inside brackets. */
static void read_loops(struct python *y)
{
	size_t i, in, end;

	for (i = 0; i < y->r.count; i++) {
		uint16_t depth = token(y, i)->depth;

		if (!text_is(y, i, "for") || !spend(y, 1))
			continue;
		for (in = i + 1; in < y->r.count && !(text_is(y, in, "in") && token(y, in)->depth == depth);
		     in++)
			;
		for (end = in; end < y->r.count &&
			       !(token(y, end)->depth <= depth &&
				 (text_is(y, end, ":") || text_is(y, end, "if") || text_is(y, end, "for") ||
				  text_is(y, end, ")") || text_is(y, end, "]")));
		     end++)
			;
		if (in < y->r.count && spend(y, end - i))
			assign(y, i + 1, in, expression(y, in + 1, end));
	}
}

/* x.append(y), x.extend(y): y goes into x; x.sort(): x has an order. */
static void read_methods(struct python *y, size_t open)
{
	static const char *const adds[] = { "append", "extend", "add", "insert", "update", "setdefault" };
	const struct token *t;
	node v;
	size_t k, n;

	if (open < 3 || !text_is(y, open - 2, ".") || token(y, open - 3)->kind != TOKEN_NAME)
		return;
	t = token(y, open - 3);
	n = t->end - t->at;
	v = named(y, scope_of(y, open - 3), y->l->text + t->at, n);
	if (text_is(y, open - 1, "sort"))
		flow_passes(y->l, v, CLASS_VALUES);
	for (k = 0; k < sizeof(adds) / sizeof(adds[0]); k++)
		if (text_is(y, open - 1, adds[k]))
			flow(y->l, expression(y, open + 1, call_end(y, open)), v);
}

static void read_calls(struct python *y)
{
	size_t i;

	for (i = 1; i < y->r.count; i++) {
		if (text_is(y, i, "(") && token(y, i - 1)->kind == TOKEN_NAME) {
			call_sink(y, i);
			archive_rules(y, i);
			read_methods(y, i);
			y->seeded |= dotted_ends(y, i, "random.seed") && call_end(y, i) > i + 2;
		} else if (token(y, i)->kind == TOKEN_NAME && token(y, i)->depth > 0) {
			keyword_sink(y, i);
		}
	}
}

static uint64_t column_of(const struct python *y, size_t i)
{
	uint64_t at = token(y, i)->at, n = 0;

	while (n < at && (y->l->text[at - n - 1] == ' ' || y->l->text[at - n - 1] == '\t'))
		n++;
	return n;
}

/* A def inside another is read as part of that. */
static void read_def(struct python *y)
{
	if (y->r.count < 2 || y->function_len)
		return;
	y->function = token(y, 1)->at;
	y->function_len = token(y, 1)->end - token(y, 1)->at;
	y->indent = column_of(y, 0);
	y->scope = ++y->scopes;
}

static void read_python_line(struct python *y)
{
	size_t first, equals = find_equals(y, &first);

	if (text_is(y, 0, "import") || text_is(y, 0, "from"))
		return;
	if (y->function_len && column_of(y, 0) <= y->indent) {
		y->function_len = 0;
		y->scope = 0;
	}
	if (text_is(y, 0, "def")) {
		read_def(y);
		return;
	}
	if (text_is(y, 0, "return") && y->function_len && y->function_len < LINT_NAME_MAX)
		flow(y->l, expression(y, 1, y->r.count),
		     flow_variable(y->l, 'r', y->l->text + y->function, y->function_len));
	else if (equals < y->r.count)
		assign(y, 0, equals, expression(y, equals + 1, y->r.count));
	read_loops(y);
	read_calls(y);
}

int read_python(struct lint *l)
{
	struct python y = { .r = { .l = l }, .l = l };

	while (!l->error && python_line(&y.r))
		if (y.r.count)
			read_python_line(&y);
	return l->error;
}
