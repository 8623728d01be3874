/* SPDX-License-Identifier: Apache-2.0 */
/*
 * messages.h: protocol buffers' messages made by hand, on put.h.
 *
 *	struct bytes file = { .len = 0 };
 *	put_text(&file, 1, "a.o");
 *	put_message(&entry, 3, &file);
 *	put_frame(&log, &entry);          with its length before it
 */
#ifndef TESTS_UNIT_MESSAGES_H
#define TESTS_UNIT_MESSAGES_H

#include "tests/unit/put.h"

static inline __attribute__((unused)) void put_varint(struct bytes *b, uint64_t v)
{
	for (; v > 0x7f; v >>= 7)
		put_uint(b, (v & 0x7f) | 0x80, 1, false);
	put_uint(b, v, 1, false);
}

static inline __attribute__((unused)) void put_number(struct bytes *b, unsigned field, uint64_t v)
{
	put_varint(b, field << 3);
	put_varint(b, v);
}

static inline __attribute__((unused)) void put_blob(struct bytes *b, unsigned field, const void *p, size_t n)
{
	put_varint(b, field << 3 | 2);
	put_varint(b, n);
	put(b, p, n);
}

static inline __attribute__((unused)) void put_text(struct bytes *b, unsigned field, const char *s)
{
	put_blob(b, field, s, strlen(s));
}

static inline __attribute__((unused)) void put_message(struct bytes *b, unsigned field, const struct bytes *message)
{
	put_blob(b, field, message->data, message->len);
}

static inline __attribute__((unused)) void put_frame(struct bytes *b, const struct bytes *message)
{
	put_varint(b, message->len);
	put(b, message->data, message->len);
}

#endif
