/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/apply/objcopy.h"

#include "base/cleanup.h"
#include "depgraph/apply/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAID_MAX 200

static _Noreturn void child(const char *const *words, const char *directory, int out)
{
	union {
		const char *const *words;
		char *const *argv;
	} call = { .words = words };

	(void)setenv("LC_ALL", "C", 1);
	if (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0 || chdir(directory) < 0)
		_exit(126);
	(void)execvp(words[0], call.argv);
	_exit(127);
}

struct said {
	char text[SAID_MAX]; /* what it says first */
	size_t have;
};

static bool take_first(void *to, const char *data, size_t n)
{
	struct said *s = to;
	size_t room = sizeof(s->text) - 1 - s->have, k = n < room ? n : room;

	memcpy(s->text + s->have, data, k);
	s->have += k;
	return true;
}

int objcopy_run(const char *const *words, const char *directory, bool (*stop)(void *ctx), void *ctx, struct error *err)
{
	struct said said = { 0 };
	struct apply_child c = { .seconds = OBJCOPY_SECONDS, .stop = stop, .ctx = ctx, .take = take_first, .to = &said };
	int pipes[2], status = 0, r;
	pid_t parent = getpid();

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return error_set(err, -errno, words[0], "cannot be run");
	c.output = pipes[0];
	c.pid = fork();
	if (c.pid == 0) {
		apply_child_begin(parent);
		child(words, directory, pipes[1]);
	}
	r = c.pid < 0 ? -errno : 0;
	(void)close(pipes[1]);
	if (r == 0)
		r = apply_child_await(&c, &status);
	(void)close(pipes[0]);
	said.text[strcspn(said.text, "\n")] = '\0';
	if (r < 0)
		return error_set(err, r, words[0], r == -EINTR ? "stopped by a signal" : "cannot be run to its end");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return error_set(err, -ENOENT, words[0], "is not installed");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return error_set(err, -EBADMSG, words[0], "failed: %s", said.text);
	return 0;
}
