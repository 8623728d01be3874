/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collect.h: what an action wrote, when it is over (private to the sandbox).
 */
#ifndef SANDBOX_COLLECT_H
#define SANDBOX_COLLECT_H

#include "base/error.h"
#include "sandbox/action.h"

#include <time.h>

/* A whole copy of `inputs` becomes what an overlay's upper side would be: what is unchanged (ctime at most `settled`) is
 * removed, what is gone becomes a whiteout where those can be made. */
int collect_changes(const char *inputs, int tree, const struct timespec *settled);
/* Removes from the outputs the mount points that were made for what is put below the working tree. */
void collect_mount_points(const struct action *a, const char *inputs, int outputs);
/* Adds the names of what lies in `dir`, which the command saw at `at`, to result->elsewhere; directories whose ctime is at most
 * `settled` were there before. */
int collect_elsewhere(const struct action *a, int dir, const char *at, const struct timespec *settled,
		      struct action_result *result);

#endif
