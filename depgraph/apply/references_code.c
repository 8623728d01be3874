/* SPDX-License-Identifier: Apache-2.0 */
/*
 * references_code.c: instructions that form or read an address in a range.
 *
 * Position-independent x86-64 code reaches data by a displacement of 32 bits from the end of the instruction,
 * in an operand whose ModRM byte is 00xxx101.  Relocations of such operands are gone after
 * the link, so the code is searched: every byte that could be that ModRM byte and
 * whose following word would lead into a range is a candidate.  Of a million bytes
 * of code some hundred are, nearly all of them bytes in the midst of instructions.  A
 * candidate is decided by disassembling from the start of its function, which the
 * sorted table of .eh_frame_hdr tells.  Bytes that the disassembler does not know are stepped over one by one; it finds
 * back to the boundaries of instructions within a few.
 *
 * AArch64 code forms addresses by adrp and an offset within the page in one of the instructions after
 * it, or by adr and literal loads within reach of a megabyte.  Instructions are
 * aligned words, so each is looked at, and no disassembler is needed.
 *
 * Sources: Intel's manual, volume 2, 2.1 (ModRM); Arm's manual, C6.2; the table of .eh_frame_hdr: Linux Standard Base, Core
 * generic, 10.6.2.
 */
#include "depgraph/apply/references.h"

#include "base/bytes.h"
#include "base/sorted.h"

#include <capstone/capstone.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTION_MAX (1u << 20) /* bytes disassembled for one candidate */
#define SLACK 4			/* an immediate operand behind the displacement */
#define DW_EH_PE_UDATA4 0x03
#define DW_EH_PE_DATAREL_SDATA4 0x3b

struct start {
	uint64_t address;
};

struct scan {
	const struct elf_file *elf;
	const struct address_range *ranges;
	uint32_t count;
	uint64_t low, high; /* around all ranges */
	reference_found found;
	void *ctx;
	struct start *starts; /* of functions, ascending */
	size_t start_count;
	csh handle, detailed;
	cs_insn *insn, *detail;
	/* The section that is read. */
	const struct elf_file_section *section;
	const uint8_t *code;
	uint64_t at; /* the disassembler stands here, an offset in the section */
};

static void scan_release(struct scan *s)
{
	free(s->starts);
	if (s->insn)
		cs_free(s->insn, 1);
	if (s->detail)
		cs_free(s->detail, 1);
	if (s->handle)
		(void)cs_close(&s->handle);
	if (s->detailed)
		(void)cs_close(&s->detailed);
}

static bool in_range(const struct scan *s, uint64_t address, uint32_t *ret)
{
	uint32_t i;

	for (i = 0; i < s->count; i++)
		if (address >= s->ranges[i].start && address < s->ranges[i].end) {
			*ret = i;
			return true;
		}
	return false;
}

/* ---- where functions start ----------------------------------------------------------------------------------- */

static int by_address(const void *a, const void *b)
{
	uint64_t x = ((const struct start *)a)->address, y = ((const struct start *)b)->address;

	return x < y ? -1 : x > y;
}

static int read_starts(struct scan *s)
{
	uint32_t index = elf_file_section_named(s->elf, ".eh_frame_hdr"), n, i;
	const struct elf_file_section *sec = index ? &s->elf->sections[index] : NULL;
	struct cursor c = sec ? elf_file_cursor(s->elf, sec) : cursor_make("", 0);

	cursor_skip(&c, 2); /* version, encoding of the pointer that follows the four */
	if (cursor_u8(&c) != DW_EH_PE_UDATA4 || cursor_u8(&c) != DW_EH_PE_DATAREL_SDATA4)
		return 0;
	cursor_skip(&c, 4);
	n = cursor_u32(&c);
	if (c.failed || n > cursor_left(&c) / 8)
		return 0;
	s->starts = calloc((size_t)n + 1, sizeof(*s->starts));
	if (!s->starts)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		s->starts[i].address = sec->addr + (uint64_t)(int64_t)(int32_t)cursor_u32(&c);
		cursor_skip(&c, 4);
	}
	s->start_count = n;
	qsort(s->starts, n, sizeof(*s->starts), by_address);
	return 0;
}

