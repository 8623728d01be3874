/* SPDX-License-Identifier: Apache-2.0 */
/*
 * space.h: the places of one input file, in a line: its bytes, then the memory
 * that it takes without having bytes.
 *
 * A place below `size` is an offset in the file.  Behind them come extents of memory: the
 * zero-filled ends of segments (.bss), SHT_NOBITS sections of objects, and bytes that
 * two segments map, as often as they are mapped again.  So one line carries both
 * sizes of a row: how many of its places are in the file, and how many are loaded.
 *
 *	file size   = size of the file
 *	loaded size = the sum of p_memsz of all PT_LOAD segments; of object files, which have
 *	              none, the sum of sh_size of their SHF_ALLOC sections
 *
 * ELF files in it are windows: the whole file, or members of a static library.
 */
#ifndef DEPGRAPH_SIZE_SPACE_H
#define DEPGRAPH_SIZE_SPACE_H

#include "analyzers/elf_file.h"
#include "depgraph/size/layer.h"

enum size_memory { SIZE_ZERO_FILL, SIZE_MAPPED_AGAIN };

struct size_extent {
	uint64_t place, length;
	uint64_t address;
	uint32_t section; /* of an object file; 0: of a segment */
	enum size_memory kind;
};

struct size_window {
	struct elf_file *elf;
	const char *member;  /* of an archive; NULL: the file itself */
	uint64_t off, size;
	bool linked;         /* size_is_linked() */
	size_t first, count; /* extents */
};

/* A member of a static library, ELF or not. */
struct size_member {
	const char *name;
	uint64_t off, size;
};

struct size_space {
	struct content *content;
	uint64_t size, total;
	struct size_window *windows;
	size_t window_count, window_capacity;
	struct size_member *members;
	size_t member_count, member_capacity;
	struct size_extent *extents;
	size_t extent_count, extent_capacity;
	struct size_claims loads; /* of the file's bytes */
	uint64_t ignored;         /* segments and sections whose size in memory cannot be meant: left out of the loaded size */
	uint64_t loaded;          /* the sum that the rows must have */
	struct size_layer loaded_layer; /* name 1: loaded */
	struct arena arena;
};
#define SIZE_SPACE_INIT { .arena = ARENA_INIT((size_t)4 << 30) }

/* Takes a reference. */
int size_space_begin(struct size_space *s, struct content *c);
/* Takes the ELF file, also on failure. `member` is one of the space's, or NULL. */
int size_space_window(struct size_space *s, struct elf_file *elf, const char *member);
/* *ret_name (may be NULL) is the copied name. */
int size_space_member(struct size_space *s, const char *name, uint64_t off, uint64_t size, const char **ret_name);
int size_space_finish(struct size_space *s);
void size_space_release(struct size_space *s);

/* Linked files have segments, and their sections addresses. */
bool size_is_linked(const struct elf_file *f);
/* Where a section is: its bytes, or its memory. false: it has neither. */
bool size_section_place(const struct size_space *s, const struct size_window *w, uint32_t section, uint64_t *ret_place,
			uint64_t *ret_length);
/* Where an address is; *ret_left: how many places follow that have the addresses behind it. Of an object file, which has no
 * addresses: the offset in it. */
bool size_address_place(const struct size_space *s, const struct size_window *w, uint64_t address, uint64_t *ret_place,
			uint64_t *ret_left);

#endif
