/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/size/view.h"

#include "base/cleanup.h"
#include "depgraph/size/demangle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int size_order_parse(const char *word, enum size_order *ret)
{
	static const char *const words[] = { "file", "loaded", "name" };
	int i;

	for (i = 0; i < 3; i++)
		if (strcmp(words[i], word) == 0) {
			*ret = (enum size_order)i;
			return 0;
		}
	return -EINVAL;
}

/* A node while it waits for its place. */
struct entry {
	uint64_t key;
	uint32_t node;
};

struct old_sizes {
	uint64_t file, loaded;
	bool in_old;
};

struct viewing {
	struct size_view *view;
	const struct size_tree *tree;
	const struct size_view_options *o;
	const struct old_sizes *old; /* of each node; NULL: there is one file only */
	uint32_t new_count;          /* nodes beyond are only in the old one */
	struct entry *entries;       /* children, those of one parent together */
	uint32_t *first;             /* where those of a node begin */
};

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static struct size_row row_of(const struct viewing *g, uint32_t node)
{
	const struct size_node *n = &g->tree->nodes[node];
	struct size_row row = { .name = g->tree->names.text[n->name], .file = n->file, .loaded = n->loaded, .in_new = true };

	if (g->old) {
		row.old_file = g->old[node].file;
		row.old_loaded = g->old[node].loaded;
		row.in_old = g->old[node].in_old;
		row.in_new = node < g->new_count;
	}
	return row;
}

static uint64_t sort_key(const struct viewing *g, uint32_t node)
{
	struct size_row r = row_of(g, node);

	if (g->o->order == SIZE_BY_NAME)
		return 0;
	return g->o->order == SIZE_BY_LOADED ? distance(r.loaded, r.old_loaded) : distance(r.file, r.old_file);
}

/* Larger first; equal ones by the other size, then by name, so that the order never depends on chance. */
static int compare_entries(const void *a, const void *b, void *ctx)
{
	const struct entry *x = a, *y = b;
	const struct viewing *g = ctx;
	struct size_row p, q;
	uint64_t m, n;

	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	p = row_of(g, x->node);
	q = row_of(g, y->node);
	m = g->o->order == SIZE_BY_LOADED ? distance(p.file, p.old_file) : distance(p.loaded, p.old_loaded);
	n = g->o->order == SIZE_BY_LOADED ? distance(q.file, q.old_file) : distance(q.loaded, q.old_loaded);
	if (g->o->order != SIZE_BY_NAME && m != n)
		return m > n ? -1 : 1;
	return strcmp(p.name, q.name);
}

static int add_row(struct size_view *v, const struct size_row *row)
{
	if (v->count == v->capacity) {
		size_t capacity = v->capacity ? 2 * v->capacity : 64;
		struct size_row *rows = reallocarray(v->rows, capacity, sizeof(*rows));

		if (!rows)
			return -ENOMEM;
		v->rows = rows;
		v->capacity = capacity;
	}
	v->rows[v->count++] = *row;
	return 0;
}

static bool is_changed(const struct size_row *r)
{
	return r->file != r->old_file || r->loaded != r->old_loaded || r->in_old != r->in_new;
}

static bool is_small(const struct viewing *g, const struct size_row *r)
{
	uint64_t file = distance(r->file, r->old_file), loaded = distance(r->loaded, r->old_loaded);

	return (file > loaded ? file : loaded) < g->o->min_bytes;
}

static void fold_into(struct size_row *others, const struct size_row *r)
{
	others->folded++;
	others->file += r->file;
	others->loaded += r->loaded;
	others->old_file += r->old_file;
	others->old_loaded += r->old_loaded;
	others->in_old = others->in_old || r->in_old;
	others->in_new = others->in_new || r->in_new;
}

static int show(struct viewing *g, uint32_t node, uint32_t depth);

/* The first `want` of n entries come to the front, in no order: quickselect, since a million symbols need not be sorted to show
 * twenty. The order is total, so which they are does not depend on the pivots. */
static void select_first(struct viewing *g, struct entry *e, uint32_t n, uint32_t want)
{
	uint32_t lo = 0, hi = n, i, last;
	struct entry swap;

	while (hi - lo > 1 && want > lo && want < hi) {
		struct entry pivot = e[lo + (hi - lo) / 2];

		e[lo + (hi - lo) / 2] = e[hi - 1];
		e[hi - 1] = pivot;
		for (i = last = lo; i < hi - 1; i++)
			if (compare_entries(&e[i], &pivot, g) < 0) {
				swap = e[i];
				e[i] = e[last];
				e[last++] = swap;
			}
		e[hi - 1] = e[last];
		e[last] = pivot;
		if (last < want)
			lo = last + 1;
		else
			hi = last;
	}
}

/* Moves what has a row of its own to the front, folds the rest, and returns how many there are. Rows that did not change are
 * neither: they add nothing to a difference. */
