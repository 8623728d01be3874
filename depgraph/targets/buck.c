/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `buck2 uquery --json -A` and `buck2 cquery --json -A` (or --output-all-attributes, --output-format json):
 *
 *	{ "root//a:b": { "buck.type": "prelude//rules.bzl:cxx_library", "buck.package": "root//a:BUCK",
 *	                 "deps": ["root//x:y"], "exported_deps": [...], "srcs": ["root//a/b.cpp"], "link_whole": true }, ... }
 *
 * cquery's keys carry a configuration ("root//a:b (prelude//platforms:default#0123abcd)"), which is dropped: the
 * declarations of all configurations count.  Values may be lists, dicts (headers: name to source) or, unconfigured,
 * selects {"__type": "selector", "entries": {...}} and {"__type": "concat", "items": [...]}, of which every
 * branch counts.
 *
 * `buck2 aquery --output-format json -A`, actions by key:
 *
 *	{ "(target: `root//a:b (<cfg>)`, id: `0`)": { "kind": "run", "category": "cxx_link_executable",
 *	  "outputs": ["buck-out/..."] or "\"[...]\"", "cmd": "[clang++, -o, ...]" } }
 *
 * An action says which target its outputs belong to.  Sources: buck2.build (query, aquery);
 * facebook/buck2 tests/core/query.
 */
#include "depgraph/targets/bazel_rule.h"
#include "depgraph/targets/json_parts.h"
#include "depgraph/targets/reader.h"

#include <errno.h>
#include <string.h>

#define SELECT_DEPTH 16

/* Strings in whatever holds them; of a dict of sources the values. */
static void add_value(struct target_builder *b, uint32_t rule, const char *name, const json_t *v, unsigned depth)
{
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_string(v))
		bazel_attribute(b, rule, name, json_string_value(v), json_string_length(v));
	if (depth >= SELECT_DEPTH)
		return;
	for (i = 0; i < json_array_size(v); i++)
		add_value(b, rule, name, json_array_get(v, i), depth + 1);
	if (!json_is_object(v))
		return;
	json_object_foreach((json_t *)(uintptr_t)v, key, member)
		if (strcmp(key, "__type") != 0)
			add_value(b, rule, name, member, depth + 1);
}

/* "prelude//rules.bzl:cxx_library" -> "cxx_library" */
static const char *short_class(const char *s, size_t *n)
{
	const char *colon = memrchr(s, ':', *n);

	if (!colon)
		return s;
	*n -= (size_t)(colon + 1 - s);
	return colon + 1;
}

/* "root//a:BUCK" is a file in a package; the path is the package's. */
static size_t build_file(const char *package, size_t n, char *out, size_t size)
{
	return n ? bazel_label_path(package, n, true, out, size) : 0;
}

static size_t label_length(const struct json_part *part)
{
	const char *blank = memmem(part->key, part->key_len, " (", 2);

	return blank ? (size_t)(blank - part->key) : part->key_len;
}

static int read_node(struct target_builder *b, const struct json_parts *it, const struct json_part *part, const char *file,
		     struct error *err)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	size_t cn, pn;
	const char *class_name, *package, *key;
	char location[4096];
	json_t *value;
	uint32_t id;
	int r = json_part_load(it, part, file, &j, err);

	if (r < 0)
		return r;
	if (!json_is_object(j))
		return json_error_at(it->data, part->off, file, "a target's attributes are an object", err);
	class_name = json_member_text(j, "buck.type", &cn);
	class_name = short_class(class_name, &cn);
	package = json_member_text(j, "buck.package", &pn);
	id = bazel_rule(b, TARGETS_BUCK, part->key, label_length(part), class_name, cn, location,
			build_file(package, pn, location, sizeof(location)));
	json_object_foreach(j, key, value) {
		if (json_is_boolean(value))
			bazel_flag(b, id, key, json_is_true(value));
		else
			add_value(b, id, key, value, 0);
	}
	return 0;
}

