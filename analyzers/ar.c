/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ar.c: ar archives: static libraries, Debian packages.
 *
 * "!<arch>\n", or "!<thin>\n" when the members stay outside, then members, each
 * at an even offset (a newline pads):
 *
 *	 0 name   16      28 uid  6 decimal     40 mode  8 octal     58 "`\n"
 *	16 mtime  12 dec  34 gid  6 decimal     48 size 10 decimal
 *
 * Names.  GNU and System V end a name by '/'; "/123" is an offset into the
 * member "//", where each name ends by "/\n".  BSD writes "#1/20": the first 20
 * bytes of the body are the name, padded by NULs, and count into the size.
 * Thin archives have all their names in "//", as paths, and no bodies but those
 * of the tables.
 *
 * Symbol tables.  GNU "/": count and offsets of the members' headers as 32-bit
 * big-endian numbers ("/SYM64/": 64 bits), then that many strings.  BSD
 * "__.SYMDEF": size of an array of (offset of name, offset of member), the
 * array, size of the strings, strings, in the target's byte order.  A second
 * "/" is Microsoft's, sorted by name.
 *
 * Facts: ar(5) of FreeBSD, binutils bfd/archive.c, "Microsoft PE and COFF
 * Specification" (archive file format), deb(5).
 *
 * Every member is a group named as the member; headers are split only when it
 * is opened.
 */
#include "analyzers/ar_private.h"
#include "analyzers/fields.h"
#include "analyzers/formats.h"

#include <errno.h>

#define MAGIC_SIZE 8
#define NAME_MAX_SHOWN 4096

/* Of the archive: where the long names are. */
struct archive {
	bool thin;
	unsigned tables; /* "/" seen so far */
	const uint8_t *names;
	uint64_t names_size;
};

/* Of one member, read from its header. */
struct member {
	enum ar_tag tag;
	uint64_t size;        /* as the header says */
	uint64_t name_inside; /* BSD: bytes of the body that are the name */
	uint64_t body;        /* bytes that stand in the archive, with the name */
	const char *name;
};

static bool ar_probe(const uint8_t *data, uint64_t size)
{
	return size >= MAGIC_SIZE && (memcmp(data, "!<arch>\n", 8) == 0 || memcmp(data, "!<thin>\n", 8) == 0);
}

static const char *trimmed(struct layout *l, const uint8_t *p, uint64_t n, char end)
{
	const uint8_t *stop = memchr(p, end, n);

	if (stop)
		n = (uint64_t)(stop - p);
	while (n && (p[n - 1] == ' ' || p[n - 1] == '\0' || p[n - 1] == '/'))
		n--;
	return arena_strndup(&l->arena, (const char *)p, n < NAME_MAX_SHOWN ? n : NAME_MAX_SHOWN);
}

/* "/123", in a thin archive also "/123:456" for a member of a nested archive. */
static bool long_name_offset(const uint8_t *field, uint64_t *ret)
{
	const uint8_t *colon = memchr(field, ':', 16);

	return field[0] == '/' && field[1] >= '0' && field[1] <= '9' &&
	       parse_ascii_uint(field + 1, colon ? (size_t)(colon - field - 1) : 15, 10, ret);
}

static enum ar_tag tag_of(const uint8_t *header, const char *name)
{
	if (memcmp(header, "//              ", 16) == 0)
		return AR_LONG_NAMES;
	if (memcmp(header, "/SYM64/ ", 8) == 0)
		return AR_SYMBOLS_64;
	if (memcmp(header, "/               ", 16) == 0)
		return AR_SYMBOLS_32;
	if (strcmp(name, "__.SYMDEF") == 0 || strcmp(name, "__.SYMDEF SORTED") == 0)
		return AR_RANLIB_32;
	if (strcmp(name, "__.SYMDEF_64") == 0 || strcmp(name, "__.SYMDEF_64 SORTED") == 0)
		return AR_RANLIB_64;
	return AR_MEMBER;
}

