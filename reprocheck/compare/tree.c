/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/compare/tree.h"

#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

struct scan {
	struct tree *tree;
	bool (*exclude)(void *ctx, const char *name);
	void *ctx;
	struct error *err;
};

void tree_free(struct tree *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->count; i++) {
		free(t->entries[i].name);
		free(t->entries[i].link);
	}
	free(t->entries);
	if (t->rootfd >= 0)
		(void)close(t->rootfd);
	free(t);
}

static struct tree_entry *tree_add(struct tree *t, const char *name)
{
	struct tree_entry *e;

	if (t->count == t->capacity) {
		size_t capacity = t->capacity ? 2 * t->capacity : 64;

		e = capacity > TREE_ENTRIES_MAX ? NULL : reallocarray(t->entries, capacity, sizeof(*e));
		if (!e)
			return NULL;
		t->entries = e;
		t->capacity = capacity;
	}
	e = &t->entries[t->count];
	*e = (struct tree_entry){ .name = strdup(name) };
	if (!e->name)
		return NULL;
	t->count++;
	return e;
}

static int read_link(int dirfd, const char *name, char **ret)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dirfd, name, target, sizeof(target));

	if (n < 0)
		return -errno;
	*ret = strndup(target, (size_t)n);
	return *ret ? 0 : -ENOMEM;
}

/* One name of a directory: an entry, and a directory's own names are left for later (the caller walks the list). */
static int scan_name(struct scan *s, int dirfd, const char *dir, const char *name)
{
	AUTO_FREE char *full = *dir ? path_join(dir, name) : strdup(name);
	struct tree_entry *e;
	struct stat st;

	if (!full)
		return -ENOMEM;
	if (s->exclude && s->exclude(s->ctx, full))
		return 0;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_set(s->err, -errno, full, "cannot be examined");
	e = tree_add(s->tree, full);
	if (!e)
		return error_set(s->err, -ENOMEM, full, "too many entries");
	e->st = st;
	return S_ISLNK(st.st_mode) ? read_link(dirfd, name, &e->link) : 0;
}

static int scan_directory(struct scan *s, const char *dir)
{
	AUTO_FD int fd =
		open_beneath(s->tree->rootfd, *dir ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	CLEANUP(closedirp) DIR *d = NULL;
	struct dirent *de;
	int r = 0;

	if (fd < 0)
		return error_set(s->err, fd, *dir ? dir : s->tree->path, "cannot be listed");
	d = fdopendir(fd);
	if (!d)
		return -errno;
	(void)steal_fd(&fd);
	for (errno = 0; r >= 0 && (de = readdir(d)); errno = 0)
		if (strcmp(de->d_name, ".") != 0 && strcmp(de->d_name, "..") != 0)
			r = scan_name(s, dirfd(d), dir, de->d_name);
	if (r >= 0 && errno)
		r = error_set(s->err, -errno, dir, "cannot be listed");
	return r;
}

static int compare_names(const void *x, const void *y)
{
	return strcmp(((const struct tree_entry *)x)->name, ((const struct tree_entry *)y)->name);
}

static int compare_inodes(const void *x, const void *y)
{
	const struct tree_entry *p = *(struct tree_entry *const *)x, *q = *(struct tree_entry *const *)y;

	if (p->st.st_dev != q->st.st_dev)
		return p->st.st_dev < q->st.st_dev ? -1 : 1;
	if (p->st.st_ino != q->st.st_ino)
		return p->st.st_ino < q->st.st_ino ? -1 : 1;
	return strcmp(p->name, q->name);
}

/* Gives every name of a file that has several within the tree the first of them. */
static int find_hard_links(struct tree *t)
{
	AUTO_FREE struct tree_entry **linked = reallocarray(NULL, t->count + 1, sizeof(struct tree_entry *));
	size_t i, n = 0, first = 0;

	if (!linked)
		return -ENOMEM;
	for (i = 0; i < t->count; i++)
		if (S_ISREG(t->entries[i].st.st_mode) && t->entries[i].st.st_nlink > 1)
			linked[n++] = &t->entries[i];
	qsort(linked, n, sizeof(*linked), compare_inodes);
	for (i = 1; i < n; i++) {
		if (linked[i]->st.st_ino != linked[first]->st.st_ino ||
		    linked[i]->st.st_dev != linked[first]->st.st_dev)
			first = i;
		else
			linked[i]->first_name = linked[first]->name;
	}
	return 0;
}

static int read_directory(struct scan *s)
{
	struct tree *t = s->tree;
	size_t i;
	int r;

	t->rootfd = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->rootfd < 0)
		return error_set(s->err, -errno, t->path, "cannot be opened");
	r = scan_directory(s, "");
	/* The list grows while it is walked: breadth first, no recursion on hostile depth. */
	for (i = 0; r >= 0 && i < t->count; i++) {
		if (S_ISDIR(t->entries[i].st.st_mode)) {
			AUTO_FREE char *name = strdup(t->entries[i].name);
			struct error ignored = { 0 };
			struct scan below = { t, s->exclude, s->ctx, &ignored };

			r = name ? scan_directory(&below, name) : -ENOMEM;
			if (r < 0 && r != -ENOMEM) {
				t->entries[i].error = r;
				r = 0;
			}
		}
	}
	if (r < 0)
		return r;
	if (t->count)
		qsort(t->entries, t->count, sizeof(*t->entries), compare_names);
	return find_hard_links(t);
}

int tree_read(const char *path, bool (*exclude)(void *ctx, const char *name), void *ctx, struct tree **ret,
	      struct error *err)
{
	CLEANUP(tree_freep) struct tree *t = calloc(1, sizeof(*t));
	struct scan s = { t, exclude, ctx, err };
	struct tree_entry *e;
	struct stat st;
	int r = 0;

	if (!t)
		return -ENOMEM;
	t->rootfd = -1;
	t->path = path;
	if (stat(path, &st) < 0)
		return error_set(err, -errno, path, "cannot be examined");
	if (S_ISDIR(st.st_mode)) {
		r = read_directory(&s);
	} else {
		t->single = true;
		e = tree_add(t, path_base(path));
		if (!e)
			return -ENOMEM;
		e->st = st;
	}
	if (r < 0)
		return error_set(err, r, path, "cannot be read");
	*ret = steal_pointer(t);
	return 0;
}

int tree_open(const struct tree *t, const struct tree_entry *e, struct content **ret, struct error *err)
{
	return t->single ? content_open(AT_FDCWD, t->path, ret, err)
			 : content_open(t->rootfd, e->name, ret, err);
}
