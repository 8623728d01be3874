/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `bazel aquery --output=proto`:
 *
 *	ActionGraphContainer { artifacts = 1; actions = 2; targets = 3; dep_set_of_files = 4; configuration = 5;
 *	                       aspect_descriptors = 6; rule_classes = 7; path_fragments = 8; }
 *	Artifact     { id = 1; path_fragment_id = 2; }
 *	Action       { target_id = 1; mnemonic = 4; repeated output_ids = 9; }     packed or not
 *	Target       { id = 1; label = 2; rule_class_id = 3; }
 *	PathFragment { id = 1; label = 2; parent_id = 3; }
 *
 * Source: bazelbuild/bazel src/main/protobuf/analysis_v2.proto.
 */
#include "base/wire.h"
#include "depgraph/targets/aquery.h"
#include "depgraph/targets/reader.h"

#include <errno.h>

static void read_action(struct aquery *a, struct cursor *c)
{
	struct cursor again = *c;
	struct wire_field f;
	uint64_t target = 0, artifact;
	bool wanted = false;

	while (wire_next(c, &f)) {
		if (f.number == 1)
			target = f.value;
		else if (f.number == 4 && f.type == WIRE_BYTES)
			wanted = aquery_wants((const char *)f.bytes.base, f.bytes.size);
	}
	while (wanted && !c->failed && wire_next(&again, &f)) {
		if (f.number == 9)
			while (wire_next_packed(&f, &artifact))
				aquery_output(a, target, artifact);
		c->failed = c->failed || f.bytes.failed;
	}
}

/* The three kinds of rows with the same shape: id = 1, then a number or a name, then a number. */
static void read_row(struct aquery *a, uint32_t table, struct cursor *c)
{
	uint64_t id = 0, second = 0, third = 0;
	struct cursor text = { 0 };
	struct wire_field f;

	while (wire_next(c, &f))
		switch (f.number) {
		case 1: id = f.value; break;
		case 2:
			second = f.value;
			text = f.bytes;
			break;
		case 3: third = f.value; break;
		default: break;
		}
	if (c->failed)
		return;
	if (table == 1)
		aquery_artifact(a, id, second);
	else if (table == 3)
		aquery_target(a, id, (const char *)text.base, text.size);
	else
		aquery_fragment(a, id, third, text.size ? (const char *)text.base : "", text.size);
}

static int read_aquery(struct target_builder *b, const struct targets_source *s, struct error *err)
{
	CLEANUP(aquery_release) struct aquery a = { .b = b };
	struct cursor c = cursor_make(s->data, s->size);
	struct wire_field f;

	while (wire_next(&c, &f)) {
		if (f.type != WIRE_BYTES)
			continue;
		if (f.number == 2)
			read_action(&a, &f.bytes);
		else if (f.number == 1 || f.number == 3 || f.number == 8)
			read_row(&a, f.number, &f.bytes);
		if (f.bytes.failed)
			return error_set_at(err, -EBADMSG, s->path, (uint64_t)((const char *)f.bytes.base - s->data) + f.bytes.pos,
					    "malformed message in field %u of the action graph", f.number);
	}
	if (c.failed)
		return error_set_at(err, -EBADMSG, s->path, c.pos, "malformed or cut off action graph");
	return aquery_finish(&a);
}

/* Artifact: id, path fragment; both small varints and nothing else but a flag. */
static bool probe(const char *p, size_t n, bool whole)
{
	struct cursor c = cursor_make(p, n);
	struct wire_field f, inner;
	unsigned seen = 0;

	(void)whole;
	if (n < 6 || p[0] != 0x0a || !wire_next(&c, &f) || f.type != WIRE_BYTES)
		return false;
	while (wire_next(&f.bytes, &inner)) {
		if (inner.type != WIRE_VARINT || inner.number < 1 || inner.number > 3)
			return false;
		seen |= 1u << inner.number;
	}
	return !f.bytes.failed && (seen & 6) == 6;
}

const struct targets_reader targets_aquery_proto = { "Bazel aquery (proto)", probe, read_aquery };
