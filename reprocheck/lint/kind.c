/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which reader a file gets.
 *
 * The name decides what language it would be, the content whether it is text at all, and for
 * what has no telling name the first line (#!).  Files that are found in a tree must also look like
 * part of a build: Python by its name or directory, shell scripts unless they are tests; what
 * generators wrote (configure, Makefile.in, libtool) is theirs to mend.
 */
#include "reprocheck/lint/lint.h"

#include "analyzers/layout.h"
#include "base/path.h"

#include <ctype.h>
#include <string.h>

#define HEAD 65536

struct file {
	const char *name, *base;
	const char *text;
	size_t size; /* of the head that is looked at */
};

static bool ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n >= k && !strcmp(s + n - k, suffix);
}

static bool ends_any(const char *s, const char *const *suffixes)
{
	for (; *suffixes; suffixes++)
		if (ends(s, *suffixes))
			return true;
	return false;
}

static bool begins(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

static bool begins_any(const char *s, const char *const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (begins(s, *prefixes))
			return true;
	return false;
}

/* One of the words begins somewhere in it: "gen" in "auto-gen.sh", not in "imagenet.sh". */
static bool holds_any(const char *s, const char *const *words)
{
	for (; *words; words++) {
		const char *p = s;

		while ((p = strcasestr(p, *words))) {
			if (p == s || !isalpha((unsigned char)p[-1]))
				return true;
			p++;
		}
	}
	return false;
}

static bool is_any(const char *s, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(s, *names))
			return true;
	return false;
}

static bool holds(const struct file *f, size_t head, const char *s)
{
	return memmem(f->text, f->size < head ? f->size : head, s, strlen(s)) != NULL;
}

/* A directory of that name stands in the path. */
static bool is_below(const char *path, const char *const *directories)
{
	for (; *directories; directories++) {
		size_t n = strlen(*directories);
		const char *p = path;

		while ((p = strstr(p, *directories))) {
			if ((p == path || p[-1] == '/') && p[n] == '/')
				return true;
			p++;
		}
	}
	return false;
}

/* ---- languages, by name ---- */

/* nmake's, and those of systems whose tools are not the ones that the rules speak of. */
static bool is_foreign(const struct file *f)
{
	static const char *const suffixes[] = {
		".vc",    ".msc",   ".msvc",   ".bc",   ".bor",   ".nmake", ".win",    ".wat",
		".mvc",   ".cyg",   ".vms",    ".aix",  ".amiga", ".beos",  ".dec",    ".dj2",
		".djgpp", ".hp64",  ".hpgcc",  ".hpux", ".sco",   ".sgi",   ".sggcc",  ".solaris",
		".so9",   ".sunos", ".mips",   ".os2",  ".pup",   ".ibmc",  ".32sunu", ".64sunu",
		".acorn", ".atari", ".watcom", ".dos",  NULL
	};

	return ends_any(f->base, suffixes) || holds(f, f->size, "\n!if") || holds(f, f->size, "\n!IF") ||
	       holds(f, f->size, "\n!include");
}

static bool is_make(const struct file *f)
{
	static const char *const names[] = { "Makefile",    "makefile", "GNUmakefile",
					     "BSDmakefile", "Kbuild",   NULL };
	static const char *const suffixes[] = { ".mk", ".mak", ".make", ".mk.in", NULL };

	if (!is_any(f->base, names) && !ends_any(f->base, suffixes) && !begins(f->base, "Makefile.") &&
	    !begins(f->base, "makefile."))
		return false;
	return !is_foreign(f);
}

static bool is_cmake(const struct file *f)
{
	static const char *const suffixes[] = { ".cmake", ".cmake.in", NULL };

	return !strcmp(f->base, "CMakeLists.txt") || ends_any(f->base, suffixes);
}

static bool is_bazel(const struct file *f)
{
	static const char *const names[] = { "BUILD", "WORKSPACE", "BUCK", "TARGETS", "PACKAGE", NULL };
	static const char *const suffixes[] = { ".bazel", ".bzl", ".BUILD", ".bxl", ".bzlmod", NULL };

	if (is_any(f->base, names))
		return holds(f, f->size, "(");
	return ends_any(f->base, suffixes) || begins(f->base, "BUILD.");
}

