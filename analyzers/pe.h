/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pe.h: what the files of the PE/COFF analyzer share; see pe.c for the format.
 *
 * `struct pe` is the root layout's private: children point to it too, because
 * what a section holds is known from the headers.  Offsets are of the root's
 * window; pe_offset() is where a child's window starts in it.
 */
#ifndef ANALYZERS_PE_H
#define ANALYZERS_PE_H

#include "analyzers/layout.h"

enum pe_tag {
	PE_TAG_DOS = 1, /* of the root's groups, from here */
	PE_TAG_RICH,
	PE_TAG_COFF,
	PE_TAG_BIGOBJ,
	PE_TAG_OPTIONAL,
	PE_TAG_SECTION_HEADER,
	PE_TAG_SECTION,
	PE_TAG_DEBUG_ENTRY, /* this and the following: places inside sections */
	PE_TAG_CODEVIEW,
	PE_TAG_REPRO,
	PE_TAG_EXPORT,
	PE_TAG_RESOURCE,
	PE_TAG_LOAD_CONFIG,
};

struct pe_section {
	const char *name;
	uint32_t address, memory_size; /* address is relative to the image's base */
	uint32_t off, size;            /* bytes in the file */
	uint32_t relocations, relocation_count;
	uint32_t flags;
};

/* A structure inside a section that a directory points to. */
struct pe_place {
	uint64_t off, len;
	enum pe_tag tag;
	const char *name;
};
#define PE_PLACES_MAX 4096

struct pe {
	const uint8_t *data;                             /* the root's window */
	uint64_t size, base;                             /* base: of the window in the content */
	uint64_t coff, optional, optional_size, headers; /* offsets; `headers`: the section table */
	uint64_t symbols, symbol_count, symbol_size, strings, strings_size;
	bool plus;   /* 64-bit optional header */
	bool hashed; /* time stamps are a hash of the content (/Brepro) */
	struct pe_section *sections;
	uint32_t section_count;
	struct pe_place *places; /* sorted by offset */
	size_t place_count;
};

static inline uint64_t pe_offset(const struct pe *pe, const struct layout *l)
{
	return l->base - pe->base;
}

/* Header, section table, symbol and string table from the given places; false: they do not fit the file. */
bool pe_read_sections(struct layout *l, struct pe *pe, uint32_t count, uint32_t symbols,
		      uint32_t symbol_count);
void pe_add_sections(struct layout *l, const struct pe *pe);
void pe_add_symbols(struct layout *l, const struct pe *pe);
bool pe_is_object(const uint8_t *data, uint64_t size);
int pe_split_object(struct layout *l);

/* Finds the debug, export, resource and load configuration directories of an image. */
void pe_find_places(struct layout *l, struct pe *pe);
void pe_split_place(struct layout *child, enum pe_tag tag);

#endif
