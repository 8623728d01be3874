/* SPDX-License-Identifier: Apache-2.0 */
/* suggest_private.h: one file under search, for suggest.c and compress.c. */
#ifndef DEPGRAPH_GPU_SUGGEST_PRIVATE_H
#define DEPGRAPH_GPU_SUGGEST_PRIVATE_H

#include "base/buffer.h"
#include "depgraph/gpu/keep.h"
#include "depgraph/prune/prune.h"

struct gpu_search {
	struct prune *p;
	const struct input *input;
	struct gpu_targets targets;
	struct buffer words;
	const char *declared;  /* the targets in words */
	struct gpu_code *code; /* of the input */
	struct gpu_keep *keep; /* NULL: no targets */
	uint32_t space;
};

/* The entry's section is part of what is loaded. */
bool gpu_search_loaded(const struct gpu_search *s, const struct gpu_entry *e);
/* Claims `saved` of the entry's bytes. */
void gpu_search_claim(struct gpu_search *s, struct suggestion *g, uint32_t entry, uint64_t saved);

/* compress.c */
int gpu_suggest_compress(struct gpu_search *s, struct error *err);

#endif
