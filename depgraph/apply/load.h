/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load.h: does the dynamic loader take it as it takes the original?
 *
 * load_compare() loads both with dlopen(RTLD_NOW), each in a child process of
 * its own, and compares: both load, or both fail for the same reason (a library that
 * this machine does not have).  Libraries that they need are looked for beside the copy, beside the
 * original and in its RUNPATH before the system's, so a set that is pruned together is loaded together.
 *
 * Loading runs the library's constructors.  The child has no standard input or output, may gain no
 * privileges, write no file, and ends by the deadline; use load_compare() only on
 * files that the user trusts to be loaded (--no-load leaves it out).
 */
#ifndef DEPGRAPH_APPLY_LOAD_H
#define DEPGRAPH_APPLY_LOAD_H

#include "base/error.h"

#include <stdbool.h>

#define LOAD_SECONDS 60

struct load_result {
	bool loads;        /* both do */
	char reason[256];  /* why neither does; empty when they do */
};

/* -EBADMSG: they differ (err says how). -ETIMEDOUT: the deadline; -EINTR: stop() said so. */
int load_compare(const char *original, const char *copy, bool (*stop)(void *ctx), void *ctx, struct load_result *ret,
		 struct error *err);

#endif
