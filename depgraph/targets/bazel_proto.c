/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `bazel query --output=proto | streamed_proto` and `bazel cquery --output=proto`:
 *
 *	QueryResult      { repeated Target target = 1; }
 *	streamed_proto   Target messages, each after its length as a varint
 *	CqueryResult     { repeated ConfiguredTarget results = 1 { Target target = 1; uint32 configuration_id = 3; } ... }
 *
 *	Target           { type = 1 (1: RULE); Rule rule = 2; }
 *	Rule             { name = 1; rule_class = 2; location = 3; repeated Attribute attribute = 4;
 *	                   rule_input = 5; rule_output = 6; }
 *	Attribute        { name = 1; type = 2; string_value = 5; string_list_value = 6; boolean_value = 14; selector_list = 21; }
 *	SelectorList     { type = 1; repeated Selector elements = 2 { repeated SelectorEntry entries = 1; } }
 *	SelectorEntry    { label = 1; string_value = 3; boolean_value = 4; string_list_value = 6; }
 *
 * The first two bytes of QueryResult and CqueryResult look alike; what tells them apart is what field 1 of the first
 * element is: a varint (Target.type), or a message (ConfiguredTarget.target).  Source: bazelbuild/bazel
 * src/main/protobuf/{build,analysis_v2}.proto.
 */
#include "base/wire.h"
#include "depgraph/targets/bazel_rule.h"
#include "depgraph/targets/reader.h"

#include <errno.h>
#include <string.h>

#define NAME_MAX_BYTES 256 /* of attributes */

struct proto {
	struct target_builder *b;
	const struct targets_source *s;
	struct error *err;
};

static int malformed(const struct proto *p, const struct cursor *c, const char *what)
{
	uint64_t at = (uint64_t)((const char *)c->base - p->s->data) + c->pos;

	return error_set_at(p->err, -EBADMSG, p->s->path, at < p->s->size ? at : p->s->size, "malformed or cut off %s", what);
}

static void value(struct proto *p, uint32_t rule, const char *name, const struct wire_field *f)
{
	if (f->type == WIRE_BYTES)
		bazel_attribute(p->b, rule, name, (const char *)f->bytes.base, f->bytes.size);
}

static int read_entry(struct proto *p, uint32_t rule, const char *name, struct cursor c)
{
	struct wire_field f;

	while (wire_next(&c, &f)) {
		if (f.number == 3 || f.number == 6)
			value(p, rule, name, &f);
		else if (f.number == 4)
			bazel_flag(p->b, rule, name, f.value != 0);
	}
	return c.failed ? malformed(p, &c, "SelectorEntry") : 0;
}

/* SelectorList (depth 0, elements in field 2), Selector (depth 1, entries in field 1). */
static int read_select(struct proto *p, uint32_t rule, const char *name, struct cursor c, unsigned depth)
{
	struct wire_field f;
	int r = 0;

	while (!r && wire_next(&c, &f)) {
		if (f.number != (depth ? 1 : 2) || f.type != WIRE_BYTES)
			continue;
		r = depth ? read_entry(p, rule, name, f.bytes) : read_select(p, rule, name, f.bytes, depth + 1);
	}
	return r ? r : c.failed ? malformed(p, &c, "SelectorList") : 0;
}

/* The name comes first in what Bazel writes, but the format does not promise it: two passes. */
static int read_attribute(struct proto *p, uint32_t rule, struct cursor c)
{
	struct cursor again = c;
	struct wire_field f;
	char name[NAME_MAX_BYTES] = "";
	int r = 0;

	while (wire_next(&c, &f))
		if (f.number == 1 && f.bytes.size < sizeof(name)) {
			memcpy(name, f.bytes.base, f.bytes.size);
			name[f.bytes.size] = '\0';
		}
	if (c.failed)
		return malformed(p, &c, "Attribute");
	while (!r && wire_next(&again, &f))
		switch (f.number) {
		case 5:
		case 6: value(p, rule, name, &f); break;
		case 14: bazel_flag(p->b, rule, name, f.value != 0); break;
		case 21: r = f.type == WIRE_BYTES ? read_select(p, rule, name, f.bytes, 0) : 0; break;
		default: break;
		}
	return r;
}

static int read_rule(struct proto *p, struct cursor c)
{
	struct cursor again = c, name = { 0 }, class_name = { 0 }, location = { 0 };
	struct wire_field f;
	uint32_t id;
	int r = 0;

	while (wire_next(&c, &f))
		switch (f.number) {
		case 1: name = f.bytes; break;
		case 2: class_name = f.bytes; break;
		case 3: location = f.bytes; break;
		default: break;
		}
	if (c.failed)
		return malformed(p, &c, "Rule");
	if (!name.size)
		return 0;
	id = bazel_rule(p->b, TARGETS_BAZEL, (const char *)name.base, name.size, (const char *)class_name.base, class_name.size,
			(const char *)location.base, location.size);
	while (!r && wire_next(&again, &f)) {
		if (f.number == 4 && f.type == WIRE_BYTES)
			r = read_attribute(p, id, f.bytes);
		else if (f.number == 6 && f.type == WIRE_BYTES)
			bazel_output(p->b, id, (const char *)f.bytes.base, f.bytes.size);
	}
	return r;
}

