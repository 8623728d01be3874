/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields that should hold nothing of the build: times, owners, hosts, numbers
 * of the file system, identifiers that were drawn.
 *
 * Each meaning has its own rule for what is harmless.  For times it is the
 * values that tools write who know no time, or were told one: zero and one, a
 * format's own first moment (1 January 1980 for DOS times), midnight, anything up
 * to the declared epoch, and a time that the file itself was given.  For owners
 * it is root and the users and groups that every Debian or Red Hat system has by
 * a fixed number (up to 100), since packages own files by those on purpose.
 */
#include "reprocheck/lint/walk.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DOS_EPOCH    INT64_C(315532800)  /* 1980-01-01; a time zone may move it by a day */
#define DELPHI_TIME  INT64_C(708992537)  /* 1992-06-19 22:22:17, in every program that Delphi linked */
#define NPM_TIME     INT64_C(499162500)  /* 1985-10-26 08:15:00, in every package that npm packed */
#define LATEST       INT64_C(4102444800) /* 2100-01-01: later ones are no times */
#define DAY          86400
#define FIXED_ID_MAX 100
#define INODE_MIN    65536 /* archivers that number by themselves begin at 1 */

bool lint_time_is_declared(const struct lint_options *o, int64_t t)
{
	if (t <= DOS_EPOCH + DAY || t >= LATEST || t == DELPHI_TIME || t == NPM_TIME || t % DAY == 0)
		return true;
	if (o->epoch && t <= o->epoch)
		return true;
	return o->file_time_set && (t == o->file_time || t == o->file_time - 1); /* DOS times are even */
}

bool lint_time_is_fresh(const struct lint_options *o, int64_t t)
{
	return !o->file_time_set && lint_time_is_near(o, t, 1);
}

bool lint_time_is_near(const struct lint_options *o, int64_t t, int days)
{
	return o->file_time && t <= o->file_time + DAY && t >= o->file_time - (int64_t)days * DAY;
}

static bool format_of(const struct lint_leaf *leaf, const char *name)
{
	return strcmp(leaf->layout->analyzer->name, name) == 0;
}

/* The whole field, whose meaning is all that the recognisers need. */
static struct lint_suspect whole(const struct lint_leaf *leaf)
{
	return (struct lint_suspect){ .len = leaf->len };
}

/* --- times --- */

/* RPM keeps the times of all files in one array of 32-bit numbers. */
static bool next_time(const struct lint_leaf *leaf, uint64_t *at, int64_t *ret)
{
	uint64_t v;

	if (part_number(leaf->layout, leaf->part, &v)) {
		if (*at)
			return false;
		*at = leaf->len;
	} else {
		if (!format_of(leaf, "rpm") || !range_inside(*at, 4, leaf->len))
			return false;
		v = load_uint(leaf->data + *at, 4, true);
		*at += 4;
	}
	*ret = v > INT64_MAX ? INT64_MAX : (int64_t)v;
	return true;
}

/* The seven bytes of a tIME chunk are six fields; the first one speaks for them. */
static int png_time(const struct lint_leaf *leaf)
{
	struct lint_suspect s = whole(leaf);
	const uint8_t *p = leaf->data;
	struct tm tm;

	if (strcmp(leaf->part->name, "year") != 0 || !range_inside(leaf->part->off, 7, leaf->layout->size))
		return 0;
	tm = (struct tm){ .tm_year = (p[0] << 8 | p[1]) - 1900,
			  .tm_mon = p[2] - 1,
			  .tm_mday = p[3],
			  .tm_hour = p[4],
			  .tm_min = p[5],
			  .tm_sec = p[6] };
	if (lint_time_is_declared(leaf->w->options, (int64_t)timegm(&tm)))
		return 0;
	(void)snprintf(s.detail, sizeof(s.detail), "%04u-%02u-%02u %02u:%02u:%02u", p[0] << 8 | p[1], p[2],
		       p[3], p[4], p[5], p[6]);
	return lint_tell(leaf, &s);
}

static bool find_date(const struct lint_leaf *leaf, struct stamp *ret)
{
	struct window w = { .p = (const char *)leaf->data, .len = leaf->len < 256 ? leaf->len : 256 };
	size_t i;

	for (i = 0; i < w.len; i++)
		if (stamp_at(&w, i, ret) && ret->has_date)
			return true;
	return false;
}

