/* SPDX-License-Identifier: Apache-2.0 */
/* depgraph apply: a plan in, pruned and verified copies out. */
#include "depgraph/verbs.h"

#include "base/path.h"
#include "base/terminal.h"
#include "depgraph/apply/apply.h"
#include "depgraph/apply/publish.h"
#include "depgraph/apply/recompress.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define JOBS_MAX 1024
#define LEVEL_MAX 22

struct apply_verb_options {
	const char *out, *mode, *json, *colour;
	struct string_list only, targets, gpu;
	unsigned long long jobs, level;
	bool accept_observed, drop_ptx, compress, dry_run, no_load, measure, relink, quiet;
};

#define ROW(MEMBER) offsetof(struct apply_verb_options, MEMBER)
static const struct option_spec apply_specs[] = {
	{ "output", 'o', OPT_STRING, ROW(out), "DIR", "where copies go; made when it is not there, nothing in it is overwritten",
	  NULL },
	{ "dry-run", 'n', OPT_FLAG, ROW(dry_run), NULL, "check the plan and say what would be written", NULL },
	{ "only", 0, OPT_LIST, ROW(only), "ID", "only this suggestion, or all of this kind (repeatable)", "Selection" },
	{ "accept-observed", 0, OPT_FLAG, ROW(accept_observed), NULL, "also what was only observed in recorded runs", "Selection" },
	{ "relink", 0, OPT_FLAG, ROW(relink), NULL, "also edits of the link line: runs the recorded link command again", "Selection" },
	{ "gpu", 0, OPT_LIST, ROW(gpu), "FILE", "without a plan: this file, without what --targets cannot need (repeatable)",
	  "GPU code" },
	{ "targets", 't', OPT_LIST, ROW(targets), "ARCH",
	  "a GPU that the copy has to run on, instead of the plan's: sm_90, 8.6, gfx90a (repeatable, or with commas)", "GPU code" },
	{ "mode", 0, OPT_STRING, ROW(mode), "MODE",
	  "punch: same addresses and apparent size, holes in the file (default); shrink: a smaller file", "GPU code" },
	{ "drop-ptx", 0, OPT_FLAG, ROW(drop_ptx), NULL, "newer GPUs than the targets need not work", "GPU code" },
	{ "compress", 0, OPT_FLAG, ROW(compress), NULL, "compress cubins that are not, as nvcc --compress-mode=size does",
	  "GPU code" },
	{ "compress-level", 0, OPT_UINT, ROW(level), "N", "zstd's level for that, 1 to 22 (default 9)", "GPU code" },
	{ "no-load", 0, OPT_FLAG, ROW(no_load), NULL, "do not dlopen originals and copies to compare (that runs their constructors)",
	  "Verification" },
	{ "measure-compressed", 0, OPT_FLAG, ROW(measure), NULL, "also say what zstd -3 makes of both (seconds for large files)",
	  "Output" },
	{ "json", 0, OPT_OPTIONAL_STRING, ROW(json), "FILE", "write a JSON report (to standard output without FILE)", "Output" },
	{ "quiet", 'q', OPT_FLAG, ROW(quiet), NULL, "print nothing on standard output", "Output" },
	{ "color", 0, OPT_STRING, ROW(colour), "WHEN", "auto, always or never", "Output" },
	{ "jobs", 'j', OPT_UINT, ROW(jobs), "N", "threads to use (default: all processors)", "Limits" },
	{ 0 }
};

static const struct exit_status apply_exits[] = {
	{ DEPGRAPH_OK, "all that was asked for is done and verified, or there was nothing to do" },
	{ DEPGRAPH_TROUBLE,
	  "trouble: a plan for another file, a reference that would break, a failed verification, a full disk; nothing was published" },
	{ 0, NULL }
};

static void apply_defaults(void *options)
{
	struct apply_verb_options *o = options;

	o->colour = "auto";
	o->mode = "punch";
	o->level = RECOMPRESS_LEVEL;
}

static void apply_release(void *options)
{
	struct apply_verb_options *o = options;

	string_list_release(&o->only);
	string_list_release(&o->targets);
	string_list_release(&o->gpu);
}

static int check_options(const struct apply_verb_options *o, int argc, struct error *err)
{
	if (terminal_set_colour(o->colour) < 0)
		return error_set(err, -EINVAL, "--color", "takes auto, always or never, not \"%s\"", o->colour);
	if (strcmp(o->mode, "punch") != 0 && strcmp(o->mode, "shrink") != 0)
		return error_set(err, -EINVAL, "--mode", "takes punch or shrink, not \"%s\"", o->mode);
	if (!o->out && !o->dry_run)
		return error_set(err, -EINVAL, "apply", "-o DIR says where the copies go");
	if (o->level < 1 || o->level > LEVEL_MAX)
		return error_set(err, -EINVAL, "--compress-level", "takes 1 to %d", LEVEL_MAX);
	if (o->gpu.count ? argc != 0 : argc != 1)
		return error_set(err, -EINVAL, "apply", "takes a plan, or --gpu FILE with --targets");
	if (o->gpu.count && !o->targets.count && !o->compress)
		return error_set(err, -EINVAL, "--gpu", "needs --targets: what the copy has to run on (or --compress alone)");
	if (o->gpu.count && (o->only.count || o->accept_observed))
		return error_set(err, -EINVAL, "--gpu", "has no suggestions to select from");
	return 0;
}

