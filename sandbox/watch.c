/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watcher.  A notification arrives before the kernel has looked at the call, so an exec may still fail: shells try
 * each directory of PATH.  What is not an executable regular file is left out; other failures are rare, and a record
 * too many does no harm.
 */
#include "sandbox/watch.h"

#include "base/buffer.h"
#include "base/cleanup.h"
#include "sandbox/inside.h"
#include "sandbox/watch_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SECCOMP_USER_NOTIF_FLAG_CONTINUE
#define SECCOMP_USER_NOTIF_FLAG_CONTINUE 1
#endif

#define ARGUMENT_MAX  4096
#define ARGUMENTS_MAX 64
#define SCRIPT_DEPTH  4 /* as the kernel's BINPRM_MAX_RECURSION */

void watch_free(struct watch *w)
{
	if (!w)
		return;
	if (w->listener >= 0)
		(void)close(w->listener);
	free(w->notice);
	free(w->answer);
	free(w->last);
	free(w);
}
DEFINE_CLEANUP(struct watch *, watch_free)

static int receive_listener(int socket)
{
	int fd, r = message_receive(socket, &fd);

	return r < 0 ? r : fd < 0 ? -EPERM : fd;
}

int watch_new(int socket, int out, struct watch **ret)
{
	CLEANUP(watch_freep) struct watch *w = calloc(1, sizeof(*w));
	struct seccomp_notif_sizes sizes;

	if (!w)
		return -ENOMEM;
	w->out = out;
	w->listener = receive_listener(socket);
	if (w->listener < 0)
		return w->listener;
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return -errno;
	/* Sized by the kernel, which may know more members than we do. */
	w->notice = calloc(1, sizes.seccomp_notif > sizeof(*w->notice) ? sizes.seccomp_notif : sizeof(*w->notice));
	w->answer = calloc(1, sizes.seccomp_notif_resp > sizeof(*w->answer) ? sizes.seccomp_notif_resp : sizeof(*w->answer));
	if (!w->notice || !w->answer)
		return -ENOMEM;
	*ret = steal_pointer(w);
	return 0;
}

int watch_descriptor(const struct watch *w)
{
	return w->listener;
}

uint64_t watch_dropped(const struct watch *w)
{
	return w->dropped;
}

/* ---- its command line ------------------------------------------------------------------------------------ */

static void quote_word(struct buffer *b, const char *s)
{
	if (b->len)
		(void)buffer_putc(b, ' ');
	(void)buffer_shell_word(b, s);
}

static void read_command(pid_t pid, uint64_t argv, struct buffer *b)
{
	uint64_t pointers[ARGUMENTS_MAX];
	char argument[ARGUMENT_MAX];
	size_t i;

	for (i = 0; i < ARGUMENTS_MAX && !b->error; i++) {
		if (watch_read_memory(pid, argv + i * sizeof(void *), &pointers[i], sizeof(void *)) != sizeof(void *))
			break;
		if (!pointers[i] || watch_read_string(pid, pointers[i], argument, sizeof(argument)) < 0)
			break;
		quote_word(b, argument);
	}
	if (b->error || i == ARGUMENTS_MAX) {
		b->error = 0;
		b->len = b->len > WATCH_COMMAND_MAX - 3 ? WATCH_COMMAND_MAX - 3 : b->len;
		b->max += 8;
		(void)buffer_puts(b, "...");
	}
}

/* ---- execve ------------------------------------------------------------------------------------------------ */

/* What follows the first word of a quoted command. */
static const char *after_first_word(const char *command)
{
	bool quoted = false;

	for (; *command && (quoted || *command != ' '); command++)
		if (*command == '\'')
			quoted = !quoted;
		else if (*command == '\\' && !quoted && command[1])
			command++;
	return command;
}

/* The interpreters of a script, each the child of what it interprets. */
static int emit_interpreters(struct watch *w, pid_t caller, pid_t process, int script, const char *program, const char *command)
{
	CLEANUP(buffer_release) struct buffer line = BUFFER_INIT(2 * WATCH_COMMAND_MAX);
	const char *rest = after_first_word(command), *argument;
	char path[256];
	AUTO_FD int fd = dup(script);
	unsigned i;
	int r = 0;

	for (i = 0; !r && i < SCRIPT_DEPTH && program_kind_of(fd) == PROGRAM_SCRIPT; i++) {
		if (watch_interpreter_of(fd, path, &argument) < 0)
			break;
		cleanup_fd(&fd);
		fd = watch_open_program(caller, "cwd", path);
		if (fd < 0)
			break;
		line.len = 0;
		quote_word(&line, path);
		if (*argument)
			quote_word(&line, argument);
		quote_word(&line, program);
		(void)buffer_puts(&line, rest);
		line.error = 0;
		r = watch_write_program(w, process, watch_last_of(w, process), program_kind_of(fd), path, buffer_str(&line));
	}
	return r;
}

