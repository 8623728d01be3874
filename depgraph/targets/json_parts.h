/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_parts.h: a large JSON document, one element at a time.
 *
 * What build tools print is one array or object with a million small elements.  This finds where
 * each element begins and ends, without building anything; the element is then
 * parsed by jansson, which also is the judge of whether it is JSON.
 *
 *	struct json_parts it = json_parts_of(data, size);
 *	while (json_parts_next(&it, &part))
 *		if ((r = json_part_load(&it, &part, file, &value, &err)) < 0) ...
 *	if (it.failed) return json_parts_error(&it, file, &err);
 *
 * A part whose value is again an array or object can be walked in the same way (json_parts_inside()).
 */
#ifndef DEPGRAPH_TARGETS_JSON_PARTS_H
#define DEPGRAPH_TARGETS_JSON_PARTS_H

#include "base/error.h"
#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_parts {
	const char *data; /* of the whole document, for offsets and lines */
	uint64_t start, size, pos;
	bool object, started, failed;
	const char *why;
};

struct json_part {
	const char *key; /* raw, between the quotes; NULL in an array */
	size_t key_len;
	uint64_t off, len; /* of the value */
};

struct json_parts json_parts_of(const void *data, uint64_t size);
struct json_parts json_parts_inside(const struct json_parts *of, const struct json_part *part);
/* false: the end, or failed. */
bool json_parts_next(struct json_parts *it, struct json_part *ret);
bool json_part_is(const struct json_part *part, const char *key);
/* -EBADMSG with line and offset; -ENOMEM. */
int json_part_load(const struct json_parts *it, const struct json_part *part, const char *file, json_t **ret,
		   struct error *err);
/* Each element inside a part, loaded. */
int json_part_each(const struct json_parts *of, const struct json_part *part, const char *file,
		   void (*each)(void *ctx, const json_t *element), void *ctx, struct error *err);
int json_parts_error(const struct json_parts *it, const char *file, struct error *err);
/* error_set_at() with the line: -EBADMSG. */
int json_error_at(const char *data, uint64_t offset, const char *file, const char *why, struct error *err);

/* Members of a loaded object; "" and an empty iteration where there is none of that type. */
const char *json_member_text(const json_t *object, const char *key, size_t *ret_len);

#endif
