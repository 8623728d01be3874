/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h: the entries of one build, a directory tree or a single file.
 *
 * The tree is read beneath its root (openat2, RESOLVE_BENEATH): no link leads
 * out.  Entries are sorted by name as bytes.  A single file is a tree of one
 * entry, whose name is its own.
 */
#ifndef REPROCHECK_COMPARE_TREE_H
#define REPROCHECK_COMPARE_TREE_H

#include "base/cleanup.h"
#include "base/content.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct tree_entry {
	char *name; /* relative to the root */
	struct stat st;
	char *link; /* symlink's target, or NULL */
	int error;  /* of a directory that could not be listed: negative errno; the rest of the tree is read */
	const char *first_name; /* of a hard-linked file: its first entry's name; NULL: not linked */
};

struct tree {
	const char *path; /* as given */
	int rootfd;       /* -1 for a single file */
	bool single;
	struct tree_entry *entries;
	size_t count, capacity;
};

#define TREE_ENTRIES_MAX ((size_t)20000000)

/* exclude: names for which it returns true are left out (a directory with all below it). */
int tree_read(const char *path, bool (*exclude)(void *ctx, const char *name), void *ctx, struct tree **ret,
	      struct error *err);
void tree_free(struct tree *t);
DEFINE_CLEANUP(struct tree *, tree_free)

int tree_open(const struct tree *t, const struct tree_entry *e, struct content **ret, struct error *err);

#endif
