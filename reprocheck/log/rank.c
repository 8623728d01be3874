/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much follows from each root?  The graph that matters is small: actions,
 * and sets that hold a generated file which differs; an edge from an action over
 * such sets and files to the actions that made them.
 *
 * A depth-first walk puts the nodes behind what they depend on; an edge back to a node that is
 * still open would be a cycle and is left out.  Then 64 roots at a time run through that order
 * as the bits of one word a node: what a node depends on, it takes on.  An
 * action with a root's bit among its inputs is invalidated by that root.  The
 * cost is edges * roots / 64, within a budget of WORK_MAX edges; roots beyond
 * it stay unranked, in the order of the log, and the report says how many.
 */
#include "reprocheck/log/compare_private.h"

#include <errno.h>
#include <stdlib.h>

#define WORK_MAX (UINT64_C(2) << 30)
#define BATCH 64

enum { UNSEEN, OPEN, DONE };

struct visit {
	uint32_t node; /* action, or set with EXECLOG_SET */
	uint32_t next; /* child to be looked at */
};

struct graph {
	struct log_comparison *c;
	const struct log_side *side;
	uint8_t *action_state, *set_state;
	uint64_t *action_mask, *set_mask;
	uint32_t *root_of;         /* by action: index of root; LOG_NONE */
	uint32_t *only_root;       /* by action: the one root that invalidates it */
	uint8_t *root_count;       /* by action: how many do; 2: several */
	struct log_array stack;    /* struct visit */
	struct log_array order;    /* uint32_t */
	uint64_t work;
};

static void graph_release(struct graph *g)
{
	free(g->action_state);
	free(g->set_state);
	free(g->action_mask);
	free(g->set_mask);
	free(g->root_of);
	free(g->only_root);
	free(g->root_count);
	log_array_release(&g->stack);
	log_array_release(&g->order);
}

static int graph_make(struct graph *g)
{
	size_t actions = g->side->s->actions.count + 1, sets = g->side->s->sets.count + 1;

	g->action_state = calloc(actions, 1);
	g->set_state = calloc(sets, 1);
	g->action_mask = calloc(actions, sizeof(uint64_t));
	g->set_mask = calloc(sets, sizeof(uint64_t));
	g->root_of = reallocarray(NULL, actions, sizeof(uint32_t));
	g->only_root = calloc(actions, sizeof(uint32_t));
	g->root_count = calloc(actions, 1);
	if (!g->action_state || !g->set_state || !g->action_mask || !g->set_mask || !g->root_of || !g->only_root ||
	    !g->root_count)
		return -ENOMEM;
	memset(g->root_of, 0xff, actions * sizeof(uint32_t));
	return 0;
}

/* ---- edges --------------------------------------------------------------------------------------------------- */

/* The i-th thing a node depends on, through what differs. false: there are no more; *ret LOG_NONE: this one is none. */
static bool child_of_action(const struct graph *g, uint32_t action, uint32_t i, uint32_t *ret)
{
	const struct log_known_action *a = log_action_at(g->side->s, action);

	*ret = LOG_NONE;
	if (i > 0)
		return false;
	if (a->is_link)
		*ret = g->side->producer[a->inputs];
	else if (g->side->set_flags[a->inputs] & SIDE_GENERATED)
		*ret = a->inputs | EXECLOG_SET;
	return true;
}

static bool child_of_set(const struct graph *g, const struct log_known_set *set, uint32_t i, uint32_t *ret)
{
	uint32_t item, inner;

	*ret = LOG_NONE;
	if (i >= set->count)
		return false;
	item = log_items_of(g->side->s, set)[i];
	inner = item & ~EXECLOG_SET;
	if (item & EXECLOG_SET)
		*ret = g->side->set_flags[inner] & SIDE_GENERATED ? item : LOG_NONE;
	else if (g->side->file_flags[inner] & SIDE_GENERATED)
		*ret = g->side->producer[log_file_at(g->side->s, inner)->path];
	return true;
}

static bool child_of(const struct graph *g, uint32_t node, uint32_t i, uint32_t *ret)
{
	return node & EXECLOG_SET ? child_of_set(g, log_set_at(g->side->s, node & ~EXECLOG_SET), i, ret) :
				    child_of_action(g, node, i, ret);
}

/* ---- order --------------------------------------------------------------------------------------------------- */

static uint8_t *state_of(struct graph *g, uint32_t node)
{
	return node & EXECLOG_SET ? &g->set_state[node & ~EXECLOG_SET] : &g->action_state[node];
}

static int enter(struct graph *g, uint32_t node)
{
	struct visit *v = log_array_add(&g->stack, 1);

	if (!v)
		return -ENOMEM;
	v->node = node;
	*state_of(g, node) = OPEN;
	return 0;
}

static int leave(struct graph *g)
{
	uint32_t node = LOG_AT(&g->stack, struct visit, --g->stack.count)->node;
	uint32_t *p = log_array_add(&g->order, 1);

	if (!p)
		return -ENOMEM;
	*p = node;
	*state_of(g, node) = DONE;
	return 0;
}

static int walk_from(struct graph *g, uint32_t action)
{
	int r = g->action_state[action] == UNSEEN ? enter(g, action) : 0;

	while (r >= 0 && g->stack.count) {
		struct visit *v = LOG_AT(&g->stack, struct visit, g->stack.count - 1);
		uint32_t child;

		if (!child_of(g, v->node, v->next++, &child))
			r = leave(g);
		else if (child != LOG_NONE && *state_of(g, child) == UNSEEN)
			r = enter(g, child);
		else if (child != LOG_NONE && *state_of(g, child) == OPEN)
			g->c->cyclic = true;
	}
	return r;
}

