/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's root is never changed, not even in the copy of its mounts that a new namespace is.  Two memory file systems
 * are stacked on it: `scratch`, for what is written, and `base`, which becomes the root.  A process whose root
 * is below a stack does not see it: absolute names go on to mean the host, descriptors mean the new side.
 *
 *	base          / of the action, read-only in the end; each entry of the host's root is a recursive clone in it
 *	scratch       upper sides of overlays, doctored files, /dev/shm; reachable only by its descriptor
 *	host's root   beneath; detached in the end with everything that is still mounted on it, scratch included,
 *	              which lives on in what was made of it
 *
 * pivot_root(".", ".") from inside base swaps it with the host's root (pivot_root(2), "without a put_old").
 * Only then are names resolved in the new root, so symbolic links in them lead where the command will be led.
 *
 * A mount point that does not exist is made; where the directory that should hold it is read-only, an overlay
 * of it makes room: it shows the same and can be written to, until all is attached.
 */
#include "sandbox/root.h"

#include "base/cleanup.h"
#include "sandbox/listing.h"
#include "sandbox/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROOM_ENTRIES_MAX 4096
/* Of directories that we make: no time of this run shows. 2000-01-01. */
#define MADE_SECONDS 946684800

/* ---- the skeleton ------------------------------------------------------------------------------------------ */

/* A new memory file system on top of the root, where only descriptors lead. */
static int stack_memory(uint64_t size, uint64_t inodes)
{
	AUTO_FD int mount = mount_memory(size, inodes);
	int r;

	if (mount < 0)
		return mount;
	r = mount_attach(mount, AT_FDCWD, "/");
	return r < 0 ? r : steal_fd(&mount);
}

