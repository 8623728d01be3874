/* SPDX-License-Identifier: Apache-2.0 */
/* reprocheck log: two builds' execution logs in, the actions where they began to differ out. */
#include "reprocheck/verbs.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "base/terminal.h"
#include "reprocheck/log/report.h"

#include <errno.h>
#include <string.h>

#define JOBS_MAX 1024
#define LISTED_DEFAULT 20
#define INPUTS_MAX 200 /* that differ, kept for one action */
#define OPENED_MAX 16  /* files of one action that are compared */

enum { EXIT_SAME = 0, EXIT_DIFFERENT = 1, EXIT_TROUBLE = 2 };

struct log_options {
	const char *json, *colour;
	unsigned verbosity;
	bool quiet;
	struct string_list mnemonics, targets;
	unsigned long long max_actions, jobs;
	const char *cas, *outputs[2];
};

static const struct option_spec log_specs[] = {
	{ "verbose", 'v', OPT_COUNT, offsetof(struct log_options, verbosity), NULL,
	  "list actions that inherit a difference too, whole digests and all lines", "Output" },
	{ "quiet", 'q', OPT_FLAG, offsetof(struct log_options, quiet), NULL, "print nothing on standard output",
	  "Output" },
	{ "json", 0, OPT_OPTIONAL_STRING, offsetof(struct log_options, json), "FILE",
	  "write a JSON report (to standard output without FILE)", "Output" },
	{ "color", 0, OPT_STRING, offsetof(struct log_options, colour), "WHEN", "auto, always or never", "Output" },
	{ "max-actions", 0, OPT_UINT, offsetof(struct log_options, max_actions), "N",
	  "list at most N actions of each outcome (default 20; totals count all)", "Output" },
	{ "mnemonic", 0, OPT_LIST, offsetof(struct log_options, mnemonics), "PATTERN",
	  "only actions with such a mnemonic (Buck2: category)", "Selection" },
	{ "target", 0, OPT_LIST, offsetof(struct log_options, targets), "PATTERN",
	  "only actions of such targets; //pkg/... is all below a package", "Selection" },
	{ "cas", 0, OPT_STRING, offsetof(struct log_options, cas), "DIR",
	  "open divergent outputs: blobs by digest, such as a disk cache", "Outputs" },
	{ "outputs-a", 0, OPT_STRING, offsetof(struct log_options, outputs[0]), "DIR",
	  "open divergent outputs: A's tree of outputs", "Outputs" },
	{ "outputs-b", 0, OPT_STRING, offsetof(struct log_options, outputs[1]), "DIR", "B's tree of outputs",
	  "Outputs" },
	{ "jobs", 'j', OPT_UINT, offsetof(struct log_options, jobs), "N",
	  "threads for comparing outputs (default: all CPUs)", "Outputs" },
	{ 0 }
};

static const struct exit_status log_exits[] = {
	{ EXIT_SAME, "the actions asked for are the same, results too" },
	{ EXIT_DIFFERENT, "some differ" },
	{ EXIT_TROUBLE, "trouble: a log could not be read, or an output not compared" },
	{ 0, NULL }
};

static void log_defaults(void *options)
{
	struct log_options *o = options;

	o->colour = "auto";
	o->max_actions = LISTED_DEFAULT;
}

static void log_release(void *options)
{
	struct log_options *o = options;

	string_list_release(&o->mnemonics);
	string_list_release(&o->targets);
}

/* All that is held while the verb runs. */
struct job {
	const struct log_options *o;
	const char *paths[2];
	struct log_names names;
	struct log_store stores[2];
	struct log_comparison comparison;
	struct log_array listed; /* struct log_listed */
	struct log_details details;
	bool trouble;
};

static void job_release(struct job *j)
{
	size_t i;

	for (i = 0; i < j->listed.count; i++)
		log_opened_release(&LOG_AT(&j->listed, struct log_listed, i)->opened);
	log_array_release(&j->listed);
	log_details_release(&j->details);
	log_comparison_release(&j->comparison);
	log_store_release(&j->stores[0]);
	log_store_release(&j->stores[1]);
	log_names_release(&j->names);
}

/* ---- what is listed ------------------------------------------------------------------------------------------ */

static int list_one(struct job *j, uint32_t match, const struct log_root *root)
{
	struct log_listed *l = log_array_add(&j->listed, 1);

	if (!l)
		return -ENOMEM;
	l->match = match;
	l->root = root;
	return 0;
}

/*
 * One changed header changes many actions in the same way: a person wants to see one for
 * each target and mnemonic. -v and --json list all.
 */
