/* SPDX-License-Identifier: Apache-2.0 */
/*
 * surroundings.h: what each axis shows an action, pinned and varied (private to the lab).
 *
 * surroundings_apply() makes a struct action from the subject and a setting: for each axis its pinned or its
 * varied value.  The row of an axis in surroundings.c is its whole definition.
 */
#ifndef REPROCHECK_RUN_SURROUNDINGS_H
#define REPROCHECK_RUN_SURROUNDINGS_H

#include "base/arena.h"
#include "reprocheck/run/lab.h"
#include "reprocheck/run/other_locale.h"

/* What is the same for all runs of a lab. */
struct surroundings {
	const struct subject *subject;
	axis_set pinned;
	bool network;      /* also when it is pinned */
	int64_t epoch;     /* the control runs' time */
	int64_t fix_epoch; /* $EPOCH of fixes: before any time at which the runs make files, which is shown moved */
	const char *host, *user, *home, *tmpdir; /* the caller's */
	struct other_locale locale;
	const char *timezone;     /* another one */
	unsigned cpus;
	struct changed_variable variables[CHANGED_VARIABLES_MAX];
	size_t variable_count;
	char kernel[2][80];
	struct arena arena;
};

int surroundings_init(struct surroundings *s, const struct subject *subject, struct error *err);
void surroundings_release(struct surroundings *s);

/* Strings of *ret live in `arena`. */
int surroundings_apply(const struct surroundings *s, const struct setting *setting, struct arena *arena,
		       struct action *ret);
/* Where the action sees its tree. */
const char *surroundings_directory(const struct surroundings *s, const struct setting *setting);
void surroundings_facts(const struct surroundings *s, const struct setting *setting, int side, struct facts *ret);
const char *surroundings_cannot(const struct surroundings *s, enum axis axis);

#endif
