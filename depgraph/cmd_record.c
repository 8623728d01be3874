/* SPDX-License-Identifier: Apache-2.0 */
/* depgraph record: a command run as it is, and which files it opened. */
#include "depgraph/verbs.h"

#include "base/cleanup.h"
#include "base/terminal.h"
#include "depgraph/record/profile.h"
#include "depgraph/record/record.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

/* As env(1), timeout(1) and nohup(1) have them: a command's own 1 or 2 is not ours. */
enum { RECORD_TROUBLE = 125, RECORD_SIGNAL = 128 };

#define OUTPUT_DEFAULT "profile.json"

struct record_verb_options {
	const char *output;
	bool no_digests, append, merge;
};

static const struct option_spec record_specs[] = {
	{ "output", 'o', OPT_STRING, offsetof(struct record_verb_options, output), "PROFILE",
	  "where the profile is written (default " OUTPUT_DEFAULT ")", NULL },
	{ "append", 'a', OPT_FLAG, offsetof(struct record_verb_options, append), NULL, "add this run to the profile that is there", NULL },
	{ "no-digests", 0, OPT_FLAG, offsetof(struct record_verb_options, no_digests), NULL,
	  "do not hash what was opened", NULL },
	{ "merge", 0, OPT_FLAG, offsetof(struct record_verb_options, merge), NULL,
	  "run nothing: the operands are profiles, joined into one", NULL },
	{ 0 }
};

static const struct exit_status record_exits[] = {
	{ 0, "the command's own exit status is passed on" },
	{ 125, "recording failed: nothing was run, or the profile could not be written" },
	{ 126, "the command cannot be executed" },
	{ 127, "the command was not found" },
	{ 128, "plus N: the command was ended by signal N" },
	{ 0, NULL }
};

static void record_defaults(void *options)
{
	struct record_verb_options *o = options;

	o->output = OUTPUT_DEFAULT;
}

static int merge_profiles(const struct record_verb_options *o, int argc, char **argv, struct error *err)
{
	CLEANUP(profile_freep) struct profile *all = NULL;
	int i, r = profile_new(&all);

	for (i = 0; !r && i < argc; i++) {
		CLEANUP(profile_freep) struct profile *one = NULL;

		r = profile_read(argv[i], &one, err);
		if (!r)
			r = profile_merge(all, one);
	}
	return r < 0 ? r : profile_write(all, o->output, err);
}

static int run_command(const struct record_verb_options *o, char **argv, struct error *err)
{
	const struct record_options options = {
		.argv = argv, .output = o->output, .no_digests = o->no_digests, .append = o->append,
	};
	struct files_outcome outcome;
	int r = record_run(&options, &outcome, err);

	if (r < 0)
		return r;
	return WIFSIGNALED(outcome.status) ? RECORD_SIGNAL + WTERMSIG(outcome.status) : WEXITSTATUS(outcome.status);
}

/* Options that stand after the operands are the command's; those of a merge are ours, in either place. */
static int take_late_output(struct record_verb_options *o, int *argc, char **argv)
{
	int i, n = 0;

	for (i = 0; i < *argc; i++) {
		if (strcmp(argv[i], "-o") != 0 && strcmp(argv[i], "--output") != 0)
			argv[n++] = argv[i];
		else if (++i < *argc)
			o->output = argv[i];
		else
			return -EINVAL;
	}
	*argc = n;
	return 0;
}

static int record_verb_run(void *options, int argc, char **argv)
{
	struct record_verb_options *o = options;
	struct error err = { 0 };
	int r;

	if (o->merge && take_late_output(o, &argc, argv) < 0)
		r = error_set(&err, -EINVAL, "--output", "takes a file");
	else if (o->merge)
		r = merge_profiles(o, argc, argv, &err);
	else if (!strcmp(o->output, "-"))
		r = error_set(&err, -EINVAL, "--output", "standard output is the command's: give a file");
	else
		r = run_command(o, argv, &err);
	if (r >= 0)
		return r;
	(void)error_set(&err, r, "record", "failed");
	error_report("depgraph", &err);
	return RECORD_TROUBLE;
}

const struct verb record_verb = {
	.name = "record",
	.operands = "CMD [ARG...]",
	.summary = "run a command and note which files it and its children open",
	.description =
		"Runs the command as it is: same environment, directory, terminal and standard streams, on the host's own "
		"files. When it has ended, the regular files that it and all its children opened or executed are written "
		"to a profile, with digest, size and counts. `python`, `prune` and `check` read profiles: what was "
		"used is kept; what was not used in the runs you state is a suggestion.\n\n"
		"Calls are seen by the kernel (seccomp user notification), not by a hook in an interpreter: static "
		"programs, Go, forks and threads count, and debuggers work inside. No rights are needed; without CAP_SYS_ADMIN "
		"set-user-id programs run without that effect while they are recorded (the profile names them). Files that "
		"are only asked about (stat) are not used. 32-bit programs and io_uring are not seen.\n\n"
		"Signals are passed on. The profile is written whole or not at all, also when the command is ended by a "
		"signal or `depgraph record` itself is killed. Several runs: --append, or --merge.",
	.examples = "  depgraph record -o serve.json -- venv/bin/python -m app --selftest\n"
		    "  depgraph record --append -o serve.json -- venv/bin/python -m pytest -q\n"
		    "  depgraph record --merge serve.json nightly.json -o all.json\n"
		    "  depgraph python venv --entry app --profile all.json\n",
	.options = record_specs,
	.options_size = sizeof(struct record_verb_options),
	.defaults = record_defaults,
	.exits = record_exits,
	.command = true,
	.run = record_verb_run,
};
