/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verb_private.h: what is made from the verb tables: dispatch (verb.c), help
 * (verb_help.c), completion scripts and the man page (verb_docs.c).
 */
#ifndef BASE_VERB_PRIVATE_H
#define BASE_VERB_PRIVATE_H

#include "base/verb.h"

#include <stdio.h>

/* Whether the option needs a value ("--name=value" or "--name value"), or may have one. */
bool option_needs_value(const struct option_spec *o);
bool option_may_have_value(const struct option_spec *o);

/* The heading that help prints over the option. */
const char *option_group(const struct option_spec *o);
/* The next option behind `after` (NULL: the first) whose group no option before it has. */
const struct option_spec *option_next_group(const struct option_spec *table, const struct option_spec *after);

void help_program(const struct program *program, FILE *f);
void help_verb(const struct program *program, const struct verb *verb, FILE *f);

/* -EINVAL: no such shell. */
int docs_completion(const struct program *program, const char *shell, FILE *f);
void docs_man_page(const struct program *program, FILE *f);

#endif
