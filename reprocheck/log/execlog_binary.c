/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bazel's --execution_log_binary_file: SpawnExec messages, a varint length
 * before each.  Every record repeats all its inputs.
 *
 *	SpawnExec   command_args 1*, environment_variables 2* {name 1, value 2}, platform 3 {properties 1* {name 1,
 *	            value 2}}, inputs 4* File, listed_outputs 5*, cacheable 7, mnemonic 10, actual_outputs 11* File,
 *	            runner 12, cache_hit 13, status 14, exit_code 15, target_label 18, digest 19
 *	File        path 1, digest 2 {hash 1, size_bytes 2, hash_function_name 3}, is_tool 3, symlink_target_path 4
 *
 * Releases before 7 have no target_label, digest and is_tool, and call field 13
 * remote_cache_hit.  Source: bazelbuild/bazel, src/main/protobuf/spawn.proto.
 */
#include "reprocheck/log/execlog_private.h"

static bool read_file(struct cursor c, struct log_file *ret, bool *ret_tool)
{
	struct log_file file = { .path = { "", 0 }, .hash = { "", 0 }, .link = { "", 0 } };
	struct wire_field f;
	bool fine = true;

	*ret_tool = false;
	while (wire_next(&c, &f)) {
		if (f.number == 1 && f.type == WIRE_BYTES) {
			file.path = text_of_bytes(&f.bytes);
		} else if (f.number == 2) {
			fine = execlog_wire_digest(f.bytes, &file) && fine;
		} else if (f.number == 3) {
			*ret_tool = f.value != 0;
		} else if (f.number == 4 && f.bytes.size > 0) {
			file.kind = LOG_SYMLINK;
			file.link = text_of_bytes(&f.bytes);
		}
	}
	*ret = file;
	return fine && !c.failed;
}

/* The name of the hash function stands in each digest; the first one is noted. */
static void note_function(struct execlog_reader *r, struct cursor file)
{
	struct wire_field f, d;

	while (!r->info->hash_function[0] && wire_next(&file, &f)) {
		if (f.number != 2)
			continue;
		while (wire_next(&f.bytes, &d))
			if (d.number == 3 && d.type == WIRE_BYTES)
				execlog_note_hash_function(r, text_of_bytes(&d.bytes));
	}
}

static int read_input(struct execlog_reader *r, const struct log_frame *frame, struct cursor c)
{
	struct log_file file;
	bool tool;
	int e;

	if (!read_file(c, &file, &tool))
		return execlog_malformed(r, frame, c.base, "a malformed input");
	e = execlog_add_file(r, &r->inputs, &file);
	if (e >= 0 && tool) {
		uint32_t *p = log_array_add(&r->tools, 1);

		if (!p)
			return execlog_no_memory(r);
		*p = *LOG_AT(&r->inputs, uint32_t, r->inputs.count - 1);
	}
	return e;
}

static int read_output(struct execlog_reader *r, const struct log_frame *frame, struct cursor c)
{
	struct log_file *file = log_array_add(&r->members, 1);
	bool tool;

	if (!file)
		return execlog_no_memory(r);
	note_function(r, c);
	return read_file(c, file, &tool) ? 0 : execlog_malformed(r, frame, c.base, "a malformed output");
}

static int read_platform(struct execlog_reader *r, struct cursor c, bool *ret_failed)
{
	struct wire_field f;
	int e = 0;

	while (e >= 0 && wire_next(&c, &f))
		if (f.number == 1)
			e = execlog_add_pair(r, &r->platform, execlog_wire_pair(f.bytes, ret_failed));
	*ret_failed = *ret_failed || c.failed;
	return e;
}

/* The fields that repeat. */
static int read_repeated(struct execlog_reader *r, const struct log_frame *frame, const struct wire_field *f)
{
	struct log_text *listed;
	bool failed = false;
	int e = 0;

	switch (f->number) {
	case 1: return execlog_add_arg(r, text_of_bytes(&f->bytes));
	case 2: e = execlog_add_pair(r, &r->env, execlog_wire_pair(f->bytes, &failed)); break;
	case 3: e = read_platform(r, f->bytes, &failed); break;
	case 4: return read_input(r, frame, f->bytes);
	case 5:
		listed = log_array_add(&r->listed, 1);
		if (!listed)
			return execlog_no_memory(r);
		*listed = text_of_bytes(&f->bytes);
		break;
	case 11: return read_output(r, frame, f->bytes);
	default: break;
	}
	return failed ? execlog_malformed(r, frame, f->bytes.base, "a malformed pair of name and value") : e;
}

static void read_scalar(const struct wire_field *f, struct log_action *a)
{
	struct log_file digest = { .hash = { "", 0 } };

	switch (f->number) {
	case 7: a->cacheable = f->value != 0; break;
	case 10: a->mnemonic = text_of_bytes(&f->bytes); break;
	case 12: a->runner = text_of_bytes(&f->bytes); break;
	case 13: a->cache_hit = f->value != 0; break;
	case 14: a->status = text_of_bytes(&f->bytes); break;
	case 15: a->exit_code = (int32_t)f->value; break;
	case 18: a->target = text_of_bytes(&f->bytes); break;
	case 19:
		if (execlog_wire_digest(f->bytes, &digest))
			a->digest = digest.hash;
		break;
	default: break;
	}
}

static int read_spawn(struct execlog_reader *r, const struct log_frame *frame)
{
	struct cursor c = cursor_make(frame->data, frame->size);
	struct log_action a = { 0 };
	struct wire_field f;
	int e = 0;

	execlog_clear(r);
	while (e >= 0 && wire_next(&c, &f)) {
		if (f.number <= 5 || f.number == 11) {
			if (f.type != WIRE_BYTES)
				return execlog_malformed(r, frame, c.base + c.pos, "no SpawnExec: a field has another type");
			e = read_repeated(r, frame, &f);
		} else {
			read_scalar(&f, &a);
		}
	}
	if (e >= 0 && c.failed)
		e = execlog_malformed(r, frame, c.base + c.pos, "malformed SpawnExec");
	return e < 0 ? e : execlog_give_flat(r, &a);
}

int execlog_binary(struct execlog_reader *r)
{
	struct log_frame frame;
	int e;

	*r->info = (struct execlog_info){ .format = EXECLOG_BINARY, .inputs_known = true, .outputs_known = true,
					  .output_paths = true };
	while ((e = log_stream_frame(r->stream, &frame, r->err)) >= 0 && !frame.end) {
		e = read_spawn(r, &frame);
		if (e < 0)
			break;
		log_stream_consume(r->stream, frame.total);
	}
	return e;
}
