/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CMake file API's reply: an index, in it the name of the codemodel, in it a file for each target, all in one directory
 * (BUILD/.cmake/api/v1/reply), written when BUILD/.cmake/api/v1/query/codemodel-v2 was there at configuration.
 *
 *	index-*.json     "reply": {"codemodel-v2": {"jsonFile": ...}}, or "objects": [{"kind": "codemodel", "jsonFile": ...}]
 *	codemodel-v2-*   "paths": {"source", "build"}, "configurations": [{"targets": [{"id", "name", "jsonFile"}]}]
 *	target-*         "artifacts", "sources", "compileGroups", "dependencies": [{"id", "backtrace"}],
 *	                 "link": {"commandFragments": [{"role": "libraries", "fragment": "x/libx.a", "backtrace"}]},
 *	                 "backtraceGraph": {"commands", "files", "nodes": [{"file", "line", "command", "parent"}]}
 *
 * What it does not say: whether a dependency is PUBLIC, PRIVATE or INTERFACE, and which ones are direct: "dependencies" is the
 * closure.  The second is found out: the fragment of a library that comes through another target has the
 * backtrace of that target's target_link_libraries().  A static library has no fragments; there, what another
 * dependency already brings counts as coming from there, so that no edit is suggested to a line that may not have it.
 *
 * Objects are not listed either; the Makefile and Ninja generators put them below CMakeFiles/NAME.dir/ of the target's build
 * directory.  Source: cmake-file-api(7); checked with CMake 3.25.1.
 */
#include "depgraph/targets/json_parts.h"
#include "depgraph/targets/reader.h"

#include "base/content.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLY_FILE_MAX ((uint64_t)1 << 30)

struct cmake_edge {
	uint32_t from, to, place;
	bool fragment;    /* the place is the fragment's: exact */
	bool links;
};

struct cmake {
	struct target_builder *b;
	struct error *err;
	const char *index; /* path of the file that was given: the others lie beside it */
	const char *source, *build;
	struct cmake_edge *edges;
	size_t count, capacity;
};

static const json_t *member(const json_t *j, const char *key)
{
	return json_object_get(j, key);
}

/* A file of the reply. Names with a slash would leave the directory: there are none such. */
static int load_beside(struct cmake *m, const char *name, json_t **ret)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	struct json_parts it;
	struct json_part part = { 0 };
	char path[4096];
	int r;

	if (!*name || strchr(name, '/'))
		return error_set(m->err, -EBADMSG, m->index, "\"%.64s\" is no name of a file of the reply", name);
	if ((size_t)snprintf(path, sizeof(path), "%.*s%s", (int)(path_base(m->index) - m->index), m->index, name) >= sizeof(path))
		return error_set(m->err, -ENAMETOOLONG, m->index, "the name is too long");
	r = content_open(AT_FDCWD, path, &c, m->err);
	if (r < 0)
		return r;
	if (content_size(c) > REPLY_FILE_MAX)
		return error_set(m->err, -EFBIG, path, "too large for a file of a CMake reply");
	it = json_parts_of(content_data(c), content_size(c));
	part.len = content_size(c);
	r = json_part_load(&it, &part, path, ret, m->err);
	return r;
}

static const char *absolute(struct cmake *m, const char *root, const char *path)
{
	char out[4096];
	int n;

	if (!strcmp(path, "."))
		n = snprintf(out, sizeof(out), "%s", root);
	else
		n = snprintf(out, sizeof(out), "%s%s%s", *path == '/' ? "" : root, *path == '/' || !*root ? "" : "/", path);
	return target_builder_intern(m->b, out, n > 0 && (size_t)n < sizeof(out) ? (size_t)n : 0);
}

/* "app::@6890427a1f51a3e7e1df" -> "app" */
static uint32_t target_of_id(struct cmake *m, const char *id)
{
	const char *mark = strstr(id, "::@");

	return target_builder_target(m->b, id, mark ? (size_t)(mark - id) : strlen(id));
}

