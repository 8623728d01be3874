/* SPDX-License-Identifier: Apache-2.0 */
/*
 * startup.c: DT_INIT, DT_INIT_ARRAY, DT_FINI, DT_FINI_ARRAY, less what the compiler puts into every library.
 *
 * gcc's crtbeginS.o brings one entry in .init_array, frame_dummy, and one in .fini_array, __do_global_dtors_aux;
 * crti.o and crtn.o bring _init, which calls __gmon_start__ if there is one, and an empty _fini.  They are known by their
 * names where there is a symbol table, and otherwise by their instructions:
 *
 *	x86-64   frame_dummy            [endbr64] jmp register_tm_clones, which begins with two lea and a sub
 *	         __do_global_dtors_aux  [endbr64] cmpb $0, completed(%rip); jne
 *	         _init                  [endbr64] sub; mov __gmon_start__@GOT; test; je; call; add; ret
 *	aarch64  the same in its own words; _init calls call_weak_fn
 *
 * What is neither is a constructor, and on other machines everything without a symbol table is: a
 * library is called inert only when that is known.
 *
 * IFUNC resolvers run at load too, but only choose an address that somebody binds to.
 *
 * Sources: gABI chapter 5 (Initialization and Termination Functions); gcc libgcc/crtstuff.c; glibc sysdeps/x86_64/crti.S,
 * sysdeps/aarch64/crti.S.
 */
#include "depgraph/libs/startup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ENTRIES_MAX 4096

struct arrays {
	uint64_t init, fini, init_array, init_size, fini_array, fini_size;
};

static struct arrays read_arrays(const struct elf_file *f)
{
	struct arrays a = { 0 };
	int64_t tag;
	uint64_t i, value;

	for (i = 0; elf_file_dynamic(f, i, &tag, &value); i++) {
		switch (tag) {
		case DT_INIT: a.init = value; break;
		case DT_FINI: a.fini = value; break;
		case DT_INIT_ARRAY: a.init_array = value; break;
		case DT_INIT_ARRAYSZ: a.init_size = value; break;
		case DT_FINI_ARRAY: a.fini_array = value; break;
		case DT_FINI_ARRAYSZ: a.fini_size = value; break;
		default: break;
		}
	}
	return a;
}

static const char *name_in(const struct elf_file *f, uint32_t table, uint64_t address)
{
	uint64_t i, n = table ? elf_file_entries(f, table) : 0;
	struct elf_file_symbol s;

	for (i = 0; i < n; i++)
		if (elf_file_symbol(f, table, i, &s) && s.value == address && s.name[0] && s.special != SHN_UNDEF &&
		    (s.type == STT_FUNC || s.type == STT_GNU_IFUNC))
			return s.name;
	return NULL;
}

static const char *function_name(const struct elf_file *f, uint64_t address)
{
	const char *name = name_in(f, f->symtab, address);

	return name ? name : name_in(f, f->dynsym, address);
}

/* ---- code of the compiler ------------------------------------------------------------------------------------- */

static struct cursor code_at(const struct elf_file *f, uint64_t address)
{
	struct cursor c = cursor_make(f->data, f->size);
	uint64_t off;

	c.big = f->big;
	if (elf_file_offset(f, address, &off))
		cursor_seek(&c, off);
	else
		c.failed = true;
	return c;
}

static unsigned hex_digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a') + 10;
}

/* The bytes that the pattern names; "?" is any byte. */
static bool code_matches(struct cursor *c, const char *pattern)
{
	for (; *pattern; pattern += 3) {
		uint8_t byte = cursor_u8(c);

		if (c->failed)
			return false;
		if (pattern[0] != '?' && (hex_digit(pattern[0]) << 4 | hex_digit(pattern[1])) != byte)
			return false;
		if (!pattern[2])
			break;
	}
	return true;
}