static const char *member_name(struct layout *l, const struct archive *a, const uint8_t *header,
			       uint64_t left, uint64_t *ret_inside)
{
	uint64_t off, len;

	if (memcmp(header, "#1/", 3) == 0 && parse_ascii_uint(header + 3, 13, 10, &len) &&
	    len <= left - AR_HEADER_SIZE) {
		*ret_inside = len;
		return trimmed(l, header + AR_HEADER_SIZE, len, '\0');
	}
	if (long_name_offset(header, &off) && off < a->names_size)
		return trimmed(l, a->names + off, a->names_size - off, '\n');
	return trimmed(l, header, 16, '\0');
}

/* Reads the header at `off`. false: none stands there. */
static bool read_member(struct layout *l, const struct archive *a, uint64_t off, struct member *ret)
{
	const uint8_t *header = l->data + off;
	struct member m = { 0 };

	if (l->size - off < AR_HEADER_SIZE || memcmp(header + 58, "`\n", 2) != 0 ||
	    !parse_ascii_uint(header + 48, 10, 10, &m.size))
		return false;
	m.name = member_name(l, a, header, l->size - off, &m.name_inside);
	if (!m.name)
		return false;
	m.tag = tag_of(header, m.name);
	m.body = a->thin && m.tag == AR_MEMBER ? 0 : m.size;
	if (m.name_inside > m.body)
		m.name_inside = 0;
	*ret = m;
	return true;
}

static const char *shown_name(struct archive *a, struct member *m)
{
	switch (m->tag) {
	case AR_SYMBOLS_32:
		if (a->tables++)
			m->tag = AR_SYMBOLS_PE;
		return m->tag == AR_SYMBOLS_PE ? "second symbol table" : "symbol table";
	case AR_SYMBOLS_64:
	case AR_RANLIB_32:
	case AR_RANLIB_64:
		return "symbol table";
	case AR_LONG_NAMES:
		return "long names";
	default:
		return m->name;
	}
}

static int ar_split(struct layout *l)
{
	struct archive *a = arena_alloc(&l->arena, sizeof(*a));
	uint64_t off = MAGIC_SIZE, len;
	struct member m;

	if (!a)
		return -ENOMEM;
	a->thin = l->data[2] == 't';
	l->priv = a;
	l->image = l; /* symbol tables refer to members by offset */
	(void)layout_field(l, 0, MAGIC_SIZE, "magic", MEANS_MAGIC, CODED_BYTES);
	while (off < l->size) {
		if (!read_member(l, a, off, &m)) {
			layout_note(l, off, "no member header");
			break;
		}
		if (m.tag == AR_LONG_NAMES && range_inside(off + AR_HEADER_SIZE, m.size, l->size)) {
			a->names = l->data + off + AR_HEADER_SIZE;
			a->names_size = m.size;
		}
		len = AR_HEADER_SIZE + m.body;
		if (len & 1 && len < l->size - off)
			len++;
		if (!layout_tagged(layout_add(l, off, len, PART_GROUP, shown_name(a, &m)), m.tag))
			return -ENOMEM;
		if (len > l->size - off)
			break;
		off += len;
	}
	return 0;
}

static void add_header(struct layout *l, const struct member *m)
{
	static const struct derived_spec specs[] = {
		{ "mtime", 12, MEANS_TIME, CODED_DEC, 0 }, { "uid", 6, MEANS_UID, CODED_DEC, 0 },
		{ "gid", 6, MEANS_GID, CODED_DEC, 0 },     { "mode", 8, MEANS_MODE, CODED_OCT, 0 },
		{ 0 },
	};
	uint64_t off;

	if (m->tag == AR_MEMBER && !m->name_inside && long_name_offset(l->data, &off))
		(void)layout_recomputed(l, 0, 16, "name offset", MEANS_OFFSET, CODED_BYTES, AR_NAME_OFFSET);
	else
		(void)layout_field(l, 0, 16, "name", MEANS_NAME, CODED_BYTES);
	layout_derived_fields(l, 16, specs);
	/* A thin archive's size is that of a file elsewhere. */
	if (m->body == m->size)
		(void)layout_recomputed(l, 48, 10, "size", MEANS_SIZE, CODED_DEC, AR_SIZE);
	else
		(void)layout_field(l, 48, 10, "size", MEANS_SIZE, CODED_DEC);
	(void)layout_field(l, 58, 2, "end of header", MEANS_MAGIC, CODED_BYTES);
}

