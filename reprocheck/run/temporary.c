/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/run/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RELEASED 'r'
#define DYING_MS 50 /* for what the owner has started, and which dies with it, to stop writing there */

/* Only what a fork of a process with threads may call. */
static _Noreturn void keep(const char *path, int owner)
{
	const char *const argv[] = { "rm", "-rf", "--", path, NULL };
	int null = open("/dev/null", O_RDWR);
	sigset_t all;
	char word = 0;
	int i;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	(void)setsid();
	if (chdir("/") < 0)
		_exit(127);
	for (i = 0; i < 3; i++)
		(void)dup2(null, i);
	if (owner > 3)
		(void)close_range(3, (unsigned)owner - 1, 0);
	(void)close_range((unsigned)owner + 1, ~0U, 0);
	while (read(owner, &word, 1) < 0 && errno == EINTR)
		;
	if (word != RELEASED)
		(void)poll(NULL, 0, DYING_MS);
	(void)execv("/bin/rm", (char *const *)(uintptr_t)argv);
	_exit(127);
}

static int start_keeper(struct temporary *t)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	t->keeper = fork();
	if (t->keeper == 0)
		keep(t->path, ends[0]);
	(void)close(ends[0]);
	t->alive = ends[1];
	if (t->keeper > 0)
		return 0;
	(void)close(ends[1]);
	return -EAGAIN;
}

int temporary_new(const char *name, struct temporary *ret)
{
	const char *tmp = getenv("TMPDIR");
	struct temporary t = TEMPORARY_NONE;
	int n = snprintf(t.path, sizeof(t.path), "%s/%s.XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp", name), r;

	if (n < 0 || (size_t)n >= sizeof(t.path))
		return -ENAMETOOLONG;
	if (!mkdtemp(t.path))
		return -errno;
	(void)chmod(t.path, 0755);
	r = start_keeper(&t);
	if (r < 0) {
		(void)rmdir(t.path);
		return r;
	}
	*ret = t;
	return 0;
}

void temporary_release(struct temporary *t)
{
	const char word = RELEASED;
	int status;

	if (!t->path[0])
		return;
	(void)send(t->alive, &word, 1, MSG_NOSIGNAL);
	(void)close(t->alive);
	while (waitpid(t->keeper, &status, 0) < 0 && errno == EINTR)
		;
	*t = (struct temporary)TEMPORARY_NONE;
}
