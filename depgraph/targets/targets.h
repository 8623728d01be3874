/* SPDX-License-Identifier: Apache-2.0 */
/*
 * targets.h: what a build graph declares: targets, what they depend on, what they make.
 *
 * Every build system tells its graph in a form of its own (docs/build-graphs.md):
 *
 *	compile_commands.json, ninja -t compdb    commands: what is made from what
 *	ninja -t commands | graph | query | deps  commands; nodes; one node; headers
 *	CMake file API (the reply's index file)   targets with the lines that declare them
 *	bazel query | cquery | aquery             proto, streamed_proto, jsonproto, streamed_jsonproto, xml
 *	buck2 uquery | cquery | aquery            JSON with attributes
 *	NAME.d                                    dependency files of compilers: headers
 *
 * Several may be given and are laid over each other: a query says who depends on whom, an
 * aquery which file comes from which target, dependency files which headers were read.
 *
 *	if (targets_probe(data, size)) ...                 by content, a few KiB are looked at
 *	r = targets_read(inputs, &graph, &err);            all INPUT_BUILD_GRAPH of the inputs
 *	id = target_graph_find(graph, "//a:b");
 *	id = target_graph_owner(graph, "bazel-out/k8-fastbuild/bin/a/libb.a", NULL);
 *	target_graph_free(graph);
 *
 * A target that something depends on and that no input describes is there with
 * `described` false.  Cycles and duplicates are as the input has them; nothing here recurses over them.
 * Immutable once read: many threads may look.
 */
#ifndef DEPGRAPH_TARGETS_TARGETS_H
#define DEPGRAPH_TARGETS_TARGETS_H

#include "base/cleanup.h"
#include "base/error.h"
#include "depgraph/inputs/inputs.h"
#include "depgraph/model/graph.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TARGET_NONE UINT32_MAX

/* Who told of a target: decides how an edit is written. */
enum target_system { TARGETS_COMMANDS, TARGETS_CMAKE, TARGETS_BAZEL, TARGETS_BUCK };

struct target_list { /* a run of target_graph.items */
	uint32_t first, count;
};

struct target {
	const char *label;  /* "//a:b"; "root//a:b"; CMake's name; the file that a command makes */
	const char *rule;   /* "cc_library", "STATIC_LIBRARY", "archive", "link", "compile"; "" */
	const char *file;   /* build file that declares it; NULL: not told */
	const char *directory; /* where commands ran, or the source directory; NULL */
	uint32_t line;
	uint8_t system;     /* enum target_system */
	bool described;
	bool always_linked; /* alwayslink, link_whole: kept though nothing refers to it */
	uint32_t first_dependency, dependency_count;
	struct target_list outputs; /* paths; a path that ends in '/' stands for all files beneath */
	struct target_list sources; /* of the target itself, its headers included */
	struct target_list headers; /* those of its sources that are headers */
	struct target_list includes; /* include directories that it compiles with */
};

struct target_place { /* a line that declares something */
	const char *file; /* NULL: not told */
	uint32_t line;
};

struct target_dependency {
	uint32_t to;
	uint32_t place;     /* index into places; 0: where the target is declared */
	uint16_t attribute; /* target_attribute() says its name */
	bool links;         /* its objects go to the linker (false: data, runtime_deps, tools, order only) */
	bool reexported;    /* dependents of the target may use it without saying so */
};

/* One compiled object and what its compiler read. */
struct target_object {
	const char *path;    /* as the command or dependency file names it */
	const char *source;  /* NULL */
	const char *depfile; /* NULL: not told */
	const char *directory;
	struct target_list headers; /* everything it read, the source included; count 0: not known */
};

struct target_graph {
	struct target *targets;
	uint32_t target_count;
	struct target_dependency *dependencies; /* those of a target together, in the order of declaration */
	size_t dependency_count;
	struct target_place *places;   /* [0] is none */
	const char **attributes;       /* "deps", "implementation_deps", "exported_deps", "data", "link line", ... */
	struct target_object *objects;
	size_t object_count;
	const char **items;
	size_t item_count;
	struct arena arena;
	void *priv; /* indices */
};

bool targets_probe(const uint8_t *data, uint64_t size);
/* The name of the format, "CMake file API index"; NULL: none of ours. */
const char *targets_format(const uint8_t *data, uint64_t size);
/*
 * -ENOENT: there is no build graph among the inputs.  -EBADMSG: err says file, offset, and line where the format has
 * lines.  Directories among the inputs are looked at for a CMake reply (.cmake/api/v1/reply) and otherwise ignored.
 */
int targets_read(const struct inputs *in, struct target_graph **ret, struct error *err);
void target_graph_free(struct target_graph *g);
DEFINE_CLEANUP(struct target_graph *, target_graph_free)

uint32_t target_graph_find(const struct target_graph *g, const char *label); /* TARGET_NONE */
static inline const struct target_dependency *target_dependencies(const struct target_graph *g, uint32_t t)
{
	return g->dependencies + g->targets[t].first_dependency;
}
static inline const char *target_attribute(const struct target_graph *g, const struct target_dependency *d)
{
	return g->attributes[d->attribute];
}
static inline const char *target_item(const struct target_graph *g, struct target_list l, uint32_t i)
{
	return g->items[l.first + i];
}

/*
 * The target that makes a file: by its outputs (the longest common tail of whole components wins; TARGET_NONE when two
 * are as good), by Bazel's and Buck's rules of naming, by the object's command.  `member` is an archive's, or NULL.
 */
uint32_t target_graph_owner(const struct target_graph *g, const char *path, const char *member);
/* The object of that path (or member of a target's archive), by the same rule; NULL. */
const struct target_object *target_graph_object(const struct target_graph *g, const char *path);

/*
 * Adds targets (NODE_TARGET), declared edges (EDGE_DECLARED, labelled with the attribute) and edges from their
 * outputs to them (EDGE_OUTPUT_OF; nodes of objects and archives that the graph has already are used). Targets on which nothing
 * depends become roots.  Call before graph_finish().  0 when there is no build graph.
 */
int targets_graph(const struct inputs *in, struct graph *g, struct error *err);

#endif
