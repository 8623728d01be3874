/* SPDX-License-Identifier: Apache-2.0 */
/*
 * references.c: relocations and symbols; code is in references_code.c.
 *
 * Dynamic relocations are read through the sections that hold them, and what
 * the dynamic section claims (DT_RELA, DT_JMPREL, DT_RELR) must lie in those sections: what the
 * loader applies is then what was read.
 *
 * Sources: System V gABI, psABI of x86-64 and AArch64, the generic ABI's SHT_RELR.
 */
#include "depgraph/apply/references.h"

#include "base/bytes.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Not in every elf.h. */
#ifndef DT_RELR
#define DT_RELRSZ 35
#define DT_RELR 36
#define SHT_RELR 19
#endif
#define RELA_SIZE 24
#define RELA_ADDEND 16
#define SYM_SIZE 24
#define SYM_VALUE 8

struct search {
	const struct elf_file *elf;
	const struct address_range *ranges;
	uint32_t count;
	reference_found found;
	void *ctx;
	struct error *err;
	const char *where; /* the section that is read */
	int result;
};

static int refuse(struct search *s, const char *what, uint64_t place)
{
	return error_set(s->err, -EOPNOTSUPP, content_name(s->elf->content), "%s at 0x%" PRIx64 " (%s)", what, place, s->where);
}

/* The range that holds an address, or ends at it. */
static bool range_of(const struct search *s, uint64_t address, uint32_t *ret, bool *ret_end)
{
	uint32_t i;

	for (i = 0; i < s->count; i++)
		if (address >= s->ranges[i].start && address < s->ranges[i].end) {
			*ret = i;
			*ret_end = false;
			return true;
		}
	for (i = 0; i < s->count; i++)
		if (address == s->ranges[i].end) {
			*ret = i;
			*ret_end = true;
			return true;
		}
	return false;
}

static int tell(struct search *s, struct reference *r)
{
	if (!range_of(s, r->target, &r->range, &r->end))
		return 0;
	return s->found(s->ctx, r);
}

/* ---- relocations --------------------------------------------------------------------------------------------- */

/* What a relocation does with its place, as far as addresses are concerned. */
enum effect { EFFECT_NONE, EFFECT_ADDEND, EFFECT_SYMBOL_ADDEND, EFFECT_SYMBOL, EFFECT_UNKNOWN };

/* Of TLS and of functions that resolve themselves no address of data is formed. */
static enum effect effect_x86_64(uint32_t type)
{
	switch (type) {
	case R_X86_64_RELATIVE:
		return EFFECT_ADDEND;
	case R_X86_64_64:
		return EFFECT_SYMBOL_ADDEND;
	case R_X86_64_GLOB_DAT:
	case R_X86_64_JUMP_SLOT:
	case R_X86_64_COPY:
		return EFFECT_SYMBOL;
	case R_X86_64_NONE:
	case R_X86_64_DTPMOD64:
	case R_X86_64_DTPOFF64:
	case R_X86_64_TPOFF64:
	case R_X86_64_TLSDESC:
	case R_X86_64_IRELATIVE:
		return EFFECT_NONE;
	default:
		return EFFECT_UNKNOWN;
	}
}

static enum effect effect_aarch64(uint32_t type)
{
	switch (type) {
	case R_AARCH64_RELATIVE:
		return EFFECT_ADDEND;
	case R_AARCH64_ABS64:
		return EFFECT_SYMBOL_ADDEND;
	case R_AARCH64_GLOB_DAT:
	case R_AARCH64_JUMP_SLOT:
	case R_AARCH64_COPY:
		return EFFECT_SYMBOL;
	case R_AARCH64_NONE:
	case R_AARCH64_TLS_DTPMOD:
	case R_AARCH64_TLS_DTPREL:
	case R_AARCH64_TLS_TPREL:
	case R_AARCH64_TLSDESC:
	case R_AARCH64_IRELATIVE:
		return EFFECT_NONE;
	default:
		return EFFECT_UNKNOWN;
	}
}

static enum effect effect_of(const struct elf_file *elf, uint32_t type)
{
	return elf->machine == EM_X86_64 ? effect_x86_64(type) : effect_aarch64(type);
}

