/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/forking.h"

#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZED 1
#endif
#endif

#ifndef ADDRESS_SANITIZED

pid_t fork_settled(void)
{
	return fork();
}

#else

/*
 * The allocator calls hooks when it is about to leave malloc() and when it has entered free(), in both cases without a
 * lock.  While somebody wants to fork, the hooks hold every other thread there.  A thread that is inside the
 * allocator is running, or waits for one that is; so when all others sleep, seen twice, no lock is held.
 */
#include "base/cleanup.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

/* Of the sanitizer's run-time library; GCC brings no header for it. */
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void *, size_t),
					      void (*free_hook)(const volatile void *));

#define PASSES_MAX 50000 /* of 0.1 ms and more: then it is tried as it is */

static _Atomic long forking; /* the thread that wants to; 0: none */
static const struct timespec moment = { .tv_nsec = 100000 };

static void wait_at_gate(void)
{
	long who;

	while ((who = atomic_load(&forking)) && who != syscall(SYS_gettid))
		(void)nanosleep(&moment, NULL);
}

static void after_malloc(const volatile void *p, size_t n)
{
	(void)p;
	(void)n;
	wait_at_gate();
}

static void before_free(const volatile void *p)
{
	(void)p;
	wait_at_gate();
}

static void install(void)
{
	(void)__sanitizer_install_malloc_and_free_hooks(after_malloc, before_free);
}

/* The state of a thread: the letter behind its name in parentheses. */
static bool is_asleep(const char *task)
{
	char path[300], line[512];
	CLEANUP(fclosep) FILE *f = NULL;
	const char *end;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%s/stat", task);
	f = fopen(path, "re");
	if (!f || !fgets(line, sizeof(line), f))
		return true; /* it has ended */
	end = strrchr(line, ')');
	return !end || !end[1] || !strchr("RD", end[2]);
}

static bool others_sleep(void)
{
	CLEANUP(closedirp) DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	char own[32];

	(void)snprintf(own, sizeof(own), "%ld", syscall(SYS_gettid));
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' && strcmp(e->d_name, own) != 0 && !is_asleep(e->d_name))
			return false;
	return true;
}

pid_t fork_settled(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
	unsigned asleep = 0, i;
	pid_t child;

	(void)pthread_once(&once, install);
	(void)pthread_mutex_lock(&one);
	atomic_store(&forking, syscall(SYS_gettid));
	for (i = 0; asleep < 2 && i < PASSES_MAX; i++) {
		asleep = others_sleep() ? asleep + 1 : 0;
		if (!asleep)
			(void)nanosleep(&moment, NULL);
	}
	child = fork();
	atomic_store(&forking, 0); /* also in the child, whose thread has another number */
	if (child)
		(void)pthread_mutex_unlock(&one);
	return child;
}

#endif
