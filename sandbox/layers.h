/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layers.h: the directories of an action that it may write to (private to the sandbox).
 *
 * The working tree and each of action->writable are an overlay of a host's directory, or many (cover.h), or a copy, or
 * empty; the side that takes what is written is sent to the caller, before the action starts.  In a mount namespace
 * they are added to the root; without one they are made in plan->room under the names of inside.h.
 */
#ifndef SANDBOX_LAYERS_H
#define SANDBOX_LAYERS_H

#include "base/error.h"
#include "sandbox/root.h"

int layers_add(struct root *r, struct error *err);
int layers_stand_in(const struct plan *p, struct error *err);

#endif
