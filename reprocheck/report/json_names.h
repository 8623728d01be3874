/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_names.h: names and texts from the input inside a JSON report.
 *
 * JSON strings are Unicode, names are bytes.  A name that is no UTF-8 has each
 * bad byte replaced and the whole in hexadecimal beside it, as KEY_hex; so a
 * reader (record.h) gets back the very bytes.
 */
#ifndef REPROCHECK_REPORT_JSON_NAMES_H
#define REPROCHECK_REPORT_JSON_NAMES_H

#include "base/json_stream.h"

#include <stddef.h>

/* 0 or -ENOMEM. */
int json_put_name(json_t *o, const char *key, const char *s);
int json_put_optional(json_t *o, const char *key, const char *s); /* NULL: nothing is put */
/* An array; when one of them is no UTF-8, KEY_hex is an array of all in hexadecimal. */
int json_put_names(json_t *o, const char *key, const char *const *items, size_t count);
/* Reading: the bytes that a string in hexadecimal stands for, terminated, into `out` with room for length/2 + 1. Returns
 * how many, or -EBADMSG: no such string, or one with a NUL byte. */
int json_unhex(const json_t *value, char *out);
/* KEY_hex of an object, NULL where it has none. */
const json_t *json_hex_member(const json_t *o, const char *key);
/* The same as members of the open object. */
void json_stream_name(struct json_stream *j, const char *key, const char *s); /* NULL: nothing is put */
void json_stream_names(struct json_stream *j, const char *key, const char *const *items, size_t count);

#endif
