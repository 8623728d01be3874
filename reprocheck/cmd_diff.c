/* SPDX-License-Identifier: Apache-2.0 */
/* reprocheck diff: builds in, a comparison, its reports, an exit status. */
#include "reprocheck/verbs.h"

#include "reprocheck/compare/compare.h"
#include "reprocheck/causes/facts.h"
#include "reprocheck/report/output.h"

#include <errno.h>

#define JOBS_MAX 1024

struct diff_options {
	struct output_options out;
	struct string_list exclude;
	const char *facts_file;
	bool times, owners, no_source;
	unsigned long long max_places, jobs, decode_total, decode_ratio, decode_depth;
	struct fact_options facts;
};

#define FACT(NAME, MEMBER, SIDE, VALUE, HELP)                                                        \
	{                                                                                            \
		NAME, 0, OPT_STRING, offsetof(struct diff_options, facts.MEMBER[SIDE]), VALUE, HELP, \
			"Facts about the builds"                                                     \
	}

static const struct option_spec diff_specs[] = {
	OUTPUT_OPTIONS(struct diff_options, out),
	{ "max-places", 0, OPT_UINT, offsetof(struct diff_options, max_places), "N",
	  "keep at most N places a finding (default 100)", "Output" },
	{ "exclude", 'x', OPT_LIST, offsetof(struct diff_options, exclude), "PATTERN",
	  "leave out files whose name matches; without '/' the last component is matched", "Selection" },
	KNOWN_OPTIONS(struct diff_options, out),
	{ "times", 0, OPT_FLAG, offsetof(struct diff_options, times), NULL,
	  "compare modification times of directory entries too", "Selection" },
	{ "owners", 0, OPT_FLAG, offsetof(struct diff_options, owners), NULL,
	  "compare owners of directory entries too", "Selection" },
	{ "no-source", 0, OPT_FLAG, offsetof(struct diff_options, no_source), NULL,
	  "do not look up source lines in DWARF", "Selection" },
	FACT("path-a", path, 0, "DIR", "build directory of A"),
	FACT("path-b", path, 1, "DIR", "build directory of B"),
	FACT("time-a", time, 0, "TIME", "when A was built: seconds since 1970 or ISO 8601"),
	FACT("time-b", time, 1, "TIME", "when B was built"),
	FACT("host-a", host, 0, "NAME", "host name of A's build"),
	FACT("host-b", host, 1, "NAME", "host name of B's build"),
	FACT("user-a", user, 0, "NAME", "user of A's build"),
	FACT("user-b", user, 1, "NAME", "user of B's build"),
	{ "facts", 0, OPT_STRING, offsetof(struct diff_options, facts_file), "FILE",
	  "the same and more from a JSON file: {\"a\": {\"path\": ..., \"time\": ...}, \"b\": {...}}",
	  "Facts about the builds" },
	{ "jobs", 'j', OPT_UINT, offsetof(struct diff_options, jobs), "N", "threads (default: all CPUs)",
	  "Limits" },
	{ "max-decoded", 0, OPT_UINT, offsetof(struct diff_options, decode_total), "BYTES",
	  "decompress at most so much in all (default 64G)", "Limits" },
	{ "max-ratio", 0, OPT_UINT, offsetof(struct diff_options, decode_ratio), "N",
	  "refuse streams that expand more than N times (default 1100)", "Limits" },
	{ "max-depth", 0, OPT_UINT, offsetof(struct diff_options, decode_depth), "N",
	  "containers inside containers (default 16)", "Limits" },
	{ 0 }
};

static const struct exit_status diff_exits[] = {
	{ EXIT_SAME, "the builds are the same, or all that differs is known" },
	{ EXIT_DIFFERENT, "they differ" },
	{ EXIT_TROUBLE, "trouble: something could not be read, or changed while it was read" },
	{ 0, NULL }
};

static void diff_defaults(void *options)
{
	struct diff_options *o = options;

	output_defaults(&o->out);
}

static void diff_release(void *options)
{
	struct diff_options *o = options;

	output_release(&o->out);
	string_list_release(&o->exclude);
	fact_options_release(&o->facts);
}

static int run_diff(struct diff_options *d, int argc, char **argv, struct error *err)
{
	struct compare_options o = { .exclude = d->exclude.items,
				     .exclude_count = d->exclude.count,
				     .jobs = d->jobs > JOBS_MAX ? JOBS_MAX : (unsigned)d->jobs,
				     .decode_total = d->decode_total,
				     .decode_ratio = d->decode_ratio,
				     .decode_depth = d->decode_depth,
				     .places_max = d->max_places,
				     .times = d->times,
				     .owners = d->owners };
	struct report_options report = { .version = VERSION, .facts = &o.facts };
	CLEANUP(comparison_freep) struct comparison *c = NULL;
	int r = output_check(&d->out, err);

	if (r < 0)
		return r;
	if (argc < 2)
		return error_set(err, -EINVAL, "diff", "takes two builds or more");
	report.command = verb_command_line(&report.command_count);
	o.no_source = d->no_source || !output_shows_places(&d->out);
	r = facts_resolve(&d->facts, d->facts_file, &o.facts, err);
	if (r >= 0)
		r = compare_builds((const char *const *)argv, (size_t)argc, &o, &c, err);
	return r < 0 ? r : output_write(&d->out, c, &report, err);
}

static int diff_run(void *options, int argc, char **argv)
{
	struct error err = { 0 };
	int r = run_diff(options, argc, argv, &err);

	if (r >= 0)
		return r;
	(void)error_set(&err, r, "diff", "failed");
	error_report("reprocheck", &err);
	return EXIT_TROUBLE;
}

const struct verb diff_verb = {
	.name = "diff",
	.operands = "A B [C...]",
	.summary = "compare builds to the byte and name what makes them differ",
	.description = "Compares files, directories or archives that should be the same. Containers are "
		       "opened, to any depth; every "
		       "differing byte is attributed to one finding, and the sum is checked against what cmp "
		       "counts.\n\n"
		       "Findings are primary (a cause of their own), derived (recomputed from what else "
		       "differs) or unexplained. The report "
		       "leads with the primaries: their cause, how sure it is, and the fix.\n\n"
		       "With more than two builds each file's outcomes are clustered, and the first outcome "
		       "is compared with the others.",
	.examples = "  reprocheck diff build1/app build2/app\n"
		    "  reprocheck diff -v --html=report.html out1/ out2/\n"
		    "  reprocheck diff --path-a /tmp/b1 --path-b /tmp/b2 out1/ out2/\n"
		    "  reprocheck diff --json=known.json a b; reprocheck diff --baseline known.json a b\n",
	.options = diff_specs,
	.options_size = sizeof(struct diff_options),
	.defaults = diff_defaults,
	.release = diff_release,
	.exits = diff_exits,
	.run = diff_run,
};
