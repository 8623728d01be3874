/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Causes that stand in the header fields of archives and compressors. The
 * analyzers say what each field means; here only the format decides whose
 * option to name.
 */
#include "reprocheck/causes/recognisers.h"

#include <stdlib.h>
#include <string.h>

static bool field_of(const struct difference *d, const char *format, enum meaning m)
{
	return format_is(d, format) && is_field(d) && meaning_of(d) == m;
}

/* The field's own name: a member may be called AccessTime.class. */
static bool field_named(const struct difference *d, const char *word)
{
	return d->region && strcasestr(d->region, word);
}

static void show_times(const struct difference *d, struct recognition *r, int score)
{
	uint64_t v[2];

	if (field_numbers(d, v))
		recognised_times(r, score, d, (int64_t)v[0], (int64_t)v[1]);
	else
		recognised(r, score, "%s", "");
}

static void show_numbers(const struct difference *d, struct recognition *r, int score, const char *what)
{
	uint64_t v[2];

	if (field_numbers(d, v))
		recognised(r, score, "%s %llu -> %llu", what, (unsigned long long)v[0],
			   (unsigned long long)v[1]);
	else
		recognised(r, score, "%s", "");
}

static void show_texts(const struct difference *d, struct recognition *r, int score)
{
	struct token t[2];

	if (field_texts(d, t))
		recognised(r, score, "\"%.*s\" -> \"%.*s\"", (int)t[0].len, t[0].p ? t[0].p : "",
			   (int)t[1].len, t[1].p ? t[1].p : "");
	else
		recognised(r, score, "%s", "");
}

/* A user or group: by number or by name. */
static void show_owner(const struct difference *d, struct recognition *r, const char *format)
{
	if (field_of(d, format, MEANS_UID))
		show_numbers(d, r, SCORE_FIELD, "uid");
	else if (field_of(d, format, MEANS_GID))
		show_numbers(d, r, SCORE_FIELD, "gid");
	else if (field_of(d, format, MEANS_USER) || field_of(d, format, MEANS_GROUP))
		show_texts(d, r, SCORE_FIELD);
}

/* --- ar --- */

/* A Debian package is an ar archive with these three members. */
static bool in_package(const struct difference *d)
{
	return region_has(d, "debian-binary") || region_has(d, "control.tar") || region_has(d, "data.tar");
}

RECOGNISER(ar_timestamps)
{
	if (field_of(d, "ar", MEANS_TIME) && !in_package(d))
		show_times(d, r, SCORE_FIELD);
}

RECOGNISER(deb_timestamps)
{
	if (field_of(d, "tar", MEANS_TIME) && d->file &&
	    (strstr(d->file, "//data.tar") || strstr(d->file, "//control.tar")))
		show_times(d, r, SCORE_FIELD + 2);
	if (field_of(d, "ar", MEANS_TIME) && in_package(d))
		show_times(d, r, SCORE_FIELD + 2);
}

RECOGNISER(ar_owner)
{
	show_owner(d, r, "ar");
}

static bool only_line_ends(const struct side *s)
{
	uint64_t i;

	for (i = 0; i < s->len && range_inside(s->at, s->len, s->leaf_len); i++)
		if (s->leaf[s->at + i] != '\n')
			return false;
	return true;
}

static bool in_thin_archive(const struct side *s)
{
	const struct layout *l = s->layout;

	return l && l->content && content_size(l->content) >= 8 &&
	       !memcmp(content_data(l->content), "!<thin>\n", 8);
}

/* The `//` member of a thin archive holds the paths of its members, as given on the command line. */
RECOGNISER(thin_archive_paths)
{
	struct window w[2];
	struct token t[2];

	if (!format_is(d, "ar") && !region_has(d, "//") && !region_has(d, "names"))
		return;
	if (!in_thin_archive(&d->side[0]) && !in_thin_archive(&d->side[1]))
		return;
	if (d->side[0].len + d->side[1].len > 0 && only_line_ends(&d->side[0]) && only_line_ends(&d->side[1]))
		recognised(r, SCORE_SURE, "padding to an even length");
	else if (text_windows(d, w) && find_paths(w, t))
		recognised(r, SCORE_FIELD, "%.*s -> %.*s", (int)t[0].len, t[0].p, (int)t[1].len, t[1].p);
	else if (format_is(d, "ar") && meaning_of(d) == MEANS_PATH)
		show_texts(d, r, SCORE_FIELD);
}

