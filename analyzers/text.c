/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.c: lines.
 *
 * Text is what is left when no magic matched and the bytes read like
 * characters: no NUL, and nearly everything printable ASCII, the usual control
 * characters or well-formed UTF-8.  A small share of other bytes is allowed,
 * so that Latin-1 comments and terminal escapes do not turn a log into raw
 * bytes.  Only the head and the tail are looked at: a probe must be cheap on a
 * file of any size, and formats that begin as text (shell scripts with a
 * payload, PDF) show their binary part at the end.
 */
#include "analyzers/layout.h"

#define PROBE_WINDOW 65536
#define BAD_SHARE    16 /* one byte in so many may be no text */

static bool is_text_control(uint8_t c)
{
	return (c >= '\b' && c <= '\r') || c == 0x1b;
}

/* Length of the character at p; *ret_bad is set when it is none. */
static unsigned character(const uint8_t *p, uint64_t n, bool *ret_bad)
{
	unsigned len = utf8_sequence(p, n < 4 ? n : 4, NULL);

	*ret_bad = len == 0 || *p == 0x7f || (*p < ' ' && !is_text_control(*p));
	return len ? len : 1;
}

/* A window may begin and end inside a character: up to three bytes at either end are not held against it. */
static bool reads_like_text(const uint8_t *p, uint64_t n)
{
	uint64_t i = 0, bad = 0;
	bool is_bad;

	if (memchr(p, 0, n))
		return false;
	while (i < n && i < 3 && (p[i] & 0xc0) == 0x80)
		i++;
	for (; i < n; bad += is_bad)
		i += character(p + i, n - i, &is_bad);
	if (n > 64 && bad)
		bad--;
	return bad <= n / BAD_SHARE;
}

static bool text_probe(const uint8_t *data, uint64_t size)
{
	uint64_t window = size < PROBE_WINDOW ? size : PROBE_WINDOW;

	if (size == 0 || !reads_like_text(data, window))
		return false;
	return size == window || reads_like_text(data + size - window, window);
}

static int text_split(struct layout *l)
{
	(void)layout_add(l, 0, l->size, PART_TEXT, "lines");
	return 0;
}

const struct analyzer text_analyzer = {
	.name = "text",
	.title = "text",
	.probe = text_probe,
	.split = text_split,
};
