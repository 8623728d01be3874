/* SPDX-License-Identifier: Apache-2.0 */
/* log_compare_private.h: what pairing, classifying and ranking share. */
#ifndef REPROCHECK_LOG_COMPARE_PRIVATE_H
#define REPROCHECK_LOG_COMPARE_PRIVATE_H

#include "base/cleanup.h"
#include "reprocheck/log/compare.h"

/* One log beside the other: of each file and set, in what way it differs; of each path, who made it. */
struct log_side {
	const struct log_store *s;
	uint32_t *producer;   /* by name: action; LOG_NONE */
	uint8_t *file_flags;  /* SIDE_* */
	uint8_t *set_flags;   /* of all members, those of inner sets too */
	uint32_t *match_of;   /* by action */
};
enum { SIDE_SOURCE = 1, SIDE_UNLOGGED = 2, SIDE_GENERATED = 4 };

void log_side_release(struct log_side *side);
/* match_of is left to log_pair_actions(). */
int log_side_make(const struct log_store *s, const struct log_store *other, struct log_side *ret);

/* log_pairing.c: fills c->matches (a and b only) and both match_of. */
int log_pair_actions(struct log_comparison *c, struct log_side *a, struct log_side *b);
/* log_sources.c: fills c->sources. */
int log_find_sources(struct log_comparison *c, const struct log_side *a, const struct log_side *b);
/* log_rank.c: fills c->roots, along A's graph. */
int log_rank(struct log_comparison *c, const struct log_side *a);

static inline struct log_match *log_match_at(const struct log_comparison *c, size_t i)
{
	return LOG_AT(&c->matches, struct log_match, i);
}

#endif