static bool is_c(const struct file *f)
{
	static const char *const suffixes[] = { ".c",   ".h",    ".cc",   ".cpp",   ".cxx",    ".c++",
						".hh",  ".hpp",  ".hxx",  ".h++",   ".inl",    ".ipp",
						".tcc", ".cu",   ".cuh",  ".m",     ".mm",     ".ino",
						".hip", ".c.in", ".h.in", ".cc.in", ".cpp.in", NULL };

	return ends_any(f->base, suffixes);
}

static bool is_dockerfile(const struct file *f)
{
	static const char *const names[] = { "Dockerfile", "Containerfile", NULL };

	return is_any(f->base, names) || begins(f->base, "Dockerfile.") || ends(f->base, ".dockerfile") ||
	       ends(f->base, ".Dockerfile");
}

/* The program of a #! line, its version left out; "" when there is none. */
static void interpreter(const struct file *f, char out[16])
{
	size_t i = 2, n = 0, word;

	out[0] = '\0';
	if (f->size < 4 || memcmp(f->text, "#!", 2) != 0)
		return;
	do { /* the last path component of the first word; of `env X` that of the second */
		while (i < f->size && f->text[i] == ' ')
			i++;
		for (word = i; i < f->size && !isspace((unsigned char)f->text[i]); i++)
			if (f->text[i] == '/')
				word = i + 1;
	} while (i - word == 3 && !memcmp(f->text + word, "env", 3) && i < f->size && f->text[i] == ' ');
	while (word + n < i && n < 15 && isalpha((unsigned char)f->text[word + n])) {
		out[n] = f->text[word + n];
		n++;
	}
	out[n] = '\0';
}

static bool is_shell(const struct file *f)
{
	static const char *const names[] = { "sh", "bash", "dash", "ksh", "zsh", NULL };
	static const char *const suffixes[] = { ".sh", ".bash", ".ksh", ".zsh", NULL };
	static const char *const recipes[] = { "PKGBUILD", "APKBUILD", NULL };
	char program[16];

	interpreter(f, program);
	return program[0] ? is_any(program, names) : ends_any(f->base, suffixes) || is_any(f->base, recipes);
}

static bool is_python(const struct file *f)
{
	static const char *const names[] = { "wscript", "SConstruct", "SConscript", NULL };
	char program[16];

	interpreter(f, program);
	return ends(f->base, ".py") || is_any(f->base, names) || ends(f->base, ".scons") ||
	       !strcmp(program, "python");
}

static const struct {
	enum lint_kind kind;
	bool (*is)(const struct file *f);
} languages[] = {
	{ LINT_CMAKE, is_cmake }, { LINT_BAZEL, is_bazel }, { LINT_DOCKERFILE, is_dockerfile },
	{ LINT_MAKE, is_make },   { LINT_C, is_c },         { LINT_PYTHON, is_python },
	{ LINT_SHELL, is_shell },
};

/* ---- is it part of a build ---- */

static bool is_generated(const struct file *f)
{
	static const char *const names[] = { "libtool",       "ltmain.sh",  "config.guess",  "config.sub",
					     "config.status", "install-sh", "depcomp",       "missing",
					     "compile",       "ylwrap",     "mkinstalldirs", "test-driver",
					     "py-compile",    "mdate-sh",   "config.rpath",  NULL };

	return is_any(f->base, names) || holds(f, 4096, "Generated by GNU Autoconf") ||
	       holds(f, 4096, "generated by automake") || holds(f, 4096, "CMAKE generated file: DO NOT EDIT");
}

static const char *const test_directories[] = { "test",        "tests", "testing",  "testsuite", "testdata",
						"t",           "spec",  "examples", "example",   "benchmark",
						"benchmarks",  "fuzz",  "fuzzing",  "oss-fuzz",  "selftests",
						"integration", "e2e",   "bench",    "regress",   "regression",
						"testdir",     NULL };

/* A directory whose name ends with test or tests, or begins with it: unittest, perf-tests, test_data. */
static bool is_below_tests(const char *path)
{
	const char *slash;

	for (; (slash = strchr(path, '/')); path = slash + 1) {
		size_t n = (size_t)(slash - path);

		if ((n > 4 && !strncasecmp(slash - 4, "test", 4)) ||
		    (n > 5 && !strncasecmp(slash - 5, "tests", 5)) ||
		    (n > 4 && !strncasecmp(path, "test", 4) && !isalpha((unsigned char)path[4])))
			return true;
	}
	return false;
}

