/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixes.h: fixes that a program can apply to a command, to prove them.
 *
 * causes.h has fixes for people.  Those that are an environment variable, or a flag
 * of a tool that the action runs, are here in a form that `reprocheck run`
 * applies: the variable is set for the action; the flag is added by a wrapper that
 * stands before the tool in PATH (so it reaches make, cmake and shell scripts), or to
 * the command's own arguments when the command is the tool.
 *
 * A written fix is one word or two: "NAME=value", or "TOOL FLAG...", as in
 * "gcc -ffile-prefix-map=$PWD=."; --try takes the same.  In values and flags
 *   $PWD      is the action's working directory
 *   $OUTPUT   is the tool's output (the argument of -o), for -frandom-seed=$OUTPUT
 *   $EPOCH    is a moment a day before the control run's time, seconds since 1970
 * TOOL is a file name pattern ("*gcc*" would be too wide: "gcc", "g++", "cc", "*-gcc" are listed apart, by '|').
 * Its flags are words as a shell splits them, with these in front, both optional:
 *   NAME=value...  set for this tool alone: "rpmbuild SOURCE_DATE_EPOCH=$EPOCH --define '...'"
 *   a subcommand   the flags go behind it, and only where it is the call's: "go build -trimpath"
 * For ar the flags are letters that join those of the operation: "ar D".
 *
 * Before use a fix is resolved, which puts the action's directory and time in. What is left of them in a wrapper is the
 * directory that the tool runs in, and SOURCE_DATE_EPOCH; the output it looks for itself, at each call.  It leaves
 * alone the calls that the flag would break: -Wl,... where nothing is linked, nvcc -objtemp where no object is made,
 * `date -d`, `cpio -i` and their kin.
 */
#ifndef REPROCHECK_RUN_FIXES_H
#define REPROCHECK_RUN_FIXES_H

#include "base/error.h"
#include "reprocheck/causes/causes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fix_kind { FIX_VARIABLE, FIX_FLAG };
struct applied_fix {
	enum fix_kind kind;
	const char *tool;  /* FIX_FLAG: "gcc|g++|cc|c++|*-gcc|*-g++" */
	const char *name;  /* FIX_VARIABLE: its name */
	const char *value; /* of the variable; or the flags, words separated by blanks */
	/* Where the flags go: right behind the tool's name (false), or at the end (true). */
	bool last;
};

/* Fixes to try for a cause, likeliest first; NULL when none can be applied by a program. *ret_count. */
const struct applied_fix *fixes_for(const char *cause, size_t *ret_count);
/* The causes that have such fixes, by index from 0; NULL behind the last. */
const char *fixes_cause(size_t index);
/* A fix as a user writes it. The strings of *ret are allocated; fix_release() frees them. -EINVAL with a message. */
int fix_parse(const char *text, struct applied_fix *ret, struct error *err);
void fix_release(struct applied_fix *f);
/* Whether the tool pattern takes this program: its file name, against each alternative. */
bool fix_takes(const struct applied_fix *f, const char *program);
/* With $PWD and $EPOCH replaced; a directory with blanks stays one word. NULL leaves $PWD to the wrapper, for which it is
 * the directory that the tool runs in. fix_release() frees *ret. -ENOMEM. */
int fix_resolve(const struct applied_fix *f, const char *directory, int64_t epoch, struct applied_fix *ret);
/* As it is written: caller frees; NULL: no memory. Of a tool pattern with many alternatives the first two. */
char *fix_text(const struct applied_fix *f);
/* The text of a wrapper script (/bin/sh) that executes `real` with the flags added; caller frees; NULL: no memory.
 * `real` is absolute and becomes argv[0], so that tools which look for their parts beside themselves find them. */
char *fix_wrapper(const struct applied_fix *f, const char *real);

#endif
