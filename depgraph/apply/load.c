/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/apply/load.h"

#include "analyzers/elf_file.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "depgraph/apply/child.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEEDED_MAX 256   /* libraries loaded ahead, and directories searched */
#define DEPTH_MAX 16

/* ---- in the child: what it needs, first ---------------------------------------------------------------------- */

struct preload {
	const char *dirs[2]; /* beside the copy, beside the original */
	char done[NEEDED_MAX][128];
	unsigned count;
};

static char *directory_of(const char *path)
{
	size_t n = (size_t)(path_base(path) - path);

	return n ? strndup(path, n) : strdup("./");
}

static bool seen(struct preload *p, const char *name)
{
	unsigned i;

	for (i = 0; i < p->count; i++)
		if (strcmp(p->done[i], name) == 0)
			return true;
	if (p->count == NEEDED_MAX || strlen(name) >= sizeof(p->done[0]))
		return true;
	(void)snprintf(p->done[p->count++], sizeof(p->done[0]), "%s", name);
	return false;
}

static void preload_of(struct preload *p, const char *path, const char *origin, unsigned depth);

/* The needed library `name` in `dir`, with what it needs in turn. false: it is not there. */
static bool preload_in(struct preload *p, const char *dir, const char *name, unsigned depth)
{
	AUTO_FREE char *path = path_join(dir, name);
	AUTO_FREE char *origin = path ? directory_of(path) : NULL;

	if (!origin || access(path, R_OK) != 0)
		return false;
	preload_of(p, path, origin, depth + 1);
	return dlopen(path, RTLD_NOW | RTLD_GLOBAL) != NULL;
}

/* "$ORIGIN/../lib:/opt/lib": each directory of a RUNPATH, seen from the original's place. */
static bool preload_by_path(struct preload *p, const char *list, const char *origin, const char *name, unsigned depth)
{
	while (*list) {
		size_t n = strcspn(list, ":");
		AUTO_FREE char *dir = NULL;
		int skip = strncmp(list, "$ORIGIN", 7) == 0 ? 7 : strncmp(list, "${ORIGIN}", 9) == 0 ? 9 : 0;

		if (asprintf(&dir, "%s%.*s", skip ? origin : "", (int)(n - (size_t)skip), list + skip) < 0) {
			dir = NULL;
			return false;
		}
		if (n && preload_in(p, dir, name, depth))
			return true;
		list += n + (list[n] == ':');
	}
	return false;
}

static void preload_one(struct preload *p, const char *name, const char *paths, const char *origin, unsigned depth)
{
	if (strchr(name, '/') || seen(p, name))
		return;
	if (!preload_in(p, p->dirs[0], name, depth) && !preload_in(p, p->dirs[1], name, depth))
		(void)preload_by_path(p, paths, origin, name, depth);
}

static void preload_of(struct preload *p, const char *path, const char *origin, unsigned depth)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	CLEANUP(elf_file_freep) struct elf_file *elf = NULL;
	const char *paths = "";
	uint64_t i, value;
	int64_t tag;

	if (depth > DEPTH_MAX || content_open(AT_FDCWD, path, &c, NULL) < 0 ||
	    elf_file_open(c, 0, content_size(c), &elf, NULL) < 0)
		return;
	for (i = 0; elf_file_dynamic(elf, i, &tag, &value); i++)
		if (tag == DT_RUNPATH || tag == DT_RPATH)
			paths = elf_file_dynamic_string(elf, value);
	for (i = 0; elf_file_dynamic(elf, i, &tag, &value); i++)
		if (tag == DT_NEEDED)
			preload_one(p, elf_file_dynamic_string(elf, value), paths, origin, depth);
}

static void limit(int resource, rlim_t n)
{
	struct rlimit r = { n, n };

	(void)setrlimit(resource, &r);
}

static void confine(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), i;

	for (i = 0; null >= 0 && i < 3; i++)
		(void)dup2(null, i);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	limit(RLIMIT_CPU, LOAD_SECONDS);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
}

