/* SPDX-License-Identifier: Apache-2.0 */
/* depgraph gpu: what GPU code is in files, for which architectures, in how many bytes. */
#include "depgraph/verbs.h"

#include "base/path.h"
#include "base/terminal.h"
#include "depgraph/gpu/report.h"

#include <errno.h>
#include <string.h>

#define JOBS_MAX 1024
#define KERNELS_LISTED 30

struct gpu_options {
	struct string_list targets;
	const char *json, *csv, *colour;
	unsigned long long limit, jobs;
	bool kernels, check, drop_ptx, drop_lto_ir, quiet;
};

#define ROW(MEMBER) offsetof(struct gpu_options, MEMBER)
static const struct option_spec gpu_specs[] = {
	{ "kernels", 'k', OPT_FLAG, ROW(kernels), NULL,
	  "list kernels with the bytes of their code, by their mangled names (decodes all of it)", "What is told" },
	{ "limit", 'n', OPT_UINT, ROW(limit), "N", "list at most N kernels of a file (default 30; 0: all)", "What is told" },
	{ "check", 0, OPT_FLAG, ROW(check), NULL, "decode every entry, and compare with the size that its header states",
	  "What is told" },
	{ "targets", 't', OPT_LIST, ROW(targets), "ARCH",
	  "say what these GPUs do not need: sm_90, sm_100f, 8.6, compute_90, gfx90a (repeatable, or with commas)",
	  "What is needed" },
	{ "drop-ptx", 0, OPT_FLAG, ROW(drop_ptx), NULL, "newer GPUs than the targets need not work", "What is needed" },
	{ "drop-lto-ir", 0, OPT_FLAG, ROW(drop_lto_ir), NULL,
	  "code that is linked at run time (user callbacks of cuFFT) need not work", "What is needed" },
	{ "json", 0, OPT_OPTIONAL_STRING, ROW(json), "FILE", "write a JSON report (to standard output without FILE)",
	  "Output" },
	{ "csv", 0, OPT_OPTIONAL_STRING, ROW(csv), "FILE", "write a table (to standard output without FILE)", "Output" },
	{ "quiet", 'q', OPT_FLAG, ROW(quiet), NULL, "print nothing on standard output", "Output" },
	{ "color", 0, OPT_STRING, ROW(colour), "WHEN", "auto, always or never", "Output" },
	{ "jobs", 'j', OPT_UINT, ROW(jobs), "N", "threads that decode (default: all processors)", "Limits" },
	{ 0 }
};

static const struct exit_status gpu_exits[] = {
	{ DEPGRAPH_OK, "the report is complete" },
	{ DEPGRAPH_FOUND, "--check or --kernels: some entry does not decode to what its header states" },
	{ DEPGRAPH_TROUBLE, "trouble: a file could not be read, or is neither ELF, archive nor GPU code" },
	{ 0, NULL }
};

static void gpu_defaults(void *options)
{
	struct gpu_options *o = options;

	o->colour = "auto";
	o->limit = KERNELS_LISTED;
}

static void gpu_options_release(void *options)
{
	struct gpu_options *o = options;

	string_list_release(&o->targets);
}

static int check_options(const struct gpu_options *o, struct error *err)
{
	if (terminal_set_colour(o->colour) < 0)
		return error_set(err, -EINVAL, "--color", "takes auto, always or never, not \"%s\"", o->colour);
	if (o->jobs > JOBS_MAX)
		return error_set(err, -EINVAL, "--jobs", "takes at most %d", JOBS_MAX);
	if (o->json && o->csv && strcmp(o->json, "-") == 0 && strcmp(o->csv, "-") == 0)
		return error_set(err, -EINVAL, "gpu", "--json and --csv cannot both go to standard output");
	if ((o->drop_ptx || o->drop_lto_ir) && !o->targets.count)
		return error_set(err, -EINVAL, "gpu", "what is not needed depends on --targets");
	return 0;
}

static int stream_json(FILE *f, void *ctx)
{
	return gpu_report_json(f, ctx);
}

static int stream_csv(FILE *f, void *ctx)
{
	return gpu_report_csv(f, ctx);
}

/* Writes where it was asked for; *taken: that was standard output. */
static int write_form(const char *path, int (*form)(FILE *, void *), struct gpu_report *r, bool *taken, struct error *err)
{
	int n;

	if (!path)
		return 0;
	*taken = *taken || strcmp(path, "-") == 0;
	n = write_stream_atomically(path, form, r);
	return n < 0 ? error_set(err, n, strcmp(path, "-") == 0 ? "standard output" : path, "cannot be written") : 0;
}

