/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy.h: a copy of a tree with times and order of our choosing (private to the sandbox).
 *
 * Modes, symbolic and hard links, holes, times and (where allowed) owners are kept.
 * Entries are made in the order of their names, so that inode numbers, where the file system counts,
 * are those of any other copy; `reversed` then turns the order of the directories' entries around without touching
 * the inodes.  Sockets and devices are left out.  What cannot be read is an empty file with its
 * own mode: the command cannot read it either.
 */
#ifndef SANDBOX_COPY_H
#define SANDBOX_COPY_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct copy_options {
	int64_t mtime_shift, atime_shift; /* seconds */
	bool reversed;
	bool own;                         /* everything belongs to uid and gid */
	uid_t uid;
	gid_t gid;
};
struct copy_result {
	uint64_t bytes;                   /* of content */
	uint64_t unreadable, left_out;    /* files */
};

/* From one open directory into another, which exists and gets the mode and times of the first. */
int copy_tree(int from, int to, const struct copy_options *o, struct copy_result *ret, struct error *err);

/* Waits until the clock of the file system that holds `dir` has moved on: what was changed so far has a ctime that is at most
 * *ret, what will be changed has a later one. */
int copy_settle(int dir, struct timespec *ret);

#endif
