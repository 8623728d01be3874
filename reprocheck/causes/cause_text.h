/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cause_text.h: a row of the table of causes, for people and for programs.
 */
#ifndef REPROCHECK_CAUSES_CAUSE_TEXT_H
#define REPROCHECK_CAUSES_CAUSE_TEXT_H

#include "reprocheck/causes/causes.h"

#include <jansson.h>
#include <stdio.h>

/* All that is known about a cause; paragraphs are wrapped at the width of the terminal. */
void cause_print(FILE *f, const struct cause *c);
/* The same as a section of docs/causes.md. */
void cause_markdown(FILE *f, const struct cause *c);
/* The same as an object; NULL: no memory. */
json_t *cause_json(const struct cause *c);
/* A document of such objects; takes the list, which is NULL when memory was missing. 0, -ENOMEM or -EIO. */
int causes_write(FILE *f, json_t *list);

#endif
