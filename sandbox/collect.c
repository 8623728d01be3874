/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/collect.h"

#include "base/cleanup.h"
#include "sandbox/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX     400
#define ELSEWHERE_MAX 1000

static int open_directory(int dirfd, const char *name)
{
	return openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* ---- what changed in a copy -------------------------------------------------------------------------------- */

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

/* Of what a copy leaves out nothing can be said to be missing. */
static bool is_copied(mode_t mode)
{
	return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode) || S_ISFIFO(mode);
}

static bool mark_removed(int inputs, int tree)
{
	CLEANUP(listing_release) struct listing names = LISTING_NONE;
	bool any = false;
	struct stat st;
	size_t i;

	if (listing_read(inputs, &names) < 0)
		return false;
	for (i = 0; i < names.count; i++) {
		const char *name = names.entries[i]->d_name;

		if (fstatat(tree, name, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT &&
		    fstatat(inputs, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_copied(st.st_mode) &&
		    mknodat(tree, name, S_IFCHR, 0) == 0)
			any = true;
	}
	return any;
}

static bool prune(int inputs, int tree, const struct timespec *settled, unsigned depth);

/* Whether the entry stays. */
static bool prune_entry(int inputs, int tree, const char *name, const struct timespec *settled, unsigned depth)
{
	struct stat now, before;

	if (fstatat(tree, name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (fstatat(inputs, name, &before, AT_SYMLINK_NOFOLLOW) < 0 || (before.st_mode & S_IFMT) != (now.st_mode & S_IFMT))
		return true;
	if (S_ISDIR(now.st_mode)) {
		AUTO_FD int from = open_directory(inputs, name), to = open_directory(tree, name);

		if (from < 0 || to < 0 || depth >= DEPTH_MAX || prune(from, to, settled, depth + 1))
			return true;
		return now.st_mode != before.st_mode || unlinkat(tree, name, AT_REMOVEDIR) < 0;
	}
	return is_later(&now.st_ctim, settled) || unlinkat(tree, name, 0) < 0;
}

/* Whether anything stays. Names are taken before anything is removed. */
static bool prune(int inputs, int tree, const struct timespec *settled, unsigned depth)
{
	CLEANUP(listing_release) struct listing names = LISTING_NONE;
	bool any = mark_removed(inputs, tree);
	size_t i;

	if (listing_read(tree, &names) < 0)
		return true;
	for (i = 0; i < names.count; i++)
		if (prune_entry(inputs, tree, names.entries[i]->d_name, settled, depth))
			any = true;
	return any;
}

int collect_changes(const char *inputs, int tree, const struct timespec *settled)
{
	AUTO_FD int from = open(inputs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (from < 0)
		return -errno;
	(void)prune(from, tree, settled, 0);
	return 0;
}

/* ---- mount points ------------------------------------------------------------------------------------------ */

/* The mount point and the directories made to hold it, as far as they are empty and not the inputs' own. */
static void remove_point(const char *name, int inputs, int outputs)
{
	AUTO_FREE char *path = strdup(name);
	struct stat st;
	char *slash;

	while (path && *path) {
		if (fstatat(inputs, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return;
		if (fstatat(outputs, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return;
		if (S_ISREG(st.st_mode) && st.st_size)
			return;
		if (unlinkat(outputs, path, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) < 0)
			return;
		slash = strrchr(path, '/');
		if (!slash)
			return;
		*slash = '\0';
	}
}

void collect_mount_points(const struct action *a, const char *inputs, int outputs)
{
	AUTO_FD int from = open(inputs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *name;
	size_t i;

	for (i = 0; from >= 0 && i < a->writable_count; i++) {
		name = path_below(a->writable[i].at, a->directory);
		if (name && *name)
			remove_point(name, from, outputs);
	}
	for (i = 0; from >= 0 && i < a->shown_count; i++) {
		name = path_below(a->shown[i].at, a->directory);
		if (name && *name)
			remove_point(name, from, outputs);
	}
}

/* ---- elsewhere --------------------------------------------------------------------------------------------- */

struct names {
	const struct action *action;
	const struct timespec *settled;
	struct action_result *result;
	char path[PATH_MAX];
	int error;
};

/* It is a mount point, or a directory on the way to one: nothing that the command made. */
static bool is_ours(const struct names *l)
{
	const struct action *a = l->action;
	size_t i;

	if (path_below(a->directory, l->path) || path_below(a->inputs, l->path))
		return true;
	for (i = 0; i < a->writable_count; i++)
		if (path_below(a->writable[i].at, l->path))
			return true;
	for (i = 0; i < a->shown_count; i++)
		if (path_below(a->shown[i].at, l->path))
			return true;
	return false;
}

static void add_name(struct names *l)
{
	struct action_result *r = l->result;

	r->elsewhere_total++;
	if (r->elsewhere_count >= ELSEWHERE_MAX || l->error)
		return;
	if (!r->elsewhere)
		r->elsewhere = calloc(ELSEWHERE_MAX, sizeof(*r->elsewhere));
	if (r->elsewhere)
		r->elsewhere[r->elsewhere_count] = strdup(l->path);
	if (!r->elsewhere || !r->elsewhere[r->elsewhere_count])
		l->error = -ENOMEM;
	else
		r->elsewhere_count++;
}

static void list(struct names *l, int dir, unsigned depth);

/* Directories are named when nothing is in them. */
static void list_entry(struct names *l, int dir, const char *name, unsigned depth)
{
	size_t len = strlen(l->path);
	struct stat st;
	uint64_t before = l->result->elsewhere_total;
	int n = snprintf(l->path + len, sizeof(l->path) - len, "/%s", name);

	if (n > 0 && (size_t)n < sizeof(l->path) - len && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (S_ISDIR(st.st_mode)) {
			AUTO_FD int child = depth < DEPTH_MAX ? open_directory(dir, name) : -1;

			if (child >= 0)
				list(l, child, depth + 1);
		}
		if (!(S_ISDIR(st.st_mode) && (before != l->result->elsewhere_total || !is_later(&st.st_ctim, l->settled))) &&
		    !is_ours(l))
			add_name(l);
	}
	l->path[len] = '\0';
}

static void list(struct names *l, int dir, unsigned depth)
{
	CLEANUP(listing_release) struct listing names = LISTING_NONE;
	size_t i;

	if (listing_read(dir, &names) < 0)
		return;
	for (i = 0; i < names.count; i++)
		list_entry(l, dir, names.entries[i]->d_name, depth);
}

int collect_elsewhere(const struct action *a, int dir, const char *at, const struct timespec *settled,
		      struct action_result *result)
{
	struct names l = { .action = a, .settled = settled, .result = result };

	(void)snprintf(l.path, sizeof(l.path), "%s", at);
	while (l.path[0] && l.path[strlen(l.path) - 1] == '/')
		l.path[strlen(l.path) - 1] = '\0';
	list(&l, dir, 0);
	return l.error;
}
