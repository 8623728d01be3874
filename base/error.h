/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error.h: what went wrong, said once.
 *
 * Every function that can fail returns 0 or a negative errno.  Functions that
 * know more than a number (a parser that knows the offset, an opener that
 * knows the name) also fill a caller-owned `struct error`, which may be NULL.
 * Libraries never print; the command's main prints error_text() to stderr.
 *
 *	struct error err = { 0 };
 *	int r = file_open(path, &f, &err);
 *	if (r < 0)
 *		return error_report("reprocheck", &err);
 *
 * The first error wins: error_set() on an object that already holds an error
 * leaves it alone, so that the innermost (most precise) message survives.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#define ERROR_NO_OFFSET UINT64_MAX

struct error {
	int code;         /* negative errno, 0 when nothing happened */
	uint64_t offset;  /* byte offset in `file`, valid if has_offset */
	bool has_offset;
	char file[256];   /* the thing that failed; may be empty; cut at the left with "..." */
	char message[256];
};

/* Records `code` (negative errno) and a message; returns `code`, so that `return error_set(...)` reads well. */
int error_set(struct error *err, int code, const char *file, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The same with the byte offset at which the input was found wrong. */
int error_set_at(struct error *err, int code, const char *file, uint64_t offset, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* "FILE: offset 0x10: MESSAGE (Invalid argument)" into `out`; always terminated. Returns `out`. */
const char *error_text(const struct error *err, char *out, uint64_t size);

/* Prints "PROGRAM: TEXT" to stderr. Only commands call this. */
void error_report(const char *program, const struct error *err);

#endif
