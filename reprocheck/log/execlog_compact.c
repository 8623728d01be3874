/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bazel's --execution_log_compact_file: a zstd stream of ExecLogEntry messages,
 * a varint length before each.
 *
 *	ExecLogEntry   id 1, and one of: invocation 2, file 3, directory 4, unresolved_symlink 5, input_set 6, spawn 7,
 *	               symlink_action 8, symlink_entry_set 9, runfiles_tree 10
 *	Invocation     hash_function_name 1
 *	File           path 1, digest 2 {hash 1, size_bytes 2}        no digest: may be empty
 *	Directory      path 1, files 2* File with paths relative to it
 *	UnresolvedSymlink  path 1, target_path 2
 *	InputSet       input_ids 5*, transitive_set_ids 4*            transitive ones come first in order
 *	SymlinkEntrySet  direct_entries 1* {path 1, id 2}, transitive_set_ids 2*
 *	RunfilesTree   path 1, input_set_id 2, symlinks_id 3, root_symlinks_id 4, empty_files 5*,
 *	               repo_mapping_manifest 6 File, legacy_external_runfiles 7
 *	Spawn          args 1*, env_vars 2*, platform 3, input_set_id 4, tool_set_id 5, outputs 6* {output_id 5 |
 *	               invalid_output_path 4}, target_label 7, mnemonic 8, exit_code 9, status 10, runner 11, cache_hit 12,
 *	               cacheable 14, digest 16
 *	SymlinkAction  input_path 1, output_path 2, target_label 3, mnemonic 4
 *
 * Entries refer to others by id, and only to those that stand before them: so
 * sets form a graph without cycles by construction, and an id that was not given yet is
 * an error.  Ids are not dense; a table maps them to the sink's handles.  Files
 * and sets may be given again under another id, which is the sink's to notice.
 *
 * What has no digest of its own gets a file that stands for it: a runfiles
 * tree is a set with one member that holds the hash of what is written in the
 * entry itself, and so is each entry of a symlink set.
 *
 * Source: bazelbuild/bazel, src/main/protobuf/spawn.proto.
 */
#include "reprocheck/log/execlog_private.h"

#include "base/buffer.h"
#include "base/digest.h"

#include <errno.h>
#include <stdio.h>

/* Kinds of what an id names, in the top bits of the table's values. */
enum entry_kind { KIND_FILE, KIND_INPUTS, KIND_RUNFILES, KIND_SYMLINKS };
#define KIND_SHIFT 29
#define KIND_MASK ((UINT32_C(1) << KIND_SHIFT) - 1)

struct id_slot {
	uint32_t id; /* 0: free */
	uint32_t value; /* kind and handle */
};

struct compact {
	struct execlog_reader *r;
	const struct log_frame *frame;
	struct id_slot *slots;
	size_t slot_count, used;
	struct log_array items; /* uint32_t, of the set that is read */
};

static int malformed(struct compact *c, const uint8_t *p, const char *what)
{
	return execlog_malformed(c->r, c->frame, p, what);
}

/* ---- ids ----------------------------------------------------------------------------------------------------- */

