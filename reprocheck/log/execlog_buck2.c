/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buck2, two kinds of JSON lines.
 *
 * `buck2 log what-ran --format json`: one command a line.
 *
 *	{"reason": "build", "identity": "cell//pkg:name (configuration) (category identifier)",
 *	 "reproducer": {"executor": "Local", "details": {"command": [...], "env": {...}}}}
 *
 * Executors Re, ReWorker, Cache, ReDepFileCache and CacheQuery have a "digest" of the action
 * instead, and some "platform_properties".  Inputs and outputs are not in it.
 *
 * The event log (*.json-lines, also under zstd): an invocation, then
 *
 *	{"Event": {..., "data": {"SpanEnd": {..., "data": {"ActionExecution": {
 *	   "key": {"owner": {"TargetLabel": {"label": {"package", "name"}, "configuration": {"full_name"}}}, "key"},
 *	   "name": {"category", "identifier"}, "failed", "output_size", "outputs": [{"tiny_digest"}],
 *	   "commands": [{"details": {"signed_exit_code", "command_kind": {"command": {
 *	       "LocalCommand" | "WorkerCommand" | "OmittedLocalCommand": {"argv", "env": [{"key", "value"}], "action_digest"}
 *	       "RemoteCommand": {"action_digest", "cache_hit"}}}}}]}}}}}}
 *
 * Only the last command counts, as Buck2's own `log diff action-divergence` has it.  Inputs are
 * not listed, but the action's digest covers them.  Outputs have shortened digests and no paths:
 * they are named after the action and numbered.
 *
 * Sources: facebook/buck2, app/buck2_cmd_log_client/src/what_ran.rs and diff/action_divergence.rs,
 * app/buck2_data/data.proto (as its serde derives write it), app/buck2_event_log/src/write.rs.
 */
#include "reprocheck/log/execlog_private.h"

#include "base/buffer.h"

#include <errno.h>

#define OUTPUT_BYTES_UNKNOWN 0

static const json_t *member(const json_t *j, const char *const *keys)
{
	for (; j && *keys; keys++)
		j = json_object_get(j, *keys);
	return j;
}
#define MEMBER(j, ...) member((j), (const char *const[]){ __VA_ARGS__, NULL })

/* {"name": "value"} or [{"key": "name", "value": "value"}] */
static int read_pairs(struct execlog_reader *r, struct log_array *pairs, const json_t *from)
{
	const json_t *j;
	const char *key;
	size_t i;
	int e = 0;

	json_array_foreach(from, i, j) {
		e = execlog_add_pair(r, pairs, (struct log_pair){ execlog_json_text(j, "key"),
								  execlog_json_text(j, "value") });
		if (e < 0)
			return e;
	}
	/* json_object_foreach() wants to change it. */
	for (key = json_object_iter_key(json_object_iter((json_t *)(uintptr_t)from)); key;
	     key = json_object_iter_key(json_object_iter_next((json_t *)(uintptr_t)from, json_object_key_to_iter(key)))) {
		e = execlog_add_pair(r, pairs, (struct log_pair){ log_text_of(key), execlog_json_text(from, key) });
		if (e < 0)
			return e;
	}
	return 0;
}

/* ---- what-ran ------------------------------------------------------------------------------------------------ */

/* "cell//pkg:name (configuration) (category identifier)": the target is what precedes the first blank. */
static void split_identity(struct log_text identity, struct log_action *a)
{
	const char *blank = identity.size ? memchr(identity.data, ' ', identity.size) : NULL;
	const char *open = identity.size ? memrchr(identity.data, '(', identity.size) : NULL;
	const char *end = identity.data + identity.size, *p;

	a->identity = identity;
	a->target = (struct log_text){ identity.data, blank ? (size_t)(blank - identity.data) : identity.size };
	if (!blank || !open || open < blank)
		return;
	for (p = open + 1; p < end && *p != ' ' && *p != ')'; p++)
		;
	a->mnemonic = (struct log_text){ open + 1, (size_t)(p - open - 1) };
}

static int read_command(struct execlog_reader *r, const json_t *j)
{
	const json_t *reproducer = json_object_get(j, "reproducer"), *details = json_object_get(reproducer, "details");
	struct log_action a = { .runner = execlog_json_text(reproducer, "executor"),
				.digest = execlog_json_text(details, "digest") };
	int e;

	execlog_clear(r);
	split_identity(execlog_json_text(j, "identity"), &a);
	a.cache_hit = a.runner.size >= 5 && memmem(a.runner.data, a.runner.size, "Cache", 5) != NULL;
	e = execlog_json_args(r, json_object_get(details, "command"));
	if (e >= 0)
		e = read_pairs(r, &r->env, json_object_get(details, "env"));
	if (e >= 0)
		e = read_pairs(r, &r->platform, json_object_get(details, "platform_properties"));
	return e < 0 ? e : execlog_give(r, &a);
}

/* ---- events -------------------------------------------------------------------------------------------------- */

