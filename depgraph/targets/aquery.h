/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aquery.h: the tables of Bazel's action graph, and what they say together.
 *
 *	path fragments   id -> name, parent        "bazel-out" / "k8-fastbuild" / "bin" / ...
 *	artifacts        id -> path fragment
 *	targets          id -> label
 *	actions          target, mnemonic, outputs (artifacts)
 *
 * Ids are only numbers: small and dense in what Bazel writes, anything in a hostile file, so tables are sorted
 * lists.  An aquery tells which file belongs to which target; who depends on whom is in query and cquery.
 * Rows may come in any order; aquery_finish() joins them.
 */
#ifndef DEPGRAPH_TARGETS_AQUERY_H
#define DEPGRAPH_TARGETS_AQUERY_H

#include "depgraph/targets/builder.h"

struct aquery_row {
	uint64_t id, other; /* fragment: parent; artifact: fragment; output: target and artifact; target: the builder's id */
	const char *text;   /* of a fragment, interned */
};

struct aquery_table {
	struct aquery_row *rows;
	size_t count, capacity;
};

struct aquery {
	struct target_builder *b;
	struct aquery_table fragments, artifacts, targets, outputs;
	int error;
};

void aquery_release(struct aquery *a);
void aquery_fragment(struct aquery *a, uint64_t id, uint64_t parent, const char *text, size_t n);
void aquery_artifact(struct aquery *a, uint64_t id, uint64_t fragment);
void aquery_target(struct aquery *a, uint64_t id, const char *label, size_t n);
/* An output of an action that compiles, links or archives; others are not asked for. */
void aquery_output(struct aquery *a, uint64_t target, uint64_t artifact);
bool aquery_wants(const char *mnemonic, size_t n);
int aquery_finish(struct aquery *a);

#endif
