/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inside.h: the first process of an action's world (private to the sandbox).
 *
 * The caller of action_run() prepares a struct plan and forks; the child enters its
 * namespaces (spawn.h) and calls inside_main(), which builds the new root, starts
 * the command, watches it, waits for it and whatever it leaves, and ends; then the
 * kernel takes the world apart.
 *
 * The two sides speak in three ways:
 *   struct report   memory that both see: how it went. Written by the inside, read by the
 *                   caller when the inside is gone, so what was there before a hard kill counts.
 *   control         a socket: descriptors for the caller, one byte "stop" for the inside;
 *                   its end tells the inside that the caller is gone
 *   records         an unnamed file: programs that ran, connections (watch.h, trace.h)
 */
#ifndef SANDBOX_INSIDE_H
#define SANDBOX_INSIDE_H

#include "base/error.h"
#include "sandbox/action.h"
#include "sandbox/preload.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* What the inside tells. One writer at a time. */
struct report {
	struct error error;      /* code != 0: there is no world */
	_Atomic pid_t inside;    /* its number as the caller sees it */
	_Atomic bool running;    /* the command was started: stop it kindly */
	bool ended;              /* the command ended by itself or on demand; `status` is valid */
	int status;              /* as waitpid() gives it */
	bool filled;
	uint64_t leftover, copied_bytes;
	uint64_t dropped;        /* programs and connections that are not in the records */
	double command_seconds, copy_seconds;
	double started;          /* CLOCK_MONOTONIC when the command was started */
	/* The outputs are a whole copy of the inputs, of which the command changed what has a later ctime. */
	bool whole;
	/* What was made for the command has a ctime of this at most, where that tells it from what the command made; else 0. */
	struct timespec settled;
	unsigned lacks;
	char warning[sizeof(((struct action_result *)0)->warning)];
};

/* Notes that the run goes on without a feature; the first text stays. */
void report_lack(struct report *r, enum world_feature feature, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* What the caller prepared. */
struct plan {
	const struct action *action;
	unsigned use;            /* enum world_feature: what to set up */
	bool root;               /* the caller's effective user is root */
	bool user_namespace;     /* we are in one of our own */
	bool probe;              /* run the probe and not the command */
	bool copy;               /* the tree is an overlay of a copy */
	bool chown;              /* action->user without a user namespace: the copy belongs to it */
	const char *inputs;      /* resolved */
	const char *hide;        /* the inputs' own place, to be made empty; NULL: leave it */
	const char *room;        /* host directory for all that is written; NULL: memory. Never NULL without mount namespace */
	uint64_t memory_max;     /* of the memory file system */
	const char *caller;      /* the host's name, for /etc/hosts */
	/* As the command sees them: argv, environment with LD_PRELOAD, its directory, ACTION_SUPPORT or what stands in for it. */
	const char *const *argv;
	const char *const *env;
	const char *directory;
	const char *support;
	struct report *report;   /* shared */
	int control, out, err, records;
};

/* Messages on the control socket: one byte, with a descriptor where it says so. */
enum message {
	MESSAGE_NAMESPACE = 'n', /* a user namespace is there and wants its maps; answered by the same */
	MESSAGE_OUTPUTS = 'o',   /* descriptor: the directory of what is written to the tree */
	MESSAGE_WRITABLE = 'w',  /* descriptor: of what is written to the next of action->writable */
	MESSAGE_SHARED = 'm',    /* descriptor: of /dev/shm */
	MESSAGE_TERMINAL = 't',  /* descriptor: the terminal's other side */
	MESSAGE_LISTENER = 'l',  /* descriptor: of the watcher's filter; from the command to the inside */
	MESSAGE_DONE = 'd',
	MESSAGE_STOP = 's',      /* to the inside */
};
int message_send(int socket, enum message m, int fd); /* fd -1: none */
/* The message, 0 at the end, or a negative errno; *ret_fd is -1 without one. */
int message_receive(int socket, int *ret_fd);

/* Does not return. */
_Noreturn void inside_main(struct plan *p);

double monotonic_seconds(void);

/* Without a mount namespace the tree is PLAN->room "/tree", the writable directories are "/w0", "/w1"..., and ACTION_SUPPORT "/support". */
#define STAND_IN_TREE     "tree"
#define STAND_IN_WRITABLE "w%zu"
#define STAND_IN_SUPPORT  "support"

#endif
