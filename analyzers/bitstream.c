/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bitstream.c: see bitstream.h (source: LLVM "Bitcode File Format",
 * llvm/Bitstream/BitstreamReader.cpp).
 *
 * A stream is bits, lowest first, in 32-bit little-endian words.  Each item
 * begins with an abbreviation id, whose width the enclosing block says (2 at the
 * top):
 *
 *	0 END_BLOCK       align to 32 bits
 *	1 ENTER_SUBBLOCK  block id vbr8, new width vbr4, align, length in words u32
 *	2 DEFINE_ABBREV   operand count vbr5, then literals and encodings
 *	3 UNABBREV_RECORD code vbr6, count vbr6, operands vbr6
 *	4... a record by the abbreviation of that number: those that BLOCKINFO (block 0)
 *	     gives for this block id first, then the block's own
 *
 * A block's length makes it skippable, so only blocks whose bytes differ are
 * ever read.  A block's part begins at its length word: that and all of the
 * block are whole bytes, while the bits before belong to what precedes.
 *
 * Termination: every item consumes at least the abbreviation id, an element of
 * an array at least one bit (encodings of no width are refused in arrays), and
 * nothing is allocated but definitions, which take bits of the input.
 */
#include "analyzers/bitstream.h"

#include <errno.h>

#define FIELDS_MAX    (1u << 16)
#define BLOCKS_MAX    (1u << 18)
#define OPERANDS_KEPT 16
#define OPERANDS_MAX \
	256 /* of a definition: literals take no bits of a record, so their number bounds its cost */
#define BLOCK_INFO 0
#define SETBID     1
#define TOP_WIDTH  2
#define DEPTH_MAX  24  /* writers use four or five */
#define INFOS_MAX  256 /* block ids with abbreviations of their own: the list is searched from end to end */

struct bits {
	const uint8_t *data;
	uint64_t end, pos; /* in bits */
	bool failed;
};

enum encoding { LITERAL = 0, FIXED = 1, VBR = 2, ARRAY = 3, CHAR6 = 4, BLOB = 5 };

struct operand {
	enum encoding encoding;
	uint64_t value; /* the literal, or the width */
};

struct abbreviation {
	uint32_t count;
	struct operand *operands;
};

/* Abbreviations of one block id, or of the block that is being read. */
struct abbreviations {
	uint32_t block, count, capacity;
	struct abbreviation *list;
	struct abbreviations *next;
};

/* The layout's private. */
struct scope {
	struct abbreviations *info;
	unsigned depth; /* of blocks in blocks */
	unsigned infos; /* members of the list */
};

struct record {
	uint64_t start, end; /* bits */
	uint32_t code;
	uint32_t kept; /* operands whose bits are known: at most OPERANDS_KEPT */
	uint64_t bit[OPERANDS_KEPT], bit_end[OPERANDS_KEPT];
	uint64_t blob, blob_len; /* bytes; blob 0: none */
};

enum item { ITEM_FAILED, ITEM_END, ITEM_BLOCK, ITEM_DEFINITION, ITEM_RECORD };

struct block {
	uint32_t id, width;
	uint64_t body, end; /* bytes: body is after the length word */
};

struct stream {
	struct bits bits;
	struct layout *l;
	struct scope *scope;
	unsigned width;
	struct abbreviations own; /* BLOCKINFO's for this block, then its own */
	struct block block;       /* of the last ITEM_BLOCK */
	struct record record;     /* of the last ITEM_RECORD */
};

static uint64_t bits_left(const struct bits *b)
{
	return b->failed ? 0 : b->end - b->pos;
}

static uint64_t read_fixed(struct bits *b, unsigned width)
{
	uint64_t v = 0;
	unsigned got = 0, take, shift;

	if (width > bits_left(b) || width > 64) {
		b->failed = true;
		return 0;
	}
	for (; got < width; got += take) {
		shift = b->pos & 7;
		take = 8 - shift < width - got ? 8 - shift : width - got;
		v |= ((uint64_t)b->data[b->pos >> 3] >> shift & ((1u << take) - 1)) << got;
		b->pos += take;
	}
	return v;
}

