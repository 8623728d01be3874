/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h: what `depgraph prune --json` found, read back to be done.
 *
 * A plan may come from anywhere: sizes are capped, every member is checked for
 * its type, and nothing in it is believed about a file but which bytes it was
 * made for.  apply_plan_check() compares those: a plan for another file is refused.
 *
 *	CLEANUP(apply_plan_freep) struct apply_plan *p = NULL;
 *	r = apply_plan_read("plan.json", &p, &err);
 *	for (i = 0; i < p->suggestion_count; i++) ... p->suggestions[i].action ...
 *	r = apply_plan_check(p, path, content, &err);
 *
 * Strings and actions are the plan's own and live as long as it.  The format: docs/depgraph-plan.md.
 */
#ifndef DEPGRAPH_APPLY_PLAN_H
#define DEPGRAPH_APPLY_PLAN_H

#include "base/cleanup.h"
#include "base/content.h"
#include "base/json.h"
#include "depgraph/prune/suggestion.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define APPLY_PLAN_BYTES_MAX ((uint64_t)512 << 20)
#define APPLY_PLAN_ROWS_MAX ((size_t)1 << 22)

struct apply_input {
	const char *path;
	uint64_t size;
	const char *sha256; /* 64 hexadecimal digits; NULL: the plan has none (a tree) */
};

struct apply_suggestion {
	const char *id, *kind, *subject;
	enum evidence_level evidence;
	uint64_t bytes;
	const json_t *action; /* an object with a "do"; NULL: an edit by hand */
	const char *does;     /* its "do"; NULL */
};

struct apply_plan {
	json_t *root;
	struct apply_input *inputs;
	size_t input_count;
	struct apply_suggestion *suggestions;
	size_t suggestion_count;
	const json_t *targets; /* options.targets: an array of strings; NULL */
};

/* -EBADMSG: no plan, or malformed (err says where). -EFBIG. */
int apply_plan_read(const char *path, struct apply_plan **ret, struct error *err);
int apply_plan_parse(const char *name, const char *text, size_t size, struct apply_plan **ret, struct error *err);
void apply_plan_free(struct apply_plan *p);
DEFINE_CLEANUP(struct apply_plan *, apply_plan_free)

/* -ENOENT: the plan does not name the file. -ESTALE: it was made for other bytes. */
int apply_plan_check(const struct apply_plan *p, const char *path, const struct content *c, struct error *err);
/* All that have a digest and are still there: what is done concerns the link as a whole. -ESTALE. */
int apply_plan_check_inputs(const struct apply_plan *p, struct error *err);

/* Members of an action; each is what it should be, or -EBADMSG with the suggestion's id in err. */
int apply_action_text(const struct apply_suggestion *s, const char *key, const char **ret, struct error *err);
int apply_action_strings(const struct apply_suggestion *s, const char *key, const json_t **ret, struct error *err);

#endif
