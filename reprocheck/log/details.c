/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/log/details.h"

#include "base/cleanup.h"
#include "base/digest.h"

#include <errno.h>
#include <stdlib.h>

#define ARENA_MAX ((size_t)2 << 30)
#define WANTED_BITS 65536

/* A file that a set holds; of both sides once they are merged. Index 0: none. */
struct member {
	uint32_t path, file[2];
	uint32_t producer;
	bool tool;
};

struct planned {
	struct log_array inputs, outputs; /* struct member */
};

struct collector {
	const struct log_comparison *c;
	struct log_details *d;
	const struct log_store *store; /* of the side that is read */
	int side;
	uint32_t *producer;                 /* match by name */
	uint32_t *item_of[2];               /* by action: index into d->items; LOG_NONE */
	struct log_file_detail **file_of[2]; /* by file; wanted ones are not NULL */
	struct log_file_detail wanted;      /* what stands for "not read yet" */
	uint64_t wanted_bits[WANTED_BITS / 64]; /* by low bits of their digests: few files need to be looked up */
	struct planned *planned;
	size_t next_action;
	uint32_t *set_marks[2];
	uint32_t walk;
};

static void collector_release(struct collector *k)
{
	size_t i;

	for (i = 0; k->planned && i < k->d->count; i++) {
		log_array_release(&k->planned[i].inputs);
		log_array_release(&k->planned[i].outputs);
	}
	free(k->planned);
	free(k->producer);
	for (i = 0; i < 2; i++) {
		free(k->item_of[i]);
		free(k->file_of[i]);
		free(k->set_marks[i]);
	}
}

void log_details_release(struct log_details *d)
{
	arena_release(&d->arena);
	*d = (struct log_details){ 0 };
}

static const struct log_store *store_of(const struct log_comparison *c, int side)
{
	return side ? c->b : c->a;
}

/* ---- who made what ------------------------------------------------------------------------------------------- */

static void note_outputs(struct collector *k, const struct log_store *s, uint32_t action, uint32_t match)
{
	const struct log_known_action *a = log_action_at(s, action);
	size_t i;

	for (i = 0; i < a->output_count; i++)
		k->producer[log_file_at(s, log_output_at(s, a, i))->path] = match;
}

static void note_links(struct collector *k, const struct log_store *s)
{
	size_t i;

	for (i = 0; s->links && i < s->actions.count; i++) {
		const struct log_known_action *a = log_action_at(s, i);

		if (a->is_link && k->producer[a->inputs] != LOG_NONE)
			k->producer[a->key] = k->producer[a->inputs];
	}
}

static void find_producers(struct collector *k)
{
	size_t i;

	for (i = 0; i < k->c->matches.count; i++) {
		const struct log_match *m = LOG_AT(&k->c->matches, const struct log_match, i);

		if (m->a != LOG_NONE)
			note_outputs(k, k->c->a, m->a, (uint32_t)i);
		else
			note_outputs(k, k->c->b, m->b, (uint32_t)i);
	}
	note_links(k, k->c->a);
	note_links(k, k->c->b);
}

/* ---- which files differ -------------------------------------------------------------------------------------- */

static int add_member(struct log_array *list, uint32_t path, int side, uint32_t file)
{
	struct member *m = log_array_add(list, 1);

	if (!m)
		return -ENOMEM;
	m->path = path;
	m->file[side] = file;
	m->producer = LOG_NONE;
	return 0;
}

/* The files of a set, some more than once. The stack is what is left to be visited. */
static int expand(struct collector *k, int side, uint32_t root, struct log_array *list)
{
	CLEANUP(log_array_release) struct log_array stack = LOG_ARRAY_OF(uint32_t);
	const struct log_store *s = store_of(k->c, side);
	uint32_t *p = log_array_add(&stack, 1), i;
	int r = p ? 0 : -ENOMEM;

	k->walk++;
	if (p)
		*p = root;
	while (r >= 0 && stack.count) {
		const struct log_known_set *set = log_set_at(s, *LOG_AT(&stack, uint32_t, --stack.count));
		const uint32_t *items = set->count ? log_items_of(s, set) : NULL;

		for (i = 0; r >= 0 && i < set->count; i++) {
			uint32_t inner = items[i] & ~EXECLOG_SET;

			if (!(items[i] & EXECLOG_SET)) {
				r = add_member(list, log_file_at(s, inner)->path, side, inner);
			} else if (k->set_marks[side][inner] != k->walk) {
				k->set_marks[side][inner] = k->walk;
				p = log_array_add(&stack, 1);
				r = p ? 0 : -ENOMEM;
				if (p)
					*p = inner;
			}
		}
	}
	return r;
}

