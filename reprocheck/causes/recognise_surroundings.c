/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What surrounds a build and leaks into it: the values of PATH, HOME and
 * TMPDIR, the terminal, and how long things took.
 */
#include "reprocheck/causes/recognisers.h"

#include <string.h>

static void recognised_values(struct recognition *r, int score, const struct token t[2])
{
	int a = t[0].len > 70 ? 70 : (int)t[0].len, b = t[1].len > 70 ? 70 : (int)t[1].len;

	recognised(r, score, "%.*s -> %.*s", a, t[0].p, b, t[1].p);
}

/* Both lines begin with one of the names and '='. */
static bool assigned(const struct window w[2], const char *const *names)
{
	struct token key[2] = { first_key(&w[0]), first_key(&w[1]) };

	for (; *names; names++)
		if (key[0].p && key[1].p && token_is(key[0], *names) && token_is(key[1], *names))
			return true;
	return false;
}

/* --- PATH, HOME, TMPDIR --- */

/* "/usr/bin:/bin": absolute directories, one of them of programs. */
static bool is_search_list(struct token t)
{
	return token_has(t, ":/") && (token_has(t, "/bin:") || token_ends(t, "/bin") || token_has(t, "/bin\""));
}

RECOGNISER(search_path)
{
	static const char *const names[] = { "PATH", NULL };
	struct window w[2];
	struct token t[2];

	if (is_field(d) || in_debug(d) || !text_windows(d, w) || !tokens_around(w, not_blank, t))
		return;
	if (assigned(w, names))
		recognised_values(r, SCORE_SURE + 2, t);
	else if (is_search_list(t[0]) && is_search_list(t[1]) && !section_is(d, ".dynstr"))
		recognised_values(r, SCORE_SURE - 2, t);
}

static bool below_home(struct token t)
{
	return token_begins(t, "/home/") || token_begins(t, "/root/") || token_is(t, "/root") ||
	       token_begins(t, "/Users/");
}

RECOGNISER(home_directory)
{
	static const char *const names[] = { "HOME", NULL };
	struct window w[2];
	struct token t[2];

	if (is_field(d) || in_debug(d) || !text_windows(d, w) || !tokens_around(w, is_path_char, t))
		return;
	if (assigned(w, names))
		recognised_values(r, SCORE_SURE + 2, t);
	/* A directory below the home is more than the home: it is where the build ran. */
	else if (d->facts && facts_inside(d->facts->home, w) && !facts_build_path(d, t))
		recognised(r, SCORE_FACT, "%s -> %s", d->facts->home[0], d->facts->home[1]);
	else if (in_text(d) && find_paths(w, t) && below_home(t[0]) != below_home(t[1]))
		recognised_values(r, SCORE_PATTERN + 3, t);
}

RECOGNISER(temporary_directory)
{
	static const char *const names[] = { "TMPDIR", "TMP", "TEMP", "TEMPDIR", NULL };
	struct window w[2];
	struct token t[2];

	if (is_field(d) || !text_windows(d, w) || !tokens_around(w, is_path_char, t))
		return;
	if (assigned(w, names))
		recognised_values(r, SCORE_SURE + 2, t);
	else if (d->facts && facts_inside(d->facts->tmpdir, w) && !facts_build_path(d, t))
		recognised(r, SCORE_FACT, "%s -> %s", d->facts->tmpdir[0], d->facts->tmpdir[1]);
}

/* --- the terminal --- */

#define ESCAPE_REACH 16 /* a sequence may begin this far before the run, or behind it */

/* ECMA-48, 5.4: CSI, parameters, intermediate bytes, a final byte. 0: none begins here. */
static size_t escape_length(const struct window *w, size_t at)
{
	size_t i = at + 2;

	if (w->len - at < 3 || w->p[at] != '\x1b' || w->p[at + 1] != '[')
		return 0;
	while (i < w->len && w->p[i] >= 0x20 && w->p[i] <= 0x3f)
		i++;
	return i < w->len && i - at < ESCAPE_REACH && w->p[i] >= 0x40 && w->p[i] <= 0x7e ? i + 1 - at : 0;
}

