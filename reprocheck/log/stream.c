/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/log/stream.h"

#include "base/bytes.h"
#include "base/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define MESSAGE_MAX (UINT64_C(1) << 30)
#define ZSTD_MAGIC UINT32_C(0xfd2fb528)
#define LENGTH_BYTES_MAX 10
#define GIVE_BACK (UINT64_C(64) << 20) /* of a mapping, at a time */
#define RATIO_FROM (UINT64_C(64) << 20) /* produced before the ratio is looked at */

struct log_stream {
	struct content *content;
	ZSTD_DStream *zstd; /* NULL: plain */
	uint64_t in;        /* consumed of the content by zstd; of a plain one given back */
	bool frame_open;    /* zstd is inside a frame */
	uint8_t *buffer;
	size_t cap, start, end;
	uint64_t offset; /* of the window in the stream */
};

const char *log_stream_name(const struct log_stream *s)
{
	return content_name(s->content);
}

bool log_stream_compressed(const struct log_stream *s)
{
	return s->zstd != NULL;
}

uint64_t log_stream_offset(const struct log_stream *s)
{
	return s->offset;
}

int log_stream_new(struct content *of, struct log_stream **ret, struct error *err)
{
	CLEANUP(log_stream_freep) struct log_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return error_set(err, -ENOMEM, content_name(of), "out of memory");
	s->content = content_ref(of);
	if (content_size(of) >= 4 && load_le32(content_data(of)) == ZSTD_MAGIC) {
		s->zstd = ZSTD_createDStream();
		if (!s->zstd)
			return error_set(err, -ENOMEM, content_name(of), "out of memory");
	}
	*ret = steal_pointer(s);
	return 0;
}

void log_stream_free(struct log_stream *s)
{
	if (!s)
		return;
	(void)ZSTD_freeDStream(s->zstd);
	content_unref(s->content);
	free(s->buffer);
	free(s);
}

static int make_room(struct log_stream *s, struct error *err)
{
	size_t cap = s->cap ? s->cap * 2 : ZSTD_DStreamOutSize() * 4;
	uint8_t *p;

	if (s->start > 0 && s->start >= s->cap / 2) {
		memmove(s->buffer, s->buffer + s->start, s->end - s->start);
		s->end -= s->start;
		s->start = 0;
	}
	if (s->end < s->cap)
		return 0;
	p = cap > 4 * MESSAGE_MAX ? NULL : realloc(s->buffer, cap);
	if (!p)
		return error_set(err, -ENOMEM, log_stream_name(s), "out of memory");
	s->buffer = p;
	s->cap = cap;
	return 0;
}

static int check_ratio(const struct log_stream *s, struct error *err)
{
	uint64_t produced = s->offset + (s->end - s->start);

	if (produced < RATIO_FROM || produced / BUDGET_RATIO < s->in)
		return 0;
	return error_set_at(err, -EFBIG, log_stream_name(s), s->in, "expands more than %d times", BUDGET_RATIO);
}

/* Decompresses a piece. The buffer has room afterwards or *ret_end is set. */
static int fill(struct log_stream *s, bool *ret_end, struct error *err)
{
	ZSTD_inBuffer in = { content_data(s->content), content_size(s->content), s->in };
	ZSTD_outBuffer out;
	size_t left;
	int r = make_room(s, err);

	if (r < 0)
		return r;
	if (s->in == in.size && !s->frame_open) {
		*ret_end = true;
		return 0;
	}
	out = (ZSTD_outBuffer){ s->buffer, s->cap, s->end };
	left = ZSTD_decompressStream(s->zstd, &out, &in);
	if (ZSTD_isError(left))
		return error_set_at(err, -EINVAL, log_stream_name(s), s->in, "zstd: %s", ZSTD_getErrorName(left));
	if (in.pos == s->in && out.pos == s->end)
		return error_set_at(err, -EINVAL, log_stream_name(s), s->in, "the zstd stream ends in the middle");
	content_done(s->content, s->in, in.pos - s->in);
	s->frame_open = left != 0;
	s->in = in.pos;
	s->end = out.pos;
	return check_ratio(s, err);
}

int log_stream_peek(struct log_stream *s, size_t want, size_t *ret_have, struct error *err)
{
	bool end = false;
	int r = 0;

	if (!s->zstd) {
		uint64_t left = content_size(s->content) - s->offset;

		*ret_have = left;
		return 0;
	}
	while (r >= 0 && !end && s->end - s->start < want)
		r = fill(s, &end, err);
	if (r >= 0)
		*ret_have = s->end - s->start;
	return r;
}

