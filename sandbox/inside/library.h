/* SPDX-License-Identifier: Apache-2.0 */
/*
 * library.h: what the sources of the preloaded library share.
 *
 * The library lives in other people's processes, beside a C library that it was
 * not built with.  So it is freestanding: types come from the kernel's headers, what
 * is shown otherwise is asked of the kernel with raw system calls, and what must go
 * through the C library (waiting, where threads are cancelled; DIR) is looked up at run
 * time (next.c).  It names no version and no library: one file serves glibc of any age
 * and musl.  Its undefined symbols are dl_iterate_phdr and __errno_location, and
 * malloc, free and qsort, which scandir() needs; both libraries have them all, and
 * all are weak.
 *
 *	preload.c   the page, and who counts
 *	next.c      the same function in the next object
 *	clock.c     reading the clock; syscall(), by which some programs do it
 *	wait.c      sleeping, which moves the clock on; time limits of select, poll, epoll
 *	deadline.c  waits until a moment of the shown clock
 *	status.c    stat and its kin
 *	entries.c   readdir and its kin, scandir
 *
 * What it cannot reach: static programs, and the C library's calls of its own functions: nftw, fts and glob of the C
 * library read directories in the order of the file system (GNU make, bash, find and perl bring their own); a
 * timerfd or alarm() passes without moving the clock.
 *
 * There are no locks: a signal handler, a child of vfork, or a child of fork while another
 * thread was inside must never find one held.  Nothing is printed, errno is left alone on success.
 */
#ifndef SANDBOX_INSIDE_LIBRARY_H
#define SANDBOX_INSIDE_LIBRARY_H

#include "sandbox/preload.h"

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/time.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A function that programs find instead of the C library's. */
#define EXPORT(type, name, ...)                                        \
	__attribute__((visibility("default"))) type name(__VA_ARGS__); \
	type name(__VA_ARGS__)
/* The same under another name: on 64-bit machines stat64 is stat. */
#define EXPORT_ALIAS(type, name, of, ...) \
	__attribute__((visibility("default"), alias(#of))) type name(__VA_ARGS__);

#define SECOND INT64_C(1000000000)

/* ---- the kernel -------------------------------------------------------------------------------------------- */

#if !defined(__LP64__)
#error "the preloaded library is for 64-bit machines"
#endif

/* A negative errno, as the kernel gives it. */
static inline long kernel6(long n, long a, long b, long c, long d, long e, long f)
{
#if defined(__x86_64__)
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
#elif defined(__aarch64__)
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
#else
#error "no system calls for this machine"
#endif
}
#define kernel4(n, a, b, c, d) kernel6((n), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define kernel3(n, a, b, c)    kernel4((n), (a), (b), (c), 0)

__attribute__((weak)) int *__errno_location(void);
#define failure (*__errno_location())

/* What a C function returns: -1 and errno for the kernel's negative number. */
static inline long answer(long r)
{
	if (r >= 0 || r < -4095)
		return r;
	failure = (int)-r;
	return -1;
}

/* ---- next.c ------------------------------------------------------------------------------------------------ */

#define NEXT_FUNCTIONS(X)                                                                                       \
	X(clock_gettime) X(nanosleep) X(clock_nanosleep) X(select) X(pselect) X(poll) X(ppoll)         \
	X(__poll_chk) X(__ppoll_chk) X(epoll_wait) X(epoll_pwait) X(epoll_pwait2) X(timespec_get)               \
	X(pthread_cond_timedwait) X(pthread_cond_clockwait) X(pthread_mutex_timedlock)                          \
	X(pthread_mutex_clocklock) X(pthread_rwlock_timedrdlock) X(pthread_rwlock_timedwrlock)                  \
	X(pthread_rwlock_clockrdlock) X(pthread_rwlock_clockwrlock) X(sem_timedwait) X(sem_clockwait)           \
	X(pthread_timedjoin_np) X(pthread_clockjoin_np) X(mq_timedsend) X(mq_timedreceive) X(cnd_timedwait)     \
	X(mtx_timedlock) X(timer_settime) X(opendir) X(fdopendir) X(readdir) X(readdir_r) X(rewinddir)          \
	X(seekdir) X(telldir) X(closedir) X(dirfd) X(scandir) X(scandirat)

enum next_function {
#define NEXT_NUMBER(name) NEXT_##name,
	NEXT_FUNCTIONS(NEXT_NUMBER)
#undef NEXT_NUMBER
	NEXT_COUNT
};

/* The function that the program would have called without us, or NULL; the second names its type. */
void *next_function(enum next_function f);
#define NEXT(name, type) ((type)next_function(NEXT_##name))
/* The file that the library was loaded from; "" when nobody knows. */
void own_path(char *out, size_t size);

/* ---- preload.c --------------------------------------------------------------------------------------------- */

/* Never NULL: without a page it is all zeros, which means that everything is as it is. */
struct preload_page *page(void);

static inline void count(uint64_t *counter)
{
	(void)__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* ---- clock.c ----------------------------------------------------------------------------------------------- */

static inline bool frozen(void)
{
	return page()->clock == PRELOAD_CLOCK_FROZEN;
}

/* Clocks that count from 1970, and are therefore shown otherwise. */
static inline bool is_calendar(int clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI ||
	       clock == CLOCK_REALTIME_ALARM;
}

static inline int64_t nanoseconds(const struct timespec *t)
{
	const int64_t most = INT64_MAX / SECOND - 1;

	return (t->tv_sec > most ? most : t->tv_sec < -most ? -most : t->tv_sec) * SECOND + t->tv_nsec;
}

static inline bool valid_time(const struct timespec *t)
{
	return t && t->tv_nsec >= 0 && t->tv_nsec < SECOND;
}

int64_t real_ns(int clock);
int64_t shown_ns(void);
/* A sleep, and what was left of it when a signal ended it: every process sees the clock moved on, unless it was a nap. */
void slept(int64_t wanted, int64_t rest);
/* A wait that ended by its time limit, but might have ended otherwise: the process itself sees whole seconds of it, if it looks. */
void waited(int64_t ns);
/* A wait until a moment of the shown clock ended by it: for the process it is at least that late. */
void passed(int64_t moment);

/* ---- deadline.c -------------------------------------------------------------------------------------------- */

/* A moment at which a wait ends. */
struct limit {
	struct timespec real;
	int64_t remaining; /* nanoseconds until then */
	int64_t moment;    /* of the shown clock; 0 where another clock limits */
};
#define CLOCK_UNKNOWN (-1) /* calendar or monotonic, to be told by the moment itself */

/* What to give to the C library or the kernel in place of `given`: that, or &l->real. */
const struct timespec *limit_real(struct limit *l, int clock, const struct timespec *given);
/* The wait ended by it. */
void limit_passed(const struct limit *l);

/* ---- status.c: as the system calls, with the kernel's answer -------------------------------------------------- */

struct stat;
long status_at(int dir, const char *path, struct stat *ret, int flags);
long status_of(int fd, struct stat *ret);
long status_statx(int dir, const char *path, int flags, unsigned mask, void *ret);
/* What is added to inode numbers of the device that holds `fd`. */
uint64_t inode_shift_of(int fd);

#endif
