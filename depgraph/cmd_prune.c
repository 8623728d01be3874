/* SPDX-License-Identifier: Apache-2.0 */
/* depgraph prune: inputs in, suggestions ranked by bytes, reports. */
#include "depgraph/verbs.h"

#include "base/path.h"
#include "base/terminal.h"
#include "depgraph/inputs/options.h"
#include "depgraph/prune/prune.h"
#include "depgraph/report/plan.h"

#include <errno.h>
#include <string.h>

struct prune_verb_options {
	struct input_options inputs;
	struct string_list roots, closed_world, gpu_targets, targets, entries;
	const char *level, *format, *output, *colour, *json;
	unsigned long long min_bytes, limit, jobs;
	unsigned verbosity;
	bool drop_ptx, quiet;
};

#define ROW(MEMBER) offsetof(struct prune_verb_options, MEMBER)
static const struct option_spec prune_specs[] = {
	INPUT_OPTIONS(struct prune_verb_options, inputs),
	{ "entry", 'e', OPT_LIST, ROW(entries), "MODULE", "a module of the tree that is run", "Inputs" },
	{ "targets", 't', OPT_LIST, ROW(gpu_targets), "ARCH",
	  "a GPU that the program has to run on: sm_90, sm_100f, 8.6, gfx90a (repeatable, or with commas)", "What must stay" },
	{ "drop-ptx", 0, OPT_FLAG, ROW(drop_ptx), NULL, "newer GPUs than the targets need not work", "What must stay" },
	{ "root", 'u', OPT_LIST, ROW(roots), "SYMBOL", "a symbol that something outside needs", "What must stay" },
	{ "closed-world", 0, OPT_LIST, ROW(closed_world), "FILE",
	  "all binaries that import from this one (repeatable): exports that none of them imports can go", "What must stay" },
	{ "target", 0, OPT_LIST, ROW(targets), "LABEL", "look at this target of the build graph only", "Selection" },
	{ "min-bytes", 0, OPT_UINT, ROW(min_bytes), "N", "leave out what saves less, in the file and loaded", "Selection" },
	{ "level", 0, OPT_STRING, ROW(level), "LEVEL", "proved, observed or heuristic: at least so sure (default heuristic)",
	  "Selection" },
	{ "limit", 'n', OPT_UINT, ROW(limit), "N", "list at most N; totals count all (default 30; 0: all)", "Output" },
	{ "format", 0, OPT_STRING, ROW(format), "FORMAT", "text, json, sarif, html, buildozer or patch", "Output" },
	{ "json", 0, OPT_OPTIONAL_STRING, ROW(json), "FILE",
	  "write the plan, which `apply` reads (to standard output without FILE)", "Output" },
	{ "output", 'o', OPT_STRING, ROW(output), "FILE", "write --format there", "Output" },
	{ "verbose", 'v', OPT_COUNT, ROW(verbosity), NULL, "list sections; twice: all of them", "Output" },
	{ "quiet", 'q', OPT_FLAG, ROW(quiet), NULL, "print nothing on standard output", "Output" },
	{ "color", 0, OPT_STRING, ROW(colour), "WHEN", "auto, always or never", "Output" },
	{ "jobs", 'j', OPT_UINT, ROW(jobs), "N", "threads to use (default: all processors)", "Limits" },
	{ 0 }
};

static const struct exit_status prune_exits[] = {
	{ DEPGRAPH_OK, "the list is complete, empty or not" },
	{ DEPGRAPH_TROUBLE, "trouble: an input could not be read, or is not what it was given as" },
	{ 0, NULL }
};

static void prune_defaults(void *options)
{
	struct prune_verb_options *o = options;

	o->colour = "auto";
	o->level = "heuristic";
	o->format = "text";
	o->limit = 30;
}

static void prune_options_release(void *options)
{
	struct prune_verb_options *o = options;

	input_options_release(&o->inputs);
	string_list_release(&o->roots);
	string_list_release(&o->closed_world);
	string_list_release(&o->gpu_targets);
	string_list_release(&o->targets);
	string_list_release(&o->entries);
}

static const struct plan_format {
	const char *name;
	int (*write)(FILE *f, const struct prune *p, const struct plan_options *o);
} plan_formats[] = {
	{ "text", plan_terminal }, { "json", plan_json },           { "sarif", plan_sarif },
	{ "html", plan_html },     { "buildozer", plan_buildozer }, { "patch", plan_patch },
};

static const struct plan_format *find_format(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(plan_formats) / sizeof(plan_formats[0]); i++)
		if (strcmp(name, plan_formats[i].name) == 0)
			return &plan_formats[i];
	return NULL;
}

