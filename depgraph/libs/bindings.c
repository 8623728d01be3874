/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bindings.c: symbol lookup as ld.so does it, for all symbols of all libraries at once.
 *
 * The loader walks the scope (the program, then its libraries breadth first) for each symbol and takes the first
 * definition, weak or not.  We intern all names, and each name has the chain of its definitions in closure order; a
 * lookup takes the one whose library comes first in the order that is asked for.  So a second resolution with one NEEDED less
 * costs a pass over the symbols.
 *
 * A definition matches (glibc elf/dl-lookup.c, check_match):
 *
 *	type      NOTYPE, OBJECT, FUNC, COMMON, TLS, IFUNC; bind GLOBAL, WEAK or UNIQUE; not hidden or internal
 *	version   the reference has one: the definition has the same name of version, or its library has no versions at
 *	          all, or it is an unversioned global one
 *	          the reference has none: the library has no versions, or the definition is the base or
 *	          the default one (not hidden)
 *
 * With DT_SYMBOLIC or DF_SYMBOLIC a library looks into itself first.  A protected symbol is never
 * interposed.  Defined symbols without a dynamic relocation are never looked up.
 *
 * Undefined ones count even when no relocation refers to them: the linker will still want them.
 */
#include "depgraph/libs/bindings.h"

#include "base/digest.h"

#include <errno.h>
#include <string.h>

#define NO_NAME      UINT32_MAX
#define VERSION_MASK 0x7fff
#define VERSION_HIDDEN 0x8000
#define FIRST_VERSION 2 /* VER_NDX_GLOBAL + 1 is the base version, or the first that is needed */

struct definition {
	uint32_t next; /* in the chain; NO_NAME ends it */
	uint32_t library, symbol;
};

struct name {
	const char *text;
	uint64_t hash;
	uint32_t first, last; /* definitions */
};

struct library_symbols {
	struct elf_file *elf;
	uint32_t count;
	uint32_t *names;          /* index per symbol; NO_NAME */
	uint8_t *referenced;      /* by a dynamic relocation */
	const uint8_t *versym;    /* two bytes a symbol; NULL: the library has no versions */
	const char **versions;    /* by number, filled when first asked for */
	uint32_t version_count;
	bool symbolic;
};

struct bindings {
	const struct closure *closure;
	struct library_symbols *libraries;
	struct name *names;
	uint32_t name_count;
	uint32_t *slots;          /* of the hash table: index of a name + 1 */
	uint32_t slot_count;      /* a power of two */
	struct definition *definitions;
	uint32_t definition_count;
	uint64_t symbols;         /* of all libraries */
	struct arena arena;
};

/* ---- names --------------------------------------------------------------------------------------------------- */

static uint32_t *slot_of(const struct bindings *b, const char *text, uint64_t hash)
{
	uint32_t at = (uint32_t)hash & (b->slot_count - 1);

	for (;; at = (at + 1) & (b->slot_count - 1)) {
		const struct name *n = b->slots[at] ? &b->names[b->slots[at] - 1] : NULL;

		if (!n || (n->hash == hash && strcmp(n->text, text) == 0))
			return &b->slots[at];
	}
}

/* The table was made for all symbols: it never fills. */
static uint32_t intern(struct bindings *b, const char *text)
{
	uint64_t hash = hash64(text, strlen(text), 0);
	uint32_t *slot = slot_of(b, text, hash);

	if (*slot)
		return *slot - 1;
	b->names[b->name_count] = (struct name){ .text = text, .hash = hash, .first = NO_NAME, .last = NO_NAME };
	*slot = ++b->name_count;
	return b->name_count - 1;
}

static const struct name *find_name(const struct bindings *b, const char *text)
{
	uint32_t slot;

	if (b->slot_count == 0)
		return NULL;
	slot = *slot_of(b, text, hash64(text, strlen(text), 0));
	return slot ? &b->names[slot - 1] : NULL;
}

/* ---- reading a library ------------------------------------------------------------------------------------------ */

static bool can_bind(const struct elf_file_symbol *s)
{
	switch (s->type) {
	case STT_NOTYPE: case STT_OBJECT: case STT_FUNC: case STT_COMMON: case STT_TLS: case STT_GNU_IFUNC: break;
	default: return false;
	}
	return s->name[0] && (s->bind == STB_GLOBAL || s->bind == STB_WEAK || s->bind == STB_GNU_UNIQUE);
}

