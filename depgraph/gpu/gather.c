/* SPDX-License-Identifier: Apache-2.0 */
/* gather.c: files opened, payloads decoded where that was asked for, entries summed. */
#include "depgraph/gpu/report.h"

#include "analyzers/elf_file.h"
#include "base/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static void opened_release(struct gpu_opened *o)
{
	uint32_t i;

	for (i = 0; i < o->count; i++)
		free(o->kernels[i].name);
	free(o->kernels);
}

void gpu_report_release(struct gpu_report *r)
{
	size_t i;
	uint32_t e;

	for (i = 0; i < r->count; i++) {
		struct gpu_file *f = &r->files[i];

		for (e = 0; f->opened && e < f->code->entry_count; e++)
			opened_release(&f->opened[e]);
		free(f->opened);
		gpu_keep_free(f->keep);
		gpu_free(f->code);
		content_unref(f->content);
	}
	free(r->files);
	r->files = NULL;
	r->count = r->capacity = 0;
}

int gpu_report_add(struct gpu_report *r, const char *path, struct error *err)
{
	struct gpu_file *f;
	int n;

	if (r->count == r->capacity) {
		size_t to = r->capacity ? r->capacity * 2 : 8;
		void *p = reallocarray(r->files, to, sizeof(*r->files));

		if (!p)
			return error_set(err, -ENOMEM, path, "out of memory");
		r->files = p;
		r->capacity = to;
	}
	f = &r->files[r->count++];
	*f = (struct gpu_file){ .path = path };
	n = content_open(AT_FDCWD, path, &f->content, err);
	if (n >= 0)
		n = gpu_read(f->content, &f->code, err);
	if (n >= 0 && r->targets && r->targets->count)
		n = gpu_keep(f->code, r->targets, &r->keep, &f->keep, err);
	return n;
}

/* ---- payloads ------------------------------------------------------------------------------------------------ */

static int add_kernel(void *ctx, const char *name, uint64_t bytes)
{
	struct gpu_opened *o = ctx;

	if (o->count == o->capacity) {
		uint32_t to = o->capacity ? o->capacity * 2 : 4;
		void *p = to > (1u << 24) ? NULL : reallocarray(o->kernels, to, sizeof(*o->kernels));

		if (!p)
			return -ENOMEM;
		o->kernels = p;
		o->capacity = to;
	}
	o->kernels[o->count] = (struct gpu_kernel){ strdup(name), bytes };
	if (!o->kernels[o->count].name)
		return -ENOMEM;
	o->count++;
	return 0;
}

struct decoding {
	struct gpu_report *r;
	struct gpu_file *f;
};

static bool holds_kernels(const struct gpu_entry *e)
{
	return e->kind == GPU_CUBIN || e->kind == GPU_HIP_CODE;
}

static bool is_wanted(const struct gpu_report *r, const struct gpu_entry *e)
{
	return e->codec != GPU_OPAQUE && (r->check || holds_kernels(e));
}

/* A cubin says what it is: its own header is part of what --check checks. */
static int look_inside(const struct gpu_entry *e, struct content *plain, struct gpu_opened *o, struct error *err)
{
	if (!holds_kernels(e) || !content_size(plain))
		return 0;
	if (e->kind == GPU_HIP_CODE && !elf_file_probe(content_data(plain), content_size(plain)))
		return 0; /* bitcode, or a device object of another vendor */
	return gpu_kernels(plain, add_kernel, o, err);
}

static int decode_one(void *ctx, size_t i)
{
	struct decoding *d = ctx;
	const struct gpu_entry *e = &d->f->code->entries[i];
	struct gpu_opened *o = &d->f->opened[i];
	CLEANUP(content_unrefp) struct content *plain = NULL;
	struct error err = { 0 };
	int r;

	if (!is_wanted(d->r, e))
		return 0;
	r = gpu_decode(d->f->code, e, &d->r->budget, &plain, &err);
	if (r >= 0)
		r = look_inside(e, plain, o, &err);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		o->error = r;
		(void)error_text(&err, o->why, sizeof(o->why));
	}
	/* A raw payload was read where it lies, and is not needed again. */
	if (e->codec == GPU_RAW)
		content_done(d->f->code->sections[d->f->code->containers[e->container].section].content, e->payload,
			     e->payload_size);
	progress_add(e->bytes);
	return 0;
}

