/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distributions: NAME-VERSION.dist-info or .egg-info directories; which file is whose says RECORD (installed-files.txt of
 * older ones).  Without either, a distribution owns the packages that top_level.txt or its own name names.
 */
#include "depgraph/python/tree_private.h"

#include "base/path.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define REQUIRES_MAX 4096
#define POINTS_MAX   16384
#define DISTS_MAX    200000

struct reading {
	struct python_tree *t;
	uint32_t dist;
	char base[PATH_MAX]; /* what names in its lists are relative to */
	uint32_t points, requires;
};

static const char *dist_name(const void *ctx, uint32_t i)
{
	/* The table holds normalised names, which are kept beside. */
	return ((const struct python_tree *)ctx)->dists[i].requires[0];
}

uint32_t python_find_dist(const struct python_tree *t, const char *normalised)
{
	return name_table_find(&t->priv->dists, normalised, dist_name, t);
}

/* "site/Foo-1.0.dist-info/METADATA" -> its directory; false: not directly in one. */
static bool metadata_directory(const char *path, char out[PATH_MAX])
{
	static const char *const suffixes[] = { ".dist-info", ".egg-info", "/EGG-INFO" };
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0, i, m;

	for (i = 0; n && i < 3; i++) {
		m = strlen(suffixes[i]);
		if (n > m && !memcmp(path + n - m, suffixes[i], m)) {
			memcpy(out, path, n);
			out[n] = '\0';
			return true;
		}
	}
	return false;
}

/* Of "site/Foo-1.0.dist-info". */
static int name_dist(struct python_tree *t, struct python_dist *d, const char *dir)
{
	const char *base = path_base(dir), *dash = strchr(base, '-'), *dot = strrchr(base, '.');
	size_t n = dash ? (size_t)(dash - base) : dot ? (size_t)(dot - base) : strlen(base);
	char normal[256];

	d->directory = python_copy(t, dir);
	d->name = arena_strndup(&t->arena, base, n);
	d->version = dash && dot > dash ? arena_strndup(&t->arena, dash + 1, (size_t)(dot - dash - 1)) : "";
	d->requires = arena_array(&t->arena, 1, sizeof(*d->requires));
	if (!d->directory || !d->name || !d->version || !d->requires)
		return -ENOMEM;
	python_normalise(d->name, normal, sizeof(normal));
	d->requires[0] = python_copy(t, normal);
	return d->requires[0] ? 0 : -ENOMEM;
}

static uint32_t add_dist(struct python_tree *t, const char *dir)
{
	struct python_dist *d;

	if (!PYTHON_GROW(t->dists, t->dist_count, t->dist_capacity, DISTS_MAX))
		return PYTHON_NONE;
	d = &t->dists[t->dist_count];
	*d = (struct python_dist){ .root = PYTHON_NONE, .required_by = PYTHON_NONE, .state = PYTHON_OTHER };
	if (name_dist(t, d, dir) < 0 || name_table_add(&t->priv->dists, d->requires[0], t->dist_count, dist_name, t) < 0)
		return PYTHON_NONE;
	return t->dist_count++;
}

/* ---- METADATA -------------------------------------------------------------------------------------------------- */

static int count_field(void *ctx, const char *key, const char *value)
{
	struct reading *r = ctx;

	(void)value;
	r->requires += !strcmp(key, "Requires-Dist");
	return 0;
}

static int see_field(void *ctx, const char *key, const char *value)
{
	struct reading *r = ctx;
	struct python_dist *d = &r->t->dists[r->dist];
	char name[256];

	if (!strcmp(key, "Name"))
		d->name = python_copy(r->t, value);
	else if (!strcmp(key, "Version"))
		d->version = python_copy(r->t, value);
	else if (!strcmp(key, "Requires-Dist") && d->require_count < r->requires && python_requirement_name(value, name, sizeof(name)))
		d->requires[1 + d->require_count++] = python_copy(r->t, name);
	return 0;
}