static int compare_members(const void *pa, const void *pb)
{
	const struct member *a = pa, *b = pb;

	return a->path < b->path ? -1 : a->path > b->path;
}

static void sort_members(struct log_array *list, int (*compare)(const void *, const void *))
{
	if (list->count)
		qsort(list->data, list->count, sizeof(struct member), compare);
}

static bool members_equal(const struct collector *k, const struct member *m)
{
	return m->file[0] && m->file[1] &&
	       log_digest_equal(log_file_at(k->c->a, m->file[0])->digest, log_file_at(k->c->b, m->file[1])->digest) &&
	       log_file_at(k->c->a, m->file[0])->kind == log_file_at(k->c->b, m->file[1])->kind;
}

/* One member a path, and only those that differ. */
static void merge_members(const struct collector *k, struct log_array *list)
{
	size_t i, out = 0;

	sort_members(list, compare_members);
	for (i = 0; i < list->count;) {
		struct member m = *LOG_AT(list, struct member, i);

		for (i++; i < list->count && LOG_AT(list, struct member, i)->path == m.path; i++) {
			const struct member *same = LOG_AT(list, struct member, i);

			m.file[0] = m.file[0] ? m.file[0] : same->file[0];
			m.file[1] = m.file[1] ? m.file[1] : same->file[1];
			m.tool = m.tool || same->tool;
		}
		if (!members_equal(k, &m))
			*LOG_AT(list, struct member, out++) = m;
	}
	list->count = out;
}

/* What was not made by a logged action explains more, and comes first. */
static int compare_importance(const void *pa, const void *pb)
{
	const struct member *a = pa, *b = pb;
	bool made_a = a->producer != LOG_NONE, made_b = b->producer != LOG_NONE;

	return made_a != made_b ? made_a - made_b : compare_members(pa, pb);
}

static void want_file(struct collector *k, const struct member *m)
{
	int side;

	for (side = 0; side < 2; side++) {
		uint64_t bit = log_file_at(store_of(k->c, side), m->file[side])->digest.word[0] % WANTED_BITS;

		if (m->file[side] == 0)
			continue;
		k->file_of[side][m->file[side]] = &k->wanted;
		k->wanted_bits[bit / 64] |= UINT64_C(1) << bit % 64;
	}
}

/* Tools are marked by their set; they are among the inputs. */
static int plan_inputs(struct collector *k, const struct log_match *m, size_t max, struct planned *plan,
		       struct log_detail *detail)
{
	CLEANUP(log_array_release) struct log_array list = LOG_ARRAY_OF(struct member);
	const uint32_t action[2] = { m->a, m->b };
	size_t i, tools;
	int side, r = 0;

	for (side = 0; r >= 0 && side < 2; side++)
		r = expand(k, side, log_action_at(store_of(k->c, side), action[side])->tools, &list);
	tools = list.count;
	for (i = 0; i < tools; i++)
		LOG_AT(&list, struct member, i)->tool = true;
	for (side = 0; r >= 0 && side < 2; side++)
		r = expand(k, side, log_action_at(store_of(k->c, side), action[side])->inputs, &list);
	if (r < 0)
		return r;
	merge_members(k, &list);
	for (i = 0; i < list.count; i++)
		LOG_AT(&list, struct member, i)->producer = k->producer[LOG_AT(&list, struct member, i)->path];
	sort_members(&list, compare_importance);
	detail->inputs_differing = list.count;
	list.count = list.count > max ? max : list.count;
	for (i = 0; i < list.count; i++)
		want_file(k, LOG_AT(&list, struct member, i));
	plan->inputs = list;
	list = (struct log_array){ 0 };
	return 0;
}

static int plan_outputs(struct collector *k, const struct log_match *m, struct planned *plan)
{
	const uint32_t action[2] = { m->a, m->b };
	size_t i;
	int side, r = 0;

	for (side = 0; side < 2; side++) {
		const struct log_store *s = store_of(k->c, side);
		const struct log_known_action *a = action[side] == LOG_NONE ? NULL : log_action_at(s, action[side]);

		for (i = 0; r >= 0 && a && i < a->output_count; i++) {
			uint32_t file = log_output_at(s, a, i);

			r = add_member(&plan->outputs, log_file_at(s, file)->path, side, file);
		}
	}
	if (r < 0)
		return r;
	merge_members(k, &plan->outputs);
	for (i = 0; i < plan->outputs.count; i++)
		want_file(k, LOG_AT(&plan->outputs, struct member, i));
	return 0;
}

static const char *keep_text(struct collector *k, struct log_text t)
{
	return arena_strndup(&k->d->arena, t.size ? t.data : "", t.size);
}

static const char *keep_name(struct collector *k, uint32_t name)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(SIZE_MAX);
	const char *text = log_name_text(k->c->a->names, name, &b);

	return b.error ? NULL : arena_strndup(&k->d->arena, text, b.len);
}

