/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout_again.c: the linked file laid out again with smaller sections.
 *
 * Sections follow each other in the order of their offsets, each aligned.  Where a
 * segment begins, linkers differ, and the old file shows how: it was
 * padded to a page, or to where the end of what becomes read-only
 * (PT_GNU_RELRO) falls on a page's end (GNU ld), or it simply goes on.
 */
#include "depgraph/link/predict.h"

#include <errno.h>

#define PAGE 4096

struct laid {
	uint64_t off;
	uint32_t section;
};

static int compare_laid(const void *a, const void *b)
{
	const struct laid *x = a, *y = b;

	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	return (x->section > y->section) - (x->section < y->section);
}

static uint64_t align_up(uint64_t n, uint64_t align)
{
	return align > 1 ? n + (align - n % align) % align : n;
}

static uint64_t file_bytes(const struct elf_file_section *s)
{
	return s->type == SHT_NOBITS ? 0 : s->size;
}

/* What is removed from the part that becomes read-only. */
static uint64_t relro_left(const struct elf_file *f, const struct elf_file_segment *relro, const uint64_t *removed)
{
	uint64_t left = relro->memsz;
	uint32_t i;

	for (i = 1; i < f->section_count; i++) {
		const struct elf_file_section *s = &f->sections[i];

		if (s->flags & SHF_ALLOC && s->addr >= relro->vaddr && s->addr < relro->vaddr + relro->memsz && removed[i] < left)
			left -= removed[i];
	}
	return left;
}

static const struct elf_file_segment *segment_at(const struct elf_file *f, uint32_t type, uint64_t off)
{
	uint32_t i;

	for (i = 0; i < f->segment_count; i++)
		if (f->segments[i].type == type && f->segments[i].off == off && f->segments[i].filesz)
			return &f->segments[i];
	return NULL;
}

/* Where a segment that began at `off`, behind `before`, begins now that what is before it ends at `end`. */
static uint64_t segment_start(const struct elf_file *f, const struct elf_file_section *s, uint64_t before, uint64_t end,
			      const uint64_t *removed)
{
	const struct elf_file_segment *relro = segment_at(f, PT_GNU_RELRO, s->off);
	uint64_t size;

	if (s->off - before < s->align || s->off - before < 64)
		return align_up(end, s->align);
	if (s->off % PAGE == 0)
		return align_up(end, PAGE);
	if (!relro)
		return align_up(end, s->align);
	size = relro_left(f, relro, removed);
	return align_up(end + size, PAGE) - size;
}

static uint64_t lay_out(const struct elf_file *f, const struct laid *order, size_t n, const uint64_t *removed)
{
	uint64_t before, now, headers = f->section_count;
	size_t i;

	before = now = f->phoff + (uint64_t)f->segment_count * (f->wide ? 56 : 32);
	for (i = 0; i < n; i++) {
		const struct elf_file_section *s = &f->sections[order[i].section];

		/* An output section that nothing is left of is not written, nor are its header and name. */
		headers -= s->size && removed[order[i].section] == s->size;
		if (s->type == SHT_NOBITS)
			continue;
		if (s->off > before && segment_at(f, PT_LOAD, s->off))
			now = segment_start(f, s, before, now, removed);
		else
			now = align_up(now, s->align);
		now += file_bytes(s) - removed[order[i].section];
		before = s->off + file_bytes(s);
	}
	return align_up(now, 8) + headers * (f->wide ? 64 : 40);
}

uint64_t link_shrunk_size(const struct elf_file *f, const uint64_t *removed)
{
	AUTO_FREE struct laid *order = calloc((size_t)f->section_count + 1, sizeof(*order));
	AUTO_FREE uint64_t *nothing = calloc((size_t)f->section_count + 1, sizeof(*nothing));
	uint64_t before, after;
	size_t n = 0;
	uint32_t i;

	if (!order || !nothing)
		return 0;
	for (i = 1; i < f->section_count; i++)
		if (f->sections[i].type != SHT_NULL)
			order[n++] = (struct laid){ f->sections[i].off, i };
	qsort(order, n, sizeof(*order), compare_laid);
	/* What this layout gets wrong of the file as it is, it gets wrong of the smaller one too. */
	before = lay_out(f, order, n, nothing);
	after = lay_out(f, order, n, removed);
	return after < before && before - after < f->size ? f->size - (before - after) : f->size;
}
