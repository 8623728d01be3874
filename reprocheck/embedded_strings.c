/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings among data: a compiler puts literals one after the other, each with
 * its NUL and often with zeros for alignment.  When several neighbours changed
 * and nothing between them is long enough to align by, the replaced bytes of
 * the two sides still hold the same number of strings: they are paired in
 * step, and the zeros between them are alignment.
 */
#include "reprocheck/leaf.h"

#include "base/bytes.h"

#define STRINGS_MAX 4096

/* The next string at or after *at: [*at, return). Nothing but NULs left: both are n. */
static uint64_t next_string(const uint8_t *p, uint64_t n, uint64_t *at)
{
	uint64_t end;

	while (*at < n && !p[*at])
		(*at)++;
	for (end = *at; end < n && p[end]; end++)
		;
	return end;
}

/* How many strings there are; 0: there is something that is no text, or too much. */
static unsigned count_strings(const uint8_t *p, uint64_t n)
{
	uint64_t at = 0, end;
	unsigned count = 0;
	uint32_t c;

	while ((end = next_string(p, n, &at)) > at) {
		if (++count > STRINGS_MAX)
			return 0;
		while (at < end) {
			unsigned len = utf8_sequence(p + at, end - at, &c);

			if (!len || (c < ' ' && c != '\n' && c != '\t' && c != '\r' && c != 0x1b))
				return 0;
			at += len;
		}
	}
	return count;
}

/* NULs of both sides: as many as both have are the same, what one side has more is alignment. */
static int add_zeros(struct descent *d, struct pair *p, uint64_t a, uint64_t a_len, uint64_t b,
		     uint64_t b_len)
{
	uint64_t both = a_len < b_len ? a_len : b_len;
	struct run run = run_of(p, a + both, a_len - both, b + both, b_len - both);
	int r = add_same(d, a, b, both);

	if (r < 0 || a_len == b_len)
		return r;
	return add_found(
		d, run.off[0], run.len[0], run.off[1], run.len[1],
		conclude(d->w, &run, CAUSE_MOVED, CLASS_DERIVED, LEVEL_RECOGNISED, "alignment", true));
}

bool holds_strings(const struct descent *d, uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	unsigned count = count_strings(d->w->data[0] + a, a_len);

	return count > 1 && count == count_strings(d->w->data[1] + b, b_len);
}

int add_strings(struct descent *d, struct pair *p, uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	const uint8_t *x = d->w->data[0] + a, *y = d->w->data[1] + b;
	uint64_t i = 0, j = 0, at, bt, i_end, j_end;
	int r = 0;

	while (r >= 0 && (i < a_len || j < b_len)) {
		at = i;
		bt = j;
		i_end = next_string(x, a_len, &at);
		j_end = next_string(y, b_len, &bt);
		r = add_zeros(d, p, a + i, at - i, b + j, bt - j);
		if (r >= 0)
			r = align_piece(d, p, a + at, i_end - at, b + bt, j_end - bt);
		i = i_end;
		j = j_end;
	}
	return r;
}
