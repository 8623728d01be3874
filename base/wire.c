/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire.h"

#define FIELD_NUMBER_MAX ((UINT32_C(1) << 29) - 1)

uint64_t wire_varint(struct cursor *c)
{
	uint64_t v = 0;
	unsigned shift;

	for (shift = 0; shift < 70; shift += 7) {
		uint8_t byte = cursor_u8(c);

		/* The tenth byte has room for one bit. */
		if (shift == 63 && byte > 1)
			break;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return c->failed ? 0 : v;
	}
	c->failed = true;
	return 0;
}

static bool read_payload(struct cursor *c, struct wire_field *f)
{
	const uint8_t *p;

	switch (f->type) {
	case WIRE_VARINT: f->value = wire_varint(c); break;
	case WIRE_FIXED64: f->value = cursor_u64(c); break;
	case WIRE_FIXED32: f->value = cursor_u32(c); break;
	case WIRE_BYTES:
		f->value = wire_varint(c);
		p = cursor_take(c, f->value);
		if (p)
			f->bytes = cursor_make(p, f->value);
		break;
	default: c->failed = true;
	}
	return !c->failed;
}

bool wire_next(struct cursor *c, struct wire_field *ret)
{
	uint64_t tag;

	if (cursor_left(c) == 0)
		return false;
	tag = wire_varint(c);
	if (c->failed || tag >> 3 == 0 || tag >> 3 > FIELD_NUMBER_MAX) {
		c->failed = true;
		return false;
	}
	*ret = (struct wire_field){ .number = (uint32_t)(tag >> 3), .type = (enum wire_type)(tag & 7) };
	return read_payload(c, ret);
}

bool wire_next_packed(struct wire_field *f, uint64_t *ret)
{
	if (f->type == WIRE_BYTES) {
		if (cursor_left(&f->bytes) == 0)
			return false;
		*ret = wire_varint(&f->bytes);
		return !f->bytes.failed;
	}
	if (f->type != WIRE_VARINT || f->number == 0)
		return false;
	*ret = f->value;
	f->number = 0; /* given */
	return true;
}
