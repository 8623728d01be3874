/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child speaks to its parent over one pipe: a byte that says whether the
 * filter is in force, what the function writes, and at the end a trailer with
 * its result.  No trailer: the child did not get that far.
 *
 * Two sorts of system calls are refused.  Those that libraries make in passing
 * and can do without (malloc reads a setting of /proc, abort() writes to
 * stderr, somebody asks isatty) fail with an error, so that a harmless call
 * does not look like an attack and an abort() is seen as SIGABRT.  All others
 * kill the child.
 */
#include "sandbox/confine.h"

#include "base/bytes.h"
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRAILER_SIZE 12
static const uint8_t trailer_magic[8] = { 'c', 'o', 'n', 'f', 'i', 'n', 'e', '\n' };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

struct confine_pipe {
	int fd;
};

int confine_write(struct confine_pipe *out, const void *p, size_t n)
{
	const char *at = p;

	while (n) {
		ssize_t w = write(out->fd, at, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		at += w;
		n -= (size_t)w;
	}
	return 0;
}

/* ---- the child --------------------------------------------------------------------------------------------- */

static uint64_t mapped_bytes(void)
{
	char text[64];
	uint64_t pages = 0;
	AUTO_FD int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1), i;

	for (i = 0; i < n && text[i] >= '0' && text[i] <= '9'; i++)
		pages = 10 * pages + (uint64_t)(text[i] - '0');
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void limit(__rlimit_resource_t what, uint64_t value)
{
	struct rlimit now, l = { value, value };

	if (getrlimit(what, &now) == 0 && now.rlim_max < value)
		l.rlim_cur = l.rlim_max = now.rlim_max;
	(void)setrlimit(what, &l);
}

static void limit_resources(const struct confine_limits *limits)
{
	uint64_t mapped = mapped_bytes();

	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_CPU, limits->deadline_ms / 1000 + 1);
	if (!SANITIZED && mapped)
		limit(RLIMIT_AS, mapped + limits->memory_max);
}

/* The caller's handlers mean nothing here, but for SIGBUS: it stands for a mapped file that shrank. */
static void reset_signals(void)
{
	struct sigaction by_default = { .sa_handler = SIG_DFL };
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		if (i != SIGBUS)
			(void)sigaction(i, &by_default, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static const int allowed[] = {
	SCMP_SYS(read),        SCMP_SYS(munmap),        SCMP_SYS(mremap),       SCMP_SYS(brk),
	SCMP_SYS(madvise),     SCMP_SYS(futex),         SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction), SCMP_SYS(sigaltstack),  SCMP_SYS(exit),         SCMP_SYS(exit_group),
	SCMP_SYS(getpid),      SCMP_SYS(gettid),        SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
	SCMP_SYS(sched_yield), SCMP_SYS(getrandom),     SCMP_SYS(restart_syscall), SCMP_SYS(sched_getaffinity),
};

static const int denied[] = {
	SCMP_SYS(open),     SCMP_SYS(openat),   SCMP_SYS(stat),   SCMP_SYS(fstat),     SCMP_SYS(newfstatat),
	SCMP_SYS(access),   SCMP_SYS(readlink), SCMP_SYS(ioctl),  SCMP_SYS(writev),    SCMP_SYS(lseek),
	SCMP_SYS(getrlimit), SCMP_SYS(prlimit64), SCMP_SYS(prctl), SCMP_SYS(sysinfo), SCMP_SYS(close),
	SCMP_SYS(readlinkat), SCMP_SYS(faccessat), SCMP_SYS(fcntl), SCMP_SYS(statx),
};

static struct scmp_arg_cmp argument_is(unsigned arg, uint64_t value)
{
	return (struct scmp_arg_cmp){ .arg = arg, .op = SCMP_CMP_EQ, .datum_a = value };
}

/* Of the third argument of mmap and mprotect: nothing becomes executable. */
static struct scmp_arg_cmp not_executable(void)
{
	return (struct scmp_arg_cmp){ .arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC, .datum_b = 0 };
}

static int add_conditional_rules(scmp_filter_ctx f, int fd)
{
	uint32_t to_stderr = SANITIZED ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EBADF); /* a sanitizer's report is wanted */
	int r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, argument_is(0, (uint64_t)fd));

	if (!r)
		r = seccomp_rule_add(f, to_stderr, SCMP_SYS(write), 1, argument_is(0, STDERR_FILENO));
	/* abort() raises its signal with tgkill; nobody else may be meant. */
	if (!r)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, argument_is(0, (uint64_t)getpid()));
	if (!r)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, not_executable());
	if (!r)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, not_executable());
	return r;
}

/* System calls that an architecture does not have (open on arm64) are skipped by libseccomp. */
static int filter_calls(int fd)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	size_t i;
	int r = 0;

	if (!f)
		return -ENOMEM;
	for (i = 0; !r && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
	for (i = 0; !r && i < sizeof(denied) / sizeof(denied[0]); i++)
		r = seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), denied[i], 0);
	if (!r)
		r = add_conditional_rules(f, fd);
	if (!r)
		r = seccomp_load(f);
	seccomp_release(f);
	return r;
}

