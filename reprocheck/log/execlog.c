/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which format is it?  The first bytes say:
 *
 *	zstd magic            decompressed first, then as below
 *	'{' after blanks      JSON; the members of the first object tell whose
 *	otherwise             messages with their lengths: a compact log or SpawnExec
 *
 * The two kinds of messages differ in their first fields.  An ExecLogEntry has
 * its id as field 1, a number, or (Invocation, Spawn) nothing but one message.  A
 * SpawnExec has its arguments as field 1, texts, and always more fields than one.
 */
#include "reprocheck/log/execlog_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

const char *execlog_format_name(enum execlog_format f)
{
	static const char *const names[] = {
		[EXECLOG_COMPACT] = "bazel-compact",   [EXECLOG_BINARY] = "bazel-binary",
		[EXECLOG_JSON] = "bazel-json",         [EXECLOG_WHAT_RAN] = "buck2-what-ran",
		[EXECLOG_BUCK2_EVENTS] = "buck2-events"
	};

	return names[f];
}

int execlog_no_memory(struct execlog_reader *r)
{
	return error_set(r->err, -ENOMEM, log_stream_name(r->stream), "out of memory");
}

int execlog_malformed(struct execlog_reader *r, const struct log_frame *frame, const uint8_t *p, const char *what)
{
	return error_set_at(r->err, -EINVAL, log_stream_name(r->stream),
			    frame->offset + (p ? (uint64_t)(p - frame->data) : 0), "%s", what);
}

void execlog_clear(struct execlog_reader *r)
{
	r->args.count = r->env.count = r->platform.count = r->outputs.count = 0;
	r->inputs.count = r->tools.count = r->members.count = r->listed.count = 0;
}

static void reader_release(struct execlog_reader *r)
{
	log_stream_free(r->stream);
	log_array_release(&r->args);
	log_array_release(&r->env);
	log_array_release(&r->platform);
	log_array_release(&r->outputs);
	log_array_release(&r->inputs);
	log_array_release(&r->tools);
	log_array_release(&r->members);
	log_array_release(&r->listed);
}

int execlog_add_arg(struct execlog_reader *r, struct log_text arg)
{
	struct log_text *p = log_array_add(&r->args, 1);

	if (!p)
		return execlog_no_memory(r);
	*p = arg;
	return 0;
}

int execlog_add_pair(struct execlog_reader *r, struct log_array *pairs, struct log_pair pair)
{
	struct log_pair *p = log_array_add(pairs, 1);

	if (!p)
		return execlog_no_memory(r);
	*p = pair;
	return 0;
}

int execlog_add_file(struct execlog_reader *r, struct log_array *list, const struct log_file *f)
{
	uint32_t handle = 0, *p;
	int e = r->sink->file(r->sink->ctx, f, &handle);

	if (e < 0)
		return error_set(r->err, e, log_stream_name(r->stream), "cannot be kept");
	p = log_array_add(list, 1);
	if (!p)
		return execlog_no_memory(r);
	*p = handle;
	return 0;
}

int execlog_fold(struct execlog_reader *r, const struct log_array *list, uint32_t *ret)
{
	int e;

	*ret = 0;
	if (list->count == 0 || !r->sink->list)
		return 0;
	e = r->sink->list(r->sink->ctx, LOG_AT(list, const uint32_t, 0), list->count, ret);
	return e < 0 ? error_set(r->err, e, log_stream_name(r->stream), "cannot be kept") : 0;
}

int execlog_give(struct execlog_reader *r, struct log_action *a)
{
	int e;

	a->args = LOG_AT(&r->args, const struct log_text, 0);
	a->arg_count = r->args.count;
	a->env = LOG_AT(&r->env, const struct log_pair, 0);
	a->env_count = r->env.count;
	a->platform = LOG_AT(&r->platform, const struct log_pair, 0);
	a->platform_count = r->platform.count;
	a->outputs = LOG_AT(&r->outputs, const uint32_t, 0);
	a->output_count = r->outputs.count;
	e = r->sink->action(r->sink->ctx, a);
	return e < 0 ? error_set(r->err, e, log_stream_name(r->stream), "cannot be kept") : 0;
}

static bool is_or_holds(struct log_text declared, struct log_text actual)
{
	return actual.size >= declared.size && memcmp(actual.data, declared.data, declared.size) == 0 &&
	       (actual.size == declared.size || actual.data[declared.size] == '/');
}

/* A declared output that was not made is one with the kind LOG_MISSING.  What was made stands in `members`. */
static int give_missing(struct execlog_reader *r)
{
	size_t i, k = 0, actual = r->members.count;
	int e = 0;

	for (i = 0; e >= 0 && i < r->listed.count; i++) {
		struct log_text path = *LOG_AT(&r->listed, struct log_text, i);
		size_t tried;

		/* Both are sorted: the search goes on where it ended, and wraps around once for logs that are not. */
		for (tried = 0; tried < actual; tried++, k++)
			if (is_or_holds(path, LOG_AT(&r->members, struct log_file, k % actual)->path))
				break;
		if (tried == actual)
			e = execlog_add_file(r, &r->outputs,
					     &(struct log_file){ .kind = LOG_MISSING, .path = path });
	}
	return e;
}

int execlog_give_flat(struct execlog_reader *r, struct log_action *a)
{
	size_t i;
	int e = 0;

	for (i = 0; e >= 0 && i < r->members.count; i++)
		e = execlog_add_file(r, &r->outputs, LOG_AT(&r->members, struct log_file, i));
	if (e >= 0)
		e = give_missing(r);
	if (e >= 0)
		e = execlog_fold(r, &r->inputs, &a->inputs);
	if (e >= 0)
		e = execlog_fold(r, &r->tools, &a->tools);
	return e < 0 ? e : execlog_give(r, a);
}

