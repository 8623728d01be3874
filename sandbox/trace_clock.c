/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What time it is, to a program whose clock is frozen, and how waiting moves it on.  The clock is that of the
 * preloaded library, where the reasons are told (inside/clock.c, inside/wait.c, inside/status.c):
 *
 *	shown = clock_sec + what processes of the action slept
 *		+ whole seconds that this program waited with a time limit
 *		+ a second for each million of its looks at the clock
 *
 * Reads are answered at the entry of the call, which is then not made: one stop instead of two, and no other thread
 * can come between.  That goes for clocks that run as well: the value is the kernel's own,
 * read by the tracer.
 *
 * Sleeps take the time they take, and move the clock on by what was asked for, not by what was measured.  A
 * deadline on the frozen clock means nothing to the kernel: it is put at the same distance from the real
 * clock, in the caller's own memory, and put back when the call returns.
 *
 * A file that the action made is shown the whole second of the frozen clock at which that was, however fast the
 * machine is: when the clock was moved on by a second is remembered.
 *
 * Short sleeps of threads other than a process's first do not count: they poll, for as long as the work of others
 * takes (the monitor of a Go program sleeps 20 microseconds to 10 milliseconds at a time, all the while).
 */
#include "sandbox/trace_private.h"

#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

#define SECOND_NS  INT64_C(1000000000)
#define WAIT_MAX_S (INT64_C(8) * SECOND_NS) /* so that nanoseconds fit in 63 bits */
#define TICK_NS    (SECOND_NS / 100)        /* the kernel stamps files with the clock as of its last tick */
#define POLL_NS    (SECOND_NS / 100)
#define LOOKS_A_SECOND 1000000
#define ERESTART_RESTARTBLOCK 516 /* the kernel's own: interrupted, will go on by restart_syscall() */

/* ---- clocks ------------------------------------------------------------------------------------------------ */

static bool is_real(int64_t clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_REALTIME_ALARM ||
	       clock == CLOCK_TAI;
}

static struct timespec read_clock(clockid_t clock)
{
	struct timespec now = { 0 };

	(void)clock_gettime(clock, &now);
	return now;
}

static int64_t in_ns(const int64_t t[2])
{
	return t[0] * SECOND_NS + t[1];
}

/* As the page's clock shows it to this program now: seconds, nanoseconds. */
static void shown_clock(const struct tracer *t, const struct program *p, int64_t ret[2])
{
	uint64_t slept = __atomic_load_n(&t->page->slept_ns, __ATOMIC_RELAXED);

	ret[0] = t->page->clock_sec + (int64_t)(slept / (uint64_t)SECOND_NS);
	if (p)
		ret[0] += (int64_t)(p->clock_looks / LOOKS_A_SECOND + p->waited_ns / (uint64_t)SECOND_NS);
	ret[1] = (int64_t)(slept % (uint64_t)SECOND_NS);
}

