/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_layout.h: one body for the fuzz targets of all analyzers.
 *
 *	#include "tests/fuzz/fuzz_layout.h"
 *	FUZZ_ANALYZER(elf_analyzer)
 *
 * An input that the analyzer's probe accepts is identified and walked as the
 * comparison walks it: groups and contents opened, encoded parts decoded, with a
 * small budget and a bound on how many are opened.  On the way every callback is
 * asked, and the contract of layout.h is asserted: parts tile the window, have
 * names and known targets, records are tiled by their fields, nesting ends.
 */
#ifndef TESTS_FUZZ_FUZZ_LAYOUT_H
#define TESTS_FUZZ_FUZZ_LAYOUT_H

#include "analyzers/formats.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_INPUT_MAX (1 << 20)
#define FUZZ_OPENS_MAX 400    /* layouts opened for one input */
#define FUZZ_SAME_MAX 12      /* layouts of the same window inside each other; beyond it, an analyzer does not end */
#define FUZZ_DECODED_MAX (4 << 20)
#define FUZZ_RECORDS_MAX 40   /* asked of one table */
#define FUZZ_PARTS_MAX 600    /* asked of one layout; the contract is asserted for all */

struct fuzz_walk {
	unsigned opens; /* so far */
	unsigned same;  /* ancestors in a row that have the same window */
};

#define FUZZ_ASSERT(condition, l, p)                                                                   \
	do {                                                                                           \
		const struct part *p_ = (p);                                                           \
		if (!(condition)) {                                                                    \
			fprintf(stderr, "%s: part \"%s\" at %llu: not so: %s\n", (l)->analyzer->name,  \
				p_ && p_->name ? p_->name : "?", p_ ? (unsigned long long)p_->off : 0, \
				#condition);                                                           \
			__builtin_trap();                                                              \
		}                                                                                      \
	} while (0)

static void fuzz_walk_layout(struct fuzz_walk *w, struct layout *l);

static void fuzz_check_references(const struct layout *l, const struct part *p)
{
	unsigned i;

	for (i = 0; i < p->reference_count; i++) {
		const struct reference *r = &p->references[i];

		FUZZ_ASSERT(r->width >= 1 && r->width <= 8, l, p);
		FUZZ_ASSERT(r->target == REFERENCE_NONE || (l->image && r->target < l->image->count), l, p);
	}
}

static void fuzz_check_records(const struct layout *l, const struct part *p)
{
	const struct record_field *f;
	uint32_t at = 0;

	FUZZ_ASSERT(p->records && p->records->size > 0, l, p);
	for (f = p->records->fields; f->name; f++) {
		FUZZ_ASSERT(f->off == at && f->len > 0, l, p);
		at += f->len;
	}
	FUZZ_ASSERT(at == p->records->size, l, p);
}

static void fuzz_check_layout(const struct layout *l)
{
	uint64_t at = 0;
	size_t i;

	FUZZ_ASSERT(l->finished && l->analyzer && l->budget, l, NULL);
	for (i = 0; i < l->count; i++) {
		const struct part *p = &l->parts[i];

		FUZZ_ASSERT(p->name != NULL, l, p);
		FUZZ_ASSERT(p->off == at && p->len > 0 && p->len <= l->size - at, l, p);
		FUZZ_ASSERT(layout_part_at(l, p->off) == p && layout_part_at(l, p->off + p->len - 1) == p, l, p);
		fuzz_check_references(l, p);
		if (p->kind == PART_RECORDS)
			fuzz_check_records(l, p);
		at += p->len;
	}
	FUZZ_ASSERT(at == l->size, l, NULL);
	for (i = 1; i < l->range_count; i++)
		FUZZ_ASSERT(l->ranges[i - 1].address <= l->ranges[i].address, l, NULL);
	for (i = 0; i < l->note_count; i++)
		FUZZ_ASSERT(l->notes[i].text != NULL, l, NULL);
}

static void fuzz_ask_record(const struct layout *l, const struct part *p, uint64_t index)
{
	struct reference ref;
	unsigned field;

	if (l->analyzer->record_key)
		(void)l->analyzer->record_key(l, p, index);
	for (field = 0; p->records->fields[field].name && l->analyzer->record_reference; field++) {
		if (!l->analyzer->record_reference(l, p, index, field, &ref))
			continue;
		FUZZ_ASSERT(ref.width <= 8, l, p); /* 0: this record refers to nothing */
	}
}

static void fuzz_ask_place(const struct layout *l, const struct part *p, uint64_t off)
{
	char out[200], tiny[2];

	if (l->analyzer->describe) {
		(void)l->analyzer->describe(l, p, off, out, sizeof(out));
		(void)l->analyzer->describe(l, p, off, tiny, sizeof(tiny));
	}
	if (l->analyzer->context) {
		(void)l->analyzer->context(l, p, off, out, sizeof(out));
		(void)l->analyzer->context(l, p, off, tiny, sizeof(tiny));
	}
}

/* A field of any length is recomputed into memory of exactly that length. */
static void fuzz_ask_recompute(const struct layout *l, const struct part *p)
{
	AUTO_FREE uint8_t *out = NULL;

	if (!p->recomputes || p->len > FUZZ_DECODED_MAX)
		return;
	FUZZ_ASSERT(l->analyzer->recompute != NULL, l, p);
	out = malloc(p->len);
	if (out)
		(void)l->analyzer->recompute(l, p, out);
}

static void fuzz_ask_part(const struct layout *l, const struct part *p)
{
	uint64_t count, i, number;

	(void)part_number(l, p, &number);
	fuzz_ask_recompute(l, p);
	fuzz_ask_place(l, p, p->off);
	fuzz_ask_place(l, p, p->off + p->len / 2);
	fuzz_ask_place(l, p, p->off + p->len - 1);
	if (p->kind != PART_RECORDS)
		return;
	count = p->len / p->records->size;
	for (i = 0; i < count && i < FUZZ_RECORDS_MAX; i++)
		fuzz_ask_record(l, p, i);
	if (count)
		fuzz_ask_record(l, p, count - 1);
}

static void fuzz_open_part(struct fuzz_walk *w, struct layout *l, const struct part *p)
{
	CLEANUP(layout_unrefp) struct layout *child = NULL;
	unsigned same = w->same;
	int r;

	w->opens++;
	r = layout_open(l, p, &child);
	FUZZ_ASSERT(r <= 0 && (r == 0) == (child != NULL), l, p);
	if (!child)
		return;
	w->same = p->len == l->size ? same + 1 : 0;
	FUZZ_ASSERT(w->same < FUZZ_SAME_MAX, l, p);
	fuzz_walk_layout(w, child);
	w->same = same;
}

static void fuzz_decode_part(struct fuzz_walk *w, struct layout *l, const struct part *p)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	CLEANUP(layout_unrefp) struct layout *child = NULL;
	struct error err = { 0 };
	int r;

	w->opens++;
	r = layout_decode(l, p, &c, &err);
	FUZZ_ASSERT(r <= 0 && (r == 0) == (c != NULL), l, p);
	if (c && layout_identify_inside(l, p, c, &child) == 0)
		fuzz_walk_layout(w, child);
}

