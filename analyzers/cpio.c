/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpio.c: cpio archives: rpm payloads, initramfs images.
 *
 *	newc "070701", crc "070702"   110 bytes: 13 numbers of 8 hexadecimal digits
 *	odc  "070707"                  76 bytes: octal digits
 *	binary 070707                  26 bytes: 13 words in the writer's byte order;
 *	                               32-bit values as two words, high word first
 *
 * Header, name with its NUL, body.  newc pads after the name and after the body
 * to 4 bytes, binary to 2, odc not at all.  "crc" holds the sum of the body's
 * bytes.  A member named TRAILER!!! ends the archive; an initramfs image may go
 * on behind zeros with another archive, plain or compressed.
 *
 * Facts: cpio(5) of FreeBSD; Linux Documentation/driver-api/early-userspace/buffer-format.rst.
 */
#include "analyzers/fields.h"
#include "analyzers/formats.h"

#include <errno.h>
#include <sys/stat.h>

#define NAME_LONGEST 4000
#define TRAILER "TRAILER!!!"

enum { TAG_NONE, TAG_MEMBER, TAG_CHECK, TAG_BODY_SIZE, TAG_NAME_SIZE };

struct variant {
	const char *magic;
	uint8_t magic_len, header, align;
	/* Where the sizes are; digits 0: words of the binary form. */
	uint8_t name_size, name_digits, body_size, body_digits;
	uint8_t base;
	bool big;
	const struct derived_spec *fields;
};

#define HEX(name, meaning, tag) { name, 8, meaning, CODED_HEX, tag }
#define OCT(name, len, meaning, tag) { name, len, meaning, CODED_OCT, tag }
#define NEWC_FIELDS(check) {                                                                                  \
	{ "magic", 6, MEANS_MAGIC, CODED_BYTES, 0 }, HEX("ino", MEANS_DEVICE, 0), HEX("mode", MEANS_MODE, 0), \
	HEX("uid", MEANS_UID, 0), HEX("gid", MEANS_GID, 0), HEX("nlink", MEANS_DEVICE, 0),                   \
	HEX("mtime", MEANS_TIME, 0), HEX("filesize", MEANS_SIZE, TAG_BODY_SIZE),                             \
	HEX("devmajor", MEANS_DEVICE, 0), HEX("devminor", MEANS_DEVICE, 0),                                  \
	HEX("rdevmajor", MEANS_DEVICE, 0), HEX("rdevminor", MEANS_DEVICE, 0),                                \
	HEX("namesize", MEANS_SIZE, TAG_NAME_SIZE), HEX("check", MEANS_CHECKSUM, check), { 0 }               \
}

static const struct derived_spec newc_fields[] = NEWC_FIELDS(0);
static const struct derived_spec crc_fields[] = NEWC_FIELDS(TAG_CHECK);
static const struct derived_spec odc_fields[] = {
	{ "magic", 6, MEANS_MAGIC, CODED_BYTES, 0 },
	OCT("dev", 6, MEANS_DEVICE, 0),
	OCT("ino", 6, MEANS_DEVICE, 0),
	OCT("mode", 6, MEANS_MODE, 0),
	OCT("uid", 6, MEANS_UID, 0),
	OCT("gid", 6, MEANS_GID, 0),
	OCT("nlink", 6, MEANS_DEVICE, 0),
	OCT("rdev", 6, MEANS_DEVICE, 0),
	OCT("mtime", 11, MEANS_TIME, 0),
	OCT("namesize", 6, MEANS_SIZE, TAG_NAME_SIZE),
	OCT("filesize", 11, MEANS_SIZE, TAG_BODY_SIZE),
	{ 0 },
};
/* Two words, high first: big-endian that is a number, little-endian there is no coding for it. */
#define BINARY_FIELDS(word, pair) {                                                                      \
	{ "magic", 2, MEANS_MAGIC, word, 0 },  { "dev", 2, MEANS_DEVICE, word, 0 },                     \
	{ "ino", 2, MEANS_DEVICE, word, 0 },   { "mode", 2, MEANS_MODE, word, 0 },                      \
	{ "uid", 2, MEANS_UID, word, 0 },      { "gid", 2, MEANS_GID, word, 0 },                        \
	{ "nlink", 2, MEANS_DEVICE, word, 0 }, { "rdev", 2, MEANS_DEVICE, word, 0 },                    \
	{ "mtime", 4, MEANS_TIME, pair, 0 },   { "namesize", 2, MEANS_SIZE, word, TAG_NAME_SIZE },      \
	{ "filesize", 4, MEANS_SIZE, pair, TAG_BODY_SIZE }, { 0 }                                       \
}
static const struct derived_spec little_fields[] = BINARY_FIELDS(CODED_LE, CODED_BYTES);
static const struct derived_spec big_fields[] = BINARY_FIELDS(CODED_BE, CODED_BE);

static const struct variant variants[] = {
	{ "070701", 6, 110, 4, 94, 8, 54, 8, 16, false, newc_fields },
	{ "070702", 6, 110, 4, 94, 8, 54, 8, 16, false, crc_fields },
	{ "070707", 6, 76, 1, 59, 6, 65, 11, 8, false, odc_fields },
	{ "\xc7\x71", 2, 26, 2, 20, 0, 22, 0, 0, false, little_fields },
	{ "\x71\xc7", 2, 26, 2, 20, 0, 22, 0, 0, true, big_fields },
};

struct member {
	const struct variant *v;
	uint64_t name_size, body, body_size, size; /* size: with all padding */
};

static uint64_t align_up(uint64_t n, unsigned to)
{
	return (n + to - 1) / to * to;
}