static void count_decoded(struct gpu_report *r, const struct gpu_file *f)
{
	uint32_t i;

	for (i = 0; i < f->code->entry_count; i++) {
		const struct gpu_entry *e = &f->code->entries[i];

		if (e->codec == GPU_OPAQUE)
			r->opaque++;
		if (!is_wanted(r, e))
			continue;
		r->failed += f->opened[i].error < 0;
		r->decoded++;
		r->decoded_bytes += e->raw_bytes;
	}
}

static int open_file(struct gpu_report *r, struct gpu_file *f, struct pool *pool, struct error *err)
{
	struct decoding d = { r, f };
	int n;

	f->opened = calloc((size_t)f->code->entry_count + 1, sizeof(*f->opened));
	if (!f->opened)
		return error_set(err, -ENOMEM, f->path, "out of memory");
	progress_begin(f->path, 0);
	n = pool_for(pool, f->code->entry_count, decode_one, &d);
	progress_end();
	if (n < 0)
		return error_set(err, n, f->path, "GPU code cannot be decoded");
	count_decoded(r, f);
	return 0;
}

int gpu_report_open(struct gpu_report *r, struct pool *pool, struct error *err)
{
	size_t i;
	int n = 0;

	r->budget = (struct budget){ .total_max = BUDGET_TOTAL, .ratio_max = BUDGET_RATIO, .depth_max = BUDGET_DEPTH };
	for (i = 0; n >= 0 && (r->kernels || r->check) && i < r->count; i++)
		n = open_file(r, &r->files[i], pool, err);
	return n;
}

/* ---- sums ---------------------------------------------------------------------------------------------------- */

void gpu_section_overhead(const struct gpu_code *g, const struct gpu_section *s, uint64_t *ret_headers,
			  uint64_t *ret_padding, uint64_t *ret_entries)
{
	uint64_t headers = 0, padding = 0, entries = 0;
	uint32_t i;

	for (i = s->first; i < s->first + s->count; i++) {
		headers += g->containers[i].header;
		padding += g->containers[i].padding;
		entries += g->containers[i].count;
	}
	*ret_headers = headers;
	*ret_padding = padding;
	*ret_entries = entries;
}

static int compare_rows(const struct gpu_row *x, const struct gpu_row *y)
{
	const struct gpu_entry *a = x->like, *b = y->like;
	int r;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	if (a->arch != b->arch)
		return a->arch < b->arch ? -1 : 1;
	if (a->variant != b->variant)
		return a->variant < b->variant ? -1 : 1;
	r = strcmp(a->target, b->target);
	if (r)
		return r;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->codec < b->codec ? -1 : a->codec > b->codec;
}

static int by_likeness(const void *a, const void *b)
{
	return compare_rows(a, b);
}

static struct gpu_row row_of(const struct gpu_file *f, uint32_t i, bool by_section)
{
	const struct gpu_entry *e = &f->code->entries[i];

	return (struct gpu_row){ .like = e,
				 .section = by_section ? f->code->containers[e->container].section : UINT32_MAX,
				 .entries = 1,
				 .bytes = e->bytes,
				 .raw = e->raw_bytes,
				 .dropped = f->keep && !f->keep->verdicts[i].keep ? e->bytes : 0 };
}

/* Neighbours that are alike become one. */
static size_t merge_rows(struct gpu_row *rows, size_t count)
{
	size_t i, n = 0;

	for (i = 1; i < count; i++) {
		if (compare_rows(&rows[n], &rows[i]) == 0) {
			rows[n].entries += rows[i].entries;
			rows[n].bytes += rows[i].bytes;
			rows[n].raw += rows[i].raw;
			rows[n].dropped += rows[i].dropped;
		} else {
			rows[++n] = rows[i];
		}
	}
	return count ? n + 1 : 0;
}

int gpu_rows(const struct gpu_file *files, size_t count, bool by_section, struct gpu_row **ret, size_t *ret_count)
{
	AUTO_FREE struct gpu_row *rows = NULL;
	size_t total = 0, n = 0, i;
	uint32_t e;

	for (i = 0; i < count; i++)
		total += files[i].code->entry_count;
	rows = reallocarray(NULL, total + 1, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		for (e = 0; e < files[i].code->entry_count; e++)
			rows[n++] = row_of(&files[i], e, by_section);
	qsort(rows, n, sizeof(*rows), by_likeness);
	*ret_count = merge_rows(rows, n);
	*ret = steal_pointer(rows);
	return 0;
}
