/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/run/axes.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *id, *title;
} names[AXIS_SET_SIZE] = {
	[AXIS_TIME] = { "time", "clock" },
	[AXIS_BUILD_PATH] = { "build-path", "directory of the build" },
	[AXIS_TMPDIR] = { "tmpdir", "directory for temporary files" },
	[AXIS_HOME] = { "home", "home directory" },
	[AXIS_HOST] = { "host", "name of the host" },
	[AXIS_USER] = { "user", "user and group" },
	[AXIS_UMASK] = { "umask", "permissions of new files" },
	[AXIS_TIMEZONE] = { "timezone", "time zone" },
	[AXIS_LOCALE] = { "locale", "language and conventions" },
	[AXIS_ENVIRONMENT] = { "environment", "environment variables" },
	[AXIS_PATH] = { "path", "search path of programs" },
	[AXIS_KERNEL] = { "kernel", "version of the kernel" },
	[AXIS_CPUS] = { "cpus", "number of processors" },
	[AXIS_JOBS] = { "jobs", "jobs at once" },
	[AXIS_ASLR] = { "aslr", "layout of the address space" },
	[AXIS_PID] = { "pid", "process numbers" },
	[AXIS_READDIR] = { "readdir", "order of directory entries" },
	[AXIS_MTIME] = { "mtime", "modification times of the inputs" },
	[AXIS_ATIME] = { "atime", "access times of the inputs" },
	[AXIS_HASH_SEED] = { "hash-seed", "seeds of hash tables" },
	[AXIS_INODE] = { "inode", "inode and device numbers" },
	[AXIS_TTY] = { "tty", "a terminal, or none" },
	[AXIS_NETWORK] = { "network", "reach of the network" },
	[AXIS_COUNT] = { "intrinsic", "differs with everything pinned" },
	[AXIS_COUNT + 1] = { "unattributable", "may come from what could not be pinned" },
};

const char *axis_id(unsigned bit)
{
	return bit < AXIS_SET_SIZE ? names[bit].id : "";
}

const char *axis_title(unsigned bit)
{
	return bit < AXIS_SET_SIZE ? names[bit].title : "";
}

int axis_find(const char *id)
{
	int i;

	for (i = 0; i < AXIS_SET_SIZE; i++)
		if (strcmp(names[i].id, id) == 0)
			return i;
	return -1;
}

const char *axis_set_text(axis_set s, char *out, size_t size)
{
	size_t n = 0;
	unsigned i;

	if (size)
		*out = '\0';
	for (i = 0; i < AXIS_SET_SIZE; i++)
		if ((s & AXIS_BIT(i)) && n < size)
			n += (size_t)snprintf(out + n, size - n, "%s%s", n ? ", " : "", names[i].id);
	return out;
}
