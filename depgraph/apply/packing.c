/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/apply/packing.h"

#include "analyzers/fatbin_entry.h"
#include "base/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN 8 /* of containers that NVIDIA's tools make; larger ones are kept by packing_fixed() */

void packing_release(struct packing *p)
{
	free(p->entries);
	free(p->place);
	free(p->length);
	free(p->slides);
	free(p->used);
	*p = (struct packing){ 0 };
}

int packing_init(struct packing *p, const struct gpu_code *gpu, const bool *keep, struct error *err)
{
	*p = (struct packing){ .gpu = gpu, .keep = keep };
	p->entries = calloc(gpu->entry_count + 1, sizeof(*p->entries));
	p->place = calloc(gpu->container_count + 1, sizeof(*p->place));
	p->length = calloc(gpu->container_count + 1, sizeof(*p->length));
	p->slides = calloc(gpu->section_count + 1, sizeof(*p->slides));
	p->used = calloc(gpu->section_count + 1, sizeof(*p->used));
	if (p->entries && p->place && p->length && p->slides && p->used)
		return 0;
	packing_release(p);
	return error_set(err, -ENOMEM, content_name(gpu->content), "out of memory");
}

/* Only where every byte is a container's or padding: other records could be found by their distance from one. */
const char *packing_fixed(const struct packing *p, uint32_t section)
{
	const struct gpu_section *s = &p->gpu->sections[section];
	const uint8_t *data = content_data(p->gpu->content);
	uint64_t pos = s->off;
	uint32_t i;

	if (s->member)
		return "it is in a static library";
	if (strcmp(s->name, ".nv_fatbin") != 0 && strcmp(s->name, "__nv_relfatbin") != 0)
		return "only .nv_fatbin and __nv_relfatbin hold nothing but containers";
	for (i = s->first; i < s->first + s->count; i++) {
		const struct gpu_container *c = &p->gpu->containers[i];

		if (c->hip)
			return "it holds HIP bundles";
		if (c->off % ALIGN || c->off < pos || !bytes_are_zero(data + pos, c->off - pos))
			return "something other than containers is in it";
		pos = c->off + c->bytes;
	}
	return bytes_are_zero(data + pos, s->off + s->bytes - pos) ? NULL : "something other than containers is in it";
}

void packing_slide(struct packing *p, uint32_t section)
{
	p->slides[section] = true;
}

static uint64_t entry_length(const struct packing *p, uint32_t e)
{
	return p->entries[e].bytes ? p->entries[e].len : p->gpu->entries[e].bytes;
}

bool packing_is_fatbin(const struct packing *p, uint32_t container)
{
	const struct gpu_container *c = &p->gpu->containers[container];

	return !c->hip && c->bytes >= FATBIN_CONTAINER_HEADER &&
	       fatbin_container_length(content_data(p->gpu->content) + c->off, c->bytes) == c->bytes;
}

static uint64_t container_length(const struct packing *p, uint32_t index)
{
	const struct gpu_container *c = &p->gpu->containers[index];
	uint64_t sum = FATBIN_CONTAINER_HEADER;
	uint32_t i;

	if (!packing_is_fatbin(p, index))
		return c->bytes;
	for (i = c->first; i < c->first + c->count; i++)
		if (p->keep[i])
			sum += entry_length(p, i);
	return sum;
}

static uint64_t align_up(uint64_t v)
{
	return (v + ALIGN - 1) & ~(uint64_t)(ALIGN - 1);
}

int packing_place(struct packing *p, struct error *err)
{
	const struct gpu_code *g = p->gpu;
	uint64_t end = 0;
	uint32_t s, i;

	for (s = 0; s < g->section_count; s++) {
		uint64_t next = g->sections[s].off;

		for (i = g->sections[s].first; i < g->sections[s].first + g->sections[s].count; i++) {
			const struct gpu_container *c = &g->containers[i];

			if (c->off < end || !range_inside(c->off, c->bytes, content_size(g->content)))
				return error_set_at(err, -EBADMSG, content_name(g->content), c->off,
						    "containers of GPU code overlap");
			end = c->off + c->bytes;
			p->length[i] = container_length(p, i);
			p->place[i] = p->slides[s] ? align_up(next) : c->off;
			next = p->place[i] + p->length[i];
			p->used[s] = next - g->sections[s].off;
		}
	}
	return 0;
}

/* ---- the image ----------------------------------------------------------------------------------------------- */

static void put_container(const struct packing *p, uint32_t index, struct image *img)
{
	const struct gpu_container *c = &p->gpu->containers[index];
	uint8_t *header;
	uint32_t i;

	if (p->length[index] == c->bytes) { /* nothing goes, or it is no fat binary */
		image_copy(img, c->off, c->bytes);
		return;
	}
	header = image_alloc(img, FATBIN_CONTAINER_HEADER);
	if (!header)
		return;
	memcpy(header, content_data(p->gpu->content) + c->off, FATBIN_CONTAINER_HEADER);
	store_uint(header + 8, p->length[index] - FATBIN_CONTAINER_HEADER, 8, false);
	image_bytes(img, header, FATBIN_CONTAINER_HEADER);
	for (i = c->first; i < c->first + c->count; i++) {
		if (!p->keep[i])
			continue;
		if (p->entries[i].bytes)
			image_bytes(img, p->entries[i].bytes, p->entries[i].len);
		else
			image_copy(img, p->gpu->entries[i].off, p->gpu->entries[i].bytes);
	}
}

static void put_section(const struct packing *p, uint32_t index, struct image *img)
{
	const struct gpu_section *s = &p->gpu->sections[index];
	uint32_t i;

	for (i = s->first; i < s->first + s->count; i++) {
		const struct gpu_container *c = &p->gpu->containers[i];

		if (p->slides[index])
			image_zero(img, p->place[i] - img->size);
		else
			image_copy(img, img->size, c->off - img->size);
		put_container(p, i, img);
		if (!p->slides[index])
			image_zero(img, c->off + c->bytes - img->size);
	}
	if (p->slides[index])
		image_zero(img, s->off + s->bytes - img->size);
}

void packing_image(const struct packing *p, struct image *img)
{
	const struct gpu_code *g = p->gpu;
	uint32_t s;

	for (s = 0; s < g->section_count; s++) {
		if (!g->sections[s].count)
			continue;
		if (p->slides[s])
			image_copy(img, img->size, g->sections[s].off - img->size);
		put_section(p, s, img);
	}
	image_copy(img, img->size, content_size(g->content) - img->size);
}
