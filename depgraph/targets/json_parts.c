/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/targets/json_parts.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

struct json_parts json_parts_of(const void *data, uint64_t size)
{
	return (struct json_parts){ .data = data, .size = size };
}

struct json_parts json_parts_inside(const struct json_parts *of, const struct json_part *part)
{
	return (struct json_parts){ .data = of->data, .start = part->off, .pos = part->off, .size = part->off + part->len };
}

int json_error_at(const char *data, uint64_t offset, const char *file, const char *why, struct error *err)
{
	uint64_t line = 1;
	const char *p = data, *end = data + offset;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		line++;
		p++;
	}
	return error_set_at(err, -EBADMSG, file, offset, "line %llu: %s", (unsigned long long)line, why);
}

int json_parts_error(const struct json_parts *it, const char *file, struct error *err)
{
	return json_error_at(it->data, it->pos < it->size ? it->pos : it->size, file, it->why ? it->why : "malformed JSON", err);
}

static bool fail(struct json_parts *it, const char *why)
{
	it->failed = true;
	it->why = it->pos >= it->size ? "the JSON ends in the middle" : why;
	return false;
}

static void skip_space(struct json_parts *it)
{
	while (it->pos < it->size && it->data[it->pos] && strchr(" \t\r\n", it->data[it->pos]))
		it->pos++;
}

static bool take(struct json_parts *it, char c)
{
	skip_space(it);
	if (it->pos >= it->size || it->data[it->pos] != c)
		return false;
	it->pos++;
	return true;
}

/* At the opening quote; afterwards behind the closing one. */
static bool skip_string(struct json_parts *it)
{
	it->pos++;
	while (it->pos < it->size) {
		const char *p = it->data + it->pos;
		const char *quote = memchr(p, '"', it->size - it->pos), *back;

		if (!quote)
			break;
		back = memchr(p, '\\', (size_t)(quote - p));
		if (!back) {
			it->pos = (uint64_t)(quote - it->data) + 1;
			return true;
		}
		it->pos = (uint64_t)(back - it->data) + 2;
	}
	it->pos = it->size;
	return fail(it, "unterminated string");
}

/* A value of any kind: brackets are counted, not matched by kind; jansson does that. */
static bool skip_value(struct json_parts *it)
{
	uint64_t depth = 0;

	skip_space(it);
	do {
		char c;

		if (it->pos >= it->size)
			return fail(it, "");
		c = it->data[it->pos];
		if (c == '"') {
			if (!skip_string(it))
				return false;
			continue;
		}
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && depth)
			depth--;
		else if (!depth && (c == ',' || c == '}' || c == ']' || c == ':'))
			return fail(it, "a value is missing");
		it->pos++;
		if (!depth && c != '}' && c != ']') /* a number or word goes on to a delimiter */
			while (it->pos < it->size && !strchr(",]} \t\r\n", it->data[it->pos]))
				it->pos++;
	} while (depth);
	return true;
}

static bool begin(struct json_parts *it)
{
	it->started = true;
	skip_space(it);
	if (it->pos >= it->size || (it->data[it->pos] != '{' && it->data[it->pos] != '['))
		return fail(it, "neither an array nor an object");
	it->object = it->data[it->pos] == '{';
	it->pos++;
	return true;
}

bool json_parts_next(struct json_parts *it, struct json_part *ret)
{
	bool first = !it->started;

	if (it->failed || (first && !begin(it)))
		return false;
	if (take(it, it->object ? '}' : ']'))
		return false;
	if (!first && !take(it, ','))
		return fail(it, "',' expected");
	*ret = (struct json_part){ 0 };
	if (it->object) {
		skip_space(it);
		if (it->pos >= it->size || it->data[it->pos] != '"')
			return fail(it, "a key is missing");
		ret->key = it->data + it->pos + 1;
		if (!skip_string(it))
			return false;
		ret->key_len = (size_t)(it->data + it->pos - 1 - ret->key);
		if (!take(it, ':'))
			return fail(it, "':' expected");
	}
	skip_space(it);
	ret->off = it->pos;
	if (!skip_value(it))
		return false;
	ret->len = it->pos - ret->off;
	return true;
}

bool json_part_is(const struct json_part *part, const char *key)
{
	return part->key && part->key_len == strlen(key) && !memcmp(part->key, key, part->key_len);
}

int json_part_load(const struct json_parts *it, const struct json_part *part, const char *file, json_t **ret,
		   struct error *err)
{
	json_error_t e;
	json_t *j = json_loadb(it->data + part->off, part->len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &e);

	if (!j) {
		if (json_error_code(&e) == json_error_out_of_memory)
			return error_set(err, -ENOMEM, file, "out of memory");
		return json_error_at(it->data, part->off + (e.position > 0 ? (uint64_t)e.position : 0), file, e.text, err);
	}
	*ret = j;
	return 0;
}

int json_part_each(const struct json_parts *of, const struct json_part *part, const char *file,
		   void (*each)(void *ctx, const json_t *element), void *ctx, struct error *err)
{
	struct json_parts it = json_parts_inside(of, part);
	struct json_part element;

	while (json_parts_next(&it, &element)) {
		CLEANUP(json_decrefp) json_t *j = NULL;
		int r = json_part_load(&it, &element, file, &j, err);

		if (r < 0)
			return r;
		each(ctx, j);
	}
	return it.failed ? json_parts_error(&it, file, err) : 0;
}

const char *json_member_text(const json_t *object, const char *key, size_t *ret_len)
{
	const json_t *v = json_object_get(object, key);

	*ret_len = json_string_length(v);
	return json_is_string(v) ? json_string_value(v) : "";
}
