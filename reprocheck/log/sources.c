/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which inputs that no logged action made are not the same, and how many actions read each?  One
 * changed header can change a thousand actions, and is told once.  64 paths at
 * a time go up through the sets as the bits of a word, as roots do in log_rank.c.
 */
#include "reprocheck/log/compare_private.h"

#include <errno.h>
#include <stdlib.h>

#define BATCH 64
#define COUNTED_MAX 1024 /* paths whose readers are counted */

struct sources {
	struct log_comparison *c;
	const struct log_side *sides[2];
	uint32_t *index_of; /* by name: position in c->sources, from 1 */
	uint64_t *masks[2]; /* by set */
};

static void sources_release(struct sources *s)
{
	free(s->index_of);
	free(s->masks[0]);
	free(s->masks[1]);
}

static int collect(struct sources *s, const struct log_side *side)
{
	uint32_t i;

	for (i = 1; i < side->s->files.count; i++) {
		uint32_t path = log_file_at(side->s, i)->path;
		struct log_source *source;

		if (!(side->file_flags[i] & (SIDE_SOURCE | SIDE_UNLOGGED)) || s->index_of[path])
			continue;
		source = log_array_add(&s->c->sources, 1);
		if (!source)
			return -ENOMEM;
		source->path = path;
		source->unlogged = (side->file_flags[i] & SIDE_UNLOGGED) != 0;
		s->index_of[path] = (uint32_t)s->c->sources.count;
	}
	return 0;
}

static uint64_t bit_of(const struct sources *s, const struct log_side *side, uint32_t file, size_t base)
{
	size_t index;

	if (!(side->file_flags[file] & (SIDE_SOURCE | SIDE_UNLOGGED)))
		return 0;
	index = s->index_of[log_file_at(side->s, file)->path] - 1;
	return index >= base && index - base < BATCH ? UINT64_C(1) << (index - base) : 0;
}

static void carry_up(const struct sources *s, int which, size_t base)
{
	const struct log_side *side = s->sides[which];
	size_t i;

	for (i = 1; i < side->s->sets.count; i++) {
		const struct log_known_set *set = log_set_at(side->s, (uint32_t)i);
		const uint32_t *items;
		uint64_t mask = 0;
		uint32_t k;

		if (!(side->set_flags[i] & (SIDE_SOURCE | SIDE_UNLOGGED)))
			continue;
		items = log_items_of(side->s, set);
		for (k = 0; k < set->count; k++)
			mask |= items[k] & EXECLOG_SET ? s->masks[which][items[k] & ~EXECLOG_SET] :
							 bit_of(s, side, items[k], base);
		s->masks[which][i] = mask;
	}
}

static void count_readers(const struct sources *s, size_t base)
{
	size_t i;

	for (i = 0; i < s->c->matches.count; i++) {
		const struct log_match *m = log_match_at(s->c, i);
		uint64_t mask = 0;

		if (!(m->reasons & (LOG_SOURCES | LOG_UNLOGGED)))
			continue;
		mask = s->masks[0][log_action_at(s->c->a, m->a)->inputs] | s->masks[1][log_action_at(s->c->b, m->b)->inputs];
		for (; mask; mask &= mask - 1)
			LOG_AT(&s->c->sources, struct log_source, base + (size_t)__builtin_ctzll(mask))->actions++;
	}
}

static int compare_sources(const void *pa, const void *pb)
{
	const struct log_source *a = pa, *b = pb;

	if (a->actions != b->actions)
		return a->actions > b->actions ? -1 : 1;
	return a->path < b->path ? -1 : a->path > b->path;
}

int log_find_sources(struct log_comparison *c, const struct log_side *a, const struct log_side *b)
{
	CLEANUP(sources_release) struct sources s = { .c = c, .sides = { a, b } };
	size_t base;
	int r;

	s.index_of = calloc(log_names_count(a->s->names) + 1, sizeof(*s.index_of));
	s.masks[0] = calloc(a->s->sets.count + 1, sizeof(uint64_t));
	s.masks[1] = calloc(b->s->sets.count + 1, sizeof(uint64_t));
	if (!s.index_of || !s.masks[0] || !s.masks[1])
		return -ENOMEM;
	r = collect(&s, a);
	if (r >= 0)
		r = collect(&s, b);
	for (base = 0; r >= 0 && base < c->sources.count && base < COUNTED_MAX; base += BATCH) {
		carry_up(&s, 0, base);
		carry_up(&s, 1, base);
		count_readers(&s, base);
	}
	if (r >= 0 && c->sources.count)
		qsort(c->sources.data, c->sources.count, sizeof(struct log_source), compare_sources);
	return r;
}
