/* SPDX-License-Identifier: Apache-2.0 */
/*
 * budget.h: what a program may cost, kept in a file, and what it costs now.
 *
 * The budget is JSON that people edit and review (docs/depgraph-budget.md):
 *
 *	{ "format": "depgraph-budget", "version": 1,
 *	  "files": { "app": { "file_bytes": 5200000, "loaded_bytes": 5400000,
 *	                      "sections": { ".text": 3100000 },
 *	                      "needed": ["libc.so.6"], "gpu": ["sm_90", "compute_90"] } },
 *	  "removable_bytes": { "proved": 100000 },
 *	  "tolerance_percent": 1 }
 *
 * A number is the most it may be; a list names all that it may hold.  A member that is
 * missing is not held.  tolerance_percent is added to every limit in bytes.
 *
 *	r = budget_measure(inputs, found, &now, &err);     json: the same form, with everything in it
 *	r = budget_read(path, &budget, &err);
 *	r = budget_check(budget, now, &reasons, &err);
 *
 * Files are matched by the path as it is given to the command.
 */
#ifndef DEPGRAPH_ANSWER_BUDGET_H
#define DEPGRAPH_ANSWER_BUDGET_H

#include "base/error.h"
#include "base/json.h"
#include "depgraph/inputs/inputs.h"
#include "depgraph/prune/suggestion.h"

struct budget_reason {
	char *file;    /* "" for the whole */
	char *what;    /* "file_bytes", "sections .text", "needed libfoo.so.1", "gpu sm_75", "removable_bytes proved" */
	uint64_t is, limit; /* bytes; 0 and 0 of a list */
};

struct budget_reasons {
	struct budget_reason *items;
	size_t count, capacity;
};

/* `found` (totalled) may be NULL: then nothing is said of what could go. Takes nothing. */
int budget_measure(const struct inputs *in, const struct suggestions *found, json_t **ret, struct error *err);
/* -EBADMSG: not a budget; err says where. */
int budget_read(const char *path, json_t **ret, struct error *err);
int budget_check(const json_t *budget, const json_t *now, struct budget_reasons *ret, struct error *err);
void budget_reasons_release(struct budget_reasons *r);

#endif
