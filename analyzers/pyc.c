/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Python's compiled modules (.pyc).
 *
 *   u16 magic number, "\r\n"     one number a change of the bytecode
 *   2.x, 3.0 to 3.2              u32 mtime of the source
 *   3.3 to 3.6                   u32 mtime, u32 size of the source
 *   3.7 and later (PEP 552)      u32 flags; bit 0 clear: mtime and size; set: 8 bytes hash of the source,
 *                                bit 1: check the source against it
 *   then the module's code object, marshalled (see marshal.c)
 *
 * Every code object is a group named after its function, every tuple, set and
 * dict a group within; groups are split when their bytes differ, so a module
 * costs one walk over its bytes.  The type byte of every object is a part of
 * its own named "FLAG_REF type": its top bit depends on reference counts.
 * Elements of sets are named by their value, because the order of a frozenset
 * follows the hash seed: what moved keeps its name.
 *
 * Source: CPython's Lib/importlib/_bootstrap_external.py (table of magic
 * numbers), PEP 552; files compiled by CPython 2.7 and 3.6 to 3.13.
 */
#include "analyzers/formats.h"
#include "analyzers/marshal.h"

#include <errno.h>
#include <stdio.h>

#define MAGIC_SIZE 4
#define FLAG_HASH_BASED 1
#define PARTS_MAX (1u << 20)

enum tag { TAG_NONE, TAG_OBJECT, TAG_SIZE, TAG_COUNT, TAG_PAYLOAD, TAG_REF };

/* What the strings in an object are; kept in the tags of groups, for the objects within. */
enum role { ROLE_VALUE, ROLE_NAME, ROLE_PATH, ROLE_RAW };
#define TAG_OF(p) ((enum tag)((p)->tag & 0xff))
#define ROLE_OF(p) ((enum role)((p)->tag >> 8))

/* Magic numbers of a Python, all its pre-releases included. */
static const struct magic_range {
	uint16_t first, last;
	uint8_t header;
	enum code_layout layout;
	bool lnotab;
} magic_ranges[] = {
	{ 62011, 62219, 8, CODE_2_3, true },   /* 2.3 to 2.7 */
	{ 3000, 3189, 8, CODE_3_0, true },     /* 3.0 to 3.2 */
	{ 3190, 3391, 12, CODE_3_0, true },    /* 3.3 to 3.7a3 */
	{ 3392, 3409, 16, CODE_3_0, true },    /* 3.7, first 3.8 alphas */
	{ 3410, 3429, 16, CODE_3_8, true },    /* 3.8, 3.9 */
	{ 3430, 3449, 16, CODE_3_8, false },   /* 3.10 */
	{ 3450, 3699, 16, CODE_3_11, false },  /* 3.11 to 3.15 */
};

static const struct magic_range *find_magic(const uint8_t *data, uint64_t size)
{
	unsigned number;
	size_t i;

	if (size < MAGIC_SIZE || data[2] != '\r' || data[3] != '\n')
		return NULL;
	number = load_le16(data);
	for (i = 0; i < sizeof(magic_ranges) / sizeof(magic_ranges[0]); i++)
		if (number >= magic_ranges[i].first && number <= magic_ranges[i].last)
			return &magic_ranges[i];
	return NULL;
}

static bool pyc_probe(const uint8_t *data, uint64_t size)
{
	const struct magic_range *range = find_magic(data, size);

	return range && size > range->header && (data[range->header] & ~MARSHAL_FLAG_REF) == 'c';
}

/* Parts of one window are added in the coordinates of the whole file, in which marshal_read() thinks. */
struct emit {
	struct layout *l;
	const struct marshal *m;
	uint64_t start; /* the window's, in the file */
};

static struct part *add(struct emit *e, uint64_t at, uint64_t len, enum part_kind kind, const char *name, unsigned tag)
{
	struct part *p = layout_add(e->l, at - e->start, len, kind, name);

	if (p)
		p->tag = tag;
	return p;
}

static void add_field(struct emit *e, uint64_t at, uint64_t len, const char *name, enum meaning m, enum coding c,
		      unsigned tag)
{
	struct part *p = layout_field(e->l, at - e->start, len, name, m, c);

	if (!p)
		return;
	p->tag = tag;
	p->recomputes = tag == TAG_SIZE || tag == TAG_COUNT;
}

static bool is_text(const struct marshal *m, uint8_t type)
{
	return strchr("utaAzZ", type) || (type == 's' && m->layout == CODE_2_3);
}

