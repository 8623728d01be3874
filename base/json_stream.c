/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_stream.h"

#include <assert.h>
#include <errno.h>

static void begin_line(struct json_stream *s)
{
	unsigned i;

	(void)putc('\n', s->f);
	for (i = 0; i < s->depth; i++)
		(void)fputs("  ", s->f);
}

static void begin_item(struct json_stream *s, const char *key)
{
	if (s->depth > 0) {
		if (s->filled[s->depth - 1])
			(void)putc(',', s->f);
		s->filled[s->depth - 1] = true;
		begin_line(s);
	}
	if (key)
		(void)fprintf(s->f, "\"%s\": ", key);
}

void json_stream_open(struct json_stream *s, const char *key, char bracket)
{
	assert(s->depth < JSON_STREAM_DEPTH);
	begin_item(s, key);
	(void)putc(bracket, s->f);
	s->closing[s->depth] = bracket == '{' ? '}' : ']';
	s->filled[s->depth++] = false;
}

void json_stream_put(struct json_stream *s, const char *key, json_t *value)
{
	if (!value) {
		s->error = s->error ? s->error : -ENOMEM;
		return;
	}
	begin_item(s, key);
	if (json_dumpf(value, s->f, JSON_ENCODE_ANY) != 0 && s->error == 0)
		s->error = ferror(s->f) ? -EIO : -ENOMEM;
	json_decref(value);
}

void json_stream_close(struct json_stream *s)
{
	assert(s->depth > 0);
	s->depth--;
	if (s->filled[s->depth])
		begin_line(s);
	(void)putc(s->closing[s->depth], s->f);
}

int json_stream_finish(struct json_stream *s)
{
	(void)putc('\n', s->f);
	if (fflush(s->f) != 0 || ferror(s->f))
		return s->error ? s->error : -EIO;
	return s->error;
}

json_t *json_checked(json_t *value, int error)
{
	if (error == 0)
		return value;
	json_decref(value);
	return NULL;
}

json_t *json_number(uint64_t n)
{
	return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}
