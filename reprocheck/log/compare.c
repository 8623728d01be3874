/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs is decided on files first, then carried up.
 *
 * A file of A *differs* when B has no file of that path and digest anywhere.
 * It is generated, when an action of the log made it; unlogged, when its path
 * says that some build step did (Bazel logs no action that its own cache
 * answered, nor those that run inside it); otherwise a source.  Sets take on
 * what their members are, in one pass: a set stands behind its members.  So an action's
 * inputs need not be listed to know how they differ, and the time is
 * proportional to the size of the graph.
 *
 * One thing this does not see: an input that both builds have, but that only
 * one of the two actions reads.  Two sets with equal hashes have equal members.  With unequal
 * ones the members are listed and compared, within a budget of WORK_MAX steps;
 * beyond it the pair is marked as unchecked, and the report says how many are.
 */
#include "reprocheck/log/compare_private.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#define WORK_MAX (UINT64_C(1) << 30)
#define ANSWERS 65536 /* remembered comparisons of two sets; a power of two */

const char *log_outcome_name(enum log_outcome o)
{
	static const char *const names[LOG_OUTCOME_COUNT] = {
		[LOG_DIVERGENT] = "divergent", [LOG_CHANGED] = "changed", [LOG_INHERITS] = "inherits",
		[LOG_ABSORBED] = "absorbed",   [LOG_ONLY_A] = "only-in-a", [LOG_ONLY_B] = "only-in-b",
		[LOG_SAME] = "same"
	};

	return names[o];
}

void log_comparison_release(struct log_comparison *c)
{
	log_array_release(&c->matches);
	log_array_release(&c->roots);
	log_array_release(&c->sources);
}

/* ---- sides --------------------------------------------------------------------------------------------------- */

void log_side_release(struct log_side *side)
{
	free(side->producer);
	free(side->file_flags);
	free(side->set_flags);
	free(side->match_of);
	*side = (struct log_side){ 0 };
}

static void find_producers(struct log_side *side)
{
	size_t i, k;

	for (i = 0; i < side->s->actions.count; i++) {
		const struct log_known_action *a = log_action_at(side->s, i);

		for (k = 0; k < a->output_count; k++)
			side->producer[log_file_at(side->s, log_output_at(side->s, a, k))->path] = (uint32_t)i;
		if (a->is_link)
			side->producer[a->key] = (uint32_t)i;
	}
}

static bool is_under_output_tree(const struct log_names *names, uint32_t path, struct buffer *b)
{
	const char *text = log_name_text(names, path, b);

	return strncmp(text, "bazel-out/", 10) == 0 || strncmp(text, "buck-out/", 9) == 0;
}

static uint8_t flags_of_file(const struct log_side *side, const struct log_store *other, const struct log_known_file *f,
			     struct buffer *b)
{
	if (log_store_find(other, f->path, f->digest))
		return 0;
	if (side->producer[f->path] != LOG_NONE)
		return SIDE_GENERATED;
	return is_under_output_tree(side->s->names, f->path, b) ? SIDE_UNLOGGED : SIDE_SOURCE;
}

static uint8_t flags_of_set(const struct log_side *side, const struct log_known_set *set)
{
	const uint32_t *items = set->count ? log_items_of(side->s, set) : NULL;
	uint8_t flags = 0;
	uint32_t i;

	for (i = 0; i < set->count; i++)
		flags |= items[i] & EXECLOG_SET ? side->set_flags[items[i] & ~EXECLOG_SET] :
						  side->file_flags[items[i]];
	return flags;
}

int log_side_make(const struct log_store *s, const struct log_store *other, struct log_side *ret)
{
	CLEANUP(log_side_release) struct log_side side = { .s = s };
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(SIZE_MAX);
	size_t i, names = log_names_count(s->names) + 1;

	side.producer = reallocarray(NULL, names, sizeof(*side.producer));
	side.file_flags = calloc(s->files.count + 1, 1);
	side.set_flags = calloc(s->sets.count + 1, 1);
	if (!side.producer || !side.file_flags || !side.set_flags)
		return -ENOMEM;
	memset(side.producer, 0xff, names * sizeof(*side.producer));
	find_producers(&side);
	for (i = 1; i < s->files.count; i++)
		side.file_flags[i] = flags_of_file(&side, other, log_file_at(s, (uint32_t)i), &b);
	for (i = 1; i < s->sets.count; i++)
		side.set_flags[i] = flags_of_set(&side, log_set_at(s, (uint32_t)i));
	*ret = side;
	side = (struct log_side){ 0 };
	return b.error;
}

/* ---- lists of inputs ----------------------------------------------------------------------------------------- */

struct answer {
	uint32_t a, b;
	bool same;
};

/* Walks over members with marks that carry the number of the walk, so that nothing is cleared between walks. */
struct lister {
	const struct log_side *a, *b;
	uint32_t *set_marks[2], *path_marks[2];
	uint32_t walk;
	struct log_array stack; /* uint32_t: sets to be visited */
	struct answer *answers;
	uint64_t work;
	bool failed; /* no memory */
};

