/* SPDX-License-Identifier: Apache-2.0 */
/* depgraph diff: where the bytes came from and went to between two versions of a file. */
#include "depgraph/size/command.h"
#include "depgraph/verbs.h"

#include "base/cleanup.h"

#include <errno.h>

struct diff_options {
	struct size_command c;
	const char *old_map, *new_map;
};

static const struct option_spec diff_specs[] = {
	SIZE_COMMAND_SPECS("what rows are of: section (default), segment, object, archive, library, source, symbol, namespace, arch, "
			   "kernel, package, file; several keys nest"),
	{ "all", 'a', OPT_FLAG, offsetof(struct size_command, all), NULL, "also rows that did not change", "Rows" },
	{ "old-map", 0, OPT_STRING, offsetof(struct diff_options, old_map), "FILE", "the link map of OLD", "Inputs" },
	{ "new-map", 0, OPT_STRING, offsetof(struct diff_options, new_map), "FILE", "the link map of NEW", "Inputs" },
	{ "fail-if-grown", 0, OPT_FLAG, offsetof(struct size_command, fail_if_grown), NULL,
	  "exit with status 1 when NEW has more bytes, in the file or loaded", "Output" },
	{ 0 }
};

static const struct exit_status diff_exits[] = {
	{ DEPGRAPH_OK, "told" },
	{ DEPGRAPH_FOUND, "with --fail-if-grown: it has grown" },
	{ DEPGRAPH_TROUBLE, "trouble: an input could not be read, or a map is another link's" },
	{ 0, NULL }
};

static int measure(const struct size_command *c, const char *map, const char *path, struct size_tree *ret, struct error *err)
{
	struct size_options o = c->options;

	o.map = map;
	o.common_root = true;
	return size_measure(&o, &path, 1, ret, err);
}

static int run_diff(struct diff_options *d, int argc, char **argv, struct error *err)
{
	CLEANUP(size_tree_release) struct size_tree older = SIZE_TREE_INIT, newer = SIZE_TREE_INIT;
	CLEANUP(size_view_release) struct size_view view = SIZE_VIEW_INIT;
	struct size_command *c = &d->c;
	struct size_telling t = { .view = &view, .options = &c->options, .paths = (const char *const *)argv,
				  .path_count = (size_t)argc, .verbosity = c->verbosity };
	int r = size_command_check(c, err);

	if (!r)
		r = measure(c, d->old_map, argv[0], &older, err);
	if (!r)
		r = measure(c, d->new_map, argv[1], &newer, err);
	if (!r)
		r = size_view_two(&view, &older, &newer, &c->view);
	t.files = newer.files;
	t.unplaced = older.unplaced + newer.unplaced;
	t.note = *newer.note ? newer.note : older.note;
	if (!r)
		r = size_command_tell(c, &t, err);
	if (r < 0)
		return r;
	return c->fail_if_grown && (newer.nodes[0].file > older.nodes[0].file || newer.nodes[0].loaded > older.nodes[0].loaded) ?
		       DEPGRAPH_FOUND :
		       DEPGRAPH_OK;
}

static int diff_run(void *options, int argc, char **argv)
{
	struct error err = { 0 };
	int r = run_diff(options, argc, argv, &err);

	if (r >= 0)
		return r;
	(void)error_set(&err, r, "diff", "failed");
	error_report("depgraph", &err);
	return DEPGRAPH_TROUBLE;
}

const struct verb diff_verb = {
	.name = "diff",
	.operands = "OLD NEW",
	.summary = "say what grew and shrank between two versions of a file or tree",
	.description =
		"Measures both as `size` does, by the same keys, and pairs the rows by name: grown, shrunk, new, gone. The rows add "
		"up to the difference of the file sizes, to the byte.\n\n"
		"A difference is no failure: the status is 0 unless --fail-if-grown is given. A budget that is kept in a file is what "
		"`check` is for.",
	.examples = "  depgraph diff old/app new/app\n"
		    "  depgraph diff --by source,symbol old/app new/app\n"
		    "  depgraph diff --by library --old-map old.map --new-map new.map old/app new/app\n"
		    "  depgraph diff --by package old-venv new-venv\n"
		    "  depgraph diff --fail-if-grown --by symbol --json=change.json main/app pr/app\n",
	.options = diff_specs,
	.options_size = sizeof(struct diff_options),
	.defaults = size_command_defaults,
	.exits = diff_exits,
	.run = diff_run,
};
