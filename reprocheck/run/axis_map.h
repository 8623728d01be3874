/* SPDX-License-Identifier: Apache-2.0 */
/*
 * axis_map.h: which ranges of the control build's contents each axis moved.
 *
 * All comparisons of an experiment have the same A, the control build, so that ranges
 * in A's coordinates can be laid over each other.  A comparison *records* into
 * the map (compare_options.record): each differing run, under its space's name.
 * When all are in, the map is sealed, and another comparison is *attributed* by it
 * (compare_options.attributed): each of its runs asks which axes moved the same place, and findings are told apart by
 * the answer.
 *
 * A place where B has something that A has not is the empty range at its
 * offset; it meets any range that it touches.
 * Differences between directory entries (modes, links, presence) go under the entry's name
 * and what differs.
 *
 * Recording is thread-safe.  Memory: 24 bytes a run that does not touch the one before; at
 * most RANGES_MAX a space, beyond which near ranges are joined (attribution then errs
 * towards naming an axis more).
 */
#ifndef REPROCHECK_RUN_AXIS_MAP_H
#define REPROCHECK_RUN_AXIS_MAP_H

#include "base/cleanup.h"
#include "reprocheck/run/axes.h"

#include <stdbool.h>
#include <stdint.h>

struct axis_map;

int axis_map_new(struct axis_map **ret);
void axis_map_free(struct axis_map *m);
DEFINE_CLEANUP(struct axis_map *, axis_map_free)

int axis_map_add(struct axis_map *m, const char *space, uint64_t off, uint64_t len, axis_set axes);
int axis_map_add_entry(struct axis_map *m, const char *name, const char *what, axis_set axes);
/* May be called again after more was added. */
int axis_map_seal(struct axis_map *m);
int axis_map_merge(struct axis_map *m, const struct axis_map *from); /* adds all that `from` has */
/* The union over all ranges that meet [off, off + len). Of a sealed map only. */
axis_set axis_map_at(const struct axis_map *m, const char *space, uint64_t off, uint64_t len);
/* How much of the beginning of [off, off + len) one set of axes moves; what none moves belongs to what is before it. */
uint64_t axis_map_border(const struct axis_map *m, const char *space, uint64_t off, uint64_t len);
axis_set axis_map_entry(const struct axis_map *m, const char *name, const char *what);
/* The union of all. */
axis_set axis_map_union(const struct axis_map *m);

#endif
