/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What readers say arrives in the input's order and is kept as flat arrays of
 * (target, what); target_builder_finish() sorts them by target with one counting pass each, which
 * keeps the order of declaration.  Strings are numbers until then, so an edge costs 20 bytes and an
 * item 12, whatever the lengths of the labels.
 */
#include "depgraph/targets/builder.h"

#include "depgraph/targets/graph_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTRIBUTES_MAX 4096

struct pending_edge {
	uint32_t from, to; /* `to` is a label's number when maybe is set */
	uint32_t place;
	uint16_t attribute;
	uint8_t flags;
	bool maybe;
};

struct pending_item {
	uint32_t target;
	uint32_t list;
	uint32_t text;
};

struct pending_header {
	uint32_t object;
	uint32_t text;
};

struct vector {
	void *items;
	size_t count, capacity;
};

struct target_builder {
	struct target_graph *g;
	struct vector targets, edges, items, places, objects, headers;
	struct intern attributes, place_keys; /* number + 1 = place */
	uint32_t object; /* the last that was asked for */
	int error;
};

/* One more item of `size` bytes, zeroed; NULL (sticky) when there is no memory. */
static void *vector_more(struct target_builder *b, struct vector *v, size_t size)
{
	void *item;

	if (b->error < 0)
		return NULL;
	if (v->count == v->capacity) {
		size_t capacity = v->capacity ? v->capacity + v->capacity / 2 : 64;
		void *items = reallocarray(v->items, capacity, size);

		if (!items) {
			b->error = -ENOMEM;
			return NULL;
		}
		v->items = items;
		v->capacity = capacity;
	}
	item = (char *)v->items + v->count++ * size;
	memset(item, 0, size);
	return item;
}

int target_builder_new(struct target_builder **ret)
{
	CLEANUP(target_builder_freep) struct target_builder *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->g = target_graph_new();
	if (!b->g)
		return -ENOMEM;
	(void)vector_more(b, &b->places, sizeof(struct target_place));
	if (b->error < 0)
		return b->error;
	*ret = steal_pointer(b);
	return 0;
}

void target_builder_free(struct target_builder *b)
{
	if (!b)
		return;
	free(b->targets.items);
	free(b->edges.items);
	free(b->items.items);
	free(b->places.items);
	free(b->objects.items);
	free(b->headers.items);
	intern_release(&b->attributes);
	intern_release(&b->place_keys);
	target_graph_free(b->g);
	free(b);
}

int target_builder_error(const struct target_builder *b)
{
	return b->error;
}

static uint32_t string_number(struct target_builder *b, const char *s, size_t n)
{
	uint32_t id = 0;

	if (!b->error && intern_add(&graph_private(b->g)->strings, &b->g->arena, s, n, &id) < 0)
		b->error = -ENOMEM;
	return id;
}

const char *target_builder_intern(struct target_builder *b, const char *s, size_t n)
{
	uint32_t id = string_number(b, s, n);

	return b->error ? "" : graph_private(b->g)->strings.strings[id];
}

uint32_t target_builder_known(const struct target_builder *b, const char *label, size_t n)
{
	const struct intern *labels = &graph_private(b->g)->labels;

	return intern_find(labels, label, n);
}

uint32_t target_builder_target(struct target_builder *b, const char *label, size_t n)
{
	struct intern *labels = &graph_private(b->g)->labels;
	struct target *t;
	uint32_t id = 0;

	if (b->error)
		return 0;
	if (labels->count >= TARGETS_MAX || intern_add(labels, &b->g->arena, label, n, &id) < 0)
		b->error = -ENOMEM;
	if (b->error || id < b->targets.count)
		return b->error ? 0 : id;
	t = vector_more(b, &b->targets, sizeof(*t));
	if (!t)
		return 0;
	t->label = labels->strings[id];
	t->rule = "";
	return id;
}

struct target *target_builder_at(struct target_builder *b, uint32_t t)
{
	static _Thread_local struct target scratch; /* after a failure: written, never read */

	return !b->error && t < b->targets.count ? (struct target *)b->targets.items + t : &scratch;
}

/* Equal places are one number. */
uint32_t target_builder_place(struct target_builder *b, const char *file, size_t n, uint32_t line)
{
	const char *name = target_builder_intern(b, file, n);
	char key[32];
	int k = snprintf(key, sizeof(key), "%llx:%x", (unsigned long long)(uintptr_t)name, line);
	struct target_place *p;
	uint32_t id = 0;

	if (!b->error && intern_add(&b->place_keys, &b->g->arena, key, (size_t)k, &id) < 0)
		b->error = -ENOMEM;
	if (b->error || id + 1 < b->places.count)
		return b->error ? 0 : id + 1;
	p = vector_more(b, &b->places, sizeof(*p));
	if (!p)
		return 0;
	*p = (struct target_place){ .file = name, .line = line };
	return id + 1;
}

