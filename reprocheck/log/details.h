/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_details.h: everything about the few matches that a report shows.
 *
 *	struct log_details d = { 0 };
 *	r = log_details_read(&comparison, wanted, count, paths, &options, &d, &err);
 *	d.items[i] ... belongs to wanted[i]
 *	log_details_release(&d);
 *
 * The store keeps hashes; here both logs are read once more, and the texts of the wanted
 * actions and files are kept.  A log that is another one by now is refused by
 * execlog_read(), or shows as actions that are missing (-ESTALE).
 */
#ifndef REPROCHECK_LOG_DETAILS_H
#define REPROCHECK_LOG_DETAILS_H

#include "base/arena.h"
#include "reprocheck/log/compare.h"

struct log_file_detail {
	const char *path;
	enum log_file_kind kind;
	const char *hash; /* whole; "" for an empty file; of a directory or link: what was computed, or its target */
	uint64_t size;
	const struct log_file_detail *members;
	size_t member_count;
};

struct log_side_detail {
	const char **args;
	size_t arg_count;
	struct log_pair *env, *platform; /* sorted by name; NUL-terminated */
	size_t env_count, platform_count;
	const char *runner, *status;
	int32_t exit_code;
	bool cache_hit;
};

/* One file that both sides name, or one of them: NULL where it is not. */
struct log_file_pair {
	const char *path;
	const struct log_file_detail *a, *b;
	bool tool, generated;
	uint32_t producer; /* match of the action of A (or B) that made it; LOG_NONE */
};

struct log_detail {
	const char *target, *mnemonic, *key;
	struct log_side_detail side[2]; /* zeros for a side that is not there */
	struct log_file_pair *outputs;  /* that differ */
	size_t output_count;
	struct log_file_pair *inputs; /* that differ: at most inputs_max, sorted by path */
	size_t input_count;
	uint64_t inputs_differing; /* exact */
};

struct log_details_options {
	size_t inputs_max;
};

struct log_details {
	struct log_detail *items;
	size_t count;
	struct arena arena;
};

int log_details_read(const struct log_comparison *c, const uint32_t *wanted, size_t count, const char *const paths[2],
		     const struct log_details_options *o, struct log_details *ret, struct error *err);
void log_details_release(struct log_details *d);

#endif
