/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program is told that may differ from run to run comes to it, with few exceptions, by system calls; so
 * a tracer that stops at those calls knows who asked, and for a clock can say what is answered.  Which function of the C
 * library (glibc 2.36 on x86-64 and aarch64, musl 1.2; Go's runtime makes the same calls) reaches which call:
 *
 *	time                                     time (x86-64), clock_gettime (aarch64, musl)
 *	gettimeofday, ftime                      gettimeofday, clock_gettime (musl)
 *	clock_gettime, timespec_get, clock       clock_gettime
 *	  (C++ chrono, Python time, Go time.Now)
 *	sleep, usleep, nanosleep, thrd_sleep     clock_nanosleep; nanosleep (older ones, Go)
 *	poll, select, epoll_wait and kin         by the same name, with "p" in front or behind
 *	pthread_cond_timedwait, sem_timedwait,   futex, FUTEX_WAIT_BITSET with FUTEX_CLOCK_REALTIME
 *	  mtx_timedlock                            (musl computes a duration: FUTEX_WAIT, which needs nothing)
 *	getrandom, getentropy, arc4random,       getrandom
 *	  mkstemp, the first malloc
 *	open of /dev/urandom, a random uuid      openat, open; then read
 *	gethostname, uname                       uname
 *	readdir, scandir, glob, nftw             getdents64
 *	getpid, gettid, getppid                  by the same name
 *	stat, lstat, fstat, fstatat              newfstatat, fstat; stat, lstat (older ones, musl); statx (Rust, Go's C)
 *	connect, getaddrinfo, sendto             connect, sendto (sendmsg with an address is not looked at)
 *
 * The first five rows need no system call as long as the program knows the vDSO, so that is hidden (trace_exec.c).  Not
 * seen: what TRACE_BLIND_SPOTS says; sysinfo(), times() and files of /proc that tell the same; timers that signal;
 * what io_uring does; programs of another word size.
 *
 * The filter (trace_registers.c) lets all other calls run at full speed.  One that it stops:
 *
 *	PTRACE_EVENT_SECCOMP    the call is entered, arguments are there: values_enter()
 *	  PTRACE_CONT             nothing more to see, or it was answered here
 *	  PTRACE_SYSCALL          to the next stop, its exit, where the result is: values_leave()
 *
 * All tracees are attached by PTRACE_SEIZE, the first one by us while it is stopped in trace_child(), the others
 * by the kernel as they are created.  Unlike with PTRACE_TRACEME a stop by SIGSTOP then works as without us: it
 * is told from other stops (PTRACE_EVENT_STOP with the signal), and kept by PTRACE_LISTEN.  ptrace(2) has the
 * rules; those that are easily got wrong:
 *
 *	- A new thread or process may be reported before its creator's PTRACE_EVENT_FORK, or have ended by then.
 *	- At exec all other threads vanish, and the caller takes the number of the process; its former one
 *	  is in the event's message and is never reported again.
 *	- A stop may turn into death while it is handled.  ESRCH everywhere means that, and waitpid() will tell.
 *	- The first thread of a process is reported as ended when the last one is.
 *
 * Termination: when the command has ended, or stop() says so, every tracee is killed, whatever it is stopped in, and
 * each that appears later is killed at its first stop; no tracee can make others without our being told.
 */
#include "sandbox/trace.h"

#include "base/cleanup.h"
#include "sandbox/action.h"
#include "sandbox/trace_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_NS (100 * 1000 * 1000)
#define ASK_MS   20
/* After SIGKILL; what is then still there hangs in the kernel, and goes with the PID namespace. */
#define KILL_MS 10000

#define OPTIONS                                                                                             \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |           \
	 PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL)

struct loop {
	struct tracer tracer;
	const struct trace *trace;
	struct task_table tasks;
	pid_t main;
	bool attached, ended;
	int status;          /* of the main process */
	int error;           /* it cannot be traced */
	int64_t killed_at;   /* milliseconds of CLOCK_MONOTONIC; 0: not yet */
	int64_t asked_at;    /* likewise, whether to stop */
};

/* ---- the child --------------------------------------------------------------------------------------------- */

int trace_child(const struct preload_page *page)
{
	if (raise(SIGSTOP) != 0)
		return -errno;
	return filter_install(page && page->clock == CLOCK_FROZEN);
}

/* ---- the end ----------------------------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Every descendant is traced, so its number cannot have become another's before we reap it. */
static void kill_all(struct loop *l)
{
	const struct task *task;
	size_t i;

	if (!l->killed_at)
		l->killed_at = now_ms();
	if (!l->attached && !l->ended)
		(void)kill(l->main, SIGKILL);
	for (i = 0; i < TASK_BUCKETS; i++)
		for (task = l->tasks.buckets[i]; task; task = task->next)
			(void)kill(task->tid, SIGKILL);
	/* In a PID namespace of our own also those that avoided being traced (CLONE_UNTRACED). */
	if (getpid() == 1)
		(void)kill(-1, SIGKILL);
}

static uint64_t count_processes(const struct loop *l)
{
	const struct task *task;
	struct standing s;
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < TASK_BUCKETS; i++)
		for (task = l->tasks.buckets[i]; task; task = task->next)
			n += read_standing(task->tid, &s) && s.process == task->tid && !s.dead;
	return n;
}

