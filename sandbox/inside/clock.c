/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.c: what time it is, to a program under a frozen clock.
 *
 *	shown = clock_sec + what processes of the action slept (nanoseconds)
 *		+ what is missing to the deadlines that have passed for this process
 *		+ whole seconds of its naps and waits that ended by another time limit
 *		+ a second for each million of its own looks at the clock
 *
 * Nanoseconds are zero until something slept.  A sleep of less than a tenth of a second is a nap: it is
 * how threads and processes wait for one another (the Java machine's locks sleep microseconds), and how many there are
 * differs from run to run, as do the number of looks and whether a wait ends by its limit.  So the last three
 * terms belong to the process alone (and to its children, as they stand at fork) and must not show
 * in what others write; but a loop that waits for a moment must not wait for ever.  Such a loop looks at the clock
 * between waits: naps and waits of a thread that does not look (the timers of a language's run time) are not counted.
 *
 * In the C library only clock_gettime reads the real clock; its private aliases (__clock_gettime, __gettimeofday)
 * are left alone: the C library computes with them, and deadlines that reach it are real ones (deadline.c).
 */
#include "sandbox/inside/library.h"

#include <linux/fcntl.h>
#include <linux/futex.h>

#define READS_A_SECOND 1000000
#define NAP            (SECOND / 10)

static uint64_t own_reads, own_waited, own_passed;
/* This thread has looked at the clock since it waited last. Initial-exec: the library is there from the start. */
static __thread bool looked __attribute__((tls_model("initial-exec")));

int64_t real_ns(int clock)
{
	int (*next)(int, struct timespec *) = NEXT(clock_gettime, int (*)(int, struct timespec *));
	struct timespec t = { 0 };

	if (next)
		(void)next(clock, &t);
	else
		(void)kernel3(__NR_clock_gettime, clock, &t, 0);
	return nanoseconds(&t);
}

int64_t shown_ns(void)
{
	const struct preload_page *p = page();
	uint64_t own = __atomic_load_n(&own_waited, __ATOMIC_RELAXED) / SECOND +
		       __atomic_load_n(&own_reads, __ATOMIC_RELAXED) / READS_A_SECOND;

	if (!frozen())
		return real_ns(CLOCK_REALTIME);
	return (p->clock_sec + (int64_t)own) * SECOND + (int64_t)__atomic_load_n(&p->slept_ns, __ATOMIC_RELAXED) +
	       (int64_t)__atomic_load_n(&own_passed, __ATOMIC_RELAXED);
}

void slept(int64_t wanted, int64_t rest)
{
	if (wanted < NAP)
		waited(wanted - rest);
	else if (frozen()) /* a rest that will be a nap is counted at once: the sum is what was wanted at first */
		(void)__atomic_fetch_add(&page()->slept_ns, (uint64_t)(rest < NAP ? wanted : wanted - rest),
					 __ATOMIC_RELAXED);
}

void waited(int64_t ns)
{
	if (ns > 0 && looked && frozen())
		(void)__atomic_fetch_add(&own_waited, (uint64_t)ns, __ATOMIC_RELAXED);
	looked = false;
}

void passed(int64_t moment)
{
	uint64_t before = __atomic_load_n(&own_passed, __ATOMIC_RELAXED);
	int64_t missing;

	do
		missing = frozen() ? moment - shown_ns() : 0;
	while (missing > 0 && !__atomic_compare_exchange_n(&own_passed, &before, before + (uint64_t)missing, false,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}

/* A look at the clock by the program. */
static int64_t look(void)
{
	count(&page()->clock_reads);
	if (!frozen())
		return real_ns(CLOCK_REALTIME);
	count(&own_reads);
	looked = true;
	return shown_ns();
}

static int clock_of(int clock, struct timespec *ts)
{
	int (*next)(int, struct timespec *);
	int64_t now;

	if (is_calendar(clock) && frozen() && ts) {
		now = look();
		ts->tv_sec = now / SECOND;
		ts->tv_nsec = now % SECOND;
		return 0;
	}
	if (is_calendar(clock))
		count(&page()->clock_reads);
	next = NEXT(clock_gettime, int (*)(int, struct timespec *));
	return next ? next(clock, ts) : (int)answer(kernel3(__NR_clock_gettime, clock, ts, 0));
}

EXPORT(int, clock_gettime, int clock, struct timespec *ts)
{
	return clock_of(clock, ts);
}

static int time_of_day(struct timeval *tv, struct timezone *tz)
{
	int64_t now = look();

	if (tv) {
		tv->tv_sec = now / SECOND;
		tv->tv_usec = now % SECOND / 1000;
	}
	if (tz)
		*tz = (struct timezone){ 0 };
	return 0;
}

EXPORT(int, gettimeofday, struct timeval *tv, struct timezone *tz)
{
	return time_of_day(tv, tz);
}

EXPORT(long, time, long *ret)
{
	long now = look() / SECOND;

	if (ret)
		*ret = now;
	return now;
}

EXPORT(int, timespec_get, struct timespec *ts, int base)
{
	int (*next)(struct timespec *, int);

	if (base == 1 /* TIME_UTC */)
		return clock_of(CLOCK_REALTIME, ts) == 0 ? base : 0;
	next = NEXT(timespec_get, int (*)(struct timespec *, int));
	return next ? next(ts, base) : 0;
}

struct timeb {
	long time;
	unsigned short millitm;
	short timezone, dstflag;
};

EXPORT(int, ftime, struct timeb *tb)
{
	int64_t now = look();

	*tb = (struct timeb){ .time = now / SECOND, .millitm = (unsigned short)(now % SECOND / 1000000) };
	return 0;
}

/* ---- syscall() --------------------------------------------------------------------------------------------- */

/* A moment of the calendar as the limit of a futex. FUTEX_WAIT takes a duration whatever the clock. */
static long futex(long n, long a, long b, long c, const struct timespec *limit, long e, long f)
{
	struct limit l = { 0 };
	long r;

	if ((b & FUTEX_CLOCK_REALTIME) && (b & FUTEX_CMD_MASK) != FUTEX_WAIT)
		limit = limit_real(&l, CLOCK_REALTIME, limit);
	r = kernel6(n, a, b, c, (long)limit, e, f);
	if (r == -ETIMEDOUT)
		limit_passed(&l);
	return answer(r);
}

/* Programs ask for some things by number: libuv for statx, libstdc++ for the clock and, like Abseil, for futexes. */
EXPORT(long, syscall, long n, long a, long b, long c, long d, long e, long f)
{
	switch (n) {
	case __NR_clock_gettime:
		return clock_of((int)a, (struct timespec *)b);
	case __NR_gettimeofday:
		return time_of_day((struct timeval *)a, (struct timezone *)b);
	case __NR_statx:
		return answer(status_statx((int)a, (const char *)b, (int)c, (unsigned)d, (void *)e));
	case __NR_newfstatat:
		return answer(status_at((int)a, (const char *)b, (struct stat *)c, (int)d));
	case __NR_fstat:
		return answer(status_of((int)a, (struct stat *)b));
	case __NR_futex:
		return futex(n, a, b, c, (const struct timespec *)d, e, f);
#ifdef __x86_64__
	case __NR_time:
		return time((long *)a);
	case __NR_stat:
		return answer(status_at(AT_FDCWD, (const char *)a, (struct stat *)b, 0));
	case __NR_lstat:
		return answer(status_at(AT_FDCWD, (const char *)a, (struct stat *)b, AT_SYMLINK_NOFOLLOW));
#endif
	default:
		return answer(kernel6(n, a, b, c, d, e, f));
	}
}
