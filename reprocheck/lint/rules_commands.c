/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of commands: which bring varying values in, which pass on what they
 * read or are given, which write it somewhere, and what is wrong with how one is called.
 *
 * A table by name; everything that is not in it passes nothing on.  That is the
 * cautious side: what an unknown program does with a date is not reported.
 * What archives are called with is in lint_rules_archives.c.
 */
#include "reprocheck/lint/rules_commands.h"

#include <ctype.h>
#include <string.h>

/* ---- names ---- */

static const char *after_last(const char *s, char c)
{
	const char *p = strrchr(s, c);

	return p ? p + 1 : s;
}

/* The tool behind a variable's name: "HOST_AR" -> "AR". */
static const char *tool_of_variable(const char *name, size_t *n)
{
	size_t i = *n;

	if (*n == strlen("CMAKE_COMMAND") && !memcmp(name, "CMAKE_COMMAND", *n)) {
		*n = strlen("CMAKE");
		return name;
	}
	while (i > 0 && name[i - 1] != '_')
		i--;
	*n -= i;
	return name + i;
}

/* "arm-none-eabi-ar" is GNU's ar; "llvm-ar" is not. */
static const char *without_target(const char *name)
{
	static const char *const tools[] = { "ar", "gcc", "g++", "ld", "ranlib", NULL };
	const char *tail = after_last(name, '-');

	return name_in(tail, tools) && strncmp(name, "llvm-", 5) != 0 ? tail : name;
}

/* "${HOST_AR}" names ar, "${CROSS}ar" too. */
void command_name(const struct word *w, char *out, size_t cap)
{
	const char *s = after_last(w->text ?: "", '/'), *tail = after_last(s, '}');
	size_t n, i;

	if (*tail == '\0' && tail > s) { /* only a variable */
		s = after_last(s, '{');
		n = strcspn(s, "}");
		s = tool_of_variable(s, &n);
	} else {
		s = without_target(tail);
		n = strlen(s);
	}
	n = n < cap - 1 ? n : cap - 1;
	for (i = 0; i < n; i++)
		out[i] = (char)tolower((unsigned char)s[i]);
	out[n] = '\0';
}

bool name_in(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(name, *list))
			return true;
	return false;
}

static bool contains_caseless(const struct word *w, const char *s)
{
	return w->text && strcasestr(w->text, s) != NULL;
}

/* "test-data.tar", not "latest.tar". */
static bool is_for_tests(const char *name)
{
	const char *p = name;

	for (; (p = strcasestr(p, "test")); p++)
		if (p == name || !isalpha((unsigned char)p[-1]))
			return true;
	return false;
}

