/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folding_objects.c: identical code folding, predicted.
 *
 * Two function sections can be one when their flags and bytes are equal and each relocation has the same place, type
 * and addend, and leads to the same place, or to sections that can themselves be one.  That is circular on purpose: two functions
 * that call themselves, or each other, are still the same.  So begin with the boldest guess, that all with equal contents are
 * the same, and refine: the class of a section becomes the hash of its class and those of its targets.  Each
 * round can only split classes; when a round splits none, what is left is the answer (partition refinement, as
 * lld's and mold's ICF do; mold elf/icf.cc explains the graph's view of it).
 *
 *	round 0    class = hash(flags, size, bytes, relocations without targets that may be folded)
 *	round n    class = hash(class, class of target 1, class of target 2, ...)
 *
 * Eligible: allocated, executable, not writable, with bytes, in the output; not .init and .fini, nor a name that is a C identifier
 * (__start_ and __stop_ may count it), nor a function with an exception table of its own.
 * A target in a mergeable string section is its string, whichever object has it.
 *
 * Safe: the address of a function that is folded must not be compared. clang lists the symbols whose
 * address is taken in .llvm_addrsig (SHT_LLVM_ADDRSIG, ULEB128 symbol indices); an object without that table
 * takes all. What the output exports is compared by others.
 *
 * Sources: LLVM lld/ELF/ICF.cpp and Driver.cpp (findKeepUniqueSections); mold elf/icf.cc; LLVM docs/Extensions.rst.
 */
#include "depgraph/libs/folding.h"

#include "base/digest.h"
#include "depgraph/libs/libs.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#ifndef SHT_LLVM_ADDRSIG
#define SHT_LLVM_ADDRSIG 0x6fff4c03
#endif
#define NOT_ELIGIBLE UINT32_MAX

struct target {
	uint32_t of, to; /* indices of eligible sections */
};

struct eligible {
	uint32_t section; /* of the link */
	uint32_t first, count; /* targets */
	uint64_t class, next;
};

struct definition {
	const char *name;
	uint32_t section; /* of the link */
	uint64_t value;
	bool weak;
};

struct folder {
	const struct link *link;
	struct eligible *items;
	uint32_t *eligible;  /* per section of the link */
	uint8_t *unique;     /* per section of the link: its address counts */
	size_t count;
	struct target *targets;
	size_t target_count, target_capacity;
	struct definition *definitions; /* global ones */
	uint32_t *slots;
	size_t slot_count, definition_count, definition_capacity;
	bool address_tables;
};

static void folder_release(struct folder *f)
{
	free(f->items);
	free(f->eligible);
	free(f->unique);
	free(f->targets);
	free(f->definitions);
	free(f->slots);
}

/* ---- global symbols ------------------------------------------------------------------------------------------------ */

static uint32_t *slot_of(const struct folder *f, const char *name)
{
	size_t at = hash64(name, strlen(name), 0) & (f->slot_count - 1);

	while (f->slots[at] && strcmp(f->definitions[f->slots[at] - 1].name, name) != 0)
		at = (at + 1) & (f->slot_count - 1);
	return &f->slots[at];
}

static uint64_t count_globals(const struct link *l)
{
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < l->object_count; i++)
		if (l->objects[i].linked && l->objects[i].elf && l->objects[i].elf->symtab)
			n += elf_file_entries(l->objects[i].elf, l->objects[i].elf->symtab);
	return n;
}

/* As the linker resolves: the first strong definition, else the first weak one. */
static void define(struct folder *f, const struct elf_file_symbol *s, uint32_t section)
{
	uint32_t *slot = slot_of(f, s->name);
	struct definition d = { s->name, section, s->value, s->bind == STB_WEAK };

	if (!*slot) {
		f->definitions[f->definition_count] = d;
		*slot = (uint32_t)++f->definition_count;
	} else if (f->definitions[*slot - 1].weak && !d.weak) {
		f->definitions[*slot - 1] = d;
	}
}

