/* SPDX-License-Identifier: Apache-2.0 */
/*
 * execlog_private.h: what the readers of execution logs share.
 *
 * A reader gathers one action in the scratch of `struct execlog_reader`
 * (arguments, variables, outputs, inputs) and gives it to the sink; the scratch is emptied
 * between actions and keeps its memory.
 */
#ifndef REPROCHECK_LOG_EXECLOG_PRIVATE_H
#define REPROCHECK_LOG_EXECLOG_PRIVATE_H

#include "base/json.h"
#include "base/wire.h"
#include "reprocheck/log/execlog.h"
#include "reprocheck/log/array.h"
#include "reprocheck/log/stream.h"

struct execlog_reader {
	struct log_stream *stream;
	const struct execlog_sink *sink;
	struct execlog_info *info;
	struct error *err;
	struct log_array args;     /* struct log_text */
	struct log_array env;      /* struct log_pair */
	struct log_array platform; /* struct log_pair */
	struct log_array outputs;  /* uint32_t */
	struct log_array inputs;   /* uint32_t */
	struct log_array tools;    /* uint32_t */
	struct log_array members;  /* struct log_file */
	struct log_array listed;   /* struct log_text: declared outputs */
};

int execlog_compact(struct execlog_reader *r);
int execlog_binary(struct execlog_reader *r);
int execlog_json(struct execlog_reader *r);
int execlog_buck2(struct execlog_reader *r);

void execlog_clear(struct execlog_reader *r);
/* -EINVAL with the offset of `p` in the stream. */
int execlog_malformed(struct execlog_reader *r, const struct log_frame *frame, const uint8_t *p, const char *what);
int execlog_no_memory(struct execlog_reader *r);

int execlog_add_arg(struct execlog_reader *r, struct log_text arg);
int execlog_add_pair(struct execlog_reader *r, struct log_array *pairs, struct log_pair pair);
/* Gives the file to the sink and its handle to the list. */
int execlog_add_file(struct execlog_reader *r, struct log_array *list, const struct log_file *f);
/* A list of inputs to a set's handle. */
int execlog_fold(struct execlog_reader *r, const struct log_array *list, uint32_t *ret);
/* Gives the action with what was gathered. */
int execlog_give(struct execlog_reader *r, struct log_action *a);
/* The end of a flat record: declared outputs that are not there, then lists of inputs, then the action. */
int execlog_give_flat(struct execlog_reader *r, struct log_action *a);

static inline struct log_text text_of_bytes(const struct cursor *c)
{
	return (struct log_text){ c->base ? (const char *)c->base : "", c->size };
}
/* Some logs write the digest of an empty file, some do not. */
static inline void execlog_settle_empty(struct log_file *f)
{
	if (f->size == 0)
		f->hash = (struct log_text){ "", 0 };
}
/* {name = 1, value = 2}, the shape of variables and properties. */
struct log_pair execlog_wire_pair(struct cursor c, bool *ret_failed);
/* Digest {hash = 1, size_bytes = 2} into the file. */
bool execlog_wire_digest(struct cursor c, struct log_file *f);
void execlog_note_hash_function(struct execlog_reader *r, struct log_text name);

/* JSON members; absent or of another type: empty, 0, NULL. */
struct log_text execlog_json_text(const json_t *object, const char *key);
struct log_text execlog_json_string(const json_t *string);
/* Each string of a list as an argument of the action. */
int execlog_json_args(struct execlog_reader *r, const json_t *list);
uint64_t execlog_json_number(const json_t *object, const char *key); /* a number, or a string of digits */
/* The next object of the stream; *ret NULL at the end. Consumed already; the caller releases it. */
int execlog_json_next(struct execlog_reader *r, json_t **ret, uint64_t *ret_offset);

#endif
