/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/report/json_names.h"

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/digest.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

static bool is_utf8(const char *s)
{
	const uint8_t *p = (const uint8_t *)s;
	size_t n = strlen(s), len;

	for (; n > 0; p += len, n -= len)
		if ((len = utf8_sequence(p, n, NULL)) == 0)
			return false;
	return true;
}

static json_t *hex_text(const char *s)
{
	size_t len = strlen(s);
	AUTO_FREE char *hex = malloc(2 * len + 1);

	if (!hex)
		return NULL;
	hex_of((const uint8_t *)s, len, hex);
	return json_string(hex);
}

static int put_hex(json_t *o, const char *key, json_t *value)
{
	AUTO_FREE char *hex_key = NULL;

	if (asprintf(&hex_key, "%s_hex", key) < 0) {
		json_decref(value);
		return -ENOMEM;
	}
	return json_put(o, hex_key, value);
}

int json_put_name(json_t *o, const char *key, const char *s)
{
	int r = json_put(o, key, json_text(s));

	return r < 0 || is_utf8(s) ? r : put_hex(o, key, hex_text(s));
}

int json_put_optional(json_t *o, const char *key, const char *s)
{
	return s ? json_put_name(o, key, s) : 0;
}

static json_t *array_of(const char *const *items, size_t count, json_t *(*fn)(const char *s))
{
	json_t *a = json_array();
	int r = a ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < count && r == 0; i++)
		r = json_array_append_new(a, fn(items[i]));
	return json_checked(a, r);
}

static bool all_utf8(const char *const *items, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!is_utf8(items[i]))
			return false;
	return true;
}

int json_put_names(json_t *o, const char *key, const char *const *items, size_t count)
{
	int r = json_put(o, key, array_of(items, count, json_text));

	return r < 0 || all_utf8(items, count) ? r : put_hex(o, key, array_of(items, count, hex_text));
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int json_unhex(const json_t *value, char *out)
{
	const char *s = json_string_value(value);
	size_t i, n = s ? json_string_length(value) / 2 : 0;

	if (!s || json_string_length(value) % 2 || n > INT_MAX)
		return -EBADMSG;
	for (i = 0; i < n; i++) {
		int high = hex_digit(s[2 * i]), low = hex_digit(s[2 * i + 1]);

		if (high < 0 || low < 0 || high + low == 0)
			return -EBADMSG;
		out[i] = (char)(high << 4 | low);
	}
	out[n] = '\0';
	return (int)n;
}

const json_t *json_hex_member(const json_t *o, const char *key)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%s_hex", key);
	return json_object_get(o, name);
}

/* The members of a small object, put into the open one; takes the object. */
static void stream_members(struct json_stream *j, json_t *o, int error)
{
	const char *key;
	json_t *value;

	if (error < 0)
		j->error = j->error ? j->error : error;
	json_object_foreach(o, key, value) json_stream_put(j, key, json_incref(value));
	json_decref(o);
}

void json_stream_name(struct json_stream *j, const char *key, const char *s)
{
	json_t *o = json_object();

	stream_members(j, o, json_put_optional(o, key, s));
}

void json_stream_names(struct json_stream *j, const char *key, const char *const *items, size_t count)
{
	json_t *o = json_object();

	stream_members(j, o, json_put_names(o, key, items, count));
}
