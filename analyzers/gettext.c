/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gettext.c: message catalogues, .mo (GNU gettext manual, "The Format of GNU MO
 * Files").
 *
 *	magic 0x950412de in the writer's byte order, revision (major 0 or 1)
 *	N, offset of the table of originals, offset of the table of translations
 *	size and offset of a hash table
 *	tables: N pairs of length and offset; strings, NUL-terminated, lengths without the NUL
 *
 * The translation of the empty string is the header entry: lines "Key: value",
 * where POT-Creation-Date and PO-Revision-Date are copied from the sources.
 */
#include "analyzers/formats.h"

#include <errno.h>

#define MAGIC       0x950412deu
#define HEADER_SIZE 28
#define KEY_MAX     64

enum { TAG_HEADER_ENTRY = 1 };

struct catalogue {
	bool big;
	uint32_t revision, count, originals, translations, hash_size, hash;
};

static struct catalogue read_header(const uint8_t *data, uint64_t size)
{
	struct cursor c = cursor_make(data, size);
	struct catalogue m;

	m.big = c.big = cursor_u32(&c) != MAGIC;
	m.revision = cursor_u32(&c);
	m.count = cursor_u32(&c);
	m.originals = cursor_u32(&c);
	m.translations = cursor_u32(&c);
	m.hash_size = cursor_u32(&c);
	m.hash = cursor_u32(&c);
	return m;
}

static bool gettext_probe(const uint8_t *data, uint64_t size)
{
	struct catalogue m;

	if (size < HEADER_SIZE || (load_le32(data) != MAGIC && load_uint(data, 4, true) != MAGIC))
		return false;
	m = read_header(data, size);
	return m.revision >> 16 <= 1 && (m.revision & 0xffff) <= 1 && m.originals >= HEADER_SIZE;
}

#define STRING_RECORD(id, coded)                              \
	static const struct record_field id##_fields[] = {    \
		{ "length", 0, 4, MEANS_SIZE, coded, { 0 } }, \
		{ "offset",                                   \
		  4,                                          \
		  4,                                          \
		  MEANS_OFFSET,                               \
		  coded,                                      \
		  { .kind = REFERS_FILE_OFFSET,               \
		    .width = 4,                               \
		    .big = coded == CODED_BE,                 \
		    .target = REFERENCE_NONE } },             \
		{ 0 },                                        \
	};                                                    \
	static const struct record_type id = { "string", 8, id##_fields }

STRING_RECORD(string_little, CODED_LE);
STRING_RECORD(string_big, CODED_BE);

/* Where the strings of one table begin and end; they follow each other, in any order. */
static bool table_extent(const struct layout *l, const struct catalogue *m, uint64_t table, uint64_t *ret_off,
			 uint64_t *ret_end)
{
	struct cursor c = cursor_make(l->data, l->size);
	uint64_t off, end, first = UINT64_MAX, last = 0;
	uint32_t i;

	c.big = m->big;
	cursor_seek(&c, table);
	for (i = 0; i < m->count && !c.failed; i++) {
		end = cursor_u32(&c) + UINT64_C(1);
		off = cursor_u32(&c);
		end += off;
		if (c.failed || end > l->size)
			return false;
		first = off < first ? off : first;
		last = end > last ? end : last;
	}
	*ret_off = first;
	*ret_end = last;
	return !c.failed && first < last;
}

/* The header entry: the first original is empty, and the translation at its place is what we look for. */
static bool header_entry(const struct layout *l, const struct catalogue *m, uint64_t *ret_off,
			 uint64_t *ret_len)
{
	struct cursor c = cursor_make(l->data, l->size);

	c.big = m->big;
	cursor_seek(&c, m->originals);
	if (m->count == 0 || cursor_u32(&c) != 0)
		return false;
	cursor_seek(&c, m->translations);
	*ret_len = cursor_u32(&c);
	*ret_off = cursor_u32(&c);
	return !c.failed && *ret_len && range_inside(*ret_off, *ret_len, l->size);
}

static void add_table(struct layout *l, const struct catalogue *m, uint64_t off, const char *name)
{
	struct part *p = layout_add(l, off, m->count * UINT64_C(8), PART_RECORDS, name);

	if (p)
		p->records = m->big ? &string_big : &string_little;
}

static void add_strings(struct layout *l, const struct catalogue *m)
{
	uint64_t off, end, header, len;

	if (table_extent(l, m, m->originals, &off, &end))
		(void)layout_add(l, off, end - off, PART_STRINGS, "original strings");
	else if (m->count)
		layout_note(l, m->originals, "the table of originals does not fit the file");
	if (!table_extent(l, m, m->translations, &off, &end)) {
		if (m->count)
			layout_note(l, m->translations, "the table of translations does not fit the file");
		return;
	}
	if (header_entry(l, m, &header, &len) && header >= off) {
		(void)layout_add(l, off, header - off, PART_STRINGS, "translated strings");
		(void)layout_group(l, header, len, TAG_HEADER_ENTRY, "header entry");
		off = header + len;
	}
	(void)layout_add(l, off, end - off, PART_STRINGS, "translated strings");
}

static int gettext_split(struct layout *l)
{
	struct catalogue m = read_header(l->data, l->size);
	enum coding coding = m.big ? CODED_BE : CODED_LE;

	l->image = l;
	(void)layout_field(l, 0, 4, "magic", MEANS_MAGIC, coding);
	(void)layout_field(l, 4, 4, "revision", MEANS_VERSION, coding);
	(void)layout_field(l, 8, 4, "number of strings", MEANS_COUNT, coding);
	(void)layout_field(l, 12, 4, "offset of originals", MEANS_OFFSET, coding);
	(void)layout_derived(l, 16, 4, "offset of translations", MEANS_OFFSET, coding);
	(void)layout_field(l, 20, 4, "size of hash table", MEANS_SIZE, coding);
	(void)layout_derived(l, 24, 4, "offset of hash table", MEANS_OFFSET, coding);
	if (m.originals > HEADER_SIZE && m.originals <= l->size && (m.revision & 0xffff) == 1)
		(void)layout_add(l, HEADER_SIZE, m.originals - HEADER_SIZE, PART_DATA,
				 "system-dependent header");
	add_table(l, &m, m.originals, "table of originals");
	add_table(l, &m, m.translations, "table of translations");
	if (m.hash_size)
		(void)layout_add(l, m.hash, m.hash_size * UINT64_C(4), PART_DATA, "hash table");
	add_strings(l, &m);
	return 0;
}

static enum meaning key_meaning(const char *key, int len)
{
	static const struct {
		const char *key;
		enum meaning meaning;
	} keys[] = {
		{ "POT-Creation-Date", MEANS_TIME }, { "PO-Revision-Date", MEANS_TIME },
		{ "Last-Translator", MEANS_USER },   { "Project-Id-Version", MEANS_VERSION },
		{ "X-Generator", MEANS_VERSION },
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strlen(keys[i].key) == (size_t)len && memcmp(keys[i].key, key, (size_t)len) == 0)
			return keys[i].meaning;
	return MEANS_TEXT;
}

/* A line is one field, named by its key, so that a line that only one side has does not shift the others. */
static int gettext_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	uint64_t at, len;
	const char *line;
	const char *colon;
	struct part *field;
	int key;

	(void)l;
	(void)p;
	for (at = 0; at < child->size; at += len) {
		line = (const char *)child->data + at;
		colon = memchr(line, '\n', child->size - at);
		len = colon ? (uint64_t)(colon - line) + 1 : child->size - at;
		colon = memchr(line, ':', len < KEY_MAX ? len : KEY_MAX);
		key = colon ? (int)(colon - line) : 0;
		field = key ? layout_addf(child, at, len, PART_FIELD, "%.*s", key, line)
			    : layout_add(child, at, len, PART_FIELD, "line");
		if (field)
			field->meaning = key_meaning(line, key);
	}
	return 0;
}

/* The tables follow each other: originals, translations, hash table. */
static bool gettext_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	struct catalogue m = read_header(l->data, l->size);
	uint64_t before = p->off == 16 ? m.originals : m.translations;

	if (p->len != 4)
		return false;
	store_uint(out, before + m.count * UINT64_C(8), 4, m.big);
	return true;
}

const struct analyzer gettext_analyzer = {
	.name = "gettext",
	.title = "gettext message catalogue",
	.probe = gettext_probe,
	.split = gettext_split,
	.split_part = gettext_split_part,
	.recompute = gettext_recompute,
};
