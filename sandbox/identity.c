/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user_namespaces(7): a process without privilege may map its own number, in one line, once setgroups is denied; root may
 * map what its own namespace has.  The identity over all of that keeps chown() of a root build working.
 */
#include "sandbox/identity.h"

#include "base/cleanup.h"
#include "sandbox/hostfile.h"
#include "sandbox/listing.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX ((size_t)8 << 20)
#define MAP_LINES 340 /* the kernel's limit */

static int write_proc(pid_t pid, const char *name, const char *text, size_t n)
{
	char path[64];
	AUTO_FD int fd = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return write(fd, text, n) == (ssize_t)n ? 0 : -errno;
}

/* Each range of our own map onto itself. */
static int identity_lines(const char *name, struct buffer *b)
{
	CLEANUP(buffer_release) struct buffer own = BUFFER_INIT(1 << 16);
	char path[32];
	const char *line;
	size_t at = 0, len;
	int r, lines = 0;

	(void)snprintf(path, sizeof(path), "/proc/self/%s", name);
	r = hostfile_read(path, &own);
	while (!r && lines++ < MAP_LINES && (line = hostfile_line(&own, &at, &len))) {
		char *end;
		unsigned long first = strtoul(line, &end, 10), count;

		(void)strtoul(end, &end, 10);
		count = strtoul(end, &end, 10);
		if (count)
			r = buffer_printf(b, "%lu %lu %lu\n", first, first, count);
	}
	return r;
}

static int map(const struct action *a, pid_t pid, bool root, const char *name, unsigned shown, unsigned own)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1 << 16);
	int r;

	if (root && !a->user)
		r = identity_lines(name, &b);
	else
		r = buffer_printf(&b, "%u %u 1\n", a->user ? shown : own, own);
	return r < 0 ? r : write_proc(pid, name, b.data, b.len);
}

int identity_map(const struct action *a, pid_t pid, bool root)
{
	int r = 0;

	if (!root || a->user)
		r = write_proc(pid, "setgroups", "deny", 4);
	if (!r || r == -ENOENT) /* before Linux 3.19 */
		r = map(a, pid, root, "gid_map", a->gid, getegid());
	return r < 0 ? r : map(a, pid, root, "uid_map", a->uid, geteuid());
}

/* ---- passwd and group -------------------------------------------------------------------------------------- */

/* The n-th field (from 0) of a line whose fields are separated by colons. */
static const char *field(const char *line, size_t len, unsigned n, size_t *ret_len)
{
	const char *end = line + len, *colon;

	for (;; n--) {
		colon = memchr(line, ':', (size_t)(end - line));
		if (!n || !colon)
			break;
		line = colon + 1;
	}
	if (n)
		return NULL;
	*ret_len = (size_t)((colon ? colon : end) - line);
	return line;
}

static bool field_is(const char *line, size_t len, unsigned n, const char *value)
{
	size_t size = 0;
	const char *f = field(line, len, n, &size);

	return f && size == strlen(value) && memcmp(f, value, size) == 0;
}

/* The host's lines but for those with our name or number, which is the third field in both files. */
static int other_lines(const char *path, const char *user, unsigned number, struct buffer *ret)
{
	CLEANUP(buffer_release) struct buffer host = BUFFER_INIT(TEXT_MAX);
	char digits[16];
	const char *line;
	size_t at = 0, len;

	(void)snprintf(digits, sizeof(digits), "%u", number);
	(void)hostfile_read(path, &host); /* none: ours alone */
	while ((line = hostfile_line(&host, &at, &len)))
		if (!field_is(line, len, 0, user) && !field_is(line, len, 2, digits)) {
			(void)buffer_append(ret, line, len);
			(void)buffer_putc(ret, '\n');
		}
	return ret->error;
}

static const char *home_of(const struct action *a)
{
	const char *home = environment_value(a->env, "HOME");

	return home && *home && !strpbrk(home, ":\n") ? home : "/";
}

int identity_passwd(const struct action *a, struct buffer *ret)
{
	(void)buffer_printf(ret, "%s:x:%u:%u:%s:%s:/bin/sh\n", a->user, a->uid, a->gid, a->user, home_of(a));
	return other_lines("/etc/passwd", a->user, a->uid, ret);
}

int identity_group(const struct action *a, struct buffer *ret)
{
	(void)buffer_printf(ret, "%s:x:%u:\n", a->user, a->gid);
	return other_lines("/etc/group", a->user, a->gid, ret);
}

/* ---- hosts ------------------------------------------------------------------------------------------------- */

/* Whether a line of /etc/hosts has `name` among its words. */
static bool has_word(const char *line, size_t len, const char *name)
{
	size_t i = 0, start, size = strlen(name);

	while (i < len && line[i] != '#') {
		while (i < len && (line[i] == ' ' || line[i] == '\t'))
			i++;
		start = i;
		while (i < len && line[i] != ' ' && line[i] != '\t' && line[i] != '#')
			i++;
		if (size && i - start == size && memcmp(line + start, name, size) == 0)
			return true;
		/* "name.domain" is the host as well. */
		if (size && i - start > size && memcmp(line + start, name, size) == 0 && line[start + size] == '.')
			return true;
	}
	return false;
}

int identity_hosts(const struct action *a, const char *caller, struct buffer *ret)
{
	CLEANUP(buffer_release) struct buffer host = BUFFER_INIT(TEXT_MAX);
	const char *line;
	size_t at = 0, len;

	(void)buffer_puts(ret, "127.0.0.1\tlocalhost\n127.0.1.1\t");
	if (a->domain && *a->domain)
		(void)buffer_printf(ret, "%s.%s ", a->host, a->domain);
	(void)buffer_printf(ret, "%s\n", a->host);
	(void)hostfile_read("/etc/hosts", &host);
	while ((line = hostfile_line(&host, &at, &len)))
		if (!has_word(line, len, caller) && !has_word(line, len, a->host) && !has_word(line, len, "127.0.1.1")) {
			(void)buffer_append(ret, line, len);
			(void)buffer_putc(ret, '\n');
		}
	return ret->error;
}

int identity_hostname(const struct action *a, struct buffer *ret)
{
	return buffer_printf(ret, "%s\n", a->host);
}
