/* SPDX-License-Identifier: Apache-2.0 */
/* The threads of the action, by their number; what /proc says of one; and its memory. */
#include "sandbox/trace_private.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096 /* the smallest there is */

static struct task **task_place(struct task_table *t, pid_t tid)
{
	struct task **p = &t->buckets[(unsigned)tid % TASK_BUCKETS];

	while (*p && (*p)->tid != tid)
		p = &(*p)->next;
	return p;
}

struct task *task_find(struct task_table *t, pid_t tid)
{
	return *task_place(t, tid);
}

struct task *task_add(struct task_table *t, pid_t tid, const struct task *creator)
{
	struct task **p = task_place(t, tid), *task = *p;

	if (task)
		return task;
	task = calloc(1, sizeof(*task));
	if (!task)
		return NULL;
	task->tid = tid;
	if (creator) {
		task->program = program_ref(creator->program);
		task->hunt = creator->hunt;
	}
	return *p = task;
}

void task_remove(struct task_table *t, struct recorder *records, pid_t tid)
{
	struct task **p = task_place(t, tid), *task = *p;

	if (!task)
		return;
	*p = task->next;
	program_unref(records, task->program);
	free(task);
}

bool read_standing(pid_t tid, struct standing *ret)
{
	char path[64], text[512], *at;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	*ret = (struct standing){ 0 };
	at = strstr(text, "\nState:\t");
	ret->dead = at && (at[8] == 'Z' || at[8] == 'X');
	at = strstr(text, "\nTgid:\t");
	ret->process = at ? (pid_t)strtol(at + 7, NULL, 10) : 0;
	at = strstr(text, "\nPPid:\t");
	ret->parent = at ? (pid_t)strtol(at + 7, NULL, 10) : 0;
	return true;
}

struct task *task_arrived(struct task_table *t, pid_t tid)
{
	struct task *task = task_find(t, tid), *creator = NULL;
	struct standing s;

	if (task)
		return task;
	if (read_standing(tid, &s))
		creator = task_find(t, s.process == tid ? s.parent : s.process);
	return task_add(t, tid, creator);
}

bool task_is_first(struct task *task)
{
	struct standing s;

	if (!task->process && read_standing(task->tid, &s))
		task->process = s.process;
	return task->process == task->tid;
}

/* ---- memory ------------------------------------------------------------------------------------------------ */

int tracee_read(pid_t tid, uint64_t at, void *ret, size_t n)
{
	struct iovec here = { ret, n }, there = { (void *)(uintptr_t)at, n };
	ssize_t r = process_vm_readv(tid, &here, 1, &there, 1, 0);

	return r == (ssize_t)n ? 0 : r < 0 ? -errno : -EFAULT;
}

int tracee_write(pid_t tid, uint64_t at, const void *p, size_t n)
{
	struct iovec here = { (void *)(uintptr_t)p, n }, there = { (void *)(uintptr_t)at, n };
	ssize_t r = process_vm_writev(tid, &here, 1, &there, 1, 0);

	return r == (ssize_t)n ? 0 : r < 0 ? -errno : -EFAULT;
}

/* Up to the end of a page, and again: the text may be the last thing that is mapped. */
bool tracee_text(pid_t tid, uint64_t at, char *ret, size_t size)
{
	size_t n = 0;

	while (n < size - 1) {
		size_t part = PAGE - (at + n) % PAGE;

		part = part < size - 1 - n ? part : size - 1 - n;
		if (tracee_read(tid, at + n, ret + n, part) < 0)
			break;
		n += part;
		ret[n] = '\0';
		if (strlen(ret) < n)
			return true;
	}
	ret[n] = '\0';
	return n > 0;
}
