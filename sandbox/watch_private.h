/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch_private.h: what watch.c and watch_record.c share.
 */
#ifndef SANDBOX_WATCH_PRIVATE_H
#define SANDBOX_WATCH_PRIVATE_H

#include "sandbox/process.h"

#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WATCH_COMMAND_MAX 2048 /* of a command line, quoted */
#define WATCH_NONE        UINT32_MAX

struct watch {
	int listener, out;
	uint32_t *last;        /* by process number: the index of its last program + 1 */
	size_t last_size;
	uint32_t count;        /* of programs written */
	uint32_t observed;     /* connections written */
	uint64_t dropped;      /* beyond the limits of a process list */
	struct seccomp_notif *notice;
	struct seccomp_notif_resp *answer;
};

/* The index of the program that a thread's process is, or is a fork of; WATCH_NONE. *ret_process (may be NULL): that process. */
uint32_t watch_program_of(const struct watch *w, pid_t thread, pid_t *ret_process);
/* The last program of a process. */
uint32_t watch_last_of(const struct watch *w, pid_t process);
/* Write a record. 0, -EFBIG (dropped) or another negative errno. */
int watch_write_program(struct watch *w, pid_t process, uint32_t parent, enum program_kind kind, const char *program,
			const char *command);
int watch_write_network(struct watch *w, uint32_t process, const char *text);

#endif