/* The label of whichever kind of owner it is. */
static void name_action(const json_t *execution, struct buffer *target, struct buffer *identity)
{
	json_t *owners = (json_t *)(uintptr_t)MEMBER(execution, "key", "owner");
	const json_t *owner = json_object_iter_value(json_object_iter(owners));
	const json_t *label = json_object_get(owner, "label") ? json_object_get(owner, "label") : json_object_get(owner, "name");
	struct log_text package = execlog_json_text(label, "package"), name = execlog_json_text(label, "name");
	struct log_text configuration = execlog_json_text(json_object_get(owner, "configuration"), "full_name");
	struct log_text category = execlog_json_text(json_object_get(execution, "name"), "category");
	struct log_text identifier = execlog_json_text(json_object_get(execution, "name"), "identifier");
	struct log_text key = execlog_json_text(json_object_get(execution, "key"), "key");

	(void)buffer_append(target, package.data, package.size);
	(void)buffer_putc(target, ':');
	(void)buffer_append(target, name.data, name.size);
	(void)buffer_printf(identity, "%s (%.*s) (%.*s", buffer_str(target), (int)configuration.size, configuration.data,
			    (int)category.size, category.data);
	if (identifier.size)
		(void)buffer_printf(identity, " %.*s", (int)identifier.size, identifier.data);
	(void)buffer_putc(identity, ')');
	/* Without a name the key tells a target's actions apart. */
	if (category.size == 0)
		(void)buffer_printf(identity, " %.*s", (int)key.size, key.data);
}

static int read_event_outputs(struct execlog_reader *r, const json_t *outputs, const struct buffer *identity)
{
	CLEANUP(buffer_release) struct buffer path = BUFFER_INIT(SIZE_MAX);
	const json_t *j;
	size_t i;
	int e = 0;

	json_array_foreach(outputs, i, j) {
		struct log_file f = { .hash = execlog_json_text(j, "tiny_digest"), .size = OUTPUT_BYTES_UNKNOWN };

		path.len = 0;
		(void)buffer_printf(&path, "%s output %zu", buffer_str(identity), i + 1);
		f.path = (struct log_text){ buffer_str(&path), path.len };
		e = path.error ? execlog_no_memory(r) : execlog_add_file(r, &r->outputs, &f);
		if (e < 0)
			break;
	}
	return e;
}

static int read_event_command(struct execlog_reader *r, const json_t *execution, struct log_action *a)
{
	const json_t *commands = json_object_get(execution, "commands");
	const json_t *last = json_array_size(commands) ? json_array_get(commands, json_array_size(commands) - 1) : NULL;
	json_t *kinds = (json_t *)(uintptr_t)MEMBER(last, "details", "command_kind", "command");
	const char *kind = json_object_iter_key(json_object_iter(kinds));
	const json_t *command = json_object_iter_value(json_object_iter(kinds));
	int e;

	a->runner = log_text_of(kind ? kind : "");
	a->digest = execlog_json_text(command, "action_digest");
	a->cache_hit = json_is_true(json_object_get(command, "cache_hit"));
	a->exit_code = (int32_t)execlog_json_number(json_object_get(last, "details"), "signed_exit_code");
	e = execlog_json_args(r, json_object_get(command, "argv"));
	return e < 0 ? e : read_pairs(r, &r->env, json_object_get(command, "env"));
}

static int read_event(struct execlog_reader *r, const json_t *j)
{
	CLEANUP(buffer_release) struct buffer target = BUFFER_INIT(SIZE_MAX);
	CLEANUP(buffer_release) struct buffer identity = BUFFER_INIT(SIZE_MAX);
	const json_t *execution = MEMBER(j, "Event", "data", "SpanEnd", "data", "ActionExecution");
	struct log_action a = { 0 };
	int e;

	if (!execution)
		return 0;
	execlog_clear(r);
	name_action(execution, &target, &identity);
	if (target.error || identity.error)
		return execlog_no_memory(r);
	a.target = (struct log_text){ buffer_str(&target), target.len };
	a.identity = (struct log_text){ buffer_str(&identity), identity.len };
	a.mnemonic = execlog_json_text(json_object_get(execution, "name"), "category");
	a.status = log_text_of(json_is_true(json_object_get(execution, "failed")) ? "failed" : "");
	e = read_event_command(r, execution, &a);
	if (e >= 0)
		e = read_event_outputs(r, json_object_get(execution, "outputs"), &identity);
	return e < 0 ? e : execlog_give(r, &a);
}

/* ---- both ---------------------------------------------------------------------------------------------------- */

static int read_line(struct execlog_reader *r, const json_t *j, uint64_t offset)
{
	if (json_object_get(j, "reproducer")) {
		r->info->format = EXECLOG_WHAT_RAN;
		r->info->outputs_known = false;
		return read_command(r, j);
	}
	if (json_object_get(j, "Event"))
		return read_event(r, j);
	/* What else stands in an event log: its invocation, and results. */
	if (json_object_get(j, "Result") || json_object_get(j, "command_line_args") || json_object_get(j, "trace_id"))
		return 0;
	return error_set_at(r->err, -EINVAL, log_stream_name(r->stream), offset,
			    "this object is of no execution log that is known here");
}

int execlog_buck2(struct execlog_reader *r)
{
	uint64_t offset = 0;
	json_t *j;
	int e;

	*r->info = (struct execlog_info){ .format = EXECLOG_BUCK2_EVENTS, .outputs_known = true };
	while ((e = execlog_json_next(r, &j, &offset)) >= 0 && j) {
		e = read_line(r, j, offset);
		json_decref(j);
		if (e < 0)
			break;
	}
	return e;
}
