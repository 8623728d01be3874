/* SPDX-License-Identifier: Apache-2.0 */
/*
 * javaclass.c: Java class files (Java Virtual Machine Specification, chapter 4).
 *
 *	magic 0xcafebabe, minor u16, major u16, big-endian throughout
 *	constant pool: count u16, then count-1 entries of a tag byte and 2 to 8 bytes, or for
 *	               Utf8 a u16 length and modified UTF-8; Long and Double use two indices
 *	access_flags, this_class, super_class, interfaces, fields, methods, attributes
 *
 * A field or method is flags, name, descriptor and attributes; an attribute is
 * a name index, a u32 length and that many bytes, so that unknown ones can be
 * skipped.  Names are found through the pool, which the root keeps as the
 * offsets of its entries.  Major versions start at 45; the Mach-O fat magic is
 * the same number, and there the second word is a small count.
 */
#include "analyzers/formats.h"

#include <errno.h>

#define MAGIC       0xcafebabeu
#define MAJOR_FIRST 45
#define MAJOR_LAST  127
#define HEADER_SIZE 10
#define TAG_OF_UTF8 1

/* Only the attributes of a member may be Code: code in code in code would nest without end. */
enum { TAG_POOL = 1, TAG_MEMBER, TAG_ATTRIBUTE, TAG_MEMBER_ATTRIBUTE };

struct classfile {
	const uint8_t *data; /* the root's window */
	uint64_t size;
	uint32_t *entries; /* offset of each pool entry; 0: none */
	uint32_t count;
};

struct constant_type {
	const char *name;
	uint8_t len; /* of what follows the tag */
};

static const struct constant_type constant_types[] = {
	[1] = { "Utf8", 2 },           [3] = { "Integer", 4 },
	[4] = { "Float", 4 },          [5] = { "Long", 8 },
	[6] = { "Double", 8 },         [7] = { "Class", 2 },
	[8] = { "String", 2 },         [9] = { "Fieldref", 4 },
	[10] = { "Methodref", 4 },     [11] = { "InterfaceMethodref", 4 },
	[12] = { "NameAndType", 4 },   [15] = { "MethodHandle", 3 },
	[16] = { "MethodType", 2 },    [17] = { "Dynamic", 4 },
	[18] = { "InvokeDynamic", 4 }, [19] = { "Module", 2 },
	[20] = { "Package", 2 },
};

static const struct constant_type *constant_type(uint8_t tag)
{
	if (tag >= sizeof(constant_types) / sizeof(constant_types[0]) || !constant_types[tag].name)
		return NULL;
	return &constant_types[tag];
}

static bool javaclass_probe(const uint8_t *data, uint64_t size)
{
	uint64_t major;

	if (size < 24 || load_uint(data, 4, true) != MAGIC)
		return false;
	major = load_uint(data + 6, 2, true);
	return major >= MAJOR_FIRST && major <= MAJOR_LAST && load_uint(data + 8, 2, true) >= 2 &&
	       constant_type(data[HEADER_SIZE]);
}

/* Moves past one entry; *ret_tag is its type. */
static bool skip_constant(struct cursor *c, uint8_t *ret_tag)
{
	uint8_t tag = cursor_u8(c);
	const struct constant_type *t = constant_type(tag);

	if (c->failed || !t)
		return false;
	if (tag == TAG_OF_UTF8)
		cursor_skip(c, cursor_u16(c));
	else
		cursor_skip(c, t->len);
	*ret_tag = tag;
	return !c->failed;
}

static bool takes_two(uint8_t tag)
{
	return tag == 5 || tag == 6;
}

static bool read_pool(struct layout *l, struct classfile *f, struct cursor *c)
{
	uint32_t count = (uint32_t)load_uint(l->data + 8, 2, true), i;
	uint64_t start;
	uint8_t tag;

	f->entries = arena_array(&l->arena, count, sizeof(*f->entries));
	if (!f->entries)
		return false;
	f->count = count;
	for (i = 1; i < count; i++) {
		start = c->pos;
		if (!skip_constant(c, &tag))
			return false;
		f->entries[i] = (uint32_t)start;
		if (takes_two(tag))
			i++;
	}
	return true;
}

/* The text of a Utf8 entry; "?" when there is none. */
static const char *utf8_at(const struct classfile *f, uint32_t index, int *ret_len)
{
	const uint8_t *p;

	*ret_len = 1;
	if (index >= f->count || f->entries[index] == 0)
		return "?";
	p = f->data + f->entries[index];
	if (p[0] != TAG_OF_UTF8)
		return "?";
	*ret_len = (int)load_uint(p + 1, 2, true);
	return (const char *)p + 3;
}

static bool skip_attribute(struct cursor *c)
{
	cursor_skip(c, 2);
	cursor_skip(c, cursor_u32(c));
	return !c->failed;
}

