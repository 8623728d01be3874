/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a call asked for and got, recorded.  What the caller hands over is there at the entry of the call; of what it
 * gets the result counts, and that costs a second stop, at the exit.  When as many values of a source as
 * are kept have been seen, the rest is only counted, and the second stop is saved.
 */
#include "sandbox/trace_private.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

/* After a source of random bytes was opened, so many calls are looked at for the read. */
#define HUNT_CALLS 1000

/* The result is wanted unless there are enough of them. */
static bool want(struct task *task, enum entropy_source source)
{
	if (!program_full(task->program, source))
		return true;
	program_count(task->program, source);
	return false;
}

/* ---- random bytes ------------------------------------------------------------------------------------------ */

static bool enter_getrandom(struct tracer *t, struct task *task)
{
	(void)t;
	return want(task, SOURCE_RANDOM);
}

/* Both getrandom(buffer, ...) and read(fd, buffer, ...): what arrived. */
static void observe_random(struct task *task, uint64_t at, int64_t n)
{
	uint8_t value[OBSERVED_MAX];
	size_t len = n > OBSERVED_MAX ? OBSERVED_MAX : n < 0 ? 0 : (size_t)n;

	if (len && tracee_read(task->tid, at, value, len) == 0)
		program_observe(task->program, SOURCE_RANDOM, value, len);
}

static void leave_getrandom(struct tracer *t, struct task *task, int64_t result)
{
	(void)t;
	observe_random(task, task->call.args[0], result);
}

static const char *const random_names[] = {
	"/dev/urandom", "/dev/random", "/proc/sys/kernel/random/uuid", "/proc/sys/kernel/random/boot_id",
};
#define RANDOM_NAME_MAX 40

static bool is_random_name(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(random_names) / sizeof(random_names[0]); i++)
		if (!strcmp(name, random_names[i]))
			return true;
	return false;
}

/*
 * The filter cannot see which descriptors are of a random device, and to stop each read of each process would cost too
 * much.  So the opening is seen, by name, and then every call of this thread and of what it forks or executes is
 * stopped until one reads: through the shell's redirection that may be another program, by another number.
 */
static bool enter_open(struct tracer *t, struct task *task)
{
	uint64_t at = task->call.args[task->call.id == CALL_OPENAT];
	char name[RANDOM_NAME_MAX];

	(void)t;
	if (tracee_text(task->tid, at, name, sizeof(name)) && is_random_name(name))
		task->hunt = HUNT_CALLS;
	return false;
}

/* What a descriptor refers to, by name; a path that is longer keeps its end. */
static ssize_t descriptor_name(const struct task *task, uint64_t fd, char ret[PATH_MAX])
{
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)task->tid, (int)fd);
	n = readlink(path, ret, PATH_MAX - 1);
	ret[n > 0 ? n : 0] = '\0';
	return n;
}

static bool enter_read(struct tracer *t, struct task *task)
{
	char name[PATH_MAX];

	(void)t;
	return descriptor_name(task, task->call.args[0], name) > 0 && is_random_name(name);
}

static void leave_read(struct tracer *t, struct task *task, int64_t result)
{
	(void)t;
	if (result > 0)
		task->hunt = 0;
	observe_random(task, task->call.args[1], result);
}

/* ---- names and numbers ------------------------------------------------------------------------------------- */

static bool enter_uname(struct tracer *t, struct task *task)
{
	(void)t;
	return want(task, SOURCE_HOST);
}

static void leave_uname(struct tracer *t, struct task *task, int64_t result)
{
	struct utsname u;

	(void)t;
	if (result == 0 && tracee_read(task->tid, task->call.args[0], &u, sizeof(u)) == 0)
		program_observe(task->program, SOURCE_HOST, u.nodename, strnlen(u.nodename, sizeof(u.nodename)));
}

static bool enter_pid(struct tracer *t, struct task *task)
{
	(void)t;
	return want(task, SOURCE_PID);
}

static void leave_pid(struct tracer *t, struct task *task, int64_t result)
{
	(void)t;
	program_observe(task->program, SOURCE_PID, &result, sizeof(result));
}

static bool enter_getdents(struct tracer *t, struct task *task)
{
	char name[PATH_MAX];
	ssize_t n = descriptor_name(task, task->call.args[0], name);

	(void)t;
	if (n > OBSERVED_MAX) {
		char *end = name + n - OBSERVED_MAX;

		memcpy(end, "...", 3);
		program_observe(task->program, SOURCE_DIRECTORY, end, OBSERVED_MAX);
	} else if (n > 0) {
		program_observe(task->program, SOURCE_DIRECTORY, name, (size_t)n);
	}
	return false;
}

