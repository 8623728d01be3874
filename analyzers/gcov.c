/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcov.c: coverage notes (.gcno) and counts (.gcda), as gcc and clang write
 * them (gcc/gcov-io.h).
 *
 *	magic   u32, "gcno" or "gcda" read as a number in the writer's byte order
 *	version u32, likewise: "B22*" is gcc 12.2 ('A' counts tens), "408*" gcc 4.8 and clang
 *	stamp   u32, ties the notes, the counts and the object together
 *	checksum u32, since 12
 *	notes only: the working directory since 9, a flag since 8
 *	records: tag, length, payload; tag 0 ends them
 *
 * Lengths of records and strings count 32-bit words up to gcc 11, bytes since
 * 12; strings hold their NUL, and up to 11 are padded to words.  A negative
 * length of counters says that all are zero and not stored.  A function record
 * opens the records of its function, so function and what follows are one
 * group, named by the function (in counts: by its identifier).
 */
#include "analyzers/formats.h"

#include <errno.h>

#define HEADER_SIZE         12
#define RECORDS_MAX         (1u << 20)

#define TAG_FUNCTION        0x01000000u
#define TAG_BLOCKS          0x01410000u
#define TAG_ARCS            0x01430000u
#define TAG_LINES           0x01450000u
#define TAG_COUNTERS        0x01a10000u
#define TAG_OBJECT_SUMMARY  0xa1000000u
#define TAG_PROGRAM_SUMMARY 0xa3000000u

enum { GROUP_FUNCTION = 1, GROUP_RECORD };

struct gcov {
	bool big, notes;
	unsigned major, unit; /* unit: bytes that a length counts */
};

struct record {
	uint32_t tag;
	uint64_t off, end;
};

static bool read_header(const uint8_t *data, uint64_t size, struct gcov *ret)
{
	char magic[4], v[4];
	int i;

	if (size < HEADER_SIZE)
		return false;
	ret->big = data[0] == 'g';
	for (i = 0; i < 4; i++) {
		magic[i] = (char)data[ret->big ? i : 3 - i];
		v[i] = (char)data[4 + (ret->big ? i : 3 - i)];
	}
	ret->notes = memcmp(magic, "gcno", 4) == 0;
	if (!ret->notes && memcmp(magic, "gcda", 4) != 0)
		return false;
	if (v[1] < '0' || v[1] > '9' || v[2] < '0' || v[2] > '9')
		return false;
	if (v[0] >= 'A' && v[0] <= 'Z')
		ret->major = (unsigned)(v[0] - 'A') * 10 + (unsigned)(v[1] - '0');
	else if (v[0] >= '3' && v[0] <= '9')
		ret->major = (unsigned)(v[0] - '0');
	else
		return false;
	ret->unit = ret->major >= 12 ? 1 : 4;
	return true;
}

static bool gcov_probe(const uint8_t *data, uint64_t size)
{
	struct gcov g;

	return read_header(data, size, &g);
}

static struct cursor gcov_cursor(const struct layout *l, const struct gcov *g, uint64_t at)
{
	struct cursor c = cursor_make(l->data, l->size);

	c.big = g->big;
	cursor_seek(&c, at);
	return c;
}

static enum coding number(const struct gcov *g)
{
	return g->big ? CODED_BE : CODED_LE;
}

static bool is_counters(uint32_t tag)
{
	return (tag & 0xff01ffffu) == (TAG_COUNTERS & 0xff01ffffu) && tag >= TAG_COUNTERS;
}

static bool next_record(struct cursor *c, const struct gcov *g, struct record *ret)
{
	uint32_t len;

	ret->off = c->pos;
	ret->tag = cursor_u32(c);
	len = cursor_u32(c);
	if (is_counters(ret->tag) && len & 0x80000000u)
		len = 0;
	cursor_skip(c, (uint64_t)len * g->unit);
	ret->end = c->pos;
	return !c->failed && ret->tag;
}

/* A string: its bytes, and past it. NULL at the end of the window. */
static const char *read_string(struct cursor *c, const struct gcov *g, uint64_t *ret_len)
{
	uint64_t len = (uint64_t)cursor_u32(c) * g->unit;
	const char *s = (const char *)cursor_take(c, len);

	*ret_len = s ? strnlen(s, len) : 0;
	return s;
}

