/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture.h: what a command prints, as it comes: the beginning and the end are kept (private to the sandbox).
 *
 * Nothing is lost in between that the limit has room for: with a total of at most `max` head and tail together are all of it.
 */
#ifndef SANDBOX_CAPTURE_H
#define SANDBOX_CAPTURE_H

#include "sandbox/action.h"

#include <stdbool.h>
#include <stddef.h>

struct capture {
	int fd;       /* not blocking; -1 at its end */
	size_t half;
	char *ring;   /* the last `half` bytes beyond the head */
	size_t next;  /* where the next byte goes */
	struct action_log *log;
};

int capture_init(struct capture *c, size_t max, struct action_log *log);
void capture_release(struct capture *c);
/* Takes the descriptor. */
void capture_begin(struct capture *c, int fd);
/* Reads what is there; false at the end. */
bool capture_drain(struct capture *c);
/* Puts the tail in order into the log. */
int capture_finish(struct capture *c);

#endif
