/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rundir.h: a directory on disk for one run, which does not outlive it (private to the sandbox).
 *
 * rundir_new() makes PARENT/reprocheck-run.XXXXXX and holds a lock on it as long as `fd`
 * is open; a run that was killed leaves a directory that nobody locks, and the next
 * rundir_new() in the same parent sweeps it.
 */
#ifndef SANDBOX_RUNDIR_H
#define SANDBOX_RUNDIR_H

#include "base/error.h"

struct rundir {
	char *path; /* NULL: none */
	int fd;
};
#define RUNDIR_NONE { .fd = -1 }

int rundir_new(const char *parent, struct rundir *ret, struct error *err);
/* Removes it with all that is in it. */
void rundir_release(struct rundir *d);
/* Removes what `name` below dirfd holds, and itself; directories without permission are opened first. */
int remove_tree(int dirfd, const char *name);

#endif