static void lister_release(struct lister *l)
{
	int i;

	for (i = 0; i < 2; i++) {
		free(l->set_marks[i]);
		free(l->path_marks[i]);
	}
	free(l->answers);
	log_array_release(&l->stack);
}

static int lister_make(const struct log_side *a, const struct log_side *b, struct lister *ret)
{
	const struct log_side *sides[] = { a, b };
	int i;

	*ret = (struct lister){ .a = a, .b = b, .stack = LOG_ARRAY_OF(uint32_t) };
	ret->answers = calloc(ANSWERS, sizeof(*ret->answers));
	for (i = 0; i < 2; i++) {
		ret->set_marks[i] = calloc(sides[i]->s->sets.count + 1, sizeof(uint32_t));
		ret->path_marks[i] = calloc(log_names_count(a->s->names) + 1, sizeof(uint32_t));
		if (!ret->answers || !ret->set_marks[i] || !ret->path_marks[i])
			return -ENOMEM;
	}
	return 0;
}

static void push(struct lister *l, uint32_t set)
{
	uint32_t *p = log_array_add(&l->stack, 1);

	if (p)
		*p = set;
	else
		l->failed = true;
}

/* Marks the paths of a set; counts them, and of them those that the other side's walk had marked. */
static void list_paths(struct lister *l, int which, uint32_t root, uint64_t *ret_paths, uint64_t *ret_shared)
{
	const struct log_store *s = which ? l->b->s : l->a->s;
	uint64_t paths = 0, shared = 0;

	l->stack.count = 0;
	push(l, root);
	while (l->stack.count && !l->failed) {
		const struct log_known_set *set = log_set_at(s, *LOG_AT(&l->stack, uint32_t, --l->stack.count));
		const uint32_t *items = set->count ? log_items_of(s, set) : NULL;
		uint32_t i;

		l->work += set->count;
		for (i = 0; i < set->count; i++) {
			uint32_t inner = items[i] & ~EXECLOG_SET, path;

			if (items[i] & EXECLOG_SET) {
				if (l->set_marks[which][inner] != l->walk)
					push(l, inner);
				l->set_marks[which][inner] = l->walk;
				continue;
			}
			path = log_file_at(s, inner)->path;
			if (l->path_marks[which][path] == l->walk)
				continue;
			l->path_marks[which][path] = l->walk;
			paths++;
			shared += l->path_marks[!which][path] == l->walk;
		}
	}
	*ret_paths = paths;
	*ret_shared = shared;
}

static bool same_paths(struct lister *l, uint32_t a, uint32_t b)
{
	struct answer *known = &l->answers[(a * UINT64_C(0x9e3779b1) ^ b * UINT64_C(0x85ebca77)) & (ANSWERS - 1)];
	uint64_t of_a, of_b, shared;

	if (known->a == a && known->b == b && a + b > 0)
		return known->same;
	l->walk++;
	list_paths(l, 0, a, &of_a, &shared);
	list_paths(l, 1, b, &of_b, &shared);
	*known = (struct answer){ a, b, of_a == of_b && shared == of_a };
	return known->same;
}

/* ---- pairs --------------------------------------------------------------------------------------------------- */

static uint16_t reasons_of_flags(uint8_t flags)
{
	return (uint16_t)((flags & SIDE_SOURCE ? LOG_SOURCES : 0) | (flags & SIDE_UNLOGGED ? LOG_UNLOGGED : 0) |
			  (flags & SIDE_GENERATED ? LOG_GENERATED : 0));
}

static uint16_t compare_sets(struct lister *l, uint32_t a, uint32_t b)
{
	const struct log_known_set *x = log_set_at(l->a->s, a), *y = log_set_at(l->b->s, b);
	uint16_t reasons;

	if (log_digest_equal(x->content, y->content))
		return 0;
	reasons = reasons_of_flags(l->a->set_flags[a] | l->b->set_flags[b]);
	if (x->paths == y->paths)
		return reasons;
	if (l->work > WORK_MAX)
		return reasons | LOG_UNCHECKED;
	return same_paths(l, a, b) ? reasons : reasons | LOG_INPUT_LIST;
}

static uint16_t compare_inputs(struct lister *l, const struct log_known_action *x, const struct log_known_action *y)
{
	uint16_t reasons, tools;

	if (!l->a->s->info.inputs_known || !l->b->s->info.inputs_known) {
		if (x->digest == 0 || y->digest == 0)
			return LOG_UNKNOWN_INPUTS;
		return x->digest == y->digest ? 0 : LOG_ACTION_DIGEST;
	}
	reasons = compare_sets(l, x->inputs, y->inputs);
	tools = compare_sets(l, x->tools, y->tools);
	if (tools & (LOG_SOURCES | LOG_UNLOGGED | LOG_INPUT_LIST))
		reasons |= LOG_TOOLS | (tools & LOG_INPUT_LIST);
	return reasons;
}

