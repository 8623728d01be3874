/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wait.c: sleeping takes the time it takes, and moves the frozen clock on by as much as was
 * asked for: exactly, whatever the scheduler made of it.
 *
 * A sleep that a signal ends early moves it by what was slept; the rest comes when the program sleeps on, so
 * that the sum is what it first asked for.  A wait for descriptors that ends by its time limit is no sleep for
 * the others: whether it ends so is a race (see waited).
 *
 * The C library's own functions do the waiting, since a thread may be cancelled there.
 */
#include "sandbox/inside/library.h"

static long missing(void)
{
	failure = ENOSYS;
	return -1;
}

typedef int (*nanosleep_function)(const struct timespec *, struct timespec *);

static int sleep_on(const struct timespec *wanted, struct timespec *ret_rest)
{
	nanosleep_function next = NEXT(nanosleep, nanosleep_function);
	struct timespec rest;
	int r;

	if (!next)
		return (int)answer(kernel3(__NR_nanosleep, wanted, ret_rest, 0));
	if (!frozen())
		return next(wanted, ret_rest);
	r = next(wanted, &rest);
	if (r == 0)
		slept(nanoseconds(wanted), 0);
	if (r == 0 || failure != EINTR)
		return r;
	slept(nanoseconds(wanted), nanoseconds(&rest));
	if (ret_rest)
		*ret_rest = rest;
	return r;
}

EXPORT(int, nanosleep, const struct timespec *wanted, struct timespec *ret_rest)
{
	return sleep_on(wanted, ret_rest);
}

EXPORT(int, usleep, unsigned us)
{
	struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000L };

	return sleep_on(&t, NULL);
}

EXPORT(unsigned, sleep, unsigned seconds)
{
	struct timespec t = { .tv_sec = seconds }, rest = { 0 };

	return sleep_on(&t, &rest) == 0 ? 0 : (unsigned)rest.tv_sec;
}

/*
 * How long a sleep until a monotonic moment was meant to take: a little has passed since
 * the program computed the moment from a duration, most likely a round one.
 */
static int64_t rounded_up(int64_t ns)
{
	int64_t unit = ns > SECOND ? SECOND / 10 : ns > SECOND / 10 ? SECOND / 100 : SECOND / 1000;

	return ns <= 0 ? 0 : (ns + unit - 1) / unit * unit;
}

typedef int (*clock_nanosleep_function)(int, int, const struct timespec *, struct timespec *);

static int sleep_until(clock_nanosleep_function next, int clock, const struct timespec *at)
{
	struct limit l;
	const struct timespec *real = limit_real(&l, clock, at);
	int64_t ns = is_calendar(clock) ? l.remaining : rounded_up(nanoseconds(at) - real_ns(clock));
	int r = next(clock, TIMER_ABSTIME, real, NULL);

	if (r == 0)
		slept(ns, 0);
	return r;
}

EXPORT(int, clock_nanosleep, int clock, int flags, const struct timespec *wanted, struct timespec *ret_rest)
{
	clock_nanosleep_function next = NEXT(clock_nanosleep, clock_nanosleep_function);
	bool running = is_calendar(clock) || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME;
	struct timespec rest;
	int r;

	if (!next)
		return ENOSYS;
	if (!frozen() || !running || !valid_time(wanted))
		return next(clock, flags, wanted, ret_rest);
	if (flags & TIMER_ABSTIME)
		return sleep_until(next, clock, wanted);
	r = next(clock, flags, wanted, &rest);
	if (r == 0)
		slept(nanoseconds(wanted), 0);
	if (r != EINTR)
		return r;
	slept(nanoseconds(wanted), nanoseconds(&rest));
	if (ret_rest)
		*ret_rest = rest;
	return r;
}

/* ---- descriptors, with a time limit ------------------------------------------------------------------------- */

struct wait {
	int64_t limit; /* nanoseconds; negative: none */
	int64_t began;
	bool sleeps; /* for no descriptors at all */
};

static struct wait wait_begin(int64_t limit, bool sleeps)
{
	return (struct wait){ limit, sleeps && frozen() ? real_ns(CLOCK_MONOTONIC) : 0, sleeps };
}

