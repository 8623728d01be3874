/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which action of A is which of B?  Three passes, each over what the one before left:
 *
 *	1. the first output's path (or what else names the action): in almost all builds that is all
 *	2. target, mnemonic and the output's last component: configurations
 *	   have hashes in their directories
 *	3. target and mnemonic, where both builds have as many such actions
 *
 * Several actions may have one key (attempts of a test): they are paired in the
 * order of their logs.
 */
#include "reprocheck/log/compare_private.h"

#include "base/digest.h"

#include <errno.h>
#include <stdlib.h>

struct keyed {
	uint64_t key;
	uint32_t action;
};

static int compare_keyed(const void *pa, const void *pb)
{
	const struct keyed *a = pa, *b = pb;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->action < b->action ? -1 : a->action > b->action;
}

/* 0: this pass has no key for it. */
static uint64_t key_of(const struct log_store *s, const struct log_known_action *a, int pass)
{
	uint64_t words[3] = { a->target, a->mnemonic, 0 };

	if (pass == 0)
		return a->key;
	if (pass == 2 && a->target == 0)
		return 0;
	if (pass == 1) {
		words[0] = a->target || a->mnemonic ? a->target : a->args; /* old logs have no targets */
		struct log_text base = log_name_base(s->names, a->key);

		words[2] = hash64(base.data, base.size, 1);
	}
	return hash64(words, sizeof(words), (uint64_t)pass) | 1;
}

static int collect(const struct log_side *side, int pass, struct log_array *ret)
{
	size_t i;

	ret->count = 0;
	for (i = 0; i < side->s->actions.count; i++) {
		const struct log_known_action *a = log_action_at(side->s, i);
		uint64_t key = a->is_link || side->match_of[i] != LOG_NONE ? 0 : key_of(side->s, a, pass);
		struct keyed *k = key ? log_array_add(ret, 1) : NULL;

		if (key && !k)
			return -ENOMEM;
		if (k)
			*k = (struct keyed){ key, (uint32_t)i };
	}
	if (ret->count)
		qsort(ret->data, ret->count, sizeof(struct keyed), compare_keyed);
	return 0;
}

static size_t group_end(const struct log_array *list, size_t from)
{
	size_t i = from;

	while (i < list->count && LOG_AT(list, struct keyed, i)->key == LOG_AT(list, struct keyed, from)->key)
		i++;
	return i;
}

/* match_of holds the other side's action until the matches are made. */
static void pair_groups(struct log_side *a, struct log_side *b, const struct log_array *ka, const struct log_array *kb,
			bool equal_counts)
{
	size_t i = 0, k = 0;

	while (i < ka->count && k < kb->count) {
		const struct keyed *x = LOG_AT(ka, struct keyed, i), *y = LOG_AT(kb, struct keyed, k);
		size_t ea = group_end(ka, i), eb = group_end(kb, k);

		if (x->key < y->key) {
			i = ea;
			continue;
		}
		for (; x->key == y->key && i < ea && k < eb && (!equal_counts || ea - i == eb - k); i++, k++) {
			a->match_of[LOG_AT(ka, struct keyed, i)->action] = LOG_AT(kb, struct keyed, k)->action;
			b->match_of[LOG_AT(kb, struct keyed, k)->action] = LOG_AT(ka, struct keyed, i)->action;
		}
		i = x->key == y->key ? ea : i;
		k = eb;
	}
}

static int add_match(struct log_comparison *c, uint32_t a, uint32_t b)
{
	struct log_match *m = log_array_add(&c->matches, 1);

	if (!m)
		return -ENOMEM;
	m->a = a;
	m->b = b;
	return 0;
}

/* From the other's actions to matches, in A's order, then what is in B alone. */
static int make_matches(struct log_comparison *c, struct log_side *a, struct log_side *b)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < a->s->actions.count; i++) {
		uint32_t other = a->match_of[i];

		if (log_action_at(a->s, i)->is_link)
			continue;
		r = add_match(c, (uint32_t)i, other);
		a->match_of[i] = (uint32_t)(c->matches.count - 1);
		if (other != LOG_NONE)
			b->match_of[other] = a->match_of[i];
	}
	for (i = 0; r >= 0 && i < b->s->actions.count; i++) {
		if (b->match_of[i] != LOG_NONE || log_action_at(b->s, i)->is_link)
			continue;
		r = add_match(c, LOG_NONE, (uint32_t)i);
		b->match_of[i] = (uint32_t)(c->matches.count - 1);
	}
	return r;
}

static uint32_t *none(size_t count)
{
	uint32_t *p = reallocarray(NULL, count + 1, sizeof(*p));

	if (p)
		memset(p, 0xff, (count + 1) * sizeof(*p));
	return p;
}

int log_pair_actions(struct log_comparison *c, struct log_side *a, struct log_side *b)
{
	CLEANUP(log_array_release) struct log_array ka = LOG_ARRAY_OF(struct keyed);
	CLEANUP(log_array_release) struct log_array kb = LOG_ARRAY_OF(struct keyed);
	int pass, r = 0;

	a->match_of = none(a->s->actions.count);
	b->match_of = none(b->s->actions.count);
	if (!a->match_of || !b->match_of)
		return -ENOMEM;
	for (pass = 0; r >= 0 && pass < 3; pass++) {
		r = collect(a, pass, &ka);
		if (r >= 0)
			r = collect(b, pass, &kb);
		if (r >= 0)
			pair_groups(a, b, &ka, &kb, pass == 2);
	}
	return r < 0 ? r : make_matches(c, a, b);
}
