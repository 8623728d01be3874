/* SPDX-License-Identifier: Apache-2.0 */
#include "base/markup.h"

#include "base/bytes.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

/* C0 but tab and newline, C1, bidirectional controls and marks, line separators, non-characters. */
static bool must_be_shown(uint32_t c)
{
	return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c <= 0x9f) ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f ||
	       c == 0x061c || c == 0x2028 || c == 0x2029 || c == 0xfeff || (c & 0xfffe) == 0xfffe ||
	       (c >= 0xfdd0 && c <= 0xfdef);
}

static const char *entity(uint32_t c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

static size_t put_character(FILE *f, const uint8_t *p, size_t n)
{
	uint32_t c = 0;
	size_t len = utf8_sequence(p, n, &c);

	if (len == 0 || (must_be_shown(c) && c < 0x80)) {
		(void)fprintf(f, "\\x%02x", p[0]);
		return 1;
	}
	if (must_be_shown(c))
		(void)fprintf(f, "\\u{%04x}", c);
	else if (entity(c))
		(void)fputs(entity(c), f);
	else
		(void)fwrite(p, 1, len, f);
	return len;
}

void markup_bytes(FILE *f, const char *s, size_t n)
{
	const uint8_t *p = (const uint8_t *)s;

	while (n > 0) {
		size_t used = put_character(f, p, n);

		p += used;
		n -= used;
	}
}

void markup_text(FILE *f, const char *s)
{
	markup_bytes(f, s, strlen(s));
}

/* Prints one conversion; returns what follows it. */
static const char *put_conversion(FILE *f, const char *p, va_list *ap)
{
	if (*p == 's') {
		markup_text(f, va_arg(*ap, const char *));
		return p + 1;
	}
	if (strncmp(p, "zu", 2) == 0) {
		(void)fprintf(f, "%zu", va_arg(*ap, size_t));
		return p + 2;
	}
	if (strncmp(p, "llu", 3) == 0 || strncmp(p, "llx", 3) == 0) {
		(void)fprintf(f, p[2] == 'u' ? "%llu" : "%llx", va_arg(*ap, unsigned long long));
		return p + 3;
	}
	if (*p == 'u' || *p == 'd') {
		(void)fprintf(f, *p == 'u' ? "%u" : "%d", va_arg(*ap, unsigned));
		return p + 1;
	}
	(void)putc('%', f);
	return *p == '%' ? p + 1 : p;
}

void markup_printf(FILE *f, const char *fmt, ...)
{
	const char *p = fmt, *percent;
	va_list ap;

	va_start(ap, fmt);
	while ((percent = strchr(p, '%'))) {
		(void)fwrite(p, 1, (size_t)(percent - p), f);
		p = put_conversion(f, percent + 1, &ap);
	}
	va_end(ap);
	(void)fputs(p, f);
}
