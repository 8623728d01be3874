/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emitted_read.c: one kept relocation, as the address that is meant.
 *
 * r_offset is an address, the symbol's value too, and the addend counts
 * from the place itself where the type is relative.  On x86-64 the processor counts from
 * the end of the instruction: assemblers put 4, and the size of an immediate that follows, into the addend;
 * the instruction in front tells which.  AArch64 has no such bias.
 *
 * A reference to a function or data object means that one, whatever the addend
 * (an array's element before the first).  One to a section or a label means the address.
 * Source: System V ABI, AMD64 and AArch64 supplements.
 */
#include "depgraph/link/emitted.h"

bool emitted_is_table(const struct elf_file *f, uint32_t table)
{
	const struct elf_file_section *s = &f->sections[table];

	return s->type == SHT_RELA && !(s->flags & SHF_ALLOC) && s->info && s->info < f->section_count &&
	       s->link == f->symtab && f->sections[s->info].flags & SHF_ALLOC;
}

static bool is_relative(uint16_t machine, uint32_t type)
{
	if (machine == EM_AARCH64)
		return type == R_AARCH64_PREL64 || type == R_AARCH64_PREL32 || type == R_AARCH64_PREL16;
	switch (type) {
	case R_X86_64_PC8:
	case R_X86_64_PC16:
	case R_X86_64_PC32:
	case R_X86_64_PC64:
	case R_X86_64_PLT32:
	case R_X86_64_GOTPCREL:
	case R_X86_64_GOTPCRELX:
	case R_X86_64_REX_GOTPCRELX: return true;
	default: return false;
	}
}

/* Bytes of an immediate behind the displacement of the x86-64 instruction whose opcode and ModRM stand before `code`. */
static unsigned immediate_size(const uint8_t *code)
{
	if ((code[-1] & 0xc7) != 0x05)
		return 0; /* a jump, a call: nothing follows */
	if (code[-3] == 0x0f)
		return code[-2] == 0xba || code[-2] == 0xa4 || code[-2] == 0xac || code[-2] == 0x70 || code[-2] == 0xc2 ||
		       (code[-2] >= 0xc4 && code[-2] <= 0xc6);
	switch (code[-2]) {
	case 0x80: case 0x83: case 0xc0: case 0xc1: case 0xc6: case 0x6b: return 1;
	case 0x81: case 0xc7: case 0x69: return code[-3] == 0x66 ? 2 : 4;
	case 0xf6: return code[-1] & 0x38 ? 0 : 1;
	case 0xf7: return code[-1] & 0x38 ? 0 : code[-3] == 0x66 ? 2 : 4;
	default: return 0;
	}
}

/* From the place to the end of its instruction. */
static unsigned bias(const struct elf_file *f, const struct elf_file_section *s, uint64_t address, uint32_t type)
{
	uint64_t off = address - s->addr;

	if (f->machine != EM_X86_64 || !(s->flags & SHF_EXECINSTR) || type == R_X86_64_PC64)
		return 0;
	if (type == R_X86_64_PC8 || type == R_X86_64_PC16)
		return type == R_X86_64_PC8 ? 1 : 2;
	return 4 + (off >= 3 && off < s->size_in_file ? immediate_size(f->data + s->off + off) : 0);
}

static bool is_address(const struct elf_file *f, const struct elf_file_symbol *s)
{
	if (s->type == STT_TLS || s->type == STT_FILE)
		return false;
	if (s->special == SHN_ABS)
		return s->value != 0;
	return s->special == ELF_SYMBOL_IN_SECTION && s->section < f->section_count;
}

bool emitted_reference(const struct elf_file *f, uint32_t table, uint64_t i, struct emitted_reference *ret)
{
	const struct elf_file_section *at = &f->sections[f->sections[table].info];
	struct elf_file_relocation r;
	struct elf_file_symbol s;

	/* Type 0 is "none" everywhere. */
	if (!elf_file_relocation(f, table, i, &r) || !r.type || !elf_file_symbol(f, f->symtab, r.symbol, &s) ||
	    !is_address(f, &s) || r.offset < at->addr || r.offset - at->addr >= at->size)
		return false;
	*ret = (struct emitted_reference){ .at = r.offset,
					   .symbol = s.value,
					   .target = s.value + (uint64_t)r.addend,
					   .section = f->sections[table].info,
					   .relative = is_relative(f->machine, r.type) };
	if (ret->relative)
		ret->target += bias(f, at, r.offset, r.type);
	ret->displacement = f->machine == EM_X86_64 && r.type == R_X86_64_32S;
	ret->label = s.type != STT_SECTION;
	ret->object = s.size && (s.type == STT_FUNC || s.type == STT_OBJECT || s.type == STT_GNU_IFUNC);
	/* An address before or behind the section that is named belongs to it all the same. */
	ret->target_section = s.special == ELF_SYMBOL_IN_SECTION ? s.section : 0;
	return true;
}
