/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shrink.c: addresses rewritten, segments split.
 *
 *	before	[ headers  .text  .rodata  .nv_fatbin: c0 c1 c2 c3 ........  .eh_frame ] [ .data ]
 *	after	[ headers  .text  .rodata  .nv_fatbin: c0 c1 c2 c3 P ]( hole )[ .eh_frame ] [ .data ]
 *
 * The hole is whole pages of memory that no segment maps any more, and no bytes of the
 * file.  The segment that held it becomes two.  Offsets behind it shrink by a multiple of the page size, so the
 * rule that offset and address agree modulo the page still holds; where p_align asked for more (2 MiB is
 * usual), it is lowered to what is true.  The program headers grow by one; when the
 * next thing in the file leaves no room, they move to P, behind the last container, where a segment maps them, as the
 * loader and dl_iterate_phdr() want.
 *
 * Every reference into the section (references.h) must hit a container's start, and is moved with it.
 *
 * Sources: System V gABI, chapter 5; glibc's and musl's loaders for what they ask of a program header table's place.
 */
#include "depgraph/apply/shrink.h"

#include "base/bytes.h"
#include "base/sorted.h"
#include "depgraph/apply/references.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PHDR_SIZE 56
#define EHDR_PHOFF 32
#define EHDR_SHOFF 40
#define EHDR_PHNUM 56
#define SHDR_SIZE 64
#define SHDR_OFFSET 24
#define SHDR_BYTES 32

struct phdr {
	uint32_t type, flags;
	uint64_t off, vaddr, paddr, filesz, memsz, align;
};

/* A GPU section that slides, and the pages that go. */
struct region {
	uint32_t section;      /* index in the gpu_code */
	uint32_t elf_section;
	uint64_t addr, off, size, used;
	uint64_t cut, cut_len; /* offset before cutting */
};

struct shrink {
	const struct packing *p;
	const struct elf_file *elf;
	struct image *img;
	struct error *err;
	struct region *regions;
	struct address_range *ranges;
	uint32_t count;
	struct phdr *phdrs;
	uint32_t phdr_count, phdr_capacity;
	uint64_t phoff;  /* before cutting */
	uint64_t page;
};

static void shrink_release(struct shrink *s)
{
	free(s->regions);
	free(s->ranges);
	free(s->phdrs);
}

static const char *file_name(const struct shrink *s)
{
	return content_name(s->elf->content);
}

/* ---- which sections ------------------------------------------------------------------------------------------ */

static uint64_t page_size(const struct elf_file *elf)
{
	return elf->machine == EM_X86_64 ? 4096 : 65536;
}

static bool overlaps(uint64_t a, uint64_t len, uint64_t b, uint64_t n)
{
	return a < b + n && b < a + len;
}

/* Exactly one PT_LOAD has it, at the section's address, and no other segment has a part of it. */
static const char *segment_fault(const struct elf_file *elf, const struct elf_file_section *s)
{
	uint32_t i, loads = 0;

	for (i = 0; i < elf->segment_count; i++) {
		const struct elf_file_segment *g = &elf->segments[i];

		if (!g->filesz || !overlaps(s->off, s->size, g->off, g->filesz))
			continue;
		if (g->type != PT_LOAD)
			return "a segment other than a loaded one lies over it";
		if (s->off < g->off || s->off + s->size > g->off + g->filesz || s->addr - s->off != g->vaddr - g->off ||
		    (g->vaddr - g->off) % page_size(elf))
			return "it is not wholly in one segment, at its address";
		loads++;
	}
	return loads == 1 ? NULL : "it is not in exactly one loaded segment";
}

