/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive.c: archives that libarchive reads for us: 7z, iso9660, cab, rar, lha,
 * xar, warc.
 *
 * A layout has the fixed fields of the format's header, and one encoded part
 * that decodes to all entries in plain form (entries.h).  Only the one format
 * that the magic names is enabled, and no filter: libarchive's "all" may start
 * external programs.
 *
 * Facts: 7-Zip's DOC/7zFormat.txt; ECMA-119 section 8.4 (primary volume
 * descriptor); Microsoft Cabinet Format (CFHEADER); xar's wiki, "xarformat";
 * lha header documents (method "-lh5-" at offset 2); ISO 28500 (warc).
 */
#include "analyzers/archive_reader.h"
#include "analyzers/entries.h"
#include "analyzers/fields.h"
#include "analyzers/formats.h"
#include "base/digest.h"

#include <archive_entry.h>
#include <errno.h>

#define HEADER_LINES_MAX ((size_t)1 << 20)

enum { TAG_NONE, TAG_ENTRIES, TAG_7Z_START_CRC, TAG_7Z_NEXT_CRC, TAG_7Z_NEXT_OFFSET, TAG_7Z_NEXT_SIZE, TAG_CAB_SIZE, TAG_ISO_SIZE };

static const struct derived_spec sevenzip_fields[] = {
	{ "signature", 6, MEANS_MAGIC, CODED_BYTES, 0 },
	{ "version", 2, MEANS_VERSION, CODED_BE, 0 },
	{ "start header crc32", 4, MEANS_CHECKSUM, CODED_LE, TAG_7Z_START_CRC },
	{ "next header offset", 8, MEANS_OFFSET, CODED_LE, TAG_7Z_NEXT_OFFSET },
	{ "next header size", 8, MEANS_SIZE, CODED_LE, TAG_7Z_NEXT_SIZE },
	{ "next header crc32", 4, MEANS_CHECKSUM, CODED_LE, TAG_7Z_NEXT_CRC },
	{ 0 },
};
static const struct derived_spec cab_fields[] = {
	{ "signature", 4, MEANS_MAGIC, CODED_BYTES, 0 },
	{ "header checksum", 4, MEANS_NOTHING, CODED_LE, 0 },
	{ "cabinet size", 4, MEANS_SIZE, CODED_LE, TAG_CAB_SIZE },
	{ "folder checksum", 4, MEANS_NOTHING, CODED_LE, 0 },
	{ "files offset", 4, MEANS_OFFSET, CODED_LE, 0 },
	{ "file checksum", 4, MEANS_NOTHING, CODED_LE, 0 },
	{ "version", 2, MEANS_VERSION, CODED_LE, 0 },
	{ "folders", 2, MEANS_COUNT, CODED_LE, 0 },
	{ "files", 2, MEANS_COUNT, CODED_LE, 0 },
	{ "flags", 2, MEANS_FLAGS, CODED_LE, 0 },
	{ "set id", 2, MEANS_ID, CODED_LE, 0 },
	{ "cabinet number", 2, MEANS_NOTHING, CODED_LE, 0 },
	{ 0 },
};
static const struct derived_spec xar_fields[] = {
	{ "magic", 4, MEANS_MAGIC, CODED_BYTES, 0 },
	{ "header size", 2, MEANS_SIZE, CODED_BE, 0 },
	{ "version", 2, MEANS_VERSION, CODED_BE, 0 },
	{ "toc compressed size", 8, MEANS_SIZE, CODED_BE, 0 },
	{ "toc uncompressed size", 8, MEANS_SIZE, CODED_BE, 0 },
	{ "checksum algorithm", 4, MEANS_SETTING, CODED_BE, 0 },
	{ 0 },
};
static const struct derived_spec volume_fields[] = {
	{ "system area", 32768, MEANS_NOTHING, CODED_BYTES, 0 },
	{ "type", 1, MEANS_FLAGS, CODED_LE, 0 },
	{ "identifier", 5, MEANS_MAGIC, CODED_BYTES, 0 },
	{ "version", 1, MEANS_VERSION, CODED_LE, 0 },
	{ "flags", 1, MEANS_FLAGS, CODED_LE, 0 },
	{ "system id", 32, MEANS_TEXT, CODED_BYTES, 0 },
	{ "volume id", 32, MEANS_NAME, CODED_BYTES, 0 },
	{ "unused 1", 8, MEANS_NOTHING, CODED_BYTES, 0 },
	{ "volume size", 8, MEANS_SIZE, CODED_BYTES, TAG_ISO_SIZE },
	{ "unused 2", 32, MEANS_NOTHING, CODED_BYTES, 0 },
	{ "set size", 4, MEANS_COUNT, CODED_BYTES, 0 },
	{ "sequence number", 4, MEANS_NOTHING, CODED_BYTES, 0 },
	{ "block size", 4, MEANS_SIZE, CODED_BYTES, 0 },
	{ "path table size", 8, MEANS_SIZE, CODED_BYTES, 0 },
	{ "path tables", 16, MEANS_OFFSET, CODED_BYTES, 0 },
	{ "root directory head", 18, MEANS_OFFSET, CODED_BYTES, 0 },
	{ "root directory time", 7, MEANS_TIME, CODED_ISO9660, 0 },
	{ "root directory tail", 9, MEANS_NOTHING, CODED_BYTES, 0 },
	{ "volume set id", 128, MEANS_ID, CODED_BYTES, 0 },
	{ "publisher", 128, MEANS_TEXT, CODED_BYTES, 0 },
	{ "preparer", 128, MEANS_TEXT, CODED_BYTES, 0 },
	{ "application", 128, MEANS_TEXT, CODED_BYTES, 0 },
	{ "copyright file", 37, MEANS_PATH, CODED_BYTES, 0 },
	{ "abstract file", 37, MEANS_PATH, CODED_BYTES, 0 },
	{ "bibliographic file", 37, MEANS_PATH, CODED_BYTES, 0 },
	{ "creation time", 17, MEANS_TIME, CODED_ISO9660, 0 },
	{ "modification time", 17, MEANS_TIME, CODED_ISO9660, 0 },
	{ "expiration time", 17, MEANS_TIME, CODED_ISO9660, 0 },
	{ "effective time", 17, MEANS_TIME, CODED_ISO9660, 0 },
	{ "structure version", 1, MEANS_VERSION, CODED_LE, 0 },
	{ "unused 3", 1, MEANS_NOTHING, CODED_BYTES, 0 },
	{ "application use", 512, MEANS_NOTHING, CODED_BYTES, 0 },
	{ "reserved", 653, MEANS_NOTHING, CODED_BYTES, 0 },
	{ 0 },
};
static const struct derived_spec no_fields[] = { { 0 } };

