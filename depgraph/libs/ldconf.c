/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ldconf.c: one directory a line; "#" begins a comment, "include PATTERN" reads other files, relative to this
 * one's directory; "hwcap" lines mean nothing any more, "DIR=TYPE" is an old form of a directory. (ldconfig(8), glibc elf/ldconfig.c)
 * musl's file has directories separated by newlines or colons. (musl ldso/dynlink.c)
 */
#include "depgraph/libs/ldconf.h"

#include "base/cleanup.h"
#include "base/content.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>

#define DEPTH_MAX 10
#define FILE_MAX  (1u << 20)
#define FILES_MAX 1000

struct reading {
	struct ldconf *conf;
	int root;
	char prefix[PATH_MAX]; /* of the sysroot; "" */
	unsigned files;
};

static int add_directory(struct ldconf *c, const char *p, size_t n)
{
	const char **more;
	size_t cap = c->capacity ? 2 * c->capacity : 16;

	while (n > 1 && p[n - 1] == '/')
		n--;
	if (n == 0 || p[0] != '/' || c->count >= LDCONF_DIRECTORIES_MAX)
		return 0;
	if (c->count == c->capacity) {
		more = arena_array(c->arena, cap, sizeof(*more));
		if (!more)
			return -ENOMEM;
		if (c->count)
			memcpy(more, c->directories, c->count * sizeof(*more));
		c->directories = more;
		c->capacity = cap;
	}
	c->directories[c->count] = arena_strndup(c->arena, p, n);
	return c->directories[c->count++] ? 0 : -ENOMEM;
}

static int open_file(const struct reading *r, const char *path, struct content **ret)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	char name[64];
	AUTO_FD int fd = -1;

	if (r->root < 0)
		return content_open(AT_FDCWD, path, ret, NULL);
	fd = (int)syscall(SYS_openat2, r->root, path, &how, sizeof(how));
	if (fd < 0)
		return -errno;
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return content_open(AT_FDCWD, name, ret, NULL);
}

static int read_file(struct reading *r, const char *path, unsigned depth);

static int include(struct reading *r, const char *from, const char *pattern, unsigned depth)
{
	const char *slash = strrchr(from, '/');
	size_t dir = pattern[0] == '/' || !slash ? 0 : (size_t)(slash - from) + 1, skip = strlen(r->prefix), i;
	char full[2 * PATH_MAX];
	glob_t g = { 0 };
	int e = 0;

	if (snprintf(full, sizeof(full), "%s%.*s%s", r->prefix, (int)dir, from, pattern) >= (int)sizeof(full))
		return 0;
	if (glob(full, 0, NULL, &g) == 0)
		for (i = 0; i < g.gl_pathc && e == 0; i++)
			e = read_file(r, g.gl_pathv[i] + skip, depth + 1);
	globfree(&g);
	return e;
}

static int read_line(struct reading *r, const char *from, char *line, unsigned depth)
{
	char *end;

	line[strcspn(line, "#")] = '\0';
	line += strspn(line, " \t\r\f\v");
	for (end = line + strlen(line); end > line && strchr(" \t\r\f\v", end[-1]); end--)
		end[-1] = '\0';
	if (strncmp(line, "include", 7) == 0 && (line[7] == ' ' || line[7] == '\t')) {
		char *state = NULL, *word = strtok_r(line + 7, " \t", &state);
		int e = 0;

		for (; word && e == 0; word = strtok_r(NULL, " \t", &state))
			e = include(r, from, word, depth);
		return e;
	}
	return add_directory(r->conf, line, strcspn(line, "= \t,"));
}

static int read_file(struct reading *r, const char *path, unsigned depth)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	AUTO_FREE char *text = NULL;
	char *line, *state = NULL;
	int e = 0;

	if (depth > DEPTH_MAX || r->files++ >= FILES_MAX || open_file(r, path, &c) < 0 || content_size(c) > FILE_MAX)
		return 0;
	text = strndup((const char *)content_data(c), content_size(c));
	if (!text)
		return -ENOMEM;
	for (line = strtok_r(text, "\n", &state); line && e == 0; line = strtok_r(NULL, "\n", &state))
		e = read_line(r, path, line, depth);
	return e;
}

/* glob() knows no descriptors: the sysroot's name goes before the pattern. */
static void set_prefix(struct reading *r)
{
	char name[64];
	ssize_t n;

	if (r->root < 0)
		return;
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", r->root);
	n = readlink(name, r->prefix, sizeof(r->prefix) - 1);
	r->prefix[n > 0 ? n : 0] = '\0';
}

int ldconf_read(struct ldconf *c, int root, const char *path)
{
	struct reading r = { .conf = c, .root = root };

	set_prefix(&r);
	return read_file(&r, path, 0);
}

int ldconf_read_musl(struct ldconf *c, int root, const char *interpreter)
{
	struct reading r = { .conf = c, .root = root };
	CLEANUP(content_unrefp) struct content *content = NULL;
	const char *slash = strrchr(interpreter, '/'), *base = slash ? slash + 1 : interpreter;
	size_t stem = strcspn(base, "."), left, n;
	char path[PATH_MAX];
	const char *p;
	int e = 0;

	(void)snprintf(path, sizeof(path), "/etc/%.*s.path", (int)stem, base);
	if (open_file(&r, path, &content) < 0 || content_size(content) > FILE_MAX)
		return 0;
	p = (const char *)content_data(content);
	for (left = content_size(content); left && e == 0; p += n, left -= n) {
		for (n = 0; n < left && p[n] != '\n' && p[n] != ':'; n++)
			;
		e = add_directory(c, p, n);
		n += n < left;
	}
	return e;
}
