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
 * A decoded content whose words refer to places outside it (a compressed
 * .debug_info names strings of .debug_str) is *deferred*: it goes through
 * passes 1 to 3 at once, and through pass 4 when the outer map is finished too.
 *
 * Fields and replaced bytes are recognised in pass 2 at once; what needs the
 * whole map (words that may refer) is left as a *leaf* for pass 4.
 */
#ifndef REPROCHECK_COMPARE_WORKSPACE_H
#define REPROCHECK_COMPARE_WORKSPACE_H

#include "analyzers/layout.h"
#include "base/pool.h"
#include "reprocheck/run/axis_map.h"
#include "reprocheck/causes/causes.h"
#include "reprocheck/compare/result.h"
#include "reprocheck/compare/segments.h"

#include <pthread.h>

/* What one run of the command shares between all its spaces. */
struct engine {
	struct comparison *result;
	struct pool *pool;
	struct budget budget;
	struct facts facts;
	size_t places_max;
	bool no_source; /* nobody will read source lines */
	struct axis_map *record; /* of an experiment, see compare_options; NULL: none */
	axis_set record_axes;
	const struct axis_map *attributed;
};

/* A pair of parts whose bytes are compared by position, in the same layout kind. */
struct leaf {
	struct layout *layout[2];
	const struct part *part[2];
	const char *path;
};

#define BLOCK_SIZE UINT64_C(65536)

/* A place that is kept, and the image whose debug information may know its source. */
struct kept_place {
	struct place p;
	struct layout *image; /* held; NULL: none */
	uint8_t side;         /* whose image it is */
};

struct growing_finding {
	struct finding f;
	struct kept_place *kept;
	size_t kept_count, kept_capacity;
	uint64_t keep_to; /* places that begin later in A have lost already */
	uint32_t key;     /* what told it apart from others of its cause: the first `from`, or FINDING_NONE */
	uint32_t from[8]; /* finding indices, by cause: the first eight, in whatever order they were added */
	uint32_t from_count;
};

/* The encoded parts that decoded contents come from. */
struct origin {
	struct layout *layout[2];
	const struct part *part[2];
};

struct deferred {
	struct workspace *w;
	uint32_t finding; /* of the outer workspace: the payload */
};

struct workspace {
	struct engine *engine;
	struct workspace *outer; /* of the content that this one was decoded from; NULL for a root */
	struct origin origin;    /* layouts held */
	struct deferred *deferred;
	size_t deferred_count, deferred_capacity;
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
/* `outer` and `origin` are NULL for a root. *ret_deferred: set when the space waits for `outer` (then *ret_space has no
 * findings yet); may be NULL when outer is. */
int compare_contents(struct engine *e, struct content *a, struct content *b, struct workspace *outer,
		     const struct origin *origin, const char *name, struct space_list *ret,
		     struct space **ret_space, struct workspace **ret_deferred);
/* Takes `inner`, also when it fails. */
int workspace_defer(struct workspace *w, struct workspace *inner, uint32_t finding);
int space_list_add(struct space_list *l, struct space *s);
const char *engine_strdup(struct engine *e, const char *s);
const char *engine_printf(struct engine *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Something kept this space from being compared as it should; the run ends with status 2. Of several the first in the
 * alphabet is told. */
void workspace_trouble(struct workspace *w, const char *path, const char *what);
void workspace_note(struct workspace *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool workspace_equal(const struct workspace *w, uint64_t a, uint64_t b, uint64_t len);
/* find_difference() and count_differing() of bytes.h, without reading blocks that are known to be equal. */
uint64_t workspace_find(const struct workspace *w, uint64_t a, uint64_t b, uint64_t from, uint64_t len);
uint64_t workspace_count(const struct workspace *w, uint64_t a, uint64_t b, uint64_t len);

/* descend.c */
struct descent {
	struct workspace *w;
	struct segments out;      /* of this task */
	struct space_list spaces; /* decoded ones, in order */
	uint32_t order;           /* the finding that owns what only changed its order; FINDING_NONE */
};
/* What it is called when this format's things change places; NULL: it has no name, what moved is only moved. */
const char *order_cause(const struct layout *l);
void payload_follows(struct workspace *w, uint32_t finding, const struct space *inside);
int descend_layouts(struct descent *d, struct layout *a, struct layout *b, const char *path);

/* leaf.c: parts that are compared at once or left for pass 4. */
/* A run of raw bytes goes on over fewer than RUN_GAP equal ones, but not from one string into the next. */
#define RUN_GAP 4
#define RUN_MAX (UINT64_C(64) << 10)
/* Where the differing bytes at x end; *ret_next: where they begin again within RUN_GAP, or UINT64_MAX. */
uint64_t raw_run_end(const uint8_t *a, const uint8_t *b, uint64_t x, uint64_t len, uint64_t *ret_next);
/* How much of a run (in A) one set of axes moves; all of it where no experiment was made. */
uint64_t one_cause(const struct workspace *w, uint64_t a, uint64_t len);
int compare_leaf(struct descent *d, struct layout *la, const struct part *pa, struct layout *lb,
		 const struct part *pb, const char *path);
int add_found(struct descent *d, uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len, uint32_t finding);
int add_same(struct descent *d, uint64_t a, uint64_t b, uint64_t len);
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
/* FINDING_NONE when out of memory (w->error is set). */
uint32_t finding_get(struct workspace *w, const struct cause *cause, enum byte_class class,
		     enum evidence level, uint32_t from, axis_set axes);
/* Tells the experiment's map that the run differs. */
void record_difference(struct workspace *w, const struct run *run);
bool finding_is(struct workspace *w, uint32_t finding, const char *cause);
enum byte_class finding_class(struct workspace *w, uint32_t finding);
void finding_add_from(struct workspace *w, uint32_t finding, uint32_t from);
void finding_place(struct workspace *w, uint32_t finding, const struct run *run, const char *detail);
/* A place of bytes that only moved; mover: what moved them, NULL when it is not one place. */
void finding_shift(struct workspace *w, uint32_t finding, const struct segment *g,
		   const struct segment *mover);
int findings_finish(struct workspace *w);
void finding_release(struct growing_finding *g);

/* sources.c: gives kept places their source lines. */
/* The ELF file that a layout belongs to, with a reference for the caller; NULL: none, or nobody asks for lines. */
struct layout *sources_image(const struct workspace *w, const struct layout *l);
void sources_look_up(struct workspace *w);

/* derive.c: words. */
struct derive_state {
	size_t hint, outer_hint, inner_hint; /* where the last questions were answered, by map */
};
/* The word around differing byte `off` (offset in A's content, `b_off` in B's) that the map explains; false: none does. */
bool derive_word(const struct workspace *w, const struct leaf *leaf, uint64_t off, uint64_t b_off,
		 struct derive_state *state, uint64_t *ret_off, uint64_t *ret_len);
/* The same for a whole field of a record. */
bool derive_value(const struct workspace *w, const struct leaf *leaf, const struct reference *ra,
		  const struct reference *rb, uint64_t off, uint64_t b_off, struct derive_state *state);

/* Ends of objects, as values of the kind that `of` (the reference of their start) says. */
bool derive_end(const struct workspace *w, const struct leaf *leaf, const struct reference of[2],
		const uint64_t end[2], struct derive_state *state);

/* attribute.c: pass 4. */
int attribute(struct workspace *w);

#endif
