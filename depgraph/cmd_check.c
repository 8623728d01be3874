/* SPDX-License-Identifier: Apache-2.0 */
/* depgraph check: what the program costs now, against a kept budget. */
#include "depgraph/verbs.h"

#include "base/path.h"
#include "base/terminal.h"
#include "depgraph/answer/budget.h"
#include "depgraph/inputs/options.h"
#include "depgraph/prune/prune.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct check_options {
	struct input_options inputs;
	struct string_list gpu_targets, closed_world, entries, roots;
	const char *budget, *json, *colour;
	unsigned long long jobs;
	bool update, quiet;
};

#define ROW(MEMBER) offsetof(struct check_options, MEMBER)
static const struct option_spec check_specs[] = {
	{ "budget", 'b', OPT_STRING, ROW(budget), "FILE", "the budget; needed", "Budget" },
	{ "update", 0, OPT_FLAG, ROW(update), NULL, "write what is now as the budget, keeping its tolerance", "Budget" },
	INPUT_OPTIONS(struct check_options, inputs),
	{ "entry", 'e', OPT_LIST, ROW(entries), "MODULE", "a module of the tree that is run", "Inputs" },
	{ "targets", 't', OPT_LIST, ROW(gpu_targets), "ARCH", "GPUs that the program has to run on", "What must stay" },
	{ "root", 'u', OPT_LIST, ROW(roots), "SYMBOL", "a symbol that something outside needs", "What must stay" },
	{ "closed-world", 0, OPT_LIST, ROW(closed_world), "FILE", "all binaries that import from this one", "What must stay" },
	{ "json", 0, OPT_OPTIONAL_STRING, ROW(json), "FILE", "write JSON (to standard output without FILE)", "Output" },
	{ "quiet", 'q', OPT_FLAG, ROW(quiet), NULL, "print nothing on standard output", "Output" },
	{ "color", 0, OPT_STRING, ROW(colour), "WHEN", "auto, always or never", "Output" },
	{ "jobs", 'j', OPT_UINT, ROW(jobs), "N", "threads to use (default: all processors)", "Limits" },
	{ 0 }
};

static const struct exit_status check_exits[] = {
	{ DEPGRAPH_OK, "within the budget, or updated" },
	{ DEPGRAPH_FOUND, "over it: each reason is a line" },
	{ DEPGRAPH_TROUBLE, "trouble: no budget, or an input could not be read" },
	{ 0, NULL }
};

static void check_defaults(void *options)
{
	((struct check_options *)options)->colour = "auto";
}

static void check_release(void *options)
{
	struct check_options *o = options;

	input_options_release(&o->inputs);
	string_list_release(&o->gpu_targets);
	string_list_release(&o->closed_world);
	string_list_release(&o->entries);
	string_list_release(&o->roots);
}

/* Everything that prune would suggest, summed. */
static int search(const struct check_options *o, struct inputs *in, struct prune *p, struct error *err)
{
	const struct prune_options options = { .roots = &o->roots,
					       .closed_world = &o->closed_world,
					       .gpu_targets = &o->gpu_targets,
					       .entries = &o->entries,
					       .link_line = o->inputs.link_line };
	int r = pool_new((unsigned)o->jobs, &p->pool);

	p->in = in;
	p->options = &options;
	r = r < 0 ? r : prune_search(p, err);
	r = r < 0 ? r : suggestions_total(&p->found);
	pool_free(p->pool);
	p->pool = NULL;
	p->options = NULL;
	progress_end();
	return r;
}

static int dump(FILE *f, void *ctx)
{
	return json_write(f, ctx);
}

static int update(const struct check_options *o, json_t *now, struct error *err)
{
	json_t *old = NULL, *tolerance;
	int r = budget_read(o->budget, &old, NULL);

	tolerance = old ? json_object_get(old, "tolerance_percent") : NULL;
	if (tolerance)
		(void)json_object_set(now, "tolerance_percent", tolerance);
	json_decref(old);
	r = write_stream_atomically(o->budget, dump, now);
	return r < 0 ? error_set(err, r, o->budget, "cannot be written") : DEPGRAPH_OK;
}

static void put_reason(const struct budget_reason *r)
{
	char is[32], limit[32];

	if (*r->file) {
		terminal_put(stdout, r->file);
		printf(": ");
	}
	terminal_put(stdout, r->what);
	if (r->is || r->limit)
		printf(": %s bytes, the budget is %s\n", format_count(r->is, is), format_count(r->limit, limit));
	else
		printf(": is new\n");
}

