/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stream.  Numbers are little-endian.
 *
 *	magic          8   "rptrace" 01
 *	then records:
 *	  type         1   'P', 'O' or 'E'
 *	  length       4   of what follows
 *	  'P' a process entry, numbered from 0 as they come
 *	      pid 4, parent's number plus one 4 (0: none), kind 1, length of program 4, program, command (the rest)
 *	  'O' an observation
 *	      number of the process 4, source 1, count 8, value (the rest, at most OBSERVED_MAX)
 *	      without a value: more of this source, not told apart
 *	  'E' the end
 *	      how many entries and observations were left out 8
 *
 * An entry is written when it is made, its observations when the last process that runs it is gone: only what
 * is alive is kept in memory, with a bounded number of values each.  A tracer that was killed leaves a stream
 * without an end, perhaps cut in a record: what is there is good, and one is counted as left out.  Anything
 * else that is wrong is an error.
 */
#include "sandbox/trace_private.h"

#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "sandbox/trace.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_MAX   (64 << 10)
#define FLUSH_AT     (64 << 10)
#define VALUES_MAX   64
#define DIRECTORIES_MAX 256

enum { PROCESS_HEAD = 13, OBSERVATION_HEAD = 13, END_SIZE = 8 };

static const uint8_t magic[8] = { 'r', 'p', 't', 'r', 'a', 'c', 'e', 1 };

/* ---- writing ----------------------------------------------------------------------------------------------- */

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

static void flush(struct recorder *r)
{
	if (!r->error)
		r->error = r->pending.error;
	if (!r->error && r->pending.len)
		r->error = write_all(r->out, r->pending.data, r->pending.len);
	r->pending.len = 0;
}

static void put_number(struct buffer *b, uint64_t v, unsigned width)
{
	uint8_t p[8];

	store_uint(p, v, width, false);
	(void)buffer_append(b, p, width);
}

static void put_head(struct buffer *b, char type, size_t length)
{
	(void)buffer_putc(b, type);
	put_number(b, length, 4);
}

static void put_process(struct recorder *r, const struct process *p, const struct program *before)
{
	struct buffer *b = &r->pending;
	size_t program = strlen(p->program), command = strlen(p->command);

	put_head(b, 'P', PROCESS_HEAD + program + command);
	put_number(b, (uint32_t)p->pid, 4);
	put_number(b, before ? before->index + 1 : 0, 4);
	put_number(b, p->kind, 1);
	put_number(b, program, 4);
	(void)buffer_append(b, p->program, program);
	(void)buffer_append(b, p->command, command);
	if (b->len >= FLUSH_AT)
		flush(r);
}

static void put_observation(struct recorder *r, const struct observation *o)
{
	struct buffer *b = &r->pending;

	if (r->observations == OBSERVATIONS_MAX) {
		r->dropped++;
		return;
	}
	r->observations++;
	put_head(b, 'O', OBSERVATION_HEAD + o->len);
	put_number(b, o->process, 4);
	put_number(b, o->source, 1);
	put_number(b, o->count, 8);
	(void)buffer_append(b, o->value, o->len);
	if (b->len >= FLUSH_AT)
		flush(r);
}

void recorder_init(struct recorder *r, int out)
{
	*r = (struct recorder){ .out = out, .pending = BUFFER_INIT(1 << 20) };
	(void)buffer_append(&r->pending, magic, sizeof(magic));
}

void recorder_finish(struct recorder *r)
{
	put_head(&r->pending, 'E', END_SIZE);
	put_number(&r->pending, r->dropped, 8);
	flush(r);
	buffer_release(&r->pending);
}

/* ---- folding ----------------------------------------------------------------------------------------------- */

struct program *program_new(struct recorder *r, const struct process *p, const struct program *before)
{
	struct program *program;

	if (r->processes == PROCESSES_MAX || !(program = calloc(1, sizeof(*program)))) {
		r->dropped++;
		return NULL;
	}
	program->index = r->processes++;
	program->refs = 1;
	put_process(r, p, before);
	return program;
}

struct program *program_ref(struct program *p)
{
	if (p)
		p->refs++;
	return p;
}

static void put_seen(struct recorder *r, const struct program *p, enum entropy_source source)
{
	const struct seen *s = &p->seen[source];
	size_t i;

	for (i = 0; i < s->count; i++)
		put_observation(r, &s->items[i]);
	if (s->rest)
		put_observation(r, &(struct observation){ .process = p->index, .source = source, .count = s->rest });
}

void program_unref(struct recorder *r, struct program *p)
{
	unsigned i;

	if (!p || --p->refs)
		return;
	for (i = 0; i < SOURCE_COUNT; i++) {
		put_seen(r, p, (enum entropy_source)i);
		free(p->seen[i].items);
	}
	free(p);
}

bool program_full(const struct program *p, enum entropy_source source)
{
	return !p || p->seen[source].count >= (source == SOURCE_DIRECTORY ? DIRECTORIES_MAX : VALUES_MAX);
}

void program_count(struct program *p, enum entropy_source source)
{
	if (p)
		p->seen[source].rest++;
}

static bool seen_grow(struct seen *s)
{
	size_t capacity = s->capacity ? 2 * s->capacity : 2;
	struct observation *items;

	if (s->count < s->capacity)
		return true;
	items = reallocarray(s->items, capacity, sizeof(*items));
	if (!items)
		return false;
	s->items = items;
	s->capacity = capacity;
	return true;
}

