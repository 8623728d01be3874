/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_stream.h: a large JSON document written piece by piece.
 *
 * Objects and arrays that may be large are opened and closed; what is small is
 * put as a value and written on one line, so that a document of a million
 * findings needs the memory of one, and `grep` finds one a line.
 *
 *	struct json_stream s = { .f = f };
 *	json_stream_open(&s, NULL, '{');
 *	json_stream_put(&s, "schema", json_string("x/1"));
 *	json_stream_open(&s, "findings", '[');
 *	json_stream_put(&s, NULL, finding);
 *	json_stream_close(&s);
 *	json_stream_close(&s);
 *	return json_stream_finish(&s);
 *
 * Values are taken; a NULL value is the memory that was missing.  Errors are sticky.
 */
#ifndef BASE_JSON_STREAM_H
#define BASE_JSON_STREAM_H

#include "base/json.h"

#include <stdbool.h>
#include <stdio.h>

#define JSON_STREAM_DEPTH 8
struct json_stream {
	FILE *f;
	unsigned depth;
	char closing[JSON_STREAM_DEPTH];
	bool filled[JSON_STREAM_DEPTH]; /* something was written at this depth */
	int error;
};

/* bracket: '{' or '['; key NULL inside an array. */
void json_stream_open(struct json_stream *s, const char *key, char bracket);
void json_stream_put(struct json_stream *s, const char *key, json_t *value);
void json_stream_close(struct json_stream *s);
int json_stream_finish(struct json_stream *s); /* ends the line; 0, -ENOMEM or -EIO */

/* The value, or NULL (and it is released) when building it failed: `return json_checked(o, r);` */
json_t *json_checked(json_t *value, int error);
json_t *json_number(uint64_t n); /* JSON integers end at 2^63-1 */

#endif
