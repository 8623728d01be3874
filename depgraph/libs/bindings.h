/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bindings.h: which library each undefined symbol of a closure binds to.
 *
 *	r = bindings_new(closure, &b);
 *	r = bindings_resolve(b, CLOSURE_NONE, &all);            as the program is
 *	for (i = 0; i < all.count; i++) ... all.items[i] ...
 *	r = bindings_resolve(b, 2, &without);                   as if NEEDED entry number 2 were not there
 *	bindings_result_release(&all);
 *	bindings_free(b);
 *
 * Looked up are undefined symbols, those of copy relocations (their initial value comes from a
 * library), and defined symbols that dynamic relocations refer to, which another library may interpose.  The items are
 * in the same order in every result of one struct bindings: by importing library, then by symbol.
 */
#ifndef DEPGRAPH_LIBS_BINDINGS_H
#define DEPGRAPH_LIBS_BINDINGS_H

#include "depgraph/libs/closure.h"

enum binding_kind {
	BINDING_IMPORT,   /* undefined in the importer */
	BINDING_WEAK,     /* the same, and may stay unresolved */
	BINDING_COPY,     /* a variable of a library that the program has a copy of */
	BINDING_OWN,      /* defined in the importer itself; bound elsewhere: interposed */
};

struct binding {
	uint32_t importer, symbol; /* library, and index in its .dynsym */
	uint32_t library, target;  /* what it binds to; CLOSURE_NONE: nothing */
	enum binding_kind kind;
};

struct bindings_result {
	struct binding *items;
	size_t count;
	uint8_t *present; /* per library: still loaded */
};

struct bindings;
#define BINDINGS_SYMBOLS_MAX (UINT32_C(1) << 26)

int bindings_new(const struct closure *c, struct bindings **ret); /* -ENOMEM; -E2BIG: over BINDINGS_SYMBOLS_MAX */
void bindings_free(struct bindings *b);
DEFINE_CLEANUP(struct bindings *, bindings_free)
int bindings_resolve(const struct bindings *b, uint32_t without, struct bindings_result *ret);
void bindings_result_release(struct bindings_result *r);

/* The symbol's name, "" when there is none. */
const char *bindings_name(const struct bindings *b, uint32_t library, uint32_t symbol);
/* An inline function or template (weak, or unique, with a C++ name): every copy is the same by the one-definition rule. */
bool bindings_vague(const struct bindings *b, uint32_t library, uint32_t symbol);
/* The first library in lookup order that defines a name, of any version; CLOSURE_NONE. */
uint32_t bindings_definer(const struct bindings *b, const char *name);
/* Calls back for each library that defines the name, in lookup order. */
int bindings_definers(const struct bindings *b, const char *name, int (*found)(void *ctx, uint32_t library, uint32_t symbol),
		      void *ctx);

#endif
