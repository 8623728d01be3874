/* SPDX-License-Identifier: Apache-2.0 */
/*
 * causes.h: the causes of non-determinism, in one table.
 *
 * A cause says what it looks like, what fixes it for which tool with the exact
 * flag, what does not fix it, and under which names the Reproducible Builds
 * taxonomy knows it.  A recogniser looks at one *difference* (one run of bytes
 * that differ, with what both sides mean) and says how sure it is.
 *
 * recognise() asks every recogniser and takes the surest; below
 * RECOGNITION_MIN the difference is unexplained.  Recognisers are pure and
 * fast: they read the run, its field and the printable text around it.
 *
 * Some causes are not recognised but concluded by the engine (member order,
 * compressor settings, derived ones): their recogniser is NULL and the engine
 * names them through the CAUSE_* constants below.
 */
#ifndef REPROCHECK_CAUSES_CAUSES_H
#define REPROCHECK_CAUSES_CAUSES_H

#include "analyzers/layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the user told about the builds, to sharpen recognition. Any may be NULL/0. Index 0: A, 1: B. */
struct facts {
	const char *path[2];   /* build directory */
	int64_t time[2];       /* seconds since 1970; 0: unknown */
	const char *host[2];
	const char *user[2];
	const char *home[2];
	const char *tmpdir[2];
	const char *timezone[2]; /* "+02:00" or a zone name */
	const char *kernel[2];
	int64_t uid[2], gid[2];  /* -1: unknown */
	int64_t pid[2];          /* of the action; -1: unknown */
};

/* One side of a difference. */
struct side {
	const struct layout *layout; /* of the leaf part; NULL on a side that has none */
	const struct part *part;
	const uint8_t *leaf;         /* the leaf's bytes */
	uint64_t leaf_len;
	uint64_t at, len;            /* the run, relative to the leaf; len 0: nothing here */
};

struct difference {
	struct side side[2];
	const char *path;     /* parts' names down to the leaf: "member.o//.rodata" */
	const char *format;   /* analyzer of the leaf's layout: "tar" */
	const char *region;   /* name of the leaf part: ".rodata", "mtime" */
	const char *section;  /* nearest enclosing named section or member-level part of the image, or region */
	const char *file;     /* name of the space: file name through containers; for hints only */
	const struct record_field *field; /* for a record's field; NULL otherwise */
	const struct facts *facts;
	/* Text around the run, both sides, not NUL-terminated: the longest printable run (string, or line in text) that
	 * touches it; len 0 when the bytes are not text. `at` is the run's start inside the text. */
	struct {
		const char *p;
		size_t len, at;
	} text[2];
};

struct recognition {
	int score;         /* 0..100 */
	bool derived;      /* the field follows from other bytes (a checksum nobody could recompute is not) */
	char detail[160];  /* "2026-11-22 10:00:00Z -> 2026-11-22 10:00:07Z"; may be empty */
};
#define RECOGNITION_MIN 40

struct cause_fix {
	const char *tool; /* "gcc", "GNU ar"; NULL ends the list */
	const char *edit; /* the exact flag, variable or command */
};

struct cause {
	const char *id;         /* "ar-timestamps": kebab-case, stable for ever */
	const char *title;      /* "timestamps in archive member headers" */
	const char *axis;       /* time path tmpname host user env locale tz umask order-dir order-hash order-parallel random pid
	                           aslr uninit compress derived input-changed tool-changed cpu mtime kernel home tmpdir
	                           search-path network tty inode unknown; which of an experiment's axes each fits: axis_causes.c */
	const char *looks_like; /* a sentence or two */
	const struct cause_fix *fixes;
	const char *not_fixed_by; /* what people try in vain; NULL: nothing known */
	const char *const *aliases; /* Reproducible Builds issue names; NULL-terminated; may be NULL */
	void (*recognise)(const struct difference *d, struct recognition *r); /* NULL: concluded by the engine */
	const char *fix_line;       /* of a cause that is not in the table: what cause_fix_line() gives; else NULL */
};

extern const struct cause causes[]; /* id NULL ends it */

const struct cause *cause_find(const char *id);        /* by id or alias; NULL: unknown */
const char *cause_fix_line(const struct cause *c);     /* the first fix, "tool: edit"; "" when none */
/* The surest cause; NULL: none sure enough. */
const struct cause *recognise(const struct difference *d, struct recognition *ret);

/* Concluded by the engine (ids in the table). */
#define CAUSE_UNEXPLAINED "unexplained"            /* no recogniser knew it */
#define CAUSE_MOVED "moved"                        /* derived: content moved by N */
#define CAUSE_OFFSET "derived-offset"              /* derived: address, offset or size follows from an alignment */
#define CAUSE_CHECKSUM "derived-checksum"          /* derived: recomputed on both sides */
#define CAUSE_PAYLOAD "derived-payload"            /* derived: encoded form of a content that differs */
#define CAUSE_COMPRESSOR "compressor-settings"     /* same content, other encoding */
#define CAUSE_MEMBER_ORDER "archive-member-order"  /* ar members in another order */
#define CAUSE_ENTRY_ORDER "archive-entry-order"    /* tar, zip, cpio entries in another order */
#define CAUSE_LINK_ORDER "link-order"              /* sections, symbols or functions in another order */
#define CAUSE_LINE_ORDER "line-order"              /* the same lines in another order */
#define CAUSE_SET_ORDER "pyc-set-order"            /* the same elements of a set in another order */
#define CAUSE_ONE_SIDE "only-in-one"               /* a member or file that the other build does not have */
#define CAUSE_BUILD_ID "build-id"                  /* only the id differs: random; otherwise derived */

#endif
