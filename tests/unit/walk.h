/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk.h: opens everything there is to open in a layout, checking on the way
 * what every layout promises: parts tile the window, and whatever is asked of
 * a part is answered or refused without reading beyond it.
 */
#ifndef TESTS_UNIT_WALK_H
#define TESTS_UNIT_WALK_H

#include "analyzers/layout.h"
#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

static inline __attribute__((unused)) void assert_tiles(const struct layout *l)
{
	uint64_t at = 0;
	size_t i;

	for (i = 0; i < l->count; i++) {
		assert_int_equal(l->parts[i].off, at);
		assert_true(l->parts[i].len > 0);
		at += l->parts[i].len;
	}
	assert_int_equal(at, l->size);
}

/* Calls visit for every part at any depth, with its path ("a//b//c"); decoded contents are entered too. */
typedef void (*walk_visit)(void *ctx, const char *path, struct layout *l, const struct part *p);

static inline __attribute__((unused)) void walk_layout(struct layout *l, const char *prefix, unsigned depth,
						       walk_visit visit, void *ctx)
{
	uint8_t value[4096];
	char text[256];
	size_t i;

	assert_tiles(l);
	for (i = 0; i < l->count && depth < 40; i++) {
		const struct part *p = &l->parts[i];
		struct layout *child = NULL;
		struct content *plain = NULL;
		struct buffer path = BUFFER_INIT(1 << 20);

		buffer_printf(&path, "%s%s%s", prefix, *prefix ? "//" : "", p->name);
		if (visit)
			visit(ctx, buffer_str(&path), l, p);
		if (p->recomputes && p->len <= sizeof(value))
			(void)l->analyzer->recompute(l, p, value);
		if (l->analyzer->context)
			(void)l->analyzer->context(l, p, p->off, text, sizeof(text));
		if (p->kind == PART_GROUP || p->kind == PART_CONTENT) {
			if (layout_open(l, p, &child) == 0)
				walk_layout(child, buffer_str(&path), depth + 1, visit, ctx);
		} else if (p->kind == PART_ENCODED && layout_decode(l, p, &plain, NULL) == 0) {
			if (layout_identify_inside(l, p, plain, &child) == 0)
				walk_layout(child, buffer_str(&path), depth + 1, visit, ctx);
		}
		layout_unref(child);
		content_unref(plain);
		buffer_release(&path);
	}
}

static inline __attribute__((unused)) struct layout *layout_of(const void *bytes, size_t n)
{
	struct content *c = NULL;
	struct layout *l = NULL;

	assert_int_equal(content_copy(bytes, n, "test", &c), 0);
	assert_int_equal(layout_identify(c, 0, n, NULL, &l), 0);
	content_unref(c);
	return l;
}

/* Every prefix of the bytes, `step` apart: nothing but the walk's own checks. */
static inline __attribute__((unused)) void walk_truncations(const uint8_t *bytes, size_t n, size_t step)
{
	size_t len;

	for (len = 0; len < n; len += step) {
		struct layout *l = layout_of(bytes, len);

		walk_layout(l, "", 0, NULL, NULL);
		layout_unref(l);
	}
}

/* Every `step`-th byte inverted, one at a time. */
static inline __attribute__((unused)) void walk_damages(const uint8_t *bytes, size_t n, size_t step)
{
	uint8_t *copy = malloc(n ? n : 1);
	size_t i;

	assert_non_null(copy);
	memcpy(copy, bytes, n);
	for (i = 0; i < n; i += step) {
		struct layout *l;

		copy[i] ^= 0xff;
		l = layout_of(copy, n);
		walk_layout(l, "", 0, NULL, NULL);
		layout_unref(l);
		copy[i] ^= 0xff;
	}
	free(copy);
}

/* The bytes of the first part with that path ("" where there is none). */
struct find_path {
	const char *path;
	unsigned count;
	enum part_kind kind;
	enum meaning meaning;
	uint64_t len;
	uint8_t bytes[256]; /* the first of them, NUL after */
	bool recomputes, proved;
};

static inline __attribute__((unused)) void find_visit(void *ctx, const char *path, struct layout *l,
						      const struct part *p)
{
	struct find_path *f = ctx;
	uint8_t value[256];

	if (strcmp(path, f->path) || f->count++)
		return;
	f->kind = p->kind;
	f->meaning = p->meaning;
	f->len = p->len;
	memcpy(f->bytes, part_data(l, p), p->len < 255 ? p->len : 255);
	f->recomputes = p->recomputes;
	f->proved = p->recomputes && p->len <= sizeof(value) && l->analyzer->recompute(l, p, value) &&
		    !memcmp(value, part_data(l, p), p->len);
}

static inline __attribute__((unused)) struct find_path find_path(struct layout *l, const char *path)
{
	struct find_path f = { .path = path };

	walk_layout(l, "", 0, find_visit, &f);
	return f;
}

static inline __attribute__((unused)) void print_visit(void *ctx, const char *path, struct layout *l,
						       const struct part *p)
{
	(void)ctx;
	(void)l;
	printf("%8llu %6llu kind %d meaning %d%s %s\n", (unsigned long long)(l->base + p->off),
	       (unsigned long long)p->len, p->kind, p->meaning, p->recomputes ? " R" : "", path);
}

/* Fields that say they can be recomputed and are, against those that are not equal to what the content makes them. */
struct proofs {
	unsigned proved, refused, wrong;
	char first_wrong[512];
};

static inline __attribute__((unused)) void proof_visit(void *ctx, const char *path, struct layout *l,
						       const struct part *p)
{
	struct proofs *r = ctx;
	uint8_t value[4096];

	if (!p->recomputes || p->len > sizeof(value))
		return;
	if (!l->analyzer->recompute(l, p, value)) {
		r->refused++;
	} else if (!memcmp(value, part_data(l, p), p->len)) {
		r->proved++;
	} else if (!r->wrong++) {
		snprintf(r->first_wrong, sizeof(r->first_wrong), "%s", path);
	}
}

#endif
