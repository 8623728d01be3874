/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_read.c: the tables of an ELF file, read once: header, program headers,
 * section headers, and the address space that they describe.
 *
 * Sources: System V ABI, chapters 4 and 5 (2013 draft), and elf(5).  Numbers
 * that do not fit the header stand in section header 0: e_shnum 0 -> sh_size,
 * e_shstrndx SHN_XINDEX -> sh_link, e_phnum PN_XNUM -> sh_info.
 *
 * Only the tables are touched, never the content of a section, so that opening
 * a library of any size costs what its tables cost.
 */
#include "analyzers/elf_image.h"

#include <errno.h>
#include <stdlib.h>

#define SECTIONS_MAX (1u << 20)
#define SEGMENTS_MAX (1u << 20)

static uint64_t read_word(struct cursor *c, const struct elf *e)
{
	return cursor_uint(c, elf_word(e));
}

static struct elf_section read_section(struct cursor *c, const struct elf *e, uint32_t *ret_name)
{
	struct elf_section s = { .name = "", .part = REFERENCE_NONE };

	*ret_name = cursor_u32(c);
	s.type = cursor_u32(c);
	s.flags = read_word(c, e);
	s.addr = read_word(c, e);
	s.off = read_word(c, e);
	s.size = read_word(c, e);
	s.link = cursor_u32(c);
	s.info = cursor_u32(c);
	s.align = read_word(c, e);
	s.entsize = read_word(c, e);
	return s;
}

static struct elf_segment read_segment(struct cursor *c, const struct elf *e)
{
	struct elf_segment s = { 0 };

	s.type = cursor_u32(c);
	if (e->wide)
		s.flags = cursor_u32(c);
	s.off = read_word(c, e);
	s.vaddr = read_word(c, e);
	(void)read_word(c, e); /* p_paddr */
	s.filesz = read_word(c, e);
	s.memsz = read_word(c, e);
	if (!e->wide)
		s.flags = cursor_u32(c);
	return s;
}

/* How many entries of a table lie inside the file. */
static uint32_t table_fits(struct layout *l, uint64_t off, uint64_t entsize, uint64_t count, uint32_t max,
			   const char *what)
{
	uint64_t fits = entsize && off < l->size ? (l->size - off) / entsize : 0;

	if (fits > max)
		fits = max;
	if (count <= fits)
		return (uint32_t)count;
	layout_note(l, off, "%llu %s headers are announced, %llu can be read", (unsigned long long)count,
		    what, (unsigned long long)fits);
	return (uint32_t)fits;
}

/* The name at `off` of the section name table, NUL-terminated inside it, else "". */
static const char *section_name(const struct elf *e, uint32_t off)
{
	const uint8_t *names;
	uint64_t size;

	if (e->shstrndx >= e->section_count ||
	    !elf_section_bytes(e, &e->sections[e->shstrndx], &names, &size))
		return "";
	return elf_string(names, size, off);
}

static bool is_nvidia(const char *name)
{
	return strcmp(name, ".nv_fatbin") == 0 || strcmp(name, ".nvFatBinSegment") == 0 ||
	       strcmp(name, "__nv_relfatbin") == 0;
}

static bool is_asked_for(const char *name)
{
	return strncmp(name, ".debug_", 7) == 0 || strncmp(name, ".zdebug_", 8) == 0 ||
	       strcmp(name, ".dynstr") == 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct elf_section *x = *(const struct elf_section *const *)a,
				 *y = *(const struct elf_section *const *)b;
	int r = strcmp(x->name, y->name);

	return r ? r : x < y ? -1 : x > y;
}

static int index_names(struct layout *l, struct elf *e)
{
	uint32_t i, n = 0;

	for (i = 1; i < e->section_count; i++)
		n += is_asked_for(e->sections[i].name);
	e->named = arena_array(&l->arena, (size_t)n + 1, sizeof(*e->named));
	if (!e->named)
		return -ENOMEM;
	for (i = 1; i < e->section_count; i++)
		if (is_asked_for(e->sections[i].name))
			e->named[e->named_count++] = &e->sections[i];
	qsort(e->named, n, sizeof(*e->named), compare_names);
	return 0;
}

