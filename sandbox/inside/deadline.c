/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deadline.c: waits until a moment.
 *
 * A program computes a deadline from the clock that it is shown; the kernel and
 * the C library compare it with the real one.  So the deadline is moved by what lies between them:
 *
 *	real deadline = deadline - shown now + real now
 *
 * and when it has passed the process's clock is moved on to it, so that "now >= deadline" holds.
 * A wait that the monotonic clock limits moves it on as well (waited), if the thread looks.
 *
 * Which clock a deadline is of is an argument of the newer functions; pthread_cond_timedwait keeps it in the
 * condition, and timers in the kernel.  There the moment tells: the monotonic clock counts from the start of
 * the machine, the calendar from 1970, decades away.  The nearer one is meant.
 */
#include "sandbox/inside/library.h"

#define THRD_TIMEDOUT 4 /* in glibc and musl */
#define THRD_ERROR    2

static int64_t distance(int64_t a, int64_t b)
{
	return a < b ? b - a : a - b;
}

const struct timespec *limit_real(struct limit *l, int clock, const struct timespec *given)
{
	int64_t at, shown, real, monotonic = real_ns(CLOCK_MONOTONIC);

	l->remaining = l->moment = 0;
	if (!frozen() || !valid_time(given) || given->tv_sec < 0)
		return given;
	at = nanoseconds(given);
	shown = shown_ns();
	if (clock == CLOCK_UNKNOWN)
		clock = distance(at, monotonic) < distance(at, shown) ? CLOCK_MONOTONIC : CLOCK_REALTIME;
	l->remaining = at - (is_calendar(clock) ? shown : monotonic);
	/* A century ahead is for ever on both clocks. */
	if (!is_calendar(clock) || l->remaining > INT64_C(3155760000) * SECOND)
		return given;
	l->moment = at;
	real = real_ns(CLOCK_REALTIME) + l->remaining;
	l->real = (struct timespec){ .tv_sec = real < 0 ? 0 : real / SECOND, .tv_nsec = real < 0 ? 0 : real % SECOND };
	return &l->real;
}

void limit_passed(const struct limit *l)
{
	if (l->moment)
		passed(l->moment);
	else
		waited(l->remaining);
}

/* `r` is an error number, as the functions for threads return it. */
static int ended(const struct limit *l, int r)
{
	if (r == ETIMEDOUT)
		limit_passed(l);
	return r;
}

static long ended_errno(const struct limit *l, long r)
{
	if (r == -1 && failure == ETIMEDOUT)
		limit_passed(l);
	return r;
}

static long missing(void)
{
	failure = ENOSYS;
	return -1;
}

/* name(object, moment) */
#define UNTIL(name)                                                                              \
	EXPORT(int, name, void *object, const struct timespec *at)                               \
	{                                                                                        \
		int (*next)(void *, const struct timespec *) =                                   \
			NEXT(name, int (*)(void *, const struct timespec *));                    \
		struct limit l;                                                                  \
		at = limit_real(&l, CLOCK_REALTIME, at);                                         \
		return next ? ended(&l, next(object, at)) : ENOSYS;                              \
	}
UNTIL(pthread_mutex_timedlock)
UNTIL(pthread_rwlock_timedrdlock)
UNTIL(pthread_rwlock_timedwrlock)

/* name(object, clock, moment) */
#define UNTIL_OF_CLOCK(name)                                                                     \
	EXPORT(int, name, void *object, int clock, const struct timespec *at)                    \
	{                                                                                        \
		int (*next)(void *, int, const struct timespec *) =                              \
			NEXT(name, int (*)(void *, int, const struct timespec *));               \
		struct limit l;                                                                  \
		at = limit_real(&l, clock, at);                                                  \
		return next ? ended(&l, next(object, clock, at)) : ENOSYS;                       \
	}
UNTIL_OF_CLOCK(pthread_mutex_clocklock)
UNTIL_OF_CLOCK(pthread_rwlock_clockrdlock)
UNTIL_OF_CLOCK(pthread_rwlock_clockwrlock)

EXPORT(int, pthread_cond_timedwait, void *cond, void *mutex, const struct timespec *at)
{
	int (*next)(void *, void *, const struct timespec *) =
		NEXT(pthread_cond_timedwait, int (*)(void *, void *, const struct timespec *));
	struct limit l;

	at = limit_real(&l, CLOCK_UNKNOWN, at);
	return next ? ended(&l, next(cond, mutex, at)) : ENOSYS;
}

EXPORT(int, pthread_cond_clockwait, void *cond, void *mutex, int clock, const struct timespec *at)
{
	int (*next)(void *, void *, int, const struct timespec *) =
		NEXT(pthread_cond_clockwait, int (*)(void *, void *, int, const struct timespec *));
	struct limit l;

	at = limit_real(&l, clock, at);
	return next ? ended(&l, next(cond, mutex, clock, at)) : ENOSYS;
}

