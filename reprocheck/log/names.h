/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_names.h: each text of the logs once, as a number.
 *
 * A path is kept as its directory's number and its last component, because a
 * build has many files in few directories: about 16 bytes and the component's
 * length for each.  Number 0 is the empty text.  Numbers are the same for all
 * logs that share the table, so paths of two builds are compared as numbers.
 */
#ifndef REPROCHECK_LOG_NAMES_H
#define REPROCHECK_LOG_NAMES_H

#include "base/buffer.h"
#include "reprocheck/log/execlog.h"
#include "reprocheck/log/array.h"

struct log_names {
	struct log_array names; /* struct name, log_names.c */
	struct log_array texts; /* char */
	uint32_t *slots;
	size_t slot_count;
};

/* Initialise with LOG_NAMES_INIT. */
#define LOG_NAMES_INIT { .names = { .item = LOG_NAME_SIZE }, .texts = LOG_ARRAY_OF(char) }
#define LOG_NAME_SIZE 16
void log_names_release(struct log_names *n);
/* The number, made when it is new. -ENOMEM, -EFBIG: too long or too many. */
int log_name(struct log_names *n, struct log_text text, uint32_t *ret);
/* The number of a text that is there; 0 when it is not. */
uint32_t log_name_find(const struct log_names *n, struct log_text text);
size_t log_names_count(const struct log_names *n); /* numbers are below it */
/* Replaces the buffer's content; the text is buffer_str() of it. */
const char *log_name_text(const struct log_names *n, uint32_t name, struct buffer *b);
struct log_text log_name_base(const struct log_names *n, uint32_t name); /* the last component */

#endif
