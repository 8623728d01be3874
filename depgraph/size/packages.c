/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/size/packages.h"

#include "base/cleanup.h"
#include "base/content.h"
#include "depgraph/python/names.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define PATH_LONGEST 8192

/* Without ".", ".." and empty components, as far as names alone tell. Returns the length. */
static size_t normal_path(const char *path, char out[PATH_LONGEST])
{
	size_t len = 0, n;

	for (; *path; path += n + (path[n] == '/')) {
		n = strcspn(path, "/");
		if (!n && !len)
			out[len++] = '/';
		if (!n || (n == 1 && *path == '.'))
			continue;
		if (n == 2 && !memcmp(path, "..", 2) && len > 1) {
			while (len && out[len - 1] != '/')
				len--;
			len -= len > 1;
			continue;
		}
		if (len + n + 2 > PATH_LONGEST)
			break;
		if (len && out[len - 1] != '/')
			out[len++] = '/';
		memcpy(out + len, path, n);
		len += n;
	}
	out[len] = 0;
	return len;
}

static int own(struct size_packages *p, const char *path, const char *owner)
{
	char normal[PATH_LONGEST];
	size_t n = normal_path(path, normal);
	uint32_t id = size_name(&p->paths, normal, n, true);

	if (p->paths.error)
		return p->paths.error;
	if (id >= p->owner_capacity) {
		uint32_t capacity = id < 512 ? 1024 : 2 * id;
		const char **owners = reallocarray(p->owners, capacity, sizeof(*owners));

		if (!owners)
			return -ENOMEM;
		memset(owners + p->owner_capacity, 0, (capacity - p->owner_capacity) * sizeof(*owners));
		p->owners = owners;
		p->owner_capacity = capacity;
	}
	if (!p->owners[id])
		p->owners[id] = owner;
	return 0;
}

struct record {
	struct size_packages *p;
	const char *base, *owner; /* what relative names start from; whose the files are */
};

static int own_listed(void *ctx, const char *listed)
{
	const struct record *r = ctx;
	char path[2 * PATH_LONGEST];

	if (snprintf(path, sizeof(path), "%s/%s", *listed == '/' ? "" : r->base, listed) >= (int)sizeof(path))
		return 0;
	return own(r->p, path, r->owner);
}

/* "six-1.16.0.dist-info": the last dash before the suffix is the version's. */
static char *owner_name(struct size_packages *p, const char *directory, size_t n)
{
	char *name = arena_strndup(&p->arena, directory, n);
	char *dash = name ? strrchr(name, '-') : NULL;

	if (dash)
		*dash = ' ';
	return name;
}

static int found_file(void *ctx, int dirfd, const char *name, const char *path, struct error *err)
{
	static const char suffix[] = ".dist-info/RECORD";
	CLEANUP(content_unrefp) struct content *c = NULL;
	struct size_packages *p = ctx;
	size_t n = strlen(path), tail = sizeof(suffix) - 1;
	const char *directory;
	char base[PATH_LONGEST];
	char *owner;
	int r;

	if (n <= tail || strcmp(path + n - tail, suffix) != 0 || n >= PATH_LONGEST)
		return 0;
	for (directory = path + n - tail; directory > path && directory[-1] != '/'; directory--)
		;
	memcpy(base, path, (size_t)(directory - path));
	base[directory - path] = 0;
	owner = owner_name(p, directory, (size_t)(path + n - tail - directory));
	if (!owner)
		return -ENOMEM;
	r = content_open(dirfd, name, &c, err);
	if (r < 0)
		return r;
	r = python_record_parse(content_data(c), content_size(c), own_listed,
				&(struct record){ p, *base ? base : ".", owner });
	return r == -EBADMSG ? 0 : r; /* cut off inside a name: what stood before it counts */
}

int size_packages_read(struct size_packages *p, const char *tree, struct error *err)
{
	return size_walk(tree, found_file, p, err);
}

static const char *owner_of(struct size_packages *p, const char *path)
{
	char normal[PATH_LONGEST];
	size_t n = normal_path(path, normal);
	uint32_t id;

	if (!p->paths.count)
		return NULL;
	id = size_name(&p->paths, normal, n, true);
	return !p->paths.error && id < p->owner_capacity ? p->owners[id] : NULL;
}

/* Compiled modules that are not listed belong to their source: DIR/__pycache__/NAME.cpython-311.pyc to DIR/NAME.py. */
const char *size_packages_of(struct size_packages *p, const char *path)
{
	static const char cache[] = "/__pycache__/";
	const char *owner = owner_of(p, path), *at = owner ? NULL : strstr(path, cache), *stem;
	char source[PATH_LONGEST];

	if (!at)
		return owner;
	stem = at + sizeof(cache) - 1;
	if (snprintf(source, sizeof(source), "%.*s/%.*s.py", (int)(at - path), path, (int)strcspn(stem, "."), stem) >=
	    (int)sizeof(source))
		return NULL;
	return owner_of(p, source);
}

void size_packages_release(struct size_packages *p)
{
	size_names_release(&p->paths);
	free(p->owners);
	arena_release(&p->arena);
	*p = (struct size_packages)SIZE_PACKAGES_INIT;
}
