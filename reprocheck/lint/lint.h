/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lint.h: what will not be reproducible, seen in one build, without a second.
 *
 * Two readers give problems to one sink.  lint_artifact() asks the analyzers for
 * fields that hold what a build should not record (times, paths, hosts, users,
 * temporary names, random suffixes), with the same cause ids as `diff`.
 * lint_rules() reads build rules and scripts (BUILD, .bzl, Makefiles, CMake, shell,
 * Python...) for calls that bring it in.  Which reader a file gets is decided by name
 * and content (lint_kind).
 *
 * A problem has a place, a cause and a fix.  Readers keep back what is doubtful: the rate of false
 * alarms, measured on real build files, is in docs/lint.md.
 */
#ifndef REPROCHECK_LINT_LINT_H
#define REPROCHECK_LINT_LINT_H

#include "base/content.h"
#include "base/error.h"
#include "reprocheck/causes/causes.h"

#include <stdbool.h>
#include <stdint.h>

enum lint_kind {
	LINT_ARTIFACT,
	LINT_MAKE, LINT_SHELL, LINT_CMAKE, LINT_BAZEL, LINT_PYTHON, LINT_C, LINT_DOCKERFILE, LINT_NINJA,
	LINT_NOTHING, /* text that is no build rule */
};

struct problem {
	const char *file;          /* as found */
	const char *path;          /* artifacts: through parts, "libx.a//member.o//header//mtime"; rules: NULL */
	uint64_t offset;           /* artifacts: in the file or the decoded content */
	unsigned line, column;     /* rules: from 1; 0 for artifacts */
	const struct cause *cause;
	const char *rule;          /* rules: id of the pattern, "ar-without-D"; artifacts: the field's name */
	const char *text;          /* what stands there, quoted, bounded */
	const char *detail;        /* what it means: "2026-11-22 10:00:00Z" */
	const char *fix;           /* the exact edit */
};
/* Strings are the reader's and live as long as the call. A negative errno stops the reader and is returned. */
typedef int (*problem_sink)(void *ctx, const struct problem *p);

/* What is known about the build, and how much doubt is told. Zeroes: nothing, and none. */
struct lint_options {
	int64_t epoch;       /* the declared one: earlier times are meant to be there; 0: none */
	int64_t file_time;   /* when the file was written; 0: unknown */
	bool file_time_set;  /* somebody set it (touch, tar, a package): it says when the build was declared to be */
	const char *host, *user, *kernel;     /* of the machine that built; NULL: not looked for */
	const char *const *directories;       /* of the build: source, home, temporary; absolute, NULL-terminated; or NULL */
	bool pedantic;
	/* What could not be looked into: too deep, too large, damaged. NULL: nobody asks. */
	void (*note)(void *ctx, const char *path, const char *text);
	void *note_ctx;
};

/* For a file that was found in a tree: Python and shell only where they look like part of a build, and nothing below
 * directories of tests.  So `name` is relative to what the user named. */
enum lint_kind lint_kind_of(const char *name, const struct content *c);
/* For a file that the user named: by its language alone. */
enum lint_kind lint_kind_named(const char *name, const struct content *c);
/* options may be NULL. 0, -ENOMEM, or what the sink returned. */
int lint_artifact(const char *name, struct content *c, const struct lint_options *options, struct budget *budget,
		  problem_sink sink, void *ctx, struct error *err);
int lint_rules(const char *name, const struct content *c, enum lint_kind kind, problem_sink sink, void *ctx,
	       struct error *err);

#endif
