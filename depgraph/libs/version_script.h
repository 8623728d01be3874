/* SPDX-License-Identifier: Apache-2.0 */
/*
 * version_script.h: the export list to write, complete.
 */
#ifndef DEPGRAPH_LIBS_VERSION_SCRIPT_H
#define DEPGRAPH_LIBS_VERSION_SCRIPT_H

#include "base/buffer.h"
#include "depgraph/libs/world.h"

/* For a library: a version script with what is kept, with the versions that it has now. */
void version_script_write(struct buffer *b, const struct world *w);
/* For a program: a dynamic list. */
void dynamic_list_write(struct buffer *b, const struct world *w);

#endif
