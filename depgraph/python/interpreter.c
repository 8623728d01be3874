/* SPDX-License-Identifier: Apache-2.0 */
/* Which interpreter parses: never a program that lies in the tree, unless the user names it. */
#include "depgraph/python/scanner.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (path[n] == '/' || !path[n] || (n == 1 && *dir == '/'));
}

/* "python3.11", "pypy3": a link of a hostile tree could lead to any program. */
static bool is_python_name(const char *path)
{
	const char *base = path_base(path);

	base += !strncmp(base, "python", 6) ? 6 : !strncmp(base, "pypy", 4) ? 4 : 0;
	return base != path_base(path) && base[strspn(base, "0123456789.dmtu")] == '\0';
}

static bool is_safe(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && !(st.st_mode & S_IWOTH) && access(path, X_OK) == 0;
}

/* An interpreter is no script. Those of pyenv and kin need their environment: what they lead to comes further on in PATH. */
static bool is_script(const char *path)
{
	char start[2] = "";
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, start, 2) == 2 && !memcmp(start, "#!", 2);
}

/* 0: ret is the tree's interpreter, resolved. -ENOENT: it has none. -EPERM: it brings one of its own. */
static int own_interpreter(const char *tree, char ret[PATH_MAX])
{
	static const char *const names[] = { "bin/python3", "bin/python" };
	char real[PATH_MAX], path[PATH_MAX + 32];
	size_t i;

	if (!realpath(tree, real))
		return -errno;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", real, names[i]);
		if (!realpath(path, ret))
			continue;
		return !is_below(ret, real) && is_python_name(ret) && is_safe(ret) && !is_script(ret) ? 0 : -EPERM;
	}
	return -ENOENT;
}

/* Not one of the tree: an activated environment's programs come first in PATH. */
static bool find_in_path(const char *name, const char *tree, char ret[PATH_MAX])
{
	const char *path = getenv("PATH"), *end;
	char candidate[PATH_MAX], real[PATH_MAX];

	if (!realpath(tree, real))
		return false;
	for (; path && *path; path = *end ? end + 1 : end) {
		end = strchrnul(path, ':');
		(void)snprintf(candidate, sizeof(candidate), "%.*s/%s", (int)(end - path), path, name);
		if (end != path && *path == '/' && is_safe(candidate) && !is_script(candidate) && realpath(candidate, ret) &&
		    is_python_name(ret) && !is_below(ret, real))
			return true;
	}
	return false;
}

int python_find_interpreter(const char *tree, const char *told, char ret[PATH_MAX], const char **ret_note, struct error *err)
{
	int r;

	*ret_note = NULL;
	if (told) {
		if (!realpath(told, ret))
			return error_set(err, -errno, told, "no such interpreter");
		return is_safe(ret) ? 0 : error_set(err, -EACCES, told, "cannot be executed");
	}
	r = own_interpreter(tree, ret);
	if (r == 0)
		return 0;
	if (r == -EPERM)
		*ret_note = "the tree brings an interpreter of its own, which is not run unless you name it (--interpreter)";
	if (find_in_path("python3", tree, ret))
		return 0;
	return error_set(err, -ENOENT, tree, "there is no python3 outside of it to parse its sources with; name one with --interpreter");
}
