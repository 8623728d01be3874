/* SPDX-License-Identifier: Apache-2.0 */
/* relink_private.h: what the parts share: relink.c (steps), relink_words.c (edits), relink_run.c (the linker), relink_compare.c. */
#ifndef DEPGRAPH_APPLY_RELINK_PRIVATE_H
#define DEPGRAPH_APPLY_RELINK_PRIVATE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "depgraph/apply/relink.h"

struct relink_line {
	const char **words; /* NULL-terminated */
	size_t count;
	const char *directory;
};

/* The words with every file that options name for writing moved into `into` (absolute). Strings are in the arena. */
struct relink_outputs {
	const char *output, *map; /* where they are now; map NULL: none */
	const char *original;     /* the output as the line names it */
	const char *original_map;
};
int relink_redirect(const struct relink_line *line, const char *into, struct arena *arena, struct relink_line *ret,
		    struct relink_outputs *ret_outputs);

/*
 * Runs it; what it printed last is in `said`. 0; -ETIMEDOUT; -EINTR: a signal; -EBADMSG: it failed;
 * -ENOENT, -EACCES: it could not be started.
 */
int relink_run(const struct relink_line *line, unsigned seconds, struct buffer *said, struct error *err);

struct relink_compare {
	const char *before, *after;
	bool exports_promised;       /* --export-dynamic and the like, or a shared library */
	bool as_needed;
	const char *const *dropped;  /* words that the edits left out */
	size_t dropped_count;
	const char *const *needed;   /* NEEDED entries that are meant to go */
	size_t needed_count;
};
/* Fills checks, sizes and ok. */
int relink_compare(const struct relink_compare *c, struct relink_report *report, struct error *err);

#endif
