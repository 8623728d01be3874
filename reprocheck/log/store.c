/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/log/store.h"

#include "base/bytes.h"
#include "base/digest.h"

#include <errno.h>

/* Lists are cut where this many low bits of a hash are zero, and at the latest after so many members. */
#define CUT_MASK UINT64_C(15)
#define PIECE_MAX 256

void log_store_release(struct log_store *s)
{
	log_array_release(&s->files);
	log_array_release(&s->sets);
	log_array_release(&s->items);
	log_array_release(&s->actions);
	log_array_release(&s->outputs);
	log_array_release(&s->scratch);
	free(s->file_slots);
	free(s->set_slots);
	s->file_slots = s->set_slots = NULL;
}

/* ---- digests ------------------------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* All hash functions of Bazel's have 128 bits or more; what is no such number is hashed as a text. */
static struct log_digest digest_of_text(struct log_text t)
{
	struct log_digest d = { { 0, 0 } };
	size_t i;

	for (i = 0; t.size >= 32 && i < 32 && hex_digit(t.data[i]) >= 0; i++)
		d.word[i / 16] = d.word[i / 16] << 4 | (uint64_t)hex_digit(t.data[i]);
	if (i < 32)
		d = (struct log_digest){ { hash64(t.data, t.size, 3), hash64(t.data, t.size, 4) } };
	return d;
}

static void mix(struct log_digest *d, const void *p, size_t n)
{
	d->word[0] = hash64(p, n, d->word[0]);
	d->word[1] = hash64(p, n, ~d->word[1]);
}

static struct log_digest digest_of_directory(const struct log_file *f)
{
	struct log_digest d = { { 5, f->member_count } };
	size_t i;

	for (i = 0; i < f->member_count; i++) {
		struct log_digest member = log_digest_of(&f->members[i]);

		mix(&d, f->members[i].path.data, f->members[i].path.size);
		mix(&d, &member, sizeof(member));
	}
	return d;
}

struct log_digest log_digest_of(const struct log_file *f)
{
	static const struct log_digest empty = { { 6, 0 } }, missing = { { 7, 0 } };

	switch (f->kind) {
	case LOG_DIRECTORY: return digest_of_directory(f);
	case LOG_MISSING: return missing;
	case LOG_SYMLINK: return digest_of_text(f->link);
	default: break;
	}
	return f->hash.size ? digest_of_text(f->hash) : empty;
}

static uint64_t size_of(const struct log_file *f)
{
	uint64_t total = f->size;
	size_t i;

	for (i = 0; i < f->member_count; i++)
		total += f->members[i].size;
	return total;
}

/* ---- files --------------------------------------------------------------------------------------------------- */

static size_t file_slot(const struct log_store *s, uint32_t path, struct log_digest d)
{
	size_t i = (d.word[0] ^ path * UINT64_C(0x9e3779b97f4a7c15)) & (s->file_slot_count - 1);

	for (; s->file_slots[i]; i = (i + 1) & (s->file_slot_count - 1)) {
		const struct log_known_file *f = log_file_at(s, s->file_slots[i]);

		if (f->path == path && log_digest_equal(f->digest, d))
			break;
	}
	return i;
}

uint32_t log_store_find(const struct log_store *s, uint32_t path, struct log_digest digest)
{
	return s->file_slot_count ? s->file_slots[file_slot(s, path, digest)] : 0;
}

/* Twice the slots when 7 of 10 are taken. The old ones are the caller's to free; NULL: nothing was done. */
static int more_slots(uint32_t **slots, size_t *slot_count, size_t used, bool *ret_grown)
{
	size_t bigger = *slot_count ? *slot_count * 2 : 4096;
	uint32_t *p;

	*ret_grown = used * 10 >= *slot_count * 7;
	if (!*ret_grown)
		return 0;
	p = calloc(bigger, sizeof(*p));
	if (!p)
		return -ENOMEM;
	free(*slots);
	*slots = p;
	*slot_count = bigger;
	return 0;
}

/* Index 0 means none. */
static int ensure_first(struct log_array *a)
{
	return a->count || log_array_add(a, 1) ? 0 : -ENOMEM;
}

static int grow_file_slots(struct log_store *s)
{
	bool grown;
	size_t i;
	int r = ensure_first(&s->files);

	if (r >= 0)
		r = more_slots(&s->file_slots, &s->file_slot_count, s->files.count, &grown);
	if (r < 0 || !grown)
		return r;
	for (i = 1; i < s->files.count; i++) {
		const struct log_known_file *f = log_file_at(s, (uint32_t)i);

		s->file_slots[file_slot(s, f->path, f->digest)] = (uint32_t)i;
	}
	return 0;
}