/* Chunks of `width` bits of which the highest says that more follow. */
static uint64_t read_vbr(struct bits *b, unsigned width)
{
	uint64_t more, chunk, v = 0;
	unsigned shift = 0;

	if (width < 2 || width > 32) {
		b->failed = true;
		return 0;
	}
	more = UINT64_C(1) << (width - 1);
	do {
		chunk = read_fixed(b, width);
		if (shift < 64)
			v |= (chunk & (more - 1)) << shift;
		shift += width - 1;
	} while ((chunk & more) && !b->failed);
	return v;
}

static void align_word(struct bits *b)
{
	uint64_t at = (b->pos + 31) & ~UINT64_C(31);

	if (at > b->end)
		b->failed = true;
	else
		b->pos = at;
}

static struct abbreviation *add_abbreviation(struct layout *l, struct abbreviations *to)
{
	struct abbreviation *list;
	uint32_t capacity;

	if (to->count == to->capacity) {
		capacity = to->capacity ? 2 * to->capacity : 8;
		list = arena_array(&l->arena, capacity, sizeof(*list));
		if (!list)
			return NULL;
		if (to->count)
			memcpy(list, to->list, to->count * sizeof(*list));
		to->list = list;
		to->capacity = capacity;
	}
	return &to->list[to->count++];
}

static struct operand read_operand(struct bits *b)
{
	struct operand o = { .encoding = LITERAL };

	if (read_fixed(b, 1)) {
		o.value = read_vbr(b, 8);
		return o;
	}
	o.encoding = (enum encoding)read_fixed(b, 3);
	if (o.encoding == FIXED || o.encoding == VBR)
		o.value = read_vbr(b, 5);
	if (o.encoding < FIXED || o.encoding > BLOB || o.value > 64)
		b->failed = true;
	if ((o.encoding == FIXED || o.encoding == VBR) && o.value == 0)
		o.encoding = LITERAL; /* a value of no bits is 0 */
	return o;
}

static bool define_abbreviation(struct stream *s, struct abbreviations *to)
{
	uint64_t count = read_vbr(&s->bits, 5), i;
	struct abbreviation *a;

	if (count == 0 || count > OPERANDS_MAX)
		return false;
	a = add_abbreviation(s->l, to);
	if (!a)
		return false;
	a->operands = arena_array(&s->l->arena, count, sizeof(*a->operands));
	if (!a->operands)
		return false;
	for (i = 0; i < count && !s->bits.failed; i++)
		a->operands[i] = read_operand(&s->bits);
	a->count = (uint32_t)count;
	return !s->bits.failed;
}

static uint64_t read_scalar(struct bits *b, const struct operand *o)
{
	if (o->encoding == LITERAL)
		return o->value;
	if (o->encoding == VBR)
		return read_vbr(b, (unsigned)o->value);
	return read_fixed(b, o->encoding == CHAR6 ? 6 : (unsigned)o->value);
}

/* An operand of a record: the first is its code, the others are kept by their bits. */
static void keep(struct record *r, uint64_t index, uint64_t value, uint64_t start, uint64_t end)
{
	if (index == 0) {
		r->code = (uint32_t)value;
	} else if (index <= OPERANDS_KEPT) {
		r->bit[index - 1] = start;
		r->bit_end[index - 1] = end;
		r->kept = (uint32_t)index;
	}
}

static void read_array(struct bits *b, struct record *r, const struct operand *element, uint64_t index)
{
	uint64_t count = read_vbr(b, 6), start, value;

	if (count > bits_left(b) || element->encoding == LITERAL || element->encoding == ARRAY ||
	    element->encoding == BLOB) {
		b->failed = true;
		return;
	}
	for (; count && !b->failed; count--, index++) {
		start = b->pos;
		value = read_scalar(b, element);
		keep(r, index, value, start, b->pos);
	}
}

