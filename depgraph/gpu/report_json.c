/* SPDX-License-Identifier: Apache-2.0 */
/* report_json.c: docs/depgraph-gpu.schema.json. */
#include "depgraph/gpu/report.h"

#include "base/json_stream.h"

#include <errno.h>
#include <string.h>

static void put_text(struct json_stream *s, const char *key, const char *text)
{
	json_stream_put(s, key, json_text(text));
}

static void put_number(struct json_stream *s, const char *key, uint64_t n)
{
	json_stream_put(s, key, json_number(n));
}

static json_t *kernels_json(const struct gpu_opened *o)
{
	json_t *list = json_array();
	int error = list ? 0 : -ENOMEM;
	uint32_t i;

	for (i = 0; !error && i < o->count; i++) {
		json_t *k = json_object();

		error = json_put(k, "name", json_text(o->kernels[i].name));
		error = error ? error : json_put(k, "bytes", json_number(o->kernels[i].bytes));
		if (json_array_append_new(list, json_checked(k, error)) < 0)
			error = -ENOMEM;
	}
	return json_checked(list, error);
}

/* NVIDIA's is a number, as it is stored; AMD's the processor without its modes. */
static json_t *arch_json(const struct gpu_entry *e)
{
	return e->arch ? json_number(e->arch) : json_bytes(e->target, strcspn(e->target, ":"));
}

static json_t *variant_json(const struct gpu_entry *e)
{
	const char *modes = strchr(e->target, ':');

	if (e->arch)
		return e->variant ? json_bytes(&e->variant, 1) : json_string("");
	return json_text(modes ? modes + 1 : "");
}

static int put_verdict(json_t *j, const struct gpu_verdict *v)
{
	int error = json_put(j, "keep", json_boolean(v->keep));

	return error ? error : json_put(j, "because", json_string(gpu_keep_reason(v->reason)));
}

static int put_opened(json_t *j, const struct gpu_opened *o, bool kernels)
{
	int error = kernels ? json_put(j, "kernels", kernels_json(o)) : 0;

	return error || !o->error ? error : json_put(j, "error", json_text(o->why));
}

static json_t *entry_json(const struct gpu_report *r, const struct gpu_file *f, uint32_t i)
{
	const struct gpu_entry *e = &f->code->entries[i];
	json_t *j = json_object();
	int error = json_put(j, "arch", arch_json(e));

	error = error ? error : json_put(j, "variant", variant_json(e));
	error = error ? error : json_put(j, "kind", json_string(gpu_kind_name(e->kind)));
	error = error ? error : json_put(j, "codec", json_string(gpu_codec_name(e->codec)));
	error = error ? error : json_put(j, "bytes", json_number(e->bytes));
	error = error ? error : json_put(j, "raw_bytes", json_number(e->raw_bytes));
	error = error ? error : json_put(j, "ident", json_text(e->ident));
	error = error ? error : json_put(j, "target", json_text(e->target));
	error = error ? error : json_put(j, "offset", json_number(e->off));
	error = error ? error : json_put(j, "container", json_number(f->code->containers[e->container].off));
	if (!error && f->keep)
		error = put_verdict(j, &f->keep->verdicts[i]);
	if (!error && f->opened)
		error = put_opened(j, &f->opened[i], r->kernels && (e->kind == GPU_CUBIN || e->kind == GPU_HIP_CODE));
	return json_checked(j, error);
}

static void put_section(struct json_stream *s, const struct gpu_report *r, const struct gpu_file *f,
			const struct gpu_section *x)
{
	uint64_t headers, padding, entries;
	uint32_t c, i;

	gpu_section_overhead(f->code, x, &headers, &padding, &entries);
	json_stream_open(s, NULL, '{');
	put_text(s, "name", x->name);
	put_text(s, "file", f->path);
	put_number(s, "offset", x->off);
	put_number(s, "bytes", x->bytes);
	put_number(s, "headers", headers);
	put_number(s, "padding", padding);
	put_number(s, "residue", x->residue);
	put_number(s, "containers", x->count);
	json_stream_open(s, "entries", '[');
	for (c = x->first; c < x->first + x->count; c++)
		for (i = f->code->containers[c].first; i < f->code->containers[c].first + f->code->containers[c].count; i++)
			json_stream_put(s, NULL, entry_json(r, f, i));
	json_stream_close(s);
	json_stream_close(s);
}

static void put_sections(struct json_stream *s, const struct gpu_report *r, const struct gpu_file *f)
{
	uint32_t i;

	for (i = 0; i < f->code->section_count; i++)
		put_section(s, r, f, &f->code->sections[i]);
}

static json_t *row_json(const struct gpu_row *x, bool judged)
{
	json_t *j = json_object();
	int error = json_put(j, "target", json_text(x->like->target));

	error = error ? error : json_put(j, "arch", arch_json(x->like));
	error = error ? error : json_put(j, "variant", variant_json(x->like));
	error = error ? error : json_put(j, "kind", json_string(gpu_kind_name(x->like->kind)));
	error = error ? error : json_put(j, "codec", json_string(gpu_codec_name(x->like->codec)));
	error = error ? error : json_put(j, "entries", json_number(x->entries));
	error = error ? error : json_put(j, "bytes", json_number(x->bytes));
	error = error ? error : json_put(j, "raw_bytes", json_number(x->raw));
	if (!error && judged)
		error = json_put(j, "dropped_bytes", json_number(x->dropped));
	return json_checked(j, error);
}

static int put_totals(struct json_stream *s, const struct gpu_report *r)
{
	AUTO_FREE struct gpu_row *rows = NULL;
	size_t i, count;
	int n = gpu_rows(r->files, r->count, false, &rows, &count);

	if (n < 0)
		return n;
	json_stream_open(s, "totals", '[');
	for (i = 0; i < count; i++)
		json_stream_put(s, NULL, row_json(&rows[i], r->targets && r->targets->count));
	json_stream_close(s);
	return 0;
}

static void put_file(struct json_stream *s, const struct gpu_report *r, const struct gpu_file *f)
{
	json_stream_open(s, NULL, '{');
	put_text(s, "file", f->path);
	put_number(s, "bytes", content_size(f->content));
	if (f->keep) {
		put_number(s, "kept_bytes", f->keep->kept_bytes);
		put_number(s, "dropped_bytes", f->keep->dropped_bytes);
	}
	json_stream_open(s, "sections", '[');
	put_sections(s, r, f);
	json_stream_close(s);
	json_stream_close(s);
}

int gpu_report_json(FILE *f, const struct gpu_report *r)
{
	struct json_stream s = { .f = f };
	size_t i;
	int n;

	json_stream_open(&s, NULL, '{');
	put_text(&s, "format", "depgraph-gpu");
	put_number(&s, "version", 1);
	put_text(&s, "tool", r->version);
	json_stream_open(&s, "files", '[');
	for (i = 0; i < r->count; i++)
		put_file(&s, r, &r->files[i]);
	json_stream_close(&s);
	json_stream_open(&s, "sections", '[');
	for (i = 0; i < r->count; i++)
		put_sections(&s, r, &r->files[i]);
	json_stream_close(&s);
	n = put_totals(&s, r);
	if (r->check) {
		json_stream_open(&s, "check", '{');
		put_number(&s, "decoded", r->decoded);
		put_number(&s, "decoded_bytes", r->decoded_bytes);
		put_number(&s, "opaque", r->opaque);
		put_number(&s, "failed", r->failed);
		json_stream_close(&s);
	}
	json_stream_close(&s);
	return n < 0 ? n : json_stream_finish(&s);
}
