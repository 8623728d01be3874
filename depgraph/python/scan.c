/* SPDX-License-Identifier: Apache-2.0 */
/* Every source of the tree through a scanner, as many at once as there are threads; and the entries found. */
#include "depgraph/python/tree_private.h"

#include "base/path.h"
#include "base/terminal.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>

/* ---- entries --------------------------------------------------------------------------------------------------- */

static int add_entry(struct python_tree *t, uint32_t module)
{
	struct python_private *p = t->priv;
	uint32_t *grown = reallocarray(p->entries, p->entry_count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	p->entries = grown;
	p->entries[p->entry_count++] = module;
	return 0;
}

/* A script: a file below the tree, named from here or from the tree. It is a module of its own when no import would find it. */
static int add_script(struct python_tree *t, const char *path, struct error *err)
{
	size_t n = strlen(t->real);
	char real[PATH_MAX];
	uint32_t f = python_find_file(t, path);
	struct python_module *m;

	if (f == PYTHON_NONE && realpath(path, real) && !strncmp(real, t->real, n) && real[n] == '/')
		f = python_find_file(t, real + n + 1);
	if (f == PYTHON_NONE)
		return error_set(err, -ENOENT, path, "no such script in %s", t->path);
	if (t->files[f].module != PYTHON_NONE && t->modules[t->files[f].module].file == f)
		return add_entry(t, t->files[f].module);
	if (!PYTHON_GROW(t->modules, t->module_count, t->module_capacity, PYTHON_MODULES_MAX))
		return -ENOMEM;
	m = &t->modules[t->module_count];
	*m = (struct python_module){ .name = t->files[f].path, .parent = PYTHON_NONE, .file = f, .dist = t->files[f].dist,
				     .via = PYTHON_NONE, .state = PYTHON_UNUSED, .bytes = t->files[f].size };
	if (t->files[f].module != PYTHON_NONE)
		t->modules[t->files[f].module].bytes -= t->files[f].size;
	t->files[f].module = t->module_count;
	t->files[f].role = PYTHON_SOURCE;
	return add_entry(t, t->module_count++);
}

static int entry_missing(const struct python_tree *t, char *name, const char *entry, struct error *err)
{
	char *dot;

	while ((dot = strrchr(name, '.'))) {
		*dot = '\0';
		if (python_find_module(t, name) != PYTHON_NONE)
			return error_set(err, -ENOENT, entry, "no such module in %s, which has %s", t->path, name);
	}
	return error_set(err, -ENOENT, entry, "no such module in %s", t->path);
}

static int find_entry(struct python_tree *t, const char *entry, struct error *err)
{
	char name[PYTHON_NAME_MAX], main_name[PYTHON_NAME_MAX + 16];
	size_t n = strcspn(entry, ":");
	uint32_t m;
	int r;

	if (strchr(entry, '/') || python_find_file(t, entry) != PYTHON_NONE)
		return add_script(t, entry, err);
	if (n >= sizeof(name))
		return error_set(err, -EINVAL, entry, "is too long for a module");
	memcpy(name, entry, n);
	name[n] = '\0';
	m = python_find_module(t, name);
	if (m == PYTHON_NONE)
		return entry_missing(t, name, entry, err);
	r = add_entry(t, m);
	/* What `python -m NAME` runs of a package. */
	(void)snprintf(main_name, sizeof(main_name), "%s.__main__", name);
	m = python_find_module(t, main_name);
	return r || m == PYTHON_NONE || n != strlen(entry) ? r : add_entry(t, m);
}

static int find_entries(struct python_tree *t, struct error *err)
{
	const struct string_list *entries = t->priv->o->entries;
	size_t i;
	int r = 0;

	for (i = 0; entries && !r && i < entries->count; i++)
		r = find_entry(t, entries->items[i], err);
	return r;
}

/* ---- sources --------------------------------------------------------------------------------------------------- */

struct job {
	struct python_tree *t;
	uint32_t *sources; /* modules */
	uint32_t count;
	_Atomic uint32_t next;
	struct python_scan *scans;
};

static void scan_one(struct job *j, struct scanner *s, uint32_t i)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	const struct python_file *f = &j->t->files[j->t->modules[j->sources[i]].file];
	struct python_scan *scan = &j->scans[i];

	scan->error = python_open_file(j->t, f, &c);
	if (scan->error)
		return;
	progress_add(content_size(c));
	if (content_size(c))
		scan->error = scanner_ask(s, content_data(c), content_size(c), &scan->answer);
}

static int work(void *ctx, size_t worker)
{
	struct job *j = ctx;
	CLEANUP(scanner_freep) struct scanner *s = NULL;
	uint32_t i;
	int r = 0;

	(void)worker;
	while ((i = atomic_fetch_add(&j->next, 1)) < j->count) {
		if (!s)
			r = scanner_start(j->t->interpreter, &s, NULL);
		if (r < 0)
			return r;
		scan_one(j, s, i);
	}
	return 0;
}

static const char *trouble(int error)
{
	switch (error) {
	case -EPROTO:
		return "the parser died of it";
	case -ETIMEDOUT:
		return "the parser did not finish in time";
	case -EFBIG:
		return "too large to be parsed";
	default:
		return strerror(-error);
	}
}

static void take(struct job *j)
{
	uint32_t i;

	for (i = 0; i < j->count; i++) {
		struct python_module *m = &j->t->modules[j->sources[i]];
		const char *broken = json_string_value(json_object_get(j->scans[i].answer, "e"));

		m->scan = &j->scans[i];
		if (j->scans[i].error)
			m->broken = trouble(j->scans[i].error);
		else if (broken)
			m->broken = python_copy(j->t, broken);
	}
}

int python_scan_sources(struct python_tree *t, struct error *err)
{
	AUTO_FREE uint32_t *sources = NULL;
	struct job j = { .t = t };
	uint64_t bytes = 0;
	uint32_t i;
	int r = find_entries(t, err);

	if (r < 0)
		return r;
	sources = reallocarray(NULL, t->module_count + 1, sizeof(*sources));
	j.sources = sources;
	j.scans = arena_array(&t->arena, t->module_count + 1, sizeof(*j.scans));
	if (!sources || !j.scans)
		return -ENOMEM;
	for (i = 0; i < t->module_count; i++)
		if (t->modules[i].file != PYTHON_NONE && t->files[t->modules[i].file].role == PYTHON_SOURCE) {
			sources[j.count++] = i;
			bytes += t->files[t->modules[i].file].size;
		}
	progress_begin("parsing", bytes);
	r = pool_for(t->priv->pool, pool_threads(t->priv->pool), work, &j);
	progress_end();
	take(&j);
	return r < 0 ? error_set(err, r, t->interpreter, "cannot be run") : 0;
}
