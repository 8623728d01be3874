/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entropy.c: see entropy.h.
 *
 * A string is followed outwards from the range one character at a time, so the
 * cost is bounded by the range and the reach, not by the file.  Going backwards
 * over UTF-8 means stepping to the nearest lead byte (at most three back) whose
 * sequence ends exactly where we stand.
 */
#include "analyzers/entropy.h"

#include "base/bytes.h"

#define SHORTEST_STRING 4

/* log2 of a value >= 1, to a millionth: squaring doubles a logarithm, so each step yields a binary digit. */
static double binary_logarithm(double v)
{
	double result = 0, digit;

	for (; v >= 2; v /= 2)
		result++;
	for (digit = 0.5; digit > 1e-7; digit /= 2) {
		v *= v;
		if (v >= 2) {
			v /= 2;
			result += digit;
		}
	}
	return result;
}

double entropy_bits(const uint8_t *data, uint64_t size)
{
	uint64_t counts[256] = { 0 }, i;
	double bits = 0;

	for (i = 0; i < size; i++)
		counts[data[i]]++;
	for (i = 0; i < 256; i++) {
		if (counts[i] == 0)
			continue;
		bits += (double)counts[i] / (double)size * binary_logarithm((double)size / (double)counts[i]);
	}
	return bits;
}

static bool is_printable_ascii(uint8_t c)
{
	return (c >= ' ' && c < 0x7f) || c == '\t';
}

/* Length of the printable character that starts at `at` and ends by `end`; 0: none. */
static unsigned forward(const uint8_t *data, uint64_t at, uint64_t end)
{
	unsigned len;
	uint32_t c;

	if (at >= end)
		return 0;
	len = utf8_sequence(data + at, end - at < 4 ? end - at : 4, &c);
	if (len == 1)
		return is_printable_ascii(data[at]);
	return len && c >= 0xa0 ? len : 0;
}

/* The same for the character that ends at `at`, not before `begin`. */
static unsigned backward(const uint8_t *data, uint64_t begin, uint64_t at)
{
	unsigned n;

	for (n = 1; n <= 4 && n <= at - begin; n++) {
		if ((data[at - n] & 0xc0) != 0x80)
			return forward(data, at - n, at) == n ? n : 0;
	}
	return 0;
}

static bool utf8_context(const uint8_t *data, uint64_t begin, uint64_t end, uint64_t *from, uint64_t *to)
{
	uint64_t start = *from, at;
	unsigned n;

	/* The range may begin inside a character: back to its lead byte. */
	while (start > begin && *from - start < 3 && (data[start] & 0xc0) == 0x80)
		start--;
	for (at = start; at < *to; at += n) {
		n = forward(data, at, end);
		if (n == 0)
			return false;
	}
	while ((n = forward(data, at, end)) != 0)
		at += n;
	while ((n = backward(data, begin, start)) != 0)
		start -= n;
	*from = start;
	*to = at;
	return at - start >= SHORTEST_STRING;
}

static bool is_wide(const uint8_t *p)
{
	return is_printable_ascii(p[0]) && p[1] == 0;
}

static bool utf16_context(const uint8_t *data, uint64_t begin, uint64_t end, uint64_t *from, uint64_t *to)
{
	uint64_t start = *from, at;

	/* Which of the two bytes of a unit the range begins with is told by the NUL. */
	if (data[start] == 0 && start > begin)
		start--;
	for (at = start; at < *to; at += 2)
		if (end - at < 2 || !is_wide(data + at))
			return false;
	while (end - at >= 2 && is_wide(data + at))
		at += 2;
	while (start - begin >= 2 && is_wide(data + start - 2))
		start -= 2;
	*from = start;
	*to = at;
	return at - start >= 2 * SHORTEST_STRING;
}

enum printable_coding printable_context(const uint8_t *data, uint64_t size, uint64_t off, uint64_t len,
					uint64_t *ret_off, uint64_t *ret_len)
{
	enum printable_coding coding = PRINTABLE_UTF8;
	uint64_t begin, end, from = off, to;

	if (len == 0 || !range_inside(off, len, size))
		return PRINTABLE_NONE;
	to = off + len;
	begin = off > PRINTABLE_CONTEXT_REACH ? off - PRINTABLE_CONTEXT_REACH : 0;
	end = size - to > PRINTABLE_CONTEXT_REACH ? to + PRINTABLE_CONTEXT_REACH : size;
	if (!utf8_context(data, begin, end, &from, &to)) {
		coding = PRINTABLE_UTF16LE;
		from = off;
		to = off + len;
		if (!utf16_context(data, begin, end, &from, &to))
			return PRINTABLE_NONE;
	}
	*ret_off = from;
	*ret_len = to - from;
	return coding;
}
