/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Absolute paths below directories that belong to one build or one person.
 *
 * In places that only a compiler writes (debug information, co_filename, the
 * names in a coverage file, RUNPATH) such a path is always the build's.  In the
 * strings of a program and in texts it may as well be one that the program
 * uses: /tmp/.X11-unix, an example in a help text.  There it must look like a
 * source or an object (its suffix, or a directory such as src), or lie below a
 * directory that is known to be the build's.
 */
#include "reprocheck/lint/walk.h"

#include <stdio.h>
#include <string.h>

static const struct root {
	const char *prefix;
	const char *what;
	bool personal; /* the next component is somebody's name */
} roots[] = {
	{ "/home/", "a home directory", true },
	{ "/root/", "root's home directory", false },
	{ "/Users/", "a home directory", true },
	{ "/tmp/", "a temporary directory", false },
	{ "/var/tmp/", "a temporary directory", false },
	{ "/private/tmp/", "a temporary directory", false },
	{ "/var/folders/", "a temporary directory", false },
	{ "/private/var/folders/", "a temporary directory", false },
	{ "/build/", "a build directory", false },
	{ "/builds/", "a build directory", false },
	{ "/builddir/", "a build directory", false },
	{ "/buildkite/", "a build directory", false },
	{ "/codebuild/", "a build directory", false },
	{ "/workspace/", "a build directory", false },
	{ "/workspaces/", "a build directory", false },
	{ "/github/workspace/", "a build directory", false },
	{ "/__w/", "a build directory", false },
	{ "/jenkins/", "a build directory", false },
	{ "/var/lib/jenkins/", "a build directory", false },
	{ "/var/lib/buildkite-agent/", "a build directory", false },
	{ "/scratch/", "a build directory", false },
	{ NULL, NULL, false },
};

/* Fixed on purpose, the same on every builder. */
static const char *const fixed_roots[] = { "/build/reproducible-path/", "/builddir/build/BUILD/", NULL };

/* Names that stand in for a real one in documentation. */
static const char *const placeholders[] = { "user",    "username", "me",       "you",        "foo",
					    "bar",     "joe",      "john",     "jdoe",       "USER",
					    "name",    "your",     "myself",   "example",    "someone",
					    "johndoe", "yourname", "youruser", "youruserid", "myuser",
					    NULL };

static const char *const source_suffixes[] = {
	"c",     "cc",  "cpp", "cxx", "c++",  "C",   "h",     "hh",   "hpp",   "hxx", "inl", "ipp",  "tcc",
	"s",     "S",   "o",   "obj", "lo",   "a",   "rs",    "rlib", "rmeta", "go",  "f",   "f90",  "F90",
	"for",   "m",   "mm",  "d",   "java", "kt",  "swift", "vala", "y",     "l",   "cu",  "cuh",  "ptx",
	"proto", "pyx", "pxd", "py",  "hs",   "ml",  "mli",   "adb",  "ads",   "pas", "asm", "gcda", "gcno",
	"dwo",   "bc",  "ll",  "ii",  "i",    "mod", "cl",    "lua",  "jl",    "nim", "zig", NULL
};

static const char *const source_directories[] = { "src",       "source",  "sources", "include", "CMakeFiles",
						  "obj",       "target",  ".cargo",  "build",   "_build",
						  "bazel-out", ".ccache", "debian",  ".libs",   NULL };

/* The path from a slash on, without what ends a sentence. */
static struct token path_at(const struct window *w, size_t at)
{
	struct token t = { .p = w->p + at, .from = at };

	while (at + t.len < w->len && is_path_char(w->p[at + t.len]) && w->p[at + t.len] != '\\')
		t.len++;
	while (t.len > 1 && (t.p[t.len - 1] == '.' || t.p[t.len - 1] == '/'))
		t.len--;
	return t;
}

/* At the start of a word, or behind an option: "-I/home/x". */
static bool begins_here(const struct window *w, size_t at)
{
	char before = at ? w->p[at - 1] : ' ';
	size_t from = at;

	if (!is_word(before) && !strchr("/.-+~@%#", before ? before : ' '))
		return true;
	while (from > 0 && at - from < 4 && is_word(w->p[from - 1]))
		from--;
	return from < at && from > 0 && w->p[from - 1] == '-' && (from == 1 || !is_path_char(w->p[from - 2]));
}

static const struct root *find_root(struct token t)
{
	const struct root *r;
	size_t i;

	for (i = 0; fixed_roots[i]; i++)
		if (token_begins(t, fixed_roots[i]))
			return NULL;
	for (r = roots; r->prefix; r++)
		if (token_begins(t, r->prefix) && t.len > strlen(r->prefix))
			return r;
	return NULL;
}

/* A directory that the user said, or the surroundings say, is the build's. */
static const char *known_directory(const struct lint_leaf *leaf, struct token t)
{
	const char *const *d = leaf->w->options->directories;

	for (; d && *d; d++) {
		size_t n = strlen(*d);

		n -= n > 1 && (*d)[n - 1] == '/';
		if (n > 1 && t.len >= n && !memcmp(t.p, *d, n) && (t.len == n || t.p[n] == '/'))
			return *d;
	}
	return NULL;
}

static struct token component_after(struct token t, size_t from)
{
	struct token c = token_slice(t, from, t.len);
	const char *slash = c.len ? memchr(c.p, '/', c.len) : NULL;

