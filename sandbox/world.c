/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host lets us have is tried and not deduced: a kernel's version says nothing of the container that we may
 * be in, of its seccomp filter, of a security module or of a sysctl.  A child tries all namespaces at once and, where
 * that is refused, one after another; then, with what it got, the mounts that an action's root is made of, a process number,
 * a listening filter and a trace.
 */
#include "sandbox/action.h"

#include "base/cleanup.h"
#include "sandbox/identity.h"
#include "sandbox/mounts.h"
#include "sandbox/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMESPACES (WORLD_MOUNT | WORLD_PID | WORLD_UTS | WORLD_IPC | WORLD_NETWORK)
#define EVERYTHING ((WORLD_MAP_USER << 1) - 1)

static struct world world;

/* ---- inside ------------------------------------------------------------------------------------------------ */

static int make_directory(int room, const char *name)
{
	int fd;

	if (mkdirat(room, name, 0755) < 0)
		return -errno;
	fd = openat(room, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int try_overlay(int room, bool user)
{
	AUTO_FD int lower = make_directory(room, "lower"), upper = make_directory(room, "upper");
	AUTO_FD int work = make_directory(room, "work"), mount = -1;

	if (lower < 0 || upper < 0 || work < 0)
		return lower < 0 ? lower : upper < 0 ? upper : work;
	mount = mount_overlay(lower, upper, work, user);
	return mount < 0 ? mount : 0;
}

/* The bits that the rest of a root directory needs; 0: it cannot be made. */
static unsigned try_mounts(bool user)
{
	AUTO_FD int room = -1, tree = -1;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 0;
	room = mount_memory(1 << 20, 64);
	if (room < 0 || mount_attach(room, AT_FDCWD, "/") < 0)
		return 0;
	tree = mount_clone(AT_FDCWD, "/usr", true);
	if (tree < 0 || mkdirat(room, "tree", 0755) < 0 || mount_attach(tree, room, "tree") < 0)
		return 0;
	return WORLD_MOUNT | (try_overlay(room, user) == 0 ? WORLD_OVERLAY : 0);
}

static unsigned try_set_pid(void)
{
	AUTO_FD int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, "99", 2) == 2 ? WORLD_SET_PID : 0;
}

/* Lets everything pass. The process ends soon: that no new privileges come does no harm. */
static unsigned try_watch(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };
	int fd;

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	if (fd < 0)
		return 0;
	(void)close(fd);
	return WORLD_WATCH;
}

static unsigned try_trace(void)
{
	pid_t child = fork();
	int status;
	bool traced;

	if (child == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? 1 : 0);
	if (child < 0)
		return 0;
	/* Traced, it stops nowhere: it only ends. */
	traced = spawn_wait(child, &status) == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	return traced ? WORLD_TRACE : 0;
}

static _Noreturn void try_inside(struct plan *p)
{
	unsigned has = p->use & ~(unsigned)(WORLD_MOUNT | WORLD_OVERLAY);

	if (p->use & WORLD_MOUNT)
		has |= try_mounts(p->user_namespace);
	if (p->use & WORLD_PID)
		has |= try_set_pid();
	has |= try_trace() | try_watch();
	if ((p->use & WORLD_USER) || p->root)
		has |= WORLD_MAP_USER;
	p->report->lacks = EVERYTHING & ~has;
	p->report->ended = true;
	_exit(0);
}

static void call_try_inside(struct plan *p)
{
	try_inside(p);
}

/* ---- outside ----------------------------------------------------------------------------------------------- */

/* What there is when these namespaces are asked for; negative errno when one of them is refused. */
static int try_world(unsigned use, unsigned *ret_has, struct error *err)
{
	static const struct action nothing = ACTION_INIT;
	CLEANUP(report_freep) struct report *report = report_new();
	struct plan p = { .action = &nothing, .use = use, .root = geteuid() == 0, .report = report };
	int pair[2], status, r;
	pid_t pid = 0;

	if (!report || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, -ENOMEM, NULL, "no memory");
	p.control = pair[1];
	r = spawn_world(&p, (const int[]){ pair[1] }, 1, pair[0], call_try_inside, &pid, err);
	(void)close(pair[0]);
	if (r < 0)
		return r;
	(void)spawn_wait(pid, &status);
	if (!report->ended)
		return error_set(err, -ECHILD, NULL, "the world's first process died");
	*ret_has = EVERYTHING & ~report->lacks;
	return 0;
}

/* One after another, in the order of the bits; each that is had is kept. */
static unsigned try_singly(struct error *first)
{
	static const unsigned all[] = { WORLD_USER, WORLD_MOUNT, WORLD_PID, WORLD_UTS, WORLD_IPC, WORLD_NETWORK };
	unsigned use = 0, has = 0, ignored;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct error err = { 0 };

		if (try_world(use | all[i], &ignored, &err) == 0)
			use |= all[i];
		else if (!first->code)
			*first = err;
	}
	(void)try_world(use, &has, NULL);
	return has;
}

/* What each is good for, as the sentence of a warning. */
static const struct {
	unsigned feature;
	const char *missing;
} effects[] = {
	{ WORLD_USER, "no user namespaces" },
	{ WORLD_MOUNT, "no mount namespaces: the inputs are copied, paths and host files cannot be varied" },
	{ WORLD_PID, "no PID namespaces: process numbers are the host's" },
	{ WORLD_UTS, "no UTS namespaces: the host's name cannot be varied" },
	{ WORLD_IPC, "no IPC namespaces" },
	{ WORLD_NETWORK, "no network namespaces: the action can reach the network" },
	{ WORLD_OVERLAY, "no overlay file systems: the inputs are copied" },
	{ WORLD_SET_PID, "process numbers cannot be chosen" },
	{ WORLD_WATCH, "no seccomp notification: programs and connections are not seen" },
	{ WORLD_TRACE, "no ptrace" },
	{ WORLD_MAP_USER, "no other user can be shown" },
};

static void say_missing(const struct error *first)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(sizeof(world.missing) - 1);
	const char *why = first->code ? strerror(-first->code) : NULL;
	size_t i;

	for (i = 0; i < sizeof(effects) / sizeof(effects[0]); i++) {
		/* Root without a user namespace does the same things. */
		if ((world.has & effects[i].feature) || (effects[i].feature == WORLD_USER && (world.has & WORLD_MOUNT)))
			continue;
		(void)buffer_printf(&b, "%s%s", b.len ? "; " : "", effects[i].missing);
		if (why)
			(void)buffer_printf(&b, " (%s)", why);
		why = NULL;
	}
	memcpy(world.missing, buffer_str(&b), b.len + 1);
}

static void probe(void)
{
	struct error first = { 0 };

	if (try_world(WORLD_USER | NAMESPACES, &world.has, &first) < 0)
		world.has = try_singly(&first);
	say_missing(&first);
}

const struct world *action_world_probe(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, probe);
	return &world;
}
