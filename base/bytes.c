/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bytes.c: the parts of bytes.h that are too long to inline.
 *
 * The comparison loops decide how fast two large files are compared, so they
 * work on vectors of the compiler's own vector extension: the same source
 * becomes SSE2, AVX or NEON.  Unaligned loads go through memcpy, which compiles
 * to one load instruction.
 */
#include "base/bytes.h"

/* load_le*() and the "first byte is the lowest" arithmetic below rely on it. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little-endian hosts only");

static uint64_t leb_failed(struct cursor *c)
{
	c->failed = true;
	return 0;
}

/*
 * LEB128 (DWARF 5, section 7.6): seven bits a byte, low bits first, the high
 * bit says that more follow.  Padding with redundant bytes is legal; bits that
 * do not fit 64 are not.
 */
uint64_t cursor_uleb(struct cursor *c)
{
	uint64_t v = 0, bits;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = cursor_u8(c);
		bits = byte & 0x7f;
		if (c->failed || (shift >= 64 && bits) || (shift == 63 && bits > 1))
			return leb_failed(c);
		if (shift < 64) {
			v |= bits << shift;
			shift += 7;
		}
	} while (byte & 0x80);
	return v;
}

int64_t cursor_sleb(struct cursor *c)
{
	uint64_t v = 0, bits, sign;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = cursor_u8(c);
		bits = byte & 0x7f;
		/* From bit 63 on every bit is a copy of the sign. */
		sign = shift >= 64 ? -(v >> 63) & 0x7f : -(bits & 1) & 0x7f;
		if (c->failed || (shift >= 63 && bits != sign))
			return (int64_t)leb_failed(c);
		if (shift < 64) {
			v |= bits << shift;
			shift += 7;
		}
	} while (byte & 0x80);
	if (shift < 64 && (byte & 0x40))
		v |= -(UINT64_C(1) << shift);
	return (int64_t)v;
}

const char *cursor_cstr(struct cursor *c, uint64_t *ret_len)
{
	const uint8_t *start, *nul;
	uint64_t len;

	nul = cursor_left(c) ? memchr(c->base + c->pos, 0, c->size - c->pos) : NULL;
	if (!nul) {
		c->failed = true;
		return NULL;
	}
	len = (uint64_t)(nul - (c->base + c->pos));
	start = cursor_take(c, len + 1);
	if (ret_len)
		*ret_len = len;
	return (const char *)start;
}

void store_uint(uint8_t *p, uint64_t v, unsigned width, bool big)
{
	unsigned i;

	for (i = 0; i < width; i++)
		p[big ? width - 1 - i : i] = (uint8_t)(v >> (8 * i));
}

bool bytes_are_zero(const uint8_t *p, uint64_t n)
{
	while (n && !*p)
		p++, n--;
	return n == 0;
}

unsigned digit_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

bool parse_ascii_uint(const uint8_t *p, size_t n, unsigned base, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i = 0;

	while (i < n && (p[i] == ' ' || p[i] == '\t'))
		i++;
	for (; i < n && digit_value(p[i]) < base; i++)
		if (mul_overflows(v, base, &v) || add_overflows(v, digit_value(p[i]), &v))
			return false;
	for (; i < n; i++)
		if (p[i] != ' ' && p[i] != '\t' && p[i] != '\0')
			return false;
	*ret = v;
	return true;
}

/*
 * Well-formed sequences (Unicode 15, table 3-7): the lead byte gives the length
 * and the range of the second byte; that range excludes overlong forms,
 * surrogates and code points beyond U+10FFFF.
 */
static unsigned utf8_lead(uint8_t lead, uint8_t *ret_low, uint8_t *ret_high)
{
	*ret_low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	*ret_high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2)
		return 0;
	return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
}

unsigned utf8_sequence(const uint8_t *p, size_t n, uint32_t *ret)
{
	unsigned len, i;
	uint8_t low, high;
	uint32_t v;

	len = n ? utf8_lead(p[0], &low, &high) : 0;
	if (len == 0 || len > n)
		return 0;
	v = len == 1 ? p[0] : p[0] & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if (p[i] < low || p[i] > high)
			return 0;
		v = v << 6 | (p[i] & 0x3f);
		low = 0x80;
		high = 0xbf;
	}
	if (ret)
		*ret = v;
	return len;
}