static uint16_t compare_outputs(const struct log_store *a, const struct log_known_action *x, const struct log_store *b,
				const struct log_known_action *y)
{
	uint16_t reasons = x->output_count == y->output_count ? 0 : LOG_OUTPUT_LIST;
	size_t i, n = x->output_count < y->output_count ? x->output_count : y->output_count;

	for (i = 0; i < n; i++) {
		const struct log_known_file *f = log_file_at(a, log_output_at(a, x, i));
		const struct log_known_file *g = log_file_at(b, log_output_at(b, y, i));

		if (f->path != g->path || f->kind != g->kind)
			reasons |= LOG_OUTPUT_LIST;
		if (!log_digest_equal(f->digest, g->digest))
			reasons |= LOG_OUTPUTS;
	}
	return reasons;
}

static uint16_t compare_actions(struct lister *l, const struct log_known_action *x, const struct log_known_action *y)
{
	uint16_t reasons = compare_inputs(l, x, y) | compare_outputs(l->a->s, x, l->b->s, y);

	reasons |= x->args != y->args ? LOG_ARGS : 0;
	reasons |= x->env != y->env ? LOG_ENV : 0;
	reasons |= x->platform != y->platform ? LOG_PLATFORM : 0;
	reasons |= x->exit_code != y->exit_code || x->status != y->status ? LOG_EXIT : 0;
	/* Where it is known that the actions are not the same, it does not matter what is not known. */
	if (reasons & LOG_COMMAND_REASONS & ~LOG_UNKNOWN_INPUTS)
		reasons &= (uint16_t)~LOG_UNKNOWN_INPUTS;
	return reasons;
}

static enum log_outcome outcome_of(uint16_t reasons)
{
	bool result = (reasons & LOG_RESULT_REASONS) != 0;

	/* That inputs are not known is no difference. */
	if (reasons & LOG_COMMAND_REASONS & ~LOG_UNKNOWN_INPUTS)
		return LOG_CHANGED;
	if (reasons & LOG_GENERATED)
		return result ? LOG_INHERITS : LOG_ABSORBED;
	if (reasons & (LOG_UNCHECKED | LOG_UNKNOWN_INPUTS) && result)
		return LOG_CHANGED;
	return result ? LOG_DIVERGENT : LOG_SAME;
}

static bool matches_any(const char *text, const char *const *patterns, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		size_t n = strlen(patterns[i]);

		/* "//pkg/..." is all below a package, as Bazel and Buck2 write it. */
		if (n >= 3 && strcmp(patterns[i] + n - 3, "...") == 0 && strncmp(text, patterns[i], n - 3) == 0)
			return true;
		if (fnmatch(patterns[i], text, 0) == 0)
			return true;
	}
	return count == 0;
}

static bool is_asked_for(const struct log_compare_options *o, const struct log_store *s, const struct log_known_action *a,
			 struct buffer *b)
{
	return (o->mnemonic_count == 0 ||
		matches_any(log_name_text(s->names, a->mnemonic, b), o->mnemonics, o->mnemonic_count)) &&
	       (o->target_count == 0 ||
		matches_any(log_name_text(s->names, a->target, b), o->targets, o->target_count));
}

static int classify(struct log_comparison *c, struct lister *l, const struct log_compare_options *o)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(SIZE_MAX);
	size_t i, bit;

	for (i = 0; i < c->matches.count && !l->failed; i++) {
		struct log_match *m = log_match_at(c, i);
		const struct log_known_action *x = m->a == LOG_NONE ? NULL : log_action_at(c->a, m->a);
		const struct log_known_action *y = m->b == LOG_NONE ? NULL : log_action_at(c->b, m->b);

		if (x && y) {
			m->reasons = compare_actions(l, x, y);
			m->outcome = (uint8_t)outcome_of(m->reasons);
		} else {
			m->outcome = x ? LOG_ONLY_A : LOG_ONLY_B;
		}
		m->hidden = !is_asked_for(o, x ? c->a : c->b, x ? x : y, &b);
		if (m->hidden)
			continue;
		c->counts[m->outcome]++;
		c->unchecked += (m->reasons & LOG_UNCHECKED) != 0;
		for (bit = 0; m->outcome == LOG_CHANGED && bit < LOG_REASON_COUNT; bit++)
			c->changed_by[bit] += m->reasons >> bit & 1;
	}
	return l->failed ? -ENOMEM : b.error;
}

int log_compare(const struct log_store *a, const struct log_store *b, const struct log_compare_options *o,
		struct log_comparison *ret)
{
	CLEANUP(log_side_release) struct log_side x = { 0 };
	CLEANUP(log_side_release) struct log_side y = { 0 };
	CLEANUP(lister_release) struct lister l = { 0 };
	int r;

	ret->a = a;
	ret->b = b;
	r = log_side_make(a, b, &x);
	if (r >= 0)
		r = log_side_make(b, a, &y);
	if (r >= 0)
		r = log_pair_actions(ret, &x, &y);
	if (r >= 0)
		r = lister_make(&x, &y, &l);
	if (r >= 0)
		r = classify(ret, &l, o);
	if (r >= 0)
		r = log_find_sources(ret, &x, &y);
	return r < 0 ? r : log_rank(ret, &x);
}
