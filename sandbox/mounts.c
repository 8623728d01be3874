/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/mounts.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

static int error_of(int r)
{
	return r < 0 ? -errno : r;
}

static int create(int context)
{
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	return error_of(fsmount(context, FSMOUNT_CLOEXEC, 0));
}

static int set(int context, const char *key, const char *value)
{
	if (value)
		return error_of(fsconfig(context, FSCONFIG_SET_STRING, key, value, 0));
	return error_of(fsconfig(context, FSCONFIG_SET_FLAG, key, NULL, 0));
}

int mount_new(const char *type, const char *const options[][2])
{
	AUTO_FD int context = fsopen(type, FSOPEN_CLOEXEC);
	int r = 0;

	if (context < 0)
		return -errno;
	for (; !r && options && (*options)[0]; options++)
		r = set(context, (*options)[0], (*options)[1]);
	return r < 0 ? r : create(context);
}

int mount_memory(uint64_t size, uint64_t inodes)
{
	char bytes[32], files[32];
	const char *options[4][2] = { { "mode", "0755" }, { "size", bytes }, { "nr_inodes", files }, { NULL, NULL } };

	(void)snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)(size ? size : 16 << 20));
	(void)snprintf(files, sizeof(files), "%llu", (unsigned long long)inodes);
	return mount_new("tmpfs", options);
}

static int clone_tree(int dirfd, const char *path, bool read_only, unsigned recursive)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	AUTO_FD int tree = open_tree(dirfd, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW |
							  AT_NO_AUTOMOUNT | AT_EMPTY_PATH | recursive);

	if (tree < 0)
		return -errno;
	if (read_only && mount_setattr(tree, "", AT_EMPTY_PATH | recursive, &attr, sizeof(attr)) < 0)
		return -errno;
	return steal_fd(&tree);
}

int mount_clone(int dirfd, const char *path, bool read_only)
{
	return clone_tree(dirfd, path, read_only, AT_RECURSIVE);
}

int mount_clone_alone(int dirfd, const char *path, bool read_only)
{
	return clone_tree(dirfd, path, read_only, 0);
}

/*
 * Options that not every kernel has: "volatile" (5.10) spares the writing back of an upper side that nobody needs
 * after a crash; "xino" gives files of both sides the device number of the overlay, so that a tree looks like one
 * file system to find -xdev and its kin.  "userxattr" (5.11) is a must inside a user namespace.
 */
struct overlay_options {
	bool is_volatile, xino;
};

static int try_overlay(const char *lower, const char *upper, const char *work, bool user, const struct overlay_options *o)
{
	AUTO_FD int context = fsopen("overlay", FSOPEN_CLOEXEC);
	int r = context < 0 ? -errno : set(context, "lowerdir", lower);

	if (!r)
		r = set(context, "upperdir", upper);
	if (!r)
		r = set(context, "workdir", work);
	if (!r && user)
		r = set(context, "userxattr", NULL);
	if (!r && o->is_volatile)
		r = set(context, "volatile", NULL);
	if (!r && o->xino)
		r = set(context, "xino", "on");
	return r < 0 ? r : create(context);
}

int mount_overlay(int lower, int upper, int work, bool user)
{
	static const struct overlay_options choices[] = { { true, true }, { true, false }, { false, true }, { false, false } };
	char lower_path[64], upper_path[64], work_path[64];
	size_t i;
	int r = -EINVAL;

	(void)snprintf(lower_path, sizeof(lower_path), "/proc/self/fd/%d", lower);
	(void)snprintf(upper_path, sizeof(upper_path), "/proc/self/fd/%d", upper);
	(void)snprintf(work_path, sizeof(work_path), "/proc/self/fd/%d", work);
	for (i = 0; r == -EINVAL && i < sizeof(choices) / sizeof(choices[0]); i++)
		r = try_overlay(lower_path, upper_path, work_path, user, &choices[i]);
	return r;
}

int mount_attach(int mount, int dirfd, const char *path)
{
	return error_of(move_mount(mount, "", dirfd, path, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS));
}

int mount_read_only(int mount)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	return error_of(mount_setattr(mount, "", AT_EMPTY_PATH, &attr, sizeof(attr)));
}

/* ---- what is mounted --------------------------------------------------------------------------------------- */

/* The kernel writes blanks, tabs, newlines and backslashes of names as \ooo (proc_pid_mountinfo(5)). */
static void unescape(char *s)
{
	char *out = s;

	for (; *s; s++, out++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' && s[3] >= '0' &&
		    s[3] <= '7') {
			*out = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*out = *s;
		}
	}
	*out = '\0';
}

/* The fifth word of a line, in place. */
static char *mount_point(char *line)
{
	char *word = line, *end;
	int i;

	for (i = 0; i < 4; i++) {
		word = strchr(word, ' ');
		if (!word)
			return NULL;
		word++;
	}
	end = strchr(word, ' ');
	if (!end)
		return NULL;
	*end = '\0';
	unescape(word);
	return word;
}

int mount_each_below(const char *path, int (*fn)(void *ctx, const char *at), void *ctx)
{
	CLEANUP(fclosep) FILE *f = fopen("/proc/self/mountinfo", "re");
	AUTO_FREE char *line = NULL;
	size_t size = 0, len = strlen(path);
	int r = 0;

	if (!f)
		return -errno;
	if (len == 1)
		len = 0; /* "/" */
	while (!r && getline(&line, &size, f) > 0) {
		const char *at = mount_point(line);

		if (at && strncmp(at, path, len) == 0 && at[len] == '/' && at[len + 1])
			r = fn(ctx, at);
	}
	return r;
}

static int found(void *ctx, const char *at)
{
	(void)ctx;
	(void)at;
	return 1;
}

int mount_has_below(const char *path)
{
	return mount_each_below(path, found, NULL);
}
