/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model.h: one graph of everything that the inputs tell: sections and objects of the link,
 * shared libraries, targets, Python modules.  `why` and `graph` are questions to it.
 *
 *	r = model_build(&inputs, &options, &model, &err);
 *	n = model_find(&model, "libz.a(inflate.o)", &found);
 *	model_release(&model);
 */
#ifndef DEPGRAPH_ANSWER_MODEL_H
#define DEPGRAPH_ANSWER_MODEL_H

#include "base/error.h"
#include "base/verb.h"
#include "depgraph/inputs/inputs.h"
#include "depgraph/link/link.h"
#include "depgraph/model/graph.h"

struct model_options {
	const struct string_list *roots;   /* more symbols that must stay */
	const struct string_list *entries; /* Python modules that are run */
};

struct model {
	const struct inputs *in;
	struct graph graph; /* finished */
	struct link *link;  /* NULL: no link among the inputs */
	struct reach reach; /* of all roots, with ways */
};
#define MODEL_INIT { .graph = GRAPH_INIT }

int model_build(const struct inputs *in, const struct model_options *o, struct model *ret, struct error *err);
void model_release(struct model *m);

/*
 * The nodes that a word names, best first: a whole path ("libz.a(inflate.o)"), a name, a symbol's section, then what ends with
 * "/WORD".  A symbol that the linked objects define stands for the section it is in.  At most `max` into `ret`; returns how many.
 */
size_t model_find(const struct model *m, const char *word, node_id *ret, size_t max);

/* What is called like it, when nothing is called so: what holds the word in the last component of its name; no imported symbol. */
size_t model_find_like(const struct model *m, const char *word, node_id *ret, size_t max);

/*
 * Bytes of a node with all that lies in it (an archive's members, their sections): file and loaded; `live` only
 * what roots reach.
 */
struct model_bytes {
	uint64_t bytes, loaded, live, live_loaded;
};
int model_sum(const struct model *m, struct model_bytes **ret); /* per node; free() it */

bool model_lies_in(const struct graph *g, node_id n, node_id container);
/* What would be unreachable without a node and all that lies in it, those included. One mark phase. */
int model_exclusive(const struct model *m, node_id node, uint64_t *ret_bytes, uint64_t *ret_loaded);

#endif
