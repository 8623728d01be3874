/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace_registers.h: what of tracing depends on the machine: the numbers of the
 * system calls, the filter made of them, and the registers (private to the tracer).
 *
 * The filter hands our own name of a call to the tracer (SECCOMP_RET_DATA), so
 * nothing else knows a number.  Stops and arguments come through PTRACE_GET_SYSCALL_INFO,
 * which is the same everywhere.
 */
#ifndef SANDBOX_TRACE_REGISTERS_H
#define SANDBOX_TRACE_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum traced_call {
	CALL_NONE,
	CALL_CLOCK_GETTIME,
	CALL_GETTIMEOFDAY,
	CALL_TIME,
	CALL_NANOSLEEP,
	CALL_CLOCK_NANOSLEEP,
	CALL_FUTEX,
	CALL_POLL,       /* and epoll_wait: milliseconds */
	CALL_EPOLL_WAIT,
	CALL_PPOLL,      /* timespec */
	CALL_PSELECT,
	CALL_EPOLL_PWAIT2,
	CALL_SELECT,     /* timeval */
	CALL_RESTART,
	CALL_GETRANDOM,
	CALL_OPEN,
	CALL_OPENAT,
	CALL_READ,
	CALL_UNAME,
	CALL_GETDENTS,
	CALL_PID,
	CALL_STAT,
	CALL_STATAT,
	CALL_STATX,
	CALL_CONNECT,
	CALL_SENDTO,
	CALL_COUNT
};

/* Filters this process and its descendants; `frozen`: also what only a frozen clock needs. 0 or negative errno. */
int filter_install(bool frozen);

/* The name of a call by its number, also of those (CALL_READ) that the filter lets pass. */
enum traced_call call_of_number(uint32_t arch, uint64_t number);

/* Of a program of this AUDIT_ARCH: bytes in a word of its stack; 0: not known, left alone. */
unsigned word_of_arch(uint32_t arch);

/* In the stop that the filter made: the call is not made, and returns `result`. */
int registers_answer(pid_t tid, int64_t result);

#endif
