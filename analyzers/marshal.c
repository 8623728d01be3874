/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marshal: the serialisation of constants and code objects in a .pyc.
 *
 *   N F T S . 0       None, False, True, StopIteration, Ellipsis, NULL: nothing follows
 *   i I g y           4, 8, 8, 16 bytes: numbers
 *   f x               one, two texts with a u8 length: numbers of Python 2
 *   l                 i32 n: |n| digits of 15 bits, u16 each
 *   s t u a A         u32 size, bytes (t, A: interned; u, t: UTF-8; a, A: ASCII)
 *   z Z               u8 size, ASCII (Z: interned)
 *   ( [ < >           u32 count, objects: tuple, list, set, frozenset
 *   )                 u8 count, objects: tuple
 *   {                 key, value, key, value... and a '0'
 *   :                 three objects: slice (3.14)
 *   c                 code object: numbers and objects in a fixed order
 *   r                 u32: the object with that index among those that have FLAG_REF
 *   R                 u32: the same among the interned strings (Python 2)
 *
 * Bit 7 of a type byte, FLAG_REF (3.4 and later), gives the object the next
 * index.  The writer sets it when the object's reference count is above one,
 * which is why equal sources can give files that differ in exactly that bit
 * and in the indexes that shift by it.  Indexes count in the order in which
 * objects start.
 *
 * Source: CPython's Python/marshal.c of 2.7 to 3.14 and its documentation.
 */
#include "analyzers/marshal.h"

#include "base/buffer.h"
#include "base/bytes.h"

#include <stdio.h>

#define REFS_MAX (1u << 24)

#define NUMBER(member) { member, true }
#define OBJECT(member) { member, false }
#define MEMBERS_OF_OLD_CODE                                                                                   \
	NUMBER("co_nlocals"), NUMBER("co_stacksize"), NUMBER("co_flags"), OBJECT("co_code"), OBJECT("co_consts"), \
		OBJECT("co_names"), OBJECT("co_varnames"), OBJECT("co_freevars"), OBJECT("co_cellvars"),          \
		OBJECT("co_filename"), OBJECT("co_name"), NUMBER("co_firstlineno")

static const struct code_member code_2_3[] = {
	NUMBER("co_argcount"), MEMBERS_OF_OLD_CODE, OBJECT("co_lnotab"), { NULL, false },
};

static const struct code_member code_3_0[] = {
	NUMBER("co_argcount"), NUMBER("co_kwonlyargcount"), MEMBERS_OF_OLD_CODE, OBJECT("co_lnotab"), { NULL, false },
};

static const struct code_member code_3_8[] = {
	NUMBER("co_argcount"), NUMBER("co_posonlyargcount"), NUMBER("co_kwonlyargcount"), MEMBERS_OF_OLD_CODE,
	OBJECT("co_lnotab"),   { NULL, false },
};

static const struct code_member code_3_10[] = {
	NUMBER("co_argcount"),  NUMBER("co_posonlyargcount"), NUMBER("co_kwonlyargcount"), MEMBERS_OF_OLD_CODE,
	OBJECT("co_linetable"), { NULL, false },
};

static const struct code_member code_3_11[] = {
	NUMBER("co_argcount"),   NUMBER("co_posonlyargcount"),  NUMBER("co_kwonlyargcount"),
	NUMBER("co_stacksize"),  NUMBER("co_flags"),            OBJECT("co_code"),
	OBJECT("co_consts"),     OBJECT("co_names"),            OBJECT("co_localsplusnames"),
	OBJECT("co_localspluskinds"), OBJECT("co_filename"),    OBJECT("co_name"),
	OBJECT("co_qualname"),   NUMBER("co_firstlineno"),      OBJECT("co_linetable"),
	OBJECT("co_exceptiontable"), { NULL, false },
};

const struct code_member *marshal_members(const struct marshal *m)
{
	switch (m->layout) {
	case CODE_2_3:
		return code_2_3;
	case CODE_3_0:
		return code_3_0;
	case CODE_3_8:
		return m->lnotab ? code_3_8 : code_3_10;
	default:
		return code_3_11;
	}
}

/* A length field of `width` bytes, then that many bytes. */
static void read_sized(struct cursor *c, unsigned width, struct marshal_object *o)
{
	o->length = c->pos;
	o->length_size = width;
	o->payload_size = cursor_uint(c, width);
	o->payload = c->pos;
	cursor_skip(c, o->payload_size);
}

static void read_count(struct cursor *c, unsigned width, struct marshal_object *o)
{
	o->length = c->pos;
	o->length_size = width;
	o->children = cursor_uint(c, width);
}

static void read_fixed(struct cursor *c, unsigned size, struct marshal_object *o)
{
	o->payload = c->pos;
	o->payload_size = size;
	cursor_skip(c, size);
}

/* 'l': the sign of the count is the number's. */
static void read_long(struct cursor *c, struct marshal_object *o)
{
	int32_t n;

	o->length = c->pos;
	o->length_size = 4;
	n = (int32_t)cursor_u32(c);
	o->payload = c->pos;
	o->payload_size = 2 * (uint64_t)(n < 0 ? -(int64_t)n : n);
	cursor_skip(c, o->payload_size);
}

static void read_text_complex(struct cursor *c, struct marshal_object *o)
{
	o->payload = c->pos;
	cursor_skip(c, cursor_u8(c));
	cursor_skip(c, cursor_u8(c));
	o->payload_size = c->pos - o->payload;
}

static bool read_body(struct cursor *c, struct marshal_object *o)
{
	switch (o->type) {
	case 'N': case 'F': case 'T': case 'S': case '.': case '0':
		return true;
	case 'i': case 'r': case 'R':
		read_fixed(c, 4, o);
		return true;
	case 'I': case 'g':
		read_fixed(c, 8, o);
		return true;
	case 'y':
		read_fixed(c, 16, o);
		return true;
	case 'f':
		read_sized(c, 1, o);
		return true;
	case 'x':
		read_text_complex(c, o);
		return true;
	case 'l':
		read_long(c, o);
		return true;
	case 's': case 't': case 'u': case 'a': case 'A':
		read_sized(c, 4, o);
		return true;
	case 'z': case 'Z':
		read_sized(c, 1, o);
		return true;
	case '(': case '[': case '<': case '>':
		read_count(c, 4, o);
		return true;
	case ')':
		read_count(c, 1, o);
		return true;
	case '{':
		o->children = MARSHAL_UNTIL_NULL;
		return true;
	case ':':
		o->children = 3;
		return true;
	case 'c':
		o->code = true;
		return true;
	default:
		return false;
	}
}

bool marshal_read(const struct marshal *m, uint64_t at, struct marshal_object *ret)
{
	struct cursor c = cursor_make(m->data, m->size);
	struct marshal_object o = { .at = at };

	cursor_seek(&c, at);
	o.type = cursor_u8(&c) & (uint8_t)~MARSHAL_FLAG_REF;
	if (c.failed || !read_body(&c, &o) || c.failed)
		return false;
	if (!o.payload)
		o.payload = c.pos;
	*ret = o;
	return true;
}

struct walk {
	const struct marshal *m;
	struct marshal *refs; /* NULL: do not remember */
	struct arena *arena;
	uint64_t pos;
	unsigned depth;
};

static void remember(struct walk *w, const struct marshal_object *o)
{
	struct marshal *m = w->refs;

	if (m->layout == CODE_2_3 ? o->type != 't' : !(m->data[o->at] & MARSHAL_FLAG_REF))
		return;
	if (m->ref_count == m->ref_cap) {
		size_t cap = m->ref_cap ? 2 * m->ref_cap : 256;
		uint32_t *refs = cap <= REFS_MAX ? arena_array(w->arena, cap, sizeof(*refs)) : NULL;

		if (!refs)
			return; /* later references cannot be resolved, nothing else is lost */
		if (m->ref_count)
			memcpy(refs, m->refs, m->ref_count * sizeof(*refs));
		m->refs = refs;
		m->ref_cap = cap;
	}
	m->refs[m->ref_count++] = (uint32_t)o->at;
}

static bool walk_object(struct walk *w);

static bool walk_code(struct walk *w)
{
	const struct code_member *member;

	for (member = marshal_members(w->m); member->name; member++) {
		if (!member->number) {
			if (!walk_object(w))
				return false;
		} else if (w->m->size - w->pos < 4) {
			return false;
		} else {
			w->pos += 4;
		}
	}
	return true;
}

static bool walk_children(struct walk *w, const struct marshal_object *o)
{
	uint64_t i;

	for (i = 0; i < o->children; i++) {
		bool end = o->children == MARSHAL_UNTIL_NULL && w->pos < w->m->size &&
			   (w->m->data[w->pos] & ~MARSHAL_FLAG_REF) == '0';

		if (!walk_object(w))
			return false;
		if (end)
			break;
	}
	return true;
}

/* Recursion ends at MARSHAL_DEPTH; the loops end because every object takes at least one byte. */
static bool walk_object(struct walk *w)
{
	struct marshal_object o;
	bool ok;

	if (w->depth >= MARSHAL_DEPTH || !marshal_read(w->m, w->pos, &o))
		return false;
	if (w->refs)
		remember(w, &o);
	w->pos = o.payload + o.payload_size;
	w->depth++;
	ok = o.code ? walk_code(w) : walk_children(w, &o);
	w->depth--;
	return ok;
}

bool marshal_skip(const struct marshal *m, uint64_t *pos)
{
	struct walk w = { .m = m, .pos = *pos };
	bool ok = walk_object(&w);

	*pos = w.pos;
	return ok;
}

bool marshal_scan(struct marshal *m, struct arena *a, uint64_t *pos)
{
	struct walk w = { .m = m, .refs = m, .arena = a, .pos = *pos };
	bool ok;

	ok = m->size <= UINT32_MAX && walk_object(&w);
	*pos = w.pos;
	return ok;
}

bool marshal_resolve(const struct marshal *m, const struct marshal_object *o, struct marshal_object *ret)
{
	uint32_t index;

	if (o->type != 'r' && o->type != 'R') {
		*ret = *o;
		return true;
	}
	index = load_le32(m->data + o->payload);
	/* An object that is referred to is never a reference itself. */
	return index < m->ref_count && marshal_read(m, m->refs[index], ret) && ret->type != 'r' && ret->type != 'R';
}

bool marshal_member(const struct marshal *m, uint64_t at, const char *name, struct marshal_object *ret)
{
	const struct code_member *member;
	struct marshal_object o;
	uint64_t pos;

	if (!marshal_read(m, at, &o) || !o.code)
		return false;
	pos = o.payload;
	for (member = marshal_members(m); member->name; member++) {
		if (!strcmp(member->name, name))
			return !member->number && marshal_read(m, pos, ret);
		if (member->number)
			pos += 4;
		else if (!marshal_skip(m, &pos))
			return false;
	}
	return false;
}

static void preview_text(struct buffer *b, const struct marshal *m, const struct marshal_object *o)
{
	if (o->type == 's')
		buffer_putc(b, 'b');
	buffer_putc(b, '\'');
	buffer_quote(b, m->data + o->payload, o->payload_size, 40);
	buffer_putc(b, '\'');
}

static void preview_code(struct buffer *b, const struct marshal *m, const struct marshal_object *o)
{
	struct marshal_object name;

	buffer_puts(b, "code ");
	if ((marshal_member(m, o->at, "co_qualname", &name) || marshal_member(m, o->at, "co_name", &name)) &&
	    marshal_resolve(m, &name, &name) && name.length_size && name.payload_size)
		buffer_quote(b, m->data + name.payload, name.payload_size, 80);
	else
		buffer_puts(b, "?");
}

static void preview_number(struct buffer *b, const struct marshal *m, const struct marshal_object *o)
{
	const uint8_t *p = m->data + o->payload;
	uint64_t bits;
	double v;

	if (o->type == 'i') {
		buffer_printf(b, "%d", (int)(int32_t)load_le32(p));
	} else if (o->type == 'g') {
		bits = load_le64(p);
		memcpy(&v, &bits, sizeof(v));
		buffer_printf(b, "%.17g", v);
	} else {
		buffer_puts(b, o->type == 'y' || o->type == 'x' ? "complex " : "number ");
		buffer_quote(b, p, o->payload_size, 16);
	}
}

static void preview(struct buffer *b, const struct marshal *m, const struct marshal_object *o)
{
	static const struct {
		char type;
		const char *text;
	} constants[] = { { 'N', "None" },          { 'F', "False" }, { 'T', "True" },
			  { 'S', "StopIteration" }, { '.', "..." },   { '0', "NULL" } };
	static const struct {
		char type;
		const char *text;
	} containers[] = { { '(', "tuple" }, { ')', "tuple" }, { '[', "list" },
			   { '<', "set" },   { '>', "frozenset" } };
	size_t i;

	for (i = 0; i < sizeof(constants) / sizeof(constants[0]); i++)
		if (constants[i].type == o->type)
			buffer_puts(b, constants[i].text);
	for (i = 0; i < sizeof(containers) / sizeof(containers[0]); i++)
		if (containers[i].type == o->type)
			buffer_printf(b, "%s(%llu)", containers[i].text, (unsigned long long)o->children);
	if (strchr("stuaAzZ", o->type))
		preview_text(b, m, o);
	else if (strchr("iIgylfx", o->type))
		preview_number(b, m, o);
	else if (o->type == 'c')
		preview_code(b, m, o);
	else if (o->type == '{')
		buffer_puts(b, "dict");
	else if (o->type == ':')
		buffer_puts(b, "slice");
}

void marshal_preview(const struct marshal *m, const struct marshal_object *o, char *out, size_t size)
{
	struct buffer b = BUFFER_INIT(4096);
	struct marshal_object target;

	if (marshal_resolve(m, o, &target))
		preview(&b, m, &target);
	else
		buffer_printf(&b, "reference %u", (unsigned)load_le32(m->data + o->payload));
	snprintf(out, size, "%s", buffer_str(&b));
	buffer_release(&b);
}
