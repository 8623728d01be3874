/* SPDX-License-Identifier: Apache-2.0 */
/*
 * axis_causes.h: from the axes that moved bytes to the cause's name.
 *
 * A recogniser reads bytes and can be wrong; an experiment measures axes and does
 * not know what the bytes mean.  A recognised cause stands where the axes allow
 * it (axis_fits); otherwise, and for bytes that nothing recognises, the axis's own cause
 * is named (axis_default_cause).
 */
#ifndef REPROCHECK_CAUSES_AXIS_CAUSES_H
#define REPROCHECK_CAUSES_AXIS_CAUSES_H

#include "reprocheck/run/axes.h"
#include "reprocheck/causes/causes.h"

#include <stdbool.h>

/* The id of the cause of bytes that this axis alone moves: bits as in axes.h, also the two beside the axes; never NULL. */
const char *axis_default_cause(unsigned bit);
/* Whether bytes that these axes move can have this cause. True for the empty set: nothing was measured. */
bool axis_fits(const struct cause *c, axis_set axes);
/* The cause for bytes that these axes move, where `recognised` (may be NULL) is what their looks say. Never NULL. */
const struct cause *axis_cause(const struct cause *recognised, axis_set axes);

#endif
