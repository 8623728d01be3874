/* SPDX-License-Identifier: Apache-2.0 */
/* reprocheck run: an action in, experiments, the causes with their axes and proofs. */
#include "reprocheck/verbs.h"

#include "base/path.h"
#include "base/terminal.h"
#include "reprocheck/run/action_file.h"
#include "base/interrupt.h"
#include "reprocheck/report/output.h"
#include "reprocheck/run/study.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDENTICAL_MAX 1000
#define RUNS_DEFAULT  100
#define JOBS_MAX      256

struct run_options {
	struct output_options out;
	const char *input, *action, *save_action, *scratch;
	struct string_list outputs, exclude, writable, only, without, fixes;
	bool prove, trace, network;
	unsigned long long identical, runs_max, jobs, timeout;
};

static const struct option_spec run_specs[] = {
	{ "input", 0, OPT_STRING, offsetof(struct run_options, input), "DIR",
	  "the tree that the command works on (default: the working directory)", "Action" },
	{ "output", 'o', OPT_LIST, offsetof(struct run_options, outputs), "PATTERN",
	  "what counts of what it wrote (default: every file that it made or changed)", "Action" },
	{ "exclude", 'x', OPT_LIST, offsetof(struct run_options, exclude), "PATTERN",
	  "what does not; without '/' the last component is matched", "Action" },
	{ "writable", 0, OPT_LIST, offsetof(struct run_options, writable), "DIR",
	  "another directory that it may write to; what it writes there is discarded", "Action" },
	{ "action", 0, OPT_STRING, offsetof(struct run_options, action), "FILE",
	  "take command, environment, inputs' digests and outputs from FILE", "Action" },
	{ "save-action", 0, OPT_STRING, offsetof(struct run_options, save_action), "FILE",
	  "write such a file", "Action" },
	{ "axis", 0, OPT_LIST, offsetof(struct run_options, only), "AXIS", "vary only this (repeatable)", "Experiment" },
	{ "no-axis", 0, OPT_LIST, offsetof(struct run_options, without), "AXIS",
	  "do not vary this (repeatable)", "Experiment" },
	{ "identical", 'n', OPT_UINT, offsetof(struct run_options, identical), "N",
	  "identical runs to begin with (default 3)", "Experiment" },
	{ "max-runs", 0, OPT_UINT, offsetof(struct run_options, runs_max), "N", "runs in all (default 100)",
	  "Experiment" },
	{ "jobs", 'j', OPT_UINT, offsetof(struct run_options, jobs), "N",
	  "runs at once (default: as many as CPUs)", "Experiment" },
	{ "timeout", 0, OPT_UINT, offsetof(struct run_options, timeout), "SECONDS",
	  "stop a run that takes longer (default: never)", "Experiment" },
	{ "network", 0, OPT_FLAG, offsetof(struct run_options, network), NULL,
	  "let the command reach the network in all runs", "Experiment" },
	{ "trace", 0, OPT_FLAG, offsetof(struct run_options, trace), NULL,
	  "trace its processes: say which one asked for a clock, random bytes or names; fake static programs' clocks",
	  "Experiment" },
	{ "scratch", 0, OPT_STRING, offsetof(struct run_options, scratch), "DIR",
	  "keep what runs write below DIR instead of in memory", "Experiment" },
	{ "no-prove", 0, OPT_NOFLAG, offsetof(struct run_options, prove), NULL, "do not try fixes", "Proof" },
	{ "try", 0, OPT_LIST, offsetof(struct run_options, fixes), "FIX",
	  "try this one too: \"NAME=value\" or \"TOOL FLAG...\" (repeatable)", "Proof" },
	OUTPUT_OPTIONS(struct run_options, out),
	KNOWN_OPTIONS(struct run_options, out),
	{ 0 }
};

static const struct exit_status run_exits[] = {
	{ EXIT_SAME, "reproducible: all runs gave the same outputs, or all that differs is known" },
	{ EXIT_DIFFERENT, "not reproducible" },
	{ EXIT_TROUBLE, "trouble: the command failed, or could not be run" },
	{ 0, NULL }
};

