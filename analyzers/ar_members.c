/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ar_members.c: names of members are 16 characters, or elsewhere:
 *
 *	"name/"      GNU, short
 *	"/123"       GNU: offset in the member "//", where names end with "/\n"; of a thin archive "/123:456" for
 *	             a member at 456 of an archive that was flattened into it
 *	"#1/20"      BSD: the first 20 bytes of the body
 *	"/", "/SYM64/", "//", "__.SYMDEF..."  the archive's own tables
 *
 * Source: ar(5) of FreeBSD, the head of GNU BFD's archive.c, and archives made by GNU ar and llvm-ar.
 */
#include "analyzers/ar_members.h"

#include "base/bytes.h"

#include <errno.h>
#include <string.h>

#define MAGIC_SIZE  8
#define HEADER_SIZE 60

bool ar_members_probe(const uint8_t *data, uint64_t size)
{
	return size >= MAGIC_SIZE && (memcmp(data, "!<arch>\n", 8) == 0 || memcmp(data, "!<thin>\n", 8) == 0);
}

int ar_members_begin(struct ar_members *m, const uint8_t *data, uint64_t size, const char *file, struct error *err)
{
	if (!ar_members_probe(data, size))
		return error_set(err, -EBADMSG, file, "is no static library");
	m->data = data;
	m->size = size;
	m->pos = MAGIC_SIZE;
	m->file = file;
	m->thin = data[2] == 't';
	m->names = m->names_size = 0;
	return 0;
}

static bool set_name(struct ar_members *m, const uint8_t *p, uint64_t n)
{
	if (n >= sizeof(m->name))
		return false;
	memcpy(m->name, p, n);
	m->name[n] = '\0';
	return true;
}

/* The name at an offset of "//": to "/\n", or "\n" as some write. */
static bool long_name(struct ar_members *m, uint64_t off)
{
	const uint8_t *p = m->data + m->names, *end;
	uint64_t n;

	if (off >= m->names_size)
		return false;
	end = memchr(p + off, '\n', m->names_size - off);
	n = end ? (uint64_t)(end - (p + off)) : m->names_size - off;
	if (n && p[off + n - 1] == '/')
		n--;
	return n && set_name(m, p + off, n);
}

static uint64_t trimmed(const uint8_t *p, uint64_t n)
{
	while (n && (p[n - 1] == ' ' || p[n - 1] == '\0'))
		n--;
	return n;
}

/* "/123" or "/123:456". */
static bool indirect_name(struct ar_members *m, const uint8_t *field)
{
	const uint8_t *colon = memchr(field + 1, ':', 15);
	uint64_t off;

	return parse_ascii_uint(field + 1, colon ? (size_t)(colon - field - 1) : 15, 10, &off) && long_name(m, off);
}

/* A thin archive holds no bodies, so no names at their beginning. */
static bool bsd_name(struct ar_members *m, const uint8_t *field, struct ar_member *ret)
{
	uint64_t n;

	if (m->thin || !parse_ascii_uint(field + 3, 13, 10, &n) || n > ret->size)
		return false;
	if (!set_name(m, m->data + ret->off, trimmed(m->data + ret->off, n)))
		return false;
	ret->off += n;
	ret->size -= n;
	return true;
}

static bool short_name(struct ar_members *m, const uint8_t *field)
{
	uint64_t n = trimmed(field, 16);

	if (n > 1 && field[n - 1] == '/')
		n--;
	return set_name(m, field, n);
}

static bool read_name(struct ar_members *m, const uint8_t *field, struct ar_member *ret)
{
	if (memcmp(field, "#1/", 3) == 0)
		return bsd_name(m, field, ret);
	if (field[0] == '/' && field[1] >= '0' && field[1] <= '9')
		return indirect_name(m, field);
	return short_name(m, field);
}

static bool is_table(const struct ar_members *m, const uint8_t *field)
{
	return field[0] == '/' ? !(field[1] >= '0' && field[1] <= '9') : strncmp(m->name, "__.SYMDEF", 9) == 0;
}

/* One header. 1: a member, 2: a table that was passed over. */
static int read_member(struct ar_members *m, struct ar_member *ret, struct error *err)
{
	const uint8_t *field = m->data + m->pos;
	bool outside, names;
	uint64_t size;

	if (m->size - m->pos < HEADER_SIZE || memcmp(field + 58, "`\n", 2) != 0 ||
	    !parse_ascii_uint(field + 48, 10, 10, &size))
		return error_set_at(err, -EBADMSG, m->file, m->pos, "no valid member header stands here");
	names = memcmp(field, "// ", 3) == 0;
	outside = m->thin && !(field[0] == '/' && !(field[1] >= '0' && field[1] <= '9'));
	*ret = (struct ar_member){ .name = m->name, .header = m->pos, .off = m->pos + HEADER_SIZE, .size = size };
	if (!outside && size > m->size - ret->off)
		return error_set_at(err, -EBADMSG, m->file, m->pos, "the member's %llu bytes are cut off",
				    (unsigned long long)size);
	m->pos = ret->off + (outside ? 0 : size);
	m->pos += m->pos & 1 && m->pos < m->size;
	if (names) {
		m->names = ret->off;
		m->names_size = size;
		return 2;
	}
	if (outside)
		ret->off = 0;
	if (!read_name(m, field, ret))
		return error_set_at(err, -EBADMSG, m->file, ret->header, "the member's name cannot be read");
	return is_table(m, field) ? 2 : 1;
}

int ar_members_next(struct ar_members *m, struct ar_member *ret, struct error *err)
{
	int r;

	do {
		if (m->pos >= m->size)
			return 0;
		r = read_member(m, ret, err);
	} while (r == 2);
	return r;
}