static bool is_undefined(const struct elf_file_symbol *s)
{
	return s->special == SHN_UNDEF;
}

static bool is_hidden(const struct elf_file_symbol *s)
{
	return s->visibility == STV_HIDDEN || s->visibility == STV_INTERNAL;
}

static void read_flags(struct library_symbols *l)
{
	int64_t tag;
	uint64_t i, value;

	for (i = 0; elf_file_dynamic(l->elf, i, &tag, &value); i++)
		if (tag == DT_SYMBOLIC || (tag == DT_FLAGS && (value & DF_SYMBOLIC)))
			l->symbolic = true;
}

static void read_versions(struct library_symbols *l)
{
	uint32_t i;

	for (i = 1; i < l->elf->section_count; i++) {
		const struct elf_file_section *s = &l->elf->sections[i];

		if (s->type == SHT_GNU_versym && s->size_in_file / 2 >= l->count)
			l->versym = l->elf->data + s->off;
	}
}

static unsigned version_index(const struct library_symbols *l, uint32_t symbol)
{
	return l->versym ? (unsigned)load_uint(l->versym + 2 * (uint64_t)symbol, 2, l->elf->big) : 1;
}

static const char *version_of(const struct library_symbols *l, uint32_t symbol)
{
	unsigned index = version_index(l, symbol) & VERSION_MASK;

	if (index < FIRST_VERSION)
		return NULL;
	if (!l->versions[index])
		l->versions[index] = elf_file_version(l->elf, symbol, NULL, NULL);
	return l->versions[index];
}

static void mark_referenced(struct library_symbols *l)
{
	struct elf_file_relocation r;
	uint32_t i;
	uint64_t k, n;

	for (i = 1; i < l->elf->section_count; i++) {
		const struct elf_file_section *s = &l->elf->sections[i];

		if ((s->type != SHT_REL && s->type != SHT_RELA) || !(s->flags & SHF_ALLOC))
			continue;
		n = elf_file_entries(l->elf, i);
		for (k = 0; k < n; k++)
			if (elf_file_relocation(l->elf, i, k, &r) && r.symbol < l->count)
				l->referenced[r.symbol] = 1;
	}
}

static int read_library(struct bindings *b, uint32_t at)
{
	struct library_symbols *l = &b->libraries[at];
	struct elf_file_symbol s;
	uint32_t i;

	l->names = arena_array(&b->arena, l->count ? l->count : 1, sizeof(*l->names));
	l->referenced = arena_alloc(&b->arena, l->count ? l->count : 1);
	l->versions = arena_array(&b->arena, VERSION_MASK + 1, sizeof(*l->versions));
	if (!l->names || !l->referenced || !l->versions)
		return -ENOMEM;
	read_flags(l);
	read_versions(l);
	mark_referenced(l);
	for (i = 0; i < l->count; i++) {
		struct definition *d = &b->definitions[b->definition_count];
		struct name *n;

		l->names[i] = NO_NAME;
		if (!elf_file_symbol(l->elf, l->elf->dynsym, i, &s) || !can_bind(&s))
			continue;
		l->names[i] = intern(b, s.name);
		if (is_undefined(&s) || is_hidden(&s))
			continue;
		n = &b->names[l->names[i]];
		*d = (struct definition){ .next = NO_NAME, .library = at, .symbol = i };
		if (n->last == NO_NAME)
			n->first = b->definition_count;
		else
			b->definitions[n->last].next = b->definition_count;
		n->last = b->definition_count++;
	}
	return 0;
}

static int make_tables(struct bindings *b)
{
	uint32_t slots = 64;

	if (b->symbols > BINDINGS_SYMBOLS_MAX)
		return -E2BIG;
	while (slots < 2 * b->symbols)
		slots *= 2;
	b->slot_count = slots;
	b->slots = calloc(slots, sizeof(*b->slots));
	b->names = calloc(b->symbols + 1, sizeof(*b->names));
	b->definitions = calloc(b->symbols + 1, sizeof(*b->definitions));
	return b->slots && b->names && b->definitions ? 0 : -ENOMEM;
}

