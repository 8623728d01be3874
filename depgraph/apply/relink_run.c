/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relink_run.c: the linker as a child: bounded, alone in its process group, its last words kept.
 *
 * The child dies with us, and what it started is killed with its group when the time is over or a signal came (child.h).
 * Between fork and exec only functions that are safe there are called: other threads may hold locks.
 */
#include "depgraph/apply/relink_private.h"

#include "base/interrupt.h"
#include "depgraph/apply/child.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAID_MAX ((size_t)64 << 10)

struct child {
	pid_t pid;
	int output; /* its standard output and error */
	int failed; /* the errno of an exec that failed */
};

__attribute__((noreturn)) static void in_child(const struct relink_line *line, int output, int failed, pid_t parent)
{
	int null, e;

	apply_child_begin(parent);
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
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
	if (pid > 0)
		return 0;
	pid = -errno;
	(void)close(output[0]);
	(void)close(failed[0]);
	return pid;
}

/* The last SAID_MAX bytes are kept. */
static bool take_last(void *to, const char *data, size_t n)
{
	struct buffer *said = to;

	if (said->len + n > SAID_MAX) {
		memmove(said->data, said->data + said->len / 2, said->len - said->len / 2);
		said->len -= said->len / 2;
	}
	(void)buffer_append(said, data, n);
	return true;
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
	struct child c = { 0 };
	int status = 0, r = start(line, &c);

	if (r < 0)
		return error_set(err, r, line->words[0], "cannot be started");
	r = apply_child_await(&(struct apply_child){ .pid = c.pid, .output = c.output, .seconds = seconds, .stop = interrupted,
						     .take = take_last, .to = said },
			      &status);
	if (r < 0)
		(void)error_set(err, r, line->words[0],
				r == -ETIMEDOUT ? "the link took more than %u seconds" :
				r == -EINTR ? "stopped by a signal" : "the link was lost",
				seconds);
	else
		r = outcome(line, &c, status, said, err);
	(void)close(c.output);
	(void)close(c.failed);
	return r;
}
