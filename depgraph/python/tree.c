/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/python/tree_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

/* ---- tables ---------------------------------------------------------------------------------------------------- */

void name_table_release(struct name_table *t)
{
	free(t->slots);
	*t = (struct name_table){ 0 };
}

uint32_t name_table_find(const struct name_table *t, const char *name, const char *(*name_of)(const void *, uint32_t),
			 const void *ctx)
{
	size_t i;

	if (!t->size)
		return PYTHON_NONE;
	for (i = hash64(name, strlen(name), 0) & (t->size - 1); t->slots[i]; i = (i + 1) & (t->size - 1))
		if (!strcmp(name_of(ctx, t->slots[i] - 1), name))
			return t->slots[i] - 1;
	return PYTHON_NONE;
}

static void place(struct name_table *t, const char *name, uint32_t index)
{
	size_t i = hash64(name, strlen(name), 0) & (t->size - 1);

	while (t->slots[i])
		i = (i + 1) & (t->size - 1);
	t->slots[i] = index + 1;
}

int name_table_add(struct name_table *t, const char *name, uint32_t index, const char *(*name_of)(const void *, uint32_t),
		   const void *ctx)
{
	struct name_table grown = { .size = t->size ? 2 * t->size : 1024 };
	size_t i;

	if (2 * (t->count + 1) > t->size) {
		grown.slots = calloc(grown.size, sizeof(*grown.slots));
		if (!grown.slots)
			return -ENOMEM;
		for (i = 0; i < t->size; i++)
			if (t->slots[i])
				place(&grown, name_of(ctx, t->slots[i] - 1), t->slots[i] - 1);
		grown.count = t->count;
		free(t->slots);
		*t = grown;
	}
	place(t, name, index);
	t->count++;
	return 0;
}

bool python_grow(void **items, uint32_t *capacity, size_t size)
{
	uint32_t more = *capacity ? 2 * *capacity : 16;
	void *grown = reallocarray(*items, more, size);

	if (!grown)
		return false;
	*items = grown;
	*capacity = more;
	return true;
}

