/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/spawn.h"

#include "base/cleanup.h"
#include "sandbox/forking.h"
#include "sandbox/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEEP_MAX 8

struct report *report_new(void)
{
	void *p = mmap(NULL, sizeof(struct report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void report_free(struct report *r)
{
	if (r)
		(void)munmap(r, sizeof(*r));
}

int spawn_wait(pid_t pid, int *ret_status)
{
	pid_t r;

	do
		r = waitpid(pid, ret_status, __WALL);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

/* ---- the children ------------------------------------------------------------------------------------------ */

static void close_others(const int *keep, size_t count)
{
	int sorted[KEEP_MAX], from = 0;
	size_t n = 0, i;

	for (i = 0; i < count && n < KEEP_MAX; i++) {
		size_t at = n;

		if (keep[i] < 0)
			continue;
		for (; at > 0 && sorted[at - 1] > keep[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = keep[i];
		n++;
	}
	for (i = 0; i < n; i++) {
		if (sorted[i] > from)
			(void)close_range((unsigned)from, (unsigned)sorted[i] - 1, 0);
		from = sorted[i] + 1;
	}
	(void)close_range((unsigned)from, ~0U, 0);
}

/* 0, 1 and 2 must be taken, or the first files that are opened would become standard input and output. */
static void fill_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd < 2);
	if (fd > 2)
		(void)close(fd);
}

static void default_signals(void)
{
	struct sigaction by_default = { .sa_handler = SIG_DFL };
	int i;

	for (i = 1; i < NSIG; i++)
		(void)sigaction(i, &by_default, NULL);
}

/* The caller may have died before it was asked to tell. */
static void die_with_caller(pid_t caller)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (caller && getppid() != caller)
		_exit(1);
}

static _Noreturn void fail(const struct plan *p, int code, const char *what)
{
	(void)error_set(&p->report->error, code, NULL, "%s", what);
	_exit(1);
}

static void enter_user_namespace(struct plan *p)
{
	int fd;

	if (unshare(CLONE_NEWUSER) < 0)
		fail(p, -errno, "cannot enter a user namespace");
	if (message_send(p->control, MESSAGE_NAMESPACE, -1) < 0 || message_receive(p->control, &fd) != MESSAGE_NAMESPACE)
		fail(p, -EPERM, "cannot map the user in a namespace");
	p->user_namespace = true;
}

static unsigned long namespace_flags(unsigned use)
{
	return (use & WORLD_MOUNT ? CLONE_NEWNS : 0) | (use & WORLD_PID ? CLONE_NEWPID : 0) |
	       (use & WORLD_UTS ? CLONE_NEWUTS : 0) | (use & WORLD_IPC ? CLONE_NEWIPC : 0) |
	       (use & WORLD_NETWORK ? CLONE_NEWNET : 0);
}

static _Noreturn void first_child(struct plan *p, pid_t caller, const int *keep, size_t keep_count,
				  void (*fn)(struct plan *p))
{
	long pid;

	die_with_caller(caller);
	/* A caller that has changed its user is not: then its maps belong to root. */
	(void)prctl(PR_SET_DUMPABLE, 1);
	default_signals();
	close_others(keep, keep_count);
	fill_standard();
	if (p->use & WORLD_USER)
		enter_user_namespace(p);
	die_with_caller(caller); /* a change of credentials has cleared it */
	/* The C library's fork() cannot do this; what it would do besides, its first call has done for this process. */
	pid = syscall(SYS_clone, namespace_flags(p->use) | CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
	if (pid < 0)
		fail(p, -errno, "cannot start a process in namespaces");
	if (pid == 0) {
		/* Without a PID namespace somebody must kill the others: then the control socket tells (inside.c). */
		if (p->use & WORLD_PID)
			die_with_caller(0);
		fn(p);
		_exit(1);
	}
	atomic_store(&p->report->inside, (pid_t)pid);
	_exit(0);
}

/* ---- the caller -------------------------------------------------------------------------------------------- */

/* The first child's user namespace, if it is to have one. Errors of the child's side are in the report. */
static int give_maps(const struct plan *p, int socket, pid_t child, struct error *err)
{
	int fd, r = 0;

	if (!(p->use & WORLD_USER))
		return 0;
	if (message_receive(socket, &fd) != MESSAGE_NAMESPACE)
		return 0; /* it failed */
	r = identity_map(p->action, child, p->root);
	if (r < 0)
		return error_set(err, r, NULL, "cannot map the user in a namespace");
	return message_send(socket, MESSAGE_NAMESPACE, -1);
}

int spawn_world(struct plan *p, const int *keep, size_t keep_count, int socket, void (*fn)(struct plan *p), pid_t *ret,
		struct error *err)
{
	sigset_t all, before;
	pid_t caller = getpid(), child;
	int r, status, saved;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	child = fork_settled();
	saved = errno;
	if (child == 0)
		first_child(p, caller, keep, keep_count, fn);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (child < 0)
		return error_set(err, -saved, NULL, "cannot start a process");
	(void)close(p->control); /* or its end would never be seen */
	p->control = -1;
	r = give_maps(p, socket, child, err);
	if (r < 0)
		(void)kill(child, SIGKILL);
	(void)spawn_wait(child, &status);
	*ret = atomic_load(&p->report->inside);
	if (r < 0 || *ret <= 0) {
		if (*ret > 0) {
			(void)kill(*ret, SIGKILL);
			(void)spawn_wait(*ret, &status);
		}
		if (p->report->error.code && err && !err->code)
			*err = p->report->error;
		return error_set(err, r < 0 ? r : -ECHILD, NULL, "cannot start the action's world");
	}
	return 0;
}