static bool stored_word(const struct elf_file *elf, uint64_t address, uint64_t *ret_off, uint64_t *ret_value)
{
	uint64_t off;

	if (!elf_file_offset(elf, address, &off) || !range_inside(off, 8, elf->size))
		return false;
	*ret_off = elf->base + off;
	*ret_value = load_le64(elf->data + off);
	return true;
}

static int addend_reference(struct search *s, const struct elf_file_relocation *rel, uint64_t entry)
{
	struct reference r = { .kind = REFERENCE_RELATIVE,
			       .place = rel->offset,
			       .target = (uint64_t)rel->addend,
			       .word = entry + RELA_ADDEND,
			       .width = 8,
			       .name = s->where };
	uint64_t off, value;

	/* Some linkers store the value at the place too, though the loader does not read it. */
	if (stored_word(s->elf, rel->offset, &off, &value) && value == r.target && value)
		r.copy = off;
	return tell(s, &r);
}

/* Against a symbol in a range: its value is rewritten with the symbol, so only the symbol itself may be meant. */
static int symbol_reference(struct search *s, uint32_t table, const struct elf_file_relocation *rel)
{
	struct elf_file_symbol sym;
	uint32_t range;
	bool end;

	if (!rel->symbol || !rel->addend)
		return 0;
	if (!elf_file_symbol(s->elf, s->elf->sections[table].link, rel->symbol, &sym))
		return refuse(s, "relocation against a symbol that is not there,", rel->offset);
	if (sym.special == SHN_UNDEF)
		return 0;
	if (range_of(s, sym.value, &range, &end) || range_of(s, sym.value + (uint64_t)rel->addend, &range, &end))
		return refuse(s, "relocation with a distance from a symbol in GPU code,", rel->offset);
	return 0;
}

static int one_relocation(struct search *s, uint32_t table, uint64_t index)
{
	struct elf_file_relocation rel;
	uint32_t range;
	bool end;

	if (!elf_file_relocation(s->elf, table, index, &rel))
		return 0;
	if (range_of(s, rel.offset, &range, &end) && !end)
		return refuse(s, "relocation that writes into GPU code,", rel.offset);
	switch (effect_of(s->elf, rel.type)) {
	case EFFECT_ADDEND:
		return addend_reference(s, &rel, s->elf->base + s->elf->sections[table].off + index * RELA_SIZE);
	case EFFECT_SYMBOL_ADDEND:
		return symbol_reference(s, table, &rel);
	case EFFECT_UNKNOWN:
		return refuse(s, "relocation of an unknown type,", rel.offset);
	default:
		return 0;
	}
}

static int one_relr(void *ctx, uint64_t address)
{
	struct search *s = ctx;
	struct reference r = { .kind = REFERENCE_RELR, .place = address, .width = 8, .name = s->where };
	uint32_t range;
	bool end;

	if (range_of(s, address, &range, &end) && !end)
		return s->result = refuse(s, "relocation that writes into GPU code,", address);
	if (!stored_word(s->elf, address, &r.word, &r.target))
		return s->result = refuse(s, "relocation outside of the file's bytes,", address);
	return s->result = tell(s, &r);
}

static int relocation_section(struct search *s, uint32_t index)
{
	const struct elf_file_section *sec = &s->elf->sections[index];
	uint64_t i, n;
	int r = 0;

	s->where = sec->name;
	if (sec->type == SHT_REL || (sec->type == SHT_RELA && (!(sec->flags & SHF_ALLOC) || sec->entsize != RELA_SIZE)))
		return refuse(s, sec->type == SHT_REL ? "relocations without addends," :
			      "relocations that the linker kept (--emit-relocs),", sec->off);
	if (sec->type == SHT_RELR) {
		s->result = 0;
		r = elf_file_relr(s->elf, index, one_relr, s);
		return s->result < 0 ? s->result : r < 0 ? refuse(s, "malformed packed relocations,", sec->off) : 0;
	}
	n = sec->type == SHT_RELA ? elf_file_entries(s->elf, index) : 0;
	for (i = 0; r == 0 && i < n; i++)
		r = one_relocation(s, index, i);
	return r;
}

