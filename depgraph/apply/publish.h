/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish.h: outputs appear whole or not at all.
 *
 * Everything is written in a directory of its own beneath the output directory,
 * under the names that it shall have, and renamed out of it when all of it was verified.
 *
 *	CLEANUP(publish_release) struct publish p = PUBLISH_NONE;
 *	r = publish_begin(&p, "out", &err);            out is made if it is not there
 *	fd = publish_create(&p, "libx.so", 0755, &err);
 *	... write, close, verify publish_path(&p, "libx.so") ...
 *	r = publish_commit(&p, &err);                  -EEXIST: a name is taken; nothing was published
 *
 * publish_release() without a commit removes all of it, the output directory too if
 * it was made.  A process that is killed leaves a directory ".depgraph-apply-..."; the next
 * run in that directory removes those that no running process holds (a lock, which dies with its
 * holder).
 *
 * Between publish_begin() and publish_release() the first SIGINT, SIGTERM or SIGHUP is only remembered: work stops when it asks
 * interrupted(). The second one kills.
 */
#ifndef DEPGRAPH_APPLY_PUBLISH_H
#define DEPGRAPH_APPLY_PUBLISH_H

#include "base/error.h"
#include "base/interrupt.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct publish {
	char *dir, *temporary; /* paths */
	int dirfd, fd;         /* of both; the second holds the lock */
	char **names;
	size_t count;
	bool made_dir;
};
#define PUBLISH_NONE { .dirfd = -1, .fd = -1 }

int publish_begin(struct publish *p, const char *dir, struct error *err);
void publish_release(struct publish *p);
/* A new, empty file open for reading and writing. -EEXIST: two outputs of that name, or it is taken in the output
 * directory. */
int publish_create(struct publish *p, const char *name, mode_t mode, struct error *err);
/* The name of something that the caller makes (a tree) at publish_path(). */
int publish_claim(struct publish *p, const char *name, struct error *err);
/* Its path until the commit; caller frees. NULL: no memory. */
char *publish_path(const struct publish *p, const char *name);
int publish_commit(struct publish *p, struct error *err);


#endif
