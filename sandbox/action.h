/* SPDX-License-Identifier: Apache-2.0 */
/*
 * action.h: one command, run in a small world of its own, and what came of it.
 *
 * The command sees the host's files, read-only, with some directories laid over
 * them that it may write to: its working tree, its home, the temporary
 * directories.  What it writes goes to memory (or below `scratch`) and never to
 * the host; what it wrote to its tree is handed back as a directory descriptor.
 * Own mount, PID, UTS, IPC, user and network namespaces; no root needed.
 *
 *	struct action a = ACTION_INIT;
 *	a.argv = argv; a.env = environment;
 *	a.inputs = "/home/me/project"; a.directory = "/home/me/project";
 *	r = action_run(&a, &result, &err);       // 0: it ran; how it ended is in the result
 *	... result->status, result->outputs, result->log ...
 *	action_result_free(result);
 *
 * Everything that a build may pick up from its surroundings is a member of
 * struct action, and is the same in each run unless the caller says otherwise:
 * that is what makes an experiment of it.  action_run() is thread-safe; several run
 * at once.  It touches no state of the caller's process but its descriptors.
 *
 * The world:
 *   /                     a new root, in which each entry of the host's root is bound, recursively, read-only
 *   ACTION_SUPPORT        what we bring: preload.so, its page, the probe; first in no search path
 *   directory             the working tree: an overlay of `inputs` (or of a doctored copy of it)
 *   writable[]            overlays as well (home, /tmp, /var/tmp); what is written there is only listed. Where something
 *                         is mounted below one, what it holds is overlaid piece by piece, and its files are read-only
 *   /dev                  null zero full random urandom tty ptmx pts shm fd stdin stdout stderr
 *   /proc                 of the new PID namespace
 * Where overlay is refused a fresh copy stands in; where a namespace is refused
 * the run goes on without it, and `world.missing` says which (see action_world_probe).
 *
 * What comes of a command that does not behave: `timeout_ms` passed: killed, with
 * every process it left; daemons die with the PID namespace; output beyond
 * `log_max` is counted and dropped; a full scratch is told (result->filled);
 * a write outside is refused by the read-only mounts.  When the caller dies (SIGKILL too),
 * the world dies with it, and nothing of it is left on disk unless `scratch` was
 * given: what is stale there is swept by the next run that uses it.
 *
 * Errors: -ENOENT (inputs), -EACCES, -ENOMEM, -ENOSPC, -EAGAIN (no process) and others,
 * all with a message; a command that cannot be executed is not an error of
 * action_run(): status 127 or 126, as a shell says it, with `log` saying why.
 */
#ifndef SANDBOX_ACTION_H
#define SANDBOX_ACTION_H

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "sandbox/process.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ACTION_SUPPORT "/.reprocheck"

/* What the host lets us have. */
enum world_feature {
	WORLD_USER = 1 << 0,     /* user namespace (not needed by root, used where it is there) */
	WORLD_MOUNT = 1 << 1,
	WORLD_PID = 1 << 2,
	WORLD_UTS = 1 << 3,
	WORLD_IPC = 1 << 4,
	WORLD_NETWORK = 1 << 5,
	WORLD_OVERLAY = 1 << 6,
	WORLD_SET_PID = 1 << 7,  /* the first process number can be chosen */
	WORLD_WATCH = 1 << 8,    /* seccomp user notification: which programs ran, who asked for the network */
	WORLD_TRACE = 1 << 9,    /* ptrace */
	WORLD_MAP_USER = 1 << 10, /* another uid can be shown */
};
struct world {
	unsigned has;     /* enum world_feature */
	char missing[512]; /* in words, for a warning: "no user namespaces (Operation not permitted): ..."; empty: all there */
};
/* Tries it, once a process; a few milliseconds. */
const struct world *action_world_probe(void);

enum action_clock {
	CLOCK_AS_IT_IS,
	/* The clock of the preloaded library, and the tracer's: CLOCK_REALTIME stands still at `clock_sec`, moves on by
	 * what processes sleep, and files made during the run show times of that clock. Monotonic clocks run. */
	CLOCK_FROZEN,
};
enum action_order { ORDER_AS_IT_IS, ORDER_SORTED, ORDER_REVERSED };

/* A directory that the command may write to, without anybody seeing it afterwards. */
struct writable {
	const char *at;   /* where the command sees it; made if need be */
	const char *from; /* what it holds at first, on the host; NULL: nothing */
};

