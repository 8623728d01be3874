/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int not_dots(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int listing_read(int dirfd, struct listing *ret)
{
	int n = scandirat(dirfd, ".", &ret->entries, not_dots, by_bytes);

	if (n < 0)
		return -errno;
	ret->count = (size_t)n;
	return 0;
}

void listing_release(struct listing *l)
{
	while (l->count)
		free(l->entries[--l->count]);
	free(l->entries);
	l->entries = NULL;
}

const char *path_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	while (n > 0 && dir[n - 1] == '/')
		n--;
	if (strncmp(path, dir, n) != 0 || (path[n] && path[n] != '/'))
		return NULL;
	return path + n + strspn(path + n, "/");
}

const char *environment_value(const char *const *env, const char *name)
{
	size_t n = strlen(name);

	for (; env && *env; env++)
		if (!strncmp(*env, name, n) && (*env)[n] == '=')
			return *env + n + 1;
	return NULL;
}
