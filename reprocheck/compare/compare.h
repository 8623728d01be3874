/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare.h: builds in, a comparison out.  The engine's one door.
 *
 *	struct compare_options o = { 0 };
 *	r = compare_builds(paths, count, &o, &comparison, &err);
 *	... reports (report.h) ...
 *	comparison_free(comparison);
 *
 * Builds are files or directories, all of one kind.  Two are compared with each
 * other; of more, each file's outcomes are clustered by digest, and the first
 * outcome is compared with each other one (at most CLUSTER_PAIRS_MAX).
 *
 * A file that cannot be read, that changed or shrank while it was compared, or
 * that the engine could not account for is a space in trouble, and sets
 * comparison->trouble; the others are still compared.
 */
#ifndef REPROCHECK_COMPARE_COMPARE_H
#define REPROCHECK_COMPARE_COMPARE_H

#include "base/cleanup.h"
#include "base/error.h"
#include "reprocheck/run/axis_map.h"
#include "reprocheck/causes/causes.h"
#include "reprocheck/compare/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLUSTER_PAIRS_MAX  4
#define PLACES_MAX_DEFAULT 100

struct compare_options {
	struct facts facts;
	const char *const *exclude; /* patterns over names, see path_matches() */
	size_t exclude_count;
	unsigned jobs;                                     /* threads; 0: as many as CPUs */
	uint64_t decode_total, decode_ratio, decode_depth; /* limits; 0: the defaults of content.h */
	uint64_t places_max;                               /* kept a finding; 0: PLACES_MAX_DEFAULT */
	bool times, owners;                                /* compare mtimes and owners of entries too */
	bool executable_only; /* of permissions only whether the owner may execute: what build caches keep */
	bool no_source;                                    /* do not look up source lines */
	/* For experiments (axis_map.h); NULL: nothing of it. */
	struct axis_map *record; /* receives what differs, as moved by `record_axes` */
	axis_set record_axes;
	const struct axis_map *attributed; /* sealed: tells findings apart by the axes that moved them */
	const char *const *names;          /* what reports call the builds, when not their paths */
};

int compare_builds(const char *const *paths, size_t count, const struct compare_options *o,
		   struct comparison **ret, struct error *err);
void comparison_free(struct comparison *c);
DEFINE_CLEANUP(struct comparison *, comparison_free)

#endif
