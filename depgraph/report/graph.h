/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graph.h: the merged model as a drawing or as data.
 *
 * All return 0, -ENOMEM, or -EIO when the stream failed.  Names come from the
 * input and are escaped for each medium.  The forms are described in docs/depgraph-graph.md.
 */
#ifndef DEPGRAPH_REPORT_GRAPH_H
#define DEPGRAPH_REPORT_GRAPH_H

#include "depgraph/answer/merge.h"

#include <stdio.h>

int graph_dot(FILE *f, const struct model *m, const struct merged *r);     /* Graphviz */
int graph_graphml(FILE *f, const struct model *m, const struct merged *r); /* GraphML 1.0: yEd, Gephi, NetworkX */
int graph_json(FILE *f, const struct model *m, const struct merged *r);
/* A page of its own: an icicle of bytes; a click says why a thing is there and what removing it saves. */
int graph_html(FILE *f, const struct model *m, const struct merged *r);

#endif
