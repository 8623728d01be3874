/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buffer.h: a growable byte buffer that names its maximum.
 *
 * Append freely and check `failed` once at the end (-ENOMEM or -EFBIG is in
 * `error`).  The content is always followed by a NUL that `len` does not count,
 * so `data` is a C string whenever the content has no NUL of its own.
 *
 *	struct buffer b = BUFFER_INIT(1 << 20);
 *	buffer_printf(&b, "%s=%d\n", key, v);
 *	if (b.error) ...
 *	buffer_release(&b);
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
	char *data; /* NULL while empty; see buffer_str */
	size_t len, cap;
	size_t max;
	int error; /* 0, -ENOMEM, -EFBIG: sticky */
};

#define BUFFER_INIT(maximum) { .max = (maximum) }

void buffer_release(struct buffer *b);
int buffer_reserve(struct buffer *b, size_t more);
int buffer_append(struct buffer *b, const void *p, size_t n);
int buffer_puts(struct buffer *b, const char *s);
int buffer_putc(struct buffer *b, char c);
int buffer_printf(struct buffer *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int buffer_vprintf(struct buffer *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Bytes as text on one line: printable ASCII and valid UTF-8 as they are, the rest as \xNN, backslash
 * doubled; at most `limit` bytes of input are shown, "..." marks the cut.  Control characters never reach a
 * terminal raw. */
int buffer_quote(struct buffer *b, const void *p, size_t n, size_t limit);
/* One character of that, without allocation and backslash as it is: writes at most QUOTED_MAX characters, not
 * terminated, sets *ret_len to how many, and returns the bytes consumed (0 only when n is 0). */
#define QUOTED_MAX 4
size_t quote_character(const void *p, size_t n, char out[QUOTED_MAX], size_t *ret_len);
/* A word as a shell would read it back: plain ones as they are, others between single quotes. */
int buffer_shell_word(struct buffer *b, const char *word);
const char *buffer_str(const struct buffer *b); /* never NULL */
char *buffer_detach(struct buffer *b);          /* caller frees; NULL on a failed buffer */

#endif