EXPORT(int, pthread_timedjoin_np, unsigned long thread, void **ret, const struct timespec *at)
{
	int (*next)(unsigned long, void **, const struct timespec *) =
		NEXT(pthread_timedjoin_np, int (*)(unsigned long, void **, const struct timespec *));
	struct limit l;

	at = limit_real(&l, CLOCK_REALTIME, at);
	return next ? ended(&l, next(thread, ret, at)) : ENOSYS;
}

EXPORT(int, pthread_clockjoin_np, unsigned long thread, void **ret, int clock, const struct timespec *at)
{
	int (*next)(unsigned long, void **, int, const struct timespec *) =
		NEXT(pthread_clockjoin_np, int (*)(unsigned long, void **, int, const struct timespec *));
	struct limit l;

	at = limit_real(&l, clock, at);
	return next ? ended(&l, next(thread, ret, clock, at)) : ENOSYS;
}

EXPORT(int, sem_timedwait, void *sem, const struct timespec *at)
{
	int (*next)(void *, const struct timespec *) = NEXT(sem_timedwait, int (*)(void *, const struct timespec *));
	struct limit l;

	at = limit_real(&l, CLOCK_REALTIME, at);
	return (int)(next ? ended_errno(&l, next(sem, at)) : missing());
}

EXPORT(int, sem_clockwait, void *sem, int clock, const struct timespec *at)
{
	int (*next)(void *, int, const struct timespec *) =
		NEXT(sem_clockwait, int (*)(void *, int, const struct timespec *));
	struct limit l;

	at = limit_real(&l, clock, at);
	return (int)(next ? ended_errno(&l, next(sem, clock, at)) : missing());
}

EXPORT(int, mq_timedsend, int queue, const char *message, size_t size, unsigned priority, const struct timespec *at)
{
	int (*next)(int, const char *, size_t, unsigned, const struct timespec *) =
		NEXT(mq_timedsend, int (*)(int, const char *, size_t, unsigned, const struct timespec *));
	struct limit l;

	at = limit_real(&l, CLOCK_REALTIME, at);
	return (int)(next ? ended_errno(&l, next(queue, message, size, priority, at)) : missing());
}

EXPORT(long, mq_timedreceive, int queue, char *message, size_t size, unsigned *priority, const struct timespec *at)
{
	long (*next)(int, char *, size_t, unsigned *, const struct timespec *) =
		NEXT(mq_timedreceive, long (*)(int, char *, size_t, unsigned *, const struct timespec *));
	struct limit l;

	at = limit_real(&l, CLOCK_REALTIME, at);
	return next ? ended_errno(&l, next(queue, message, size, priority, at)) : missing();
}

/* ---- C11 --------------------------------------------------------------------------------------------------- */

static int thread_ended(const struct limit *l, int r)
{
	if (r == THRD_TIMEDOUT)
		limit_passed(l);
	return r;
}

EXPORT(int, cnd_timedwait, void *cond, void *mutex, const struct timespec *at)
{
	int (*next)(void *, void *, const struct timespec *) =
		NEXT(cnd_timedwait, int (*)(void *, void *, const struct timespec *));
	struct limit l;

	at = limit_real(&l, CLOCK_REALTIME, at);
	return next ? thread_ended(&l, next(cond, mutex, at)) : THRD_ERROR;
}

EXPORT(int, mtx_timedlock, void *mutex, const struct timespec *at)
{
	int (*next)(void *, const struct timespec *) = NEXT(mtx_timedlock, int (*)(void *, const struct timespec *));
	struct limit l;

	at = limit_real(&l, CLOCK_REALTIME, at);
	return next ? thread_ended(&l, next(mutex, at)) : THRD_ERROR;
}

/* ---- timers ------------------------------------------------------------------------------------------------ */

/* The first expiry of an absolute timer; one of zero disarms it. */
static const struct itimerspec *timer_real(int flags, const struct itimerspec *given, struct itimerspec *out)
{
	struct limit l;

	if (!(flags & TIMER_ABSTIME) || !given || (!given->it_value.tv_sec && !given->it_value.tv_nsec))
		return given;
	*out = *given;
	out->it_value = *limit_real(&l, CLOCK_UNKNOWN, &given->it_value);
	return out;
}

EXPORT(int, timer_settime, void *timer, int flags, const struct itimerspec *value, struct itimerspec *old)
{
	int (*next)(void *, int, const struct itimerspec *, struct itimerspec *) =
		NEXT(timer_settime, int (*)(void *, int, const struct itimerspec *, struct itimerspec *));
	struct itimerspec real;

	value = timer_real(flags, value, &real);
	return (int)(next ? next(timer, flags, value, old) : missing());
}

EXPORT(int, timerfd_settime, int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
	struct itimerspec real;

	value = timer_real(flags, value, &real);
	return (int)answer(kernel4(__NR_timerfd_settime, fd, flags, value, old));
}
