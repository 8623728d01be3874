/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h: the protocol buffers' wire format, read field by field.
 *
 * A message is a run of fields; a field is a varint tag (number << 3 | type)
 * and a payload whose type says its length.  Nothing else is in the bytes: names
 * and meanings are the reader's, so a reader is a switch over numbers, and
 * numbers that it does not know are skipped, as the format demands.
 *
 *	struct cursor c = cursor_make(message, size);
 *	struct wire_field f;
 *
 *	while (wire_next(&c, &f))
 *		switch (f.number) {
 *		case 1: name = f.bytes; break;          a cursor over the payload
 *		case 2: count = f.value; break;
 *		}
 *	if (c.failed)
 *		... malformed at c.pos ...
 *
 * A field of another type than the reader expects has an empty `bytes` or a
 * `value` of 0: check `type` where that matters.  Groups, which proto3 does not
 * have, are malformed.  Source: protobuf.dev, "Encoding".
 */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include "base/bytes.h"

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

struct wire_field {
	uint32_t number;
	enum wire_type type;
	uint64_t value;      /* of VARINT and FIXED; for BYTES the length */
	struct cursor bytes; /* of BYTES: the payload; otherwise empty */
};

/* At most ten bytes and 64 bits; 0 and failed when there is none. */
uint64_t wire_varint(struct cursor *c);
/* false: the end, or failed. The cursor stands after the field. */
bool wire_next(struct cursor *c, struct wire_field *ret);
/* The same varints in a row, packed into one payload or one field each: call for each field with that number. */
bool wire_next_packed(struct wire_field *f, uint64_t *ret);

#endif