static void read_blob(struct bits *b, struct record *r)
{
	uint64_t len = read_vbr(b, 6);

	align_word(b);
	if (len > bits_left(b) / 8) {
		b->failed = true;
		return;
	}
	r->blob = b->pos / 8;
	r->blob_len = len;
	b->pos += len * 8;
	align_word(b);
}

static void read_abbreviated(struct bits *b, struct record *r, const struct abbreviation *a)
{
	uint64_t start, value;
	uint32_t i;

	for (i = 0; i < a->count && !b->failed; i++) {
		start = b->pos;
		if (a->operands[i].encoding == ARRAY) {
			if (i + 2 != a->count)
				b->failed = true;
			else
				read_array(b, r, &a->operands[i + 1], i);
			return;
		}
		if (a->operands[i].encoding == BLOB) {
			read_blob(b, r);
			return;
		}
		value = read_scalar(b, &a->operands[i]);
		keep(r, i, value, start, b->pos);
	}
}

static void read_unabbreviated(struct bits *b, struct record *r)
{
	uint64_t count, i, start, value;

	r->code = (uint32_t)read_vbr(b, 6);
	count = read_vbr(b, 6);
	if (count > bits_left(b))
		b->failed = true;
	for (i = 1; i <= count && !b->failed; i++) {
		start = b->pos;
		value = read_vbr(b, 6);
		keep(r, i, value, start, b->pos);
	}
}

static struct abbreviations *find_info(struct scope *scope, uint32_t block)
{
	struct abbreviations *a;

	for (a = scope->info; a; a = a->next)
		if (a->block == block)
			return a;
	return NULL;
}

static void use_abbreviations(struct stream *s, uint32_t block)
{
	struct abbreviations *known = find_info(s->scope, block);

	s->own = (struct abbreviations){ .block = block };
	if (!known)
		return;
	s->own.list = known->list;
	/* No capacity: the first definition of the block's own copies the list. */
	s->own.count = s->own.capacity = known->count;
}

/* New definitions for a block id add to those an outer BLOCKINFO gave. */
static struct abbreviations *open_info(struct stream *s, uint32_t block)
{
	struct abbreviations *known = find_info(s->scope, block), *a;

	if (s->scope->infos == INFOS_MAX)
		return NULL;
	a = arena_alloc(&s->l->arena, sizeof(*a));
	if (!a)
		return NULL;
	*a = (struct abbreviations){ .block = block, .next = s->scope->info };
	if (known) {
		a->list = known->list;
		a->count = a->capacity = known->count;
	}
	s->scope->info = a;
	s->scope->infos++;
	return a;
}

static bool read_set_block(struct bits *b, uint32_t *ret)
{
	uint64_t code = read_vbr(b, 6), count = read_vbr(b, 6), i;

	if (count > bits_left(b))
		return false;
	for (i = 0; i < count && !b->failed; i++) {
		uint64_t v = read_vbr(b, 6);

		if (i == 0 && code == SETBID)
			*ret = (uint32_t)v;
	}
	return code == SETBID && !b->failed;
}

/* BLOCKINFO: records SETBID say whose the definitions that follow are. Left where it goes wrong. */
static void read_block_info(struct layout *l, struct scope *scope, const struct block *block)
{
	struct stream s = { .l = l, .scope = scope, .width = block->width };
	struct abbreviations *to = NULL;
	uint32_t id = 0;
	uint64_t abbreviation;

	s.bits = (struct bits){ .data = l->data, .pos = block->body * 8, .end = block->end * 8 };
	while (bits_left(&s.bits)) {
		abbreviation = read_fixed(&s.bits, s.width);
		if (abbreviation == 3) {
			if (read_set_block(&s.bits, &id))
				to = open_info(&s, id);
		} else if (abbreviation != 2 || !to || !define_abbreviation(&s, to)) {
			return;
		}
	}
}