/* GNU's symbol table: count, offsets, names. */
static void add_symbols(struct layout *l, uint64_t off, uint64_t size, unsigned width)
{
	struct reference *ref = arena_alloc(&l->arena, sizeof(*ref));
	uint64_t count, offsets;
	struct part *p;

	if (size < width || !ref) {
		(void)layout_add(l, off, size, PART_RAW, "symbols");
		return;
	}
	count = load_uint(l->data + off, width, true);
	(void)layout_recomputed(l, off, width, "count", MEANS_COUNT, CODED_BE, AR_SYMBOL_COUNT);
	off += width;
	size -= width;
	if (mul_overflows(count, width, &offsets) || offsets > size) {
		layout_note(l, off, "the symbol table has no room for %llu symbols",
			    (unsigned long long)count);
		(void)layout_add(l, off, size, PART_RAW, "symbols");
		return;
	}
	p = layout_recomputed(l, off, offsets, "offsets", MEANS_OFFSET, CODED_BYTES, AR_SYMBOL_OFFSETS);
	if (p) {
		*ref = (struct reference){ .kind = REFERS_FILE_OFFSET, .width = (uint8_t)width, .big = true,
					   .aligned = true, .target = REFERENCE_NONE };
		p->references = ref;
		p->reference_count = 1;
	}
	p = layout_tagged(layout_add(l, off + offsets, size - offsets, PART_STRINGS, "names"),
			  AR_SYMBOL_NAMES);
	if (p)
		p->recomputes = true;
}

static const struct record_field ranlib_32_fields[] = {
	{ "name", 0, 4, MEANS_OFFSET, CODED_LE, { 0 } },
	{ "member", 4, 4, MEANS_OFFSET, CODED_LE, { .kind = REFERS_FILE_OFFSET, .width = 4, .target = REFERENCE_NONE } },
	{ NULL, 0, 0, MEANS_NOTHING, CODED_BYTES, { 0 } },
};
static const struct record_field ranlib_64_fields[] = {
	{ "name", 0, 8, MEANS_OFFSET, CODED_LE, { 0 } },
	{ "member", 8, 8, MEANS_OFFSET, CODED_LE, { .kind = REFERS_FILE_OFFSET, .width = 8, .target = REFERENCE_NONE } },
	{ NULL, 0, 0, MEANS_NOTHING, CODED_BYTES, { 0 } },
};
static const struct record_type ranlib_32 = { "symbol", 8, ranlib_32_fields };
static const struct record_type ranlib_64 = { "symbol", 16, ranlib_64_fields };

/* BSD's; little-endian, as all its targets are today. */
static void add_ranlib(struct layout *l, uint64_t off, uint64_t size, unsigned width)
{
	uint64_t array = size >= width ? load_uint(l->data + off, width, false) : 0;
	struct part *p;

	if (size < 2 * width || array > size - 2 * width || array % (2 * width)) {
		(void)layout_add(l, off, size, PART_RAW, "symbols");
		return;
	}
	(void)layout_field(l, off, width, "ranlib size", MEANS_SIZE, CODED_LE);
	p = layout_add(l, off + width, array, PART_RECORDS, "ranlib");
	if (p)
		p->records = width == 4 ? &ranlib_32 : &ranlib_64;
	(void)layout_field(l, off + width + array, width, "strings size", MEANS_SIZE, CODED_LE);
	(void)layout_add(l, off + 2 * width + array, size - 2 * width - array, PART_STRINGS, "names");
}

static void add_body(struct layout *l, const struct member *m, uint64_t off, uint64_t size)
{
	switch (m->tag) {
	case AR_SYMBOLS_32:
	case AR_SYMBOLS_64:
		add_symbols(l, off, size, m->tag == AR_SYMBOLS_64 ? 8 : 4);
		break;
	case AR_RANLIB_32:
	case AR_RANLIB_64:
		add_ranlib(l, off, size, m->tag == AR_RANLIB_64 ? 8 : 4);
		break;
	case AR_SYMBOLS_PE:
		(void)layout_add(l, off, size, PART_RAW, "symbols");
		break;
	case AR_LONG_NAMES: {
		struct part *p = layout_add(l, off, size, PART_TEXT, "names");

		if (p)
			p->meaning = MEANS_PATH;
		break;
	}
	default:
		(void)layout_add(l, off, size, PART_CONTENT, "body");
	}
}