static void add_payload(struct emit *e, const struct marshal_object *o, const char *name, enum role role)
{
	bool text = is_text(e->m, o->type);

	if (role == ROLE_PATH && text)
		add_field(e, o->payload, o->payload_size, name, MEANS_PATH, CODED_BYTES, TAG_PAYLOAD);
	else if (role == ROLE_NAME && text)
		add_field(e, o->payload, o->payload_size, name, MEANS_NAME, CODED_BYTES, TAG_PAYLOAD);
	else if (role != ROLE_RAW && text)
		(void)add(e, o->payload, o->payload_size, PART_TEXT, name, TAG_PAYLOAD);
	else if (o->type == 'r' || o->type == 'R')
		add_field(e, o->payload, o->payload_size, "ref index", MEANS_OFFSET, CODED_LE, TAG_REF);
	else if (o->type == 'i' || o->type == 'I')
		add_field(e, o->payload, o->payload_size, name, MEANS_NOTHING, CODED_LE, TAG_PAYLOAD);
	else if (strchr("gyflx", o->type))
		add_field(e, o->payload, o->payload_size, name, MEANS_NOTHING, CODED_BYTES, TAG_PAYLOAD);
	else
		(void)add(e, o->payload, o->payload_size, PART_RAW, name, TAG_PAYLOAD);
}

static void add_type(struct emit *e, const struct marshal_object *o)
{
	add_field(e, o->at, 1, "FLAG_REF type", MEANS_FLAGS, CODED_LE, TAG_NONE);
}

static void add_simple(struct emit *e, const struct marshal_object *o, const char *name, enum role role)
{
	char size_name[160];

	add_type(e, o);
	if (o->length_size) {
		snprintf(size_name, sizeof(size_name), "%s size", name);
		add_field(e, o->length, o->length_size, size_name, MEANS_SIZE, CODED_LE,
			  o->type == 'l' ? TAG_NONE : TAG_SIZE);
	}
	add_payload(e, o, name, role);
}

static bool is_simple(const struct marshal_object *o)
{
	return !o->children && !o->code && !strchr("()[<>", o->type);
}

/* The object at *pos, and moves over it. What holds others becomes a group, and so does everything when `group`. */
static bool add_object(struct emit *e, uint64_t *pos, const char *name, enum role role, bool group)
{
	uint64_t start = *pos, end = *pos;
	struct marshal_object o;
	char text[128];
	bool ok;

	if (!marshal_read(e->m, start, &o))
		return false;
	if (is_simple(&o) && !group) {
		add_simple(e, &o, name, role);
		*pos = o.payload + o.payload_size;
		return true;
	}
	ok = marshal_skip(e->m, &end);
	if (!ok)
		end = e->start + e->l->size; /* what can be read of it is shown */
	if (o.code) {
		marshal_preview(e->m, &o, text, sizeof(text));
		name = text;
	}
	(void)add(e, start, end - start, PART_GROUP, name, TAG_OBJECT | (unsigned)role << 8);
	*pos = end;
	return ok;
}

static enum role member_role(const char *name)
{
	static const struct {
		const char *name;
		enum role role;
	} roles[] = {
		{ "co_filename", ROLE_PATH },    { "co_name", ROLE_NAME },     { "co_qualname", ROLE_NAME },
		{ "co_names", ROLE_NAME },       { "co_varnames", ROLE_NAME }, { "co_localsplusnames", ROLE_NAME },
		{ "co_freevars", ROLE_NAME },    { "co_cellvars", ROLE_NAME }, { "co_code", ROLE_RAW },
		{ "co_lnotab", ROLE_RAW },       { "co_linetable", ROLE_RAW }, { "co_exceptiontable", ROLE_RAW },
		{ "co_localspluskinds", ROLE_RAW },
	};
	size_t i;

	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (!strcmp(roles[i].name, name))
			return roles[i].role;
	return ROLE_VALUE;
}

static bool split_code(struct emit *e, uint64_t pos)
{
	const struct code_member *member;

	for (member = marshal_members(e->m); member->name; member++) {
		if (!member->number) {
			if (!add_object(e, &pos, member->name, member_role(member->name), false))
				return false;
			continue;
		}
		if (e->m->size - pos < 4)
			return false;
		add_field(e, pos, 4, member->name, MEANS_NOTHING, CODED_LE, TAG_NONE);
		pos += 4;
	}
	return true;
}

/* The name of the n-th element: by place in a sequence, by value in a set. */
static bool name_element(const struct emit *e, const struct marshal_object *container, uint64_t pos, uint64_t n,
			 char *out, size_t size)
{
	struct marshal_object o;
	char text[96] = "";

	if (!marshal_read(e->m, pos, &o))
		return false;
	marshal_preview(e->m, &o, text, sizeof(text));
	if (container->type == '<' || container->type == '>')
		snprintf(out, size, "%s", text);
	else if (!is_simple(&o))
		snprintf(out, size, "[%llu] %.*s", (unsigned long long)n, (int)strcspn(text, "("), text);
	else
		snprintf(out, size, "[%llu]", (unsigned long long)n);
	return true;
}

