/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch_private.h: what watch.c, watch_look.c, watch_filter.c, watch_record.c and files.c share.
 */
#ifndef SANDBOX_WATCH_PRIVATE_H
#define SANDBOX_WATCH_PRIVATE_H

#include "sandbox/process.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WATCH_COMMAND_MAX 2048 /* of a command line, quoted */
#define WATCH_NONE        UINT32_MAX
#define WATCH_LINE_MAX    256  /* of a script's first line, as the kernel reads it */

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

/* ---- watch_filter.c ---- */

/* A filter for this process and its descendants; its listener, or a negative errno. */
int watch_install(const struct sock_filter *code, size_t count);
/* In the command's process, as watch_child(): stops what opens or executes a file. */
int watch_files_child(int socket);

/* ---- watch_look.c ---- */

ssize_t watch_read_memory(pid_t pid, uint64_t at, void *p, size_t n);
/* A string of at most size - 1 bytes. */
int watch_read_string(pid_t pid, uint64_t at, char *out, size_t size);
/* The file that an exec names, seen from where its caller stands (`base`: "cwd", "fd/7"); negative errno when it cannot be executed. */
int watch_open_program(pid_t pid, const char *base, const char *path);
/* The interpreter that the first line of a script names, and its argument; 0 or -ENOENT. */
int watch_interpreter_of(int fd, char out[WATCH_LINE_MAX], const char **ret_argument);

#endif
