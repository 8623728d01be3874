/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory itself is an overlay as well, of a skeleton in the scratch: there lie the links and the points to mount the
 * entries on, so its upper side holds only what the action writes.  The upper sides of the entries lie in
 * it under their own names, hidden by the mounts, so that it looks afterwards as that of one overlay would.
 *
 *	scratch/w0.cover/   skeleton: .profile (a file to mount on), .cache/ (a directory to mount on), link -> target
 *	scratch/w0/         upper side: .cache/ (upper side of the overlay at HOME/.cache), what the action makes in HOME
 *	scratch/w0.1        for the kernel, as its "work" directory of that overlay
 */
#include "sandbox/cover.h"

#include "base/cleanup.h"
#include "sandbox/listing.h"
#include "sandbox/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define POINTS_MAX 4096

struct cover {
	struct root *root;
	const char *name;  /* of the upper side in the scratch; others begin with it */
	unsigned works;
	bool read_only;    /* something is */
	char **points;     /* mount points below it */
	size_t count;
};

/* One directory that is made anew. */
struct level {
	struct cover *cover;
	const char *path; /* on the host */
	const char *at;   /* for the action */
	int upper;
};

static int make_level(struct cover *c, const char *path, const char *at, int lower, int skeleton, int upper);

static int add_point(void *ctx, const char *at)
{
	struct cover *c = ctx;

	if (c->count == POINTS_MAX)
		return -E2BIG;
	c->points[c->count] = strdup(at);
	return c->points[c->count] ? (c->count++, 0) : -ENOMEM;
}

static void release(struct cover *c)
{
	while (c->count)
		free(c->points[--c->count]);
	free(c->points);
}

static bool has_below(const struct cover *c, const char *path)
{
	size_t i;

	for (i = 0; i < c->count; i++) {
		const char *rest = path_below(c->points[i], path);

		if (rest && *rest)
			return true;
	}
	return false;
}

/* ---- one entry --------------------------------------------------------------------------------------------- */

static int overlay_entry(const struct level *l, int lower, const char *name)
{
	struct cover *c = l->cover;
	AUTO_FD int upper = root_directory_in(c->root, l->upper, name, lower), work = -1;
	char work_name[64];

	(void)snprintf(work_name, sizeof(work_name), "%s.%u", c->name, ++c->works);
	work = root_directory(c->root, work_name, -1);
	if (upper < 0 || work < 0)
		return upper < 0 ? upper : work;
	return mount_overlay(lower, upper, work, c->root->plan->user_namespace);
}

/* `mount` is taken. */
static int add_entry(const struct level *l, int skeleton, const char *name, const char *at, bool directory, int mount)
{
	int r = directory ? mkdirat(skeleton, name, 0755) : mknodat(skeleton, name, S_IFREG | 0644, 0);

	if (r < 0) {
		r = -errno;
		(void)close(mount);
		return r;
	}
	return root_add(l->cover->root, mount, at, ATTACH_FIRST | (directory ? ATTACH_DIRECTORY : 0), NULL);
}

/* What cannot be cloned is not there. */
static int bind_entry(const struct level *l, int from, int skeleton, const char *name, const char *at, bool directory)
{
	int mount = mount_clone(from, name, true);

	if (mount < 0)
		return mount == -ENOMEM || mount == -ENOSPC ? mount : 0;
	l->cover->read_only = true;
	return add_entry(l, skeleton, name, at, directory, mount);
}

/* Something else will be there. */
static bool is_taken(const struct action *a, const char *at)
{
	size_t i;

	for (i = 0; i < a->writable_count; i++)
		if (strcmp(a->writable[i].at, at) == 0)
			return true;
	return strcmp(a->directory, at) == 0;
}

