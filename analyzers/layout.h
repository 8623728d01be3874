/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout.h: what the bytes of a content mean.
 *
 * A *layout* is one window of a content, tiled by *parts*: every byte of the
 * window belongs to exactly one part, in ascending order (layout_finish sorts,
 * fills what nobody claimed with PART_UNCLAIMED and refuses overlaps by
 * cutting the later part, with a note).  That tiling is the first of the
 * house's contracts, so analyzers never build parts[] themselves.
 *
 * Layouts are lazy.  An analyzer splits a window into parts that are cheap to
 * find and leaves the rest for later:
 *
 *   PART_GROUP    the same analyzer can split it further: layout_open()
 *   PART_CONTENT  the bytes stand for themselves (an archive member, a
 *                 section): layout_open() identifies them by content
 *   PART_ENCODED  layout_decode() produces another content (decompressed),
 *                 with coordinates and totals of its own
 *
 * A tar of 100,000 members is 100,000 parts, not a million header fields: a
 * member is a PART_GROUP, opened only when its bytes differ.
 *
 * Calling sequence
 *
 *	struct layout *l;
 *	r = layout_identify(content, 0, content_size(content), NULL, &l);   the format is found by content
 *	for (i = 0; i < l->count; i++)
 *		r = layout_open(l, &l->parts[i], &child); ... layout_unref(child);
 *	layout_unref(l);
 *
 * Ownership: a layout keeps its content and its parent alive (reference
 * counts, atomic); parts, names and privates live in its arena.  A finished
 * layout is immutable and may be read by many threads.
 *
 * Errors: a window that a probe accepts but that is malformed still becomes a
 * layout (what could be read, the rest PART_UNCLAIMED) with notes that say
 * offset and reason.  Only lack of memory is an error of identify and open;
 * decoding also fails on malformed input or a spent budget.
 */
#ifndef ANALYZERS_LAYOUT_H
#define ANALYZERS_LAYOUT_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/content.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum part_kind {
	PART_RAW,       /* bytes without known structure */
	PART_UNCLAIMED, /* no part of the format claims these bytes (gaps, trailing bytes) */
	PART_PADDING,   /* the format says: alignment, unused */
	PART_FIELD,     /* one value; see enum meaning and enum coding */
	PART_GROUP,
	PART_CONTENT,
	PART_ENCODED,
	PART_STRINGS,   /* NUL-terminated strings, one after the other */
	PART_TEXT,      /* lines */
	PART_RECORDS,   /* fixed-size records: see struct record_type */
	PART_CODE,      /* machine code */
	PART_DATA,      /* words that may refer to other places: see struct reference */
};

/* What a field's value is. Recognisers of causes read this, so choose the most telling one. */
enum meaning {
	MEANS_NOTHING, /* constant, reserved, or plain value */
	MEANS_MAGIC,
	MEANS_TIME,      /* a moment: coding says how */
	MEANS_UID,
	MEANS_GID,
	MEANS_USER,      /* name */
	MEANS_GROUP,     /* name */
	MEANS_MODE,      /* permission bits */
	MEANS_DEVICE,    /* device or inode number, link count */
	MEANS_HOST,
	MEANS_NAME,      /* of a member, section, symbol, file */
	MEANS_PATH,
	MEANS_SIZE,      /* length of other bytes */
	MEANS_OFFSET,    /* place of other bytes */
	MEANS_COUNT,
	MEANS_ADDRESS,
	MEANS_CHECKSUM,  /* follows from other bytes; recompute() should prove it */
	MEANS_ID,        /* build-id, UUID, GUID, stamp */
	MEANS_SEED,      /* random by purpose */
	MEANS_VERSION,   /* of a tool or format */
	MEANS_FLAGS,
	MEANS_SETTING,   /* of a compressor: level, method, operating system */
	MEANS_TEXT,      /* free text */
	MEANS_COUNTER,   /* counts changes (sqlite) */
	MEANS_SIGNATURE, /* cryptographic */
};

enum coding {
	CODED_BYTES,  /* no number */
	CODED_LE,     /* little-endian integer of the part's length (1..8) */
	CODED_BE,
	CODED_DEC,    /* ASCII, blank-padded */
	CODED_OCT,
	CODED_HEX,
	CODED_DOS,    /* MS-DOS time (low u16) and date (high u16), little-endian, local time */
	CODED_ISO9660, /* 7-byte or 17-byte ISO 9660 time */
	CODED_DEC_TEXT, /* decimal, possibly with a fraction (pax) */
	CODED_MAC,    /* seconds since 1904, big-endian */
	CODED_FILETIME, /* 100 ns since 1601, little-endian */
	CODED_BASE256, /* tar's binary numbers when the first byte's top bit is set, octal otherwise */
	CODED_ULEB,   /* unsigned LEB128 of the part's length */
};

/*
 * A reference: a word whose value names a place, so that its difference can be
 * *derived* from the way that place moved.  Targets are parts of the `image`
 * (the nearest enclosing layout that has addresses or sections, e.g. the ELF).
 */