static bool is_test(const struct file *f)
{
	return is_below(f->name, test_directories) || is_below_tests(f->name);
}

/* Tests, measurements, checks: scripts whose output is read and thrown away. */
static bool is_test_script(const struct file *f)
{
	static const char *const words[] = { "test",  "bench",   "cov",     "stats",    "check",
					     "cert",  "monitor", "metrics", "ignition", "postinst",
					     "prerm", "preinst", "postrm",  NULL };
	size_t i;

	for (i = 0; words[i]; i++)
		if (strcasestr(f->base, words[i]))
			return true;
	return false;
}

/* "gen" as a word of its own: gen_version.py, GIT-VERSION-GEN. */
static bool is_generator(const char *base)
{
	const char *p = base;

	for (; (p = strcasestr(p, "gen")); p++)
		if ((p == base || !isalpha((unsigned char)p[-1])) && !isalpha((unsigned char)p[3]))
			return true;
	return false;
}

/*
 * Trees are full of scripts that no build runs: helpers of developers, tools that are the product.  One belongs
 * to the build when it stands in a directory for that, or its name says that it makes something.
 */
static bool makes_something(const struct file *f)
{
	static const char *const surely[] = { "mk", "make", "build", "pack", "bundle", NULL };
	static const char *const others[] = { "release", "announce", "publish", "upload",
					      "deploy",  "backport", "bump",    NULL };
	static const char *const words[] = { "autogen", "generate", "build",   "make", "mk",
					     "version", "embed",    "stamp",   "pack", "dist",
					     "create",  "archive",  "tarball", NULL };
	static const char *const directories[] = { "cmake", "debian", "rpm", NULL };

	if (begins_any(f->base, surely))
		return true;
	if (holds_any(f->base, others))
		return false;
	return holds_any(f->base, words) || is_generator(f->base) || is_below(f->name, directories);
}

static bool is_build_python(const struct file *f)
{
	static const char *const names[] = { "setup.py",   "conanfile.py", "wscript", "SConstruct",
					     "SConscript", "conf.py",      NULL };
	static const char *const directories[] = { "build", "scripts",   "tools", "cmake",
						   "ci",    "packaging", NULL };

	if (is_any(f->base, names) || ends(f->base, ".scons"))
		return true;
	if (is_test_script(f))
		return false;
	return begins(f->base, "build") || begins(f->base, "gen") ||
	       (is_below(f->name, directories) && makes_something(f));
}

/* Whether a file that nobody named is worth reading. */
static bool is_of_a_build(const struct file *f, enum lint_kind kind)
{
	if (is_generated(f) || is_test(f))
		return false;
	if (kind == LINT_PYTHON)
		return is_build_python(f);
	return kind != LINT_SHELL || (!is_test_script(f) && makes_something(f));
}

static enum lint_kind language_of(const struct file *f)
{
	size_t i;

	if (ends(f->base, ".ninja"))
		return LINT_NINJA;
	for (i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
		if (languages[i].is(f))
			return languages[i].kind;
	return LINT_NOTHING;
}

/* Formats that may read like text: ar, PDF, an archive of texts. */
static bool is_known_format(const struct content *c)
{
	const struct analyzer *const *a;

	for (a = analyzers; *a; a++)
		if ((*a)->probe(content_data(c), content_size(c)))
			return true;
	return false;
}

enum lint_kind lint_kind_named(const char *name, const struct content *c)
{
	struct file f = { .name = name, .base = path_base(name), .text = (const char *)content_data(c) };

	f.size = content_size(c) < HEAD ? (size_t)content_size(c) : HEAD;
	if (f.size == 0)
		return LINT_NOTHING;
	if (memchr(f.text, 0, f.size))
		return LINT_ARTIFACT;
	return language_of(&f) != LINT_NOTHING ? language_of(&f)
	       : is_known_format(c)            ? LINT_ARTIFACT
					       : LINT_NOTHING;
}

enum lint_kind lint_kind_of(const char *name, const struct content *c)
{
	struct file f = { .name = name, .base = path_base(name), .text = (const char *)content_data(c) };
	enum lint_kind kind = lint_kind_named(name, c);

	f.size = content_size(c) < HEAD ? (size_t)content_size(c) : HEAD;
	return kind == LINT_ARTIFACT || kind == LINT_NOTHING || is_of_a_build(&f, kind) ? kind : LINT_NOTHING;
}
