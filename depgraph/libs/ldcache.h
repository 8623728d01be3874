/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ldcache.h: /etc/ld.so.cache, the dynamic loader's index of libraries.
 *
 *	r = ldcache_open(content, &cache, &err);
 *	r = ldcache_find(cache, "libz.so.1", found, ctx);     found() for each entry of that name, in the file's order
 *	ldcache_free(cache);
 *
 * Entries that only an older glibc's hardware strings select (AT_PLATFORM, "haswell") are left out;
 * those of glibc-hwcaps carry the name of their subdirectory.
 */
#ifndef DEPGRAPH_LIBS_LDCACHE_H
#define DEPGRAPH_LIBS_LDCACHE_H

#include "base/cleanup.h"
#include "base/content.h"

struct ldcache;

struct ldcache_entry {
	const char *name, *path;
	const char *hwcap; /* "x86-64-v3"; NULL: for every processor */
};

#define LDCACHE_ENTRIES_MAX (1u << 20)

/* -EBADMSG: no cache, or a malformed one. */
int ldcache_open(struct content *c, struct ldcache **ret, struct error *err);
void ldcache_free(struct ldcache *c);
DEFINE_CLEANUP(struct ldcache *, ldcache_free)
/* A non-zero result of the callback ends the search and is returned; 0: no more entries. */
int ldcache_find(const struct ldcache *c, const char *name, int (*found)(void *ctx, const struct ldcache_entry *e),
		 void *ctx);

#endif
