/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer.h: a line of numbered places, each of which has exactly one name.
 *
 * A layer begins with one name everywhere.  Claims are painted over it, pass
 * by pass: a claim of a later pass hides what is under it; within one pass the
 * claim that begins first keeps its place, and of those that begin together the longest, then the
 * heaviest, then the first made.  So whatever is claimed, and however claims overlap, a layer
 * tiles its line: that every byte has one owner is how it is built, not luck.
 *
 *	struct size_layer layer = { 0 };
 *	r = size_layer_fill(&layer, total, name);
 *	size_claim(&claims, start, end, name, 0);      failure is sticky
 *	r = size_layer_paint(&layer, &claims);         and empties the claims
 *
 * Run i reaches to the start of run i + 1, the last one to the end of the line.
 * Neighbouring runs have different names.
 */
#ifndef DEPGRAPH_SIZE_LAYER_H
#define DEPGRAPH_SIZE_LAYER_H

#include <stddef.h>
#include <stdint.h>

struct size_claim {
	uint64_t start, end;
	uint32_t name, weight;
};

struct size_claims {
	struct size_claim *items;
	size_t count, capacity;
	int error;
};

struct size_run {
	uint64_t start;
	uint32_t name;
};

struct size_layer {
	struct size_run *runs;
	size_t count, capacity;
	uint64_t total;
};

/* Empty ones (start >= end) are left out. */
void size_claim(struct size_claims *claims, uint64_t start, uint64_t end, uint32_t name, uint32_t weight);
/* Room for that many more, as far as it can be had. */
void size_claims_reserve(struct size_claims *claims, size_t more);
void size_claims_release(struct size_claims *claims);

int size_layer_fill(struct size_layer *layer, uint64_t total, uint32_t name);
/* Claims beyond the end are cut. 0 or -ENOMEM. */
int size_layer_paint(struct size_layer *layer, struct size_claims *claims);
void size_layer_release(struct size_layer *layer);

#endif
