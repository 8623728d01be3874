/* SPDX-License-Identifier: Apache-2.0 */
/* What a call of another process is about: strings of its memory, files as it names them. */
#include "sandbox/watch_private.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- another process's memory ------------------------------------------------------------------------------ */

ssize_t watch_read_memory(pid_t pid, uint64_t at, void *p, size_t n)
{
	struct iovec to = { p, n }, from = { (void *)(uintptr_t)at, n };

	return process_vm_readv(pid, &to, 1, &from, 1, 0);
}

int watch_read_string(pid_t pid, uint64_t at, char *out, size_t size)
{
	size_t len = 0, page = 4096; /* up to the end of a page at a time: the next may not be there */

	while (len < size - 1) {
		size_t want = page - (at + len) % page;
		ssize_t n;
		char *end;

		if (want > size - 1 - len)
			want = size - 1 - len;
		n = watch_read_memory(pid, at + len, out + len, want);
		if (n <= 0)
			return -EFAULT;
		end = memchr(out + len, '\0', (size_t)n);
		if (end)
			return 0;
		len += (size_t)n;
	}
	out[size - 1] = '\0';
	return 0;
}

int watch_open_program(pid_t pid, const char *base, const char *path)
{
	char from[64], name[64];
	AUTO_FD int dir = -1, fd = -1;
	struct stat st;
	int readable;

	(void)snprintf(from, sizeof(from), "/proc/%d/%s", (int)pid, base);
	dir = open(from, O_PATH | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	fd = *path ? openat(dir, path, O_PATH | O_CLOEXEC) : steal_fd(&dir);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		return -EACCES;
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	readable = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return readable < 0 ? steal_fd(&fd) : readable;
}

int watch_interpreter_of(int fd, char out[WATCH_LINE_MAX], const char **ret_argument)
{
	ssize_t n = pread(fd, out, WATCH_LINE_MAX - 1, 0);
	char *p, *end;

	if (n < 3)
		return -ENOENT;
	out[n] = '\0';
	end = strchr(out, '\n');
	if (end)
		*end = '\0';
	p = out + 2 + strspn(out + 2, " \t");
	memmove(out, p, strlen(p) + 1);
	p = out + strcspn(out, " \t");
	if (*p) {
		*p++ = '\0';
		p += strspn(p, " \t");
		for (end = p + strlen(p); end > p && (end[-1] == ' ' || end[-1] == '\t'); end--)
			end[-1] = '\0';
	}
	*ret_argument = p;
	return *out ? 0 : -ENOENT;
}
