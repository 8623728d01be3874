/* SPDX-License-Identifier: Apache-2.0 */
/*
 * workspace.h: one space while it is being compared (private to the engine).
 *
 * The passes, in order (compare_contents in space.c reads as their table of
 * contents):
 *
 *   1. index      equal blocks of the two contents are found in parallel
 *   2. descend    layouts are paired part by part, only where bytes differ;
 *                 every byte ends in a segment (segments.h)
 *   3. finish     the segments become the map of offsets
 *   4. attribute  every differing position goes to one finding: words are
 *                 explained by the map, the rest is recognised
 *
 * Fields and replaced bytes are recognised in pass 2 at once; what needs the
 * whole map (words that may refer) is left as a *leaf* for pass 4.
 */
#ifndef REPROCHECK_WORKSPACE_H
#define REPROCHECK_WORKSPACE_H

#include "analyzers/layout.h"
#include "base/pool.h"
#include "reprocheck/causes.h"
#include "reprocheck/result.h"
#include "reprocheck/segments.h"

#include <pthread.h>

/* What one run of the command shares between all its spaces. */
struct engine {
	struct comparison *result;
	struct pool *pool;
	struct budget budget;
	struct facts facts;
	size_t places_max;
	bool no_source; /* do not ask for source lines */
};

/* A pair of parts whose bytes are compared by position, in the same layout kind. */
struct leaf {
	struct layout *layout[2];
	const struct part *part[2];
	const char *path;
};

#define BLOCK_SIZE UINT64_C(65536)

struct growing_finding {
	struct finding f;
	size_t places_capacity;
	uint32_t from[8]; /* finding indices */
	uint32_t from_count;
};

struct workspace {
	struct engine *engine;
	struct space *space;
	struct content *content[2];
	const uint8_t *data[2];
	uint64_t size[2];
	uint8_t *block_differs; /* for equal sizes: one flag a block; NULL otherwise */
	uint64_t differing;     /* counted by pass 1, independent of pass 4 */

	struct segments segments;

	pthread_mutex_t lock; /* of leaves, findings, notes and the space's part of the arena */
	struct leaf *leaves;
	size_t leaf_count, leaf_capacity;
	struct growing_finding *findings;
	size_t finding_count, finding_capacity;
	int error;
};

/* space.c: compares two contents as a new space, recursively; appends it (and then its decoded spaces) to `ret`. */
struct space_list {
	struct space **items;
	size_t count, capacity;
};
/* The encoded parts that decoded contents come from. */
struct origin {
	struct layout *layout[2];
	const struct part *part[2];
};
int compare_contents(struct engine *e, struct content *a, struct content *b, const struct origin *origin,
		     const char *name, struct space *parent, struct space_list *ret, struct space **ret_space);
int space_list_add(struct space_list *l, struct space *s);
const char *engine_strdup(struct engine *e, const char *s);
const char *engine_printf(struct engine *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void workspace_note(struct workspace *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool workspace_equal(const struct workspace *w, uint64_t a, uint64_t b, uint64_t len);

/* descend.c */
struct descent {
	struct workspace *w;
	struct segments out;      /* of this task */
	struct space_list spaces; /* decoded ones, in order */
	uint32_t order;           /* the finding that owns what only changed its order; FINDING_NONE */
};
const char *order_cause(const struct layout *l); /* what it is called when this format's things change places */
int descend_layouts(struct descent *d, struct layout *a, struct layout *b, const char *path);

/* leaf.c: parts that are compared at once or left for pass 4. */
int compare_leaf(struct descent *d, struct layout *la, const struct part *pa, struct layout *lb, const struct part *pb,
		 const char *path);
int add_found(struct descent *d, uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len, uint32_t finding);
int add_same(struct descent *d, uint64_t a, uint64_t b, uint64_t len);
/* Two windows of different formats, compared as bytes. The parts live as long as the layouts (they are copied). */
int compare_raw(struct descent *d, struct layout *a, const struct part *pa, struct layout *b, const struct part *pb);
/* Recognises one run of a leaf pair (offsets in the contents) and returns its finding, with a place. */
struct run {
	struct layout *layout[2];
	const struct part *part[2];
	const struct record_field *field;
	const char *path;
	uint64_t off[2], len[2];
};
uint32_t find_cause(struct workspace *w, const struct run *run, bool add_place);
/* A finding that the engine concludes. */
uint32_t conclude(struct workspace *w, const struct run *run, const char *cause, enum byte_class class,
		  enum evidence level, const char *detail, bool add_place);

/* findings.c */
uint32_t finding_get(struct workspace *w, const struct cause *cause, enum byte_class class, enum evidence level,
		     uint32_t from); /* FINDING_NONE when out of memory (w->error is set) */
enum byte_class finding_class(struct workspace *w, uint32_t finding);
void finding_add_from(struct workspace *w, uint32_t finding, uint32_t from);
void finding_place(struct workspace *w, uint32_t finding, const struct run *run, const char *detail);
int findings_finish(struct workspace *w);

/* derive.c: words. */
struct derive_state {
	size_t hint;
};
/* The word around differing byte `off` (offset in A's content, `b_off` in B's) that the map explains; false: none does. */
bool derive_word(const struct workspace *w, const struct leaf *leaf, uint64_t off, uint64_t b_off,
		 struct derive_state *state, uint64_t *ret_off, uint64_t *ret_len);
/* The same for a whole field of a record. */
bool derive_value(const struct workspace *w, const struct leaf *leaf, const struct reference *ra,
		  const struct reference *rb, uint64_t off, uint64_t b_off, struct derive_state *state);

/* attribute.c: pass 4. */
int attribute(struct workspace *w);

#endif
