/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal_places.h: the places of one finding, as -v prints them.
 *
 *	  --> lib/x.a//member.o//.debug_str at 0x1a2b (21 -> 25 bytes), main+0x12, src/x.c:12
 *	      - /home/anna/build-1/src
 *	      + /home/anna/build-22/src
 *
 * Offsets are those in the space's content; the part of the two texts that
 * differs stands out in bold.
 */
#ifndef REPROCHECK_REPORT_TERMINAL_PLACES_H
#define REPROCHECK_REPORT_TERMINAL_PLACES_H

#include "reprocheck/report/summary.h"

#include <stdio.h>

/* At verbosity 1 the first few places, at 2 all that were kept, with context. */
void terminal_places(FILE *f, const struct ranked_finding *r, unsigned verbosity);

#endif
