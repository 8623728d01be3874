/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was parsed, as imports of modules.
 *
 *	import a.b             a.b; a follows, because every module keeps its package
 *	from a.b import c      a.b, and a.b.c where that is a module: Python looks for an attribute first, which is not known here
 *	from . import c        the same, from the module's own package
 *	from a import *        a, and what its __all__ names
 *	import_module("a.b")   likewise; a relative name counts from the package of the caller
 *
 * What is imported only by a name that is not in an import statement (a string in a module that imports by name, an entry
 * point of a group that it names, a walk of a package) is a "maybe": it keeps nothing for sure, and is told as a risk.
 */
#include "depgraph/python/tree_private.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

/* The longest part of a dotted name that is a module of the tree. */
static uint32_t find_deepest(const struct python_tree *t, const char *name)
{
	char part[PYTHON_NAME_MAX];
	uint32_t m;
	char *dot;

	if (strlen(name) >= sizeof(part))
		return PYTHON_NONE;
	memcpy(part, name, strlen(name) + 1);
	while ((m = python_find_module(t, part)) == PYTHON_NONE) {
		dot = strrchr(part, '.');
		if (!dot)
			return PYTHON_NONE;
		*dot = '\0';
	}
	return m;
}

/* Python finds the standard library before site-packages: a backport there is not what is imported. */
static bool is_shadowed(const struct python_tree *t, const char *name, uint32_t target)
{
	size_t n = strcspn(name, ".");
	char top[PYTHON_NAME_MAX];
	uint32_t m, file;

	memcpy(top, name, n);
	top[n] = '\0';
	m = python_find_module(t, top);
	if (target == PYTHON_NONE || m == PYTHON_NONE || !python_is_standard(t, top) || t->modules[m].standard)
		return false;
	file = t->modules[m].file;
	return file == PYTHON_NONE || t->files[file].root == PYTHON_NONE ||
	       (*t->priv->roots[t->files[file].root].path && !t->priv->roots[t->files[file].root].told);
}

static const char *form_of(unsigned flags)
{
	if (flags & PYTHON_TYPING)
		return "import for type checkers only";
	if (flags & PYTHON_CALL)
		return "imported by a call";
	if (flags & PYTHON_OPTIONAL)
		return "import that may fail";
	return flags & PYTHON_LAZY ? "import in a function" : flags & PYTHON_CONDITION ? "import under a condition" : "import";
}

/* "a.b" that module `from` means by LEVEL dots and a name; false: beyond the top. */
static bool absolute(const struct python_tree *t, uint32_t from, unsigned level, const char *name, char out[PYTHON_NAME_MAX])
{
	uint32_t package = t->modules[from].package ? from : t->modules[from].parent;
	unsigned i;

	for (i = 1; level && i < level && package != PYTHON_NONE; i++)
		package = t->modules[package].parent;
	if (level && package == PYTHON_NONE)
		return false;
	return snprintf(out, PYTHON_NAME_MAX, "%s%s%s", level ? t->modules[package].name : "", level && *name ? "." : "", name) <
	       PYTHON_NAME_MAX;
}

struct resolving {
	struct python_tree *t;
	uint32_t from, line;
	unsigned flags;
};

static int add(const struct resolving *r, const char *name, uint32_t target)
{
	const struct python_import i = { .name = python_copy(r->t, name), .target = target, .line = r->line,
					 .flags = (uint8_t)r->flags, .form = form_of(r->flags) };

	if (target == r->from)
		return 0;
	return i.name ? python_add_import(r->t, r->from, &i) : -ENOMEM;
}

static int add_named(const struct resolving *r, const char *base, const char *name)
{
	char full[PYTHON_NAME_MAX];
	uint32_t m;

	if (snprintf(full, sizeof(full), "%s.%s", base, name) >= (int)sizeof(full))
		return 0;
	m = python_find_module(r->t, full);
	return m == PYTHON_NONE ? 0 : add(r, full, m);
}

/* Names that __all__ of the imported module lists, where they are its submodules. */
static int add_star(const struct resolving *r, const char *base, uint32_t target)
{
	const struct python_scan *scan = target == PYTHON_NONE ? NULL : r->t->modules[target].scan;
	const json_t *all = scan ? json_object_get(scan->answer, "a") : NULL, *name;
	size_t i;
	int q = 0;

	json_array_foreach(all, i, name)
		if (!q && json_is_string(name))
			q = add_named(r, base, json_string_value(name));
	return q;
}

static int resolve_import(const struct resolving *r, unsigned level, const char *name, const json_t *names)
{
	struct python_tree *t = r->t;
	char full[PYTHON_NAME_MAX];
	const json_t *n;
	uint32_t target;
	size_t i;
	int q;

	if (!absolute(t, r->from, level, name, full) || !*full)
		return 0;
	target = find_deepest(t, full);
	if (!level && is_shadowed(t, full, target))
		target = PYTHON_NONE;
	q = add(r, full, target);
	if (target == PYTHON_NONE || strcmp(t->modules[target].name, full) != 0)
		return q;
	json_array_foreach(names, i, n) {
		const char *s = json_string_value(n);

		if (!q && s && !strcmp(s, "*"))
			q = add_star(r, full, target);
		else if (!q && s)
			q = add_named(r, full, s);
	}
	return q;
}

static int resolve_statement(struct python_tree *t, uint32_t from, const json_t *j)
{
	const char *name = json_string_value(json_array_get(j, 2));
	json_int_t flags = json_integer_value(json_array_get(j, 0)), level = json_integer_value(json_array_get(j, 1));
	struct resolving r = { .t = t, .from = from, .flags = (unsigned)flags & 0xff,
			       .line = (uint32_t)json_integer_value(json_array_get(j, 4)) };

	if (!name || level < 0 || level > PYTHON_DEPTH_MAX)
		return 0;
	return resolve_import(&r, (unsigned)level, name, json_array_get(j, 3));
}

