/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.h: which programs an action runs, and whom it wants to talk to, by seccomp user notification
 * (private to the sandbox).
 *
 * The command's process installs a filter that stops execve, execveat, connect and
 * sendto with an address, hands its listener to the first process of the world, and executes the
 * command.  The first process reads what the call is about from the caller's memory, writes a record, and
 * always lets the call go on: this is watching, not a fence.
 */
#ifndef SANDBOX_WATCH_H
#define SANDBOX_WATCH_H

#include "base/error.h"
#include "sandbox/process.h"

#include <stddef.h>

/* In the command's process: installs the filter and sends the listener through `socket`. */
int watch_child(int socket);

struct watch;
/* In the first process: receives the listener. `out`: where records are written. */
int watch_new(int socket, int out, struct watch **ret);
void watch_free(struct watch *w);
/* For poll(): readable when somebody waits. */
int watch_descriptor(const struct watch *w);
/* What was not written because there was too much of it. */
uint64_t watch_dropped(const struct watch *w);
/* Answers one. -ENOENT: nobody waits any more; -EPIPE: the last watched process is gone. */
int watch_serve(struct watch *w);

/* The records, from anybody: hostile. A last one that is cut is left out. */
int watch_read(const void *p, size_t n, struct process_list *ret, struct error *err);

#endif
