/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include "base/bytes.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SMALLEST_CAPACITY 64

void buffer_release(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer)BUFFER_INIT(b->max);
}

/* Doubles, so that appending is linear, but never beyond the maximum. One more byte is for the NUL. */
static size_t grown_capacity(const struct buffer *b, size_t need)
{
	size_t cap = b->cap < SMALLEST_CAPACITY / 2 ? SMALLEST_CAPACITY : b->cap * 2;

	if (cap < need)
		cap = need;
	return cap > b->max ? b->max : cap;
}

int buffer_reserve(struct buffer *b, size_t more)
{
	size_t cap;
	char *data;

	if (b->error)
		return b->error;
	if (more > b->max - b->len || more == SIZE_MAX - b->len)
		return b->error = -EFBIG;
	if (b->data && b->len + more <= b->cap)
		return 0;
	cap = grown_capacity(b, b->len + more);
	data = realloc(b->data, cap + 1);
	if (!data)
		return b->error = -ENOMEM;
	data[b->len] = '\0';
	b->data = data;
	b->cap = cap;
	return 0;
}

int buffer_append(struct buffer *b, const void *p, size_t n)
{
	int r = buffer_reserve(b, n);

	if (r < 0)
		return r;
	if (n)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

int buffer_puts(struct buffer *b, const char *s)
{
	return buffer_append(b, s, strlen(s));
}

int buffer_putc(struct buffer *b, char c)
{
	return buffer_append(b, &c, 1);
}

int buffer_printf(struct buffer *b, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buffer_vprintf(b, fmt, ap);
	va_end(ap);
	return r;
}

/* Most texts fit the room that is there; the others are measured first and printed again. */
int buffer_vprintf(struct buffer *b, const char *fmt, va_list ap)
{
	size_t room = b->data && !b->error ? b->cap - b->len + 1 : 0;
	va_list again;
	int r, n;

	if (b->error)
		return b->error;
	va_copy(again, ap);
	n = vsnprintf(room ? b->data + b->len : NULL, room, fmt, again);
	va_end(again);
	if (n < 0) {
		b->error = errno == ENOMEM ? -ENOMEM : -EFBIG;
	} else if ((size_t)n >= room) {
		r = buffer_reserve(b, (size_t)n);
		if (r == 0)
			(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	}
	if (b->error) {
		if (b->data)
			b->data[b->len] = '\0';
		return b->error;
	}
	b->len += (size_t)n;
	return 0;
}

/* C1 controls (U+0080 to U+009F) start escape sequences in UTF-8 terminals as ESC [ does. */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

size_t quote_character(const void *p, size_t n, char out[QUOTED_MAX], size_t *ret_len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = p;
	uint32_t c = 0;
	unsigned len;

	if (n == 0)
		return 0;
	len = utf8_sequence(bytes, n, &c);
	if (len && !is_control(c)) {
		memcpy(out, p, len);
		*ret_len = len;
		return len;
	}
	memcpy(out, (char[]){ '\\', 'x', digits[bytes[0] >> 4], digits[bytes[0] & 15] }, QUOTED_MAX);
	*ret_len = QUOTED_MAX;
	return 1;
}

int buffer_quote(struct buffer *b, const void *p, size_t n, size_t limit)
{
	const uint8_t *bytes = p;
	char quoted[QUOTED_MAX];
	size_t i = 0, used, len;

	while ((used = quote_character(bytes + i, n - i, quoted, &len)) > 0) {
		if (used > limit - i)
			return buffer_puts(b, "...");
		if (bytes[i] == '\\')
			(void)buffer_putc(b, '\\');
		(void)buffer_append(b, quoted, len);
		i += used;
	}
	return b->error;
}

const char *buffer_str(const struct buffer *b)
{
	return b->data ? b->data : "";
}

char *buffer_detach(struct buffer *b)
{
	char *data;

	if (!b->data)
		(void)buffer_reserve(b, 0);
	if (b->error)
		return NULL;
	data = steal_pointer(b->data);
	buffer_release(b);
	return data;
}

static bool is_plain_word(const char *s)
{
	return *s && !s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./:=@_^")];
}

int buffer_shell_word(struct buffer *b, const char *word)
{
	if (is_plain_word(word))
		return buffer_puts(b, word);
	(void)buffer_putc(b, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			(void)buffer_puts(b, "'\\''");
		else
			(void)buffer_putc(b, *word);
	}
	return buffer_putc(b, '\'');
}
