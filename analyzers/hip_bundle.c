/* SPDX-License-Identifier: Apache-2.0 */
/* hip_bundle.c: headers of clang offload bundles; the format is described in hip.c. */
#include "analyzers/hip_bundle.h"

#include "analyzers/formats.h"

#define ID_MAX 4096
#define ALIGN_MAX 4096

bool hip_bundle_probe(const uint8_t *data, uint64_t size)
{
	return size >= HIP_BUNDLE_HEADER && !memcmp(data, HIP_BUNDLE_MAGIC, HIP_BUNDLE_MAGIC_SIZE);
}

bool hip_entry_read(struct cursor *c, struct hip_entry *e)
{
	e->offset = cursor_u64(c);
	e->size = cursor_u64(c);
	e->id_len = cursor_u64(c);
	if (c->failed || e->id_len > ID_MAX)
		return false;
	e->id = (const char *)cursor_take(c, e->id_len);
	return e->id;
}

void hip_table_read(const uint8_t *data, uint64_t size, struct hip_table *t)
{
	struct cursor c = cursor_make(data, size);
	struct hip_entry e;

	cursor_seek(&c, HIP_BUNDLE_MAGIC_SIZE);
	*t = (struct hip_table){ .count = cursor_u64(&c), .align = ALIGN_MAX };
	t->table_end = HIP_BUNDLE_HEADER;
	while (t->readable < t->count && hip_entry_read(&c, &e)) {
		uint64_t end;

		t->readable++;
		t->table_end = c.pos;
		while (e.offset & (t->align - 1))
			t->align /= 2;
		if (!add_overflows(e.offset, e.size, &end) && end <= size && end > t->end)
			t->end = end;
	}
	if (t->end < t->table_end)
		t->end = t->table_end;
}

bool hip_ccob_read(const uint8_t *data, uint64_t size, struct hip_ccob *h)
{
	struct cursor c = cursor_make(data, size);
	unsigned width;

	if (size < 4 || memcmp(data, "CCOB", 4))
		return false;
	cursor_skip(&c, 4);
	*h = (struct hip_ccob){ .version = cursor_u16(&c) };
	h->method = cursor_u16(&c);
	if (h->version < 1 || h->version > 3 || h->method > 1)
		return false;
	width = h->version == 3 ? 8 : 4;
	h->total = h->version == 1 ? size : cursor_uint(&c, width);
	h->plain = cursor_uint(&c, width);
	cursor_skip(&c, 8);
	h->header = (unsigned)c.pos;
	h->cut = h->total > size;
	if (h->cut)
		h->total = size;
	return !c.failed && h->total >= h->header;
}

int hip_ccob_decode(const struct hip_ccob *h, const uint8_t *in, uint64_t len, struct budget *budget,
		    struct content **ret, struct error *err)
{
	CLEANUP(spool_release) struct spool s = SPOOL_NONE;
	uint64_t used;
	int r = spool_init(&s, budget, len);

	if (r < 0)
		return r;
	if (h->method == 1)
		r = decode_zstd(in, len, &s, err);
	else
		r = decode_deflate(DEFLATE_ZLIB, in, len, h->plain, &s, &used, err);
	return r < 0 ? r : spool_finish(&s, "bundle", ret);
}
