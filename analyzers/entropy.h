/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entropy.h: what can be said about bytes without knowing their format.
 *
 * entropy_bits() tells compressed, encrypted or random bytes (near 8 bits a
 * byte, less for short ranges: n bytes cannot show more than log2 n) from text
 * (4 to 5) and from tables of numbers.
 *
 * printable_context() finds the string that an offset lies in, so that a
 * report can show "built on Jan  2 2024 by root@host" for one differing digit,
 * and a recogniser can match the whole of it:
 *
 *	if (printable_context(data, size, off, 1, &start, &len))
 *		... data[start .. start + len) holds [off, off + 1)
 *
 * Both read only the bytes they are given and keep nothing.
 */
#ifndef ANALYZERS_ENTROPY_H
#define ANALYZERS_ENTROPY_H

#include <stdbool.h>
#include <stdint.h>

/* Shannon entropy of the byte values, in bits a byte: 0 (all the same, or none) to 8. */
double entropy_bits(const uint8_t *data, uint64_t size);

/* How far a string is followed to each side of the range. */
#define PRINTABLE_CONTEXT_REACH 4096

enum printable_coding {
	PRINTABLE_NONE = 0,
	PRINTABLE_UTF8,    /* ASCII and well-formed UTF-8, tabs; a line end or NUL ends it */
	PRINTABLE_UTF16LE, /* printable ASCII, each followed by a NUL byte */
};

/*
 * The string around [off, off+len), at most PRINTABLE_CONTEXT_REACH bytes beyond it to each side; the range
 * itself must be printable.  A string of under 4 characters is none.  PRINTABLE_NONE leaves the
 * out-parameters untouched; also when the range is empty or outside [0, size).
 */
enum printable_coding printable_context(const uint8_t *data, uint64_t size, uint64_t off, uint64_t len,
					uint64_t *ret_off, uint64_t *ret_len);

#endif
