/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/apply/gpu_edit.h"

#include "depgraph/apply/shrink.h"
#include "depgraph/gpu/keep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void gpu_edit_free(struct gpu_edit *e)
{
	if (!e)
		return;
	image_release(&e->image);
	packing_release(&e->packing);
	free(e->keep);
	gpu_free(e->gpu);
	elf_file_free(e->elf);
	content_unref(e->content);
	free(e);
}

static bool drop_matches(const struct gpu_drop *d, const struct gpu_entry *e)
{
	if (d->kind != e->kind)
		return false;
	if (d->target[0])
		return strcmp(d->target, e->target) == 0;
	return (d->any_arch || d->arch == e->arch) && (d->any_variant || d->variant == e->variant);
}

static bool asked_for(const struct gpu_edit_options *o, const struct gpu_entry *e)
{
	size_t i;

	for (i = 0; i < o->drop_count; i++)
		if (drop_matches(&o->drops[i], e))
			return true;
	return o->drop_all;
}

static int choose_entries(struct gpu_edit *e, const struct gpu_edit_options *o, struct error *err)
{
	const struct gpu_keep_options keep_options = { .drop_ptx = o->drop_ptx, .drop_lto_ir = o->drop_lto_ir };
	CLEANUP(gpu_keep_freep) struct gpu_keep *k = NULL;
	uint32_t i;
	int r = 0;

	e->keep = calloc((size_t)e->gpu->entry_count + 1, sizeof(*e->keep));
	if (!e->keep)
		return error_set(err, -ENOMEM, content_name(e->content), "out of memory");
	if (o->targets && o->targets->count)
		r = gpu_keep(e->gpu, o->targets, &keep_options, &k, err);
	if (r < 0)
		return r;
	for (i = 0; i < e->gpu->entry_count; i++) {
		const struct gpu_entry *entry = &e->gpu->entries[i];

		e->keep[i] = !k || k->verdicts[i].keep || !asked_for(o, entry) ||
			     e->gpu->containers[entry->container].hip;
		e->kept += e->keep[i];
		e->dropped += !e->keep[i];
		e->dropped_bytes += e->keep[i] ? 0 : entry->bytes;
	}
	return 0;
}

static void note_fixed(void *ctx, const char *section, const char *why)
{
	struct gpu_edit *e = ctx;

	if (e->note_count < GPU_EDIT_NOTES)
		(void)snprintf(e->notes[e->note_count++], sizeof(e->notes[0]), "%s is punched, not shrunk: %s", section, why);
}

/* Bare containers just end earlier; only a linked ELF file has addresses. */
static int shrink_bare(struct gpu_edit *e, struct error *err)
{
	struct image *img = &e->image;
	const struct gpu_code *g = e->gpu;
	struct image_piece *last;

	if (g->section_count != 1 || g->container_count != 1 || g->sections[0].name[0])
		return error_set(err, -EOPNOTSUPP, content_name(e->content),
				 "only a linked ELF file or a bare container can be shrunk; --mode punch works");
	last = img->piece_count ? &img->pieces[img->piece_count - 1] : NULL;
	if (last && last->kind == IMAGE_ZERO) {
		img->size -= last->len;
		img->piece_count--;
	}
	return 0;
}

static int plan_image(struct gpu_edit *e, const struct gpu_edit_options *o, struct error *err)
{
	int r = packing_place(&e->packing, err);

	if (r < 0)
		return r;
	packing_image(&e->packing, &e->image);
	if (e->image.error)
		return error_set(err, e->image.error, content_name(e->content), "cannot be planned");
	if (!o->shrink)
		return 0;
	return e->elf ? shrink_finish(&e->packing, e->elf, &e->image, err) : shrink_bare(e, err);
}

static int plan(struct gpu_edit *e, const struct gpu_edit_options *o, struct error *err)
{
	int r = gpu_read(e->content, &e->gpu, err);

	if (r < 0)
		return r;
	if (elf_file_probe(content_data(e->content), content_size(e->content)))
		r = elf_file_open(e->content, 0, content_size(e->content), &e->elf, err);
	if (r == 0)
		r = choose_entries(e, o, err);
	if (r == 0)
		r = packing_init(&e->packing, e->gpu, e->keep, err);
	if (r == 0 && o->compress)
		r = recompress_entries(&e->packing, &e->image, o->level, o->pool, o->stop, o->ctx, &e->recompressed, err);
	if (r == 0 && o->shrink && e->elf)
		r = shrink_choose(&e->packing, e->elf, note_fixed, e, err);
	return r < 0 ? r : plan_image(e, o, err);
}

int gpu_edit_plan(struct content *c, const struct gpu_edit_options *o, struct gpu_edit **ret, struct error *err)
{
	CLEANUP(gpu_edit_freep) struct gpu_edit *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return error_set(err, -ENOMEM, content_name(c), "out of memory");
	e->content = content_ref(c);
	e->shrink = o->shrink;
	image_init(&e->image, c);
	r = plan(e, o, err);
	if (r < 0)
		return r;
	*ret = steal_pointer(e);
	return 0;
}