static const char *section_fault(const struct packing *p, const struct elf_file *elf, uint32_t index)
{
	const struct gpu_section *g = &p->gpu->sections[index];
	const char *why = packing_fixed(p, index);
	const struct elf_file_section *s;
	uint32_t i;

	if (why)
		return why;
	if (!g->index || g->index >= elf->section_count)
		return "it is no section of the file";
	s = &elf->sections[g->index];
	if (!(s->flags & SHF_ALLOC) || s->size_in_file != s->size || s->off != g->off || s->size != g->bytes)
		return "it is not loaded";
	if (s->align > 8)
		return "it is aligned to more than 8 bytes";
	for (i = 1; i < elf->section_count; i++)
		if (i != g->index && elf->sections[i].size_in_file &&
		    overlaps(s->off, s->size, elf->sections[i].off, elf->sections[i].size_in_file))
			return "another section lies over it";
	return segment_fault(elf, s);
}

static bool in_its_segment(const struct elf_file *elf, const struct elf_file_section *s)
{
	uint32_t i;

	for (i = 0; i < elf->segment_count; i++) {
		const struct elf_file_segment *g = &elf->segments[i];

		if (g->type == PT_LOAD && s->addr >= g->vaddr && s->addr - g->vaddr < g->filesz)
			return s->addr - g->vaddr + g->off == s->off && s->size <= g->filesz - (s->addr - g->vaddr);
	}
	return false;
}

/*
 * A file whose segments do not make sense has no layout to be kept.  What the copy is checked for afterwards
 * (gpu_verify.c) has to hold of the original.
 */
static const char *layout_fault(const struct elf_file *elf)
{
	const struct elf_file_segment *before = NULL;
	bool headers = false;
	uint32_t i;

	for (i = 0; i < elf->segment_count; i++) {
		const struct elf_file_segment *s = &elf->segments[i];

		if (!range_inside(s->off, s->filesz, elf->size))
			return "a segment lies outside of the file";
		if (s->type != PT_LOAD)
			continue;
		if (s->memsz < s->filesz || s->vaddr + s->memsz < s->vaddr || (before && s->vaddr < before->vaddr + before->memsz))
			return "its segments overlap, are out of order, or smaller than their bytes";
		if (s->align & (s->align - 1) || (s->align > 1 && (s->vaddr - s->off) % s->align))
			return "a segment's offset and address do not agree";
		headers |= s->off <= elf->phoff && elf->phoff + (uint64_t)elf->segment_count * PHDR_SIZE <= s->off + s->filesz;
		before = s;
	}
	if (!headers)
		return "its program headers are not loaded";
	for (i = 1; i < elf->section_count; i++) {
		const struct elf_file_section *s = &elf->sections[i];

		if (s->flags & SHF_ALLOC && s->size_in_file && !in_its_segment(elf, s))
			return "a section is not where its segment maps it";
	}
	return elf->cut ? "a section lies outside of the file" : NULL;
}

int shrink_choose(struct packing *p, const struct elf_file *elf, shrink_note note, void *ctx, struct error *err)
{
	uint32_t i, slides = 0;
	const char *why = layout_fault(elf), *last = "there is no GPU code in it";

	if (why)
		return error_set(err, -EOPNOTSUPP, content_name(elf->content), "cannot be shrunk: %s", why);
	for (i = 0; i < p->gpu->section_count; i++) {
		why = section_fault(p, elf, i);
		if (!why) {
			packing_slide(p, i);
			slides++;
			continue;
		}
		last = why;
		if (note)
			note(ctx, p->gpu->sections[i].name, why);
	}
	if (slides)
		return 0;
	return error_set(err, -EOPNOTSUPP, content_name(elf->content), "no section can be shrunk: %s", last);
}

/* ---- references ---------------------------------------------------------------------------------------------- */

static const char *reference_word(const struct reference *r)
{
	static const char *const words[] = { [REFERENCE_RELATIVE] = "relocation",
					     [REFERENCE_RELR] = "packed relocation",
					     [REFERENCE_SYMBOL] = "symbol",
					     [REFERENCE_CODE] = "instruction" };

	return words[r->kind];
}

