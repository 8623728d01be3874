/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_header.c: the ELF header, field by field (System V ABI, chapter 4).
 */
#include "analyzers/elf_image.h"

enum { TAG_PLAIN, TAG_PHNUM, TAG_SHNUM, TAG_SHSTRNDX };

/* clang-format off */
static const struct field_spec ident[] = {
	{ "magic", 4, MEANS_MAGIC, CODED_BYTES },      { "class", 1, MEANS_NOTHING, CODED_LE },
	{ "data encoding", 1, MEANS_NOTHING, CODED_LE }, { "ident version", 1, MEANS_VERSION, CODED_LE },
	{ "OS ABI", 1, MEANS_NOTHING, CODED_LE },      { "ABI version", 1, MEANS_VERSION, CODED_LE },
	{ "ident padding", 7, MEANS_NOTHING, CODED_BYTES }, { NULL, 0, 0, 0 },
};
/* clang-format on */

static void add_count(struct layout *l, uint64_t off, const char *name, uint32_t tag)
{
	struct part *p = elf_field(l, off, 2, name, MEANS_COUNT);

	if (p) {
		p->recomputes = true;
		p->tag = tag;
	}
}

int elf_split_header(struct layout *child, const struct elf *e)
{
	unsigned w = elf_word(e);
	uint64_t off;

	(void)elf_set_view(child, VIEW_HEADER, 0);
	layout_fields(child, 0, ident);
	(void)elf_field(child, 16, 2, "e_type", MEANS_NOTHING);
	(void)elf_field(child, 18, 2, "e_machine", MEANS_NOTHING);
	(void)elf_field(child, 20, 4, "e_version", MEANS_VERSION);
	off = 24;
	if (e->by_section)
		(void)elf_field(child, off, w, "e_entry", MEANS_ADDRESS);
	else
		(void)elf_reference_field(child, off, w, "e_entry", MEANS_ADDRESS, REFERS_ADDRESS,
					  REFERENCE_NONE);
	(void)elf_reference_field(child, off + w, w, "e_phoff", MEANS_OFFSET, REFERS_FILE_OFFSET,
				  REFERENCE_NONE);
	(void)elf_reference_field(child, off + 2 * w, w, "e_shoff", MEANS_OFFSET, REFERS_FILE_OFFSET,
				  REFERENCE_NONE);
	off += 3 * w;
	(void)elf_field(child, off, 4, "e_flags", MEANS_FLAGS);
	(void)elf_field(child, off + 4, 2, "e_ehsize", MEANS_SIZE);
	(void)elf_field(child, off + 6, 2, "e_phentsize", MEANS_SIZE);
	add_count(child, off + 8, "e_phnum", TAG_PHNUM);
	(void)elf_field(child, off + 10, 2, "e_shentsize", MEANS_SIZE);
	add_count(child, off + 12, "e_shnum", TAG_SHNUM);
	add_count(child, off + 14, "e_shstrndx", TAG_SHSTRNDX);
	return 0;
}

/* The table of program headers says itself how long it is, through PT_PHDR. */
static uint64_t phnum_by_content(const struct elf *e)
{
	uint32_t i;

	for (i = 0; i < e->segment_count; i++)
		if (e->segments[i].type == PT_PHDR && e->phentsize)
			return e->segments[i].filesz / e->phentsize;
	return e->type == ET_REL ? 0 : UINT64_MAX;
}

/* The linkers that we know end the file with the section header table. */
static uint64_t shnum_by_content(const struct elf *e)
{
	uint64_t left = e->shoff < e->image->size ? e->image->size - e->shoff : 0;

	if (!e->shentsize || !e->shoff || left % e->shentsize)
		return UINT64_MAX;
	left /= e->shentsize;
	return left < SHN_LORESERVE ? left : 0;
}

static uint32_t string_table_named(const struct elf *e, const char *name)
{
	uint32_t i;

	for (i = 1; i < e->section_count; i++)
		if (e->sections[i].type == SHT_STRTAB && strcmp(e->sections[i].name, name) == 0)
			return i;
	return 0;
}

/* clang's objects keep the names of sections and of symbols in one table. */
static uint64_t shstrndx_by_content(const struct elf *e)
{
	uint32_t i = string_table_named(e, ".shstrtab");

	if (!i)
		i = string_table_named(e, ".strtab");
	return !i ? UINT64_MAX : i < SHN_LORESERVE ? i : SHN_XINDEX;
}

bool elf_recompute_header(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct elf *e = elf_of(l);
	uint64_t v = UINT64_MAX;

	if (p->tag == TAG_PHNUM)
		v = phnum_by_content(e);
	else if (p->tag == TAG_SHNUM)
		v = shnum_by_content(e);
	else if (p->tag == TAG_SHSTRNDX)
		v = shstrndx_by_content(e);
	if (v > UINT16_MAX || p->len != 2)
		return false;
	store_uint(out, v, 2, e->big);
	return true;
}
