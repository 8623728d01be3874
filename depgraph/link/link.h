/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.h: the link, done again without writing anything.
 *
 * From objects and archives (and, where there are, the map and the linked
 * file) this room resolves symbols as the linker did, drops COMDAT duplicates,
 * and makes the graph of input sections: relocations, groups, link order,
 * __start_/__stop_, exception tables.  Roots are what the linker would keep in any case; the
 * rest is what --gc-sections would remove, if the program was linked without.
 *
 *	r = link_build(inputs, &options, &graph, &link, &err);   fills and finishes the graph
 *	r = link_mark(link, &err);                               link->sections[i].live
 *	link_predict(link, &prediction)
 *	link_free(link);
 *
 * Which sections are in the output: with a map those that it lists, without one those that resolution gives
 * (objects of the command line all, archive members by extraction). An input that the
 * map names and that cannot be read, an LTO object, or a symbol that is defined nowhere makes
 * everything it could reach live, and is told in `opaque`: never a guess in the direction of removal.
 */
#ifndef DEPGRAPH_LINK_LINK_H
#define DEPGRAPH_LINK_LINK_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/pool.h"
#include "base/verb.h"
#include "depgraph/inputs/inputs.h"
#include "depgraph/model/graph.h"

/* The reason of a root that is an exported symbol f: "exported (f)". Others than the linker may know that nobody imports it. */
#define LINK_ROOT_EXPORTED "exported"

struct link_options {
	enum linkmap_dialect linker; /* whose rules; taken from the map, else from .comment, else GNU ld */
	bool linker_told;
	bool export_dynamic;         /* also found out from the output's .dynsym */
	const struct string_list *roots;
	struct pool *pool;           /* to read objects with; NULL: one thread */
	bool leave_open;             /* more goes into the graph: the caller calls graph_finish(), before link_mark() */
};

struct link_section {
	uint32_t object;      /* index */
	uint32_t index;       /* in the object */
	node_id node;         /* GRAPH_NONE: of an object that is not linked */
	uint64_t size;
	uint64_t out_off, out_address; /* in the linked file; UINT64_MAX: not known (no map and no match) */
	bool in_output;       /* the link has it (not a COMDAT duplicate, not discarded) */
	bool listed;          /* the map has a row of it */
	bool merged;          /* the linker takes it apart into strings or constants */
	bool live;            /* by link_mark() */
};

struct link_object {
	const struct input *input; /* the file or archive */
	struct elf_file *elf;
	const char *name;     /* as the linker prints it: "libx.a(y.o)" */
	const char *member;   /* NULL: not of an archive */
	node_id node;
	uint32_t first, count; /* sections */
	bool linked;          /* of the command line, or extracted */
	bool whole_archive;   /* linked though nothing asked for it */
	bool lto;
};

struct link {
	struct link_object *objects;
	uint32_t object_count;
	struct link_section *sections;
	uint32_t section_count;
	struct graph *graph;
	const struct inputs *in;
	const struct input *output; /* NULL: not given */
	enum linkmap_dialect linker;
	bool shared;           /* the output is a shared library */
	bool gc;              /* the output was linked with --gc-sections already */
	bool per_function;    /* at least half the code bytes are in -ffunction-sections sections */
	char opaque[256];     /* why some of it is kept without being known; empty: nothing */
	void *priv;
};

int link_build(const struct inputs *in, const struct link_options *o, struct graph *g, struct link **ret,
	       struct error *err);
int link_mark(struct link *l, struct error *err);
void link_free(struct link *l);
DEFINE_CLEANUP(struct link *, link_free)

/* What relinking with --gc-sections would give. */
struct link_prediction {
	uint64_t sections, bytes, loaded; /* removed: input sections as they stand in their objects */
	uint64_t file_size;               /* of the new file; 0: no output given */
	/* What goes with them, of the file: symbols and their names, unwind tables, dynamic relocations, merged strings. */
	uint64_t symbols, names, unwind, unwind_index, relocations, merged;
};
int link_predict(const struct link *l, struct link_prediction *ret);

#endif
