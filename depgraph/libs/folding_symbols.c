/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folding_symbols.c: equal functions of a linked file, found by its symbol table.
 *
 * After linking, equal functions differ in the operands that are relative to their place.  Two functions of
 * one size at A and B are the same when wherever their code differs, both operands lead to one place:
 *
 *	x86-64   the four bytes are a relative distance:   a + A == b + B
 *	aarch64  B and BL: the same with their 26 bits; ADRP: the same page
 *
 * That test needs no disassembly, but it does need pairs.  They are found by a signature: a hash of the code with everything
 * left out that could be such an operand.  What it leaves out depends only on bytes that it keeps, so equal functions have equal
 * signatures; what it leaves out too much, the test finds.
 *
 * A guess all the same: sizes come from the symbol table, and nothing here knows of jump tables, exception
 * tables, or who compares the address.
 */
#include "depgraph/libs/folding.h"

#include "base/digest.h"

#include <errno.h>
#include <string.h>

#define SIZE_MIN 16
#define SYMBOLS_MAX (UINT32_C(1) << 26)

struct function {
	uint64_t signature, address, off, size;
	uint32_t symbol;
};

struct signature {
	uint64_t h;
	uint8_t kept[64];
	size_t n;
};

static void keep(struct signature *s, uint8_t byte)
{
	if (s->n == sizeof(s->kept)) {
		s->h = hash64(s->kept, s->n, s->h);
		s->n = 0;
	}
	s->kept[s->n++] = byte;
}

/* e8 and e9 (call, jmp), 0f 80 to 8f (jcc), and any byte that may be a ModRM of [rip + disp32]. */
static bool distance_follows(const uint8_t *p, uint64_t i)
{
	if (p[i] == 0xe8 || p[i] == 0xe9 || (p[i] & 0xc7) == 0x05)
		return true;
	return i > 0 && p[i - 1] == 0x0f && (p[i] & 0xf0) == 0x80;
}

static uint64_t x86_signature(const uint8_t *p, uint64_t n)
{
	struct signature s = { .h = n };
	uint64_t i;

	for (i = 0; i < n; i++) {
		keep(&s, p[i]);
		if (distance_follows(p, i))
			i += n - i > 4 ? 4 : 0;
	}
	return hash64(s.kept, s.n, s.h);
}

static bool x86_same(const uint8_t *a, const uint8_t *b, const struct function *x, const struct function *y)
{
	uint64_t i = 0, k;

	while (i < x->size) {
		bool found = false;

		if (a[i] == b[i]) {
			i++;
			continue;
		}
		/* The distance that the differing byte is in may begin up to three bytes before it. */
		for (k = 0; k < 4 && k <= i && !found; k++) {
			uint64_t at = i - k;

			found = at + 4 <= x->size &&
				load_le32(a + at) + (uint32_t)x->address == load_le32(b + at) + (uint32_t)y->address;
			if (found)
				i = at + 4;
		}
		if (!found)
			return false;
	}
	return true;
}

static bool is_branch(uint32_t w) { return (w & 0x7c000000) == 0x14000000; }
static bool is_adrp(uint32_t w) { return (w & 0x9f000000) == 0x90000000; }

static uint64_t arm64_signature(const uint8_t *p, uint64_t n)
{
	uint64_t i, h = n;

	for (i = 0; i + 4 <= n; i += 4) {
		uint32_t w = load_le32(p + i);

		w = is_branch(w) ? w & 0xfc000000 : is_adrp(w) ? w & 0x9f00001f : w;
		h = hash64(&w, sizeof(w), h);
	}
	return h;
}

static uint64_t branch_target(uint32_t w, uint64_t at)
{
	return at + (uint64_t)((int64_t)(int32_t)(w << 6) >> 4);
}

static uint64_t page_target(uint32_t w, uint64_t at)
{
	uint32_t pages = ((w >> 5) & 0x7ffff) << 2 | ((w >> 29) & 3);

	return (at >> 12) + (uint64_t)((int64_t)(int32_t)(pages << 11) >> 11);
}

