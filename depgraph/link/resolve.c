/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve.c: which objects are in the link, which copy of a COMDAT group is
 * used, and what every global name means.
 *
 * With a map the first two are read from it: an object is in the link when it
 * is named, and of a group's copies the one with rows is used.  Without one,
 * objects of the command line are in the link, and a member of an archive when
 * it defines what is undefined by then (over all archives, as lld and mold do
 * it; GNU ld's order matters only to links that it refuses).
 *
 * A definition beats a weak one, which beats a common one; among equals the first counts.
 * Where that leaves a doubt, because the order of the command line is not
 * known for sure, the output's own symbol table decides by its address;
 * if it cannot, a reference reaches all of them.  Names are compared up to the
 * version: foo@@V1 defines foo.
 */
#include "depgraph/link/link_model.h"

#include <errno.h>
#include <string.h>

static struct link_priv *priv(const struct link *l)
{
	return l->priv;
}

static const char *symbol_name_length(const struct elf_file *f, uint64_t index, size_t *ret, struct elf_file_symbol *s)
{
	const char *at;

	(void)elf_file_symbol(f, f->symtab, index, s);
	at = strchr(s->name, '@');
	*ret = at && at != s->name ? (size_t)(at - s->name) : strlen(s->name);
	return s->name;
}

#define AHEAD 12

/* The numbers of an object's global symbols; made once. */
static int number_symbols(struct link *l, uint32_t object)
{
	struct link_tables *t = &priv(l)->tables[object];
	struct elf_file_symbol s;
	const char *name;
	uint32_t i;
	size_t n;
	int r;

	for (i = t->locals; t->hashes && i < t->symbol_count; i++) {
		if (i + AHEAD < t->symbol_count)
			symbol_table_prefetch(&priv(l)->symbols, t->hashes[i + AHEAD - t->locals]);
		name = symbol_name_length(l->objects[object].elf, i, &n, &s);
		r = symbol_intern(&priv(l)->symbols, name, n, t->hashes[i - t->locals], &t->symbols[i - t->locals]);
		if (r < 0)
			return r;
	}
	free(t->hashes);
	t->hashes = NULL;
	return 0;
}

/* ---- COMDAT ----------------------------------------------------------------------------------------------------- */

/* Which groups the map has rows of. */
static void list_groups(struct link *l, uint32_t object)
{
	const struct link_tables *t = &priv(l)->tables[object];
	const struct link_object *o = &l->objects[object];
	uint32_t i;

	for (i = o->first; t->group_of && i < o->first + o->count; i++)
		if (l->sections[i].listed && t->group_of[l->sections[i].index])
			t->groups[t->group_of[l->sections[i].index] - 1].listed = true;
}

static int grow_winners(struct link_priv *p, uint32_t count)
{
	uint32_t *winners = reallocarray(p->winners, count, sizeof(*winners));
	bool *listed;

	if (!winners)
		return -ENOMEM;
	p->winners = winners;
	listed = reallocarray(p->winner_listed, count, sizeof(*listed));
	if (!listed)
		return -ENOMEM;
	p->winner_listed = listed;
	return 0;
}

/* First pass: who has the group. */
static int claim_group(struct link *l, uint32_t object, struct link_group *g)
{
	struct link_priv *p = priv(l);
	uint32_t before = p->signatures.count, capacity = p->signatures.capacity;
	size_t n = strlen(g->signature);
	int r = symbol_intern(&p->signatures, g->signature, n, symbol_hash(g->signature, n), &g->key);

	if (r >= 0 && p->signatures.capacity != capacity)
		r = grow_winners(p, p->signatures.capacity);
	if (r < 0)
		return r;
	if (g->key == before || (g->listed && !p->winner_listed[g->key])) {
		p->winners[g->key] = object;
		p->winner_listed[g->key] = g->listed;
	}
	return 0;
}

static int claim_groups(struct link *l, uint32_t object)
{
	struct link_tables *t = &priv(l)->tables[object];
	uint32_t i;
	int r = 0;

	list_groups(l, object);
	for (i = 0; i < t->group_count && r >= 0; i++)
		if (t->groups[i].comdat && t->groups[i].signature)
			r = claim_group(l, object, &t->groups[i]);
	return r;
}

static void judge_groups(struct link *l, uint32_t object)
{
	struct link_tables *t = &priv(l)->tables[object];
	uint32_t i;

	for (i = 0; i < t->group_count; i++)
		if (t->groups[i].comdat && t->groups[i].signature)
			t->groups[i].lost = priv(l)->winners[t->groups[i].key] != object;
}

bool link_is_lost(const struct link *l, uint32_t object, uint32_t header)
{
	const struct link_tables *t = &priv(l)->tables[object];

	return t->group_of && t->group_of[header] && t->groups[t->group_of[header] - 1].lost;
}

/* What is in the output. A map that has none of an object's rows may still have its constants, merged into others'. */
static void judge_sections(struct link *l, uint32_t object)
{
	const struct link_object *o = &l->objects[object];
	uint32_t i;

	for (i = o->first; i < o->first + o->count; i++) {
		struct link_section *s = &l->sections[i];
		const struct elf_file_section *h = link_header(l, s);
		bool expected = !o->lto && !link_is_lost(l, object, s->index) && s->size;

		s->in_output = expected && (!l->in->map || s->listed || s->merged || !(h->flags & SHF_ALLOC));
		if (expected && !s->in_output && h->type != SHT_NOTE && strcmp(h->name, ".eh_frame") != 0)
			priv(l)->shadows++;
	}
}

/* ---- names -------------------------------------------------------------------------------------------------------- */

static int add_alternative(struct link_priv *p, struct link_symbol *s, uint32_t section, uint64_t value)
{
	uint32_t capacity = p->alternative_capacity ? p->alternative_capacity * 2 : 256;
	struct link_alternative *more;

	if (p->alternative_count == p->alternative_capacity) {
		more = reallocarray(p->alternatives, capacity, sizeof(*more));
		if (!more)
			return -ENOMEM;
		p->alternatives = more;
		p->alternative_capacity = capacity;
	}
	p->alternatives[p->alternative_count] = (struct link_alternative){ section, s->also, value };
	s->also = ++p->alternative_count;
	return 0;
}

static enum symbol_state state_of(const struct elf_file_symbol *s)
{
	if (s->special == SHN_UNDEF)
		return SYMBOL_UNDEFINED;
	if (s->special == SHN_COMMON || s->type == STT_COMMON)
		return SYMBOL_COMMON;
	return s->bind == STB_WEAK ? SYMBOL_WEAK : SYMBOL_DEFINED;
}

static int define(struct link *l, uint32_t object, uint32_t number, const struct elf_file_symbol *s)
{
	struct link_symbol *known = &priv(l)->symbols.items[number];
	enum symbol_state state = state_of(s);
	uint32_t section = LINK_NONE;

	known->hidden |= s->visibility == STV_HIDDEN || s->visibility == STV_INTERNAL;
	if (state == SYMBOL_UNDEFINED) {
		known->wanted |= s->bind != STB_WEAK;
		return 0;
	}
	if (s->special == ELF_SYMBOL_IN_SECTION && s->section < l->objects[object].elf->section_count) {
		if (link_is_lost(l, object, s->section))
			return 0; /* a reference to the copy that is used */
		section = priv(l)->tables[object].section_of[s->section];
	}
	if (state == known->state && state != SYMBOL_COMMON && known->section != LINK_NONE && section != LINK_NONE)
		return add_alternative(priv(l), known, section, s->value);
	if (state <= (enum symbol_state)known->state)
		return 0;
	known->earlier = known->section;
	known->earlier_also = known->also;
	known->state = (uint8_t)state;
	known->section = section;
	known->object = object;
	known->value = s->value;
	known->also = 0;
	return 0;
}

static int define_all(struct link *l, uint32_t object)
{
	struct link_tables *t = &priv(l)->tables[object];
	struct elf_file_symbol s;
	uint32_t i;
	int r = 0;

	for (i = t->locals; i < t->symbol_count && r >= 0; i++) {
		(void)elf_file_symbol(l->objects[object].elf, l->objects[object].elf->symtab, i, &s);
		if (s.bind == STB_GLOBAL || s.bind == STB_WEAK || s.bind == STB_GNU_UNIQUE)
			r = define(l, object, t->symbols[i - t->locals], &s);
	}
	return r;
}

/* ---- extraction without a map --------------------------------------------------------------------------------------- */

/* Only what a member defines for sure brings it in: commons do not. */
static void offer(struct link *l, uint32_t object)
{
	struct link_tables *t = &priv(l)->tables[object];
	struct elf_file_symbol s;
	uint32_t i;

	for (i = t->locals; i < t->symbol_count; i++) {
		struct link_symbol *known = &priv(l)->symbols.items[t->symbols[i - t->locals]];

		(void)elf_file_symbol(l->objects[object].elf, l->objects[object].elf->symtab, i, &s);
		if (known->lazy == LINK_NONE && state_of(&s) >= SYMBOL_WEAK)
			known->lazy = object;
	}
}

struct worklist {
	uint32_t *items;
	uint32_t head, tail;
};

static void take_in(struct link *l, uint32_t object, uint32_t by, uint32_t symbol, struct worklist *w)
{
	if (l->objects[object].linked || priv(l)->tables[object].trouble)
		return;
	priv(l)->tables[object].extracted_by = by;
	priv(l)->tables[object].extracted_for = symbol;
	l->objects[object].linked = true;
	w->items[w->tail++] = object;
}

static void extract_for(struct link *l, uint32_t object, struct worklist *w)
{
	struct link_tables *t = &priv(l)->tables[object];
	struct elf_file_symbol s;
	uint32_t i;

	for (i = t->locals; i < t->symbol_count; i++) {
		const struct link_symbol *known = &priv(l)->symbols.items[t->symbols[i - t->locals]];

		(void)elf_file_symbol(l->objects[object].elf, l->objects[object].elf->symtab, i, &s);
		if (s.special == SHN_UNDEF && s.bind != STB_WEAK && known->lazy != LINK_NONE && known->state < SYMBOL_WEAK)
			take_in(l, known->lazy, object, t->symbols[i - t->locals], w);
	}
}

/* A first idea of what the objects of the command line define, so that members are not taken in for it. */
static void define_early(struct link *l, uint32_t object)
{
	struct link_tables *t = &priv(l)->tables[object];
	struct elf_file_symbol s;
	uint32_t i;

	for (i = t->locals; i < t->symbol_count; i++) {
		struct link_symbol *known = &priv(l)->symbols.items[t->symbols[i - t->locals]];

		(void)elf_file_symbol(l->objects[object].elf, l->objects[object].elf->symtab, i, &s);
		if (state_of(&s) > (enum symbol_state)known->state)
			known->state = (uint8_t)state_of(&s);
	}
}

static void want_roots(struct link *l, struct worklist *w)
{
	static const char *const always[] = { "_start", "main" };
	const struct string_list *roots = priv(l)->options.roots;
	uint32_t n;
	size_t i;

	for (i = 0; i < 2 + (roots ? roots->count : 0); i++) {
		const char *name = i < 2 ? always[i] : roots->items[i - 2];

		n = symbol_find(&priv(l)->symbols, name, strlen(name));
		if (n != LINK_NONE && priv(l)->symbols.items[n].lazy != LINK_NONE &&
		    priv(l)->symbols.items[n].state < SYMBOL_WEAK && !l->shared)
			take_in(l, priv(l)->symbols.items[n].lazy, LINK_NONE, n, w);
	}
}

static bool has_archives(const struct link *l)
{
	return inputs_first(l->in, INPUT_ARCHIVE);
}

static int extract(struct link *l)
{
	AUTO_FREE uint32_t *items = malloc(((size_t)l->object_count + 1) * sizeof(*items));
	struct worklist w = { items, 0, 0 };
	uint32_t i;

	if (!items)
		return -ENOMEM;
	for (i = 0; i < l->object_count; i++)
		if (l->objects[i].member && !priv(l)->tables[i].trouble)
			offer(l, i);
	for (i = 0; i < l->object_count; i++)
		if (!l->objects[i].member)
			take_in(l, i, LINK_NONE, LINK_NONE, &w);
	if (!has_archives(l))
		return 0;
	for (i = 0; i < w.tail; i++)
		define_early(l, w.items[i]);
	want_roots(l, &w);
	for (; w.head < w.tail; w.head++) {
		define_early(l, w.items[w.head]);
		extract_for(l, w.items[w.head], &w);
	}
	for (i = 0; i < priv(l)->symbols.count; i++)
		priv(l)->symbols.items[i].state = SYMBOL_UNDEFINED;
	return 0;
}

/* ---- shared libraries, and doubts ------------------------------------------------------------------------------------ */

static void bind_to_library(struct link *l, uint32_t input)
{
	const struct elf_file *f = l->in->items[input].elf;
	uint64_t i, n = elf_file_entries(f, f->dynsym);
	struct elf_file_symbol s;
	struct link_symbol *known;
	uint32_t number;

	for (i = 1; i < n; i++) {
		(void)elf_file_symbol(f, f->dynsym, i, &s);
		number = s.bind == STB_LOCAL ? LINK_NONE : symbol_find(&priv(l)->symbols, s.name, strlen(s.name));
		if (number == LINK_NONE)
			continue;
		known = &priv(l)->symbols.items[number];
		known->library_refers |= s.special == SHN_UNDEF;
		known->library_defines |= s.special != SHN_UNDEF;
		if (s.special != SHN_UNDEF && known->state == SYMBOL_UNDEFINED) {
			known->state = SYMBOL_SHARED;
			known->object = input;
		}
	}
}

static bool at_address(const struct link *l, uint32_t section, uint64_t value, uint64_t address)
{
	return l->sections[section].out_address != UINT64_MAX && l->sections[section].out_address + value == address;
}

static void decide(struct link *l, struct link_symbol *known, uint64_t address)
{
	uint32_t i;

	if (at_address(l, known->section, known->value, address)) {
		known->also = 0;
		return;
	}
	for (i = known->also; i; i = priv(l)->alternatives[i - 1].next) {
		const struct link_alternative *a = &priv(l)->alternatives[i - 1];

		if (!at_address(l, a->section, a->value, address))
			continue;
		known->section = a->section;
		known->value = a->value;
		known->object = l->sections[a->section].object;
		known->also = 0;
		return;
	}
}

static void settle_doubts(struct link *l)
{
	const struct elf_file *f = l->output ? l->output->elf : NULL;
	struct elf_file_symbol s;
	uint64_t i, n = f ? elf_file_entries(f, f->symtab) : 0;
	uint32_t number;

	if (!priv(l)->alternative_count || !l->in->map)
		return;
	for (i = 1; i < n; i++) {
		(void)elf_file_symbol(f, f->symtab, i, &s);
		if (s.bind == STB_LOCAL || s.special == SHN_UNDEF)
			continue;
		number = symbol_find(&priv(l)->symbols, s.name, strlen(s.name));
		if (number != LINK_NONE && priv(l)->symbols.items[number].also)
			decide(l, &priv(l)->symbols.items[number], s.value);
	}
}

/* --wrap=X sends X to __wrap_X and __real_X to X; whether it was given is not known, so X may be either. */
static int wrap(struct link *l, uint32_t number)
{
	struct link_priv *p = priv(l);
	struct link_symbol *s = &p->symbols.items[number], *plain;
	uint32_t other;

	if (strncmp(s->name, "__wrap_", 7) != 0 && strncmp(s->name, "__real_", 7) != 0)
		return 0;
	other = symbol_find(&p->symbols, s->name + 7, strcspn(s->name + 7, "@"));
	if (other == LINK_NONE)
		return 0;
	plain = &p->symbols.items[other];
	if (s->name[2] == 'r' && s->section == LINK_NONE) {
		s->section = plain->section;
		s->also = plain->also;
		return 0;
	}
	if (s->name[2] != 'w' || s->section == LINK_NONE)
		return 0;
	if (plain->section != LINK_NONE)
		return add_alternative(p, plain, s->section, s->value);
	plain->section = s->section;
	return 0;
}

static int reserve_names(struct link *l)
{
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < l->object_count; i++)
		if (l->objects[i].linked || !l->in->map)
			n += priv(l)->tables[i].symbol_count - priv(l)->tables[i].locals;
	return symbol_table_reserve(&priv(l)->symbols, n);
}

int link_resolve(struct link *l)
{
	uint32_t i;
	int r = reserve_names(l);

	for (i = 0; i < l->object_count && r >= 0; i++)
		if (l->objects[i].linked || !l->in->map)
			r = number_symbols(l, i);
	if (!l->in->map && r >= 0)
		r = extract(l);
	for (i = 0; i < l->object_count && r >= 0; i++)
		if (l->objects[i].linked)
			r = claim_groups(l, i);
	for (i = 0; i < l->object_count && r >= 0; i++)
		if (l->objects[i].linked) {
			judge_groups(l, i);
			judge_sections(l, i);
			r = define_all(l, i);
		}
	for (i = 0; i < l->in->count && r >= 0; i++)
		if (l->in->items[i].kind == INPUT_SHARED && &l->in->items[i] != l->output && l->in->items[i].elf)
			bind_to_library(l, i);
	if (r >= 0)
		settle_doubts(l);
	for (i = 0; i < priv(l)->symbols.count && r >= 0; i++)
		r = wrap(l, i);
	return r;
}
