/* SPDX-License-Identifier: Apache-2.0 */
/* depgraph python: what the entries of a Python tree import, and what they do not. */
#include "depgraph/verbs.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/terminal.h"
#include "depgraph/python/python.h"

#include <errno.h>
#include <string.h>

#define LISTED_DEFAULT 20
#define JOBS_MAX       1024

struct python_verb_options {
	struct string_list entries, profiles, paths;
	const char *recorded_at, *interpreter, *json, *csv, *colour;
	unsigned verbosity;
	unsigned long long jobs;
};

static const struct option_spec python_specs[] = {
	{ "entry", 'e', OPT_LIST, offsetof(struct python_verb_options, entries), "MODULE",
	  "what is run: a module (with its __main__), MODULE:OBJECT, or a script of the tree; repeatable", "Inputs" },
	{ "profile", 'p', OPT_LIST, offsetof(struct python_verb_options, profiles), "FILE",
	  "what `depgraph record` saw; repeatable", "Inputs" },
	{ "recorded-at", 0, OPT_STRING, offsetof(struct python_verb_options, recorded_at), "DIR",
	  "where the tree was when it was recorded (default: where it is)", "Inputs" },
	{ "path", 0, OPT_LIST, offsetof(struct python_verb_options, paths), "DIR",
	  "a directory of the tree to import from first, as PYTHONPATH would; repeatable", "Inputs" },
	{ "interpreter", 0, OPT_STRING, offsetof(struct python_verb_options, interpreter), "FILE",
	  "parse with this one (default: the tree's own where that is a link out of the tree, else python3)", "Inputs" },
	{ "jobs", 'j', OPT_UINT, offsetof(struct python_verb_options, jobs), "N", "parsers at once (default: all CPUs)", "Inputs" },
	{ "verbose", 'v', OPT_COUNT, offsetof(struct python_verb_options, verbosity), NULL, "list everything", "Output" },
	{ "json", 0, OPT_OPTIONAL_STRING, offsetof(struct python_verb_options, json), "FILE",
	  "write a JSON report (to standard output without FILE)", "Output" },
	{ "csv", 0, OPT_OPTIONAL_STRING, offsetof(struct python_verb_options, csv), "FILE",
	  "write a line for each module (to standard output without FILE)", "Output" },
	{ "color", 0, OPT_STRING, offsetof(struct python_verb_options, colour), "WHEN", "auto, always or never", "Output" },
	{ 0 }
};

static const struct exit_status python_exits[] = {
	{ DEPGRAPH_OK, "the tree was read" },
	{ DEPGRAPH_TROUBLE, "trouble: no such tree or entry, a damaged profile, no interpreter" },
	{ 0, NULL }
};

static void python_defaults(void *options)
{
	struct python_verb_options *o = options;

	o->colour = "auto";
}

static void python_release(void *options)
{
	struct python_verb_options *o = options;

	string_list_release(&o->entries);
	string_list_release(&o->profiles);
	string_list_release(&o->paths);
}

static int stream_json(FILE *f, void *ctx)
{
	return python_report_json(f, ctx);
}

static int stream_csv(FILE *f, void *ctx)
{
	return python_report_csv(f, ctx);
}

/* *ret_taken: standard output is used by it. */
static int write_one(const char *path, int (*stream)(FILE *, void *), struct python_report *r, bool *ret_taken, struct error *err)
{
	int q = 0;

	if (!path)
		return 0;
	if (!strcmp(path, "-")) {
		*ret_taken = true;
		q = stream(stdout, r);
	} else {
		q = write_stream_atomically(path, stream, r);
	}
	return q < 0 ? error_set(err, q, strcmp(path, "-") ? path : "standard output", "cannot be written") : 0;
}

static int write_reports(const struct python_verb_options *o, const struct python_tree *t, struct error *err)
{
	struct python_report report = { .tree = t, .entries = &o->entries, .verbosity = o->verbosity,
					.max = o->verbosity ? SIZE_MAX : LISTED_DEFAULT };
	bool taken = false;
	int r = write_one(o->json, stream_json, &report, &taken, err);

	if (r >= 0)
		r = write_one(o->csv, stream_csv, &report, &taken, err);
	if (r >= 0 && !taken)
		r = python_report_terminal(stdout, &report);
	if (r >= 0 && fflush(stdout) != 0)
		r = -errno;
	return r < 0 ? error_set(err, r, "standard output", "cannot be written") : 0;
}

static int check_options(const struct python_verb_options *o, int argc, struct error *err)
{
	if (terminal_set_colour(o->colour) < 0)
		return error_set(err, -EINVAL, "--color", "takes auto, always or never, not \"%s\"", o->colour);
	if (argc != 1)
		return error_set(err, -EINVAL, "python", "takes one tree");
	if (!o->entries.count && !o->profiles.count)
		return error_set(err, -EINVAL, "python", "say what is run (--entry), or give recorded runs (--profile)");
	if (o->json && o->csv && !strcmp(o->json, o->csv))
		return error_set(err, -EINVAL, "python", "--json and --csv go to different files");
	return 0;
}

static int run_python(const struct python_verb_options *o, int argc, char **argv, struct error *err)
{
	CLEANUP(python_freep) struct python_tree *t = NULL;
	int r = check_options(o, argc, err);
	struct python_options options = { .entries = &o->entries, .profiles = &o->profiles, .paths = &o->paths,
					  .recorded_at = o->recorded_at, .interpreter = o->interpreter,
					  .jobs = o->jobs > JOBS_MAX ? JOBS_MAX : (unsigned)o->jobs };

	if (r < 0)
		return r;
	options.tree = argv[0];
	r = python_analyse(&options, &t, err);
	return r < 0 ? r : write_reports(o, t, err);
}

static int python_run(void *options, int argc, char **argv)
{
	struct error err = { 0 };
	int r = run_python(options, argc, argv, &err);

	if (r >= 0)
		return DEPGRAPH_OK;
	(void)error_set(&err, r, "python", "failed");
	error_report("depgraph", &err);
	return DEPGRAPH_TROUBLE;
}

const struct verb python_verb = {
	.name = "python",
	.operands = "TREE",
	.summary = "say which modules and distributions of a Python tree its entries use",
	.description =
		"Reads a venv, an installation, a directory of sources or a wheelhouse, and follows the import statements "
		"from the entries: relative and conditional ones, imports inside functions, import_module() with a literal, "
		"namespace packages, extension modules and the shared objects they need. Bytes are told by distribution and "
		"by package as used, observed, maybe, unused and other; the sum is the size of the tree's files.\n\n"
		"Nothing of the tree is run: sources are parsed by an interpreter from outside of it, started without site, "
		"environment or .pth files. Computed imports, plugins and walks of packages are named as risks.\n\n"
		"With profiles (`depgraph record`) what runs have used is kept, whatever the sources say. What no run used "
		"is not proved to be unused: the runs are stated, and it is for you to say whether they are enough.\n\n"
		"`depgraph prune --python TREE` makes suggestions of it, `depgraph why MODULE --python TREE` shows the chain of imports.",
	.examples = "  depgraph python venv --entry app.main\n"
		    "  depgraph record -o run.json -- venv/bin/python -m app.main --selftest\n"
		    "  depgraph python venv --entry app.main --profile run.json\n"
		    "  depgraph python wheels/ --entry flask --json | jq '.distributions[] | select(.state == \"unused\")'\n",
	.options = python_specs,
	.options_size = sizeof(struct python_verb_options),
	.defaults = python_defaults,
	.release = python_release,
	.exits = python_exits,
	.run = python_run,
};
