/* SPDX-License-Identifier: Apache-2.0 */
/*
 * size.h: where the bytes of files are.
 *
 *	struct size_options o = { .by = { SIZE_SECTION, SIZE_SYMBOL }, .depth = 2 };
 *	struct size_tree tree = SIZE_TREE_INIT;
 *	r = size_measure(&o, paths, n, &tree, &err);
 *	... tree.nodes[0] is the total; names are tree.names.text[node.name] ...
 *	size_tree_release(&tree);
 *
 * Conservation: every byte of every file belongs to exactly one leaf, and so does
 * every byte of memory that it takes; what has no better name has one in brackets
 * ("[section .text]", "[section headers]", "[gap]").  size_measure() compares the sums of the leaves with the
 * sizes of the files, and fails with -EPROTO rather than give others.
 *
 * What the keys mean: docs/depgraph-size.md.
 */
#ifndef DEPGRAPH_SIZE_SIZE_H
#define DEPGRAPH_SIZE_SIZE_H

#include "base/content.h"
#include "base/error.h"
#include "depgraph/size/names.h"

enum size_key {
	SIZE_SECTION,
	SIZE_SEGMENT,
	SIZE_OBJECT,
	SIZE_ARCHIVE,
	SIZE_LIBRARY,
	SIZE_SOURCE,
	SIZE_SYMBOL,
	SIZE_NAMESPACE,
	SIZE_ARCH,
	SIZE_KERNEL,
	SIZE_PACKAGE,
	SIZE_FILE,
	SIZE_KEYS
};
#define SIZE_DEPTH_MAX 4

const char *size_key_name(enum size_key k);
/* "section,symbol": -EINVAL says in err which word is no key; *ret_depth: how many. */
int size_keys_parse(const char *words, enum size_key ret[SIZE_DEPTH_MAX], unsigned *ret_depth, struct error *err);

struct size_options {
	enum size_key by[SIZE_DEPTH_MAX];
	unsigned depth;
	const char *map;          /* of the one linked file among the inputs; NULL: none */
	unsigned namespace_depth; /* scopes that are told; 0: all */
	uint64_t decode_max;      /* bytes that opening GPU code may produce; 0: BUDGET_TOTAL */
	bool common_root;         /* names of files and objects without the path that was given: two trees can be paired */
};

struct size_node {
	uint32_t parent, name;
	uint64_t file, loaded;
};


struct size_tree {
	struct size_names names;
	struct size_node *nodes; /* a parent comes before its children */
	uint32_t count, capacity;
	uint32_t *slots;
	uint32_t slot_count;
	uint64_t files;
	uint64_t unplaced;       /* segments or sections whose size in memory cannot be meant; not counted */
	char note[512];          /* what the reader should know: debug information that could not be read; "" */
	struct content **kept; /* names lie in them */
	size_t kept_count;
	int error;
};
#define SIZE_TREE_INIT { .names = SIZE_NAMES_INIT }

/* -EPROTO: the sums do not agree, which is a fault of ours. -EINVAL: the keys do not fit the inputs. */
int size_measure(const struct size_options *o, const char *const *paths, size_t n, struct size_tree *ret, struct error *err);
/* The same of bytes that are there already; `name` is how rows call them and must outlive the call. No map. */
int size_measure_content(const struct size_options *o, struct content *c, const char *name, struct size_tree *ret,
			 struct error *err);
void size_tree_release(struct size_tree *t);
/* The child of `parent` with that name, made when there is none; 0 with t->error set: no memory. */
uint32_t size_tree_node(struct size_tree *t, uint32_t parent, uint32_t name);

#endif
