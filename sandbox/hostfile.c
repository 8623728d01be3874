/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/hostfile.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int hostfile_read(const char *path, struct buffer *b)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char chunk[8192];
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		if (buffer_append(b, chunk, (size_t)n) < 0)
			return b->error;
	return n < 0 ? -errno : 0;
}

const char *hostfile_line(const struct buffer *b, size_t *at, size_t *ret_len)
{
	const char *line, *end;

	if (*at >= b->len)
		return NULL;
	line = b->data + *at;
	end = memchr(line, '\n', b->len - *at);
	*ret_len = end ? (size_t)(end - line) : b->len - *at;
	*at += *ret_len + 1;
	return line;
}

int hostfile_write(int dirfd, const char *name, unsigned mode, const void *p, size_t n)
{
	AUTO_FD int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	const char *at = p;

	if (fd < 0)
		return -errno;
	while (n) {
		ssize_t w = write(fd, at, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		at += w;
		n -= (size_t)w;
	}
	return fchmod(fd, mode) < 0 ? -errno : 0;
}
