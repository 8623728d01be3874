/* SPDX-License-Identifier: Apache-2.0 */
/* depgraph graph: the model as a drawing or as data. */
#include "depgraph/verbs.h"

#include "base/path.h"
#include "base/terminal.h"
#include "depgraph/inputs/options.h"
#include "depgraph/report/graph.h"

#include <errno.h>
#include <string.h>

struct graph_verb_options {
	struct input_options inputs;
	struct string_list roots, entries;
	const char *format, *output, *level, *json, *colour;
	unsigned long long limit;
};

#define ROW(MEMBER) offsetof(struct graph_verb_options, MEMBER)
static const struct option_spec graph_specs[] = {
	INPUT_OPTIONS(struct graph_verb_options, inputs),
	{ "root", 'u', OPT_LIST, ROW(roots), "SYMBOL", "a symbol that something outside needs", "Roots" },
	{ "entry", 'e', OPT_LIST, ROW(entries), "MODULE", "a Python module that is run", "Roots" },
	{ "format", 0, OPT_STRING, ROW(format), "FORMAT", "dot, graphml, json or html (default dot)", "Output" },
	{ "json", 0, OPT_OPTIONAL_STRING, ROW(json), "FILE", "the same as --format json -o FILE", "Output" },
	{ "output", 'o', OPT_STRING, ROW(output), "FILE", "write there, not to standard output", "Output" },
	{ "level", 'l', OPT_STRING, ROW(level), "LEVEL", "section, object or library (default object)", "Output" },
	{ "limit", 'n', OPT_UINT, ROW(limit), "N", "the N largest only (default 2000; 0: all)", "Output" },
	{ "color", 0, OPT_STRING, ROW(colour), "WHEN", "auto, always or never", "Output" },
	{ 0 }
};

static const struct exit_status graph_exits[] = {
	{ DEPGRAPH_OK, "written" },
	{ DEPGRAPH_TROUBLE, "trouble: an input could not be read" },
	{ 0, NULL }
};

static void graph_defaults(void *options)
{
	struct graph_verb_options *o = options;

	o->format = "dot";
	o->level = "object";
	o->limit = 2000;
	o->colour = "auto";
}

static void graph_options_release(void *options)
{
	struct graph_verb_options *o = options;

	input_options_release(&o->inputs);
	string_list_release(&o->roots);
	string_list_release(&o->entries);
}

typedef int graph_writer(FILE *f, const struct model *m, const struct merged *r);

static graph_writer *find_writer(const char *format)
{
	static const struct {
		const char *name;
		graph_writer *write;
	} writers[] = { { "dot", graph_dot }, { "graphml", graph_graphml }, { "json", graph_json }, { "html", graph_html } };
	size_t i;

	for (i = 0; i < sizeof(writers) / sizeof(writers[0]); i++)
		if (strcmp(format, writers[i].name) == 0)
			return writers[i].write;
	return NULL;
}

struct writing {
	graph_writer *write;
	const struct model *m;
	const struct merged *r;
};

static int write_graph(FILE *f, void *ctx)
{
	const struct writing *w = ctx;

	return w->write(f, w->m, w->r);
}

static int check_options(const struct graph_verb_options *o, enum merge_level *level, struct error *err)
{
	if (terminal_set_colour(o->colour) < 0)
		return error_set(err, -EINVAL, "--color", "takes auto, always or never, not \"%s\"", o->colour);
	if (!find_writer(o->format))
		return error_set(err, -EINVAL, "--format", "takes dot, graphml, json or html, not \"%s\"", o->format);
	if (merge_level_parse(o->level, level) < 0)
		return error_set(err, -EINVAL, "--level", "takes section, object or library, not \"%s\"", o->level);
	return 0;
}

static int run_graph(const struct graph_verb_options *o, int argc, char **argv, struct error *err)
{
	const struct model_options options = { .roots = &o->roots, .entries = &o->entries };
	const char *path = o->json ? o->json : o->output ? o->output : "-";
	CLEANUP(inputs_release) struct inputs in = INPUTS_INIT;
	CLEANUP(model_release) struct model m = MODEL_INIT;
	CLEANUP(merged_release) struct merged merged = { 0 };
	struct writing w = { o->json ? graph_json : find_writer(o->format), &m, &merged };
	enum merge_level level = MERGE_OBJECTS;
	int r = check_options(o, &level, err);

	r = r < 0 ? r : input_options_open(&o->inputs, argc, argv, &in, err);
	r = r < 0 ? r : model_build(&in, &options, &m, err);
	r = r < 0 ? r : merge_model(&m, level, o->limit, &merged);
	r = r < 0 ? r : inputs_recheck(&in, err);
	if (r < 0)
		return r;
	r = write_stream_atomically(path, write_graph, &w);
	return r < 0 ? error_set(err, r, path, "cannot be written") : DEPGRAPH_OK;
}

static int graph_run(void *options, int argc, char **argv)
{
	struct error err = { 0 };
	int r = run_graph(options, argc, argv, &err);

	if (r >= 0)
		return r;
	(void)error_set(&err, r, "graph", "failed");
	error_report("depgraph", &err);
	return DEPGRAPH_TROUBLE;
}

const struct verb graph_verb = {
	.name = "graph",
	.operands = "[FILE...]",
	.summary = "write the whole model: DOT, GraphML, JSON, or a page that shows bytes, reasons and savings",
	.description =
		"Objects, static and shared libraries, targets and Python modules with their bytes, and what ties them together: "
		"relocations, extraction from archives, NEEDED, symbol bindings, declared dependencies, imports. Edges between "
		"the same two are one, with a count.\n\n"
		"The HTML page is an icicle of bytes that loads nothing from anywhere: a click says why a thing is there and "
		"what removing it saves. The inputs are those of `depgraph prune`.",
	.examples = "  depgraph graph --format html -o app.html --map app.map app\n"
		    "  depgraph graph --level library app.map app | dot -Tsvg >app.svg\n"
		    "  depgraph graph --json app.map app | jq '.nodes[] | select(.reached | not) | .name'\n",
	.options = graph_specs,
	.options_size = sizeof(struct graph_verb_options),
	.defaults = graph_defaults,
	.release = graph_options_release,
	.exits = graph_exits,
	.run = graph_run,
};
