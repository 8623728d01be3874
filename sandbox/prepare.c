/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/prepare.h"

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "sandbox/hostfile.h"
#include "sandbox/listing.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY_MIN ((uint64_t)16 << 20)
#define PRELOAD "LD_PRELOAD="

/* ---- names ------------------------------------------------------------------------------------------------- */

/* Absolute, not the root, and without components that lead elsewhere. */
static int check_place(const char *at, struct error *err)
{
	const char *p;

	if (!at || *at != '/' || !at[strspn(at, "/")])
		return error_set(err, -EINVAL, at, "not an absolute path below the root");
	if (strlen(at) >= PATH_MAX)
		return error_set(err, -ENAMETOOLONG, at, "too long a path");
	for (p = at; *p; p += strcspn(p, "/")) {
		p += strspn(p, "/");
		if (!strncmp(p, "..", strcspn(p, "/")) && strcspn(p, "/") == 2)
			return error_set(err, -EINVAL, at, "a path with \"..\"");
	}
	if (path_below(at, ACTION_SUPPORT) || path_below(at, "/proc"))
		return error_set(err, -EINVAL, at, "nothing can be put there");
	return 0;
}

static int check_places(const struct action *a, struct error *err)
{
	int r = check_place(a->directory, err);
	size_t i;

	for (i = 0; !r && i < a->writable_count; i++)
		r = check_place(a->writable[i].at, err);
	for (i = 0; !r && i < a->shown_count; i++) {
		r = check_place(a->shown[i].at, err);
		if (!r && !a->shown[i].from)
			r = error_set(err, -EINVAL, a->shown[i].at, "nothing is named to be shown there");
	}
	return r;
}

/* Names that end in files of the host's, or in the kernel's. */
static int check_names(const struct action *a, struct error *err)
{
	if (a->user && (!*a->user || strpbrk(a->user, ":\n/")))
		return error_set(err, -EINVAL, a->user, "not a user's name");
	if (a->host && (!*a->host || strlen(a->host) > 64 || strpbrk(a->host, " \t\n#")))
		return error_set(err, -EINVAL, a->host, "not a host's name");
	if (a->domain && (strlen(a->domain) > 64 || strpbrk(a->domain, " \t\n#")))
		return error_set(err, -EINVAL, a->domain, "not a domain's name");
	return 0;
}

static int resolve_inputs(struct prepared *p, const struct action *a, struct error *err)
{
	struct stat st;

	if (!a->inputs)
		return error_set(err, -EINVAL, NULL, "an action needs inputs");
	p->inputs = realpath(a->inputs, NULL);
	if (!p->inputs)
		return error_set(err, -errno, a->inputs, "cannot find the inputs");
	if (stat(p->inputs, &st) < 0)
		return error_set(err, -errno, a->inputs, "cannot find the inputs");
	if (!S_ISDIR(st.st_mode))
		return error_set(err, -ENOTDIR, a->inputs, "the inputs are not a directory");
	if (access(p->inputs, R_OK | X_OK) < 0)
		return error_set(err, -errno, a->inputs, "cannot read the inputs");
	return 0;
}

/* ---- the inputs' own place --------------------------------------------------------------------------------- */

/* A directory of PATH, with its links resolved, or as it is, lies there. */
static bool path_needs(const char *path, const char *place)
{
	char one[PATH_MAX];

	while (path && *path) {
		size_t n = strcspn(path, ":");
		AUTO_FREE char *real = NULL;

		if (n > 0 && n < sizeof(one)) {
			memcpy(one, path, n);
			one[n] = '\0';
			real = realpath(one, NULL);
			if (path_below(one, place) || (real && path_below(real, place)))
				return true;
		}
		path += n + (path[n] == ':');
	}
	return false;
}

static bool holds_the_system(const char *place)
{
	static const char *const system[] = { "/bin", "/dev", "/etc", "/lib", "/lib64", "/proc", "/sbin", "/sys", "/usr" };
	size_t i;

	for (i = 0; i < sizeof(system) / sizeof(system[0]); i++)
		if (path_below(system[i], place))
			return true;
	return false;
}

/* Something else is there anyway, or it is below something that is new or empty in the world. */
static bool is_gone(const struct action *a, const char *place)
{
	const char *rest;
	size_t i;

	for (i = 0; i < a->writable_count; i++) {
		rest = path_below(place, a->writable[i].at);
		if (rest && (!*rest || !a->writable[i].from))
			return true;
	}
	for (i = 0; i < a->shown_count; i++)
		if (path_below(place, a->shown[i].at))
			return true;
	return path_below(place, "/dev") || path_below(place, "/proc") || path_below(place, ACTION_SUPPORT);
}