static enum item enter_block(struct stream *s)
{
	struct bits *b = &s->bits;
	uint64_t words;

	s->block.id = (uint32_t)read_vbr(b, 8);
	s->block.width = (uint32_t)read_vbr(b, 4);
	align_word(b);
	words = read_fixed(b, 32);
	if (b->failed || s->block.width < 2 || s->block.width > 32 || words > bits_left(b) / 32)
		return ITEM_FAILED;
	s->block.body = b->pos / 8;
	s->block.end = s->block.body + words * 4;
	b->pos = s->block.end * 8;
	if (s->block.id == BLOCK_INFO)
		read_block_info(s->l, s->scope, &s->block);
	return ITEM_BLOCK;
}

static enum item next_item(struct stream *s)
{
	uint64_t start = s->bits.pos, id = read_fixed(&s->bits, s->width);

	if (s->bits.failed)
		return ITEM_FAILED;
	switch (id) {
	case 0: align_word(&s->bits); return ITEM_END;
	case 1: return enter_block(s);
	case 2: return define_abbreviation(s, &s->own) ? ITEM_DEFINITION : ITEM_FAILED;
	}
	s->record = (struct record){ .start = start };
	if (id == 3)
		read_unabbreviated(&s->bits, &s->record);
	else if (id - 4 < s->own.count)
		read_abbreviated(&s->bits, &s->record, &s->own.list[id - 4]);
	else
		return ITEM_FAILED;
	s->record.end = s->bits.pos;
	return s->bits.failed ? ITEM_FAILED : ITEM_RECORD;
}

static const char *block_name(const struct bitstream_dialect *d, uint32_t id)
{
	const struct bitstream_block *b;

	if (id == BLOCK_INFO)
		return "BLOCKINFO";
	for (b = d->blocks; b->name; b++)
		if (b->id == id)
			return b->name;
	return "block";
}

/* What stands before `off` and is nobody's; returns where the next part may begin. */
static uint64_t add_before(struct layout *l, uint64_t at, uint64_t off)
{
	if (off > at)
		(void)layout_add(l, at, off - at, PART_RAW, "records");
	return off > at ? off : at;
}

static uint64_t add_block(struct stream *s, const struct bitstream_dialect *d, uint64_t at)
{
	const struct block *b = &s->block;

	at = add_before(s->l, at, b->body - 4);
	if (s->scope->depth == DEPTH_MAX)
		(void)layout_add(s->l, at, b->end - at, PART_RAW, block_name(d, b->id));
	else
		(void)layout_group(s->l, at, b->end - at, b->width << 24 | (b->id & 0xffffff),
				   block_name(d, b->id));
	return b->end;
}

static bool field_bits(const struct record *r, int operand, uint64_t *ret_start, uint64_t *ret_end)
{
	if (operand == BITSTREAM_BLOB) {
		*ret_start = r->blob * 8;
		*ret_end = (r->blob + r->blob_len) * 8;
		return r->blob_len != 0;
	}
	*ret_start = operand < 0 ? r->start : (uint32_t)operand < r->kept ? r->bit[operand] : 0;
	*ret_end = operand < 0 ? r->end : (uint32_t)operand < r->kept ? r->bit_end[operand] : 0;
	return *ret_end > *ret_start;
}

static uint64_t add_fields(struct stream *s, const struct bitstream_dialect *d, uint32_t block, uint64_t at)
{
	const struct bitstream_field *f;
	uint64_t start, end;
	struct part *p;

	if (s->l->count >= FIELDS_MAX)
		return at;
	for (f = d->fields; f->name; f++) {
		if (f->block != block || f->code != s->record.code ||
		    !field_bits(&s->record, f->operand, &start, &end))
			continue;
		at = add_before(s->l, at, start / 8);
		end = (end + 7) / 8;
		if (end <= at)
			continue;
		p = layout_add(s->l, at, end - at, f->kind, f->name);
		if (p)
			p->meaning = f->meaning;
		at = end;
	}
	return at;
}