static uint32_t choose(struct viewing *g, struct entry *e, uint32_t n, struct size_row *others)
{
	uint32_t i, kept = 0, limit;
	struct size_row row;

	for (i = 0; i < n; i++) {
		row = row_of(g, e[i].node);
		if (g->old && !g->o->unchanged && !is_changed(&row))
			continue;
		if (is_small(g, &row))
			fold_into(others, &row);
		else
			e[kept++] = e[i];
	}
	if (!g->o->limit || kept <= g->o->limit)
		return kept;
	limit = (uint32_t)g->o->limit;
	select_first(g, e, kept, limit);
	for (i = limit; i < kept; i++) {
		row = row_of(g, e[i].node);
		fold_into(others, &row);
	}
	return limit;
}

static int show_children(struct viewing *g, uint32_t node, uint32_t depth)
{
	struct entry *e = g->entries + g->first[node];
	struct size_row others = { .depth = depth };
	uint32_t n = choose(g, e, g->first[node + 1] - g->first[node], &others), i;
	int r = 0;

	qsort_r(e, n, sizeof(*e), compare_entries, g);
	for (i = 0; !r && i < n; i++)
		r = show(g, e[i].node, depth);
	if (r || !others.folded)
		return r;
	others.name = arena_printf(&g->view->arena, "[%u other%s]", others.folded, others.folded > 1 ? "s" : "");
	return others.name ? add_row(g->view, &others) : -ENOMEM;
}

static int show(struct viewing *g, uint32_t node, uint32_t depth)
{
	struct size_row row = row_of(g, node);
	int r;

	row.depth = depth;
	r = add_row(g->view, &row);
	return r ? r : show_children(g, node, depth + 1);
}

/* Children of each node side by side: counted, then placed. Node 0 is the total and nobody's child. */
static int gather(struct viewing *g)
{
	uint32_t n = g->tree->count, i;

	g->first = calloc((size_t)n + 2, sizeof(*g->first));
	g->entries = calloc((size_t)n + 1, sizeof(*g->entries));
	if (!g->first || !g->entries)
		return -ENOMEM;
	for (i = 1; i < n; i++)
		g->first[g->tree->nodes[i].parent + 2]++;
	for (i = 2; i < n + 2; i++)
		g->first[i] += g->first[i - 1];
	for (i = 1; i < n; i++)
		g->entries[g->first[g->tree->nodes[i].parent + 1]++] = (struct entry){ sort_key(g, i), i };
	return 0;
}

static int name_rows(struct size_view *v, bool mangled)
{
	AUTO_FREE const char **names = reallocarray(NULL, v->count + 1, sizeof(*names));
	AUTO_FREE const char **shown = reallocarray(NULL, v->count + 1, sizeof(*shown));
	size_t i;

	if (!names || !shown)
		return -ENOMEM;
	for (i = 0; i < v->count; i++)
		names[i] = shown[i] = v->rows[i].name;
	if (!mangled)
		demangle_names(names, v->count, &v->arena, shown);
	for (i = 0; i < v->count; i++)
		v->rows[i].shown = shown[i];
	return 0;
}

static int make_view(struct viewing *g)
{
	int r = g->tree->count ? gather(g) : -EINVAL;

	if (!r)
		r = show(g, 0, 0);
	free(g->first);
	free(g->entries);
	return r ? r : name_rows(g->view, g->o->mangled);
}

int size_view_one(struct size_view *v, struct size_tree *t, const struct size_view_options *o)
{
	struct viewing g = { .view = v, .tree = t, .o = o, .new_count = t->count };

	return make_view(&g);
}

/* Nodes of the old tree, found by their names in the new one or added to it. */
static int merge(const struct size_tree *older, struct size_tree *newer, struct old_sizes **ret)
{
	AUTO_FREE uint32_t *place = calloc((size_t)older->count + 1, sizeof(*place));
	AUTO_FREE struct old_sizes *old = calloc((size_t)older->count + newer->count + 1, sizeof(*old));
	uint32_t i;

	if (!place || !old)
		return -ENOMEM;
	for (i = 0; i < older->count && !newer->error && !newer->names.error; i++) {
		const struct size_node *n = &older->nodes[i];
		const char *name = older->names.text[n->name];

		if (i)
			place[i] = size_tree_node(newer, place[n->parent], size_name(&newer->names, name, strlen(name), true));
		old[place[i]] = (struct old_sizes){ n->file, n->loaded, true };
	}
	if (newer->error || newer->names.error)
		return -ENOMEM;
	*ret = steal_pointer(old);
	return 0;
}

int size_view_two(struct size_view *v, const struct size_tree *older, struct size_tree *newer,
		  const struct size_view_options *o)
{
	AUTO_FREE struct old_sizes *old = NULL;
	struct viewing g = { .view = v, .tree = newer, .o = o, .new_count = newer->count };
	int r = merge(older, newer, &old);

	if (r < 0)
		return r;
	g.old = old;
	v->two = true;
	return make_view(&g);
}

void size_view_release(struct size_view *v)
{
	free(v->rows);
	arena_release(&v->arena);
	*v = (struct size_view)SIZE_VIEW_INIT;
}
