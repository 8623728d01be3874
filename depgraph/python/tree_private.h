/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_private.h: what the room's files share.
 *
 *	tree.c      the table of contents: python_analyse()
 *	walk.c      the files of a directory;  wheels.c   of wheels
 *	dists.c     distributions: their metadata, and which file is whose
 *	modules.c   import roots, and which file is which module
 *	scan.c      sources parsed, in parallel
 *	resolve.c   what was parsed, as edges between modules
 *	needed.c    which shared object of the tree needs which
 *	mark.c      what the entries, and the recorded runs, reach; states and totals
 */
#ifndef DEPGRAPH_PYTHON_TREE_PRIVATE_H
#define DEPGRAPH_PYTHON_TREE_PRIVATE_H

#include "base/json.h"
#include "base/pool.h"
#include "depgraph/python/names.h"
#include "depgraph/python/python.h"
#include "depgraph/python/scanner.h"
#include "depgraph/record/profile.h"

#define PYTHON_FILES_MAX   4000000
#define PYTHON_MODULES_MAX 2000000
#define PYTHON_DEPTH_MAX   64
#define PYTHON_ROOTS_MAX   256

/* Open addressing over an array elsewhere: index + 1. */
struct name_table {
	uint32_t *slots;
	size_t size, count;
};
void name_table_release(struct name_table *t);
/* The index stored for a name, or PYTHON_NONE; name(ctx, i) says what is stored. */
uint32_t name_table_find(const struct name_table *t, const char *name, const char *(*name_of)(const void *ctx, uint32_t i),
			 const void *ctx);
/* Does not look whether it is there. */
int name_table_add(struct name_table *t, const char *name, uint32_t index,
		   const char *(*name_of)(const void *ctx, uint32_t i), const void *ctx);

struct import_root {
	const char *path; /* below the tree; "" is the tree itself */
	bool standard;    /* the standard library */
	bool told;        /* --path */
};

/* What scan.py said of one source, until it is resolved. */
struct python_scan {
	json_t *answer;
	int error;
};

struct python_private {
	const struct python_options *o;
	int dirfd;
	struct name_table files, modules, dists; /* by path; by name; by normalised name */
	struct name_table standard;              /* names of the standard library */
	const char **standard_names;
	uint32_t standard_count;
	struct import_root roots[PYTHON_ROOTS_MAX];
	uint32_t root_count;
	const char **suffixes;
	size_t suffix_count;
	struct profile *profile; /* merged; NULL: none */
	uint32_t *entries;       /* modules */
	uint32_t entry_count;
	struct pool *pool;
};

/* Each 0 or a negative errno, in this order. */
int python_walk(struct python_tree *t, struct error *err);
int python_read_wheels(struct python_tree *t, struct error *err);
int python_find_roots(struct python_tree *t, struct error *err);
int python_read_dists(struct python_tree *t, struct error *err);
int python_name_modules(struct python_tree *t, struct error *err);
int python_scan_sources(struct python_tree *t, struct error *err);
int python_resolve(struct python_tree *t, struct error *err);
int python_read_needed(struct python_tree *t, struct error *err);
int python_mark(struct python_tree *t, struct error *err);

/* A file below the tree, unless a link leads elsewhere; empty files are NULL content with 0. */
int python_open_file(const struct python_tree *t, const struct python_file *f, struct content **ret);
uint32_t python_add_file(struct python_tree *t, const char *path, uint64_t size); /* PYTHON_NONE: no memory */
uint32_t python_find_file(const struct python_tree *t, const char *path);
uint32_t python_find_module(const struct python_tree *t, const char *name);
uint32_t python_find_dist(const struct python_tree *t, const char *normalised);
bool python_is_standard(const struct python_tree *t, const char *top);
const char *python_copy(struct python_tree *t, const char *s);
int python_add_import(struct python_tree *t, uint32_t from, const struct python_import *i);
__attribute__((format(printf, 2, 3))) void python_note(struct python_tree *t, const char *fmt, ...);
__attribute__((format(printf, 3, 4))) void python_add_risk(struct python_tree *t, const char *where, const char *fmt, ...);

/* Grows an array for one more: false: no memory, or the limit. */
#define PYTHON_GROW(items, count, capacity, max)                                                             \
	((count) < (capacity) || ((count) < (max) && python_grow((void **)&(items), &(capacity), sizeof(*(items)))))
bool python_grow(void **items, uint32_t *capacity, size_t size);

/* The analysis of a tree among inputs, with their profiles. */
int python_of_inputs(const struct inputs *in, const char *tree, const struct string_list *entries, struct python_tree **ret,
		     struct error *err);

#endif
