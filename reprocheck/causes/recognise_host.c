/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the machine and its user are: names, kernel, processors, locale, the
 * tools that are installed.
 */
#include "reprocheck/causes/recognisers.h"

#include <string.h>
#include <strings.h>

static bool is_name_char(char c)
{
	return is_word(c) || c == '-' || c == '.';
}

static bool is_version_char(char c)
{
	return is_word(c) || c == '-' || c == '.' || c == '+' || c == '~';
}

static void recognised_tokens(struct recognition *r, int score, const char *what, const struct token t[2])
{
	int a = t[0].len > 60 ? 60 : (int)t[0].len, b = t[1].len > 60 ? 60 : (int)t[1].len;

	recognised(r, score, "%s %.*s -> %.*s", what, a, t[0].p, b, t[1].p);
}

/* The name that the value belongs to has one of these words in it. */
static bool key_has(const struct window w[2], const char *const *words)
{
	struct token key[2] = { key_before(&w[0]), key_before(&w[1]) };

	for (; *words; words++)
		if (key[0].p && key[1].p && token_has(key[0], *words) && token_has(key[1], *words))
			return true;
	return false;
}

/* user@host: which half of it the token is. */
static bool after_at(const struct window *w, struct token t)
{
	return t.len >= 2 && t.from >= 3 && w->p[t.from - 1] == '@' && is_word(w->p[t.from - 2]) &&
	       is_word(w->p[t.from - 3]);
}

static bool before_at(const struct window *w, struct token t)
{
	size_t end = t.from + t.len;

	return t.len >= 2 && end + 2 < w->len && w->p[end] == '@' && is_word(w->p[end + 1]) &&
	       is_word(w->p[end + 2]);
}

static bool has_letter(struct token t)
{
	size_t i;

	for (i = 0; i < t.len; i++)
		if (is_alnum(t.p[i]) && !is_digit(t.p[i]))
			return true;
	return false;
}

/* --- who and where --- */

RECOGNISER(rpm_build_host)
{
	struct token t[2];

	if (!format_is(d, "rpm") || meaning_of(d) != MEANS_HOST)
		return;
	if (field_texts(d, t))
		recognised_tokens(r, SCORE_FIELD, "host", t);
	recognised(r, SCORE_FIELD, "%s", "");
}

RECOGNISER(build_host)
{
	static const char *const words[] = { "hostname", "build_host", "build-host", "buildhost",
					     "host",     "nodename",   "machine",    NULL };
	struct window w[2];
	struct token t[2];

	if (meaning_of(d) == MEANS_HOST)
		recognised(r, SCORE_FIELD - 1, "%s", "");
	if (!text_windows(d, w) || !tokens_around(w, is_name_char, t))
		return;
	if (d->facts && (facts_equal(d->facts->host, t) || facts_inside(d->facts->host, w)))
		recognised_tokens(r, SCORE_FACT, "host", t);
	else if (!is_field(d) && after_at(&w[0], t[0]) && after_at(&w[1], t[1]))
		recognised_tokens(r, SCORE_PATTERN + 3, "host", t);
	else if (!is_field(d) && (key_has(w, words) || windows_have(w, "HOST")) && has_letter(t[0]) &&
		 has_letter(t[1]))
		recognised_tokens(r, SCORE_PATTERN, "host", t);
}

static bool facts_number(const int64_t fact[2], const struct token t[2])
{
	uint64_t v[2];

	return fact[0] != fact[1] && fact[0] >= 0 && fact[1] >= 0 && token_number(t[0], 10, &v[0]) &&
	       token_number(t[1], 10, &v[1]) && v[0] == (uint64_t)fact[0] && v[1] == (uint64_t)fact[1];
}

/* Four bytes that are the user's or the group's number in both builds, as the user told us. */
static bool binary_fact(const struct difference *d, const int64_t fact[2])
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		const struct side *s = &d->side[i];
		uint64_t at = s->at & ~UINT64_C(3);

		if (fact[i] < 256 || !s->leaf || !s->len || !range_inside(at, 4, s->leaf_len) ||
		    load_le32(s->leaf + at) != (uint64_t)fact[i])
			return false;
	}
	return fact[0] != fact[1];
}

RECOGNISER(build_user)
{
	static const char *const words[] = { "user",       "login",   "logname",  "packager",
					     "maintainer", "author",  "built-by", "uid",
					     "owner",      "builder", NULL };
	struct window w[2];
	struct token t[2];

	if (meaning_of(d) == MEANS_USER)
		recognised(r, SCORE_SURE, "%s", "");
	if (d->facts && !is_field(d) && (binary_fact(d, d->facts->uid) || binary_fact(d, d->facts->gid)))
		recognised(r, SCORE_SURE, "uid or gid as four bytes");
	if (is_field(d) || !text_windows(d, w) || !tokens_around(w, is_name_char, t))
		return;
	if (d->facts && (facts_equal(d->facts->user, t) || facts_number(d->facts->uid, t)))
		recognised_tokens(r, SCORE_FACT, "user", t);
	else if (before_at(&w[0], t[0]) && before_at(&w[1], t[1]))
		recognised_tokens(r, SCORE_PATTERN + 3, "user", t);
	else if (key_has(w, words) || windows_have(w, "USER"))
		recognised_tokens(r, SCORE_PATTERN + 1, "user", t);
}

