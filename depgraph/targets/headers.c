/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does one target read another's headers?  What compilers read is in dependency files (or in ninja's log of them); whose
 * header a file is, the build graph says exactly (Bazel, Buck2: hdrs, headers) or only by where it lies (CMake
 * lists no headers that are not sources).  A header is taken for the definer's when
 *
 *	- the definer lists it, or
 *	- it lies below a directory of the definer's sources or includes, and an object of the definer read it too;
 *
 * and may be the definer's when it lies there and nowhere near the user's own sources.  In doubt it is.
 */
#include "depgraph/targets/analysis.h"

#include "base/content.h"
#include "base/path.h"
#include "depgraph/targets/builder.h"
#include "depgraph/targets/command.h"
#include "depgraph/targets/depfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define DEPFILE_MAX ((uint64_t)16 << 20)

/* "a/./b/../c" -> "a/c", below `directory` unless absolute. */
static void normal_path(const char *directory, const char *path, char *out, size_t size)
{
	char joined[4096];
	char *rest = joined, *part;
	size_t n = 0;

	(void)snprintf(joined, sizeof(joined), "%s%s%s", *path != '/' && directory ? directory : "",
		       *path != '/' && directory ? "/" : "", path);
	*out = '\0';
	while ((part = strsep(&rest, "/"))) {
		char *slash = strrchr(out, '/');

		if (!strcmp(part, ".") || (!*part && part != joined))
			continue;
		if (!strcmp(part, "..") && n && strcmp(slash ? slash + 1 : out, "..") != 0) {
			n = slash ? (size_t)(slash - out) : 0;
			out[n] = '\0';
		} else {
			const char *join = part != joined && (n || *joined == '/') ? "/" : "";

			n += (size_t)snprintf(out + n, size - n, "%s%s", join, part);
			if (n >= size)
				return;
		}
	}
}

/* The longer one ends in the shorter, at the border of a component. */
static bool same_tail(const char *x, const char *y)
{
	size_t n = strlen(x), m = strlen(y);
	const char *longer = n < m ? y : x, *shorter = n < m ? x : y;
	size_t l = n < m ? m : n, s = n < m ? n : m;

	return s && !strcmp(longer + l - s, shorter) && (l == s || *shorter == '/' || longer[l - s - 1] == '/');
}

static bool lists_header(const struct analysis *a, uint32_t t, const char *header)
{
	const struct target *target = &a->g->targets[t];
	uint32_t i;

	for (i = 0; i < target->headers.count; i++)
		if (same_tail(target_item(a->g, target->headers, i), header))
			return true;
	return false;
}

static bool below(const char *directory, size_t n, const char *path)
{
	while (n && directory[n - 1] == '/')
		n--;
	if (n > 2 && !memcmp(directory + n - 2, "/.", 2))
		n -= 2;
	return n && !strncmp(path, directory, n) && path[n] == '/';
}

/* An include directory that a dependency has too comes from there. */
static bool own_include(const struct analysis *a, uint32_t t, const char *directory)
{
	const struct target_graph *g = a->g;
	uint32_t i, k;

	for (i = 0; i < g->targets[t].dependency_count; i++) {
		const struct target *d = &g->targets[target_dependencies(g, t)[i].to];

		for (k = 0; k < d->includes.count; k++)
			if (!strcmp(target_item(g, d->includes, k), directory))
				return false;
	}
	return true;
}

/* Below a directory of its sources, of the sources of its objects, or one that it includes from. */
static bool near(const struct analysis *a, uint32_t t, const char *header, bool includes)
{
	const struct target_graph *g = a->g;
	const struct target *target = &g->targets[t];
	uint32_t i;

	for (i = 0; i < target->sources.count; i++) {
		const char *s = target_item(g, target->sources, i);

		if (below(s, (size_t)(path_base(s) - s), header))
			return true;
	}
	for (i = 0; includes && i < target->includes.count; i++) {
		const char *s = target_item(g, target->includes, i);

		if (below(s, strlen(s), header) && own_include(a, t, s))
			return true;
	}
	for (i = a->owned_first[t]; i < a->owned_first[t + 1]; i++) {
		const struct target_object *o = &g->objects[a->owned[i]];
		char source[4096];

		if (!o->source)
			continue;
		normal_path(o->directory, o->source, source, sizeof(source));
		if (below(source, (size_t)(path_base(source) - source), header))
			return true;
	}
	return false;
}

/* What an object read: from the build graph's inputs, else from its dependency file. */
static const struct target_graph *headers_of(const struct analysis *a, const struct target_object *o, struct target_list *ret)
{
	const struct target_object *other;

	if (o->headers.count) {
		*ret = o->headers;
		return a->g;
	}
	other = a->depfiles ? target_graph_object(a->depfiles, o->path) : NULL;
	*ret = other ? other->headers : (struct target_list){ 0 };
	return a->depfiles;
}

