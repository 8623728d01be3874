/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/targets/aquery.h"

#include "depgraph/targets/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FRAGMENT_DEPTH 128
#define PATH_BYTES_MAX 4096

void aquery_release(struct aquery *a)
{
	free(a->fragments.rows);
	free(a->artifacts.rows);
	free(a->targets.rows);
	free(a->outputs.rows);
}

static void add(struct aquery *a, struct aquery_table *t, struct aquery_row row)
{
	if (a->error)
		return;
	if (t->count == t->capacity) {
		size_t capacity = t->capacity ? t->capacity * 2 : 256;
		struct aquery_row *rows = reallocarray(t->rows, capacity, sizeof(*rows));

		if (!rows) {
			a->error = -ENOMEM;
			return;
		}
		t->rows = rows;
		t->capacity = capacity;
	}
	t->rows[t->count++] = row;
}

void aquery_fragment(struct aquery *a, uint64_t id, uint64_t parent, const char *text, size_t n)
{
	add(a, &a->fragments, (struct aquery_row){ id, parent, target_builder_intern(a->b, text, n) });
}

void aquery_artifact(struct aquery *a, uint64_t id, uint64_t fragment)
{
	add(a, &a->artifacts, (struct aquery_row){ .id = id, .other = fragment });
}

void aquery_target(struct aquery *a, uint64_t id, const char *label, size_t n)
{
	uint32_t t;

	if (!n)
		return;
	t = target_builder_target(a->b, label, n);
	target_builder_at(a->b, t)->system = TARGETS_BAZEL;
	add(a, &a->targets, (struct aquery_row){ .id = id, .other = t });
}

void aquery_output(struct aquery *a, uint64_t target, uint64_t artifact)
{
	add(a, &a->outputs, (struct aquery_row){ .id = target, .other = artifact });
}

bool aquery_wants(const char *mnemonic, size_t n)
{
	return memmem(mnemonic, n, "Compile", 7) || memmem(mnemonic, n, "Link", 4) || memmem(mnemonic, n, "Archive", 7);
}

static int row_order(const void *x, const void *y)
{
	const struct aquery_row *a = x, *b = y;

	return a->id < b->id ? -1 : a->id > b->id;
}

static const struct aquery_row *find(const struct aquery_table *t, uint64_t id)
{
	const struct aquery_row key = { .id = id };

	return t->count ? bsearch(&key, t->rows, t->count, sizeof(key), row_order) : NULL;
}

/* Written from the end; 0 when a part is missing, the parents go in a circle, or it is too long. */
static size_t path_of(const struct aquery *a, uint64_t fragment, char out[PATH_BYTES_MAX], const char **ret)
{
	size_t at = PATH_BYTES_MAX;
	unsigned depth;

	for (depth = 0; depth < FRAGMENT_DEPTH && fragment; depth++) {
		const struct aquery_row *f = find(&a->fragments, fragment);
		size_t n = f ? strlen(f->text) : 0;

		if (!f || n + 1 > at)
			return 0;
		if (at < PATH_BYTES_MAX)
			out[--at] = '/';
		at -= n;
		memcpy(out + at, f->text, n);
		fragment = f->other;
	}
	*ret = out + at;
	return fragment ? 0 : PATH_BYTES_MAX - at;
}

/* An object's dependency file is another output of its action: the same name with another suffix. */
static void note_depfile(struct aquery *a, const char *path, size_t n)
{
	char object[PATH_BYTES_MAX];
	const char *depfile;

	if (n < 3 || memcmp(path + n - 2, ".d", 2) != 0)
		return;
	memcpy(object, path, n);
	object[n - 1] = 'o';
	depfile = target_builder_intern(a->b, path, n);
	target_builder_object(a->b, object, n)->depfile = depfile;
}

int aquery_finish(struct aquery *a)
{
	struct aquery_table *const tables[] = { &a->fragments, &a->artifacts, &a->targets };
	char buffer[PATH_BYTES_MAX];
	size_t i;

	for (i = 0; i < 3; i++)
		if (tables[i]->count)
			qsort(tables[i]->rows, tables[i]->count, sizeof(*tables[i]->rows), row_order);
	for (i = 0; i < a->outputs.count && !a->error; i++) {
		const struct aquery_row *o = &a->outputs.rows[i], *t = find(&a->targets, o->id), *f = find(&a->artifacts, o->other);
		const char *path;
		size_t n = t && f ? path_of(a, f->other, buffer, &path) : 0;

		if (!n)
			continue;
		note_depfile(a, path, n);
		if (command_is_object(path, n) || command_is_library(path, n) || !memchr(path, '.', n) ||
		    !memmem(path, n, ".d", 2))
			target_builder_item(a->b, (uint32_t)t->other, TARGET_OUTPUTS, path, n);
	}
	return a->error ? a->error : target_builder_error(a->b);
}
