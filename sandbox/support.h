/* SPDX-License-Identifier: Apache-2.0 */
/*
 * support.h: what we bring into an action's world: the preloaded library, its page, the probe (private to the sandbox).
 */
#ifndef SANDBOX_SUPPORT_H
#define SANDBOX_SUPPORT_H

#include "sandbox/preload.h"
#include "sandbox/root.h"

struct support {
	struct preload_page *page;   /* mapped; what the library sees. NULL: no library */
	struct preload_page *tracer; /* what the tracer sees; NULL: nothing is traced */
};

/* Makes ACTION_SUPPORT in the new root, or `root` NULL: in plan->room. */
int support_make(const struct plan *p, struct root *root, struct support *ret, struct error *err);
/* Fills the pages, when the command is about to start. */
void support_start(const struct plan *p, struct support *s);

#endif
