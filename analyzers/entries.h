/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entries.h: the plain form of an archive that a library reads for us.
 *
 * Formats that we read through libarchive (7z, iso9660, cab...) give entries,
 * not bytes with places.  Their decoder writes this form, and entries_analyzer
 * splits it, so that what differs between two archives is found in a named
 * field or in the body of a member:
 *
 *	magic     32 bytes
 *	entries   lines "KEY VALUE\n", the first of them the path; an empty line; the body
 *	index     per entry, u64 little-endian: offset, length of the lines with the empty one, length of the body
 *	footer    u64 count, u64 offset of the index, 16 bytes of magic
 *
 * In values a backslash is "\\" and a newline "\n".  Keys that do not apply are
 * left out.  Entries keep the archive's order.  The form lives in memory only;
 * the magics are random numbers, so that no file has them by accident.
 *
 *	struct entries_writer w;
 *	r = entries_begin(&w, &spool);
 *	r = entries_header(&w, &text);     lines without the empty one
 *	r = entries_body(&w, p, n);        as often as wanted
 *	r = entries_end(&w);               writes index and footer
 *	entries_release(&w);
 */
#ifndef ANALYZERS_ENTRIES_H
#define ANALYZERS_ENTRIES_H

#include "base/buffer.h"
#include "base/content.h"

#define ENTRIES_MAGIC "\x93" "ENTRIES\x0a\x5e\x1f\xc7\x08\xe2\xb4\x6d\x31\xfa\x87\x2c\xd9\x40\xbe\x15\x73\xa8\x0f\x96\x5b\xe4\x21\xcd"
#define ENTRIES_MAGIC_SIZE 32
#define ENTRIES_END "\x4b\xd3\x80\x16\xf9\x2e\xa7\x5c\x03\xbb\x68\xe1\x94\x3d\xc2\x7f"
#define ENTRIES_END_SIZE 16
#define ENTRIES_FOOTER_SIZE (16 + ENTRIES_END_SIZE)
#define ENTRIES_INDEX_SIZE 24
#define ENTRIES_MAX (UINT64_C(1) << 20)

struct entries_writer {
	struct spool *out;
	struct buffer index;
	uint64_t header, header_len; /* of the entry being written */
	uint64_t count;
};

int entries_begin(struct entries_writer *w, struct spool *out);
int entries_header(struct entries_writer *w, const struct buffer *lines);
int entries_body(struct entries_writer *w, const void *p, size_t n);
int entries_end(struct entries_writer *w);
void entries_release(struct entries_writer *w);

#endif
