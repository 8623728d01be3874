/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The caller and the recorder (files.h).
 *
 * Signals.  Those that ask a process to do something (TERM, HUP, USR1...) are handed from the caller to the
 * recorder and from there to the command.  What a terminal sends goes to the whole group, so the command has it
 * already: INT and QUIT are handed on only when a process sent them.  Both of our processes stop and continue with the group.
 *
 * The command begins with the signal mask and dispositions that the caller had: they are put back, or were not
 * changed, before it is executed.
 *
 * Why not ptrace(), which would also know how each call ended: it takes ptrace() away from the command, so that
 * debuggers and leak checkers fail inside, and costs two stops a call instead of one.
 */
#include "sandbox/files.h"

#include "base/cleanup.h"
#include "sandbox/files_private.h"
#include "sandbox/inside.h"
#include "sandbox/watch.h"
#include "sandbox/watch_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, uint64_t)
#endif
#define SYNC_WAKE_UP 1 /* SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP, Linux 6.6: waking the other side means giving way to it */

static const int handed_on[] = { SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGINT, SIGQUIT, SIGALRM, SIGWINCH };
#define HANDED_ON (sizeof(handed_on) / sizeof(handed_on[0]))

/* What the recorder tells the caller, once. */
struct verdict {
	int status, result;
	bool started;
	struct error error;
};

struct recorder_state {
	struct files_seen seen;
	struct watch *watch;
	pid_t command;
	int signals, told;
	bool ended;
	int status;
	double began;
};

static bool is_handed_on(const struct signalfd_siginfo *s)
{
	return s->ssi_code <= 0 || (s->ssi_signo != SIGINT && s->ssi_signo != SIGQUIT && s->ssi_signo != SIGWINCH);
}

/* Blocks what is handed on, and SIGCHLD; a descriptor that reads them. */
static int signals_open(sigset_t *ret_before)
{
	sigset_t set;
	size_t i;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (i = 0; i < HANDED_ON; i++)
		sigaddset(&set, handed_on[i]);
	if (sigprocmask(SIG_BLOCK, &set, ret_before) < 0)
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static void set_disposition(int signo, void (*what)(int))
{
	const struct sigaction a = { .sa_handler = what };

	(void)sigaction(signo, &a, NULL);
}

/* ---- the command ----------------------------------------------------------------------------------------------- */

static _Noreturn void become_command(char *const argv[], int socket, const sigset_t *mask)
{
	int r = watch_files_child(socket);

	(void)close(socket);
	if (r < 0)
		_exit(125);
	(void)sigprocmask(SIG_SETMASK, mask, NULL);
	(void)execvp(argv[0], argv);
	_exit(errno == ENOENT || errno == ENOTDIR ? 127 : 126);
}

/* ---- the recorder ---------------------------------------------------------------------------------------------- */

/* One call. -ENOENT: its caller is gone. */
static int answer(struct recorder_state *s)
{
	struct watch *w = s->watch;

	memset(w->notice, 0, sizeof(*w->notice));
	if (ioctl(w->listener, SECCOMP_IOCTL_NOTIF_RECV, w->notice) < 0)
		return -errno;
	if (!s->ended)
		files_look(&s->seen, (pid_t)w->notice->pid, &w->notice->data);
	*w->answer = (struct seccomp_notif_resp){ .id = w->notice->id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };
	return ioctl(w->listener, SECCOMP_IOCTL_NOTIF_SEND, w->answer) < 0 ? -errno : 0;
}

static void reap(struct recorder_state *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == s->command) {
			s->ended = true;
			s->status = status;
		}
}

static void read_signals(struct recorder_state *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGCHLD && !s->ended && is_handed_on(&info))
			(void)kill(s->command, (int)info.ssi_signo);
	reap(s);
}

/* Until the command has ended; then, silently, until nobody is left who could call. */
static void serve(struct recorder_state *s, bool to_the_last)
{
	struct pollfd p[2] = { { .fd = s->watch->listener, .events = POLLIN }, { .fd = s->signals, .events = POLLIN } };

	while (to_the_last || !s->ended) {
		if (poll(p, 2, -1) < 0) {
			if (errno != EINTR)
				return;
			continue; /* what is in p is of the time before */
		}
		if (p[0].revents & POLLIN)
			(void)answer(s);
		else if (p[0].revents && to_the_last)
			return;
		else if (p[0].revents)
			p[0].fd = -1; /* every filtered process is gone, the command too: its status comes */
		if (p[1].revents & POLLIN)
			read_signals(s);
	}
}