static bool is_told(const struct job *j, const struct log_match *m)
{
	const struct log_known_action *a = log_action_at(&j->stores[0], m->a), *b;
	size_t i;

	if (j->o->verbosity || j->o->json || m->outcome != LOG_CHANGED)
		return false;
	for (i = 0; i < j->listed.count; i++) {
		uint32_t listed = LOG_AT(&j->listed, const struct log_listed, i)->match;
		const struct log_match *n = LOG_AT(&j->comparison.matches, const struct log_match, listed);

		b = log_action_at(&j->stores[0], n->a);
		if (n->reasons == m->reasons && a->target == b->target && a->target && a->mnemonic == b->mnemonic)
			return true;
	}
	return false;
}

static int list_roots(struct job *j, enum log_outcome outcome)
{
	size_t i, n = 0;
	int r = 0;

	for (i = 0; r >= 0 && i < j->comparison.roots.count && n < j->o->max_actions; i++) {
		const struct log_root *root = LOG_AT(&j->comparison.roots, const struct log_root, i);

		const struct log_match *m = LOG_AT(&j->comparison.matches, const struct log_match, root->match);

		if (m->outcome != outcome || is_told(j, m))
			continue;
		r = list_one(j, root->match, root);
		n++;
	}
	return r;
}

static int list_matches(struct job *j, enum log_outcome outcome)
{
	size_t i, n = 0;
	int r = 0;

	for (i = 0; r >= 0 && i < j->comparison.matches.count && n < j->o->max_actions; i++) {
		const struct log_match *m = LOG_AT(&j->comparison.matches, const struct log_match, i);

		if (m->outcome != outcome || m->hidden)
			continue;
		r = list_one(j, (uint32_t)i, NULL);
		n++;
	}
	return r;
}

static int choose(struct job *j)
{
	int r = list_roots(j, LOG_DIVERGENT);

	if (r >= 0)
		r = list_roots(j, LOG_CHANGED);
	if (r >= 0)
		r = list_matches(j, LOG_ONLY_A);
	if (r >= 0)
		r = list_matches(j, LOG_ONLY_B);
	if (r >= 0 && (j->o->verbosity || j->o->json))
		r = list_matches(j, LOG_INHERITS);
	return r;
}

static int read_details(struct job *j, struct error *err)
{
	const struct log_details_options options = { .inputs_max = INPUTS_MAX };
	AUTO_FREE uint32_t *wanted = reallocarray(NULL, j->listed.count + 1, sizeof(*wanted));
	size_t i;
	int r;

	if (!wanted)
		return error_set(err, -ENOMEM, "log", "out of memory");
	for (i = 0; i < j->listed.count; i++)
		wanted[i] = LOG_AT(&j->listed, struct log_listed, i)->match;
	r = log_details_read(&j->comparison, wanted, j->listed.count, j->paths, &options, &j->details, err);
	for (i = 0; r >= 0 && i < j->listed.count; i++)
		LOG_AT(&j->listed, struct log_listed, i)->detail = &j->details.items[i];
	return r;
}

/* Outputs of changed actions may well differ; only divergent ones ask why. */
static int open_outputs(struct job *j, struct error *err)
{
	const struct log_blobs blobs = { .cas = j->o->cas,
					 .outputs = { j->o->outputs[0], j->o->outputs[1] },
					 .hash_function = j->stores[0].info.hash_function,
					 .jobs = j->o->jobs > JOBS_MAX ? JOBS_MAX : (unsigned)j->o->jobs };
	size_t i, k;
	int r = 0;

	if (!blobs.cas && !blobs.outputs[0])
		return 0;
	for (i = 0; r >= 0 && i < j->listed.count; i++) {
		struct log_listed *l = LOG_AT(&j->listed, struct log_listed, i);

		if (LOG_AT(&j->comparison.matches, const struct log_match, l->match)->outcome != LOG_DIVERGENT)
			continue;
		progress_note("%s", l->detail->key);
		r = log_open_outputs(l->detail, &blobs, OPENED_MAX, &l->opened, err);
		for (k = 0; k < l->opened.count; k++)
			j->trouble = j->trouble || (l->opened.items[k].comparison && l->opened.items[k].comparison->trouble);
	}
	return r;
}

/* ---- the verb ------------------------------------------------------------------------------------------------ */

static int stream_json(FILE *f, void *ctx)
{
	return log_report_json(f, ctx);
}

static int write_reports(struct job *j, struct error *err)
{
	struct log_report report = { .comparison = &j->comparison,
				     .paths = { j->paths[0], j->paths[1] },
				     .listed = LOG_AT(&j->listed, const struct log_listed, 0),
				     .listed_count = j->listed.count,
				     .opened = j->o->cas || j->o->outputs[0],
				     .version = VERSION,
				     .verbosity = j->o->verbosity };
	bool taken = j->o->quiet;
	int r = 0;

	if (j->o->json && strcmp(j->o->json, "-") == 0) {
		r = log_report_json(stdout, &report);
		taken = true;
	} else if (j->o->json) {
		r = write_stream_atomically(j->o->json, stream_json, &report);
	}
	if (r < 0)
		return error_set(err, r, taken ? "standard output" : j->o->json, "cannot be written");
	if (!taken)
		r = log_report_terminal(stdout, &report);
	if (r >= 0 && fflush(stdout) != 0)
		r = -errno;
	return r < 0 ? error_set(err, r, "standard output", "cannot be written") : 0;
}

