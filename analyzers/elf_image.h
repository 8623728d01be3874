/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_image.h: what the files of the ELF analyzer (elf.c, elf_*.c) share.  Private to them.
 *
 * The layout of the file is the `image`; its priv is a struct elf, read once
 * by elf_read().  Its parts carry in `tag` what they are: a section's index,
 * or one of the ELF_TAG_ values.  Layouts inside it (header fields, a section
 * that was opened, one unit of debug data) have a struct elf_view as priv.
 *
 * Part indices of the image are promised to references, so elf_split() plans
 * all parts first (struct elf_section.part) and adds them in ascending order.
 *
 * Relocatable objects have no addresses, and in a cubin every section starts at
 * 0.  Here an address in one is its offset in the file: jumps that the assembler
 * resolved inside a section are still references, and symbols have one order.
 */
#ifndef ANALYZERS_ELF_IMAGE_H
#define ANALYZERS_ELF_IMAGE_H

#include "analyzers/layout.h"

#include <elf.h>
#include <pthread.h>

struct elf_section {
	const char *name; /* into the file, NUL-terminated; "" when there is none */
	uint32_t type, link, info;
	uint32_t part; /* index of its part in the image; REFERENCE_NONE: no bytes */
	uint64_t flags, addr, off, size, align, entsize;
};

struct elf_segment {
	uint32_t type, flags;
	uint64_t off, vaddr, filesz, memsz;
};

struct elf_symbol {
	uint64_t address, size;
	uint32_t name; /* offset in the string table */
	uint32_t section;
	uint8_t type, bind;
};

/* Sorted by address, the most telling symbol of an address first. */
struct elf_symbols {
	struct elf_symbol *list;
	size_t count;
	const uint8_t *strings;
	uint64_t strings_size;
};

struct elf {
	const struct layout *image;
	bool big, wide;  /* byte order, 64-bit */
	bool by_section; /* values count from the start of their section: relocatable objects, cubins */
	uint16_t type, machine;
	uint64_t entry, phoff, shoff;
	uint32_t phentsize, shentsize, shstrndx;
	struct elf_section *sections; /* [0] is the null section */
	uint32_t section_count;
	struct elf_segment *segments;
	uint32_t segment_count;
	uint32_t section_table_part;      /* index of the section header table; REFERENCE_NONE */
	const struct elf_section **named; /* the sections that are asked for by name, sorted by it */
	uint32_t named_count;
	bool nvidia;          /* fat binaries may hide in any section */
	pthread_mutex_t lock; /* guards the making of `symbols` */
	bool symbols_made;
	struct elf_symbols symbols;
};

#define ELF_TAG_HEADER   0xfffffff0u
#define ELF_TAG_SEGMENTS 0xfffffff1u
#define ELF_TAG_SECTIONS 0xfffffff2u
#define ELF_TAG_GAP      0xfffffff3u
#define ELF_TAG_SEGMENT  0x80000000u /* plus the index of a segment that no section describes */

/* What a section is to us. */
enum elf_role {
	ROLE_RAW,
	ROLE_CODE,
	ROLE_SYMBOLS,
	ROLE_RELOCATIONS,
	ROLE_DYNAMIC,
	ROLE_NOTES,
	ROLE_STRINGS,
	ROLE_TEXT,
	ROLE_DATA,       /* aligned words, some of them addresses */
	ROLE_CONSTANTS,  /* the same with jump tables */
	ROLE_EXCEPTIONS, /* pcrel words at any place: .eh_frame, .gcc_except_table */
	ROLE_EH_FRAME_HDR,
	ROLE_VERSIONS, /* .gnu.version_r, .gnu.version_d */
	ROLE_GNU_HASH,
	ROLE_INDICES, /* section numbers: of a group, of symbols with large numbers */
	ROLE_WORDS,   /* no references */
	ROLE_DEBUG_INFO,
	ROLE_DEBUG_LINE,
	ROLE_DEBUG_ARANGES,
	ROLE_DEBUG_PUBNAMES,
	ROLE_DEBUG_DATA,
	ROLE_COMPRESSED,
	ROLE_FATBIN,
	ROLE_FATBIN_WRAPPERS,
	ROLE_BUNDLE, /* identified by content */
	ROLE_DEBUGLINK,
	ROLE_DEBUGALTLINK,
};

enum elf_view_kind {
	VIEW_HEADER,
	VIEW_SECTION,    /* a section's bytes, or what they decode to */
	VIEW_COMPRESSED, /* compression header and payload */
	VIEW_UNIT,
	VIEW_NOTE,
};

struct elf_view {
	enum elf_view_kind kind;
	uint32_t section; /* ELF_TAG_SEGMENT + index for a segment */
};

/* elf.c */
static inline const struct elf *elf_of(const struct layout *l)
{
	return l->image->priv;
}
static inline struct cursor elf_cursor(const struct elf *e, const uint8_t *data, uint64_t size)
{
	return (struct cursor){ .base = data, .size = size, .big = e->big };
}
static inline unsigned elf_word(const struct elf *e)
{
	return e->wide ? 8 : 4;
}
/* The section whose bytes a part belongs to; NULL: none. */
const struct elf_section *elf_section_of(const struct layout *l, const struct part *p);
/* By name, for sections of debug data and .dynstr only; by address. */
const struct elf_section *elf_section_named(const struct elf *e, const char *name);
const struct elf_section *elf_section_at(const struct elf *e, uint64_t address);
/* Part index of a section by number or by name; REFERENCE_NONE. */
uint32_t elf_part_of(const struct elf *e, uint32_t section);
uint32_t elf_part_named(const struct elf *e, const char *name);
/* The string at an offset of a table, "" when none ends within reach there. */
const char *elf_string(const uint8_t *data, uint64_t size, uint64_t off);
/* Adds a part named after a section or symbol; long names are cut and told apart by a hash. */
struct part *elf_add_named(struct layout *l, uint64_t off, uint64_t len, enum part_kind kind,
			   const char *name);
