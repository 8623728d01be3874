/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source lines of kept places: collected by ELF file, and asked for at once,
 * since each file costs a confined child.  Bounded: files beyond IMAGES_MAX
 * and places beyond QUERIES_MAX keep their symbols only.
 */
#include "reprocheck/compare/source_lines.h"
#include "reprocheck/compare/workspace.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IMAGES_MAX  16
#define QUERIES_MAX 128

/* The ELF file that a layout belongs to: the outermost layout that is its own image. */
static struct layout *own_image(const struct layout *l)
{
	struct layout *p;

	/* A decoded section's offsets are not the file's. */
	if (!l->image || l->image->content != l->content || strcmp(l->image->analyzer->name, "elf") != 0)
		return NULL;
	/* The image is the layout itself or one of its ancestors; found by walking up, it may be held. */
	for (p = (struct layout *)(uintptr_t)l; p; p = p->parent)
		if (p == l->image)
			return p;
	return NULL;
}

struct layout *sources_image(const struct workspace *w, const struct layout *l)
{
	struct layout *image = w->engine->no_source ? NULL : own_image(l);

	return image ? layout_ref(image) : NULL;
}

/* Kept places with an image, by image and offset: which of them are asked about does not depend on the threads. */
static int compare_kept(const void *x, const void *y)
{
	const struct kept_place *p = *(struct kept_place *const *)x, *q = *(struct kept_place *const *)y;
	uint64_t a = p->side ? p->p.b_off : p->p.a_off, b = q->side ? q->p.b_off : q->p.a_off;

	if (p->side != q->side)
		return p->side - q->side;
	if (p->image->base != q->image->base)
		return p->image->base < q->image->base ? -1 : 1;
	return a < b ? -1 : a > b;
}

static struct kept_place **places_with_image(const struct workspace *w, size_t *ret_count)
{
	size_t f, k, n = 0, count = 0;
	struct kept_place **out;

	for (f = 0; f < w->finding_count; f++)
		count += w->findings[f].kept_count;
	out = reallocarray(NULL, count + 1, sizeof(struct kept_place *));
	for (f = 0; out && f < w->finding_count; f++)
		for (k = 0; k < w->findings[f].kept_count; k++)
			if (w->findings[f].kept[k].image)
				out[n++] = &w->findings[f].kept[k];
	if (out)
		qsort(out, n, sizeof(*out), compare_kept);
	*ret_count = n;
	return out;
}

struct lookup {
	struct workspace *w;
	struct dwarf_query queries[QUERIES_MAX];
	struct place *places[QUERIES_MAX];
	size_t count;
};

static void collect(struct lookup *l, struct kept_place *k)
{
	uint64_t off = (k->side ? k->p.b_off : k->p.a_off) - k->image->base;

	if (l->count == QUERIES_MAX || !dwarf_query_at(k->image, off, &l->queries[l->count]))
		return;
	l->places[l->count++] = &k->p;
}

/* A line where it is known, else the unit; in debug information also what is described there. */
static void tell(struct engine *e, struct place *p, const struct dwarf_answer *a)
{
	if (!a->found)
		return;
	if (a->line)
		p->source = engine_printf(e, "%s:%u", *a->file ? a->file : a->unit, a->line);
	else if (*a->unit)
		p->source = engine_strdup(e, a->unit);
	if (*a->entity && !p->symbol)
		p->symbol = engine_strdup(e, a->entity);
}

static void ask(struct lookup *l, struct layout *image)
{
	AUTO_FREE struct dwarf_answer *answers = calloc(l->count + 1, sizeof(*answers));
	struct error err = { 0 };
	char text[600];
	size_t i;
	int r;

	if (!answers || !l->count)
		return;
	r = source_lines(image, l->queries, l->count, answers, &err);
	if (r < 0 && r != -ENODATA)
		workspace_note(l->w, "source lines: %s", error_text(&err, text, sizeof(text)));
	for (i = 0; i < l->count; i++)
		tell(l->w->engine, l->places[i], &answers[i]);
}

void sources_look_up(struct workspace *w)
{
	AUTO_FREE struct lookup *l = calloc(1, sizeof(*l));
	size_t n = 0, i, k, images;
	AUTO_FREE struct kept_place **places = places_with_image(w, &n);

	if (!l || !places)
		return;
	for (i = 0, images = 0; i < n && images < IMAGES_MAX; i = k, images++) {
		*l = (struct lookup){ .w = w };
		for (k = i; k < n && places[k]->image == places[i]->image; k++)
			collect(l, places[k]);
		ask(l, places[i]->image);
	}
}
