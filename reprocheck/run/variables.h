/* SPDX-License-Identifier: Apache-2.0 */
/*
 * variables.h: an environment and an argument list while they are changed
 * (private to the lab).  Memory is the arena's; a failed allocation is
 * remembered and told by variables_list().
 */
#ifndef REPROCHECK_RUN_VARIABLES_H
#define REPROCHECK_RUN_VARIABLES_H

#include "base/arena.h"

#include <stdint.h>

struct variables;

struct variables *variables_new(struct arena *arena, const char *const *env);
const char *variables_get(const struct variables *v, const char *name);
void variables_set(struct variables *v, const char *name, const char *value);
void variables_change(struct variables *v, const char *name, const char *value); /* only where it is set */
void variables_unset(struct variables *v, const char *name);
/* In all values: the path `old`, where it ends as a name, by `now`. */
void variables_replace(struct variables *v, const char *old, const char *now);
const char *const *variables_list(const struct variables *v); /* NULL-terminated; NULL: no memory */

const char *environment_get(const char *const *env, const char *name);

const char *const *arguments_replace(struct arena *arena, const char *const *argv, const char *old,
				     const char *now);
/* For make, ninja and their kin: their -j becomes `jobs`. Others are returned as they are. */
const char *const *arguments_with_jobs(struct arena *arena, const char *const *argv, const char *jobs);

/* $PWD and $EPOCH of a fix (fixes.h). NULL: no memory. */
const char *expand_fix(struct arena *arena, const char *value, const char *cwd, int64_t epoch);

#endif