struct format {
	uint16_t at; /* where the magic is */
	const char *magic;
	uint8_t magic_len;
	uint16_t header;
	int (*support)(archive_reader *a);
	const struct derived_spec *fields;
};

static const struct format formats[] = {
	{ 0, "7z\xbc\xaf\x27\x1c", 6, 32, archive_read_support_format_7zip, sevenzip_fields },
	{ 0, "MSCF\0\0\0\0", 8, 36, archive_read_support_format_cab, cab_fields },
	{ 0, "xar!", 4, 28, archive_read_support_format_xar, xar_fields },
	{ 0, "Rar!\x1a\x07\0", 7, 0, archive_read_support_format_rar, no_fields },
	{ 0, "Rar!\x1a\x07\x01\0", 8, 0, archive_read_support_format_rar5, no_fields },
	{ 32769, "CD001", 5, 32768 + 2048, archive_read_support_format_iso9660, volume_fields },
	{ 2, "-lh", 3, 0, archive_read_support_format_lha, no_fields },
	{ 2, "-lz", 3, 0, archive_read_support_format_lha, no_fields },
	{ 0, "WARC/1.", 7, 0, archive_read_support_format_warc, no_fields },
};

static const struct format *format_of(const uint8_t *data, uint64_t size)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const struct format *f = &formats[i];

		if (size < f->header || !range_inside(f->at, f->magic_len, size) || size < 32 ||
		    memcmp(data + f->at, f->magic, f->magic_len) != 0)
			continue;
		/* "-lh5-", header size and checksum before it, level 0 to 3 behind. */
		if (f->at != 2 || (data[6] == '-' && data[20] <= 3))
			return f;
	}
	return NULL;
}

