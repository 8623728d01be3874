/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a target contributes.  With a model of the link: sections that a root reaches.  With the map alone: bytes of
 * its objects in the output; a member that the map does not list was not extracted.  A target of which neither an
 * object nor an archive is seen anywhere says nothing, and nothing is said of it.
 */
#include "depgraph/targets/analysis.h"

#include "analyzers/ar_members.h"
#include "depgraph/link/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void analysis_release(struct analysis *a)
{
	free(a->state);
	free(a->owners);
	free(a->dependents);
	free(a->dependents_first);
	free(a->owned);
	free(a->owned_first);
	target_graph_free(a->depfiles);
}

static uint32_t owner_of_path(const struct analysis *a, const char *path, const char *other)
{
	uint32_t t = target_graph_owner(a->g, path, NULL);

	return t == TARGET_NONE && other ? target_graph_owner(a->g, other, NULL) : t;
}

static void see_link(struct analysis *a)
{
	const struct link *l = a->p->link;
	uint32_t o, i;

	for (o = 0; o < l->object_count; o++) {
		const struct link_object *object = &l->objects[o];
		uint32_t t = object->input ? owner_of_path(a, object->input->path, object->input->link_name) : TARGET_NONE;
		struct target_state *s;

		a->owners[o] = t;
		if (t == TARGET_NONE)
			continue;
		s = &a->state[t];
		s->present = true;
		s->linked = s->linked || object->linked;
		s->opaque = s->opaque || object->lto;
		s->live = s->live || (object->lto && object->linked);
		for (i = 0; i < object->count; i++)
			s->live = s->live || (l->sections[object->first + i].live && l->sections[object->first + i].in_output);
	}
}

static void see_map(struct analysis *a, const struct linkmap *m)
{
	size_t i;

	for (i = 0; i < m->file_count; i++) {
		uint32_t t = target_graph_owner(a->g, m->files[i].path, m->files[i].member);

		if (t != TARGET_NONE)
			a->state[t].present = true;
	}
	if (a->p->link)
		return;
	for (i = 0; i < m->section_count; i++) {
		const struct linkmap_section *s = &m->sections[i];
		uint32_t t = TARGET_NONE;

		if (s->file != LINKMAP_NONE && s->size)
			t = target_graph_owner(a->g, m->files[s->file].path, NULL);
		if (t != TARGET_NONE)
			a->state[t].linked = a->state[t].live = true;
	}
}

static void see_inputs(struct analysis *a)
{
	const struct inputs *in = a->p->in;
	const struct input *output = inputs_output(in);
	size_t i;

	if (output)
		a->output = owner_of_path(a, output->path, output->link_name);
	for (i = 0; i < in->count; i++) {
		const struct input *n = &in->items[i];
		uint32_t t;

		if (n->kind != INPUT_OBJECT && n->kind != INPUT_ARCHIVE && n->kind != INPUT_BITCODE)
			continue;
		t = owner_of_path(a, n->path, n->link_name);
		if (t == TARGET_NONE)
			continue;
		a->state[t].present = true;
		a->state[t].opaque = a->state[t].opaque || n->kind == INPUT_BITCODE;
	}
}

/* Targets that the output's depends on by edges that link; without an output's target, those that contribute. */
static int find_scope(struct analysis *a)
{
	const struct target_graph *g = a->g;
	AUTO_FREE uint32_t *queue = calloc((size_t)g->target_count + 1, sizeof(*queue));
	uint32_t head = 0, tail = 0, i;

	if (!queue)
		return -ENOMEM;
	for (i = 0; i < g->target_count; i++)
		if (a->output == TARGET_NONE ? a->state[i].live : i == a->output) {
			a->state[i].scope = true;
			queue[tail++] = i;
		}
	while (head < tail) {
		uint32_t t = queue[head++];

		for (i = 0; i < g->targets[t].dependency_count; i++) {
			const struct target_dependency *d = target_dependencies(g, t) + i;

			if (!d->links || a->state[d->to].scope)
				continue;
			a->state[d->to].scope = true;
			queue[tail++] = d->to;
		}
	}
	return 0;
}

