/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where imports begin to look (roots), and what each file below them is.
 *
 * Roots, in the order in which Python would search: directories told; the standard library, where the tree holds one (a
 * directory with os.py and site.py); the tree itself, unless it is an installation; each site-packages or
 * dist-packages; what .pth files add.
 * Of two files with one name the first wins, and within a root a package before an extension module before a source
 * before bytecode (importlib._bootstrap_external, FileFinder).
 */
#include "depgraph/python/tree_private.h"

#include "base/path.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static int add_root(struct python_tree *t, const char *path, bool standard, bool told)
{
	struct python_private *p = t->priv;
	uint32_t i;

	for (i = 0; i < p->root_count; i++)
		if (!strcmp(p->roots[i].path, path))
			return 0;
	if (p->root_count == PYTHON_ROOTS_MAX) {
		python_note(t, "%s: more import roots than are looked at", path);
		return 0;
	}
	p->roots[p->root_count] = (struct import_root){ .path = python_copy(t, path), .standard = standard, .told = told };
	return p->roots[p->root_count++].path ? 0 : -ENOMEM;
}

/* The directory part of a path, without the last slash; false: another name. */
static bool directory_if(const char *path, const char *name, char out[PATH_MAX])
{
	const char *base = path_base(path);
	size_t n = (size_t)(base - path);

	if (strcmp(base, name) != 0 || n >= PATH_MAX)
		return false;
	memcpy(out, path, n ? n - 1 : 0);
	out[n ? n - 1 : 0] = '\0';
	return true;
}

/* "a/site-packages/b/c" -> "a/site-packages". */
static bool directory_named(const char *path, const char *name, char out[PATH_MAX])
{
	size_t n = strlen(name);
	const char *p = path;

	for (; (p = strstr(p, name)); p += n)
		if ((p == path || p[-1] == '/') && p[n] == '/') {
			memcpy(out, path, (size_t)(p + n - path));
			out[p + n - path] = '\0';
			return true;
		}
	return false;
}

static int add_told(struct python_tree *t, struct error *err)
{
	const struct string_list *paths = t->priv->o->paths;
	size_t i, n = strlen(t->real);
	char real[PATH_MAX];
	int r = 0;

	for (i = 0; paths && !r && i < paths->count; i++) {
		if (!realpath(paths->items[i], real))
			return error_set(err, -errno, paths->items[i], "no such directory");
		if (strncmp(real, t->real, n) != 0 || (real[n] && real[n] != '/'))
			return error_set(err, -EINVAL, paths->items[i], "is not below the tree: give a tree that holds both");
		r = add_root(t, real[n] ? real + n + 1 : "", false, true);
	}
	return r;
}

static int add_standard(struct python_tree *t)
{
	char dir[PATH_MAX], path[PATH_MAX + 16];
	uint32_t i;
	int r = 0;

	for (i = 0; !r && i < t->file_count; i++) {
		if (!directory_if(t->files[i].path, "os.py", dir))
			continue;
		(void)snprintf(path, sizeof(path), "%s%ssite.py", dir, *dir ? "/" : "");
		if (python_find_file(t, path) == PYTHON_NONE)
			continue;
		r = add_root(t, dir, true, false);
		(void)snprintf(path, sizeof(path), "%s%slib-dynload", dir, *dir ? "/" : "");
		if (!r)
			r = add_root(t, path, true, false);
	}
	return r;
}

static bool is_installation(const struct python_tree *t)
{
	return python_find_file(t, "pyvenv.cfg") != PYTHON_NONE || python_find_file(t, "bin/python3") != PYTHON_NONE ||
	       python_find_file(t, "bin/activate") != PYTHON_NONE;
}

static int add_sites(struct python_tree *t)
{
	static const char *const names[] = { "site-packages", "dist-packages" };
	char dir[PATH_MAX];
	uint32_t i;
	size_t k;
	int r = 0;

	for (i = 0; !r && i < t->file_count; i++)
		for (k = 0; !r && k < 2; k++)
			if (t->files[i].wheel == PYTHON_NONE && directory_named(t->files[i].path, names[k], dir))
				r = add_root(t, dir, false, false);
	return r;
}