static void on_end(struct loop *l, pid_t tid, int status)
{
	task_remove(&l->tasks, &l->tracer.records, tid);
	if (tid != l->main || l->ended)
		return;
	l->ended = true;
	l->status = status;
	if (l->trace->leftover)
		*l->trace->leftover = count_processes(l);
	kill_all(l);
}

/* ---- stops ------------------------------------------------------------------------------------------------- */

/* What fails here fails because the task is gone. */
static void resume(const struct task *task, int sig)
{
	bool each = task->call.id != CALL_NONE || task->hunt;

	(void)ptrace(each ? PTRACE_SYSCALL : PTRACE_CONT, task->tid, 0, sig);
}

static void attach(struct loop *l)
{
	if (ptrace(PTRACE_SEIZE, l->main, 0, OPTIONS) < 0) {
		l->error = -errno;
		kill_all(l);
		return;
	}
	l->attached = true;
	if (!task_add(&l->tasks, l->main, NULL)) {
		l->error = -ENOMEM;
		kill_all(l);
	}
	(void)kill(l->main, SIGCONT);
}

static void on_new_task(struct loop *l, const struct task *creator)
{
	unsigned long tid = 0;

	if (ptrace(PTRACE_GETEVENTMSG, creator->tid, 0, &tid) < 0 || !tid)
		return;
	/* It may have lived its whole life before we come to hear of its birth. */
	if (!task_find(&l->tasks, (pid_t)tid) && kill((pid_t)tid, 0) < 0 && errno == ESRCH)
		return;
	(void)task_add(&l->tasks, (pid_t)tid, creator);
}

/* The thread that called execve() now has the number of the process; the others are gone. */
static void on_exec(struct loop *l, struct task *task)
{
	struct __ptrace_syscall_info info = { 0 };
	struct task *former = task;
	struct program *before;
	unsigned long tid = 0;

	if (ptrace(PTRACE_GETEVENTMSG, task->tid, 0, &tid) == 0 && (pid_t)tid != task->tid)
		former = task_find(&l->tasks, (pid_t)tid);
	former = former ? former : task;
	before = task->program ? task->program : former->program;
	task->hunt = former->hunt;
	task->process = task->tid;
	task->call = (struct call){ 0 };
	task->wait = (struct wait){ 0 };
	if (ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, sizeof(info), &info) > 0) {
		struct new_program n = { .arch = info.arch, .stack = info.stack_pointer };
		struct program *program = exec_program(&l->tracer, task->tid, &n, before);

		if (program) {
			program_unref(&l->tracer.records, task->program);
			task->program = program;
		}
	}
	if (former != task)
		task_remove(&l->tasks, &l->tracer.records, former->tid);
}

_Static_assert(sizeof(((struct __ptrace_syscall_info *)0)->seccomp.args) == sizeof(((struct call *)0)->args),
	       "six arguments");

static void enter(struct loop *l, struct task *task, unsigned id, const uint64_t args[6])
{
	task->call.id = (enum traced_call)id;
	memcpy(task->call.args, args, sizeof(task->call.args));
	if (!values_enter(&l->tracer, task))
		task->call.id = CALL_NONE;
}

static void leave(struct loop *l, struct task *task, int64_t result)
{
	if (task->call.id != CALL_NONE)
		values_leave(&l->tracer, task, result);
	task->call.id = CALL_NONE;
	if (task->hunt)
		task->hunt--;
}

