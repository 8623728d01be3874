/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader.h: one row a format: how it is recognised, how it is read.
 *
 * A probe looks at the first READER_PROBE bytes at most and at nothing else.  A reader gets the whole content, and says what
 * it finds to a builder; it returns 0, -ENOMEM, or -EBADMSG with file, offset and line.
 */
#ifndef DEPGRAPH_TARGETS_READER_H
#define DEPGRAPH_TARGETS_READER_H

#include "depgraph/targets/builder.h"

#define READER_PROBE ((uint64_t)1 << 16)

struct targets_source {
	const char *path;
	const char *data;
	uint64_t size;
};

struct targets_reader {
	const char *name;
	bool (*probe)(const char *p, size_t n, bool whole); /* whole: these are all the bytes there are */
	int (*read)(struct target_builder *b, const struct targets_source *s, struct error *err);
};

extern const struct targets_reader
	targets_compile_commands, /* compdb.c */
	targets_cmake_index, targets_cmake_codemodel, /* cmake.c */
	targets_bazel_json, targets_bazel_json_lines, /* bazel_json.c */
	targets_bazel_proto, targets_bazel_proto_stream, /* bazel_proto.c */
	targets_bazel_xml, /* bazel_xml.c */
	targets_aquery_json, targets_aquery_proto, /* aquery_json.c, aquery_proto.c */
	targets_buck_json, targets_buck_actions, /* buck.c */
	targets_ninja_graph, targets_ninja_query, targets_ninja_deps, /* ninja.c */
	targets_commands, /* commands.c */
	targets_depfile; /* depfile.c */

/* `word` lies in the first n bytes. */
bool reader_has(const char *p, size_t n, const char *word);
/* Where the first byte that is no white space stands; n: there is none. */
size_t reader_skip_space(const char *p, size_t n);

#endif
