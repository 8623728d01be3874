/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/doctored.h"

#include "base/cleanup.h"
#include "sandbox/cpus.h"
#include "sandbox/hostfile.h"
#include "sandbox/identity.h"
#include "sandbox/mounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX ((size_t)16 << 20)
#define SYS_CPU "/sys/devices/system/cpu"

/* A file that the host has not need not be doctored. */
static int add_file(struct root *r, const char *name, const char *at, int made, const struct buffer *text, struct error *err)
{
	int q = made < 0 ? made : text->error;

	if (access(at, F_OK) < 0)
		return 0;
	if (!q)
		q = hostfile_write(r->scratch, name, 0644, text->data, text->len);
	if (q < 0)
		return error_set(err, q, at, "cannot make the action's version of it");
	return root_add(r, mount_clone_alone(r->scratch, name, true), at, 0, err);
}

/* A cache of names would answer what the host's files say. */
static int add_no_cache(struct root *r, struct error *err)
{
	AUTO_FD int fd = -1;

	if (access("/run/nscd", F_OK) < 0)
		return 0;
	fd = root_directory(r, "nscd", -1);
	if (fd < 0)
		return fd;
	return root_add(r, mount_clone_alone(r->scratch, "nscd", true), "/run/nscd", ATTACH_DIRECTORY, err);
}

static int add_user(struct root *r, struct error *err)
{
	const struct action *a = r->plan->action;
	CLEANUP(buffer_release) struct buffer passwd = BUFFER_INIT(TEXT_MAX);
	CLEANUP(buffer_release) struct buffer group = BUFFER_INIT(TEXT_MAX);
	int q = add_file(r, "passwd", "/etc/passwd", identity_passwd(a, &passwd), &passwd, err);

	if (!q)
		q = add_file(r, "group", "/etc/group", identity_group(a, &group), &group, err);
	return q < 0 ? q : add_no_cache(r, err);
}

static int add_host(struct root *r, struct error *err)
{
	const struct action *a = r->plan->action;
	CLEANUP(buffer_release) struct buffer hosts = BUFFER_INIT(TEXT_MAX);
	CLEANUP(buffer_release) struct buffer name = BUFFER_INIT(1024);
	int q = add_file(r, "hosts", "/etc/hosts", identity_hosts(a, r->plan->caller, &hosts), &hosts, err);

	return q < 0 ? q : add_file(r, "hostname", "/etc/hostname", identity_hostname(a, &name), &name, err);
}

/* ---- processors -------------------------------------------------------------------------------------------- */

static bool tells_range(const char *name)
{
	return !strcmp(name, "online") || !strcmp(name, "present") || !strcmp(name, "possible");
}

/* One entry of the host's directory: in the doctored one as it is, or with our range, or not at all. */
static int add_cpu_entry(struct root *r, int dir, const char *name, unsigned n, struct error *err)
{
	char at[sizeof(SYS_CPU) + NAME_MAX + 2], range[32];
	struct stat st;

	if (cpus_number(name) >= (int)n)
		return 0;
	if (tells_range(name)) {
		cpus_range(n, range);
		return hostfile_write(dir, name, 0444, range, strlen(range));
	}
	(void)snprintf(at, sizeof(at), SYS_CPU "/%s", name);
	if (lstat(at, &st) < 0 || S_ISLNK(st.st_mode))
		return 0;
	return root_add(r, mount_clone(AT_FDCWD, at, true), at, S_ISDIR(st.st_mode) ? ATTACH_DIRECTORY : 0, err);
}

static int add_cpu_directory(struct root *r, unsigned n, struct error *err)
{
	CLEANUP(closedirp) DIR *host = opendir(SYS_CPU);
	AUTO_FD int dir = -1;
	struct dirent *e;
	int q;

	if (!host)
		return 0;
	dir = root_directory(r, "cpus", -1);
	if (dir < 0)
		return dir;
	q = root_add(r, mount_clone_alone(r->scratch, "cpus", false), SYS_CPU, ATTACH_DIRECTORY | ATTACH_READ_ONLY, err);
	while (!q && (e = readdir(host)))
		if (*e->d_name != '.')
			q = add_cpu_entry(r, dir, e->d_name, n, err);
	return q;
}

static int add_cpus(struct root *r, struct error *err)
{
	CLEANUP(buffer_release) struct buffer info = BUFFER_INIT(TEXT_MAX);
	CLEANUP(buffer_release) struct buffer stat_text = BUFFER_INIT(TEXT_MAX);
	cpu_set_t have;
	unsigned n = r->plan->action->cpus;
	int q;

	if (sched_getaffinity(0, sizeof(have), &have) == 0 && (unsigned)CPU_COUNT(&have) < n)
		n = (unsigned)CPU_COUNT(&have);
	q = add_file(r, "cpuinfo", "/proc/cpuinfo", cpus_info(n, &info), &info, err);
	if (!q)
		q = add_file(r, "stat", "/proc/stat", cpus_stat(n, &stat_text), &stat_text, err);
	return q < 0 ? q : add_cpu_directory(r, n, err);
}

/* ---- the preloaded library --------------------------------------------------------------------------------- */

/* LD_PRELOAD is lost where a program clears its environment ("env -i"); glibc's loader reads this file always. */
static int add_preload(struct root *r, struct error *err)
{
	static const char at[] = "/etc/ld.so.preload", library[] = ACTION_SUPPORT "/preload.so\n";
	CLEANUP(buffer_release) struct buffer text = BUFFER_INIT(TEXT_MAX);
	CLEANUP(buffer_release) struct buffer of_host = BUFFER_INIT(TEXT_MAX);
	int q;

	if (access("/etc/ld.so.cache", F_OK) < 0) /* another loader */
		return 0;
	(void)hostfile_read(at, &of_host);
	(void)buffer_puts(&text, library);
	(void)buffer_append(&text, of_host.data, of_host.len);
	q = text.error;
	if (!q)
		q = hostfile_write(r->scratch, "ld.so.preload", 0644, text.data, text.len);
	if (q < 0)
		return error_set(err, q, at, "cannot make the action's version of it");
	return root_add(r, mount_clone_alone(r->scratch, "ld.so.preload", true), at, 0, err);
}

int doctored_add(struct root *r, struct error *err)
{
	const struct action *a = r->plan->action;
	int q = a->no_preload ? 0 : add_preload(r, err);

	if (!q && a->user)
		q = add_user(r, err);
	if (!q && a->host)
		q = add_host(r, err);
	if (!q && a->cpus)
		q = add_cpus(r, err);
	return q;
}