/* A table that the loader is told of lies in sections of its type, end to end. */
static bool in_sections(const struct elf_file *elf, uint32_t type, uint64_t address, uint64_t size)
{
	uint64_t end;
	uint32_t i, tries;

	if (add_overflows(address, size, &end))
		return false;
	for (tries = 0; address < end && tries < elf->section_count; tries++)
		for (i = 1; i < elf->section_count; i++) {
			const struct elf_file_section *s = &elf->sections[i];

			if (s->type == type && s->flags & SHF_ALLOC && s->size_in_file == s->size && address >= s->addr &&
			    address - s->addr < s->size)
				address = s->addr + s->size;
		}
	return address >= end;
}

struct dynamic_tables {
	uint64_t rela, rela_size, plt, plt_size, relr, relr_size;
};

static int read_dynamic(struct search *s, struct dynamic_tables *t)
{
	uint64_t i, value;
	int64_t tag;

	for (i = 0; elf_file_dynamic(s->elf, i, &tag, &value); i++) {
		uint64_t *to = tag == DT_RELA	? &t->rela :
			       tag == DT_RELASZ ? &t->rela_size :
			       tag == DT_JMPREL ? &t->plt :
			       tag == DT_PLTRELSZ ? &t->plt_size :
			       tag == DT_RELR	? &t->relr :
			       tag == DT_RELRSZ ? &t->relr_size : NULL;

		if (to)
			*to = value;
		/* Another system's own way of packing relocations (Android's) would be between these. */
		else if (tag == DT_REL || (tag >= DT_LOOS && tag <= DT_HIOS))
			return refuse(s, "dynamic entry of an unknown kind,", (uint64_t)tag);
	}
	return 0;
}

static int check_dynamic(struct search *s)
{
	struct dynamic_tables t = { 0 };
	int r;

	s->where = ".dynamic";
	r = read_dynamic(s, &t);
	if (r < 0)
		return r;
	if (!in_sections(s->elf, SHT_RELA, t.rela, t.rela_size) || !in_sections(s->elf, SHT_RELA, t.plt, t.plt_size) ||
	    !in_sections(s->elf, SHT_RELR, t.relr, t.relr_size))
		return refuse(s, "relocations that no section describes,", t.rela);
	return 0;
}

/* ---- symbols ------------------------------------------------------------------------------------------------- */

static int symbol_section(struct search *s, uint32_t index)
{
	const struct elf_file_section *sec = &s->elf->sections[index];
	uint64_t i, n = elf_file_entries(s->elf, index);
	struct elf_file_symbol sym;
	int r = 0;

	s->where = sec->name;
	if (n && sec->entsize != SYM_SIZE)
		return refuse(s, "symbols of an unknown size,", sec->off);
	for (i = 1; r == 0 && i < n; i++) {
		struct reference ref = { .kind = REFERENCE_SYMBOL, .place = i, .width = 8 };

		if (!elf_file_symbol(s->elf, index, i, &sym) || sym.special != ELF_SYMBOL_IN_SECTION || sym.type == STT_TLS)
			continue;
		ref.target = sym.value;
		ref.size = sym.size;
		ref.name = sym.name;
		ref.word = s->elf->base + sec->off + i * SYM_SIZE + SYM_VALUE;
		if (range_of(s, sym.value, &ref.range, &ref.end) &&
		    (!ref.end || elf_file_section_at(s->elf, sym.value) != sym.section))
			r = s->found(s->ctx, &ref);
	}
	return r;
}

int references_find(const struct elf_file *elf, const struct address_range *ranges, uint32_t count,
		    reference_found found, void *ctx, struct error *err)
{
	struct search s = { .elf = elf, .ranges = ranges, .count = count, .found = found, .ctx = ctx, .err = err,
			    .where = "the file's header" };
	uint32_t i;
	int r;

	if (!elf->wide || elf->big || (elf->machine != EM_X86_64 && elf->machine != EM_AARCH64))
		return refuse(&s, "machine that is not known here,", elf->machine);
	if (elf->type != ET_DYN)
		return refuse(&s, "fixed addresses, which no relocation tells,", elf->entry);
	r = check_dynamic(&s);
	for (i = 1; r == 0 && i < elf->section_count; i++) {
		const struct elf_file_section *sec = &elf->sections[i];

		if (sec->type == SHT_RELA || sec->type == SHT_REL || sec->type == SHT_RELR)
			r = relocation_section(&s, i);
		else if (sec->type == SHT_SYMTAB || sec->type == SHT_DYNSYM)
			r = symbol_section(&s, i);
	}
	return r < 0 ? r : references_in_code(elf, ranges, count, found, ctx, err);
}
