/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bazel's --execution_log_json_file: SpawnExec messages in protocol buffers'
 * JSON, one object after the other with nothing or a newline between (an array of
 * them is taken too).  Names are those of spawn.proto in camel case; 64-bit
 * numbers are strings; fields at their default may be missing.  Releases before 7 say
 * remoteCacheHit for cacheHit.  One object is in memory at a time.
 */
#include "reprocheck/log/execlog_private.h"

#include <errno.h>

struct log_text execlog_json_string(const json_t *string)
{
	if (!json_is_string(string))
		return (struct log_text){ "", 0 };
	return (struct log_text){ json_string_value(string), json_string_length(string) };
}

struct log_text execlog_json_text(const json_t *object, const char *key)
{
	return execlog_json_string(json_object_get(object, key));
}

uint64_t execlog_json_number(const json_t *object, const char *key)
{
	const json_t *j = json_object_get(object, key);
	struct log_text digits = execlog_json_string(j);
	uint64_t n = 0;

	if (json_is_integer(j))
		return (uint64_t)json_integer_value(j);
	return digits.size && parse_ascii_uint((const uint8_t *)digits.data, digits.size, 10, &n) ? n : 0;
}

int execlog_json_next(struct execlog_reader *r, json_t **ret, uint64_t *ret_offset)
{
	struct log_frame frame;
	json_error_t problem;
	int e = log_stream_object(r->stream, &frame, r->err);

	if (e < 0)
		return e;
	*ret = NULL;
	if (frame.end)
		return 0;
	*ret = json_loadb((const char *)frame.data, frame.size, 0, &problem);
	if (!*ret)
		return error_set_at(r->err, -EINVAL, log_stream_name(r->stream),
				    frame.offset + (uint64_t)problem.position, "JSON: %s", problem.text);
	*ret_offset = frame.offset;
	log_stream_consume(r->stream, frame.total);
	return 0;
}

static struct log_file file_of(struct execlog_reader *r, const json_t *j)
{
	const json_t *digest = json_object_get(j, "digest");
	struct log_file f = { .path = execlog_json_text(j, "path"),
			      .hash = execlog_json_text(digest, "hash"),
			      .link = execlog_json_text(j, "symlinkTargetPath"),
			      .size = execlog_json_number(digest, "sizeBytes") };

	execlog_settle_empty(&f);
	f.kind = f.link.size ? LOG_SYMLINK : LOG_FILE;
	execlog_note_hash_function(r, execlog_json_text(digest, "hashFunctionName"));
	return f;
}

static int read_inputs(struct execlog_reader *r, const json_t *list)
{
	const json_t *j;
	size_t i;

	json_array_foreach(list, i, j) {
		struct log_file f = file_of(r, j);
		int e = execlog_add_file(r, &r->inputs, &f);
		uint32_t *tool;

		if (e < 0)
			return e;
		if (!json_is_true(json_object_get(j, "isTool")))
			continue;
		tool = log_array_add(&r->tools, 1);
		if (!tool)
			return execlog_no_memory(r);
		*tool = *LOG_AT(&r->inputs, uint32_t, r->inputs.count - 1);
	}
	return 0;
}

static int read_outputs(struct execlog_reader *r, const json_t *actual, const json_t *listed)
{
	struct log_file *file;
	struct log_text *path;
	const json_t *j;
	size_t i;

	json_array_foreach(actual, i, j) {
		file = log_array_add(&r->members, 1);
		if (!file)
			return execlog_no_memory(r);
		*file = file_of(r, j);
	}
	json_array_foreach(listed, i, j) {
		path = log_array_add(&r->listed, 1);
		if (!path)
			return execlog_no_memory(r);
		*path = execlog_json_string(j);
	}
	return 0;
}

static int read_pairs(struct execlog_reader *r, struct log_array *pairs, const json_t *list)
{
	const json_t *j;
	size_t i;
	int e = 0;

	json_array_foreach(list, i, j) {
		e = execlog_add_pair(r, pairs, (struct log_pair){ execlog_json_text(j, "name"),
								  execlog_json_text(j, "value") });
		if (e < 0)
			break;
	}
	return e;
}

int execlog_json_args(struct execlog_reader *r, const json_t *list)
{
	const json_t *j;
	size_t i;
	int e = 0;

	json_array_foreach(list, i, j) {
		e = execlog_add_arg(r, execlog_json_string(j));
		if (e < 0)
			break;
	}
	return e;
}

static int read_spawn(struct execlog_reader *r, const json_t *j)
{
	struct log_action a = { .target = execlog_json_text(j, "targetLabel"),
				.mnemonic = execlog_json_text(j, "mnemonic"),
				.runner = execlog_json_text(j, "runner"),
				.status = execlog_json_text(j, "status"),
				.digest = execlog_json_text(json_object_get(j, "digest"), "hash"),
				.exit_code = (int32_t)execlog_json_number(j, "exitCode"),
				.cache_hit = json_is_true(json_object_get(j, "cacheHit")) ||
					     json_is_true(json_object_get(j, "remoteCacheHit")),
				.cacheable = json_is_true(json_object_get(j, "cacheable")) };
	int e;

	execlog_clear(r);
	e = execlog_json_args(r, json_object_get(j, "commandArgs"));
	if (e >= 0)
		e = read_pairs(r, &r->env, json_object_get(j, "environmentVariables"));
	if (e >= 0)
		e = read_pairs(r, &r->platform, json_object_get(json_object_get(j, "platform"), "properties"));
	if (e >= 0)
		e = read_inputs(r, json_object_get(j, "inputs"));
	if (e >= 0)
		e = read_outputs(r, json_object_get(j, "actualOutputs"), json_object_get(j, "listedOutputs"));
	return e < 0 ? e : execlog_give_flat(r, &a);
}

int execlog_json(struct execlog_reader *r)
{
	uint64_t offset = 0;
	json_t *j;
	int e;

	*r->info = (struct execlog_info){ .format = EXECLOG_JSON, .inputs_known = true, .outputs_known = true,
					  .output_paths = true };
	while ((e = execlog_json_next(r, &j, &offset)) >= 0 && j) {
		/* Not a record of an action, yet the log had some before: another file's end. */
		if (!json_object_get(j, "commandArgs") && !json_object_get(j, "mnemonic") &&
		    !json_object_get(j, "actualOutputs") && !json_object_get(j, "listedOutputs"))
			e = error_set_at(r->err, -EINVAL, log_stream_name(r->stream), offset,
					 "this object is no SpawnExec");
		else
			e = read_spawn(r, j);
		json_decref(j);
		if (e < 0)
			break;
	}
	return e;
}
