/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suggest_code.c: dead functions that share a section with live ones.
 *
 * Compiled without -ffunction-sections, all functions of an object stand in
 * one .text, which lives when one of them does.  What could go if each had a
 * section of its own is estimated: a global function that no relocation of a live section
 * names is dead.  Calls inside the object to static functions leave no
 * relocation, so those all count as live, and with them whatever their section refers to: the
 * estimate is low.  Relocations against a section name no function; then all
 * of that section's count as live.
 *
 * Symbols at one place are one function by several names (a constructor's C1 and C2, aliases): they
 * share no section with each other, and any name that is named keeps it.
 */
#include "depgraph/link/suggest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLD 5

struct shared_code {
	uint32_t object;
	uint64_t bytes; /* of functions that could go */
	uint32_t functions;
};

struct named_function {
	uint64_t value, size;
	uint32_t section;
	bool keeps; /* this name is named, or is another object's function */
};

struct code_search {
	struct suggesting *g;
	struct link_priv *p;
	uint8_t *named;   /* by symbol: a live section's relocation names it */
	uint32_t *shares; /* by section: functions that begin in it, at two places at least when there are two */
	uint64_t *begins; /* by section: where the first of them does */
	struct named_function *functions; /* of one object */
	size_t capacity;
	struct shared_code *objects;
	size_t count;
};

static bool is_code(const struct link *l, uint32_t section)
{
	const struct link_section *s = &l->sections[section];

	return s->in_output && s->live && link_header(l, s)->flags & SHF_EXECINSTR;
}

/* The live section of code that a function stands in; LINK_NONE. */
static uint32_t section_of_function(const struct code_search *c, uint32_t object, const struct elf_file_symbol *s)
{
	const struct link_tables *t = &c->p->tables[object];
	uint32_t section;

	if (s->type != STT_FUNC || !s->size || s->special != ELF_SYMBOL_IN_SECTION ||
	    s->section >= c->g->l->objects[object].elf->section_count)
		return LINK_NONE;
	section = t->section_of[s->section];
	return section != LINK_NONE && is_code(c->g->l, section) ? section : LINK_NONE;
}

static bool count_functions(struct code_search *c, uint32_t object)
{
	const struct elf_file *f = c->g->l->objects[object].elf;
	struct elf_file_symbol s;
	uint32_t i, section;
	bool any = false;

	for (i = 1; i < c->p->tables[object].symbol_count; i++) {
		(void)elf_file_symbol(f, f->symtab, i, &s);
		section = section_of_function(c, object, &s);
		if (section == LINK_NONE || (c->shares[section] && c->begins[section] == s.value))
			continue;
		if (!c->shares[section])
			c->begins[section] = s.value;
		any |= ++c->shares[section] > 1;
	}
	return any;
}

static void name_roots(struct code_search *c)
{
	const struct graph *g = &c->g->p->graph;
	const struct elf_file *f = c->g->l->output ? c->g->l->output->elf : NULL;
	uint64_t i, n = f ? elf_file_entries(f, f->dynsym) : 0;
	struct elf_file_symbol s;
	uint32_t number;

	for (i = 1; i < n; i++) {
		(void)elf_file_symbol(f, f->dynsym, i, &s);
		number = symbol_find(&c->p->symbols, s.name, strlen(s.name));
		if (number != LINK_NONE)
			c->named[number] = 1;
	}
	/* Sections that are roots by themselves: nothing says which of their functions is meant. */
	for (i = 0; i < g->root_count; i++)
		if (g->roots[i].node < g->node_count && c->g->object_of_node[g->roots[i].node] != LINK_NONE) {
			const struct link_object *o = &c->g->l->objects[c->g->object_of_node[g->roots[i].node]];
			uint32_t k;

			for (k = o->first; k < o->first + o->count; k++)
				if (c->g->l->sections[k].node == g->roots[i].node)
					c->shares[k] = 0;
		}
}

static int compare_functions(const void *pa, const void *pb)
{
	const struct named_function *a = pa, *b = pb;

	if (a->section != b->section)
		return a->section < b->section ? -1 : 1;
	return a->value < b->value ? -1 : a->value > b->value;
}

/* The global functions of sections that several share; SIZE_MAX: no memory. */
static size_t collect_functions(struct code_search *c, uint32_t object)
{
	const struct link_tables *t = &c->p->tables[object];
	const struct elf_file *f = c->g->l->objects[object].elf;
	struct named_function *more;
	struct elf_file_symbol s;
	uint32_t i, section, number;
	size_t n = 0;

	if (c->capacity < t->symbol_count) {
		more = reallocarray(c->functions, t->symbol_count, sizeof(*more));
		if (!more)
			return SIZE_MAX;
		c->functions = more;
		c->capacity = t->symbol_count;
	}
	for (i = t->locals; i < t->symbol_count; i++) {
		(void)elf_file_symbol(f, f->symtab, i, &s);
		section = section_of_function(c, object, &s);
		if (section == LINK_NONE || c->shares[section] < 2)
			continue;
		number = t->symbols[i - t->locals];
		c->functions[n++] = (struct named_function){ s.value, s.size, section,
							     c->named[number] || c->p->symbols.items[number].object != object };
	}
	return n;
}

static int weigh_object(struct code_search *c, uint32_t object, struct shared_code *ret)
{
	size_t n = collect_functions(c, object), i, k;
	uint64_t size;
	bool keeps;

	if (n == SIZE_MAX)
		return -ENOMEM;
	if (n)
		qsort(c->functions, n, sizeof(*c->functions), compare_functions);
	for (i = 0; i < n; i = k) {
		for (k = i, size = 0, keeps = false; k < n && compare_functions(&c->functions[i], &c->functions[k]) == 0; k++) {
			keeps |= c->functions[k].keeps;
			size = c->functions[k].size > size ? c->functions[k].size : size;
		}
		if (keeps)
			continue;
		ret->bytes += size;
		ret->functions++;
	}
	return 0;
}

static int compare_weights(const void *a, const void *b)
{
	const struct shared_code *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return (x->object > y->object) - (x->object < y->object);
}

static void tell(struct code_search *c)
{
	struct suggestions *f = &c->g->p->found;
	struct suggestion *s;
	uint64_t bytes = 0, functions = 0;
	size_t i;
	char text[1024];
	int n = 0;

	qsort(c->objects, c->count, sizeof(*c->objects), compare_weights);
	for (i = 0; i < c->count; i++) {
		bytes += c->objects[i].bytes;
		functions += c->objects[i].functions;
		if (i < TOLD && n >= 0 && (size_t)n < sizeof(text))
			n += snprintf(text + n, sizeof(text) - (size_t)n, "%s%s (%llu bytes)", i ? ", " : "",
				      c->g->l->objects[c->objects[i].object].name, (unsigned long long)c->objects[i].bytes);
	}
	if (!bytes)
		return;
	s = suggestions_add(f, SUGGEST_DEAD_CODE, EVIDENCE_HEURISTIC, c->g->subject);
	suggestion_set(f, &s->because,
		       "%zu object%s compiled without -ffunction-sections: the linker keeps or drops all their code at once "
		       "(object-level). Nothing that lives names at least %llu function%s there; most in %s%s.",
		       c->count, c->count == 1 ? " was" : "s were", (unsigned long long)functions,
		       functions == 1 ? "" : "s", text, c->count > TOLD ? ", ..." : "");
	suggestion_set(f, &s->edit, "compile these objects with -ffunction-sections -fdata-sections, and link with -Wl,--gc-sections");
	suggestion_set(f, &s->verify, "compile and link so with -Wl,--print-gc-sections, and look at prune again: it will list what goes");
	suggestion_set(f, &s->risk, "the saving is an estimate: static functions were taken for live, and assembly may fall "
				    "through from one function into the next");
	for (i = 0; i < c->count; i++)
		suggestion_claim(f, s, suggestions_space(f, "code in shared sections"), (uint64_t)i << 40, c->objects[i].bytes,
				 c->objects[i].bytes, c->objects[i].bytes);
}

static int search_code(struct code_search *c)
{
	const struct link *l = c->g->l;
	bool any = false;
	uint32_t i;
	int r = 0;

	for (i = 0; i < l->object_count; i++)
		if (l->objects[i].linked && l->objects[i].count)
			any |= count_functions(c, i);
	if (!any)
		return 0;
	link_live_references(l, c->named);
	name_roots(c);
	for (i = 0; i < l->object_count && r == 0; i++) {
		struct shared_code weight = { .object = i };

		if (l->objects[i].linked && l->objects[i].count)
			r = weigh_object(c, i, &weight);
		if (weight.bytes)
			c->objects[c->count++] = weight;
	}
	if (r == 0)
		tell(c);
	return r;
}

int link_suggest_code(struct suggesting *g)
{
	struct code_search c = { .g = g, .p = g->l->priv };
	int r = -ENOMEM;

	if (link_is_opaque(g->l))
		return 0;
	c.named = calloc((size_t)c.p->symbols.count + 1, 1);
	c.shares = calloc((size_t)g->l->section_count + 1, sizeof(*c.shares));
	c.objects = calloc((size_t)g->l->object_count + 1, sizeof(*c.objects));
	c.begins = calloc((size_t)g->l->section_count + 1, sizeof(*c.begins));
	if (c.named && c.shares && c.begins && c.objects)
		r = search_code(&c);
	free(c.named);
	free(c.shares);
	free(c.begins);
	free(c.functions);
	free(c.objects);
	return r;
}