static int plan_one(struct collector *k, uint32_t match, size_t i, const struct log_details_options *o)
{
	const struct log_match *m = LOG_AT(&k->c->matches, const struct log_match, match);
	const struct log_known_action *a = m->a != LOG_NONE ? log_action_at(k->c->a, m->a) :
							       log_action_at(k->c->b, m->b);
	struct log_detail *detail = &k->d->items[i];
	int r = 0;

	k->planned[i] = (struct planned){ LOG_ARRAY_OF(struct member), LOG_ARRAY_OF(struct member) };
	detail->target = keep_name(k, a->target);
	detail->mnemonic = keep_name(k, a->mnemonic);
	detail->key = keep_name(k, a->key);
	if (!detail->target || !detail->mnemonic || !detail->key)
		return -ENOMEM;
	if (m->a != LOG_NONE)
		k->item_of[0][m->a] = (uint32_t)i;
	if (m->b != LOG_NONE)
		k->item_of[1][m->b] = (uint32_t)i;
	if (m->a != LOG_NONE && m->b != LOG_NONE)
		r = plan_inputs(k, m, o->inputs_max, &k->planned[i], detail);
	return r < 0 ? r : plan_outputs(k, m, &k->planned[i]);
}

/* ---- the second reading -------------------------------------------------------------------------------------- */

static int copy_file(struct collector *k, const struct log_file *f, struct log_file_detail *ret)
{
	struct log_digest digest = log_digest_of(f);
	struct log_file_detail *members;
	char hex[33];
	size_t i;
	int r = 0;

	ret->kind = f->kind;
	ret->path = keep_text(k, f->path);
	ret->hash = keep_text(k, f->kind == LOG_SYMLINK ? f->link : f->hash);
	ret->size = f->size;
	if (f->kind == LOG_DIRECTORY) {
		hex_of((const uint8_t *)&digest, sizeof(digest), hex);
		ret->hash = keep_text(k, log_text_of(hex));
	}
	members = f->member_count ? arena_array(&k->d->arena, f->member_count, sizeof(*members)) : NULL;
	if (!ret->path || !ret->hash || (f->member_count && !members))
		return -ENOMEM;
	for (i = 0; r >= 0 && i < f->member_count; i++) {
		r = copy_file(k, &f->members[i], &members[i]);
		ret->size += members[i].size;
	}
	ret->members = members;
	ret->member_count = f->member_count;
	return r;
}

static int see_file(void *ctx, const struct log_file *f, uint32_t *ret)
{
	struct collector *k = ctx;
	struct log_digest digest = log_digest_of(f);
	uint64_t bit = digest.word[0] % WANTED_BITS;
	struct log_file_detail *detail;
	uint32_t file;

	*ret = 0;
	if (!(k->wanted_bits[bit / 64] & UINT64_C(1) << bit % 64))
		return 0;
	file = log_store_find(k->store, log_name_find(k->store->names, f->path), digest);
	if (file == 0 || k->file_of[k->side][file] != &k->wanted)
		return 0;
	detail = arena_alloc(&k->d->arena, sizeof(*detail));
	if (!detail)
		return -ENOMEM;
	k->file_of[k->side][file] = detail;
	return copy_file(k, f, detail);
}

static int compare_pairs(const void *pa, const void *pb)
{
	const struct log_pair *a = pa, *b = pb;

	return strcmp(a->name.data, b->name.data);
}

static int keep_pairs(struct collector *k, const struct log_pair *from, size_t count, struct log_pair **ret)
{
	struct log_pair *pairs = arena_array(&k->d->arena, count ? count : 1, sizeof(*pairs));
	size_t i;

	if (!pairs)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		pairs[i].name = (struct log_text){ keep_text(k, from[i].name), from[i].name.size };
		pairs[i].value = (struct log_text){ keep_text(k, from[i].value), from[i].value.size };
		if (!pairs[i].name.data || !pairs[i].value.data)
			return -ENOMEM;
	}
	qsort(pairs, count, sizeof(*pairs), compare_pairs);
	*ret = pairs;
	return 0;
}

