/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tar_member.c: the fields of one tar member; see tar.c for the format.
 *
 * Behind the 257 bytes that all versions share there are three layouts: none
 * (version 7), ustar, and GNU's, which has atime, ctime and sparse maps where
 * ustar has the path's prefix.
 *
 * Each record of a pax header is three fields: its length and key, its value,
 * named and understood by the key, and the newline.
 */
#include "analyzers/tar_private.h"
#include "analyzers/fields.h"

#include <errno.h>

/* Of a member or description: where the pieces are in the child's window. */
struct entry {
	uint64_t header;
	uint64_t size; /* of the body, when the header's size field decided it */
	bool size_elsewhere;
};

static const struct derived_spec common_fields[] = {
	{ "name", 100, MEANS_PATH, CODED_BYTES, 0 },
	{ "mode", 8, MEANS_MODE, CODED_OCT, 0 },
	{ "uid", 8, MEANS_UID, CODED_BASE256, 0 },
	{ "gid", 8, MEANS_GID, CODED_BASE256, 0 },
	{ "size", 12, MEANS_SIZE, CODED_BASE256, TAR_SIZE },
	{ "mtime", 12, MEANS_TIME, CODED_BASE256, 0 },
	{ "checksum", 8, MEANS_CHECKSUM, CODED_OCT, TAR_CHECKSUM },
	{ "type", 1, MEANS_FLAGS, CODED_BYTES, 0 },
	{ "linkname", 100, MEANS_PATH, CODED_BYTES, 0 },
	{ 0 },
};
static const struct field_spec posix_fields[] = {
	{ "magic", 6, MEANS_MAGIC, CODED_BYTES },      { "version", 2, MEANS_VERSION, CODED_BYTES },
	{ "uname", 32, MEANS_USER, CODED_BYTES },      { "gname", 32, MEANS_GROUP, CODED_BYTES },
	{ "devmajor", 8, MEANS_DEVICE, CODED_BASE256 }, { "devminor", 8, MEANS_DEVICE, CODED_BASE256 },
	{ 0 },
};
static const struct field_spec ustar_fields[] = {
	{ "prefix", 155, MEANS_PATH, CODED_BYTES },
	{ 0 },
};
static const struct field_spec gnu_fields[] = {
	{ "atime", 12, MEANS_TIME, CODED_BASE256 },    { "ctime", 12, MEANS_TIME, CODED_BASE256 },
	{ "offset", 12, MEANS_OFFSET, CODED_BASE256 }, { "longnames", 4, MEANS_NOTHING, CODED_BYTES },
	{ "unused", 1, MEANS_NOTHING, CODED_BYTES },   { "sparse map", 96, MEANS_OFFSET, CODED_BYTES },
	{ "extended", 1, MEANS_FLAGS, CODED_BYTES },   { "real size", 12, MEANS_SIZE, CODED_BASE256 },
	{ 0 },
};

static void add_header(struct layout *l, const struct entry *e, const struct tar_header *h)
{
	uint64_t off = e->header;
	struct part *p;
	size_t i;

	layout_derived_fields(l, off, common_fields);
	for (i = l->count; e->size_elsewhere && i-- > 0;) {
		p = &l->parts[i];
		if (p->tag == TAR_SIZE)
			p->recomputes = false;
	}
	off += 257;
	if (h->ustar || h->gnu) {
		layout_fields(l, off, posix_fields);
		off = e->header + 345;
		layout_fields(l, off, h->gnu ? gnu_fields : ustar_fields);
		off += h->gnu ? 150 : 155;
	}
	(void)layout_add(l, off, e->header + TAR_BLOCK - off, PART_PADDING, "header padding");
	(void)layout_field(l, e->header + TAR_BLOCK, h->body - TAR_BLOCK, "sparse maps", MEANS_OFFSET,
			   CODED_BYTES);
}

