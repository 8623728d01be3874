/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terminal.h: what a person sees.
 *
 * Colour only when the stream is a terminal, NO_COLOR is unset or empty, and TERM is not
 * "dumb"; --color=always|never overrides (terminal_set_colour).  style() returns the escape
 * sequence or "" and is safe to pass to printf.
 *
 * Progress is one line on stderr, only when stderr is a terminal, only after a
 * second, at most ten times a second, and erased before anything else is
 * printed.  progress_add() is cheap and thread-safe.
 */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum style { STYLE_RESET, STYLE_BOLD, STYLE_DIM, STYLE_RED, STYLE_GREEN, STYLE_YELLOW, STYLE_BLUE, STYLE_MAGENTA, STYLE_CYAN };

int terminal_set_colour(const char *when); /* "auto", "always", "never"; else -EINVAL */
bool terminal_colour(FILE *f);
const char *style(FILE *f, enum style s);
unsigned terminal_width(FILE *f); /* 80 when not a terminal */

/* A name or text from the input: what is no printable UTF-8 is shown as \xNN, so that nothing of it acts on a terminal. */
void terminal_text(FILE *f, const char *s, size_t n);
void terminal_put(FILE *f, const char *s);

/* Numbers for people: "1,234,567" and "1.2 MB" (powers of 1000). Returns `out`. */
const char *format_count(uint64_t n, char out[32]);
const char *format_size(uint64_t n, char out[32]);

void progress_begin(const char *what, uint64_t total); /* total 0: unknown; bytes */
void progress_add(uint64_t n);
void progress_note(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* the current item */
void progress_end(void);

#endif