static uint64_t read_pair(const uint8_t *p, bool big)
{
	return load_uint(p, 2, big) << 16 | load_uint(p + 2, 2, big);
}

/* false: no member header stands at the start of `data`. Sizes may reach beyond the end. */
static bool read_member(const uint8_t *data, uint64_t size, struct member *ret)
{
	const struct variant *v = NULL;
	struct member m = { 0 };
	size_t i;

	for (i = 0; i < sizeof(variants) / sizeof(variants[0]) && !v; i++)
		if (size >= variants[i].header && memcmp(data, variants[i].magic, variants[i].magic_len) == 0)
			v = &variants[i];
	if (!v)
		return false;
	m.v = v;
	if (!v->name_digits) {
		m.name_size = load_uint(data + v->name_size, 2, v->big);
		m.body_size = read_pair(data + v->body_size, v->big);
	} else if (!parse_ascii_uint(data + v->name_size, v->name_digits, v->base, &m.name_size) ||
		   !parse_ascii_uint(data + v->body_size, v->body_digits, v->base, &m.body_size)) {
		return false;
	}
	/* The binary magic is short, so the name must be one: not empty, its NUL the last byte. */
	if (m.name_size < 2 || m.name_size > NAME_LONGEST || !range_inside(v->header, m.name_size, size) ||
	    memchr(data + v->header, 0, m.name_size) != data + v->header + m.name_size - 1)
		return false;
	m.body = align_up(v->header + m.name_size, v->align);
	m.size = align_up(m.body + m.body_size, v->align);
	*ret = m;
	return true;
}

static bool cpio_probe(const uint8_t *data, uint64_t size)
{
	struct member m;

	return read_member(data, size, &m);
}

static const char *name_of(const uint8_t *data, const struct member *m)
{
	return (const char *)data + m->v->header;
}

/* What follows a trailer: zeros, then perhaps another archive or a compressed one. Returns where to go on. */
static uint64_t after_trailer(struct layout *l, uint64_t off)
{
	uint64_t end = off;
	struct member m;

	while (end < l->size && l->data[end] == 0)
		end++;
	(void)layout_add(l, off, end - off, PART_PADDING, "padding");
	if (end < l->size && !read_member(l->data + end, l->size - end, &m)) {
		(void)layout_add(l, end, l->size - end, PART_CONTENT, "appended");
		return l->size;
	}
	return end;
}

static int cpio_split(struct layout *l)
{
	uint64_t off = 0, len;
	struct member m;

	while (off < l->size) {
		if (!read_member(l->data + off, l->size - off, &m)) {
			layout_note(l, off, "no cpio header");
			return 0;
		}
		len = m.size;
		if (len > l->size - off) {
			/* Only padding may be missing at the end. */
			if (m.body + m.body_size > l->size - off)
				layout_note(l, off, "truncated member");
			len = l->size - off;
		}
		if (!layout_tagged(layout_addf(l, off, len, PART_GROUP, "%.*s", NAME_LONGEST,
					       name_of(l->data + off, &m)), TAG_MEMBER))
			return -ENOMEM;
		off += len;
		if (strcmp(name_of(l->data + off - len, &m), TRAILER) == 0)
			off = after_trailer(l, off);
	}
	return 0;
}

static int cpio_split_part(struct layout *child, const struct layout *l, const struct part *p)
{
	struct member *m = arena_alloc(&child->arena, sizeof(*m));
	uint64_t name_end;

	(void)l;
	(void)p;
	if (!m)
		return -ENOMEM;
	child->priv = m;
	if (!read_member(child->data, child->size, m))
		return 0;
	name_end = m->v->header + m->name_size;
	layout_derived_fields(child, 0, m->v->fields);
	(void)layout_field(child, m->v->header, m->name_size, "name", MEANS_PATH, CODED_BYTES);
	if (name_end < child->size)
		(void)layout_add(child, name_end, m->body - name_end, PART_PADDING, "name padding");
	if (m->body >= child->size)
		return 0;
	if (m->body_size > child->size - m->body)
		m->body_size = child->size - m->body;
	(void)layout_add(child, m->body, m->body_size, PART_CONTENT, "body");
	(void)layout_add(child, m->body + m->body_size, child->size - m->body - m->body_size, PART_PADDING,
			 "padding");
	return 0;
}

/* Only regular files have one. */
static uint64_t body_sum(const struct layout *l, const struct member *m)
{
	uint64_t mode, i;
	uint32_t sum = 0;

	if (!parse_ascii_uint(l->data + 14, 8, 16, &mode) || (mode & S_IFMT) != S_IFREG)
		return 0;
	for (i = 0; m->body < l->size && i < m->body_size; i++)
		sum += l->data[m->body + i];
	return sum;
}

static bool cpio_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct member *m = l->priv;
	uint64_t v;

	v = p->tag == TAG_CHECK ? body_sum(l, m) : p->tag == TAG_NAME_SIZE ? m->name_size : m->body_size;
	if (m->v->name_digits)
		return field_digits(part_data(l, p), p->len, m->v->base, v, out);
	if (p->len == 4) {
		store_uint(out, v >> 16, 2, m->v->big);
		store_uint(out + 2, v & 0xffff, 2, m->v->big);
	} else {
		store_uint(out, v, (unsigned)p->len, m->v->big);
	}
	return true;
}

const struct analyzer cpio_analyzer = {
	.name = "cpio",
	.title = "cpio archive",
	.probe = cpio_probe,
	.split = cpio_split,
	.split_part = cpio_split_part,
	.recompute = cpio_recompute,
};
