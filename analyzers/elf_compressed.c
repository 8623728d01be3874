/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elf_compressed.c: sections whose content is compressed.
 *
 * SHF_COMPRESSED (System V ABI, chapter 4): a header Elf{32,64}_Chdr
 *
 *	ch_type       1 zlib, 2 zstd
 *	ch_reserved   64-bit only
 *	ch_size       of the content
 *	ch_addralign
 *
 * and the stream.  Sections named .zdebug_* (GNU, before that): "ZLIB", the
 * content's size as 8 bytes big-endian, and a zlib stream.
 */
#include "analyzers/formats.h"
#include "analyzers/elf_image.h"

#include <errno.h>

enum { TAG_ZLIB = 1, TAG_ZSTD = 2 }; /* ch_type's values */

#define CH_SIZE_NAME  "ch_size"
#define PAYLOAD_NAME  "compressed content"
#define ZDEBUG_HEADER 12

static void set_recomputes(struct part *p)
{
	if (p)
		p->recomputes = true;
}

static void add_payload(struct layout *child, uint64_t header, uint32_t type)
{
	bool known = type == TAG_ZLIB || type == TAG_ZSTD;
	struct part *p;

	if (header >= child->size)
		return;
	p = layout_add(child, header, child->size - header, known ? PART_ENCODED : PART_RAW, PAYLOAD_NAME);
	if (p)
		p->tag = type;
}

static int split_zdebug(struct layout *child)
{
	if (child->size <= ZDEBUG_HEADER || memcmp(child->data, "ZLIB", 4) != 0) {
		(void)layout_add(child, 0, child->size, PART_RAW, "content");
		return 0;
	}
	(void)layout_field(child, 0, 4, "magic", MEANS_MAGIC, CODED_BYTES);
	set_recomputes(layout_field(child, 4, 8, CH_SIZE_NAME, MEANS_SIZE, CODED_BE));
	add_payload(child, ZDEBUG_HEADER, TAG_ZLIB);
	return 0;
}

int elf_split_compressed(struct layout *child, const struct elf *e, const struct elf_section *s)
{
	unsigned w = elf_word(e);
	uint64_t off = 4;

	if (!(s->flags & SHF_COMPRESSED))
		return split_zdebug(child);
	(void)elf_field(child, 0, 4, "ch_type", MEANS_SETTING);
	if (e->wide) {
		(void)elf_field(child, 4, 4, "ch_reserved", MEANS_NOTHING);
		off = 8;
	}
	set_recomputes(elf_field(child, off, w, CH_SIZE_NAME, MEANS_SIZE));
	(void)elf_field(child, off + w, w, "ch_addralign", MEANS_NOTHING);
	off += 2 * w;
	add_payload(child, off, child->size > off ? (uint32_t)load_uint(child->data, 4, e->big) : 0);
	return 0;
}

int elf_decode(const struct layout *l, const struct part *p, struct content **ret, struct error *err)
{
	const struct elf_section *s = elf_section_of(l, p);
	const struct part *announced = layout_find(l, CH_SIZE_NAME);
	const char *name = s && *s->name ? s->name : "section";
	const uint8_t *in = part_data(l, p);
	uint64_t hint = 0, used;
	struct spool out;
	int r;

	if (announced)
		(void)part_number(l, announced, &hint);
	r = spool_init(&out, l->budget, p->len);
	if (r < 0)
		return r;
	if (p->tag == TAG_ZLIB)
		r = decode_deflate(DEFLATE_ZLIB, in, p->len, hint, &out, &used, err);
	else
		r = decode_zstd(in, p->len, &out, err);
	if (r == 0)
		return spool_finish(&out, name, ret);
	spool_release(&out);
	return r;
}

bool elf_recompute_size(const struct layout *l, const struct part *p, uint8_t *out)
{
	CLEANUP(content_unrefp) struct content *plain = NULL;
	const struct part *payload = layout_find(l, PAYLOAD_NAME);

	if (!payload || payload->kind != PART_ENCODED || strcmp(p->name, CH_SIZE_NAME) != 0 || p->len > 8 ||
	    elf_decode(l, payload, &plain, NULL) < 0)
		return false;
	store_uint(out, content_size(plain), (unsigned)p->len, p->coding == CODED_BE);
	return true;
}