static int read_metadata(struct reading *r, const void *p, size_t n)
{
	struct python_dist *d = &r->t->dists[r->dist];
	const char **requires;

	r->requires = 0;
	(void)python_metadata_parse(p, n, count_field, r);
	r->requires = r->requires > REQUIRES_MAX ? REQUIRES_MAX : r->requires;
	requires = arena_array(&r->t->arena, r->requires + 1, sizeof(*requires));
	if (!requires)
		return -ENOMEM;
	requires[0] = d->requires[0];
	d->requires = requires;
	return python_metadata_parse(p, n, see_field, r);
}

/* ---- entry points ---------------------------------------------------------------------------------------------- */

static int see_point(void *ctx, const struct python_entry_point *e)
{
	struct reading *r = ctx;
	struct python_dist *d = &r->t->dists[r->dist];
	struct python_entry_point copy;

	if (!d->points) {
		r->points++;
		return 0;
	}
	copy.group = python_copy(r->t, e->group);
	copy.name = python_copy(r->t, e->name);
	copy.module = python_copy(r->t, e->module);
	if (!copy.group || !copy.name || !copy.module)
		return -ENOMEM;
	if (d->point_count < r->points)
		d->points[d->point_count++] = copy;
	return 0;
}

static int read_points(struct reading *r, const void *p, size_t n)
{
	struct python_dist *d = &r->t->dists[r->dist];

	r->points = 0;
	if (d->points)
		return 0;
	(void)python_entry_points_parse(p, n, see_point, r);
	r->points = r->points > POINTS_MAX ? POINTS_MAX : r->points;
	d->points = arena_array(&r->t->arena, r->points + 1, sizeof(*d->points));
	return d->points ? python_entry_points_parse(p, n, see_point, r) : -ENOMEM;
}

/* ---- lists of files -------------------------------------------------------------------------------------------- */

static int see_record(void *ctx, const char *name)
{
	struct reading *r = ctx;
	char path[PATH_MAX];
	uint32_t f;

	if (!python_join(r->base, name, path, sizeof(path)))
		return 0;
	f = python_find_file(r->t, path);
	if (f != PYTHON_NONE && r->t->files[f].dist == PYTHON_NONE)
		r->t->files[f].dist = r->dist;
	return 0;
}

static int read_record(struct reading *r, const void *p, size_t n)
{
	int q = python_record_parse(p, n, see_record, r);

	if (q == -EBADMSG) {
		python_note(r->t, "%s/RECORD ends within a quotation", r->t->dists[r->dist].directory);
		q = 0;
	}
	r->t->dists[r->dist].has_record = true;
	return q;
}

static int read_installed_files(struct reading *r, const void *p, size_t n)
{
	const char *line;
	size_t at = 0, len;
	char name[PATH_MAX];

	(void)snprintf(r->base, sizeof(r->base), "%s", r->t->dists[r->dist].directory);
	while ((line = python_line(p, n, &at, &len)))
		if (len && len < sizeof(name)) {
			memcpy(name, line, len);
			name[len] = '\0';
			(void)see_record(r, name);
		}
	r->t->dists[r->dist].has_record = true;
	return 0;
}

/* Everything below site/NAME, and site/NAME.*, that nobody owns. */
static void own_top_level(struct reading *r, const char *name, size_t n)
{
	char prefix[PATH_MAX];
	size_t len;
	uint32_t i;

	if (!n || snprintf(prefix, sizeof(prefix), "%s%s%.*s", r->base, *r->base ? "/" : "", (int)n, name) >= (int)sizeof(prefix))
		return;
	len = strlen(prefix);
	for (i = 0; i < r->t->file_count; i++) {
		struct python_file *f = &r->t->files[i];

		if (f->dist == PYTHON_NONE && !strncmp(f->path, prefix, len) && (f->path[len] == '/' || f->path[len] == '.'))
			f->dist = r->dist;
	}
}