static int run_plan(const struct apply_verb_options *o, char **argv, const struct apply_options *options,
		    struct apply_report *report, struct error *err)
{
	CLEANUP(apply_plan_freep) struct apply_plan *plan = NULL;
	int r;

	if (o->gpu.count)
		return apply_run_gpu(o->gpu.items, o->gpu.count, options, report, err);
	r = apply_plan_read(argv[0], &plan, err);
	return r < 0 ? r : apply_run(plan, options, report, err);
}

static int stream_json(FILE *f, void *ctx)
{
	return apply_report_json(f, ctx);
}

static int write_reports(const struct apply_verb_options *o, struct apply_report *report, struct error *err)
{
	bool taken = o->quiet;
	int r = 0;

	if (o->json && strcmp(o->json, "-") == 0) {
		r = apply_report_json(stdout, report);
		taken = true;
	} else if (o->json) {
		r = write_stream_atomically(o->json, stream_json, report);
	}
	if (r < 0)
		return error_set(err, r, taken ? "standard output" : o->json, "cannot be written");
	if (!taken)
		r = apply_report_terminal(stdout, report);
	if (r >= 0 && fflush(stdout) != 0)
		r = -errno;
	return r < 0 ? error_set(err, r, "standard output", "cannot be written") : 0;
}

static int run(const struct apply_verb_options *o, int argc, char **argv, struct error *err)
{
	CLEANUP(apply_report_release) struct apply_report report = APPLY_REPORT_INIT;
	CLEANUP(pool_freep) struct pool *pool = NULL;
	struct apply_options options = {
		.out = o->out,
		.only = &o->only,
		.targets = &o->targets,
		.accept_observed = o->accept_observed,
		.drop_ptx = o->drop_ptx,
		.compress = o->compress,
		.shrink = strcmp(o->mode, "shrink") == 0,
		.dry_run = o->dry_run,
		.no_load = o->no_load,
		.measure = o->measure,
		.relink = o->relink,
		.level = (int)o->level,
	};
	int r = check_options(o, argc, err);

	if (r < 0)
		return r;
	if (pool_new(o->jobs > JOBS_MAX ? JOBS_MAX : (unsigned)o->jobs, &pool) < 0)
		return error_set(err, -ENOMEM, "apply", "cannot start threads");
	options.pool = pool;
	r = run_plan(o, argv, &options, &report, err);
	return r < 0 ? r : write_reports(o, &report, err);
}

static int apply_run_verb(void *options, int argc, char **argv)
{
	struct error err = { 0 };
	int r = run(options, argc, argv, &err), stopped = interrupt_signal();

	if (r >= 0)
		return DEPGRAPH_OK;
	(void)error_set(&err, r, "apply", "failed");
	error_report("depgraph", &err);
	if (stopped) /* as whoever sent it expects, now that nothing is left behind */
		(void)raise(stopped);
	return DEPGRAPH_TROUBLE;
}

const struct verb apply_verb = {
	.name = "apply",
	.operands = "[PLAN]",
	.summary = "make pruned copies of what a plan names, and verify them",
	.description =
		"Reads a plan that `depgraph prune --json` wrote and does to copies what it suggests: GPU code that the declared "
		"targets cannot select is taken out of libraries, debug sections are split off, files of a Python tree are left out, "
		"and with --relink the recorded link is done again. Originals are only read. A plan that was made for other bytes is refused.\n\n"
		"Proved suggestions are applied; observed ones with --accept-observed; heuristic ones never.\n\n"
		"GPU code: punch compacts each container where it stands and leaves holes: addresses, offsets and the apparent size stay, "
		"the disk and packages save. shrink moves the containers together, rewrites every reference to them and cuts the freed "
		"pages out of the file; it refuses, and says which, when a reference does not lead to a container's start.\n\n"
		"Each copy is then read anew and compared: entries that stay are the same bytes, every other address holds what it held, "
		"and dlopen answers as it does for the original. All outputs appear together at the end, or none.",
	.examples = "  depgraph prune --targets sm_90 --json=plan.json libcublas.so.13\n"
		    "  depgraph apply plan.json -o pruned\n"
		    "  depgraph apply plan.json -o small --mode shrink --only gpu-architecture\n"
		    "  depgraph apply --gpu libcurand.so.10 --targets sm_80,sm_90 --compress -o pruned\n",
	.options = apply_specs,
	.options_size = sizeof(struct apply_verb_options),
	.defaults = apply_defaults,
	.release = apply_release,
	.exits = apply_exits,
	.run = apply_run_verb,
};
