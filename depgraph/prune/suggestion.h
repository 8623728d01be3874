/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suggestion.h: one thing that could go, what that saves, and how sure we are.
 *
 * A room that finds something fills a suggestion and claims the bytes it would
 * save:
 *
 *	struct suggestion *s = suggestions_add(list, SUGGEST_DEAD_SECTIONS, EVIDENCE_PROVED, "main.o");
 *	suggestion_set(list, &s->edit, "add -Wl,--gc-sections to the link");
 *	suggestion_claim(list, s, suggestions_space(list, "app"), off, len, bytes, loaded);
 *
 * Claims are ranges of named spaces (best: the linked file, in file offsets; memory
 * without bytes: "app#memory", in addresses; what is not in the output at all: the object's own name).
 * They are what keeps overlapping suggestions from being counted twice: suggestions_total()
 * walks all of them, what removes bytes before what only shrinks them, and gives
 * each its `additional` bytes: what it saves beyond those before it.  The
 * sum of additional bytes is what doing everything saves.
 *
 * A claim may save less than its range (compression): `bytes` and `loaded` are what is
 * saved of it; when part of the range is already gone, the saving shrinks in proportion.
 *
 * Evidence: contract 3.  PROVED follows from the semantics of this link or of the
 * declared targets; OBSERVED was not seen in stated runs (applied only on request);
 * HEURISTIC is printed and never applied.
 *
 * Strings live in the list's arena.  A failed allocation is sticky in list->error.
 */
#ifndef DEPGRAPH_PRUNE_SUGGESTION_H
#define DEPGRAPH_PRUNE_SUGGESTION_H

#include "base/arena.h"
#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum suggestion_kind {
	SUGGEST_DEAD_SECTIONS,      /* "dead-sections": no root reaches them; the linker can drop them */
	SUGGEST_DEAD_CODE,          /* "dead-code": unreachable only once compiled with -ffunction-sections */
	SUGGEST_UNUSED_OBJECT,      /* "unused-object": linked, nothing of it is reached */
	SUGGEST_UNUSED_ARCHIVE,     /* "unused-archive": -lX or libX.a of which no member was taken, or none is reached */
	SUGGEST_WHOLE_ARCHIVE,      /* "whole-archive" */
	SUGGEST_DUPLICATE_CODE,     /* "duplicate-library": the same static library twice */
	SUGGEST_UNUSED_LIBRARY,     /* "unused-library": shared; nothing binds to it */
	SUGGEST_UNUSED_DEPENDENCY,  /* "unused-dependency": between targets */
	SUGGEST_UNIMPORTED_EXPORTS, /* "unimported-exports" */
	SUGGEST_DEBUG_SECTIONS,     /* "debug-sections" */
	SUGGEST_IDENTICAL_CODE,     /* "identical-code" */
	SUGGEST_GPU_ARCHITECTURE,   /* "gpu-architecture" */
	SUGGEST_GPU_COMPRESS,       /* "gpu-compress" */
	SUGGEST_GPU_LTO_IR,         /* "gpu-lto-ir" */
	SUGGEST_GPU_PTX,            /* "gpu-ptx" */
	SUGGEST_GPU_RELOCATABLE,    /* "gpu-relocatable": __nv_relfatbin, already linked */
	SUGGEST_PYTHON_MODULE,      /* "python-module" */
	SUGGEST_PYTHON_DISTRIBUTION, /* "python-distribution" */
	SUGGEST_KINDS
};
const char *suggestion_kind_name(enum suggestion_kind k);

enum evidence_level { EVIDENCE_PROVED, EVIDENCE_OBSERVED, EVIDENCE_HEURISTIC };
const char *evidence_level_name(enum evidence_level e);
int evidence_level_parse(const char *word, enum evidence_level *ret); /* -EINVAL */

struct suggested_section {
	const char *object, *section; /* as the linker names them: "libx.a(y.o)", ".text.f" */
	uint64_t bytes, loaded;
};

struct claim {
	uint32_t space;
	uint64_t off, len;
	uint64_t bytes, loaded;
};

struct suggestion {
	enum suggestion_kind kind;
	enum evidence_level evidence;
	const char *subject;  /* what it is about: an object, library, target label, architecture, module */
	const char *because;  /* one or two sentences: the evidence itself */
	const char *edit;     /* exactly what to change; may be several lines */
	const char *verify;   /* a command that shows it was right */
	const char *risk;     /* what could still need it; NULL: nothing known */
	const char *buildozer; /* a buildozer command line, where it is one (targets); NULL */
	const char *file;     /* build file or input that the edit is in, for SARIF; NULL */
	const char *patch;    /* a unified diff, where the edit is one; NULL */
	struct suggested_section *sections;
	size_t section_count, section_capacity;
	struct claim *claims;
	size_t claim_count, claim_capacity;
	json_t *action;       /* what `apply` does: {"do": "gpu"|"relink"|"remove-files"|"objcopy", ...}; NULL: edit by hand */
	/* By suggestions_total(): */
	uint64_t bytes, loaded;       /* of all its claims */
	uint64_t additional, additional_loaded;
	char id[40];          /* "unused-archive-3f2a91c0": kind and hash of the subject */
};

struct suggestions {
	struct suggestion **items; /* pointers stay valid while more are added */
	size_t count, capacity;
	const char **spaces;
	size_t space_count, space_capacity;
	uint64_t bytes_if_all, loaded_if_all;
	/* What doing those at least as sure as a level would save. */
	uint64_t bytes_by_level[EVIDENCE_HEURISTIC + 1], loaded_by_level[EVIDENCE_HEURISTIC + 1];
	size_t filtered; /* by suggestions_filter() */
	struct arena arena;
	int error;
};
#define SUGGESTIONS_INIT { .arena = ARENA_INIT((size_t)4 << 30) }

void suggestions_release(struct suggestions *l);
/* Never NULL: with list->error set it is a scratch one that is thrown away. */
struct suggestion *suggestions_add(struct suggestions *l, enum suggestion_kind kind, enum evidence_level evidence,
				   const char *subject);
void suggestion_set(struct suggestions *l, const char **member, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
uint32_t suggestions_space(struct suggestions *l, const char *name);
void suggestion_claim(struct suggestions *l, struct suggestion *s, uint32_t space, uint64_t off, uint64_t len,
		      uint64_t bytes, uint64_t loaded);
void suggestion_section(struct suggestions *l, struct suggestion *s, const char *object, const char *section,
			uint64_t bytes, uint64_t loaded);
/* Sorts (additional bytes, then bytes, then subject), sets ids and totals. 0 or -ENOMEM. */
int suggestions_total(struct suggestions *l);
/* Keeps those at least as sure as `level` and with at least min_bytes; call before suggestions_total(). */
void suggestions_filter(struct suggestions *l, enum evidence_level level, uint64_t min_bytes);

#endif