static void add_attributes(struct layout *l, const struct classfile *f, struct cursor *c, uint32_t tag)
{
	uint32_t count, i, name;
	uint64_t start = c->pos;
	const char *text;
	struct part *p;
	int len;

	count = cursor_u16(c);
	(void)layout_derived(l, start, 2, "attributes_count", MEANS_COUNT, CODED_BE);
	for (i = 0; i < count; i++) {
		start = c->pos;
		if (!range_inside(start, 6, c->size) || !skip_attribute(c)) {
			layout_note(l, start, "attribute %u of %u does not fit", i, count);
			c->failed = true;
			return;
		}
		name = (uint32_t)load_uint(l->data + start, 2, true);
		text = utf8_at(f, name, &len);
		p = layout_addf(l, start, c->pos - start, PART_GROUP, "%.*s", len, text);
		if (p)
			p->tag = tag;
	}
}

/* Moves past a field or method and adds it as a group "KIND NAME DESCRIPTOR". */
static bool add_member(struct layout *l, const struct classfile *f, struct cursor *c, const char *kind)
{
	uint64_t start = c->pos;
	const char *name, *descriptor;
	uint32_t count, i;
	int name_len, descriptor_len;
	struct part *p;

	cursor_skip(c, 2);
	name = utf8_at(f, cursor_u16(c), &name_len);
	descriptor = utf8_at(f, cursor_u16(c), &descriptor_len);
	count = cursor_u16(c);
	for (i = 0; i < count && !c->failed; i++)
		(void)skip_attribute(c);
	if (c->failed)
		return false;
	p = layout_addf(l, start, c->pos - start, PART_GROUP, "%s %.*s%s%.*s", kind, name_len, name,
			kind[0] == 'f' ? " " : "", descriptor_len, descriptor);
	if (p)
		p->tag = TAG_MEMBER;
	return true;
}

static void add_members(struct layout *l, const struct classfile *f, struct cursor *c, const char *kind,
			const char *count_name)
{
	uint64_t at = c->pos;
	uint32_t count = cursor_u16(c), i;

	(void)layout_derived(l, at, 2, count_name, MEANS_COUNT, CODED_BE);
	for (i = 0; i < count; i++) {
		at = c->pos;
		if (!add_member(l, f, c, kind)) {
			layout_note(l, at, "%s %u of %u does not fit", kind, i, count);
			return;
		}
	}
}

static const struct field_spec head_fields[] = {
	{ "magic", 4, MEANS_MAGIC, CODED_BE },           { "minor_version", 2, MEANS_VERSION, CODED_BE },
	{ "major_version", 2, MEANS_VERSION, CODED_BE }, { "constant_pool_count", 2, MEANS_COUNT, CODED_BE },
	{ 0 },
};

static const struct field_spec class_fields[] = {
	{ "access_flags", 2, MEANS_FLAGS, CODED_BE },  { "this_class", 2, MEANS_NOTHING, CODED_BE },
	{ "super_class", 2, MEANS_NOTHING, CODED_BE }, { "interfaces_count", 2, MEANS_COUNT, CODED_BE },
	{ 0 },
};

static void add_class(struct layout *l, const struct classfile *f, struct cursor *c)
{
	uint64_t start = c->pos;
	uint32_t interfaces;

	cursor_skip(c, 6);
	interfaces = cursor_u16(c);
	layout_fields(l, start, class_fields);
	(void)layout_add(l, start + 8, interfaces * UINT64_C(2), PART_DATA, "interfaces");
	cursor_skip(c, interfaces * UINT64_C(2));
	if (!c->failed)
		add_members(l, f, c, "field", "fields_count");
	if (!c->failed)
		add_members(l, f, c, "method", "methods_count");
	if (!c->failed)
		add_attributes(l, f, c, TAG_ATTRIBUTE);
	if (c->failed)
		layout_note(l, start, "the class does not fit the file");
}

static int javaclass_split(struct layout *l)
{
	struct classfile *f = arena_alloc(&l->arena, sizeof(*f));
	struct cursor c = cursor_make(l->data, l->size);

	if (!f)
		return -ENOMEM;
	*f = (struct classfile){ .data = l->data, .size = l->size };
	l->priv = f;
	c.big = true;
	layout_fields(l, 0, head_fields);
	cursor_seek(&c, HEADER_SIZE);
	if (!read_pool(l, f, &c)) {
		layout_note(l, c.pos, "the constant pool does not fit the file");
		return 0;
	}
	(void)layout_group(l, HEADER_SIZE, c.pos - HEADER_SIZE, TAG_POOL, "constant_pool");
	add_class(l, f, &c);
	return 0;
}

