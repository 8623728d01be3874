/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wrappers.h: scripts that stand before tools in PATH and add a fix's flags.
 *
 * wrappers_add() writes, in a temporary directory of the host, one script for
 * each program in the subject's PATH that the fix takes, when the fix is first
 * used; wrappers_show() lets an action see them, first in its PATH (and in the
 * place of the command itself, when that is such a tool given by its path).
 * Not thread-safe for adding; showing is.
 */
#ifndef REPROCHECK_RUN_WRAPPERS_H
#define REPROCHECK_RUN_WRAPPERS_H

#include "base/arena.h"
#include "reprocheck/run/fixes.h"
#include "reprocheck/run/lab.h"

struct wrappers;

/* cwd: the action's tree as it sees it, for $PWD; it is kept. */
int wrappers_add(struct wrappers **w, const struct applied_fix *fix, const struct subject *s, const char *cwd,
		 int64_t epoch);
int wrappers_show(const struct wrappers *w, const struct applied_fix *fix, struct arena *arena, struct action *a);
void wrappers_free(struct wrappers *w); /* and removes the scripts */

#endif
