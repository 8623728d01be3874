/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define COUNT 5000

struct record {
	struct pool *pool;
	atomic_int times[COUNT];
	size_t order[COUNT];
	size_t ran; /* only where one thread runs */
	atomic_size_t total;
	size_t fail_at;
};

static struct pool *make_pool(unsigned threads)
{
	struct pool *p = NULL;

	assert_int_equal(pool_new(threads, &p), 0);
	return p;
}

static int count_index(void *ctx, size_t i)
{
	struct record *r = ctx;

	(void)atomic_fetch_add(&r->times[i], 1);
	return 0;
}

static void every_index_runs_once(void **state)
{
	static const unsigned threads[] = { 1, 2, 3, 8 };
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		CLEANUP(pool_freep) struct pool *p = make_pool(threads[i]);
		static struct record r;

		memset(&r, 0, sizeof(r));
		assert_int_equal(pool_threads(p), threads[i]);
		assert_int_equal(pool_for(p, COUNT, count_index, &r), 0);
		for (j = 0; j < COUNT; j++)
			assert_int_equal(atomic_load(&r.times[j]), 1);
	}
}

static int note_order(void *ctx, size_t i)
{
	struct record *r = ctx;

	r->order[r->ran++] = i;
	return i == r->fail_at ? -EIO : 0;
}

static void a_pool_of_one_runs_in_order_and_stops_at_the_error(void **state)
{
	CLEANUP(pool_freep) struct pool *p = make_pool(1);
	static struct record r;
	size_t i;

	(void)state;
	r.fail_at = 10;
	assert_int_equal(pool_for(p, COUNT, note_order, &r), -EIO);
	assert_int_equal(r.ran, 11);
	for (i = 0; i < r.ran; i++)
		assert_int_equal(r.order[i], i);
}

static int fail_once(void *ctx, size_t i)
{
	struct record *r = ctx;

	(void)atomic_fetch_add(&r->total, 1);
	return i == r->fail_at ? -EBADMSG : 1; /* positive is no error */
}

static void the_error_is_returned_and_the_rest_is_skipped(void **state)
{
	CLEANUP(pool_freep) struct pool *p = make_pool(4);
	static struct record r;

	(void)state;
	r.fail_at = 3;
	assert_int_equal(pool_for(p, (size_t)1 << 40, fail_once, &r), -EBADMSG); /* would run for years */
	r.fail_at = SIZE_MAX;
	assert_int_equal(pool_for(p, COUNT, fail_once, &r), 0); /* and the pool is good for more */
}

static int never(void *ctx, size_t i)
{
	(void)ctx;
	(void)i;
	return -EINVAL;
}

static void no_index_is_no_work(void **state)
{
	CLEANUP(pool_freep) struct pool *p = make_pool(2);

	(void)state;
	assert_int_equal(pool_for(p, 0, never, NULL), 0);
}

static int add_one(void *ctx, size_t i)
{
	struct record *r = ctx;

	(void)i;
	(void)atomic_fetch_add(&r->total, 1);
	return 0;
}

static int inner_loop(void *ctx, size_t i)
{
	struct record *r = ctx;

	return pool_for(r->pool, 5 + i % 7, add_one, ctx);
}

static int middle_loop(void *ctx, size_t i)
{
	struct record *r = ctx;

	(void)i;
	return pool_for(r->pool, 7, inner_loop, ctx);
}

static void nested_loops_end_with_all_work_done(void **state)
{
	unsigned threads;

	(void)state;
	for (threads = 1; threads <= 4; threads++) {
		CLEANUP(pool_freep) struct pool *p = make_pool(threads);
		struct record *r = calloc(1, sizeof(*r));

		assert_non_null(r);
		r->pool = p;
		assert_int_equal(pool_for(p, 50, middle_loop, r), 0);
		assert_int_equal(atomic_load(&r->total), 50 * (5 + 6 + 7 + 8 + 9 + 10 + 11));
		free(r);
	}
}

static int fail_inside(void *ctx, size_t i)
{
	struct record *r = ctx;

	return i == 20 ? pool_for(r->pool, 3, never, NULL) : 0;
}

static void an_inner_error_travels_out(void **state)
{
	CLEANUP(pool_freep) struct pool *p = make_pool(3);
	static struct record r;

	(void)state;
	r.pool = p;
	assert_int_equal(pool_for(p, 50, fail_inside, &r), -EINVAL);
}

static void *outside_caller(void *ctx)
{
	struct record *r = ctx;
	int i;

	for (i = 0; i < 200; i++)
		if (pool_for(r->pool, 10, add_one, ctx) != 0)
			return ctx;
	return NULL;
}

static void many_threads_may_call(void **state)
{
	CLEANUP(pool_freep) struct pool *p = make_pool(3);
	static struct record r;
	pthread_t callers[4];
	void *failed;
	int i;

	(void)state;
	r.pool = p;
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&callers[i], NULL, outside_caller, &r), 0);
	for (i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(callers[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(atomic_load(&r.total), 4 * 200 * 10);
}

/* Two indices that can only both end when two threads run them at the same time. */
static int meet(void *ctx, size_t i)
{
	(void)i;
	(void)pthread_barrier_wait(ctx);
	return 0;
}

static void threads_do_run_at_the_same_time(void **state)
{
	CLEANUP(pool_freep) struct pool *p = make_pool(2);
	pthread_barrier_t barrier;
	int i;

	(void)state;
	assert_int_equal(pthread_barrier_init(&barrier, NULL, 2), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(pool_for(p, 2, meet, &barrier), 0);
	assert_int_equal(pthread_barrier_destroy(&barrier), 0);
}

/* Both threads are inside the loop before either goes on; the helper then takes its time. */
struct late {
	pthread_barrier_t barrier;
	pthread_t caller;
	atomic_int ended;
};

static int end_late(void *ctx, size_t i)
{
	struct late *l = ctx;

	(void)i;
	(void)pthread_barrier_wait(&l->barrier);
	if (!pthread_equal(pthread_self(), l->caller))
		(void)usleep(50000);
	(void)atomic_fetch_add(&l->ended, 1);
	return 0;
}

static void the_call_returns_after_the_last_index_has_ended(void **state)
{
	CLEANUP(pool_freep) struct pool *p = make_pool(2);
	static struct late l;

	(void)state;
	l.caller = pthread_self();
	assert_int_equal(pthread_barrier_init(&l.barrier, NULL, 2), 0);
	assert_int_equal(pool_for(p, 2, end_late, &l), 0);
	assert_int_equal(atomic_load(&l.ended), 2);
	assert_int_equal(pthread_barrier_destroy(&l.barrier), 0);
}

static void zero_means_every_usable_cpu(void **state)
{
	CLEANUP(pool_freep) struct pool *p = make_pool(0);
	long configured = sysconf(_SC_NPROCESSORS_ONLN);

	(void)state;
	assert_in_range(pool_threads(p), 1, (unsigned long)configured);
	pool_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_index_runs_once),
		cmocka_unit_test(a_pool_of_one_runs_in_order_and_stops_at_the_error),
		cmocka_unit_test(the_error_is_returned_and_the_rest_is_skipped),
		cmocka_unit_test(no_index_is_no_work),
		cmocka_unit_test(nested_loops_end_with_all_work_done),
		cmocka_unit_test(an_inner_error_travels_out),
		cmocka_unit_test(many_threads_may_call),
		cmocka_unit_test(threads_do_run_at_the_same_time),
		cmocka_unit_test(the_call_returns_after_the_last_index_has_ended),
		cmocka_unit_test(zero_means_every_usable_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