/* --- kernel and processors --- */

static bool is_release(struct token t)
{
	unsigned dots = 0;
	size_t i;

	for (i = 0; i < t.len; i++)
		dots += t.p[i] == '.';
	return t.len >= 5 && is_digit(t.p[0]) && dots >= 1;
}

RECOGNISER(kernel_version)
{
	static const char *const words[] = { "kernel", "uname", "linux", " SMP", "osrelease", NULL };
	struct window w[2];
	struct token t[2];

	if (is_field(d) || !text_windows(d, w) || !tokens_around(w, is_version_char, t))
		return;
	if (d->facts && (facts_equal(d->facts->kernel, t) || facts_inside(d->facts->kernel, w)))
		recognised_tokens(r, SCORE_FACT, "kernel", t);
	else if (is_release(t[0]) && is_release(t[1]) && words_near(w, t, 32, 8, words))
		recognised_tokens(r, SCORE_SURE, "kernel", t);
}

RECOGNISER(cpu_count)
{
	static const char *const words[] = { "nproc", "cpus",      "cpu_count", "num_cpu", "numcpu",
					     "ncpu",  "cores",     "jobs",      "threads", "parallel",
					     " -j",   "makeflags", "workers",   NULL };
	struct window w[2];
	struct token t[2];
	uint64_t n[2];

	if (is_field(d) || !text_windows(d, w) || !tokens_around(w, is_digit, t) ||
	    !words_near(w, t, 24, 10, words))
		return;
	if (token_number(t[0], 10, &n[0]) && token_number(t[1], 10, &n[1]) && n[0] && n[1] && n[0] <= 4096 &&
	    n[1] <= 4096)
		recognised_tokens(r, SCORE_PATTERN + 1, "count", t);
}

RECOGNISER(cpu_model)
{
	static const char *const words[] = {
		"model name", "GenuineIntel", "AuthenticAMD", "Intel(R)",  "AMD EPYC", "AMD Ryzen",
		"cpu family", "vendor_id",    "cpu_model",    "CPU model", NULL
	};
	struct window w[2];

	if (!is_field(d) && text_windows(d, w) && windows_have_any(w, words))
		recognised(r, SCORE_PATTERN + 4, "%s", "");
}

static bool machine_flag(struct token t)
{
	return token_begins(t, "-m") || token_begins(t, "--param=l") || token_begins(t, "--param") ||
	       token_begins(t, "-Ctarget-cpu") || token_begins(t, "target-cpu") ||
	       token_begins(t, "l1-cache") || token_begins(t, "l2-cache");
}

/* gcc replaces -march=native by what it found before it writes the producer. */
RECOGNISER(march_native)
{
	struct window w[2];
	struct token t[2];

	if (is_field(d) || !text_windows(d, w))
		return;
	if (!section_is(d, ".GCC.command.line") && !windows_have(w, "GNU ") &&
	    !windows_have(w, "clang version") && !windows_have(w, "-march="))
		return;
	t[0] = token_around(&w[0], not_blank);
	t[1] = token_around(&w[1], not_blank);
	if (machine_flag(t[0]) || machine_flag(t[1]))
		recognised_tokens(r, SCORE_FIELD, "", t);
}

/* --- process --- */

RECOGNISER(process_id)
{
	static const char *const words[] = { "pid", "process", "getpid", NULL };
	struct window w[2];
	struct token t[2];

	if (is_field(d) || !text_windows(d, w) || !tokens_around(w, is_digit, t))
		return;
	if (d->facts && facts_number(d->facts->pid, t))
		recognised_tokens(r, SCORE_FACT, "process", t);
	else if (t[0].len <= 7 && t[1].len <= 7 && words_near(w, t, 12, 0, words))
		recognised_tokens(r, SCORE_PATTERN + 2, "process", t);
}

/* --- locale --- */

static bool near_run(const struct window *w, const char *s)
{
	size_t n = strlen(s), i = w->from > n ? w->from - n : 0;

	for (; i + n <= w->len && i <= w->to; i++)
		if (!memcmp(w->p + i, s, n))
			return true;
	return false;
}

static bool curly(const struct window *w)
{
	return near_run(w, "\xe2\x80\x98") || near_run(w, "\xe2\x80\x99") || near_run(w, "\xe2\x80\x9c") ||
	       near_run(w, "\xe2\x80\x9d");
}

static bool straight(const struct window *w)
{
	return near_run(w, "'") || near_run(w, "`") || near_run(w, "\"");
}

static bool decimal_mark(const struct window *w, char mark)
{
	size_t i = w->from;

	return i > 0 && i + 1 < w->len && w->p[i] == mark && is_digit(w->p[i - 1]) && is_digit(w->p[i + 1]);
}

