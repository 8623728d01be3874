/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cover.h: a directory to write to, where an overlay of the whole is not to be had (private to the sandbox).
 *
 * An overlay shows nothing of what is mounted below its lower side, and where those mounts came from a namespace with
 * more rights the kernel refuses it (-EINVAL), lest what they hide be uncovered.  So the directory is made anew, and
 * each of its entries is put there by itself:
 *
 *	a directory        an overlay; what is mounted there too.  One with mounts below it is again made anew
 *	a regular file     the host's, bound read-only, and so is a directory of which no overlay can be had
 *	a symbolic link, FIFO or socket   another like it
 *
 * What the action makes beside them, and below them, is written; all of it goes to one directory, as with one overlay.
 */
#ifndef SANDBOX_COVER_H
#define SANDBOX_COVER_H

#include "sandbox/root.h"

/* Of the directory `lower`, whose name without links is `path`, to be seen at `at`; what is written goes to the directory
 * `upper` of the scratch, which is made.  Returns the mount, to be added at `at`; those of the entries are added
 * already.  On failure nothing is added; -E2BIG: too many entries. */
int cover_make(struct root *r, int lower, const char *path, const char *at, const char *upper);

#endif