/* The start of the function around an offset of the section; not too far back. */
static uint64_t function_start(const struct scan *s, uint64_t off)
{
	uint64_t address = s->section->addr + off, start = 0;
	size_t n = s->start_count ? sorted_until(s->starts, s->start_count, address, address) : 0;

	if (n && s->starts[n - 1].address >= s->section->addr)
		start = s->starts[n - 1].address - s->section->addr;
	return off - start > FUNCTION_MAX ? off - FUNCTION_MAX : start;
}

/* ---- x86-64 -------------------------------------------------------------------------------------------------- */

static int open_x86(struct scan *s)
{
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &s->handle) != CS_ERR_OK ||
	    cs_open(CS_ARCH_X86, CS_MODE_64, &s->detailed) != CS_ERR_OK)
		return -ENOMEM;
	(void)cs_option(s->handle, CS_OPT_DETAIL, CS_OPT_OFF);
	(void)cs_option(s->detailed, CS_OPT_DETAIL, CS_OPT_ON);
	s->insn = cs_malloc(s->handle);
	s->detail = cs_malloc(s->detailed);
	return s->insn && s->detail ? 0 : -ENOMEM;
}

/* Disassembles up to the instruction that covers `off`; false: `off` is in bytes that are no instruction. */
static bool instruction_over(struct scan *s, uint64_t off)
{
	uint64_t start = function_start(s, off), address, pos;
	const uint8_t *p;
	size_t left;

	/* Candidates ascend: of the same function, it goes on from where it stands. */
	pos = s->at > start && s->at <= off ? s->at : start;
	while (pos <= off) {
		p = s->code + pos;
		left = (size_t)(s->section->size_in_file - pos);
		address = s->section->addr + pos;
		s->at = pos;
		if (!cs_disasm_iter(s->handle, &p, &left, &address, s->insn))
			pos++;
		else if (pos + s->insn->size > off)
			return true;
		else
			pos += s->insn->size;
	}
	return false;
}

/* The instruction at s->at has its displacement from the program counter at `off`; then its target. */
static bool displacement_at(struct scan *s, uint64_t off, uint64_t *ret_target, uint64_t *ret_end)
{
	const uint8_t *p = s->code + s->at;
	size_t left = (size_t)(s->section->size_in_file - s->at);
	uint64_t address = s->section->addr + s->at;
	const cs_x86 *x86;

	if (!cs_disasm_iter(s->detailed, &p, &left, &address, s->detail) || !s->detail->detail)
		return false;
	x86 = &s->detail->detail->x86;
	if (s->at + x86->encoding.disp_offset != off || x86->encoding.disp_size != 4 || (x86->modrm & 0xc7) != 5)
		return false;
	*ret_end = address;
	*ret_target = address + (uint64_t)(int64_t)(int32_t)load_le32(s->code + off);
	return true;
}

static int candidate_x86(struct scan *s, uint64_t modrm)
{
	struct reference r = { .kind = REFERENCE_CODE, .width = 4, .name = s->section->name };

	if (!instruction_over(s, modrm) || !displacement_at(s, modrm + 1, &r.target, &r.base) ||
	    !in_range(s, r.target, &r.range))
		return 0;
	r.place = s->section->addr + s->at;
	r.word = s->elf->base + s->section->off + modrm + 1;
	return s->found(s->ctx, &r);
}

static int scan_x86(struct scan *s)
{
	uint64_t size = s->section->size_in_file, span = s->high - s->low + SLACK, i;
	uint64_t base = s->section->addr + 5 + SLACK - s->low;
	int r = 0;

	s->at = 0;
	for (i = 0; r == 0 && i + 5 <= size; i++) {
		if ((s->code[i] & 0xc7) != 5)
			continue;
		if (base + i + (uint64_t)(int64_t)(int32_t)load_le32(s->code + i + 1) <= span + SLACK)
			r = candidate_x86(s, i);
	}
	return r;
}

/* ---- AArch64 ------------------------------------------------------------------------------------------------- */

#define PAGE UINT64_C(4096)
#define PAIR_WINDOW 16 /* instructions in which the second half of a pair is looked for */

static int64_t sign_extend(uint64_t v, unsigned bits)
{
	return (int64_t)(v << (64 - bits)) >> (64 - bits);
}

