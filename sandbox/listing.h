/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listing.h: a directory's names, sorted by their bytes, without "." and ".."; and questions about paths and environments that
 * more than one room asks (private to the sandbox).
 */
#ifndef SANDBOX_LISTING_H
#define SANDBOX_LISTING_H

#include <dirent.h>
#include <stddef.h>

struct listing {
	struct dirent **entries;
	size_t count;
};
#define LISTING_NONE { .entries = NULL }

int listing_read(int dirfd, struct listing *ret);
void listing_release(struct listing *l);

/* What follows `dir` in `path`, without slashes before it: "" for the directory itself; NULL: it is not below it. */
const char *path_below(const char *path, const char *dir);
/* The value of a variable in "NAME=value"...; NULL: none. `env` may be NULL. */
const char *environment_value(const char *const *env, const char *name);

#endif
