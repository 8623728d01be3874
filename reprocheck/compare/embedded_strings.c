/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings among data: a compiler puts literals one after the other, each with
 * its NUL and often with zeros for alignment.  When several neighbours changed
 * and nothing between them is long enough to align by, the replaced bytes of
 * the two sides still hold the same number of strings: they are paired in
 * step, and the zeros between them are alignment.
 */
#include "reprocheck/compare/leaf.h"

#include "analyzers/entropy.h"
#include "base/bytes.h"

#define STRINGS_MAX 4096
#define STRING_MIN  8
#define STRETCH_MAX (UINT64_C(64) << 10) /* of differing bytes that are looked at for strings */
#define STRETCH_GAP 8                    /* equal bytes that end it */

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

/* The end of the differing bytes that begin at x; equal ones between them are taken in. */
static uint64_t stretch_end(const struct descent *d, const struct pair *p, uint64_t x)
{
	const uint8_t *a = d->w->data[0] + p->off[0], *b = d->w->data[1] + p->off[1];
	uint64_t len = p->len[0], end = x, next;

	for (;;) {
		end = find_agreement(a, b, end, len);
		if (end == len || end - x > STRETCH_MAX)
			return end;
		next = find_difference(a, b, end, end + STRETCH_GAP < len ? end + STRETCH_GAP : len);
		if (next == len || next >= end + STRETCH_GAP)
			return end;
		end = next;
	}
}

/* Whether a string of some length lies around offset x of the part: a few printable bytes of an address are none. */
static bool in_string(const uint8_t *p, uint64_t len, uint64_t x)
{
	uint64_t start, n;

	return printable_context(p, len, x, 1, &start, &n) == PRINTABLE_UTF8 && n >= STRING_MIN;
}

/* As many strings on both sides, and one ends where the other goes on. */
static bool strings_shifted(const struct descent *d, const struct pair *p, uint64_t x, uint64_t n)
{
	const uint8_t *a = d->w->data[0] + p->off[0], *b = d->w->data[1] + p->off[1];
	unsigned count;
	uint64_t i;

	if (n > STRETCH_MAX || !in_string(a, p->len[0], x) || !in_string(b, p->len[1], x))
		return false;
	count = count_strings(a + x, n);
	if (!count || count != count_strings(b + x, n))
		return false;
	for (i = x; i < x + n; i++)
		if (!a[i] != !b[i])
			return true;
	return false;
}

int add_in_place(struct descent *d, struct pair *p)
{
	uint64_t a = p->off[0], b = p->off[1], len = p->len[0], told = 0, x = 0, end;
	int r = 0;

	while (r >= 0 && (x = workspace_find(d->w, a, b, x, len)) < len) {
		end = stretch_end(d, p, x);
		if (strings_shifted(d, p, x, end - x)) {
			r = add_leaf(d, p, a + told, b + told, x - told, 1);
			if (r >= 0)
				r = add_strings(d, p, a + x, end - x, b + x, end - x);
			told = end;
		}
		x = end;
	}
	return r < 0 ? r : add_leaf(d, p, a + told, b + told, len - told, 1);
}