static unsigned escapes_near(const struct window *w)
{
	size_t from = w->from > ESCAPE_REACH ? w->from - ESCAPE_REACH : 0;
	size_t to = w->len - w->to > ESCAPE_REACH ? w->to + ESCAPE_REACH : w->len, i;
	unsigned n = 0;

	for (i = from; i < to; i++)
		n += escape_length(w, i) != 0;
	return n;
}

RECOGNISER(terminal_dependent)
{
	static const char *const words[] = { "/dev/pts/", "not a tty", "/dev/tty", NULL };
	struct window w[2];
	unsigned i;

	if (!in_text(d) || !leaf_windows(d, w))
		return;
	if (!escapes_near(&w[0]) != !escapes_near(&w[1]))
		recognised(r, SCORE_SURE + 4, "escape sequences of a terminal, on one side");
	if (!text_windows(d, w))
		return;
	for (i = 0; words[i]; i++)
		if (window_has(&w[0], words[i]) && window_has(&w[1], words[i] == words[0] ? words[1] : words[0]))
			recognised(r, SCORE_SURE, "a terminal on one side");
}

/* --- durations --- */

static bool is_decimal(char c)
{
	return is_digit(c) || c == '.';
}

/* A unit of time right behind the number, or behind one blank. */
static bool has_unit(const struct window *w, struct token t)
{
	static const char *const units[] = { "s", "ms", "us", "ns", "sec", "secs", "second", "seconds", "min", "minutes", "msec",
					     "milliseconds", "m", NULL };
	size_t from = t.from + t.len, n = 0;
	struct token unit;
	unsigned i;

	from += from < w->len && w->p[from] == ' ';
	while (from + n < w->len && is_alnum(w->p[from + n]) && (n == 0 || !is_digit(w->p[from + n])))
		n++;
	unit = (struct token){ .p = w->p + from, .len = n };
	for (i = 0; n && units[i]; i++)
		if (token_is(unit, units[i]))
			return true;
	return false;
}

static bool duration_key(const struct window w[2])
{
	static const char *const words[] = { "duration", "elapsed", "time_taken", "runtime", "walltime", "wall_time", NULL };
	struct token key[2] = { key_before(&w[0]), key_before(&w[1]) };
	unsigned i;

	for (i = 0; words[i]; i++)
		if (key[0].p && key[1].p && token_has(key[0], words[i]) && token_has(key[1], words[i]))
			return true;
	return false;
}

/* A JUnit report's time="0.012": a fraction of seconds, and few of them. */
static bool timed_attribute(const struct window w[2], const struct token t[2])
{
	struct token key[2] = { key_before(&w[0]), key_before(&w[1]) };

	return key[0].p && key[1].p && token_is(key[0], "time") && token_is(key[1], "time") && token_has(t[0], ".") &&
	       token_has(t[1], ".") && t[0].len <= 9 && t[1].len <= 9;
}

RECOGNISER(elapsed_time)
{
	static const char *const words[] = { "elapsed", "took",  "duration", "finished", "completed", "built in", "build time",
					     "done in", "ran in", "real",    "user",     "sys",       "wall",     "total time",
					     " in ",    NULL };
	struct window w[2];
	struct token t[2];

	if (is_field(d) || in_debug(d) || !text_windows(d, w) || !tokens_around(w, is_decimal, t) || !is_digit(t[0].p[0]) ||
	    !is_digit(t[1].p[0]))
		return;
	if (duration_key(w) || timed_attribute(w, t) ||
	    (has_unit(&w[0], t[0]) && has_unit(&w[1], t[1]) && words_near(w, t, 32, 24, words)))
		recognised(r, SCORE_PATTERN + 4, "%.*s -> %.*s", (int)(t[0].len > 24 ? 24 : t[0].len), t[0].p,
			   (int)(t[1].len > 24 ? 24 : t[1].len), t[1].p);
}