static void skip_endbr64(struct cursor *c)
{
	struct cursor ahead = *c;

	if (code_matches(&ahead, "f3 0f 1e fa"))
		*c = ahead;
}

static bool x86_frame_dummy(const struct elf_file *f, uint64_t address)
{
	struct cursor c = code_at(f, address), target;
	uint64_t start = c.pos;
	int32_t distance;

	skip_endbr64(&c);
	if (!code_matches(&c, "e9"))
		return false;
	distance = (int32_t)cursor_u32(&c);
	target = code_at(f, address + (c.pos - start) + (uint64_t)(int64_t)distance);
	skip_endbr64(&target);
	return !c.failed && code_matches(&target, "48 8d 3d ?? ?? ?? ?? 48 8d 35 ?? ?? ?? ?? 48 29 fe");
}

static bool x86_runtime(const struct elf_file *f, uint64_t address)
{
	static const char *const patterns[] = {
		"80 3d ?? ?? ?? ?? 00 75",                                                  /* __do_global_dtors_aux */
		"48 83 ec 08 48 8b 05 ?? ?? ?? ?? 48 85 c0 74 02 ff d0 48 83 c4 08 c3",     /* _init */
		"48 83 ec 08 48 83 c4 08 c3",                                               /* _fini */
	};
	size_t i;

	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct cursor c = code_at(f, address);

		skip_endbr64(&c);
		if (code_matches(&c, patterns[i]))
			return true;
	}
	return x86_frame_dummy(f, address);
}

struct word_pattern {
	uint32_t mask, value;
};

static bool words_match(const struct elf_file *f, uint64_t address, const struct word_pattern *p, size_t n)
{
	struct cursor c = code_at(f, address);
	size_t i;

	for (i = 0; i < n; i++) {
		uint32_t word = cursor_u32(&c);

		/* bti, paciasp and autiasp may stand between. */
		while (word == 0xd503245f || word == 0xd503233f || word == 0xd50323bf || word == 0xd503201f)
			word = cursor_u32(&c);
		if (c.failed || (word & p[i].mask) != p[i].value)
			return false;
	}
	return true;
}

#define EXACTLY(word) { 0xffffffff, word }
#define ADRP(reg)     { 0x9f00001f, 0x90000000 | (reg) }
#define WORDS(p)      (p), sizeof(p) / sizeof((p)[0])

static bool arm64_frame_dummy(const struct elf_file *f, uint64_t address)
{
	static const struct word_pattern branch[] = { { 0xfc000000, 0x14000000 } };
	static const struct word_pattern clones[] = { ADRP(0), { 0xff8003ff, 0x91000000 }, ADRP(1),
						      { 0xff8003ff, 0x91000021 }, EXACTLY(0xcb000021) };
	struct cursor c = code_at(f, address);
	uint64_t at = address;
	uint32_t word = cursor_u32(&c);

	if (!words_match(f, address, WORDS(branch)))
		return false;
	for (; (word & 0xfc000000) != 0x14000000 && !c.failed; at += 4)
		word = cursor_u32(&c);
	at += (uint64_t)((int64_t)(int32_t)(word << 6) >> 4);
	return !c.failed && words_match(f, at, WORDS(clones));
}

static bool arm64_runtime(const struct elf_file *f, uint64_t address)
{
	static const struct word_pattern init[] = { EXACTLY(0xa9bf7bfd), EXACTLY(0x910003fd), { 0xfc000000, 0x94000000 },
						    EXACTLY(0xa8c17bfd), EXACTLY(0xd65f03c0) };
	static const struct word_pattern fini[] = { EXACTLY(0xa9bf7bfd), EXACTLY(0x910003fd), EXACTLY(0xa8c17bfd),
						    EXACTLY(0xd65f03c0) };
	static const struct word_pattern dtors[] = { EXACTLY(0xa9be7bfd), EXACTLY(0x910003fd), EXACTLY(0xf9000bf3), ADRP(19),
						     { 0xffc003ff, 0x39400260 } };

	return words_match(f, address, WORDS(init)) || words_match(f, address, WORDS(fini)) ||
	       words_match(f, address, WORDS(dtors)) || arm64_frame_dummy(f, address);
}

