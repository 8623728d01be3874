/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result.h: what a comparison found, as reports read it.
 *
 * A *space* is one pair of contents with one coordinate system: two files, or
 * two decoded contents inside them ("b.tar.gz//b.tar").  Conservation of bytes
 * holds per space: differing = primary + derived + unexplained, the sum of its
 * findings' bytes, counted as cmp counts (over the common length, plus the
 * excess).  The comparison's totals add up its *root* spaces only (the bytes of
 * the files given); a decoded space has totals of its own.
 *
 * A *finding* is one cause in one space.  Its `bytes` are differing positions
 * of that space; a place is one run of them.  All findings are kept, places
 * are kept up to a limit, `place_count` is always exact.
 *
 * Everything here is built once by compare and read-only afterwards; strings
 * belong to the result's arena.
 */
#ifndef REPROCHECK_COMPARE_RESULT_H
#define REPROCHECK_COMPARE_RESULT_H

#include "base/arena.h"
#include "reprocheck/run/axes.h"
#include "reprocheck/run/experiment.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cause;

enum byte_class { CLASS_PRIMARY, CLASS_DERIVED, CLASS_UNEXPLAINED, CLASS_COUNT };
enum evidence { LEVEL_UNEXPLAINED, LEVEL_RECOGNISED, LEVEL_CAUSED, LEVEL_PROVED };

struct place {
	const char *path;   /* through parts: "libx.a//member.o//.rodata"; starts below the space's own name */
	const char *region; /* last component: section, header field */
	uint64_t a_off, a_len; /* in the space's content; len 0: nothing on that side */
	uint64_t b_off, b_len;
	const char *symbol; /* "main+0x12"; NULL: none */
	const char *source; /* "src/x.c:12"; NULL: none */
	const char *a_text, *b_text; /* what stands there, quoted, bounded; NULL: nothing to show */
	const char *a_context, *b_context; /* instruction or meaning, for -v; NULL: none */
	const char *detail; /* what the recogniser or derivation says: "mtime 2026-01-01 00:00:00Z -> ..." */
};

struct finding {
	const char *id;            /* stable across runs: "build-path@lib/x.so//.debug_str" style; see docs/reprocheck-json.md */
	const struct cause *cause; /* causes.h */
	enum byte_class class;
	enum evidence level;
	uint64_t bytes;            /* differing positions in its space */
	uint64_t place_count;      /* runs, exact */
	struct place *places;      /* sorted by offset; at most the limit */
	size_t places_kept;
	const char *detail;        /* of the first place, or of all when they agree; NULL */
	const struct cause **from; /* for derived: the primaries it follows from, when known */
	size_t from_count;
	bool baseline;             /* known: listed in --baseline, does not fail */
	bool excluded;             /* --exclude-cause */
	axis_set axes;             /* that move these bytes, of an experiment; 0: none is known, or none was made */
	struct proof *proof;       /* NULL: no fix was tried */
	const char *process;       /* with --trace: the chain of commands down to the one that asked: "make > sh > date"; NULL */
	const char *asked;         /* what it asked for: "clock 2026-11-22 10:00:00Z"; NULL */
};

struct totals {
	uint64_t a_size, b_size;
	uint64_t differing;
	uint64_t by_class[CLASS_COUNT];
};

enum space_status { SPACE_SAME, SPACE_DIFFERS, SPACE_ONLY_A, SPACE_ONLY_B, SPACE_TROUBLE };

/* For the HTML byte map: the space cut in equal cells, each with its count of differing positions by class. */
#define MAP_CELLS 1024
struct byte_map {
	uint64_t cell_size;
	uint32_t cells; /* used */
	uint32_t counts[MAP_CELLS][CLASS_COUNT];
};

struct space {
	const char *name;    /* "bin/app" or "bin/app.tar.gz//app.tar": root name, then containers */
	const char *a_name, *b_name; /* as opened */
	const char *format;  /* analyzer's name */
	enum space_status status;
	const char *trouble; /* why, for SPACE_TROUBLE: vanished, changed, refused */
	unsigned depth;      /* 0: root (file) */
	struct space *parent;
	struct totals totals;
	struct finding *findings; /* sorted: primaries by bytes, then unexplained, then derived */
	size_t finding_count;
	const char **notes;  /* malformed input, limits reached: "offset 0x10: ..." */
	size_t note_count;
	struct byte_map *map; /* NULL when same */
};

/* A difference between directory entries that is no byte of a file: mode, link target, type, owner, time. */
struct entry_difference {
	const char *name;
	const char *what; /* "mode", "link target", "type", "owner", "mtime", "only in A", "only in B", "hard links" */
	const char *a, *b;
	const struct cause *cause; /* or NULL */
	bool baseline, excluded;   /* as for findings */
	axis_set axes;
};

/* For three or more builds. */
struct cluster {
	const char *digest; /* hex SHA-256 of the outcome */
	unsigned *builds;   /* indices of the builds that have it */
	size_t build_count;
};
struct clustering {
	const char *name; /* of the file within the builds */
	struct cluster *clusters;
	size_t cluster_count;
	bool always_different;
};

struct comparison {
	const char **builds; /* as given on the command line */
	size_t build_count;
	struct space **spaces; /* files in name order, each followed by its decoded spaces, depth first */
	size_t space_count;
	struct entry_difference *entries;
	size_t entry_count;
	struct clustering *clusterings; /* only for more than two builds */
	size_t clustering_count;
	uint64_t files_compared, files_same;
	struct totals totals; /* root spaces */
	bool trouble;         /* something could not be compared or trusted */
	struct experiment *experiment; /* NULL: builds were given, none were made */
	double seconds;
	struct arena arena;
	pthread_mutex_t lock; /* of the arena, while comparing */
};

const char *class_name(enum byte_class c);     /* "primary" */
const char *evidence_name(enum evidence e);    /* "recognised" */
const char *space_status_name(enum space_status s); /* "only-in-a" */

#endif
