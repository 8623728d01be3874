/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entries.c: writes and splits the plain form of an archive; see entries.h.
 */
#include "analyzers/entries.h"
#include "analyzers/fields.h"
#include "analyzers/formats.h"

#include <errno.h>

#define NAME_LONGEST 4000

enum { TAG_NONE, TAG_ENTRY, TAG_INDEX, TAG_FOOTER };

int entries_begin(struct entries_writer *w, struct spool *out)
{
	*w = (struct entries_writer){ .out = out, .index = BUFFER_INIT(ENTRIES_MAX * ENTRIES_INDEX_SIZE) };
	return spool_write(out, ENTRIES_MAGIC, ENTRIES_MAGIC_SIZE);
}

static int append_word(struct buffer *b, uint64_t v)
{
	uint8_t word[8];

	store_uint(word, v, 8, false);
	return buffer_append(b, word, 8);
}

/* Puts the entry that was being written into the index. */
static int close_entry(struct entries_writer *w)
{
	if (!w->header)
		return 0;
	(void)append_word(&w->index, w->header);
	(void)append_word(&w->index, w->header_len);
	w->count++;
	return append_word(&w->index, w->out->size - w->header - w->header_len);
}

int entries_header(struct entries_writer *w, const struct buffer *lines)
{
	int r = close_entry(w);

	if (r < 0)
		return r;
	w->header = w->out->size;
	w->header_len = lines->len + 1;
	r = spool_write(w->out, buffer_str(lines), lines->len);
	return r < 0 ? r : spool_write(w->out, "\n", 1);
}

int entries_body(struct entries_writer *w, const void *p, size_t n)
{
	return spool_write(w->out, p, n);
}

int entries_end(struct entries_writer *w)
{
	uint8_t footer[ENTRIES_FOOTER_SIZE];
	int r = close_entry(w);

	if (r < 0)
		return r;
	store_uint(footer, w->count, 8, false);
	store_uint(footer + 8, w->out->size, 8, false);
	memcpy(footer + 16, ENTRIES_END, ENTRIES_END_SIZE);
	r = spool_write(w->out, buffer_str(&w->index), w->index.len);
	return r < 0 ? r : spool_write(w->out, footer, sizeof(footer));
}

void entries_release(struct entries_writer *w)
{
	buffer_release(&w->index);
}

static bool read_footer(const uint8_t *data, uint64_t size, uint64_t *ret_count, uint64_t *ret_index)
{
	const uint8_t *footer = data + size - ENTRIES_FOOTER_SIZE;

	if (size < ENTRIES_MAGIC_SIZE + ENTRIES_FOOTER_SIZE ||
	    memcmp(data, ENTRIES_MAGIC, ENTRIES_MAGIC_SIZE) != 0 ||
	    memcmp(footer + 16, ENTRIES_END, ENTRIES_END_SIZE) != 0)
		return false;
	*ret_count = load_le64(footer);
	*ret_index = load_le64(footer + 8);
	return *ret_count <= ENTRIES_MAX && *ret_index >= ENTRIES_MAGIC_SIZE &&
	       *ret_index <= size - ENTRIES_FOOTER_SIZE &&
	       size - ENTRIES_FOOTER_SIZE - *ret_index == *ret_count * ENTRIES_INDEX_SIZE;
}

static bool entries_probe(const uint8_t *data, uint64_t size)
{
	uint64_t count, index;

	return read_footer(data, size, &count, &index);
}

/* The path as the first line has it. */
static int path_length(const uint8_t *p, uint64_t n)
{
	const uint8_t *end = n > 5 && memcmp(p, "path ", 5) == 0 ? memchr(p + 5, '\n', n - 5) : NULL;
	int len = end && end - p - 5 < NAME_LONGEST ? (int)(end - p - 5) : 0;

	while (len > 1 && p[5 + len - 1] == '/')
		len--;
	return len;
}

