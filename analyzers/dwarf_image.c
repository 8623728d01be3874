/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The debug sections of an ELF file as libdwarf wants them: decompressed and
 * relocated.
 *
 * An object file (ET_REL) has no addresses.  Its sections are given those that
 * the ELF layout uses, their offsets in the file, so that they do not overlap;
 * then the relocations of debug sections are applied to copies.  Only the
 * kinds that assemblers write there are known: absolute words, and RISC-V's
 * additions and subtractions.  Others are left out, and what depends on them
 * is not found.
 *
 * Source: the psABI supplements of x86-64, i386, AArch64, Arm, RISC-V, PowerPC
 * and s390; System V ABI, "Relocation".
 */
#include "analyzers/dwarf_image.h"

#include "analyzers/elf_image.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>

#define COPIES_MAX (UINT64_C(256) << 20)
#define RELOCATIONS_MAX (1u << 26)

/* What locating needs; locations, frames and macros are never looked at. */
static const char *const wanted[] = {
	"info", "abbrev", "line", "str", "line_str", "str_offsets", "aranges", "ranges", "rnglists", "addr", "types",
};

enum operation { SET, ADD, SUBTRACT };

static const struct relocation_kind {
	uint16_t machine;
	uint8_t type, width;
	enum operation operation;
} relocation_kinds[] = {
	{ EM_X86_64, R_X86_64_64, 8, SET },
	{ EM_X86_64, R_X86_64_32, 4, SET },
	{ EM_X86_64, R_X86_64_32S, 4, SET },
	{ EM_386, R_386_32, 4, SET },
	{ EM_ARM, R_ARM_ABS32, 4, SET },
	{ EM_PPC64, R_PPC64_ADDR64, 8, SET },
	{ EM_PPC64, R_PPC64_ADDR32, 4, SET },
	{ EM_PPC, R_PPC_ADDR32, 4, SET },
	{ EM_S390, R_390_64, 8, SET },
	{ EM_S390, R_390_32, 4, SET },
	{ EM_RISCV, R_RISCV_64, 8, SET },
	{ EM_RISCV, R_RISCV_32, 4, SET },
	{ EM_RISCV, R_RISCV_SET8, 1, SET },
	{ EM_RISCV, R_RISCV_SET16, 2, SET },
	{ EM_RISCV, R_RISCV_SET32, 4, SET },
	{ EM_RISCV, R_RISCV_ADD8, 1, ADD },
	{ EM_RISCV, R_RISCV_ADD16, 2, ADD },
	{ EM_RISCV, R_RISCV_ADD32, 4, ADD },
	{ EM_RISCV, R_RISCV_ADD64, 8, ADD },
	{ EM_RISCV, R_RISCV_SUB8, 1, SUBTRACT },
	{ EM_RISCV, R_RISCV_SUB16, 2, SUBTRACT },
	{ EM_RISCV, R_RISCV_SUB32, 4, SUBTRACT },
	{ EM_RISCV, R_RISCV_SUB64, 8, SUBTRACT },
};

/* AArch64's numbers do not fit the table's byte. */
static const struct relocation_kind aarch64_64 = { EM_AARCH64, 0, 8, SET }, aarch64_32 = { EM_AARCH64, 0, 4, SET };

static const struct relocation_kind *find_kind(uint16_t machine, uint32_t type)
{
	size_t i;

	if (machine == EM_AARCH64)
		return type == R_AARCH64_ABS64 ? &aarch64_64 : type == R_AARCH64_ABS32 ? &aarch64_32 : NULL;
	for (i = 0; i < sizeof(relocation_kinds) / sizeof(relocation_kinds[0]); i++)
		if (relocation_kinds[i].machine == machine && relocation_kinds[i].type == type)
			return &relocation_kinds[i];
	return NULL;
}

struct relocation {
	uint64_t offset, addend;
	uint32_t type, symbol;
};

static void read_relocation(struct cursor *c, const struct elf *e, bool addend, struct relocation *r)
{
	unsigned w = e->wide ? 8 : 4;
	uint64_t info;

	r->offset = cursor_uint(c, w);
	info = cursor_uint(c, w);
	r->type = e->wide ? (uint32_t)info : (uint32_t)info & 0xff;
	r->symbol = e->wide ? (uint32_t)(info >> 32) : (uint32_t)info >> 8;
	r->addend = addend ? cursor_uint(c, w) : 0;
	if (addend && w == 4)
		r->addend = (uint64_t)(int64_t)(int32_t)r->addend;
}

