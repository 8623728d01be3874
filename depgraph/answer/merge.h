/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.h: the model at the level at which people draw it.
 *
 * A link has hundreds of thousands of sections; a drawing of objects or
 * libraries is what is looked at.  Nodes are merged into the ancestor of the
 * level, edges between the same two are counted and keep one label as their example;
 * the bytes are those of all parts.  Objects and sections that are neither in the output nor reached are left out.
 *
 *	r = merge_model(&model, MERGE_OBJECTS, limit, &merged);
 *	merged_release(&merged);
 */
#ifndef DEPGRAPH_ANSWER_MERGE_H
#define DEPGRAPH_ANSWER_MERGE_H

#include "depgraph/answer/model.h"

enum merge_level { MERGE_SECTIONS, MERGE_OBJECTS, MERGE_LIBRARIES };
int merge_level_parse(const char *word, enum merge_level *ret); /* "section", "object", "library"; -EINVAL */

#define MERGED_NONE SIZE_MAX

struct merged_node {
	node_id node;          /* stands for it and all its parts */
	size_t parent;         /* index of the merged node it lies in (an object's archive); MERGED_NONE */
	struct model_bytes bytes; /* of its parts that have no merged node of their own */
	struct model_bytes total; /* of all its parts */
	const char *root;      /* why one of its parts is a root; NULL */
	size_t via;            /* the merged node from which it was reached first; MERGED_NONE: a root, or not reached */
	const char *via_kind, *via_label;
	bool reached;
	bool exclusive_known;
	uint64_t exclusive, exclusive_loaded; /* what removing it would save: model_exclusive() */
};

struct merged_edge {
	size_t from, to;
	enum edge_kind kind;
	const char *label; /* of the first */
	size_t count;
};

struct merged {
	struct merged_node *nodes; /* largest first */
	size_t count;
	struct merged_edge *edges; /* sorted by from, to, kind */
	size_t edge_count;
	size_t left_out;           /* nodes beyond the limit */
	struct model_bytes left_out_bytes;
};

/* limit 0: all. */
int merge_model(const struct model *m, enum merge_level level, size_t limit, struct merged *ret);
void merged_release(struct merged *r);

#endif
