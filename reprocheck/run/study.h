/* SPDX-License-Identifier: Apache-2.0 */
/*
 * study.h: an action under experiment, from the first run to the proof.
 *
 * The plan (study.c reads as its table of contents):
 *
 *   1. control    the same run N times, everything pinned: what differs is noise (intrinsic)
 *   2. probe      what each axis changes, as seen from inside: what does not take effect is told, not tried
 *   3. all        everything varied at once: nothing beyond the noise: reproducible, done
 *   4. isolate    one axis at a time: each range of the control's outputs gets the axes that move it
 *   5. interact   what no single axis moves: delta debugging finds the smallest set that does
 *   6. bisect     which environment variables it was
 *   7. prove      the fixes of the causes found, each run with and without the axes
 *   8. blame      with a trace: which process asked
 *
 * All comparisons have the control run as A, so that their ranges can be laid
 * over each other (axis_map.h).
 */
#ifndef REPROCHECK_RUN_STUDY_H
#define REPROCHECK_RUN_STUDY_H

#include "base/error.h"
#include "reprocheck/compare/compare.h"
#include "reprocheck/run/lab.h"

#include <stdbool.h>

struct study_options {
	struct subject subject;
	struct lab_options lab;
	struct compare_options compare; /* exclude, jobs, limits; the rest is set here */
	unsigned identical;             /* control runs, at least 2 */
	axis_set axes;                  /* to vary */
	bool prove;                     /* try the causes' own fixes */
	const char *const *fixes;       /* to try besides, as written (fixes.h) */
	size_t fix_count;
	void (*say)(void *ctx, const char *text); /* the plan, in advance; warnings. May be NULL */
	void *ctx;
};

/* -EINTR when it was interrupted. *ret_control_status: how the command ended with everything pinned. */
int study(const struct study_options *o, struct comparison **ret, struct error *err);

#endif