static bool is_runtime(const struct elf_file *f, uint64_t address)
{
	static const char *const names[] = { "frame_dummy", "__do_global_dtors_aux" };
	const char *name = name_in(f, f->symtab, address);
	size_t i;

	for (i = 0; name && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	if (f->machine == EM_X86_64 && f->wide)
		return x86_runtime(f, address);
	return f->machine == EM_AARCH64 && arm64_runtime(f, address);
}

/* ---- entries --------------------------------------------------------------------------------------------------- */

struct slots {
	const struct elf_file *f;
	uint64_t address, count;
	unsigned width;
	uint64_t values[ENTRIES_MAX];
};

static void read_in_place(struct slots *s)
{
	struct cursor c = code_at(s->f, s->address);
	uint64_t i;

	for (i = 0; i < s->count; i++)
		s->values[i] = cursor_uint(&c, s->width);
}

/* A relocation with an addend says what will stand there; others add to the word in place. */
static void read_relocated(struct slots *s)
{
	struct elf_file_relocation r;
	struct elf_file_symbol symbol;
	uint64_t i, n;
	uint32_t t;

	for (t = 1; t < s->f->section_count; t++) {
		const struct elf_file_section *sec = &s->f->sections[t];

		if (sec->type != SHT_RELA || !(sec->flags & SHF_ALLOC))
			continue;
		n = elf_file_entries(s->f, t);
		for (i = 0; i < n; i++) {
			if (!elf_file_relocation(s->f, t, i, &r) || r.offset < s->address ||
			    (r.offset - s->address) / s->width >= s->count)
				continue;
			s->values[(r.offset - s->address) / s->width] = (uint64_t)r.addend;
			if (r.symbol && s->f->dynsym && elf_file_symbol(s->f, s->f->dynsym, r.symbol, &symbol))
				s->values[(r.offset - s->address) / s->width] += symbol.value;
		}
	}
}

static void tell(const struct elf_file *f, const char *kind, uint64_t address, char *what, size_t size)
{
	const char *name = function_name(f, address);

	if (name)
		(void)snprintf(what, size, "%s %s", kind, name);
	else
		(void)snprintf(what, size, "%s at 0x%" PRIx64, kind, address);
}

static bool array_runs(const struct elf_file *f, uint64_t address, uint64_t bytes, const char *kind, char *what, size_t size)
{
	struct slots s = { .f = f, .address = address, .width = f->wide ? 8 : 4 };
	uint64_t i;

	s.count = bytes / s.width;
	if (address == 0 || s.count == 0)
		return false;
	if (s.count > ENTRIES_MAX) {
		(void)snprintf(what, size, "%" PRIu64 " %ss", s.count, kind);
		return true;
	}
	read_in_place(&s);
	read_relocated(&s);
	for (i = 0; i < s.count; i++) {
		if (s.values[i] == 0 || s.values[i] == UINT64_MAX || is_runtime(f, s.values[i]))
			continue;
		tell(f, kind, s.values[i], what, size);
		return true;
	}
	return false;
}

static bool function_runs(const struct elf_file *f, uint64_t address, const char *kind, char *what, size_t size)
{
	if (address == 0 || is_runtime(f, address))
		return false;
	tell(f, kind, address, what, size);
	return true;
}

bool startup_runs_code(const struct elf_file *f, char *what, size_t size)
{
	struct arrays a = read_arrays(f);

	return array_runs(f, a.init_array, a.init_size, "constructor", what, size) ||
	       function_runs(f, a.init, "initialisation function", what, size) ||
	       array_runs(f, a.fini_array, a.fini_size, "destructor", what, size) ||
	       function_runs(f, a.fini, "termination function", what, size);
}