#define VECTOR_SIZE 16 /* every machine has these; the loops unroll them */
typedef uint8_t byte_vector __attribute__((vector_size(VECTOR_SIZE)));
typedef uint64_t word_vector __attribute__((vector_size(VECTOR_SIZE)));

static inline byte_vector load_vector(const uint8_t *p)
{
	byte_vector v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline byte_vector xor_vector(const uint8_t *a, const uint8_t *b)
{
	return load_vector(a) ^ load_vector(b);
}

static inline byte_vector equal_vector(const uint8_t *a, const uint8_t *b)
{
	return (byte_vector)(load_vector(a) == load_vector(b));
}

static inline bool any_bit(byte_vector v)
{
	word_vector w = (word_vector)v;

	return (w[0] | w[1]) != 0;
}

/* Lanes hold 8-bit counts, and a comparison adds 0 or 1 to each: they must be summed before the 256th. */
#define COUNT_STEP (2 * VECTOR_SIZE)
#define COUNT_STEPS 255

static uint64_t count_agreeing(const uint8_t *a, const uint8_t *b, size_t steps)
{
	byte_vector even = { 0 }, odd = { 0 };
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < steps; i++, a += COUNT_STEP, b += COUNT_STEP) {
		even -= equal_vector(a, b);
		odd -= equal_vector(a + VECTOR_SIZE, b + VECTOR_SIZE);
	}
	for (i = 0; i < VECTOR_SIZE; i++)
		sum += (uint64_t)even[i] + odd[i];
	return sum;
}

uint64_t count_differing(const uint8_t *a, const uint8_t *b, uint64_t n)
{
	uint64_t agreeing = 0, i = 0;
	size_t steps;

	while (n - i >= COUNT_STEP) {
		steps = (n - i) / COUNT_STEP < COUNT_STEPS ? (n - i) / COUNT_STEP : COUNT_STEPS;
		agreeing += count_agreeing(a + i, b + i, steps);
		i += steps * COUNT_STEP;
	}
	for (; i < n; i++)
		agreeing += a[i] == b[i];
	return n - agreeing;
}

uint64_t find_difference(const uint8_t *a, const uint8_t *b, uint64_t from, uint64_t n)
{
	uint64_t i = from, x;

	if (from >= n)
		return n;
	for (; n - i >= 64; i += 64)
		if (any_bit(xor_vector(a + i, b + i) | xor_vector(a + i + 16, b + i + 16) |
			    xor_vector(a + i + 32, b + i + 32) | xor_vector(a + i + 48, b + i + 48)))
			break;
	for (; n - i >= 8; i += 8) {
		x = load_le64(a + i) ^ load_le64(b + i);
		if (x)
			return i + (unsigned)__builtin_ctzll(x) / 8;
	}
	while (i < n && a[i] == b[i])
		i++;
	return i;
}

/*
 * The lowest zero byte of x, as 0x80 in it: subtracting 1 from each byte borrows
 * into the top bit of a zero one.  Bytes above the lowest zero may be marked
 * wrongly, which does not matter here.
 */
static inline uint64_t zero_bytes(uint64_t x)
{
	return (x - UINT64_C(0x0101010101010101)) & ~x & UINT64_C(0x8080808080808080);
}

uint64_t find_agreement(const uint8_t *a, const uint8_t *b, uint64_t from, uint64_t n)
{
	uint64_t i = from, x;

	if (from >= n)
		return n;
	for (; n - i >= 32; i += 32)
		if (any_bit(equal_vector(a + i, b + i) | equal_vector(a + i + 16, b + i + 16)))
			break;
	for (; n - i >= 8; i += 8) {
		x = zero_bytes(load_le64(a + i) ^ load_le64(b + i));
		if (x)
			return i + (unsigned)__builtin_ctzll(x) / 8;
	}
	while (i < n && a[i] != b[i])
		i++;
	return i;
}
