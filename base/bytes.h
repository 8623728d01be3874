/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bytes.h: the one way to read untrusted bytes.
 *
 * `struct cursor` is a window [base, base+size) with a position, a byte order
 * and a sticky failure.  A read past the end returns zeros and sets `failed`;
 * the caller checks once, after a group of reads.  Nothing else casts into
 * input.  Every count or size that is read is checked against the bytes that
 * remain (cursor_left) or against a cap before anything is allocated from it.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *base;
	uint64_t size;
	uint64_t pos;
	bool big;     /* big-endian reads */
	bool failed;  /* sticky: some read went past the end */
};

static inline struct cursor cursor_make(const void *base, uint64_t size)
{
	return (struct cursor){ .base = base, .size = size };
}

static inline uint64_t cursor_left(const struct cursor *c)
{
	return c->failed ? 0 : c->size - c->pos;
}

/* The next n bytes and moves past them; NULL (and failed) when there are not that many. */
static inline const uint8_t *cursor_take(struct cursor *c, uint64_t n)
{
	const uint8_t *p;

	if (c->failed || n > c->size - c->pos) {
		c->failed = true;
		return NULL;
	}
	p = c->base + c->pos;
	c->pos += n;
	return p;
}

static inline void cursor_seek(struct cursor *c, uint64_t pos)
{
	if (pos > c->size)
		c->failed = true;
	else
		c->pos = pos;
}

static inline void cursor_skip(struct cursor *c, uint64_t n)
{
	(void)cursor_take(c, n);
}

static inline uint64_t cursor_uint(struct cursor *c, unsigned width)
{
	const uint8_t *p = cursor_take(c, width);
	uint64_t v = 0;
	unsigned i;

	if (!p)
		return 0;
	for (i = 0; i < width; i++)
		v |= (uint64_t)p[c->big ? width - 1 - i : i] << (8 * i);
	return v;
}

static inline uint8_t cursor_u8(struct cursor *c) { return (uint8_t)cursor_uint(c, 1); }
static inline uint16_t cursor_u16(struct cursor *c) { return (uint16_t)cursor_uint(c, 2); }
static inline uint32_t cursor_u32(struct cursor *c) { return (uint32_t)cursor_uint(c, 4); }
static inline uint64_t cursor_u64(struct cursor *c) { return cursor_uint(c, 8); }

uint64_t cursor_uleb(struct cursor *c); /* unsigned LEB128; over 64 bits fails */
int64_t cursor_sleb(struct cursor *c);
const char *cursor_cstr(struct cursor *c, uint64_t *ret_len); /* NUL-terminated inside the window, else NULL and failed */

/* Little/big-endian loads from memory that is known to be long enough (a checked part, a stack array). */
static inline uint64_t load_uint(const uint8_t *p, unsigned width, bool big)
{
	uint64_t v = 0;
	unsigned i;

	for (i = 0; i < width; i++)
		v |= (uint64_t)p[big ? width - 1 - i : i] << (8 * i);
	return v;
}

static inline uint16_t load_le16(const uint8_t *p) { uint16_t v; memcpy(&v, p, 2); return v; }
static inline uint32_t load_le32(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return v; }
static inline uint64_t load_le64(const uint8_t *p) { uint64_t v; memcpy(&v, p, 8); return v; }
void store_uint(uint8_t *p, uint64_t v, unsigned width, bool big);

/* True (and *r untouched) on overflow is an error the caller handles. */
static inline bool add_overflows(uint64_t a, uint64_t b, uint64_t *r) { return __builtin_add_overflow(a, b, r); }
static inline bool mul_overflows(uint64_t a, uint64_t b, uint64_t *r) { return __builtin_mul_overflow(a, b, r); }

/* [off, off+len) lies inside [0, size). */
static inline bool range_inside(uint64_t off, uint64_t len, uint64_t size)
{
	return off <= size && len <= size - off;
}

bool bytes_are_zero(const uint8_t *p, uint64_t n);
/* The value of a digit in any base up to 16, or 16. */
unsigned digit_value(uint8_t c);
/* ASCII numbers as archives write them: optional leading blanks, digits of `base`, then blank/NUL padding to the end.
 * false: something else stands there, or it overflows. An all-blank field is 0. */
bool parse_ascii_uint(const uint8_t *p, size_t n, unsigned base, uint64_t *ret);

/*
 * The length (1 to 4) of the well-formed UTF-8 sequence that p starts with, and its code point; 0 when it starts
 * with none (a stray or missing continuation, an overlong form, a surrogate, beyond U+10FFFF, or n is 0).  `ret`
 * may be NULL.
 */
unsigned utf8_sequence(const uint8_t *p, size_t n, uint32_t *ret);

/* Number of positions at which a and b differ. */
uint64_t count_differing(const uint8_t *a, const uint8_t *b, uint64_t n);
/* First position >= from at which they differ (n when none), and first at which they agree again. */
uint64_t find_difference(const uint8_t *a, const uint8_t *b, uint64_t from, uint64_t n);
uint64_t find_agreement(const uint8_t *a, const uint8_t *b, uint64_t from, uint64_t n);

#endif