static int see_action(void *ctx, const struct log_action *a)
{
	struct collector *k = ctx;
	size_t ordinal = k->next_action++, i;
	uint32_t item = ordinal < k->store->actions.count ? k->item_of[k->side][ordinal] : LOG_NONE;
	struct log_side_detail *s;
	int r;

	if (item == LOG_NONE)
		return 0;
	s = &k->d->items[item].side[k->side];
	s->args = arena_array(&k->d->arena, a->arg_count ? a->arg_count : 1, sizeof(*s->args));
	s->runner = keep_text(k, a->runner);
	s->status = keep_text(k, a->status);
	if (!s->args || !s->runner || !s->status)
		return -ENOMEM;
	for (i = 0; i < a->arg_count; i++) {
		s->args[i] = keep_text(k, a->args[i]);
		if (!s->args[i])
			return -ENOMEM;
	}
	s->arg_count = a->arg_count;
	s->exit_code = a->exit_code;
	s->cache_hit = a->cache_hit;
	s->env_count = a->env_count;
	s->platform_count = a->platform_count;
	r = keep_pairs(k, a->env, a->env_count, &s->env);
	return r < 0 ? r : keep_pairs(k, a->platform, a->platform_count, &s->platform);
}

static int read_side(struct collector *k, int side, const char *path, struct error *err)
{
	const struct execlog_sink sink = { .ctx = k, .file = see_file, .action = see_action };
	struct execlog_info info;
	int r;

	k->side = side;
	k->store = store_of(k->c, side);
	k->next_action = 0;
	r = execlog_read(path, &sink, &info, err);
	if (r >= 0 && k->next_action != k->store->actions.count)
		return error_set(err, -ESTALE, path, "changed while it was read");
	return r;
}

/* ---- result -------------------------------------------------------------------------------------------------- */

static const struct log_file_detail *file_detail(const struct collector *k, int side, uint32_t file)
{
	const struct log_file_detail *f = file ? k->file_of[side][file] : NULL;

	return f == &k->wanted ? NULL : f;
}

static int finish_list(struct collector *k, const struct log_array *list, struct log_file_pair **ret, size_t *ret_count)
{
	struct log_file_pair *pairs = arena_array(&k->d->arena, list->count ? list->count : 1, sizeof(*pairs));
	size_t i;

	if (!pairs)
		return -ENOMEM;
	for (i = 0; i < list->count; i++) {
		const struct member *m = LOG_AT(list, const struct member, i);

		pairs[i] = (struct log_file_pair){ .path = keep_name(k, m->path),
						   .a = file_detail(k, 0, m->file[0]),
						   .b = file_detail(k, 1, m->file[1]),
						   .tool = m->tool,
						   .generated = m->producer != LOG_NONE,
						   .producer = m->producer };
		if (!pairs[i].path)
			return -ENOMEM;
	}
	*ret = pairs;
	*ret_count = list->count;
	return 0;
}

static int finish(struct collector *k)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < k->d->count; i++) {
		struct log_detail *d = &k->d->items[i];

		r = finish_list(k, &k->planned[i].inputs, &d->inputs, &d->input_count);
		if (r >= 0)
			r = finish_list(k, &k->planned[i].outputs, &d->outputs, &d->output_count);
	}
	return r;
}

static int allocate(struct collector *k, size_t count)
{
	size_t names = log_names_count(k->c->a->names) + 1;
	int side;

	k->d->items = arena_array(&k->d->arena, count ? count : 1, sizeof(*k->d->items));
	k->planned = calloc(count + 1, sizeof(*k->planned));
	k->producer = reallocarray(NULL, names, sizeof(uint32_t));
	if (!k->d->items || !k->planned || !k->producer)
		return -ENOMEM;
	k->d->count = count;
	memset(k->producer, 0xff, names * sizeof(uint32_t));
	for (side = 0; side < 2; side++) {
		const struct log_store *s = store_of(k->c, side);

		k->item_of[side] = reallocarray(NULL, s->actions.count + 1, sizeof(uint32_t));
		k->file_of[side] = calloc(s->files.count + 1, sizeof(*k->file_of[side]));
		k->set_marks[side] = calloc(s->sets.count + 1, sizeof(uint32_t));
		if (!k->item_of[side] || !k->file_of[side] || !k->set_marks[side])
			return -ENOMEM;
		memset(k->item_of[side], 0xff, (s->actions.count + 1) * sizeof(uint32_t));
	}
	return 0;
}

int log_details_read(const struct log_comparison *c, const uint32_t *wanted, size_t count, const char *const paths[2],
		     const struct log_details_options *o, struct log_details *ret, struct error *err)
{
	CLEANUP(collector_release) struct collector k = { .c = c, .d = ret };
	size_t i;
	int side, r;

	*ret = (struct log_details){ .arena = ARENA_INIT(ARENA_MAX) };
	r = allocate(&k, count);
	if (r >= 0)
		find_producers(&k);
	for (i = 0; r >= 0 && i < count; i++)
		r = plan_one(&k, wanted[i], i, o);
	for (side = 0; r >= 0 && side < 2 && count; side++)
		r = read_side(&k, side, paths[side], err);
	if (r >= 0)
		r = finish(&k);
	return r < 0 ? error_set(err, r, "log", "the details cannot be read") : 0;
}
