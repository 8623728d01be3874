/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an ELF file has at each of its places: headers, sections, segments where
 * no section is, and gaps.  Source: System V gABI, chapters 4 and 5.
 */
#include "depgraph/size/paint.h"

#include <stdio.h>
#include <string.h>

#define NAME_LONGEST 1024

/* Code, data, and what has a meaning of its own; the rest are the linker's and the loader's tables. */
static bool is_content(uint32_t type)
{
	return type == SHT_PROGBITS || type == SHT_NOBITS || type == SHT_INIT_ARRAY || type == SHT_FINI_ARRAY ||
	       type == SHT_PREINIT_ARRAY;
}

static uint32_t section_name(struct size_subject *s, const struct elf_file_section *x, bool plain)
{
	const char *before = plain ? "" : is_content(x->type) ? "[section " : "[";
	char text[NAME_LONGEST];
	int n;

	if (!*x->name)
		return size_namef(&s->tree->names, "[unnamed section]");
	n = snprintf(text, sizeof(text), "%s%s%s", before, x->name, *before ? "]" : "");
	if (n < 0)
		return 0;
	return size_name(&s->tree->names, text, n < NAME_LONGEST ? (size_t)n : NAME_LONGEST - 1, true);
}

static void claim_sections(struct size_subject *s, const struct size_window *w, struct size_claims *claims, bool plain)
{
	uint64_t place, length;
	uint32_t i;

	for (i = 1; i < w->elf->section_count; i++)
		if (size_section_place(&s->space, w, i, &place, &length))
			size_claim(claims, place, place + length, section_name(s, &w->elf->sections[i], plain), 0);
}

static void claim_part(struct size_subject *s, const struct size_window *w, struct size_claims *claims, uint64_t off,
		       uint64_t length, const char *name)
{
	if (range_inside(off, length, w->size))
		size_claim(claims, w->off + off, w->off + off + length, size_namef(&s->tree->names, "%s", name), 0);
}

static void claim_headers(struct size_subject *s, const struct size_window *w, struct size_claims *claims)
{
	const struct elf_file *f = w->elf;

	claim_part(s, w, claims, 0, f->wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr), "[ELF header]");
	claim_part(s, w, claims, f->phoff, f->segment_count * (f->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)),
		   "[program headers]");
	claim_part(s, w, claims, f->shoff, f->section_count * (f->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)),
		   "[section headers]");
}

static uint32_t segment_name(struct size_subject *s, const struct elf_file_segment *p, unsigned number, bool plain)
{
	return size_namef(&s->tree->names, "%sLOAD #%u %c%c%c%s", plain ? "" : "[segment ", number, p->flags & PF_R ? 'R' : '-',
			  p->flags & PF_W ? 'W' : '-', p->flags & PF_X ? 'X' : '-', plain ? "" : "]");
}

static void claim_segments(struct size_subject *s, const struct size_window *w, struct size_claims *claims, bool plain)
{
	uint64_t place, left;
	unsigned number = 0;
	uint32_t i;

	for (i = 0; i < w->elf->segment_count; i++) {
		const struct elf_file_segment *p = &w->elf->segments[i];
		uint64_t filesz = p->filesz < p->memsz ? p->filesz : p->memsz, at;
		uint32_t name;

		if (p->type != PT_LOAD)
			continue;
		name = segment_name(s, p, number++, plain);
		for (at = 0; at < p->memsz; at += left) {
			if (!size_address_place(&s->space, w, p->vaddr + at, &place, &left))
				break;
			left = left < p->memsz - at ? left : p->memsz - at;
			if (at < filesz && left > filesz - at)
				left = filesz - at;
			size_claim(claims, place, place + left, name, 0);
		}
	}
}

/* What is not a window although it begins like one could not be read. */
static const char *not_elf(const struct size_subject *s, uint64_t off, uint64_t size)
{
	return elf_file_probe(content_data(s->space.content) + off, size) ? "[unreadable ELF]" : "[not ELF]";
}

/* Places of the file that no ELF file in it has. */
static const char *outside(const struct size_subject *s)
{
	return s->archive ? "[archive headers]" : not_elf(s, 0, s->space.size);
}

static void claim_memory(struct size_subject *s, struct size_claims *claims)
{
	size_t i;

	for (i = 0; i < s->space.extent_count; i++) {
		const struct size_extent *e = &s->space.extents[i];

		size_claim(claims, e->place, e->place + e->length,
			   size_namef(&s->tree->names, "%s", e->kind == SIZE_ZERO_FILL ? "[zero fill]" : "[mapped again]"), 0);
	}
}

static void claim_outside(struct size_subject *s, struct size_canvas *c)
{
	const struct size_space *space = &s->space;
	size_t i;

	size_claim(&c->claims[SIZE_WINDOWS], 0, space->size, size_namef(&s->tree->names, "%s", outside(s)), 0);
	claim_memory(s, &c->claims[SIZE_WINDOWS]);
	for (i = 0; i < space->member_count; i++) {
		const struct size_member *m = &space->members[i];

		size_claim(&c->claims[SIZE_SEGMENTS], m->off, m->off + m->size,
			   size_namef(&s->tree->names, "%s", not_elf(s, m->off, m->size)), 0);
	}
}

void size_structure(struct size_subject *s, struct size_canvas *c, bool plain)
{
	size_t i;

	claim_outside(s, c);
	for (i = 0; i < s->space.window_count; i++) {
		const struct size_window *w = &s->space.windows[i];

		size_claim(&c->claims[SIZE_SEGMENTS], w->off, w->off + w->size, size_namef(&s->tree->names, "[gap]"), 1);
		if (!w->elf->section_count)
			claim_segments(s, w, &c->claims[SIZE_SECTIONS], false);
		claim_sections(s, w, &c->claims[SIZE_SECTIONS], plain);
		claim_headers(s, w, &c->claims[SIZE_HEADERS]);
	}
}

/* Of linked files, by what is mapped. Objects have no segments. */
void size_paint_segments(struct size_subject *s, struct size_canvas *c)
{
	size_t i;

	claim_outside(s, c);
	for (i = 0; i < s->space.window_count; i++) {
		const struct size_window *w = &s->space.windows[i];
		const char *rest = w->linked ? "[not loaded]" : "[no segments]";

		size_claim(&c->claims[SIZE_SEGMENTS], w->off, w->off + w->size, size_namef(&s->tree->names, "%s", rest), 1);
		claim_segments(s, w, &c->claims[SIZE_SECTIONS], true);
	}
}