struct action {
	const char *const *argv; /* NULL-terminated; found through PATH of `env`, inside */
	const char *const *env;  /* all of it, NULL-terminated, "NAME=value" */
	const char *inputs;      /* host directory: the tree that the command works on */
	const char *directory;   /* absolute: where the command sees it */
	const char *subdir;      /* working directory below it; NULL or "": itself */
	const struct writable *writable;
	size_t writable_count;
	/* Files and directories that lie elsewhere than on the host: bound read-only. */
	const struct writable *shown;
	size_t shown_count;
	const char *scratch; /* host directory for what is written; NULL: memory */
	uint64_t scratch_max; /* bytes a run may write to memory; 0: half of what is available */

	/* What is presented of the inputs. Any of these needs a copy (result->copied_bytes, copy_ms). */
	bool copy;               /* a copy although nothing below needs one */
	int64_t mtime_shift;     /* seconds, added to each input's mtime */
	int64_t atime_shift;
	bool copy_reversed;      /* entries of directories are made in the opposite order */

	/* Surroundings. */
	const char *host, *domain;  /* NULL: the host's */
	const char *user;           /* name for uid; NULL: the caller's own name, uid and gid */
	uid_t uid;
	gid_t gid;
	mode_t umask;
	unsigned long personality;  /* ADDR_NO_RANDOMIZE | UNAME26 */
	unsigned cpus;              /* how many it may use and see, also in /proc/cpuinfo and /sys; 0: all */
	pid_t first_pid;            /* of the command itself; 0: as it comes */
	bool tty;                   /* a terminal as stdin, stdout and stderr; false: /dev/null and pipes */
	bool network;               /* the host's; false: loopback only */
	enum action_clock clock;
	int64_t clock_sec;          /* since 1970 */
	enum action_order readdir;  /* what readdir() of dynamic programs says */
	uint64_t inode_shift;       /* added to inode numbers; device numbers change too when not 0 */
	bool no_preload;            /* bring no library: clock, readdir and inodes are as they are */

	bool trace;                 /* ptrace: who reads clocks, random bytes, names, orders; fakes static programs' clocks too */
	uint64_t timeout_ms;        /* 0: none */
	size_t log_max;             /* kept of stdout and stderr each: the first half and the last */
	/* Called now and then while it runs; true: stop it (result->interrupted). May be NULL. */
	bool (*interrupted)(void *ctx);
	void *interrupted_ctx;
};
#define ACTION_INIT { .umask = 022, .log_max = (size_t)1 << 20 }

/* What the command printed: the beginning, and the end where it is long. */
struct action_log {
	struct buffer head, tail;
	uint64_t total; /* bytes printed in all */
};

struct action_result {
	int status;        /* exit status as a shell gives it: 128 + signal */
	int signal;        /* 0: none */
	bool timed_out, interrupted;
	bool filled;       /* the scratch was full at some time */
	uint64_t leftover; /* processes that were still there when the command had ended, and were killed */
	double seconds;    /* of the command itself */
	double setup_seconds, copy_seconds; /* of making its world; of copying inputs, not counted in the former */
	uint64_t copied_bytes;
	struct action_log out, err;
	/* What it created or changed below `directory`: a directory holding just that (an overlay's upper side: whiteouts
	 * are character devices 0:0, and what is there may still equal the input). Close-on-exec; usable after the
	 * world is gone, as "/proc/self/fd/N". -1: nothing could be kept. What lies on disk (scratch, or no mount
	 * namespace) is removed by action_result_free(), not before. */
	int outputs;
	/* Names that it wrote elsewhere: "/home/me/.cache/x"; bounded. */
	char **elsewhere;
	size_t elsewhere_count;
	uint64_t elsewhere_total;
	struct process_list processes; /* sandbox/process.h */
	unsigned lacks;                /* enum world_feature that this run had to do without */
	char warning[256];             /* the first thing that could not be had in this run; empty: none */
};

int action_run(const struct action *a, struct action_result **ret, struct error *err);
void action_result_free(struct action_result *r);
DEFINE_CLEANUP(struct action_result *, action_result_free)

/* What the probe (sandbox/probe.c) saw when it was run instead of the command, as a JSON object's text in `ret`. The same
 * world, the same environment: what an axis changed, as seen from inside. */
int action_probe(const struct action *a, struct buffer *ret, struct error *err);

#endif
