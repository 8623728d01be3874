/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_store.h: what is kept of one execution log: the graph of its actions.
 *
 *	struct log_store a = LOG_STORE_INIT(&names), b = LOG_STORE_INIT(&names);
 *	r = log_store_read(&a, path, &err);
 *
 * Kept are numbers and hashes; texts that a report needs (arguments,
 * variables, whole digests) are read from the log again for the few actions that
 * are shown (log_details.h).  So memory is bounded by
 *
 *	 88 bytes an action, 4 an output
 *	 32 bytes a file that differs from all others in path or digest, and 6 for its place in the table
 *	 16 bytes and the last component a path, and 6 for its place (once for both logs)
 *	 44 bytes and 4 a member for a set of inputs, and 6 for its place; equal sets are kept once
 *
 * and while a compact log is read 8 to 23 for each id.  Comparing adds some 50 bytes an
 * action and 12 a path for a while.  An action of a compact log that has a source, an
 * output and a set of its own comes to some 370 bytes: 742 MB at the peak for two
 * logs of 1,010,100 actions (tests/execlog/make_execlog.py --spawns 1000000).
 *
 * Flat logs repeat all inputs for each action.  Their lists are cut into pieces
 * where a path's hash says so, pieces into pieces of pieces, and each is
 * kept once: the lists of a thousand actions that share their headers become one list with a
 * thousand tails.  The cuts depend on paths alone, so both logs are cut alike.
 */
#ifndef REPROCHECK_LOG_STORE_H
#define REPROCHECK_LOG_STORE_H

#include "reprocheck/log/execlog.h"
#include "reprocheck/log/array.h"
#include "reprocheck/log/names.h"

struct log_digest {
	uint64_t word[2]; /* the first 128 bits of a content's hash */
};

struct log_known_file {
	struct log_digest digest;
	uint64_t size;
	uint32_t path;
	uint32_t kind; /* enum log_file_kind */
};

struct log_known_set {
	struct log_digest content; /* of members and their order: equal sets of one structure are equal here */
	uint64_t paths;            /* the same of paths alone */
	uint64_t first;            /* member, in store->items */
	uint32_t count;
};

struct log_known_action {
	uint64_t args, env, platform; /* hashes */
	uint64_t digest;              /* hash of the digest as a cache knows it; 0: not known */
	uint64_t bytes;               /* of outputs */
	uint64_t first_output;        /* in store->outputs */
	uint32_t output_count;
	uint32_t key; /* name: the first output's path, or what else names it */
	uint32_t target, mnemonic, runner, status;
	uint32_t inputs, tools; /* sets; of a link: `inputs` is the path's name it leads to */
	int32_t exit_code;
	bool cache_hit, cacheable, is_link;
};

struct log_store {
	struct log_names *names; /* shared */
	struct execlog_info info;
	struct log_array files;   /* struct log_known_file; index 0 is none */
	struct log_array sets;    /* struct log_known_set; index 0 is the empty set */
	struct log_array items;   /* uint32_t: file, or set with EXECLOG_SET */
	struct log_array actions; /* struct log_known_action, in the log's order; links among them */
	struct log_array outputs; /* uint32_t: files */
	struct log_array scratch; /* uint64_t */
	uint32_t *file_slots, *set_slots;
	size_t file_slot_count, set_slot_count;
	size_t links; /* of the actions */
};

#define LOG_STORE_INIT(shared)                                          \
	{                                                               \
		.names = (shared), .files = LOG_ARRAY_OF(struct log_known_file),     \
		.sets = LOG_ARRAY_OF(struct log_known_set), .items = LOG_ARRAY_OF(uint32_t), \
		.actions = LOG_ARRAY_OF(struct log_known_action), .outputs = LOG_ARRAY_OF(uint32_t), \
		.scratch = LOG_ARRAY_OF(uint64_t)                       \
	}
void log_store_release(struct log_store *s);
int log_store_read(struct log_store *s, const char *path, struct error *err);
/* The sink that fills the store, for readers of memory. */
struct execlog_sink log_store_sink(struct log_store *s);

static inline const struct log_known_file *log_file_at(const struct log_store *s, uint32_t i)
{
	return LOG_AT(&s->files, const struct log_known_file, i);
}
static inline const struct log_known_set *log_set_at(const struct log_store *s, uint32_t i)
{
	return LOG_AT(&s->sets, const struct log_known_set, i);
}
static inline const struct log_known_action *log_action_at(const struct log_store *s, size_t i)
{
	return LOG_AT(&s->actions, const struct log_known_action, i);
}
static inline const uint32_t *log_items_of(const struct log_store *s, const struct log_known_set *set)
{
	return LOG_AT(&s->items, const uint32_t, set->first);
}
static inline uint32_t log_output_at(const struct log_store *s, const struct log_known_action *a, size_t i)
{
	return *LOG_AT(&s->outputs, const uint32_t, a->first_output + i);
}

/* The file of that path and digest; 0: there is none. */
uint32_t log_store_find(const struct log_store *s, uint32_t path, struct log_digest digest);
struct log_digest log_digest_of(const struct log_file *f);

static inline bool log_digest_equal(struct log_digest a, struct log_digest b)
{
	return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

#endif
