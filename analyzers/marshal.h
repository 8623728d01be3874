/* SPDX-License-Identifier: Apache-2.0 */
/*
 * marshal.h: Python's marshal format, object by object.
 *
 * An object is one type byte, perhaps a count or size, perhaps a payload, and
 * perhaps further objects.  marshal_read() tells what stands at a position,
 * marshal_skip() where the object that starts there ends, marshal_scan() does
 * that for the outermost one and remembers where the objects are that later
 * ones refer to.  All positions are offsets into `data`; all of them are
 * checked, nesting ends at MARSHAL_DEPTH.
 */
#ifndef ANALYZERS_MARSHAL_H
#define ANALYZERS_MARSHAL_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MARSHAL_FLAG_REF 0x80
#define MARSHAL_DEPTH 200

/* The order of a code object's members, by Python's version. */
enum code_layout {
	CODE_2_3,  /* 2.3 to 2.7 */
	CODE_3_0,  /* 3.0 to 3.7: with co_kwonlyargcount */
	CODE_3_8,  /* 3.8 to 3.10: with co_posonlyargcount */
	CODE_3_11, /* co_localsplusnames, co_qualname, co_exceptiontable */
};

struct code_member {
	const char *name; /* NULL ends the list */
	bool number;      /* a 32-bit number; otherwise an object */
};

struct marshal {
	const uint8_t *data;
	uint64_t size;
	enum code_layout layout;
	bool lnotab;          /* the line table is the old co_lnotab */
	uint32_t *refs;       /* offsets of the objects that index 0, 1... refer to */
	size_t ref_count, ref_cap;
};

struct marshal_object {
	uint8_t type;              /* without MARSHAL_FLAG_REF */
	uint64_t at;
	uint64_t length, length_size; /* the count or size field, if length_size */
	uint64_t payload, payload_size;
	uint64_t children;         /* objects that follow; MARSHAL_UNTIL_NULL: until one of type '0' */
	bool code;                 /* members follow, see marshal_members */
};
#define MARSHAL_UNTIL_NULL UINT64_MAX

const struct code_member *marshal_members(const struct marshal *m);

/* What starts at `at`. false: nothing valid does. */
bool marshal_read(const struct marshal *m, uint64_t at, struct marshal_object *ret);
/* Moves *pos over the object that starts there. false: malformed, *pos is where. */
bool marshal_skip(const struct marshal *m, uint64_t *pos);
/* The same for the outermost object, and fills m->refs from `a`. */
bool marshal_scan(struct marshal *m, struct arena *a, uint64_t *pos);
/* The object that a reference (type 'r', or 'R' of Python 2) stands for; itself when it is none. false: dangling. */
bool marshal_resolve(const struct marshal *m, const struct marshal_object *o, struct marshal_object *ret);
/* The member of the code object at `at`. false: malformed, or there is none of that name. */
bool marshal_member(const struct marshal *m, uint64_t at, const char *name, struct marshal_object *ret);
/* A short text for a value: 'abc', 42, None, tuple(3); for a reference that of its target. Always terminated. */
void marshal_preview(const struct marshal *m, const struct marshal_object *o, char *out, size_t size);

#endif