static void add_string(struct layout *l, struct cursor *c, const struct gcov *g, const char *name,
		       enum meaning m)
{
	uint64_t at = c->pos, len;
	struct part *p;

	if (!read_string(c, g, &len))
		return;
	p = layout_addf(l, at, 4, PART_FIELD, "%s length", name);
	if (p) {
		p->recomputes = true;
		p->meaning = MEANS_SIZE;
		p->coding = number(g);
	}
	(void)layout_field(l, at + 4, len, name, m, CODED_BYTES);
	(void)layout_add(l, at + 4 + len, c->pos - at - 4 - len, PART_PADDING, "padding");
}

static void add_word(struct layout *l, struct cursor *c, const struct gcov *g, const char *name,
		     enum meaning m)
{
	if (cursor_left(c) >= 4)
		(void)layout_field(l, c->pos, 4, name, m, number(g));
	cursor_skip(c, 4);
}

static const char *record_name(uint32_t tag)
{
	switch (tag) {
	case TAG_FUNCTION: return "function";
	case TAG_BLOCKS: return "blocks";
	case TAG_ARCS: return "arcs";
	case TAG_LINES: return "lines";
	case TAG_OBJECT_SUMMARY: return "object summary";
	case TAG_PROGRAM_SUMMARY: return "program summary";
	default: return is_counters(tag) ? "counters" : "record";
	}
}

static void add_function_group(struct layout *l, const struct gcov *g, uint64_t off, uint64_t end)
{
	struct cursor c = gcov_cursor(l, g, off + 8);
	uint32_t ident = cursor_u32(&c);
	const char *name = NULL;
	struct part *p;
	uint64_t len = 0;

	cursor_skip(&c, g->major >= 5 || g->notes ? 8 : 4);
	if (g->notes)
		name = read_string(&c, g, &len);
	if (name && len)
		p = layout_addf(l, off, end - off, PART_GROUP, "function %.*s", (int)(len & 0xfff), name);
	else
		p = layout_addf(l, off, end - off, PART_GROUP, "function %u", ident);
	if (p)
		p->tag = GROUP_FUNCTION;
}

/* Records to the end; a function takes the records up to the next function or summary with it. */
static void add_records(struct layout *l, const struct gcov *g, struct cursor *c)
{
	uint64_t function = 0;
	struct record r;
	unsigned n;

	for (n = 0; n < RECORDS_MAX && next_record(c, g, &r); n++) {
		bool inside = r.tag != TAG_FUNCTION && r.tag < TAG_OBJECT_SUMMARY;

		if (function && !inside) {
			add_function_group(l, g, function, r.off);
			function = 0;
		}
		if (r.tag == TAG_FUNCTION)
			function = r.off;
		else if (!function)
			(void)layout_group(l, r.off, r.end - r.off, GROUP_RECORD, record_name(r.tag));
	}
	if (function)
		add_function_group(l, g, function, r.off);
	if (range_inside(r.off, 4, l->size) && r.tag == 0)
		(void)layout_add(l, r.off, l->size - r.off, PART_PADDING, "end");
	else if (r.off < l->size)
		layout_note(l, r.off, "no whole record here");
}

static int gcov_split(struct layout *l)
{
	struct gcov *g = arena_alloc(&l->arena, sizeof(*g));
	struct cursor c;

	if (!g)
		return -ENOMEM;
	(void)read_header(l->data, l->size, g);
	l->priv = g;
	c = gcov_cursor(l, g, 0);
	add_word(l, &c, g, "magic", MEANS_MAGIC);
	add_word(l, &c, g, "version", MEANS_VERSION);
	add_word(l, &c, g, "stamp", MEANS_ID);
	if (g->major >= 12)
		add_word(l, &c, g, "checksum", MEANS_ID);
	if (g->notes && g->major >= 9)
		add_string(l, &c, g, "working directory", MEANS_PATH);
	if (g->notes && g->major >= 8)
		add_word(l, &c, g, "unexecuted blocks", MEANS_FLAGS);
	if (c.failed)
		layout_note(l, HEADER_SIZE, "the header is cut");
	else
		add_records(l, g, &c);
	return 0;
}