static size_t index_of(const json_t *j, const char *key)
{
	const json_t *v = member(j, key);

	return json_is_integer(v) && json_integer_value(v) >= 0 ? (size_t)json_integer_value(v) : SIZE_MAX;
}

/* The innermost command of a backtrace: its name, and its place. */
static uint32_t backtrace(struct cmake *m, const json_t *target, size_t node, const char **ret_command)
{
	const json_t *graph = member(target, "backtraceGraph"), *n = json_array_get(member(graph, "nodes"), node);
	const char *file = json_string_value(json_array_get(member(graph, "files"), index_of(n, "file")));
	const char *command = json_string_value(json_array_get(member(graph, "commands"), index_of(n, "command")));
	size_t line = index_of(n, "line");

	*ret_command = command ? command : "";
	return file && line < UINT32_MAX ? target_builder_place(m->b, file, strlen(file), (uint32_t)line) : 0;
}

static int add_edge(struct cmake *m, struct cmake_edge e)
{
	if (m->count == m->capacity) {
		size_t capacity = m->capacity ? m->capacity * 2 : 256;
		struct cmake_edge *edges = reallocarray(m->edges, capacity, sizeof(*edges));

		if (!edges)
			return -ENOMEM;
		m->edges = edges;
		m->capacity = capacity;
	}
	m->edges[m->count++] = e;
	return 0;
}

static const char *name_of(struct cmake *m, uint32_t t)
{
	return target_builder_at(m->b, t)->label;
}

/* The library fragment that names target `to`: "y/liby.a" for y. The backtrace of an exact name wins; 0: none. */
static uint32_t fragment_place(struct cmake *m, const json_t *target, uint32_t to)
{
	const json_t *fragments = member(member(target, "link"), "commandFragments");
	const char *name = name_of(m, to), *command;
	size_t i, n = strlen(name);

	for (i = 0; i < json_array_size(fragments); i++) {
		const json_t *f = json_array_get(fragments, i);
		const char *text = json_string_value(member(f, "fragment")), *base = text ? path_base(text) : "";

		if (!strncmp(base, "lib", 3))
			base += 3;
		if (!strncmp(base, name, n) && base[n] == '.')
			return backtrace(m, target, index_of(f, "backtrace"), &command);
	}
	return 0;
}

static int read_dependencies(struct cmake *m, const json_t *target, uint32_t id)
{
	const json_t *list = member(target, "dependencies");
	int r = 0;
	size_t i;

	for (i = 0; i < json_array_size(list) && !r; i++) {
		const json_t *d = json_array_get(list, i);
		const char *to = json_string_value(member(d, "id")), *command = "";
		struct cmake_edge e = { .from = id };
		uint32_t exact;

		if (!to)
			continue;
		e.to = target_of_id(m, to);
		e.place = backtrace(m, target, index_of(d, "backtrace"), &command);
		e.links = strcmp(command, "add_dependencies") != 0 && *command;
		exact = fragment_place(m, target, e.to);
		e.fragment = exact != 0;
		e.place = exact ? exact : e.place;
		r = add_edge(m, e);
	}
	return r;
}

static void read_sources(struct cmake *m, const json_t *target, uint32_t id)
{
	static const char *const headers[] = { ".h", ".hh", ".hpp", ".hxx", ".inc", ".inl", ".ipp", ".cuh" };
	const json_t *list = member(target, "sources"), *groups = member(target, "compileGroups");
	size_t i, k;

	for (i = 0; i < json_array_size(list); i++) {
		const char *path = json_string_value(member(json_array_get(list, i), "path")), *dot = path ? strrchr(path, '.') : NULL;

		if (!path)
			continue;
		path = absolute(m, m->source, path);
		target_builder_item(m->b, id, TARGET_SOURCES, path, strlen(path));
		for (k = 0; dot && k < sizeof(headers) / sizeof(*headers); k++)
			if (!strcmp(dot, headers[k]))
				target_builder_item(m->b, id, TARGET_HEADERS, path, strlen(path));
	}
	for (i = 0; i < json_array_size(groups); i++) {
		const json_t *includes = member(json_array_get(groups, i), "includes");

		for (k = 0; k < json_array_size(includes); k++) {
			const json_t *inc = json_array_get(includes, k);
			const char *path = json_string_value(member(inc, "path"));

			if (path && !json_is_true(member(inc, "isSystem")))
				target_builder_item(m->b, id, TARGET_INCLUDES, path, strlen(path));
		}
	}
}

