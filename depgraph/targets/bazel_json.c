/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `bazel query --output=jsonproto | streamed_jsonproto` and `bazel cquery
 * --output=jsonproto`: the messages of build.proto in protobuf's JSON form (lowerCamelCase names, enums by name).
 *
 *	query:     {"target": [TARGET...]}
 *	streamed:  TARGET, one a line
 *	cquery:    {"results": [{"target": TARGET, "configurationId": 1}...], "configurations": [...]}
 *
 *	TARGET:    {"type": "RULE", "rule": {"name": "//a:b", "ruleClass": "cc_library", "location": "/ws/a/BUILD:1:11",
 *	            "attribute": [{"name": "deps", "type": "LABEL_LIST", "stringListValue": ["//x:y"]}...], "ruleOutput": [...]}}
 *
 * With --noproto:flatten_selects an attribute has a "selectorList" of "elements" of "entries", each with the values
 * of one branch: all branches count, as in the flattened form.  Source: bazelbuild/bazel
 * src/main/protobuf/{build,analysis_v2}.proto.
 */
#include "depgraph/targets/bazel_rule.h"
#include "depgraph/targets/json_parts.h"
#include "depgraph/targets/reader.h"

#include <errno.h>
#include <string.h>

/* The values of one attribute, or of one branch of its select. */
static void add_values(struct target_builder *b, uint32_t rule, const char *name, const json_t *a)
{
	const json_t *list = json_object_get(a, "stringListValue"), *s = json_object_get(a, "stringValue");
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);

		if (json_is_string(v))
			bazel_attribute(b, rule, name, json_string_value(v), json_string_length(v));
	}
	if (json_is_string(s))
		bazel_attribute(b, rule, name, json_string_value(s), json_string_length(s));
	if (json_is_true(json_object_get(a, "booleanValue")))
		bazel_flag(b, rule, name, true);
}

static void add_attribute(struct target_builder *b, uint32_t rule, const json_t *a)
{
	const char *name = json_string_value(json_object_get(a, "name"));
	const json_t *elements = json_object_get(json_object_get(a, "selectorList"), "elements");
	size_t i, k;

	if (!name)
		return;
	add_values(b, rule, name, a);
	for (i = 0; i < json_array_size(elements); i++) {
		const json_t *entries = json_object_get(json_array_get(elements, i), "entries");

		for (k = 0; k < json_array_size(entries); k++)
			add_values(b, rule, name, json_array_get(entries, k));
	}
}

static void add_target(struct target_builder *b, const json_t *target)
{
	const json_t *rule = json_object_get(target, "rule"), *list;
	size_t nn, cn, ln, i;
	const char *name = json_member_text(rule, "name", &nn), *class_name = json_member_text(rule, "ruleClass", &cn);
	const char *location = json_member_text(rule, "location", &ln);
	uint32_t id;

	if (!nn)
		return;
	id = bazel_rule(b, TARGETS_BAZEL, name, nn, class_name, cn, location, ln);
	list = json_object_get(rule, "attribute");
	for (i = 0; i < json_array_size(list); i++)
		add_attribute(b, id, json_array_get(list, i));
	list = json_object_get(rule, "ruleOutput");
	for (i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);

		if (json_is_string(v))
			bazel_output(b, id, json_string_value(v), json_string_length(v));
	}
}

static void add_query_target(void *ctx, const json_t *j)
{
	add_target(ctx, j);
}

static void add_cquery_target(void *ctx, const json_t *j)
{
	add_target(ctx, json_object_get(j, "target"));
}

static int read_document(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	struct json_parts it = json_parts_of(s->data, s->size);
	struct json_part part;
	int r;

	while (json_parts_next(&it, &part)) {
		bool configured = json_part_is(&part, "results");

		if (!configured && !json_part_is(&part, "target"))
			continue;
		r = json_part_each(&it, &part, s->path, configured ? add_cquery_target : add_query_target, b, err);
		if (r < 0)
			return r;
	}
	return it.failed ? json_parts_error(&it, s->path, err) : 0;
}

static int read_lines(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	struct json_parts it = json_parts_of(s->data, s->size);
	struct json_part part = { 0 };

	while (part.off < s->size) {
		CLEANUP(json_decrefp) json_t *j = NULL;
		const char *end = memchr(s->data + part.off, '\n', s->size - part.off);
		int r;

		part.len = end ? (uint64_t)(end - s->data) - part.off : s->size - part.off;
		if (reader_skip_space(s->data + part.off, part.len) < part.len) {
			r = json_part_load(&it, &part, s->path, &j, err);
			if (r < 0)
				return r;
			add_target(b, j);
		}
		part.off += part.len + 1;
	}
	return 0;
}

/* The first key of the document, without its quotes; NULL. */
static bool first_key_is(const char *p, size_t n, const char *key)
{
	size_t at = reader_skip_space(p, n), k = strlen(key);

	if (at >= n || p[at] != '{')
		return false;
	at++;
	at += reader_skip_space(p + at, n - at);
	return n - at > k + 2 && p[at] == '"' && !memcmp(p + at + 1, key, k) && p[at + 1 + k] == '"';
}

static bool probe_document(const char *p, size_t n, bool whole)
{
	(void)whole;
	return (first_key_is(p, n, "target") || first_key_is(p, n, "results")) &&
	       (reader_has(p, n, "\"rule\"") || reader_has(p, n, "\"sourceFile\"") || reader_has(p, n, "\"generatedFile\""));
}

static bool probe_lines(const char *p, size_t n, bool whole)
{
	const char *end = memchr(p, '\n', n);
	size_t line = end ? (size_t)(end - p) : n;

	(void)whole;
	return first_key_is(p, line, "type") && (reader_has(p, line, "\"rule\"") || reader_has(p, line, "\"sourceFile\"") ||
						 reader_has(p, line, "\"generatedFile\"") || reader_has(p, line, "\"packageGroup\""));
}

const struct targets_reader targets_bazel_json = { "Bazel query (JSON)", probe_document, read_document };
const struct targets_reader targets_bazel_json_lines = { "Bazel query (streamed JSON)", probe_lines, read_lines };
