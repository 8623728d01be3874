/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lint_walk.h: private to the linter of artifacts (lint_artifact.c, lint_fields.c, lint_text.c).
 *
 * There is one build, and the recognisers of causes read two.  So the linter
 * asks them a hypothetical question: had another build written something else
 * here (another user's directory, the next second), what would `diff` call the
 * difference?  lint_tell() makes that other side: a copy of the surroundings with
 * one character changed.  Ids, and which tool's option is the fix, are those of
 * `diff` by construction; what is left for the linter is to decide which values
 * are suspicious at all.
 */
#ifndef REPROCHECK_LINT_WALK_H
#define REPROCHECK_LINT_WALK_H

#include "base/buffer.h"
#include "reprocheck/lint/lint.h"
#include "reprocheck/causes/recognisers.h"

struct lint_walk {
	const char *file;
	const struct lint_options *options;
	struct buffer path;  /* of the part at hand, below the file */
	size_t space;        /* where the innermost decoded content's own paths begin in it */
	problem_sink sink;
	void *ctx;
	unsigned depth;
};

/*
 * What the recognisers said of a leaf's suspects, by their rule.  A question costs tens of microseconds, and a text may
 * hold a million paths: from LINT_RECOGNISED_MAX on, one is taken to be what the last one was.
 */
#define LINT_RECOGNISED_MAX 100
#define LINT_RULES_MAX      16 /* of a leaf; the detectors have fewer */
struct lint_memo {
	struct {
		const char *rule; /* compared by address: the detectors' own literals */
		unsigned count;
		const struct cause *last; /* that was told */
	} rules[LINT_RULES_MAX];
};

/* A part that is not split further. */
struct lint_leaf {
	struct lint_walk *w;
	struct layout *layout;
	const struct part *part;
	const uint8_t *data;
	uint64_t len;
	const char *section; /* the nearest section of the image, or the part's name */
	bool image, debug;   /* of a program; of its debug information */
	struct lint_memo *memo; /* NULL: every suspect is asked about */
};

/* A value that another build would have written differently. */
struct lint_suspect {
	uint64_t at, len;           /* in the leaf */
	uint64_t change;            /* the character that is another one on the hypothetical other side */
	char to;                    /* what it becomes; 0: the value is not changed (fields, whose meaning suffices) */
	const struct facts *facts;  /* NULL: none */
	const char *fallback;       /* the cause when the recognisers know none; NULL: then it is not told */
	const char *conclude;       /* the cause, when there is nothing to recognise; NULL: the recognisers are asked */
	const char *only;           /* told when this is the cause, else not; NULL: any */
	const char *rule;           /* NULL: the part's name */
	const char *tool;           /* whose fix is meant; NULL: the cause's first */
	char detail[200];
};

/* Another character of the same kind: digits stay digits, letters letters of their case. */
char lint_other_character(char c);
/* 0, or what the sink returned. */
int lint_tell(const struct lint_leaf *leaf, const struct lint_suspect *s);

int lint_field(const struct lint_leaf *leaf);
/* All texts in a leaf. */
int lint_text(const struct lint_leaf *leaf);

/*
 * Detectors: what begins at an offset of the leaf's bytes.  *ret_end moves behind what was recognised, told or not, and
 * stays where nothing was.  0, or what the sink returned.
 */
typedef int lint_detector(const struct lint_leaf *leaf, uint64_t at, uint64_t *ret_end);
lint_detector lint_path;      /* lint_paths.c: at a slash */
lint_detector lint_made_up;   /* lint_names.c: names of temporary files */
lint_detector lint_suffix;    /* lint_names.c: suffixes and hashes that tools append, stamps of version control */
lint_detector lint_stamp;     /* lint_stamps.c: times in texts */
/* lint_names.c: names of the machine and its user, which may begin anywhere. */
int lint_facts(const struct lint_leaf *leaf);

/* The bytes around an offset, at most WINDOW_REACH to either side; *ret_at: the offset in it. */
struct window lint_window(const struct lint_leaf *leaf, uint64_t at, size_t *ret_at);

/* Whether a time is one that nobody's clock made: zero, a format's own beginning, midnight, before the declared epoch. */
bool lint_time_is_declared(const struct lint_options *o, int64_t t);
/* Within so many days before the file was written, or was said to be. */
bool lint_time_is_near(const struct lint_options *o, int64_t t, int days);
/* Whether a clock showed it within the day before the file was written; unknown of a file that was given its time. */
bool lint_time_is_fresh(const struct lint_options *o, int64_t t);

#endif