static void split_pool(struct layout *l)
{
	struct cursor c = cursor_make(l->data, l->size);
	uint64_t start;
	uint8_t tag;

	c.big = true;
	while (cursor_left(&c)) {
		start = c.pos;
		if (!skip_constant(&c, &tag))
			return;
		(void)layout_field(l, start, c.pos - start, constant_type(tag)->name,
				   tag == TAG_OF_UTF8 ? MEANS_TEXT : MEANS_NOTHING, CODED_BYTES);
	}
}

static const struct field_spec member_fields[] = {
	{ "access_flags", 2, MEANS_FLAGS, CODED_BE },
	{ "name_index", 2, MEANS_NOTHING, CODED_BE },
	{ "descriptor_index", 2, MEANS_NOTHING, CODED_BE },
	{ 0 },
};

static void split_member(struct layout *l, const struct classfile *f)
{
	struct cursor c = cursor_make(l->data, l->size);

	c.big = true;
	layout_fields(l, 0, member_fields);
	cursor_seek(&c, 6);
	add_attributes(l, f, &c, TAG_MEMBER_ATTRIBUTE);
}

/* Code: max_stack, max_locals, u32 length and bytecode, exception table, attributes. */
static void add_code(struct layout *l, const struct classfile *f)
{
	struct cursor c = cursor_make(l->data, l->size);
	uint64_t code, table;

	c.big = true;
	cursor_seek(&c, 10);
	code = cursor_u32(&c);
	cursor_skip(&c, code);
	table = c.pos;
	cursor_skip(&c, cursor_u16(&c) * UINT64_C(8));
	if (c.failed) {
		(void)layout_add(l, 6, l->size - 6, PART_RAW, "info");
		return;
	}
	(void)layout_field(l, 6, 2, "max_stack", MEANS_COUNT, CODED_BE);
	(void)layout_field(l, 8, 2, "max_locals", MEANS_COUNT, CODED_BE);
	(void)layout_derived(l, 10, 4, "code_length", MEANS_SIZE, CODED_BE);
	(void)layout_add(l, 14, code, PART_CODE, "code");
	(void)layout_add(l, table, c.pos - table, PART_DATA, "exception_table");
	add_attributes(l, f, &c, TAG_ATTRIBUTE);
}

static void split_attribute(struct layout *l, const struct classfile *f, bool of_member)
{
	int len;
	const char *name = utf8_at(f, (uint32_t)load_uint(l->data, 2, true), &len);

	(void)layout_field(l, 0, 2, "attribute_name_index", MEANS_NOTHING, CODED_BE);
	(void)layout_derived(l, 2, 4, "attribute_length", MEANS_SIZE, CODED_BE);
	if (l->size == 6)
		return;
	if (of_member && len == 4 && memcmp(name, "Code", 4) == 0)
		add_code(l, f);
	else if (len == 10 && memcmp(name, "SourceFile", 10) == 0 && l->size == 8)
		(void)layout_field(l, 6, 2, "sourcefile_index", MEANS_NOTHING, CODED_BE);
	else if (len == 20 && memcmp(name, "SourceDebugExtension", 20) == 0)
		(void)layout_add(l, 6, l->size - 6, PART_TEXT, "info");
	else
		(void)layout_add(l, 6, l->size - 6, PART_RAW, "info");
}

static int javaclass_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	const struct classfile *f = child->priv = l->priv;

	if (p->tag == TAG_POOL)
		split_pool(child);
	else if (p->tag == TAG_MEMBER)
		split_member(child, f);
	else
		split_attribute(child, f, p->tag == TAG_MEMBER_ATTRIBUTE);
	return 0;
}

/* The groups of a kind: members, whose names begin with "field" or "method", or attributes. */
static uint64_t count_groups(const struct layout *l, bool members, const char *prefix)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->parts[i].tag >= TAG_MEMBER && (l->parts[i].tag == TAG_MEMBER) == members &&
		    strncmp(l->parts[i].name, prefix, strlen(prefix)) == 0)
			count++;
	return count;
}

static bool javaclass_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct part *code = layout_find(l, "code");
	uint64_t v;

	if (strcmp(p->name, "attribute_length") == 0)
		v = l->size - 6;
	else if (strcmp(p->name, "code_length") == 0)
		v = code ? code->len : 0;
	else if (strcmp(p->name, "attributes_count") == 0)
		v = count_groups(l, false, "");
	else
		v = count_groups(l, true, p->name[0] == 'f' ? "field " : "method ");
	store_uint(out, v, (unsigned)p->len, true);
	return true;
}

const struct analyzer javaclass_analyzer = {
	.name = "javaclass",
	.title = "Java class",
	.probe = javaclass_probe,
	.split = javaclass_split,
	.split_part = javaclass_split_part,
	.recompute = javaclass_recompute,
};