static int write_reports(const struct gpu_options *o, struct gpu_report *r, struct error *err)
{
	bool taken = o->quiet;
	int n = write_form(o->json, stream_json, r, &taken, err);

	if (n >= 0)
		n = write_form(o->csv, stream_csv, r, &taken, err);
	if (n < 0 || taken)
		return n;
	n = gpu_report_text(stdout, r);
	if (n >= 0 && fflush(stdout) != 0)
		n = -errno;
	return n < 0 ? error_set(err, n, "standard output", "cannot be written") : 0;
}

/* A file that changed while it was read makes all that was said of it doubtful. */
static int recheck(const struct gpu_report *r, struct error *err)
{
	size_t i;
	int n = 0;

	for (i = 0; n >= 0 && i < r->count; i++)
		n = content_recheck(r->files[i].content, err);
	return n;
}

static int gather(const struct gpu_options *o, struct gpu_report *r, int argc, char **argv, struct error *err)
{
	CLEANUP(pool_freep) struct pool *pool = NULL;
	int i, n = 0;

	for (i = 0; n >= 0 && i < argc; i++)
		n = gpu_report_add(r, argv[i], err);
	if (n < 0 || !(r->kernels || r->check))
		return n;
	n = pool_new((unsigned)o->jobs, &pool);
	return n < 0 ? error_set(err, n, "gpu", "threads cannot be started") : gpu_report_open(r, pool, err);
}

static int run_gpu(const struct gpu_options *o, int argc, char **argv, struct error *err)
{
	CLEANUP(gpu_targets_release) struct gpu_targets targets = GPU_TARGETS_INIT;
	CLEANUP(gpu_report_release) struct gpu_report r = { .targets = &targets,
							    .keep = { o->drop_ptx, o->drop_lto_ir },
							    .kernels = o->kernels,
							    .check = o->check,
							    .limit = o->limit,
							    .version = VERSION };
	int n = check_options(o, err);

	if (n >= 0)
		n = gpu_targets_add_list(&targets, &o->targets, err);
	if (n >= 0)
		n = gather(o, &r, argc, argv, err);
	if (n >= 0)
		n = write_reports(o, &r, err);
	if (n >= 0)
		n = recheck(&r, err);
	if (n < 0)
		return n;
	return r.failed ? DEPGRAPH_FOUND : DEPGRAPH_OK;
}

static int gpu_run(void *options, int argc, char **argv)
{
	struct error err = { 0 };
	int r = run_gpu(options, argc, argv, &err);

	if (r >= 0)
		return r;
	if (!err.code)
		(void)error_set(&err, r, "gpu", "cannot be done");
	error_report("depgraph", &err);
	return DEPGRAPH_TROUBLE;
}

const struct verb gpu_verb = {
	.name = "gpu",
	.operands = "FILE...",
	.summary = "say what GPU code is in files: architectures, kinds, codecs, kernels, in bytes",
	.description =
		"Reads programs, shared libraries, objects, static archives, and bare fat binaries, cubins and offload bundles. "
		"Containers of GPU code are found in every section, whatever its name; each section's bytes are accounted for: "
		"entries, headers, and what is not GPU code. Nothing is executed and no GPU or vendor's tool is needed.\n\n"
		"Kinds: cubin (machine code for one architecture), ptx (assembly that the driver compiles for newer ones), lto-ir "
		"(linked at run time), hip (AMD code objects). Bytes are those in the file, with the entry's header; decoded is the "
		"size after decompression.\n\n"
		"With --targets it says which bytes the GPUs named do not need; `depgraph prune` suggests and `depgraph apply` makes "
		"a copy without them. Names of kernels are mangled as in the file: pipe through c++filt to read them.",
	.examples = "  depgraph gpu libcublasLt.so.13\n"
		    "  depgraph gpu --targets 8.0,9.0 *.so\n"
		    "  depgraph gpu --kernels libmine.so | c++filt\n"
		    "  depgraph gpu --json=gpu.json build/libmine.so\n",
	.options = gpu_specs,
	.options_size = sizeof(struct gpu_options),
	.defaults = gpu_defaults,
	.release = gpu_options_release,
	.exits = gpu_exits,
	.run = gpu_run,
};