/* Puts the name of the directory that a relative path starts from before it. */
static void make_absolute(pid_t pid, const char *base, char *path, size_t size)
{
	char from[64], dir[PATH_MAX];
	size_t len = strlen(path);
	ssize_t n;

	if (*path == '/')
		return;
	(void)snprintf(from, sizeof(from), "/proc/%d/%s", (int)pid, base);
	n = readlink(from, dir, sizeof(dir) - 1);
	if (n <= 0 || *dir != '/' || (size_t)n + len + 2 > size)
		return;
	while (len > 2 && path[0] == '.' && path[1] == '/') {
		memmove(path, path + 2, len - 1);
		len -= 2;
	}
	memmove(path + n + (len > 0), path, len + 1);
	memcpy(path, dir, (size_t)n);
	if (len)
		path[n] = '/';
}

static int see_exec(struct watch *w, pid_t caller, uint64_t path_at, uint64_t argv, const char *base)
{
	CLEANUP(buffer_release) struct buffer command = BUFFER_INIT(WATCH_COMMAND_MAX);
	char path[PATH_MAX], called[PATH_MAX];
	AUTO_FD int fd = -1;
	enum program_kind kind;
	pid_t process = caller;
	uint32_t parent;
	int r = watch_read_string(caller, path_at, path, sizeof(path));

	if (r < 0)
		return r;
	fd = watch_open_program(caller, base, path);
	if (fd < 0)
		return fd;
	kind = program_kind_of(fd);
	(void)snprintf(called, sizeof(called), "%s", path);
	make_absolute(caller, base, path, sizeof(path));
	read_command(caller, argv, &command);
	parent = watch_program_of(w, caller, &process);
	r = watch_write_program(w, process, parent, kind, path, buffer_str(&command));
	if (!r && kind == PROGRAM_SCRIPT)
		r = emit_interpreters(w, caller, process, fd, called, buffer_str(&command));
	return r;
}

/* execveat(): relative to a descriptor. */
static int see_exec_at(struct watch *w, pid_t caller, const uint64_t args[6])
{
	char base[32];

	if ((int)args[0] == AT_FDCWD)
		return see_exec(w, caller, args[1], args[2], "cwd");
	(void)snprintf(base, sizeof(base), "fd/%d", (int)args[0]);
	return see_exec(w, caller, args[1], args[2], base);
}

/* ---- connect ----------------------------------------------------------------------------------------------- */

/* "1.2.3.4 port 443"; -ENOENT: it stays on this machine. A resolver on it (port 53) asks on. */
static int network_text(const struct sockaddr_storage *s, size_t n, char out[OBSERVED_MAX])
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)s;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)s;
	char address[INET6_ADDRSTRLEN] = "";
	bool loopback;
	unsigned port;

	if (s->ss_family == AF_INET && n >= sizeof(*v4)) {
		loopback = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
		port = ntohs(v4->sin_port);
		(void)inet_ntop(AF_INET, &v4->sin_addr, address, sizeof(address));
	} else if (s->ss_family == AF_INET6 && n >= sizeof(*v6)) {
		loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
		port = ntohs(v6->sin6_port);
		(void)inet_ntop(AF_INET6, &v6->sin6_addr, address, sizeof(address));
	} else {
		return -ENOENT;
	}
	if (loopback && port != 53)
		return -ENOENT;
	(void)snprintf(out, OBSERVED_MAX, "%s port %u", address, port);
	return 0;
}

static int see_network(struct watch *w, pid_t caller, uint64_t at, uint64_t size)
{
	struct sockaddr_storage s = { 0 };
	char text[OBSERVED_MAX];
	uint32_t process;

	if (size > sizeof(s))
		size = sizeof(s);
	if (watch_read_memory(caller, at, &s, size) != (ssize_t)size || network_text(&s, size, text) < 0)
		return 0;
	process = watch_program_of(w, caller, NULL);
	return process == WATCH_NONE ? 0 : watch_write_network(w, process, text);
}

int watch_serve(struct watch *w)
{
	const struct seccomp_data *d = &w->notice->data;
	pid_t pid;

	memset(w->notice, 0, sizeof(*w->notice));
	if (ioctl(w->listener, SECCOMP_IOCTL_NOTIF_RECV, w->notice) < 0)
		return errno == EINTR ? -ENOENT : -errno;
	pid = (pid_t)w->notice->pid;
	if (d->nr == __NR_execve)
		(void)see_exec(w, pid, d->args[0], d->args[1], "cwd");
	else if (d->nr == __NR_execveat)
		(void)see_exec_at(w, pid, (const uint64_t *)d->args);
	else if (d->nr == __NR_connect)
		(void)see_network(w, pid, d->args[1], d->args[2]);
	else if (d->nr == __NR_sendto)
		(void)see_network(w, pid, d->args[4], d->args[5]);
	*w->answer = (struct seccomp_notif_resp){ .id = w->notice->id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };
	return ioctl(w->listener, SECCOMP_IOCTL_NOTIF_SEND, w->answer) < 0 && errno != ENOENT ? -errno : 0;
}