static int add_wheels(struct python_tree *t)
{
	static const char *const parts[] = { "purelib", "platlib" };
	char dir[PATH_MAX];
	uint32_t i;
	size_t k;
	int r = 0;

	for (i = 0; !r && i < t->file_count; i++) {
		if (t->files[i].role == PYTHON_WHEEL)
			r = add_root(t, t->files[i].path, false, false);
		for (k = 0; !r && k < 2 && t->files[i].wheel != PYTHON_NONE; k++)
			if (strstr(t->files[i].path, ".data/") && directory_named(t->files[i].path, parts[k], dir))
				r = add_root(t, dir, false, false);
	}
	return r;
}

/* ---- .pth ------------------------------------------------------------------------------------------------------ */

struct pth {
	struct python_tree *t;
	const char *file;
	char site[PATH_MAX];
};

static int see_pth_directory(void *ctx, const char *dir)
{
	struct pth *p = ctx;
	size_t n = strlen(p->t->real);
	char path[PATH_MAX];

	if (*dir == '/' && !strncmp(dir, p->t->real, n) && (dir[n] == '/' || !dir[n])) {
		if (python_join("", dir + n + (dir[n] == '/'), path, sizeof(path)))
			return add_root(p->t, path, false, false);
	} else if (*dir != '/' && python_join(p->site, dir, path, sizeof(path))) {
		return add_root(p->t, path, false, false);
	}
	python_note(p->t, "%s adds %s to the path, which is outside of the tree and not read", p->file, dir);
	return 0;
}

static int read_pth(struct python_tree *t, const struct python_file *f, struct pth *p)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	bool code = false;
	int r;

	if (python_open_file(t, f, &c) < 0)
		return 0;
	r = python_pth_parse(content_data(c), content_size(c), see_pth_directory, p, &code);
	if (code)
		python_add_risk(t, f->path, "runs code when an interpreter starts (not run here): what it imports is not seen");
	return r;
}

static int add_pth(struct python_tree *t)
{
	struct pth p = { .t = t };
	uint32_t i, k;
	int r = 0;

	for (i = 0; !r && i < t->file_count; i++) {
		const char *base = path_base(t->files[i].path);
		size_t n = strlen(base);

		if (n < 5 || strcmp(base + n - 4, ".pth") != 0 || !directory_if(t->files[i].path, base, p.site))
			continue;
		for (k = 0; k < t->priv->root_count; k++)
			if (!strcmp(t->priv->roots[k].path, p.site))
				break;
		p.file = t->files[i].path;
		if (k < t->priv->root_count)
			r = read_pth(t, &t->files[i], &p);
	}
	return r;
}

int python_find_roots(struct python_tree *t, struct error *err)
{
	int r = add_told(t, err);

	if (!r)
		r = add_standard(t);
	if (!r && !is_installation(t) && !t->wheelhouse)
		r = add_root(t, "", false, false);
	if (!r)
		r = add_sites(t);
	if (!r)
		r = add_wheels(t);
	return r ? r : add_pth(t);
}

/* ---- modules --------------------------------------------------------------------------------------------------- */

static const char *module_name(const void *ctx, uint32_t i)
{
	return ((const struct python_tree *)ctx)->modules[i].name;
}

/* PYTHON_NONE: no memory. */
static uint32_t add_module(struct python_tree *t, const char *name)
{
	uint32_t at = python_find_module(t, name), parent = PYTHON_NONE;
	const char *dot = strrchr(name, '.');
	char package[PYTHON_NAME_MAX];
	struct python_module *m;

	if (at != PYTHON_NONE)
		return at;
	if (dot) {
		memcpy(package, name, (size_t)(dot - name));
		package[dot - name] = '\0';
		parent = add_module(t, package);
		if (parent == PYTHON_NONE)
			return PYTHON_NONE;
	}
	if (!PYTHON_GROW(t->modules, t->module_count, t->module_capacity, PYTHON_MODULES_MAX))
		return PYTHON_NONE;
	m = &t->modules[t->module_count];
	*m = (struct python_module){ .name = python_copy(t, name), .parent = parent, .file = PYTHON_NONE, .dist = PYTHON_NONE,
				     .via = PYTHON_NONE, .package = true, .state = PYTHON_UNUSED };
	if (!m->name || name_table_add(&t->priv->modules, m->name, t->module_count, module_name, t) < 0)
		return PYTHON_NONE;
	return t->module_count++;
}

/* Of one root: lower wins. */
static unsigned rank(const struct python_file *f, bool package)
{
	return package ? 0 : f->role == PYTHON_EXTENSION ? 1 : f->role == PYTHON_SOURCE ? 2 : 3;
}

