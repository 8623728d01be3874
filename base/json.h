/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h: jansson with the two things that every report needs: byte strings
 * that may not be UTF-8, and errors that are not lost.
 *
 * A byte string that is valid UTF-8 becomes that string; otherwise each bad byte
 * becomes U+FFFD and the caller may add a hex field beside it.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

json_t *json_bytes(const void *p, size_t n);
json_t *json_text(const char *s);
/* Sets a key and takes the reference; a NULL value (no memory) is reported. 0 or -ENOMEM. */
int json_put(json_t *object, const char *key, json_t *value);
/* Writes with two-space indentation, keys in insertion order, a newline at the end. 0 or -EIO. */
int json_write(FILE *f, const json_t *j);

#endif