/* A symbol's value, with the address that its section has here. */
static bool symbol_value(const struct elf *e, const uint8_t *symbols, uint64_t size, uint32_t index, uint64_t *ret)
{
	struct cursor c = cursor_make(symbols, size);
	unsigned section;

	c.big = e->big;
	cursor_seek(&c, (uint64_t)index * (e->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym)) + (e->wide ? 6 : 14));
	if (e->wide) {
		section = cursor_u16(&c);
		*ret = cursor_u64(&c);
	} else {
		section = cursor_u16(&c);
		cursor_seek(&c, (uint64_t)index * sizeof(Elf32_Sym) + 4);
		*ret = cursor_u32(&c);
	}
	if (section < e->section_count && e->sections[section].flags & SHF_ALLOC)
		*ret += e->sections[section].off;
	return !c.failed;
}

static void apply(struct dwarf_section *s, const struct relocation *r, const struct relocation_kind *kind,
		  uint64_t value, bool addend, bool big)
{
	uint64_t old;

	if (!range_inside(r->offset, kind->width, s->size))
		return;
	old = load_uint(s->copy + r->offset, kind->width, big);
	value += r->addend;
	if (kind->operation == ADD || (kind->operation == SET && !addend))
		value = old + value;
	else if (kind->operation == SUBTRACT)
		value = old - value;
	store_uint(s->copy + r->offset, value, kind->width, big);
}

static void apply_section(struct dwarf_image *d, struct dwarf_section *s, const struct elf_section *relocations)
{
	bool addend = relocations->type == SHT_RELA;
	const struct elf *e = d->elf->priv;
	const uint8_t *bytes, *symbols;
	uint64_t size, symbols_size;
	struct relocation r;
	struct cursor c;

	if (relocations->link >= e->section_count || !elf_section_bytes(e, relocations, &bytes, &size) ||
	    !elf_section_bytes(e, &e->sections[relocations->link], &symbols, &symbols_size))
		return;
	c = cursor_make(bytes, size);
	c.big = e->big;
	/* Sections may overlap in a hostile file, so their number and size do not bound the work. */
	while (d->relocations++ < RELOCATIONS_MAX) {
		const struct relocation_kind *kind;
		uint64_t value;

		read_relocation(&c, e, addend, &r);
		if (c.failed)
			return;
		kind = find_kind(e->machine, r.type);
		if (kind && symbol_value(e, symbols, symbols_size, r.symbol, &value))
			apply(s, &r, kind, value, addend, e->big);
	}
}

static int relocate(struct dwarf_image *d, struct dwarf_section *s, uint64_t *copied)
{
	const struct elf *e = d->elf->priv;
	uint32_t i;

	for (i = 1; i < e->section_count; i++) {
		const struct elf_section *r = &e->sections[i];

		if ((r->type != SHT_RELA && r->type != SHT_REL) || r->info != s->index)
			continue;
		if (!s->copy) {
			*copied += s->size;
			s->copy = *copied <= COPIES_MAX ? malloc(s->size ? s->size : 1) : NULL;
			if (!s->copy)
				return -ENOMEM;
			memcpy(s->copy, s->data, s->size);
			s->data = s->copy;
		}
		apply_section(d, s, r);
	}
	return 0;
}

static int decompress(struct layout *elf, const struct elf_section *es, struct dwarf_section *s, struct error *err)
{
	CLEANUP(layout_unrefp) struct layout *inside = NULL;
	const struct part *p;
	size_t i;
	int r;

	if (es->part >= elf->count)
		return -EBADMSG;
	r = layout_open(elf, &elf->parts[es->part], &inside);
	if (r < 0)
		return r;
	for (i = 0, p = NULL; i < inside->count && !p; i++)
		if (inside->parts[i].kind == PART_ENCODED)
			p = &inside->parts[i];
	r = p ? layout_decode(inside, p, &s->plain, err) : -EBADMSG;
	if (r < 0)
		return r;
	s->data = content_data(s->plain);
	s->size = content_size(s->plain);
	return 0;
}

/* ".debug_info" for ".debug_info", ".zdebug_info"; with ".dwo" kept. false: not wanted. */
static bool wanted_name(const char *name, char *out, size_t size)
{
	const char *rest;
	size_t i, n;

	if (!strncmp(name, ".debug_", 7))
		rest = name + 7;
	else if (!strncmp(name, ".zdebug_", 8))
		rest = name + 8;
	else
		return false;
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		n = strlen(wanted[i]);
		if (!strncmp(rest, wanted[i], n) && (!rest[n] || !strcmp(rest + n, ".dwo")))
			return snprintf(out, size, ".debug_%s", rest) < (int)size;
	}
	return false;
}

