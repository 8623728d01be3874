/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h: the options about inputs that verbs share.
 *
 *	struct why_options { struct input_options inputs; ... };
 *	static const struct option_spec why_specs[] = { INPUT_OPTIONS(struct why_options, inputs), ... { 0 } };
 *
 *	r = input_options_open(&o->inputs, argc, argv, &in, &err);     operands and options; what the map names is found
 *	... the verb's work ...
 *	r = inputs_recheck(&in, &err);                                 -ESTALE: one changed meanwhile
 *	input_options_release(&o->inputs);                             in verb.release
 */
#ifndef DEPGRAPH_INPUTS_OPTIONS_H
#define DEPGRAPH_INPUTS_OPTIONS_H

#include "base/verb.h"
#include "depgraph/inputs/inputs.h"

struct input_options {
	struct string_list maps, build_graphs, profiles, trees;
	const char *directory, *link_line;
};

/* clang-format off */
#define INPUT_OPTIONS(STRUCT, MEMBER) \
	{ "map", 'm', OPT_LIST, offsetof(STRUCT, MEMBER.maps), "MAP", \
	  "the link map (also recognised among the operands)", "Inputs" }, \
	{ "link-line", 0, OPT_STRING, offsetof(STRUCT, MEMBER.link_line), "FILE", \
	  "the link command: a shell line, `cc -###` or -Wl,--trace output", "Inputs" }, \
	{ "directory", 'C', OPT_STRING, offsetof(STRUCT, MEMBER.directory), "DIR", \
	  "where the link ran: names in the map are relative to it", "Inputs" }, \
	{ "build-graph", 'g', OPT_LIST, offsetof(STRUCT, MEMBER.build_graphs), "FILE", \
	  "declared dependencies: Bazel or Buck2 query output, CMake reply, Ninja, compile_commands.json", "Inputs" }, \
	{ "profile", 'p', OPT_LIST, offsetof(STRUCT, MEMBER.profiles), "FILE", "what `depgraph record` saw", "Inputs" }, \
	{ "python", 0, OPT_LIST, offsetof(STRUCT, MEMBER.trees), "TREE", "a Python tree, venv or wheelhouse", "Inputs" }
/* clang-format on */

int input_options_open(const struct input_options *o, int argc, char **argv, struct inputs *in, struct error *err);
void input_options_release(struct input_options *o);

#endif