static int ar_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	struct member *m = arena_alloc(&child->arena, sizeof(*m));
	uint64_t body;

	if (!m)
		return -ENOMEM;
	if (!read_member(child, l->priv, 0, m))
		return 0;
	m->tag = p->tag;
	child->priv = m;
	add_header(child, m);
	body = m->body < child->size - AR_HEADER_SIZE ? m->body : child->size - AR_HEADER_SIZE;
	if (body < m->body)
		layout_note(child, AR_HEADER_SIZE, "the member is cut: %llu of %llu bytes are there",
			    (unsigned long long)body, (unsigned long long)m->body);
	if (m->name_inside <= body)
		(void)layout_field(child, AR_HEADER_SIZE, m->name_inside, "long name", MEANS_NAME,
				   CODED_BYTES);
	else
		m->name_inside = 0;
	add_body(child, m, AR_HEADER_SIZE + m->name_inside, body - m->name_inside);
	(void)layout_add(child, AR_HEADER_SIZE + body, child->size - AR_HEADER_SIZE - body, PART_PADDING,
			 "padding");
	return 0;
}

/* Where the table of long names has this one: at the start of a line. */
static bool find_long_name(const struct archive *a, const char *name, uint64_t *ret)
{
	uint64_t off = 0, len = strlen(name);
	const uint8_t *end;

	while (off < a->names_size) {
		end = memchr(a->names + off, '\n', a->names_size - off);
		if (!end)
			return false;
		if ((uint64_t)(end - a->names) - off >= len && memcmp(a->names + off, name, len) == 0 &&
		    (end == a->names + off + len || (end == a->names + off + len + 1 && end[-1] == '/'))) {
			*ret = off;
			return true;
		}
		off = (uint64_t)(end - a->names) + 1;
	}
	return false;
}

static bool recompute_symbols(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct member *m = l->priv;
	unsigned width = m->tag == AR_SYMBOLS_64 ? 8 : 4;
	CLEANUP(ar_symbols_release)
	struct ar_symbols s = { .offsets = BUFFER_INIT(0), .names = BUFFER_INIT(0) };
	const struct buffer *b;

	/* A thin archive's members are elsewhere. */
	if (!l->parent || ((const struct archive *)l->parent->priv)->thin ||
	    ar_symbols(l->parent, width, &s) < 0)
		return false;
	if (p->tag == AR_SYMBOL_COUNT) {
		store_uint(out, s.count, width, true);
		return true;
	}
	b = p->tag == AR_SYMBOL_OFFSETS ? &s.offsets : &s.names;
	/* The names may be followed by a NUL that makes their length even. */
	if (b->len > p->len || p->len - b->len > (p->tag == AR_SYMBOL_NAMES ? 7 : 0))
		return false;
	memset(out, 0, p->len);
	if (b->len)
		memcpy(out, b->data, b->len);
	return true;
}

static bool ar_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct member *m = l->priv;
	uint64_t off;

	switch (p->tag) {
	case AR_NAME_OFFSET:
		if (!l->parent || !find_long_name(l->parent->priv, m->name, &off) || memchr(l->data, ':', 16))
			return false;
		out[0] = '/';
		memset(out + 1, ' ', 15);
		return field_digits((const uint8_t *)"0              ", 15, 10, off, out + 1);
	case AR_SIZE:
		return field_digits(part_data(l, p), p->len, 10, m->body, out);
	case AR_SYMBOL_COUNT:
	case AR_SYMBOL_OFFSETS:
	case AR_SYMBOL_NAMES:
		return recompute_symbols(l, p, out);
	default:
		return false;
	}
}

const struct analyzer ar_analyzer = {
	.name = "ar",
	.title = "ar archive",
	.probe = ar_probe,
	.split = ar_split,
	.split_part = ar_split_part,
	.recompute = ar_recompute,
};
