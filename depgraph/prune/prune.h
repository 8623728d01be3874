/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prune.h: every room's search for what could go, from the inputs that are there.
 *
 * cmd_prune.c fills a struct prune and calls prune_search(), which asks one
 * provider after another; a provider whose inputs are missing does nothing and returns 0.
 * What it could not decide it says with prune_note(): a report never
 * passes over something in silence.
 */
#ifndef DEPGRAPH_PRUNE_PRUNE_H
#define DEPGRAPH_PRUNE_PRUNE_H

#include "base/error.h"
#include "base/pool.h"
#include "base/verb.h"
#include "depgraph/inputs/inputs.h"
#include "depgraph/model/graph.h"
#include "depgraph/prune/suggestion.h"

struct link; /* link/link.h */

struct prune_options {
	const struct string_list *roots;        /* more symbols that must stay */
	const struct string_list *closed_world; /* all binaries that may import from the outputs; empty: open world */
	const struct string_list *gpu_targets;  /* "sm_90", "sm_100f"...; empty: not told, no architecture is suggested */
	bool drop_ptx;                          /* no forward compatibility wanted */
	const struct string_list *targets;      /* labels of the build graph to look at; empty: all */
	const char *link_line;                  /* file with the link command; NULL */
	const struct string_list *entries;      /* Python: modules that are run */
	bool no_link_model;                     /* skip it although objects are there */
};

struct prune {
	const struct prune_options *options;
	struct inputs *in;
	struct link *link;  /* NULL: no objects, or opaque */
	struct graph graph; /* of the link; finished when link is set */
	struct pool *pool;
	struct suggestions found;
	struct prune_note {
		char text[320];
	} *notes;
	size_t note_count, note_capacity;
};

int prune_search(struct prune *p, struct error *err);
void prune_release(struct prune *p);
void prune_note(struct prune *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The providers, each in its room. */
int link_suggest(struct prune *p, struct error *err);     /* link/suggest.c: sections, objects, flags */
int archives_suggest(struct prune *p, struct error *err); /* link/archives.c: never pulled, whole, duplicate */
int libs_suggest(struct prune *p, struct error *err);     /* libs/: NEEDED, -l, exports */
int debug_suggest(struct prune *p, struct error *err);    /* libs/debug.c: debug sections */
int folding_suggest(struct prune *p, struct error *err);  /* libs/folding.c: identical code */
int gpu_suggest(struct prune *p, struct error *err);      /* gpu/suggest.c */
int targets_suggest(struct prune *p, struct error *err);  /* targets/suggest.c */
int python_suggest(struct prune *p, struct error *err);   /* python/suggest.c */

#endif
