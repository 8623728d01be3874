/* SPDX-License-Identifier: Apache-2.0 */
/*
 * experiment.h: what `reprocheck run` did and learned, as reports read it.
 *
 * It hangs on the comparison (comparison->experiment; NULL for `diff`), whose
 * A is the control run and whose B is the run with everything varied, or a
 * second control run when that is all that differs.  Findings carry their axes
 * and their proof (result.h).  Built once, read-only afterwards; strings belong to
 * the comparison's arena.
 */
#ifndef REPROCHECK_RUN_EXPERIMENT_H
#define REPROCHECK_RUN_EXPERIMENT_H

#include "reprocheck/run/axes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum axis_state {
	AXIS_VERIFIED,    /* varied, and the probe saw it from inside */
	AXIS_INEFFECTIVE, /* could not be varied here: `why` */
	AXIS_PARTIAL,     /* varied, but not for all programs of the action: `why` names them */
	AXIS_LEFT_OUT,    /* the user said so */
	AXIS_NOT_REACHED, /* --max-runs */
};
enum axis_verdict {
	VERDICT_NONE,     /* not tried alone (nothing differed with all varied, or see the state) */
	VERDICT_NO_EFFECT,/* tried alone: the same output */
	VERDICT_CAUSES,   /* tried alone: moves bytes */
	VERDICT_INTERACTS,/* only together with others */
	VERDICT_FAILS,    /* the command ends differently when it is varied: `why` has status and last line */
};
struct axis_report {
	enum axis_state state;
	enum axis_verdict verdict;
	const char *control, *varied; /* what the probe saw: "UTC", "Asia/Kolkata" */
	const char *why;              /* NULL: nothing to say */
	uint64_t bytes;               /* differing positions of its own run against the control */
	const char *variables;        /* for environment: the variables that matter, by further runs; NULL */
};

struct run_report {
	const char *label;    /* "control", "control 2", "all axes", "time", "time with fix SOURCE_DATE_EPOCH" */
	axis_set varied;
	int status;
	double seconds, setup_seconds, copy_seconds;
	uint64_t copied_bytes;
	uint64_t output_files, output_bytes;
	const char *digest;   /* of its outputs: names, modes, contents */
};

/* Axes that only act together, found by delta debugging. */
struct interaction {
	axis_set axes;
	uint64_t bytes;
};

enum proof_status { PROOF_NONE, PROOF_PROVED, PROOF_PARTLY, PROOF_NO_EFFECT, PROOF_FAILED, PROOF_PATCHED };
struct proof {
	enum proof_status status;
	const char *fix;       /* as applied: "SOURCE_DATE_EPOCH=1700000000", "gcc -ffile-prefix-map=$PWD=." */
	uint64_t before, after; /* differing bytes of this cause, without and with the fix */
	const char *detail;    /* NULL, or what else is worth knowing: the command failed with it */
};
const char *proof_status_name(enum proof_status s); /* "proved", "partly", "no effect", "failed", "patched" */

struct experiment {
	const char *const *command;
	size_t command_count;
	const char *directory, *inputs;
	int status;             /* of the control run */
	unsigned identical;     /* control runs made */
	bool identical_same;    /* they gave the same output */
	struct axis_report axes[AXIS_COUNT];
	struct run_report *runs;
	size_t run_count;
	uint64_t runs_planned, runs_max; /* as printed in advance */
	struct interaction *interactions;
	size_t interaction_count;
	struct proof *tried;    /* fixes given with --try */
	size_t tried_count;
	const char **network;   /* who asked for what: "curl: 1.2.3.4 port 443"; also when outputs are equal */
	size_t network_count;
	const char **notes;     /* programs beyond reach, writes elsewhere, what the host refused */
	size_t note_count;
	const char *log_head;   /* what the control run printed, bounded */
	bool traced;
};

const char *axis_state_name(enum axis_state s);     /* "verified", "ineffective", "partial", "left out", "not reached" */
const char *axis_verdict_name(enum axis_verdict v); /* "", "no effect", "causes", "interacts", "fails" */

#endif