static int read_sections(struct layout *l, struct elf *e, uint64_t count)
{
	struct cursor c = elf_cursor(e, l->data, l->size);
	uint32_t *names, i;

	count = table_fits(l, e->shoff, e->shentsize, count, SECTIONS_MAX, "section");
	if (!count)
		return 0;
	e->sections = arena_array(&l->arena, count, sizeof(*e->sections));
	names = calloc(count, sizeof(*names));
	if (!e->sections || !names) {
		free(names);
		return -ENOMEM;
	}
	for (i = 0; i < count; i++) {
		cursor_seek(&c, e->shoff + (uint64_t)i * e->shentsize);
		e->sections[i] = read_section(&c, e, &names[i]);
	}
	e->section_count = (uint32_t)count;
	for (i = 1; i < count; i++) {
		e->sections[i].name = section_name(e, names[i]);
		e->nvidia |= is_nvidia(e->sections[i].name);
	}
	free(names);
	return index_names(l, e);
}

static int read_segments(struct layout *l, struct elf *e, uint64_t count)
{
	struct cursor c = elf_cursor(e, l->data, l->size);
	uint32_t i;

	count = table_fits(l, e->phoff, e->phentsize, count, SEGMENTS_MAX, "program");
	if (!count)
		return 0;
	e->segments = arena_array(&l->arena, count, sizeof(*e->segments));
	if (!e->segments)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		cursor_seek(&c, e->phoff + (uint64_t)i * e->phentsize);
		e->segments[i] = read_segment(&c, e);
	}
	e->segment_count = (uint32_t)count;
	return 0;
}

/* Counts that the header could not hold, from section header 0. */
static void read_extended(const struct layout *l, const struct elf *e, uint64_t *shnum, uint64_t *shstrndx,
			  uint64_t *phnum)
{
	struct cursor c = elf_cursor(e, l->data, l->size);
	struct elf_section first;
	uint32_t name;

	cursor_seek(&c, e->shoff);
	first = read_section(&c, e, &name);
	if (c.failed)
		return;
	if (*shnum == 0)
		*shnum = first.size;
	if (*shstrndx == SHN_XINDEX)
		*shstrndx = first.link;
	if (*phnum == PN_XNUM)
		*phnum = first.info;
}

