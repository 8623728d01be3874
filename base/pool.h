/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool.h: work on all cores.
 *
 * pool_for() calls fn(ctx, i) for i in [0, count), on the pool's threads and on
 * the caller's own, and returns when all are done.  It may be called from
 * inside a task (nested loops cannot deadlock: the caller always works, and
 * only ever waits for indices that some thread is running).  A pool of 1 runs
 * everything in the caller, in order.  The first negative result is returned;
 * the indices not yet started are then skipped.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/cleanup.h"

#include <stddef.h>

struct pool;

int pool_new(unsigned threads, struct pool **ret); /* 0: as many as the CPUs this process may use */
void pool_free(struct pool *p);
DEFINE_CLEANUP(struct pool *, pool_free)
unsigned pool_threads(const struct pool *p);
int pool_for(struct pool *p, size_t count, int (*fn)(void *ctx, size_t i), void *ctx);

#endif