/* Whether the inputs can be hidden where they are, so that an action that is shown them elsewhere does not find both. */
static bool can_hide(const struct prepared *p, const struct action *a)
{
	AUTO_FREE char *real = realpath(a->directory, NULL);
	const char *program = a->argv && *a->argv ? *a->argv : "";
	AUTO_FREE char *real_program = strchr(program, '/') ? realpath(program, NULL) : NULL;

	if (!strcmp(p->inputs, a->directory) || (real && !strcmp(p->inputs, real)))
		return false;
	if (!p->inputs[1] || holds_the_system(p->inputs) || is_gone(a, p->inputs))
		return false;
	if (*program == '/' && (path_below(program, p->inputs) || (real_program && path_below(real_program, p->inputs))))
		return false;
	return !path_needs(environment_value(a->env, "PATH"), p->inputs);
}

/* ---- memory and disk --------------------------------------------------------------------------------------- */

static uint64_t number_in(const char *path, const char *label)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1 << 16);
	const char *at;

	if (hostfile_read(path, &b) < 0)
		return 0;
	at = strstr(buffer_str(&b), label);
	return at ? strtoull(at + strlen(label), NULL, 10) : 0;
}

/* What the machine has, or the control group that a container shows as its root (version 2, version 1). */
static uint64_t memory_available(void)
{
	static const char *const limits[] = { "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes" };
	uint64_t available = number_in("/proc/meminfo", "MemAvailable:") * 1024, limit;
	size_t i;

	for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		limit = number_in(limits[i], "");
		if (limit && limit < available)
			available = limit;
	}
	return available;
}

/* The size shows in df: it should not move with every page that somebody else takes. */
static uint64_t rounded(uint64_t size)
{
	uint64_t unit = 1;

	while (unit <= size / 4)
		unit *= 2;
	return size - size % unit;
}

static int find_room(struct prepared *p, const struct action *a, struct error *err)
{
	const char *parent = a->scratch, *temporary = getenv("TMPDIR");
	AUTO_FREE char *real = NULL;
	int r;

	p->plan.memory_max = a->scratch_max ? a->scratch_max : rounded(memory_available() / 2);
	if (p->plan.memory_max < MEMORY_MIN && !a->scratch_max)
		p->plan.memory_max = MEMORY_MIN;
	if (!parent && (p->plan.use & WORLD_MOUNT))
		return 0;
	if (!parent)
		parent = temporary && *temporary ? temporary : "/tmp";
	real = realpath(parent, NULL);
	if (!real)
		return error_set(err, -errno, parent, "cannot find the directory for what is written");
	if (path_below(real, p->inputs))
		return error_set(err, -EINVAL, parent, "what is written cannot lie in the inputs");
	r = rundir_new(real, &p->room, err);
	p->plan.room = p->room.path;
	return r;
}

/* ---- places without a mount namespace ---------------------------------------------------------------------- */

static char *stand_in(const struct prepared *p, const char *name)
{
	return path_join(p->room.path, name);
}

/* What stands in for a path: the tree, a writable directory, or nothing (NULL). *ret_rest is what follows below it. */
static char *stand_in_for(const struct prepared *p, const struct action *a, const char *path, const char **ret_rest)
{
	char name[32];
	size_t i;

	*ret_rest = path_below(path, a->directory);
	if (*ret_rest)
		return stand_in(p, STAND_IN_TREE);
	for (i = 0; i < a->writable_count; i++) {
		*ret_rest = path_below(path, a->writable[i].at);
		if (*ret_rest) {
			(void)snprintf(name, sizeof(name), STAND_IN_WRITABLE, i);
			return stand_in(p, name);
		}
	}
	return NULL;
}

/* HOME=/home/me becomes HOME=/tmp/run.x/w0: or the command would write to the host's. */
static char *redirect(const struct prepared *p, const struct action *a, const char *variable_text)
{
	const char *value = strchr(variable_text, '='), *rest = "";
	AUTO_FREE char *place = NULL;
	char *out = NULL;

	if (value && value[1] == '/')
		place = stand_in_for(p, a, value + 1, &rest);
	if (!place)
		return strdup(variable_text);
	if (asprintf(&out, "%.*s%s%s%s", (int)(value + 1 - variable_text), variable_text, place, *rest ? "/" : "", rest) < 0)
		return NULL;
	return out;
}

static int name_places(struct prepared *p, const struct action *a)
{
	if (p->plan.use & WORLD_MOUNT) {
		p->directory = strdup(a->directory);
		p->support = strdup(ACTION_SUPPORT);
	} else {
		p->directory = stand_in(p, STAND_IN_TREE);
		p->support = stand_in(p, STAND_IN_SUPPORT);
	}
	return p->directory && p->support ? 0 : -ENOMEM;
}