static void own_by_name(struct reading *r)
{
	struct python_dist *d = &r->t->dists[r->dist];
	CLEANUP(content_unrefp) struct content *c = NULL;
	char path[PATH_MAX + 32], name[256], *p;
	const char *line;
	size_t at = 0, len;
	uint32_t f;

	(void)snprintf(path, sizeof(path), "%s/top_level.txt", d->directory);
	f = python_find_file(r->t, path);
	if (f != PYTHON_NONE && python_open_file(r->t, &r->t->files[f], &c) == 0) {
		while ((line = python_line((const char *)content_data(c), content_size(c), &at, &len)))
			own_top_level(r, line, len);
	} else {
		python_normalise(d->name, name, sizeof(name));
		for (p = name; *p; p++)
			*p = *p == '-' ? '_' : *p;
		own_top_level(r, name, strlen(name));
	}
	python_note(r->t, "%s has no list of its files: they are taken by the names of its packages", d->directory);
}

/* ---- all ------------------------------------------------------------------------------------------------------- */

static int read_one(struct reading *r, const char *name, int (*read)(struct reading *, const void *, size_t))
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	char path[PATH_MAX + 64];
	uint32_t f;

	(void)snprintf(path, sizeof(path), "%s/%s", r->t->dists[r->dist].directory, name);
	f = python_find_file(r->t, path);
	if (f == PYTHON_NONE || python_open_file(r->t, &r->t->files[f], &c) < 0)
		return 0;
	return read(r, content_data(c), content_size(c));
}

static void base_of(struct reading *r)
{
	const char *dir = r->t->dists[r->dist].directory, *slash = strrchr(dir, '/');
	size_t n = slash ? (size_t)(slash - dir) : 0;

	memcpy(r->base, dir, n);
	r->base[n] = '\0';
}

static int see_direct_url(struct reading *r, const void *p, size_t n)
{
	r->t->dists[r->dist].editable = memmem(p, n, "\"editable\"", 10) && memmem(p, n, "true", 4);
	if (r->t->dists[r->dist].editable)
		python_add_risk(r->t, r->t->dists[r->dist].name, "is installed editable: its sources are outside of the tree");
	return 0;
}

static int read_dist(struct reading *r)
{
	int q = read_one(r, "METADATA", read_metadata);

	base_of(r);
	if (!q)
		q = read_one(r, "PKG-INFO", read_metadata);
	if (!q)
		q = read_one(r, "entry_points.txt", read_points);
	if (!q)
		q = read_one(r, "direct_url.json", see_direct_url);
	if (!q)
		q = read_one(r, "RECORD", read_record);
	if (!q && !r->t->dists[r->dist].has_record)
		q = read_one(r, "installed-files.txt", read_installed_files);
	return q;
}

/* Its own metadata is its own, listed or not. Files and distributions are in the same order: that of the walk. */
static void own_metadata(struct python_tree *t)
{
	char dir[PATH_MAX], last[PATH_MAX] = "";
	uint32_t i, next = 0, dist = PYTHON_NONE;

	for (i = 0; i < t->file_count; i++) {
		if (!metadata_directory(t->files[i].path, dir))
			continue;
		if (strcmp(dir, last) != 0) {
			memcpy(last, dir, strlen(dir) + 1);
			dist = next < t->dist_count && !strcmp(t->dists[next].directory, dir) ? next++ : PYTHON_NONE;
		}
		if (t->files[i].dist == PYTHON_NONE)
			t->files[i].dist = dist;
	}
}

int python_read_dists(struct python_tree *t, struct error *err)
{
	struct reading r = { .t = t };
	char dir[PATH_MAX], last[PATH_MAX] = "";
	uint32_t i, first;
	int q = 0;

	for (i = 0; !q && i < t->file_count; i++) {
		const char *base = path_base(t->files[i].path);

		if (!metadata_directory(t->files[i].path, dir) || !strcmp(dir, last) ||
		    (strcmp(base, "METADATA") && strcmp(base, "PKG-INFO") && strcmp(base, "RECORD")))
			continue;
		memcpy(last, dir, strlen(dir) + 1);
		r.dist = add_dist(t, dir);
		q = r.dist == PYTHON_NONE ? -ENOMEM : read_dist(&r);
	}
	for (first = 0; !q && first < t->dist_count; first++)
		if (!t->dists[first].has_record) {
			r.dist = first;
			base_of(&r);
			own_by_name(&r);
		}
	own_metadata(t);
	return q < 0 ? error_set(err, q, t->path, "its distributions cannot be read") : 0;
}