static void take_file(struct python_tree *t, struct python_module *m, uint32_t file, bool package)
{
	const struct python_file *f = &t->files[file], *old = m->file == PYTHON_NONE ? NULL : &t->files[m->file];

	if (old && (old->root < f->root || (old->root == f->root && rank(old, m->package) <= rank(f, package))))
		return;
	m->file = file;
	m->package = package;
	m->dist = f->dist;
	m->standard = f->root != PYTHON_NONE && t->priv->roots[f->root].standard;
}

/* The deepest root that holds a path, and the rest. */
static uint32_t root_of(const struct python_tree *t, const char *path, const char **ret_rel)
{
	uint32_t i, best = PYTHON_NONE;
	size_t best_len = 0;

	for (i = 0; i < t->priv->root_count; i++) {
		const char *root = t->priv->roots[i].path;
		size_t n = strlen(root);

		if (n && (strncmp(path, root, n) != 0 || path[n] != '/'))
			continue;
		if (best != PYTHON_NONE && n <= best_len)
			continue;
		best = i;
		best_len = n;
		*ret_rel = path + n + (n > 0);
	}
	return best;
}

static bool is_shared_object(const char *base)
{
	const char *so = strstr(base, ".so");

	return so && (so[3] == '\0' || so[3] == '.');
}

static bool is_metadata(const char *rel)
{
	return strstr(rel, ".dist-info/") || strstr(rel, ".egg-info/") || strstr(rel, ".egg-info");
}

static int name_file(struct python_tree *t, uint32_t i)
{
	const struct python_suffixes suffixes = { t->priv->suffixes, t->priv->suffix_count };
	struct python_file *f = &t->files[i];
	struct python_name name;
	const char *rel;
	uint32_t m;

	if (f->role == PYTHON_WHEEL)
		return 0;
	f->root = root_of(t, f->path, &rel);
	if (f->root == PYTHON_NONE || !python_name_of(rel, &suffixes, &name)) {
		if (is_metadata(f->path))
			f->role = PYTHON_METADATA;
		else if (is_shared_object(path_base(f->path)))
			f->role = PYTHON_LIBRARY;
		return 0;
	}
	f->role = name.role;
	m = add_module(t, name.name);
	if (m == PYTHON_NONE)
		return -ENOMEM;
	f->module = m;
	if (!name.cached)
		take_file(t, &t->modules[m], i, name.package);
	return 0;
}

/* A file that is no module belongs to the module that it stands beside, else to the innermost package around it. */
static void own_data(struct python_tree *t, uint32_t i)
{
	struct python_file *f = &t->files[i];
	char name[PYTHON_NAME_MAX], *end;
	const char *rel;
	uint32_t m = PYTHON_NONE;
	size_t n;

	if (f->module != PYTHON_NONE || f->root == PYTHON_NONE || f->role == PYTHON_METADATA)
		return;
	rel = f->path + strlen(t->priv->roots[f->root].path);
	rel += *rel == '/';
	if (python_stub_name_of(rel, name))
		m = python_find_module(t, name);
	n = strlen(rel);
	if (m == PYTHON_NONE && n < sizeof(name)) {
		memcpy(name, rel, n + 1);
		for (end = name; *end; end++)
			*end = *end == '/' ? '.' : *end == '.' ? '/' : *end; /* a dot is no separator here */
		while (m == PYTHON_NONE && (end = strrchr(name, '.'))) {
			*end = '\0';
			m = python_find_module(t, name);
		}
	}
	f->module = m;
}

int python_name_modules(struct python_tree *t, struct error *err)
{
	uint32_t i, count = t->file_count;
	int r = 0;

	for (i = 0; !r && i < count; i++)
		r = name_file(t, i);
	for (i = 0; !r && i < count; i++)
		own_data(t, i);
	/* Bytecode and data that no RECORD lists belong to the distribution of their module. */
	for (i = 0; !r && i < count; i++) {
		struct python_file *f = &t->files[i];

		if (f->dist == PYTHON_NONE && f->module != PYTHON_NONE)
			f->dist = t->modules[f->module].dist;
		if (f->module != PYTHON_NONE) {
			t->modules[f->module].bytes += f->size;
			if (f->role == PYTHON_DATA || f->role == PYTHON_LIBRARY)
				t->modules[f->module].data_bytes += f->size;
		}
	}
	return r < 0 ? error_set(err, r, t->path, "has more modules than fit") : 0;
}
