/* SPDX-License-Identifier: Apache-2.0 */
/* Files by their path: a table with open addressing over an array in the order of first use. */
#include "sandbox/files.h"

#include "base/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void files_release(struct files_seen *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		free(s->items[i].path);
	for (i = 0; i < s->blind_count; i++)
		free(s->blind[i].program);
	free(s->items);
	free(s->table);
	free(s->blind);
	*s = (struct files_seen){ 0 };
}

/* Where the path is, or would be. The table holds indices + 1 and is never full. */
static size_t place_of(const struct files_seen *s, const char *path)
{
	size_t i = hash64(path, strlen(path), 0) & (s->table_size - 1);

	while (s->table[i] && strcmp(s->items[s->table[i] - 1].path, path) != 0)
		i = (i + 1) & (s->table_size - 1);
	return i;
}

const struct file_use *files_find(const struct files_seen *s, const char *path)
{
	size_t at = s->table_size ? s->table[place_of(s, path)] : 0;

	return at ? &s->items[at - 1] : NULL;
}

static int grow(struct files_seen *s)
{
	size_t capacity = s->capacity ? 2 * s->capacity : 512, i;
	struct file_use *items = reallocarray(s->items, capacity, sizeof(*items));
	size_t *table;

	if (!items)
		return -ENOMEM;
	s->items = items;
	table = calloc(2 * capacity, sizeof(*table));
	if (!table)
		return -ENOMEM;
	free(s->table);
	s->table = table;
	s->table_size = 2 * capacity;
	s->capacity = capacity;
	for (i = 0; i < s->count; i++)
		s->table[place_of(s, s->items[i].path)] = i + 1;
	return 0;
}

static int add(struct files_seen *s, const char *path, struct file_use **ret)
{
	struct file_use *u;

	if (s->count == s->capacity && grow(s) < 0)
		return -ENOMEM;
	u = &s->items[s->count];
	*u = (struct file_use){ .path = strdup(path) };
	if (!u->path)
		return -ENOMEM;
	s->table[place_of(s, path)] = ++s->count;
	*ret = u;
	return 0;
}

int files_note(struct files_seen *s, const char *path, unsigned access)
{
	size_t at = s->table_size ? s->table[place_of(s, path)] : 0;
	struct file_use *u = at ? &s->items[at - 1] : NULL;
	int r;

	if (!u && s->count >= FILES_MAX) {
		s->dropped++;
		return 0;
	}
	if (!u) {
		r = add(s, path, &u);
		if (r < 0)
			return r;
		u->made = access & FILES_MADE;
	}
	u->reads += (access & FILES_READ) != 0;
	u->writes += (access & FILES_WRITE) != 0;
	u->execs += (access & FILES_EXEC) != 0;
	return 0;
}