bool elf_read(struct layout *l, struct elf *e)
{
	struct cursor c = cursor_make(l->data, l->size);
	uint64_t shnum, shstrndx, phnum;

	e->image = l;
	e->wide = l->size > EI_CLASS && l->data[EI_CLASS] == ELFCLASS64;
	e->big = c.big = l->size > EI_DATA && l->data[EI_DATA] == ELFDATA2MSB;
	cursor_skip(&c, EI_NIDENT);
	e->type = cursor_u16(&c);
	e->machine = cursor_u16(&c);
	e->by_section = e->type == ET_REL || e->machine == EM_CUDA;
	cursor_skip(&c, 4);
	e->entry = read_word(&c, e);
	e->phoff = read_word(&c, e);
	e->shoff = read_word(&c, e);
	cursor_skip(&c, 6); /* e_flags, e_ehsize */
	e->phentsize = cursor_u16(&c);
	phnum = cursor_u16(&c);
	e->shentsize = cursor_u16(&c);
	shnum = cursor_u16(&c);
	shstrndx = cursor_u16(&c);
	if (c.failed)
		return false;
	if (e->shoff)
		read_extended(l, e, &shnum, &shstrndx, &phnum);
	e->shstrndx = (uint32_t)shstrndx;
	if (e->shoff && shnum && e->shentsize < (e->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)))
		layout_note(l, 0, "section headers of %u bytes", e->shentsize);
	else if (e->shoff && read_sections(l, e, shnum) < 0)
		return false;
	if (phnum && e->phentsize < (e->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
		layout_note(l, 0, "program headers of %u bytes", e->phentsize);
	else if (phnum && read_segments(l, e, phnum) < 0)
		return false;
	return true;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct address_range *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/* A sorted list without overlaps: a range that begins inside its predecessor loses that beginning. */
static size_t cut_overlaps(struct address_range *r, size_t count)
{
	uint64_t end = 0, cut;
	size_t i, n = 0;

	for (i = 0; i < count; i++) {
		struct address_range x = r[i];

		cut = n && x.address < end ? end - x.address : 0;
		if (cut >= x.size)
			continue;
		x.address += cut;
		x.size -= cut;
		x.off += x.off == ADDRESS_NO_BYTES ? 0 : cut;
		end = x.address + x.size;
		r[n++] = x;
	}
	return n;
}

static bool range_valid(const struct layout *l, struct address_range *r)
{
	uint64_t end;

	if (!r->size || add_overflows(r->address, r->size, &end))
		return false;
	if (r->off == ADDRESS_NO_BYTES)
		return true;
	if (r->off >= l->size)
		return false;
	if (r->size > l->size - r->off)
		r->size = l->size - r->off;
	return true;
}

static size_t section_ranges(const struct layout *l, const struct elf *e, struct address_range *out)
{
	size_t n = 0;
	uint32_t i;

	for (i = 1; i < e->section_count; i++) {
		const struct elf_section *s = &e->sections[i];
		bool memory = s->type == SHT_NOBITS;

		/* Thread-local storage without bytes takes no place: others stand at its address. */
		if (!(s->flags & SHF_ALLOC) || (memory && (s->flags & SHF_TLS)))
			continue;
		out[n] = (struct address_range){ s->addr, s->size, memory ? ADDRESS_NO_BYTES : s->off,
						 s->name };
		n += range_valid(l, &out[n]);
	}
	qsort(out, n, sizeof(*out), compare_ranges);
	return cut_overlaps(out, n);
}

/* [from, to) of a segment, which no section covers: its bytes, then its memory. */
static size_t segment_range(const struct layout *l, const struct elf_segment *s, uint64_t from, uint64_t to,
			    struct address_range *out)
{
	uint64_t bytes_end = s->vaddr + s->filesz;
	size_t n = 0;

	if (from < to && from < bytes_end) {
		out[n] = (struct address_range){ from, (to < bytes_end ? to : bytes_end) - from,
						 s->off + (from - s->vaddr), "(segment)" };
		n += range_valid(l, &out[n]);
		from = bytes_end;
	}
	if (from < to) {
		out[n] = (struct address_range){ from, to - from, ADDRESS_NO_BYTES, "(memory)" };
		n += range_valid(l, &out[n]);
	}
	return n;
}

static int compare_segments(const void *a, const void *b)
{
	const struct elf_segment *x = a, *y = b;

	return x->vaddr < y->vaddr ? -1 : x->vaddr > y->vaddr;
}

/* What segments map and no section describes (headers, files without sections): one walk along both. */
static size_t fill_from_segments(const struct layout *l, const struct elf_segment *loads, size_t load_count,
				 const struct address_range *known, size_t known_count,
				 struct address_range *out)
{
	size_t i, k = 0, n = 0;
	uint64_t at = 0;

	for (i = 0; i < load_count; i++) {
		uint64_t end = loads[i].vaddr + loads[i].memsz;

		if (at < loads[i].vaddr)
			at = loads[i].vaddr;
		while (k < known_count && known[k].address < end) {
			n += segment_range(l, &loads[i], at, known[k].address, out + n);
			if (at < known[k].address + known[k].size)
				at = known[k].address + known[k].size;
			k++;
		}
		n += segment_range(l, &loads[i], at, end, out + n);
		if (at < end)
			at = end;
	}
	return n;
}

static struct elf_segment *sorted_loads(const struct elf *e, size_t *ret_count)
{
	struct elf_segment *loads = calloc((size_t)e->segment_count + 1, sizeof(*loads));
	uint64_t end;
	size_t n = 0;
	uint32_t i;

	for (i = 0; loads && i < e->segment_count; i++) {
		const struct elf_segment *s = &e->segments[i];

		if (s->type == PT_LOAD && s->memsz >= s->filesz && !add_overflows(s->vaddr, s->memsz, &end) &&
		    !add_overflows(s->off, s->filesz, &end))
			loads[n++] = *s;
	}
	if (loads)
		qsort(loads, n, sizeof(*loads), compare_segments);
	*ret_count = n;
	return loads;
}

static int relocatable_ranges(struct layout *l)
{
	struct address_range *r = arena_alloc(&l->arena, sizeof(*r));

	if (!r)
		return -ENOMEM;
	*r = (struct address_range){ 0, l->size, 0, "(file)" };
	l->ranges = r;
	l->range_count = 1;
	return 0;
}

int elf_read_ranges(struct layout *l, const struct elf *e)
{
	AUTO_FREE struct elf_segment *loads = NULL;
	AUTO_FREE struct address_range *known = NULL;
	struct address_range *out;
	size_t load_count, n;

	if (e->by_section)
		return relocatable_ranges(l);
	loads = sorted_loads(e, &load_count);
	known = calloc((size_t)e->section_count + 1, sizeof(*known));
	if (!loads || !known)
		return -ENOMEM;
	n = section_ranges(l, e, known);
	/* Each step of the walk adds at most two ranges. */
	out = arena_array(&l->arena, 3 * n + 2 * load_count + 1, sizeof(*out));
	if (!out)
		return -ENOMEM;
	memcpy(out, known, n * sizeof(*known));
	n += fill_from_segments(l, loads, load_count, known, n, out + n);
	qsort(out, n, sizeof(*out), compare_ranges);
	l->range_count = cut_overlaps(out, n);
	l->ranges = out;
	return 0;
}