int bindings_new(const struct closure *c, struct bindings **ret)
{
	CLEANUP(bindings_freep) struct bindings *b = calloc(1, sizeof(*b));
	uint32_t i;
	int r;

	if (!b)
		return -ENOMEM;
	b->arena.max = (size_t)4 << 30;
	b->closure = c;
	b->libraries = arena_array(&b->arena, c->count, sizeof(*b->libraries));
	if (!b->libraries)
		return -ENOMEM;
	for (i = 0; i < c->count; i++) {
		struct elf_file *f = c->libraries[i].elf;
		uint64_t n = f && f->dynsym ? elf_file_entries(f, f->dynsym) : 0;

		b->libraries[i].elf = f;
		b->libraries[i].count = n > BINDINGS_SYMBOLS_MAX ? BINDINGS_SYMBOLS_MAX : (uint32_t)n;
		b->symbols += n;
	}
	r = make_tables(b);
	for (i = 0; r == 0 && i < c->count; i++)
		if (b->libraries[i].elf)
			r = read_library(b, i);
	if (r < 0)
		return r;
	*ret = steal_pointer(b);
	return 0;
}

void bindings_free(struct bindings *b)
{
	if (!b)
		return;
	free(b->slots);
	free(b->names);
	free(b->definitions);
	arena_release(&b->arena);
	free(b);
}

/* ---- lookup ------------------------------------------------------------------------------------------------------- */

static bool version_matches(const char *wanted, const struct library_symbols *l, uint32_t symbol)
{
	unsigned index = version_index(l, symbol);
	const char *has;

	if (!l->versym)
		return true;
	if (!wanted)
		return (index & VERSION_MASK) <= FIRST_VERSION || !(index & VERSION_HIDDEN);
	has = version_of(l, symbol);
	if (!has)
		return !(index & VERSION_HIDDEN);
	return strcmp(has, wanted) == 0;
}

struct lookup {
	const struct bindings *b;
	const uint32_t *rank; /* per library: its place in the order; CLOSURE_NONE: not loaded */
};

/* The definition that comes first in the order. */
static const struct definition *look_up(const struct lookup *k, uint32_t importer, uint32_t symbol, bool skip_own)
{
	const struct bindings *b = k->b;
	const struct library_symbols *from = &b->libraries[importer];
	const char *wanted = version_of(from, symbol);
	const struct definition *best = NULL;
	uint32_t i;

	for (i = b->names[from->names[symbol]].first; i != NO_NAME; i = b->definitions[i].next) {
		const struct definition *d = &b->definitions[i];

		if (k->rank[d->library] == CLOSURE_NONE || (skip_own && d->library == importer))
			continue;
		if (!version_matches(wanted, &b->libraries[d->library], d->symbol))
			continue;
		if (from->symbolic && d->library == importer)
			return d;
		if (!best || k->rank[d->library] < k->rank[best->library])
			best = d;
	}
	return best;
}

/* R_*_COPY of the machine; 0: it has none that we know. */
static uint32_t copy_type(uint16_t machine)
{
	switch (machine) {
	case EM_X86_64: return R_X86_64_COPY;
	case EM_386: return R_386_COPY;
	case EM_AARCH64: return R_AARCH64_COPY;
	case EM_ARM: return R_ARM_COPY;
	case EM_PPC64: return R_PPC64_COPY;
	case EM_RISCV: return R_RISCV_COPY;
	case EM_S390: return R_390_COPY;
	default: return 0;
	}
}

/* Per symbol of the program: it has a copy relocation. */
static uint8_t *find_copies(const struct bindings *b)
{
	const struct library_symbols *l = &b->libraries[0];
	uint32_t type = l->elf ? copy_type(l->elf->machine) : 0, i;
	uint8_t *copied = calloc(l->count + 1, 1);
	struct elf_file_relocation r;
	uint64_t k, n;

	if (!copied)
		return NULL;
	for (i = 1; type && i < l->elf->section_count; i++) {
		const struct elf_file_section *s = &l->elf->sections[i];

		if ((s->type != SHT_REL && s->type != SHT_RELA) || !(s->flags & SHF_ALLOC))
			continue;
		n = elf_file_entries(l->elf, i);
		for (k = 0; k < n; k++)
			if (elf_file_relocation(l->elf, i, k, &r) && r.type == type && r.symbol < l->count)
				copied[r.symbol] = 1;
	}
	return copied;
}

