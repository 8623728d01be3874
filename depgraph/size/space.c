/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/size/space.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* No address space is larger; so sums cannot overflow. */
#define MEMORY_MAX (UINT64_C(1) << 57)

bool size_is_linked(const struct elf_file *f)
{
	uint32_t i;

	for (i = 0; i < f->segment_count; i++)
		if (f->segments[i].type == PT_LOAD)
			return true;
	return false;
}

int size_space_begin(struct size_space *s, struct content *c)
{
	s->content = content_ref(c);
	s->size = s->total = content_size(c);
	return 0;
}

static int add_extent(struct size_space *s, uint64_t address, uint64_t length, uint32_t section, enum size_memory kind)
{
	if (!length)
		return 0;
	if (s->extent_count == s->extent_capacity) {
		size_t capacity = s->extent_capacity ? 2 * s->extent_capacity : 16;
		struct size_extent *extents = reallocarray(s->extents, capacity, sizeof(*extents));

		if (!extents)
			return -ENOMEM;
		s->extents = extents;
		s->extent_capacity = capacity;
	}
	s->extents[s->extent_count++] = (struct size_extent){ s->total, length, address, section, kind };
	s->total += length;
	return 0;
}

/*
 * What gets into memory: `filesz` bytes of the file, as far as it has them, and zeros up to `memsz`.
 */
static int add_load(struct size_space *s, const struct size_window *w, const struct elf_file_segment *p, uint32_t section)
{
	uint64_t have = p->off > w->size ? 0 : w->size - p->off;
	uint64_t filesz = p->filesz < p->memsz ? p->filesz : p->memsz;

	if (p->memsz > MEMORY_MAX || s->loaded > MEMORY_MAX - p->memsz) {
		s->ignored++;
		return 0;
	}
	s->loaded += p->memsz;
	filesz = filesz < have ? filesz : have;
	size_claim(&s->loads, w->off + p->off, w->off + p->off + filesz, 1, 0);
	return add_extent(s, p->vaddr + filesz, p->memsz - filesz, section, SIZE_ZERO_FILL);
}

static int load_segments(struct size_space *s, const struct size_window *w)
{
	uint32_t i;
	int r = 0;

	for (i = 0; !r && i < w->elf->segment_count; i++)
		if (w->elf->segments[i].type == PT_LOAD)
			r = add_load(s, w, &w->elf->segments[i], 0);
	return r;
}

static int load_sections(struct size_space *s, const struct size_window *w)
{
	uint32_t i;
	int r = 0;

	for (i = 1; !r && i < w->elf->section_count; i++) {
		const struct elf_file_section *x = &w->elf->sections[i];
		struct elf_file_segment p = { .off = x->off, .vaddr = 0, .filesz = x->size_in_file, .memsz = x->size };

		if (x->flags & SHF_ALLOC && x->type != SHT_NULL)
			r = add_load(s, w, &p, i);
	}
	return r;
}

static int make_window(struct size_space *s, struct size_window *w)
{
	int r;

	w->first = s->extent_count;
	w->linked = size_is_linked(w->elf);
	r = w->linked ? load_segments(s, w) : load_sections(s, w);
	w->count = s->extent_count - w->first;
	return r;
}

int size_space_window(struct size_space *s, struct elf_file *elf, const char *member)
{
	struct size_window w = { .elf = elf, .member = member, .off = elf->base, .size = elf->size };
	size_t capacity = s->window_capacity ? 2 * s->window_capacity : 1;

	if (s->window_count == s->window_capacity) {
		struct size_window *windows = reallocarray(s->windows, capacity, sizeof(*windows));

		if (!windows) {
			elf_file_free(elf);
			return -ENOMEM;
		}
		s->windows = windows;
		s->window_capacity = capacity;
	}
	s->windows[s->window_count] = w;
	return make_window(s, &s->windows[s->window_count++]);
}

int size_space_member(struct size_space *s, const char *name, uint64_t off, uint64_t size, const char **ret_name)
{
	const char *copy = arena_strndup(&s->arena, name, strlen(name));

	if (copy && s->member_count == s->member_capacity) {
		size_t capacity = s->member_capacity ? 2 * s->member_capacity : 16;
		struct size_member *members = reallocarray(s->members, capacity, sizeof(*members));

		if (!members)
			return -ENOMEM;
		s->members = members;
		s->member_capacity = capacity;
	}
	if (!copy)
		return -ENOMEM;
	s->members[s->member_count++] = (struct size_member){ copy, off, size };
	if (ret_name)
		*ret_name = copy;
	return 0;
}

