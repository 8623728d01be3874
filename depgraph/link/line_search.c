/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line_search.c: which file a word of the link line is.
 *
 * The linker looks in all -L directories, wherever they stand on the line, then in its default ones.  A
 * compiler puts its own directory between (where libstdc++ and libgcc are); the newest version below
 * /usr/lib/gcc/TRIPLE stands in for it: a line of `cc -v` names it exactly.
 */
#include "depgraph/link/line_private.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#if defined(__aarch64__)
#define TRIPLE "aarch64-linux-gnu"
#elif defined(__powerpc64__)
#define TRIPLE "powerpc64le-linux-gnu"
#elif defined(__riscv)
#define TRIPLE "riscv64-linux-gnu"
#else
#define TRIPLE "x86_64-linux-gnu"
#endif

static const char *const default_directories[] = {
	"/usr/local/lib/" TRIPLE, "/lib/" TRIPLE, "/usr/lib/" TRIPLE, "/usr/local/lib64", "/lib64", "/usr/lib64",
	"/usr/local/lib", "/lib", "/usr/lib", NULL,
};

struct directories {
	const char *items[16];
	size_t count;
	glob_t compiler;
};

static void add_compiler(struct directories *d)
{
	if (glob("/usr/lib/gcc/" TRIPLE "/*", 0, NULL, &d->compiler) == 0 && d->compiler.gl_pathc)
		d->items[d->count++] = d->compiler.gl_pathv[d->compiler.gl_pathc - 1];
}

static int defaults(struct link_line *l, struct directories *d)
{
	size_t i;

	if (l->driver)
		add_compiler(d);
	for (i = 0; default_directories[i]; i++) {
		d->items[d->count] = arena_printf(&l->arena, "%s%s", l->sysroot ? l->sysroot : "", default_directories[i]);
		if (!d->items[d->count++])
			return -ENOMEM;
	}
	return 0;
}

const char *link_line_path(const struct link_line *l, const char *path, char *out, size_t size)
{
	if (path[0] == '/' || !strcmp(l->directory, "."))
		(void)snprintf(out, size, "%s", path);
	else
		(void)snprintf(out, size, "%s/%s", l->directory, path);
	return out;
}

static bool is_there(const struct link_line *l, const char *path)
{
	char full[4096];
	struct stat st;

	return stat(link_line_path(l, path, full, sizeof(full)), &st) == 0 && !S_ISDIR(st.st_mode);
}

/* "=/lib" and "$SYSROOT/lib" begin at the sysroot. */
static char *below_sysroot(struct link_line *l, const char *directory)
{
	size_t n = directory[0] == '=' ? 1 : !strncmp(directory, "$SYSROOT", 8) ? 8 : 0;

	return arena_printf(&l->arena, "%s%s", n && l->sysroot ? l->sysroot : "", directory + n);
}

/* libX.so or libX.a in one directory; NULL: neither. */
static const char *in_directory(struct link_line *l, const char *directory, const struct link_line_input *in)
{
	const char *name = in->word + 2;
	char path[4096];
	size_t i;

	if (name[0] == ':') {
		(void)snprintf(path, sizeof(path), "%s/%s", directory, name + 1);
		return is_there(l, path) ? arena_printf(&l->arena, "%s", path) : NULL;
	}
	for (i = in->flags & LINK_LINE_STATIC ? 1 : 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), i ? "%s/lib%s.a" : "%s/lib%s.so", directory, name);
		if (is_there(l, path))
			return arena_printf(&l->arena, "%s", path);
	}
	return NULL;
}

static int find_library(struct link_line *l, const struct directories *d, struct link_line_input *in)
{
	size_t i;

	for (i = 0; i < l->search_count && !in->path; i++) {
		char *directory = below_sysroot(l, l->search[i]);

		if (!directory)
			return -ENOMEM;
		in->path = in_directory(l, directory, in);
	}
	for (i = 0; i < d->count && !in->path; i++)
		in->path = in_directory(l, d->items[i], in);
	return 0;
}

int link_line_resolve(struct link_line *l)
{
	struct directories d = { .count = 0 };
	size_t i;
	int r = defaults(l, &d);

	for (i = 0; i < l->input_count && r == 0; i++) {
		struct link_line_input *in = &l->inputs[i];

		if (in->flags & LINK_LINE_LIBRARY)
			r = find_library(l, &d, in);
		else if (is_there(l, in->word))
			in->path = in->word;
	}
	globfree(&d.compiler);
	return r;
}

/* ---- from a path back to the line ------------------------------------------------------------------------------ */

static const char *without_dot(const char *path)
{
	while (path[0] == '.' && path[1] == '/')
		for (path += 2; *path == '/'; path++)
			;
	return path;
}

static bool same_file(const struct link_line *l, const char *a, const char *b)
{
	char full[4096];
	struct stat x, y;

	if (!strcmp(without_dot(a), without_dot(b)))
		return true;
	if (stat(link_line_path(l, a, full, sizeof(full)), &x) < 0)
		return false;
	/* The caller's names may be relative to its own directory. */
	return (stat(link_line_path(l, b, full, sizeof(full)), &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino) ||
	       (stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino);
}

size_t link_line_find(const struct link_line *l, const char *path, size_t from)
{
	size_t i;

	for (i = from; i < l->input_count; i++)
		if (l->inputs[i].path && same_file(l, l->inputs[i].path, path))
			return i;
	return SIZE_MAX;
}
