/* SPDX-License-Identifier: Apache-2.0 */
/*
 * macho.h: what the files of the Mach-O analyzer share; see macho.c for the
 * format.
 *
 * `struct macho` is the private of a thin file's root layout, and of its
 * children; a fat file has none.
 */
#ifndef ANALYZERS_MACHO_H
#define ANALYZERS_MACHO_H

#include "analyzers/layout.h"

/* The commands that are taken apart, without the bit that says the loader must know them. */
enum {
	LC_SEGMENT = 0x1,
	LC_SYMTAB = 0x2,
	LC_DYSYMTAB = 0xb,
	LC_LOAD_DYLIB = 0xc,
	LC_ID_DYLIB = 0xd,
	LC_LOAD_DYLINKER = 0xe,
	LC_ID_DYLINKER = 0xf,
	LC_LOAD_WEAK_DYLIB = 0x18,
	LC_SEGMENT_64 = 0x19,
	LC_UUID = 0x1b,
	LC_RPATH = 0x1c,
	LC_CODE_SIGNATURE = 0x1d,
	LC_SEGMENT_SPLIT_INFO = 0x1e,
	LC_REEXPORT_DYLIB = 0x1f,
	LC_DYLD_INFO = 0x22,
	LC_VERSION_MIN_MACOSX = 0x24,
	LC_VERSION_MIN_IPHONEOS = 0x25,
	LC_FUNCTION_STARTS = 0x26,
	LC_DATA_IN_CODE = 0x29,
	LC_SOURCE_VERSION = 0x2a,
	LC_LINKER_OPTIMIZATION_HINT = 0x2e,
	LC_VERSION_MIN_TVOS = 0x2f,
	LC_VERSION_MIN_WATCHOS = 0x30,
	LC_BUILD_VERSION = 0x32,
	LC_DYLD_EXPORTS_TRIE = 0x33,
	LC_DYLD_CHAINED_FIXUPS = 0x34,
};
#define LC_REQUIRED 0x80000000u

#define N_OSO       0x66 /* a symbol of the debug map: an object file and its mtime */

enum macho_tag {
	TAG_FAT_HEADER = 1,
	TAG_FAT_ENTRY,
	TAG_HEADER,
	TAG_COMMAND,
	TAG_SECTION,
	TAG_SYMBOLS,
	TAG_OSO,
};

struct macho {
	bool wide, big, has_symbols;
	const uint8_t *data; /* the root's window */
	uint64_t size;
	uint64_t strings, strings_size;
	struct address_range *ranges;
	size_t range_count;
};

bool macho_is_dylib(uint32_t command);
const char *macho_link_edit_name(uint32_t command); /* NULL: no command that places a blob */
int macho_name_length(const uint8_t *field);        /* of a 16-byte name, which has a NUL only when shorter */

/* One symbol of the symbol table; its name is in the string table, NULL when it is not. */
uint64_t macho_symbol_size(const struct macho *m);
const struct record_type *macho_symbol_record(const struct macho *m);
const char *macho_symbol_name(const struct macho *m, const uint8_t *symbol, uint64_t *ret_len);

/* Splits the groups: headers, load commands, the debug map. `m` is NULL in a fat file. */
int macho_split_group(struct layout *l, const struct macho *m, enum macho_tag tag);
bool macho_recompute(const struct layout *l, const struct part *p, uint8_t *out);

#endif