static int refuse(const struct shrink *s, const struct reference *r, const char *why)
{
	const struct region *g = &s->regions[r->range];

	return error_set(s->err, -EOPNOTSUPP, file_name(s), "%s %s%s0x%" PRIx64 " refers to %s+0x%" PRIx64 ", %s",
			 reference_word(r), r->name, r->kind == REFERENCE_SYMBOL ? " #" : " at ", r->place,
			 s->p->gpu->sections[g->section].name, r->target - g->addr, why);
}

/* The container that starts at an address of the region; UINT32_MAX: none. */
static uint32_t container_at(const struct shrink *s, const struct region *g, uint64_t address)
{
	const struct gpu_section *sec = &s->p->gpu->sections[g->section];
	const struct gpu_container *all = s->p->gpu->containers + sec->first;
	uint64_t off = address - g->addr + g->off;
	size_t n = sorted_until(all, sec->count, off, off);

	return n && all[n - 1].off == off ? sec->first + (uint32_t)(n - 1) : UINT32_MAX;
}

/*
 * The end of a section is where the next one starts, and then that is meant.  Only for a section whose name is an
 * identifier the linker offers an end of its own (__stop_NAME), which a symbol table would show.
 */
static int end_reference(const struct shrink *s, const struct reference *r)
{
	const struct region *g = &s->regions[r->range];
	bool identifier = strchr(s->p->gpu->sections[g->section].name, '.') == NULL;

	if (r->kind == REFERENCE_SYMBOL)
		return refuse(s, r, "the section's end");
	if (!elf_file_section_at(s->elf, r->target) || (identifier && !s->elf->symtab))
		return refuse(s, r, "which may be the section's end");
	return 0;
}

static int rewrite_reference(void *ctx, const struct reference *r)
{
	struct shrink *s = ctx;
	const struct region *g = &s->regions[r->range];
	uint32_t c;
	uint64_t target;

	if (r->end)
		return end_reference(s, r);
	c = container_at(s, g, r->target);
	if (c == UINT32_MAX)
		return refuse(s, r, "which is not the start of a container");
	if (!r->word)
		return refuse(s, r, "and cannot be rewritten");
	target = s->p->place[c] - g->off + g->addr;
	if (r->kind == REFERENCE_SYMBOL && r->size == s->p->gpu->containers[c].bytes)
		image_patch_uint(s->img, r->word + 8, s->p->length[c], 8);
	if (target == r->target)
		return 0;
	image_patch_uint(s->img, r->word, target - r->base, r->width);
	if (r->copy)
		image_patch_uint(s->img, r->copy, target, 8);
	return 0;
}

/* ---- regions and cuts ---------------------------------------------------------------------------------------- */

static int find_regions(struct shrink *s)
{
	const struct gpu_code *gpu = s->p->gpu;
	uint32_t i;

	s->regions = calloc(gpu->section_count + 1, sizeof(*s->regions));
	s->ranges = calloc(gpu->section_count + 1, sizeof(*s->ranges));
	if (!s->regions || !s->ranges)
		return error_set(s->err, -ENOMEM, file_name(s), "out of memory");
	for (i = 0; i < gpu->section_count; i++) {
		const struct elf_file_section *sec = &s->elf->sections[gpu->sections[i].index];

		if (!s->p->slides[i])
			continue;
		s->ranges[s->count] = (struct address_range){ sec->addr, sec->addr + sec->size };
		s->regions[s->count++] = (struct region){ .section = i,
							  .elf_section = gpu->sections[i].index,
							  .addr = sec->addr,
							  .off = sec->off,
							  .size = sec->size,
							  .used = s->p->used[i] };
	}
	return 0;
}

static uint64_t align_up(uint64_t v, uint64_t to)
{
	return (v + to - 1) / to * to;
}

/* The whole pages of memory behind what is used, with `reserve` bytes for the program headers. */
static void set_cut(const struct shrink *s, struct region *g, uint64_t reserve)
{
	uint64_t from = align_up(align_up(g->addr + g->used, 8) + reserve, s->page);
	uint64_t to = (g->addr + g->size) / s->page * s->page;

	g->cut = from - g->addr + g->off;
	g->cut_len = to > from ? to - from : 0;
}

