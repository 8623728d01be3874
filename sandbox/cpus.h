/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpus.h: how many processors an action finds (private to the sandbox).
 *
 * Programs count them in three ways: sched_getaffinity() (nproc, most build tools), /sys/devices/system/cpu
 * (the C library's sysconf) and /proc/cpuinfo or /proc/stat.  All three are made to agree.
 */
#ifndef SANDBOX_CPUS_H
#define SANDBOX_CPUS_H

#include "base/buffer.h"

/* The calling process may use the first `n` of those it may use now. *ret: how many that are. */
int cpus_restrict(unsigned n, unsigned *ret);
/* The host's /proc/cpuinfo and /proc/stat with the first n processors only. */
int cpus_info(unsigned n, struct buffer *ret);
int cpus_stat(unsigned n, struct buffer *ret);
/* The text of the files "online", "present" and "possible": "0-3". */
void cpus_range(unsigned n, char out[32]);
/* The number in "cpu12"; -1: another name. */
int cpus_number(const char *name);

#endif
