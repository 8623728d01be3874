/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine.h: a call into code that may crash, hang or be turned against us.
 *
 * confine_call() forks, and the child runs one function under resource limits
 * and a seccomp filter: it can compute, use memory and write to its parent; it
 * cannot open files, start programs, send signals to others or reach a network.
 * What it writes arrives in a buffer.  If it dies, hangs or breaks the rules,
 * the caller gets an error that says so: a finding, not a crash.
 *
 *	static int work(void *ctx, struct confine_pipe *out)
 *	{
 *		...
 *		return confine_write(out, &answer, sizeof(answer));
 *	}
 *
 *	struct confine_limits limits = CONFINE_LIMITS;
 *	struct confine_report report;
 *	struct buffer out = BUFFER_INIT(limits.output_max);
 *	r = confine_call(work, &w, &limits, &out, &report, &err);
 *
 * The child has a copy of the caller's memory as of the call: `ctx` and all
 * that it points to may be read, and written without anybody seeing it.  All
 * descriptors but its pipe are closed.  In a program with threads only the
 * calling one exists in the child: the function must not take locks that
 * others may have held (malloc is safe, the C library sees to that).  Whatever
 * needs a file is opened, mapped or decoded before the call.
 *
 * Returns what the function returned (0 or a negative errno), or
 *   -ETIMEDOUT  the deadline passed, or the processor time was used up
 *   -EPERM      the filter stopped it: it tried what a parser has no business with
 *   -ECHILD     it died of a signal or exited on its own
 *   -EFBIG      it wrote more than output_max
 *   others      no process, pipe or memory
 * In all cases `out` holds what arrived until then, so work done piece by
 * piece is not lost.  No child is left behind.
 *
 * Where the host refuses seccomp (report.filtered is false) the call goes on
 * under the resource limits alone; say so to the user.  Under a sanitizer the
 * limit on memory is left out, since its shadow memory exceeds any limit.
 */
#ifndef SANDBOX_CONFINE_H
#define SANDBOX_CONFINE_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct confine_pipe;

struct confine_limits {
	uint64_t memory_max;   /* bytes that the child may add to what its parent has mapped */
	unsigned deadline_ms;  /* by the clock; processor time is limited to the same, rounded up to seconds */
	size_t output_max;
};
#define CONFINE_LIMITS { .memory_max = UINT64_C(1) << 30, .deadline_ms = 10000, .output_max = (size_t)16 << 20 }

struct confine_report {
	bool filtered; /* the seccomp filter was in force */
	int signal;    /* that ended the child; 0: none */
};

typedef int (*confine_function)(void *ctx, struct confine_pipe *out);

/* `report` may be NULL. */
int confine_call(confine_function fn, void *ctx, const struct confine_limits *limits, struct buffer *out,
		 struct confine_report *report, struct error *err);

/* In the child: sends n bytes to the parent. */
int confine_write(struct confine_pipe *out, const void *p, size_t n);

#endif
