/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_file.h: an ELF file as a linker sees it: sections, symbols, relocations.
 *
 * elf.c says what every byte of an ELF file is; this is the other reader, for those who
 * want the meaning of many files at once and fast: objects of a link, shared
 * libraries, programs.  Both word sizes, both byte orders.
 *
 *	r = elf_file_open(content, off, size, &elf, &err);    a window: an archive's member, or the whole
 *	for (i = 1; i < elf->section_count; i++) ... elf->sections[i] ...
 *	n = elf_file_entries(elf, elf->symtab);
 *	for (i = 0; i < n; i++) if (elf_file_symbol(elf, elf->symtab, i, &symbol)) ...
 *	elf_file_free(elf);
 *
 * Everything that elf_file_open() hands out was checked: a section's bytes lie
 * inside the window (size_in_file is 0 where they do not, and `cut` counts those),
 * names are terminated inside their table, indices are in range.  Tables are read where they
 * lie; nothing is copied.  Symbols and relocations are read one at a time and may
 * still hold nonsense values (a section index beyond the table is given as
 * ELF_SECTION_NONE): that is the caller's to judge.
 *
 * Immutable once open: many threads may read.
 * Sources: System V gABI (Chapters 4 and 5), SHT_RELR of the generic ABI, elf.h of glibc.
 */
#ifndef ANALYZERS_ELF_FILE_H
#define ANALYZERS_ELF_FILE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/content.h"

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

struct elf_file_section {
	const char *name; /* never NULL */
	uint32_t type, link, info;
	uint64_t flags, addr, off, size, align, entsize;
	uint64_t size_in_file; /* bytes at `off`: 0 for SHT_NOBITS and for what lies outside */
};

struct elf_file_segment {
	uint32_t type, flags;
	uint64_t off, vaddr, filesz, memsz, align;
};

struct elf_file {
	struct content *content; /* kept alive */
	uint64_t base;           /* of the window in it */
	const uint8_t *data;     /* of the window */
	uint64_t size;
	bool big, wide;
	uint16_t type, machine; /* ET_, EM_ */
	uint32_t flags;
	uint64_t entry, phoff, shoff;
	struct elf_file_section *sections; /* [0] is the null section; NULL when there are none */
	uint32_t section_count;
	struct elf_file_segment *segments;
	uint32_t segment_count;
	uint32_t symtab, dynsym, dynamic; /* section indices; 0: none */
	uint32_t versym, verdef, verneed; /* GNU symbol versions */
	uint32_t indices;                 /* SHT_SYMTAB_SHNDX */
	uint32_t cut;                     /* sections that claim bytes outside the file */
	struct elf_file_version {
		const char *name, *library; /* name NULL: none has this index; library: NULL for a definition */
	} *versions;                      /* by the index that .gnu.version gives */
	uint32_t version_count;
	struct arena arena;
};

#define ELF_SECTION_NONE UINT32_MAX
#define ELF_SECTIONS_MAX (UINT32_C(1) << 26)

/* By magic only. */
bool elf_file_probe(const uint8_t *data, uint64_t size);
/* -EBADMSG: not ELF, or not even its tables can be read (err says what and where). -ENOMEM. */
int elf_file_open(struct content *c, uint64_t off, uint64_t len, struct elf_file **ret, struct error *err);
void elf_file_free(struct elf_file *f);
DEFINE_CLEANUP(struct elf_file *, elf_file_free)

/* A cursor over a section's bytes in the file's byte order; empty when it has none. */
static inline struct cursor elf_file_cursor(const struct elf_file *f, const struct elf_file_section *s)
{
	return (struct cursor){ .base = f->data + (s->size_in_file ? s->off : 0), .size = s->size_in_file, .big = f->big };
}

uint32_t elf_file_section_named(const struct elf_file *f, const char *name); /* the first; 0: none */
/* The allocated section that holds an address, the segment's bytes at an address. 0 / false: none. */
uint32_t elf_file_section_at(const struct elf_file *f, uint64_t address);
bool elf_file_offset(const struct elf_file *f, uint64_t address, uint64_t *ret);
/* The string at an offset of a string table section; "" when none ends there. */
const char *elf_file_string(const struct elf_file *f, uint32_t table, uint64_t off);

struct elf_file_symbol {
	const char *name;
	uint64_t value, size;
	uint32_t section; /* index, with SHT_SYMTAB_SHNDX resolved; ELF_SECTION_NONE where special says why */
	uint16_t special; /* SHN_UNDEF, SHN_ABS, SHN_COMMON, other reserved ones; 0xffff: `section` holds */
	uint8_t type, bind, visibility;
};
#define ELF_SYMBOL_IN_SECTION 0xffff

struct elf_file_relocation {
	uint64_t offset;
	int64_t addend; /* of SHT_REL: the word that stands there is not read; 0 */
	uint32_t symbol, type;
};

/* Entries of a table section (symbols, SHT_REL, SHT_RELA, SHT_DYNAMIC...), by its entsize or the type's; 0 when it has no bytes. */
uint64_t elf_file_entries(const struct elf_file *f, uint32_t table);
bool elf_file_symbol(const struct elf_file *f, uint32_t table, uint64_t index, struct elf_file_symbol *ret);
/* Of SHT_REL and SHT_RELA; 64-bit MIPS's own layout is not known here. */
bool elf_file_relocation(const struct elf_file *f, uint32_t table, uint64_t index, struct elf_file_relocation *ret);
/* The addresses of SHT_RELR in ascending order; a negative result of the callback ends it. */
int elf_file_relr(const struct elf_file *f, uint32_t table, int (*found)(void *ctx, uint64_t address), void *ctx);
/* Entry of the dynamic section; false: beyond it, or DT_NULL. */
bool elf_file_dynamic(const struct elf_file *f, uint64_t index, int64_t *ret_tag, uint64_t *ret_value);
/* The dynamic string at an offset (DT_NEEDED, DT_SONAME, DT_RUNPATH); "". */
const char *elf_file_dynamic_string(const struct elf_file *f, uint64_t off);
const char *elf_file_soname(const struct elf_file *f); /* "": none */
/* The symbol's version from .gnu.version, .gnu.version_d and _r: "GLIBC_2.34"; NULL: none, local or global.
 * *ret_hidden: not the default version (may be NULL). `library` (may be NULL): of an import, the DT_NEEDED that should have it. */
const char *elf_file_version(const struct elf_file *f, uint64_t symbol, bool *ret_hidden, const char **library);

/* Objects of gcc's and clang's link-time optimisation hold an intermediate language instead of code: they say nothing about
 * what the link will hold. Fat ones hold both. */
enum elf_lto { ELF_LTO_NONE, ELF_LTO_FAT, ELF_LTO_ONLY };
enum elf_lto elf_file_lto(const struct elf_file *f);

#endif