static int read_definitions(struct folder *f)
{
	const struct link *l = f->link;
	uint64_t total = count_globals(l), k, n;
	struct elf_file_symbol s;
	uint32_t i;

	if (total > UINT32_MAX / 4)
		return -E2BIG;
	for (f->slot_count = 64; f->slot_count < 2 * total; f->slot_count *= 2)
		;
	f->slots = calloc(f->slot_count, sizeof(*f->slots));
	f->definitions = calloc(total + 1, sizeof(*f->definitions));
	if (!f->slots || !f->definitions)
		return -ENOMEM;
	for (i = 0; i < l->object_count; i++) {
		const struct link_object *o = &l->objects[i];

		n = o->linked && o->elf && o->elf->symtab ? elf_file_entries(o->elf, o->elf->symtab) : 0;
		for (k = 1; k < n; k++) {
			uint32_t section;

			if (!elf_file_symbol(o->elf, o->elf->symtab, k, &s) || s.bind == STB_LOCAL || !s.name[0] ||
			    s.special != ELF_SYMBOL_IN_SECTION)
				continue;
			section = libs_link_section(l, o, s.section);
			if (section != UINT32_MAX && l->sections[section].in_output)
				define(f, &s, section);
		}
	}
	return 0;
}

/* ---- who is eligible ------------------------------------------------------------------------------------------------ */

static bool is_identifier(const char *s)
{
	if (!isalpha((unsigned char)*s) && *s != '_')
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && *s != '_')
			return false;
	return true;
}

static bool may_fold(const struct link_section *ls, const struct elf_file_section *s)
{
	return ls->in_output && s->type == SHT_PROGBITS && (s->flags & SHF_ALLOC) && (s->flags & SHF_EXECINSTR) &&
	       !(s->flags & (SHF_WRITE | SHF_COMPRESSED)) && s->size_in_file && strcmp(s->name, ".init") != 0 &&
	       strcmp(s->name, ".fini") != 0 && !is_identifier(s->name);
}

/* A frame description is { length, id, pc_begin, ... }; what else it has a relocation for is its exception table. */
static void mark_exception_tables(struct folder *f, const struct link_object *o, uint32_t table)
{
	const struct elf_file *e = o->elf;
	const struct elf_file_section *frame = &e->sections[e->sections[table].info];
	uint64_t i, n = elf_file_entries(e, table), begin = 0, end = 0;
	struct cursor c = elf_file_cursor(e, frame);
	struct elf_file_relocation r;
	struct elf_file_symbol s;
	uint32_t function = UINT32_MAX;

	for (i = 0; i < n && elf_file_relocation(e, table, i, &r); i++) {
		while (r.offset >= end && !c.failed) {
			uint32_t length;

			begin = end;
			cursor_seek(&c, begin);
			length = cursor_u32(&c);
			if (length == 0 || length == UINT32_MAX)
				return;
			end = begin + 4 + length;
			function = UINT32_MAX;
		}
		if (c.failed)
			return;
		if (r.offset == begin + 8 && elf_file_symbol(e, e->symtab, r.symbol, &s) && s.special == ELF_SYMBOL_IN_SECTION)
			function = libs_link_section(f->link, o, s.section);
		else if (function != UINT32_MAX && r.offset > begin + 8)
			f->eligible[function] = NOT_ELIGIBLE;
	}
}

static void mark_all(struct folder *f, const struct link_object *o)
{
	uint32_t i;

	for (i = 0; i < o->count; i++)
		f->unique[o->first + i] = 1;
}

static void mark_address(struct folder *f, const struct link_object *o, const struct elf_file_symbol *s)
{
	uint32_t section = UINT32_MAX, slot;

	if (s->special == ELF_SYMBOL_IN_SECTION)
		section = libs_link_section(f->link, o, s->section);
	if (section != UINT32_MAX)
		f->unique[section] = 1;
	if (s->bind == STB_LOCAL || !s->name[0])
		return;
	slot = *slot_of(f, s->name);
	if (slot)
		f->unique[f->definitions[slot - 1].section] = 1;
}

/* The compiler's list of symbols whose address counts. */
static void mark_listed(struct folder *f, const struct link_object *o)
{
	const struct elf_file *e = o->elf;
	struct elf_file_symbol s;
	uint32_t i;

	for (i = 1; i < e->section_count; i++) {
		struct cursor c;

		if (e->sections[i].type != SHT_LLVM_ADDRSIG || !e->symtab)
			continue;
		f->address_tables = true;
		c = elf_file_cursor(e, &e->sections[i]);
		while (cursor_left(&c)) {
			uint64_t index = cursor_uleb(&c);

			if (!c.failed && elf_file_symbol(e, e->symtab, index, &s))
				mark_address(f, o, &s);
		}
		return;
	}
	mark_all(f, o);
}

/* Others may compare what is exported. */
static void mark_exported(struct folder *f)
{
	const struct elf_file *e = f->link->output ? f->link->output->elf : NULL;
	uint64_t i, n = e && e->dynsym ? elf_file_entries(e, e->dynsym) : 0;
	struct elf_file_symbol s;

	for (i = 1; i < n; i++)
		if (elf_file_symbol(e, e->dynsym, i, &s) && s.special != SHN_UNDEF && s.name[0]) {
			uint32_t slot = *slot_of(f, s.name);

			if (slot)
				f->unique[f->definitions[slot - 1].section] = 1;
		}
}