/* The meaning of a pax keyword (POSIX.1-2017; star's SCHILY, libarchive's and GNU's vendor keywords). */
static void understand(const struct tar_record *r, struct part *p)
{
	static const struct {
		const char *key;
		enum meaning meaning;
		enum coding coding;
	} keys[] = {
		{ "mtime", MEANS_TIME, CODED_DEC_TEXT },
		{ "atime", MEANS_TIME, CODED_DEC_TEXT },
		{ "ctime", MEANS_TIME, CODED_DEC_TEXT },
		{ "LIBARCHIVE.creationtime", MEANS_TIME, CODED_DEC_TEXT },
		{ "uid", MEANS_UID, CODED_DEC_TEXT },
		{ "gid", MEANS_GID, CODED_DEC_TEXT },
		{ "uname", MEANS_USER, CODED_BYTES },
		{ "gname", MEANS_GROUP, CODED_BYTES },
		{ "path", MEANS_PATH, CODED_BYTES },
		{ "linkpath", MEANS_PATH, CODED_BYTES },
		{ "GNU.sparse.name", MEANS_PATH, CODED_BYTES },
		{ "size", MEANS_SIZE, CODED_DEC_TEXT },
		{ "GNU.sparse.realsize", MEANS_SIZE, CODED_DEC_TEXT },
		{ "GNU.sparse.size", MEANS_SIZE, CODED_DEC_TEXT },
		{ "SCHILY.dev", MEANS_DEVICE, CODED_DEC_TEXT },
		{ "SCHILY.ino", MEANS_DEVICE, CODED_DEC_TEXT },
		{ "SCHILY.nlink", MEANS_DEVICE, CODED_DEC_TEXT },
		{ "SCHILY.devmajor", MEANS_DEVICE, CODED_DEC_TEXT },
		{ "SCHILY.devminor", MEANS_DEVICE, CODED_DEC_TEXT },
		{ "charset", MEANS_SETTING, CODED_BYTES },
		{ "hdrcharset", MEANS_SETTING, CODED_BYTES },
		{ "comment", MEANS_TEXT, CODED_BYTES },
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strlen(keys[i].key) == r->key_len && memcmp(keys[i].key, r->key, r->key_len) == 0) {
			p->meaning = keys[i].meaning;
			p->coding = keys[i].coding;
			return;
		}
}

static void add_record(struct layout *l, uint64_t off, const struct tar_record *r)
{
	int key_len = (int)(r->key_len < 200 ? r->key_len : 200);
	struct part *p;

	p = layout_addf(l, off + r->off, r->value - r->off, PART_FIELD, "%.*s length", key_len, r->key);
	if (p) {
		p->meaning = MEANS_SIZE;
		p->coding = CODED_BYTES;
		p->recomputes = true;
		p->tag = TAR_RECORD_LENGTH;
	}
	p = layout_addf(l, off + r->value, r->value_len, PART_FIELD, "%.*s", key_len, r->key);
	if (p)
		understand(r, p);
	p = layout_addf(l, off + r->value + r->value_len, 1, PART_FIELD, "%.*s end", key_len, r->key);
	if (p)
		p->meaning = MEANS_MAGIC;
}

static void add_records(struct layout *l, uint64_t off, uint64_t len)
{
	struct cursor c = cursor_make(l->data + off, len);
	struct tar_record r;

	while (cursor_left(&c) && tar_next_record(&c, &r))
		add_record(l, off, &r);
	if (cursor_left(&c)) {
		layout_note(l, off + c.pos, "malformed pax record");
		(void)layout_add(l, off + c.pos, cursor_left(&c), PART_RAW, "malformed records");
	}
}

/* Header, body as its type wants it, padding: to the end of the window. */
static void add_entry(struct layout *l, const struct entry *e, const struct tar_header *h)
{
	uint64_t off = e->header + h->body, len = e->size;

	add_header(l, e, h);
	if (off >= l->size)
		return;
	if (len > l->size - off)
		len = l->size - off;
	if (h->type == 'x' || h->type == 'X' || h->type == 'g')
		add_records(l, off, len);
	else if (h->type == 'L' || h->type == 'K')
		(void)layout_field(l, off, len, h->type == 'L' ? "path" : "linkpath", MEANS_PATH,
				   CODED_BYTES);
	else
		(void)layout_add(l, off, len, PART_CONTENT, "body");
	(void)layout_add(l, off + len, l->size - off - len, PART_PADDING, "padding");
}

