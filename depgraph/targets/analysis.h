/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analysis.h: which declared dependencies does this link need?  What the files behind targets_suggest() share.
 *
 *	live.c       what each target contributes to the link
 *	symbols.c    which targets refer to whose symbols, in all their objects, linked or not
 *	headers.c    which targets read whose headers
 *	suggest.c    the dependencies that are left
 *	edits.c      how that is written; cmake_edit.c: as a diff
 */
#ifndef DEPGRAPH_TARGETS_ANALYSIS_H
#define DEPGRAPH_TARGETS_ANALYSIS_H

#include "depgraph/prune/prune.h"
#include "depgraph/targets/targets.h"

struct target_state {
	bool present; /* an object or archive of it is among the inputs, or the map names one */
	bool linked;  /* the linker took something of it */
	bool live;    /* and some of that is reached (without a model of the link: has bytes in the output) */
	bool scope;   /* the linked file depends on it */
	bool dead;    /* present and not live, in scope */
	bool removable;
	bool opaque;  /* an object of it cannot be looked into (LTO, bitcode) */
};

struct analysis {
	struct prune *p;
	const struct target_graph *g;
	struct target_state *state; /* per target */
	uint32_t output;            /* the linked file's target; TARGET_NONE: not known */
	uint32_t *owners;           /* per object of p->link */
	/* dependents: those of target t are [dependents_first[t], dependents_first[t + 1]) */
	uint32_t *dependents, *dependents_first;
	struct target_graph *depfiles; /* headers read from the disk; NULL: none yet */
	/* objects of g by target: those of t are [owned_first[t], owned_first[t + 1]) */
	uint32_t *owned, *owned_first;
};

void analysis_release(struct analysis *a);
int analysis_live(struct analysis *a);
int analysis_index(struct analysis *a);
/* Everything of the inputs that belongs to `t` is given to found(); a negative result ends it. */
struct elf_file;
int analysis_objects(const struct analysis *a, uint32_t t, int (*found)(void *ctx, const char *name, const struct elf_file *elf),
		     void *ctx, bool *ret_complete);

/* ---- symbols ------------------------------------------------------------------------------------------------ */

struct symbol_use {
	bool used, linked; /* linked: the object that refers is in the link */
	char text[256];    /* "u2.o refers to x" */
};
/* Does any object of `user` refer to what only `definer` defines? */
int analysis_symbol_use(const struct analysis *a, uint32_t user, uint32_t definer, struct symbol_use *ret);
/* The definer starts code before main or keeps sections by name. */
int analysis_has_constructors(const struct analysis *a, uint32_t t, bool *ret);

/* ---- headers ------------------------------------------------------------------------------------------------ */

enum header_use {
	HEADERS_NONE,     /* none of its headers was read, all of them and all that was read being known */
	HEADERS_UNKNOWN,  /* what the user's objects read is not known */
	HEADERS_POSSIBLE, /* one was read that may be of the definer */
	HEADERS_USED
};
enum header_use analysis_header_use(struct analysis *a, uint32_t user, uint32_t definer, char *why, size_t size);
int analysis_read_depfiles(struct analysis *a);

/* ---- edits -------------------------------------------------------------------------------------------------- */

struct target_edit { /* one declaration to remove */
	uint32_t from, to;
	const struct target_dependency *dependency;
};
struct target_addition {
	uint32_t to_target, add;
};
void analysis_edit(const struct analysis *a, struct suggestion *s, const struct target_edit *edits, size_t edit_count,
		   const struct target_addition *additions, size_t addition_count);
/*
 * A unified diff that takes `name` out of the target_link_libraries() call at FILE:LINE below `directory`; caller frees.
 * NULL: no such word there.
 */
char *cmake_edit_diff(const char *directory, const char *file, uint32_t line, const char *name);

#endif
