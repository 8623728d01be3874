/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sketch.h: how much two contents have in common, without aligning them.
 *
 * A sketch is the set of the SKETCH_SIZE smallest hashes of the content's
 * shingles (windows of 16 bytes chosen by content, so that insertions do not
 * matter): Broder's bottom-k sketch.  The share of common hashes among the
 * smallest of the union estimates the Jaccard similarity.
 */
#ifndef REPROCHECK_COMPARE_SKETCH_H
#define REPROCHECK_COMPARE_SKETCH_H

#include <stddef.h>
#include <stdint.h>

#define SKETCH_SIZE 64
/* Below this share two contents are strangers. */
#define SKETCH_SIMILAR 0.35

struct sketch {
	uint64_t hashes[SKETCH_SIZE]; /* ascending */
	unsigned count;
};

void sketch_of(const uint8_t *p, uint64_t n,
	       struct sketch *ret); /* reads at most 4 MiB, spread over the content */
double sketch_similarity(const struct sketch *a, const struct sketch *b);

#endif
