/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a world's first process: names and loopback, the new root, what we bring, the command, and then waiting
 * for four things at once: a child that ended, a program that the watcher should look at, a word from the
 * caller (or its end), and the scratch running full.  In a PID namespace it is the first process, so orphans come to
 * it and its end is that of all others; without one it asks to be given the orphans (PR_SET_CHILD_SUBREAPER) and
 * kills its children until it has none.
 */
#include "sandbox/inside.h"

#include "base/cleanup.h"
#include "sandbox/command.h"
#include "sandbox/copy.h"
#include "sandbox/doctored.h"
#include "sandbox/hostfile.h"
#include "sandbox/layers.h"
#include "sandbox/root.h"
#include "sandbox/rundir.h"
#include "sandbox/support.h"
#include "sandbox/trace.h"
#include "sandbox/watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS      50
/* What a command leaves behind may be about to end (a reader of its pipe): it is given this long. */
#define GRACE_MS     50

struct inside {
	struct plan *plan;
	struct root root;
	struct support support;
	int scratch;     /* directory on the file system that is written to */
	int signals;     /* signalfd: SIGCHLD */
	int terminal;    /* the command's side; -1: none */
	struct watch *watch;
	pid_t command;   /* 0: it has ended */
	pid_t group;     /* of processes: the command's */
	bool stopped;
	bool deserted;   /* the caller is gone */
	double start;
};

double monotonic_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void report_lack(struct report *r, enum world_feature feature, const char *fmt, ...)
{
	va_list ap;

	r->lacks |= feature;
	if (*r->warning)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(r->warning, sizeof(r->warning), fmt, ap);
	va_end(ap);
}

/* ---- messages ---------------------------------------------------------------------------------------------- */