	return slash ? token_slice(c, 0, (size_t)(slash - c.p)) : c;
}

static bool token_is_any(struct token t, const char *const *words)
{
	for (; *words; words++)
		if (token_is(t, *words))
			return true;
	return false;
}

static bool has_source_suffix(struct token t)
{
	size_t i = t.len;

	while (i > 0 && t.p[i - 1] != '.' && t.p[i - 1] != '/')
		i--;
	return i > 1 && t.p[i - 1] == '.' && t.p[i - 2] != '/' &&
	       token_is_any(token_slice(t, i, t.len), source_suffixes);
}

static unsigned count_slashes(struct token t)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < t.len; i++)
		n += t.p[i] == '/';
	return n;
}

/* Components behind the root; the root's own name is not one of them. */
static bool looks_like_source(struct token t, size_t root)
{
	struct token c;
	size_t from;

	if (has_source_suffix(t))
		return true;
	for (from = root; from < t.len; from += c.len + 1) {
		c = component_after(t, from);
		if (token_is_any(c, source_directories) || token_begins(c, "obj-"))
			return count_slashes(t) > 2;
	}
	return false;
}

/* A pattern or a template, which the program fills in. */
static bool is_template(struct token t)
{
	return memchr(t.p, '%', t.len) || memmem(t.p, t.len, "XXXX", 4) || memmem(t.p, t.len, "...", 3) ||
	       memmem(t.p, t.len, "//", 2);
}

/* Only tools write here, and only what they were given. */
static bool written_by_tools(const struct lint_leaf *leaf)
{
	static const char *const formats[] = { "pyc", "gcov", "pch", "bitcode", NULL };
	const char *format = leaf->layout->analyzer->name;
	size_t i;

	for (i = 0; formats[i]; i++)
		if (strcmp(format, formats[i]) == 0)
			return leaf->part->kind != PART_FIELD || leaf->part->meaning == MEANS_PATH;
	return leaf->debug || (leaf->part->kind == PART_FIELD && leaf->part->meaning == MEANS_PATH) ||
	       strcmp(leaf->section, ".dynstr") == 0 || strcmp(leaf->section, ".gopclntab") == 0 ||
	       strcmp(leaf->section, ".GCC.command.line") == 0;
}

/* NAME=/home/x, as env prints it. */
static bool is_environment(const struct lint_leaf *leaf, const struct window *w, size_t at)
{
	static const char *const names[] = { "HOME=", "PWD=", "OLDPWD=", "TMPDIR=", NULL };
	size_t i, n;

	for (i = 0; !leaf->image && names[i]; i++) {
		n = strlen(names[i]);
		if (at >= n && !memcmp(w->p + at - n, names[i], n) && (at == n || w->p[at - n - 1] == '\n'))
			return true;
	}
	return false;
}

static const char *why_suspicious(const struct lint_leaf *leaf, const struct window *w, struct token t)
{
	const char *known = known_directory(leaf, t);
	const struct root *root = find_root(t);

	if (is_template(t))
		return NULL;
	if (known)
		return "a directory of this build";
	if (!root)
		return NULL;
	if (written_by_tools(leaf) || is_environment(leaf, w, t.from))
		return root->what;
	if (root->personal && token_is_any(component_after(t, strlen(root->prefix)), placeholders))
		return NULL;
	return leaf->w->options->pedantic || looks_like_source(t, strlen(root->prefix)) ? root->what : NULL;
}

/* A temporary name inside the path is the more telling thing. */
static bool made_up_inside(const struct window *w, struct token t, uint64_t *ret)
{
	const char *maker;
	struct token name;
	size_t i;

	for (i = t.from; i < t.from + t.len; i++)
		if (made_up_name(w, i, &name, &maker)) {
			*ret = i - t.from;
			return true;
		}
	return false;
}

/* A letter of the component behind the root, so that what is left is still two places of one tree. */
static size_t letter_to_change(struct token t)
{
	size_t i = 1;

	while (i < t.len && t.p[i] != '/')
		i++;
	while (i < t.len && !is_alnum(t.p[i]))
		i++;
	if (i < t.len)
		return i;
	for (i = t.len - 1; i > 1 && !is_alnum(t.p[i]);)
		i--;
	return i;
}

int lint_path(const struct lint_leaf *leaf, uint64_t at, uint64_t *ret_end)
{
	struct lint_suspect s = { .at = at, .rule = "path in a text" };
	struct window w;
	struct token t;
	const char *why;
	uint64_t name;
	size_t in;

	w = lint_window(leaf, at, &in);
	if (!begins_here(&w, in))
		return 0;
	t = path_at(&w, in);
	why = t.len > 4 ? why_suspicious(leaf, &w, t) : NULL;
	if (!why)
		return 0;
	if (made_up_inside(&w, t, &name))
		return lint_made_up(leaf, at + name, ret_end);
	*ret_end = at + t.len;
	s.len = t.len;
	s.change = at + letter_to_change(t);
	s.to = lint_other_character((char)leaf->data[s.change]);
	if (leaf->part->kind == PART_FIELD)
		s.rule = NULL;
	(void)snprintf(s.detail, sizeof(s.detail), "below %s", why);
	return lint_tell(leaf, &s);
}