/* ---- environment ------------------------------------------------------------------------------------------- */

static char *preload_variable(const struct prepared *p, const char *before)
{
	char *out = NULL;

	if (asprintf(&out, PRELOAD "%s/preload.so%s%s", p->support, before && *before ? ":" : "", before ? before : "") < 0)
		return NULL;
	return out;
}

/* The user's LD_PRELOAD stays where it was in the order, behind ours. */
static int make_environment(struct prepared *p, const struct action *a)
{
	size_t n = 0, i;
	bool placed = a->no_preload;

	while (a->env && a->env[n])
		n++;
	p->env = calloc(n + 2, sizeof(*p->env));
	if (!p->env)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		if (!placed && !strncmp(a->env[i], PRELOAD, strlen(PRELOAD))) {
			p->env[i] = preload_variable(p, a->env[i] + strlen(PRELOAD));
			placed = true;
		} else if (!(p->plan.use & WORLD_MOUNT)) {
			p->env[i] = redirect(p, a, a->env[i]);
		} else {
			p->env[i] = strdup(a->env[i]);
		}
		if (!p->env[i])
			return -ENOMEM;
	}
	if (!placed) {
		p->env[n] = preload_variable(p, NULL);
		if (!p->env[n])
			return -ENOMEM;
	}
	return 0;
}

static int make_argv(struct prepared *p, const struct action *a, bool probe)
{
	p->plan.argv = a->argv;
	if (!probe)
		return 0;
	p->program = path_join(p->support, "probe");
	p->probe_argv[0] = p->program;
	p->plan.argv = p->probe_argv;
	return p->program ? 0 : -ENOMEM;
}

/* ---- all of it --------------------------------------------------------------------------------------------- */

static void choose_features(struct prepared *p, const struct action *a)
{
	unsigned has = action_world_probe()->has;
	unsigned wanted = WORLD_MOUNT | WORLD_PID | WORLD_UTS | WORLD_IPC | WORLD_OVERLAY | WORLD_NETWORK | WORLD_WATCH;

	p->plan.root = geteuid() == 0;
	if (a->network)
		wanted &= ~(unsigned)WORLD_NETWORK;
	if (a->trace)
		wanted = (wanted | WORLD_TRACE) & ~(unsigned)WORLD_WATCH;
	if (a->user)
		wanted |= WORLD_MAP_USER;
	if (a->first_pid)
		wanted |= WORLD_SET_PID;
	p->lacks = wanted & ~has;
	p->plan.use = has & (wanted | WORLD_USER);
}

static int fill(struct prepared *p, const struct action *a, bool probe, struct error *err)
{
	struct plan *plan = &p->plan;
	int r = find_room(p, a, err);

	if (!r)
		r = name_places(p, a);
	if (!r)
		r = make_environment(p, a);
	if (!r)
		r = make_argv(p, a, probe);
	if (r < 0)
		return error_set(err, r, NULL, "cannot prepare the action");
	plan->action = a;
	plan->probe = probe;
	plan->chown = a->user && plan->root && !(plan->use & WORLD_USER);
	/* The command is somebody else then, and works in there. */
	if (plan->chown && p->room.path && chmod(p->room.path, 0711) < 0)
		return error_set(err, -errno, p->room.path, "cannot be opened to another user");
	plan->copy = a->copy || a->mtime_shift || a->atime_shift || a->copy_reversed || plan->chown;
	plan->inputs = p->inputs;
	plan->hide = (plan->use & WORLD_MOUNT) && can_hide(p, a) ? p->inputs : NULL;
	plan->env = (const char *const *)p->env;
	plan->directory = p->directory;
	plan->support = p->support;
	(void)gethostname(p->host, sizeof(p->host) - 1);
	plan->caller = p->host;
	return 0;
}

int prepare(const struct action *a, bool probe, struct prepared *ret, struct error *err)
{
	int r;

	*ret = (struct prepared){ .room = RUNDIR_NONE, .plan = { .control = -1, .out = -1, .err = -1, .records = -1 } };
	if (!probe && (!a->argv || !a->argv[0]))
		return error_set(err, -EINVAL, NULL, "an action needs a command");
	r = check_places(a, err);
	if (!r)
		r = check_names(a, err);
	if (!r)
		r = resolve_inputs(ret, a, err);
	if (r < 0)
		return r;
	choose_features(ret, a);
	return fill(ret, a, probe, err);
}

void prepared_release(struct prepared *p)
{
	char **e;

	for (e = p->env; e && *e; e++)
		free(*e);
	free(p->env);
	free(p->inputs);
	free(p->directory);
	free(p->support);
	free(p->program);
	rundir_release(&p->room);
}