int message_send(int socket, enum message m, int fd)
{
	char byte = (char)m;
	struct iovec io = { &byte, 1 };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr h = { .msg_iov = &io, .msg_iovlen = 1 };

	if (fd >= 0) {
		h.msg_control = &control;
		h.msg_controllen = sizeof(control);
		control.header = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	return sendmsg(socket, &h, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int message_receive(int socket, int *ret_fd)
{
	char byte = 0;
	struct iovec io = { &byte, 1 };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr h = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t n = recvmsg(socket, &h, MSG_CMSG_CLOEXEC);

	*ret_fd = -1;
	if (n < 0)
		return -errno;
	c = n ? CMSG_FIRSTHDR(&h) : NULL;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(c), sizeof(*ret_fd));
	return n ? (unsigned char)byte : 0;
}

/* ---- surroundings ------------------------------------------------------------------------------------------ */

static void set_names(const struct plan *p)
{
	const struct action *a = p->action;
	int r = 0;

	if (!a->host && !a->domain)
		return;
	if (!(p->use & WORLD_UTS)) {
		report_lack(p->report, WORLD_UTS, "the host's name cannot be changed");
		return;
	}
	if (a->host && sethostname(a->host, strlen(a->host)) < 0)
		r = -errno;
	if (a->domain && setdomainname(a->domain, strlen(a->domain)) < 0)
		r = -errno;
	if (r < 0)
		report_lack(p->report, WORLD_UTS, "the host's name cannot be changed (%s)", strerror(-r));
}

static void raise_loopback(void)
{
	AUTO_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

	if (fd >= 0)
		(void)ioctl(fd, SIOCSIFFLAGS, &request);
}

/* A terminal of the new /dev/pts, or the host's; the caller reads the other side. */
static int open_terminal(struct inside *in)
{
	const struct winsize size = { .ws_row = 24, .ws_col = 80 };
	AUTO_FD int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int unlock = 0;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return -errno;
	in->terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (in->terminal < 0)
		return -errno;
	(void)ioctl(in->terminal, TIOCSWINSZ, &size);
	return message_send(in->plan->control, MESSAGE_TERMINAL, master);
}

static int build_root(struct inside *in, struct error *err)
{
	int r = root_prepare(&in->root, in->plan, err);

	if (!r)
		r = layers_add(&in->root, err);
	if (!r)
		r = support_make(in->plan, &in->root, &in->support, err);
	if (!r)
		r = doctored_add(&in->root, err);
	if (!r)
		r = root_enter(&in->root, err);
	in->scratch = in->root.scratch;
	/* Now: the first look at a directory that both sides of an overlay have is noted in the upper one by the kernel. */
	if (!r && in->root.covered) {
		r = copy_settle(in->scratch, &in->plan->report->settled);
		if (r < 0)
			return error_set(err, r, NULL, "cannot read the time");
	}
	return r < 0 ? r : message_send(in->plan->control, MESSAGE_SHARED, openat(in->scratch, "shm", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int build_stand_in(struct inside *in, struct error *err)
{
	int r = layers_stand_in(in->plan, err);

	if (!r)
		r = support_make(in->plan, NULL, &in->support, err);
	in->root.last_pid = -1;
	in->scratch = open(in->plan->room, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	report_lack(in->plan->report, WORLD_MOUNT, "no mount namespace: a copy of the inputs stands elsewhere");
	return r;
}

static int build(struct inside *in)
{
	const struct plan *p = in->plan;
	struct error *err = &p->report->error;
	int r;

	(void)umask(0);
	set_names(p);
	if (p->use & WORLD_NETWORK)
		raise_loopback();
	r = p->use & WORLD_MOUNT ? build_root(in, err) : build_stand_in(in, err);
	if (!r && p->action->tty) {
		r = open_terminal(in);
		if (r < 0)
			(void)error_set(err, r, NULL, "cannot open a terminal");
	}
	return r < 0 ? error_set(err, r, NULL, "cannot build the action's world") : 0;
}

/* ---- other processes --------------------------------------------------------------------------------------- */

/* Our children as of now, which orphans become; killed where their numbers are those that kill() takes. Their count. */
static uint64_t each_child(bool kill_them)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1 << 20);
	uint64_t n = 0;
	char *at, *end;

	if (hostfile_read("/proc/thread-self/children", &b) < 0 || !b.len)
		return 0;
	for (at = b.data; *at; at = end) {
		pid_t pid = (pid_t)strtol(at, &end, 10);

		if (end == at)
			break;
		n += !kill_them || (pid > 1 && kill(pid, SIGKILL) == 0);
	}
	return n;
}

static bool is_number(const char *s)
{
	return *s && !s[strspn(s, "0123456789")];
}

/* Of our PID namespace, without its first process. */
static uint64_t count_processes(const struct inside *in)
{
	CLEANUP(closedirp) DIR *d = in->root.own_proc ? opendir("/proc") : NULL;
	struct dirent *e;
	uint64_t n = 0;

	if (!d)
		return each_child(false);
	while ((e = readdir(d)))
		n += is_number(e->d_name) && strcmp(e->d_name, "1") != 0;
	return n;
}

/* Who watches or traces finds programs and their parents by number in /proc. */
static bool proc_is_ours(const struct inside *in)
{
	return in->root.own_proc || !(in->plan->use & WORLD_PID);
}

static bool alone_in_namespace(const struct inside *in)
{
	return in->plan->use & WORLD_PID;
}

/* Whom a signal to a whole group or namespace finds cannot fork away from it. */
static void kill_all(const struct inside *in)
{
	if (alone_in_namespace(in)) {
		(void)kill(-1, SIGKILL);
		return;
	}
	if (in->group > 1)
		(void)kill(-in->group, SIGKILL);
	(void)each_child(true);
}

/* ---- waiting ----------------------------------------------------------------------------------------------- */

static void look_at_scratch(struct inside *in)
{
	struct statvfs s;

	if (!in->plan->report->filled && fstatvfs(in->scratch, &s) == 0 && s.f_blocks && (!s.f_bavail || (s.f_files && !s.f_ffree)))
		in->plan->report->filled = true;
}

/* Reaps what has ended. Whether any child is left. */
static bool reap(struct inside *in)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
		if (pid == in->command) {
			in->plan->report->status = status;
			in->plan->report->ended = true;
			in->plan->report->command_seconds = monotonic_seconds() - in->start;
			in->command = 0;
		}
	return pid == 0;
}

/* The caller said stop, or is gone. */
static bool told_to_stop(struct inside *in)
{
	char byte;
	ssize_t n = recv(in->plan->control, &byte, 1, MSG_DONTWAIT);

	if (n == 0)
		in->deserted = true;
	if (n == 0 || (n == 1 && byte == MESSAGE_STOP))
		in->stopped = true;
	return in->stopped;
}

/* One turn: whatever happens within the time. */
static void wait_for_events(struct inside *in, int timeout_ms)
{
	struct pollfd polled[3] = { { .fd = in->signals, .events = POLLIN },
				    { .fd = in->plan->control, .events = POLLIN },
				    { .fd = in->watch ? watch_descriptor(in->watch) : -1, .events = POLLIN } };
	struct signalfd_siginfo info;

	if (poll(polled, 3, timeout_ms) <= 0)
		return;
	if (polled[0].revents)
		(void)!read(in->signals, &info, sizeof(info));
	if (polled[1].revents && told_to_stop(in))
		kill_all(in);
	if (polled[2].revents & POLLIN) {
		/* The caller of exec stands still: what the last program filled has not been removed by the next one yet. */
		look_at_scratch(in);
		(void)watch_serve(in->watch);
	} else if (polled[2].revents & (POLLHUP | POLLERR)) {
		in->plan->report->dropped = watch_dropped(in->watch);
		watch_free(in->watch);
		in->watch = NULL;
	}
}

static void wait_for_command(struct inside *in)
{
	double looked = monotonic_seconds(), now;

	while (in->command) {
		wait_for_events(in, TICK_MS);
		(void)reap(in);
		now = monotonic_seconds();
		if (now - looked > TICK_MS / 1000.0 || !in->command) {
			look_at_scratch(in);
			looked = now;
		}
	}
}

/* What is left is given a moment, counted, and killed. */
static void end_the_rest(struct inside *in)
{
	double deadline = monotonic_seconds() + GRACE_MS / 1000.0;
	uint64_t left = 0;

	while (reap(in) && !in->stopped && monotonic_seconds() < deadline)
		wait_for_events(in, 2);
	if (!reap(in))
		return;
	if (alone_in_namespace(in)) {
		left = count_processes(in);
	} else {
		left = each_child(false);
		do {
			kill_all(in);
			wait_for_events(in, 2);
		} while (reap(in));
	}
	if (!in->stopped)
		in->plan->report->leftover = left;
}

/* ---- the command ------------------------------------------------------------------------------------------- */

static void pin_number(const struct inside *in)
{
	const struct plan *p = in->plan;
	char text[32];
	int n;

	if (!p->action->first_pid)
		return;
	if (!alone_in_namespace(in) || in->root.last_pid < 0) {
		report_lack(p->report, WORLD_SET_PID, "the process number cannot be chosen");
		return;
	}
	n = snprintf(text, sizeof(text), "%d", (int)p->action->first_pid - 1);
	if (write(in->root.last_pid, text, (size_t)n) != n)
		report_lack(p->report, WORLD_SET_PID, "the process number cannot be chosen (%s)", strerror(errno));
}

/* Starts it, and in `pair` has the listener of its filter sent. */
static int start_command(struct inside *in, const int pair[2])
{
	const struct plan *p = in->plan;
	struct command c = { .plan = p, .terminal = in->terminal, .listener = pair[1], .traced = in->support.tracer };

	support_start(p, &in->support);
	pin_number(in);
	p->report->started = in->start = monotonic_seconds();
	atomic_store(&p->report->running, true);
	in->command = fork();
	if (in->command == 0)
		command_exec(&c);
	if (in->command < 0)
		return error_set(&p->report->error, -errno, NULL, "cannot start a process");
	in->group = in->command; /* it makes a session of its own */
	/* Only the command holds them now: their end is that of its output. */
	(void)close(p->out);
	(void)close(p->err);
	if (in->terminal >= 0)
		(void)close(in->terminal);
	return 0;
}

static bool stop_tracing(void *ctx)
{
	struct inside *in = ctx;

	look_at_scratch(in);
	return told_to_stop(in);
}

static int run_traced(struct inside *in)
{
	struct report *report = in->plan->report;
	struct trace t = { .page = in->support.tracer, .out = in->plan->records, .stop = stop_tracing, .ctx = in,
			   .leftover = &report->leftover };
	int r = start_command(in, (const int[]){ -1, -1 });

	if (r < 0)
		return r;
	r = trace_loop(&t, in->command, &report->status);
	if (r < 0)
		return error_set(&report->error, r, NULL, "cannot trace the command");
	report->ended = true;
	report->command_seconds = monotonic_seconds() - in->start;
	look_at_scratch(in);
	return 0;
}

static int run_watched(struct inside *in)
{
	const struct plan *p = in->plan;
	int pair[2] = { -1, -1 }, r;

	if ((p->use & WORLD_WATCH) && proc_is_ours(in) && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(&p->report->error, -errno, NULL, "cannot make a socket");
	r = start_command(in, pair);
	if (pair[1] >= 0)
		(void)close(pair[1]);
	if (!r && pair[0] >= 0)
		(void)watch_new(pair[0], p->records, &in->watch); /* none: the command has said so */
	if (pair[0] >= 0)
		(void)close(pair[0]);
	if (r < 0)
		return r;
	wait_for_command(in);
	end_the_rest(in);
	if (in->watch)
		p->report->dropped = watch_dropped(in->watch);
	return 0;
}

static int watch_signals(struct inside *in)
{
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	in->signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	return in->signals < 0 ? error_set(&in->plan->report->error, -errno, NULL, "cannot wait for signals") : 0;
}

_Noreturn void inside_main(struct plan *p)
{
	struct inside in = { .plan = p, .terminal = -1, .signals = -1 };
	int r;

	(void)setsid();
	/* Our memory is the caller's, with its environment: not for the command to read below /proc/1. */
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)prctl(PR_SET_NAME, "init");
	if (!(p->use & WORLD_PID))
		(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	r = build(&in);
	if (!r)
		r = watch_signals(&in);
	if (!r && in.support.tracer && !proc_is_ours(&in)) {
		report_lack(p->report, WORLD_TRACE, "no trace: /proc is the host's");
		in.support.tracer = NULL;
	}
	if (!r && !told_to_stop(&in))
		r = in.support.tracer ? run_traced(&in) : run_watched(&in);
	if (in.deserted && !(p->use & WORLD_MOUNT))
		(void)remove_tree(AT_FDCWD, p->room); /* nobody else will */
	(void)message_send(p->control, MESSAGE_DONE, -1);
	_exit(r < 0);
}
