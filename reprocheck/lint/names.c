/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that tools make up, and names of the machine.
 *
 * A suffix is told only where its form shows that it is not what a careful build
 * has: gcc writes 64 random bits as up to 16 hexadecimal digits, and with
 * -frandom-seed a CRC of 32 bits or the number given, so at least 14 digits are
 * random.  Addresses of 64-bit processes begin with 0x7f, 0x55 or 0x56 and have 12
 * digits.  gcc replaces -march=native by what it found, and only then states the
 * sizes of the caches.
 */
#include "reprocheck/lint/walk.h"

#include <stdio.h>
#include <string.h>

#define FACT_MIN 4 /* shorter names are words of every language */

/* The suspect from `at`, `len` long, whose character at `change` would be another one. */
static struct lint_suspect suspect(const struct lint_leaf *leaf, uint64_t at, uint64_t len, uint64_t change,
				   const char *rule)
{
	return (struct lint_suspect){ .at = at,
				      .len = len,
				      .change = change,
				      .to = lint_other_character((char)leaf->data[change]),
				      .rule = rule };
}

/* Outside a path, words such as tmp.childNodes have the same form: a digit among the letters is rarer. */
static bool is_certain(const struct lint_leaf *leaf, uint64_t at, struct token t)
{
	size_t i;

	if (*t.p == '/' || (at && leaf->data[at - 1] == '/'))
		return true;
	for (i = 0; i < t.len && !is_digit(t.p[i]); i++)
		;
	return i < t.len;
}

int lint_made_up(const struct lint_leaf *leaf, uint64_t at, uint64_t *ret_end)
{
	struct lint_suspect s;
	struct window w;
	struct token t;
	const char *maker;
	size_t in, change;

	w = lint_window(leaf, at, &in);
	if (!made_up_name(&w, in, &t, &maker) || !is_certain(leaf, at, t))
		return 0;
	/* nvcc's first number is its process id; the others end in what was made up. */
	change = token_begins(t, "tmpxft_") ? 14 : t.len - 1;
	s = suspect(leaf, at, t.len, at + change, "temporary name");
	s.tool = strcmp(maker, "mktemp") == 0 || strcmp(maker, "Python tempfile") == 0 ? "scripts" : NULL;
	(void)snprintf(s.detail, sizeof(s.detail), "made up by %s", maker);
	*ret_end = at + t.len;
	return lint_tell(leaf, &s);
}

/* --- suffixes and stamps --- */

static bool stands_at(const struct lint_leaf *leaf, uint64_t at, const char *word)
{
	size_t n = strlen(word);

	return range_inside(at, n, leaf->len) && !memcmp(leaf->data + at, word, n);
}

static uint64_t run_of(const struct lint_leaf *leaf, uint64_t at, char_class *member)
{
	uint64_t end = at;

	while (end < leaf->len && end - at < WINDOW_REACH / 2 && member((char)leaf->data[end]))
		end++;
	return end - at;
}

static bool is_section_char(char c)
{
	return is_word(c) || c == '.' || c == '-' || c == '$';
}

static int lto_suffix(const struct lint_leaf *leaf, uint64_t at, uint64_t *ret_end)
{
	uint64_t len = run_of(leaf, at, is_section_char), from = len;
	struct lint_suspect s;

	while (from > 0 && is_hex((char)leaf->data[at + from - 1]))
		from--;
	if (len - from < 14 || from < 9 || leaf->data[at + from - 1] != '.')
		return 0;
	s = suspect(leaf, at + from, len - from, at + len - 1, "section suffix");
	(void)snprintf(s.detail, sizeof(s.detail), "64 random bits");
	*ret_end = at + len;
	return lint_tell(leaf, &s);
}

static int llvm_suffix(const struct lint_leaf *leaf, uint64_t at, uint64_t *ret_end)
{
	uint64_t digits = run_of(leaf, at + 6, is_digit);
	struct lint_suspect s;

	if (digits < 12 ||
	    !leaf->w->options->pedantic) /* the same in every build that names its inputs alike */
		return 0;
	s = suspect(leaf, at + 6, digits, at + 5 + digits, "symbol suffix");
	(void)snprintf(s.detail, sizeof(s.detail), "a hash of the module and its inputs' names");
	*ret_end = at + 6 + digits;
	return lint_tell(leaf, &s);
}