/* The dates of a catalogue come from the sources as often as from the clock: suspicious is one of the day of the file. */
static int catalogue_time(const struct lint_leaf *leaf)
{
	const struct lint_options *o = leaf->w->options;
	struct lint_suspect s = whole(leaf);
	struct stamp stamp;
	char text[32];

	if (!find_date(leaf, &stamp) || (o->epoch && stamp.time <= o->epoch))
		return 0;
	if (!o->epoch && !o->pedantic && !lint_time_is_fresh(o, stamp.time))
		return 0;
	s.at = stamp.from;
	s.len = stamp.to - stamp.from;
	s.change = stamp.from + 3; /* the year's last digit */
	s.to = lint_other_character((char)leaf->data[s.change]);
	(void)snprintf(s.detail, sizeof(s.detail), "%s", utc_text(stamp.time, text));
	return lint_tell(leaf, &s);
}

/* Fields of bitstreams are not at byte boundaries: that there is a time is all that is known. */
static int hidden_time(const struct lint_leaf *leaf)
{
	struct lint_suspect s = whole(leaf);
	uint64_t i;

	for (i = 0; i < leaf->len && !leaf->data[i]; i++)
		;
	if (i == leaf->len || strcmp(leaf->part->name, "input file mtime") != 0)
		return 0;
	(void)snprintf(s.detail, sizeof(s.detail), "the time of an input");
	return lint_tell(leaf, &s);
}

static int plain_time(const struct lint_leaf *leaf)
{
	struct lint_suspect s = whole(leaf);
	uint64_t at = 0;
	char text[32];
	int64_t t;

	while (next_time(leaf, &at, &t)) {
		if (lint_time_is_declared(leaf->w->options, t))
			continue;
		(void)snprintf(s.detail, sizeof(s.detail), "%s", utc_text(t, text));
		return lint_tell(leaf, &s);
	}
	return 0;
}

static int field_time(const struct lint_leaf *leaf)
{
	if (format_of(leaf, "png"))
		return png_time(leaf);
	if (format_of(leaf, "gettext"))
		return catalogue_time(leaf);
	if (format_of(leaf, "pch"))
		return hidden_time(leaf);
	if (strcmp(leaf->part->name, "CHANGELOGTIME") == 0) /* written by people */
		return 0;
	return plain_time(leaf);
}

/* --- owners and hosts --- */

static bool is_archive(const struct lint_leaf *leaf)
{
	static const char *const formats[] = { "ar", "tar", "zip", "cpio", "archive", "entries" };
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (format_of(leaf, formats[i]))
			return true;
	return false;
}

static int field_owner_number(const struct lint_leaf *leaf, const char *what)
{
	struct lint_suspect s = whole(leaf);
	uint64_t v;

	if (!is_archive(leaf) || !part_number(leaf->layout, leaf->part, &v) || v <= FIXED_ID_MAX ||
	    v == 65534)
		return 0;
	(void)snprintf(s.detail, sizeof(s.detail), "%s %llu", what, (unsigned long long)v);
	return lint_tell(leaf, &s);
}

static struct token field_token(const struct lint_leaf *leaf)
{
	struct token t = { .p = (const char *)leaf->data, .len = leaf->len };

	t.len = strnlen(t.p, t.len);
	while (t.len && (t.p[t.len - 1] == ' ' || t.p[t.len - 1] == '\n'))
		t.len--;
	return t;
}

static bool is_one_of(struct token t, const char *const *words)
{
	for (; *words; words++)
		if (token_is(t, *words))
			return true;
	return false;
}

static int field_owner_name(const struct lint_leaf *leaf, const char *what)
{
	/* Of Debian's base-passwd and Red Hat's setup, which have them by fixed numbers. */
	static const char *const fixed[] = { "root",     "wheel",  "daemon",   "bin",     "sys",     "adm",
					     "tty",      "disk",   "lp",       "mail",    "news",    "uucp",
					     "man",      "proxy",  "kmem",     "dialout", "fax",     "voice",
					     "cdrom",    "floppy", "tape",     "sudo",    "audio",   "dip",
					     "www-data", "backup", "operator", "list",    "irc",     "src",
					     "shadow",   "utmp",   "video",    "sasl",    "plugdev", "staff",
					     "games",    "users",  "nogroup",  "nobody",  "sync",    "mem",
					     "lock",     "ftp",    "0",        NULL };
	struct lint_suspect s = whole(leaf);
	struct token t = field_token(leaf);

	if (!is_archive(leaf) || !t.len || is_one_of(t, fixed))
		return 0;
	(void)snprintf(s.detail, sizeof(s.detail), "name of the %s", what);
	return lint_tell(leaf, &s);
}

static int field_host(const struct lint_leaf *leaf)
{
	static const char *const neutral[] = { "localhost", "localhost.localdomain", "reproducible", "none",
					       NULL };
	struct lint_suspect s = whole(leaf);
	struct token t = field_token(leaf);

	if (!t.len || is_one_of(t, neutral))
		return 0;
	(void)snprintf(s.detail, sizeof(s.detail), "name of the host");
	return lint_tell(leaf, &s);
}

