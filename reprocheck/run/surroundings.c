/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One function an axis: what it shows when pinned, what when varied.
 *
 * Varied values are chosen to differ in as many ways as they can: the clock in
 * year, month, day, hour, minute and second; the build path in name, length and
 * number of directories; the time zone by no whole number of hours.  They are
 * constants, so that an experiment is itself reproducible.
 */
#include "reprocheck/run/surroundings.h"

#include "base/path.h"
#include "reprocheck/run/variables.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>

#define ARENA_MAX    ((size_t)64 << 20)
#define TIME_SHIFT   INT64_C(34416809) /* 398 days, 8 h 13 min 29 s */
#define MTIME_SHIFT  (-INT64_C(86400) * 45 - 4337)
#define ATIME_SHIFT  (-INT64_C(86400) * 3 - 61)
#define FIX_AGE      INT64_C(86400)
#define OTHER_BUILD  "/varied/place/of-another-length/build-2"
#define OTHER_TMP    "/varied/temporary-files"
#define OTHER_HOME   "/varied/home/of-somebody"
#define OTHER_HOST   "another-build-host"
#define OTHER_DOMAIN "example.org"
#define OTHER_USER   "another-user"
#define OTHER_UID    4321
#define OTHER_GID    4322
#define OTHER_PATH   "/varied/search-path"
#define LOCALE_AT    "/.reprocheck-locale"
#define FIRST_PID    1000
#define OTHER_PID    23456
#define OTHER_JOBS   4

/* One action while it is made. */
struct making {
	const struct surroundings *s;
	const struct setting *setting;
	struct variables *env;
	struct arena *arena;
	struct action *a;
	const char *home, *tmpdir;
};

static void make_time(struct making *m, bool varied)
{
	m->a->clock = CLOCK_FROZEN;
	m->a->clock_sec = m->s->epoch + (varied ? TIME_SHIFT : 0);
}

static void make_build_path(struct making *m, bool varied)
{
	(void)varied;
	m->a->directory = surroundings_directory(m->s, m->setting);
}

static void make_tmpdir(struct making *m, bool varied)
{
	m->tmpdir = varied ? OTHER_TMP : m->s->tmpdir;
	variables_set(m->env, "TMPDIR", m->tmpdir);
}

static void make_home(struct making *m, bool varied)
{
	if (!m->s->home)
		return;
	m->home = varied ? OTHER_HOME : m->s->home;
	variables_set(m->env, "HOME", m->home);
}

static void make_host(struct making *m, bool varied)
{
	m->a->host = varied ? OTHER_HOST : m->s->host;
	m->a->domain = varied ? OTHER_DOMAIN : NULL;
}

static void make_user(struct making *m, bool varied)
{
	if (!varied)
		return;
	m->a->user = OTHER_USER;
	m->a->uid = OTHER_UID;
	m->a->gid = OTHER_GID;
	variables_change(m->env, "USER", OTHER_USER);
	variables_change(m->env, "LOGNAME", OTHER_USER);
}

static void make_umask(struct making *m, bool varied)
{
	m->a->umask = varied ? 0002 : 0022;
}

static void make_timezone(struct making *m, bool varied)
{
	variables_set(m->env, "TZ", varied ? m->s->timezone : "UTC");
}

/* At a fixed place, so that what captures the environment captures no name made up for this study. */
static void show_locale(struct making *m)
{
	const char *from = m->s->locale.room.path;
	struct writable *shown = arena_array(m->arena, 1, sizeof(*shown));
	bool mount = action_world_probe()->has & WORLD_MOUNT;

	variables_set(m->env, "LOCPATH", mount && shown ? LOCALE_AT : from);
	if (!mount || !shown)
		return;
	*shown = (struct writable){ LOCALE_AT, from };
	m->a->shown = shown;
	m->a->shown_count = 1;
}

static void make_locale(struct making *m, bool varied)
{
	static const char *const categories[] = { "LANG",	 "LANGUAGE",	"LC_COLLATE",	  "LC_CTYPE",
						  "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC",	  "LC_TIME",
						  "LC_ADDRESS",	 "LC_NAME",	"LC_MEASUREMENT", "LC_PAPER",
						  "LC_TELEPHONE" };
	size_t i;

	for (i = 0; i < sizeof(categories) / sizeof(categories[0]); i++)
		variables_unset(m->env, categories[i]);
	variables_set(m->env, "LC_ALL", varied && m->s->locale.name ? m->s->locale.name : "C.UTF-8");
	if (m->s->locale.room.path[0])
		show_locale(m);
}