enum reference_kind {
	REFERS_ADDRESS,     /* virtual address in the image */
	REFERS_PCREL,       /* target address - (address of the word + bias); x86: bias 4 plus 0..4 immediate bytes */
	REFERS_OFFSET,      /* offset from the start of part `target` of the image */
	REFERS_FILE_OFFSET, /* offset from the start of the image */
	REFERS_SIZE,        /* length of part `target` of the image (minus bias) */
	REFERS_EXTENT,      /* size of the object that begins at the value of the record's field `target` */
	REFERS_TABLE,       /* jump table entry: target address - address of the table's start */
	REFERS_SELF,        /* offset from the start of the leaf's own part (of the image) */
	REFERS_SELF_SIZE,   /* length of what follows in its own part or unit: both lengths reach to corresponding ends */
	REFERS_SECTION_ADDEND, /* relocation addend: offset in section part `target` (for relocatable objects) */
	REFERS_SPAN,        /* length of what the word before it, or the one before that, has the address of (slices) */
	REFERS_RECORD,      /* index of a record of part `target` (symbol index, section index) */
};

struct reference {
	enum reference_kind kind;
	uint8_t width;    /* 4 or 8 (1, 2 where a format has them) */
	bool big;
	bool aligned;     /* the word stands at a multiple of width from the start of the image, or of a decoded section */
	uint32_t target;  /* index into image->parts, or a record field; REFERENCE_NONE */
	int32_t bias;
};
#define REFERENCE_NONE UINT32_MAX

struct record_field {
	const char *name; /* NULL ends the list */
	uint16_t off, len;
	enum meaning meaning;
	enum coding coding;
	struct reference ref; /* width 0: none; analyzers may refine per record with ops->record_reference */
};

struct record_type {
	const char *name; /* "symbol", "relocation" */
	uint32_t size;
	const struct record_field *fields; /* tile the record */
};

struct part {
	uint64_t off, len;  /* relative to the layout's window */
	const char *name;   /* pairing key among siblings, stable across builds: section name, member path, field name */
	enum part_kind kind;
	enum meaning meaning;
	enum coding coding;
	bool recomputes;    /* analyzer->recompute() can say what the content makes it */
	uint16_t reference_count;
	const struct reference *references; /* for PART_FIELD, PART_CODE, PART_DATA */
	const struct record_type *records;  /* for PART_RECORDS */
	uint32_t tag;       /* private to the analyzer */
};

/* Address space of an image: bytes of the file and of memory that has no bytes (.bss). Sorted by address. */
struct address_range {
	uint64_t address, size;
	uint64_t off;     /* in the image's window; ADDRESS_NO_BYTES: memory only */
	const char *name; /* pairs memory-only ranges */
};
#define ADDRESS_NO_BYTES UINT64_MAX

struct note {
	uint64_t off; /* in the window */
	const char *text;
};

struct layout;

struct analyzer {
	const char *name;  /* "elf", "ar", "gzip" */
	const char *title; /* "ELF object or program" */

	/* Cheap, by content, never by name; `size` bytes may be read but a probe looks at few. */
	bool (*probe)(const uint8_t *data, uint64_t size);

	/* Splits the window (l->data, l->size) into parts with layout_add(). */
	int (*split)(struct layout *l);

	/* Splits a PART_GROUP; `child` is a new layout over the part's bytes, child->parent is its owner. NULL: no groups. */
	int (*split_part)(struct layout *child, const struct layout *l, const struct part *p);

	/* Produces the content behind a PART_ENCODED. -EBADMSG: malformed (err says where), -EFBIG: over the budget. */
	int (*decode)(const struct layout *l, const struct part *p, struct content **ret, struct error *err);

	/* Splits what a PART_ENCODED of `l` was decoded to, where the format knows what it is (a compressed .debug_str is
	 * strings). 1: done; 0: identify it by content. p may be NULL when `l` has one encoded part. NULL: always by content. */
	int (*split_decoded)(struct layout *child, const struct layout *l, const struct part *p);

	/* What the rest of the content makes this field: writes p->len bytes. false: cannot tell. */
	bool (*recompute)(const struct layout *l, const struct part *p, uint8_t *out);

	/* For records: a key that stays the same when derived fields change (e.g. hash of the symbol's name); NULL: by position. */
	uint64_t (*record_key)(const struct layout *l, const struct part *p, uint64_t index);
	/* The reference of one field of one record, where it depends on the record; false: as the table says. */
	bool (*record_reference)(const struct layout *l, const struct part *p, uint64_t index, unsigned field,
				 struct reference *ret);

	/* A name for a place: symbol+offset in code or data, unit in debug data. false: nothing better than the offset.
	 * off is relative to the window. */
	bool (*describe)(const struct layout *l, const struct part *p, uint64_t off, char *out, size_t size);
	/* Two or three lines on what a place holds, for -v: an instruction, a record's meaning. */
	bool (*context)(const struct layout *l, const struct part *p, uint64_t off, char *out, size_t size);
	void (*release)(struct layout *l); /* what is not in the arena; NULL: nothing */
};

