/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.c: files as an action is shown them: times, inode and device numbers.
 *
 * A file that the action made or touched has a time of the real clock, at or after the
 * action's start.  It is shown the time of the shown clock at which that happened, in whole
 * seconds: clock_sec + min(what was slept until now, whole seconds from the start to the file's time).
 * The second term orders what was made between sleeps, the first keeps a file from being
 * newer than the clock.  A time that the program set itself is one of the shown clock: it lies
 * before the start, or in the real future, and is shown as it is.
 *
 * The kernel stamps files with the clock as of its last tick, so what is made at once may be stamped up to a
 * hundredth of a second before the start.
 *
 * The kernel's struct stat is that of glibc and musl on x86-64 and on aarch64, and struct statx is the same
 * everywhere.  __xstat and its kin are what programs call that were linked with glibc before 2.33.
 */
#include "sandbox/inside/library.h"

#include <asm/stat.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#define TICK (SECOND / 100)

/* ---- times ------------------------------------------------------------------------------------------------- */

/* False: shown as it is. */
static bool shown_file_time(int64_t sec, int64_t nsec, int64_t *ret_sec)
{
	const struct preload_page *p = page();
	int64_t after, elapsed, moved;

	if (!frozen() || sec < p->start_sec - 1)
		return false;
	if (sec > p->start_sec + INT64_C(3155760000)) /* cannot be expressed below, and is no present */
		return false;
	after = (sec - p->start_sec) * SECOND + nsec - p->start_nsec;
	if (after < -TICK || sec > real_ns(CLOCK_REALTIME) / SECOND + 1)
		return false;
	elapsed = after > 0 ? after / SECOND : 0;
	moved = (int64_t)(__atomic_load_n(&p->slept_ns, __ATOMIC_RELAXED) / SECOND);
	*ret_sec = p->clock_sec + (moved < elapsed ? moved : elapsed);
	return true;
}

/* The two members have other types on each machine. */
#define SHOW_TIME(sec, nsec)                                              \
	do {                                                              \
		int64_t shown_;                                           \
		if (shown_file_time((int64_t)(sec), (int64_t)(nsec), &shown_)) { \
			(sec) = (__typeof__(sec))shown_;                  \
			(nsec) = 0;                                       \
		}                                                         \
	} while (0)

/* ---- numbers ----------------------------------------------------------------------------------------------- */

/* Returns what inode numbers of the device are moved by. */
static uint64_t show_device(uint64_t *device)
{
	const struct preload_page *p = page();

	for (uint32_t i = 0; i < p->device_count; i++)
		if (p->devices[i].real == *device) {
			*device = p->devices[i].shown;
			return p->inode_shift;
		}
	return 0;
}

/* dev_t as both C libraries write it. */
static uint64_t device_number(uint32_t major, uint32_t minor)
{
	return (uint64_t)(major & 0xfffff000) << 32 | (uint64_t)(major & 0xfff) << 8 |
	       (uint64_t)(minor & 0xffffff00) << 12 | (minor & 0xff);
}

static void show_status(struct stat *st)
{
	uint64_t device = st->st_dev;

	count(&page()->stats);
	st->st_ino += show_device(&device);
	st->st_dev = device;
	SHOW_TIME(st->st_atime, st->st_atime_nsec);
	SHOW_TIME(st->st_mtime, st->st_mtime_nsec);
	SHOW_TIME(st->st_ctime, st->st_ctime_nsec);
}

static void show_statx(struct statx *st)
{
	uint64_t device = device_number(st->stx_dev_major, st->stx_dev_minor);

	count(&page()->stats);
	st->stx_ino += show_device(&device);
	st->stx_dev_major = (uint32_t)(device >> 8 & 0xfff) | (uint32_t)(device >> 32 & 0xfffff000);
	st->stx_dev_minor = (uint32_t)(device & 0xff) | (uint32_t)(device >> 12 & 0xffffff00);
	SHOW_TIME(st->stx_atime.tv_sec, st->stx_atime.tv_nsec);
	SHOW_TIME(st->stx_btime.tv_sec, st->stx_btime.tv_nsec);
	SHOW_TIME(st->stx_ctime.tv_sec, st->stx_ctime.tv_nsec);
	SHOW_TIME(st->stx_mtime.tv_sec, st->stx_mtime.tv_nsec);
}

/* ---- system calls ------------------------------------------------------------------------------------------ */

long status_at(int dir, const char *path, struct stat *ret, int flags)
{
	long r = kernel4(__NR_newfstatat, dir, path, ret, flags);

	if (r == 0)
		show_status(ret);
	return r;
}

long status_of(int fd, struct stat *ret)
{
	long r = kernel3(__NR_fstat, fd, ret, 0);

	if (r == 0)
		show_status(ret);
	return r;
}

long status_statx(int dir, const char *path, int flags, unsigned mask, void *ret)
{
	long r = kernel6(__NR_statx, dir, (long)path, flags, mask, (long)ret, 0);

	if (r == 0)
		show_statx(ret);
	return r;
}

uint64_t inode_shift_of(int fd)
{
	struct stat st;
	uint64_t device;

	if (!page()->inode_shift || kernel3(__NR_fstat, fd, &st, 0) != 0)
		return 0;
	device = st.st_dev;
	return show_device(&device);
}

/* ---- what programs call -------------------------------------------------------------------------------------- */

EXPORT(int, stat, const char *path, struct stat *ret)
{
	return (int)answer(status_at(AT_FDCWD, path, ret, 0));
}
EXPORT_ALIAS(int, stat64, stat, const char *path, struct stat *ret)

EXPORT(int, lstat, const char *path, struct stat *ret)
{
	return (int)answer(status_at(AT_FDCWD, path, ret, AT_SYMLINK_NOFOLLOW));
}
EXPORT_ALIAS(int, lstat64, lstat, const char *path, struct stat *ret)

EXPORT(int, fstat, int fd, struct stat *ret)
{
	return (int)answer(status_of(fd, ret));
}
EXPORT_ALIAS(int, fstat64, fstat, int fd, struct stat *ret)

EXPORT(int, fstatat, int dir, const char *path, struct stat *ret, int flags)
{
	return (int)answer(status_at(dir, path, ret, flags));
}
EXPORT_ALIAS(int, fstatat64, fstatat, int dir, const char *path, struct stat *ret, int flags)

EXPORT(int, statx, int dir, const char *path, int flags, unsigned mask, struct statx *ret)
{
	return (int)answer(status_statx(dir, path, flags, mask, ret));
}

/* The version is 1 on x86-64 and 0 elsewhere (and 0, the kernel's own, is the same there). */
EXPORT(int, __xstat, int version, const char *path, struct stat *ret)
{
	return (int)answer(version & ~1 ? -EINVAL : status_at(AT_FDCWD, path, ret, 0));
}
EXPORT_ALIAS(int, __xstat64, __xstat, int version, const char *path, struct stat *ret)

EXPORT(int, __lxstat, int version, const char *path, struct stat *ret)
{
	return (int)answer(version & ~1 ? -EINVAL : status_at(AT_FDCWD, path, ret, AT_SYMLINK_NOFOLLOW));
}
EXPORT_ALIAS(int, __lxstat64, __lxstat, int version, const char *path, struct stat *ret)

EXPORT(int, __fxstat, int version, int fd, struct stat *ret)
{
	return (int)answer(version & ~1 ? -EINVAL : status_of(fd, ret));
}
EXPORT_ALIAS(int, __fxstat64, __fxstat, int version, int fd, struct stat *ret)

EXPORT(int, __fxstatat, int version, int dir, const char *path, struct stat *ret, int flags)
{
	return (int)answer(version & ~1 ? -EINVAL : status_at(dir, path, ret, flags));
}
EXPORT_ALIAS(int, __fxstatat64, __fxstatat, int version, int dir, const char *path, struct stat *ret, int flags)