static int check_options(const struct prune_verb_options *o, struct plan_options *plan, struct error *err)
{
	if (terminal_set_colour(o->colour) < 0)
		return error_set(err, -EINVAL, "--color", "takes auto, always or never, not \"%s\"", o->colour);
	if (!find_format(o->format))
		return error_set(err, -EINVAL, "--format", "takes text, json, sarif, html, buildozer or patch, not \"%s\"",
				 o->format);
	if (evidence_level_parse(o->level, &plan->level) < 0)
		return error_set(err, -EINVAL, "--level", "takes proved, observed or heuristic, not \"%s\"", o->level);
	if (o->jobs > 1024)
		return error_set(err, -EINVAL, "--jobs", "takes at most 1024");
	plan->version = VERSION;
	plan->verbosity = o->verbosity;
	plan->limit = o->limit;
	plan->min_bytes = o->min_bytes;
	return 0;
}

struct writing {
	const struct plan_format *format;
	const struct prune *p;
	const struct plan_options *o;
};

static int write_plan(FILE *f, void *ctx)
{
	const struct writing *w = ctx;

	return w->format->write(f, w->p, w->o);
}

static int write_to(const char *path, const char *format, const struct prune *p, const struct plan_options *o,
		    struct error *err)
{
	struct writing w = { find_format(format), p, o };
	int r = write_stream_atomically(path, write_plan, &w);

	return r < 0 ? error_set(err, r, path, "the report cannot be written") : 0;
}

static int write_reports(const struct prune_verb_options *o, const struct prune *p, const struct plan_options *plan,
			 struct error *err)
{
	bool taken = o->json && strcmp(o->json, "-") == 0;
	int r = o->json ? write_to(o->json, "json", p, plan, err) : 0;

	if (r < 0 || o->quiet || (taken && !o->output))
		return r;
	return write_to(o->output ? o->output : "-", o->format, p, plan, err);
}

static int run_prune(const struct prune_verb_options *o, int argc, char **argv, struct error *err)
{
	const struct prune_options options = { .roots = &o->roots,
					       .closed_world = &o->closed_world,
					       .gpu_targets = &o->gpu_targets,
					       .targets = &o->targets,
					       .entries = &o->entries,
					       .link_line = o->inputs.link_line,
					       .drop_ptx = o->drop_ptx };
	CLEANUP(inputs_release) struct inputs in = INPUTS_INIT;
	CLEANUP(pool_freep) struct pool *pool = NULL;
	CLEANUP(prune_release) struct prune p = { .options = &options,
						  .in = &in,
						  .graph = GRAPH_INIT,
						  .found = SUGGESTIONS_INIT };
	struct plan_options plan = { 0 };
	int r = check_options(o, &plan, err);

	r = r < 0 ? r : pool_new((unsigned)o->jobs, &pool);
	p.pool = pool;
	r = r < 0 ? r : input_options_open(&o->inputs, argc, argv, &in, err);
	r = r < 0 ? r : prune_search(&p, err);
	progress_end();
	if (r < 0)
		return r;
	suggestions_filter(&p.found, plan.level, plan.min_bytes);
	r = suggestions_total(&p.found);
	r = r < 0 ? r : inputs_recheck(&in, err);
	return r < 0 ? r : write_reports(o, &p, &plan, err);
}

static int prune_run(void *options, int argc, char **argv)
{
	struct error err = { 0 };
	int r = run_prune(options, argc, argv, &err);

	if (r >= 0)
		return DEPGRAPH_OK;
	(void)error_set(&err, r, "prune", "failed");
	error_report("depgraph", &err);
	return DEPGRAPH_TROUBLE;
}

const struct verb prune_verb = {
	.name = "prune",
	.operands = "[FILE...]",
	.summary = "list what could go, ranked by bytes, with evidence, the exact edit and the command that verifies it",
	.description =
		"Takes whatever there is of a program, each recognised by its content: the linked file, its map, objects, "
		"static libraries, shared libraries, build graphs, profiles, Python trees. More inputs prove more: with objects the "
		"link is done again up to its mark phase, so that unreachable sections are known and not guessed.\n\n"
		"Each suggestion has a level. proved follows from the semantics of this link, or of the declared GPU targets. observed "
		"was not seen in recorded runs. heuristic is printed and never applied.\n\n"
		"Suggestions overlap; each byte is counted for the best of them once, and the total is what doing all would "
		"save.\n\n"
		"--json writes the plan, which `depgraph apply` carries out on copies.",
	.examples = "  gcc -Wl,-Map=app.map -o app *.o -lfoo\n"
		    "  depgraph prune --map app.map app *.o\n"
		    "  depgraph prune --targets sm_90,sm_100 libcublasLt.so.13\n"
		    "  depgraph prune --python venv --entry app.main --profile run1.json\n"
		    "  depgraph prune --json=plan.json app.map app && depgraph apply plan.json -o slim\n",
	.options = prune_specs,
	.options_size = sizeof(struct prune_verb_options),
	.defaults = prune_defaults,
	.release = prune_options_release,
	.exits = prune_exits,
	.run = prune_run,
};