static int read_nodes(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	struct json_parts it = json_parts_of(s->data, s->size);
	struct json_part part;

	while (json_parts_next(&it, &part)) {
		int r = part.key_len ? read_node(b, &it, &part, s->path, err) : 0;

		if (r < 0)
			return r;
	}
	return it.failed ? json_parts_error(&it, s->path, err) : 0;
}

/* ---- actions ------------------------------------------------------------------------------------------------ */

static const char action_key[] = "(target: `";

/* The label between the first backtick and the configuration or the second. */
static size_t action_label(const struct json_part *part, const char **ret)
{
	const char *end;
	size_t n;

	*ret = part->key + sizeof(action_key) - 1;
	n = part->key_len - (sizeof(action_key) - 1);
	end = memchr(*ret, '`', n);
	n = end ? (size_t)(end - *ret) : n;
	end = memmem(*ret, n, " (", 2);
	return end ? (size_t)(end - *ret) : n;
}

/* Every word of a list, or of a list printed as text, that is below buck-out. */
static void add_outputs(struct target_builder *b, uint32_t id, const json_t *v)
{
	const char *p = json_string_value(v), *end = p ? p + json_string_length(v) : NULL;
	size_t i;

	for (i = 0; i < json_array_size(v); i++)
		add_outputs(b, id, json_array_get(v, i));
	while (p && (p = memmem(p, (size_t)(end - p), "buck-out/", 9))) {
		const char *from = p;

		while (p < end && !strchr(" ,\"'[]()\n`", *p))
			p++;
		target_builder_item(b, id, TARGET_OUTPUTS, from, (size_t)(p - from));
	}
}

static int read_actions(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	struct json_parts it = json_parts_of(s->data, s->size);
	struct json_part part;

	while (json_parts_next(&it, &part)) {
		CLEANUP(json_decrefp) json_t *j = NULL;
		const char *label;
		size_t n;
		uint32_t id;
		int r;

		if (part.key_len < sizeof(action_key) || memcmp(part.key, action_key, sizeof(action_key) - 1) != 0)
			continue;
		r = json_part_load(&it, &part, s->path, &j, err);
		if (r < 0)
			return r;
		n = action_label(&part, &label);
		id = target_builder_target(b, label, n);
		target_builder_at(b, id)->system = TARGETS_BUCK;
		add_outputs(b, id, json_object_get(j, "outputs"));
	}
	return it.failed ? json_parts_error(&it, s->path, err) : 0;
}

/* The first key of the document. */
static bool first_key(const char *p, size_t n, const char **ret, size_t *ret_len)
{
	size_t at = reader_skip_space(p, n);
	const char *end;

	if (at >= n || p[at] != '{')
		return false;
	at++;
	at += reader_skip_space(p + at, n - at);
	if (at >= n || p[at] != '"')
		return false;
	*ret = p + at + 1;
	end = memchr(*ret, '"', n - at - 1);
	*ret_len = end ? (size_t)(end - *ret) : 0;
	return end != NULL;
}

static bool probe_nodes(const char *p, size_t n, bool whole)
{
	const char *key, *slashes;
	size_t k;

	(void)whole;
	if (!first_key(p, n, &key, &k) || *key == '(')
		return false;
	slashes = memmem(key, k, "//", 2);
	return slashes && memchr(slashes, ':', (size_t)(key + k - slashes));
}

static bool probe_actions(const char *p, size_t n, bool whole)
{
	const char *key;
	size_t k;

	(void)whole;
	return first_key(p, n, &key, &k) && k > sizeof(action_key) && !memcmp(key, action_key, sizeof(action_key) - 1);
}

const struct targets_reader targets_buck_json = { "Buck2 query (JSON)", probe_nodes, read_nodes };
const struct targets_reader targets_buck_actions = { "Buck2 aquery (JSON)", probe_actions, read_actions };