/* The bytes of a section that lie inside the file; false: it has none. */
bool elf_section_bytes(const struct elf *e, const struct elf_section *s, const uint8_t **ret,
		       uint64_t *ret_size);
struct elf_view *elf_set_view(struct layout *child, enum elf_view_kind kind, uint32_t section);
/* A number with the file's byte order; and with one reference. */
struct part *elf_field(struct layout *l, uint64_t off, uint64_t len, const char *name, enum meaning m);
struct part *elf_reference_field(struct layout *l, uint64_t off, uint64_t len, const char *name,
				 enum meaning m, enum reference_kind kind, uint32_t target);

/* elf_read.c */
bool elf_read(struct layout *l,
	      struct elf *e); /* false: not even a header; notes say what is wrong with the rest */
int elf_read_ranges(struct layout *l, const struct elf *e);

/* elf_header.c */
int elf_split_header(struct layout *child, const struct elf *e);
bool elf_recompute_header(const struct layout *l, const struct part *p, uint8_t *out);

/* elf_sections.c */
enum elf_role elf_role_of(const struct elf *e, const struct elf_section *s, bool decoded);
/* Adds the part that stands for a section, or for the content it decodes to, with its references. */
struct part *elf_add_section(struct layout *l, const struct elf *e, const struct elf_section *s, uint64_t off,
			     uint64_t len, bool decoded);
/* Splits the bytes of a section; `child` is a layout over them. */
int elf_split_section(struct layout *child, const struct elf *e, uint32_t section, bool decoded);
/* The debug section `to` ("str") that words of section `from` refer to: of its kind (compressed, .dwo). */
uint32_t elf_debug_part(const struct elf *e, const char *from, const char *to);
/* A part of aligned or unaligned words with the references of a role. */
void elf_set_references(struct layout *l, const struct elf *e, struct part *p, enum elf_role role,
			const char *name);

/* elf_records.c */
const struct record_type *elf_section_table_type(const struct elf *e);
const struct record_type *elf_segment_table_type(const struct elf *e);
const struct record_type *elf_record_type(const struct elf *e, const struct elf_section *s,
					  enum elf_role role);
uint64_t elf_record_key(const struct layout *l, const struct part *p, uint64_t index);
bool elf_record_reference(const struct layout *l, const struct part *p, uint64_t index, unsigned field,
			  struct reference *ret);
/* The name of what a record is about: of a symbol, section, relocated symbol. NULL: none. */
const char *elf_record_name(const struct layout *l, const struct part *p, uint64_t index);

bool elf_record_context(const struct layout *l, const struct part *p, uint64_t off, char *out, size_t size);

/* elf_symbols.c */
const struct elf_symbols *elf_symbols(const struct elf *e);
void elf_symbols_release(struct elf *e);
const char *elf_symbol_name(const struct elf_symbols *t, const struct elf_symbol *s);
/* The symbol that covers an address, NULL: none. */
const struct elf_symbol *elf_symbol_at(const struct elf *e, uint64_t address);
int elf_split_by_symbols(struct layout *child, const struct elf *e, const struct elf_section *s, enum elf_role role);
bool elf_describe(const struct layout *l, const struct part *p, uint64_t off, char *out, size_t size);
bool elf_context(const struct layout *l, const struct part *p, uint64_t off, char *out, size_t size);

/* elf_notes.c */
int elf_split_notes(struct layout *child, uint64_t align, uint32_t section);
int elf_split_note(struct layout *child, const struct layout *l);
int elf_split_debuglink(struct layout *child);
int elf_split_debugaltlink(struct layout *child);

/* elf_gnuhash.c */
int elf_split_gnu_hash(struct layout *child, const struct elf *e);
bool elf_recompute_gnu_hash(const struct layout *l, const struct part *p, uint8_t *out);

/* elf_buildid.c */
bool elf_recompute_build_id(const struct layout *l, const struct part *p, uint8_t *out);

/* elf_compressed.c */
int elf_split_compressed(struct layout *child, const struct elf *e, const struct elf_section *s);
int elf_decode(const struct layout *l, const struct part *p, struct content **ret, struct error *err);

/* The decompressed size, for ch_size. */
bool elf_recompute_size(const struct layout *l, const struct part *p, uint8_t *out);

/*
 * elf_debug.c, elf_line.c: units.  What a length field of a unit should be
 * stands in its part's tag; recompute() writes it.
 */
int elf_split_units(struct layout *child, const struct elf *e, uint32_t section, enum elf_role role);
int elf_split_unit(struct layout *child, const struct elf *e, const struct layout *l);
int elf_split_line_unit(struct layout *child, const struct elf *e);
/* unit_length at the cursor: 4 bytes, or 12 in 64-bit DWARF. Returns the width of offsets, 0: malformed. */
unsigned elf_unit_length(struct cursor *c, uint64_t *ret_length);
/* The field of it; false: malformed. The cursor stands behind it, *ret_width is the width of offsets. */
bool elf_add_unit_length(struct layout *child, struct cursor *c, unsigned *ret_width);
void elf_set_length(struct part *p, uint64_t value);
/* A string of an uncompressed debug section of a linked file, NULL: not to be had. */
const char *elf_debug_string(const struct elf *e, const char *section, uint64_t off);
/* A name that stays the same across builds: the base name of the first source file. false: none. */
bool elf_line_unit_name(const struct elf *e, const uint8_t *data, uint64_t size, char *out, size_t out_size);

#endif
