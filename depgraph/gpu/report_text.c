/* SPDX-License-Identifier: Apache-2.0 */
/* report_text.c: tables for a person: a file's sections, its architectures, its kernels. */
#include "depgraph/gpu/report.h"

#include "base/terminal.h"

#include <errno.h>
#include <string.h>

static void put_count(FILE *f, int width, uint64_t n)
{
	char text[32];

	(void)fprintf(f, " %*s", width, format_count(n, text));
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

static uint64_t code_bytes(const struct gpu_code *g)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < g->container_count; i++)
		sum += g->containers[i].bytes;
	return sum;
}

static void put_heading(FILE *f, const struct gpu_file *file)
{
	uint64_t code = code_bytes(file->code), size = content_size(file->content);
	char text[32];

	(void)fputs(style(f, STYLE_BOLD), f);
	terminal_put(f, file->path);
	(void)fprintf(f, "%s: %s bytes, ", style(f, STYLE_RESET), format_count(size, text));
	if (!file->code->container_count)
		(void)fputs("no GPU code\n", f);
	else
		(void)fprintf(f, "%s of them GPU code (%.1f %%)\n", format_count(code, text), percent(code, size));
}

static void put_sections(FILE *f, const struct gpu_code *g)
{
	uint64_t headers, padding, entries;
	uint32_t i;

	(void)fprintf(f, "\n  %s%-24s %15s %10s %8s %10s %13s%s\n", style(f, STYLE_DIM), "section", "bytes", "containers",
		      "entries", "headers", "not GPU code", style(f, STYLE_RESET));
	for (i = 0; i < g->section_count; i++) {
		const struct gpu_section *s = &g->sections[i];

		gpu_section_overhead(g, s, &headers, &padding, &entries);
		(void)fputs("  ", f);
		terminal_put(f, *s->name ? s->name : "(the file)");
		(void)fprintf(f, "%*s", (int)(strlen(s->name) < 24 ? 24 - strlen(*s->name ? s->name : "(the file)") : 0), "");
		put_count(f, 15, s->bytes);
		put_count(f, 10, s->count);
		put_count(f, 8, entries);
		put_count(f, 10, headers + padding);
		put_count(f, 13, s->residue);
		(void)putc('\n', f);
	}
}

static void put_row(FILE *f, const struct gpu_row *x, uint64_t all, bool judged)
{
	(void)fputs("  ", f);
	terminal_put(f, x->like->target);
	(void)fprintf(f, "%*s", (int)(strlen(x->like->target) < 24 ? 24 - strlen(x->like->target) : 0), "");
	(void)fprintf(f, " %-9s %-6s", gpu_kind_name(x->like->kind), gpu_codec_name(x->like->codec));
	put_count(f, 8, x->entries);
	put_count(f, 15, x->bytes);
	put_count(f, 15, x->raw);
	(void)fprintf(f, " %5.1f %%", percent(x->bytes, all));
	if (judged && x->dropped) {
		(void)fputs(style(f, x->dropped == x->bytes ? STYLE_RED : STYLE_YELLOW), f);
		put_count(f, 15, x->dropped);
		(void)fputs(style(f, STYLE_RESET), f);
	}
	(void)putc('\n', f);
}

static int put_rows(FILE *f, const struct gpu_report *r, const struct gpu_file *files, size_t count)
{
	AUTO_FREE struct gpu_row *rows = NULL;
	bool judged = r->targets && r->targets->count;
	uint64_t all = 0, bytes = 0, dropped = 0;
	size_t i, n;
	int e = gpu_rows(files, count, false, &rows, &n);

	if (e < 0)
		return e;
	for (i = 0; i < count; i++)
		all += code_bytes(files[i].code);
	(void)fprintf(f, "\n  %s%-24s %-9s %-6s %8s %15s %15s %7s%s%s\n", style(f, STYLE_DIM), "target", "kind", "codec",
		      "entries", "bytes", "decoded", "share", judged ? "      not needed" : "", style(f, STYLE_RESET));
	for (i = 0; i < n; i++) {
		put_row(f, &rows[i], all, judged);
		bytes += rows[i].bytes;
		dropped += rows[i].dropped;
	}
	(void)fprintf(f, "  %-24s %-9s %-6s %8s", "sum of entries", "", "", "");
	put_count(f, 15, bytes);
	(void)fprintf(f, " %15s %5.1f %%", "", percent(bytes, all));
	if (judged)
		put_count(f, 15, dropped);
	(void)putc('\n', f);
	return 0;
}

