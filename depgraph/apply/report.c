/* SPDX-License-Identifier: Apache-2.0 */
/* report.c: what was done to copies, for people and programs. */
#include "depgraph/apply/apply.h"

#include "base/json_stream.h"
#include "base/terminal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void put_lines(FILE *f, const char *mark, enum style s, const struct apply_line *l)
{
	for (; l; l = l->next) {
		fprintf(f, "  %s%s%s ", style(f, s), mark, style(f, STYLE_RESET));
		terminal_put(f, l->text);
		fputc('\n', f);
	}
}

static void put_sizes(FILE *f, const char *what, uint64_t before, uint64_t after)
{
	char a[32], b[32];

	if (before && !after)
		fprintf(f, "  %-11s %15s -> not known before it is written\n", what, format_count(before, a));
	else if (before)
		fprintf(f, "  %-11s %15s -> %15s bytes  (%.1f %%)\n", what, format_count(before, a), format_count(after, b),
			100.0 * (double)after / (double)before);
	else
		fprintf(f, "  %-11s %15s    %15s bytes\n", what, "", format_count(after, b));
}

static void put_output(FILE *f, const struct apply_report *r, const struct apply_output *o)
{
	fputs(style(f, STYLE_BOLD), f);
	terminal_put(f, o->source);
	fputs(style(f, STYLE_RESET), f);
	if (o->name[0]) {
		fputs(" -> ", f);
		terminal_put(f, r->out);
		fputs(r->out[0] ? "/" : "", f);
		terminal_put(f, o->name);
	}
	fprintf(f, " (%s)\n", o->does);
	if (o->after.apparent || o->before.apparent)
		put_sizes(f, "size", o->before.apparent, o->after.apparent);
	if (o->after.on_disk)
		put_sizes(f, r->dry_run ? "data" : "on disk", o->before.on_disk, o->after.on_disk);
	if (o->after.compressed)
		put_sizes(f, "compressed", o->before.compressed, o->after.compressed);
	put_lines(f, "ok  ", STYLE_GREEN, o->checks);
	put_lines(f, "note", STYLE_YELLOW, o->notes);
}

static void put_skipped(FILE *f, const struct apply_report *r)
{
	const struct apply_skipped *s;
	char n[32];

	if (r->skipped)
		fprintf(f, "\n%snot applied%s\n", style(f, STYLE_BOLD), style(f, STYLE_RESET));
	for (s = r->skipped; s; s = s->next) {
		fputs("  ", f);
		terminal_put(f, s->id);
		fprintf(f, "  %s bytes: %s\n", format_count(s->bytes, n), s->why);
	}
}

int apply_report_terminal(FILE *f, const struct apply_report *r)
{
	const struct apply_output *o;

	if (r->dry_run)
		fputs("a dry run: nothing was written\n", f);
	if (!r->outputs)
		fputs("nothing to apply\n", f);
	for (o = r->outputs; o; o = o->next)
		put_output(f, r, o);
	put_skipped(f, r);
	return ferror(f) ? -EIO : 0;
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

static json_t *lines_json(const struct apply_line *l)
{
	json_t *a = json_array();

	for (; l; l = l->next)
		if (json_array_append_new(a, json_text(l->text)) != 0)
			return json_checked(a, -ENOMEM);
	return a;
}

static json_t *size_json(const struct apply_size *s)
{
	json_t *j = json_object();
	int e = json_put(j, "bytes", json_number(s->apparent));

	e = e ? e : json_put(j, "on_disk", json_number(s->on_disk));
	if (s->compressed)
		e = e ? e : json_put(j, "compressed", json_number(s->compressed));
	return json_checked(j, e);
}

static json_t *output_json(const struct apply_output *o)
{
	json_t *j = json_object();
	int e = json_put(j, "source", json_text(o->source));

	e = e ? e : json_put(j, "output", json_text(o->name));
	e = e ? e : json_put(j, "do", json_text(o->does));
	e = e ? e : json_put(j, "before", size_json(&o->before));
	e = e ? e : json_put(j, "after", size_json(&o->after));
	e = e ? e : json_put(j, "applied", lines_json(o->ids));
	e = e ? e : json_put(j, "verified", lines_json(o->checks));
	e = e ? e : json_put(j, "notes", lines_json(o->notes));
	return json_checked(j, e);
}

static json_t *skipped_json(const struct apply_skipped *s)
{
	json_t *j = json_object();
	int e = json_put(j, "id", json_text(s->id));

	e = e ? e : json_put(j, "bytes", json_number(s->bytes));
	e = e ? e : json_put(j, "why", json_text(s->why));
	return json_checked(j, e);
}

int apply_report_json(FILE *f, const struct apply_report *r)
{
	struct json_stream s = { .f = f };
	const struct apply_output *o;
	const struct apply_skipped *k;

	json_stream_open(&s, NULL, '{');
	json_stream_put(&s, "format", json_string("depgraph-apply"));
	json_stream_put(&s, "version", json_integer(1));
	json_stream_put(&s, "directory", json_text(r->out));
	json_stream_put(&s, "dry_run", json_boolean(r->dry_run));
	json_stream_open(&s, "outputs", '[');
	for (o = r->outputs; o; o = o->next)
		json_stream_put(&s, NULL, output_json(o));
	json_stream_close(&s);
	json_stream_open(&s, "not_applied", '[');
	for (k = r->skipped; k; k = k->next)
		json_stream_put(&s, NULL, skipped_json(k));
	json_stream_close(&s);
	json_stream_close(&s);
	return json_stream_finish(&s);
}
