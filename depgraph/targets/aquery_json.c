/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `bazel aquery --output=jsonproto`: ActionGraphContainer of analysis_v2.proto in JSON:
 *
 *	{ "artifacts": [{"id": 1, "pathFragmentId": 1}], "actions": [{"targetId": 1, "mnemonic": "CppLink", "outputIds": [3]}],
 *	  "targets": [{"id": 1, "label": "//a:b", "ruleClassId": 1}], "pathFragments": [{"id": 1, "label": "x", "parentId": 2}], ... }
 *
 * The first form (--noincremental, before Bazel 4: "execPath", ids as strings) is read too.  Source:
 * bazelbuild/bazel src/main/protobuf/analysis_v2.proto.
 */
#include "depgraph/targets/aquery.h"
#include "depgraph/targets/json_parts.h"
#include "depgraph/targets/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t number(const json_t *v)
{
	if (json_is_string(v))
		return strtoull(json_string_value(v), NULL, 10);
	return json_is_integer(v) && json_integer_value(v) > 0 ? (uint64_t)json_integer_value(v) : 0;
}

static uint64_t number_of(const json_t *j, const char *key)
{
	return number(json_object_get(j, key));
}

static void add_action(struct aquery *a, const json_t *j)
{
	const json_t *list = json_object_get(j, "outputIds");
	size_t n, i;
	const char *mnemonic = json_member_text(j, "mnemonic", &n);

	if (!aquery_wants(mnemonic, n))
		return;
	for (i = 0; i < json_array_size(list); i++)
		aquery_output(a, number_of(j, "targetId"), number(json_array_get(list, i)));
}

struct rows {
	struct aquery *a;
	const struct json_part *table; /* that they are of */
};

static void add_row(void *ctx, const json_t *j)
{
	const struct rows *rows = ctx;
	const struct json_part *table = rows->table;
	struct aquery *a = rows->a;
	size_t n;
	const char *text;

	if (json_part_is(table, "actions")) {
		add_action(a, j);
	} else if (json_part_is(table, "targets")) {
		text = json_member_text(j, "label", &n);
		aquery_target(a, number_of(j, "id"), text, n);
	} else if (json_part_is(table, "pathFragments")) {
		text = json_member_text(j, "label", &n);
		aquery_fragment(a, number_of(j, "id"), number_of(j, "parentId"), text, n);
	} else if (json_part_is(table, "artifacts")) {
		text = json_member_text(j, "execPath", &n);
		/* A whole path is a fragment without parents, under a number that no other has. */
		if (n)
			aquery_fragment(a, UINT64_MAX - number_of(j, "id"), 0, text, n);
		aquery_artifact(a, number_of(j, "id"), n ? UINT64_MAX - number_of(j, "id") : number_of(j, "pathFragmentId"));
	}
}

static bool is_table(const struct json_part *part)
{
	return json_part_is(part, "actions") || json_part_is(part, "targets") || json_part_is(part, "pathFragments") ||
	       json_part_is(part, "artifacts");
}

static int read_aquery(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	CLEANUP(aquery_release) struct aquery a = { .b = b };
	struct json_parts it = json_parts_of(s->data, s->size);
	struct json_part part;

	while (json_parts_next(&it, &part)) {
		struct rows rows = { &a, &part };
		int r = is_table(&part) ? json_part_each(&it, &part, s->path, add_row, &rows, err) : 0;

		if (r < 0)
			return r;
	}
	return it.failed ? json_parts_error(&it, s->path, err) : aquery_finish(&a);
}

static bool probe(const char *p, size_t n, bool whole)
{
	size_t at = reader_skip_space(p, n);

	(void)whole;
	if (at >= n || p[at] != '{')
		return false;
	at++;
	at += reader_skip_space(p + at, n - at);
	return n - at > 12 && (!memcmp(p + at, "\"artifacts\"", 11) || (!memcmp(p + at, "\"actions\"", 9) && reader_has(p, n, "\"mnemonic\"")));
}

const struct targets_reader targets_aquery_json = { "Bazel aquery (JSON)", probe, read_aquery };
