/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builder.h: a target graph while readers fill it.
 *
 * Readers say what they find in whatever order the input has it; a target is made when
 * it is first named.  Strings are interned, so equal ones are equal pointers and a label that a
 * thousand targets depend on is kept once.  A failed allocation is sticky in `error`: readers need not look,
 * target_builder_finish() tells.
 *
 *	struct target_builder *b;
 *	r = target_builder_new(&b);
 *	t = target_builder_target(b, label, strlen(label));       found or made; 0 when there is no memory
 *	target_builder_depend(b, t, other, "deps", LINKS | REEXPORTED, 0);
 *	target_builder_item(b, t, TARGET_OUTPUTS, path, n);
 *	r = target_builder_finish(b, &graph);                      consumes b
 */
#ifndef DEPGRAPH_TARGETS_BUILDER_H
#define DEPGRAPH_TARGETS_BUILDER_H

#include "depgraph/targets/targets.h"

enum target_items { TARGET_OUTPUTS, TARGET_SOURCES, TARGET_HEADERS, TARGET_INCLUDES, TARGET_ITEMS };
enum { TARGET_LINKS = 1, TARGET_REEXPORTED = 2 };
#define TARGETS_MAX (UINT32_C(1) << 27)

struct target_builder;

int target_builder_new(struct target_builder **ret);
void target_builder_free(struct target_builder *b);
DEFINE_CLEANUP(struct target_builder *, target_builder_free)
int target_builder_finish(struct target_builder *b, struct target_graph **ret);
int target_builder_error(const struct target_builder *b);

const char *target_builder_intern(struct target_builder *b, const char *s, size_t n); /* "" when there is no memory */
uint32_t target_builder_target(struct target_builder *b, const char *label, size_t n);
uint32_t target_builder_known(const struct target_builder *b, const char *label, size_t n); /* TARGET_NONE */
/* Valid until the next target is made. */
struct target *target_builder_at(struct target_builder *b, uint32_t t);
uint32_t target_builder_place(struct target_builder *b, const char *file, size_t n, uint32_t line);
void target_builder_depend(struct target_builder *b, uint32_t from, uint32_t to, const char *attribute, unsigned flags,
			   uint32_t place);
/* An edge only if the label turns out to be a described target (a source label may be a rule or a file). */
void target_builder_maybe(struct target_builder *b, uint32_t from, const char *label, size_t n, const char *attribute,
			  unsigned flags);
void target_builder_item(struct target_builder *b, uint32_t t, enum target_items list, const char *s, size_t n);

/* The object of that path, found or made; members are set by the caller with interned strings. Valid until the next is made. */
struct target_object *target_builder_object(struct target_builder *b, const char *path, size_t n);
/* Headers of the object that was made or found last. */
void target_builder_header(struct target_builder *b, const char *s, size_t n);

#endif
