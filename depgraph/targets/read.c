/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/targets/reader.h"

#include "base/content.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* Those with a mark of their own first, the loosest last. */
static const struct targets_reader *const readers[] = {
	&targets_bazel_xml,
	&targets_ninja_graph,
	&targets_cmake_index,
	&targets_cmake_codemodel,
	&targets_compile_commands,
	&targets_bazel_json,
	&targets_bazel_json_lines,
	&targets_aquery_json,
	&targets_buck_actions,
	&targets_buck_json,
	&targets_ninja_deps,
	&targets_ninja_query,
	&targets_depfile,
	&targets_commands,
	&targets_bazel_proto,
	&targets_bazel_proto_stream,
	&targets_aquery_proto,
};

bool reader_has(const char *p, size_t n, const char *word)
{
	return memmem(p, n, word, strlen(word)) != NULL;
}

size_t reader_skip_space(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r' || p[i] == '\n'); i++)
		;
	return i;
}

static const struct targets_reader *find_reader(const uint8_t *data, uint64_t size)
{
	size_t n = size < READER_PROBE ? size : READER_PROBE, i;

	for (i = 0; n && i < sizeof(readers) / sizeof(*readers); i++)
		if (readers[i]->probe((const char *)data, n, n == size))
			return readers[i];
	return NULL;
}

bool targets_probe(const uint8_t *data, uint64_t size)
{
	return find_reader(data, size) != NULL;
}

const char *targets_format(const uint8_t *data, uint64_t size)
{
	const struct targets_reader *r = find_reader(data, size);

	return r ? r->name : NULL;
}

static int read_content(struct target_builder *b, const char *path, const struct content *c, struct error *err)
{
	const struct targets_source s = { path, (const char *)content_data(c), content_size(c) };
	const struct targets_reader *reader = find_reader(content_data(c), content_size(c));
	int r;

	if (!reader)
		return error_set(err, -EBADMSG, path, "not a build graph of a known form");
	r = reader->read(b, &s, err);
	if (r == -ENOMEM || target_builder_error(b) < 0)
		return error_set(err, -ENOMEM, path, "out of memory");
	return r;
}

/* The newest index of a reply directory: their names ascend with time. false: there is none. */
static bool newest_index(const char *directory, char *out, size_t size)
{
	CLEANUP(closedirp) DIR *d = opendir(directory);
	const struct dirent *e;
	char best[256] = "";

	while (d && (e = readdir(d))) {
		size_t n = strlen(e->d_name);

		if (n > 11 && n < sizeof(best) && !strncmp(e->d_name, "index-", 6) && !strcmp(e->d_name + n - 5, ".json") &&
		    strcmp(e->d_name, best) > 0)
			memcpy(best, e->d_name, n + 1);
	}
	return *best && (size_t)snprintf(out, size, "%s/%s", directory, best) < size;
}

static int read_directory(struct target_builder *b, const char *path, bool *ret_found, struct error *err)
{
	static const char *const places[] = { "", "/.cmake/api/v1/reply" };
	CLEANUP(content_unrefp) struct content *c = NULL;
	char directory[4096], index[4096];
	size_t i;
	int r;

	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if ((size_t)snprintf(directory, sizeof(directory), "%s%s", path, places[i]) >= sizeof(directory) ||
		    !newest_index(directory, index, sizeof(index)))
			continue;
		r = content_open(AT_FDCWD, index, &c, err);
		if (r >= 0 && (i || targets_probe(content_data(c), content_size(c)))) {
			*ret_found = true;
			r = read_content(b, index, c, err);
		}
		return r;
	}
	return 0;
}

int targets_read(const struct inputs *in, struct target_graph **ret, struct error *err)
{
	CLEANUP(target_builder_freep) struct target_builder *b = NULL;
	bool found = false;
	size_t i;
	int r = target_builder_new(&b);

	for (i = 0; i < in->count && r >= 0; i++) {
		const struct input *input = &in->items[i];

		if (input->kind == INPUT_BUILD_GRAPH && input->content) {
			found = true;
			r = read_content(b, input->path, input->content, err);
		} else if (input->kind == INPUT_TREE) {
			r = read_directory(b, input->path, &found, err);
		}
	}
	if (r < 0)
		return r;
	return found ? target_builder_finish(steal_pointer(b), ret) : -ENOENT;
}
