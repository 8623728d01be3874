/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lab.h: the room where an action is run, under settings.
 *
 * A *subject* is what the user gave: command, environment, inputs, outputs.  A
 * *setting* says what one run varies; everything else is pinned.  An *outcome* is
 * what came of it: how the command ended and what it wrote, held in memory until the
 * lab is closed.
 *
 *	lab_open(&subject, &options, &lab, &err);
 *	r = lab_run(lab, settings, count, outcomes, &err);   // in parallel
 *	... outcomes[i]->path, ->digest, ->status ...
 *	lab_close(lab);
 *
 * Equal settings are run once (give `replica` to have the same again), and lab_run()
 * refuses with -EDQUOT what would exceed runs_max; lab_left() says how many are left.
 * Outcomes belong to the lab.  Not thread-safe; it makes its own threads.
 */
#ifndef REPROCHECK_RUN_LAB_H
#define REPROCHECK_RUN_LAB_H

#include "base/cleanup.h"
#include "base/error.h"
#include "reprocheck/run/axes.h"
#include "reprocheck/causes/causes.h"
#include "reprocheck/run/fixes.h"
#include "sandbox/action.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One line in the subject's environment that the environment axis adds or takes away. */
struct changed_variable {
	const char *name;
	const char *value; /* NULL: it is taken away */
};
#define CHANGED_VARIABLES_MAX 64

struct subject {
	const char *const *argv;  /* NULL-terminated */
	const char *const *env;   /* NULL-terminated */
	const char *inputs;       /* real path */
	const char *subdir;       /* of the working directory below it; "" */
	const char *const *outputs; /* patterns (path_matches); none: whatever the command made or changed */
	size_t output_count;
	const char *const *writable; /* more directories of the host that it may write to, discarded */
	size_t writable_count;
};

struct lab_options {
	unsigned jobs;         /* runs at once; 0: as many as CPUs */
	uint64_t runs_max;
	uint64_t timeout_ms;
	const char *scratch;
	axis_set pinned;       /* axes that are pinned at all; others are as they are */
	axis_set varied;       /* that settings may vary */
	bool trace, network;   /* network: also in the control runs */
	size_t log_max;
};

struct setting {
	axis_set varied;
	bool copy;         /* inputs presented as a copy although no varied axis needs one */
	unsigned replica;  /* another run of the same */
	uint64_t variables; /* which of the changed variables the environment axis changes, a bit each; 0: all */
	const struct applied_fix *fix; /* NULL: none; compared by address */
	const char *label;
};

struct outcome {
	struct setting setting;
	int status;
	const struct action_result *result;
	const char *path;   /* of the outputs, as compare_builds() takes it */
	const char *digest; /* hex: names, types, modes, link targets, contents */
	uint64_t files, bytes, entries;
	uint64_t left_out; /* files that no pattern takes */
	uint64_t removed;   /* inputs that are no longer there */
};

struct lab;

int lab_open(const struct subject *s, const struct lab_options *o, struct lab **ret, struct error *err);
void lab_close(struct lab *l);
DEFINE_CLEANUP(struct lab *, lab_close)

int lab_run(struct lab *l, const struct setting *settings, size_t count, const struct outcome **ret,
	    struct error *err);
uint64_t lab_left(const struct lab *l);
size_t lab_outcomes(const struct lab *l, const struct outcome *const **ret); /* all so far, in the order they were asked for */

/* Waits for what was begun when the lab opened and is needed only where something varies. */
void lab_settle(struct lab *l);
/* What the probe sees in the place of the command. */
int lab_probe(struct lab *l, const struct setting *s, struct buffer *ret, struct error *err);

/* What a setting showed the action, for recognisers: side 0 and 1. */
void lab_facts(const struct lab *l, const struct setting *a, const struct setting *b, struct facts *ret);
/* Why an axis cannot be varied here at all; NULL: it can. */
const char *lab_cannot(const struct lab *l, enum axis axis);
/* Axes whose runs need a copy of the inputs. */
axis_set lab_copying(void);
size_t lab_variables(const struct lab *l, const struct changed_variable **ret);

#endif
