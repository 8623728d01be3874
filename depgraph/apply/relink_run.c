/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relink_run.c: the linker as a child: bounded, alone in its process group, its last words kept.
 *
 * The child dies with us (PR_SET_PDEATHSIG), and what it started is killed with its group when the time is
 * over.  Between fork and exec only functions that are safe there are called: other threads may hold locks.
 */
#include "depgraph/apply/relink_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAID_MAX ((size_t)64 << 10)

struct child {
	pid_t pid;
	int output; /* its standard output and error */
	int failed; /* the errno of an exec that failed */
};

__attribute__((noreturn)) static void in_child(const struct relink_line *line, int output, int failed, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), e;

	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(125);
	if (null < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0 || chdir(line->directory) < 0)
		e = errno;
	else
		execvp(line->words[0], (char *const *)(uintptr_t)line->words), e = errno;
	(void)!write(failed, &e, sizeof(e));
	_exit(127);
}

static int start(const struct relink_line *line, struct child *ret)
{
	int output[2], failed[2];
	pid_t parent = getpid(), pid;

	if (pipe2(output, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(failed, O_CLOEXEC) < 0) {
		int e = errno;

		(void)close(output[0]);
		(void)close(output[1]);
		return -e;
	}
	pid = fork();
	if (pid == 0)
		in_child(line, output[1], failed[1], parent);
	*ret = (struct child){ pid, output[0], failed[0] };
	(void)close(output[1]);
	(void)close(failed[1]);
	if (pid > 0) {
		(void)setpgid(pid, pid);
		return 0;
	}
	pid = -errno;
	(void)close(output[0]);
	(void)close(failed[0]);
	return pid;
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What it prints, to the end; the last SAID_MAX bytes are kept. -ETIMEDOUT. */
static int listen_to(const struct child *c, int64_t deadline, struct buffer *said)
{
	char chunk[4096];

	for (;;) {
		struct pollfd p = { .fd = c->output, .events = POLLIN };
		int64_t left = deadline - now_ms();
		int n = left > 0 ? poll(&p, 1, left > 60000 ? 60000 : (int)left) : 0;
		ssize_t got;

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n <= 0) {
			if (now_ms() >= deadline)
				return -ETIMEDOUT;
			continue;
		}
		got = read(c->output, chunk, sizeof(chunk));
		if (got <= 0)
			return got == 0 ? 0 : -errno;
		if (said->len + (size_t)got > SAID_MAX) {
			memmove(said->data, said->data + said->len / 2, said->len - said->len / 2);
			said->len -= said->len / 2;
		}
		buffer_append(said, chunk, (size_t)got);
	}
}

/* It may close its output and go on: wait for its end, too, but not for ever. */
static int wait_for(const struct child *c, int64_t deadline, int *ret_status)
{
	const struct timespec pause = { .tv_nsec = 2000000 };

	for (;;) {
		pid_t got = waitpid(c->pid, ret_status, WNOHANG);

		if (got == c->pid)
			return 0;
		if (got < 0 && errno != EINTR)
			return -errno;
		if (now_ms() >= deadline)
			return -ETIMEDOUT;
		(void)nanosleep(&pause, NULL);
	}
}

static bool says_why(const char *line, size_t n)
{
	return memmem(line, n, "error", 5) || memmem(line, n, "undefined", 9) || memmem(line, n, "cannot ", 7) ||
	       memmem(line, n, "No space", 8) || memmem(line, n, "multiple definition", 19);
}

/* The first line that says why, else the last one. */
static void reason(const struct buffer *said, char *out, size_t size)
{
	const char *p = buffer_str(said), *end = p + said->len, *chosen = "", *stop;
	size_t n = 0;

	for (; p < end; p = stop + 1) {
		stop = memchr(p, '\n', (size_t)(end - p)) ?: end;
		if (stop == p)
			continue;
		chosen = p;
		n = (size_t)(stop - p);
		if (says_why(p, n))
			break;
	}
	n = n < size ? n : size - 1;
	memcpy(out, chosen, n);
	out[n] = '\0';
}

static int outcome(const struct relink_line *line, const struct child *c, int status, const struct buffer *said, struct error *err)
{
	char why[200];
	int e = 0;

	if (read(c->failed, &e, sizeof(e)) == (ssize_t)sizeof(e))
		return error_set(err, -e, line->words[0], "cannot be started in %s", line->directory);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	reason(said, why, sizeof(why));
	if (strstr(why, "No space left"))
		return error_set(err, -ENOSPC, line->words[0], "the link failed: %s", why);
	return error_set(err, -EBADMSG, line->words[0], "the link failed (%s %d): %s", WIFEXITED(status) ? "status" : "signal",
			 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), why);
}

int relink_run(const struct relink_line *line, unsigned seconds, struct buffer *said, struct error *err)
{
	int64_t deadline = now_ms() + (int64_t)seconds * 1000;
	struct child c;
	int status = 0, r = start(line, &c);

	if (r < 0)
		return error_set(err, r, line->words[0], "cannot be started");
	r = listen_to(&c, deadline, said);
	if (r == 0)
		r = wait_for(&c, deadline, &status);
	if (r < 0) {
		(void)kill(-c.pid, SIGKILL);
		(void)waitpid(c.pid, &status, 0);
		(void)error_set(err, r, line->words[0], r == -ETIMEDOUT ? "the link took more than %u seconds" : "the link was lost after %u seconds",
				seconds);
	} else {
		r = outcome(line, &c, status, said, err);
	}
	(void)close(c.output);
	(void)close(c.failed);
	return r;
}
