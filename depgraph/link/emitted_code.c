/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emitted_code.c: references that the assembler resolved, read from machine code.
 *
 * Between functions of one section (no -ffunction-sections, or functions of one COMDAT group) a
 * call of a local function needs no relocation.  Such references are found without decoding instructions, so that
 * none is missed where data or unknown instructions stand between: on x86-64 every four bytes that, as
 * a displacement, lead to the first byte of another function, every byte pair that is a short jump to one, and what follows
 * the opcode of a call or jump and leads anywhere into another function; on AArch64 every word that is a branch or ADR.
 * Bytes that look so by chance keep a function too many, which is the harmless direction.
 */
#include "depgraph/link/emitted.h"

struct scan {
	struct emitted *m;
	const uint8_t *code;
	uint64_t size, address;
	size_t from, next;       /* the node at the position, and the first one behind it */
	size_t last_from, last_to; /* the edge made last */
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
	s->from = s->next && address < m->nodes[s->next - 1].end ? s->next - 1 : EMITTED_NONE;
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

static void scan_x86(struct scan *s)
{
	const uint8_t *p = s->code;
	uint64_t off;

	for (off = 0; off + 2 <= s->size; off++) {
		uint64_t at = s->address + off;

		enter(s, at);
		if (p[off] == 0xeb || (p[off] & 0xf0) == 0x70)
			found(s, at + 2 + (uint64_t)(int64_t)(int8_t)p[off + 1], false);
		if (off + 4 <= s->size)
			found(s, at + 4 + (uint64_t)(int64_t)(int32_t)word(p + off), is_branch(p, off));
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

void emitted_follow_code(struct emitted *m)
{
	uint32_t i;

	for (i = 1; i < m->elf->section_count; i++) {
		const struct elf_file_section *h = &m->elf->sections[i];
		struct scan s = { m, m->elf->data + h->off, h->size_in_file, h->addr, EMITTED_NONE, 0, EMITTED_NONE, EMITTED_NONE };

		if (!emitted_is_code(m, i) || !h->size_in_file || h->addr + h->size_in_file < h->addr)
			continue;
		if (m->elf->machine == EM_AARCH64)
			scan_aarch64(&s);
		else
			scan_x86(&s);
	}
}
