/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/support.h"

#include "base/cleanup.h"
#include "sandbox/hostfile.h"
#include "sandbox/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

/* Major 0 is the kernel's for file systems without a device; these minors are used by nothing else here. */
#define SHOWN_DEVICE         makedev(0, 100)
#define SHOWN_DEVICE_SHIFTED makedev(0, 200)

static int map_page(int dirfd, const char *name, struct preload_page **ret)
{
	AUTO_FD int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	void *p;

	if (fd < 0 || fchmod(fd, 0666) < 0 || ftruncate(fd, sizeof(**ret)) < 0)
		return -errno;
	p = mmap(NULL, sizeof(**ret), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	*ret = p;
	return 0;
}

/* The page is written to, the directory around it is not: the page comes from the scratch. */
static int bind_page(const struct root *root, int dir, struct preload_page **ret)
{
	AUTO_FD int mount = -1;
	int r = map_page(root->scratch, "page", ret);

	if (!r)
		r = hostfile_write(dir, "page", 0644, "", 0);
	if (r < 0)
		return r;
	mount = mount_clone_alone(root->scratch, "page", false);
	return mount < 0 ? mount : mount_attach(mount, dir, "page");
}

static int make_library(const struct root *root, int dir, struct support *ret)
{
	int r = hostfile_write(dir, "preload.so", 0755, preload_library, preload_library_size);

	if (r < 0)
		return r;
	return root ? bind_page(root, dir, &ret->page) : map_page(dir, "page", &ret->page);
}

static int make_tracer_page(struct support *ret)
{
	void *p = mmap(NULL, sizeof(*ret->tracer), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	ret->tracer = p;
	return 0;
}

int support_make(const struct plan *p, struct root *root, struct support *ret, struct error *err)
{
	AUTO_FD int room = root ? -1 : open(p->room, O_RDONLY | O_DIRECTORY | O_CLOEXEC), dir = -1;
	int at = root ? root->base : room, r = 0;
	const char *name = root ? &ACTION_SUPPORT[1] : STAND_IN_SUPPORT;

	*ret = (struct support){ 0 };
	if (mkdirat(at, name, 0755) < 0)
		return error_set(err, -errno, ACTION_SUPPORT, "cannot make it");
	dir = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return error_set(err, -errno, ACTION_SUPPORT, "cannot open it");
	if (p->probe)
		r = hostfile_write(dir, "probe", 0755, preload_probe, preload_probe_size);
	if (!r && !p->action->no_preload)
		r = make_library(root, dir, ret);
	if (!r && p->action->trace)
		r = make_tracer_page(ret);
	return r < 0 ? error_set(err, r, ACTION_SUPPORT, "cannot fill it") : 0;
}

/* ---- the page ---------------------------------------------------------------------------------------------- */

/*
 * File systems in memory get their device numbers as they come, others in each run.  The order of the paths decides
 * which constant number stands for which.
 */
static void add_device(struct preload_page *page, const struct plan *p, const char *path)
{
	struct stat st;
	uint32_t i;

	if (page->device_count >= PRELOAD_DEVICES || stat(path, &st) < 0)
		return;
	for (i = 0; i < page->device_count; i++)
		if (page->devices[i].real == st.st_dev)
			return;
	page->devices[i].real = st.st_dev;
	page->devices[i].shown = (p->action->inode_shift ? SHOWN_DEVICE_SHIFTED : SHOWN_DEVICE) + i;
	page->device_count++;
}

static void add_devices(struct preload_page *page, const struct plan *p)
{
	static const char *const made[] = { "/", "/dev/shm", "/dev/pts", "/proc" };
	size_t i;

	add_device(page, p, p->directory);
	for (i = 0; (p->use & WORLD_MOUNT) && i < sizeof(made) / sizeof(made[0]); i++)
		add_device(page, p, made[i]);
	for (i = 0; (p->use & WORLD_MOUNT) && i < p->action->writable_count; i++)
		add_device(page, p, p->action->writable[i].at);
}

static void fill(struct preload_page *page, const struct plan *p)
{
	struct timespec now;

	/* File systems take their times from the coarse clock: a file made right now is never before it. */
	(void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
	page->start_sec = now.tv_sec;
	page->start_nsec = now.tv_nsec;
	page->clock = p->action->clock;
	page->clock_sec = p->action->clock_sec;
	page->readdir = p->action->readdir;
	page->inode_shift = p->action->inode_shift;
	add_devices(page, p);
	page->magic = PRELOAD_MAGIC;
}

void support_start(const struct plan *p, struct support *s)
{
	if (s->page)
		fill(s->page, p);
	if (s->tracer) {
		fill(s->tracer, p);
		/* One clock is enough: what the tracer answers, the library must not answer again. */
		if (s->page)
			s->page->clock = CLOCK_AS_IT_IS;
	}
}
