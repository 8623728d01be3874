/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace_private.h: what the tracer's files share.
 *
 *	trace.c         waits, and says what each stop means
 *	trace_tasks.c   the threads, and their memory
 *	trace_exec.c    a new program: its auxiliary vector, its name and arguments
 *	trace_clock.c   the clock, sleeping, times of files
 *	trace_values.c  all other values; the table of what is done about each call
 *	trace_record.c  observations folded, written as a stream, and read again
 *
 * A tracee may die at any moment (SIGKILL, or another thread's exec), also between two looks at it: each look
 * can fail, and then what was going to be seen is not recorded.  Its end comes by waitpid().
 */
#ifndef SANDBOX_TRACE_PRIVATE_H
#define SANDBOX_TRACE_PRIVATE_H

#include "base/buffer.h"
#include "sandbox/preload.h"
#include "sandbox/process.h"
#include "sandbox/trace_registers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- records ----------------------------------------------------------------------------------------------- */

/* The distinct values that one program had from one source, in the order it had them. */
struct seen {
	struct observation *items;
	size_t count, capacity;
	uint64_t rest; /* what came when there were enough of them */
};

/* One entry of the process list while some process still runs it; threads and forks share it. */
struct program {
	size_t index;
	unsigned refs;
	uint64_t clock_looks, waited_ns; /* what moves its own frozen clock on */
	bool other_time;                 /* it is in a time namespace of its own */
	struct seen seen[SOURCE_COUNT];
};

struct recorder {
	int out;
	int error; /* of writing: nothing more is written */
	struct buffer pending;
	uint64_t processes, observations, dropped;
};

void recorder_init(struct recorder *r, int out);
/* Writes what is left and the end. The programs must have been released. */
void recorder_finish(struct recorder *r);

/* `p` without `parent`, which is the entry of `before` (NULL: none). NULL: beyond the limits, or no memory. */
struct program *program_new(struct recorder *r, const struct process *p, const struct program *before);
struct program *program_ref(struct program *p);
void program_unref(struct recorder *r, struct program *p); /* the last one writes the observations; NULL does nothing */

/* A program of NULL is one that could not be recorded. More than OBSERVED_MAX bytes are cut. */
void program_observe(struct program *p, enum entropy_source source, const void *value, size_t len);
/* It has as many distinct values as are kept: program_count() does for the next. */
bool program_full(const struct program *p, enum entropy_source source);
void program_count(struct program *p, enum entropy_source source);

/* ---- tasks ------------------------------------------------------------------------------------------------- */

struct call {
	enum traced_call id;
	uint64_t args[6];
};

/* A call that waits, of a program whose clock stands: how long, as the program sees it. */
struct wait {
	int64_t ns;           /* what the clock moves on by when nothing but time ends it */
	int64_t began;        /* CLOCK_MONOTONIC */
	bool own;             /* only this program's clock: whether it ends by time is a race */
	uint64_t rewritten;   /* where the caller's deadline was made a real one; 0: nowhere */
	int64_t deadline[2];  /* what stood there: struct timespec */
};

struct task {
	struct task *next;
	pid_t tid;
	pid_t process;           /* whose thread it is; 0: not asked yet */
	struct program *program; /* a reference; NULL before the first exec */
	struct call call;        /* whose result is awaited; CALL_NONE */
	struct wait wait;
	int64_t monotonic_ns;    /* what it last read; 0: nothing */
	unsigned hunt;           /* so many more calls are all stopped, for a read of random bytes */
};

#define TASK_BUCKETS 1024
struct task_table {
	struct task *buckets[TASK_BUCKETS];
};
struct task *task_find(struct task_table *t, pid_t tid);
/* Found or made, with the program of `creator` (NULL: none). NULL: no memory; then its calls are not seen. */
struct task *task_add(struct task_table *t, pid_t tid, const struct task *creator);
/* The same for one that stops for the first time before its creator's stop was reported: /proc says whose it is. */
struct task *task_arrived(struct task_table *t, pid_t tid);
void task_remove(struct task_table *t, struct recorder *records, pid_t tid);
bool task_is_first(struct task *task); /* of its process */

/* What /proc says of a thread. */
struct standing {
	pid_t process, parent;
	bool dead; /* waits to be reaped */
};
bool read_standing(pid_t tid, struct standing *ret);

/* Memory of a tracee: all n bytes, or -EFAULT, -ESRCH. */
int tracee_read(pid_t tid, uint64_t at, void *ret, size_t n);
int tracee_write(pid_t tid, uint64_t at, const void *p, size_t n);
/* Text, cut to size - 1. false: none. */
bool tracee_text(pid_t tid, uint64_t at, char *ret, size_t size);

/* ---- what is done about them ------------------------------------------------------------------------------- */

/* The frozen clock came to so many whole seconds of sleep, at a time of the real clock. */
struct move {
	int64_t real_ns;
	int64_t seconds;
};
#define MOVES_MAX 4096

struct tracer {
	struct preload_page *page;
	bool frozen;
	struct move moves[MOVES_MAX];
	size_t move_count;
	ino_t time_namespace;
	struct recorder records;
};

/* task->call was entered. true: its result is wanted too. */
bool values_enter(struct tracer *t, struct task *task);
void values_leave(struct tracer *t, struct task *task, int64_t result);

bool clock_enter_gettime(struct tracer *t, struct task *task);
void clock_leave_gettime(struct tracer *t, struct task *task, int64_t result);
bool clock_enter_gettimeofday(struct tracer *t, struct task *task);
bool clock_enter_time(struct tracer *t, struct task *task);
/* Only when the clock is frozen. */
bool clock_enter_nanosleep(struct tracer *t, struct task *task);
bool clock_enter_wait(struct tracer *t, struct task *task);
void clock_leave_wait(struct tracer *t, struct task *task, int64_t result);
void clock_leave_stat(struct tracer *t, struct task *task, int64_t result);

struct new_program {
	uint32_t arch;
	uint64_t stack;
};
/* In the stop after exec: hides the vDSO and makes the program's entry (of a script: two). NULL: not recorded. */
struct program *exec_program(struct tracer *t, pid_t pid, const struct new_program *n, const struct program *before);
ino_t time_namespace_of(pid_t pid); /* 0: not known */

#endif