static bool object_reads(const struct analysis *a, const struct target_object *o, const char *header)
{
	struct target_list list;
	const struct target_graph *g = headers_of(a, o, &list);
	char path[4096];
	uint32_t i;

	for (i = 0; i < list.count; i++) {
		normal_path(o->directory, target_item(g, list, i), path, sizeof(path));
		if (same_tail(path, header))
			return true;
	}
	return false;
}

static bool target_reads(const struct analysis *a, uint32_t t, const char *header)
{
	uint32_t i;

	for (i = a->owned_first[t]; i < a->owned_first[t + 1]; i++)
		if (object_reads(a, &a->g->objects[a->owned[i]], header))
			return true;
	return false;
}

/* Bazel and Buck2 do; but a query that was asked for some attributes only shows no sources either. */
static bool lists_all_headers(const struct target *t)
{
	return t->described && t->sources.count && (t->system == TARGETS_BAZEL || t->system == TARGETS_BUCK);
}

static enum header_use judge(const struct analysis *a, uint32_t user, uint32_t definer, const char *header)
{
	if (lists_header(a, definer, header))
		return HEADERS_USED;
	if (lists_all_headers(&a->g->targets[definer]))
		return HEADERS_NONE;
	if (!strncmp(header, "/usr/", 5) || !near(a, definer, header, true))
		return HEADERS_NONE;
	if (target_reads(a, definer, header))
		return HEADERS_USED;
	return near(a, user, header, false) ? HEADERS_NONE : HEADERS_POSSIBLE;
}

static enum header_use judge_object(struct analysis *a, const struct target_object *o, uint32_t user, uint32_t definer, char *why,
				    size_t size)
{
	struct target_list list;
	const struct target_graph *g = headers_of(a, o, &list);
	enum header_use use = list.count ? HEADERS_NONE : HEADERS_UNKNOWN;
	char path[4096], source[4096] = "";
	uint32_t i;

	if (o->source)
		normal_path(o->directory, o->source, source, sizeof(source));
	for (i = 0; i < list.count; i++) {
		enum header_use one;

		normal_path(o->directory, target_item(g, list, i), path, sizeof(path));
		one = strcmp(path, source) ? judge(a, user, definer, path) : HEADERS_NONE;
		if (one <= use)
			continue;
		use = one;
		(void)snprintf(why, size, "%.100s reads %.140s", path_base(o->path), path);
	}
	return use;
}

enum header_use analysis_header_use(struct analysis *a, uint32_t user, uint32_t definer, char *why, size_t size)
{
	enum header_use use = HEADERS_NONE;
	bool any = a->owned_first[user] < a->owned_first[user + 1];
	uint32_t i;

	if (lists_all_headers(&a->g->targets[definer]) && !a->g->targets[definer].headers.count)
		return HEADERS_NONE;
	for (i = a->owned_first[user]; i < a->owned_first[user + 1]; i++) {
		enum header_use one = judge_object(a, &a->g->objects[a->owned[i]], user, definer, why, size);

		use = one > use ? one : use;
	}
	/* A target without sources of its own compiles nothing. */
	if (!any && a->g->targets[user].described && !a->g->targets[user].sources.count && !a->state[user].present)
		return HEADERS_NONE;
	return any ? use : HEADERS_UNKNOWN;
}

/* ---- dependency files --------------------------------------------------------------------------------------- */

static bool read_depfile(struct target_builder *b, const char *directory, const char *depfile, const char *object)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	char path[4096];

	normal_path(directory, depfile, path, sizeof(path));
	if (content_open(AT_FDCWD, path, &c, NULL) < 0 || content_size(c) > DEPFILE_MAX)
		return false;
	return depfile_read(b, (const char *)content_data(c), content_size(c), object, strlen(object));
}

/* Where compilers and build tools put them: as the command says, OBJECT.d (CMake), the object's name with .d (make, Bazel). */
static void find_depfile(struct target_builder *b, const struct target_object *o)
{
	char name[4096];
	size_t n = strlen(o->path);

	if (o->depfile && read_depfile(b, o->directory, o->depfile, o->path))
		return;
	if (n + 3 > sizeof(name) || n < 3)
		return;
	(void)snprintf(name, sizeof(name), "%s.d", o->path);
	if (read_depfile(b, o->directory, name, o->path))
		return;
	(void)snprintf(name, sizeof(name), "%.*s.d", (int)(n - 2), o->path);
	(void)read_depfile(b, o->directory, name, o->path);
}

int analysis_read_depfiles(struct analysis *a)
{
	CLEANUP(target_builder_freep) struct target_builder *b = NULL;
	int r = target_builder_new(&b);
	uint32_t i;

	for (i = 0; r >= 0 && i < a->owned_first[a->g->target_count]; i++)
		if (!a->g->objects[a->owned[i]].headers.count)
			find_depfile(b, &a->g->objects[a->owned[i]]);
	return r < 0 ? r : target_builder_finish(steal_pointer(b), &a->depfiles);
}
