/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relink.h: the recorded link done again with edits, beside the original, and the two compared.
 *
 * A suggestion whose edit is one of the link line carries the action
 *
 *	{ "do": "relink",
 *	  "line": ["cc", "-o", "app", "main.o", "-lz"],    the recorded words, responses expanded
 *	  "directory": "/home/me/build",
 *	  "drop": [4],                                     words to leave out: their index in "line"; or "-lz": each equal word
 *	  "replace": [[3, "-Wl,-O1"]],                     optional: words to write otherwise
 *	  "add": ["-Wl,--gc-sections"],                    words to add: behind the program
 *	  "append": ["-Wl,--as-needed"],                   optional: at the end
 *	  "needed": ["libz.so.1"] }                        optional: NEEDED entries that are meant to go
 *
 * Several actions on one line are one link: their edits are joined (relink_same_line() tells which belong together).
 *
 *	struct relink_report report;
 *	struct relink_options o = { .out = "pruned", .seconds = 300 };
 *
 *	r = relink_apply(actions, n, &o, &report, &err);
 *	for (i = 0; i < report.check_count; i++) ... report.checks[i].name, .ok, .text ...
 *	relink_report_release(&report);
 *
 * Nothing of the original link is written to: output, map, and the other files that options name
 * (dependency file, statistics, plugin resolution) go into a new directory inside `out`, and only a finished,
 * checked output is renamed into `out`, under the original's name.  On any error nothing is left there.
 * The linker runs with this process' environment, in the recorded directory, for at most `seconds`; then it is killed
 * with all that it started.  It is the user's own recorded command: the caller asks before it runs one that it did not record.
 *
 * Compared with the original output (`before`, else the line's -o where it is there, else the line linked once
 * without edits):
 *
 *	elf           opens, and is of the same class, machine and type
 *	exports       the same exported dynamic symbols, with versions. Of a program without --export-dynamic only
 *	              noted, when some are gone: they were there because a library referred to them
 *	needed        none is new; the ones that went are those meant to go, or fell to --as-needed
 *	imports       no dynamic symbol is undefined that was not before, and each still has who may define it
 *	entry         the entry point is inside code; main is still defined where the original's symbol table has it
 *	size          before and after, in the file and in memory: it did not grow
 *
 * Errors: -EINVAL (the action is malformed, or the actions are not of one line), -ENOENT (directory, linker),
 * -ETIMEDOUT, -EBADMSG (the linker failed: err has its last words), -ENOSPC and the like, -ENOMEM.  A check that fails
 * is no error: report->ok is false, and the output was not kept.
 */
#ifndef DEPGRAPH_APPLY_RELINK_H
#define DEPGRAPH_APPLY_RELINK_H

#include "base/error.h"
#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct relink_options {
	const char *out;    /* directory, is there */
	const char *before; /* the original output; NULL: see above */
	unsigned seconds;   /* 0: RELINK_SECONDS */
	bool keep_anyway;   /* publish although a check failed */
};
#define RELINK_SECONDS 600

struct relink_check {
	const char *name; /* "elf", "exports", ... */
	bool ok;
	char text[256];   /* what was found, for people */
};
#define RELINK_CHECKS 8

struct relink_report {
	char *output;       /* the new file, in `out`; NULL when it was not kept */
	char *map;          /* its map, where the line writes one; NULL */
	char *command;      /* what ran, quoted for a shell */
	uint64_t bytes_before, bytes_after;
	uint64_t loaded_before, loaded_after; /* memory of PT_LOAD */
	struct relink_check checks[RELINK_CHECKS];
	size_t check_count;
	bool ok;            /* all checks */
};

bool relink_is_action(const json_t *action);
/* The plan was made with the link line: it can be done again. */
bool relink_has_line(const json_t *action);
/* The file that the recorded line writes, as a path from here; caller frees. NULL: it does not say. */
char *relink_output(const json_t *action);
/* Both are relinks of the same words in the same directory. */
bool relink_same_line(const json_t *a, const json_t *b);
int relink_apply(const json_t *const *actions, size_t count, const struct relink_options *o, struct relink_report *ret,
		 struct error *err);
void relink_report_release(struct relink_report *r);

/*
 * The edited line as words (borrowed from the actions' strings; free the array): what relink_apply() would run, before outputs are
 * redirected. For --dry-run and for tests.
 */
int relink_words(const json_t *const *actions, size_t count, const char ***ret, size_t *ret_count, struct error *err);

#endif
