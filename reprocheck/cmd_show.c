/* SPDX-License-Identifier: Apache-2.0 */
/* reprocheck show: a record printed again, in any form. */
#include "reprocheck/verbs.h"

#include "reprocheck/report/output.h"
#include "reprocheck/report/record.h"

#include <errno.h>

struct show_options {
	struct output_options out;
};

static const struct option_spec show_specs[] = { OUTPUT_OPTIONS(struct show_options, out),
						 KNOWN_OPTIONS(struct show_options, out),
						 { 0 } };

static const struct exit_status show_exits[] = {
	{ EXIT_SAME, "the builds were the same, or all that differs is known" },
	{ EXIT_DIFFERENT, "they differed" },
	{ EXIT_TROUBLE,
	  "trouble: something could not be read when the record was made, or the record itself" },
	{ 0, NULL }
};

static void show_defaults(void *options)
{
	struct show_options *o = options;

	output_defaults(&o->out);
}

static void show_release(void *options)
{
	struct show_options *o = options;

	output_release(&o->out);
}

static int show(const struct show_options *o, const char *path, struct error *err)
{
	CLEANUP(record_freep) struct record *rec = NULL;
	int r = output_check(&o->out, err);

	if (r >= 0)
		r = record_read(path, &rec, err);
	return r < 0 ? r : output_write(&o->out, rec->comparison, &rec->report, err);
}

static int show_run(void *options, int argc, char **argv)
{
	struct error err = { 0 };
	int r = argc == 1 ? show(options, argv[0], &err) : -EINVAL;

	if (r >= 0)
		return r;
	(void)error_set(&err, r, "show", "failed");
	error_report("reprocheck", &err);
	return EXIT_TROUBLE;
}

const struct verb show_verb = {
	.name = "show",
	.operands = "RECORD",
	.summary = "print a recorded result again, in any form, without running anything",
	.description =
		"Reads a report that `diff --json` or `run --json` wrote and prints it as they would have: "
		"for a terminal, as JSON, SARIF, JUnit or an HTML page, with the same exit status. "
		"Nothing is built or compared.\n\n"
		"Findings that were known when the record was made stay known; --baseline and "
		"--exclude-cause add to them.",
	.examples = "  reprocheck run --json=run.json -- make; reprocheck show -v run.json\n"
		    "  reprocheck show --html=report.html run.json\n"
		    "  reprocheck show --baseline known.json run.json\n",
	.options = show_specs,
	.options_size = sizeof(struct show_options),
	.defaults = show_defaults,
	.release = show_release,
	.exits = show_exits,
	.run = show_run,
};
