/* SPDX-License-Identifier: Apache-2.0 */
/*
 * put.h: inputs made by hand, piece by piece.
 *
 *	struct bytes b = { 0 };
 *
 *	put(&b, "MAGIC", 5);
 *	put_uint(&b, 2, 4, false);         four bytes, little-endian
 *	l = layout_of(b.data, b.len);
 */
#ifndef TESTS_UNIT_PUT_H
#define TESTS_UNIT_PUT_H

#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct bytes {
	uint8_t data[65536];
	size_t len;
};

static inline __attribute__((unused)) void put(struct bytes *b, const void *p, size_t n)
{
	assert_true(b->len + n <= sizeof(b->data));
	memcpy(b->data + b->len, p, n);
	b->len += n;
}

static inline __attribute__((unused)) void put_uint(struct bytes *b, uint64_t v, unsigned width, bool big)
{
	uint8_t p[8];

	store_uint(p, v, width, big);
	put(b, p, width);
}

/* A field of fixed width, NUL-padded. */
static inline __attribute__((unused)) void put_padded(struct bytes *b, const char *s, size_t n)
{
	char field[256] = "";

	assert_true(n <= sizeof(field) && strlen(s) <= n);
	memcpy(field, s, strlen(s));
	put(b, field, n);
}

#endif
