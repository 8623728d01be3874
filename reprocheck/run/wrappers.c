/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/run/wrappers.h"

#include "base/path.h"
#include "reprocheck/run/temporary.h"
#include "reprocheck/run/variables.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SHOWN_AT  "/.reprocheck-fix"
#define SETS_MAX  512

/* The scripts of one fix, for one working directory, lie in a directory of their own, named by its number. */
struct wrappers {
	struct temporary room; /* on the host */
	struct {
		const struct applied_fix *fix;
		const char *cwd; /* the lab's */
	} sets[SETS_MAX];
	size_t count;
};

static struct wrappers *wrappers_new(void)
{
	AUTO_FREE struct wrappers *w = calloc(1, sizeof(*w));

	if (!w || temporary_new("reprocheck-fix", &w->room) < 0)
		return NULL;
	return steal_pointer(w);
}

static char *directory_of(const struct wrappers *w, size_t i)
{
	char *s;

	return asprintf(&s, "%s/%zu", w->room.path, i) < 0 ? NULL : s;
}

void wrappers_free(struct wrappers *w)
{
	if (w)
		temporary_release(&w->room);
	free(w);
}

static int write_script(const char *directory, const struct applied_fix *fix, const char *real)
{
	AUTO_FREE char *text = fix_wrapper(fix, real);
	AUTO_FREE char *path = path_join(directory, path_base(real));
	AUTO_FD int fd = -1;
	size_t n;

	if (!text || !path)
		return -ENOMEM;
	/* The first in PATH wins, as for the shell. */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (fd < 0)
		return errno == EEXIST ? 0 : -errno;
	n = strlen(text);
	if (write(fd, text, n) != (ssize_t)n || fchmod(fd, 0755) < 0)
		return -EIO;
	return 0;
}

/* A script for each program in one directory of PATH that the fix takes. */
static int wrap_directory(const char *directory, const struct applied_fix *fix, const char *programs)
{
	CLEANUP(closedirp) DIR *d = opendir(programs);
	struct dirent *e;
	int r = 0;

	while (d && r >= 0 && (e = readdir(d)) != NULL) {
		AUTO_FREE char *real = NULL;

		if (e->d_name[0] == '.' || !fix_takes(fix, e->d_name))
			continue;
		real = path_join(programs, e->d_name);
		if (!real)
			return -ENOMEM;
		if (access(real, X_OK) == 0)
			r = write_script(directory, fix, real);
	}
	return r;
}

static bool is_below(const char *path, const char *root)
{
	size_t n = strlen(root);

	return strncmp(path, root, n) == 0 && (!path[n] || path[n] == '/');
}

static int wrap_path(const char *directory, const struct applied_fix *fix, const struct subject *s)
{
	const char *path = environment_get(s->env, "PATH");
	AUTO_FREE char *copy = strdup(path ? path : "/usr/bin:/bin");
	char *rest, *entry;
	int r = copy ? 0 : -ENOMEM;

	for (entry = r < 0 ? NULL : strtok_r(copy, ":", &rest); r >= 0 && entry; entry = strtok_r(NULL, ":", &rest))
		if (*entry == '/' && !is_below(entry, s->inputs)) /* what lies in the tree moves with it */
			r = wrap_directory(directory, fix, entry);
	/* The command itself may be given by its path. */
	if (r >= 0 && s->argv[0][0] == '/' && fix_takes(fix, s->argv[0]) && !is_below(s->argv[0], s->inputs))
		r = write_script(directory, fix, s->argv[0]);
	return r;
}

static size_t number_of(const struct wrappers *w, const struct applied_fix *fix, const char *cwd)
{
	size_t i;

	for (i = 0; i < w->count && (w->sets[i].fix != fix || strcmp(w->sets[i].cwd, cwd) != 0); i++)
		;
	return i;
}

static int write_set(const char *directory, const struct applied_fix *fix, const struct subject *s, const char *cwd,
		     int64_t epoch)
{
	struct applied_fix now;
	int r = fix_resolve(fix, cwd, epoch, &now);

	if (r < 0)
		return r;
	r = wrap_path(directory, &now, s);
	fix_release(&now);
	return r;
}

int wrappers_add(struct wrappers **w, const struct applied_fix *fix, const struct subject *s, const char *cwd,
		 int64_t epoch)
{
	AUTO_FREE char *directory = NULL;

	if (!*w)
		*w = wrappers_new();
	if (!*w)
		return -ENOMEM;
	if (number_of(*w, fix, cwd) < (*w)->count)
		return 0;
	if ((*w)->count == SETS_MAX)
		return -ENOSPC;
	directory = directory_of(*w, (*w)->count);
	if (!directory || mkdir(directory, 0755) < 0)
		return directory ? -errno : -ENOMEM;
	(void)chmod(directory, 0755);
	(*w)->sets[(*w)->count].fix = fix;
	(*w)->sets[(*w)->count++].cwd = cwd;
	return write_set(directory, fix, s, cwd, epoch);
}

static const char *const *put_first_in_path(struct arena *arena, const char *const *env)
{
	struct variables *v = variables_new(arena, env);
	const char *path = v ? variables_get(v, "PATH") : NULL;

	if (!v)
		return NULL;
	variables_set(v, "PATH", arena_printf(arena, SHOWN_AT ":%s", path ? path : "/usr/bin:/bin"));
	return variables_list(v);
}

static int wrap_command(const struct applied_fix *fix, struct arena *arena, struct action *a)
{
	size_t n = 0;
	const char **argv;

	if (a->argv[0][0] != '/' || !fix_takes(fix, a->argv[0]))
		return 0;
	while (a->argv[n])
		n++;
	argv = arena_array(arena, n + 1, sizeof(*argv));
	if (!argv)
		return -ENOMEM;
	memcpy(argv, a->argv, n * sizeof(*argv));
	argv[0] = arena_printf(arena, SHOWN_AT "/%s", path_base(a->argv[0]));
	a->argv = argv;
	return argv[0] ? 0 : -ENOMEM;
}

int wrappers_show(const struct wrappers *w, const struct applied_fix *fix, struct arena *arena, struct action *a)
{
	size_t i = w ? number_of(w, fix, a->directory) : 0;
	struct writable *shown = arena_array(arena, a->shown_count + 1, sizeof(*shown));

	if (!w || i == w->count || !shown)
		return -ENOMEM;
	if (a->shown_count)
		memcpy(shown, a->shown, a->shown_count * sizeof(*shown));
	shown[a->shown_count] = (struct writable){ SHOWN_AT, arena_printf(arena, "%s/%zu", w->room.path, i) };
	if (!shown[a->shown_count].from)
		return -ENOMEM;
	a->shown = shown;
	a->shown_count++;
	a->env = put_first_in_path(arena, a->env);
	return a->env ? wrap_command(fix, arena, a) : -ENOMEM;
}
