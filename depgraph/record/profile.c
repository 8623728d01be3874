/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles in memory: runs are kept as the JSON they are; files in a table by path. */
#include "depgraph/record/profile.h"

#include "base/content.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int profile_new(struct profile **ret)
{
	CLEANUP(profile_freep) struct profile *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->arena = (struct arena)ARENA_INIT((size_t)2 << 30);
	p->runs = json_array();
	if (!p->runs)
		return -ENOMEM;
	*ret = steal_pointer(p);
	return 0;
}

void profile_free(struct profile *p)
{
	if (!p)
		return;
	json_decref(p->runs);
	free(p->files);
	free(p->table);
	arena_release(&p->arena);
	free(p);
}

size_t profile_run_count(const struct profile *p)
{
	return json_array_size(p->runs);
}

/* ---- the table ------------------------------------------------------------------------------------------------- */

static size_t first_place(const struct profile *p, const char *path)
{
	return hash64(path, strlen(path), 0) & (p->table_size - 1);
}

static size_t next_place(const struct profile *p, size_t i)
{
	return (i + 1) & (p->table_size - 1);
}

const struct profile_file *profile_find(const struct profile *p, const char *path)
{
	size_t i;

	if (!p->table_size)
		return NULL;
	for (i = first_place(p, path); p->table[i]; i = next_place(p, i))
		if (!strcmp(p->files[p->table[i] - 1].path, path))
			return &p->files[p->table[i] - 1];
	return NULL;
}

static bool is_same(const struct profile_file *a, const struct profile_file *b)
{
	if (strcmp(a->path, b->path) != 0 || a->has_digest != b->has_digest)
		return false;
	return !a->has_digest || (a->size == b->size && !memcmp(&a->digest, &b->digest, sizeof(a->digest)));
}

static int grow(struct profile *p)
{
	size_t capacity = p->capacity ? 2 * p->capacity : 256, i, k;
	struct profile_file *files = reallocarray(p->files, capacity, sizeof(*files));
	size_t *table;

	if (!files)
		return -ENOMEM;
	p->files = files;
	table = calloc(2 * capacity, sizeof(*table));
	if (!table)
		return -ENOMEM;
	free(p->table);
	p->table = table;
	p->table_size = 2 * capacity;
	p->capacity = capacity;
	for (i = 0; i < p->count; i++) {
		for (k = first_place(p, p->files[i].path); p->table[k]; k = next_place(p, k))
			;
		p->table[k] = i + 1;
	}
	return 0;
}

int profile_add(struct profile *p, const struct profile_file *f)
{
	struct profile_file *mine;
	size_t i;

	if (p->count == p->capacity && grow(p) < 0)
		return -ENOMEM;
	for (i = first_place(p, f->path); p->table[i]; i = next_place(p, i))
		if (is_same(&p->files[p->table[i] - 1], f))
			break;
	if (!p->table[i]) {
		if (p->count >= PROFILE_FILES_MAX)
			return -EFBIG;
		mine = &p->files[p->count];
		*mine = *f;
		mine->path = arena_strndup(&p->arena, f->path, strlen(f->path));
		if (!mine->path)
			return -ENOMEM;
		p->table[i] = ++p->count;
		return 0;
	}
	mine = &p->files[p->table[i] - 1];
	mine->reads += f->reads;
	mine->writes += f->writes;
	mine->execs += f->execs;
	mine->runs += f->runs;
	mine->made = mine->made && f->made;
	return 0;
}

int profile_merge(struct profile *into, const struct profile *other)
{
	size_t i;
	int r = 0;

	if (profile_run_count(into) + profile_run_count(other) > PROFILE_RUNS_MAX)
		return -EFBIG;
	if (json_array_extend(into->runs, other->runs) < 0)
		return -ENOMEM;
	for (i = 0; !r && i < other->count; i++)
		r = profile_add(into, &other->files[i]);
	return r;
}
