/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_compare.h: two builds' actions, paired, and which of them began to differ.
 *
 *	struct log_comparison c = LOG_COMPARISON_INIT;
 *	r = log_compare(&a, &b, &options, &c);
 *	... c.roots, best first; c.matches ...
 *	log_comparison_release(&c);
 *
 * Each pair has one outcome:
 *
 *	same        command, inputs and outputs are the same
 *	divergent   command and inputs are the same, outputs or exit status are not: not deterministic
 *	changed     arguments, environment, platform, or inputs that no logged action made differ
 *	inherits    it differs only because an input differs that another differing action made
 *	absorbed    inputs differ so, and yet the outputs are the same: here the difference ends
 *
 * Divergent and changed actions are roots.  A root *invalidates* the actions
 * downstream of it that have an input which differs because of it, over any
 * number of steps, and their outputs' bytes.  An action that is downstream of several
 * counts for each; `exclusive` counts those that are downstream of this root alone.
 */
#ifndef REPROCHECK_LOG_COMPARE_H
#define REPROCHECK_LOG_COMPARE_H

#include "reprocheck/log/store.h"

enum log_outcome {
	LOG_DIVERGENT,
	LOG_CHANGED,
	LOG_INHERITS,
	LOG_ABSORBED,
	LOG_ONLY_A,
	LOG_ONLY_B,
	LOG_SAME,
	LOG_OUTCOME_COUNT
};

enum {
	LOG_ARGS = 1 << 0,
	LOG_ENV = 1 << 1,
	LOG_PLATFORM = 1 << 2,
	LOG_SOURCES = 1 << 3,      /* an input that no build step made */
	LOG_UNLOGGED = 1 << 4,     /* an input made by an action that is not in the log */
	LOG_INPUT_LIST = 1 << 5,   /* other inputs, not only other content */
	LOG_TOOLS = 1 << 6,        /* one of those inputs is a tool */
	LOG_GENERATED = 1 << 7,    /* an input that a logged action made */
	LOG_ACTION_DIGEST = 1 << 8, /* the log says only that command or inputs differ */
	LOG_UNKNOWN_INPUTS = 1 << 9, /* the log does not say whether inputs differ */
	LOG_OUTPUTS = 1 << 10,     /* contents of outputs */
	LOG_OUTPUT_LIST = 1 << 11, /* other outputs are there */
	LOG_EXIT = 1 << 12,        /* exit status or error */
	LOG_UNCHECKED = 1 << 13,   /* too much work to tell whether the input list is the same */
};
#define LOG_REASON_COUNT 14
#define LOG_COMMAND_REASONS                                                                                \
	(LOG_ARGS | LOG_ENV | LOG_PLATFORM | LOG_SOURCES | LOG_UNLOGGED | LOG_INPUT_LIST | LOG_ACTION_DIGEST | \
	 LOG_UNKNOWN_INPUTS)
#define LOG_RESULT_REASONS (LOG_OUTPUTS | LOG_OUTPUT_LIST | LOG_EXIT)

#define LOG_NONE UINT32_MAX

struct log_match {
	uint32_t a, b; /* indices of actions; LOG_NONE */
	uint16_t reasons;
	uint8_t outcome;
	bool hidden; /* not what was asked for: counts as a link of the graph only */
};

struct log_root {
	uint32_t match;
	bool ranked; /* what follows was counted */
	uint64_t actions, bytes, exclusive;
};

/* An input that is not the same and that no logged action made. */
struct log_source {
	uint32_t path;
	bool unlogged;    /* some build step made it all the same */
	uint64_t actions; /* pairs that read it; 0: beyond what is counted, or on one side only */
};

struct log_compare_options {
	const char *const *mnemonics, *const *targets; /* patterns; none: all */
	size_t mnemonic_count, target_count;
};

struct log_comparison {
	const struct log_store *a, *b;
	struct log_array matches; /* struct log_match: in A's order, then those only in B */
	struct log_array roots;   /* struct log_root: divergent first, then by what they invalidate */
	struct log_array sources; /* struct log_source: most read first */
	uint64_t counts[LOG_OUTCOME_COUNT]; /* of what was asked for */
	uint64_t changed_by[LOG_REASON_COUNT]; /* of the changed ones: how many for which reason, by bit */
	uint64_t unchecked, unranked;
	bool cyclic; /* some action depends on itself */
	bool exclusive_known;
};

#define LOG_COMPARISON_INIT                                                                             \
	{ .matches = LOG_ARRAY_OF(struct log_match), .roots = LOG_ARRAY_OF(struct log_root),            \
	  .sources = LOG_ARRAY_OF(struct log_source) }
void log_comparison_release(struct log_comparison *c);
/* Both stores share their names. -ENOMEM. The stores must outlive the comparison. */
int log_compare(const struct log_store *a, const struct log_store *b, const struct log_compare_options *o,
		struct log_comparison *ret);

/* "divergent" */
const char *log_outcome_name(enum log_outcome o);

#endif