static int show_directory(const struct level *l, int from, int skeleton, const char *name, const char *at)
{
	AUTO_FD int lower = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", strcmp(l->path, "/") == 0 ? "" : l->path, name), mount;

	if (n < 0 || (size_t)n >= sizeof(path))
		return 0;
	if (is_taken(l->cover->root->plan->action, at))
		return mkdirat(skeleton, name, 0755) < 0 ? -errno : 0;
	if (lower >= 0 && has_below(l->cover, path)) {
		AUTO_FD int inner = root_directory_in(l->cover->root, skeleton, name, lower);
		AUTO_FD int upper = root_directory_in(l->cover->root, l->upper, name, lower);

		if (inner < 0 || upper < 0)
			return inner < 0 ? inner : upper;
		return make_level(l->cover, path, at, lower, inner, upper);
	}
	mount = lower < 0 ? -EACCES : overlay_entry(l, lower, name);
	if (mount < 0)
		return bind_entry(l, from, skeleton, name, at, true);
	return add_entry(l, skeleton, name, at, true, mount);
}

static int show_special(int skeleton, const char *name, const struct stat *st)
{
	if (mknodat(skeleton, name, st->st_mode, 0) < 0 || fchmodat(skeleton, name, st->st_mode & 07777, 0) < 0)
		return -errno;
	(void)utimensat(skeleton, name, (const struct timespec[]){ st->st_atim, st->st_mtim }, AT_SYMLINK_NOFOLLOW);
	return 0;
}

static int show(void *ctx, int from, int skeleton, const char *name, const struct stat *st)
{
	const struct level *l = ctx;
	char at[PATH_MAX];
	int n = snprintf(at, sizeof(at), "%s/%s", l->at, name);

	if (n < 0 || (size_t)n >= sizeof(at))
		return 0;
	if (S_ISDIR(st->st_mode))
		return show_directory(l, from, skeleton, name, at);
	if (S_ISREG(st->st_mode))
		return bind_entry(l, from, skeleton, name, at, false);
	return S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode) ? show_special(skeleton, name, st) : 0;
}

/* ---- one directory ----------------------------------------------------------------------------------------- */

/* Making the entries moved the times of both. */
static int make_level(struct cover *c, const char *path, const char *at, int lower, int skeleton, int upper)
{
	struct level l = { c, path, at, upper };
	struct timespec times[2];
	struct stat st;
	int r;

	if (fstat(lower, &st) < 0)
		return -errno;
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	r = root_show_entries(lower, skeleton, show, &l);
	if (r < 0)
		return r;
	return futimens(skeleton, times) < 0 || futimens(upper, times) < 0 ? -errno : 0;
}

static int make_whole(struct cover *c, int lower, const char *path, const char *at)
{
	char skeleton_name[64], work_name[64];
	AUTO_FD int upper = root_directory(c->root, c->name, lower), skeleton = -1, work = -1;
	int r;

	(void)snprintf(skeleton_name, sizeof(skeleton_name), "%s.cover", c->name);
	(void)snprintf(work_name, sizeof(work_name), "%s.work", c->name);
	skeleton = root_directory(c->root, skeleton_name, lower);
	work = root_directory(c->root, work_name, -1);
	if (upper < 0 || skeleton < 0 || work < 0)
		return upper < 0 ? upper : skeleton < 0 ? skeleton : work;
	r = make_level(c, path, at, lower, skeleton, upper);
	return r < 0 ? r : mount_overlay(skeleton, upper, work, c->root->plan->user_namespace);
}

int cover_make(struct root *r, int lower, const char *path, const char *at, const char *upper)
{
	CLEANUP(release) struct cover c = { .root = r, .name = upper, .points = calloc(POINTS_MAX, sizeof(*c.points)) };
	size_t before = r->count;
	int mount = c.points ? mount_each_below(path, add_point, &c) : -ENOMEM;

	if (mount >= 0)
		mount = make_whole(&c, lower, path, at);
	if (mount < 0) {
		root_forget(r, before);
		return mount;
	}
	r->covered = true;
	if (c.read_only && !r->partly)
		r->partly = at;
	return mount;
}
