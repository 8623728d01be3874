/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_csv.c: RFC 4180.  One line for what is alike in a section; what is no
 * entry's (headers, padding, residue) has lines too, so that the bytes of a
 * section's lines add up to the section.  With kernels: one line a kernel and entry.
 */
#include "depgraph/gpu/report.h"

#include <errno.h>
#include <string.h>

static void put_field(FILE *f, const char *text)
{
	const char *p;

	if (!strpbrk(text, ",\"\r\n")) {
		(void)fputs(text, f);
		return;
	}
	(void)putc('"', f);
	for (p = text; *p; p++) {
		if (*p == '"')
			(void)putc('"', f);
		(void)putc(*p, f);
	}
	(void)putc('"', f);
}

static void put_place(FILE *f, const struct gpu_file *file, uint32_t section)
{
	put_field(f, file->path);
	(void)putc(',', f);
	put_field(f, file->code->sections[section].name);
	(void)putc(',', f);
}

static void put_row(FILE *f, const struct gpu_file *file, const struct gpu_row *x)
{
	const struct gpu_entry *e = x->like;

	put_place(f, file, x->section);
	put_field(f, e->target);
	if (e->arch)
		(void)fprintf(f, ",%u,%.1s", e->arch, &e->variant);
	else
		(void)fputs(",,", f);
	(void)fprintf(f, ",%s,%s,%llu,%llu,%llu", gpu_kind_name(e->kind), gpu_codec_name(e->codec),
		      (unsigned long long)x->entries, (unsigned long long)x->bytes, (unsigned long long)x->raw);
	if (file->keep)
		(void)fprintf(f, ",%llu", (unsigned long long)x->dropped);
	(void)fputs("\r\n", f);
}

static void put_rest(FILE *f, const struct gpu_file *file, uint32_t section, const char *kind, uint64_t count,
		     uint64_t bytes)
{
	if (!bytes)
		return;
	put_place(f, file, section);
	(void)fprintf(f, ",,,%s,,%llu,%llu,%llu%s\r\n", kind, (unsigned long long)count, (unsigned long long)bytes,
		      (unsigned long long)bytes, file->keep ? ",0" : "");
}

static int put_file(FILE *f, const struct gpu_file *file)
{
	AUTO_FREE struct gpu_row *rows = NULL;
	uint64_t headers, padding, entries;
	size_t i, count;
	uint32_t s;
	int r = gpu_rows(file, 1, true, &rows, &count);

	for (i = 0; r >= 0 && i < count; i++)
		put_row(f, file, &rows[i]);
	for (s = 0; r >= 0 && s < file->code->section_count; s++) {
		const struct gpu_section *x = &file->code->sections[s];

		gpu_section_overhead(file->code, x, &headers, &padding, &entries);
		put_rest(f, file, s, "header", x->count, headers);
		put_rest(f, file, s, "padding", 0, padding);
		put_rest(f, file, s, "residue", 0, x->residue);
	}
	return r;
}

static void put_kernels(FILE *f, const struct gpu_file *file)
{
	uint32_t i, k;

	for (i = 0; i < file->code->entry_count; i++) {
		const struct gpu_entry *e = &file->code->entries[i];
		const struct gpu_opened *o = &file->opened[i];

		for (k = 0; k < o->count; k++) {
			put_place(f, file, file->code->containers[e->container].section);
			put_field(f, e->target);
			(void)fprintf(f, ",%llu,", (unsigned long long)e->off);
			put_field(f, o->kernels[k].name);
			(void)fprintf(f, ",%llu\r\n", (unsigned long long)o->kernels[k].bytes);
		}
	}
}

int gpu_report_csv(FILE *f, const struct gpu_report *r)
{
	size_t i;
	int n = 0;

	if (r->kernels)
		(void)fputs("file,section,target,entry,kernel,bytes\r\n", f);
	else
		(void)fprintf(f, "file,section,target,arch,variant,kind,codec,entries,bytes,raw_bytes%s\r\n",
			      r->targets && r->targets->count ? ",dropped_bytes" : "");
	for (i = 0; n >= 0 && i < r->count; i++) {
		if (r->kernels)
			put_kernels(f, &r->files[i]);
		else
			n = put_file(f, &r->files[i]);
	}
	return n < 0 ? n : ferror(f) ? -EIO : 0;
}