static int add_section(struct dwarf_image *d, struct layout *elf, uint32_t index, uint64_t *copied,
		       struct error *err)
{
	const struct elf *e = elf->priv;
	const struct elf_section *es = &e->sections[index];
	struct dwarf_section *s = &d->sections[d->count];
	int r;

	*s = (struct dwarf_section){ .index = index };
	/* Of sections in groups only the ungrouped one of that name is the file's own. */
	if (!wanted_name(es->name, s->name, sizeof(s->name)) || es->flags & SHF_GROUP || es->type == SHT_NOBITS ||
	    dwarf_section(d, s->name) || d->count == DWARF_SECTIONS_MAX - 1)
		return 0;
	if (!elf_section_bytes(e, es, &s->data, &s->size))
		return 0;
	if (es->flags & SHF_COMPRESSED || !strncmp(es->name, ".zdebug_", 8)) {
		r = decompress(elf, es, s, err);
		if (r < 0)
			return r;
	}
	d->count++; /* owned from here on */
	return e->type == ET_REL ? relocate(d, s, copied) : 0;
}

int dwarf_image_open(struct layout *elf, struct dwarf_image **ret, struct error *err)
{
	CLEANUP(dwarf_image_freep) struct dwarf_image *d = calloc(1, sizeof(*d));
	const struct elf *e = elf->priv;
	uint64_t copied = 0;
	uint32_t i;
	int r;

	if (!d)
		return -ENOMEM;
	if (strcmp(elf->analyzer->name, "elf") || elf->image != elf || !e)
		return error_set(err, -EINVAL, content_name(elf->content), "not an ELF file");
	d->elf = elf;
	d->big = e->big;
	d->wide = e->wide;
	for (i = 1; i < e->section_count; i++) {
		r = add_section(d, elf, i, &copied, err);
		if (r < 0)
			return error_set(err, r, content_name(elf->content), "cannot read %s", e->sections[i].name);
	}
	if (!dwarf_section(d, ".debug_info") && !dwarf_section(d, ".debug_info.dwo"))
		return -ENODATA;
	*ret = steal_pointer(d);
	return 0;
}

void dwarf_image_free(struct dwarf_image *d)
{
	size_t i;

	for (i = 0; d && i < d->count; i++) {
		content_unref(d->sections[i].plain);
		free(d->sections[i].copy);
	}
	free(d);
}

const struct dwarf_section *dwarf_section(const struct dwarf_image *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->count; i++)
		if (!strcmp(d->sections[i].name, name))
			return &d->sections[i];
	return NULL;
}

bool dwarf_query_address(const struct dwarf_image *d, const struct dwarf_query *q, uint64_t *ret)
{
	const struct elf *e = d->elf->priv;
	const struct elf_section *s;

	if (q->section == DWARF_ADDRESS) {
		*ret = q->value;
		return true;
	}
	if (q->section >= e->section_count || !(e->sections[q->section].flags & SHF_ALLOC))
		return false;
	s = &e->sections[q->section];
	*ret = (e->type == ET_REL ? s->off : s->addr) + q->value;
	return true;
}

const struct dwarf_section *dwarf_query_section(const struct dwarf_image *d, const struct dwarf_query *q)
{
	size_t i;

	for (i = 0; q->section != DWARF_ADDRESS && i < d->count; i++)
		if (d->sections[i].index == q->section)
			return &d->sections[i];
	return NULL;
}

/* Sections whose offsets belong to a unit. */
static bool has_units(const struct elf_section *s)
{
	static const char *const names[] = { ".debug_info", ".debug_types", ".debug_line", ".debug_abbrev" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(s->name, names[i]))
			return !(s->flags & SHF_COMPRESSED);
	return false;
}

bool dwarf_query_at(const struct layout *elf, uint64_t off, struct dwarf_query *ret)
{
	const struct elf *e = elf_of(elf);
	const struct part *p = layout_part_at(elf, off);
	uint64_t address;

	if (p && p->tag < e->section_count && has_units(&e->sections[p->tag])) {
		*ret = (struct dwarf_query){ .section = p->tag, .value = off - p->off };
		return true;
	}
	if (p && p->tag < e->section_count && !(e->sections[p->tag].flags & SHF_ALLOC))
		return false;
	if (!image_address(elf, off, &address))
		return false;
	*ret = (struct dwarf_query){ .section = DWARF_ADDRESS, .value = address };
	return true;
}
