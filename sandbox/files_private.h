/* SPDX-License-Identifier: Apache-2.0 */
/* files_private.h: what files.c (processes) and files_look.c (calls) share. */
#ifndef SANDBOX_FILES_PRIVATE_H
#define SANDBOX_FILES_PRIVATE_H

#include "sandbox/files.h"

#include <linux/seccomp.h>
#include <sys/types.h>

/* Notes what a stopped call is about to open. */
void files_look(struct files_seen *s, pid_t caller, const struct seccomp_data *call);
/* What is open already: the standard streams. */
void files_look_inherited(struct files_seen *s);

#endif
