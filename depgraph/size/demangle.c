/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/size/demangle.h"

#include "base/buffer.h"
#include "base/bytes.h"
#include "sandbox/confine.h"

#include <errno.h>
#include <libiberty/demangle.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_LONGEST 16384u
#define OUTPUT_MAX ((size_t)1 << 30)
#define FLUSH_AT 60000
#define DEATHS_MAX 8

bool is_mangled(const char *name)
{
	return name[0] == '_' && (name[1] == 'Z' || name[1] == 'R' || (name[1] == '_' && name[2] == 'Z'));
}

/* What the child answers with: for each name, in order, a length of four bytes and the text; 0: not mangled after all. */
struct request {
	const char *const *names;
	size_t first, count;
};

static void answer_one(const char *name, struct buffer *out)
{
	char *text = is_mangled(name) ? cplus_demangle(name, DMGL_PARAMS | DMGL_ANSI | DMGL_AUTO) : NULL;
	size_t n = text ? strnlen(text, SHOWN_LONGEST) : 0;
	uint8_t length[4];

	store_uint(length, n, 4, false);
	(void)buffer_append(out, length, 4);
	(void)buffer_append(out, text, n);
	free(text);
}

static int confined(void *ctx, struct confine_pipe *out)
{
	struct buffer pending = BUFFER_INIT(2 * (size_t)FLUSH_AT);
	const struct request *q = ctx;
	size_t i;
	int r = 0;

	for (i = q->first; !r && i < q->count; i++) {
		answer_one(q->names[i], &pending);
		if (pending.len < FLUSH_AT && i + 1 < q->count)
			continue;
		r = pending.error ? pending.error : confine_write(out, pending.data, pending.len);
		pending.len = 0;
	}
	buffer_release(&pending);
	return r;
}

/* Returns how many names were answered. */
static size_t read_answers(const struct buffer *answer, const struct request *q, struct arena *arena, const char **ret)
{
	struct cursor c = cursor_make(answer->data, answer->len);
	size_t i;

	for (i = q->first; i < q->count && cursor_left(&c); i++) {
		uint32_t n = cursor_u32(&c);
		const uint8_t *p = cursor_take(&c, n);
		const char *text = p && n ? arena_strndup(arena, (const char *)p, n) : NULL;

		if (!p)
			break;
		if (text)
			ret[i] = text;
	}
	return i - q->first;
}

void demangle_names(const char *const *names, size_t n, struct arena *arena, const char **ret)
{
	struct confine_limits limits = { .memory_max = UINT64_C(512) << 20, .deadline_ms = 60000, .output_max = OUTPUT_MAX };
	struct request q = { .names = names, .count = n };
	unsigned deaths;
	bool any = false;
	size_t i;
	int r = -1;

	for (i = 0; i < n; i++) {
		ret[i] = names[i];
		any = any || is_mangled(names[i]);
	}
	for (deaths = 0; any && r < 0 && q.first < n && deaths < DEATHS_MAX; deaths++) {
		struct buffer answer = BUFFER_INIT(OUTPUT_MAX);
		struct error err = { 0 };

		r = confine_call(confined, &q, &limits, &answer, NULL, &err);
		q.first += read_answers(&answer, &q, arena, ret) + 1; /* the next one is what it died of */
		buffer_release(&answer);
		if (r == -ENOMEM || r == -EAGAIN)
			break;
	}
}
