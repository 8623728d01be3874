/* SPDX-License-Identifier: Apache-2.0 */
/* line_private.h: the parts of the link line's reader: line.c (records), line_options.c (what words mean), line_search.c (-lX). */
#ifndef DEPGRAPH_LINK_LINE_PRIVATE_H
#define DEPGRAPH_LINK_LINE_PRIVATE_H

#include "depgraph/link/line.h"

#define LINK_LINE_WORDS_MAX ((size_t)4 << 20)

/* By argv[0]. */
bool link_line_is_linker(const char *word);
bool link_line_is_driver(const char *word);
/* Links, rather than only compiles. */
bool link_line_links(char *const *words, size_t count);

/* Inputs, flags, search paths from argv. 0, -ENOMEM, -EFBIG. */
int link_line_options(struct link_line *l);
/* Paths of all inputs that are written as -lX, and of those that are not: the word itself. */
int link_line_resolve(struct link_line *l);
int link_line_add_input(struct link_line *l, const struct link_line_input *input);

#endif