/* ---- the network ------------------------------------------------------------------------------------------- */

static void observe_address(struct task *task, uint64_t at, uint64_t len)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} a = { 0 };
	char text[INET6_ADDRSTRLEN + 16] = "";
	uint16_t port = 0;

	len = len < sizeof(a) ? len : sizeof(a);
	if (len < sizeof(a.any.sa_family) || tracee_read(task->tid, at, &a, len) < 0)
		return;
	if (a.any.sa_family == AF_INET && len >= sizeof(a.in)) {
		(void)inet_ntop(AF_INET, &a.in.sin_addr, text, INET6_ADDRSTRLEN);
		port = ntohs(a.in.sin_port);
	} else if (a.any.sa_family == AF_INET6 && len >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
		(void)inet_ntop(AF_INET6, &a.in6.sin6_addr, text, INET6_ADDRSTRLEN);
		port = ntohs(a.in6.sin6_port);
	} else {
		return;
	}
	(void)snprintf(text + strlen(text), 16, " port %u", port);
	program_observe(task->program, SOURCE_NETWORK, text, strlen(text));
}

static bool enter_connect(struct tracer *t, struct task *task)
{
	(void)t;
	observe_address(task, task->call.args[1], (uint32_t)task->call.args[2]);
	return false;
}

static bool enter_sendto(struct tracer *t, struct task *task)
{
	(void)t;
	observe_address(task, task->call.args[4], (uint32_t)task->call.args[5]);
	return false;
}

/* ---- the table --------------------------------------------------------------------------------------------- */

static const struct {
	bool (*enter)(struct tracer *t, struct task *task); /* NULL: only the result counts */
	void (*leave)(struct tracer *t, struct task *task, int64_t result);
	bool frozen; /* only then */
} watched[CALL_COUNT] = {
	[CALL_CLOCK_GETTIME] = { clock_enter_gettime, clock_leave_gettime, false },
	[CALL_GETTIMEOFDAY] = { clock_enter_gettimeofday, NULL, false },
	[CALL_TIME] = { clock_enter_time, NULL, false },
	[CALL_CLOCK_NANOSLEEP] = { clock_enter_nanosleep, clock_leave_wait, true },
	[CALL_NANOSLEEP] = { clock_enter_wait, clock_leave_wait, true },
	[CALL_FUTEX] = { clock_enter_wait, clock_leave_wait, true },
	[CALL_POLL] = { clock_enter_wait, clock_leave_wait, true },
	[CALL_EPOLL_WAIT] = { clock_enter_wait, clock_leave_wait, true },
	[CALL_PPOLL] = { clock_enter_wait, clock_leave_wait, true },
	[CALL_PSELECT] = { clock_enter_wait, clock_leave_wait, true },
	[CALL_EPOLL_PWAIT2] = { clock_enter_wait, clock_leave_wait, true },
	[CALL_SELECT] = { clock_enter_wait, clock_leave_wait, true },
	[CALL_RESTART] = { clock_enter_wait, clock_leave_wait, true },
	[CALL_STAT] = { NULL, clock_leave_stat, true },
	[CALL_STATAT] = { NULL, clock_leave_stat, true },
	[CALL_STATX] = { NULL, clock_leave_stat, true },
	[CALL_GETRANDOM] = { enter_getrandom, leave_getrandom, false },
	[CALL_OPEN] = { enter_open, NULL, false },
	[CALL_OPENAT] = { enter_open, NULL, false },
	[CALL_READ] = { enter_read, leave_read, false },
	[CALL_UNAME] = { enter_uname, leave_uname, false },
	[CALL_GETDENTS] = { enter_getdents, NULL, false },
	[CALL_PID] = { enter_pid, leave_pid, false },
	[CALL_CONNECT] = { enter_connect, NULL, false },
	[CALL_SENDTO] = { enter_sendto, NULL, false },
};

bool values_enter(struct tracer *t, struct task *task)
{
	enum traced_call id = task->call.id;

	if (id != CALL_RESTART)
		task->wait = (struct wait){ 0 };
	if (id >= CALL_COUNT || (watched[id].frozen && !t->frozen))
		return false;
	return watched[id].enter ? watched[id].enter(t, task) : watched[id].leave != NULL;
}

void values_leave(struct tracer *t, struct task *task, int64_t result)
{
	enum traced_call id = task->call.id;

	if (id < CALL_COUNT && watched[id].leave)
		watched[id].leave(t, task, result);
}