const uint8_t *log_stream_data(const struct log_stream *s)
{
	static const uint8_t nothing[1];

	if (!s->zstd)
		return content_data(s->content) + s->offset;
	return s->buffer ? s->buffer + s->start : nothing;
}

void log_stream_consume(struct log_stream *s, size_t n)
{
	s->offset += n;
	if (s->zstd) {
		s->start += n;
	} else if (s->offset - s->in > GIVE_BACK) {
		content_done(s->content, s->in, s->offset - s->in);
		s->in = s->offset;
	}
}

int log_stream_frame(struct log_stream *s, struct log_frame *ret, struct error *err)
{
	size_t have = 0;
	uint64_t size;
	struct cursor c;
	int r = log_stream_peek(s, LENGTH_BYTES_MAX, &have, err);

	if (r < 0)
		return r;
	*ret = (struct log_frame){ .end = have == 0, .offset = s->offset };
	if (have == 0)
		return 0;
	c = cursor_make(log_stream_data(s), have < LENGTH_BYTES_MAX ? have : LENGTH_BYTES_MAX);
	size = wire_varint(&c);
	if (c.failed)
		return error_set_at(err, -EINVAL, log_stream_name(s), s->offset, "no length of a message stands here");
	if (size > MESSAGE_MAX)
		return error_set_at(err, -EFBIG, log_stream_name(s), s->offset, "a message of %llu bytes",
				    (unsigned long long)size);
	r = log_stream_peek(s, c.pos + size, &have, err);
	if (r < 0)
		return r;
	if (have < c.pos + size)
		return error_set_at(err, -EINVAL, log_stream_name(s), s->offset,
				    "a message of %llu bytes, of which %llu are there", (unsigned long long)size,
				    (unsigned long long)(have - c.pos));
	*ret = (struct log_frame){ log_stream_data(s) + c.pos, size, c.pos + size, s->offset + c.pos, false };
	return 0;
}

/*
 * Braces outside strings are counted; jansson, which is given the object then, checks all the rest.
 */
struct brace_scan {
	size_t pos, begin;
	unsigned depth;
	bool started, in_string, escaped, done;
};

static int scan_byte(struct brace_scan *b, uint8_t c)
{
	if (!b->started) {
		if (c == '{')
			b->begin = b->pos;
		else if (!memchr(" \t\r\n,[]", c, 7))
			return -EINVAL;
		b->started = c == '{';
		b->depth = b->started;
	} else if (b->in_string) {
		b->in_string = b->escaped || c != '"';
		b->escaped = !b->escaped && c == '\\';
	} else if (c == '"') {
		b->in_string = true;
	} else if (c == '{' || c == '[') {
		b->depth++;
	} else if (c == '}' || c == ']') {
		b->depth--;
		b->done = b->depth == 0;
	}
	return 0;
}

static int scan(struct log_stream *s, struct brace_scan *b, size_t have, struct error *err)
{
	const uint8_t *p = log_stream_data(s);

	for (; b->pos < have && !b->done; b->pos++)
		if (scan_byte(b, p[b->pos]) < 0)
			return error_set_at(err, -EINVAL, log_stream_name(s), s->offset + b->pos,
					    "no JSON object begins here");
	return 0;
}

int log_stream_object(struct log_stream *s, struct log_frame *ret, struct error *err)
{
	struct brace_scan b = { 0 };
	size_t have = 0, before = 0;
	int r;

	do {
		before = have;
		r = log_stream_peek(s, have + 1, &have, err);
		if (r >= 0)
			r = scan(s, &b, have, err);
		if (r >= 0 && b.started && b.pos - b.begin > MESSAGE_MAX)
			r = error_set_at(err, -EFBIG, log_stream_name(s), s->offset + b.begin,
					 "an object of over %llu bytes", (unsigned long long)MESSAGE_MAX);
	} while (r >= 0 && !b.done && have > before);
	if (r < 0)
		return r;
	if (!b.done && b.started)
		return error_set_at(err, -EINVAL, log_stream_name(s), s->offset + b.begin,
				    "the object that begins here does not end");
	*ret = (struct log_frame){ log_stream_data(s) + b.begin, b.pos - b.begin, b.pos, s->offset + b.begin,
				   !b.started };
	return 0;
}