static int read_target(struct proto *p, struct cursor c)
{
	struct wire_field f;
	int r = 0;

	while (!r && wire_next(&c, &f))
		if (f.number == 2 && f.type == WIRE_BYTES)
			r = read_rule(p, f.bytes);
	return r ? r : c.failed ? malformed(p, &c, "Target") : 0;
}

/* Field 1 of a ConfiguredTarget is a message, that of a Target its type, a varint. */
static int read_element(struct proto *p, struct cursor c)
{
	struct cursor peek = c;
	struct wire_field f;

	if (!wire_next(&peek, &f))
		return peek.failed ? malformed(p, &peek, "Target") : 0;
	return f.number == 1 && f.type == WIRE_BYTES ? read_target(p, f.bytes) : read_target(p, c);
}

static int read_result(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	struct proto p = { b, s, err };
	struct cursor c = cursor_make(s->data, s->size);
	struct wire_field f;
	int r = 0;

	while (!r && wire_next(&c, &f))
		if (f.number == 1 && f.type == WIRE_BYTES)
			r = read_element(&p, f.bytes);
	return r ? r : c.failed ? malformed(&p, &c, "QueryResult") : 0;
}

static int read_stream(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	struct proto p = { b, s, err };
	struct cursor c = cursor_make(s->data, s->size);
	int r = 0;

	while (!r && cursor_left(&c)) {
		uint64_t n = wire_varint(&c);
		const uint8_t *message = cursor_take(&c, n);

		if (!message)
			return malformed(&p, &c, "stream of Target");
		r = read_target(&p, cursor_make(message, n));
	}
	return r;
}

/* Target: type = 1 a varint from 1 to 5, then the member of that number's name, field type + 1. */
static bool is_target(struct cursor c)
{
	struct wire_field f;
	uint64_t type;

	if (!wire_next(&c, &f) || f.number != 1 || f.type != WIRE_VARINT || f.value < 1 || f.value > 5)
		return false;
	type = f.value;
	return wire_next(&c, &f) && f.number == type + 1 && f.type == WIRE_BYTES;
}

/* The first element may be longer than what a probe sees: then as much of it as there is. */
static struct cursor window(const char *p, size_t n, size_t at, uint64_t len)
{
	return cursor_make(p + at, len < n - at ? len : n - at);
}

/* A field header of the wire format in the window: its number, type and payload's beginning; a payload may reach beyond. */
static bool open_field(struct cursor *c, uint32_t *ret_number, uint64_t *ret_len)
{
	uint64_t tag = wire_varint(c);

	if (c->failed || (tag & 7) != WIRE_BYTES)
		return false;
	*ret_number = (uint32_t)(tag >> 3);
	*ret_len = wire_varint(c);
	return !c->failed;
}

/* type, then a rule (or another) whose first field is its name, a label. */
static bool looks_like_target(struct cursor c)
{
	uint32_t number;
	uint64_t len, type;

	if (is_target(c))
		return true;
	if (wire_varint(&c) != 8)
		return false;
	type = wire_varint(&c);
	if (c.failed || type < 1 || type > 5)
		return false;
	return open_field(&c, &number, &len) && number == type + 1;
}

static bool probe_result(const char *p, size_t n, bool whole)
{
	struct cursor c = cursor_make(p, n);
	uint32_t number;
	uint64_t len;

	if (!n || p[0] != 0x0a || !open_field(&c, &number, &len) || number != 1 || (whole && len > n - c.pos))
		return false;
	c = window(p, n, c.pos, len);
	if (looks_like_target(c))
		return true;
	return open_field(&c, &number, &len) && number == 1 &&
	       looks_like_target(window((const char *)c.base, c.size, c.pos, len));
}

static bool probe_stream(const char *p, size_t n, bool whole)
{
	struct cursor c = cursor_make(p, n);
	uint64_t len = wire_varint(&c);

	if (c.failed || len < 6 || (whole && len > n - c.pos))
		return false;
	c = window(p, n, c.pos, len);
	return looks_like_target(c) && memmem(c.base, c.size < 64 ? c.size : 64, "//", 2);
}

const struct targets_reader targets_bazel_proto = { "Bazel query (proto)", probe_result, read_result };
const struct targets_reader targets_bazel_proto_stream = { "Bazel query (streamed proto)", probe_stream, read_stream };