static void fuzz_walk_layout(struct fuzz_walk *w, struct layout *l)
{
	size_t i;

	fuzz_check_layout(l);
	for (i = 0; i < l->count && i < FUZZ_PARTS_MAX; i++) {
		const struct part *p = &l->parts[i];

		fuzz_ask_part(l, p);
		if (w->opens >= FUZZ_OPENS_MAX)
			continue;
		if (p->kind == PART_GROUP || p->kind == PART_CONTENT)
			fuzz_open_part(w, l, p);
		else if (p->kind == PART_ENCODED)
			fuzz_decode_part(w, l, p);
	}
}

static inline int fuzz_layout(const struct analyzer *analyzer, const uint8_t *data, size_t size)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	CLEANUP(layout_unrefp) struct layout *l = NULL;
	struct budget budget = { .total_max = FUZZ_DECODED_MAX, .ratio_max = BUDGET_RATIO, .depth_max = 6 };
	struct fuzz_walk w = { 0 };

	if (size > FUZZ_INPUT_MAX || !analyzer->probe(data, size))
		return 0;
	if (content_copy(data, size, "input", &c) < 0)
		return 0;
	if (layout_identify(c, 0, size, &budget, &l) == 0)
		fuzz_walk_layout(&w, l);
	return 0;
}

#define FUZZ_ANALYZER(analyzer)                                            \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)       \
	{                                                                  \
		return fuzz_layout(&(analyzer), data, size);               \
	}

#endif
