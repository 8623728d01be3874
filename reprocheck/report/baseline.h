/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline.h: differences that are known and do not fail.
 *
 * A baseline is a file with the ids of known findings, in one of two shapes:
 * a report of `reprocheck diff --json` or `lint --json` (all its findings, entries
 * and problems are then known), or text with one id a line, where blank lines and lines that begin with
 * '#' are skipped and '*' and '?' match as in the shell:
 *
 *	# until the vendor fixes its archiver
 *	ar-timestamps@lib/libvendor.a
 *	build-path@*.so//.debug_str
 *
 * Calling sequence
 *
 *	r = baseline_read("known.json", &b, &err);
 *	baseline_apply(b, comparison);
 *	exclude_causes(comparison, ids, count, &err);
 *	status = comparison_accepted(comparison) ? 0 : 1;
 *
 * Marking changes no total: what is known still differs.
 */
#ifndef REPROCHECK_REPORT_BASELINE_H
#define REPROCHECK_REPORT_BASELINE_H

#include "base/cleanup.h"
#include "base/error.h"
#include "reprocheck/compare/result.h"

#include <stdbool.h>
#include <stddef.h>

#define BASELINE_SIZE_MAX (UINT64_C(256) << 20)

struct baseline;

/* -EBADMSG: neither a report nor a list of ids (err says where); open's errors; -EFBIG. */
int baseline_read(const char *path, struct baseline **ret, struct error *err);
void baseline_free(struct baseline *b);
DEFINE_CLEANUP(struct baseline *, baseline_free)

/* Whether it lists an id; notes that it was met. */
bool baseline_lists(struct baseline *b, const char *id);
/* Marks findings and entries that it lists. 0 or -ENOMEM. */
int baseline_apply(struct baseline *b, struct comparison *c);
/* Ids that no baseline_apply met, in order: fixed, or misspelt. NULL after the last. */
const char *baseline_unmatched(const struct baseline *b, size_t index);

/* Marks findings and entries of these causes (ids or aliases). -EINVAL: a cause is unknown; none is marked. */
int exclude_causes(struct comparison *c, const char *const *ids, size_t count, struct error *err);

/*
 * Whether everything that differs is known: each primary, unexplained finding
 * and entry is marked.  Derived findings follow the primaries of their file;
 * where a file has none, they must be marked themselves.  A file that is on one
 * side only, or in trouble, is never accepted unless a finding or entry about it is.
 */
bool comparison_accepted(const struct comparison *c);
/* The same for one file: spaces[index] is a root, with the spaces inside it. */
bool file_accepted(const struct comparison *c, size_t index);
/* Index of the next root after `index`, or space_count. */
size_t next_root(const struct comparison *c, size_t index);

#endif
