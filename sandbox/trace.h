/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.h: ptrace over an action's processes (private to the sandbox).
 *
 * Run by the first process of the action's world, which is the parent of the
 * rest and waits for them anyway: trace_loop() takes the place of that waiting.
 * The command's process calls trace_child() before it executes the command: it stops there
 * until it is attached, and installs a seccomp filter that stops only the system
 * calls we want to see (SECCOMP_RET_TRACE), so the others run at full speed.
 *
 * At every exec AT_SYSINFO_EHDR is taken out of the new program's auxiliary vector, so that
 * it finds no vDSO and reads its clocks by system calls; those are recorded and, with
 * CLOCK_FROZEN, answered with the page's clock (also the times of files that the action
 * made).  This reaches static programs.  Blind: rdtsc, rdrand and AT_RANDOM,
 * which need no system call (trace_blind_spots says so in words).
 *
 * What is seen is written to `out`, a stream of records that trace_read() turns into a
 * process list on the other side.
 */
#ifndef SANDBOX_TRACE_H
#define SANDBOX_TRACE_H

#include "base/bytes.h"
#include "base/error.h"
#include "sandbox/preload.h"
#include "sandbox/process.h"

#include <stdbool.h>
#include <sys/types.h>

#define TRACE_BLIND_SPOTS "rdtsc, rdrand and the 16 bytes of AT_RANDOM need no system call: the trace cannot see them"

/* In the command's process, between fork and exec: stops until traced, then filters.  `page` as in struct trace (NULL: the
 * clock as it is): calls that only a frozen clock needs stop only then.  Takes no memory.  0 or negative errno. */
int trace_child(const struct preload_page *page);

struct trace {
	/* Mapped; may be NULL.  A program whose library answers its clock makes no system call: give the library a page
	 * of its own with CLOCK_AS_IT_IS, or its clock reads are not seen and its sleeps are counted twice. */
	struct preload_page *page;
	int out;                   /* records are written here */
	/* Asked ten to fifty times a second: true kills everything. */
	bool (*stop)(void *ctx); /* may be NULL */
	void *ctx;
	uint64_t *leftover;        /* processes still there when the command had ended, and killed; may be NULL */
};
/* Until the command `pid`, a child that is in trace_child(), has ended and all that it left has been killed. *ret_status: as
 * waitpid() gives it.  It reaps every child of the caller.  Negative errno (-EPERM: may not trace): the command was killed. */
int trace_loop(const struct trace *t, pid_t pid, int *ret_status);

/* The records of a trace, from anybody: hostile. */
int trace_read(const void *p, size_t n, struct process_list *ret, struct error *err);

#endif
