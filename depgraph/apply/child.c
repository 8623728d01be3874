/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/apply/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 50 /* between two looks at stop() */
#define END_MS  2  /* between two looks whether it has ended */

void apply_child_begin(pid_t parent)
{
	static const int ours[] = { SIGINT, SIGTERM, SIGHUP, SIGBUS };
	const struct sigaction by_default = { .sa_handler = SIG_DFL };
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		(void)sigaction(ours[i], &by_default, NULL);
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it ended before that was asked for */
		_exit(125);
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int is_over(const struct apply_child *c, int64_t deadline)
{
	if (c->stop && c->stop(c->ctx))
		return -EINTR;
	return now_ms() >= deadline ? -ETIMEDOUT : 0;
}

/* To its end, or to where it is enough. */
static int hear(const struct apply_child *c, int64_t deadline)
{
	char chunk[4096];
	int r;

	while ((r = is_over(c, deadline)) == 0) {
		struct pollfd p = { .fd = c->output, .events = POLLIN };
		ssize_t n;
		int ready = poll(&p, 1, LOOK_MS);

		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready <= 0)
			continue;
		n = read(c->output, chunk, sizeof(chunk));
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0 || (n > 0 && !c->take(c->to, chunk, (size_t)n)))
			return 0;
	}
	return r;
}

/* It may close its output and go on. */
static int end(const struct apply_child *c, int64_t deadline, int *ret_status)
{
	const struct timespec pause = { .tv_nsec = END_MS * 1000000 };
	int r;

	for (;;) {
		pid_t got = waitpid(c->pid, ret_status, WNOHANG);

		if (got == c->pid)
			return 0;
		if (got < 0 && errno != EINTR)
			return -errno;
		r = is_over(c, deadline);
		if (r < 0)
			return r;
		(void)nanosleep(&pause, NULL);
	}
}

int apply_child_await(const struct apply_child *c, int *ret_status)
{
	int64_t deadline = now_ms() + (int64_t)c->seconds * 1000;
	int r;

	(void)setpgid(c->pid, c->pid); /* both sides: whichever comes first */
	r = hear(c, deadline);
	if (r == 0)
		r = end(c, deadline, ret_status);
	if (r == 0)
		return 0;
	(void)kill(-c->pid, SIGKILL);
	(void)kill(c->pid, SIGKILL);
	while (waitpid(c->pid, ret_status, 0) < 0 && errno == EINTR)
		;
	return r;
}
