/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_gnuhash.c: .gnu.hash, which follows from the names in .dynsym.  There is
 * no specification; this is what binutils and lld write:
 *
 *	nbuckets, symoffset, bloom_size, bloom_shift   4 bytes each
 *	bloom filter   bloom_size words: two bits for each symbol's hash
 *	buckets        index of the first symbol with hash % nbuckets, 0: none
 *	hash values    one for each symbol from symoffset on; the lowest bit ends a bucket
 *
 * The hash is h = 33 h + c from 5381 on.
 */
#include "analyzers/elf_image.h"

#include <stdlib.h>

#define HEADER 16

enum { TAG_BLOOM = 1, TAG_BUCKETS, TAG_VALUES };

struct gnu_hash {
	uint32_t buckets, first, bloom_size, shift;
	unsigned word;        /* of the bloom filter, bytes */
	const uint8_t *names; /* symbols, their strings */
	uint64_t strings_size, count;
	const uint8_t *strings;
};

static bool read_header(const struct elf *e, const uint8_t *data, uint64_t size, struct gnu_hash *ret)
{
	struct cursor c = elf_cursor(e, data, size);

	ret->buckets = cursor_u32(&c);
	ret->first = cursor_u32(&c);
	ret->bloom_size = cursor_u32(&c);
	ret->shift = cursor_u32(&c);
	ret->word = elf_word(e);
	cursor_skip(&c, (uint64_t)ret->bloom_size * ret->word);
	cursor_skip(&c, (uint64_t)ret->buckets * 4);
	return !c.failed && ret->buckets && ret->bloom_size && ret->shift < 32;
}

static void add_derived(struct layout *child, uint64_t off, uint64_t len, const char *name, uint32_t tag)
{
	struct part *p = layout_field(child, off, len, name, MEANS_CHECKSUM, CODED_BYTES);

	if (p) {
		p->recomputes = true;
		p->tag = tag;
	}
}

int elf_split_gnu_hash(struct layout *child, const struct elf *e)
{
	struct gnu_hash h;
	uint64_t off = HEADER;

	if (!read_header(e, child->data, child->size, &h)) {
		(void)layout_add(child, 0, child->size, PART_DATA, "table");
		return 0;
	}
	(void)elf_field(child, 0, 4, "nbuckets", MEANS_COUNT);
	(void)elf_field(child, 4, 4, "symoffset", MEANS_COUNT);
	(void)elf_field(child, 8, 4, "bloom_size", MEANS_SIZE);
	(void)elf_field(child, 12, 4, "bloom_shift", MEANS_NOTHING);
	add_derived(child, off, (uint64_t)h.bloom_size * h.word, "bloom filter", TAG_BLOOM);
	off += (uint64_t)h.bloom_size * h.word;
	add_derived(child, off, (uint64_t)h.buckets * 4, "buckets", TAG_BUCKETS);
	off += (uint64_t)h.buckets * 4;
	if (off < child->size)
		add_derived(child, off, child->size - off, "hash values", TAG_VALUES);
	return 0;
}

static bool find_symbols(const struct elf *e, const struct elf_section *s, struct gnu_hash *h)
{
	const struct elf_section *table = s->link < e->section_count ? &e->sections[s->link] : NULL;
	uint64_t size, entsize = e->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);

	if (!table || table->link >= e->section_count || !elf_section_bytes(e, table, &h->names, &size) ||
	    !elf_section_bytes(e, &e->sections[table->link], &h->strings, &h->strings_size))
		return false;
	h->count = size / entsize;
	return h->first <= h->count;
}

static uint32_t hash_of_symbol(const struct elf *e, const struct gnu_hash *h, uint64_t index)
{
	const uint64_t entsize = e->wide ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	const char *name =
		elf_string(h->strings, h->strings_size, load_uint(h->names + index * entsize, 4, e->big));
	uint32_t v = 5381;

	for (; *name; name++)
		v = v * 33 + (uint8_t)*name;
	return v;
}

static void set_bit(const struct elf *e, const struct gnu_hash *h, uint32_t v, uint32_t bit, uint8_t *bloom)
{
	unsigned bits = 8 * h->word;
	uint8_t *word = bloom + (uint64_t)(v / bits % h->bloom_size) * h->word;

	store_uint(word, load_uint(word, h->word, e->big) | UINT64_C(1) << bit % bits, h->word, e->big);
}

/* One symbol's share in the part with this tag. `next` is the bucket of the symbol after it. */
static void put_symbol(const struct elf *e, const struct gnu_hash *h, const struct part *p, uint64_t i,
		       uint32_t v, uint64_t next, uint8_t *out)
{
	uint64_t bucket = v % h->buckets;

	if (p->tag == TAG_BLOOM) {
		set_bit(e, h, v, v, out);
		set_bit(e, h, v, v >> h->shift, out);
	} else if (p->tag == TAG_BUCKETS) {
		if (!load_uint(out + 4 * bucket, 4, e->big))
			store_uint(out + 4 * bucket, i, 4, e->big);
	} else if (4 * (i - h->first) + 4 <= p->len) {
		store_uint(out + 4 * (i - h->first), (v & ~1u) | (bucket != next), 4, e->big);
	}
}

bool elf_recompute_gnu_hash(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct elf *e = elf_of(l);
	const struct elf_section *s = elf_section_of(l, p);
	struct gnu_hash h;
	uint32_t v, next;
	uint64_t i;

	if (!p->tag || !s || !read_header(e, l->data, l->size, &h) || !find_symbols(e, s, &h))
		return false;
	memset(out, 0, p->len);
	v = h.first < h.count ? hash_of_symbol(e, &h, h.first) : 0;
	for (i = h.first; i < h.count; i++, v = next) {
		next = i + 1 < h.count ? hash_of_symbol(e, &h, i + 1) : 0;
		put_symbol(e, &h, p, i, v, i + 1 < h.count ? next % h.buckets : UINT64_MAX, out);
	}
	return true;
}