/* Reads a block's items (the top's for which block is 0) from byte `at` on and adds their parts. */
static void add_items(struct stream *s, const struct bitstream_dialect *d, uint32_t block, uint64_t at)
{
	struct layout *l = s->l;
	enum item item;

	while (bits_left(&s->bits) && l->count < BLOCKS_MAX) {
		item = next_item(s);
		if (item == ITEM_BLOCK)
			at = add_block(s, d, at);
		else if (item == ITEM_RECORD)
			at = add_fields(s, d, block, at);
		else if (item == ITEM_END && s->bits.pos <= l->size * 8)
			break;
		else if (item == ITEM_FAILED) {
			layout_note(l, s->bits.pos / 8, "the bitstream cannot be read further");
			break;
		}
	}
	(void)add_before(l, at, l->size);
}

static bool is_zero(const uint8_t *p, uint64_t n)
{
	while (n && *p == 0) {
		p++;
		n--;
	}
	return n == 0;
}

bool bitstream_plausible(const uint8_t *data, uint64_t size)
{
	struct bits b = { .data = data, .pos = 32, .end = size * 8 };
	uint64_t width, words;

	if (size < 12 || read_fixed(&b, TOP_WIDTH) != 1)
		return false;
	(void)read_vbr(&b, 8);
	width = read_vbr(&b, 4);
	align_word(&b);
	words = read_fixed(&b, 32);
	return !b.failed && width >= 2 && width <= 16 && words <= size / 4;
}

/* At the top there are blocks only; a file may end in zero bytes. */
int bitstream_split(struct layout *l, const struct bitstream_dialect *d)
{
	struct scope *scope = arena_alloc(&l->arena, sizeof(*scope));
	struct stream s = { .l = l, .scope = scope, .width = TOP_WIDTH };
	uint64_t at = 4;

	if (!scope)
		return -ENOMEM;
	l->priv = scope;
	(void)layout_field(l, 0, 4, "magic", MEANS_MAGIC, CODED_BYTES);
	s.bits = (struct bits){ .data = l->data, .pos = 32, .end = l->size * 8 };
	while (at < l->size && l->count < BLOCKS_MAX && next_item(&s) == ITEM_BLOCK)
		at = add_block(&s, d, at);
	if (at == l->size)
		return 0;
	if (is_zero(l->data + at, l->size - at)) {
		(void)layout_add(l, at, l->size - at, PART_PADDING, "padding");
		return 0;
	}
	layout_note(l, at, "no whole block here");
	return 0;
}

static uint32_t tag_block(uint32_t tag)
{
	return tag & 0xffffff;
}

int bitstream_split_block(struct layout *child, const struct layout *l, const struct part *p,
			  const struct bitstream_dialect *d)
{
	const struct scope *outer = l->priv;
	struct scope *scope = arena_alloc(&child->arena, sizeof(*scope));
	struct stream s = { .l = child, .scope = scope, .width = p->tag >> 24 };

	if (!scope)
		return -ENOMEM;
	*scope = (struct scope){ .info = outer->info, .depth = outer->depth + 1, .infos = outer->infos };
	child->priv = scope;
	(void)layout_derived(child, 0, 4, "length in words", MEANS_SIZE, CODED_LE);
	if (tag_block(p->tag) == BLOCK_INFO) {
		(void)layout_add(child, 4, child->size - 4, PART_RAW, "abbreviations");
		return 0;
	}
	use_abbreviations(&s, tag_block(p->tag));
	s.bits = (struct bits){ .data = child->data, .pos = 32, .end = child->size * 8 };
	add_items(&s, d, tag_block(p->tag), 4);
	return 0;
}

bool bitstream_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	if (p->len != 4 || l->size < 4 || l->size % 4)
		return false;
	store_uint(out, l->size / 4 - 1, 4, false);
	return true;
}