static void run_defaults(void *options)
{
	struct run_options *o = options;

	output_defaults(&o->out);
	o->prove = true;
	o->identical = 3;
	o->runs_max = RUNS_DEFAULT;
}

static void run_release(void *options)
{
	struct run_options *o = options;

	output_release(&o->out);
	string_list_release(&o->outputs);
	string_list_release(&o->exclude);
	string_list_release(&o->writable);
	string_list_release(&o->only);
	string_list_release(&o->without);
	string_list_release(&o->fixes);
}

static int axis_list(const struct string_list *list, axis_set *ret, struct error *err)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		int bit = axis_find(list->items[i]);

		if (bit < 0 || bit >= AXIS_COUNT)
			return error_set(err, -EINVAL, list->items[i], "is no axis; reprocheck run --help lists them");
		*ret |= AXIS_BIT(bit);
	}
	return 0;
}

static int choose_axes(const struct run_options *o, struct study_options *s, struct error *err)
{
	axis_set only = 0, without = 0;
	int r = axis_list(&o->only, &only, err);

	if (r >= 0)
		r = axis_list(&o->without, &without, err);
	s->axes = (only ? only : AXIS_ALL) & ~without;
	/* A build that may use the network has nothing to find out about it. */
	if (o->network)
		s->axes &= ~AXIS_BIT(AXIS_NETWORK);
	s->lab.varied = s->axes;
	return r;
}

/* Where the inputs are, and the working directory below them. */
struct place_of_work {
	char inputs[PATH_MAX], cwd[PATH_MAX];
};

static int find_inputs(const struct run_options *o, struct place_of_work *p, struct subject *s, struct error *err)
{
	size_t n;

	if (!realpath(o->input ? o->input : ".", p->inputs))
		return error_set(err, -errno, o->input ? o->input : ".", "cannot be found");
	if (strcmp(p->inputs, "/") == 0)
		return error_set(err, -EINVAL, "/", "is everything, and no tree to work on: give --input");
	s->inputs = p->inputs;
	s->subdir = "";
	n = strlen(p->inputs);
	if (getcwd(p->cwd, sizeof(p->cwd)) && strncmp(p->cwd, p->inputs, n) == 0 && p->cwd[n] == '/')
		s->subdir = p->cwd + n + 1;
	return 0;
}

static int make_subject(const struct run_options *o, char **argv, struct place_of_work *place,
			struct action_file **file, struct subject *s, struct error *err)
{
	int r = find_inputs(o, place, s, err);

	if (r < 0)
		return r;
	s->argv = (const char *const *)argv;
	s->env = (const char *const *)environ;
	s->writable = o->writable.items;
	s->writable_count = o->writable.count;
	if (o->action) {
		if (argv[0])
			return error_set(err, -EINVAL, "--action", "brings its own command");
		r = action_file_read(o->action, file, s, err);
		if (r >= 0)
			r = action_file_check(*file, s->inputs, err);
	} else if (!argv[0]) {
		return error_set(err, -EINVAL, "run", "takes a command: reprocheck run -- CMD...");
	}
	if (r >= 0 && o->outputs.count) {
		s->outputs = o->outputs.items;
		s->output_count = o->outputs.count;
	}
	if (r >= 0 && o->save_action)
		r = action_file_write(o->save_action, s, err);
	return r;
}

static void say(void *ctx, const char *text)
{
	const struct run_options *o = ctx;

	if (!o->out.quiet)
		(void)fprintf(stderr, "reprocheck: %s\n", text);
}

static int check_numbers(const struct run_options *o, struct error *err)
{
	if (o->identical < 2 || o->identical > IDENTICAL_MAX)
		return error_set(err, -EINVAL, "--identical", "takes 2 to %d", IDENTICAL_MAX);
	if (o->runs_max < o->identical + 1)
		return error_set(err, -EINVAL, "--max-runs", "must allow %llu identical runs and one more",
				 o->identical);
	return 0;
}

