/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segments.h: how the bytes of one content stand against those of another.
 *
 * A segment says that [a, a+a_len) of A corresponds to [b, b+b_len) of B.  The
 * segments of a finished space cover every byte of A exactly once, and every
 * byte of B exactly once, in any order (members may be permuted).  So they are
 * also the map of offsets by which derived words are recomputed.
 *
 *   SEGMENT_SAME   equal bytes (a_len == b_len)
 *   SEGMENT_LEAF   same length, bytes may differ; words in it are explained
 *                  later, when the whole map is known
 *   SEGMENT_FOUND  replaced, inserted or deleted bytes that belong to a finding
 *
 * Memory is proportional to the number of places where alignment breaks, never
 * to the input: neighbours that continue each other are merged when added.
 */
#ifndef REPROCHECK_COMPARE_SEGMENTS_H
#define REPROCHECK_COMPARE_SEGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum segment_kind { SEGMENT_SAME, SEGMENT_LEAF, SEGMENT_FOUND };

#define FINDING_NONE UINT32_MAX

struct segment {
	uint64_t a, a_len, b, b_len;
	uint32_t index; /* SEGMENT_LEAF: the leaf; SEGMENT_FOUND: the finding */
	uint32_t moved; /* SAME, LEAF: the finding that owns what only moved, or FINDING_NONE */
	enum segment_kind kind;
};

struct segments {
	struct segment *items; /* sorted by a after segments_finish (a_len 0: where it would stand) */
	uint32_t *by_b;        /* indices of items sorted by b */
	size_t count, capacity;
};

void segments_release(struct segments *s);
int segments_add(struct segments *s, const struct segment *item);
int segments_append(struct segments *s, const struct segments *from);
int segments_finish(struct segments *s);

/* The item that holds offset `off` of A (or B); count when none. */
size_t segments_at_a(const struct segments *s, uint64_t off);
size_t segments_at_b(const struct segments *s, uint64_t off); /* index into by_b */

/*
 * Does the place `a_off` of A correspond to the place `b_off` of B?  A place on a border belongs to the segments on both
 * sides, so an insertion at a string's start leaves either answer right.  `hint` (an item index, may be any) makes
 * neighbouring questions cheap.
 */
bool segments_maps(const struct segments *s, uint64_t a_off, uint64_t b_off, size_t *hint);

#endif