static void make_environment(struct making *m, bool varied)
{
	size_t i;

	for (i = 0; varied && i < m->s->variable_count; i++) {
		const struct changed_variable *v = &m->s->variables[i];

		if (m->setting->variables && !(m->setting->variables >> i & 1))
			continue;
		if (v->value)
			variables_set(m->env, v->name, v->value);
		else
			variables_unset(m->env, v->name);
	}
}

static void make_path(struct making *m, bool varied)
{
	const char *path = variables_get(m->env, "PATH");

	if (varied)
		variables_set(m->env, "PATH",
			      arena_printf(m->arena, "%s:" OTHER_PATH, path ? path : "/usr/bin:/bin"));
}

static void make_kernel(struct making *m, bool varied)
{
	if (varied)
		m->a->personality |= UNAME26;
}

static void make_cpus(struct making *m, bool varied)
{
	m->a->cpus = varied ? 1 : 0;
}

static void make_jobs(struct making *m, bool varied)
{
	const char *jobs = arena_printf(m->arena, "%d", varied ? OTHER_JOBS : 1),
		   *flags = variables_get(m->env, "MAKEFLAGS");

	variables_set(m->env, "CARGO_BUILD_JOBS", jobs);
	variables_set(m->env, "CMAKE_BUILD_PARALLEL_LEVEL", jobs);
	if (varied)
		variables_set(m->env, "MAKEFLAGS",
			      arena_printf(m->arena, "%s%s-j%d", flags ? flags : "", flags ? " " : "",
					   OTHER_JOBS));
	m->a->argv = arguments_with_jobs(m->arena, m->a->argv, jobs);
}

static void make_aslr(struct making *m, bool varied)
{
	if (!varied)
		m->a->personality |= ADDR_NO_RANDOMIZE;
}

static void make_pid(struct making *m, bool varied)
{
	m->a->first_pid = varied ? OTHER_PID : FIRST_PID;
}

static void make_readdir(struct making *m, bool varied)
{
	m->a->readdir = varied ? ORDER_REVERSED : ORDER_SORTED;
	m->a->copy_reversed = varied;
}

static void make_mtime(struct making *m, bool varied)
{
	m->a->mtime_shift = varied ? MTIME_SHIFT : 0;
}

static void make_atime(struct making *m, bool varied)
{
	m->a->atime_shift = varied ? ATIME_SHIFT : 0;
}

static void make_hash_seed(struct making *m, bool varied)
{
	variables_set(m->env, "PYTHONHASHSEED", varied ? "2718281828" : "0");
	variables_set(m->env, "PERL_HASH_SEED", varied ? "0x2718281828459045" : "0");
	variables_set(m->env, "PERL_PERTURB_KEYS", varied ? "2" : "0");
}

static void make_inode(struct making *m, bool varied)
{
	m->a->inode_shift = varied ? 700001 : 0;
}

static void make_tty(struct making *m, bool varied)
{
	const char *term = variables_get(m->env, "TERM");

	m->a->tty = varied;
	if (varied && (!term || strcmp(term, "dumb") == 0))
		variables_set(m->env, "TERM", "xterm-256color");
}

static void make_network(struct making *m, bool varied)
{
	m->a->network = varied || m->s->network;
}

static void (*const makers[AXIS_COUNT])(struct making *m, bool varied) = {
	[AXIS_TIME] = make_time,
	[AXIS_BUILD_PATH] = make_build_path,
	[AXIS_TMPDIR] = make_tmpdir,
	[AXIS_HOME] = make_home,
	[AXIS_HOST] = make_host,
	[AXIS_USER] = make_user,
	[AXIS_UMASK] = make_umask,
	[AXIS_TIMEZONE] = make_timezone,
	[AXIS_LOCALE] = make_locale,
	[AXIS_ENVIRONMENT] = make_environment,
	[AXIS_PATH] = make_path,
	[AXIS_KERNEL] = make_kernel,
	[AXIS_CPUS] = make_cpus,
	[AXIS_JOBS] = make_jobs,
	[AXIS_ASLR] = make_aslr,
	[AXIS_PID] = make_pid,
	[AXIS_READDIR] = make_readdir,
	[AXIS_MTIME] = make_mtime,
	[AXIS_ATIME] = make_atime,
	[AXIS_HASH_SEED] = make_hash_seed,
	[AXIS_INODE] = make_inode,
	[AXIS_TTY] = make_tty,
	[AXIS_NETWORK] = make_network,
};

/* Only two of these run as a user would run them: an axis that is not pinned at all keeps what the caller has. */
static void make_unpinned(struct making *m)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	m->a->directory = m->s->subject->inputs;
	m->a->umask = mask;
	m->a->network = m->s->network;
	m->home = m->s->home;
	m->tmpdir = m->s->tmpdir;
}