static _Noreturn void child(const char *original, const char *path, int out)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	AUTO_FREE char *beside_copy = directory_of(path);
	AUTO_FREE char *beside = directory_of(original);
	struct preload *p = calloc(1, sizeof(*p));
	const char *said = "";

	(void)sigaction(SIGXFSZ, &ignore, NULL);
	confine();
	if (!p || !beside || !beside_copy)
		_exit(1);
	p->dirs[0] = beside_copy;
	p->dirs[1] = beside;
	preload_of(p, original, beside, 0);
	if (!dlopen(path, RTLD_NOW | RTLD_LOCAL))
		said = dlerror();
	if (write(out, said ? said : "?", strlen(said ? said : "?") + 1) < 0)
		_exit(1);
	_exit(0);
}

/* ---- in the parent ------------------------------------------------------------------------------------------- */

struct attempt {
	bool answered;
	size_t have;
	char text[1024]; /* of dlerror(), without the file's own name; empty: it loads */
	int status;
};

/* Up to the NUL behind its answer. */
static bool take_answer(void *to, const char *data, size_t n)
{
	struct attempt *a = to;
	size_t room = sizeof(a->text) - 1 - a->have, k = n < room ? n : room;

	memcpy(a->text + a->have, data, k);
	a->have += k;
	a->answered = memchr(a->text, 0, a->have) != NULL;
	return !a->answered && a->have < sizeof(a->text) - 1;
}

/* "/path/libx.so: undefined symbol: f" -> "undefined symbol: f" */
static void without_name(char *text, const char *path)
{
	size_t n = strlen(path);

	if (strncmp(text, path, n) == 0 && text[n] == ':')
		memmove(text, text + n + 1 + (text[n + 1] == ' '), strlen(text + n + 1 + (text[n + 1] == ' ')) + 1);
}

static int attempt(const char *original, const char *path, bool (*stop)(void *ctx), void *ctx, struct attempt *a)
{
	struct apply_child c = { .seconds = LOAD_SECONDS, .stop = stop, .ctx = ctx, .take = take_answer, .to = a };
	pid_t parent = getpid();
	int pipes[2], r;

	*a = (struct attempt){ 0 };
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	c.output = pipes[0];
	c.pid = fork();
	if (c.pid == 0) {
		apply_child_begin(parent);
		child(original, path, pipes[1]);
	}
	r = c.pid < 0 ? -errno : 0;
	(void)close(pipes[1]);
	if (r == 0)
		r = apply_child_await(&c, &a->status);
	(void)close(pipes[0]);
	without_name(a->text, path);
	return r;
}

static void describe(const struct attempt *a, char *out, size_t size)
{
	if (a->answered && !a->text[0])
		(void)snprintf(out, size, "loads");
	else if (a->answered)
		(void)snprintf(out, size, "%.200s", a->text);
	else if (WIFSIGNALED(a->status))
		(void)snprintf(out, size, "loading it is ended by signal %d", WTERMSIG(a->status));
	else
		(void)snprintf(out, size, "loading it ends the process");
}

int load_compare(const char *original, const char *copy, bool (*stop)(void *ctx), void *ctx, struct load_result *ret,
		 struct error *err)
{
	/* A name without a slash would be searched for. */
	AUTO_FREE char *old = realpath(original, NULL);
	AUTO_FREE char *new = realpath(copy, NULL);
	const char *name = path_base(copy);
	struct attempt a, b;
	char x[256], y[256];
	int r = old && new ? attempt(old, old, stop, ctx, &a) : -errno;

	if (r == 0)
		r = attempt(old, new, stop, ctx, &b);
	if (r < 0)
		return error_set(err, r, name, r == -ETIMEDOUT ? "loading takes longer than %d seconds" :
					       r == -EINTR ? "stopped by a signal" : "cannot be loaded in a child", LOAD_SECONDS);
	describe(&a, x, sizeof(x));
	describe(&b, y, sizeof(y));
	if (strcmp(x, y) != 0)
		return error_set(err, -EBADMSG, name, "the original: %.100s; the copy: %.100s", x, y);
	*ret = (struct load_result){ .loads = a.answered && !a.text[0] };
	if (!ret->loads)
		(void)snprintf(ret->reason, sizeof(ret->reason), "%s", x);
	return 0;
}