static int open_scratch(const struct plan *p)
{
	int fd;

	if (!p->room)
		return stack_memory(p->memory_max, p->memory_max / 4096 + 1024);
	fd = open(p->room, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Makes a mount point in a directory and attaches. */
static int place(int dirfd, const char *name, int mount, bool directory)
{
	int r;

	if (mount < 0)
		return mount;
	if (directory)
		r = mkdirat(dirfd, name, 0755);
	else
		r = mknodat(dirfd, name, S_IFREG | 0644, 0);
	r = r < 0 && errno != EEXIST ? -errno : mount_attach(mount, dirfd, name);
	(void)close(mount);
	return r;
}

static bool ours(const char *name)
{
	return !strcmp(name, "dev") || !strcmp(name, "proc") || !strcmp(name, &ACTION_SUPPORT[1]);
}

static int show_link(int from, int to, const char *name, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (symlinkat(target, to, name) < 0)
		return -errno;
	(void)utimensat(to, name, (const struct timespec[]){ st->st_atim, st->st_mtim }, AT_SYMLINK_NOFOLLOW);
	return 0;
}

int root_show_entries(int from, int to, root_show_fn show, void *ctx)
{
	CLEANUP(listing_release) struct listing names = LISTING_NONE;
	int r = listing_read(from, &names);
	size_t i;

	if (!r && names.count > ROOM_ENTRIES_MAX)
		r = -E2BIG;
	for (i = 0; !r && i < names.count; i++) {
		const char *name = names.entries[i]->d_name;
		struct stat st;

		if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
			continue;
		r = S_ISLNK(st.st_mode) ? show_link(from, to, name, &st) : show(ctx, from, to, name, &st);
	}
	return r;
}

/* As it is, and in place at once. What cannot be cloned (a mount of somebody else's) is left empty. */
static int show_bound(void *ctx, int from, int to, const char *name, const struct stat *st)
{
	int r = place(to, name, mount_clone(from, name, true), S_ISDIR(st->st_mode));

	(void)ctx;
	return r == -ENOMEM || r == -ENOSPC ? r : 0;
}

static int show_foreign(void *ctx, int from, int to, const char *name, const struct stat *st)
{
	return ours(name) ? 0 : show_bound(ctx, from, to, name, st);
}

static int show_host(const struct root *r)
{
	AUTO_FD int host = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return host < 0 ? -errno : root_show_entries(host, r->base, show_foreign, NULL);
}

static int make_dev(const struct root *r)
{
	static const char *const nodes[] = { "full", "null", "random", "tty", "urandom", "zero" };
	static const char *const links[][2] = { { "fd", "/proc/self/fd" },           { "ptmx", "pts/ptmx" },
						{ "stderr", "/proc/self/fd/2" }, { "stdin", "/proc/self/fd/0" },
						{ "stdout", "/proc/self/fd/1" } };
	static const char *const terminals[][2] = { { "ptmxmode", "0666" }, { "mode", "0620" }, { NULL, NULL } };
	AUTO_FD int host = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC), dev = -1;
	size_t i;

	if (mkdirat(r->base, "dev", 0755) < 0)
		return -errno;
	dev = openat(r->base, "dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dev < 0)
		return -errno;
	for (i = 0; host >= 0 && i < sizeof(nodes) / sizeof(nodes[0]); i++)
		(void)place(dev, nodes[i], mount_clone(host, nodes[i], false), false);
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlinkat(links[i][1], dev, links[i][0]) < 0)
			return -errno;
	(void)place(dev, "pts", mount_new("devpts", terminals), true);
	if (mkdirat(r->scratch, "shm", 01777) < 0)
		return -errno;
	return place(dev, "shm", mount_clone(r->scratch, "shm", false), true);
}

/* Settings of the kernel belong to the host: root may write to them by its number alone, whatever its namespace. */
static void protect_proc(const struct root *r)
{
	static const char *const names[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		AUTO_FD int mount = mount_clone(r->base, names[i], true);

		if (mount >= 0)
			(void)mount_attach(mount, r->base, names[i]);
	}
}

/* The kernel refuses a new /proc where the host's is partly covered, as in many containers: then the host's stands in. */
static int make_proc(struct root *r)
{
	int q = -EPERM;

	if (r->plan->use & WORLD_PID)
		q = place(r->base, "proc", mount_new("proc", NULL), true);
	r->own_proc = q == 0;
	if (q < 0) {
		report_lack(r->plan->report, r->plan->use & (WORLD_PID | WORLD_WATCH), "/proc is the host's (%s)", strerror(-q));
		q = place(r->base, "proc", mount_clone(AT_FDCWD, "/proc", false), true);
	}
	if (q < 0)
		return q;
	r->last_pid = openat(r->base, "proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	if (r->plan->root)
		protect_proc(r);
	return 0;
}

int root_prepare(struct root *r, const struct plan *plan, struct error *err)
{
	int q;

	*r = (struct root){ .plan = plan, .base = -1, .scratch = -1, .last_pid = -1 };
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return error_set(err, -errno, "/", "cannot make the mounts private");
	r->scratch = open_scratch(plan);
	if (r->scratch < 0)
		return error_set(err, r->scratch, plan->room, "cannot open the place for what is written");
	r->base = stack_memory(0, 65536);
	if (r->base < 0)
		return error_set(err, r->base, NULL, "cannot make a root directory");
	q = show_host(r);
	if (!q)
		q = make_dev(r);
	if (!q)
		q = make_proc(r);
	return q < 0 ? error_set(err, q, NULL, "cannot build the action's root directory") : 0;
}

static const struct timespec made_times[2] = { { .tv_sec = MADE_SECONDS }, { .tv_sec = MADE_SECONDS } };

void root_age(int dir)
{
	(void)futimens(dir, made_times);
}

int root_directory(const struct root *r, const char *name, int like)
{
	return root_directory_in(r, r->scratch, name, like);
}

int root_directory_in(const struct root *r, int dirfd, const char *name, int like)
{
	struct stat st = { .st_mode = 0755, .st_atim = made_times[0], .st_mtim = made_times[1] };
	AUTO_FD int fd = -1;
	struct timespec times[2];

	if (like >= 0 && fstat(like, &st) < 0)
		return -errno;
	if (mkdirat(dirfd, name, 0700) < 0)
		return -errno;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (like >= 0 && r->plan->root && fchown(fd, st.st_uid, st.st_gid) < 0 && errno != EPERM && errno != EINVAL)
		return -errno; /* those: no number in our map stands for that owner */
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	if (fchmod(fd, st.st_mode & 07777) < 0 || futimens(fd, times) < 0)
		return -errno;
	return steal_fd(&fd);
}

/* ---- attaching --------------------------------------------------------------------------------------------- */

int root_add(struct root *r, int mount, const char *at, unsigned flags, struct error *err)
{
	struct attachment *grown;
	char *copy;

	if (mount < 0)
		return error_set(err, mount, at, "cannot mount");
	if (r->count == r->capacity) {
		grown = reallocarray(r->attachments, r->capacity + 32, sizeof(*grown));
		if (grown) {
			r->attachments = grown;
			r->capacity += 32;
		}
	}
	copy = strdup(at);
	if (!copy || r->count == r->capacity) {
		free(copy);
		(void)close(mount);
		return error_set(err, -ENOMEM, NULL, "no memory");
	}
	r->attachments[r->count++] = (struct attachment){ mount, copy, flags };
	return 0;
}

void root_forget(struct root *r, size_t count)
{
	while (r->count > count) {
		r->count--;
		(void)close(r->attachments[r->count].mount);
		free(r->attachments[r->count].at);
	}
}

static int make_room(struct root *r, const char *path);

/* One directory of a path; `parent` is the path up to it, changed for a moment and restored. */
static int make_component(struct root *r, char *path, char *slash)
{
	int q;

	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return 0;
	if (errno != EROFS && errno != EACCES && errno != EPERM)
		return -errno;
	if (slash == path)
		return -errno;
	*slash = '\0';
	q = make_room(r, path);
	*slash = '/';
	if (q < 0)
		return q;
	return mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* mkdir -p */
static int make_directories(struct root *r, char *path)
{
	char *at = path, *before = path;
	int q = 0;

	while (!q && *at) {
		before = at;
		at += strspn(at, "/");
		if (!*at)
			break;
		at += strcspn(at, "/");
		if (*at) {
			*at = '\0';
			q = make_component(r, path, before);
			*at = '/';
		} else {
			q = make_component(r, path, before);
		}
	}
	return q;
}

static int make_file(struct root *r, char *path)
{
	char *slash = strrchr(path, '/');
	int fd, q = 0;

	if (slash != path) {
		*slash = '\0';
		q = make_directories(r, path);
		*slash = '/';
	}
	fd = q < 0 ? q : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (!q && fd < 0 && slash != path) {
		*slash = '\0';
		q = make_room(r, path);
		*slash = '/';
		fd = q < 0 ? q : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	}
	if (fd < 0)
		return q < 0 ? q : -errno;
	(void)close(fd);
	return 0;
}

static int make_point(struct root *r, const char *at, bool directory)
{
	AUTO_FREE char *path = NULL;
	struct stat st;

	if (stat(at, &st) == 0)
		return S_ISDIR(st.st_mode) == directory ? 0 : directory ? -ENOTDIR : -EISDIR;
	path = strdup(at);
	if (!path)
		return -ENOMEM;
	return directory ? make_directories(r, path) : make_file(r, path);
}

/* An empty directory that shows the entries of `lower`, each by a clone: where an overlay would lose what is mounted there. */
static int make_showcase(struct root *r, int lower, const char *name, const char *path)
{
	AUTO_FD int cover = mount_clone_alone(r->scratch, name, false);
	int q = cover < 0 ? cover : mount_attach(cover, AT_FDCWD, path);

	/* What we may not list had nothing to show. */
	if (!q)
		q = root_show_entries(lower, cover, show_bound, NULL);
	if (q == -EACCES)
		q = 0;
	return q < 0 ? q : root_add(r, steal_fd(&cover), "", ATTACH_READ_ONLY, NULL);
}

/* The directory at `path` becomes writable for us, and shows what it did before. */
static int make_room(struct root *r, const char *path)
{
	char upper[32], work[32];
	AUTO_FD int lower = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), room = -1, work_fd = -1;
	AUTO_FD int mount = -1;
	bool listable = lower >= 0;
	int q;

	if (!listable)
		lower = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (lower < 0)
		return -errno;
	(void)snprintf(upper, sizeof(upper), "room%u", r->rooms);
	(void)snprintf(work, sizeof(work), "room%u.work", r->rooms++);
	room = root_directory(r, upper, lower);
	work_fd = root_directory(r, work, -1);
	if (room < 0 || work_fd < 0)
		return room < 0 ? room : work_fd;
	if (listable && mount_has_below(path) == 0)
		mount = mount_overlay(lower, room, work_fd, r->plan->user_namespace);
	if (mount < 0)
		return make_showcase(r, lower, upper, path);
	q = mount_attach(mount, AT_FDCWD, path);
	return q < 0 ? q : root_add(r, steal_fd(&mount), "", ATTACH_READ_ONLY, NULL);
}

static int by_length(const void *a, const void *b)
{
	const struct attachment *x = a, *y = b;
	size_t m = strlen(x->at), n = strlen(y->at);

	if (m != n)
		return m < n ? -1 : 1;
	if ((x->flags ^ y->flags) & ATTACH_LAST)
		return x->flags & ATTACH_LAST ? 1 : -1;
	if ((x->flags ^ y->flags) & ATTACH_FIRST)
		return x->flags & ATTACH_FIRST ? -1 : 1;
	return strcmp(x->at, y->at);
}

/* Making room adds attachments that are in place already; their name is empty. */
static int attach_all(struct root *r, struct error *err)
{
	size_t i, wanted = r->count;
	int q;

	qsort(r->attachments, wanted, sizeof(*r->attachments), by_length);
	for (i = 0; i < wanted; i++) {
		const char *at = r->attachments[i].at;

		q = make_point(r, at, r->attachments[i].flags & ATTACH_DIRECTORY);
		if (!q)
			q = mount_attach(r->attachments[i].mount, AT_FDCWD, at);
		if (q == -ENOENT && r->attachments[i].flags & ATTACH_FIRST)
			q = 0; /* removed from the host meanwhile */
		if (q < 0)
			return error_set(err, q, at, "cannot put it there for the action");
	}
	return 0;
}

static void make_times(const struct root *r)
{
	static const char *const names[] = { ".", "dev", &ACTION_SUPPORT[1] };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)utimensat(r->base, names[i], made_times, 0);
}

static int freeze(const struct root *r)
{
	size_t i;
	int q;

	make_times(r);
	for (i = 0; i < r->count; i++)
		if (r->attachments[i].flags & ATTACH_READ_ONLY) {
			q = mount_read_only(r->attachments[i].mount);
			if (q < 0)
				return q;
		}
	return mount_read_only(r->base);
}

static int swap_roots(const struct root *r)
{
	if (fchdir(r->base) < 0 || syscall(SYS_pivot_root, ".", ".") < 0)
		return -errno;
	return chdir("/") < 0 ? -errno : 0;
}

/* "." of the host's root is what is stacked on it; then itself; then it is nowhere, which is EINVAL. */
static int drop_host(int host)
{
	int i;

	if (fchdir(host) < 0)
		return -errno;
	for (i = 0; umount2(".", MNT_DETACH) == 0; i++)
		;
	if (errno != EINVAL || !i)
		return -errno;
	return chdir("/") < 0 ? -errno : 0;
}

int root_enter(struct root *r, struct error *err)
{
	AUTO_FD int host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int q;

	q = host < 0 ? -errno : swap_roots(r);
	if (q < 0)
		return error_set(err, q, "/", "cannot change the root directory");
	q = attach_all(r, err);
	if (!q)
		q = freeze(r);
	if (!q)
		q = drop_host(host);
	root_forget(r, 0);
	free(r->attachments);
	r->attachments = NULL;
	r->capacity = 0;
	return q < 0 ? error_set(err, q, NULL, "cannot finish the action's root directory") : 0;
}