/* Numbers of the file system that was read. Devices that a member stands for ("rdev") are content. */
static int field_device(const struct lint_leaf *leaf)
{
	const char *name = leaf->part->name;
	struct lint_suspect s = whole(leaf);
	uint64_t v;

	if ((!format_of(leaf, "cpio") && strncmp(name, "SCHILY.", 7) != 0) || strstr(name, "rdev") ||
	    strstr(name, "nlink") || !part_number(leaf->layout, leaf->part, &v))
		return 0;
	if (strstr(name, "ino") && !strstr(name, "minor") ? v < INODE_MIN : v == 0)
		return 0;
	(void)snprintf(s.detail, sizeof(s.detail), "%s %llu", name, (unsigned long long)v);
	return lint_tell(leaf, &s);
}

/* --- identifiers --- */

/* RFC 4122, section 4.4: version 4 in the seventh byte, variant 10 in the ninth; Microsoft's order swaps 7 and 8. */
static bool looks_drawn(const struct lint_leaf *leaf)
{
	const uint8_t *p = leaf->data;
	unsigned version;

	if (leaf->len != 16 || (p[8] & 0xc0) != 0x80)
		return false;
	version = format_of(leaf, "pe") ? p[7] : p[6];
	return version >> 4 == 4;
}

static bool is_recomputed(const struct lint_leaf *leaf)
{
	uint8_t value[64];

	return leaf->part->recomputes && leaf->len <= sizeof(value) && leaf->layout->analyzer->recompute &&
	       leaf->layout->analyzer->recompute(leaf->layout, leaf->part, value) &&
	       memcmp(value, leaf->data, leaf->len) == 0;
}

/*
 * Linkers write 20 bytes for sha1 and 8 for lld's and mold's fast; 16 are
 * --build-id=uuid or md5.  GNU ld and lld draw all 128 bits, with no version in them.
 */
static bool may_be_drawn(const struct lint_leaf *leaf)
{
	return leaf->len == 16 && strcmp(leaf->section, ".note.gnu.build-id") == 0 && !is_recomputed(leaf);
}

static int field_id(const struct lint_leaf *leaf)
{
	struct lint_suspect s = whole(leaf);

	if (!leaf->image)
		return 0;
	if (looks_drawn(leaf))
		(void)snprintf(s.detail, sizeof(s.detail), "looks like a random UUID (version 4)");
	else if (may_be_drawn(leaf))
		(void)snprintf(s.detail, sizeof(s.detail),
			       "looks like a random UUID: 16 bytes, not a digest of the file");
	else if (leaf->w->options->pedantic && strcmp(leaf->section, ".note.go.buildid") == 0)
		(void)snprintf(s.detail, sizeof(s.detail), "follows flags, directory and environment of cgo");
	else
		return 0;
	return lint_tell(leaf, &s);
}

static int field_name(const struct lint_leaf *leaf)
{
	struct lint_suspect s = whole(leaf);

	if (!format_of(leaf, "gzip") || !leaf->w->options->pedantic)
		return lint_text(leaf);
	(void)snprintf(s.detail, sizeof(s.detail), "the name that the file had");
	return lint_tell(leaf, &s);
}

static int field_mode(const struct lint_leaf *leaf)
{
	struct lint_suspect s = whole(leaf);
	uint64_t v;

	if (!leaf->w->options->pedantic || !is_archive(leaf) || !part_number(leaf->layout, leaf->part, &v))
		return 0;
	if ((v & 0170000) == 0120000 || !(v & 0020)) /* links are always 0777 */
		return 0;
	(void)snprintf(s.detail, sizeof(s.detail), "mode %04llo: the group may write",
		       (unsigned long long)(v & 07777));
	return lint_tell(leaf, &s);
}

int lint_field(const struct lint_leaf *leaf)
{
	switch (leaf->part->meaning) {
	case MEANS_TIME: return field_time(leaf);
	case MEANS_UID: return field_owner_number(leaf, "uid");
	case MEANS_GID: return field_owner_number(leaf, "gid");
	case MEANS_USER: return field_owner_name(leaf, "user");
	case MEANS_GROUP: return field_owner_name(leaf, "group");
	case MEANS_HOST: return field_host(leaf);
	case MEANS_DEVICE: return field_device(leaf);
	case MEANS_ID: return field_id(leaf);
	case MEANS_MODE: return field_mode(leaf);
	case MEANS_NAME: return field_name(leaf);
	case MEANS_TEXT: /* a catalogue's other lines are its translators' */
		return format_of(leaf, "gettext") ? 0 : lint_text(leaf);
	case MEANS_PATH: return lint_text(leaf);
	default: return 0;
	}
}
