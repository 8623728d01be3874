/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zip_private.h: what zip.c (the archive and its directory) and zip_entry.c (the fields of one entry) share.
 */
#ifndef ANALYZERS_ZIP_PRIVATE_H
#define ANALYZERS_ZIP_PRIVATE_H

#include "analyzers/layout.h"

#include <stdatomic.h>

#define ZIP_LOCAL_SIZE 30
#define ZIP_CENTRAL_SIZE 46

enum zip_method {
	ZIP_STORED = 0,
	ZIP_DEFLATE = 8,
	ZIP_BZIP2 = 12,
	ZIP_LZMA = 14,
	ZIP_ZSTD = 93,
	ZIP_XZ = 95
};
enum { ZIP_ENCRYPTED = 1, ZIP_DESCRIPTOR = 8 }; /* general purpose flags */

/* Tags of groups hold the entry's index above these. */
enum zip_tag {
	ZIP_NONE,
	ZIP_LOCAL,
	ZIP_CENTRAL,
	ZIP_END, /* end of central directory, zip64 too */
	ZIP_PAYLOAD,
	/* derived fields */
	ZIP_CRC,
	ZIP_PACKED_SIZE,
	ZIP_PLAIN_SIZE,
	ZIP_NAME_LENGTH,
	ZIP_EXTRA_LENGTH,
	ZIP_COMMENT_LENGTH,
	ZIP_EXTRA_SIZE,
	ZIP_LOCAL_OFFSET,
	ZIP_ENTRY_COUNT,
	ZIP_DIRECTORY_SIZE,
	ZIP_DIRECTORY_OFFSET,
	ZIP_END64_OFFSET,
};
#define ZIP_TAG(tag, index) ((uint32_t)(tag) | (uint32_t)(index) << 8)
#define ZIP_TAG_OF(tag) ((enum zip_tag)((tag) & 0xff))
#define ZIP_TAG_INDEX(tag) ((tag) >> 8)
#define ZIP_ENTRIES_MAX (UINT32_C(1) << 24)

/* One file: what the central directory says, and where things are in the archive's window. */
struct zip_entry {
	uint64_t central, central_len;
	uint64_t local, local_len; /* with data and descriptor; local_len 0: no local header there */
	uint64_t data;             /* from the start of the local header */
	uint64_t packed, plain;    /* sizes */
	uint32_t crc;
	uint16_t method, flags;
	/* What the data is, once decoded; written by readers of an otherwise immutable layout. */
	_Atomic bool decoded;
	_Atomic uint32_t true_crc;
	_Atomic uint64_t true_size;
};

struct zip_archive {
	uint64_t prefix;  /* bytes before the archive that its offsets do not count */
	uint64_t central, central_len, end64, end;
	uint64_t count;
	struct zip_entry *entries;
};

/* The entry that a layout of a local or central header belongs to. */
struct zip_member {
	const struct zip_archive *archive;
	struct zip_entry *entry;
	const struct layout *of; /* the archive's */
	enum zip_tag tag;
};

int zip_split_part(struct layout *child, const struct layout *l, const struct part *p);
int zip_decode(const struct layout *l, const struct part *p, struct content **ret, struct error *err);
bool zip_recompute(const struct layout *l, const struct part *p, uint8_t *out);
/* The size that the extra field 0x0001 gives, where a header says 0xffffffff. */
uint64_t zip64_value(const uint8_t *extra, uint64_t len, unsigned skip, uint64_t otherwise);

#endif
