/* SPDX-License-Identifier: Apache-2.0 */
/* tell.h: rows told to a person, as JSON, as comma-separated values. */
#ifndef DEPGRAPH_SIZE_TELL_H
#define DEPGRAPH_SIZE_TELL_H

#include "base/json.h"
#include "depgraph/size/view.h"

#include <stdio.h>

struct size_telling {
	const struct size_view *view;
	const struct size_options *options;
	const char *const *paths; /* of two: OLD and NEW */
	size_t path_count;
	uint64_t files, unplaced;
	const char *note;         /* "" */
	unsigned verbosity;
};

/* 0 or -EIO. */
int size_tell_terminal(FILE *f, const struct size_telling *t);
int size_tell_csv(FILE *f, const struct size_telling *t);
int size_tell_json(FILE *f, const struct size_telling *t);
json_t *size_json(const struct size_telling *t); /* NULL: no memory */

#endif