static int find_order(struct graph *g)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < g->side->s->actions.count; i++) {
		const struct log_known_action *a = log_action_at(g->side->s, i);

		if (a->is_link || g->side->set_flags[a->inputs] & SIDE_GENERATED)
			r = walk_from(g, (uint32_t)i);
	}
	return r;
}

/* ---- batches ------------------------------------------------------------------------------------------------- */

static uint64_t mask_of(const struct graph *g, uint32_t node, size_t base)
{
	uint32_t root;
	uint64_t mask;

	if (node & EXECLOG_SET)
		return g->set_mask[node & ~EXECLOG_SET];
	root = g->root_of[node];
	mask = g->action_mask[node];
	return root != LOG_NONE && root >= base && root - base < BATCH ? mask | UINT64_C(1) << (root - base) : mask;
}

/* An action and all roots among its inputs. */
static void count_action(struct graph *g, uint32_t action, uint64_t mask, size_t base)
{
	const struct log_known_action *a = log_action_at(g->side->s, action);

	if (a->is_link)
		return;
	for (; mask; mask &= mask - 1) {
		size_t index = base + (size_t)__builtin_ctzll(mask);
		struct log_root *root = LOG_AT(&g->c->roots, struct log_root, index);

		if (g->root_of[action] == index)
			continue;
		root->actions++;
		root->bytes += a->bytes;
		g->only_root[action] = (uint32_t)index;
		g->root_count[action] += g->root_count[action] < 2;
	}
}

static void run_batch(struct graph *g, size_t base)
{
	size_t i;

	/* What a left-out edge leads to must not answer with the last batch's bits. */
	memset(g->action_mask, 0, g->side->s->actions.count * sizeof(uint64_t));
	memset(g->set_mask, 0, g->side->s->sets.count * sizeof(uint64_t));
	for (i = 0; i < g->order.count; i++) {
		uint32_t node = *LOG_AT(&g->order, uint32_t, i), child, k;
		uint64_t mask = 0;

		for (k = 0; child_of(g, node, k, &child); k++)
			mask |= child != LOG_NONE ? mask_of(g, child, base) : 0;
		g->work += k;
		if (node & EXECLOG_SET) {
			g->set_mask[node & ~EXECLOG_SET] = mask;
		} else {
			g->action_mask[node] = mask;
			count_action(g, node, mask, base);
		}
	}
	for (i = base; i < base + BATCH && i < g->c->roots.count; i++)
		LOG_AT(&g->c->roots, struct log_root, i)->ranked = true;
}

static void count_exclusive(struct graph *g)
{
	size_t i;

	for (i = 0; i < g->side->s->actions.count; i++)
		if (g->root_count[i] == 1)
			LOG_AT(&g->c->roots, struct log_root, g->only_root[i])->exclusive++;
}

/* Divergent ones get their turn first, should the budget not be enough for all. */
static int find_roots(struct graph *g, enum log_outcome outcome)
{
	size_t i;

	for (i = 0; i < g->c->matches.count; i++) {
		const struct log_match *m = log_match_at(g->c, i);
		struct log_root *root;

		if (m->outcome != outcome)
			continue;
		root = log_array_add(&g->c->roots, 1);
		if (!root)
			return -ENOMEM;
		root->match = (uint32_t)i;
		g->root_of[m->a] = (uint32_t)(g->c->roots.count - 1);
	}
	return 0;
}

/* ---- the list ------------------------------------------------------------------------------------------------ */

static int compare_roots(const void *pa, const void *pb, void *ctx)
{
	const struct log_comparison *c = ctx;
	const struct log_root *a = pa, *b = pb;
	const struct log_match *x = log_match_at(c, a->match), *y = log_match_at(c, b->match);

	if (x->outcome != y->outcome)
		return x->outcome < y->outcome ? -1 : 1;
	if (a->actions != b->actions)
		return a->actions > b->actions ? -1 : 1;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return a->match < b->match ? -1 : a->match > b->match;
}

static void finish_roots(struct log_comparison *c)
{
	size_t i, kept = 0;

	for (i = 0; i < c->roots.count; i++) {
		struct log_root *root = LOG_AT(&c->roots, struct log_root, i);

		if (log_match_at(c, root->match)->hidden)
			continue;
		c->unranked += !root->ranked;
		*LOG_AT(&c->roots, struct log_root, kept++) = *root;
	}
	c->roots.count = kept;
	if (kept)
		qsort_r(c->roots.data, kept, sizeof(struct log_root), compare_roots, c);
}

int log_rank(struct log_comparison *c, const struct log_side *a)
{
	CLEANUP(graph_release) struct graph g = { .c = c,
						  .side = a,
						  .stack = LOG_ARRAY_OF(struct visit),
						  .order = LOG_ARRAY_OF(uint32_t) };
	size_t base;
	int r = graph_make(&g);

	if (r >= 0)
		r = find_roots(&g, LOG_DIVERGENT);
	if (r >= 0)
		r = find_roots(&g, LOG_CHANGED);
	if (r >= 0 && c->roots.count)
		r = find_order(&g);
	if (r < 0)
		return r;
	for (base = 0; base < c->roots.count && g.work < WORK_MAX; base += BATCH)
		run_batch(&g, base);
	c->exclusive_known = base >= c->roots.count;
	if (c->exclusive_known)
		count_exclusive(&g);
	finish_roots(c);
	return 0;
}
