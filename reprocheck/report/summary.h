/* SPDX-License-Identifier: Apache-2.0 */
/*
 * summary.h: the findings of a comparison, grouped by cause over all spaces.
 *
 * What every report leads with: primaries first, then unexplained, then
 * derived; within a class the cause with most bytes first; within a cause
 * the finding with most bytes first.  Ties are broken by id, so the order is a
 * function of the comparison.
 *
 * Bytes of decoded spaces are positions of their own content: `bytes` adds up
 * all spaces, `root_bytes` only the files given, as the totals do.
 */
#ifndef REPROCHECK_REPORT_SUMMARY_H
#define REPROCHECK_REPORT_SUMMARY_H

#include "reprocheck/causes/causes.h"
#include "reprocheck/compare/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ranked_finding {
	size_t space_index; /* in comparison->spaces */
	const struct space *space;
	const struct finding *finding;
};

#define SUMMARY_FROM_MAX 8
struct cause_summary {
	const struct cause *cause;
	enum byte_class class;
	enum evidence level; /* the weakest of its findings */
	uint64_t bytes, root_bytes;
	uint64_t places;
	size_t files; /* roots that have it, inside or outside containers */
	size_t spaces;
	size_t accepted; /* findings that are known or excluded */
	const struct ranked_finding *findings;
	size_t count;
	const struct cause *from[SUMMARY_FROM_MAX]; /* for derived: primaries it follows from */
	size_t from_count;
};

struct summary {
	struct ranked_finding *findings;
	size_t finding_count;
	struct cause_summary *causes;
	size_t cause_count;
	size_t files_differing; /* roots that are not the same, trouble apart */
	size_t files_in_trouble;
	size_t accepted; /* findings */
};

int summary_make(const struct comparison *c, struct summary *ret);
void summary_release(struct summary *s);
size_t summary_count_class(const struct summary *s, enum byte_class class); /* causes of that class */

static inline bool finding_accepted(const struct finding *f)
{
	return f->baseline || f->excluded;
}

static inline bool entry_accepted(const struct entry_difference *e)
{
	return e->baseline || e->excluded;
}

const char *space_title(const struct space *s);      /* its name, or what was opened; never NULL */
const char *space_short_name(const struct space *s); /* within its parent: "app.tar" */
const struct space *space_root(const struct space *s);
/* "bin/app.tar.gz//app.tar//member.o//.rodata"; caller frees; NULL: no memory. */
char *place_full_path(const struct space *s, const struct place *p);
/* "entry-mode@bin/app": the id of an entry difference; caller frees; NULL: no memory. */
char *entry_id(const struct entry_difference *e);

/* What two short texts share at their ends, in bytes, never inside a UTF-8 sequence or a \xNN escape. */
struct shared_ends {
	size_t prefix, suffix;
};
struct shared_ends shared_ends(const char *a, const char *b);

static inline const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

#endif