static int keep_file(void *ctx, const struct log_file *f, uint32_t *ret)
{
	struct log_store *s = ctx;
	struct log_known_file *known;
	struct log_digest digest = log_digest_of(f);
	uint32_t path;
	size_t slot;
	int r = log_name(s->names, f->path, &path);

	if (r >= 0)
		r = grow_file_slots(s);
	if (r < 0)
		return r;
	slot = file_slot(s, path, digest);
	if (!s->file_slots[slot]) {
		known = s->files.count < EXECLOG_HANDLE_MAX ? log_array_add(&s->files, 1) : NULL;
		if (!known)
			return -ENOMEM;
		*known = (struct log_known_file){ digest, size_of(f), path, f->kind };
		s->file_slots[slot] = (uint32_t)(s->files.count - 1);
	}
	*ret = s->file_slots[slot];
	return 0;
}

/* ---- sets ---------------------------------------------------------------------------------------------------- */

/* What a set's hashes are made of: of files path and digest, of sets their own hashes. */
static int hash_items(struct log_store *s, const uint32_t *items, size_t count, struct log_known_set *ret)
{
	uint64_t *words, *paths;
	size_t i;

	s->scratch.count = 0;
	if (!log_array_add(&s->scratch, count * 4))
		return -ENOMEM;
	words = LOG_AT(&s->scratch, uint64_t, 0);
	paths = words + count * 3;
	for (i = 0; i < count; i++) {
		bool is_set = (items[i] & EXECLOG_SET) != 0;
		const struct log_known_set *set = is_set ? log_set_at(s, items[i] & ~EXECLOG_SET) : NULL;
		const struct log_known_file *file = is_set ? NULL : log_file_at(s, items[i]);
		const struct log_digest *d = is_set ? &set->content : &file->digest;

		paths[i] = is_set ? set->paths : file->path;
		words[3 * i] = paths[i];
		words[3 * i + 1] = d->word[0];
		words[3 * i + 2] = d->word[1];
	}
	ret->content.word[0] = hash64(words, count * 24, 8);
	ret->content.word[1] = hash64(words, count * 24, 9);
	ret->paths = hash64(paths, count * 8, 10);
	return 0;
}

static size_t set_slot(const struct log_store *s, struct log_digest content)
{
	size_t i = content.word[0] & (s->set_slot_count - 1);

	while (s->set_slots[i] && !log_digest_equal(log_set_at(s, s->set_slots[i])->content, content))
		i = (i + 1) & (s->set_slot_count - 1);
	return i;
}

static int grow_set_slots(struct log_store *s)
{
	bool grown;
	size_t i;
	int r = ensure_first(&s->sets);

	if (r >= 0)
		r = more_slots(&s->set_slots, &s->set_slot_count, s->sets.count, &grown);
	if (r < 0 || !grown)
		return r;
	for (i = 1; i < s->sets.count; i++)
		s->set_slots[set_slot(s, log_set_at(s, (uint32_t)i)->content)] = (uint32_t)i;
	return 0;
}

static int add_set(struct log_store *s, const struct log_known_set *made, const uint32_t *items, size_t slot)
{
	struct log_known_set *set = s->sets.count < EXECLOG_HANDLE_MAX ? log_array_add(&s->sets, 1) : NULL;
	uint64_t first = s->items.count;
	uint32_t *copy = set ? log_array_add(&s->items, made->count) : NULL;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, items, made->count * sizeof(*copy));
	*set = *made;
	set->first = first;
	s->set_slots[slot] = (uint32_t)(s->sets.count - 1);
	return 0;
}

/* A set of one set is that set. */
static int keep_set(void *ctx, const uint32_t *items, size_t count, uint32_t *ret)
{
	struct log_store *s = ctx;
	struct log_known_set made = { .count = (uint32_t)count };
	size_t slot;
	int r = grow_set_slots(s);

	if (r < 0 || count > UINT32_MAX)
		return r < 0 ? r : -EFBIG;
	if (count == 1 && items[0] & EXECLOG_SET) {
		*ret = items[0] & ~EXECLOG_SET;
		return 0;
	}
	r = hash_items(s, items, count, &made);
	if (r < 0)
		return r;
	slot = set_slot(s, made.content);
	if (!s->set_slots[slot])
		r = add_set(s, &made, items, slot);
	if (r >= 0)
		*ret = s->set_slots[slot];
	return r;
}

static uint64_t cut_hash(const struct log_store *s, uint32_t item)
{
	uint64_t paths = item & EXECLOG_SET ? log_set_at(s, item & ~EXECLOG_SET)->paths : log_file_at(s, item)->path;

	return paths * UINT64_C(0x9e3779b97f4a7c15) >> 32;
}

