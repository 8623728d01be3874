/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tar.c: tar archives: version 7, POSIX ustar and pax, GNU.
 *
 * A sequence of entries: a header of 512 bytes, and the body padded to 512.
 * The header's checksum is the sum of its bytes with blanks in the checksum
 * field itself; it is also what the format is recognised by.  Two blocks of
 * zeros end the archive, more pad it to the block size of the tape.
 *
 * Some entries only describe the next one, and belong to its group here:
 *
 *	x   pax extended header: records "LENGTH KEY=VALUE\n", over the header
 *	L K GNU: the name or link target that did not fit
 *	X   Solaris' form of x
 *
 * A member is a group named by its final path: pax path=, else GNU's long
 * name, else prefix/name (ustar only).  "g" (a pax header for all that follow)
 * is a group of its own.  What else stands between header and body: GNU's
 * sparse maps ('S'), in further blocks while a flag says so.
 *
 * Splitting reads headers only: 10,000 members of 10 KiB are 10,000 pages.
 *
 * Facts: POSIX.1-2017 pax (ustar interchange format, extended header), GNU tar
 * manual ("Basic Tar Format", "Storing Sparse Files"), tar(5) of FreeBSD.
 */
#include "analyzers/tar_private.h"
#include "analyzers/fields.h"
#include "analyzers/formats.h"

#include <errno.h>

#define PAX_MAX (UINT64_C(16) << 20)
#define NAME_LONGEST 4000

static bool sum_matches(const uint8_t *h)
{
	uint64_t stated;

	return parse_ascii_uint(h + 148, 8, 8, &stated) && stated != 0 &&
	       (stated == tar_checksum(h, false) || stated == tar_checksum(h, true));
}

/* All bytes, then the field's own exchanged for blanks: loops that compilers turn into vectors. */
uint64_t tar_checksum(const uint8_t *h, bool signed_bytes)
{
	uint32_t sum = 0, high = 0, i;

	for (i = 0; i < TAR_BLOCK; i++)
		sum += h[i];
	for (i = 148; i < 156; i++)
		sum -= h[i];
	if (signed_bytes)
		for (i = 0; i < TAR_BLOCK; i++)
			high += i < 148 || i >= 156 ? h[i] >> 7 : 0;
	return (uint64_t)sum + 8 * ' ' - (uint64_t)high * 256;
}

static bool tar_probe(const uint8_t *data, uint64_t size)
{
	return size >= TAR_BLOCK && sum_matches(data);
}

static uint64_t padded(uint64_t n)
{
	return (n + TAR_BLOCK - 1) & ~(uint64_t)(TAR_BLOCK - 1);
}

static bool has_body(uint8_t type)
{
	/* Links, devices, directories and fifos have none, whatever their size field says. */
	return type < '1' || type > '6';
}

/* The number of blocks between the header and the body: sparse maps that did not fit. */
static uint64_t sparse_blocks(const uint8_t *data, uint64_t size)
{
	uint64_t n = 0;

	if (data[156] != 'S' || data[482] == 0)
		return 0;
	do {
		n++;
		if (size / TAR_BLOCK <= n)
			return n;
	} while (data[n * TAR_BLOCK + 504] != 0);
	return n;
}

bool tar_read_header(const uint8_t *data, uint64_t size, struct tar_header *ret)
{
	struct tar_header h = { 0 };

	if (size < TAR_BLOCK || !sum_matches(data) || !coded_number(data + 124, 12, CODED_BASE256, &h.size) ||
	    h.size > INT64_MAX)
		return false;
	h.type = data[156];
	if (!has_body(h.type))
		h.size = 0;
	h.ustar = memcmp(data + 257, "ustar\0", 6) == 0;
	h.gnu = memcmp(data + 257, "ustar  \0", 8) == 0;
	h.body = TAR_BLOCK * (1 + sparse_blocks(data, size));
	*ret = h;
	return true;
}

bool tar_next_record(struct cursor *c, struct tar_record *ret)
{
	uint64_t start = c->pos, len = 0, digits = 0;
	const uint8_t *p = c->base + start, *equals;

	while (digits < cursor_left(c) && digits < 10 && p[digits] >= '0' && p[digits] <= '9')
		len = len * 10 + (p[digits++] - '0');
	if (!digits || len > cursor_left(c) || len < digits + 4 || p[digits] != ' ' || p[len - 1] != '\n')
		return false;
	equals = memchr(p + digits + 1, '=', len - digits - 2);
	if (!equals)
		return false;
	ret->off = start;
	ret->len = len;
	ret->key = (const char *)p + digits + 1;
	ret->key_len = (uint64_t)(equals - p) - digits - 1;
	ret->value = start + (uint64_t)(equals - p) + 1;
	ret->value_len = start + len - 1 - ret->value;
	cursor_skip(c, len);
	return true;
}

