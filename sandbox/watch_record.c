/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the watcher saw, as records.  A record is tied to its parent by process numbers: the last program of the same
 * process, else that of the nearest ancestor that has one.
 *
 * In this host's byte order, each record is a uint32, the length of the rest, then
 *	'P' uint32 pid, uint32 parent (index of a record of this sort, or ~0), uint8 kind, program NUL, command NUL
 *	'N' uint32 process (index), text NUL
 */
#include "sandbox/watch.h"

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "sandbox/hostfile.h"
#include "sandbox/watch_private.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANCESTORS_MAX 64

/* ---- writing ----------------------------------------------------------------------------------------------- */

static void put_u32(struct buffer *b, uint32_t v)
{
	(void)buffer_append(b, &v, sizeof(v));
}

static int emit(struct watch *w, struct buffer *b)
{
	uint32_t size = (uint32_t)(b->len - sizeof(size));
	size_t done = 0;

	if (b->error)
		return b->error;
	memcpy(b->data, &size, sizeof(size));
	while (done < b->len) {
		ssize_t n = write(w->out, b->data + done, b->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return 0;
}

static int remember(struct watch *w, pid_t pid, uint32_t index)
{
	if ((size_t)pid >= w->last_size) {
		size_t size = (size_t)pid + 1024;
		uint32_t *grown = reallocarray(w->last, size, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		memset(grown + w->last_size, 0, (size - w->last_size) * sizeof(*grown));
		w->last = grown;
		w->last_size = size;
	}
	w->last[pid] = index + 1;
	return 0;
}

uint32_t watch_last_of(const struct watch *w, pid_t pid)
{
	return pid > 0 && (size_t)pid < w->last_size && w->last[pid] ? w->last[pid] - 1 : WATCH_NONE;
}

/* "Tgid:" and "PPid:" of a thread. */
static int read_status(pid_t pid, pid_t *ret_process, pid_t *ret_parent)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(1 << 16);
	char path[64];
	const char *line;
	size_t at = 0, len;
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	r = hostfile_read(path, &b);
	while (!r && (line = hostfile_line(&b, &at, &len))) {
		if (!strncmp(line, "Tgid:", 5))
			*ret_process = (pid_t)strtol(line + 5, NULL, 10);
		if (!strncmp(line, "PPid:", 5)) {
			*ret_parent = (pid_t)strtol(line + 5, NULL, 10);
			return 0;
		}
	}
	return r < 0 ? r : -EINVAL;
}

uint32_t watch_program_of(const struct watch *w, pid_t pid, pid_t *ret_process)
{
	unsigned i;
	pid_t process = pid, parent = 0;

	for (i = 0; i < ANCESTORS_MAX && pid > 1; i++, pid = parent) {
		uint32_t index;

		if (read_status(pid, &process, &parent) < 0)
			return WATCH_NONE;
		if (!i && ret_process)
			*ret_process = process;
		index = watch_last_of(w, process);
		if (index != WATCH_NONE)
			return index;
	}
	return WATCH_NONE;
}

int watch_write_program(struct watch *w, pid_t pid, uint32_t parent, enum program_kind kind, const char *program,
			const char *command)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(WATCH_COMMAND_MAX + 2 * PATH_MAX);
	int r;

	if (w->count >= PROCESSES_MAX) {
		w->dropped++;
		return -EFBIG;
	}
	put_u32(&b, 0);
	(void)buffer_putc(&b, 'P');
	put_u32(&b, (uint32_t)pid);
	put_u32(&b, parent);
	(void)buffer_putc(&b, (char)kind);
	(void)buffer_append(&b, program, strlen(program) + 1);
	(void)buffer_append(&b, command, strlen(command) + 1);
	r = emit(w, &b);
	return r < 0 ? r : remember(w, pid, w->count++);
}

int watch_write_network(struct watch *w, uint32_t process, const char *text)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(256);

	if (w->observed >= OBSERVATIONS_MAX) {
		w->dropped++;
		return -EFBIG;
	}
	w->observed++;
	put_u32(&b, 0);
	(void)buffer_putc(&b, 'N');
	put_u32(&b, process);
	(void)buffer_append(&b, text, strlen(text) + 1);
	return emit(w, &b);
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

static int read_program(struct cursor *c, struct process_list *ret)
{
	struct process p = { .pid = (int)cursor_u32(c) };
	uint32_t parent = cursor_u32(c);
	unsigned kind = cursor_u8(c);
	const char *program = cursor_cstr(c, NULL), *command = cursor_cstr(c, NULL);
	int r;

	if (c->failed || kind > PROGRAM_UNKNOWN || (parent != WATCH_NONE && parent >= ret->count + ret->dropped))
		return -EINVAL;
	p.parent = parent < ret->count ? parent : SIZE_MAX;
	p.kind = (enum program_kind)kind;
	p.program = (char *)(uintptr_t)program; /* copied */
	p.command = (char *)(uintptr_t)command;
	r = process_list_add(ret, &p, NULL);
	return r == -EFBIG ? 0 : r;
}

static int read_network(struct cursor *c, struct process_list *ret)
{
	struct observation o = { .process = cursor_u32(c), .source = SOURCE_NETWORK, .count = 1 };
	uint64_t len = 0;
	const char *text = cursor_cstr(c, &len);
	int r;

	if (c->failed || len > OBSERVED_MAX)
		return -EINVAL;
	if (o.process >= ret->count)
		return 0; /* of one that was dropped */
	o.len = (size_t)len;
	memcpy(o.value, text, o.len);
	r = process_list_observe(ret, &o);
	return r == -EFBIG ? 0 : r;
}

static int read_records(struct cursor *all, struct process_list *ret, struct error *err)
{
	int r = 0;

	/* A last record that is not whole: the world was killed while it was written. */
	while (!r && cursor_left(all) >= sizeof(uint32_t)) {
		uint64_t at = all->pos;
		uint32_t size = cursor_u32(all);
		struct cursor c;

		if (size > cursor_left(all))
			break;
		c = cursor_make(cursor_take(all, size), size);
		c.big = all->big;
		switch (cursor_u8(&c)) {
		case 'P':
			r = read_program(&c, ret);
			break;
		case 'N':
			r = read_network(&c, ret);
			break;
		default:
			r = -EINVAL;
		}
		if (r < 0)
			(void)error_set_at(err, r, NULL, at, "a record of the watcher is damaged");
	}
	return r;
}

int watch_read(const void *p, size_t n, struct process_list *ret, struct error *err)
{
	struct process_list list = { 0 };
	struct cursor all = cursor_make(p, n);
	int r;

	all.big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	r = read_records(&all, &list, err);
	if (r < 0) {
		process_list_release(&list);
		return r;
	}
	*ret = list;
	return 0;
}
