/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cleanup.h: ownership made visible.
 *
 * A local that owns something carries CLEANUP(fn); the owner hands it out with
 * steal_pointer() or steal_fd().  Destructors accept NULL and half-built
 * objects.  Fixed verbs: X_init / X_release for embedded objects, X_new /
 * X_free for allocated ones, X_ref / X_unref for shared ones.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* Defines static void NAMEp(TYPE **): a cleanup for a pointer local. Use: CLEANUP(foo_freep) struct foo *f = NULL; */
#define DEFINE_CLEANUP(type, fn)                                        \
	static inline __attribute__((unused)) void fn##p(type *p)       \
	{                                                               \
		if (*p)                                                 \
			fn(*p);                                         \
	}

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}
#define AUTO_FREE CLEANUP(cleanup_free)

static inline void cleanup_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}
#define AUTO_FD CLEANUP(cleanup_fd)

DEFINE_CLEANUP(FILE *, fclose)
DEFINE_CLEANUP(DIR *, closedir)

static inline int steal_fd(int *fd)
{
	int r = *fd;
	*fd = -1;
	return r;
}

#define steal_pointer(p)                         \
	({                                       \
		__typeof__(p) stolen_pointer_ = (p); \
		(p) = NULL;                      \
		stolen_pointer_;                 \
	})

#endif