/* Standard streams would keep a pipe's reader waiting. */
static void let_go_of_streams(void)
{
	AUTO_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fd;

	for (fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		(void)dup2(null, fd);
}

/* Children that are left are the command's, which had not waited for them. */
static bool is_somebody_left(void)
{
	siginfo_t info = { 0 };

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static int start_command(struct recorder_state *s, char *const argv[], const sigset_t *mask, struct error *err)
{
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, -errno, NULL, "no socket pair");
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	s->command = fork();
	if (s->command == 0) {
		(void)close(pair[0]);
		become_command(argv, pair[1], mask);
	}
	(void)close(pair[1]);
	r = s->command < 0 ? -errno : watch_new(pair[0], -1, &s->watch);
	(void)close(pair[0]);
	if (r < 0)
		return error_set(err, r, NULL, "what the command opens cannot be watched: the kernel refuses a filter, as it does inside another recording");
	(void)ioctl(s->watch->listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP);
	return 0;
}

static _Noreturn void recorder_main(struct recorder_state *s, char *const argv[], files_finish *finish, void *ctx,
				    const sigset_t *mask)
{
	struct verdict v = { 0 };

	s->began = monotonic_seconds();
	files_look_inherited(&s->seen);
	v.result = start_command(s, argv, mask, &v.error);
	/* Only now: the command has what the caller had. It cannot have ended, since its exec waits for us. */
	set_disposition(SIGPIPE, SIG_IGN);
	set_disposition(SIGCHLD, SIG_DFL);
	let_go_of_streams();
	if (v.result == 0) {
		v.started = true;
		serve(s, false);
		s->seen.seconds = monotonic_seconds() - s->began;
		s->seen.leftover = is_somebody_left();
		v.status = s->status;
		v.result = finish(ctx, &s->seen, s->status, &v.error);
	}
	(void)send(s->told, &v, sizeof(v), MSG_NOSIGNAL);
	(void)close(s->told);
	if (v.started && s->seen.leftover)
		serve(s, true);
	_exit(0);
}

/* ---- the caller ------------------------------------------------------------------------------------------------ */

static void hand_on(int signals, pid_t recorder)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGCHLD && is_handed_on(&info))
			(void)kill(recorder, (int)info.ssi_signo);
}

static int await_verdict(int told, int signals, pid_t recorder, struct verdict *v)
{
	struct pollfd p[2] = { { .fd = told, .events = POLLIN }, { .fd = signals, .events = POLLIN } };

	for (;;) {
		if (poll(p, 2, -1) < 0) {
			if (errno != EINTR)
				return -errno;
			continue;
		}
		if (p[1].revents & POLLIN)
			hand_on(signals, recorder);
		if (p[0].revents)
			return recv(told, v, sizeof(*v), 0) == sizeof(*v) ? 0 : -ECHILD;
	}
}

int files_run(char *const argv[], files_finish *finish, void *ctx, struct files_outcome *ret, struct error *err)
{
	struct recorder_state s = { .signals = -1 };
	struct verdict v = { 0 };
	AUTO_FD int told = -1, signals = -1;
	sigset_t before;
	pid_t recorder;
	int pair[2], r;

	*ret = (struct files_outcome){ 0 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, -errno, NULL, "no socket pair");
	told = pair[0];
	signals = signals_open(&before);
	recorder = signals < 0 ? -1 : fork();
	if (recorder == 0) {
		(void)close(told);
		s.told = pair[1];
		s.signals = signals; /* reads what is for its reader */
		recorder_main(&s, argv, finish, ctx, &before);
	}
	r = recorder < 0 ? -errno : 0;
	(void)close(pair[1]);
	if (r == 0)
		r = await_verdict(told, signals, recorder, &v);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (r < 0)
		return error_set(err, r, NULL, r == -ECHILD ? "the recorder was killed" : "the command cannot be recorded");
	ret->status = v.status;
	ret->started = v.started;
	if (v.result < 0 && err && !err->code)
		*err = v.error;
	return v.result;
}