static int wait_end(const struct wait *w, int r)
{
	if (w->limit <= 0)
		return r;
	if (r == 0 && w->sleeps)
		slept(w->limit, 0);
	else if (r == 0)
		waited(w->limit);
	else if (w->sleeps && w->began) /* interrupted */
		waited(real_ns(CLOCK_MONOTONIC) - w->began);
	return r;
}

static int64_t duration(const struct timespec *t)
{
	return valid_time(t) ? nanoseconds(t) : -1;
}

EXPORT(int, select, int n, void *in, void *out, void *except, struct timeval *tv)
{
	int (*next)(int, void *, void *, void *, struct timeval *) =
		NEXT(select, int (*)(int, void *, void *, void *, struct timeval *));
	struct timespec limit = { .tv_sec = tv ? tv->tv_sec : -1, .tv_nsec = tv ? tv->tv_usec * 1000 : -1 };
	struct wait w = wait_begin(duration(&limit), n == 0 || (!in && !out && !except));

	return (int)(next ? wait_end(&w, next(n, in, out, except, tv)) : missing());
}

EXPORT(int, pselect, int n, void *in, void *out, void *except, const struct timespec *limit, const void *mask)
{
	int (*next)(int, void *, void *, void *, const struct timespec *, const void *) =
		NEXT(pselect, int (*)(int, void *, void *, void *, const struct timespec *, const void *));
	struct wait w = wait_begin(duration(limit), n == 0 || (!in && !out && !except));

	return (int)(next ? wait_end(&w, next(n, in, out, except, limit, mask)) : missing());
}

EXPORT(int, poll, void *fds, unsigned long n, int ms)
{
	int (*next)(void *, unsigned long, int) = NEXT(poll, int (*)(void *, unsigned long, int));
	struct wait w = wait_begin(ms * (SECOND / 1000), n == 0);

	return (int)(next ? wait_end(&w, next(fds, n, ms)) : missing());
}

EXPORT(int, __poll_chk, void *fds, unsigned long n, int ms, size_t size)
{
	int (*next)(void *, unsigned long, int, size_t) =
		NEXT(__poll_chk, int (*)(void *, unsigned long, int, size_t));
	struct wait w = wait_begin(ms * (SECOND / 1000), n == 0);

	return (int)(next ? wait_end(&w, next(fds, n, ms, size)) : missing());
}

EXPORT(int, ppoll, void *fds, unsigned long n, const struct timespec *limit, const void *mask)
{
	int (*next)(void *, unsigned long, const struct timespec *, const void *) =
		NEXT(ppoll, int (*)(void *, unsigned long, const struct timespec *, const void *));
	struct wait w = wait_begin(duration(limit), n == 0);

	return (int)(next ? wait_end(&w, next(fds, n, limit, mask)) : missing());
}

EXPORT(int, __ppoll_chk, void *fds, unsigned long n, const struct timespec *limit, const void *mask, size_t size)
{
	int (*next)(void *, unsigned long, const struct timespec *, const void *, size_t) =
		NEXT(__ppoll_chk, int (*)(void *, unsigned long, const struct timespec *, const void *, size_t));
	struct wait w = wait_begin(duration(limit), n == 0);

	return (int)(next ? wait_end(&w, next(fds, n, limit, mask, size)) : missing());
}

EXPORT(int, epoll_wait, int epoll, void *events, int max, int ms)
{
	int (*next)(int, void *, int, int) = NEXT(epoll_wait, int (*)(int, void *, int, int));
	struct wait w = wait_begin(ms * (SECOND / 1000), false);

	return (int)(next ? wait_end(&w, next(epoll, events, max, ms)) : missing());
}

EXPORT(int, epoll_pwait, int epoll, void *events, int max, int ms, const void *mask)
{
	int (*next)(int, void *, int, int, const void *) =
		NEXT(epoll_pwait, int (*)(int, void *, int, int, const void *));
	struct wait w = wait_begin(ms * (SECOND / 1000), false);

	return (int)(next ? wait_end(&w, next(epoll, events, max, ms, mask)) : missing());
}

EXPORT(int, epoll_pwait2, int epoll, void *events, int max, const struct timespec *limit, const void *mask)
{
	int (*next)(int, void *, int, const struct timespec *, const void *) =
		NEXT(epoll_pwait2, int (*)(int, void *, int, const struct timespec *, const void *));
	struct wait w = wait_begin(duration(limit), false);

	return (int)(next ? wait_end(&w, next(epoll, events, max, limit, mask)) : missing());
}