bool output_counts(const struct word *w)
{
	static const char *const begins[] = { "/dev/",     "/proc/", "/sys/", "/tmp/", "${TMPDIR",
					      "${GITHUB_", "${HOME", "~",     "&" };
	static const char *const inside[] = { "conftest", "cscope",  "bench",   "result", "report",
					      "timing",   "history", "/var/",   ".pid",   ".lock",
					      "stderr",   "stdout",  "_log",    "log_",   ".log",
					      "logs/",    "log}",    "logfile", "debug",  ".csv" };
	size_t i;

	if (!w->text || w->len == 0 || word_is(w, "log"))
		return false;
	for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (word_begins(w, begins[i]))
			return false;
	for (i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
		if (contains_caseless(w, inside[i]))
			return false;
	return !is_for_tests(w->text);
}

bool is_source_name(const char *s)
{
	static const char *const suffixes[] = { ".h",  ".c",    ".cc", ".cpp", ".hpp", ".inc", ".rs",
						".go", ".java", ".S",  ".cu",  ".inl", NULL };
	const char *dot = s ? strrchr(s, '.') : NULL;

	return dot && name_in(dot, suffixes);
}

bool writes_source(const struct command *c)
{
	static const char *const signs[] = { "#define ", "const char", "constexpr ", "static const ",
					     "char " };
	size_t i, k;

	for (i = 0; i < c->count && i < 8; i++)
		for (k = 0; k < sizeof(signs) / sizeof(signs[0]); k++)
			if (c->words[i].text && strstr(c->words[i].text, signs[k]))
				return true;
	return false;
}

void output_sink(struct lint *l, const struct word *file, node n, bool source)
{
	if (output_counts(file))
		flow_sink(l, n, source || is_source_name(file->text) ? SINK_SOURCE : SINK_WRITE);
}

/* ---- helpers for arguments ---- */

uint64_t command_length(const struct command *c)
{
	uint64_t at = c->words[0].offset, end = c->words[c->count - 1].end;

	return end > at ? end - at : 0;
}

node command_source(struct lint *l, const struct command *c, enum lint_rule_id rule)
{
	return flow_source(l, rule, c->words[0].offset, command_length(c));
}

void command_found(struct lint *l, const struct command *c, enum lint_rule_id rule, const char *fix)
{
	flow_found(l, rule, c->words[0].offset, command_length(c), fix);
}

bool has_argument(const struct command *c, const char *s)
{
	size_t i;

	for (i = 1; i < c->count; i++)
		if (word_is(&c->words[i], s))
			return true;
	return false;
}

bool has_argument_like(const struct command *c, const char *prefix)
{
	size_t i;

	for (i = 1; i < c->count; i++)
		if (word_begins(&c->words[i], prefix))
			return true;
	return false;
}

/* "-xyz" (one dash) that holds the letter. */
bool has_letter(const struct command *c, char letter)
{
	size_t i;

	for (i = 1; i < c->count; i++) {
		const char *s = c->words[i].text ?: "";

		if (s[0] == '-' && s[1] && s[1] != '-' && strchr(s + 1, letter))
			return true;
	}
	return false;
}

/* A variable that holds options nobody can see here: ${TAR_OPTIONS}, $(GZFLAGS). */
bool has_hidden_options(const struct command *c)
{
	size_t i;

	for (i = 1; i < c->count; i++) {
		const char *s = c->words[i].text ?: "";

		if (s[0] == '$' && (strcasestr(s, "opt") || strcasestr(s, "flag") || strcasestr(s, "args") ||
				    strstr(s, "$@") || strcasestr(s, "env")))
			return true;
	}
	return false;
}

static node passed(struct lint *l, node from, unsigned classes)
{
	node n = from ? flow_new(l, classes) : 0;

	flow(l, from, n);
	return n;
}

node command_arguments(struct lint *l, const struct command *c, size_t first)
{
	node all = 0;
	size_t i;

	for (i = first; i < c->count; i++)
		all = flow_both(l, all, word_node(l, &c->words[i]));
	return all;
}

void arguments_sink(struct lint *l, const struct command *c, size_t first, enum sink_kind kind)
{
	size_t i;

	for (i = first; i < c->count; i++)
		flow_sink(l, word_node(l, &c->words[i]), kind);
}

/* ---- what passes values on ---- */

/* echo, printf, expr: what they are given. */
static node run_echo(struct lint *l, const struct command *c)
{
	return command_arguments(l, c, 1);
}

/* tr, cut, head, grep...: what they read. */
static node run_filter(struct lint *l, const struct command *c)
{
	return flow_both(l, special_file(l, c), c->input);
}

/* cat: what it reads, and its files in their order. */
static node run_cat(struct lint *l, const struct command *c)
{
	size_t i;

	for (i = 1; i < c->count; i++)
		if (c->output && output_counts(c->output))
			flow_sink(l, word_node(l, &c->words[i]), SINK_JOIN);
	return flow_both(l, run_filter(l, c), passed(l, command_arguments(l, c, 1), CLASS_BIT(CLASS_ORDER)));
}

static node run_sort(struct lint *l, const struct command *c)
{
	return passed(l, c->input, CLASS_VALUES);
}

static node run_basename(struct lint *l, const struct command *c)
{
	return passed(l, command_arguments(l, c, 1), CLASS_ALL & ~CLASS_BIT(CLASS_PATH));
}

/* The replacement of s/a/b/, not what is looked for: refs behind an even number of delimiters. */
static node sed_replacement(struct lint *l, const struct word *w)
{
	const char *s = w->text ?: "", *start = s;
	node all = 0;
	uint32_t i, k;

	while (*start && *start != 's')
		start++;
	if (!*start || !start[1])
		return word_node(l, w);
	for (i = 0; i < w->ref_count; i++) {
		unsigned delimiters = 0;

		for (k = (uint32_t)(start - s) + 1; k < w->refs[i].at && k < w->len; k++)
			delimiters += s[k] == start[1];
		if (delimiters % 3 != 1)
			all = flow_both(l, all, w->refs[i].from);
	}
	return all;
}

static node sed_scripts(struct lint *l, const struct command *c)
{
	bool given = has_argument_like(c, "-e") || has_argument_like(c, "--expr");
	node all = 0;
	size_t i;

	for (i = 1; i < c->count; i++) {
		const struct word *w = &c->words[i];
		bool behind = i > 1 &&
			      (word_is(&c->words[i - 1], "-e") || word_is(&c->words[i - 1], "--expression"));

		if (behind || (word_begins(w, "-e") && w->len > 2) || (!given && !word_begins(w, "-"))) {
			all = flow_both(l, all, sed_replacement(l, w));
			if (!given)
				break;
		}
	}
	return all;
}

static node run_sed(struct lint *l, const struct command *c)
{
	node scripts = sed_scripts(l, c);

	if (has_argument_like(c, "-i") || has_argument_like(c, "--in-place")) {
		flow_sink(l, scripts, is_source_name(c->words[c->count - 1].text) ? SINK_SOURCE : SINK_WRITE);
		return 0;
	}
	return flow_both(l, scripts, c->input);
}

/* awk: -v NAME=VALUE and the program. */
static node run_awk(struct lint *l, const struct command *c)
{
	node all = flow_both(l, special_file(l, c), c->input);
	size_t i;

	for (i = 1; i < c->count; i++) {
		bool value = word_begins(&c->words[i], "-v");

		all = flow_both(
			l, all,
			word_node(l, &c->words[i + (value && c->words[i].len == 2 && i + 1 < c->count)]));
		if (!value && !word_begins(&c->words[i], "-") && !word_is(&c->words[i - 1], "-v"))
			break;
	}
	return all;
}

static node run_tee(struct lint *l, const struct command *c)
{
	size_t i;

	for (i = 1; i < c->count; i++)
		if (!word_begins(&c->words[i], "-"))
			output_sink(l, &c->words[i], c->input, false);
	return c->input;
}

/* read A B: from what comes in. */
static node run_read(struct lint *l, const struct command *c)
{
	size_t i;

	for (i = 1; i < c->count; i++)
		if (c->words[i].text && !word_begins(&c->words[i], "-"))
			flow(l, passed(l, c->input, CLASS_VALUES),
			     flow_variable(l, c->piece->space, c->words[i].text, c->words[i].len));
	return 0;
}

static node run_nothing(struct lint *l, const struct command *c)
{
	(void)l;
	(void)c;
	return 0;
}

/* ---- what builds ---- */

/* Compiles to see whether it can: cc -march=native -E -, ... -o /dev/null. */
static bool is_probe(const struct command *c)
{
	return has_argument(c, "/dev/null") || has_argument(c, "-E") || has_argument(c, "-fsyntax-only") ||
	       has_argument(c, "-###");
}

static void check_words(struct lint *l, const struct command *c, enum sink_kind define)
{
	size_t i;

	if (is_probe(c))
		return;
	for (i = 1; i < c->count; i++) {
		word_options(l, &c->words[i], define);
		word_flags(l, &c->words[i]);
	}
}

static node run_compiler(struct lint *l, const struct command *c)
{
	static const char *const no_link[] = { "-c", "-S", "-E", "-M", "-MM", "-fsyntax-only" };
	size_t i;

	check_words(l, c, SINK_DEFINE);
	for (i = 0; i < sizeof(no_link) / sizeof(no_link[0]); i++)
		if (has_argument(c, no_link[i]))
			return 0;
	arguments_sink(l, c, 1, SINK_LINK);
	return 0;
}

/* go sorts what it is given. */
static node run_go(struct lint *l, const struct command *c)
{
	check_words(l, c, SINK_DEFINE);
	return 0;
}

/* Others whose -D sets a variable of another build: cmake, meson, configure, java; and NAME=VALUE of make. */
static node run_configurator(struct lint *l, const struct command *c)
{
	size_t i;

	if (has_argument(c, "-E"))
		return run_cmake_tool(l, c);
	check_words(l, c, SINK_PARAMETER);
	for (i = 1; i < c->count; i++) {
		const char *equals = c->words[i].text ? strchr(c->words[i].text, '=') : NULL;

		if (equals && c->words[i].text[0] != '-')
			flow_sink(l, word_node_from(l, &c->words[i], (size_t)(equals - c->words[i].text)),
				  SINK_PARAMETER);
	}
	return 0;
}

/* docker build --build-arg X=..., rpmbuild --define "x ...". */
static node run_with_definitions(struct lint *l, const struct command *c)
{
	static const char *const options[] = { "--build-arg", "--label", "--define", "-D", NULL };
	size_t i;

	for (i = 2; i < c->count; i++)
		if (name_in(c->words[i - 1].text ?: "", options))
			flow_sink(l, word_node(l, &c->words[i]), SINK_PARAMETER);
	check_words(l, c, SINK_PARAMETER);
	return 0;
}

static node run_perl(struct lint *l, const struct command *c)
{
	if (has_letter(c, 'i') && has_letter(c, 'p'))
		arguments_sink(l, c, 1, SINK_WRITE);
	return has_letter(c, 'p') || has_letter(c, 'n') ? c->input : 0;
}

static node run_python(struct lint *l, const struct command *c)
{
	if (!has_argument(c, "-m") || (!has_argument(c, "compileall") && !has_argument(c, "py_compile")))
		return 0;
	if (!has_argument_like(c, "--invalidation-mode") && !has_hidden_options(c))
		command_found(l, c, RULE_COMPILEALL, NULL);
	return 0;
}

/* `curl -o $@`, `wget -O $@.tmp`, `curl > $@`: the rule's own file, and not a tool that is installed on the way. */
static bool fetches_target(const struct command *c)
{
	size_t i;

	if (c->output && word_begins(c->output, "${@}"))
		return true;
	for (i = 1; i < c->count; i++)
		if (word_begins(&c->words[i], "${@}") || word_begins(&c->words[i], "-o${@}") ||
		    word_begins(&c->words[i], "-O${@}"))
			return true;
	return false;
}

/* A file that others use must not depend on what a server says; a digest beside it says that it does not. */
static node run_fetch(struct lint *l, const struct command *c)
{
	const char *text = c->piece->p;
	size_t n = c->piece->n;

	if (c->piece->build_step && fetches_target(c) && !memmem(text, n, "sha256", 6) &&
	    !memmem(text, n, "shasum", 6) && !memmem(text, n, "sha512", 6) && !memmem(text, n, "md5sum", 6))
		command_found(l, c, RULE_NETWORK, NULL);
	return 0;
}

/* ---- commands that run commands ---- */

static node run_from(struct lint *l, const struct command *c, size_t first)
{
	struct command inner = *c;

	if (first >= c->count)
		return 0;
	inner.words += first;
	inner.count -= first;
	return command_rules(l, &inner);
}

/* env, sudo, nice, libtool...: past options and assignments. */
static node run_prefix(struct lint *l, const struct command *c)
{
	size_t i;

	for (i = 1; i < c->count; i++)
		if (!word_begins(&c->words[i], "-") && !(c->words[i].text && strchr(c->words[i].text, '=')))
			break;
	return run_from(l, c, i);
}

static node run_xargs(struct lint *l, const struct command *c)
{
	static const char *const with_value[] = { "-n", "-L", "-P", "-I", "-d", "-s", "-a", NULL };
	bool single = has_argument_like(c, "-I") || has_argument(c, "-n1") || has_argument(c, "-L1") ||
		      has_argument(c, "1");
	struct command inner = *c;
	size_t i = 1;

	while (i < c->count && word_begins(&c->words[i], "-"))
		i += name_in(c->words[i].text, with_value) ? 2 : 1;
	if (i >= c->count)
		return c->input;
	inner.count = c->count - i;
	inner.words = arena_array(&l->scratch, inner.count + 1, sizeof(*inner.words));
	if (!inner.words)
		return 0;
	memcpy(inner.words, c->words + i, inner.count * sizeof(*inner.words));
	inner.words[inner.count] =
		(struct word){ .offset = c->words[i].offset, .end = c->words[c->count - 1].end };
	if (!single) /* one command a file has no order */
		word_ref(l, &inner.words[inner.count], passed(l, c->input, CLASS_BIT(CLASS_ORDER)), "$()", 3);
	inner.count++;
	inner.input = 0;
	return command_rules(l, &inner);
}

/* ---- the table ---- */

static const struct known_command {
	const char *names; /* separated by blanks */
	node (*run)(struct lint *l, const struct command *c);
} known[] = {
	{ "date gdate", run_date },
	{ "hostname", run_hostname },
	{ "uname", run_uname },
	{ "whoami logname", run_user },
	{ "id", run_id },
	{ "nproc gnproc", run_cpu_count },
	{ "getconf", run_getconf },
	{ "sysctl", run_sysctl },
	{ "lscpu", run_lscpu },
	{ "mktemp", run_mktemp },
	{ "uuidgen", run_uuidgen },
	{ "openssl", run_openssl },
	{ "pwd", run_pwd },
	{ "realpath grealpath", run_realpath },
	{ "readlink greadlink", run_readlink },
	{ "git", run_git },
	{ "hg svn", run_other_vcs },
	{ "svnversion", run_svnversion },
	{ "find gfind", run_find },
	{ "ls", run_ls },
	{ "echo printf expr print", run_echo },
	{ "tr cut head tail grep egrep fgrep rev tac uniq column fold paste iconv base64 od xxd hexdump "
	  "sha256sum sha1sum md5sum "
	  "sha512sum shasum fmt nl expand dd",
	  run_filter },
	{ "cat", run_cat },
	{ "sort gsort", run_sort },
	{ "basename", run_basename },
	{ "dirname", run_echo },
	{ "sed gsed", run_sed },
	{ "awk gawk mawk nawk", run_awk },
	{ "tee", run_tee },
	{ "read mapfile readarray", run_read },
	{ "test [ : true false rm mkdir wc cd mv cp ln touch chmod exit return", run_nothing },
	{ "cc gcc g++ c++ cxx clang clang++ ld ld.lld lld mold gold nvcc hipcc icc icpx emcc em++ rustc link",
	  run_compiler },
	{ "go cgo", run_go },
	{ "cmake ctest cpack meson configure make gmake ninja java javac mvn gradle scons bazel",
	  run_configurator },
	{ "docker podman buildah rpmbuild nerdctl", run_with_definitions },
	{ "perl", run_perl },
	{ "python python2 python3", run_python },
	{ "curl wget", run_fetch },
	{ "env sudo exec command nice nohup eval time ccache distcc libtool builtin stdbuf setarch busybox",
	  run_prefix },
	{ "xargs gxargs", run_xargs },
	{ "ar gcc-ar", run_ar },
	{ "ranlib gcc-ranlib", run_ranlib },
	{ "tar gtar bsdtar amtar", run_tar },
	{ "gzip pigz", run_gzip },
	{ "zip", run_zip },
	{ "jar", run_jar },
	{ "xz", run_xz },
	{ "bzip2 zstd lz4 lzip", run_filter },
};

static bool among(const char *names, const char *name)
{
	size_t n = strlen(name), len;

	for (; *names; names += len + (names[len] == ' ')) {
		len = strcspn(names, " ");
		if (len == n && !memcmp(names, name, n))
			return true;
	}
	return false;
}

/* "$(Q)", "$(AM_V_AR)", "$(QUIET_CC)": say whether to say, and are no command. */
static bool is_silencer(const struct word *w)
{
	if (w->len < 3 || w->text[w->len - 1] != '}')
		return false; /* $(AM_V_GEN)echo is echo */

	static const char *const names[] = { "${Q}", "${V}",    "${AT}",   "${E}",      "${S}",
					     "${q}", "${hide}", "${ECHO}", "${SILENT}", "${NOECHO}" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (word_is(w, names[i]))
			return true;
	return word_begins(w, "${AM_V_") || word_begins(w, "${QUIET") || word_begins(w, "${V_") ||
	       word_begins(w, "${vecho");
}

node command_rules(struct lint *l, const struct command *c)
{
	char name[32];
	size_t i;

	if (c->count == 0)
		return 0;
	if (is_silencer(&c->words[0]))
		return run_from(l, c, 1);
	command_name(&c->words[0], name, sizeof(name));
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (among(known[i].names, name))
			return known[i].run(l, c);
	/* What an unknown program of a script takes may be anything (try_flag -march=native); in a rule it is a compiler's. */
	if (c->piece->dialect != DIALECT_SHELL)
		check_words(l, c, SINK_DEFINE);
	return flow_variable(l, 'f', c->words[0].text ?: "",
			     c->words[0].len < LINT_NAME_MAX ? c->words[0].len : 0);
}