static bool archive_probe(const uint8_t *data, uint64_t size)
{
	return format_of(data, size) != NULL;
}

static int archive_split(struct layout *l)
{
	const struct format *f = format_of(l->data, l->size);

	if (!f)
		return 0;
	layout_derived_fields(l, 0, f->fields);
	(void)layout_tagged(layout_add(l, f->header, l->size - f->header, PART_ENCODED, "entries"),
			    TAG_ENTRIES);
	return 0;
}

static void put_line(struct buffer *b, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	(void)buffer_printf(b, "%s ", key);
	for (; *value; value++) {
		if (*value == '\\' || *value == '\n')
			(void)buffer_puts(b, *value == '\n' ? "\\n" : "\\\\");
		else
			(void)buffer_putc(b, *value);
	}
	(void)buffer_putc(b, '\n');
}

static void put_time(struct buffer *b, const char *key, int set, time_t seconds, long nanoseconds)
{
	if (set)
		(void)buffer_printf(b, "%s %lld.%09ld\n", key, (long long)seconds, nanoseconds);
}

static const char *type_name(unsigned type)
{
	switch (type) {
	case AE_IFREG:
		return "file";
	case AE_IFDIR:
		return "directory";
	case AE_IFLNK:
		return "symlink";
	default:
		return "special";
	}
}

/* Names that the current locale cannot show come as UTF-8. */
static const char *either(const char *a, const char *b)
{
	return a ? a : b;
}

static void put_header(struct buffer *b, struct archive_entry *e)
{
	const char *path = either(archive_entry_pathname(e), archive_entry_pathname_utf8(e));

	put_line(b, "path", path && *path ? path : "(no name)");
	put_line(b, "type", type_name(archive_entry_filetype(e)));
	(void)buffer_printf(b, "mode %04o\n", (unsigned)archive_entry_perm(e));
	put_time(b, "mtime", archive_entry_mtime_is_set(e), archive_entry_mtime(e),
		 archive_entry_mtime_nsec(e));
	put_time(b, "atime", archive_entry_atime_is_set(e), archive_entry_atime(e),
		 archive_entry_atime_nsec(e));
	put_time(b, "ctime", archive_entry_ctime_is_set(e), archive_entry_ctime(e),
		 archive_entry_ctime_nsec(e));
	put_time(b, "birthtime", archive_entry_birthtime_is_set(e), archive_entry_birthtime(e),
		 archive_entry_birthtime_nsec(e));
	(void)buffer_printf(b, "uid %lld\ngid %lld\n", (long long)archive_entry_uid(e),
			    (long long)archive_entry_gid(e));
	put_line(b, "uname", archive_entry_uname(e));
	put_line(b, "gname", archive_entry_gname(e));
	if (archive_entry_size_is_set(e))
		(void)buffer_printf(b, "size %lld\n", (long long)archive_entry_size(e));
	put_line(b, "linkname", either(archive_entry_symlink(e), archive_entry_symlink_utf8(e)));
	put_line(b, "hardlink", either(archive_entry_hardlink(e), archive_entry_hardlink_utf8(e)));
}

static int put_zeros(struct entries_writer *w, uint64_t n)
{
	static const uint8_t zeros[16384];
	int r = 0;

	for (; n && r == 0; n -= n < sizeof(zeros) ? n : sizeof(zeros))
		r = entries_body(w, zeros, n < sizeof(zeros) ? n : sizeof(zeros));
	return r;
}

static int read_error(archive_reader *a, struct error *err)
{
	return archive_reader_error(a, "malformed archive", err);
}

static int put_body(struct entries_writer *w, archive_reader *a, struct error *err)
{
	uint64_t at = 0;
	la_int64_t off;
	const void *p;
	size_t n;
	int r;

	for (;;) {
		r = archive_read_data_block(a, &p, &n, &off);
		if (r == ARCHIVE_EOF)
			return 0;
		if (r != ARCHIVE_OK || off < 0 || (uint64_t)off < at)
			return read_error(a, err);
		r = put_zeros(w, (uint64_t)off - at);
		if (r == 0)
			r = entries_body(w, p, n);
		if (r < 0)
			return decode_not_stored(r, err);
		at = (uint64_t)off + n;
	}
}