/* What `clock` shows to the program now. false: not ours to say (a processor clock, a clock of another namespace). */
static bool current_clock(const struct tracer *t, const struct program *p, int32_t clock, int64_t ret[2])
{
	struct timespec now;

	if (is_real(clock) && t->frozen) {
		shown_clock(t, p, ret);
		return true;
	}
	if (clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
		return false;
	if ((p && p->other_time) || clock_gettime(clock, &now) < 0)
		return false;
	ret[0] = now.tv_sec;
	ret[1] = now.tv_nsec;
	return true;
}

static void looked(struct tracer *t, struct task *task, int32_t clock, const int64_t now[2])
{
	bool real = is_real(clock);

	if (clock == CLOCK_MONOTONIC)
		task->monotonic_ns = in_ns(now);
	if (real && t->frozen) {
		(void)__atomic_add_fetch(&t->page->clock_reads, 1, __ATOMIC_RELAXED);
		if (task->program)
			task->program->clock_looks++;
	}
	program_observe(task->program, real ? SOURCE_CLOCK : SOURCE_MONOTONIC, now, 2 * sizeof(now[0]));
}

bool clock_enter_gettime(struct tracer *t, struct task *task)
{
	int32_t clock = (int32_t)task->call.args[0];
	int64_t now[2];

	if (!task->call.args[1])
		return false;
	if (!current_clock(t, task->program, clock, now))
		return true;
	if (tracee_write(task->tid, task->call.args[1], now, sizeof(now)) == 0 && registers_answer(task->tid, 0) == 0)
		looked(t, task, clock, now);
	return false;
}

void clock_leave_gettime(struct tracer *t, struct task *task, int64_t result)
{
	int64_t now[2];

	if (result == 0 && tracee_read(task->tid, task->call.args[1], now, sizeof(now)) == 0)
		looked(t, task, (int32_t)task->call.args[0], now);
}

bool clock_enter_gettimeofday(struct tracer *t, struct task *task)
{
	const struct timezone utc = { 0 };
	const uint64_t *args = task->call.args;
	int64_t now[2], answer[2];

	if (!args[0] || !current_clock(t, task->program, CLOCK_REALTIME, now))
		return false;
	now[1] -= now[1] % 1000;
	answer[0] = now[0];
	answer[1] = now[1] / 1000;
	if (tracee_write(task->tid, args[0], answer, sizeof(answer)) == 0 &&
	    (!args[1] || tracee_write(task->tid, args[1], &utc, sizeof(utc)) == 0) &&
	    registers_answer(task->tid, 0) == 0)
		looked(t, task, CLOCK_REALTIME, now);
	return false;
}

bool clock_enter_time(struct tracer *t, struct task *task)
{
	uint64_t at = task->call.args[0];
	int64_t now[2];

	if (!current_clock(t, task->program, CLOCK_REALTIME_COARSE, now))
		return false;
	now[1] = 0;
	if ((!at || tracee_write(task->tid, at, now, sizeof(now[0])) == 0) && registers_answer(task->tid, now[0]) == 0)
		looked(t, task, CLOCK_REALTIME_COARSE, now);
	return false;
}

/* ---- waiting ----------------------------------------------------------------------------------------------- */

/* A span of `unit_ns` units behind whole seconds, as struct timespec and struct timeval hold it. */
static bool read_span(const struct task *task, uint64_t at, int64_t unit_ns, int64_t ret[2])
{
	if (!at || tracee_read(task->tid, at, ret, 16) < 0)
		return false;
	if (ret[0] < 0 || ret[0] > WAIT_MAX_S || ret[1] < 0 || ret[1] >= SECOND_NS / unit_ns)
		return false;
	ret[1] *= unit_ns;
	return true;
}

static int64_t real_ns(clockid_t clock)
{
	struct timespec now = read_clock(clock);

	return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static bool wait_ns(struct task *task, int64_t ns, bool own)
{
	task->wait = (struct wait){ .ns = ns, .own = own, .began = real_ns(CLOCK_MONOTONIC) };
	return ns > 0;
}

static bool wait_span(struct task *task, uint64_t at, int64_t unit_ns, bool own)
{
	int64_t span[2];

	return read_span(task, at, unit_ns, span) && wait_ns(task, in_ns(span), own);
}

/* 0: it has passed. */
static int64_t between(const int64_t from[2], const int64_t to[2])
{
	int64_t whole;

	if (__builtin_sub_overflow(to[0], from[0], &whole) || whole < 0 || whole > WAIT_MAX_S)
		return 0;
	return whole == 0 && to[1] < from[1] ? 0 : whole * SECOND_NS + to[1] - from[1];
}

/* A deadline on the frozen clock becomes one on the real clock. */
static bool wait_until(struct tracer *t, struct task *task, uint64_t at, bool own)
{
	struct timespec real = read_clock(CLOCK_REALTIME);
	int64_t deadline[2], shown[2], moved[2], ns;

	if (!read_span(task, at, 1, deadline))
		return false;
	shown_clock(t, task->program, shown);
	ns = between(shown, deadline);
	moved[0] = real.tv_sec + ns / SECOND_NS + (real.tv_nsec + ns % SECOND_NS) / SECOND_NS;
	moved[1] = (real.tv_nsec + ns % SECOND_NS) % SECOND_NS;
	if (tracee_write(task->tid, at, moved, sizeof(moved)) < 0)
		return false;
	(void)wait_ns(task, ns, own);
	task->wait.rewritten = at;
	memcpy(task->wait.deadline, deadline, sizeof(deadline));
	return true;
}

/* Most likely a round number was added to a clock that was read a little before. */
static int64_t rounded_up(int64_t ns)
{
	int64_t unit = ns > SECOND_NS ? SECOND_NS / 10 : ns > SECOND_NS / 10 ? SECOND_NS / 100 : SECOND_NS / 1000;

	return (ns + unit - 1) / unit * unit;
}

/* A deadline on a clock that runs. */
static bool wait_until_running(struct task *task, clockid_t clock, uint64_t at)
{
	int64_t deadline[2], ns;

	if (!read_span(task, at, 1, deadline))
		return false;
	ns = in_ns(deadline) - real_ns(clock);
	if (ns <= 0)
		return false;
	/* What this thread read last is what it computed with, if that is not long ago. */
	if (clock == CLOCK_MONOTONIC && in_ns(deadline) - task->monotonic_ns < ns + SECOND_NS / 10)
		ns = in_ns(deadline) - task->monotonic_ns;
	else
		ns = rounded_up(ns);
	return wait_ns(task, ns, false);
}

bool clock_enter_nanosleep(struct tracer *t, struct task *task)
{
	const uint64_t *args = task->call.args;

	if (!(args[1] & TIMER_ABSTIME))
		return wait_span(task, args[2], 1, false);
	if (is_real((int32_t)args[0]))
		return wait_until(t, task, args[2], false);
	return wait_until_running(task, (clockid_t)args[0], args[2]);
}

/* Descriptors are waited for: then the limit is no sleep. */
static bool waits_for_descriptors(const struct call *c)
{
	switch (c->id) {
	case CALL_POLL:
	case CALL_PPOLL:
		return (uint32_t)c->args[1] != 0;
	case CALL_SELECT:
	case CALL_PSELECT:
		return c->args[0] != 0 && (c->args[1] || c->args[2] || c->args[3]);
	default:
		return c->id != CALL_NANOSLEEP;
	}
}

bool clock_enter_wait(struct tracer *t, struct task *task)
{
	const uint64_t *args = task->call.args;
	bool own = waits_for_descriptors(&task->call);

	switch (task->call.id) {
	case CALL_NANOSLEEP:
		return wait_span(task, args[0], 1, own);
	case CALL_FUTEX:
		return (args[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET && wait_until(t, task, args[3], own);
	case CALL_POLL:
		return wait_ns(task, (int32_t)args[2] * (SECOND_NS / 1000), own);
	case CALL_EPOLL_WAIT:
		return wait_ns(task, (int32_t)args[3] * (SECOND_NS / 1000), own);
	case CALL_PPOLL:
		return wait_span(task, args[2], 1, own);
	case CALL_EPOLL_PWAIT2:
		return wait_span(task, args[3], 1, own);
	case CALL_PSELECT:
		return wait_span(task, args[4], 1, own);
	case CALL_SELECT:
		return wait_span(task, args[4], 1000, own);
	default: /* CALL_RESTART goes on with what was interrupted */
		return task->wait.ns > 0;
	}
}

/* What the clock moves on by. A sleep that a signal ended took what it took. */
static int64_t waited_ns(struct task *task, int64_t result)
{
	const struct wait *w = &task->wait;
	int64_t elapsed = real_ns(CLOCK_MONOTONIC) - w->began;

	if (task->call.id == CALL_FUTEX ? result == -ETIMEDOUT : result == 0)
		return w->ns;
	if (result >= 0 || w->own)
		return 0;
	return elapsed < w->ns ? elapsed : w->ns;
}

/*
 * The shared clock moves on, which files that are made from now on shall show.  They are stamped with the clock as of
 * the last tick, so that is what is remembered.  When there is no more room their times stand still.
 */
static void slept(struct tracer *t, int64_t ns)
{
	uint64_t before = __atomic_fetch_add(&t->page->slept_ns, (uint64_t)ns, __ATOMIC_RELAXED);
	int64_t seconds = (int64_t)((before + (uint64_t)ns) / (uint64_t)SECOND_NS);

	if (seconds == (int64_t)(before / (uint64_t)SECOND_NS) || t->move_count == MOVES_MAX)
		return;
	t->moves[t->move_count++] = (struct move){ real_ns(CLOCK_REALTIME_COARSE), seconds };
}

void clock_leave_wait(struct tracer *t, struct task *task, int64_t result)
{
	struct wait *w = &task->wait;
	int64_t ns;

	if (w->rewritten)
		(void)tracee_write(task->tid, w->rewritten, w->deadline, sizeof(w->deadline));
	else if (result == -ERESTART_RESTARTBLOCK)
		return;
	ns = waited_ns(task, result);
	if (!w->own && ns <= POLL_NS && !task_is_first(task))
		ns = 0;
	if (!w->own)
		slept(t, ns);
	else if (task->program)
		task->program->waited_ns += (uint64_t)ns;
	*w = (struct wait){ 0 };
}

/* ---- times of files ---------------------------------------------------------------------------------------- */

/* What the clock had been moved on by when the kernel stamped a file. */
static int64_t slept_by(const struct tracer *t, int64_t sec, int64_t nsec)
{
	const int64_t stamp[2] = { sec, nsec };
	size_t i = t->move_count;

	while (i && in_ns(stamp) < t->moves[i - 1].real_ns)
		i--;
	return i ? t->moves[i - 1].seconds : 0;
}

/* A time at which the action ran, as the frozen clock would have stamped it. false: another one, left alone. */
static bool show_time(const struct tracer *t, int64_t sec, int64_t nsec, int64_t *ret_sec)
{
	const struct preload_page *p = t->page;

	if (sec < p->start_sec - 1 || sec > read_clock(CLOCK_REALTIME).tv_sec + 1)
		return false;
	if ((sec - p->start_sec) * SECOND_NS + nsec - p->start_nsec < -TICK_NS)
		return false;
	*ret_sec = p->clock_sec + slept_by(t, sec, nsec);
	return true;
}

static void observe_stat(struct tracer *t, struct task *task, uint32_t mode, int64_t sec)
{
	(void)__atomic_add_fetch(&t->page->stats, 1, __ATOMIC_RELAXED);
	if (S_ISREG(mode) || S_ISDIR(mode))
		program_observe(task->program, SOURCE_STAT_TIME, &sec, sizeof(sec));
}

/* Each of the times that `show` changes; true: some was. */
static bool show_timespec(const struct tracer *t, struct timespec *when)
{
	int64_t sec;

	if (!show_time(t, when->tv_sec, when->tv_nsec, &sec))
		return false;
	*when = (struct timespec){ .tv_sec = sec };
	return true;
}

static void rewrite_stat(struct tracer *t, struct task *task, uint64_t at)
{
	struct stat st;
	bool made, changed;

	if (tracee_read(task->tid, at, &st, sizeof(st)) < 0)
		return;
	made = show_timespec(t, &st.st_mtim);
	changed = show_timespec(t, &st.st_ctim);
	changed |= show_timespec(t, &st.st_atim) || made;
	if (changed && tracee_write(task->tid, at, &st, sizeof(st)) == 0 && made)
		observe_stat(t, task, st.st_mode, st.st_mtim.tv_sec);
}

static bool show_statx_time(const struct tracer *t, struct statx_timestamp *when)
{
	int64_t sec;

	if (!show_time(t, when->tv_sec, when->tv_nsec, &sec))
		return false;
	when->tv_sec = sec;
	when->tv_nsec = 0;
	return true;
}

static void rewrite_statx(struct tracer *t, struct task *task, uint64_t at)
{
	struct statx st;
	bool made, changed;

	if (tracee_read(task->tid, at, &st, sizeof(st)) < 0)
		return;
	made = show_statx_time(t, &st.stx_mtime);
	changed = show_statx_time(t, &st.stx_ctime);
	changed |= show_statx_time(t, &st.stx_btime);
	changed |= show_statx_time(t, &st.stx_atime) || made;
	if (changed && tracee_write(task->tid, at, &st, sizeof(st)) == 0 && made)
		observe_stat(t, task, st.stx_mode, st.stx_mtime.tv_sec);
}

void clock_leave_stat(struct tracer *t, struct task *task, int64_t result)
{
	if (result != 0)
		return;
	if (task->call.id == CALL_STATX)
		rewrite_statx(t, task, task->call.args[4]);
	else
		rewrite_stat(t, task, task->call.args[task->call.id == CALL_STATAT ? 2 : 1]);
}