/* One level: pieces of `items` become sets, in place. */
static int cut_level(struct log_store *s, uint32_t *items, size_t *count)
{
	size_t i, from = 0, out = 0;
	int r = 0;

	for (i = 0; r >= 0 && i < *count; i++) {
		uint32_t set = 0;

		if (i + 1 < *count && i + 1 - from < PIECE_MAX && (cut_hash(s, items[i]) & CUT_MASK) != 0)
			continue;
		r = keep_set(s, items + from, i + 1 - from, &set);
		items[out++] = set | EXECLOG_SET;
		from = i + 1;
	}
	*count = out;
	return r;
}

static int keep_list(void *ctx, const uint32_t *files, size_t count, uint32_t *ret)
{
	struct log_store *s = ctx;
	uint32_t *items = reallocarray(NULL, count ? count : 1, sizeof(*items));
	size_t before;
	int r = items ? 0 : -ENOMEM;

	if (r >= 0)
		memcpy(items, files, count * sizeof(*items));
	do {
		before = count;
		if (r >= 0)
			r = cut_level(s, items, &count);
	} while (r >= 0 && count > 1 && count < before);
	if (r >= 0)
		r = keep_set(s, items, count, ret);
	free(items);
	return r;
}

/* ---- actions ------------------------------------------------------------------------------------------------- */

static uint64_t hash_texts(const struct log_text *t, size_t count)
{
	uint64_t h = 11;
	size_t i;

	for (i = 0; i < count; i++)
		h = hash64(t[i].data, t[i].size, h);
	return h;
}

/* Variables are a set: their order does not count. */
static uint64_t hash_pairs(const struct log_pair *p, size_t count)
{
	uint64_t sum = count;
	size_t i;

	for (i = 0; i < count; i++) {
		uint64_t name = hash64(p[i].name.data, p[i].name.size, 12);

		sum += hash64(p[i].value.data, p[i].value.size, name);
	}
	return sum;
}

static int keep_names(struct log_store *s, const struct log_action *a, struct log_known_action *k)
{
	int r = log_name(s->names, a->target, &k->target);

	if (r >= 0)
		r = log_name(s->names, a->mnemonic, &k->mnemonic);
	if (r >= 0)
		r = log_name(s->names, a->runner, &k->runner);
	if (r >= 0)
		r = log_name(s->names, a->status, &k->status);
	return r;
}

static int keep_outputs(struct log_store *s, const struct log_action *a, struct log_known_action *k)
{
	uint32_t *copy = log_array_add(&s->outputs, a->output_count);
	size_t i;

	if (!copy && a->output_count)
		return -ENOMEM;
	if (a->output_count > UINT32_MAX)
		return -EFBIG;
	k->first_output = s->outputs.count - a->output_count;
	k->output_count = (uint32_t)a->output_count;
	for (i = 0; i < a->output_count; i++) {
		copy[i] = a->outputs[i];
		k->bytes += log_file_at(s, a->outputs[i])->size;
	}
	k->key = a->output_count ? log_file_at(s, a->outputs[0])->path : 0;
	return a->identity.size ? log_name(s->names, a->identity, &k->key) : 0;
}

static int keep_link(struct log_store *s, const struct log_action *a, struct log_known_action *k)
{
	int r = log_name(s->names, a->link_from, &k->inputs);

	k->is_link = true;
	s->links++;
	return r < 0 ? r : log_name(s->names, a->link_to, &k->key);
}

static int keep_action(void *ctx, const struct log_action *a)
{
	struct log_store *s = ctx;
	struct log_known_action k = { .args = hash_texts(a->args, a->arg_count),
				      .env = hash_pairs(a->env, a->env_count),
				      .platform = hash_pairs(a->platform, a->platform_count),
				      .digest = a->digest.size ? hash64(a->digest.data, a->digest.size, 13) : 0,
				      .inputs = a->inputs,
				      .tools = a->tools,
				      .exit_code = a->exit_code,
				      .cache_hit = a->cache_hit,
				      .cacheable = a->cacheable },
				*kept;
	int r = ensure_first(&s->files);

	if (r >= 0)
		r = ensure_first(&s->sets);
	if (r >= 0)
		r = keep_names(s, a, &k);
	if (r >= 0)
		r = a->link_to.size ? keep_link(s, a, &k) : keep_outputs(s, a, &k);
	if (r < 0)
		return r;
	kept = s->actions.count < EXECLOG_HANDLE_MAX ? log_array_add(&s->actions, 1) : NULL;
	if (!kept)
		return -ENOMEM;
	*kept = k;
	return 0;
}

struct execlog_sink log_store_sink(struct log_store *s)
{
	return (struct execlog_sink){ .ctx = s, .file = keep_file, .set = keep_set, .list = keep_list,
				      .action = keep_action };
}

int log_store_read(struct log_store *s, const char *path, struct error *err)
{
	struct execlog_sink sink = log_store_sink(s);

	return execlog_read(path, &sink, &s->info, err);
}