static int put_entry(struct entries_writer *w, archive_reader *a, struct archive_entry *e, struct error *err)
{
	struct buffer lines = BUFFER_INIT(HEADER_LINES_MAX);
	int r;

	put_header(&lines, e);
	r = lines.error ? lines.error : entries_header(w, &lines);
	buffer_release(&lines);
	if (r < 0)
		return error_set(err, r, NULL, "the archive has too many entries, or too long names");
	return archive_entry_filetype(e) == AE_IFREG ? put_body(w, a, err) : 0;
}

static int put_entries(struct entries_writer *w, archive_reader *a, struct error *err)
{
	struct archive_entry *e;
	int r;

	for (;;) {
		r = archive_read_next_header(a, &e);
		if (r == ARCHIVE_EOF)
			return entries_end(w);
		if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
			return read_error(a, err);
		r = put_entry(w, a, e, err);
		if (r < 0)
			return r;
	}
}

/* libarchive takes the size of 7z's next header on trust, and memory for it. */
static bool next_header_fits(const struct layout *l)
{
	uint64_t at;

	if (memcmp(l->data, "7z\xbc\xaf\x27\x1c", 6) != 0)
		return true;
	return !add_overflows(load_le64(l->data + 12), 32, &at) &&
	       range_inside(at, load_le64(l->data + 20), l->size);
}

static int read_archive(const struct layout *l, struct spool *out, struct error *err)
{
	CLEANUP(archive_reader_freep) archive_reader *a = archive_read_new();
	CLEANUP(entries_release) struct entries_writer w;
	int r;

	r = entries_begin(&w, out);
	if (r < 0)
		return r;
	if (!a)
		return -ENOMEM;
	/* ARCHIVE_WARN: some part of the format needs an external program. */
	if (format_of(l->data, l->size)->support(a) != ARCHIVE_OK)
		return error_set(err, -ENOTSUP, NULL, "this libarchive does not read the format");
	if (!next_header_fits(l))
		return error_set(err, -EBADMSG, NULL, "the header that it announces lies outside");
	if (archive_read_open_memory(a, l->data, l->size) != ARCHIVE_OK)
		return read_error(a, err);
	return put_entries(&w, a, err);
}

static int archive_decode(const struct layout *l, const struct part *p, struct content **ret,
			  struct error *err)
{
	struct spool out;
	char name[256];
	int r;

	(void)p;
	r = spool_init(&out, l->budget, l->size);
	if (r < 0)
		return r;
	r = read_archive(l, &out, err);
	if (r < 0)
		spool_release(&out);
	else
		r = spool_finish(&out, decoded_name_of(l, name), ret);
	return r;
}

static bool archive_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	uint64_t off, size;

	switch (p->tag) {
	case TAG_7Z_START_CRC:
		store_uint(out, crc32_of(0, l->data + 12, 20), 4, false);
		return true;
	case TAG_7Z_NEXT_CRC:
		off = load_le64(l->data + 12);
		size = load_le64(l->data + 20);
		if (!range_inside(off, size, l->size - 32))
			return false;
		store_uint(out, crc32_of(0, l->data + 32 + off, size), 4, false);
		return true;
	case TAG_7Z_NEXT_OFFSET: /* the header reaches to the end */
		store_uint(out, l->size - 32 - load_le64(l->data + 20), 8, false);
		return true;
	case TAG_7Z_NEXT_SIZE:
		store_uint(out, l->size - 32 - load_le64(l->data + 12), 8, false);
		return true;
	case TAG_CAB_SIZE:
		store_uint(out, l->size, 4, false);
		return true;
	case TAG_ISO_SIZE: /* in blocks, in both byte orders */
		store_uint(out, l->size / 2048, 4, false);
		store_uint(out + 4, l->size / 2048, 4, true);
		return true;
	default:
		return false;
	}
}

const struct analyzer archive_analyzer = {
	.name = "archive",
	.title = "archive",
	.probe = archive_probe,
	.split = archive_split,
	.decode = archive_decode,
	.recompute = archive_recompute,
};
