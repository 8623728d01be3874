/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bitstream.h: the LLVM bitstream container, which bitcode and clang's
 * precompiled headers and modules are written in (LLVM "Bitcode File Format").
 *
 * bitstream_split() tiles a window that begins with the four magic bytes, and
 * bitstream_split_block() a block's group; the format's own file gives a
 * *dialect*: what its blocks are called, and which records are worth a field of
 * their own.  A record is seldom aligned to bytes, so a field is made of all
 * bytes that hold a bit of it, but for those the field before it has; its coding
 * is therefore CODED_BYTES unless it is a blob.  Everything between is
 * "records".
 *
 * Abbreviations defined in BLOCKINFO are kept in the layout's private, which
 * belongs to this module.
 */
#ifndef ANALYZERS_BITSTREAM_H
#define ANALYZERS_BITSTREAM_H

#include "analyzers/layout.h"

struct bitstream_block {
	uint32_t id;
	const char *name; /* NULL ends the table */
};

#define BITSTREAM_RECORD (-1) /* the whole record */
#define BITSTREAM_BLOB   (-2) /* its blob's bytes */

/* Fields of one record stand in the order of their bits. */
struct bitstream_field {
	uint32_t block, code;
	int operand;      /* from 0, the code not counted; or one of the above */
	const char *name; /* NULL ends the table */
	enum part_kind kind;
	enum meaning meaning;
};

struct bitstream_dialect {
	const struct bitstream_block *blocks;
	const struct bitstream_field *fields;
};

/* Whether the first block after the magic reads like one: a probe for streams whose magic is short. */
bool bitstream_plausible(const uint8_t *data, uint64_t size);
int bitstream_split(struct layout *l, const struct bitstream_dialect *d);
int bitstream_split_block(struct layout *child, const struct layout *l, const struct part *p,
			  const struct bitstream_dialect *d);
/* A block's length in words, the only field here that follows from others. */
bool bitstream_recompute(const struct layout *l, const struct part *p, uint8_t *out);

#endif