static int entries_split(struct layout *l)
{
	uint64_t count, index, i, end = ENTRIES_MAGIC_SIZE;

	if (!read_footer(l->data, l->size, &count, &index))
		return 0;
	(void)layout_field(l, 0, ENTRIES_MAGIC_SIZE, "magic", MEANS_MAGIC, CODED_BYTES);
	for (i = 0; i < count; i++) {
		const uint8_t *p = l->data + index + i * ENTRIES_INDEX_SIZE;
		uint64_t off = load_le64(p), lines = load_le64(p + 8), body = load_le64(p + 16);

		if (off != end || lines > index - off || body > index - off - lines)
			break;
		end = off + lines + body;
		(void)layout_tagged(layout_addf(l, off, lines + body, PART_GROUP, "%.*s",
						path_length(l->data + off, lines),
						(const char *)l->data + off + 5),
				    TAG_ENTRY);
	}
	(void)layout_recomputed(l, index, count * ENTRIES_INDEX_SIZE, "index", MEANS_OFFSET, CODED_BYTES,
				TAG_INDEX);
	(void)layout_recomputed(l, l->size - ENTRIES_FOOTER_SIZE, 16, "index place", MEANS_OFFSET,
				CODED_BYTES, TAG_FOOTER);
	(void)layout_field(l, l->size - ENTRIES_END_SIZE, ENTRIES_END_SIZE, "end", MEANS_MAGIC, CODED_BYTES);
	return 0;
}

static void understand(const char *key, size_t len, struct part *p)
{
	static const struct {
		const char *key;
		enum meaning meaning;
		enum coding coding;
	} keys[] = {
		{ "path", MEANS_PATH, CODED_BYTES },      { "type", MEANS_FLAGS, CODED_BYTES },
		{ "mode", MEANS_MODE, CODED_OCT },        { "mtime", MEANS_TIME, CODED_DEC_TEXT },
		{ "atime", MEANS_TIME, CODED_DEC_TEXT },  { "ctime", MEANS_TIME, CODED_DEC_TEXT },
		{ "birthtime", MEANS_TIME, CODED_DEC_TEXT },
		{ "uid", MEANS_UID, CODED_DEC },          { "gid", MEANS_GID, CODED_DEC },
		{ "uname", MEANS_USER, CODED_BYTES },     { "gname", MEANS_GROUP, CODED_BYTES },
		{ "size", MEANS_SIZE, CODED_DEC },        { "linkname", MEANS_PATH, CODED_BYTES },
		{ "hardlink", MEANS_PATH, CODED_BYTES },
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strlen(keys[i].key) == len && memcmp(keys[i].key, key, len) == 0) {
			p->meaning = keys[i].meaning;
			p->coding = keys[i].coding;
		}
}

/* "KEY " and the newline are padding around the value. Returns the line's length; 0: no line. */
static uint64_t add_line(struct layout *l, uint64_t off)
{
	const uint8_t *p = l->data + off, *end = memchr(p, '\n', l->size - off), *blank;
	struct part *part;
	int key;

	blank = end ? memchr(p, ' ', (size_t)(end - p)) : NULL;
	if (!blank || blank - p > 32)
		return 0;
	key = (int)(blank - p);
	(void)layout_addf(l, off, (uint64_t)key + 1, PART_PADDING, "%.*s key", key, (const char *)p);
	part = layout_addf(l, off + (uint64_t)key + 1, (uint64_t)(end - blank) - 1, PART_FIELD, "%.*s", key,
			   (const char *)p);
	if (part)
		understand((const char *)p, (size_t)key, part);
	(void)layout_addf(l, off + (uint64_t)(end - p), 1, PART_PADDING, "%.*s end", key, (const char *)p);
	return (uint64_t)(end - p) + 1;
}

static int entries_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	uint64_t off = 0, len;

	(void)l;
	(void)p;
	while (off < child->size && child->data[off] != '\n') {
		len = add_line(child, off);
		if (!len)
			return 0;
		off += len;
	}
	(void)layout_add(child, off, 1, PART_PADDING, "end of header");
	if (off + 1 < child->size)
		(void)layout_add(child, off + 1, child->size - off - 1, PART_CONTENT, "body");
	return 0;
}

/* Splitting has relied on index and footer, so what they say is what the content makes them. */
static bool entries_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	memcpy(out, part_data(l, p), p->len);
	return true;
}

const struct analyzer entries_analyzer = {
	.name = "entries",
	.title = "entries of an archive",
	.probe = entries_probe,
	.split = entries_split,
	.split_part = entries_split_part,
	.recompute = entries_recompute,
};
