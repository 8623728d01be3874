/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/apply/recompress.h"

#include "analyzers/fatbin_entry.h"
#include "base/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define ENTRY_PAYLOAD_SIZE 0x08
#define ENTRY_COMPRESSED 0x10
#define ENTRY_FLAGS 0x28
#define ENTRY_PLAIN 0x38

struct work {
	struct packing *p;
	int level;
	bool (*stop)(void *ctx);
	void *ctx;
	uint32_t *which;  /* entries to compress */
	uint8_t **made;   /* what became of them; NULL: stays */
	uint64_t *lengths;
	uint32_t count;
};

static void work_release(struct work *w)
{
	uint32_t i;

	for (i = 0; w->made && i < w->count; i++)
		free(w->made[i]);
	free(w->made);
	free(w->which);
	free(w->lengths);
}

static void write_header(uint8_t *out, const struct fatbin_entry *e, uint64_t compressed, uint64_t padded)
{
	store_uint(out + ENTRY_PAYLOAD_SIZE, padded, 8, false);
	store_uint(out + ENTRY_COMPRESSED, compressed, 4, false);
	store_uint(out + ENTRY_FLAGS, e->flags | FATBIN_ZSTD, 8, false);
	store_uint(out + ENTRY_PLAIN, e->payload, 8, false);
}

/* The header with its ident and options, then the frame, then zeros to the next multiple of 8. */
static int compress_one(void *ctx, size_t i)
{
	struct work *w = ctx;
	const struct gpu_entry *g = &w->p->gpu->entries[w->which[i]];
	const uint8_t *in = content_data(w->p->gpu->content) + g->off;
	struct fatbin_entry e;
	uint64_t bound, padded;
	uint8_t *out;
	size_t n;

	if (w->stop && w->stop(w->ctx))
		return -EINTR;
	if (!fatbin_entry_read(in, g->bytes, &e) || e.payload > UINT32_MAX)
		return 0;
	bound = ZSTD_compressBound(e.payload) + 8;
	out = calloc(1, e.header + bound);
	if (!out)
		return -ENOMEM;
	memcpy(out, in, e.header);
	n = ZSTD_compress(out + e.header, bound, in + e.header, e.payload, w->level);
	padded = (n + 7) & ~(uint64_t)7;
	if (ZSTD_isError(n) || padded >= e.payload) {
		free(out);
		return ZSTD_isError(n) ? -ENOMEM : 0;
	}
	memset(out + e.header + n, 0, padded - n);
	write_header(out, &e, n, padded);
	w->lengths[i] = e.header + padded;
	w->made[i] = out;
	return 0;
}

static int choose(struct work *w)
{
	const struct gpu_code *g = w->p->gpu;
	uint32_t i;

	w->which = calloc(g->entry_count + 1, sizeof(*w->which));
	w->made = calloc(g->entry_count + 1, sizeof(*w->made));
	w->lengths = calloc(g->entry_count + 1, sizeof(*w->lengths));
	if (!w->which || !w->made || !w->lengths)
		return -ENOMEM;
	for (i = 0; i < g->entry_count; i++)
		if (w->p->keep[i] && g->entries[i].kind == GPU_CUBIN && g->entries[i].codec == GPU_RAW && g->entries[i].bytes &&
		    packing_is_fatbin(w->p, g->entries[i].container))
			w->which[w->count++] = i;
	return 0;
}

int recompress_entries(struct packing *p, struct image *img, int level, struct pool *pool, bool (*stop)(void *ctx), void *ctx,
		       struct recompress_totals *ret, struct error *err)
{
	CLEANUP(work_release) struct work w = { .p = p, .level = level, .stop = stop, .ctx = ctx };
	struct recompress_totals t = { 0 };
	uint32_t i;
	int r = choose(&w);

	if (r == 0)
		r = pool_for(pool, w.count, compress_one, &w);
	if (r < 0)
		return error_set(err, r, content_name(p->gpu->content), r == -EINTR ? "stopped by a signal" : "cannot be compressed");
	for (i = 0; i < w.count; i++) {
		uint8_t *bytes = w.made[i] ? image_alloc(img, w.lengths[i]) : NULL;

		if (!bytes)
			continue;
		memcpy(bytes, w.made[i], w.lengths[i]);
		free(w.made[i]);
		w.made[i] = NULL;
		p->entries[w.which[i]] = (struct packed_entry){ bytes, w.lengths[i] };
		t.entries++;
		t.before += p->gpu->entries[w.which[i]].bytes;
		t.after += w.lengths[i];
	}
	*ret = t;
	return img->error ? error_set(err, img->error, content_name(p->gpu->content), "out of memory") : 0;
}
