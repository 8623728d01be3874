/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields.h: fields that follow from other bytes.
 *
 * An analyzer's recompute() recognises such a field by its tag, which is never 0.
 */
#ifndef ANALYZERS_FIELDS_H
#define ANALYZERS_FIELDS_H

#include "analyzers/layout.h"

static inline struct part *layout_tagged(struct part *p, uint32_t tag)
{
	if (p)
		p->tag = tag;
	return p;
}

static inline struct part *layout_recomputed(struct layout *l, uint64_t off, uint64_t len, const char *name,
					     enum meaning m, enum coding c, uint32_t tag)
{
	return layout_tagged(layout_derived(l, off, len, name, m, c), tag);
}

/* A run of fields, tiling from `off`, of which those with a tag are derived. Stops at the window's end. */
struct derived_spec {
	const char *name; /* NULL ends the table */
	uint16_t len;
	enum meaning meaning;
	enum coding coding;
	uint32_t tag; /* 0: not derived */
};

static inline void layout_derived_fields(struct layout *l, uint64_t off, const struct derived_spec *s)
{
	for (; s->name && off < l->size; off += s->len, s++)
		if (s->tag)
			(void)layout_recomputed(l, off, s->len, s->name, s->meaning, s->coding, s->tag);
		else
			(void)layout_field(l, off, s->len, s->name, s->meaning, s->coding);
}

/* Like snprintf with the NUL cut off: exactly `len` bytes, false when the text is longer or shorter. */
bool field_print(uint8_t *out, uint64_t len, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/*
 * Digits of `base` (8, 10 or 16) in the way that the field is written now: the same width, leading zeros and
 * terminator. false: the number does not fit.
 */
bool field_digits(const uint8_t *now, uint64_t len, unsigned base, uint64_t value, uint8_t *out);

#endif
