/* SPDX-License-Identifier: Apache-2.0 */
/*
 * temporary.h: a directory on the host that goes when its owner does, however that ends.
 *
 * A small process of its own, the keeper, waits for the end of a connection that the owner
 * holds, and removes the directory then: also after SIGKILL, and after a signal to the
 * whole process group, of which it is no member.  It holds none of the owner's other
 * descriptors.
 */
#ifndef REPROCHECK_RUN_TEMPORARY_H
#define REPROCHECK_RUN_TEMPORARY_H

#include "base/cleanup.h"

#include <sys/types.h>

struct temporary {
	char path[256]; /* "": there is none */
	int alive;      /* the owner's end of the connection */
	pid_t keeper;
};
#define TEMPORARY_NONE { .path = "", .alive = -1 }

/* TMPDIR/NAME.XXXXXX, or below /tmp; anybody may look into it. Call it from the main thread. */
int temporary_new(const char *name, struct temporary *ret);
void temporary_release(struct temporary *t); /* waits until it is gone */

#endif
