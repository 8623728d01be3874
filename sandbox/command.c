/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/command.h"

#include "base/cleanup.h"
#include "sandbox/cpus.h"
#include "sandbox/listing.h"
#include "sandbox/trace.h"
#include "sandbox/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATUS_NOT_FOUND  127
#define STATUS_NOT_USABLE 126

static _Noreturn void give_up(const struct command *c, int code, const char *file, const char *what)
{
	(void)error_set(&c->plan->report->error, code, file, "%s", what);
	_exit(STATUS_NOT_USABLE);
}

static int use_terminal(int terminal)
{
	if (ioctl(terminal, TIOCSCTTY, 0) < 0)
		return -errno;
	if (dup2(terminal, STDIN_FILENO) < 0 || dup2(terminal, STDOUT_FILENO) < 0 || dup2(terminal, STDERR_FILENO) < 0)
		return -errno;
	return 0;
}

static int use_pipes(const struct plan *p)
{
	AUTO_FD int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return -errno;
	if (dup2(p->out, STDOUT_FILENO) < 0 || dup2(p->err, STDERR_FILENO) < 0)
		return -errno;
	return 0;
}

/* Of root, what reaches beyond its world or takes it apart; a namespace that the command makes for itself has its own. */
static void drop_capabilities(const struct plan *p)
{
	static const int dropped[] = {
		CAP_SYS_ADMIN, CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_BOOT, CAP_SYS_TIME, CAP_MKNOD,
		CAP_SYSLOG, CAP_MAC_ADMIN, CAP_MAC_OVERRIDE, CAP_AUDIT_CONTROL, CAP_WAKE_ALARM,
		CAP_LINUX_IMMUTABLE, 38 /* CAP_PERFMON */, 39 /* CAP_BPF */,
	};
	size_t i;

	for (i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		(void)prctl(PR_CAPBSET_DROP, dropped[i], 0, 0, 0);
	/* Of the host it would open the memory of the world's first process, which is a copy of the caller's. */
	if (!p->user_namespace)
		(void)prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0);
}

/* In a user namespace the numbers are shown by its map; without one root can become somebody. */
static int become_user(const struct plan *p)
{
	const struct action *a = p->action;

	if (!a->user || p->user_namespace || !p->root)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(a->gid, a->gid, a->gid) < 0 || setresuid(a->uid, a->uid, a->uid) < 0)
		return -errno;
	return 0;
}

static void enter_directory(const struct command *c)
{
	const struct plan *p = c->plan;
	const char *subdir = p->action->subdir;

	if (chdir(p->directory) < 0)
		give_up(c, -errno, p->directory, "cannot enter the working tree");
	if (subdir && *subdir && chdir(subdir) < 0)
		give_up(c, -errno, subdir, "cannot enter the directory below the working tree");
}

static void set_surroundings(const struct command *c)
{
	const struct action *a = c->plan->action;
	unsigned cpus;
	int r;

	(void)umask(a->umask);
	(void)personality(a->personality);
	if (a->cpus && cpus_restrict(a->cpus, &cpus) == 0 && cpus < a->cpus)
		report_lack(c->plan->report, 0, "%u processors were wanted, there are %u", a->cpus, cpus);
	drop_capabilities(c->plan);
	r = become_user(c->plan);
	if (r < 0)
		report_lack(c->plan->report, WORLD_MAP_USER, "cannot become user %u (%s)", (unsigned)a->uid, strerror(-r));
}

/* ---- exec -------------------------------------------------------------------------------------------------- */

#define ARGUMENTS_MAX 65536

/* execve() that knows what a shell knows: a text without "#!" is a shell's script. */
static int execute(const char *path, const struct plan *p)
{
	char **argv = (char **)(uintptr_t)p->argv, **env = (char **)(uintptr_t)p->env;
	size_t n = 0;

	(void)execve(path, argv, env);
	if (errno != ENOEXEC)
		return -errno;
	while (p->argv[n])
		n++;
	if (n < ARGUMENTS_MAX) {
		const char **script = calloc(n + 2, sizeof(*script));

		if (!script)
			return -ENOMEM;
		script[0] = "sh";
		script[1] = path;
		memcpy(script + 2, p->argv + 1, (n - 1) * sizeof(*script));
		(void)execve("/bin/sh", (char **)(uintptr_t)script, env);
		free(script);
	}
	return -ENOEXEC;
}

/* Each directory of PATH; what is there but cannot be executed is remembered, as execvp(3) does. */
static int search(const char *name, const char *path, const struct plan *p)
{
	char full[PATH_MAX];
	int r = -ENOENT, q;

	while (path) {
		size_t n = strcspn(path, ":");
		int len = snprintf(full, sizeof(full), "%.*s%s%s", (int)n, path, n ? "/" : "", name);

		if (len > 0 && (size_t)len < sizeof(full)) {
			q = execute(full, p);
			if (q != -ENOENT && q != -ENOTDIR && q != -ESTALE && q != -ENODEV && q != -ETIMEDOUT)
				r = q;
			if (r < 0 && r != -ENOENT && r != -EACCES)
				return r;
		}
		path = path[n] ? path + n + 1 : NULL;
	}
	return r;
}

static _Noreturn void run(const struct plan *p)
{
	const char *name = p->argv[0], *path = environment_value(p->env, "PATH");
	int r;

	if (!*name)
		r = -ENOENT;
	else if (strchr(name, '/'))
		r = execute(name, p);
	else
		r = search(name, path ? path : "/usr/local/bin:/usr/bin:/bin", p);
	(void)dprintf(STDERR_FILENO, "%s: %s\n", name, r == -ENOENT ? "not found" : strerror(-r));
	_exit(r == -ENOENT || r == -ENOTDIR ? STATUS_NOT_FOUND : STATUS_NOT_USABLE);
}

static void be_seen(const struct command *c)
{
	int r = 0;

	if (c->traced)
		r = trace_child(c->traced);
	else if (c->listener >= 0)
		r = watch_child(c->listener);
	if (r < 0)
		report_lack(c->plan->report, c->traced ? WORLD_TRACE : WORLD_WATCH, "programs are not seen (%s)", strerror(-r));
}

_Noreturn void command_exec(const struct command *c)
{
	sigset_t none;
	int r;

	(void)prctl(PR_SET_DUMPABLE, 1); /* or it could not be watched; until now nobody is there to look */
	(void)setsid();
	r = c->terminal >= 0 ? use_terminal(c->terminal) : use_pipes(c->plan);
	if (r < 0)
		give_up(c, r, NULL, "cannot set up standard input and output");
	enter_directory(c);
	set_surroundings(c);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	be_seen(c);
	run(c->plan);
}
