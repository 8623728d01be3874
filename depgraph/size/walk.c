/* SPDX-License-Identifier: Apache-2.0 */
/* A tree's regular files, in the order of their names, so that the same tree gives the same report. */
#include "base/cleanup.h"
#include "depgraph/size/packages.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct identity {
	uint64_t device, inode;
};

/* Files with several links that were met: open addressing, inode 0 is free. */
struct met {
	struct identity *items;
	size_t count, capacity;
};

static struct identity *met_slot(struct identity *items, size_t capacity, const struct identity *id)
{
	size_t at = (size_t)((id->inode * 0x9e3779b97f4a7c15u ^ id->device) >> 7) & (capacity - 1);

	while (items[at].inode && (items[at].inode != id->inode || items[at].device != id->device))
		at = (at + 1) & (capacity - 1);
	return &items[at];
}

static int grow(struct met *m)
{
	size_t capacity = m->capacity ? 2 * m->capacity : 256, i;
	struct identity *items;

	if (2 * m->count < m->capacity)
		return 0;
	items = calloc(capacity, sizeof(*items));
	if (!items)
		return -ENOMEM;
	for (i = 0; i < m->capacity; i++)
		if (m->items[i].inode)
			*met_slot(items, capacity, &m->items[i]) = m->items[i];
	free(m->items);
	m->items = items;
	m->capacity = capacity;
	return 0;
}

/* 1: for the first time. */
static int meet(struct met *m, const struct stat *st)
{
	const struct identity id = { st->st_dev, st->st_ino };
	struct identity *slot;
	int r;

	if (st->st_nlink < 2)
		return 1;
	r = grow(m);
	if (r < 0)
		return r;
	slot = met_slot(m->items, m->capacity, &id);
	if (slot->inode)
		return 0;
	*slot = id;
	m->count++;
	return 1;
}

static int compare_names(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int visit(const FTSENT *e, struct met *m,
		 int (*found)(void *ctx, int dirfd, const char *name, const char *path, struct error *err), void *ctx,
		 struct error *err)
{
	int r;

	if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS)
		return error_set(err, -e->fts_errno, e->fts_path, "cannot be read");
	if (e->fts_info != FTS_F)
		return 0;
	if (!S_ISREG(e->fts_statp->st_mode))
		return 0;
	r = meet(m, e->fts_statp);
	return r > 0 ? found(ctx, AT_FDCWD, e->fts_path, e->fts_path, err) : r;
}

int size_walk(const char *tree, int (*found)(void *ctx, int dirfd, const char *name, const char *path, struct error *err),
	      void *ctx, struct error *err)
{
	AUTO_FREE char *copy = strdup(tree);
	char *const roots[] = { copy, NULL };
	struct met met = { 0 };
	FTS *fts = copy ? fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, compare_names) : NULL;
	const FTSENT *e;
	int r = 0;

	if (!fts)
		return error_set(err, -errno, tree, "cannot be walked");
	while (r >= 0 && (errno = 0, e = fts_read(fts)) != NULL)
		r = visit(e, &met, found, ctx, err);
	if (r >= 0 && errno)
		r = error_set(err, -errno, tree, "cannot be walked");
	(void)fts_close(fts);
	free(met.items);
	return r < 0 ? r : 0;
}