static bool key_is(const struct tar_record *r, const char *key)
{
	return r->key_len == strlen(key) && memcmp(r->key, key, r->key_len) == 0;
}

/* What the entries before a member say about it. */
struct described {
	const uint8_t *path;
	uint64_t path_len;
	uint64_t size;
	bool has_path, has_size, sparse_path;
};

static void read_pax(const uint8_t *data, uint64_t size, struct described *d)
{
	struct cursor c = cursor_make(data, size < PAX_MAX ? size : PAX_MAX);
	struct tar_record r;

	while (cursor_left(&c) && tar_next_record(&c, &r)) {
		bool sparse = key_is(&r, "GNU.sparse.name");

		if (sparse || (key_is(&r, "path") && !d->sparse_path)) {
			d->path = data + r.value;
			d->path_len = r.value_len;
			d->has_path = true;
			d->sparse_path |= sparse;
		} else if (key_is(&r, "size")) {
			d->has_size = parse_ascii_uint(data + r.value, r.value_len, 10, &d->size) &&
				      d->size <= INT64_MAX;
		}
	}
}

static uint64_t string_length(const uint8_t *p, uint64_t n)
{
	const uint8_t *nul = memchr(p, 0, n);

	return nul ? (uint64_t)(nul - p) : n;
}

static void read_description(const uint8_t *body, uint64_t size, uint8_t type, struct described *d)
{
	if (type == 'x' || type == 'X') {
		read_pax(body, size, d);
	} else if (type == 'L' && !d->has_path) {
		d->path = body;
		d->path_len = string_length(body, size);
		d->has_path = true;
	}
}

/* The length of a path to show: without the slash that ends a directory's. */
static int path_length(const uint8_t *p, uint64_t n)
{
	while (n > 1 && p[n - 1] == '/')
		n--;
	return (int)(n < NAME_LONGEST ? n : NAME_LONGEST);
}

static struct part *add_member(struct layout *l, uint64_t off, uint64_t len, const uint8_t *header,
			       const struct tar_header *h, const struct described *d)
{
	uint64_t prefix = h->ustar ? string_length(header + 345, 155) : 0;

	if (h->type == 'g')
		return layout_add(l, off, len, PART_GROUP, "pax global header");
	if (d->has_path)
		return layout_addf(l, off, len, PART_GROUP, "%.*s", path_length(d->path, d->path_len),
				   (const char *)d->path);
	return layout_addf(l, off, len, PART_GROUP, "%.*s%s%.*s", (int)prefix, (const char *)header + 345,
			   prefix ? "/" : "", path_length(header, string_length(header, 100)),
			   (const char *)header);
}

bool tar_describes(uint8_t type)
{
	return type == 'x' || type == 'X' || type == 'L' || type == 'K';
}

/* The member that starts at off, with the entries that describe it. 0: none there. */
static uint64_t add_entry(struct layout *l, uint64_t off)
{
	struct described d = { 0 };
	uint64_t at = off, end;
	struct tar_header h;

	for (;;) {
		if (!tar_read_header(l->data + at, l->size - at, &h))
			return at - off; /* descriptions without a member */
		if (!tar_describes(h.type) && d.has_size && has_body(h.type))
			h.size = d.size;
		end = at + h.body + padded(h.size);
		if (!tar_describes(h.type) || end >= l->size)
			break;
		read_description(l->data + at + h.body, h.size, h.type, &d);
		at = end;
	}
	if (at + h.body + h.size > l->size)
		layout_note(l, at, "truncated member: %llu of %llu bytes are there",
			    (unsigned long long)(l->size > at + h.body ? l->size - at - h.body : 0),
			    (unsigned long long)h.size);
	if (end > l->size)
		end = l->size;
	if (!layout_tagged(add_member(l, off, end - off, l->data + at, &h, &d), TAR_MEMBER))
		return 0;
	return end - off;
}

static int tar_split(struct layout *l)
{
	uint64_t off = 0, len, zeros;

	while (off < l->size) {
		if (l->size - off >= TAR_BLOCK && l->data[off] == 0 && l->data[off + 148] == 0)
			break;
		len = add_entry(l, off);
		if (!len) {
			layout_note(l, off, "no tar header");
			return 0;
		}
		off += len;
	}
	for (zeros = off; zeros < l->size && l->data[zeros] == 0;)
		zeros++;
	(void)layout_add(l, off, zeros - off, PART_PADDING, "end of archive");
	if (zeros < l->size)
		layout_note(l, zeros, "bytes after the end of the archive");
	return 0;
}

const struct analyzer tar_analyzer = {
	.name = "tar",
	.title = "tar archive",
	.probe = tar_probe,
	.split = tar_split,
	.split_part = tar_split_part,
	.recompute = tar_recompute,
};