/* What kind of lookup a symbol causes; false: none. */
static bool kind_of(const struct library_symbols *l, uint32_t i, bool copied, enum binding_kind *ret)
{
	struct elf_file_symbol s;

	if (l->names[i] == NO_NAME || !elf_file_symbol(l->elf, l->elf->dynsym, i, &s))
		return false;
	if (is_undefined(&s))
		*ret = s.bind == STB_WEAK ? BINDING_WEAK : BINDING_IMPORT;
	else if (copied)
		*ret = BINDING_COPY;
	else if (l->referenced[i] && s.visibility == STV_DEFAULT)
		*ret = BINDING_OWN;
	else
		return false;
	return true;
}

static void resolve_library(const struct lookup *k, uint32_t at, const uint8_t *copied, struct bindings_result *ret)
{
	const struct library_symbols *l = &k->b->libraries[at];
	bool loaded = k->rank[at] != CLOSURE_NONE;
	enum binding_kind kind;
	uint32_t i;

	for (i = 0; i < l->count; i++) {
		bool copy = at == 0 && copied[i];
		const struct definition *d;

		if (!kind_of(l, i, copy, &kind))
			continue;
		d = loaded ? look_up(k, at, i, copy) : NULL;
		ret->items[ret->count++] = (struct binding){
			.importer = at, .symbol = i, .kind = kind,
			.library = d ? d->library : CLOSURE_NONE,
			.target = d ? d->symbol : 0,
		};
	}
}

static size_t count_lookups(const struct bindings *b, const uint8_t *copied)
{
	enum binding_kind kind;
	size_t n = 0;
	uint32_t i, at;

	for (at = 0; at < b->closure->count; at++)
		for (i = 0; i < b->libraries[at].count; i++)
			n += kind_of(&b->libraries[at], i, at == 0 && copied[i], &kind);
	return n;
}

int bindings_resolve(const struct bindings *b, uint32_t without, struct bindings_result *ret)
{
	uint32_t count = b->closure->count, n, i;
	AUTO_FREE uint32_t *order = calloc(count, sizeof(*order));
	AUTO_FREE uint32_t *rank = calloc(count, sizeof(*rank));
	AUTO_FREE uint8_t *present = calloc(count, 1);
	struct lookup k = { .b = b, .rank = rank };
	AUTO_FREE uint8_t *copied = find_copies(b);

	if (!order || !rank || !present || !copied)
		return -ENOMEM;
	n = closure_order(b->closure, without, order);
	memset(rank, 0xff, count * sizeof(*rank));
	for (i = 0; i < n; i++) {
		rank[order[i]] = i;
		present[order[i]] = 1;
	}
	*ret = (struct bindings_result){ .items = calloc(count_lookups(b, copied) + 1, sizeof(*ret->items)) };
	if (!ret->items)
		return -ENOMEM;
	ret->present = steal_pointer(present);
	for (i = 0; i < count; i++)
		resolve_library(&k, i, copied, ret);
	return 0;
}

void bindings_result_release(struct bindings_result *r)
{
	free(r->items);
	free(r->present);
	*r = (struct bindings_result){ 0 };
}

/* ---- questions ------------------------------------------------------------------------------------------------------ */

const char *bindings_name(const struct bindings *b, uint32_t library, uint32_t symbol)
{
	const struct library_symbols *l = &b->libraries[library];

	return symbol < l->count && l->names[symbol] != NO_NAME ? b->names[l->names[symbol]].text : "";
}

bool bindings_vague(const struct bindings *b, uint32_t library, uint32_t symbol)
{
	const struct library_symbols *l = &b->libraries[library];
	struct elf_file_symbol s;

	return symbol < l->count && elf_file_symbol(l->elf, l->elf->dynsym, symbol, &s) &&
	       (s.bind == STB_WEAK || s.bind == STB_GNU_UNIQUE) && strncmp(s.name, "_Z", 2) == 0;
}

int bindings_definers(const struct bindings *b, const char *name, int (*found)(void *ctx, uint32_t library, uint32_t symbol),
		      void *ctx)
{
	const struct name *n = find_name(b, name);
	uint32_t i;
	int r = 0;

	for (i = n ? n->first : NO_NAME; i != NO_NAME && r == 0; i = b->definitions[i].next)
		r = found(ctx, b->definitions[i].library, b->definitions[i].symbol);
	return r;
}

uint32_t bindings_definer(const struct bindings *b, const char *name)
{
	const struct name *n = find_name(b, name);

	return n && n->first != NO_NAME ? b->definitions[n->first].library : CLOSURE_NONE;
}
