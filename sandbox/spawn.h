/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn.h: a process in namespaces of its own (private to the sandbox).
 *
 * spawn_world() forks twice: the first child enters a user namespace, has its maps
 * written, starts the second in all other namespaces as a child of the *caller*
 * (CLONE_PARENT), and ends.  The second one runs `fn`.  It is killed when the thread that
 * called ends, holds no descriptors of the caller but those named, and starts with all
 * signals blocked and by default.
 */
#ifndef SANDBOX_SPAWN_H
#define SANDBOX_SPAWN_H

#include "base/error.h"
#include "sandbox/inside.h"

/* `keep`: descriptors that stay open. `socket`: the caller's side of plan->control. `fn` does not return. */
int spawn_world(struct plan *p, const int *keep, size_t keep_count, int socket, void (*fn)(struct plan *p), pid_t *ret,
		struct error *err);
/* Waits for its end; *ret_status as waitpid() gives it. */
int spawn_wait(pid_t pid, int *ret_status);

/* Memory that caller and world share. NULL: none. */
struct report *report_new(void);
void report_free(struct report *r);
DEFINE_CLEANUP(struct report *, report_free)

#endif
