/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_linkmap.h: one body for the link maps of all linkers.
 *
 * What linkmap_read() accepts is walked as depgraph walks it: indices are in range, names are there, and texts that the
 * visitor gets lie inside the map. A target a dialect, so that each has a corpus of its own.
 */
#ifndef TESTS_FUZZ_FUZZ_LINKMAP_H
#define TESTS_FUZZ_FUZZ_LINKMAP_H

#include "analyzers/linkmap.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_map {
	const char *begin, *end;
	size_t rows;
};

static inline void fuzz_text(const struct fuzz_map *m, struct linkmap_text t)
{
	if (t.n && (t.p < m->begin || t.p > m->end || t.n > (size_t)(m->end - t.p)))
		abort();
}

static inline int fuzz_row(void *ctx, const struct linkmap_section_row *row)
{
	struct fuzz_map *m = ctx;
	struct linkmap_name name;

	fuzz_text(m, row->name);
	fuzz_text(m, row->file);
	fuzz_text(m, row->output);
	if (linkmap_split_name(row->file, &name) != (name.member.n != 0))
		abort();
	fuzz_text(m, name.path);
	fuzz_text(m, name.member);
	m->rows++;
	return 0;
}

static inline int fuzz_three(void *ctx, struct linkmap_text a, struct linkmap_text b, struct linkmap_text c)
{
	fuzz_text(ctx, a);
	fuzz_text(ctx, b);
	fuzz_text(ctx, c);
	return 0;
}

static inline int fuzz_symbol(void *ctx, uint64_t address, uint64_t size, struct linkmap_text name)
{
	(void)address;
	(void)size;
	fuzz_text(ctx, name);
	return 0;
}

static inline int fuzz_reference(void *ctx, struct linkmap_text symbol, struct linkmap_text file, bool defines)
{
	(void)defines;
	return fuzz_three(ctx, symbol, file, file);
}

static inline void fuzz_file(const struct linkmap *m, uint32_t file)
{
	if (file != LINKMAP_NONE && (file >= m->file_count || !m->files[file].name || !m->files[file].path))
		abort();
	if (file != LINKMAP_NONE && linkmap_find_file(m, m->files[file].name) != file)
		abort();
}

static inline void fuzz_sections(const struct linkmap *m, const struct linkmap_section *s, size_t n)
{
	for (; n; n--, s++) {
		fuzz_file(m, s->file);
		if (!s->name || (s->output != LINKMAP_NONE && s->output >= m->output_count))
			abort();
	}
}

static inline void fuzz_table(const struct linkmap *m)
{
	size_t i;

	fuzz_sections(m, m->sections, m->section_count);
	fuzz_sections(m, m->discarded, m->discarded_count);
	for (i = 0; i < m->extraction_count; i++) {
		fuzz_file(m, m->extractions[i].member);
		fuzz_file(m, m->extractions[i].requirer);
		if (!m->extractions[i].symbol)
			abort();
	}
	for (i = 0; i < m->load_count; i++)
		if (m->loads[i] >= m->file_count || !m->files[m->loads[i]].loaded)
			abort();
}

static inline int fuzz_linkmap(const uint8_t *data, size_t size)
{
	static const struct linkmap_visitor visitor = {
		.extraction = fuzz_three, .needed = fuzz_three, .discarded = fuzz_row, .section = fuzz_row,
		.symbol = fuzz_symbol, .cross_reference = fuzz_reference,
	};
	struct content *c;
	struct linkmap *m = NULL;
	enum linkmap_dialect dialect;
	struct fuzz_map map = { 0 };
	int parsed, kept;

	if (content_copy(data, size, "map", &c) < 0)
		return 0;
	map.begin = (const char *)content_data(c);
	map.end = map.begin + size;
	parsed = linkmap_parse(c, &visitor, &map, &dialect, NULL);
	kept = linkmap_read(c, &m, NULL);
	/* A NUL in a file's name is refused only where names are kept. */
	if (kept == 0 && (parsed < 0 || map.rows != m->section_count + m->discarded_count))
		abort();
	if (kept == 0)
		fuzz_table(m);
	linkmap_free(m);
	content_unref(c);
	return 0;
}

#define FUZZ_LINKMAP                                              \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) \
	{                                                         \
		return fuzz_linkmap(data, size);                  \
	}

#endif