const char *python_copy(struct python_tree *t, const char *s)
{
	return arena_strndup(&t->arena, s, strlen(s));
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

static const char *file_name(const void *ctx, uint32_t i)
{
	return ((const struct python_tree *)ctx)->files[i].path;
}

uint32_t python_find_file(const struct python_tree *t, const char *path)
{
	return name_table_find(&t->priv->files, path, file_name, t);
}

uint32_t python_add_file(struct python_tree *t, const char *path, uint64_t size)
{
	struct python_file *f;

	if (!PYTHON_GROW(t->files, t->file_count, t->file_capacity, PYTHON_FILES_MAX))
		return PYTHON_NONE;
	f = &t->files[t->file_count];
	*f = (struct python_file){ .path = python_copy(t, path), .size = size, .role = PYTHON_DATA, .state = PYTHON_OTHER,
				   .module = PYTHON_NONE, .dist = PYTHON_NONE, .root = PYTHON_NONE, .wheel = PYTHON_NONE };
	if (!f->path || name_table_add(&t->priv->files, f->path, t->file_count, file_name, t) < 0)
		return PYTHON_NONE;
	return t->file_count++;
}

int python_open_file(const struct python_tree *t, const struct python_file *f, struct content **ret)
{
	if (f->content) {
		*ret = content_ref(f->content);
		return 0;
	}
	return content_open(t->priv->dirfd, f->path, ret, NULL);
}

static const char *module_name(const void *ctx, uint32_t i)
{
	return ((const struct python_tree *)ctx)->modules[i].name;
}

uint32_t python_find_module(const struct python_tree *t, const char *name)
{
	return name_table_find(&t->priv->modules, name, module_name, t);
}

static const char *standard_name(const void *ctx, uint32_t i)
{
	return ((const struct python_private *)ctx)->standard_names[i];
}

bool python_is_standard(const struct python_tree *t, const char *top)
{
	return name_table_find(&t->priv->standard, top, standard_name, t->priv) != PYTHON_NONE;
}

int python_add_import(struct python_tree *t, uint32_t from, const struct python_import *i)
{
	struct python_module *m = &t->modules[from];

	if (!PYTHON_GROW(m->imports, m->import_count, m->import_capacity, 1 << 20))
		return -ENOMEM;
	m->imports[m->import_count++] = *i;
	return 0;
}

/* ---- notes ----------------------------------------------------------------------------------------------------- */

void python_note(struct python_tree *t, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (PYTHON_GROW(t->notes, t->note_count, t->note_capacity, 10000) && (t->notes[t->note_count] = python_copy(t, text)))
		t->note_count++;
}

void python_add_risk(struct python_tree *t, const char *where, const char *fmt, ...)
{
	struct python_risk risk = { .where = where };
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	risk.text = python_copy(t, text);
	if (risk.text && PYTHON_GROW(t->risks, t->risk_count, t->risk_capacity, 100000))
		t->risks[t->risk_count++] = risk;
}

const char *python_state_name(enum python_state s)
{
	static const char *const names[PYTHON_STATES] = { "used", "observed", "maybe", "unused", "other" };

	return names[s];
}

/* ---- the interpreter's own words ------------------------------------------------------------------------------- */

static int take_names(struct python_tree *t, const json_t *list, const char ***ret, size_t *ret_count)
{
	size_t n = json_array_size(list), i;
	const char **names = arena_array(&t->arena, n + 1, sizeof(*names));

	for (i = 0; names && i < n; i++) {
		const char *s = json_string_value(json_array_get(list, i));

		names[i] = python_copy(t, s ? s : "");
		if (!names[i])
			return -ENOMEM;
	}
	*ret = names;
	*ret_count = n;
	return names ? 0 : -ENOMEM;
}

static int take_about(struct python_tree *t, const json_t *about)
{
	struct python_private *p = t->priv;
	const char *version = json_string_value(json_object_get(about, "version"));
	size_t count, i;
	int r = take_names(t, json_object_get(about, "suffixes"), &p->suffixes, &p->suffix_count);

	t->version = python_copy(t, version ? version : "?");
	if (!r)
		r = take_names(t, json_object_get(about, "stdlib"), &p->standard_names, &count);
	for (i = 0; !r && i < count; i++)
		r = name_table_add(&p->standard, p->standard_names[i], (uint32_t)i, standard_name, p);
	return r;
}

static int ask_interpreter(struct python_tree *t, struct error *err)
{
	CLEANUP(scanner_freep) struct scanner *s = NULL;
	char path[PATH_MAX];
	const char *note;
	int r = python_find_interpreter(t->path, t->priv->o->interpreter, path, &note, err);

	if (r < 0)
		return r;
	if (note)
		python_note(t, "%s; %s parses its sources", note, path);
	t->interpreter = python_copy(t, path);
	r = scanner_start(path, &s, err);
	return r < 0 ? r : take_about(t, scanner_about(s));
}

static int read_profiles(struct python_tree *t, struct error *err)
{
	struct python_private *p = t->priv;
	size_t i;
	int r = 0;

	if (!p->o->profiles || !p->o->profiles->count)
		return 0;
	r = profile_new(&p->profile);
	for (i = 0; !r && i < p->o->profiles->count; i++) {
		CLEANUP(profile_freep) struct profile *one = NULL;

		r = profile_read(p->o->profiles->items[i], &one, err);
		if (!r)
			r = profile_merge(p->profile, one);
	}
	t->runs = p->profile ? profile_run_count(p->profile) : 0;
	return r;
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

void python_free(struct python_tree *t)
{
	struct python_private *p;
	uint32_t i;

	if (!t)
		return;
	p = t->priv;
	for (i = 0; i < t->file_count; i++)
		content_unref(t->files[i].content);
	for (i = 0; i < t->module_count; i++) {
		if (t->modules[i].scan)
			json_decref(t->modules[i].scan->answer);
		free(t->modules[i].imports);
	}
	if (p) {
		name_table_release(&p->files);
		name_table_release(&p->modules);
		name_table_release(&p->dists);
		name_table_release(&p->standard);
		profile_free(p->profile);
		pool_free(p->pool);
		free(p->entries);
		if (p->dirfd >= 0)
			(void)close(p->dirfd);
	}
	free(t->files);
	free(t->modules);
	free(t->dists);
	free(t->risks);
	free(t->notes);
	free(t->missing);
	arena_release(&t->arena);
	free(p);
	free(t);
}

static int open_tree(struct python_tree *t, const struct python_options *o, struct error *err)
{
	char real[PATH_MAX];

	t->priv->o = o;
	t->path = python_copy(t, o->tree);
	t->priv->dirfd = open(o->tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->priv->dirfd < 0 || !realpath(o->tree, real))
		return error_set(err, -errno, o->tree, "cannot be opened");
	t->real = python_copy(t, real);
	return t->path && t->real ? pool_new(o->jobs, &t->priv->pool) : -ENOMEM;
}

static int analyse(struct python_tree *t, struct error *err)
{
	static int (*const steps[])(struct python_tree *, struct error *) = {
		ask_interpreter, read_profiles,       python_walk,         python_read_wheels, python_find_roots,
		python_read_dists, python_name_modules, python_scan_sources, python_resolve,     python_read_needed, python_mark,
	};
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		r = steps[i](t, err);
	return r < 0 ? error_set(err, r, t->path, "cannot be analysed") : 0;
}

int python_analyse(const struct python_options *o, struct python_tree **ret, struct error *err)
{
	CLEANUP(python_freep) struct python_tree *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	t->arena = (struct arena)ARENA_INIT((size_t)8 << 30);
	t->priv = calloc(1, sizeof(*t->priv));
	if (!t->priv)
		return -ENOMEM;
	t->priv->dirfd = -1;
	r = open_tree(t, o, err);
	if (!r)
		r = analyse(t, err);
	if (r < 0)
		return r;
	t->priv->o = NULL;
	*ret = steal_pointer(t);
	return 0;
}
