/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctored.h: host files that the action sees otherwise: who and where it is, how many processors there are
 * (private to the sandbox).
 */
#ifndef SANDBOX_DOCTORED_H
#define SANDBOX_DOCTORED_H

#include "base/error.h"
#include "sandbox/root.h"

/* Makes them in the scratch and adds them to the root. A file that cannot be had is noted in the report. */
int doctored_add(struct root *r, struct error *err);

#endif
