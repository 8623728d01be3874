/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_stream.h: the bytes of a log from front to back, decompressed when it is
 * a zstd stream, with a window on the next ones.
 *
 *	r = log_stream_peek(s, 10, &have, &err);   at least 10, fewer only at the end
 *	p = log_stream_data(s);                    valid until the next peek
 *	log_stream_consume(s, n);
 *
 * A plain log's window is its mapping.  A compressed one's is a buffer that
 * grows as far as bytes really arrive, so a length that lies costs nothing.
 */
#ifndef REPROCHECK_LOG_STREAM_H
#define REPROCHECK_LOG_STREAM_H

#include "base/content.h"

struct log_stream;

/* Keeps a reference of the content. */
int log_stream_new(struct content *of, struct log_stream **ret, struct error *err);
void log_stream_free(struct log_stream *s);
DEFINE_CLEANUP(struct log_stream *, log_stream_free)

int log_stream_peek(struct log_stream *s, size_t want, size_t *ret_have, struct error *err);
const uint8_t *log_stream_data(const struct log_stream *s);
void log_stream_consume(struct log_stream *s, size_t n);
uint64_t log_stream_offset(const struct log_stream *s); /* of the window, in what was decompressed */
const char *log_stream_name(const struct log_stream *s);
bool log_stream_compressed(const struct log_stream *s);

/* One message that a varint length precedes: *ret_size SIZE_MAX at the end. Consume with log_stream_consume(). */
struct log_frame {
	const uint8_t *data;
	size_t size;
	size_t total;    /* with its length: what to consume */
	uint64_t offset; /* of data */
	bool end;        /* there is none */
};
int log_stream_frame(struct log_stream *s, struct log_frame *ret, struct error *err);
/* One JSON object with what precedes it, found by its braces; `data` starts with '{'. */
int log_stream_object(struct log_stream *s, struct log_frame *ret, struct error *err);

#endif