static int choose(struct folder *f, bool safe)
{
	const struct link *l = f->link;
	uint32_t i, k;

	f->eligible = calloc((size_t)l->section_count + 1, sizeof(*f->eligible));
	f->unique = calloc((size_t)l->section_count + 1, 1);
	f->items = calloc((size_t)l->section_count + 1, sizeof(*f->items));
	if (!f->eligible || !f->unique || !f->items)
		return -ENOMEM;
	for (i = 0; i < l->object_count; i++) {
		const struct link_object *o = &l->objects[i];

		if (!o->linked || !o->elf)
			continue;
		mark_listed(f, o);
		for (k = 1; k < o->elf->section_count; k++)
			if ((o->elf->sections[k].type == SHT_RELA || o->elf->sections[k].type == SHT_REL) &&
			    o->elf->sections[k].info < o->elf->section_count && o->elf->symtab &&
			    strcmp(o->elf->sections[o->elf->sections[k].info].name, ".eh_frame") == 0)
				mark_exception_tables(f, o, k);
	}
	mark_exported(f);
	for (i = 0; i < l->object_count; i++) {
		const struct link_object *o = &l->objects[i];

		for (k = o->first; k < o->first + o->count; k++) {
			bool takes = o->linked && o->elf && f->eligible[k] != NOT_ELIGIBLE &&
				     may_fold(&l->sections[k], &o->elf->sections[l->sections[k].index]) &&
				     !(safe && f->unique[k]);

			f->eligible[k] = takes ? (uint32_t)f->count : NOT_ELIGIBLE;
			if (takes)
				f->items[f->count++].section = k;
		}
	}
	return 0;
}

/* ---- contents and targets -------------------------------------------------------------------------------------------- */

struct mix {
	uint64_t h;
};

static void mix(struct mix *m, uint64_t v)
{
	m->h = hash64(&v, sizeof(v), m->h);
}

static int add_target(struct folder *f, uint32_t of, uint32_t to)
{
	size_t cap = f->target_capacity ? 2 * f->target_capacity : 1024;
	struct target *more;

	if (f->target_count == f->target_capacity) {
		more = reallocarray(f->targets, cap, sizeof(*more));
		if (!more)
			return -ENOMEM;
		f->targets = more;
		f->target_capacity = cap;
	}
	f->targets[f->target_count++] = (struct target){ of, to };
	return 0;
}

/* A string is the same wherever it stands. */
static bool mix_string(struct mix *m, const struct elf_file *e, const struct elf_file_section *s, uint64_t value)
{
	const uint8_t *p = e->data + s->off;
	uint64_t left = value < s->size_in_file ? s->size_in_file - value : 0, n;

	if (!(s->flags & SHF_MERGE) || left == 0)
		return false;
	if (s->flags & SHF_STRINGS) {
		const uint8_t *end = s->entsize <= 1 ? memchr(p + value, 0, left) : NULL;

		n = end ? (uint64_t)(end - (p + value)) + 1 : 0;
	} else {
		n = s->entsize && s->entsize <= left && value % s->entsize == 0 ? s->entsize : 0;
	}
	if (n == 0)
		return false;
	mix(m, s->flags & (SHF_MERGE | SHF_STRINGS));
	m->h = hash64(p + value, n, m->h);
	return true;
}

/* What a relocation leads to: a section that may be folded is a target, anything else is part of the contents. */
static int mix_target(struct folder *f, uint32_t item, const struct link_object *o, const struct elf_file_relocation *r,
		      struct mix *m)
{
	const struct link *l = f->link;
	struct elf_file_symbol s;
	uint32_t section = UINT32_MAX, slot = 0;
	uint64_t value;

	if (!elf_file_symbol(o->elf, o->elf->symtab, r->symbol, &s)) {
		mix(m, r->symbol);
		return 0;
	}
	value = s.value;
	if (s.bind != STB_LOCAL && s.name[0])
		slot = *slot_of(f, s.name);
	if (slot) {
		section = f->definitions[slot - 1].section;
		value = f->definitions[slot - 1].value;
	} else if (s.special == ELF_SYMBOL_IN_SECTION) {
		section = libs_link_section(l, o, s.section);
	}
	if (section == UINT32_MAX) {
		m->h = hash64(s.name, strlen(s.name), m->h);
		mix(m, s.bind == STB_LOCAL ? (uint64_t)(o - l->objects) << 32 ^ s.value : 0);
		return 0;
	}
	if (f->eligible[section] != NOT_ELIGIBLE) {
		mix(m, value);
		return add_target(f, item, f->eligible[section]);
	}
	if (s.type != STT_SECTION && s.special == ELF_SYMBOL_IN_SECTION && !slot &&
	    mix_string(m, o->elf, &o->elf->sections[s.section], s.value))
		return 0;
	mix(m, section);
	mix(m, value);
	return 0;
}

