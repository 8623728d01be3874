/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpm_private.h: what rpm.c (the package) and rpm_header.c (the fields of its headers) share.
 */
#ifndef ANALYZERS_RPM_PRIVATE_H
#define ANALYZERS_RPM_PRIVATE_H

#include "analyzers/fields.h"

#define RPM_INTRO_SIZE 16
#define RPM_ENTRY_SIZE 16
#define RPM_ENTRIES_MAX 65536

enum rpm_tag {
	RPM_NONE,
	RPM_LEAD,
	RPM_SIGNATURE,
	RPM_HEADER,
	/* derived fields */
	RPM_COUNT,
	RPM_STORE_SIZE,
	RPM_OFFSET,
	RPM_VALUE_COUNT,
	RPM_VALUE, /* what it is follows from its index entry */
};

/* A header structure in the package; store and size count from its start. */
struct rpm_header {
	uint64_t off, store, size;
	uint32_t count, store_size;
};

struct rpm_package {
	struct rpm_header signature, header; /* size 0: not there */
	uint64_t payload;
};

bool rpm_read_header(const uint8_t *data, uint64_t size, uint64_t off, struct rpm_header *ret);
int rpm_split_header(struct layout *l, const struct rpm_header *h, bool signature);
bool rpm_recompute(const struct layout *l, const struct part *p, uint8_t *out);

/* What a payload of `files` members makes FILEDIGESTS and FILESIZES: `len` bytes. false: it cannot be told. */
bool rpm_file_digests(const struct layout *cpio, uint32_t files, uint32_t algorithm, uint64_t len, uint8_t *out);
bool rpm_file_sizes(const struct layout *cpio, uint32_t files, const uint8_t *now, uint64_t len, uint8_t *out);

#endif