static struct id_slot *find_slot(const struct compact *c, uint32_t id)
{
	size_t i = (size_t)(id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (c->slot_count - 1);

	while (c->slots[i].id != 0 && c->slots[i].id != id)
		i = (i + 1) & (c->slot_count - 1);
	return &c->slots[i];
}

static int grow_slots(struct compact *c)
{
	struct id_slot *old = c->slots;
	size_t i, n = c->slot_count, bigger = n ? n * 2 : 1024;

	if (c->used * 10 < n * 7)
		return 0;
	c->slots = calloc(bigger, sizeof(*c->slots));
	if (!c->slots) {
		c->slots = old;
		return execlog_no_memory(c->r);
	}
	c->slot_count = bigger;
	for (i = 0; i < n; i++)
		if (old[i].id)
			*find_slot(c, old[i].id) = old[i];
	free(old);
	return 0;
}

static int define(struct compact *c, uint64_t id, enum entry_kind kind, uint32_t handle)
{
	struct id_slot *slot;
	int e = grow_slots(c);

	if (e < 0 || id == 0)
		return e;
	slot = find_slot(c, (uint32_t)id);
	if (slot->id)
		return error_set_at(c->r->err, -EINVAL, log_stream_name(c->r->stream), c->frame->offset,
				    "entry %llu was given before", (unsigned long long)id);
	*slot = (struct id_slot){ (uint32_t)id, (uint32_t)kind << KIND_SHIFT | (handle & KIND_MASK) };
	c->used++;
	return 0;
}

/* The handle of an entry of one of two kinds; as an item of a set when it is one. */
static int look_up(struct compact *c, const uint8_t *p, uint64_t id, enum entry_kind kind, enum entry_kind or_kind,
		   uint32_t *ret)
{
	const struct id_slot *slot = c->slot_count && id && id <= UINT32_MAX ? find_slot(c, (uint32_t)id) : NULL;
	uint64_t at = c->frame->offset + (p ? (uint64_t)(p - c->frame->data) : 0);
	enum entry_kind is;

	if (!slot || !slot->id)
		return error_set_at(c->r->err, -EINVAL, log_stream_name(c->r->stream), at,
				    "refers to entry %llu, which does not stand before it", (unsigned long long)id);
	is = (enum entry_kind)(slot->value >> KIND_SHIFT);
	if (is != kind && is != or_kind)
		return error_set_at(c->r->err, -EINVAL, log_stream_name(c->r->stream), at,
				    "refers to entry %llu, which is of another kind", (unsigned long long)id);
	*ret = (slot->value & KIND_MASK) | (is == KIND_FILE ? 0 : EXECLOG_SET);
	return 0;
}

/* ---- files --------------------------------------------------------------------------------------------------- */

static bool read_file_message(struct cursor c, struct log_file *ret)
{
	struct log_file file = { .path = { "", 0 }, .hash = { "", 0 }, .link = { "", 0 } };
	struct wire_field f;
	bool fine = true;

	while (wire_next(&c, &f)) {
		if (f.number == 1 && f.type == WIRE_BYTES)
			file.path = text_of_bytes(&f.bytes);
		else if (f.number == 2)
			fine = execlog_wire_digest(f.bytes, &file) && fine;
	}
	*ret = file;
	return fine && !c.failed;
}

static int give_file(struct compact *c, const struct log_file *f, uint32_t *ret)
{
	int e = c->r->sink->file(c->r->sink->ctx, f, ret);

	return e < 0 ? error_set(c->r->err, e, log_stream_name(c->r->stream), "cannot be kept") : 0;
}

static int read_file(struct compact *c, uint64_t id, struct cursor body)
{
	struct log_file file;
	uint32_t handle;
	int e;

	if (!read_file_message(body, &file))
		return malformed(c, body.base, "a malformed file");
	e = give_file(c, &file, &handle);
	return e < 0 ? e : define(c, id, KIND_FILE, handle);
}

static int read_directory(struct compact *c, uint64_t id, struct cursor body)
{
	struct log_file dir = { .kind = LOG_DIRECTORY }, *member;
	struct log_array *members = &c->r->members;
	struct wire_field f;
	uint32_t handle;
	int e;

	members->count = 0;
	while (wire_next(&body, &f)) {
		if (f.number == 1 && f.type == WIRE_BYTES) {
			dir.path = text_of_bytes(&f.bytes);
		} else if (f.number == 2) {
			member = log_array_add(members, 1);
			if (!member)
				return execlog_no_memory(c->r);
			if (!read_file_message(f.bytes, member))
				return malformed(c, f.bytes.base, "a malformed file of a directory");
		}
	}
	if (body.failed)
		return malformed(c, body.base + body.pos, "a malformed directory");
	dir.members = LOG_AT(members, const struct log_file, 0);
	dir.member_count = members->count;
	e = give_file(c, &dir, &handle);
	return e < 0 ? e : define(c, id, KIND_FILE, handle);
}

static int read_symlink(struct compact *c, uint64_t id, struct cursor body)
{
	struct log_file link = { .kind = LOG_SYMLINK };
	struct log_pair pair;
	bool failed = false;
	uint32_t handle;
	int e;

	pair = execlog_wire_pair(body, &failed);
	if (failed)
		return malformed(c, body.base, "a malformed symbolic link");
	link.path = pair.name;
	link.link = pair.value;
	e = give_file(c, &link, &handle);
	return e < 0 ? e : define(c, id, KIND_FILE, handle);
}

/* ---- sets ---------------------------------------------------------------------------------------------------- */

static int add_item(struct compact *c, uint32_t handle)
{
	uint32_t *p = log_array_add(&c->items, 1);

	if (!p)
		return execlog_no_memory(c->r);
	*p = handle;
	return 0;
}

static int add_items(struct compact *c, struct wire_field *f, enum entry_kind kind, enum entry_kind or_kind)
{
	const uint8_t *at = f->bytes.base ? f->bytes.base : c->frame->data;
	uint32_t handle;
	uint64_t id;
	int e = 0;

	while (e >= 0 && wire_next_packed(f, &id)) {
		e = look_up(c, at, id, kind, or_kind, &handle);
		if (e >= 0)
			e = add_item(c, handle);
	}
	return e >= 0 && f->bytes.failed ? malformed(c, at, "malformed ids") : e;
}

static int give_set(struct compact *c, uint32_t *ret)
{
	const struct execlog_sink *sink = c->r->sink;
	int e = 0;

	*ret = 0;
	if (sink->set && c->items.count)
		e = sink->set(sink->ctx, LOG_AT(&c->items, const uint32_t, 0), c->items.count, ret);
	return e < 0 ? error_set(c->r->err, e, log_stream_name(c->r->stream), "cannot be kept") : 0;
}

static int read_input_set(struct compact *c, uint64_t id, struct cursor body)
{
	struct cursor again = body;
	struct wire_field f;
	uint32_t handle;
	int e = 0;

	c->items.count = 0;
	while (e >= 0 && wire_next(&body, &f))
		if (f.number == 4)
			e = add_items(c, &f, KIND_INPUTS, KIND_INPUTS);
	while (e >= 0 && wire_next(&again, &f))
		if (f.number == 5)
			e = add_items(c, &f, KIND_FILE, KIND_RUNFILES);
	if (e >= 0 && body.failed)
		e = malformed(c, body.base + body.pos, "a malformed set of inputs");
	if (e >= 0)
		e = give_set(c, &handle);
	return e < 0 ? e : define(c, id, KIND_INPUTS, handle);
}

/* A file that stands for what a message holds: its hash is that of the message's bytes. */
static int add_stand_in(struct compact *c, struct log_text path, const void *p, size_t n)
{
	char hash[33];
	struct log_file file = { .path = path, .hash = { hash, 32 }, .link = { "", 0 } };
	uint32_t handle;
	int e;

	(void)snprintf(hash, sizeof(hash), "%016llx%016llx", (unsigned long long)hash64(p, n, 1),
		       (unsigned long long)hash64(p, n, 2));
	e = give_file(c, &file, &handle);
	return e < 0 ? e : add_item(c, handle);
}

/* One entry of a symlink set: its name, and what it leads to. */
static int add_symlink_entry(struct compact *c, struct cursor body)
{
	struct log_text name = { "", 0 };
	const uint8_t *at = body.base;
	uint64_t id = 0;
	uint32_t handle;
	struct wire_field f;
	int e;

	while (wire_next(&body, &f)) {
		if (f.number == 1 && f.type == WIRE_BYTES)
			name = text_of_bytes(&f.bytes);
		else if (f.number == 2)
			id = f.value;
	}
	if (body.failed)
		return malformed(c, at, "a malformed symlink entry");
	e = look_up(c, at, id, KIND_FILE, KIND_FILE, &handle);
	if (e >= 0)
		e = add_stand_in(c, name, name.data, name.size);
	return e < 0 ? e : add_item(c, handle);
}

static int read_symlink_set(struct compact *c, uint64_t id, struct cursor body)
{
	const uint8_t *at = body.base;
	struct wire_field f;
	uint32_t handle;
	int e = 0;

	c->items.count = 0;
	while (e >= 0 && wire_next(&body, &f)) {
		if (f.number == 1)
			e = add_symlink_entry(c, f.bytes);
		else if (f.number == 2)
			e = add_items(c, &f, KIND_SYMLINKS, KIND_SYMLINKS);
	}
	if (e >= 0 && body.failed)
		e = malformed(c, at, "a malformed set of symlinks");
	if (e >= 0)
		e = give_set(c, &handle);
	return e < 0 ? e : define(c, id, KIND_SYMLINKS, handle);
}

/* What is written in the entry itself, but for the ids, which are not the same in two logs. */
static int add_runfiles_own(struct compact *c, struct cursor body, struct log_text path)
{
	CLEANUP(buffer_release) struct buffer own = BUFFER_INIT(SIZE_MAX);
	struct wire_field f;

	while (wire_next(&body, &f)) {
		if (f.number < 5)
			continue;
		(void)buffer_printf(&own, "%u %llu ", (unsigned)f.number, (unsigned long long)f.value);
		if (f.bytes.size)
			(void)buffer_append(&own, f.bytes.base, f.bytes.size);
	}
	return own.error ? execlog_no_memory(c->r) : add_stand_in(c, path, buffer_str(&own), own.len);
}

static int add_runfiles_set(struct compact *c, const struct wire_field *f, const uint8_t *at)
{
	enum entry_kind kind = f->number == 2 ? KIND_INPUTS : KIND_SYMLINKS;
	uint32_t handle;
	int e;

	if (f->value == 0)
		return 0;
	e = look_up(c, at, f->value, kind, kind, &handle);
	return e < 0 ? e : add_item(c, handle);
}

static int read_runfiles(struct compact *c, uint64_t id, struct cursor body)
{
	struct cursor whole = body;
	struct log_text path = { "", 0 };
	struct wire_field f;
	uint32_t handle;
	int e = 0;

	c->items.count = 0;
	while (e >= 0 && wire_next(&body, &f)) {
		if (f.number == 1 && f.type == WIRE_BYTES)
			path = text_of_bytes(&f.bytes);
		else if (f.number >= 2 && f.number <= 4)
			e = add_runfiles_set(c, &f, body.base);
	}
	if (e >= 0 && body.failed)
		e = malformed(c, body.base + body.pos, "a malformed runfiles tree");
	if (e >= 0)
		e = add_runfiles_own(c, whole, path);
	if (e >= 0)
		e = give_set(c, &handle);
	return e < 0 ? e : define(c, id, KIND_RUNFILES, handle);
}

/* ---- actions ------------------------------------------------------------------------------------------------- */

static int read_output(struct compact *c, struct cursor body)
{
	const uint8_t *at = body.base;
	struct log_file missing = { .kind = LOG_MISSING };
	struct wire_field f;
	uint32_t handle, *p;
	int e = 0;

	while (e >= 0 && wire_next(&body, &f)) {
		if (f.number == 5) {
			e = look_up(c, at, f.value, KIND_FILE, KIND_FILE, &handle);
			p = e < 0 ? NULL : log_array_add(&c->r->outputs, 1);
			if (p)
				*p = handle;
			else if (e >= 0)
				e = execlog_no_memory(c->r);
		} else if (f.number == 4) {
			missing.path = text_of_bytes(&f.bytes);
			e = execlog_add_file(c->r, &c->r->outputs, &missing);
		}
	}
	return e >= 0 && body.failed ? malformed(c, at, "a malformed output") : e;
}

static int read_platform(struct compact *c, struct cursor body)
{
	struct wire_field f;
	bool failed = false;
	int e = 0;

	while (e >= 0 && wire_next(&body, &f))
		if (f.number == 1)
			e = execlog_add_pair(c->r, &c->r->platform, execlog_wire_pair(f.bytes, &failed));
	return e >= 0 && (failed || body.failed) ? malformed(c, body.base, "a malformed platform") : e;
}

static int read_env(struct compact *c, struct cursor body)
{
	bool failed = false;
	struct log_pair pair = execlog_wire_pair(body, &failed);

	return failed ? malformed(c, body.base, "a malformed variable") : execlog_add_pair(c->r, &c->r->env, pair);
}

static int read_set_id(struct compact *c, const struct wire_field *f, const uint8_t *at, uint32_t *ret)
{
	uint32_t item = 0;
	int e = f->value ? look_up(c, at, f->value, KIND_INPUTS, KIND_INPUTS, &item) : 0;

	*ret = item & ~EXECLOG_SET;
	return e;
}

static void read_spawn_scalar(const struct wire_field *f, struct log_action *a)
{
	struct log_file digest = { .hash = { "", 0 } };

	switch (f->number) {
	case 7: a->target = text_of_bytes(&f->bytes); break;
	case 8: a->mnemonic = text_of_bytes(&f->bytes); break;
	case 9: a->exit_code = (int32_t)f->value; break;
	case 10: a->status = text_of_bytes(&f->bytes); break;
	case 11: a->runner = text_of_bytes(&f->bytes); break;
	case 12: a->cache_hit = f->value != 0; break;
	case 14: a->cacheable = f->value != 0; break;
	case 16:
		if (execlog_wire_digest(f->bytes, &digest))
			a->digest = digest.hash;
		break;
	default: break;
	}
}

static int read_spawn(struct compact *c, struct cursor body)
{
	struct log_action a = { 0 };
	struct wire_field f;
	int e = 0;

	execlog_clear(c->r);
	while (e >= 0 && wire_next(&body, &f)) {
		switch (f.number) {
		case 1: e = execlog_add_arg(c->r, text_of_bytes(&f.bytes)); break;
		case 2: e = read_env(c, f.bytes); break;
		case 3: e = read_platform(c, f.bytes); break;
		case 4: e = read_set_id(c, &f, body.base, &a.inputs); break;
		case 5: e = read_set_id(c, &f, body.base, &a.tools); break;
		case 6: e = read_output(c, f.bytes); break;
		default: read_spawn_scalar(&f, &a);
		}
	}
	if (e >= 0 && body.failed)
		e = malformed(c, body.base + body.pos, "a malformed spawn");
	return e < 0 ? e : execlog_give(c->r, &a);
}

static int read_symlink_action(struct compact *c, struct cursor body)
{
	struct log_action a = { .link_from = { "", 0 }, .link_to = { "", 0 } };
	struct wire_field f;

	execlog_clear(c->r);
	while (wire_next(&body, &f)) {
		switch (f.number) {
		case 1: a.link_from = text_of_bytes(&f.bytes); break;
		case 2: a.link_to = text_of_bytes(&f.bytes); break;
		case 3: a.target = text_of_bytes(&f.bytes); break;
		case 4: a.mnemonic = text_of_bytes(&f.bytes); break;
		default: break;
		}
	}
	if (body.failed)
		return malformed(c, body.base + body.pos, "a malformed symlink action");
	return a.link_to.size ? execlog_give(c->r, &a) : 0;
}

static int read_invocation(struct compact *c, struct cursor body)
{
	struct wire_field f;

	while (wire_next(&body, &f))
		if (f.number == 1 && f.type == WIRE_BYTES)
			execlog_note_hash_function(c->r, text_of_bytes(&f.bytes));
	return body.failed ? malformed(c, body.base, "a malformed invocation") : 0;
}

static int read_body(struct compact *c, uint64_t id, const struct wire_field *f)
{
	switch (f->number) {
	case 2: return read_invocation(c, f->bytes);
	case 3: return read_file(c, id, f->bytes);
	case 4: return read_directory(c, id, f->bytes);
	case 5: return read_symlink(c, id, f->bytes);
	case 6: return read_input_set(c, id, f->bytes);
	case 7: return read_spawn(c, f->bytes);
	case 8: return read_symlink_action(c, f->bytes);
	case 9: return read_symlink_set(c, id, f->bytes);
	case 10: return read_runfiles(c, id, f->bytes);
	default: return 0;
	}
}

static int read_entry(struct compact *c)
{
	struct cursor entry = cursor_make(c->frame->data, c->frame->size);
	struct wire_field f, body = { 0 };
	uint64_t id = 0;
	unsigned bodies = 0;

	while (wire_next(&entry, &f)) {
		if (f.number == 1 && f.type == WIRE_VARINT) {
			id = f.value;
		} else {
			body = f;
			bodies++;
		}
	}
	if (entry.failed)
		return malformed(c, entry.base + entry.pos, "a malformed entry");
	/* Kinds of entries may be added to the format, but each entry is of one kind. */
	if (bodies != 1 || body.type != WIRE_BYTES)
		return malformed(c, entry.base, "no entry of a compact log");
	if (id > UINT32_MAX)
		return malformed(c, entry.base, "an id of more than 32 bits");
	return read_body(c, id, &body);
}

static void compact_release(struct compact *c)
{
	free(c->slots);
	log_array_release(&c->items);
}

int execlog_compact(struct execlog_reader *r)
{
	CLEANUP(compact_release) struct compact c = { .r = r, .items = LOG_ARRAY_OF(uint32_t) };
	struct log_frame frame;
	int e;

	*r->info = (struct execlog_info){ .format = EXECLOG_COMPACT, .inputs_known = true, .outputs_known = true,
					  .output_paths = true };
	c.frame = &frame;
	while ((e = log_stream_frame(r->stream, &frame, r->err)) >= 0 && !frame.end) {
		e = read_entry(&c);
		if (e < 0)
			break;
		log_stream_consume(r->stream, frame.total);
	}
	return e;
}