static uint64_t loaded_in(const struct size_layer *layer)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < layer->count; i++)
		if (layer->runs[i].name)
			sum += (i + 1 < layer->count ? layer->runs[i + 1].start : layer->total) - layer->runs[i].start;
	return sum;
}

/*
 * Bytes of the file that two segments map count once for their place, and the
 * other times as memory behind the file.
 */
int size_space_finish(struct size_space *s)
{
	uint64_t once;
	int r = size_layer_fill(&s->loaded_layer, s->total, 0);

	size_claim(&s->loads, s->size, s->total, 1, 0);
	if (!r)
		r = size_layer_paint(&s->loaded_layer, &s->loads);
	once = r ? 0 : loaded_in(&s->loaded_layer);
	if (r || once == s->loaded)
		return r;
	r = add_extent(s, 0, s->loaded - once, 0, SIZE_MAPPED_AGAIN);
	if (!r && !s->loaded_layer.count)
		r = size_layer_fill(&s->loaded_layer, s->total, 1);
	size_claim(&s->loads, s->total - (s->loaded - once), s->total, 1, 0);
	s->loaded_layer.total = s->total;
	return r ? r : size_layer_paint(&s->loaded_layer, &s->loads);
}

void size_space_release(struct size_space *s)
{
	size_t i;

	for (i = 0; i < s->window_count; i++)
		elf_file_free(s->windows[i].elf);
	free(s->windows);
	free(s->members);
	free(s->extents);
	size_claims_release(&s->loads);
	size_layer_release(&s->loaded_layer);
	arena_release(&s->arena);
	content_unref(s->content);
	*s = (struct size_space)SIZE_SPACE_INIT;
}

/* ---- where things are ---------------------------------------------------------------------------------------- */

static bool memory_place(const struct size_space *s, const struct size_window *w, uint32_t section, uint64_t address,
			 uint64_t *ret_place, uint64_t *ret_left)
{
	size_t i;

	for (i = w->first; i < w->first + w->count; i++) {
		const struct size_extent *e = &s->extents[i];

		if (e->section != section || e->kind != SIZE_ZERO_FILL || address < e->address ||
		    address - e->address >= e->length)
			continue;
		*ret_place = e->place + (address - e->address);
		*ret_left = e->length - (address - e->address);
		return true;
	}
	return false;
}

/* Extents of an object's sections ascend by section. */
static bool object_memory(const struct size_space *s, const struct size_window *w, uint32_t section, uint64_t *ret_place,
			  uint64_t *ret_left)
{
	size_t lo = w->first, hi = w->first + w->count, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (s->extents[mid].section < section)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == w->first + w->count || s->extents[lo].section != section)
		return false;
	*ret_place = s->extents[lo].place;
	*ret_left = s->extents[lo].length;
	return true;
}

bool size_section_place(const struct size_space *s, const struct size_window *w, uint32_t section, uint64_t *ret_place,
			uint64_t *ret_length)
{
	const struct elf_file_section *x = &w->elf->sections[section];
	uint64_t left;

	if (x->size_in_file) {
		*ret_place = w->off + x->off;
		*ret_length = x->size_in_file;
		return true;
	}
	if (!(x->flags & SHF_ALLOC) || x->type != SHT_NOBITS)
		return false;
	if (!w->linked) {
		if (!object_memory(s, w, section, ret_place, &left))
			return false;
	} else if (x->flags & SHF_TLS || !memory_place(s, w, 0, x->addr, ret_place, &left)) {
		return false; /* .tbss is a template: it takes no memory in its segment */
	}
	*ret_length = x->size < left ? x->size : left;
	return true;
}

bool size_address_place(const struct size_space *s, const struct size_window *w, uint64_t address, uint64_t *ret_place,
			uint64_t *ret_left)
{
	uint32_t i;

	if (!w->linked) {
		if (address >= w->size)
			return false;
		*ret_place = w->off + address;
		*ret_left = w->size - address;
		return true;
	}
	for (i = 0; i < w->elf->segment_count; i++) {
		const struct elf_file_segment *p = &w->elf->segments[i];
		uint64_t in = address - p->vaddr;

		if (p->type != PT_LOAD || address < p->vaddr || in >= p->filesz || p->off >= w->size || in >= w->size - p->off)
			continue;
		*ret_place = w->off + p->off + in;
		*ret_left = p->filesz - in < w->size - p->off - in ? p->filesz - in : w->size - p->off - in;
		return true;
	}
	return memory_place(s, w, 0, address, ret_place, ret_left);
}
