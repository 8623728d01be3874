/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.h: the programs that an action ran, and what they asked the system for.
 *
 * Filled by the watcher (seccomp user notification: programs and connections)
 * or, with action.trace, by the tracer (ptrace: also who read which source of
 * entropy, with the value).  A process that runs several programs one after
 * another has one entry each, `parent` of the next being the one before.
 */
#ifndef SANDBOX_PROCESS_H
#define SANDBOX_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum program_kind {
	PROGRAM_DYNAMIC,   /* the preloaded library reaches it */
	PROGRAM_STATIC,    /* no interpreter */
	PROGRAM_FOREIGN,   /* another architecture or word size */
	PROGRAM_PRIVILEGED,/* set-user-id: the loader ignores the library */
	PROGRAM_SCRIPT,    /* #!: its interpreter has an entry of its own */
	PROGRAM_UNKNOWN,
};

struct process {
	int pid;         /* as the action sees it */
	size_t parent;   /* index; SIZE_MAX: the action itself */
	enum program_kind kind;
	char *program;   /* path */
	char *command;   /* arguments, quoted for a shell, bounded */
};

enum entropy_source {
	SOURCE_CLOCK,      /* value: seconds (8 bytes) and nanoseconds (8) as int64, this host's byte order */
	SOURCE_MONOTONIC,
	SOURCE_RANDOM,     /* getrandom(), /dev/urandom: the first bytes */
	SOURCE_HOST,       /* uname(), gethostname(): nodename as text */
	SOURCE_DIRECTORY,  /* getdents64(): the directory's path as text */
	SOURCE_PID,        /* getpid(), gettid(): int64 */
	SOURCE_NETWORK,    /* connect(), sendto(): "1.2.3.4 port 443" as text */
	SOURCE_STAT_TIME,  /* a time of a file made in this run: int64 seconds */
	SOURCE_COUNT
};
#define OBSERVED_MAX 64

struct observation {
	size_t process; /* index */
	enum entropy_source source;
	uint64_t count; /* equal ones are folded */
	size_t len;
	uint8_t value[OBSERVED_MAX];
};

struct process_list {
	struct process *items;
	size_t count, capacity;
	struct observation *observations;
	size_t observation_count, observation_capacity;
	uint64_t dropped; /* beyond the limits: processes and observations */
};
#define PROCESSES_MAX    100000
#define OBSERVATIONS_MAX 200000

void process_list_release(struct process_list *l);
/* Both copy; *ret_index may be NULL. 0, -ENOMEM, or -EFBIG when it was dropped (and counted). */
int process_list_add(struct process_list *l, const struct process *p, size_t *ret_index);
int process_list_observe(struct process_list *l, const struct observation *o);
const char *entropy_source_name(enum entropy_source s); /* "clock", "random", ... */
/* What an executable file is to a preloaded library of this program's own class and machine. */
enum program_kind program_kind_of(int fd);

#endif