/* Characters beyond ASCII, of a text that is UTF-8; a window may begin and end inside one. */
static bool beyond_ascii(const struct window *w, bool *ret_utf8)
{
	const uint8_t *p = (const uint8_t *)w->p;
	bool beyond = false;
	uint32_t c;
	size_t i = 0;
	unsigned n;

	while (i < w->len && i < 3 && (p[i] & 0xc0) == 0x80)
		i++;
	for (; i < w->len; i += n) {
		n = utf8_sequence(p + i, w->len - i, &c);
		if (!n && w->len - i < 4)
			break;
		if (!n) {
			*ret_utf8 = false;
			return beyond;
		}
		beyond = beyond || n > 1;
	}
	*ret_utf8 = true;
	return beyond;
}

/* One side has characters beyond ASCII and the other has none. */
static bool other_alphabet(const struct window w[2])
{
	bool utf8[2];
	bool a = beyond_ascii(&w[0], &utf8[0]), b = beyond_ascii(&w[1], &utf8[1]);

	return a != b && utf8[0] && utf8[1];
}

/* Digits and marks of a line, in their order: what a translation leaves alone. */
static uint64_t skeleton(const struct window *w, unsigned *ret_marks)
{
	uint64_t h = 0;
	unsigned n = 0;
	size_t i;

	for (i = 0; i < w->len; i++)
		if (is_digit(w->p[i]) || strchr(":/%()<>=", w->p[i] ? w->p[i] : 'x')) {
			h = h * 1099511628211u + (unsigned char)w->p[i];
			n++;
		}
	*ret_marks = n;
	return h;
}

RECOGNISER(locale)
{
	static const char *const words[] = { "LANG", "LC_", "locale", "charset", "encoding", NULL };
	struct window w[2];
	struct token t[2];
	unsigned marks[2];

	if (is_field(d) || in_debug(d) || !text_windows(d, w))
		return;
	if (key_has(w, words) && tokens_around(w, is_version_char, t))
		recognised_tokens(r, SCORE_SURE + 1, "locale", t);
	if ((curly(&w[0]) && !curly(&w[1]) && straight(&w[1])) ||
	    (curly(&w[1]) && !curly(&w[0]) && straight(&w[0])))
		recognised(r, SCORE_SURE, "quotation marks of another locale");
	if ((decimal_mark(&w[0], ',') && decimal_mark(&w[1], '.')) ||
	    (decimal_mark(&w[0], '.') && decimal_mark(&w[1], ',')))
		recognised(r, SCORE_SURE, "decimal mark of another locale");
	if (in_text(d) && other_alphabet(w) && skeleton(&w[0], &marks[0]) == skeleton(&w[1], &marks[1]) &&
	    marks[0] >= 2)
		recognised(r, SCORE_WEAK + 3, "the same message in another language");
}

/* --- tools --- */

RECOGNISER(java_manifest)
{
	static const char *const keys[] = { "Built-By",
					    "Build-Jdk",
					    "Build-Jdk-Spec",
					    "Bnd-LastModified",
					    "Created-By",
					    "Build-Time",
					    "Build-Date",
					    "Build-Timestamp",
					    "Build-Host",
					    "Build-OS",
					    "Implementation-Build-Date",
					    "Ant-Version",
					    "Archiver-Version",
					    NULL };
	struct token key[2], t[2];
	struct window w[2];
	unsigned i;

	if (!in_text(d) || !text_windows(d, w))
		return;
	key[0] = key_before(&w[0]);
	key[1] = key_before(&w[1]);
	for (i = 0; keys[i]; i++)
		if (key[0].p && key[1].p && token_is(key[0], keys[i]) && token_is(key[1], keys[i])) {
			t[0] = token_around(&w[0], not_blank);
			t[1] = token_around(&w[1], not_blank);
			recognised_tokens(r, SCORE_FACT + 1, keys[i], t);
		}
}

RECOGNISER(tool_version)
{
	static const char *const compilers[] = {
		"GNU C",         "GNU AS", "GNU F", "GCC: (",   "clang version",
		"rustc version", "LLD ",   "mold ", "Linker: ", NULL
	};
	struct window w[2];
	struct token t[2];

	if (meaning_of(d) == MEANS_VERSION)
		recognised(r, SCORE_SURE, "%s", "");
	if (is_field(d) || !text_windows(d, w))
		return;
	if (section_is(d, ".comment")) /* .ident may say anything, a date as well */
		recognised(r, windows_have_any(w, compilers) ? SCORE_FIELD : SCORE_PATTERN - 5, "%s", "");
	else if (tokens_around(w, is_version_char, t) && !token_begins(t[0], "-") &&
		 ((windows_have_any(w, compilers) && is_release(t[0]) && is_release(t[1])) ||
		  (token_begins(t[0], "go1.") && token_begins(t[1], "go1."))))
		recognised_tokens(r, SCORE_SURE + 6, "version", t);
}
