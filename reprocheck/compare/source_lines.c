/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/compare/source_lines.h"

#include "sandbox/confine.h"

#include <errno.h>
#include <string.h>

#define MEMORY_MAX (UINT64_C(512) << 20)
#define DEADLINE_MS 10000

/* What goes over the pipe: a query's number and its answer, in the layout that both processes share. */
struct record {
	size_t index;
	struct dwarf_answer answer;
};

struct job {
	const struct dwarf_image *image;
	const struct dwarf_query *queries;
	size_t n;
	struct confine_pipe *out;
};

static int send_answer(void *ctx, size_t i, const struct dwarf_answer *a)
{
	const struct job *job = ctx;
	struct record r;

	memset(&r, 0, sizeof(r));
	r.index = i;
	r.answer = *a;
	return confine_write(job->out, &r, sizeof(r));
}

static int work(void *ctx, struct confine_pipe *out)
{
	struct job *job = ctx;

	job->out = out;
	return dwarf_places(job->image, job->queries, job->n, send_answer, job);
}

static void terminate(char *s, size_t size)
{
	s[size - 1] = 0;
}

/* The child may have been taken over by the file it read: nothing in a record is believed beyond being bytes. */
static void take_record(const char *bytes, size_t n, struct dwarf_answer *answers)
{
	struct dwarf_answer *a;
	size_t index;

	memcpy(&index, bytes + offsetof(struct record, index), sizeof(index));
	if (index >= n)
		return;
	a = &answers[index];
	memcpy(a, bytes + offsetof(struct record, answer), sizeof(*a));
	a->found = true;
	terminate(a->unit, sizeof(a->unit));
	terminate(a->directory, sizeof(a->directory));
	terminate(a->producer, sizeof(a->producer));
	terminate(a->file, sizeof(a->file));
	terminate(a->entity, sizeof(a->entity));
}

int source_lines(struct layout *elf, const struct dwarf_query *queries, size_t n, struct dwarf_answer *answers,
		 struct error *err)
{
	CLEANUP(dwarf_image_freep) struct dwarf_image *image = NULL;
	struct confine_limits limits = { .memory_max = MEMORY_MAX, .deadline_ms = DEADLINE_MS };
	struct job job = { .queries = queries, .n = n };
	struct buffer out;
	size_t at;
	int r;

	memset(answers, 0, n * sizeof(*answers));
	r = dwarf_image_open(elf, &image, err);
	if (r < 0)
		return r;
	job.image = image;
	limits.output_max = n * sizeof(struct record) + 1;
	out = (struct buffer)BUFFER_INIT(limits.output_max);
	r = confine_call(work, &job, &limits, &out, NULL, err);
	for (at = 0; out.len - at >= sizeof(struct record); at += sizeof(struct record))
		take_record(out.data + at, n, answers);
	buffer_release(&out);
	return r;
}
