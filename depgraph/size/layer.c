/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Painting is one walk over the sorted claims beside the runs that are there.
 * Claims come in the order of a table, nearly sorted or not at all, by the
 * million: they are sorted by radix, eleven bits a pass, and only over as many
 * bits as the line has.
 */
#include "depgraph/size/layer.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)

void size_claim(struct size_claims *claims, uint64_t start, uint64_t end, uint32_t name, uint32_t weight)
{
	if (start >= end || claims->error)
		return;
	if (claims->count == claims->capacity) {
		size_t capacity = claims->capacity ? 2 * claims->capacity : 256;
		struct size_claim *items = reallocarray(claims->items, capacity, sizeof(*items));

		if (!items) {
			claims->error = -ENOMEM;
			return;
		}
		claims->items = items;
		claims->capacity = capacity;
	}
	claims->items[claims->count++] = (struct size_claim){ start, end, name, weight };
}

void size_claims_reserve(struct size_claims *claims, size_t more)
{
	struct size_claim *items;

	if (claims->error || more <= claims->capacity - claims->count)
		return;
	items = reallocarray(claims->items, claims->count + more, sizeof(*items));
	if (!items)
		return;
	claims->items = items;
	claims->capacity = claims->count + more;
}

void size_claims_release(struct size_claims *claims)
{
	free(claims->items);
	*claims = (struct size_claims){ 0 };
}

void size_layer_release(struct size_layer *layer)
{
	free(layer->runs);
	*layer = (struct size_layer){ 0 };
}

static int add_run(struct size_layer *layer, uint64_t start, uint32_t name)
{
	if (layer->count && layer->runs[layer->count - 1].name == name)
		return 0;
	if (layer->count == layer->capacity) {
		size_t capacity = layer->capacity ? 2 * layer->capacity : 64;
		struct size_run *runs = reallocarray(layer->runs, capacity, sizeof(*runs));

		if (!runs)
			return -ENOMEM;
		layer->runs = runs;
		layer->capacity = capacity;
	}
	layer->runs[layer->count++] = (struct size_run){ start, name };
	return 0;
}

int size_layer_fill(struct size_layer *layer, uint64_t total, uint32_t name)
{
	layer->count = 0;
	layer->total = total;
	return total ? add_run(layer, 0, name) : 0;
}

/* ---- sorting ------------------------------------------------------------------------------------------------- */

static void drop_beyond(struct size_claims *c, uint64_t total)
{
	size_t i, n;

	for (i = n = 0; i < c->count; i++)
		if (c->items[i].start < total)
			c->items[n++] = c->items[i];
	c->count = n;
}

static bool is_sorted(const struct size_claims *c)
{
	size_t i;

	for (i = 1; i < c->count; i++)
		if (c->items[i - 1].start > c->items[i].start)
			return false;
	return true;
}

static void sort_digit(const struct size_claim *from, struct size_claim *to, size_t n, unsigned shift, size_t *places)
{
	size_t i, sum = 0, k;

	memset(places, 0, DIGITS * sizeof(*places));
	for (i = 0; i < n; i++)
		places[from[i].start >> shift & (DIGITS - 1)]++;
	for (i = 0; i < DIGITS; i++) {
		k = places[i];
		places[i] = sum;
		sum += k;
	}
	for (i = 0; i < n; i++)
		to[places[from[i].start >> shift & (DIGITS - 1)]++] = from[i];
}

static int sort_claims(struct size_claims *c, uint64_t total)
{
	AUTO_FREE size_t *places = NULL;
	struct size_claim *other, *swap;
	unsigned shift;

	drop_beyond(c, total);
	if (is_sorted(c))
		return 0;
	places = reallocarray(NULL, DIGITS, sizeof(*places));
	other = reallocarray(NULL, c->count, sizeof(*other));
	if (!places || !other) {
		free(other);
		return -ENOMEM;
	}
	for (shift = 0; shift < 64 && total >> shift; shift += DIGIT_BITS) {
		sort_digit(c->items, other, c->count, shift, places);
		swap = c->items;
		c->items = other;
		other = swap;
	}
	c->capacity = c->count;
	free(other);
	return 0;
}

/* ---- painting ------------------------------------------------------------------------------------------------ */

struct painter {
	const struct size_layer *under;
	size_t at; /* the run of it that holds `pos` */
	uint64_t pos;
	struct size_layer out;
};

/* What was there before, up to `end`. */
static int keep_until(struct painter *p, uint64_t end)
{
	const struct size_layer *u = p->under;
	int r = 0;

	while (!r && p->pos < end) {
		uint64_t next;

		while (p->at + 1 < u->count && u->runs[p->at + 1].start <= p->pos)
			p->at++;
		next = p->at + 1 < u->count ? u->runs[p->at + 1].start : u->total;
		r = add_run(&p->out, p->pos, u->runs[p->at].name);
		p->pos = next < end ? next : end;
	}
	return r;
}

/* The one to keep of those from i on that begin together; *ret_next: the first behind them. */
static const struct size_claim *best_of(const struct size_claims *c, size_t i, size_t *ret_next)
{
	const struct size_claim *best = &c->items[i], *other;

	for (i++; i < c->count && c->items[i].start == best->start; i++) {
		other = &c->items[i];
		if (other->end > best->end || (other->end == best->end && other->weight > best->weight))
			best = other;
	}
	*ret_next = i;
	return best;
}

static int paint(struct painter *p, const struct size_claims *c)
{
	uint64_t total = p->under->total;
	size_t i, next;
	int r = 0;

	for (i = 0; !r && i < c->count; i = next) {
		const struct size_claim *best = best_of(c, i, &next);
		uint64_t end = best->end < total ? best->end : total;
		uint64_t start = best->start > p->pos ? best->start : p->pos;

		if (start >= end)
			continue;
		r = keep_until(p, start);
		if (!r)
			r = add_run(&p->out, start, best->name);
		p->pos = end;
	}
	return r ? r : keep_until(p, total);
}

int size_layer_paint(struct size_layer *layer, struct size_claims *claims)
{
	struct painter p = { .under = layer, .out.total = layer->total };
	int r = claims->error;

	if (!r)
		r = sort_claims(claims, layer->total);
	if (!r && layer->count && claims->count) {
		r = paint(&p, claims);
		if (r < 0) {
			size_layer_release(&p.out);
		} else {
			size_layer_release(layer);
			*layer = p.out;
		}
	}
	claims->count = 0;
	return r;
}
