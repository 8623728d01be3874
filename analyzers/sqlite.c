/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite.c: SQLite 3 databases (sqlite.org/fileformat2.html).
 *
 * A file is pages of one size; page 1 begins with the 100-byte database header.
 * Every write transaction adds one to the change counter and copies it to
 * version-valid-for, beside the version number of the library that wrote it.
 *
 * A b-tree page (first byte 2, 5, 10 or 13) is a header, an array of cell
 * pointers, unallocated space, and cells at the end.  Unallocated space keeps
 * what was deleted or never written: it is padding that may differ although no
 * row does.  Overflow, free-list and pointer-map pages have no mark of their
 * own and are compared as they are.
 */
#include "analyzers/formats.h"

#include <errno.h>

#define MAGIC       "SQLite format 3" /* and its NUL */
#define HEADER_SIZE 100
#define PAGES_MAX   (1u << 21)

enum { TAG_HEADER = 1, TAG_PAGE };

static uint32_t page_size(const uint8_t *data)
{
	uint32_t size = (uint32_t)load_uint(data + 16, 2, true);

	return size == 1 ? 65536 : size;
}

static bool sqlite_probe(const uint8_t *data, uint64_t size)
{
	uint32_t page;

	if (size < HEADER_SIZE || memcmp(data, MAGIC, 16) != 0)
		return false;
	page = page_size(data);
	return page >= 512 && (page & (page - 1)) == 0;
}

static int sqlite_split(struct layout *l)
{
	uint64_t page = page_size(l->data), at = HEADER_SIZE, end, n;
	struct part *p;

	(void)layout_group(l, 0, HEADER_SIZE, TAG_HEADER, "database header");
	for (n = 1; at < l->size && n <= PAGES_MAX; n++, at = end) {
		end = n * page < l->size ? n * page : l->size;
		p = layout_addf(l, at, end - at, end == n * page ? PART_GROUP : PART_RAW, "page %llu",
				(unsigned long long)n);
		if (p)
			p->tag = TAG_PAGE;
	}
	if (l->size % page)
		layout_note(l, l->size - l->size % page, "the last page is cut");
	if (at < l->size)
		(void)layout_add(l, at, l->size - at, PART_RAW, "more pages");
	return 0;
}

static const struct field_spec header_fields[] = {
	{ "magic", 16, MEANS_MAGIC, CODED_BYTES },
	{ "page size", 2, MEANS_SETTING, CODED_BE },
	{ "write version", 1, MEANS_VERSION, CODED_BE },
	{ "read version", 1, MEANS_VERSION, CODED_BE },
	{ "reserved space", 1, MEANS_SETTING, CODED_BE },
	{ "maximum payload fraction", 1, MEANS_NOTHING, CODED_BE },
	{ "minimum payload fraction", 1, MEANS_NOTHING, CODED_BE },
	{ "leaf payload fraction", 1, MEANS_NOTHING, CODED_BE },
	{ "file change counter", 4, MEANS_COUNTER, CODED_BE },
	{ "database size in pages", 4, MEANS_SIZE, CODED_BE },
	{ "first freelist page", 4, MEANS_OFFSET, CODED_BE },
	{ "freelist page count", 4, MEANS_COUNT, CODED_BE },
	{ "schema cookie", 4, MEANS_COUNTER, CODED_BE },
	{ "schema format", 4, MEANS_VERSION, CODED_BE },
	{ "default cache size", 4, MEANS_SETTING, CODED_BE },
	{ "largest root page", 4, MEANS_NOTHING, CODED_BE },
	{ "text encoding", 4, MEANS_SETTING, CODED_BE },
	{ "user version", 4, MEANS_VERSION, CODED_BE },
	{ "incremental vacuum", 4, MEANS_SETTING, CODED_BE },
	{ "application id", 4, MEANS_NOTHING, CODED_BE },
	{ "reserved", 20, MEANS_NOTHING, CODED_BYTES },
	{ "version-valid-for", 4, MEANS_COUNTER, CODED_BE },
	{ "SQLite version", 4, MEANS_VERSION, CODED_BE },
	{ 0 },
};

static void split_header(struct layout *l)
{
	struct part *p;

	layout_fields(l, 0, header_fields);
	for (p = l->parts; p < l->parts + l->count; p++)
		if (p->off == 28 || p->off == 92)
			p->recomputes = true;
}

static const struct field_spec page_fields[] = {
	{ "page type", 1, MEANS_NOTHING, CODED_BE },
	{ "first freeblock", 2, MEANS_OFFSET, CODED_BE },
	{ "cell count", 2, MEANS_COUNT, CODED_BE },
	{ "cell content start", 2, MEANS_OFFSET, CODED_BE },
	{ "fragmented free bytes", 1, MEANS_SIZE, CODED_BE },
	{ 0 },
};

/* Offsets in a page count from its start, for page 1 from the file's; `shift` is what the window lacks. */
static void split_page(struct layout *l, uint64_t shift)
{
	uint8_t type = l->data[0];
	bool interior = type == 2 || type == 5;
	uint64_t header = interior ? 12 : 8, pointers, content;

	if ((!interior && type != 10 && type != 13) || l->size < header) {
		(void)layout_add(l, 0, l->size, PART_RAW, "content");
		return;
	}
	pointers = load_uint(l->data + 3, 2, true) * 2;
	content = load_uint(l->data + 5, 2, true);
	content = content == 0 ? 65536 : content;
	if (content < shift + header + pointers || content - shift > l->size) {
		(void)layout_add(l, 0, l->size, PART_RAW, "content");
		return;
	}
	content -= shift;
	layout_fields(l, 0, page_fields);
	if (interior)
		(void)layout_field(l, 8, 4, "right-most pointer", MEANS_OFFSET, CODED_BE);
	(void)layout_add(l, header, pointers, PART_DATA, "cell pointers");
	(void)layout_add(l, header + pointers, content - header - pointers, PART_PADDING,
			 "unallocated space");
	(void)layout_add(l, content, l->size - content, PART_DATA, "cells");
}

static int sqlite_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	(void)l;
	if (p->tag == TAG_HEADER)
		split_header(child);
	else
		split_page(child, p->off == HEADER_SIZE ? HEADER_SIZE : 0);
	return 0;
}

/* version-valid-for repeats the change counter; the size in pages follows from the file's. */
static bool sqlite_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	if (p->len != 4 || l->size != HEADER_SIZE || !l->parent)
		return false;
	if (p->off == 92)
		memcpy(out, l->data + 24, 4);
	else
		store_uint(out, l->parent->size / page_size(l->data), 4, true);
	return true;
}

const struct analyzer sqlite_analyzer = {
	.name = "sqlite",
	.title = "SQLite database",
	.probe = sqlite_probe,
	.split = sqlite_split,
	.split_part = sqlite_split_part,
	.recompute = sqlite_recompute,
};