int analysis_live(struct analysis *a)
{
	uint32_t i;
	int r;

	a->output = TARGET_NONE;
	a->state = calloc((size_t)a->g->target_count + 1, sizeof(*a->state));
	a->owners = calloc(a->p->link ? (size_t)a->p->link->object_count + 1 : 1, sizeof(*a->owners));
	if (!a->state || !a->owners)
		return -ENOMEM;
	see_inputs(a);
	if (a->p->link)
		see_link(a);
	if (a->p->in->map)
		see_map(a, a->p->in->map);
	r = find_scope(a);
	for (i = 0; i < a->g->target_count; i++) {
		struct target_state *s = &a->state[i];

		s->live = s->live || i == a->output;
		s->dead = s->scope && s->present && !s->live && !s->opaque;
	}
	return r;
}

/*
 * Lists by target out of pairs (key, value): [first[k], first[k + 1]).  Counted, then filled from the ends, so that each
 * first is where it belongs when all are placed.
 */
struct pair {
	uint32_t key, value;
};

static int group(const struct pair *pairs, size_t n, uint32_t keys, uint32_t **ret_first, uint32_t **ret_values)
{
	uint32_t *first = calloc((size_t)keys + 2, sizeof(*first)), *values = calloc(n + 1, sizeof(*values));
	size_t i;

	*ret_first = first;
	*ret_values = values;
	if (!first || !values)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		first[pairs[i].key]++;
	for (i = 1; i <= keys; i++)
		first[i] += first[i - 1];
	for (i = n; i-- > 0;)
		values[--first[pairs[i].key]] = pairs[i].value;
	return 0;
}

int analysis_index(struct analysis *a)
{
	const struct target_graph *g = a->g;
	size_t n = g->dependency_count > g->object_count ? g->dependency_count : g->object_count, count = 0, i;
	AUTO_FREE struct pair *pairs = calloc(n + 1, sizeof(*pairs));
	uint32_t t, k;
	int r;

	if (!pairs)
		return -ENOMEM;
	for (t = 0; t < g->target_count; t++)
		for (k = 0; k < g->targets[t].dependency_count; k++)
			pairs[count++] = (struct pair){ target_dependencies(g, t)[k].to, t };
	r = group(pairs, count, g->target_count, &a->dependents_first, &a->dependents);
	for (count = 0, i = 0; i < g->object_count; i++) {
		t = target_graph_owner(g, g->objects[i].path, NULL);
		if (t != TARGET_NONE)
			pairs[count++] = (struct pair){ t, (uint32_t)i };
	}
	return r < 0 ? r : group(pairs, count, g->target_count, &a->owned_first, &a->owned);
}

/* ---- objects of a target ------------------------------------------------------------------------------------ */

struct visit {
	int (*found)(void *ctx, const char *name, const struct elf_file *elf);
	void *ctx;
	bool complete;
};

static int visit_archive(const struct input *n, struct visit *v)
{
	const uint8_t *data = content_data(n->content);
	struct ar_member member;
	struct ar_members m;
	int r = ar_members_begin(&m, data, content_size(n->content), n->path, NULL);

	if (r < 0 || m.thin) {
		v->complete = false;
		return 0;
	}
	while ((r = ar_members_next(&m, &member, NULL)) > 0) {
		struct elf_file *elf = NULL;

		if (elf_file_open(n->content, member.off, member.size, &elf, NULL) < 0) {
			v->complete = false;
			continue;
		}
		if (elf_file_lto(elf) == ELF_LTO_ONLY)
			v->complete = false;
		r = v->found(v->ctx, member.name, elf);
		elf_file_free(elf);
		if (r < 0)
			return r;
	}
	v->complete = v->complete && !r;
	return 0;
}

int analysis_objects(const struct analysis *a, uint32_t t, int (*found)(void *ctx, const char *name, const struct elf_file *elf),
		     void *ctx, bool *ret_complete)
{
	struct visit v = { found, ctx, true };
	const struct inputs *in = a->p->in;
	bool any = false;
	size_t i;
	int r = 0;

	for (i = 0; i < in->count && r >= 0; i++) {
		const struct input *n = &in->items[i];

		if ((n->kind != INPUT_OBJECT && n->kind != INPUT_ARCHIVE) || owner_of_path(a, n->path, n->link_name) != t)
			continue;
		any = true;
		r = n->kind == INPUT_OBJECT ? found(ctx, n->path, n->elf) : visit_archive(n, &v);
	}
	*ret_complete = any && v.complete;
	return r < 0 ? r : 0;
}