static bool split_elements(struct emit *e, const struct marshal_object *o, uint64_t pos, enum role role)
{
	static const char *const slice[] = { "start", "stop", "step" };
	bool set = o->type == '<' || o->type == '>';
	uint64_t i, end = e->start + e->l->size;
	char name[128];

	for (i = 0; i < o->children && pos < end; i++) {
		if (e->l->count >= PARTS_MAX) {
			layout_note(e->l, pos - e->start, "more than %u parts", PARTS_MAX);
			(void)add(e, pos, end - pos, PART_RAW, "elements", TAG_NONE);
			return true;
		}
		if (!name_element(e, o, pos, o->type == '{' ? i / 2 : i, name, sizeof(name)))
			return false;
		if (!add_object(e, &pos, o->type == ':' ? slice[i] : name, role, set))
			return false;
	}
	return o->children == MARSHAL_UNTIL_NULL || i == o->children;
}

static int pyc_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	const struct marshal *m = l->priv;
	struct emit e = { .l = child, .m = m, .start = (uint64_t)(child->data - m->data) };
	struct marshal_object o;
	bool ok;

	child->priv = l->priv;
	if (!marshal_read(m, e.start, &o))
		return 0;
	if (is_simple(&o)) {
		add_simple(&e, &o, "value", ROLE_OF(p));
		return 0;
	}
	add_type(&e, &o);
	if (o.length_size)
		add_field(&e, o.length, o.length_size, "count", MEANS_COUNT, CODED_LE, TAG_COUNT);
	ok = o.code ? split_code(&e, o.payload) : split_elements(&e, &o, o.payload, ROLE_OF(p));
	if (!ok)
		layout_note(child, 0, "malformed marshal data");
	return 0;
}

static void split_header(struct layout *l, const struct magic_range *range)
{
	layout_field(l, 0, 2, "magic number", MEANS_VERSION, CODED_LE);
	layout_field(l, 2, 2, "magic end", MEANS_MAGIC, CODED_BYTES);
	if (range->header == 16) {
		layout_field(l, 4, 4, "flags", MEANS_FLAGS, CODED_LE);
		if (load_le32(l->data + 4) & FLAG_HASH_BASED) {
			layout_field(l, 8, 8, "source hash", MEANS_CHECKSUM, CODED_BYTES);
			return;
		}
	}
	layout_field(l, range->header == 16 ? 8 : 4, 4, "mtime", MEANS_TIME, CODED_LE);
	if (range->header > 8)
		layout_field(l, range->header - 4, 4, "source size", MEANS_SIZE, CODED_LE);
}

static int pyc_split(struct layout *l)
{
	const struct magic_range *range = find_magic(l->data, l->size);
	struct marshal *m = arena_alloc(&l->arena, sizeof(*m));
	struct emit e = { .l = l, .m = m };
	uint64_t end, pos;

	if (!m)
		return -ENOMEM;
	*m = (struct marshal){ .data = l->data, .size = l->size, .layout = range->layout, .lnotab = range->lnotab };
	l->priv = m;
	split_header(l, range);
	pos = end = range->header;
	if (!marshal_scan(m, &l->arena, &end))
		layout_note(l, end, "malformed marshal data");
	(void)add_object(&e, &pos, "code", ROLE_VALUE, false);
	return 0;
}

static uint64_t count_objects(const struct marshal *m, uint64_t pos, uint64_t end)
{
	uint64_t n = 0;

	while (pos < end && marshal_skip(m, &pos))
		n++;
	return n;
}

static bool pyc_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct marshal *m = l->priv;
	uint64_t start = (uint64_t)(l->data - m->data), next = p->off + p->len, v = 0;
	const struct part *payload;

	if (TAG_OF(p) == TAG_COUNT) {
		v = count_objects(m, start + next, start + l->size);
	} else if (TAG_OF(p) == TAG_SIZE) {
		payload = next < l->size ? layout_part_at(l, next) : NULL;
		if (payload && TAG_OF(payload) == TAG_PAYLOAD)
			v = payload->len;
	} else {
		return false;
	}
	store_uint(out, v, (unsigned)p->len, false);
	return true;
}

/* What a reference stands for. */
static bool pyc_context(const struct layout *l, const struct part *p, uint64_t off, char *out, size_t size)
{
	const struct marshal *m = l->priv;
	struct marshal_object o;
	char text[128];

	(void)off;
	if (TAG_OF(p) != TAG_REF || !marshal_read(m, (uint64_t)(l->data - m->data) + p->off - 1, &o))
		return false;
	marshal_preview(m, &o, text, sizeof(text));
	snprintf(out, size, "reference %u: %s", (unsigned)load_le32(m->data + o.payload), text);
	return true;
}

const struct analyzer pyc_analyzer = {
	.name = "pyc",
	.title = "Python compiled module",
	.probe = pyc_probe,
	.split = pyc_split,
	.split_part = pyc_split_part,
	.recompute = pyc_recompute,
	.context = pyc_context,
};
