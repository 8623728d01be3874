/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h: the exports of one linked file, and who of a closed set of binaries uses each.
 *
 *	r = world_new(prune, output, &w, &err);
 *	for (i = 0; i < w->count; i++) if (!world_keeps(&w->exports[i])) ...
 *	world_free(w);
 *
 * The world is what --closed-world names, the other linked files given, and the libraries that all of these are loaded with.
 */
#ifndef DEPGRAPH_LIBS_WORLD_H
#define DEPGRAPH_LIBS_WORLD_H

#include "base/arena.h"
#include "depgraph/prune/prune.h"

struct world_export {
	const char *name;
	const char *version; /* NULL: none */
	uint32_t symbol;     /* in .dynsym */
	uint64_t size;
	bool function;
	bool imported; /* by a file of the world */
	bool doubled;  /* defined by another one too: it may interpose, or be interposed */
	bool named;    /* a file that calls dlsym holds its name */
};

struct world {
	const struct input *output;
	struct world_export *exports;
	size_t count;
	size_t files;         /* other than the output, that were looked at */
	const char *dlsym;    /* a file that looks symbols up by name; NULL: none does */
	const char *missing;  /* a library of the world that was not found; NULL */
	struct arena arena;
	uint32_t *slots;
	size_t slot_count;
};

static inline bool world_keeps(const struct world_export *e)
{
	return e->imported || e->doubled || e->named;
}

int world_new(struct prune *p, const struct input *output, struct world **ret, struct error *err);
void world_free(struct world *w);
DEFINE_CLEANUP(struct world *, world_free)

#endif