static struct observation *seen_find(struct seen *s, const void *value, size_t len)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->items[i].len == len && !memcmp(s->items[i].value, value, len))
			return &s->items[i];
	return NULL;
}

void program_observe(struct program *p, enum entropy_source source, const void *value, size_t len)
{
	size_t n = len < OBSERVED_MAX ? len : OBSERVED_MAX;
	struct observation *o;
	struct seen *s;

	if (!p || !n)
		return;
	s = &p->seen[source];
	o = seen_find(s, value, n);
	if (o) {
		o->count++;
	} else if (program_full(p, source) || !seen_grow(s)) {
		s->rest++;
	} else {
		o = &s->items[s->count++];
		*o = (struct observation){ .process = p->index, .source = source, .count = 1, .len = n };
		memcpy(o->value, value, n);
	}
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

struct reader {
	struct process_list list;
	uint64_t processes; /* records, also of those that the list had no room for */
	bool full, ended;
};

/* Text of this many bytes without a NUL, copied. */
static char *take_text(struct cursor *c, uint64_t n)
{
	const uint8_t *p = cursor_take(c, n);

	if (!p || memchr(p, 0, n)) {
		c->failed = true;
		return NULL;
	}
	return strndup((const char *)p, n);
}

/* Beyond the list's limit all entries are left out, so that the numbers of those before stay theirs. */
static int add_process(struct reader *in, const struct process *p)
{
	int r;

	if (in->full) {
		in->list.dropped++;
		return 0;
	}
	r = process_list_add(&in->list, p, NULL);
	in->full = r == -EFBIG;
	return in->full ? 0 : r;
}

static int read_process(struct reader *in, struct cursor *c)
{
	AUTO_FREE char *program = NULL, *command = NULL;
	struct process p = { .pid = (int)cursor_u32(c) };
	uint32_t parent = cursor_u32(c);
	uint8_t kind = cursor_u8(c);

	program = take_text(c, cursor_u32(c));
	command = take_text(c, cursor_left(c));
	if (c->failed || kind > PROGRAM_UNKNOWN || parent > in->processes)
		return -EINVAL;
	if (!program || !command)
		return -ENOMEM;
	in->processes++;
	p.parent = parent ? parent - 1 : SIZE_MAX;
	p.kind = (enum program_kind)kind;
	p.program = program;
	p.command = command;
	return add_process(in, &p);
}

static int read_observation(struct reader *in, struct cursor *c)
{
	struct observation o = { .process = cursor_u32(c) };
	uint8_t source = cursor_u8(c);
	const uint8_t *value;
	int r;

	o.count = cursor_u64(c);
	o.len = cursor_left(c);
	value = cursor_take(c, o.len);
	if (!value || o.len > OBSERVED_MAX || source >= SOURCE_COUNT || o.process >= in->processes)
		return -EINVAL;
	o.source = (enum entropy_source)source;
	memcpy(o.value, value, o.len);
	if (o.process >= in->list.count) {
		in->list.dropped++;
		return 0;
	}
	r = process_list_observe(&in->list, &o);
	return r == -EFBIG ? 0 : r;
}

static int read_end(struct reader *in, struct cursor *c)
{
	uint64_t dropped = cursor_u64(c);

	if (c->failed || cursor_left(c))
		return -EINVAL;
	if (add_overflows(in->list.dropped, dropped, &in->list.dropped))
		in->list.dropped = UINT64_MAX;
	in->ended = true;
	return 0;
}

static int read_record(struct reader *in, uint8_t type, struct cursor *c)
{
	switch (type) {
	case 'P':
		return read_process(in, c);
	case 'O':
		return read_observation(in, c);
	case 'E':
		return read_end(in, c);
	default:
		return -EINVAL;
	}
}

static int read_records(struct reader *in, struct cursor *c, struct error *err)
{
	while (!in->ended && cursor_left(c)) {
		uint64_t at = c->pos;
		uint8_t type = cursor_u8(c);
		uint32_t n = cursor_u32(c);
		const uint8_t *p;
		struct cursor record;
		int r;

		if (!c->failed && n > RECORD_MAX)
			return error_set_at(err, -EINVAL, NULL, at, "a record of a trace is too long (%u bytes)", n);
		p = cursor_take(c, n);
		if (!p)
			break; /* cut */
		record = cursor_make(p, n);
		r = read_record(in, type, &record);
		if (r < 0)
			return error_set_at(err, r, NULL, at, "cannot read a record of a trace");
	}
	if (in->ended && cursor_left(c))
		return error_set_at(err, -EINVAL, NULL, c->pos, "a trace goes on behind its end");
	if (!in->ended && in->list.dropped < UINT64_MAX)
		in->list.dropped++;
	return 0;
}

int trace_read(const void *p, size_t n, struct process_list *ret, struct error *err)
{
	struct reader in = { 0 };
	struct cursor c = cursor_make(p, n);
	const uint8_t *m = cursor_take(&c, sizeof(magic));
	int r;

	if (!m || memcmp(m, magic, sizeof(magic)))
		return error_set_at(err, -EINVAL, NULL, 0, "not a trace");
	r = read_records(&in, &c, err);
	if (r < 0) {
		process_list_release(&in.list);
		return r;
	}
	*ret = in.list;
	return 0;
}
