/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inputs.c: opening what was given, and finding what a map names.
 *
 * A map names files as the linker was told them, relative to where it ran.  A name
 * is looked up beneath the directory that the user told, the current one and the
 * map's own; what is found there and is the same file (device and inode) as
 * one that was given gets the map's name.  What was given and lies elsewhere
 * (copied out of its build tree) is matched by the last component when only one
 * has it.
 */
#include "depgraph/inputs/inputs.h"

#include "base/path.h"
#include "depgraph/inputs/recognise.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUTS_MAX ((size_t)1 << 22)

static struct input *add_slot(struct inputs *in, const char *path, bool given)
{
	size_t capacity = in->capacity ? in->capacity * 2 : 64;
	char *copy = arena_strndup(&in->arena, path, strlen(path));
	struct input *items;

	if (!copy || in->count >= INPUTS_MAX)
		return NULL;
	if (in->count == in->capacity) {
		items = reallocarray(in->items, capacity, sizeof(*items));
		if (!items)
			return NULL;
		in->items = items;
		in->capacity = capacity;
	}
	in->items[in->count] = (struct input){ .path = copy, .link_name = copy, .given = given };
	return &in->items[in->count++];
}

static void close_input(struct input *i)
{
	elf_file_free(i->elf);
	content_unref(i->content);
}

void inputs_release(struct inputs *in)
{
	size_t i;

	for (i = 0; i < in->count; i++)
		close_input(&in->items[i]);
	free(in->items);
	linkmap_free(in->map);
	arena_release(&in->arena);
	*in = (struct inputs)INPUTS_INIT;
}

int inputs_recheck(const struct inputs *in, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; i < in->count && r >= 0; i++)
		if (in->items[i].content)
			r = content_recheck(in->items[i].content, err);
	return r;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A reply of CMake's file API is a directory of its own kind. */
static enum input_kind kind_of_directory(const char *path)
{
	AUTO_FREE char *build = path_join(path, ".cmake/api/v1/reply");
	const char *last = path_base(path);

	return strcmp(last, "reply") == 0 || (build && is_directory(build)) ? INPUT_BUILD_GRAPH : INPUT_TREE;
}

static int open_input(struct input *i, struct error *err)
{
	const uint8_t *data;
	uint64_t size;
	int r;

	if (is_directory(i->path)) {
		i->kind = kind_of_directory(i->path);
		return 0;
	}
	r = content_open(AT_FDCWD, i->path, &i->content, err);
	if (r < 0)
		return r;
	data = content_data(i->content);
	size = content_size(i->content);
	if (elf_file_probe(data, size)) {
		r = elf_file_open(i->content, 0, size, &i->elf, err);
		if (r < 0)
			return r;
	}
	i->kind = input_recognise(data, size, i->elf);
	return 0;
}

static int read_map(struct inputs *in, const struct input *i, struct error *err)
{
	if (in->map)
		return error_set(err, -EINVAL, i->path, "is a second link map: one link is looked at at a time");
	return linkmap_read(i->content, &in->map, err);
}

static int add(struct inputs *in, const char *path, bool given, struct error *err)
{
	struct input *i = add_slot(in, path, given);
	int r;

	if (!i)
		return -ENOMEM;
	r = open_input(i, err);
	if (r < 0) {
		close_input(i);
		in->count--;
		return r;
	}
	return i->kind == INPUT_MAP && given ? read_map(in, i, err) : 0;
}

int inputs_add(struct inputs *in, const char *path, struct error *err)
{
	return add(in, path, true, err);
}

int inputs_add_as(struct inputs *in, enum input_kind kind, const char *path, struct error *err)
{
	int r = add(in, path, true, err);

	if (r < 0)
		return r;
	if (in->items[in->count - 1].kind == kind)
		return 0;
	/* Not even its first lines are those of a map: the reader says which and why. */
	if (kind == INPUT_MAP && in->items[in->count - 1].content)
		return read_map(in, &in->items[in->count - 1], err);
	return error_set(err, -EBADMSG, path, "is no %s but a %s", input_kind_name(kind),
			 input_kind_name(in->items[in->count - 1].kind));
}

/* ---- what the map names --------------------------------------------------------------------------------------- */

struct identity {
	dev_t device;
	ino_t inode;
	size_t input;
};

struct lookup {
	struct identity *known; /* sorted */
	size_t count;
	const char *directories[3];
	size_t directory_count;
};

