/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GPU code by architecture and by kernel.
 *
 * An entry's bytes in the file belong to its target.  Kernels are seen only in the
 * decoded cubin, so the bytes of a compressed entry are divided among them in proportion to
 * what they have decoded: the sum is exact, each share an estimate.  Of raw
 * entries the shares are exact, too.
 */
#include "base/cleanup.h"
#include "depgraph/size/paint.h"

#include <errno.h>
#include <stdlib.h>

/* Shares end where the running sum of weights says, so that they add up to the whole. */
void size_divide(struct size_claims *claims, uint64_t start, uint64_t end, const uint32_t *names, const uint64_t *weights,
		 size_t n)
{
	unsigned __int128 sum = 0, whole = 0;
	uint64_t at = start, next;
	size_t i;

	for (i = 0; i < n; i++)
		whole += weights[i];
	for (i = 0; whole && i < n; i++) {
		sum += weights[i];
		next = start + (uint64_t)((unsigned __int128)(end - start) * sum / whole);
		size_claim(claims, at, next, names[i], 0);
		at = next;
	}
}

struct shares {
	struct size_subject *s;
	uint32_t *names;
	uint64_t *weights;
	size_t count, capacity;
	uint64_t sum;
};

static void shares_release(struct shares *h)
{
	free(h->names);
	free(h->weights);
}

static int add_share(struct shares *h, uint32_t name, uint64_t weight)
{
	if (h->count == h->capacity) {
		size_t capacity = h->capacity ? 2 * h->capacity : 64;
		uint32_t *names = reallocarray(h->names, capacity, sizeof(*names));
		uint64_t *weights;

		h->names = names ? names : h->names;
		weights = names ? reallocarray(h->weights, capacity, sizeof(*weights)) : NULL;
		if (!weights)
			return -ENOMEM;
		h->weights = weights;
		h->capacity = capacity;
	}
	h->names[h->count] = name;
	h->weights[h->count++] = weight;
	h->sum += weight;
	return 0;
}

static int found_kernel(void *ctx, const char *name, uint64_t bytes)
{
	struct shares *h = ctx;

	if (bytes > UINT32_MAX)
		return -EBADMSG;
	return add_share(h, size_namef(&h->s->tree->names, "%s", name), bytes);
}

static void paint_kernels(struct size_subject *s, struct size_claims *claims, const struct gpu_entry *e)
{
	CLEANUP(content_unrefp) struct content *cubin = NULL;
	CLEANUP(shares_release) struct shares h = { .s = s };
	uint32_t rest = size_namef(&s->tree->names, "[%s %s]", e->target, gpu_kind_name(e->kind));
	struct error err = { 0 };

	if (e->kind == GPU_CUBIN && gpu_decode(s->gpu, e, &s->budget, &cubin, &err) == 0 &&
	    gpu_kernels(cubin, found_kernel, &h, &err) == 0 && h.sum <= content_size(cubin) &&
	    add_share(&h, rest, content_size(cubin) - h.sum) == 0)
		size_divide(claims, e->off, e->off + e->bytes, h.names, h.weights, h.count);
	else
		size_claim(claims, e->off, e->off + e->bytes, rest, 0);
}

/* A compressed bundle has its entries inside: it is divided by what they have decoded. */
static void paint_bundle(struct size_subject *s, struct size_claims *claims, const struct gpu_container *c)
{
	CLEANUP(shares_release) struct shares h = { .s = s };
	uint32_t i;
	int r = 0;

	for (i = c->first; !r && i < c->first + c->count; i++)
		r = add_share(&h, size_namef(&s->tree->names, "%s", s->gpu->entries[i].target), s->gpu->entries[i].raw_bytes);
	if (!r)
		size_divide(claims, c->off, c->off + c->bytes, h.names, h.weights, h.count);
}

void size_paint_gpu(struct size_subject *s, struct size_canvas *c, bool kernels)
{
	uint32_t i, k;

	for (i = 0; s->gpu && i < s->gpu->container_count; i++) {
		const struct gpu_container *g = &s->gpu->containers[i];

		size_claim(&c->claims[SIZE_COARSE], g->off, g->off + g->bytes,
			   size_namef(&s->tree->names, "[GPU container headers]"), 0);
		if (g->compressed) {
			paint_bundle(s, &c->claims[SIZE_DETAIL], g);
			continue;
		}
		for (k = g->first; k < g->first + g->count; k++) {
			const struct gpu_entry *e = &s->gpu->entries[k];

			if (kernels)
				paint_kernels(s, &c->claims[SIZE_DETAIL], e);
			else
				size_claim(&c->claims[SIZE_DETAIL], e->off, e->off + e->bytes,
					   size_namef(&s->tree->names, "%s", e->target), 0);
		}
	}
}
