/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tar_private.h: what tar.c (the archive) and tar_member.c (one member's fields) share.
 */
#ifndef ANALYZERS_TAR_PRIVATE_H
#define ANALYZERS_TAR_PRIVATE_H

#include "analyzers/layout.h"

#define TAR_BLOCK 512

enum tar_tag {
	TAR_NONE,
	TAR_MEMBER,      /* group: describing entries, header, body */
	TAR_DESCRIPTION, /* group: one describing entry */
	/* derived fields */
	TAR_CHECKSUM,
	TAR_SIZE,
	TAR_RECORD_LENGTH,
};

struct tar_header {
	uint8_t type;
	bool ustar, gnu;
	uint64_t size; /* of the body, as the header says; 0 where the type has none */
	uint64_t body; /* where it begins, from the header: 512, or more after sparse maps */
};

/* One record of a pax header; offsets from the start of the cursor's window. */
struct tar_record {
	uint64_t off, len;
	const char *key; /* not terminated */
	uint64_t key_len;
	uint64_t value, value_len;
};

uint64_t tar_checksum(const uint8_t *header, bool signed_bytes);
/* false: no valid header; nothing is read from its body. */
bool tar_read_header(const uint8_t *data, uint64_t size, struct tar_header *ret);
/* false: malformed; the cursor stays. */
bool tar_next_record(struct cursor *c, struct tar_record *ret);
bool tar_describes(uint8_t type);

int tar_split_part(struct layout *child, const struct layout *l, const struct part *p);
bool tar_recompute(const struct layout *l, const struct part *p, uint8_t *out);

#endif
