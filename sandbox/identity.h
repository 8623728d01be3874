/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity.h: who runs the action and on which host, as files and maps say it (private to the sandbox).
 *
 * A user namespace changes numbers only; names come from /etc/passwd and
 * /etc/group, so doctored copies of these are bound over the host's.  The same
 * for the host's name, which programs also find in /etc/hostname and /etc/hosts.
 */
#ifndef SANDBOX_IDENTITY_H
#define SANDBOX_IDENTITY_H

#include "base/buffer.h"
#include "sandbox/action.h"

#include <stdbool.h>
#include <sys/types.h>

/* Writes the maps of the process `pid`, which has just entered a user namespace. Without a->user each number stays what it
 * is: all of them when the caller is root, the caller's own otherwise. */
int identity_map(const struct action *a, pid_t pid, bool root);

/* Texts of the files, made from the host's. -ENOMEM, -EFBIG. */
int identity_passwd(const struct action *a, struct buffer *ret);
int identity_group(const struct action *a, struct buffer *ret);
/* `caller` is the host's own name, whose lines are left out. */
int identity_hosts(const struct action *a, const char *caller, struct buffer *ret);
int identity_hostname(const struct action *a, struct buffer *ret);

#endif