static void close_others(int keep)
{
	if (keep > 3)
		(void)close_range(3, (unsigned)keep - 1, 0);
	(void)close_range((unsigned)keep + 1, ~0U, 0);
	(void)close(STDIN_FILENO);
	(void)close(STDOUT_FILENO);
}

static _Noreturn void child(confine_function fn, void *ctx, const struct confine_limits *limits, int fd)
{
	struct confine_pipe out = { fd };
	uint8_t filtered, trailer[TRAILER_SIZE];
	int r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	reset_signals();
	close_others(fd);
	limit_resources(limits);
	filtered = filter_calls(fd) == 0;
	r = confine_write(&out, &filtered, 1);
	if (!r)
		r = fn(ctx, &out);
	memcpy(trailer, trailer_magic, sizeof(trailer_magic));
	store_uint(trailer + sizeof(trailer_magic), (uint32_t)r, 4, false);
	_exit(confine_write(&out, trailer, sizeof(trailer)) != 0);
}

/* ---- the parent -------------------------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads to the end of the pipe. -ETIMEDOUT, -EFBIG (or -ENOMEM) end it early. */
static int receive(int fd, int64_t deadline, struct buffer *in)
{
	char chunk[65536];

	for (;;) {
		int64_t left = deadline - now_ms();
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left) <= 0)
			continue;
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (n == 0)
			return 0;
		if (n > 0 && buffer_append(in, chunk, (size_t)n) < 0)
			return in->error;
	}
}

/* The child closed its pipe, so it is about to exit; one that is not is killed at the deadline. */
static int reap(pid_t pid, int64_t deadline)
{
	const struct timespec pause = { .tv_nsec = 200000 };
	int status = 0;
	pid_t r;

	while ((r = waitpid(pid, &status, WNOHANG)) == 0 && now_ms() < deadline)
		(void)nanosleep(&pause, NULL);
	if (r != 0)
		return status;
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Takes the trailer off. false: there is none. */
static bool take_trailer(struct buffer *in, int *ret)
{
	const uint8_t *p;

	if (in->len < TRAILER_SIZE)
		return false;
	p = (const uint8_t *)in->data + in->len - TRAILER_SIZE;
	if (memcmp(p, trailer_magic, sizeof(trailer_magic)))
		return false;
	*ret = (int32_t)load_le32(p + sizeof(trailer_magic));
	in->len -= TRAILER_SIZE;
	return true;
}

static int name_death(int status, struct confine_report *report, struct error *err)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	report->signal = sig;
	if (sig == SIGSYS)
		return error_set(err, -EPERM, NULL, "confined parser stopped by the system call filter");
	if (sig == SIGXCPU)
		return error_set(err, -ETIMEDOUT, NULL, "confined parser used up its processor time");
	if (sig)
		return error_set(err, -ECHILD, NULL, "confined parser died: signal %d (%s)", sig, strsignal(sig));
	return error_set(err, -ECHILD, NULL, "confined parser exited with status %d and no answer",
			 WEXITSTATUS(status));
}

/* What became of the child: `received` is receive()'s result, `in` what arrived. */
static int conclude(int received, int status, const struct confine_limits *limits, struct buffer *in,
		    struct confine_report *report, struct error *err)
{
	int r = 0;

	report->filtered = in->len > 0 && in->data[0];
	if (received == -ETIMEDOUT)
		return error_set(err, received, NULL, "confined parser gave no answer in %u ms", limits->deadline_ms);
	if (received == -EFBIG)
		return error_set(err, received, NULL, "confined parser wrote more than %zu bytes", limits->output_max);
	if (received < 0)
		return error_set(err, received, NULL, "cannot read from the confined parser");
	if (!WIFEXITED(status) || WEXITSTATUS(status) || !take_trailer(in, &r))
		return name_death(status, report, err);
	return r < 0 ? error_set(err, r, NULL, "confined parser: %s", strerror(-r)) : 0;
}

static int start(confine_function fn, void *ctx, const struct confine_limits *limits, int *ret_fd, pid_t *ret_pid)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		child(fn, ctx, limits, fds[1]);
	(void)close(fds[1]);
	if (pid < 0) {
		int r = -errno;

		(void)close(fds[0]);
		return r;
	}
	*ret_fd = fds[0];
	*ret_pid = pid;
	return 0;
}

int confine_call(confine_function fn, void *ctx, const struct confine_limits *limits, struct buffer *out,
		 struct confine_report *report, struct error *err)
{
	struct buffer in = BUFFER_INIT(limits->output_max + TRAILER_SIZE + 1);
	struct confine_report unread;
	int64_t deadline = now_ms() + limits->deadline_ms;
	AUTO_FD int fd = -1;
	pid_t pid = -1;
	int received, r;

	report = report ? report : &unread;
	*report = (struct confine_report){ 0 };
	r = start(fn, ctx, limits, &fd, &pid);
	if (r < 0)
		return error_set(err, r, NULL, "cannot start a confined parser");
	received = receive(fd, deadline, &in);
	if (received < 0)
		(void)kill(pid, SIGKILL);
	r = conclude(received, reap(pid, deadline), limits, &in, report, err);
	if (in.len > 1 && buffer_append(out, in.data + 1, in.len - 1) < 0 && r == 0)
		r = error_set(err, out->error, NULL, "no room for the answer of a confined parser");
	buffer_release(&in);
	return r;
}