struct log_pair execlog_wire_pair(struct cursor c, bool *ret_failed)
{
	struct log_pair pair = { { "", 0 }, { "", 0 } };
	struct wire_field f;

	while (wire_next(&c, &f)) {
		if (f.type != WIRE_BYTES)
			continue;
		if (f.number == 1)
			pair.name = text_of_bytes(&f.bytes);
		else if (f.number == 2)
			pair.value = text_of_bytes(&f.bytes);
	}
	*ret_failed = *ret_failed || c.failed;
	return pair;
}

bool execlog_wire_digest(struct cursor c, struct log_file *file)
{
	struct wire_field f;

	while (wire_next(&c, &f)) {
		if (f.number == 1 && f.type == WIRE_BYTES)
			file->hash = text_of_bytes(&f.bytes);
		else if (f.number == 2)
			file->size = f.value;
	}
	execlog_settle_empty(file);
	return !c.failed;
}

void execlog_note_hash_function(struct execlog_reader *r, struct log_text name)
{
	size_t i, n = name.size < sizeof(r->info->hash_function) ? name.size : sizeof(r->info->hash_function) - 1;

	if (r->info->hash_function[0])
		return;
	for (i = 0; i < n; i++)
		r->info->hash_function[i] = name.data[i] >= ' ' && name.data[i] < 0x7f ? name.data[i] : '?';
	r->info->hash_function[n] = '\0';
}

/* A message that has only fields 1 (a number) and one other, or a first field that is no text. */
static bool looks_compact(const struct log_frame *frame)
{
	struct cursor c = cursor_make(frame->data, frame->size);
	bool first = true, number = false;
	struct wire_field f;
	size_t fields = 0;

	while (wire_next(&c, &f)) {
		if (first && f.number == 1)
			number = f.type == WIRE_VARINT;
		first = false;
		fields++;
	}
	return !c.failed && (number || (fields == 1 && cursor_make(frame->data, 1).base[0] != 0x0a));
}

static int read_json(struct execlog_reader *r)
{
	struct log_frame frame;
	json_error_t problem;
	json_t *j;
	int e = log_stream_object(r->stream, &frame, r->err);
	bool bazel;

	if (e < 0)
		return e;
	if (frame.end)
		return error_set(r->err, -EINVAL, log_stream_name(r->stream), "holds no action");
	j = json_loadb((const char *)frame.data, frame.size, 0, &problem);
	if (!j)
		return error_set_at(r->err, -EINVAL, log_stream_name(r->stream),
				    frame.offset + (uint64_t)problem.position, "JSON: %s", problem.text);
	bazel = json_object_get(j, "commandArgs") || json_object_get(j, "mnemonic") ||
		json_object_get(j, "actualOutputs") || json_object_get(j, "listedOutputs");
	json_decref(j);
	return bazel ? execlog_json(r) : execlog_buck2(r);
}

static int read_messages(struct execlog_reader *r)
{
	struct log_frame frame;
	int e = log_stream_frame(r->stream, &frame, r->err);

	if (e < 0)
		return e;
	if (frame.end)
		return error_set(r->err, -EINVAL, log_stream_name(r->stream), "holds no action");
	return frame.size > 0 && looks_compact(&frame) ? execlog_compact(r) : execlog_binary(r);
}

static int read_any(struct execlog_reader *r)
{
	const uint8_t *p;
	size_t have = 0, i;
	int e = log_stream_peek(r->stream, 64, &have, r->err);

	if (e < 0)
		return e;
	p = log_stream_data(r->stream);
	for (i = 0; i < have && i < 64 && memchr(" \t\r\n[", p[i], 5); i++)
		;
	/* A length of 123 would be a '{' too, but no message begins with a quote or a blank: those are tags of field 4. */
	return i + 1 < have && p[i] == '{' && memchr(" \t\r\n\"}", p[i + 1], 6) ? read_json(r) : read_messages(r);
}

static int read_content(struct content *c, const struct execlog_sink *sink, struct execlog_info *ret,
			struct error *err)
{
	CLEANUP(reader_release) struct execlog_reader r = {
		.sink = sink,
		.info = ret,
		.err = err,
		.args = LOG_ARRAY_OF(struct log_text),
		.env = LOG_ARRAY_OF(struct log_pair),
		.platform = LOG_ARRAY_OF(struct log_pair),
		.outputs = LOG_ARRAY_OF(uint32_t),
		.inputs = LOG_ARRAY_OF(uint32_t),
		.tools = LOG_ARRAY_OF(uint32_t),
		.members = LOG_ARRAY_OF(struct log_file),
		.listed = LOG_ARRAY_OF(struct log_text),
	};
	int e = log_stream_new(c, &r.stream, err);

	*ret = (struct execlog_info){ 0 };
	if (e >= 0)
		e = read_any(&r);
	/* A log that lost pages while it was read explains any other complaint. */
	if (content_damaged(c))
		e = error_set(err, -ESTALE, content_name(c), "changed while it was read");
	return e;
}

int execlog_read(const char *path, const struct execlog_sink *sink, struct execlog_info *ret, struct error *err)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	int e = content_open(AT_FDCWD, path, &c, err);

	if (e >= 0)
		e = read_content(c, sink, ret, err);
	return e < 0 ? e : content_recheck(c, err);
}

int execlog_read_memory(const void *p, size_t n, const char *name, const struct execlog_sink *sink,
			struct execlog_info *ret, struct error *err)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	int e = content_copy(p, n, name, &c);

	return e < 0 ? e : read_content(c, sink, ret, err);
}
