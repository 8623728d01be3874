/* SPDX-License-Identifier: Apache-2.0 */
/*
 * from_line.h: what a recorded link line names, when there is no map (private to inputs/).
 *
 * A map says what is in the link; a line only what was offered.  So its objects and libraries are opened only when
 * what is missing would be noticed: the linked file is there, with its symbol table, in which code that no opened object
 * defines shows (link.h: `opaque`).  A line with --whole-archive, --start-lib, a linker script of its own or -r is
 * left alone, as is one whose objects the user gave himself.
 */
#ifndef DEPGRAPH_INPUTS_FROM_LINE_H
#define DEPGRAPH_INPUTS_FROM_LINE_H

#include "depgraph/inputs/inputs.h"

/* in->link_line, if any. Its output is added when no linked file was given and it is there. */
int inputs_from_line(struct inputs *in, struct error *err);

#endif
