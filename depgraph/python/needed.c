/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DT_NEEDED of every shared object of the tree, by name: the loader's search path (DT_RUNPATH with $ORIGIN, libraries preloaded by
 * the package) is not simulated.  A library that is found by its name anywhere in the tree counts as the one that is meant: a
 * mistake in the direction of keeping.
 *
 * Extension modules import by themselves too (PyImport_ImportModule, Cython): the names stand in them as text.  A dotted name of a
 * module of the tree that stands alone in an extension module is taken for an import; a bare one for a maybe.
 */
#include "depgraph/python/tree_private.h"

#include "analyzers/elf_file.h"
#include "base/path.h"

#include <errno.h>
#include <string.h>

#define NEEDS_MAX 4096

struct libraries {
	struct python_tree *t;
	struct name_table table; /* by base name */
	uint32_t *last;          /* by module: the extension module that named it last + 1 */
};

static const char *library_name(const void *ctx, uint32_t i)
{
	return path_base(((const struct python_tree *)ctx)->files[i].path);
}

static bool is_shared(const struct python_file *f)
{
	return (f->role == PYTHON_EXTENSION || f->role == PYTHON_LIBRARY) && f->wheel == PYTHON_NONE;
}

static void take_needed(struct libraries *l, const char *name, uint32_t *needs, uint32_t *count)
{
	uint32_t i = name_table_find(&l->table, name, library_name, l->t);

	if (i != PYTHON_NONE && *count < NEEDS_MAX)
		needs[(*count)++] = i;
}

static int read_needed(struct libraries *l, struct python_file *f)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	CLEANUP(elf_file_freep) struct elf_file *elf = NULL;
	uint32_t needs[NEEDS_MAX], count = 0;
	uint64_t i, value;
	int64_t tag;

	if (python_open_file(l->t, f, &c) < 0 || !elf_file_probe(content_data(c), content_size(c)) ||
	    elf_file_open(c, 0, content_size(c), &elf, NULL) < 0)
		return 0;
	for (i = 0; elf_file_dynamic(elf, i, &tag, &value); i++)
		if (tag == DT_NEEDED)
			take_needed(l, path_base(elf_file_dynamic_string(elf, value)), needs, &count);
	if (!count)
		return 0;
	f->needs = arena_array(&l->t->arena, count, sizeof(*f->needs));
	if (!f->needs)
		return -ENOMEM;
	memcpy(f->needs, needs, count * sizeof(*needs));
	f->need_count = count;
	return 0;
}

/* ---- names in extension modules -------------------------------------------------------------------------------- */

static bool is_name_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static int add_name(struct libraries *l, uint32_t from, const char *name, bool dotted)
{
	struct python_import i = { .maybe = !dotted, .form = dotted ? "named in the extension module" : "a word in the extension module" };
	const char *dot = strrchr(l->t->modules[from].name, '.');
	char sibling[2 * PYTHON_NAME_MAX];

	i.target = dotted ? python_find_module(l->t, name) : PYTHON_NONE;
	if (!dotted && dot) {
		(void)snprintf(sibling, sizeof(sibling), "%.*s.%s", (int)(dot - l->t->modules[from].name), l->t->modules[from].name, name);
		i.target = python_find_module(l->t, sibling);
	}
	if (i.target == PYTHON_NONE || i.target == from || l->last[i.target] == from + 1)
		return 0;
	l->last[i.target] = from + 1;
	i.name = l->t->modules[i.target].name;
	return python_add_import(l->t, from, &i);
}

static int see_word(struct libraries *l, uint32_t from, const uint8_t *p, size_t n)
{
	char name[128];

	if (n < 3 || n >= sizeof(name) || (*p >= '0' && *p <= '9'))
		return 0;
	memcpy(name, p, n);
	name[n] = '\0';
	return add_name(l, from, name, memchr(p, '.', n) != NULL);
}

static int read_names(struct libraries *l, uint32_t from)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	const struct python_file *f = &l->t->files[l->t->modules[from].file];
	const uint8_t *p;
	uint64_t i, start = 0, n;
	int r = 0;

	if (f->role != PYTHON_EXTENSION || f->wheel != PYTHON_NONE || python_open_file(l->t, f, &c) < 0)
		return 0;
	p = content_data(c);
	n = content_size(c);
	for (i = 0; !r && i < n; i++) {
		if (is_name_byte(p[i]))
			continue;
		r = see_word(l, from, p + start, i - start);
		start = i + 1;
	}
	return r;
}

int python_read_needed(struct python_tree *t, struct error *err)
{
	struct libraries l = { .t = t };
	AUTO_FREE uint32_t *last = calloc(t->module_count + 1, sizeof(*last));
	uint32_t i;
	int r = last ? 0 : -ENOMEM;

	l.last = last;
	for (i = 0; !r && i < t->module_count; i++)
		if (t->modules[i].file != PYTHON_NONE)
			r = read_names(&l, i);
	for (i = 0; !r && i < t->file_count; i++)
		if (is_shared(&t->files[i]) && name_table_find(&l.table, library_name(t, i), library_name, t) == PYTHON_NONE)
			r = name_table_add(&l.table, library_name(t, i), i, library_name, t);
	for (i = 0; !r && i < t->file_count; i++)
		if (is_shared(&t->files[i]))
			r = read_needed(&l, &t->files[i]);
	if (t->wheelhouse)
		python_note(t, "which libraries the shared objects in wheels need is not read");
	name_table_release(&l.table);
	return r < 0 ? error_set(err, r, t->path, "its shared objects cannot be read") : 0;
}
