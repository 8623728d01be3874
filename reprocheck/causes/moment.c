/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moments that are written in texts.
 *
 * Patterns are tried longest first.  A pattern is made of literals and
 *
 *   %a  Mon..Sun          %b  Jan..Dec        %B  January..December
 *   %Y  year, 1970..2199  %m  month           %d  day, zero- or blank-padded, or one digit
 *   %H %M %S  clock       %f  fraction, may be absent
 *   %z  Z, +hh:mm, +hhmm, " +hhmm"; may be absent
 *   %Z  name of a zone: 1 to 5 capitals, or +hh
 *   %s  seconds since 1970, 10 digits         %N  the same in milliseconds, 13 digits
 *
 * A match may not stand inside a longer word or number, and must touch the run
 * that differs, since a date that is the same on both sides says nothing.
 */
#include "reprocheck/causes/recognisers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const stamp_patterns[] = {
	"%a %b %d %H:%M:%S %Z %Y",
	"%a %b %d %H:%M:%S %Y",
	"%a, %d %b %Y %H:%M:%S%z",
	"%a %d %b %Y %H:%M:%S",
	"%b %d %Y %H:%M:%S",
	"%b %d %Y%H:%M:%S", /* __DATE__ __TIME__ */
	"%b %d, %Y %H:%M:%S",
	"%H:%M:%S %b %d %Y",
	"%H:%M:%S%b %d %Y",
	"%Y-%m-%dT%H:%M:%S%f%z",
	"%Y-%m-%d %H:%M:%S%f%z",
	"%Y-%m-%d %H:%M%z",
	"D:%Y%m%d%H%M%S%z",
	"%B %d, %Y",
	"%d %B %Y",
	"%b %d, %Y",
	"%d %b %Y",
	"%b %d %Y",
	"%Y-%m-%d",
	"%Y/%m/%d",
	"%N",
	"%Y%m%d%H%M%S",
	"%Y%m%d",
	"%s",
	"%H:%M:%S",
};

struct parse {
	const char *p, *end;
	struct tm tm;
	struct stamp stamp;
	int64_t seconds;
	bool absolute; /* seconds says it all */
};

static const char *const months[] = { "January", "February", "March",     "April",   "May",      "June",
				      "July",    "August",   "September", "October", "November", "December" };
static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