/* --- tar --- */

RECOGNISER(tar_timestamps)
{
	if (field_of(d, "tar", MEANS_TIME))
		show_times(d, r, SCORE_FIELD);
}

RECOGNISER(tar_owner)
{
	show_owner(d, r, "tar");
}

/* Access and change times say when somebody read or renamed a file: nothing that a build decides. */
RECOGNISER(tar_pax_times)
{
	static const char *const keys[] = { "atime=", "ctime=", "LIBARCHIVE.creationtime=", NULL };
	struct window w[2];

	if (!format_is(d, "tar"))
		return;
	if (meaning_of(d) == MEANS_TIME &&
	    (field_named(d, "atime") || field_named(d, "ctime") || field_named(d, "creation")))
		show_times(d, r, SCORE_FIELD + 3);
	else if (!is_field(d) && text_windows(d, w) && windows_have_any(w, keys))
		recognised(r, SCORE_FIELD, "%s", "");
}

/* --- zip --- */

RECOGNISER(zip_timestamps)
{
	if (field_of(d, "zip", MEANS_TIME))
		show_times(d, r, SCORE_FIELD);
}

/* Info-ZIP's UT field holds the access time too, in the local header only: reading a file between two builds changes it. */
RECOGNISER(zip_atime)
{
	if (field_of(d, "zip", MEANS_TIME) && (field_named(d, "atime") || field_named(d, "access")))
		show_times(d, r, SCORE_FIELD + 3);
}

RECOGNISER(zip_owner)
{
	show_owner(d, r, "zip");
}

/* --- cpio, and what libarchive lists --- */

RECOGNISER(cpio_timestamps)
{
	if (field_of(d, "cpio", MEANS_TIME))
		show_times(d, r, SCORE_FIELD);
}

RECOGNISER(cpio_owner)
{
	show_owner(d, r, "cpio");
	show_owner(d, r, "entries");
	show_owner(d, r, "archive");
}

RECOGNISER(inode_numbers)
{
	static const char *const keys[] = { "SCHILY.ino=", "SCHILY.dev=", "SCHILY.nlink=", NULL };
	struct window w[2];

	if (meaning_of(d) == MEANS_DEVICE)
		show_numbers(d, r, SCORE_FIELD, d->region ? d->region : "device or inode");
	else if (format_is(d, "tar") && text_windows(d, w) && windows_have_any(w, keys))
		recognised(r, SCORE_FIELD + 1, "%s", "");
}

/* --- gzip and other compressors --- */

RECOGNISER(gzip_timestamps)
{
	if (field_of(d, "gzip", MEANS_TIME))
		show_times(d, r, SCORE_FIELD);
}

RECOGNISER(gzip_name)
{
	if (field_of(d, "gzip", MEANS_NAME) || field_of(d, "gzip", MEANS_PATH))
		show_texts(d, r, SCORE_FIELD);
	else if (field_of(d, "gzip", MEANS_FLAGS))
		recognised(r, SCORE_SURE, "one side stores the file's name, the other does not");
}

RECOGNISER(compressor_settings)
{
	if (meaning_of(d) == MEANS_SETTING)
		show_numbers(d, r, SCORE_FIELD, d->region ? d->region : "setting");
}

/* --- any archive --- */

/* Bits that a umask takes away: write for group and others, and what 077 hides. */
RECOGNISER(umask)
{
	uint64_t v[2], changed;
	int score;

	if (meaning_of(d) != MEANS_MODE || !field_numbers(d, v))
		return;
	changed = v[0] ^ v[1];
	score = changed && !(changed & ~UINT64_C(0077)) ? SCORE_FIELD : SCORE_PATTERN;
	recognised(r, score, "mode %04llo -> %04llo", (unsigned long long)(v[0] & 07777),
		   (unsigned long long)(v[1] & 07777));
}

RECOGNISER(embedded_signature)
{
	static const char *const words[] = { "BEGIN PGP SIGNATURE", "BEGIN SIGNATURE", "BEGIN PKCS7",
					     "BEGIN SSH SIGNATURE", NULL };
	struct window w[2];

	if (meaning_of(d) == MEANS_SIGNATURE)
		recognised(r, SCORE_FIELD, "%s", "");
	else if (!is_field(d) && in_text(d) && leaf_windows(d, w) && windows_have_any(w, words))
		recognised(r, SCORE_SURE, "%s", "");
}
