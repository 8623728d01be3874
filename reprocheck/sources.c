/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source lines of kept places: collected by ELF file, and asked for at once,
 * since each file costs a confined child.  Bounded: files beyond IMAGES_MAX
 * and places beyond QUERIES_MAX keep their symbols only.
 */
#include "reprocheck/source_lines.h"
#include "reprocheck/workspace.h"

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

uint32_t sources_image(struct workspace *w, const struct layout *l)
{
	struct layout *image = w->engine->no_source ? NULL : own_image(l);
	size_t i;

	if (!image)
		return IMAGE_NONE;
	for (i = 0; i < w->image_count; i++)
		if (w->images[i] == image)
			return (uint32_t)i;
	if (w->image_count == IMAGES_MAX)
		return IMAGE_NONE;
	if (!w->images)
		w->images = reallocarray(NULL, IMAGES_MAX, sizeof(struct layout *));
	if (!w->images)
		return IMAGE_NONE;
	w->images[w->image_count++] = layout_ref(image);
	return (uint32_t)i;
}

struct lookup {
	struct workspace *w;
	struct dwarf_query queries[QUERIES_MAX];
	struct place *places[QUERIES_MAX];
	size_t count;
};

/* Only bytes that are loaded have an address that a line can own. */
static void collect(struct lookup *l, struct layout *image, struct kept_place *k)
{
	uint64_t off = (k->side ? k->p.b_off : k->p.a_off) - image->base, address;

	if (l->count == QUERIES_MAX || !image_address(image, off, &address))
		return;
	l->queries[l->count] = (struct dwarf_query){ .section = DWARF_ADDRESS, .value = address };
	l->places[l->count++] = &k->p;
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
	for (i = 0; i < l->count; i++) {
		const struct dwarf_answer *a = &answers[i];

		if (a->found && a->line)
			l->places[i]->source =
				engine_printf(l->w->engine, "%s:%u", *a->file ? a->file : a->unit, a->line);
	}
}

void sources_look_up(struct workspace *w)
{
	AUTO_FREE struct lookup *l = calloc(1, sizeof(*l));
	size_t i, f, k;

	for (i = 0; l && i < w->image_count; i++) {
		*l = (struct lookup){ .w = w };
		for (f = 0; f < w->finding_count; f++)
			for (k = 0; k < w->findings[f].kept_count; k++)
				if (w->findings[f].kept[k].image == i)
					collect(l, w->images[i], &w->findings[f].kept[k]);
		ask(l, w->images[i]);
	}
}
