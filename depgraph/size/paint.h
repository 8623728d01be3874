/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paint.h: one file's places named by a key.  Private to this room.
 *
 * A canvas is a layer in the making.  Claims have a rank: what the file says of itself at
 * large is painted first, what it says in detail last.  size_structure() names every place by what the
 * ELF file has there; each key adds what it knows (size_paint_KEY), and size_canvas_finish() makes the layer.
 */
#ifndef DEPGRAPH_SIZE_PAINT_H
#define DEPGRAPH_SIZE_PAINT_H

#include "analyzers/gpu.h"
#include "analyzers/linkmap.h"
#include "depgraph/size/size.h"
#include "depgraph/size/space.h"

enum size_rank { SIZE_WINDOWS, SIZE_SEGMENTS, SIZE_SECTIONS, SIZE_HEADERS, SIZE_COARSE, SIZE_DETAIL, SIZE_RANKS };

struct size_canvas {
	struct size_claims claims[SIZE_RANKS];
};

/* The file that is being measured. */
struct size_subject {
	const struct size_options *options;
	struct size_tree *tree;
	const char *path;      /* as it was opened */
	const char *shown;     /* as rows name it */
	bool alone;            /* the only input, and no tree */
	const char *package;   /* its distribution; NULL: none */
	struct size_space space;
	bool archive;
	bool keep;             /* the content outlives the tree: names need not be copied */
	const struct linkmap *map;
	const struct gpu_code *gpu; /* NULL: not asked for, or none */
	struct budget budget;       /* of decoding it */
};

/* `plain`: sections by their names alone; otherwise in brackets, as what is left of them. */
void size_structure(struct size_subject *s, struct size_canvas *c, bool plain);
void size_paint_segments(struct size_subject *s, struct size_canvas *c);
void size_paint_symbols(struct size_subject *s, struct size_canvas *c, bool scopes);
void size_paint_gpu(struct size_subject *s, struct size_canvas *c, bool kernels);
/* -EINVAL: the map is another link's. */
int size_paint_origin(struct size_subject *s, struct size_canvas *c, enum size_key key, struct error *err);
int size_paint_sources(struct size_subject *s, struct size_canvas *c, struct error *err);

/* Names of places [start, end) divided among n names in proportion to their weights, to the byte. */
void size_divide(struct size_claims *claims, uint64_t start, uint64_t end, const uint32_t *names, const uint64_t *weights,
		 size_t n);
void size_note(struct size_tree *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
