/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversation: "LENGTH\n" and the source, then one line of JSON.  One question at a time, so neither side can wait for
 * the other with full pipes, and a parser that dies says by that which source it was.
 */
#include "depgraph/python/scanner.h"

#include "base/buffer.h"
#include "depgraph/python/scanner_text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MAX   ((size_t)64 << 20)
#define ANSWER_MS    60000 /* for one source */
#define MEMORY_MAX   ((rlim_t)4 << 30)
#define SECONDS_MAX  3600
#define RECEIVE_SIZE 65536

struct scanner {
	char interpreter[PATH_MAX];
	pid_t pid; /* 0: none */
	int socket;
	struct buffer answer;
	json_t *about;
};

/* ---- the process ----------------------------------------------------------------------------------------------- */

static void limit(int resource, rlim_t most)
{
	struct rlimit l;

	if (getrlimit(resource, &l) == 0) {
		l.rlim_cur = l.rlim_max < most ? l.rlim_max : most;
		l.rlim_max = l.rlim_cur;
		(void)setrlimit(resource, &l);
	}
}

/* After fork, maybe of a process with threads: system calls only. */
static _Noreturn void become_interpreter(const char *interpreter, int socket)
{
	static const char *const env[] = { "LC_ALL=C.UTF-8", NULL };
	const char *const argv[] = { interpreter, "-I", "-S", "-E", "-B", "-W", "ignore", "-c", python_scanner_text, NULL };
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || chdir("/") < 0 || dup2(socket, STDIN_FILENO) < 0 || dup2(socket, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0)
		_exit(126);
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	limit(RLIMIT_AS, MEMORY_MAX);
	limit(RLIMIT_CPU, SECONDS_MAX);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_CORE, 0);
	(void)execve(interpreter, (char **)(uintptr_t)argv, (char **)(uintptr_t)env);
	_exit(127);
}

static void stop(struct scanner *s)
{
	if (s->socket >= 0)
		(void)close(s->socket);
	s->socket = -1;
	if (s->pid > 0) {
		(void)kill(s->pid, SIGKILL);
		(void)waitpid(s->pid, NULL, 0);
	}
	s->pid = 0;
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* One line into s->answer. */
static int receive(struct scanner *s)
{
	int64_t until = now_ms() + ANSWER_MS;
	char chunk[RECEIVE_SIZE];

	s->answer.len = 0;
	while (!s->answer.len || s->answer.data[s->answer.len - 1] != '\n') {
		struct pollfd p = { .fd = s->socket, .events = POLLIN };
		int64_t left = until - now_ms();
		ssize_t n;
		int r = left <= 0 ? 0 : poll(&p, 1, (int)left);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return r ? -errno : -ETIMEDOUT;
		n = recv(s->socket, chunk, sizeof(chunk), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EPROTO;
		r = buffer_append(&s->answer, chunk, (size_t)n);
		if (r < 0)
			return r;
	}
	return 0;
}

static int receive_json(struct scanner *s, json_t **ret)
{
	int r = receive(s);

	if (r < 0)
		return r;
	*ret = json_loadb(s->answer.data, s->answer.len, 0, NULL);
	return json_is_object(*ret) ? 0 : -EPROTO;
}

static int send_all(int socket, const void *data, size_t n)
{
	const char *p = data;

	while (n) {
		ssize_t done = send(socket, p, n, MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -EPROTO;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static int start(struct scanner *s)
{
	json_t *about = NULL;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	s->pid = fork();
	if (s->pid == 0)
		become_interpreter(s->interpreter, pair[1]);
	r = s->pid < 0 ? -errno : 0;
	(void)close(pair[1]);
	s->socket = pair[0];
	if (!r)
		r = receive_json(s, &about);
	if (r < 0) {
		json_decref(about);
		stop(s);
		return r;
	}
	json_decref(s->about);
	s->about = about;
	return 0;
}

/* ---- the calls ------------------------------------------------------------------------------------------------- */

int scanner_start(const char *interpreter, struct scanner **ret, struct error *err)
{
	CLEANUP(scanner_freep) struct scanner *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->socket = -1;
	s->answer = (struct buffer)BUFFER_INIT(ANSWER_MAX);
	(void)snprintf(s->interpreter, sizeof(s->interpreter), "%s", interpreter);
	r = start(s);
	if (r < 0)
		return error_set(err, r, interpreter, "is no Python interpreter that works (3.8 or newer)");
	*ret = steal_pointer(s);
	return 0;
}

void scanner_free(struct scanner *s)
{
	if (!s)
		return;
	stop(s);
	json_decref(s->about);
	buffer_release(&s->answer);
	free(s);
}

const json_t *scanner_about(const struct scanner *s)
{
	return s->about;
}

int scanner_ask(struct scanner *s, const void *source, size_t n, json_t **ret)
{
	json_t *answer = NULL;
	char head[32];
	int r = s->pid ? 0 : start(s);

	if (n > SCANNER_SOURCE_MAX)
		return -EFBIG;
	(void)snprintf(head, sizeof(head), "%zu\n", n);
	if (!r)
		r = send_all(s->socket, head, strlen(head));
	if (!r)
		r = send_all(s->socket, source, n);
	if (!r)
		r = receive_json(s, &answer);
	if (r < 0) {
		json_decref(answer);
		stop(s);
		return r;
	}
	*ret = answer;
	return 0;
}