static struct pending_edge *add_edge(struct target_builder *b, uint32_t from, const char *attribute, unsigned flags)
{
	uint32_t id = 0;
	struct pending_edge *e;

	if (b->error)
		return NULL;
	if (b->attributes.count >= ATTRIBUTES_MAX ||
	    intern_add(&b->attributes, &b->g->arena, attribute, strlen(attribute), &id) < 0) {
		b->error = -ENOMEM;
		return NULL;
	}
	e = vector_more(b, &b->edges, sizeof(*e));
	if (e)
		*e = (struct pending_edge){ .from = from, .attribute = (uint16_t)id, .flags = (uint8_t)flags };
	return e;
}

void target_builder_depend(struct target_builder *b, uint32_t from, uint32_t to, const char *attribute, unsigned flags,
			   uint32_t place)
{
	struct pending_edge *e;

	if (from == to)
		return;
	e = add_edge(b, from, attribute, flags);
	if (e) {
		e->to = to;
		e->place = place;
	}
}

void target_builder_maybe(struct target_builder *b, uint32_t from, const char *label, size_t n, const char *attribute,
			  unsigned flags)
{
	uint32_t text = string_number(b, label, n);
	struct pending_edge *e = add_edge(b, from, attribute, flags);

	if (e) {
		e->to = text;
		e->maybe = true;
	}
}

void target_builder_item(struct target_builder *b, uint32_t t, enum target_items list, const char *s, size_t n)
{
	uint32_t text = string_number(b, s, n);
	struct pending_item *i = vector_more(b, &b->items, sizeof(*i));

	if (i)
		*i = (struct pending_item){ .target = t, .list = list, .text = text };
}

struct target_object *target_builder_object(struct target_builder *b, const char *path, size_t n)
{
	static _Thread_local struct target_object scratch;
	struct intern *paths = &graph_private(b->g)->object_paths;
	struct target_object *o;
	uint32_t id = 0;

	if (!b->error && intern_add(paths, &b->g->arena, path, n, &id) < 0)
		b->error = -ENOMEM;
	if (b->error)
		return &scratch;
	b->object = id;
	if (id < b->objects.count)
		return (struct target_object *)b->objects.items + id;
	o = vector_more(b, &b->objects, sizeof(*o));
	if (!o)
		return &scratch;
	o->path = paths->strings[id];
	return o;
}

void target_builder_header(struct target_builder *b, const char *s, size_t n)
{
	uint32_t text = string_number(b, s, n);
	struct pending_header *h = vector_more(b, &b->headers, sizeof(*h));

	if (h)
		*h = (struct pending_header){ .object = b->object, .text = text };
}

/* ---- finishing ---------------------------------------------------------------------------------------------- */

static bool resolve_maybe(const struct target_builder *b, struct pending_edge *e)
{
	const char *label = graph_private(b->g)->strings.strings[e->to];
	uint32_t t = target_builder_known(b, label, strlen(label));

	if (t == UINT32_MAX || !((const struct target *)b->targets.items)[t].described || t == e->from)
		return false;
	e->to = t;
	return true;
}

static int edge_order(const void *x, const void *y)
{
	const struct pending_edge *a = x, *b = y;

	return a->to != b->to ? (a->to < b->to ? -1 : 1) : (int)a->attribute - (int)b->attribute;
}

/* Equal declarations (several configurations, several inputs) are one; flags that differ add up. Sorts when there are many. */
static size_t unique_edges(struct pending_edge *e, size_t n)
{
	size_t i, k, kept = 0;

	if (n > 32)
		qsort(e, n, sizeof(*e), edge_order);
	for (i = 0; i < n; i++) {
		for (k = n > 32 && kept ? kept - 1 : 0; k < kept; k++)
			if (!edge_order(&e[k], &e[i]))
				break;
		if (k == kept)
			e[kept++] = e[i];
		else {
			e[k].flags |= e[i].flags;
			e[k].place = e[k].place ? e[k].place : e[i].place;
		}
	}
	return kept;
}

