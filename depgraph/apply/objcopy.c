/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/apply/objcopy.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_MS 50
#define SAID_MAX 200

static _Noreturn void child(const char *const *words, const char *directory, int out)
{
	union {
		const char *const *words;
		char *const *argv;
	} call = { .words = words };
	struct sigaction by_default = { .sa_handler = SIG_DFL };

	(void)sigaction(SIGINT, &by_default, NULL);
	(void)sigaction(SIGTERM, &by_default, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setenv("LC_ALL", "C", 1);
	if (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0 || chdir(directory) < 0)
		_exit(126);
	(void)execvp(words[0], call.argv);
	_exit(127);
}

/* What it says first, on one line; until it closes its output. */
static int listen(int fd, char said[SAID_MAX], bool (*stop)(void *ctx), void *ctx)
{
	char rest[512];
	size_t have = 0;
	unsigned waited = 0;
	ssize_t n;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int r = poll(&p, 1, LOOK_MS);

		if (stop && stop(ctx))
			return -EINTR;
		if (r == 0 && (waited += LOOK_MS) >= OBJCOPY_SECONDS * 1000)
			return -ETIMEDOUT;
		if (r <= 0)
			continue;
		n = have < SAID_MAX - 1 ? read(fd, said + have, SAID_MAX - 1 - have) : read(fd, rest, sizeof(rest));
		if (n <= 0)
			break;
		have += have < SAID_MAX - 1 ? (size_t)n : 0;
	}
	said[strcspn(said, "\n")] = '\0';
	return 0;
}

int objcopy_run(const char *const *words, const char *directory, bool (*stop)(void *ctx), void *ctx, struct error *err)
{
	char said[SAID_MAX] = "";
	int pipes[2], status = 0, r;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return error_set(err, -errno, words[0], "cannot be run");
	pid = fork();
	if (pid == 0)
		child(words, directory, pipes[1]);
	(void)close(pipes[1]);
	r = pid < 0 ? -errno : listen(pipes[0], said, stop, ctx);
	(void)close(pipes[0]);
	if (pid > 0 && r < 0)
		(void)kill(pid, SIGKILL);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r < 0)
		return error_set(err, r, words[0], r == -EINTR ? "stopped by a signal" : "cannot be run to its end");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return error_set(err, -ENOENT, words[0], "is not installed");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return error_set(err, -EBADMSG, words[0], "failed: %s", said);
	return 0;
}
