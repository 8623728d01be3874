/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libs.h: the room's own doors, beside the providers of prune.h.
 */
#ifndef DEPGRAPH_LIBS_LIBS_H
#define DEPGRAPH_LIBS_LIBS_H

#include "depgraph/inputs/inputs.h"
#include "depgraph/libs/bindings.h"
#include "depgraph/link/link.h"
#include "depgraph/model/graph.h"
#include "depgraph/prune/prune.h"

/*
 * Adds the closures of the linked files to an unfinished graph: a NODE_LIBRARY for each library (by path; by name where it was
 * not found), a NODE_SYMBOL in it for each symbol that something binds to, EDGE_NEEDED, and EDGE_BINDS from who uses it.  A linked
 * file that the graph has already (a NODE_OUTPUT of its path) is used; all of them are roots.
 */
int libs_graph(const struct inputs *in, struct graph *g, struct error *err);

/* The linked files that prune speaks of: inputs_output(), or all linked files given when that is none. At most `max`. */
size_t libs_outputs(const struct inputs *in, const struct input **ret, size_t max);
#define LIBS_OUTPUTS_MAX 256

/* The searches behind libs_suggest(). */
int libs_suggest_unused(struct prune *p, const struct input *output, struct error *err);  /* unused.c */
int libs_suggest_exports(struct prune *p, const struct input *output, struct error *err); /* exports.c */

/* The section of the link that an object's section is (its index in link->sections); UINT32_MAX: none. */
uint32_t libs_link_section(const struct link *l, const struct link_object *o, uint32_t index);

/* "-lfoo" of "libfoo.so.1", else the name itself; into `out`. */
const char *libs_link_word(const char *soname, char *out, size_t size);

#endif