/* ---- kernels ------------------------------------------------------------------------------------------------- */

struct listed {
	const char *name;
	uint64_t bytes, copies;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct listed *)a)->name, ((const struct listed *)b)->name);
}

static int by_bytes(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Kernels of the same name, which are one for each architecture, are one line. */
static struct listed *list_kernels(const struct gpu_file *file, size_t *ret_count)
{
	size_t total = 0, n = 0, i;
	struct listed *all;
	uint32_t e, k;

	for (e = 0; e < file->code->entry_count; e++)
		total += file->opened[e].count;
	all = reallocarray(NULL, total + 1, sizeof(*all));
	for (e = 0; all && e < file->code->entry_count; e++)
		for (k = 0; k < file->opened[e].count; k++)
			all[n++] = (struct listed){ file->opened[e].kernels[k].name, file->opened[e].kernels[k].bytes, 1 };
	if (!all || !n) {
		*ret_count = 0;
		return all;
	}
	qsort(all, n, sizeof(*all), by_name);
	total = n;
	for (i = 1, n = 0; i < total; i++) {
		if (strcmp(all[n].name, all[i].name) == 0) {
			all[n].bytes += all[i].bytes;
			all[n].copies++;
		} else {
			all[++n] = all[i];
		}
	}
	*ret_count = n + 1;
	qsort(all, *ret_count, sizeof(*all), by_bytes);
	return all;
}

static int put_kernels(FILE *f, const struct gpu_report *r, const struct gpu_file *file)
{
	size_t i, count;
	AUTO_FREE struct listed *all = list_kernels(file, &count);
	size_t shown = r->limit && r->limit < count ? r->limit : count;
	char text[32];

	if (!all)
		return -ENOMEM;
	(void)fprintf(f, "\n  %s%15s %8s  %s%s\n", style(f, STYLE_DIM), "bytes of code", "cubins", "kernel",
		      style(f, STYLE_RESET));
	for (i = 0; i < shown; i++) {
		(void)fputs("  ", f);
		put_count(f, 14, all[i].bytes);
		put_count(f, 8, all[i].copies);
		(void)fputs("  ", f);
		terminal_put(f, all[i].name);
		(void)putc('\n', f);
	}
	if (shown < count)
		(void)fprintf(f, "  ... and %s more kernels; --limit 0 lists all\n", format_count(count - shown, text));
	return 0;
}

static void put_failures(FILE *f, const struct gpu_file *file)
{
	uint32_t i;

	for (i = 0; i < file->code->entry_count; i++) {
		if (!file->opened[i].error)
			continue;
		(void)fputs(style(f, STYLE_RED), f);
		terminal_put(f, file->opened[i].why);
		(void)fprintf(f, "%s\n", style(f, STYLE_RESET));
	}
}

static int put_file(FILE *f, const struct gpu_report *r, const struct gpu_file *file)
{
	int n = 0;

	put_heading(f, file);
	if (!file->code->section_count)
		return 0;
	put_sections(f, file->code);
	if (file->code->entry_count)
		n = put_rows(f, r, file, 1);
	if (n >= 0 && r->kernels)
		n = put_kernels(f, r, file);
	if (file->opened)
		put_failures(f, file);
	(void)putc('\n', f);
	return n;
}

int gpu_report_text(FILE *f, const struct gpu_report *r)
{
	char decoded[32], bytes[32];
	size_t i;
	int n = 0;

	for (i = 0; n >= 0 && i < r->count; i++)
		n = put_file(f, r, &r->files[i]);
	if (n >= 0 && r->count > 1) {
		(void)fprintf(f, "%sall %zu files%s\n", style(f, STYLE_BOLD), r->count, style(f, STYLE_RESET));
		n = put_rows(f, r, r->files, r->count);
	}
	if (r->check)
		(void)fprintf(f, "%s entries decoded to %s bytes; %u opaque, %u not as their headers say\n",
			      format_count(r->decoded, decoded), format_count(r->decoded_bytes, bytes), r->opaque, r->failed);
	return n < 0 ? n : ferror(f) ? -EIO : 0;
}