static int read_contents(struct folder *f, uint32_t item, const struct link_object *o, uint32_t relocations)
{
	const struct elf_file_section *s = &o->elf->sections[f->link->sections[f->items[item].section].index];
	struct mix m = { hash64(o->elf->data + s->off, s->size_in_file, s->flags) };
	uint64_t i, n = relocations ? elf_file_entries(o->elf, relocations) : 0;
	struct elf_file_relocation r;
	int e = 0;

	f->items[item].first = (uint32_t)f->target_count;
	mix(&m, s->size);
	for (i = 0; i < n && e == 0; i++) {
		if (!elf_file_relocation(o->elf, relocations, i, &r))
			continue;
		mix(&m, r.offset);
		mix(&m, (uint64_t)r.addend);
		mix(&m, r.type);
		e = mix_target(f, item, o, &r, &m);
	}
	f->items[item].count = (uint32_t)(f->target_count - f->items[item].first);
	f->items[item].class = m.h;
	return e;
}

static int read_object(struct folder *f, const struct link_object *o)
{
	AUTO_FREE uint32_t *relocations = calloc((size_t)o->elf->section_count + 1, sizeof(*relocations));
	uint32_t i;
	int r = 0;

	if (!relocations)
		return -ENOMEM;
	for (i = 1; i < o->elf->section_count; i++) {
		const struct elf_file_section *s = &o->elf->sections[i];

		if ((s->type == SHT_REL || s->type == SHT_RELA) && s->info < o->elf->section_count)
			relocations[s->info] = i;
	}
	for (i = o->first; i < o->first + o->count && r == 0; i++)
		if (f->eligible[i] != NOT_ELIGIBLE)
			r = read_contents(f, f->eligible[i], o, relocations[f->link->sections[i].index]);
	return r;
}

/* ---- refinement -------------------------------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x < y ? -1 : x > y;
}

static size_t count_classes(const struct folder *f, uint64_t *scratch)
{
	size_t i, n = f->count != 0;

	for (i = 0; i < f->count; i++)
		scratch[i] = f->items[i].class;
	qsort(scratch, f->count, sizeof(*scratch), by_number);
	for (i = 1; i < f->count; i++)
		n += scratch[i] != scratch[i - 1];
	return n;
}

static int refine(struct folder *f)
{
	AUTO_FREE uint64_t *scratch = calloc(f->count + 1, sizeof(*scratch));
	size_t i, before = 0, now, k;


	if (!scratch)
		return -ENOMEM;
	now = count_classes(f, scratch);
	while (now != before) {
		for (i = 0; i < f->count; i++) {
			struct mix m = { f->items[i].class };

			for (k = 0; k < f->items[i].count; k++)
				mix(&m, f->items[f->targets[f->items[i].first + k].to].class);
			f->items[i].next = m.h;
		}
		for (i = 0; i < f->count; i++)
			f->items[i].class = f->items[i].next;
		before = now;
		now = count_classes(f, scratch);
	}
	return 0;
}

static int group(struct folder *f, struct folding *ret)
{
	AUTO_FREE struct folding_class *classes = calloc(f->count + 1, sizeof(*classes));
	size_t i;

	if (!classes)
		return -ENOMEM;
	for (i = 0; i < f->count; i++)
		classes[i] = (struct folding_class){
			.class = f->items[i].class,
			.item = { .item = f->items[i].section, .size = f->link->sections[f->items[i].section].size },
		};
	return folding_group(classes, f->count, ret);
}

int folding_objects(const struct link *l, bool safe, struct folding *ret)
{
	CLEANUP(folder_release) struct folder f = { .link = l };
	uint32_t i;
	int r = read_definitions(&f);

	if (r == 0)
		r = choose(&f, safe);
	for (i = 0; i < l->object_count && r == 0; i++)
		if (l->objects[i].linked && l->objects[i].elf && l->objects[i].elf->symtab)
			r = read_object(&f, &l->objects[i]);
	if (r == 0)
		r = refine(&f);
	if (r == 0)
		r = group(&f, ret);
	ret->address_tables = f.address_tables;
	return r;
}