static void split_function_group(struct layout *l, const struct gcov *g)
{
	struct cursor c = gcov_cursor(l, g, 0);
	struct record r;
	unsigned n;

	for (n = 0; n < RECORDS_MAX && cursor_left(&c) && next_record(&c, g, &r); n++)
		(void)layout_group(l, r.off, r.end - r.off, GROUP_RECORD, record_name(r.tag));
}

static void add_function(struct layout *l, const struct gcov *g, struct cursor *c)
{
	add_word(l, c, g, "ident", MEANS_ID);
	add_word(l, c, g, "lineno_checksum", MEANS_ID);
	if (c->pos < l->size && (g->notes || g->major >= 5 || cursor_left(c) >= 4))
		add_word(l, c, g, "cfg_checksum", MEANS_ID);
	if (!g->notes || c->pos >= l->size)
		return;
	add_string(l, c, g, "name", MEANS_NAME);
	if (g->major >= 8)
		add_word(l, c, g, "artificial", MEANS_FLAGS);
	add_string(l, c, g, "source", MEANS_PATH);
	if (c->pos < l->size && !c->failed)
		(void)layout_add(l, c->pos, l->size - c->pos, PART_DATA, "lines and columns");
}

/* A block number, then line numbers; 0 and a name switch the file, 0 and an empty name end the list. */
static void add_lines(struct layout *l, const struct gcov *g, struct cursor *c)
{
	uint64_t run = c->pos, at, len;

	cursor_skip(c, 4);
	while (cursor_left(c) >= 4) {
		if (cursor_u32(c) != 0)
			continue;
		at = c->pos;
		if (!read_string(c, g, &len))
			break;
		if (len == 0)
			continue;
		c->pos = at;
		(void)layout_add(l, run, at - run, PART_DATA, "line numbers");
		add_string(l, c, g, "source", MEANS_PATH);
		run = c->pos;
	}
	if (run < l->size)
		(void)layout_add(l, run, l->size - run, PART_DATA, "line numbers");
}

static void split_record(struct layout *l, const struct gcov *g)
{
	struct cursor c = gcov_cursor(l, g, 0);
	uint32_t tag = cursor_u32(&c);

	(void)layout_field(l, 0, 4, "tag", MEANS_MAGIC, number(g));
	(void)layout_derived(l, 4, 4, "length", MEANS_SIZE, number(g));
	cursor_skip(&c, 4);
	if (tag == TAG_FUNCTION)
		add_function(l, g, &c);
	else if (tag == TAG_LINES)
		add_lines(l, g, &c);
	else if (is_counters(tag) && l->size > 8)
		(void)layout_add(l, 8, l->size - 8, PART_DATA, "counts");
	else if (l->size > 8)
		(void)layout_add(l, 8, l->size - 8, PART_DATA, "data");
}

static int gcov_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	const struct gcov *g = child->priv = l->priv;

	if (p->tag == GROUP_FUNCTION)
		split_function_group(child, g);
	else
		split_record(child, g);
	return 0;
}

/* What a string's length field says: bytes with the NUL, or words of which the last holds a NUL. */
static uint64_t string_length(const struct layout *l, const struct part *p, const struct gcov *g)
{
	uint64_t at = p->off + 4, len = strnlen((const char *)l->data + at, l->size - at);

	return g->unit == 1 ? len + 1 : len / 4 + 1;
}

static bool gcov_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct gcov *g = l->priv;

	if (p->len != 4)
		return false;
	if (strcmp(p->name, "length") != 0) {
		store_uint(out, string_length(l, p, g), 4, g->big);
		return true;
	}
	/* Counters that are all zero: the length tells how many, and nothing else does. */
	if (l->size < 8 || (l->size == 8 && is_counters((uint32_t)load_uint(l->data, 4, g->big))))
		return false;
	store_uint(out, (l->size - 8) / g->unit, 4, g->big);
	return true;
}

const struct analyzer gcov_analyzer = {
	.name = "gcov",
	.title = "gcov notes or counts",
	.probe = gcov_probe,
	.split = gcov_split,
	.split_part = gcov_split_part,
	.recompute = gcov_recompute,
};
