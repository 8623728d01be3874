/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ldconf.h: the directories of /etc/ld.so.conf, for systems without a cache.
 */
#ifndef DEPGRAPH_LIBS_LDCONF_H
#define DEPGRAPH_LIBS_LDCONF_H

#include "base/arena.h"

struct ldconf {
	struct arena *arena;
	const char **directories;
	size_t count, capacity;
};

#define LDCONF_DIRECTORIES_MAX 1024

/* `root`: descriptor of the directory that names begin in; -1: "/". A file that is not there has no directories. 0 or -ENOMEM. */
int ldconf_read(struct ldconf *c, int root, const char *path);
/* Of musl: /etc/ld-musl-ARCH.path, by the interpreter's name. */
int ldconf_read_musl(struct ldconf *c, int root, const char *interpreter);

#endif
