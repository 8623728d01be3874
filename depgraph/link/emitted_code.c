/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emitted_code.c: references that the assembler resolved, read from machine code.
 *
 * Between functions of one section (no -ffunction-sections, or functions of one COMDAT group) a
 * call of a local function needs no relocation.  Such references are looked for at every byte, so that
 * none is missed behind data or unknown instructions: on x86-64
 *
 *	e8, e9, 0f 8x and four bytes     anywhere into another function
 *	a ModRM of [rip + four bytes]    to the first byte of another function
 *	eb, 7x and one byte              the same; so short that chance would find many, so it must also be an instruction
 *	                                 when the function is read from its start
 *
 * and on AArch64 every word that is a branch or ADR.  What looks so by chance keeps a function too many, which is the harmless
 * direction.
 */
#include "depgraph/link/emitted.h"

#include <capstone/capstone.h>
#include <errno.h>

#define SWEEP_MAX 65536

struct scan {
	struct emitted *m;
	const uint8_t *code;
	uint64_t size, address;
	uint32_t section;
	size_t from, next;       /* the node at the position, and the first one behind it */
	size_t last_from, last_to; /* the edge made last */
	csh reader;
	cs_insn *insn;
};

bool emitted_reads_code(const struct elf_file *f)
{
	return f->wide && !f->big && (f->machine == EM_X86_64 || f->machine == EM_AARCH64);
}

/* Keep up with the position: which node is it in? */
static void enter(struct scan *s, uint64_t address)
{
	const struct emitted *m = s->m;

	while (s->next < m->count && m->nodes[s->next].address <= address)
		s->next++;
	s->from = s->next && address < m->nodes[s->next - 1].end && m->nodes[s->next - 1].section == s->section ?
			  s->next - 1 : EMITTED_NONE;
}

static void found(struct scan *s, uint64_t target, bool branch)
{
	const struct emitted *m = s->m;
	size_t to;

	if (target < m->code_start || target >= m->code_end)
		return;
	to = emitted_at(m, target);
	if (to == EMITTED_NONE || to == s->from || (!branch && m->nodes[to].address != target) ||
	    (to == s->last_to && s->from == s->last_from))
		return;
	emitted_keep(s->m, s->from, to);
	s->last_from = s->from;
	s->last_to = to;
}

/* The first byte of another function. */
static bool is_start(const struct scan *s, uint64_t target)
{
	size_t to = s->from != EMITTED_NONE && target >= s->m->nodes[s->from].address && target < s->m->nodes[s->from].end ?
			    EMITTED_NONE : emitted_at(s->m, target);

	return to != EMITTED_NONE && s->m->nodes[to].address == target;
}

static uint32_t word(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Is there an opcode with a displacement of four bytes before: call, jmp, jcc? */
static bool is_branch(const uint8_t *code, uint64_t off)
{
	return (off >= 1 && (code[off - 1] == 0xe8 || code[off - 1] == 0xe9)) ||
	       (off >= 2 && code[off - 2] == 0x0f && (code[off - 1] & 0xf0) == 0x80);
}

/* Is a short jump there, as the instructions of its function follow each other? What cannot be read counts as one. */
static bool is_short_jump(struct scan *s, uint64_t at)
{
	uint64_t start = s->from == EMITTED_NONE ? at : s->m->nodes[s->from].address;
	size_t left;
	const uint8_t *code = s->code + (start - s->address);

	if (at - start > SWEEP_MAX)
		return true;
	left = s->size - (start - s->address);
	while (start < at)
		if (!cs_disasm_iter(s->reader, &code, &left, &start, s->insn))
			return true;
	return start == at;
}

static void scan_x86(struct scan *s)
{
	const uint8_t *p = s->code;
	uint64_t off;

	for (off = 0; off + 2 <= s->size; off++) {
		uint64_t at = s->address + off, target = at + 2 + (uint64_t)(int64_t)(int8_t)p[off + 1];
		bool branch = is_branch(p, off);

		enter(s, at);
		if ((p[off] == 0xeb || (p[off] & 0xf0) == 0x70) && is_start(s, target) && is_short_jump(s, at))
			found(s, target, false);
		if (off + 4 <= s->size && off >= 1 && (branch || (p[off - 1] & 0xc7) == 0x05))
			found(s, at + 4 + (uint64_t)(int64_t)(int32_t)word(p + off), branch);
	}
}

/* The low `bits` of a word, with their sign. */
static uint64_t signed_bits(uint32_t w, unsigned bits)
{
	return (uint64_t)((int64_t)((uint64_t)w << (64 - bits)) >> (64 - bits));
}

static void scan_aarch64(struct scan *s)
{
	uint64_t off;

	for (off = 0; off + 4 <= s->size; off += 4) {
		uint64_t at = s->address + off;
		uint32_t w = word(s->code + off);

		enter(s, at);
		if ((w & 0x7c000000) == 0x14000000) /* B, BL */
			found(s, at + signed_bits(w, 26) * 4, true);
		else if ((w & 0xff000000) == 0x54000000 || (w & 0x7e000000) == 0x34000000) /* B.cond, CBZ */
			found(s, at + signed_bits(w >> 5, 19) * 4, true);
		else if ((w & 0x7e000000) == 0x36000000) /* TBZ */
			found(s, at + signed_bits(w >> 5, 14) * 4, true);
		else if ((w & 0x9f000000) == 0x10000000) /* ADR */
			found(s, at + signed_bits((w >> 5 & 0x7ffff) << 2 | (w >> 29 & 3), 21), false);
	}
}

static void scan_sections(struct scan *s)
{
	struct emitted *m = s->m;
	uint32_t i;

	for (i = 1; i < m->elf->section_count; i++) {
		const struct elf_file_section *h = &m->elf->sections[i];

		if (!emitted_is_code(m, i) || !h->size_in_file || h->addr + h->size_in_file < h->addr)
			continue;
		s->code = m->elf->data + h->off;
		s->size = h->size_in_file;
		s->address = h->addr;
		s->section = i;
		s->next = 0;
		if (m->elf->machine == EM_AARCH64)
			scan_aarch64(s);
		else
			scan_x86(s);
	}
}

int emitted_follow_code(struct emitted *m)
{
	struct scan s = { .m = m, .from = EMITTED_NONE, .last_from = EMITTED_NONE, .last_to = EMITTED_NONE };

	if (cs_open(CS_ARCH_X86, CS_MODE_64, &s.reader) != CS_ERR_OK)
		return -ENOMEM;
	s.insn = cs_malloc(s.reader);
	if (s.insn)
		scan_sections(&s);
	cs_free(s.insn, s.insn ? 1 : 0);
	cs_close(&s.reader);
	return s.insn ? 0 : -ENOMEM;
}