/* ---- program headers ----------------------------------------------------------------------------------------- */

static int read_phdrs(struct shrink *s)
{
	struct cursor c = cursor_make(s->elf->data, s->elf->size);
	uint32_t i;

	s->phdr_count = s->elf->segment_count;
	s->phdr_capacity = s->phdr_count + s->count;
	s->phdrs = calloc(s->phdr_capacity + 1, sizeof(*s->phdrs));
	if (!s->phdrs)
		return error_set(s->err, -ENOMEM, file_name(s), "out of memory");
	cursor_seek(&c, s->elf->phoff);
	for (i = 0; i < s->phdr_count; i++) {
		struct phdr *h = &s->phdrs[i];

		h->type = cursor_u32(&c);
		h->flags = cursor_u32(&c);
		h->off = cursor_u64(&c);
		h->vaddr = cursor_u64(&c);
		h->paddr = cursor_u64(&c);
		h->filesz = cursor_u64(&c);
		h->memsz = cursor_u64(&c);
		h->align = cursor_u64(&c);
		/* Not in elf->segments in another order, nor with others between. */
		if (c.failed || h->off != s->elf->segments[i].off || h->type != s->elf->segments[i].type)
			return error_set_at(s->err, -EBADMSG, file_name(s), s->elf->phoff, "program headers are cut");
	}
	return 0;
}

static bool zero_and_free(const struct shrink *s, uint64_t from, uint64_t to)
{
	uint64_t i;
	uint32_t k;

	if (to > s->elf->size)
		return false;
	for (i = from; i < to; i++)
		if (s->elf->data[i])
			return false;
	for (k = 1; k < s->elf->section_count; k++)
		if (s->elf->sections[k].size_in_file &&
		    overlaps(s->elf->sections[k].off, s->elf->sections[k].size, from, to - from))
			return false;
	for (k = 0; k < s->phdr_count; k++)
		if (s->phdrs[k].type == PT_LOAD && s->phdrs[k].off <= from && s->phdrs[k].off + s->phdrs[k].filesz >= to)
			return true;
	return false;
}

/* Room where the table stands, else behind the containers of the region that loses most. */
static int place_cuts(struct shrink *s)
{
	uint64_t old_end = s->elf->phoff + (uint64_t)s->phdr_count * PHDR_SIZE, reserve;
	uint32_t i, cuts = 0, host = 0;

	for (i = 0; i < s->count; i++) {
		set_cut(s, &s->regions[i], 0);
		if (!s->regions[i].cut_len)
			continue;
		cuts++;
		host = s->regions[i].cut_len > s->regions[host].cut_len ? i : host;
	}
	s->phoff = s->elf->phoff;
	if (!cuts || zero_and_free(s, old_end, old_end + (uint64_t)cuts * PHDR_SIZE))
		return 0;
	reserve = ((uint64_t)s->phdr_count + cuts) * PHDR_SIZE;
	set_cut(s, &s->regions[host], reserve);
	s->phoff = align_up(s->regions[host].off + s->regions[host].used, 8);
	if (range_inside(s->phoff, reserve, s->regions[host].off + s->regions[host].size))
		return 0;
	return error_set(s->err, -EOPNOTSUPP, file_name(s), "too many program headers for the room that is freed");
}

/* The segment that holds a cut becomes the part before it and the part behind. */
static void split_segment(struct shrink *s, const struct region *g)
{
	uint64_t before, gone;
	uint32_t i;

	for (i = 0; i < s->phdr_count; i++) {
		struct phdr *h = &s->phdrs[i], *rest;

		if (h->type != PT_LOAD || g->cut < h->off || g->cut + g->cut_len > h->off + h->filesz)
			continue;
		before = g->cut - h->off;
		gone = before + g->cut_len;
		memmove(h + 2, h + 1, (s->phdr_count - i - 1) * sizeof(*h));
		rest = h + 1;
		*rest = *h;
		rest->off += gone;
		rest->vaddr += gone;
		rest->paddr += gone;
		rest->filesz -= gone;
		rest->memsz -= gone;
		h->filesz = h->memsz = before;
		s->phdr_count++;
		return;
	}
}

