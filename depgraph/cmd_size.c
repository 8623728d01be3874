/* SPDX-License-Identifier: Apache-2.0 */
/* depgraph size: where the bytes of files are. */
#include "depgraph/size/command.h"
#include "depgraph/verbs.h"

#include "base/cleanup.h"

#include <errno.h>

static const struct option_spec size_specs[] = {
	SIZE_COMMAND_SPECS("what rows are of: section (default), segment, object, archive, library, source, symbol, namespace, arch, "
			   "kernel, package, file; several keys nest"),
	{ "map", 0, OPT_STRING, offsetof(struct size_command, map), "FILE",
	  "the link map of the one linked file: object, archive and library come from it", "Inputs" },
	{ 0 }
};

static const struct exit_status size_exits[] = {
	{ DEPGRAPH_OK, "told" },
	{ DEPGRAPH_TROUBLE, "trouble: an input could not be read, or a map is another link's" },
	{ 0, NULL }
};

static int run_size(struct size_command *c, int argc, char **argv, struct error *err)
{
	CLEANUP(size_tree_release) struct size_tree tree = SIZE_TREE_INIT;
	CLEANUP(size_view_release) struct size_view view = SIZE_VIEW_INIT;
	struct size_telling t = { .view = &view, .options = &c->options, .paths = (const char *const *)argv,
				  .path_count = (size_t)argc, .note = tree.note, .verbosity = c->verbosity };
	int r = size_command_check(c, err);

	if (!r)
		r = size_measure(&c->options, (const char *const *)argv, (size_t)argc, &tree, err);
	if (!r)
		r = size_view_one(&view, &tree, &c->view);
	t.files = tree.files;
	t.unplaced = tree.unplaced;
	return r < 0 ? r : size_command_tell(c, &t, err);
}

static int size_run(void *options, int argc, char **argv)
{
	struct error err = { 0 };
	int r = run_size(options, argc, argv, &err);

	if (r >= 0)
		return DEPGRAPH_OK;
	(void)error_set(&err, r, "size", "failed");
	error_report("depgraph", &err);
	return DEPGRAPH_TROUBLE;
}

const struct verb size_verb = {
	.name = "size",
	.operands = "FILE...",
	.summary = "say where the bytes are: by section, object, library, source, symbol, GPU architecture, package",
	.description =
		"Tells what the bytes of ELF files, static libraries and whole trees are: rows with the bytes in the file and the "
		"bytes in memory when it is loaded. Every byte is in exactly one row, so rows add up to the size of the file; what "
		"has no better name stands in brackets: [section .text] is code that no symbol claims, [section headers] a table, "
		"[gap] what nothing claims.\n\n"
		"--by takes up to four keys, and each one divides the rows of the one before it. object, archive and library of a "
		"linked file come from its link map (--map), which must be this link's. source reads the debug information. arch "
		"and kernel open GPU code; the bytes of a compressed cubin are divided among its kernels in proportion. package "
		"goes by the RECORD files of Python distributions in a tree.",
	.examples = "  depgraph size app                               by section\n"
		    "  depgraph size --by section,symbol -n 5 app      the five largest symbols of each section\n"
		    "  depgraph size --by library,object --map app.map app\n"
		    "  depgraph size --by namespace --namespace-depth 1 libLLVM.so\n"
		    "  depgraph size --by arch libcublasLt.so.13       GPU code by architecture\n"
		    "  depgraph size --by package,file -n 10 venv      what a Python environment is made of\n"
		    "  depgraph size --by symbol --json app | jq '.total.rows[:3]'\n",
	.options = size_specs,
	.options_size = sizeof(struct size_command),
	.defaults = size_command_defaults,
	.exits = size_exits,
	.run = size_run,
};
