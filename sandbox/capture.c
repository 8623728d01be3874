/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/capture.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536

int capture_init(struct capture *c, size_t max, struct action_log *log)
{
	*c = (struct capture){ .fd = -1, .half = max / 2, .log = log };
	log->head = (struct buffer)BUFFER_INIT(c->half);
	log->tail = (struct buffer)BUFFER_INIT(c->half);
	return 0;
}

void capture_release(struct capture *c)
{
	if (c->fd >= 0)
		(void)close(c->fd);
	free(c->ring);
	c->fd = -1;
	c->ring = NULL;
}

void capture_begin(struct capture *c, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (c->fd >= 0)
		(void)close(c->fd);
	(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	c->fd = fd;
}

/* Into the ring: the last bytes stay. */
static void keep_tail(struct capture *c, const char *p, size_t n)
{
	size_t part;

	if (!c->ring && c->half)
		c->ring = malloc(c->half);
	if (!c->ring)
		return;
	if (n > c->half) {
		p += n - c->half;
		n = c->half;
	}
	part = c->half - c->next < n ? c->half - c->next : n;
	memcpy(c->ring + c->next, p, part);
	memcpy(c->ring, p + part, n - part);
	c->next = (c->next + n) % c->half;
}

static void keep(struct capture *c, const char *p, size_t n)
{
	struct action_log *log = c->log;
	size_t room = c->half - log->head.len;

	log->total += n;
	if (room > n)
		room = n;
	(void)buffer_append(&log->head, p, room);
	if (n > room)
		keep_tail(c, p + room, n - room);
}

bool capture_drain(struct capture *c)
{
	char chunk[CHUNK];
	ssize_t n;
	unsigned i;

	/* A command that never stops printing must not keep us from looking at the clock. */
	for (i = 0; c->fd >= 0 && i < 64; i++) {
		n = read(c->fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0) { /* a terminal says EIO when nobody holds its other side */
			(void)close(c->fd);
			c->fd = -1;
			return false;
		}
		keep(c, chunk, (size_t)n);
	}
	return c->fd >= 0;
}

int capture_finish(struct capture *c)
{
	struct action_log *log = c->log;
	uint64_t beyond = log->total - log->head.len;

	if (!c->ring)
		return log->head.error;
	if (beyond >= c->half)
		(void)buffer_append(&log->tail, c->ring + c->next, c->half - c->next);
	(void)buffer_append(&log->tail, c->ring, c->next);
	return log->tail.error;
}
