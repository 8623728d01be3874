/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which object, archive or library a place came from.
 *
 * Of an object or a static library that is plain.  Of a linked file the link map tells: each of
 * its rows is an input section at an address.  Sizes in maps may be those before
 * the linker merged strings or relaxed code, so a row ends at latest where the next
 * one of its output section begins.  A map is believed only when its output sections are those of the file, at the
 * same addresses and with the same sizes.
 */
#include "base/cleanup.h"
#include "depgraph/inputs/map_match.h"
#include "depgraph/size/paint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct origin {
	struct size_subject *s;
	const struct size_window *w;
	const struct linkmap *map;
	enum size_key key;
	struct size_claims *claims;
	uint32_t *files;    /* names of the map's files by this key; UINT32_MAX: not yet */
	uint32_t *unloaded; /* of each output section: the file's section that has it, when it is not loaded; 0 */
};

/* ---- rows ---------------------------------------------------------------------------------------------------- */

/* Archives and shared libraries are libraries; what was named on the command line is itself. */
static uint32_t file_name(struct origin *o, uint32_t index)
{
	const struct linkmap_file *f = &o->map->files[index];
	const char *text = f->name;

	if (o->files[index] != UINT32_MAX)
		return o->files[index];
	if (o->key != SIZE_OBJECT)
		text = f->member ? f->path : o->key == SIZE_ARCHIVE ? "[no archive]" : "[objects]";
	o->files[index] = size_namef(&o->s->tree->names, "%s", text);
	return o->files[index];
}

static int compare_rows(const void *a, const void *b)
{
	const struct linkmap_section *const *x = a, *const *y = b;

	if ((*x)->output != (*y)->output)
		return (*x)->output < (*y)->output ? -1 : 1;
	if ((*x)->address != (*y)->address)
		return (*x)->address < (*y)->address ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

static void claim_addresses(struct origin *o, const struct linkmap_section *row, uint64_t end)
{
	uint64_t address = row->address, place, left;

	while (address < end && size_address_place(&o->s->space, o->w, address, &place, &left)) {
		left = left < end - address ? left : end - address;
		size_claim(o->claims, place, place + left, file_name(o, row->file), 0);
		address += left;
	}
}

/* Debug information has no addresses: the map counts from 0, or wherever its output section is said to be. */
static void claim_row(struct origin *o, const struct linkmap_section *row, uint64_t end)
{
	const struct linkmap_output *out = &o->map->outputs[row->output];
	uint64_t last = out->address + out->size, place, length;

	end = end < last ? end : last;
	if (row->address < out->address || row->address >= end)
		return;
	end = row->size < end - row->address ? row->address + row->size : end;
	if (!o->unloaded[row->output])
		claim_addresses(o, row, end);
	else if (size_section_place(&o->s->space, o->w, o->unloaded[row->output], &place, &length))
		size_claim(o->claims, place + (row->address - out->address), place + (end - out->address),
			   file_name(o, row->file), 0);
}

/* Of the same size, so neither compressed nor stripped since. */
static void find_unloaded(struct origin *o)
{
	const struct elf_file *f = o->w->elf;
	uint32_t i, k;

	for (i = 0; i < o->map->output_count; i++)
		for (k = 1; k < f->section_count && !o->unloaded[i]; k++) {
			const struct elf_file_section *x = &f->sections[k];

			if (!(x->flags & SHF_ALLOC) && x->size_in_file && x->size_in_file == o->map->outputs[i].size &&
			    !strcmp(x->name, o->map->outputs[i].name))
				o->unloaded[i] = k;
		}
}

static int claim_rows(struct origin *o)
{
	const struct linkmap *m = o->map;
	AUTO_FREE const struct linkmap_section **rows = reallocarray(NULL, m->section_count + 1, sizeof(*rows));
	size_t i, n = 0;

	if (!rows)
		return -ENOMEM;
	for (i = 0; i < m->section_count; i++)
		if (m->sections[i].file < m->file_count && m->sections[i].output < m->output_count && m->sections[i].size &&
		    (m->outputs[m->sections[i].output].address || o->unloaded[m->sections[i].output]))
			rows[n++] = &m->sections[i];
	qsort(rows, n, sizeof(*rows), compare_rows);
	for (i = 0; i < n; i++) {
		bool clipped = i + 1 < n && rows[i + 1]->output == rows[i]->output;

		claim_row(o, rows[i], clipped ? rows[i + 1]->address : UINT64_MAX);
	}
	return 0;
}

static int paint_map(struct size_subject *s, const struct size_window *w, struct size_canvas *c, enum size_key key,
		     struct error *err)
{
	AUTO_FREE uint32_t *files = reallocarray(NULL, s->map->file_count + 1, sizeof(*files));
	AUTO_FREE uint32_t *unloaded = calloc((size_t)s->map->output_count + 1, sizeof(*unloaded));
	struct origin o = { .s = s, .w = w, .map = s->map, .key = key, .claims = &c->claims[SIZE_DETAIL], .files = files,
			    .unloaded = unloaded };
	int r = files && unloaded ? map_match(s->map, w->elf, s->path, err) : -ENOMEM;

	if (r < 0)
		return r;
	memset(files, 0xff, (s->map->file_count + 1) * sizeof(*files));
	find_unloaded(&o);
	return claim_rows(&o);
}

/* ---- objects and archives ------------------------------------------------------------------------------------ */

static void paint_members(struct size_subject *s, struct size_canvas *c)
{
	size_t i;

	for (i = 0; i < s->space.member_count; i++) {
		const struct size_member *m = &s->space.members[i];

		size_claim(&c->claims[SIZE_DETAIL], m->off, m->off + m->size,
			   size_namef(&s->tree->names, "%s(%s)", s->shown, m->name), 0);
	}
}

/* Memory belongs to the member whose section it is. */
static void paint_memory(struct size_subject *s, struct size_canvas *c)
{
	size_t i, k;

	for (i = 0; i < s->space.window_count; i++) {
		const struct size_window *w = &s->space.windows[i];

		for (k = w->first; k < w->first + w->count; k++)
			size_claim(&c->claims[SIZE_DETAIL], s->space.extents[k].place,
				   s->space.extents[k].place + s->space.extents[k].length,
				   w->member ? size_namef(&s->tree->names, "%s(%s)", s->shown, w->member) :
					       size_namef(&s->tree->names, "%s", s->shown), 0);
	}
}

int size_paint_origin(struct size_subject *s, struct size_canvas *c, enum size_key key, struct error *err)
{
	const struct size_window *w = s->space.window_count ? &s->space.windows[0] : NULL;

	if (w && !s->archive && s->map && w->linked) {
		size_structure(s, c, false);
		return paint_map(s, w, c, key, err);
	}
	if (s->alone && w && !s->archive && w->linked)
		return error_set(err, -EINVAL, s->path, "is linked: --map FILE says which %s its bytes came from", size_key_name(key));
	if (key == SIZE_ARCHIVE && !s->archive)
		size_claim(&c->claims[SIZE_WINDOWS], 0, s->space.total, size_namef(&s->tree->names, "[no archive]"), 0);
	else if (key == SIZE_OBJECT && s->archive)
		size_structure(s, c, false);
	else
		size_claim(&c->claims[SIZE_WINDOWS], 0, s->space.total, size_namef(&s->tree->names, "%s", s->shown), 0);
	if (key == SIZE_OBJECT && s->archive) {
		paint_members(s, c);
		paint_memory(s, c);
	}
	return 0;
}
