/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts in a leaf: one pass over its bytes, in which nearly every byte is
 * dismissed by a table, since no detector begins with it or the byte before
 * makes it the middle of a word.
 */
#include "reprocheck/lint/walk.h"

#include "base/path.h"

#include <string.h>

#define CHUNK_MIN 4 /* shorter leaves hold no text */

enum trigger { AT_SLASH = 1, AT_NAME = 2, AT_SUFFIX = 4, AT_STAMP = 8, AT_ANY = 15 };

static const uint8_t triggers[256] = {
	['/'] = AT_SLASH | AT_NAME,
	['-'] = AT_SUFFIX, /* clang's names end in a dash and six digits, which is too little outside a temporary directory */
	['c'] = AT_NAME,
	['g'] = AT_NAME,
	['l'] = AT_NAME,
	['r'] = AT_NAME,
	['t'] = AT_NAME,
	['.'] = AT_SUFFIX,
	['_'] = AT_SUFFIX,
	['v'] = AT_SUFFIX,
	['B'] = AT_SUFFIX,
	['I'] = AT_SUFFIX,
	['0'] = AT_STAMP | AT_SUFFIX,
	['1'] = AT_STAMP,
	['2'] = AT_STAMP,
	['3'] = AT_STAMP,
	['A'] = AT_STAMP,
	['D'] = AT_STAMP,
	['F'] = AT_STAMP,
	['J'] = AT_STAMP,
	['M'] = AT_STAMP,
	['N'] = AT_STAMP,
	['O'] = AT_STAMP,
	['S'] = AT_STAMP,
	['T'] = AT_STAMP,
	['W'] = AT_STAMP,
};

struct window lint_window(const struct lint_leaf *leaf, uint64_t at, size_t *ret_at)
{
	uint64_t from = at > WINDOW_REACH ? at - WINDOW_REACH : 0;
	uint64_t to = leaf->len - at > WINDOW_REACH ? at + WINDOW_REACH : leaf->len;

	*ret_at = (size_t)(at - from);
	return (struct window){ .p = (const char *)leaf->data + from,
				.len = (size_t)(to - from),
				.from = *ret_at,
				.to = *ret_at };
}

static int detect(const struct lint_leaf *leaf, uint64_t at, unsigned which, uint64_t *ret_end)
{
	static const struct {
		enum trigger trigger;
		lint_detector *detector;
	} all[] = { { AT_SLASH, lint_path },
		    { AT_NAME, lint_made_up },
		    { AT_SUFFIX, lint_suffix },
		    { AT_STAMP, lint_stamp } };
	size_t i;
	int r = 0;

	*ret_end = at;
	for (i = 0; r >= 0 && *ret_end == at && i < sizeof(all) / sizeof(all[0]); i++)
		if (which & all[i].trigger)
			r = all[i].detector(leaf, at, ret_end);
	return r;
}

/* --- texts that people write --- */

static const char *const handwritten_names[] = { "change",  "news",    "readme",    "todo",
						 "history", "release", "copyright", "license",
						 "authors", "faq",     "install",   NULL };

static const char *const handwritten_suffixes[] = {
	".md",  ".rst", ".adoc", ".asciidoc", ".texi", ".texinfo", ".tex",   ".pod",   ".pm",   ".pl",
	".t",   ".rb",  ".js",   ".mjs",      ".ts",   ".css",     ".c",     ".h",     ".cc",   ".hh",
	".cpp", ".hpp", ".cxx",  ".java",     ".kt",   ".rs",      ".go",    ".py",    ".sh",   ".awk",
	".tcl", ".el",  ".lisp", ".lua",      ".diff", ".patch",   ".po",    ".pot",   ".y",    ".l",
	".m",   ".S",   ".s",    ".f90",      ".hs",   ".ml",      ".swift", ".scala", ".cs",   ".vim",
	".sql", ".bat", ".ps1",  ".R",        ".jl",   ".erl",     ".ex",    ".dts",   ".info", NULL
};

static bool is_generic(const char *component, size_t n)
{
	static const char *const names[] = { "lines", "bytes", "body", "payload", "text", NULL };
	size_t i;

	for (i = 0; names[i]; i++)
		if (strlen(names[i]) == n && !memcmp(names[i], component, n))
			return true;
	return false;
}

/* The last name on the way that is somebody's: of a member, or the file's. */
static struct token own_name(const struct lint_walk *w)
{
	const char *path = buffer_str(&w->path), *base = path_base(w->file);
	size_t end = w->path.len, from;

	while (end > 0) {
		for (from = end; from > 0 && !(from > 1 && path[from - 1] == '/' && path[from - 2] == '/');
		     from--)
			;
		if (!is_generic(path + from, end - from)) {
			const char *slash = memrchr(path + from, '/', end - from);

			from = slash ? (size_t)(slash + 1 - path) : from;
			return (struct token){ .p = path + from, .len = end - from };
		}
		end = from > 2 ? from - 2 : 0;
	}
	return (struct token){ .p = base, .len = strlen(base) };
}

static struct token uncompressed_name(const struct lint_walk *w)
{
	struct token t = own_name(w);

	if (token_ends(t, ".gz") || token_ends(t, ".xz"))
		t.len -= 3;
	return t;
}

/* "tar.1", "printf.3posix", "find.info-1": samples of paths and of output stand in it, beside a date that a tool wrote. */
static bool is_manual(const struct lint_leaf *leaf)
{
	struct token t = uncompressed_name(leaf->w);
	size_t i = t.len;

	while (i > 0 && t.p[i - 1] != '.')
		i--;
	t = token_slice(t, i, t.len);
	return i > 1 && t.len && ((t.p[0] >= '1' && t.p[0] <= '9' && t.len < 7) || token_begins(t, "info"));
}

/* Such texts tell of other builds, in samples and reports. */
static bool is_handwritten(const struct lint_leaf *leaf)
{
	struct token t = uncompressed_name(leaf->w);
	size_t i;

	for (i = 0; handwritten_suffixes[i]; i++)
		if (token_ends(t, handwritten_suffixes[i]))
			return true;
	for (i = 0; handwritten_names[i]; i++)
		if (t.len < 40 && token_has(t, handwritten_names[i]) && !token_ends(t, ".html"))
			return true;
	return false;
}

int lint_text(const struct lint_leaf *leaf)
{
	bool doubtful = leaf->part->kind == PART_TEXT && !leaf->image && !leaf->w->options->pedantic;
	unsigned wanted = doubtful && is_manual(leaf) ? AT_NAME | AT_STAMP : AT_ANY;
	uint64_t at, end;
	int r = 0;

	if (leaf->len < CHUNK_MIN || (doubtful && is_handwritten(leaf)))
		return 0;
	for (at = 0; r >= 0 && at < leaf->len; at++) {
		unsigned which = triggers[leaf->data[at]] & wanted;

		if (!which)
			continue;
		r = detect(leaf, at, which, &end);
		if (end > at)
			at = end - 1;
	}
	return r < 0 ? r : lint_facts(leaf);
}