static int64_t adr_immediate(uint32_t insn)
{
	return sign_extend((uint64_t)(insn >> 5 & 0x7ffff) << 2 | (insn >> 29 & 3), 21);
}

static int tell_arm(struct scan *s, uint64_t off, uint64_t target)
{
	struct reference r = { .kind = REFERENCE_CODE, .target = target, .name = s->section->name };

	if (!in_range(s, target, &r.range))
		return 0;
	r.place = s->section->addr + off;
	return s->found(s->ctx, &r);
}

/* The offset in the page that an instruction adds to a register: add, and loads and stores with an unsigned offset. */
static bool page_offset(uint32_t insn, uint32_t reg, uint64_t *ret)
{
	if ((insn >> 5 & 31) != reg)
		return false;
	if ((insn & 0xffc00000) == 0x91000000) {
		*ret = insn >> 10 & 0xfff;
		return true;
	}
	if ((insn & 0x3b000000) == 0x39000000) {
		/* Scaled by the size of the access; 16 bytes of a vector register are told by another bit. */
		*ret = (uint64_t)(insn >> 10 & 0xfff) << ((insn & 0x04800000) == 0x04800000 ? 4 : insn >> 30);
		return true;
	}
	return false;
}

/* adrp: what its pair adds; without a pair in sight, any byte of the page may be meant. */
static int adrp(struct scan *s, uint64_t off, uint32_t insn)
{
	uint64_t page = ((s->section->addr + off) & -PAGE) + ((uint64_t)adr_immediate(insn) << 12), low = 0, i;
	bool paired = false;
	int r = 0;

	if (page + PAGE <= s->low || page >= s->high)
		return 0;
	for (i = off + 4; r == 0 && i + 4 <= s->section->size_in_file && i <= off + 4 * PAIR_WINDOW; i += 4)
		if (page_offset(load_le32(s->code + i), insn & 31, &low)) {
			paired = true;
			r = tell_arm(s, off, page + low);
		}
	if (r || paired)
		return r;
	r = tell_arm(s, off, page);
	return r ? r : tell_arm(s, off, page + PAGE - 1);
}

static int scan_arm(struct scan *s)
{
	uint64_t i;
	int r = 0;

	for (i = 0; r == 0 && i + 4 <= s->section->size_in_file; i += 4) {
		uint32_t insn = load_le32(s->code + i);

		if ((insn & 0x9f000000) == 0x90000000)
			r = adrp(s, i, insn);
		else if ((insn & 0x9f000000) == 0x10000000)
			r = tell_arm(s, i, s->section->addr + i + (uint64_t)adr_immediate(insn));
		else if ((insn & 0x3b000000) == 0x18000000)
			r = tell_arm(s, i, s->section->addr + i + (uint64_t)(sign_extend(insn >> 5 & 0x7ffff, 19) * 4));
	}
	return r;
}

/* ---- all sections -------------------------------------------------------------------------------------------- */

static void around_all(struct scan *s)
{
	uint32_t i;

	s->low = UINT64_MAX;
	for (i = 0; i < s->count; i++) {
		s->low = s->ranges[i].start < s->low ? s->ranges[i].start : s->low;
		s->high = s->ranges[i].end > s->high ? s->ranges[i].end : s->high;
	}
}

int references_in_code(const struct elf_file *elf, const struct address_range *ranges, uint32_t count,
		       reference_found found, void *ctx, struct error *err)
{
	CLEANUP(scan_release) struct scan s = { .elf = elf, .ranges = ranges, .count = count, .found = found, .ctx = ctx };
	uint32_t i;
	int r;

	if (!count)
		return 0;
	around_all(&s);
	r = read_starts(&s);
	if (r == 0 && elf->machine == EM_X86_64)
		r = open_x86(&s);
	if (r < 0)
		return error_set(err, r, content_name(elf->content), "cannot disassemble");
	for (i = 1; r == 0 && i < elf->section_count; i++) {
		s.section = &elf->sections[i];
		if (!(s.section->flags & SHF_EXECINSTR) || !(s.section->flags & SHF_ALLOC) || !s.section->size_in_file)
			continue;
		s.code = elf->data + s.section->off;
		r = elf->machine == EM_X86_64 ? scan_x86(&s) : scan_arm(&s);
	}
	return r;
}