/* The largest power of two, at most what it was, by which offset and address agree. */
static void true_alignment(const struct shrink *s, struct phdr *h)
{
	while (h->type == PT_LOAD && h->align > s->page && (h->vaddr - h->off) % h->align)
		h->align /= 2;
}

static void write_phdrs(struct shrink *s)
{
	uint8_t *table = image_alloc(s->img, (size_t)s->phdr_count * PHDR_SIZE);
	uint32_t i;

	for (i = 0; table && i < s->phdr_count; i++) {
		struct phdr *h = &s->phdrs[i];
		uint8_t *out = table + (size_t)i * PHDR_SIZE;

		if (h->type == PT_PHDR) {
			h->vaddr += s->phoff - h->off;
			h->paddr += s->phoff - h->off;
			h->off = s->phoff;
			h->filesz = h->memsz = (uint64_t)s->phdr_count * PHDR_SIZE;
		}
		h->off = image_position(s->img, h->off);
		true_alignment(s, h);
		store_uint(out, h->type, 4, false);
		store_uint(out + 4, h->flags, 4, false);
		store_uint(out + 8, h->off, 8, false);
		store_uint(out + 16, h->vaddr, 8, false);
		store_uint(out + 24, h->paddr, 8, false);
		store_uint(out + 32, h->filesz, 8, false);
		store_uint(out + 40, h->memsz, 8, false);
		store_uint(out + 48, h->align, 8, false);
	}
	if (!table)
		return;
	image_patch(s->img, s->phoff, table, (size_t)s->phdr_count * PHDR_SIZE);
	image_patch_uint(s->img, EHDR_PHOFF, image_position(s->img, s->phoff), 8);
	image_patch_uint(s->img, EHDR_PHNUM, s->phdr_count, 2);
}

/* ---- section headers ----------------------------------------------------------------------------------------- */

static void write_shdrs(const struct shrink *s)
{
	uint32_t i;

	for (i = 1; i < s->elf->section_count; i++) {
		const struct elf_file_section *sec = &s->elf->sections[i];
		uint64_t header = s->elf->shoff + (uint64_t)i * SHDR_SIZE, off = image_position(s->img, sec->off);

		if (off != sec->off)
			image_patch_uint(s->img, header + SHDR_OFFSET, off, 8);
	}
	for (i = 0; i < s->count; i++)
		image_patch_uint(s->img, s->elf->shoff + (uint64_t)s->regions[i].elf_section * SHDR_SIZE + SHDR_BYTES,
				 s->regions[i].used, 8);
	image_patch_uint(s->img, EHDR_SHOFF, image_position(s->img, s->elf->shoff), 8);
}

int shrink_finish(const struct packing *p, const struct elf_file *elf, struct image *img, struct error *err)
{
	CLEANUP(shrink_release) struct shrink s = { .p = p, .elf = elf, .img = img, .err = err, .page = page_size(elf) };
	uint32_t i;
	int r = find_regions(&s);

	if (r == 0)
		r = references_find(elf, s.ranges, s.count, rewrite_reference, &s, err);
	if (r == 0)
		r = read_phdrs(&s);
	if (r == 0)
		r = place_cuts(&s);
	if (r < 0)
		return r;
	for (i = 0; i < s.count; i++) {
		image_cut(img, s.regions[i].cut, s.regions[i].cut_len);
		if (s.regions[i].cut_len)
			split_segment(&s, &s.regions[i]);
	}
	write_phdrs(&s);
	write_shdrs(&s);
	return img->error ? error_set(err, img->error, file_name(&s), "cannot be shrunk") : 0;
}