static const char *description_name(uint8_t type)
{
	return type == 'L' ? "long name" : type == 'K' ? "long link" : "pax header";
}

static bool pax_size(const uint8_t *data, uint64_t size, uint64_t *ret)
{
	struct cursor c = cursor_make(data, size);
	struct tar_record r;
	bool found = false;

	while (cursor_left(&c) && tar_next_record(&c, &r))
		if (r.key_len == 4 && memcmp(r.key, "size", 4) == 0)
			found = parse_ascii_uint(data + r.value, r.value_len, 10, ret) && *ret <= INT64_MAX;
	return found;
}

/* Adds the describing entries as groups; *e is then the member's own. */
static bool add_descriptions(struct layout *l, struct entry *e, struct tar_header *h)
{
	uint64_t at = 0, body, end, size = 0;

	for (;;) {
		if (!tar_read_header(l->data + at, l->size - at, h))
			return false;
		e->header = at;
		body = at + h->body;
		end = (body + h->size + TAR_BLOCK - 1) & ~(uint64_t)(TAR_BLOCK - 1);
		if (!tar_describes(h->type) || end >= l->size)
			break;
		if (h->type != 'L' && h->type != 'K')
			e->size_elsewhere |= pax_size(l->data + body, h->size, &size);
		(void)layout_tagged(layout_add(l, at, end - at, PART_GROUP, description_name(h->type)),
				    TAR_DESCRIPTION);
		at = end;
	}
	e->size = e->size_elsewhere ? size : h->size;
	return true;
}

int tar_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	struct entry *e = arena_alloc(&child->arena, sizeof(*e));
	struct tar_header h;

	(void)l;
	if (!e)
		return -ENOMEM;
	child->priv = e;
	if (p->tag == TAR_DESCRIPTION) {
		if (!tar_read_header(child->data, child->size, &h))
			return 0;
		e->size = h.size;
	} else if (!add_descriptions(child, e, &h)) {
		layout_note(child, 0, "descriptions without a member");
		return 0;
	}
	add_entry(child, e, &h);
	return 0;
}

/* The checksum in the way it is written now: digits, then NUL and blank in either order. */
static bool recompute_checksum(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct entry *e = l->priv;
	const uint8_t *h = l->data + e->header, *now = part_data(l, p);
	uint64_t stated, sum = tar_checksum(h, false);

	if (parse_ascii_uint(now, p->len, 8, &stated) && stated != sum && stated == tar_checksum(h, true))
		sum = stated;
	return field_digits(now, p->len, 8, sum, out);
}

static bool recompute_size(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct entry *e = l->priv;
	const uint8_t *now = part_data(l, p);

	if (!(now[0] & 0x80))
		return field_digits(now, p->len, 8, e->size, out);
	memset(out, 0, p->len);
	out[0] = 0x80;
	store_uint(out + p->len - 8, e->size, 8, true);
	return true;
}

/* "LENGTH KEY=": the length counts its own digits. */
static bool recompute_length(const struct layout *l, const struct part *p, uint8_t *out)
{
	const uint8_t *now = part_data(l, p), *blank = memchr(now, ' ', p->len);
	const struct part *value = p + 1;
	uint64_t tail, total, digits = 1, ten = 10;

	if (!blank || value >= l->parts + l->count)
		return false;
	tail = (uint64_t)(now + p->len - blank);
	total = tail + 1;
	if (value->kind == PART_FIELD && value->off == p->off + p->len && value->meaning != MEANS_MAGIC)
		total += value->len;
	for (; total + digits >= ten; ten *= 10)
		digits++;
	if (digits + tail != p->len ||
	    !field_print(out, digits, "%llu", (unsigned long long)(total + digits)))
		return false;
	memcpy(out + digits, blank, tail);
	return true;
}

bool tar_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	switch (p->tag) {
	case TAR_CHECKSUM:
		return recompute_checksum(l, p, out);
	case TAR_SIZE:
		return recompute_size(l, p, out);
	case TAR_RECORD_LENGTH:
		return recompute_length(l, p, out);
	default:
		return false;
	}
}
