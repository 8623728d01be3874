/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forking.h: fork() of a process with threads, whose child goes on to use memory (private to the sandbox).
 *
 * The C library sees to that: no other thread is inside malloc() while it forks. An address sanitizer's allocator does
 * not (before GCC 14 and LLVM 18), and the child would wait for ever for a lock that nobody holds any more.  In such a
 * build fork_settled() first lets every other thread come to rest outside the allocator.
 */
#ifndef SANDBOX_FORKING_H
#define SANDBOX_FORKING_H

#include <sys/types.h>

pid_t fork_settled(void);

#endif