static int compare_identities(const void *a, const void *b)
{
	const struct identity *x = a, *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

static int know_given(const struct inputs *in, struct lookup *l)
{
	struct stat st;
	size_t i;

	l->known = calloc(in->count + 1, sizeof(*l->known));
	if (!l->known)
		return -ENOMEM;
	for (i = 0; i < in->count; i++)
		if (stat(in->items[i].path, &st) == 0)
			l->known[l->count++] = (struct identity){ st.st_dev, st.st_ino, i };
	qsort(l->known, l->count, sizeof(*l->known), compare_identities);
	return 0;
}

static const char *map_directory(struct inputs *in)
{
	const struct input *map = inputs_first(in, INPUT_MAP);
	const char *base = map ? path_base(map->path) : NULL;

	return map && base > map->path ? arena_strndup(&in->arena, map->path, (size_t)(base - map->path)) : ".";
}

static void choose_directories(struct inputs *in, struct lookup *l)
{
	if (in->directory)
		l->directories[l->directory_count++] = in->directory;
	l->directories[l->directory_count++] = ".";
	l->directories[l->directory_count++] = map_directory(in);
}

/* Where a name of the link is on this host; NULL: nowhere. */
static char *find_on_host(const struct lookup *l, const char *name, struct stat *st)
{
	size_t i;

	for (i = 0; i < l->directory_count; i++) {
		bool here = name[0] == '/' || strcmp(l->directories[i], ".") == 0;
		char *path = here ? strdup(name) : path_join(l->directories[i], name);

		if (path && stat(path, st) == 0 && S_ISREG(st->st_mode))
			return path;
		free(path);
	}
	return NULL;
}

/* The given input of that last component, when there is exactly one that has no other name yet. */
static struct input *given_by_base(struct inputs *in, const char *name)
{
	const char *base = path_base(name);
	struct input *found = NULL;
	size_t i;

	for (i = 0; i < in->count; i++) {
		struct input *item = &in->items[i];

		if (!item->given || item->link_name != item->path || strcmp(path_base(item->path), base) != 0)
			continue;
		if (found)
			return NULL;
		found = item;
	}
	return found;
}

static bool is_link_input(enum input_kind k)
{
	return k == INPUT_OBJECT || k == INPUT_ARCHIVE || k == INPUT_SHARED || k == INPUT_BITCODE || k == INPUT_SCRIPT;
}

/* A map may name a library by its file and by its soname: it is one. */
static bool is_found_already(const struct inputs *in, const struct input *item)
{
	struct stat st, other;
	const struct input *x;

	if (item->kind != INPUT_SHARED || stat(item->path, &st) < 0)
		return false;
	for (x = in->items; x < item; x++)
		if (x->kind == INPUT_SHARED && stat(x->path, &other) == 0 && other.st_ino == st.st_ino && other.st_dev == st.st_dev)
			return true;
	return false;
}

int inputs_add_found(struct inputs *in, const char *path, const char *link_name, struct error *err)
{
	int r = add(in, path, false, err);
	struct input *item;

	if (r < 0)
		return r;
	item = &in->items[in->count - 1];
	item->link_name = arena_strndup(&in->arena, link_name, strlen(link_name));
	if (!is_link_input(item->kind) || is_found_already(in, item)) {
		close_input(item);
		in->count--;
	}
	return item->link_name ? 0 : -ENOMEM;
}

static int resolve_name(struct inputs *in, const struct lookup *l, const char *name, struct error *err)
{
	struct stat st;
	AUTO_FREE char *path = find_on_host(l, name, &st);
	struct identity key = { 0 }, *known = NULL;
	struct input *item;

	if (path) {
		key = (struct identity){ st.st_dev, st.st_ino, 0 };
		known = bsearch(&key, l->known, l->count, sizeof(*l->known), compare_identities);
	}
	item = known ? &in->items[known->input] : given_by_base(in, name);
	if (item) {
		item->link_name = arena_strndup(&in->arena, name, strlen(name));
		return item->link_name ? 0 : -ENOMEM;
	}
	if (!path)
		return 0;
	return inputs_add_found(in, path, name, err);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int inputs_resolve(struct inputs *in, struct error *err)
{
	AUTO_FREE const char **names = NULL;
	struct lookup l = { 0 };
	uint32_t i, n;
	int r;

	if (!in->map)
		return 0;
	n = in->map->file_count;
	names = calloc((size_t)n + 1, sizeof(*names));
	r = names ? know_given(in, &l) : -ENOMEM;
	if (r >= 0) {
		choose_directories(in, &l);
		for (i = 0; i < n; i++)
			names[i] = in->map->files[i].path;
		qsort(names, n, sizeof(*names), compare_paths);
	}
	for (i = 0; i < n && r >= 0; i++)
		if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
			r = resolve_name(in, &l, names[i], err);
	free(l.known);
	return r;
}

const struct input *inputs_first(const struct inputs *in, enum input_kind kind)
{
	size_t i;

	for (i = 0; i < in->count; i++)
		if (in->items[i].kind == kind)
			return &in->items[i];
	return NULL;
}

static const struct input *only_given(const struct inputs *in, enum input_kind kind)
{
	const struct input *found = NULL;
	size_t i;

	for (i = 0; i < in->count; i++) {
		if (in->items[i].kind != kind || !in->items[i].given)
			continue;
		if (found)
			return NULL;
		found = &in->items[i];
	}
	return found;
}

const struct input *inputs_output(const struct inputs *in)
{
	const struct input *program = only_given(in, INPUT_PROGRAM);

	return program || inputs_first(in, INPUT_PROGRAM) ? program : only_given(in, INPUT_SHARED);
}
