/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile.h: which files recorded runs used (docs/profile.md).
 *
 *	r = profile_read("run.json", &profile, &err);
 *	r = profile_merge(profile, other);              runs and counts of the other are added
 *	f = profile_find(profile, "/usr/lib/x.so");
 *	r = profile_write(profile, "all.json", &err);
 *	profile_free(profile);
 *
 * A file is identified by path and content: two runs that saw different contents at one path
 * make two entries.  Profiles are input: hostile.
 */
#ifndef DEPGRAPH_RECORD_PROFILE_H
#define DEPGRAPH_RECORD_PROFILE_H

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROFILE_FORMAT    "carbolic-profile"
#define PROFILE_VERSION   1
#define PROFILE_FILES_MAX 4000000
#define PROFILE_RUNS_MAX  100000
#define PROFILE_SIZE_MAX  ((size_t)1 << 30)

struct profile_file {
	const char *path; /* absolute; bytes */
	uint64_t reads, writes, execs;
	uint64_t runs;    /* in how many it was used */
	uint64_t size;    /* valid with has_digest */
	struct sha256 digest;
	bool has_digest;  /* not of what a run wrote, and not when it was not asked for */
	bool made;        /* by a run: it was not there before */
};

struct profile {
	json_t *runs; /* array of objects, as docs/profile.md has them */
	struct profile_file *files;
	size_t count, capacity;
	size_t *table, table_size; /* by path: index + 1 of the first with it */
	struct arena arena;
};

int profile_new(struct profile **ret);
void profile_free(struct profile *p);
DEFINE_CLEANUP(struct profile *, profile_free)

/* Something that begins as a profile does: what inputs recognise it by. */
bool profile_probe(const void *p, size_t n);
/* -EBADMSG: not a profile, or damaged; err says what. */
int profile_read(const char *path, struct profile **ret, struct error *err);
int profile_parse(const void *p, size_t n, const char *name, struct profile **ret, struct error *err);
int profile_merge(struct profile *into, const struct profile *other);
/* Atomically; "-" is standard output. */
int profile_write(const struct profile *p, const char *path, struct error *err);

/* Adds to the entry of that path and content, or makes one; copies. */
int profile_add(struct profile *p, const struct profile_file *f);
/* The first entry of a path; NULL. */
const struct profile_file *profile_find(const struct profile *p, const char *path);
size_t profile_run_count(const struct profile *p);

#endif