static json_t *reason_json(const struct budget_reason *r)
{
	json_t *o = json_object();
	int e = json_put(o, "file", json_text(r->file));

	e = e ? e : json_put(o, "what", json_text(r->what));
	e = e ? e : json_put(o, "is", json_integer((json_int_t)r->is));
	e = e ? e : json_put(o, "limit", json_integer((json_int_t)r->limit));
	if (e == 0)
		return o;
	json_decref(o);
	return NULL;
}

static int write_json_report(const struct check_options *o, json_t *now, const struct budget_reasons *reasons,
			     struct error *err)
{
	json_t *doc = json_object(), *list = json_array();
	size_t i;
	int r = json_put(doc, "format", json_string("depgraph-check"));

	for (i = 0; i < reasons->count && r == 0; i++)
		r = json_array_append_new(list, reason_json(&reasons->items[i])) == 0 ? 0 : -ENOMEM;
	r = r ? r : json_put(doc, "within", json_boolean(reasons->count == 0));
	r = r ? r : json_put(doc, "reasons", json_incref(list));
	r = r ? r : json_put(doc, "now", json_incref(now));
	r = r ? r : write_stream_atomically(o->json, dump, doc);
	json_decref(list);
	json_decref(doc);
	return r < 0 ? error_set(err, r, o->json, "cannot be written") : 0;
}

static int compare(const struct check_options *o, json_t *now, struct error *err)
{
	CLEANUP(budget_reasons_release) struct budget_reasons reasons = { 0 };
	json_t *budget = NULL;
	size_t i;
	int r = budget_read(o->budget, &budget, err);

	r = r < 0 ? r : budget_check(budget, now, &reasons, err);
	json_decref(budget);
	if (r >= 0 && o->json)
		r = write_json_report(o, now, &reasons, err);
	if (r < 0)
		return r;
	for (i = 0; i < reasons.count && !o->quiet && !(o->json && strcmp(o->json, "-") == 0); i++)
		put_reason(&reasons.items[i]);
	if (fflush(stdout) != 0)
		return error_set(err, -errno, "standard output", "cannot be written");
	return reasons.count ? DEPGRAPH_FOUND : DEPGRAPH_OK;
}

static int run_check(const struct check_options *o, int argc, char **argv, struct error *err)
{
	CLEANUP(inputs_release) struct inputs in = INPUTS_INIT;
	CLEANUP(prune_release) struct prune p = { .graph = GRAPH_INIT, .found = SUGGESTIONS_INIT };
	json_t *now = NULL;
	int r;

	if (terminal_set_colour(o->colour) < 0)
		return error_set(err, -EINVAL, "--color", "takes auto, always or never, not \"%s\"", o->colour);
	if (!o->budget)
		return error_set(err, -EINVAL, "--budget", "is needed: the file that holds the budget");
	r = input_options_open(&o->inputs, argc, argv, &in, err);
	r = r < 0 ? r : search(o, &in, &p, err);
	r = r < 0 ? r : budget_measure(&in, &p.found, &now, err);
	r = r < 0 ? r : inputs_recheck(&in, err);
	r = r < 0 ? r : o->update ? update(o, now, err) : compare(o, now, err);
	json_decref(now);
	return r;
}

static int check_run(void *options, int argc, char **argv)
{
	struct error err = { 0 };
	int r = run_check(options, argc, argv, &err);

	if (r >= 0)
		return r;
	(void)error_set(&err, r, "check", "failed");
	error_report("depgraph", &err);
	return DEPGRAPH_TROUBLE;
}

const struct verb check_verb = {
	.name = "check",
	.operands = "[FILE...]",
	.summary = "hold sizes, dependencies, GPU architectures and removable bytes against a kept budget",
	.description =
		"Measures each file (its size, what it takes when loaded, its sections, the libraries it needs, its GPU "
		"architectures) and what `depgraph prune` would remove from it, and compares with a budget kept beside the source.\n\n"
		"A number in the budget is the most that it may be; a list names all that may be there, so a new dependency or "
		"architecture is a reason. What the budget leaves out is not held. --update writes what is now.",
	.examples = "  depgraph check --budget size.json --update build/app\n"
		    "  depgraph check --budget size.json --map build/app.map build/app\n",
	.options = check_specs,
	.options_size = sizeof(struct check_options),
	.defaults = check_defaults,
	.release = check_release,
	.exits = check_exits,
	.run = check_run,
};
