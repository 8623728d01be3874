/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a tree.  Links to files count as what they lead to (Bazel's and uv's trees are made of them); links to
 * directories are not followed, since what they lead to is either in the tree itself or somebody else's.
 */
#include "depgraph/python/tree_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct names {
	const char **items;
	uint32_t count, capacity;
	struct arena arena;
};

static void names_release(struct names *n)
{
	free(n->items);
	arena_release(&n->arena);
}

/* Sorted, so that the same tree always gives the same report. */
static int list(int fd, struct names *n)
{
	CLEANUP(closedirp) DIR *d = NULL;
	struct dirent *e;
	int copy = dup(fd);

	d = copy < 0 ? NULL : fdopendir(copy);
	if (!d)
		return -errno;
	while ((e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (!PYTHON_GROW(n->items, n->count, n->capacity, PYTHON_FILES_MAX))
			return -ENOMEM;
		n->items[n->count] = arena_strndup(&n->arena, e->d_name, strlen(e->d_name));
		if (!n->items[n->count++])
			return -ENOMEM;
	}
	if (n->count)
		qsort(n->items, n->count, sizeof(*n->items), compare_names);
	return 0;
}

static int walk(struct python_tree *t, int fd, const char *path, unsigned depth);

static int walk_entry(struct python_tree *t, int fd, const char *path, const char *name, unsigned depth)
{
	char below[PATH_MAX];
	struct stat st;
	bool link;

	if (snprintf(below, sizeof(below), "%s%s%s", path, *path ? "/" : "", name) >= (int)sizeof(below))
		return 0;
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	link = S_ISLNK(st.st_mode);
	if (link && (fstatat(fd, name, &st, 0) < 0 || S_ISDIR(st.st_mode)))
		return 0;
	if (S_ISREG(st.st_mode)) {
		uint32_t f = python_add_file(t, below, (uint64_t)st.st_size);

		if (f != PYTHON_NONE)
			t->files[f].link = link;
		return f == PYTHON_NONE ? -ENOMEM : 0;
	}
	if (!S_ISDIR(st.st_mode))
		return 0;
	AUTO_FD int dir = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0) {
		python_note(t, "%s cannot be read: %s", below, strerror(errno));
		return 0;
	}
	return walk(t, dir, below, depth + 1);
}

static int walk(struct python_tree *t, int fd, const char *path, unsigned depth)
{
	CLEANUP(names_release) struct names n = { .arena = ARENA_INIT((size_t)1 << 30) };
	uint32_t i;
	int r = list(fd, &n);

	if (depth > PYTHON_DEPTH_MAX) {
		python_note(t, "%s: what is deeper than %u directories is left out", path, PYTHON_DEPTH_MAX);
		return 0;
	}
	for (i = 0; r >= 0 && i < n.count; i++)
		r = walk_entry(t, fd, path, n.items[i], depth);
	return r;
}

int python_walk(struct python_tree *t, struct error *err)
{
	int r = walk(t, t->priv->dirfd, "", 0);

	return r < 0 ? error_set(err, r, t->path, "cannot be listed") : 0;
}
