/* SPDX-License-Identifier: Apache-2.0 */
/* command.h: what the verbs size and diff have in common: options, and where their reports go. */
#ifndef DEPGRAPH_SIZE_COMMAND_H
#define DEPGRAPH_SIZE_COMMAND_H

#include "base/verb.h"
#include "depgraph/size/tell.h"

struct size_command {
	const char *by, *map, *order, *json, *csv, *colour;
	unsigned long long limit, min_bytes, namespace_depth;
	unsigned verbosity;
	bool mangled, all, fail_if_grown;
	/* made of these: */
	struct size_options options;
	struct size_view_options view;
};

#define SIZE_COMMAND_SPECS(by_help)                                                                                              \
	{ "by", 'b', OPT_STRING, offsetof(struct size_command, by), "KEY[,KEY...]", by_help, "Rows" },                           \
	{ "limit", 'n', OPT_UINT, offsetof(struct size_command, limit), "N",                                                     \
	  "rows at each level, the rest folded into one (default 20; 0: all; --json and --csv: all)", "Rows" },                  \
	{ "min-bytes", 0, OPT_UINT, offsetof(struct size_command, min_bytes), "N", "fold rows below N bytes", "Rows" },          \
	{ "sort", 0, OPT_STRING, offsetof(struct size_command, order), "WHAT", "file (default), loaded or name", "Rows" },       \
	{ "namespace-depth", 0, OPT_UINT, offsetof(struct size_command, namespace_depth), "N",                                   \
	  "scopes of a namespace that are told (default 2; 0: all)", "Rows" },                                                   \
	{ "mangled", 0, OPT_FLAG, offsetof(struct size_command, mangled), NULL, "symbols as the file has them", "Rows" },        \
	{ "json", 0, OPT_OPTIONAL_STRING, offsetof(struct size_command, json), "FILE",                                           \
	  "write a JSON report (to standard output without FILE)", "Output" },                                                   \
	{ "csv", 0, OPT_OPTIONAL_STRING, offsetof(struct size_command, csv), "FILE",                                             \
	  "write the leaves as comma-separated values (to standard output without FILE)", "Output" },                            \
	{ "verbose", 'v', OPT_COUNT, offsetof(struct size_command, verbosity), NULL, "whole names, however long", "Output" },    \
	{ "color", 0, OPT_STRING, offsetof(struct size_command, colour), "WHEN", "auto, always or never", "Output" }

void size_command_defaults(void *options);
int size_command_check(struct size_command *c, struct error *err);
/* Writes what was asked for. */
int size_command_tell(const struct size_command *c, const struct size_telling *t, struct error *err);

#endif
