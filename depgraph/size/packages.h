/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packages.h: trees of files, and which Python distribution each file belongs to.
 *
 * A distribution lists its files in NAME-VERSION.dist-info/RECORD: comma-separated lines of path, hash and
 * size, paths relative to the directory that the .dist-info is in.  Source: "Recording installed projects",
 * Python Packaging User Guide.
 *
 *	struct size_packages p = SIZE_PACKAGES_INIT;
 *	r = size_packages_read(&p, "venv", &err);
 *	size_packages_of(&p, "venv/lib/python3.11/site-packages/six.py")    "six 1.16.0"; NULL: nobody's
 */
#ifndef DEPGRAPH_SIZE_PACKAGES_H
#define DEPGRAPH_SIZE_PACKAGES_H

#include "base/error.h"
#include "depgraph/size/names.h"

struct size_packages {
	struct size_names paths;  /* normal ones */
	const char **owners;      /* of each */
	uint32_t owner_capacity;
	struct arena arena;
};
#define SIZE_PACKAGES_INIT { .paths = SIZE_NAMES_INIT, .arena = ARENA_INIT((size_t)1 << 30) }

int size_packages_read(struct size_packages *p, const char *tree, struct error *err);
const char *size_packages_of(struct size_packages *p, const char *path);
void size_packages_release(struct size_packages *p);

/* Calls found(ctx, AT_FDCWD, path, path, err) for each regular file below `tree`, by name; files with several links once,
 * symbolic links not at all. A negative result ends it. */
int size_walk(const char *tree, int (*found)(void *ctx, int dirfd, const char *name, const char *path, struct error *err),
	      void *ctx, struct error *err);

#endif