/* A command that fails with everything pinned says nothing about reproducibility: its own words are shown. */
static void show_failure(const struct experiment *e, bool log)
{
	size_t i;

	(void)fprintf(stderr, "reprocheck: the command ended with status %d\n", e->status);
	for (i = 0; i < e->network_count; i++)
		(void)fprintf(stderr, "reprocheck: it asked for the network, which it has with --network only: %s\n",
			      e->network[i]);
	if (log && e->log_head && *e->log_head)
		(void)fprintf(stderr, "%s%s", e->log_head,
			      e->log_head[strlen(e->log_head) - 1] == '\n' ? "" : "\n");
}

static int finish(const struct run_options *o, struct comparison *c, struct error *err)
{
	struct report_options report = { .version = VERSION };
	int r;

	report.command = verb_command_line(&report.command_count);
	r = output_write(&o->out, c, &report, err);
	if (r >= 0 && c->experiment->status != 0)
		show_failure(c->experiment, !output_is_terminal(&o->out)); /* or it stands in the report */
	return r;
}

static int experiment(struct run_options *o, char **argv, struct error *err)
{
	CLEANUP(action_file_freep) struct action_file *file = NULL;
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	struct place_of_work place;
	struct study_options s = {
		.lab = { .jobs = o->jobs > JOBS_MAX ? JOBS_MAX : (unsigned)o->jobs,
			 .runs_max = o->runs_max,
			 .timeout_ms = o->timeout * 1000,
			 .scratch = o->scratch,
			 .pinned = AXIS_ALL,
			 .trace = o->trace,
			 .network = o->network,
			 .log_max = (size_t)1 << 20 },
		.compare = { .exclude = o->exclude.items, .exclude_count = o->exclude.count },
		.identical = (unsigned)o->identical,
		.prove = o->prove,
		.fixes = o->fixes.items,
		.fix_count = o->fixes.count,
		.say = say,
		.ctx = o,
	};
	int r = output_check(&o->out, err);

	s.compare.no_source = !output_shows_places(&o->out);
	if (r >= 0)
		r = check_numbers(o, err);
	if (r >= 0)
		r = choose_axes(o, &s, err);
	if (r >= 0)
		r = make_subject(o, argv, &place, &file, &s.subject, err);
	if (r < 0)
		return r;
	interrupt_begin();
	r = study(&s, &c, err);
	interrupt_end();
	return r < 0 ? r : finish(o, c, err);
}

static int run_run(void *options, int argc, char **argv)
{
	struct error err = { 0 };
	int r = experiment(options, argv, &err);

	(void)argc;
	if (r >= 0)
		return r;
	if (interrupt_signal()) {
		(void)fprintf(stderr, "reprocheck: interrupted\n");
		(void)raise(interrupt_signal());
	}
	(void)error_set(&err, r, "run", "failed");
	error_report("reprocheck", &err);
	return EXIT_TROUBLE;
}

const struct verb run_verb = {
	.name = "run",
	.operands = "-- [CMD...]",
	.summary = "run a build action under varied conditions, name what makes its outputs differ, prove the fix",
	.description =
		"Runs the command several times with everything pinned that a build may pick up from its "
		"surroundings, then with all of it varied, then with one axis at a time, so that each "
		"differing byte gets the axes that move it. Then the fixes of the causes that were found are tried: "
		"what is gone with the fix is proved.\n\n"
		"The command works on a copy-on-write view of its tree; what it writes goes to memory, and "
		"nothing of yours is changed. No root is needed where user namespaces are allowed.\n\n"
		"Axes: time build-path tmpdir home host user umask timezone locale environment path kernel cpus jobs "
		"aslr pid readdir mtime atime hash-seed inode tty network. What differs with nothing varied is "
		"intrinsic. An axis that could not be varied here is reported as ineffective, never as passed.",
	.examples = "  reprocheck run -- make app\n"
		    "  reprocheck run -o '*.o' --html=report.html -- gcc -g -c x.c\n"
		    "  reprocheck run --trace --json=record.json -- ./build.sh; reprocheck show record.json\n"
		    "  reprocheck run --try 'gcc -frandom-seed=0' -- gcc -flto -c x.c\n",
	.options = run_specs,
	.options_size = sizeof(struct run_options),
	.defaults = run_defaults,
	.release = run_release,
	.exits = run_exits,
	.command = true,
	.run = run_run,
};