static void read_outputs(struct cmake *m, const json_t *target, uint32_t id, const char *name)
{
	const json_t *list = member(target, "artifacts");
	const char *build = json_string_value(member(member(target, "paths"), "build"));
	char directory[4096];
	size_t i;
	int n;

	for (i = 0; i < json_array_size(list); i++) {
		const char *path = json_string_value(member(json_array_get(list, i), "path"));

		if (!path)
			continue;
		path = absolute(m, m->build, path);
		target_builder_item(m->b, id, TARGET_OUTPUTS, path, strlen(path));
	}
	n = snprintf(directory, sizeof(directory), "%s/CMakeFiles/%s.dir/", absolute(m, m->build, build ? build : "."), name);
	if (n > 0 && (size_t)n < sizeof(directory))
		target_builder_item(m->b, id, TARGET_OUTPUTS, directory, (size_t)n);
}

static int read_target(struct cmake *m, const char *file)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	const char *name, *id_text, *type, *command;
	struct target *t;
	uint32_t id, place;
	int r = load_beside(m, file, &j);

	if (r < 0)
		return r;
	name = json_string_value(member(j, "name"));
	id_text = json_string_value(member(j, "id"));
	type = json_string_value(member(j, "type"));
	if (!name || !id_text)
		return error_set(m->err, -EBADMSG, file, "a target without name or id");
	id = target_of_id(m, id_text);
	place = backtrace(m, j, index_of(j, "backtrace"), &command);
	type = type ? target_builder_intern(m->b, type, strlen(type)) : "";
	t = target_builder_at(m->b, id);
	t->described = true;
	t->system = TARGETS_CMAKE;
	t->directory = m->source;
	t->rule = type;
	if (place) {
		const json_t *node = json_array_get(member(member(j, "backtraceGraph"), "nodes"), index_of(j, "backtrace"));
		const char *in = json_string_value(json_array_get(member(member(j, "backtraceGraph"), "files"), index_of(node, "file")));

		t->file = in ? target_builder_intern(m->b, in, strlen(in)) : NULL;
		t->line = (uint32_t)index_of(node, "line");
	}
	read_outputs(m, j, id, name);
	read_sources(m, j, id);
	return read_dependencies(m, j, id);
}

static int edge_order(const void *x, const void *y)
{
	const struct cmake_edge *a = x, *b = y;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return a->to < b->to ? -1 : a->to > b->to;
}

static const struct cmake_edge *find_edge(const struct cmake *m, uint32_t from, uint32_t to)
{
	const struct cmake_edge key = { .from = from, .to = to };

	return bsearch(&key, m->edges, m->count, sizeof(key), edge_order);
}

/* Does the edge come through another dependency of the same target? [first, end) are those of the target. */
static bool is_transitive(const struct cmake *m, size_t first, size_t end, const struct cmake_edge *e)
{
	size_t i;

	for (i = first; i < end; i++) {
		const struct cmake_edge *through;

		if (m->edges[i].to == e->to || !m->edges[i].links)
			continue;
		through = find_edge(m, m->edges[i].to, e->to);
		if (through && (!e->fragment || through->place == e->place))
			return true;
	}
	return false;
}

static void add_direct_edges(struct cmake *m)
{
	size_t first, end, i;

	if (m->count)
		qsort(m->edges, m->count, sizeof(*m->edges), edge_order);
	for (first = 0; first < m->count; first = end) {
		for (end = first; end < m->count && m->edges[end].from == m->edges[first].from; end++)
			;
		for (i = first; i < end; i++) {
			const struct cmake_edge *e = &m->edges[i];

			if (e->links && !is_transitive(m, first, end, e))
				target_builder_depend(m->b, e->from, e->to, "target_link_libraries",
						      TARGET_LINKS | TARGET_REEXPORTED, e->place);
			else if (!e->links)
				target_builder_depend(m->b, e->from, e->to, "add_dependencies", 0, e->place);
		}
	}
}

