/* SPDX-License-Identifier: Apache-2.0 */
/*
 * markup.h: hostile text inside HTML and XML.
 *
 * Safe in element content and in attribute values in either kind of quotes.
 * Control characters (which XML 1.0 cannot hold, not even escaped) and the
 * characters that turn the direction of text (which make one name look like
 * another) are shown as \xNN and \u{NNNN}; bytes that are no UTF-8 as \xNN.
 */
#ifndef BASE_MARKUP_H
#define BASE_MARKUP_H

#include <stddef.h>
#include <stdio.h>

void markup_text(FILE *f, const char *s);
void markup_bytes(FILE *f, const char *s, size_t n);
/* printf whose every %s argument is escaped; the format itself is markup. Knows %s, %zu, %llu, %llx, %u, %d and %%. */
void markup_printf(FILE *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
