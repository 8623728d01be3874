/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/run/copyable.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ENTRIES_MAX 300000
#define DEPTH_MAX   200
#define SHARE       4 /* of the available memory: all copies together take at most one part in so many */

struct count {
	uint64_t entries, bytes, bytes_max;
};

static bool count_directory(int fd, struct count *c, unsigned depth);

static bool count_entry(int dir, const char *name, struct count *c, unsigned depth)
{
	AUTO_FD int fd = -1;
	struct stat st;

	if (++c->entries > ENTRIES_MAX || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return c->entries <= ENTRIES_MAX;
	/* What is allocated: holes are copied as holes. */
	c->bytes += S_ISREG(st.st_mode) ? (uint64_t)st.st_blocks * 512 : 0;
	if (c->bytes > c->bytes_max || !S_ISDIR(st.st_mode))
		return c->bytes <= c->bytes_max;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 || count_directory(fd, c, depth + 1);
}

static bool count_directory(int fd, struct count *c, unsigned depth)
{
	int copy = depth < DEPTH_MAX ? dup(fd) : -1;
	CLEANUP(closedirp) DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;
	bool small = d != NULL;

	while (small && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			small = count_entry(fd, e->d_name, c, depth);
	return small;
}

static uint64_t available_memory(void)
{
	CLEANUP(fclosep) FILE *f = fopen("/proc/meminfo", "re");
	static const char key[] = "MemAvailable:";
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, key, strlen(key)) == 0)
			return strtoull(line + strlen(key), NULL, 10) * 1024;
	return UINT64_C(1) << 30;
}

bool tree_is_copyable(const char *path, unsigned copies)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct count c = { .bytes_max = available_memory() / SHARE / (copies ? copies : 1) };

	return fd >= 0 && count_directory(fd, &c, 0);
}
