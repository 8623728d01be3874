/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostfile.h: small files of the host's, read whole, line by line (private to the sandbox).
 */
#ifndef SANDBOX_HOSTFILE_H
#define SANDBOX_HOSTFILE_H

#include "base/buffer.h"

#include <stddef.h>

/* Appends at most b->max bytes of a file, whatever its size claims to be (/proc says 0). Negative errno. */
int hostfile_read(const char *path, struct buffer *b);
/* The next line of a text: its start, *ret_len without the newline; NULL at the end. `*at` moves on and begins at 0. */
const char *hostfile_line(const struct buffer *b, size_t *at, size_t *ret_len);
/* Writes a whole small file, made anew with this mode. */
int hostfile_write(int dirfd, const char *name, unsigned mode, const void *p, size_t n);

#endif