/* The filter stopped a call, or (with PTRACE_SYSCALL) any call is entered or left. */
static void on_call(struct loop *l, struct task *task)
{
	struct __ptrace_syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, sizeof(info), &info) <= 0)
		return;
	switch (info.op) {
	case PTRACE_SYSCALL_INFO_SECCOMP:
		enter(l, task, info.seccomp.ret_data, info.seccomp.args);
		break;
	case PTRACE_SYSCALL_INFO_ENTRY:
		if (task->hunt && call_of_number(info.arch, info.entry.nr) == CALL_READ)
			enter(l, task, CALL_READ, info.entry.args);
		break;
	case PTRACE_SYSCALL_INFO_EXIT:
		leave(l, task, info.exit.rval);
		break;
	default:
		break;
	}
}

/* A stop by SIGSTOP and its kin lasts until SIGCONT, which only PTRACE_LISTEN notices. */
static void on_group_stop(const struct task *task, int sig)
{
	if (sig == SIGTRAP)
		resume(task, 0);
	else
		(void)ptrace(PTRACE_LISTEN, task->tid, 0, 0);
}

static void on_stop(struct loop *l, struct task *task, int status)
{
	int sig = WSTOPSIG(status);

	switch (status >> 16) {
	case PTRACE_EVENT_STOP:
		on_group_stop(task, sig);
		return;
	case PTRACE_EVENT_SECCOMP:
		on_call(l, task);
		break;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		on_new_task(l, task);
		break;
	case PTRACE_EVENT_EXEC:
		on_exec(l, task);
		break;
	case 0:
		if (sig == (SIGTRAP | 0x80)) {
			on_call(l, task);
			break;
		}
		resume(task, sig);
		return;
	default:
		break;
	}
	resume(task, 0);
}

static void on_change(struct loop *l, pid_t tid, int status)
{
	struct task *task;

	if (!WIFSTOPPED(status)) {
		on_end(l, tid, status);
		return;
	}
	if (!l->attached) {
		if (tid == l->main)
			attach(l);
		return;
	}
	task = task_arrived(&l->tasks, tid);
	if (l->killed_at)
		(void)kill(tid, SIGKILL);
	else if (task)
		on_stop(l, task, status);
	else
		(void)ptrace(PTRACE_CONT, tid, 0, 0);
}

/* ---- the loop ---------------------------------------------------------------------------------------------- */

static void pause_for_change(const sigset_t *child)
{
	const struct timespec limit = { .tv_nsec = PAUSE_NS };

	(void)sigtimedwait(child, NULL, &limit);
}

static bool given_up(const struct loop *l)
{
	return l->killed_at && now_ms() - l->killed_at > KILL_MS;
}

/* Asking may be dearer than a stop. */
static bool told_to_stop(struct loop *l)
{
	int64_t now = now_ms();

	if (l->killed_at || !l->trace->stop || now - l->asked_at < ASK_MS)
		return false;
	l->asked_at = now;
	return l->trace->stop(l->trace->ctx);
}

/* SIGCHLD is blocked: one that comes between the two calls is not lost. */
static void watch(struct loop *l, const sigset_t *child)
{
	int status;
	pid_t tid;

	while (!given_up(l)) {
		tid = waitpid(-1, &status, __WALL | WUNTRACED | WNOHANG);
		if (tid < 0 && errno == ECHILD)
			return;
		if (tid > 0)
			on_change(l, tid, status);
		else
			pause_for_change(child);
		if (told_to_stop(l))
			kill_all(l);
	}
}

static void loop_release(struct loop *l)
{
	size_t i;

	for (i = 0; i < TASK_BUCKETS; i++)
		while (l->tasks.buckets[i])
			task_remove(&l->tasks, &l->tracer.records, l->tasks.buckets[i]->tid);
	recorder_finish(&l->tracer.records);
	free(l);
}
DEFINE_CLEANUP(struct loop *, loop_release)

int trace_loop(const struct trace *t, pid_t pid, int *ret_status)
{
	CLEANUP(loop_releasep) struct loop *l = calloc(1, sizeof(*l));
	sigset_t child, before;

	if (!l) {
		(void)kill(pid, SIGKILL);
		return -ENOMEM;
	}
	l->trace = t;
	l->main = pid;
	l->tracer.page = t->page;
	l->tracer.time_namespace = time_namespace_of(getpid());
	l->tracer.frozen = t->page && t->page->clock == CLOCK_FROZEN;
	recorder_init(&l->tracer.records, t->out);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, &before);
	watch(l, &child);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (l->error || !l->ended)
		return l->error ? l->error : -ECHILD;
	*ret_status = l->status;
	return 0;
}