static void add_writable(struct making *m, struct writable *list, const char *at, const char *from)
{
	size_t i;

	for (i = 0; i < m->a->writable_count; i++)
		if (strcmp(list[i].at, at) == 0)
			return;
	list[m->a->writable_count++] = (struct writable){ at, from };
}

/* Home, temporary directories, and what the user named. The tree itself is not among them. */
static int make_writable(struct making *m)
{
	const struct subject *subject = m->s->subject;
	struct writable *list = arena_array(m->arena, subject->writable_count + 4, sizeof(*list));
	size_t i;

	if (!list)
		return -ENOMEM;
	m->a->writable = list;
	add_writable(m, list, "/tmp", "/tmp");
	add_writable(m, list, "/var/tmp", "/var/tmp");
	if (m->home && strcmp(m->home, "/") != 0 && strcmp(m->s->home, subject->inputs) != 0)
		add_writable(m, list, m->home, m->s->home);
	add_writable(m, list, m->tmpdir, strcmp(m->tmpdir, m->s->tmpdir) == 0 ? m->tmpdir : NULL);
	for (i = 0; i < subject->writable_count; i++)
		add_writable(m, list, subject->writable[i], subject->writable[i]);
	return 0;
}

/* Where the tree is seen elsewhere, arguments and variables that name it name the other place. */
static int follow_directory(struct making *m)
{
	const char *old = m->s->subject->inputs, *now = m->a->directory;

	if (strcmp(old, now) == 0)
		return 0;
	variables_replace(m->env, old, now);
	m->a->argv = arguments_replace(m->arena, m->a->argv, old, now);
	return m->a->argv ? 0 : -ENOMEM;
}

static const char *working_directory(const struct making *m)
{
	const char *subdir = m->s->subject->subdir;

	return *subdir ? arena_printf(m->arena, "%s/%s", m->a->directory, subdir) : m->a->directory;
}

int surroundings_apply(const struct surroundings *s, const struct setting *setting, struct arena *arena,
		       struct action *ret)
{
	struct action a = ACTION_INIT;
	struct making m = { .s = s, .setting = setting, .arena = arena, .a = &a };
	const char *cwd;
	int i, r;

	a.argv = s->subject->argv;
	a.inputs = s->subject->inputs;
	a.subdir = s->subject->subdir;
	a.copy = setting->copy;
	m.env = variables_new(arena, s->subject->env);
	if (!m.env)
		return -ENOMEM;
	make_unpinned(&m);
	for (i = 0; i < AXIS_COUNT; i++)
		if (s->pinned & AXIS_BIT(i))
			makers[i](&m, setting->varied & AXIS_BIT(i));
	r = make_writable(&m);
	if (r >= 0)
		r = follow_directory(&m);
	cwd = working_directory(&m);
	if (r < 0 || !cwd)
		return -ENOMEM;
	variables_set(m.env, "PWD", cwd);
	if (setting->fix && setting->fix->kind == FIX_VARIABLE)
		variables_set(m.env, setting->fix->name,
			      expand_fix(arena, setting->fix->value, cwd, s->fix_epoch));
	a.env = variables_list(m.env);
	if (!a.env || !a.argv)
		return -ENOMEM;
	*ret = a;
	return 0;
}

/* --- what the caller has --- */

/* Set by sessions, terminals and build servers, and needed by no build: the first to leak into one. */
static const char *const session_variables[] = {
	"BUILD_ID",	  "BUILD_NUMBER",   "BUILD_TAG",	"BUILD_URL",	  "CI_COMMIT_SHA",
	"CI_JOB_ID",	  "CI_JOB_URL",	    "CI_PIPELINE_ID",	"COLORTERM",	  "DBUS_SESSION_BUS_ADDRESS",
	"DISPLAY",	  "EDITOR",	    "GITHUB_JOB",	"GITHUB_REF",	  "GITHUB_RUN_ID",
	"GITHUB_RUN_NUMBER", "GITHUB_SHA",  "HISTFILE",		"HOSTNAME",	  "INVOCATION_ID",
	"JENKINS_URL",	  "JOB_NAME",	    "JOURNAL_STREAM",	"LESS",		  "LS_COLORS",
	"MAIL",		  "NODE_NAME",	    "OLDPWD",		"PAGER",	  "RUNNER_NAME",
	"SHLVL",	  "SSH_AUTH_SOCK",  "SSH_CLIENT",	"SSH_CONNECTION", "SSH_TTY",
	"SUDO_COMMAND",	  "SUDO_USER",	    "TERM_PROGRAM",	"VISUAL",	  "WAYLAND_DISPLAY",
	"WINDOWID",	  "XAUTHORITY",	    "XDG_RUNTIME_DIR",	"XDG_SESSION_ID", "XDG_DATA_DIRS",
};