/* ---- by name --------------------------------------------------------------------------------------------------- */

static int add_maybe(struct python_tree *t, uint32_t from, uint32_t target, uint32_t line, const char *form)
{
	const struct python_import i = {
		.name = t->modules[target].name, .target = target, .line = line, .maybe = true, .form = form,
	};

	return target == from ? 0 : python_add_import(t, from, &i);
}

/* The entry points of a group that a module names. */
static int add_group(struct python_tree *t, uint32_t from, const char *group)
{
	uint32_t d, i, m;
	int r = 0;

	for (d = 0; !r && d < t->dist_count; d++)
		for (i = 0; !r && i < t->dists[d].point_count; i++) {
			const struct python_entry_point *e = &t->dists[d].points[i];

			if (strcmp(e->group, group) != 0)
				continue;
			m = find_deepest(t, e->module);
			if (m != PYTHON_NONE)
				r = add_maybe(t, from, m, 0, "plugin of an entry point group that it names");
		}
	return r;
}

static int resolve_string(struct python_tree *t, uint32_t from, const char *s)
{
	size_t dots = strspn(s, ".");
	char full[PYTHON_NAME_MAX];
	uint32_t m = PYTHON_NONE;

	if (!dots)
		m = python_find_module(t, s);
	if (m == PYTHON_NONE && strchr(s + dots, '.') && !dots)
		m = find_deepest(t, s); /* "package.module.Class" */
	if (m != PYTHON_NONE && is_shadowed(t, s, m))
		m = PYTHON_NONE;
	/* A name in the module's own package. */
	if (m == PYTHON_NONE && absolute(t, from, dots ? (unsigned)dots : 1, s + dots, full))
		m = python_find_module(t, full);
	return m == PYTHON_NONE ? 0 : add_maybe(t, from, m, 0, "named in a string");
}

static int add_below(struct python_tree *t, uint32_t from, const char *prefix, size_t n, uint32_t line, const char *form)
{
	uint32_t i;
	int r = 0;

	for (i = 0; !r && i < t->module_count; i++)
		if (!strncmp(t->modules[i].name, prefix, n))
			r = add_maybe(t, from, i, line, form);
	return r;
}

static int resolve_prefix(struct python_tree *t, uint32_t from, const json_t *j)
{
	const char *prefix = json_string_value(json_array_get(j, 0));
	uint32_t line = (uint32_t)json_integer_value(json_array_get(j, 1));
	char full[PYTHON_NAME_MAX];
	size_t dots;

	if (!prefix || !*prefix) {
		python_add_risk(t, t->modules[from].name, "line %u imports a name that is computed", line);
		return 0;
	}
	dots = strspn(prefix, ".");
	if (!absolute(t, from, (unsigned)(dots < PYTHON_DEPTH_MAX ? dots : 1), prefix + dots, full))
		return 0;
	if (dots && !prefix[dots] && strlen(full) + 1 < sizeof(full))
		memcpy(full + strlen(full), ".", 2);
	python_add_risk(t, t->modules[from].name, "line %u imports a computed name that begins with %s", line, full);
	return add_below(t, from, full, strlen(full), line, "begins like a computed name");
}

static int resolve_walk(struct python_tree *t, uint32_t from)
{
	uint32_t package = t->modules[from].package ? from : t->modules[from].parent;
	char prefix[PYTHON_NAME_MAX];

	if (package == PYTHON_NONE || snprintf(prefix, sizeof(prefix), "%s.", t->modules[package].name) >= (int)sizeof(prefix))
		return 0;
	python_add_risk(t, t->modules[from].name, "looks for modules in directories (pkgutil)");
	return add_below(t, from, prefix, strlen(prefix), 0, "found by a walk of its package");
}

static int resolve_names(struct python_tree *t, uint32_t from, const json_t *answer)
{
	const json_t *strings = json_object_get(answer, "s"), *prefixes = json_object_get(answer, "p"), *j;
	size_t i;
	int r = 0;

	json_array_foreach(strings, i, j) {
		if (!r && json_is_string(j))
			r = resolve_string(t, from, json_string_value(j));
		if (!r && json_is_string(j))
			r = add_group(t, from, json_string_value(j));
	}
	json_array_foreach(prefixes, i, j)
		if (!r)
			r = resolve_prefix(t, from, j);
	if (!r && json_is_true(json_object_get(answer, "w")))
		r = resolve_walk(t, from);
	return r;
}

static int resolve_module(struct python_tree *t, uint32_t i)
{
	const json_t *answer = t->modules[i].scan ? t->modules[i].scan->answer : NULL, *statement;
	size_t k;
	int r = 0;

	json_array_foreach(json_object_get(answer, "i"), k, statement)
		if (!r)
			r = resolve_statement(t, i, statement);
	return r ? r : resolve_names(t, i, answer);
}

int python_resolve(struct python_tree *t, struct error *err)
{
	uint32_t i;
	int r = 0;

	for (i = 0; !r && i < t->module_count; i++)
		r = resolve_module(t, i);
	for (i = 0; i < t->module_count; i++)
		if (t->modules[i].scan) {
			json_decref(t->modules[i].scan->answer);
			t->modules[i].scan = NULL;
		}
	return r < 0 ? error_set(err, r, t->path, "its imports cannot be resolved") : 0;
}
