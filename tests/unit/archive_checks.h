/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive_checks.h: what the tests of archive formats assert of inputs in the scratch directory (see made.h).
 */
#ifndef TESTS_UNIT_ARCHIVE_CHECKS_H
#define TESTS_UNIT_ARCHIVE_CHECKS_H

#include "tests/unit/made.h"

static inline __attribute__((unused)) struct content *content_of_file(const char *name)
{
	struct content *c = NULL;

	assert_int_equal(content_open(AT_FDCWD, scratch_path(name), &c, NULL), 0);
	return c;
}

static inline __attribute__((unused)) struct layout *layout_of_file(const char *name)
{
	struct content *c = content_of_file(name);
	struct layout *l = NULL;

	assert_int_equal(layout_identify(c, 0, content_size(c), NULL, &l), 0);
	content_unref(c);
	return l;
}

/* Every field that can be recomputed is, and equals what stands in the file; at least `least` of them. */
static inline __attribute__((unused)) void assert_all_proved(struct layout *l, unsigned least)
{
	struct proofs p = { 0 };

	walk_layout(l, "", 0, proof_visit, &p);
	if (p.wrong || p.refused || p.proved < least)
		fail_msg("%u proved, %u refused, %u wrong: %s", p.proved, p.refused, p.wrong, p.first_wrong);
}

/* The part with this path is there, means this, and is this text (shorter texts: the rest is blanks or NULs). */
static inline __attribute__((unused)) void assert_starts(struct layout *l, const char *path,
							 enum meaning meaning, const char *text)
{
	struct find_path f = find_path(l, path);
	size_t n = strlen(text);

	if (!f.count)
		fail_msg("no part %s", path);
	assert_int_equal(f.meaning, meaning);
	if (memcmp(f.bytes, text, n) != 0 || (f.bytes[n] != '\0' && f.bytes[n] != ' '))
		fail_msg("%s is '%.*s', not '%s'", path, (int)(f.len < 200 ? f.len : 200), (char *)f.bytes,
			 text);
}

static inline __attribute__((unused)) void assert_no_part(struct layout *l, const char *path)
{
	assert_int_equal(find_path(l, path).count, 0);
}

/* The first kilobytes cut at every length, and bytes inverted, one in `step`: nothing may crash or leave a gap. */
static inline __attribute__((unused)) void assert_survives(const char *name, size_t step)
{
	struct content *c = content_of_file(name);
	size_t size = (size_t)content_size(c);

	walk_truncations(content_data(c), size < 4096 ? size : 4096, size < 4096 ? 7 : 31);
	walk_damages(content_data(c), size < 16384 ? size : 16384, step);
	content_unref(c);
}

#endif
