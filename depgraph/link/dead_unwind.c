/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dead_unwind.c: which unwind entries of a linked file describe code that goes.
 *
 * An FDE of the output begins with the address of its function, encoded as
 * the augmentation of its CIE says ('R'): absolute or relative to itself, of
 * 2, 4 or 8 bytes.  Sources: Linux Standard Base, "Exception Frames"; DWARF exception header encodings.
 */
#include "depgraph/link/predict.h"

#include <string.h>

#define ENCODING_ABSOLUTE 0x00
#define ENCODING_PCREL    0x10

struct counting {
	const struct elf_file *f;
	const struct elf_file_section *s;
	const struct dead_ranges *dead;
	uint64_t cie_off; /* the last one read */
	int encoding;     /* of that; -1: not known */
	uint64_t bytes, entries;
};

static unsigned encoded_size(const struct elf_file *f, int encoding)
{
	switch (encoding & 0x07) {
	case 2: return 2;
	case 3: return 4;
	case 4: return 8;
	default: return f->wide ? 8 : 4;
	}
}

/* 'R' of a CIE's augmentation. */
static int read_encoding(const struct counting *k, uint64_t off)
{
	struct cursor c = elf_file_cursor(k->f, k->s);
	const char *augmentation;
	uint8_t version;
	int encoding;

	cursor_seek(&c, off);
	if (cursor_u32(&c) == UINT32_MAX)
		cursor_skip(&c, 8);
	cursor_skip(&c, 4);
	version = cursor_u8(&c);
	augmentation = cursor_cstr(&c, NULL);
	if (!augmentation || augmentation[0] != 'z')
		return augmentation && !augmentation[0] ? ENCODING_ABSOLUTE : -1;
	(void)cursor_uleb(&c);
	(void)cursor_sleb(&c);
	(void)(version == 1 ? cursor_u8(&c) : cursor_uleb(&c));
	(void)cursor_uleb(&c);
	for (augmentation++; *augmentation; augmentation++) {
		if (*augmentation == 'R')
			return c.failed ? -1 : cursor_u8(&c);
		if (*augmentation == 'L')
			cursor_skip(&c, 1);
		if (*augmentation != 'P')
			continue;
		encoding = cursor_u8(&c);
		cursor_skip(&c, encoded_size(k->f, encoding));
	}
	return ENCODING_ABSOLUTE;
}

static bool function_of(const struct counting *k, const struct eh_record *r, uint64_t *ret)
{
	struct cursor c = elf_file_cursor(k->f, k->s);
	unsigned size = encoded_size(k->f, k->encoding);
	uint64_t value, at;

	cursor_seek(&c, r->off);
	if (cursor_u32(&c) == UINT32_MAX)
		cursor_skip(&c, 8);
	cursor_skip(&c, 4);
	at = k->s->addr + c.pos;
	value = cursor_uint(&c, size);
	if (k->encoding & 0x08 && size < 8)
		value = (uint64_t)((int64_t)(value << (64 - 8 * size)) >> (64 - 8 * size));
	if ((k->encoding & 0x70) == ENCODING_PCREL)
		value += at;
	*ret = k->f->wide ? value : (uint32_t)value;
	return !c.failed && !(k->encoding & 0x80) && (k->encoding & 0x70) <= ENCODING_PCREL;
}

static int count_record(void *ctx, const struct eh_record *r)
{
	struct counting *k = ctx;
	uint64_t function;

	if (r->cie)
		return 0;
	if (k->cie_off != r->cie_off) {
		k->cie_off = r->cie_off;
		k->encoding = read_encoding(k, r->cie_off);
	}
	if (k->encoding >= 0 && function_of(k, r, &function) && dead_ranges_hold(k->dead, function)) {
		k->bytes += r->size;
		k->entries++;
	}
	return 0;
}

void link_dead_unwind(const struct elf_file *f, const struct dead_ranges *d, uint64_t *ret_bytes, uint64_t *ret_entries)
{
	uint32_t i = elf_file_section_named(f, ".eh_frame");
	struct counting k = { .f = f, .s = i ? &f->sections[i] : NULL, .dead = d, .cie_off = UINT64_MAX };

	if (i)
		(void)eh_frame_records(elf_file_cursor(f, k.s), count_record, &k);
	*ret_bytes = k.bytes;
	*ret_entries = k.entries;
}
