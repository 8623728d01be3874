/* SPDX-License-Identifier: Apache-2.0 */
/*
 * execlog.h: a build's execution log as a stream of actions.  The door to all formats.
 *
 *	const struct execlog_sink sink = { .file = f, .set = s, .list = l, .action = a, .ctx = me };
 *	r = execlog_read("build.binpb.zst", &sink, &err);
 *
 * What is read is told by content: Bazel's compact log (zstd, ExecLogEntry
 * messages), its binary log (SpawnExec messages) and JSON log, Buck2's
 * `log what-ran --format json` and its event log in JSON lines; each also under zstd.
 *
 * The reader calls the sink in the order of the log.  What an action refers to
 * was given before: each file (an input, an output, a directory with its
 * members, a symbolic link) and each set of inputs gets a handle from the sink, which
 * later calls name.  An item of a set is the handle of a file, or that of a set
 * with EXECLOG_SET.  Flat formats, which repeat all inputs for each action,
 * call `list` instead of `set`.
 *
 * All texts are bytes of the input, valid during the call only, and hostile.
 * The sink's error ends the reading and is returned.  A log that is malformed
 * is -EINVAL with the offset (in the decompressed log, when it is compressed).
 */
#ifndef REPROCHECK_LOG_EXECLOG_H
#define REPROCHECK_LOG_EXECLOG_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_text {
	const char *data;
	size_t size;
};

struct log_pair {
	struct log_text name, value;
};

enum log_file_kind { LOG_FILE, LOG_DIRECTORY, LOG_SYMLINK, LOG_MISSING };

struct log_file {
	enum log_file_kind kind;
	struct log_text path;
	struct log_text hash; /* as written; empty for an empty file, whose digest some logs leave out */
	struct log_text link; /* target of a LOG_SYMLINK */
	uint64_t size;
	const struct log_file *members; /* of a LOG_DIRECTORY, with paths relative to it */
	size_t member_count;
};

#define EXECLOG_SET UINT32_C(0x80000000)
#define EXECLOG_HANDLE_MAX (UINT32_C(1) << 29)

struct log_action {
	struct log_text target, mnemonic, runner, status;
	struct log_text digest;   /* of the action as a remote cache knows it: command and inputs */
	struct log_text identity; /* what names the action when its outputs do not; empty */
	const struct log_text *args;
	size_t arg_count;
	const struct log_pair *env;
	size_t env_count;
	const struct log_pair *platform;
	size_t platform_count;
	const uint32_t *outputs; /* handles of files */
	size_t output_count;
	uint32_t inputs, tools; /* handles of sets; 0: empty */
	int32_t exit_code;
	bool cache_hit, cacheable;
	struct log_text link_from, link_to; /* a symbolic link made without a command: only these and target, mnemonic */
};

enum execlog_format { EXECLOG_COMPACT, EXECLOG_BINARY, EXECLOG_JSON, EXECLOG_WHAT_RAN, EXECLOG_BUCK2_EVENTS };

struct execlog_info {
	enum execlog_format format;
	bool inputs_known;     /* the format lists inputs */
	bool outputs_known;    /* it has digests of outputs */
	bool output_paths;     /* and their paths */
	char hash_function[32]; /* "SHA-256"; empty: not stated */
};

/* Each returns 0 or a negative errno. `list` and `set` may be NULL: then the handle is 0. */
struct execlog_sink {
	void *ctx;
	int (*file)(void *ctx, const struct log_file *f, uint32_t *ret);
	int (*set)(void *ctx, const uint32_t *items, size_t count, uint32_t *ret);
	int (*list)(void *ctx, const uint32_t *files, size_t count, uint32_t *ret);
	int (*action)(void *ctx, const struct log_action *a);
};

int execlog_read(const char *path, const struct execlog_sink *sink, struct execlog_info *ret, struct error *err);
/* The same from memory, for tests; `name` is what errors call it. */
int execlog_read_memory(const void *p, size_t n, const char *name, const struct execlog_sink *sink,
			struct execlog_info *ret, struct error *err);
const char *execlog_format_name(enum execlog_format f);

static inline struct log_text log_text_of(const char *s)
{
	return (struct log_text){ s, __builtin_strlen(s) };
}

#endif
