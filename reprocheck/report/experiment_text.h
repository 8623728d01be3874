/* SPDX-License-Identifier: Apache-2.0 */
/*
 * experiment_text.h: what reports of an experiment say in the same words.
 *
 * A cause stands for many findings, and these may have been moved by different
 * axes, have different proofs, and come from different processes: the cause_...
 * functions give the distinct ones in the order of the findings (most bytes
 * first), at most EVIDENCE_MAX, and count the rest.
 *
 * Texts are not escaped: each report does that for its own medium.  What is
 * returned allocated is NULL when memory was missing.
 */
#ifndef REPROCHECK_REPORT_EXPERIMENT_TEXT_H
#define REPROCHECK_REPORT_EXPERIMENT_TEXT_H

#include "reprocheck/compare/result.h"
#include "reprocheck/report/summary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVIDENCE_MAX  4
#define AXES_TEXT_MAX 512 /* all ids, joined */

struct axes_share {
	axis_set axes; /* never empty */
	uint64_t bytes;
};
size_t cause_axes(const struct cause_summary *s, struct axes_share out[EVIDENCE_MAX], size_t *ret_more);
size_t cause_proofs(const struct cause_summary *s, const struct proof *out[EVIDENCE_MAX], size_t *ret_more);
/* Findings whose process or question differ. */
size_t cause_askers(const struct cause_summary *s, const struct finding *out[EVIDENCE_MAX], size_t *ret_more);

/* "measured", or "not measured" where no axis could be told. */
const char *axes_basis(axis_set axes);
/* "proved: SOURCE_DATE_EPOCH=1700000000, 12 -> 0 bytes; DETAIL"; caller frees. */
char *proof_text(const struct proof *p);
/* "make > sh > date (clock 2026-11-22 10:00:00Z)"; NULL when neither is known too. */
char *asker_text(const struct finding *f);
/* What became of an axis: "causes, 12 bytes (UTC -> Asia/Kolkata)", "ineffective: WHY"; caller frees. */
char *axis_report_text(const struct axis_report *a);
/* Whether it was varied at all: its verdict then means something. */
bool axis_was_varied(const struct axis_report *a);

/* Axes that make the command end differently: then it is not reproducible, whatever its outputs are. */
axis_set failing_axes(const struct experiment *e);

/* The answer in one line: "not reproducible: 3 causes, 2 proved fixes"; caller frees. */
char *experiment_verdict(const struct comparison *c, const struct summary *s);

#endif
