/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.h: which files a command and all its children open, on the host as it is.
 *
 *	r = files_run(&command, finish, ctx, &outcome, &err);
 *
 * The command keeps its environment, directory, descriptors, terminal and limits; only
 * what it opens is noted.  `finish` is called once, when it has ended, and is handed what was seen.
 *
 * How: a seccomp filter stops open, openat, openat2, creat, execve and execveat until the
 * recorder, an ancestor, has looked at what is about to be opened (seccomp_unotify(2)); then the call goes on
 * unchanged.  This sees static and Go programs, threads, forks and vforks, and leaves ptrace() to the
 * command: debuggers and leak checkers inside work.  Two processes of ours:
 *
 *	caller (files_run)      waits; hands signals on; returns when the command has ended
 *	  `- recorder           answers; calls `finish`; stays, silent, while anything that was started is left
 *	       `- command
 *
 * So it does no harm to kill the caller: the recorder goes on and finishes.  When the recorder
 * itself is killed by SIGKILL, what the command opens then fails (ENOSYS).  Processes that the command leaves behind
 * become the recorder's children.
 *
 * What is noted: regular files whose open would succeed as the call stands, by the path of what is really
 * opened (links resolved, relative to the caller's directory, descriptor and root).  Not:
 * stat() and its kin, names alone (O_PATH), directories.  Programs that are executed come with the interpreter of
 * a script and the loader that an ELF file names.
 *
 * Blind, and said in `blind`: programs of another architecture or word size.  Set-user-id programs run without that
 * effect unless the caller may filter without no_new_privs (CAP_SYS_ADMIN); `blind` names those too.
 * io_uring opens are not seen.
 */
#ifndef SANDBOX_FILES_H
#define SANDBOX_FILES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_use {
	char *path;
	uint64_t reads, writes, execs;
	bool made; /* it was not there before */
};

struct files_blind {
	char *program;
	const char *why;
};

struct files_seen {
	struct file_use *items; /* in the order of first use */
	size_t count, capacity;
	size_t *table, table_size;
	struct files_blind *blind;
	size_t blind_count;
	uint64_t programs;  /* executed */
	uint64_t unread;    /* calls whose caller could not be looked at */
	uint64_t elsewhere; /* files of another mount namespace, which have no path here */
	uint64_t dropped;   /* beyond FILES_MAX */
	bool leftover;      /* something it started still ran when the command had ended */
	double seconds;
};
#define FILES_MAX 2000000

struct files_outcome {
	int status; /* of the command, as waitpid() gives it */
	bool started;
};

/* In the recorder, which has no standard streams any more: what it cannot do it says in *err. */
typedef int files_finish(void *ctx, const struct files_seen *seen, int status, struct error *err);

/*
 * Of a single-threaded process. 0, or a negative errno: the command was not started (outcome->started is false: -ENOSYS and
 * -EPERM when the kernel does not offer it), or `finish` failed. argv[0] is looked for in PATH; when it cannot be executed the
 * status is 127 (not there) or 126.
 */
int files_run(char *const argv[], files_finish *finish, void *ctx, struct files_outcome *ret, struct error *err);

/* Notes a use. 0 or -ENOMEM. */
enum files_access { FILES_READ = 1, FILES_WRITE = 2, FILES_EXEC = 4, FILES_MADE = 8 };
int files_note(struct files_seen *s, const char *path, unsigned access);
const struct file_use *files_find(const struct files_seen *s, const char *path);
void files_release(struct files_seen *s);

#endif
