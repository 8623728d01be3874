/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clusters.h: more than two builds (private to the engine).
 *
 * Each file's outcomes are grouped by SHA-256.  A file with as many outcomes as
 * builds is *always different*; one with fewer has a few distinct outcomes,
 * which points at a race or an order rather than at a clock.  The first
 * outcome is then compared with each of the others.
 */
#ifndef REPROCHECK_COMPARE_CLUSTERS_H
#define REPROCHECK_COMPARE_CLUSTERS_H

#include "reprocheck/compare/compare.h"
#include "reprocheck/compare/tree.h"
#include "reprocheck/compare/workspace.h"

int compare_clusters(struct engine *e, const struct compare_options *o, const struct tree *const *trees,
		     size_t count, struct space_list *ret);

/* compare.c, for clusters.c: one pair of files (either may be NULL) as root spaces. */
int compare_one_file(struct engine *e, const struct compare_options *o, const struct tree *a,
		     const struct tree_entry *ea, const struct tree *b, const struct tree_entry *eb,
		     const char *suffix, struct space_list *ret);
/* compare.c, for clusters.c: what the entries of one name differ in, their bytes apart, and names that one tree lacks.
 * Directories that could not be listed become spaces in trouble. */
int compare_tree_entries(struct engine *e, const struct compare_options *o, const struct tree *a, const struct tree *b,
			 const char *suffix, struct space_list *ret);

#endif