static int nvcc_hash(const struct lint_leaf *leaf, uint64_t at, size_t prefix, uint64_t *ret_end)
{
	uint64_t digits = run_of(leaf, at + prefix, is_hex);
	struct lint_suspect s;

	if (digits != 8)
		return 0;
	s = suspect(leaf, at + prefix, 8, at + prefix + 7, "symbol hash");
	(void)snprintf(s.detail, sizeof(s.detail), "a hash of the absolute directory");
	*ret_end = at + prefix + 8;
	return lint_tell(leaf, &s);
}

static bool not_line_end(char c)
{
	return (unsigned char)c >= ' ' && c != 0x7f;
}

static bool is_token_char(char c)
{
	return (unsigned char)c > ' ' && (unsigned char)c < 0x7f;
}

static int go_stamp(const struct lint_leaf *leaf, uint64_t at, uint64_t *ret_end)
{
	static const char *const keys[] = { "vcs.revision=", "vcs.time=", "vcs.modified=true", NULL };
	struct lint_suspect s;
	uint64_t len, value;
	size_t i;

	for (i = 0; keys[i] && !stands_at(leaf, at, keys[i]); i++)
		;
	len = run_of(leaf, at, is_token_char);
	if (!leaf->image || !keys[i] || len <= 13)
		return 0;
	value = i == 1 ? 9 : 13;
	s = suspect(leaf, at + value, len - value, at + value, "version control");
	(void)snprintf(s.detail, sizeof(s.detail), "%s",
		       i == 2 ? "the tree had changes" : "the state of the tree, not of the sources built");
	s.only = "go-vcs-stamp";
	*ret_end = at + len;
	return lint_tell(leaf, &s);
}

/* Only gcc writes it, and only for -march=native. */
static int native_flag(const struct lint_leaf *leaf, uint64_t at, uint64_t *ret_end)
{
	uint64_t len = 22 + run_of(leaf, at + 22, is_digit); /* both spellings are as long */
	struct lint_suspect s;

	if (len == 22)
		return 0;
	s = suspect(leaf, at, len, at + len - 1, "compiler's options");
	(void)snprintf(s.detail, sizeof(s.detail), "-march=native was replaced by this machine's processor");
	s.fallback = "march-native";
	s.only = "march-native";
	*ret_end = at + len;
	return lint_tell(leaf, &s);
}

static unsigned distinct_digits(const uint8_t *p, size_t n)
{
	bool seen[256] = { false };
	unsigned count = 0;

	while (n--) {
		count += !seen[*p];
		seen[*p++] = true;
	}
	return count;
}

static int address(const struct lint_leaf *leaf, uint64_t at, uint64_t *ret_end)
{
	uint64_t digits = run_of(leaf, at + 2, is_hex);
	struct lint_suspect s;

	/* Of a file that came in a package, or whose time was set, it is a sample. */
	if (leaf->part->kind == PART_RAW ||
	    (leaf->w->options->file_time_set && leaf->part->kind == PART_TEXT && !leaf->w->options->pedantic))
		return 0;
	if (digits != 12 || distinct_digits(leaf->data + at + 4, 10) < 4 ||
	    (at && is_word((char)leaf->data[at - 1])))
		return 0;
	s = suspect(leaf, at, 14, at + 8, "address");
	(void)snprintf(s.detail, sizeof(s.detail), "an address of the process that wrote it");
	*ret_end = at + 14;
	return lint_tell(leaf, &s);
}

/* Lines of META-INF/MANIFEST.MF that name the builder or the moment. */
static int manifest_line(const struct lint_leaf *leaf, uint64_t at, uint64_t *ret_end)
{
	static const char *const keys[] = { "Built-By: ",
					    "Bnd-LastModified: ",
					    "Build-Time: ",
					    "Build-Date: ",
					    "Build-Timestamp: ",
					    "Build-Host: ",
					    "Implementation-Build-Date: ",
					    "Build-Jdk: ",
					    "Build-OS: ", /* of the tools: the same where they are pinned */
					    NULL };
	const size_t of_tools = 7;
	struct lint_suspect s;
	uint64_t len;
	size_t i, n;

	if (leaf->image || (at && leaf->data[at - 1] != '\n'))
		return 0;
	for (i = 0; keys[i] && !stands_at(leaf, at, keys[i]); i++)
		;
	n = keys[i] && (i < of_tools || leaf->w->options->pedantic) ? strlen(keys[i]) : 0;
	len = n ? run_of(leaf, at + n, not_line_end) : 0;
	if (!len)
		return 0;
	s = suspect(leaf, at + n, len, at + n + len - 1, "manifest line");
	s.only = "java-manifest";
	(void)snprintf(s.detail, sizeof(s.detail), "%.*s", (int)n - 2, keys[i]);
	*ret_end = at + n + len;
	return lint_tell(leaf, &s);
}