static bool take_digits(struct parse *s, unsigned count, int low, int high, int *ret)
{
	int v = 0;
	unsigned i;

	if (s->end - s->p < (ptrdiff_t)count)
		return false;
	for (i = 0; i < count; i++) {
		if (!is_digit(s->p[i]))
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	if (v < low || v > high)
		return false;
	s->p += count;
	*ret = v;
	return true;
}

static bool take_day(struct parse *s)
{
	s->stamp.has_date = true;
	if (s->p < s->end && *s->p == ' ') {
		s->p++;
		return take_digits(s, 1, 1, 9, &s->tm.tm_mday);
	}
	return take_digits(s, 2, 1, 31, &s->tm.tm_mday) || take_digits(s, 1, 1, 9, &s->tm.tm_mday);
}

static bool take_month(struct parse *s, bool full)
{
	int i;

	for (i = 0; i < 12; i++) {
		size_t n = full ? strlen(months[i]) : 3;

		if ((size_t)(s->end - s->p) >= n && !memcmp(s->p, months[i], n)) {
			s->p += n;
			s->tm.tm_mon = i;
			return true;
		}
	}
	return false;
}

static bool take_weekday(struct parse *s)
{
	unsigned i;

	for (i = 0; i < 7; i++)
		if (s->end - s->p >= 3 && !memcmp(s->p, days[i], 3)) {
			s->p += 3;
			return true;
		}
	return false;
}

static bool take_fraction(struct parse *s)
{
	if (s->end - s->p >= 2 && (*s->p == '.' || *s->p == ',') && is_digit(s->p[1]))
		for (s->p++; s->p < s->end && is_digit(*s->p);)
			s->p++;
	return true;
}

static bool take_offset(struct parse *s)
{
	const char *start = s->p;
	int hours, minutes, sign;

	if (s->p < s->end && *s->p == 'Z') {
		s->p++;
		s->stamp.has_zone = true;
		return true;
	}
	if (s->p < s->end && *s->p == ' ')
		s->p++;
	if (s->end - s->p < 5 || (*s->p != '+' && *s->p != '-'))
		goto none;
	sign = *s->p++ == '-' ? -1 : 1;
	if (!take_digits(s, 2, 0, 14, &hours))
		goto none;
	if (*s->p == ':' || *s->p == '\'')
		s->p++;
	if (!take_digits(s, 2, 0, 59, &minutes))
		goto none;
	s->stamp.zone = sign * (hours * 60 + minutes);
	s->stamp.has_zone = true;
	return true;
none:
	s->p = start;
	return true;
}

static bool take_zone_name(struct parse *s)
{
	const char *start = s->p;
	int hours = 0;

	if (s->end - s->p >= 3 && (*s->p == '+' || *s->p == '-')) {
		int sign = *s->p++ == '-' ? -1 : 1;

		s->stamp.has_zone = take_digits(s, 2, 0, 14, &hours);
		s->stamp.zone = sign * hours * 60;
		return s->stamp.has_zone;
	}
	while (s->p < s->end && s->p - start < 5 && *s->p >= 'A' && *s->p <= 'Z')
		s->p++;
	return s->p > start;
}

static bool take_epoch(struct parse *s, unsigned digits)
{
	int64_t v = 0;
	unsigned i;

	if (s->end - s->p < (ptrdiff_t)digits)
		return false;
	for (i = 0; i < digits; i++) {
		if (!is_digit(s->p[i]))
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	s->seconds = digits == 13 ? v / 1000 : v;
	s->p += digits;
	s->absolute = s->stamp.has_date = s->stamp.has_clock = true;
	return s->seconds >= 1000000000 && s->seconds < INT64_C(4102444800); /* 2001 to 2100 */
}

static bool take_year(struct parse *s)
{
	int year;

	if (!take_digits(s, 4, 1970, 2199, &year))
		return false;
	s->tm.tm_year = year - 1900;
	return true;
}

static bool take(struct parse *s, char directive)
{
	int month;

	switch (directive) {
	case 'a': return take_weekday(s);
	case 'b':
	case 'B': return take_month(s, directive == 'B');
	case 'Y': return take_year(s);
	case 'm':
		if (!take_digits(s, 2, 1, 12, &month))
			return false;
		s->tm.tm_mon = month - 1;
		return true;
	case 'd': return take_day(s);
	case 'H': s->stamp.has_clock = true; return take_digits(s, 2, 0, 23, &s->tm.tm_hour);
	case 'M': return take_digits(s, 2, 0, 59, &s->tm.tm_min);
	case 'S': return take_digits(s, 2, 0, 60, &s->tm.tm_sec);
	case 'f': return take_fraction(s);
	case 'z': return take_offset(s);
	case 'Z': return take_zone_name(s);
	default: return take_epoch(s, directive == 'N' ? 13 : 10);
	}
}

static bool match(const struct window *w, size_t from, const char *pattern, struct stamp *ret)
{
	struct parse s = { .p = w->p + from, .end = w->p + w->len, .tm = { .tm_mday = 1, .tm_year = 70 } };
	const char *q;

	if (from > 0 && is_alnum(w->p[from - 1]) && is_alnum(w->p[from]) &&
	    !(w->p[from - 1] == 'T' && is_digit(w->p[from])))
		return false;
	for (q = pattern; *q; q++) {
		if (*q == '%') {
			if (!take(&s, *++q))
				return false;
		} else if (s.p == s.end || *s.p++ != *q) {
			return false;
		}
	}
	if (s.p < s.end && is_digit(*s.p))
		return false;
	*ret = s.stamp;
	ret->pattern = pattern;
	ret->time = s.absolute ? s.seconds : (int64_t)timegm(&s.tm) - s.stamp.zone * 60;
	ret->from = from;
	ret->to = (size_t)(s.p - w->p);
	return true;
}

/* Whether a character can be the first of what a pattern matches: most are not, and cost no more than this. */
static bool may_begin(const char *pattern, char c)
{
	if (pattern[0] != '%')
		return c == pattern[0];
	if (pattern[1] == 'a' || pattern[1] == 'b' || pattern[1] == 'B')
		return c >= 'A' && c <= 'W';
	return is_digit(c) || (pattern[1] == 'd' && c == ' ');
}

bool stamp_at(const struct window *w, size_t at, struct stamp *ret)
{
	size_t i;

	for (i = 0; i < sizeof(stamp_patterns) / sizeof(stamp_patterns[0]); i++)
		if (may_begin(stamp_patterns[i], w->p[at]) && match(w, at, stamp_patterns[i], ret))
			return true;
	return false;
}

/* The longest form any pattern takes is 40 bytes, so no start further from the run than that can touch it. */
static bool find_stamp(const struct window *w, const char *pattern, struct stamp *ret)
{
	size_t i = w->from > 40 ? w->from - 40 : 0;

	for (; i < w->len && i <= w->to; i++)
		if (may_begin(pattern, w->p[i]) && match(w, i, pattern, ret) && ret->to > w->from)
			return true;
	return false;
}

static bool stamps_differ(const struct window w[2], const struct stamp s[2])
{
	size_t n = s[0].to - s[0].from;

	return n != s[1].to - s[1].from || memcmp(w[0].p + s[0].from, w[1].p + s[1].from, n) != 0;
}

static bool any_digit(const struct window *w)
{
	size_t i = w->from > 40 ? w->from - 40 : 0;

	for (; i < w->len && i <= w->to + 40; i++)
		if (is_digit(w->p[i]))
			return true;
	return false;
}

bool find_stamps(const struct window w[2], struct stamp s[2])
{
	struct stamp t[2];
	size_t i;

	if (!any_digit(&w[0]) || !any_digit(&w[1]))
		return false;
	for (i = 0; i < sizeof(stamp_patterns) / sizeof(stamp_patterns[0]); i++)
		if (find_stamp(&w[0], stamp_patterns[i], &t[0]) &&
		    find_stamp(&w[1], stamp_patterns[i], &t[1]) && stamps_differ(w, t)) {
			s[0] = t[0];
			s[1] = t[1];
			return true;
		}
	return false;
}

const char *utc_text(int64_t t, char out[32])
{
	time_t seconds = (time_t)t;
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || tm.tm_year > 8099 || tm.tm_year < -1900)
		(void)snprintf(out, 32, "%lld", (long long)t);
	else
		(void)strftime(out, 32, "%Y-%m-%d %H:%M:%SZ", &tm);
	return out;
}

bool timezone_apart(int64_t a, int64_t b)
{
	int64_t apart;

	if (__builtin_sub_overflow(a, b, &apart) || apart == INT64_MIN)
		return false;
	return apart != 0 && apart % 900 == 0 && apart >= -26 * 3600 && apart <= 26 * 3600;
}

static bool near(int64_t t, int64_t fact)
{
	int64_t apart;

	return fact && !__builtin_sub_overflow(t, fact, &apart) && apart >= -3600 && apart <= 3600;
}

bool facts_time(const struct difference *d, int64_t a, int64_t b)
{
	return d->facts && near(a, d->facts->time[0]) && near(b, d->facts->time[1]);
}

void recognised_times(struct recognition *r, int score, const struct difference *d, int64_t a, int64_t b)
{
	char x[32], y[32];

	if (facts_time(d, a, b) && score < SCORE_FACT)
		score = score + 5 < SCORE_FACT ? score + 5 : SCORE_FACT;
	recognised(r, score, "%s -> %s", utc_text(a, x), utc_text(b, y));
}