struct layout {
	const struct analyzer *analyzer; /* of a layout of unknown format: "raw" or "text" */
	struct content *content;
	uint64_t base, size;   /* the window: [base, base+size) of the content */
	const uint8_t *data;   /* content_data + base */
	struct part *parts;    /* after layout_finish */
	size_t count;
	struct layout *parent; /* where it was opened from, or NULL */
	const struct layout *image;  /* itself or an ancestor; NULL when nothing refers */
	const struct address_range *ranges;
	size_t range_count;
	struct note *notes;
	size_t note_count;
	unsigned depth;        /* of containers */
	struct budget *budget; /* for decoding; never NULL (a default one when the caller gives none) */
	void *priv;            /* the analyzer's own, in the arena */
	struct arena arena;
	_Atomic unsigned references;
	size_t capacity;
	bool finished;
};

/* Identifies the window by content and splits it. Unknown bytes become "text" or "raw". */
int layout_identify(struct content *c, uint64_t off, uint64_t len, struct budget *budget, struct layout **ret);
/* A whole content as one raw part, whatever its format. */
int layout_as_raw(struct content *c, struct layout **ret);
/* Opens a PART_GROUP or PART_CONTENT. -EINVAL for other kinds. Past the depth limit a content is raw bytes, with a note. */
int layout_open(struct layout *l, const struct part *p, struct layout **ret);
/* Decodes a PART_ENCODED. The content's name is the member's ("x.tar" for "x.tar.gz" where known). */
int layout_decode(struct layout *l, const struct part *p, struct content **ret, struct error *err);
/* Identifies a content that was decoded from part `p` of `from`; depth is that of `from` plus one; past the limit it is raw bytes.
 * p may be NULL when `from` has one encoded part. */
int layout_identify_inside(struct layout *from, const struct part *p, struct content *c, struct layout **ret);
struct layout *layout_ref(struct layout *l);
void layout_unref(struct layout *l);
DEFINE_CLEANUP(struct layout *, layout_unref)

/* For analyzers: */
/* Adds a part; NULL: no memory, or len 0 (nothing is added), or outside the window (cut to it, noted). Callers may set more
 * members through the returned pointer, which is valid until the next layout_add. `name` is copied into the arena. */
struct part *layout_add(struct layout *l, uint64_t off, uint64_t len, enum part_kind kind, const char *name);
struct part *layout_addf(struct layout *l, uint64_t off, uint64_t len, enum part_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* A PART_FIELD with its meaning. */
struct part *layout_field(struct layout *l, uint64_t off, uint64_t len, const char *name, enum meaning m, enum coding c);
/* A PART_FIELD that recompute() can derive from other bytes. */
static inline struct part *layout_derived(struct layout *l, uint64_t off, uint64_t len, const char *name,
					  enum meaning m, enum coding c)
{
	struct part *p = layout_field(l, off, len, name, m, c);

	if (p)
		p->recomputes = true;
	return p;
}
/* A PART_GROUP with the tag that split_part() will know it by. */
static inline struct part *layout_group(struct layout *l, uint64_t off, uint64_t len, uint32_t tag, const char *name)
{
	struct part *p = layout_add(l, off, len, PART_GROUP, name);

	if (p)
		p->tag = tag;
	return p;
}
/* A run of fields described by a table (tiling from `off`); stops at the window's end. */
struct field_spec {
	const char *name; /* NULL ends the table */
	uint16_t len;
	enum meaning meaning;
	enum coding coding;
};
void layout_fields(struct layout *l, uint64_t off, const struct field_spec *specs);
void layout_note(struct layout *l, uint64_t off, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Sorts and tiles; layout_identify and layout_open call it after split. */
int layout_finish(struct layout *l);

/* For readers: */
static inline const uint8_t *part_data(const struct layout *l, const struct part *p)
{
	return l->data + p->off;
}
/* The number in a field (CODED_*), as seconds since 1970 when it means time. false: not a number. */
bool part_number(const struct layout *l, const struct part *p, uint64_t *ret);
/* The same of any bytes, at least one. */
bool coded_number(const uint8_t *bytes, uint64_t len, enum coding coding, uint64_t *ret);
/* The part that holds an offset of the window, by binary search. */
const struct part *layout_part_at(const struct layout *l, uint64_t off);
const struct part *layout_find(const struct layout *l, const char *name);
/* Address <-> offset in an image. false: no bytes there. */
bool image_offset(const struct layout *image, uint64_t address, uint64_t *ret);
bool image_address(const struct layout *image, uint64_t off, uint64_t *ret);
/* The last range that begins at or before the address (it may end before it); NULL: none. */
const struct address_range *image_range(const struct layout *image, uint64_t address);

/* All analyzers, in the order of probing; NULL-terminated. One file a format; see registry.c. */
extern const struct analyzer *const analyzers[];
extern const struct analyzer raw_analyzer, text_analyzer;

#endif
