/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times in texts.  Most of them are there on purpose: releases, copyrights,
 * examples.  One is told when it looks made by the build:
 *
 *   - the two strings of __DATE__ and __TIME__ beside each other, or one of the
 *     forms of __TIMESTAMP__, in a program
 *   - a date with a clock time, within a day before the file itself was written,
 *     or within a week behind a word such as "built" or "generated"
 *   - seconds since 1970 within that day
 *   - a date alone in generated documentation that is of the day of the file
 *
 * and is not later explained by the declared epoch, or by a time that the file was given.
 */
#include "reprocheck/lint/walk.h"

#include <stdio.h>
#include <string.h>

#define PAIR_REACH     48 /* between __DATE__ and __TIME__ in one module's strings */
#define ANNOUNCED_DAYS 7  /* before the file was written: older ones are history */
#define WORD_REACH     32 /* between a telling word and its time */

static bool pattern_is(const struct stamp *s, const char *pattern)
{
	return strcmp(s->pattern, pattern) == 0;
}

static bool is_seconds(const struct stamp *s)
{
	return pattern_is(s, "%s") || pattern_is(s, "%N");
}

/* What the preprocessor writes with date and time in one string. */
static bool is_preprocessor_form(const struct stamp *s)
{
	static const char *const forms[] = { "%a %b %d %H:%M:%S %Y", "%b %d %Y %H:%M:%S", "%b %d %Y%H:%M:%S",
					     "%H:%M:%S %b %d %Y",    "%H:%M:%S%b %d %Y",  NULL };
	size_t i;

	for (i = 0; forms[i]; i++)
		if (pattern_is(s, forms[i]))
			return true;
	return false;
}

/* The string begins and ends here: nobody wrote words around it. */
static bool stands_alone(const struct window *w, const struct stamp *s)
{
	return (s->from == 0 || w->p[s->from - 1] == '\0') && (s->to == w->len || w->p[s->to] == '\0');
}

/* __TIME__ is a string of its own, a few bytes before or behind. *ret: the seconds of the day. */
static bool clock_beside(const struct window *w, const struct stamp *date, int64_t *ret)
{
	size_t i = date->from > PAIR_REACH ? date->from - PAIR_REACH : 0;
	size_t end = w->len - date->to > PAIR_REACH ? date->to + PAIR_REACH : w->len;
	struct stamp clock;

	for (; i < end; i++)
		if (is_digit(w->p[i]) && stamp_at(w, i, &clock) && pattern_is(&clock, "%H:%M:%S") &&
		    stands_alone(w, &clock)) {
			*ret = clock.time;
			return true;
		}
	return false;
}

/* A word that announces a time of the build. */
static bool announced(const struct window *w, const struct stamp *s)
{
	static const char *const words[] = { "built",      "build ",     "compiled",     "generated",
					     "built_at",   "build_at",   "buildtime",    "build time",
					     "build date", "build-date", "build_date",   "builddate",
					     "build_time", "build-time", "creationdate", NULL };
	size_t from = s->from > WORD_REACH ? s->from - WORD_REACH : 0, i;
	struct window before = { .p = w->p + from, .len = s->from - from };

	for (i = 0; words[i]; i++)
		if (window_has(&before, words[i]))
			return true;
	return false;
}

/* NULL: keep it back. */
static const char *why_suspicious(const struct lint_leaf *leaf, const struct window *w, const struct stamp *s)
{
	const struct lint_options *o = leaf->w->options;
	bool fresh = lint_time_is_fresh(o, s->time);
	int64_t clock;

	if (is_seconds(s))
		return fresh ? "seconds since 1970, of the day when the file was written" : NULL;
	if (leaf->image && is_preprocessor_form(s) && (stands_alone(w, s) || fresh))
		return "as the preprocessor writes it";
	if (leaf->image && pattern_is(s, "%b %d %Y") && stands_alone(w, s) && clock_beside(w, s, &clock))
		return lint_time_is_declared(o, s->time + clock) ? NULL : "__DATE__ beside __TIME__";
	if (s->has_date && !s->has_clock)
		return fresh ? "of the day when the file was written" : NULL;
	if (!s->has_date)
		return NULL;
	if (announced(w, s) && (!o->file_time || lint_time_is_near(o, s->time, ANNOUNCED_DAYS)))
		return "behind a word that announces it";
	if (fresh)
		return "of the day when the file was written";
	return o->pedantic ? "a date and a time" : NULL;
}

/* The fourth digit of the year, or of seconds since 1970. */
static size_t digit_to_change(const struct window *w, const struct stamp *s)
{
	size_t i, run = 0;

	for (i = s->from; i < s->to; i++) {
		run = is_digit(w->p[i]) ? run + 1 : 0;
		if (run == 4)
			return i;
	}
	return s->to - 1;
}

static int tell(const struct lint_leaf *leaf, uint64_t at, const struct window *w, const struct stamp *stamp,
		const char *why)
{
	size_t change = digit_to_change(w, stamp);
	struct lint_suspect s = { .at = at,
				  .len = stamp->to - stamp->from,
				  .change = at + change - stamp->from,
				  .to = lint_other_character(w->p[change]) };
	char text[32];

	if (!stamp->has_clock && leaf->image)
		s.only = "date-time-macros";
	else if (!stamp->has_clock)
		s.only = "documentation-timestamps";
	(void)snprintf(s.detail, sizeof(s.detail), "%s, %s", utc_text(stamp->time, text), why);
	s.rule = "time in a text";
	return lint_tell(leaf, &s);
}

int lint_stamp(const struct lint_leaf *leaf, uint64_t at, uint64_t *ret_end)
{
	struct stamp s;
	struct window w;
	const char *why;
	size_t in;

	if (at > 0 && is_alnum((char)leaf->data[at - 1]) && leaf->data[at - 1] != 'T')
		return 0;
	w = lint_window(leaf, at, &in);
	if (!stamp_at(&w, in, &s))
		return 0;
	*ret_end = at + (s.to - s.from);
	if (lint_time_is_declared(leaf->w->options, s.time) && s.has_clock)
		return 0;
	if (leaf->w->options->epoch && s.time <= leaf->w->options->epoch)
		return 0;
	why = why_suspicious(leaf, &w, &s);
	return why ? tell(leaf, at, &w, &s, why) : 0;
}