static int check_options(const struct log_options *o, int argc, struct error *err)
{
	if (terminal_set_colour(o->colour) < 0)
		return error_set(err, -EINVAL, "--color", "takes auto, always or never, not \"%s\"", o->colour);
	if (argc != 2)
		return error_set(err, -EINVAL, "log", "takes two logs");
	if (!o->outputs[0] != !o->outputs[1])
		return error_set(err, -EINVAL, "log", "--outputs-a and --outputs-b go together");
	return 0;
}

static int run_job(struct job *j, struct error *err)
{
	const struct log_compare_options options = { .mnemonics = j->o->mnemonics.items,
						     .mnemonic_count = j->o->mnemonics.count,
						     .targets = j->o->targets.items,
						     .target_count = j->o->targets.count };
	int r = log_store_read(&j->stores[0], j->paths[0], err);

	if (r >= 0)
		r = log_store_read(&j->stores[1], j->paths[1], err);
	if (r < 0)
		return r;
	r = log_compare(&j->stores[0], &j->stores[1], &options, &j->comparison);
	if (r >= 0)
		r = choose(j);
	if (r < 0)
		return error_set(err, r, "log", "cannot be compared");
	r = read_details(j, err);
	if (r >= 0)
		r = open_outputs(j, err);
	return r < 0 ? r : write_reports(j, err);
}

static bool all_same(const struct log_comparison *c)
{
	return c->counts[LOG_DIVERGENT] + c->counts[LOG_CHANGED] + c->counts[LOG_INHERITS] + c->counts[LOG_ABSORBED] +
		       c->counts[LOG_ONLY_A] + c->counts[LOG_ONLY_B] ==
	       0;
}

static int run_log(const struct log_options *o, int argc, char **argv, struct error *err)
{
	CLEANUP(job_release) struct job j = { .o = o,
					      .comparison = LOG_COMPARISON_INIT,
					      .listed = LOG_ARRAY_OF(struct log_listed) };
	int r = check_options(o, argc, err);

	if (r < 0)
		return r;
	j.names = (struct log_names)LOG_NAMES_INIT;
	j.stores[0] = (struct log_store)LOG_STORE_INIT(&j.names);
	j.stores[1] = (struct log_store)LOG_STORE_INIT(&j.names);
	j.paths[0] = argv[0];
	j.paths[1] = argv[1];
	r = run_job(&j, err);
	if (r < 0)
		return r;
	return j.trouble ? EXIT_TROUBLE : all_same(&j.comparison) ? EXIT_SAME : EXIT_DIFFERENT;
}

static int log_run(void *options, int argc, char **argv)
{
	struct error err = { 0 };
	int r = run_log(options, argc, argv, &err);

	if (r >= 0)
		return r;
	(void)error_set(&err, r, "log", "failed");
	error_report("reprocheck", &err);
	return EXIT_TROUBLE;
}

const struct verb log_verb = {
	.name = "log",
	.operands = "A B",
	.summary = "compare two builds' execution logs and find the actions where they began to differ",
	.description =
		"Pairs the actions of two execution logs and tells those that are not deterministic (same command, "
		"same inputs, another result) and those that are not the same action apart from those that only "
		"inherit a difference. What began it leads, ranked by how many later actions it invalidates.\n\n"
		"Reads Bazel's logs (--execution_log_compact_file, --execution_log_binary_file, "
		"--execution_log_json_file) and Buck2's (`buck2 log what-ran --format json`, event logs in JSON "
		"lines), told apart by content.\n\n"
		"With --cas, or --outputs-a and --outputs-b, the outputs that diverge are opened and compared as "
		"`diff` does, and their causes shown.",
	.examples = "  bazel build --execution_log_compact_file=a.zst //...\n"
		    "  bazel clean; bazel build --execution_log_compact_file=b.zst //...\n"
		    "  reprocheck log a.zst b.zst\n"
		    "  reprocheck log --cas ~/.cache/bazel-disk --mnemonic CppCompile a.zst b.zst\n"
		    "  reprocheck log --json a.zst b.zst | jq '.actions[] | select(.outcome == \"divergent\")'\n",
	.options = log_specs,
	.options_size = sizeof(struct log_options),
	.defaults = log_defaults,
	.release = log_release,
	.exits = log_exits,
	.run = log_run,
};
