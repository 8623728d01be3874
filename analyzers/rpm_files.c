/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpm_files.c: what the payload makes the header's list of files.
 *
 * FILEDIGESTS and FILESIZES have one value a file, in the order of the payload.
 * Where the payload has another number of members than the header has files
 * (ghost files, hard links), which is which cannot be told by counting, and
 * nothing is recomputed.
 */
#include "analyzers/rpm_private.h"
#include "analyzers/formats.h"
#include "base/digest.h"

#include <sys/stat.h>

#define NEWC_HEADER 110

/* One member of a newc archive, as a part of its layout. */
struct member {
	uint64_t mode, size;
	const uint8_t *body;
};

static bool read_member(const struct layout *l, const struct part *p, struct member *ret)
{
	const uint8_t *h = part_data(l, p);
	uint64_t name, body;

	if (p->kind != PART_GROUP || p->len < NEWC_HEADER || memcmp(h, "07070", 5) != 0 ||
	    !parse_ascii_uint(h + 14, 8, 16, &ret->mode) || !parse_ascii_uint(h + 54, 8, 16, &ret->size) ||
	    !parse_ascii_uint(h + 94, 8, 16, &name))
		return false;
	body = (NEWC_HEADER + name + 3) & ~(uint64_t)3;
	if (!range_inside(body, ret->size, p->len))
		return false;
	ret->body = h + body;
	return true;
}

static bool is_end(const struct part *p)
{
	return p->kind != PART_GROUP || strcmp(p->name, "TRAILER!!!") == 0;
}

static uint32_t count_members(const struct layout *l)
{
	uint32_t n = 0;

	while (n < l->count && !is_end(&l->parts[n]))
		n++;
	return n;
}

/* Hexadecimal digests, each with its NUL; empty for what is no regular file. Returns the length, 0 on failure. */
static uint64_t put_digest(enum digest_function fn, const struct member *m, uint64_t room, uint8_t *out)
{
	size_t n = fn == DIGEST_MD5 ? 16 : fn == DIGEST_SHA1 ? 20 : 32;
	struct digest_piece piece = { m->body, m->size };
	uint8_t digest[32];
	char hex[65] = "";

	if (S_ISREG((mode_t)m->mode)) {
		if (digest_of(fn, &piece, 1, digest) < 0)
			return 0;
		hex_of(digest, n, hex);
	}
	if (strlen(hex) + 1 > room)
		return 0;
	memcpy(out, hex, strlen(hex) + 1);
	return strlen(hex) + 1;
}

bool rpm_file_digests(const struct layout *cpio, uint32_t files, uint32_t algorithm, uint64_t len, uint8_t *out)
{
	enum digest_function fn = algorithm == 8 ? DIGEST_SHA256 : algorithm == 2 ? DIGEST_SHA1 : DIGEST_MD5;
	uint64_t used = 0, n;
	struct member m;
	uint32_t i;

	if (count_members(cpio) != files)
		return false;
	for (i = 0; i < files; i++) {
		n = read_member(cpio, &cpio->parts[i], &m) ? put_digest(fn, &m, len - used, out + used) : 0;
		if (!n)
			return false;
		used += n;
	}
	return used == len;
}

bool rpm_file_sizes(const struct layout *cpio, uint32_t files, const uint8_t *now, uint64_t len, uint8_t *out)
{
	struct member m;
	uint32_t i;

	if (count_members(cpio) != files || len != (uint64_t)files * 4)
		return false;
	for (i = 0; i < files; i++) {
		if (!read_member(cpio, &cpio->parts[i], &m))
			return false;
		/* A directory's size is what the file system said. */
		if (S_ISDIR((mode_t)m.mode))
			memcpy(out + 4 * (size_t)i, now + 4 * (size_t)i, 4);
		else
			store_uint(out + 4 * (size_t)i, m.size, 4, true);
	}
	return true;
}