/* The edges of each target together: counted, placed, made unique, copied. */
static int finish_edges(struct target_builder *b)
{
	struct pending_edge *e = b->edges.items;
	size_t n = b->edges.count, targets = b->targets.count, i, kept = 0;
	AUTO_FREE size_t *first = calloc(targets + 2, sizeof(*first));
	AUTO_FREE struct pending_edge *sorted = calloc(n ? n : 1, sizeof(*sorted));
	struct target *t = b->targets.items;

	if (!first || !sorted)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		if (!e[i].maybe || resolve_maybe(b, &e[i]))
			e[kept++] = e[i];
	for (i = 0; i < kept; i++)
		first[e[i].from + 2]++;
	for (i = 2; i < targets + 2; i++)
		first[i] += first[i - 1];
	for (i = 0; i < kept; i++)
		sorted[first[e[i].from + 1]++] = e[i];
	b->g->dependencies = calloc(kept ? kept : 1, sizeof(*b->g->dependencies));
	if (!b->g->dependencies)
		return -ENOMEM;
	for (i = 0; i < targets; i++) {
		size_t k, count = unique_edges(sorted + first[i], first[i + 1] - first[i]);

		t[i].first_dependency = (uint32_t)b->g->dependency_count;
		t[i].dependency_count = (uint32_t)count;
		for (k = 0; k < count; k++) {
			const struct pending_edge *p = &sorted[first[i] + k];

			b->g->dependencies[b->g->dependency_count++] = (struct target_dependency){
				.to = p->to, .place = p->place, .attribute = p->attribute,
				.links = p->flags & TARGET_LINKS, .reexported = p->flags & TARGET_REEXPORTED,
			};
		}
	}
	return 0;
}

static struct target_list *list_of(struct target *t, uint32_t list)
{
	switch (list) {
	case TARGET_OUTPUTS: return &t->outputs;
	case TARGET_SOURCES: return &t->sources;
	case TARGET_HEADERS: return &t->headers;
	default: return &t->includes;
	}
}

/* Two passes over both kinds of items: count, then place. A text that a list has just got is not put there twice. */
static int finish_items(struct target_builder *b)
{
	const struct pending_item *items = b->items.items;
	const struct pending_header *headers = b->headers.items;
	struct target *targets = b->targets.items;
	struct target_object *objects = b->objects.items;
	const char *const *strings = graph_private(b->g)->strings.strings;
	size_t i, at = 0, total = b->items.count + b->headers.count;
	uint32_t list;

	if (total > UINT32_MAX)
		return -ENOMEM;
	b->g->items = calloc(total ? total : 1, sizeof(*b->g->items));
	if (!b->g->items)
		return -ENOMEM;
	for (i = 0; i < b->items.count; i++)
		list_of(&targets[items[i].target], items[i].list)->count++;
	for (i = 0; i < b->headers.count; i++)
		objects[headers[i].object].headers.count++;
	for (i = 0; i < b->targets.count; i++)
		for (list = 0; list < TARGET_ITEMS; list++) {
			struct target_list *l = list_of(&targets[i], list);

			l->first = (uint32_t)at;
			at += l->count;
			l->count = 0;
		}
	for (i = 0; i < b->objects.count; i++) {
		objects[i].headers.first = (uint32_t)at;
		at += objects[i].headers.count;
		objects[i].headers.count = 0;
	}
	for (i = 0; i < b->items.count; i++) {
		struct target_list *l = list_of(&targets[items[i].target], items[i].list);

		if (!l->count || b->g->items[l->first + l->count - 1] != strings[items[i].text])
			b->g->items[l->first + l->count++] = strings[items[i].text];
	}
	for (i = 0; i < b->headers.count; i++) {
		struct target_list *l = &objects[headers[i].object].headers;

		b->g->items[l->first + l->count++] = strings[headers[i].text];
	}
	b->g->item_count = at;
	return 0;
}

int target_builder_finish(struct target_builder *b, struct target_graph **ret)
{
	struct target_graph *g = b->g;
	int r = b->error;

	if (!r && b->edges.count >= UINT32_MAX)
		r = -ENOMEM;
	if (!r)
		r = finish_edges(b);
	if (!r)
		r = finish_items(b);
	if (!r) {
		g->targets = steal_pointer(b->targets.items);
		g->target_count = (uint32_t)b->targets.count;
		g->objects = steal_pointer(b->objects.items);
		g->object_count = b->objects.count;
		g->places = steal_pointer(b->places.items);
		g->attributes = steal_pointer(b->attributes.strings);
		r = target_graph_index(g);
	}
	if (!r)
		*ret = steal_pointer(b->g);
	target_builder_free(b);
	return r;
}
