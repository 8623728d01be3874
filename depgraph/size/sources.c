/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compilation units: the addresses that each one's code has, and its share of the debug sections.
 * libdwarf reads them in a confined child; what the child says is read as input, not believed.
 */
#include "analyzers/dwarf.h"
#include "analyzers/layout.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "depgraph/size/paint.h"
#include "sandbox/confine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTPUT_MAX ((size_t)1 << 30)
#define DEADLINE_MS 120000
#define FLUSH_AT 60000
#define RANGE_SIZE 24
#define UNITS_MAX (1u << 20)

/*
 * What the child writes: records of a tag and a payload.
 *	'U' length (4), name                             the next unit
 *	'R' unit (4), section (4), start (8), end (8)    a range of it
 */
struct teller {
	const struct dwarf_image *image;
	struct confine_pipe *out;
	struct buffer pending;
};

static int flush(struct teller *t)
{
	int r = t->pending.error ? t->pending.error : confine_write(t->out, t->pending.data, t->pending.len);

	t->pending.len = 0;
	return r;
}

static int tell_unit(void *ctx, const char *directory, const char *name)
{
	struct teller *t = ctx;
	size_t n = strlen(directory);
	uint8_t head[5] = { 'U' };
	const char *rest = name;

	if (n && !strncmp(name, directory, n) && name[n] == '/')
		rest = name + n + 1;
	store_uint(head + 1, strlen(rest), 4, false);
	(void)buffer_append(&t->pending, head, sizeof(head));
	(void)buffer_append(&t->pending, rest, strlen(rest));
	return t->pending.len > FLUSH_AT ? flush(t) : 0;
}

static int tell_range(void *ctx, size_t unit, uint32_t section, uint64_t start, uint64_t end)
{
	struct teller *t = ctx;
	uint8_t record[1 + RANGE_SIZE] = { 'R' };

	store_uint(record + 1, unit, 4, false);
	store_uint(record + 5, section, 4, false);
	store_uint(record + 9, start, 8, false);
	store_uint(record + 17, end, 8, false);
	(void)buffer_append(&t->pending, record, sizeof(record));
	return t->pending.len > FLUSH_AT ? flush(t) : 0;
}

static int confined(void *ctx, struct confine_pipe *out)
{
	static const struct dwarf_units_visitor visitor = { .unit = tell_unit, .range = tell_range };
	struct teller *t = ctx;
	int r;

	t->out = out;
	r = dwarf_units(t->image, &visitor, t);
	return r ? r : flush(t);
}

struct reading {
	struct size_subject *s;
	const struct size_window *w;
	struct size_claims *claims;
	uint32_t *units; /* names; NO_NAME */
	size_t unit_count;
};
#define NO_NAME UINT32_MAX

static void claim_addresses(struct reading *r, uint64_t start, uint64_t end, uint32_t name)
{
	uint64_t place, left;

	while (start < end && size_address_place(&r->s->space, r->w, start, &place, &left)) {
		left = left < end - start ? left : end - start;
		size_claim(r->claims, place, place + left, name, 0);
		start += left;
	}
}

static void read_range(struct reading *r, struct cursor *c)
{
	uint32_t unit = cursor_u32(c), section = cursor_u32(c);
	uint64_t start = cursor_u64(c), end = cursor_u64(c), place, length;

	if (c->failed || start >= end || unit >= r->unit_count || r->units[unit] == NO_NAME)
		return;
	if (section == DWARF_ADDRESS)
		claim_addresses(r, start, end, r->units[unit]);
	else if (section < r->w->elf->section_count && size_section_place(&r->s->space, r->w, section, &place, &length) &&
		 end <= length)
		size_claim(r->claims, place + start, place + end, r->units[unit], 0);
}

static int read_unit(struct reading *r, struct cursor *c)
{
	uint32_t length = cursor_u32(c);
	const uint8_t *text = cursor_take(c, length);

	if (!(r->unit_count & (r->unit_count - 1))) {
		size_t room = r->unit_count ? 2 * r->unit_count : 1;
		uint32_t *units = room <= UNITS_MAX ? reallocarray(r->units, room, sizeof(*units)) : NULL;

		if (!units)
			return -ENOMEM;
		r->units = units;
	}
	r->units[r->unit_count++] = text && length ? size_name(&r->s->tree->names, (const char *)text, length, true) : NO_NAME;
	return 0;
}

static int read_answer(struct size_subject *s, const struct size_window *w, struct size_claims *claims,
		       const struct buffer *answer)
{
	struct reading r = { .s = s, .w = w, .claims = claims };
	struct cursor c = cursor_make(answer->data, answer->len);
	int result = 0;

	while (!result && cursor_left(&c)) {
		uint8_t tag = cursor_u8(&c);

		if (tag == 'U')
			result = read_unit(&r, &c);
		else if (tag == 'R')
			read_range(&r, &c);
		else
			break;
	}
	free(r.units);
	return result;
}

static int ask(struct layout *l, struct buffer *answer, struct error *err)
{
	struct confine_limits limits = { .memory_max = UINT64_C(4) << 30, .deadline_ms = DEADLINE_MS, .output_max = OUTPUT_MAX };
	CLEANUP(dwarf_image_freep) struct dwarf_image *image = NULL;
	struct teller t = { .pending = BUFFER_INIT(2 * (size_t)FLUSH_AT + (1u << 20)) };
	int r = dwarf_image_open(l, &image, err);

	if (r < 0)
		return r;
	t.image = image;
	r = confine_call(confined, &t, &limits, answer, NULL, err);
	buffer_release(&t.pending);
	return r;
}

static int paint_window(struct size_subject *s, const struct size_window *w, struct size_canvas *c, struct error *err)
{
	CLEANUP(layout_unrefp) struct layout *l = NULL;
	struct buffer answer = BUFFER_INIT(OUTPUT_MAX);
	struct error why = { 0 };
	char text[600];
	int r;

	if (!elf_file_section_named(w->elf, ".debug_info") && !elf_file_section_named(w->elf, ".zdebug_info"))
		return 0;
	r = layout_identify(s->space.content, w->off, w->size, NULL, &l);
	if (!r)
		r = ask(l, &answer, &why);
	if (read_answer(s, w, &c->claims[SIZE_DETAIL], &answer) < 0)
		r = -ENOMEM;
	buffer_release(&answer);
	if (r == -ENOMEM)
		return error_set(err, r, s->path, "out of memory");
	if (r < 0 && r != -ENODATA)
		size_note(s->tree, "%s: units are told as far as the debug information could be read: %s", path_base(s->path),
			  error_text(&why, text, sizeof(text)));
	return 0;
}

int size_paint_sources(struct size_subject *s, struct size_canvas *c, struct error *err)
{
	size_t i;
	int r = 0;

	size_structure(s, c, false);
	for (i = 0; !r && i < s->space.window_count; i++)
		r = paint_window(s, &s->space.windows[i], c, err);
	return r;
}
