/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ar_members.h: the members of a static library, one after the other.
 *
 * ar.c says what every byte of an archive is; this is for those who want its
 * members: GNU and BSD names, thin archives (whose members are other files).
 *
 *	struct ar_members m;
 *	struct ar_member member;
 *
 *	r = ar_members_begin(&m, data, size, name, &err);
 *	while ((r = ar_members_next(&m, &member, &err)) > 0)
 *		... member.name, data + member.off, member.size ...
 *
 * The archive's own tables (symbols, long names) are not given.
 */
#ifndef ANALYZERS_AR_MEMBERS_H
#define ANALYZERS_AR_MEMBERS_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct ar_member {
	const char *name;  /* valid until the next call. Of a thin archive: a path, relative to the archive's directory */
	uint64_t header;   /* where its header is */
	uint64_t off, size; /* its bytes; of a thin archive off is 0 and size what the header claims */
};

#define AR_NAME_LONGEST 4096

struct ar_members {
	const uint8_t *data;
	uint64_t size, pos;
	const char *file;
	bool thin;
	uint64_t names, names_size; /* of "//" */
	char name[AR_NAME_LONGEST];
};

bool ar_members_probe(const uint8_t *data, uint64_t size);
/* -EBADMSG: no archive. `file` is for messages and must outlive it. */
int ar_members_begin(struct ar_members *m, const uint8_t *data, uint64_t size, const char *file, struct error *err);
/* 1: a member; 0: the end; -EBADMSG: malformed, err says where. */
int ar_members_next(struct ar_members *m, struct ar_member *ret, struct error *err);

#endif