int lint_suffix(const struct lint_leaf *leaf, uint64_t at, uint64_t *ret_end)
{
	switch (leaf->data[at]) {
	case '.':
		if (stands_at(leaf, at, ".gnu.lto_") || stands_at(leaf, at, ".gnu.debuglto_"))
			return lto_suffix(leaf, at, ret_end);
		return stands_at(leaf, at, ".llvm.") ? llvm_suffix(leaf, at, ret_end) : 0;
	case '_':
		if (stands_at(leaf, at, "_INTERNAL_"))
			return nvcc_hash(leaf, at, 10, ret_end);
		return stands_at(leaf, at, "__fatbinwrap_") ? nvcc_hash(leaf, at, 13, ret_end) : 0;
	case 'v': return stands_at(leaf, at, "vcs.") ? go_stamp(leaf, at, ret_end) : 0;
	case '-':
		return stands_at(leaf, at, "--param=l1-cache-size=") ||
				       stands_at(leaf, at, "--param l1-cache-size=")
			       ? native_flag(leaf, at, ret_end)
			       : 0;
	case '0':
		return stands_at(leaf, at, "0x7f") || stands_at(leaf, at, "0x55") ||
				       stands_at(leaf, at, "0x56")
			       ? address(leaf, at, ret_end)
			       : 0;
	default: return manifest_line(leaf, at, ret_end);
	}
}

/* --- the machine --- */

/* Names that accounts have everywhere, and that are words as well. */
static bool is_common(const char *name)
{
	static const char *const words[] = { "root",   "user",   "users",   "admin",     "build",  "builder",
					     "guest",  "test",   "tester",  "nobody",    "daemon", "debian",
					     "ubuntu", "fedora", "local",   "localhost", "linux",  "host",
					     "server", "docker", "default", "runner",    "worker", "agent",
					     "system", "work",   "home",    "main",      NULL };
	size_t i;

	for (i = 0; words[i]; i++)
		if (!strcmp(name, words[i]))
			return true;
	return false;
}

static bool stands_as_word(const struct lint_leaf *leaf, uint64_t at, size_t n)
{
	return (at == 0 || !is_alnum((char)leaf->data[at - 1])) &&
	       (at + n == leaf->len || !is_alnum((char)leaf->data[at + n]));
}

struct known_name {
	const char *name, *what, *cause;
	size_t member; /* of struct facts: an array of two strings */
};

static int tell_fact(const struct lint_leaf *leaf, uint64_t at, const struct known_name *k)
{
	size_t n = strlen(k->name);
	struct lint_suspect s = suspect(leaf, at, n, at + n - 1, k->what);
	struct facts facts = { .uid = { -1, -1 }, .gid = { -1, -1 }, .pid = { -1, -1 } };
	const char **pair = (const char **)((char *)&facts + k->member);
	char other[256];

	(void)snprintf(other, sizeof(other), "%s", k->name);
	other[n - 1] = s.to;
	pair[0] = k->name;
	pair[1] = other;
	s.facts = &facts;
	s.fallback = k->cause;
	s.only = k->cause;
	(void)snprintf(s.detail, sizeof(s.detail), "the %s", k->what);
	return lint_tell(leaf, &s);
}

static int find_fact(const struct lint_leaf *leaf, const struct known_name *k)
{
	size_t n = k->name ? strlen(k->name) : 0;
	const uint8_t *p = leaf->data, *end = leaf->data + leaf->len;
	int r = 0;

	if (n < FACT_MIN || n > 200 || is_common(k->name))
		return 0;
	while (r >= 0 && (p = memmem(p, (size_t)(end - p), k->name, n))) {
		if (stands_as_word(leaf, (uint64_t)(p - leaf->data), n))
			r = tell_fact(leaf, (uint64_t)(p - leaf->data), k);
		p += n;
	}
	return r;
}

int lint_facts(const struct lint_leaf *leaf)
{
	const struct lint_options *o = leaf->w->options;
	const struct known_name known[] = {
		{ o->host, "host's name", "build-host", offsetof(struct facts, host) },
		{ o->user, "user's name", "build-user", offsetof(struct facts, user) },
		{ o->kernel, "kernel's version", "kernel-version", offsetof(struct facts, kernel) },
	};
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < sizeof(known) / sizeof(known[0]); i++)
		r = find_fact(leaf, &known[i]);
	return r;
}