static int read_codemodel(struct cmake *m, const json_t *j)
{
	const json_t *configurations = member(j, "configurations");
	const char *source = json_string_value(member(member(j, "paths"), "source"));
	const char *build = json_string_value(member(member(j, "paths"), "build"));
	size_t i, k;
	int r = 0;

	m->source = target_builder_intern(m->b, source ? source : "", source ? strlen(source) : 0);
	m->build = target_builder_intern(m->b, build ? build : "", build ? strlen(build) : 0);
	for (i = 0; i < json_array_size(configurations) && !r; i++) {
		const json_t *targets = member(json_array_get(configurations, i), "targets");

		for (k = 0; k < json_array_size(targets) && !r; k++) {
			const char *file = json_string_value(member(json_array_get(targets, k), "jsonFile"));

			r = file ? read_target(m, file) : error_set(m->err, -EBADMSG, m->index, "a target without jsonFile");
		}
	}
	if (!r)
		add_direct_edges(m);
	return r;
}

static const char *codemodel_file(const json_t *index)
{
	const json_t *objects = member(index, "objects");
	const char *name = json_string_value(member(member(member(index, "reply"), "codemodel-v2"), "jsonFile"));
	size_t i;

	for (i = 0; i < json_array_size(objects) && !name; i++) {
		const json_t *o = json_array_get(objects, i);
		const char *kind = json_string_value(member(o, "kind"));

		if (kind && !strcmp(kind, "codemodel") && json_integer_value(member(member(o, "version"), "major")) == 2)
			name = json_string_value(member(o, "jsonFile"));
	}
	return name;
}

static int read_reply(struct target_builder *b, const struct targets_source *s, struct error *err, bool is_index)
{
	struct cmake m = { .b = b, .err = err, .index = s->path };
	CLEANUP(json_decrefp) json_t *j = NULL, *codemodel = NULL;
	struct json_parts it = json_parts_of(s->data, s->size);
	struct json_part part = { .len = s->size };
	const char *name;
	int r;

	if (s->size > REPLY_FILE_MAX)
		return error_set(err, -EFBIG, s->path, "too large for a file of a CMake reply");
	r = json_part_load(&it, &part, s->path, &j, err);
	if (r >= 0 && is_index) {
		name = codemodel_file(j);
		r = name ? load_beside(&m, name, &codemodel)
			 : error_set(err, -EBADMSG, s->path, "the reply has no codemodel version 2: make BUILD/.cmake/api/v1/query/codemodel-v2 "
				     "and configure again");
	}
	if (r >= 0)
		r = read_codemodel(&m, is_index ? codemodel : j);
	free(m.edges);
	return r;
}

static int read_index(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	return read_reply(b, s, err, true);
}

static int read_model(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	return read_reply(b, s, err, false);
}

static bool probe_index(const char *p, size_t n, bool whole)
{
	size_t at = reader_skip_space(p, n);

	(void)whole;
	return at < n && p[at] == '{' && reader_has(p, n, "\"cmake\"") && reader_has(p, n, "\"generator\"") &&
	       reader_has(p, n, "\"objects\"");
}

static bool probe_model(const char *p, size_t n, bool whole)
{
	size_t at = reader_skip_space(p, n);

	(void)whole;
	return at < n && p[at] == '{' && reader_has(p, n < 64 ? n : 64, "\"configurations\"") && reader_has(p, n, "\"directories\"") &&
	       reader_has(p, n, "\"jsonFile\"");
}

const struct targets_reader targets_cmake_index = { "CMake file API index", probe_index, read_index };
const struct targets_reader targets_cmake_codemodel = { "CMake file API codemodel", probe_model, read_model };
