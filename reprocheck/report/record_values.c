/* SPDX-License-Identifier: Apache-2.0 */
/* Typed access to the members of a record. */
#include "reprocheck/report/record_private.h"

#include "base/buffer.h"
#include "reprocheck/report/json_names.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

int read_fail(struct reader *r, int error, const char *fmt, ...)
{
	char text[sizeof(((struct error *)NULL)->message)];
	va_list ap;

	if (r->error < 0)
		return r->error;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->error = error;
	if (r->list)
		return error_set(r->err, error, r->file, "%s[%zu]: %s", r->list, r->index, text);
	return error_set(r->err, error, r->file, "%s", text);
}

void *read_alloc(struct reader *r, size_t count, size_t size)
{
	void *p = r->error < 0 ? NULL : arena_array(&r->c->arena, count ? count : 1, size);

	if (!p)
		(void)read_fail(r, -ENOMEM, "holds more than fits in memory");
	return p;
}

static const char *copy(struct reader *r, const char *s, size_t len)
{
	char *out = r->error < 0 ? NULL : arena_strndup(&r->c->arena, s, len);

	if (!out)
		(void)read_fail(r, -ENOMEM, "holds more than fits in memory");
	return out ? out : "";
}

/* The bytes that were no UTF-8. */
static const char *unhex(struct reader *r, const json_t *value, const char *key)
{
	char *out = read_alloc(r, json_string_length(value) / 2 + 1, 1);

	if (!out)
		return "";
	if (json_unhex(value, out) < 0) {
		(void)read_fail(r, -EBADMSG, "\"%s_hex\" is no name in hexadecimal", key);
		return "";
	}
	return out;
}

const char *read_optional(struct reader *r, const json_t *o, const char *key)
{
	const json_t *value = json_object_get(o, key), *hex = json_hex_member(o, key);

	if (!value)
		return NULL;
	if (!json_is_string(value))
		(void)read_fail(r, -EBADMSG, "\"%s\" is no text", key);
	else if (hex)
		return unhex(r, hex, key);
	else
		return copy(r, json_string_value(value), json_string_length(value));
	return "";
}

const char *read_text(struct reader *r, const json_t *o, const char *key)
{
	const char *s = read_optional(r, o, key);

	if (!s)
		(void)read_fail(r, -EBADMSG, "\"%s\" is missing", key);
	return s ? s : "";
}

const char *read_plain_optional(struct reader *r, const json_t *o, const char *key)
{
	const char *s = read_optional(r, o, key), *p = s;
	char quoted[QUOTED_MAX];
	size_t used, len;

	while (p && (used = quote_character(p, strlen(p) < 8 ? strlen(p) : 8, quoted, &len)) > 0) {
		if (used != len || memcmp(p, quoted, len) != 0) {
			(void)read_fail(r, -EBADMSG, "\"%s\" holds a control character", key);
			return "";
		}
		p += used;
	}
	return s;
}

const char *read_plain(struct reader *r, const json_t *o, const char *key)
{
	const char *s = read_plain_optional(r, o, key);

	if (!s)
		(void)read_fail(r, -EBADMSG, "\"%s\" is missing", key);
	return s ? s : "";
}

uint64_t read_number(struct reader *r, const json_t *o, const char *key, uint64_t max)
{
	const json_t *value = json_object_get(o, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		(void)read_fail(r, -EBADMSG, "\"%s\" is no number", key);
	else if ((uint64_t)json_integer_value(value) > max)
		(void)read_fail(r, -EBADMSG, "\"%s\" is too large", key);
	else
		return (uint64_t)json_integer_value(value);
	return 0;
}

int64_t read_integer(struct reader *r, const json_t *o, const char *key, int64_t absent)
{
	const json_t *value = json_object_get(o, key);

	if (value && !json_is_integer(value))
		(void)read_fail(r, -EBADMSG, "\"%s\" is no number", key);
	return json_is_integer(value) ? json_integer_value(value) : absent;
}

double read_seconds(struct reader *r, const json_t *o, const char *key)
{
	const json_t *value = json_object_get(o, key);

	if (!json_is_number(value) || !isfinite(json_number_value(value)))
		(void)read_fail(r, -EBADMSG, "\"%s\" is no number", key);
	return json_number_value(value);
}

bool read_bool(struct reader *r, const json_t *o, const char *key)
{
	const json_t *value = json_object_get(o, key);

	if (!json_is_boolean(value))
		(void)read_fail(r, -EBADMSG, "\"%s\" is neither true nor false", key);
	return json_is_true(value);
}

const json_t *read_object(struct reader *r, const json_t *o, const char *key)
{
	const json_t *value = json_object_get(o, key);

	if (!json_is_object(value))
		(void)read_fail(r, -EBADMSG, "\"%s\" is no object", key);
	return value;
}

const json_t *read_array(struct reader *r, const json_t *o, const char *key)
{
	const json_t *value = json_object_get(o, key);

	if (!json_is_array(value))
		(void)read_fail(r, -EBADMSG, "\"%s\" is no list", key);
	return value;
}

const char **read_names(struct reader *r, const json_t *o, const char *key, size_t *ret_count)
{
	const json_t *list = read_array(r, o, key), *hex = json_hex_member(o, key), *item;
	size_t i, count = json_array_size(list);
	const char **out = read_alloc(r, count, sizeof(*out));

	for (i = 0; i < count && r->error == 0; i++) {
		item = json_array_get(list, i);
		if (!json_is_string(item))
			(void)read_fail(r, -EBADMSG, "\"%s\" holds what is no text", key);
		else if (hex)
			out[i] = unhex(r, json_array_get(hex, i), key);
		else
			out[i] = copy(r, json_string_value(item), json_string_length(item));
	}
	*ret_count = r->error < 0 ? 0 : count;
	return out;
}

axis_set read_axes(struct reader *r, const json_t *o, const char *key)
{
	const json_t *list = read_array(r, o, key);
	axis_set axes = 0;
	size_t i;

	for (i = 0; i < json_array_size(list) && r->error == 0; i++) {
		const char *id = json_string_value(json_array_get(list, i));
		int bit = id ? axis_find(id) : -1;

		if (bit < 0 || axes & AXIS_BIT(bit))
			(void)read_fail(r, -EBADMSG, "\"%s\" does not hold axes, each once", key);
		else
			axes |= AXIS_BIT(bit);
	}
	return axes;
}

unsigned read_word(struct reader *r, const json_t *o, const char *key, const char *(*name)(unsigned),
		   unsigned count)
{
	const char *word = json_string_value(json_object_get(o, key));
	unsigned i;

	for (i = 0; word && i < count; i++)
		if (strcmp(name(i), word) == 0)
			return i;
	(void)read_fail(r, -EBADMSG, "\"%s\" has an unknown value", key);
	return 0;
}
