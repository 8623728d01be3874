/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool.c: loops that threads help with.
 *
 * A pool_for() is a `struct loop` on its caller's stack: a counter of the next
 * index, taken with one atomic add.  The caller puts it at the head of the
 * pool's list and runs indices itself; idle threads look for the first loop
 * that has indices left and run some too.  Newest first, so inner loops, for
 * which somebody waits, come before outer ones.
 *
 * Lifetime: a helper counts itself in and out under the pool's lock.  The caller
 * takes the loop off the list, so that no one can join, and waits for the count
 * to fall to zero; after that nobody has its address.
 *
 * Nesting cannot deadlock: whoever waits, waits for threads that run an index of
 * its own loop.  Such a thread waits only for loops started inside that index.
 * So "waits for" goes strictly inwards, and the innermost loops wait for none.
 */
#include "base/pool.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

#define MOST_THREADS 1024

struct loop {
	struct loop *next, **link;
	int (*fn)(void *ctx, size_t i);
	void *ctx;
	size_t count;
	atomic_size_t taken; /* may pass `count`, by one for each thread that looks */
	atomic_int result;   /* the first negative one */
	unsigned helpers;    /* under the pool's lock */
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work; /* a loop was added, or the pool stops */
	pthread_cond_t left; /* a loop's last helper has left it */
	struct loop *loops;
	bool stopping;
	unsigned started; /* threads beside the caller's */
	pthread_t threads[];
};

static void loop_work(struct loop *l)
{
	size_t i;
	int r, none;

	while ((i = atomic_fetch_add_explicit(&l->taken, 1, memory_order_relaxed)) < l->count) {
		r = l->fn(l->ctx, i);
		if (r >= 0)
			continue;
		none = 0;
		(void)atomic_compare_exchange_strong(&l->result, &none, r);
		atomic_store_explicit(&l->taken, l->count, memory_order_relaxed);
	}
}

static struct loop *find_work(struct pool *p)
{
	struct loop *l;

	for (l = p->loops; l; l = l->next)
		if (atomic_load_explicit(&l->taken, memory_order_relaxed) < l->count)
			break;
	return l;
}

static void *thread_main(void *arg)
{
	struct pool *p = arg;
	struct loop *l;

	(void)pthread_mutex_lock(&p->lock);
	while (!p->stopping) {
		l = find_work(p);
		if (!l) {
			(void)pthread_cond_wait(&p->work, &p->lock);
			continue;
		}
		l->helpers++;
		(void)pthread_mutex_unlock(&p->lock);
		loop_work(l);
		(void)pthread_mutex_lock(&p->lock);
		if (--l->helpers == 0)
			(void)pthread_cond_broadcast(&p->left);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Signals are for the threads that the program knows of; only a fault belongs to whoever made it. */
static void start_threads(struct pool *p, unsigned count)
{
	sigset_t blocked, before;

	(void)sigfillset(&blocked);
	(void)sigdelset(&blocked, SIGBUS);
	(void)sigdelset(&blocked, SIGSEGV);
	(void)sigdelset(&blocked, SIGFPE);
	(void)sigdelset(&blocked, SIGILL);
	(void)pthread_sigmask(SIG_SETMASK, &blocked, &before);
	while (p->started < count && pthread_create(&p->threads[p->started], NULL, thread_main, p) == 0)
		p->started++;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* The set may be larger than cpu_set_t on machines with over 1024 CPUs. */
static unsigned usable_cpus(void)
{
	int known, count = 0;
	cpu_set_t *set;
	size_t size;

	for (known = CPU_SETSIZE; known <= 1 << 20; known *= 2) {
		set = CPU_ALLOC(known);
		if (!set)
			return 1;
		size = CPU_ALLOC_SIZE(known);
		if (sched_getaffinity(0, size, set) == 0)
			count = CPU_COUNT_S(size, set);
		CPU_FREE(set);
		if (count > 0)
			return (unsigned)count;
	}
	return 1;
}

int pool_new(unsigned threads, struct pool **ret)
{
	struct pool *p;

	if (threads == 0)
		threads = usable_cpus();
	if (threads > MOST_THREADS)
		threads = MOST_THREADS;
	p = calloc(1, sizeof(*p) + (threads - 1) * sizeof(p->threads[0]));
	if (!p)
		return -ENOMEM;
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->work, NULL);
	(void)pthread_cond_init(&p->left, NULL);
	start_threads(p, threads - 1); /* with fewer than asked for the work is only slower */
	*ret = p;
	return 0;
}

void pool_free(struct pool *p)
{
	unsigned i;

	if (!p)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->stopping = true;
	(void)pthread_cond_broadcast(&p->work);
	(void)pthread_mutex_unlock(&p->lock);
	for (i = 0; i < p->started; i++)
		(void)pthread_join(p->threads[i], NULL);
	(void)pthread_cond_destroy(&p->left);
	(void)pthread_cond_destroy(&p->work);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}

unsigned pool_threads(const struct pool *p)
{
	return p->started + 1;
}

static void loop_publish(struct pool *p, struct loop *l)
{
	size_t helpers = l->count - 1 < p->started ? l->count - 1 : p->started;

	(void)pthread_mutex_lock(&p->lock);
	l->next = p->loops;
	l->link = &p->loops;
	if (l->next)
		l->next->link = &l->next;
	p->loops = l;
	while (helpers-- > 0)
		(void)pthread_cond_signal(&p->work);
	(void)pthread_mutex_unlock(&p->lock);
}

static void loop_retract(struct pool *p, struct loop *l)
{
	(void)pthread_mutex_lock(&p->lock);
	*l->link = l->next;
	if (l->next)
		l->next->link = l->link;
	while (l->helpers > 0)
		(void)pthread_cond_wait(&p->left, &p->lock);
	(void)pthread_mutex_unlock(&p->lock);
}

int pool_for(struct pool *p, size_t count, int (*fn)(void *ctx, size_t i), void *ctx)
{
	struct loop l = { .fn = fn, .ctx = ctx, .count = count };
	bool shared = count > 1 && p->started > 0;

	if (shared)
		loop_publish(p, &l);
	loop_work(&l);
	if (shared)
		loop_retract(p, &l);
	return atomic_load(&l.result);
}
