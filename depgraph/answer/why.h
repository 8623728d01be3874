/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why.h: what keeps something in the program.
 *
 * Three different questions hide in "why is it there", and all that apply are
 * answered:
 *
 *	reached    the shortest chain from a root (entry point, exported symbol, constructor...) to it, or to the part of it that is
 *	           nearest to a root: what --gc-sections would keep it for
 *	extracted  for a member of an archive: who asked for it first, and for that one, up to the command line
 *	declared   for a target or module: the chain of declared dependencies, imports
 *
 * and what goes with it: bytes that nothing else reaches.
 */
#ifndef DEPGRAPH_ANSWER_WHY_H
#define DEPGRAPH_ANSWER_WHY_H

#include "depgraph/answer/model.h"

struct why_step {
	node_id node;
	const char *by;    /* edge that leads here: its kind; NULL for the first */
	const char *label; /* symbol, attribute; "" */
};

struct why_chain {
	const char *root;  /* why its first node is a root; "" of an extraction chain */
	struct why_step *steps;
	size_t count;
};

struct why_answer {
	node_id node;
	struct model_bytes bytes;    /* of it */
	bool reached;
	struct why_chain *chains;    /* shortest first */
	size_t chain_count;
	struct why_chain extraction; /* count 0: none */
	uint64_t with_it, with_it_loaded; /* what would be unreachable without it, itself included */
};

/* At most `limit` chains. The graph and its names must outlive the answer. */
int why_answer(const struct model *m, node_id node, size_t limit, struct why_answer *ret);
void why_answer_release(struct why_answer *a);

#endif