static void find_variables(struct surroundings *s)
{
	size_t i;

	s->variables[s->variable_count++] =
		(struct changed_variable){ "A_VARIABLE_THAT_NOBODY_NEEDS", "captured" };
	s->variables[s->variable_count++] =
		(struct changed_variable){ "ZZ_ANOTHER_VARIABLE", "captured as well" };
	for (i = 0; i < sizeof(session_variables) / sizeof(session_variables[0]); i++)
		if (environment_get(s->subject->env, session_variables[i]))
			s->variables[s->variable_count++] =
				(struct changed_variable){ session_variables[i], NULL };
}

static const char *other_timezone(void)
{
	struct stat st;

	/* POSIX form where the host has no zones; Java does not understand it. */
	return stat("/usr/share/zoneinfo/Asia/Kathmandu", &st) == 0 ? "Asia/Kathmandu" : "<+0545>-05:45";
}

static const char *own_name(struct arena *arena)
{
	const struct passwd *p = getpwuid(getuid());

	return p ? arena_printf(arena, "%s", p->pw_name) : NULL;
}

int surroundings_init(struct surroundings *s, const struct subject *subject, struct error *err)
{
	const char *tmpdir = environment_get(subject->env, "TMPDIR"),
		   *home = environment_get(subject->env, "HOME");
	struct utsname u;
	struct timespec now;

	*s = (struct surroundings){ .subject = subject, .pinned = AXIS_ALL, .arena = ARENA_INIT(ARENA_MAX) };
	if (uname(&u) < 0 || clock_gettime(CLOCK_REALTIME, &now) < 0)
		return error_set(err, -errno, "uname", "cannot be asked");
	/* Not before a file that was written a moment ago, or make and ninja would take what a run makes for out of date. */
	s->epoch = now.tv_sec + (now.tv_nsec > 0);
	s->fix_epoch = s->epoch - FIX_AGE;
	s->cpus = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	s->host = arena_printf(&s->arena, "%s", u.nodename);
	s->user = own_name(&s->arena);
	s->home = home && *home == '/' ? home : NULL;
	s->tmpdir = tmpdir && *tmpdir == '/' ? tmpdir : "/tmp";
	s->timezone = other_timezone();
	(void)snprintf(s->kernel[0], sizeof(s->kernel[0]), "%s", u.release);
	find_variables(s);
	return s->host ? 0 : -ENOMEM;
}

void surroundings_release(struct surroundings *s)
{
	other_locale_release(&s->locale);
	arena_release(&s->arena);
}

const char *surroundings_cannot(const struct surroundings *s, enum axis axis)
{
	switch (axis) {
	case AXIS_LOCALE:
		return s->locale.name ? NULL : "no locale but C is installed here, and localedef could not make one";
	case AXIS_CPUS: return s->cpus > 1 ? NULL : "this host has one processor";
	case AXIS_HOME: return s->home ? NULL : "HOME is not set";
	default: return NULL;
	}
}

const char *surroundings_directory(const struct surroundings *s, const struct setting *setting)
{
	return setting->varied & AXIS_BIT(AXIS_BUILD_PATH) ? OTHER_BUILD : s->subject->inputs;
}

void surroundings_facts(const struct surroundings *s, const struct setting *setting, int side,
			struct facts *ret)
{
	axis_set v = setting->varied;

	ret->path[side] = surroundings_directory(s, setting);
	ret->time[side] = s->epoch + (v & AXIS_BIT(AXIS_TIME) ? TIME_SHIFT : 0);
	ret->host[side] = v & AXIS_BIT(AXIS_HOST) ? OTHER_HOST : s->host;
	ret->user[side] = v & AXIS_BIT(AXIS_USER) ? OTHER_USER : s->user;
	ret->home[side] = v & AXIS_BIT(AXIS_HOME) ? OTHER_HOME : s->home;
	ret->tmpdir[side] = v & AXIS_BIT(AXIS_TMPDIR) ? OTHER_TMP : s->tmpdir;
	ret->timezone[side] = v & AXIS_BIT(AXIS_TIMEZONE) ? s->timezone : "UTC";
	ret->kernel[side] = v & AXIS_BIT(AXIS_KERNEL) ? s->kernel[1] : s->kernel[0];
	ret->uid[side] = v & AXIS_BIT(AXIS_USER) ? OTHER_UID : (int64_t)getuid();
	ret->gid[side] = v & AXIS_BIT(AXIS_USER) ? OTHER_GID : (int64_t)getgid();
	ret->pid[side] = v & AXIS_BIT(AXIS_PID) ? OTHER_PID : FIRST_PID;
}