static bool arm64_same(const uint8_t *a, const uint8_t *b, const struct function *x, const struct function *y)
{
	uint64_t i;

	for (i = 0; i + 4 <= x->size; i += 4) {
		uint32_t v = load_le32(a + i), w = load_le32(b + i);

		if (is_branch(v) && is_branch(w) && (v & 0xfc000000) == (w & 0xfc000000)) {
			if (branch_target(v, x->address + i) != branch_target(w, y->address + i) &&
			    v != w) /* a branch inside is equal as it stands */
				return false;
		} else if (is_adrp(v) && is_adrp(w) && (v & 31) == (w & 31)) {
			if (page_target(v, x->address + i) != page_target(w, y->address + i))
				return false;
		} else if (v != w) {
			return false;
		}
	}
	return true;
}

static bool same(const struct elf_file *f, const struct function *x, const struct function *y)
{
	const uint8_t *a = f->data + x->off, *b = f->data + y->off;

	if (x->size != y->size)
		return false;
	return f->machine == EM_X86_64 ? x86_same(a, b, x, y) : arm64_same(a, b, x, y);
}

static int by_address(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static int by_signature(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	if (x->signature != y->signature)
		return x->signature < y->signature ? -1 : 1;
	return by_address(a, b);
}

static size_t read_functions(const struct elf_file *f, uint64_t n, struct function *out)
{
	struct elf_file_symbol s;
	size_t count = 0, i, kept = 0;
	uint64_t k, off;

	for (k = 1; k < n; k++)
		if (elf_file_symbol(f, f->symtab, k, &s) && s.type == STT_FUNC && s.size >= SIZE_MIN &&
		    s.section < f->section_count && (f->sections[s.section].flags & SHF_EXECINSTR) &&
		    elf_file_offset(f, s.value, &off) && range_inside(off, s.size, f->size))
			out[count++] = (struct function){ 0, s.value, off, s.size, (uint32_t)k };
	/* Aliases and functions inside others are one stretch of code, counted once. */
	if (count)
		qsort(out, count, sizeof(*out), by_address);
	for (i = 0; i < count; i++)
		if (!kept || out[i].address >= out[kept - 1].address + out[kept - 1].size)
			out[kept++] = out[i];
	return kept;
}

/* Those of one signature, compared with the first of each group so far. */
static void classify(const struct elf_file *f, const struct function *fn, size_t n, struct folding_class *out)
{
	size_t i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; k < i; k++)
			if (out[k].class == (uint64_t)fn[k].symbol && same(f, &fn[k], &fn[i]))
				break;
		out[i] = (struct folding_class){ .class = k < i ? fn[k].symbol : fn[i].symbol,
						 .item = { .item = fn[i].symbol, .off = fn[i].off, .size = fn[i].size } };
	}
}

#define ALIKE_MAX 4096 /* of one signature: pairs are compared */

int folding_symbols(const struct elf_file *f, struct folding *ret)
{
	uint64_t n = f->symtab ? elf_file_entries(f, f->symtab) : 0;
	AUTO_FREE struct function *functions = NULL;
	AUTO_FREE struct folding_class *classes = NULL;
	size_t count, i, k;

	if ((f->machine != EM_X86_64 && f->machine != EM_AARCH64) || f->big || !f->wide)
		return -ENOTSUP;
	n = n > SYMBOLS_MAX ? SYMBOLS_MAX : n;
	functions = calloc(n + 1, sizeof(*functions));
	if (!functions)
		return -ENOMEM;
	count = read_functions(f, n, functions);
	for (i = 0; i < count; i++)
		functions[i].signature = f->machine == EM_X86_64 ? x86_signature(f->data + functions[i].off, functions[i].size) :
								   arm64_signature(f->data + functions[i].off, functions[i].size);
	if (count)
		qsort(functions, count, sizeof(*functions), by_signature);
	classes = calloc(count + 1, sizeof(*classes));
	if (!classes)
		return -ENOMEM;
	for (i = 0; i < count; i = k) {
		for (k = i + 1; k < count && k - i < ALIKE_MAX && functions[k].signature == functions[i].signature; k++)
			;
		classify(f, functions + i, k - i, classes + i);
	}
	return folding_group(classes, count, ret);
}
