/* SPDX-License-Identifier: Apache-2.0 */
/* reprocheck lint: files in, problems that one build shows, reports, an exit status. */
#include "reprocheck/verbs.h"

#include "base/path.h"
#include "base/terminal.h"
#include "reprocheck/lint/report.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define JOBS_MAX 1024

enum { EXIT_CLEAN = 0, EXIT_PROBLEMS = 1, EXIT_TROUBLE = 2 };

struct lint_verb_options {
	const char *json, *sarif, *junit, *colour, *baseline, *epoch, *host, *user;
	struct string_list exclude, exclude_causes, directories;
	unsigned verbosity;
	bool quiet, pedantic, annotations;
	unsigned long long max_problems, jobs, decode_total;
};

#define ROW(MEMBER) offsetof(struct lint_verb_options, MEMBER)

static const struct option_spec lint_specs[] = {
	{ "verbose", 'v', OPT_COUNT, ROW(verbosity), NULL,
	  "list all places, what is known, and what could not be looked into; twice: ids too", "Output" },
	{ "quiet", 'q', OPT_FLAG, ROW(quiet), NULL, "print nothing on standard output", "Output" },
	{ "json", 0, OPT_OPTIONAL_STRING, ROW(json), "FILE",
	  "write a JSON report (to standard output without FILE)", "Output" },
	{ "sarif", 0, OPT_OPTIONAL_STRING, ROW(sarif), "FILE", "write SARIF 2.1.0", "Output" },
	{ "junit", 0, OPT_OPTIONAL_STRING, ROW(junit), "FILE", "write JUnit XML", "Output" },
	{ "annotations", 0, OPT_FLAG, ROW(annotations), NULL,
	  "print workflow commands of GitHub Actions, one a place", "Output" },
	{ "color", 0, OPT_STRING, ROW(colour), "WHEN", "auto, always or never", "Output" },
	{ "max-problems", 0, OPT_UINT, ROW(max_problems), "N", "list at most N problems (totals count all)",
	  "Output" },
	{ "exclude", 'x', OPT_LIST, ROW(exclude), "PATTERN",
	  "leave out files whose name matches; without '/' the last component is matched", "Selection" },
	{ "exclude-cause", 0, OPT_LIST, ROW(exclude_causes), "CAUSE", "a cause that does not fail",
	  "Selection" },
	{ "baseline", 0, OPT_STRING, ROW(baseline), "FILE",
	  "known problems that do not fail: an earlier --json report, or ids, one a line", "Selection" },
	{ "pedantic", 0, OPT_FLAG, ROW(pedantic), NULL, "report what is doubtful too", "Selection" },
	{ "epoch", 0, OPT_STRING, ROW(epoch), "SECONDS",
	  "times up to this one are declared (default: $SOURCE_DATE_EPOCH)", "Facts about the build" },
	{ "directory", 0, OPT_LIST, ROW(directories), "DIR",
	  "a directory of the build (the current one, $HOME and $TMPDIR are known)",
	  "Facts about the build" },
	{ "host", 0, OPT_STRING, ROW(host), "NAME", "the build's host (default: this one)",
	  "Facts about the build" },
	{ "user", 0, OPT_STRING, ROW(user), "NAME", "the build's user (default: the one who runs this)",
	  "Facts about the build" },
	{ "jobs", 'j', OPT_UINT, ROW(jobs), "N", "threads (default: all CPUs)", "Limits" },
	{ "max-decoded", 0, OPT_UINT, ROW(decode_total), "BYTES",
	  "decompress at most so much in all (default 64G)", "Limits" },
	{ 0 }
};

static const struct exit_status lint_exits[] = {
	{ EXIT_CLEAN, "no problems, or all of them are known" },
	{ EXIT_PROBLEMS, "there are problems" },
	{ EXIT_TROUBLE, "trouble: something could not be read, or changed while it was read" },
	{ 0, NULL }
};

static void lint_defaults(void *options)
{
	struct lint_verb_options *o = options;

	o->colour = "auto";
}

static void lint_release(void *options)
{
	struct lint_verb_options *o = options;

	string_list_release(&o->exclude);
	string_list_release(&o->exclude_causes);
	string_list_release(&o->directories);
}

/* --- facts --- */

#define OWN_DIRECTORIES 3

/* What is known of the build: said by the user, or true of this machine. Strings live as long as this. */
struct facts_of_build {
	struct utsname machine;
	char cwd[4096];
	char user[256];
	const char **directories;
};

static void facts_release(struct facts_of_build *f)
{
	free(f->directories);
}

static int epoch_of(const struct lint_verb_options *o, int64_t *ret, struct error *err)
{
	const char *text = o->epoch ? o->epoch : getenv("SOURCE_DATE_EPOCH");
	uint64_t v;

	*ret = 0;
	if (!text || !*text)
		return 0;
	if (text[strspn(text, "0123456789")] ||
	    !parse_ascii_uint((const uint8_t *)text, strlen(text), 10, &v) || v > INT64_MAX)
		return error_set(err, -EINVAL, o->epoch ? "--epoch" : "SOURCE_DATE_EPOCH",
				 "takes seconds since 1970, not \"%s\"", text);
	*ret = (int64_t)v;
	return 0;
}

/* A directory of the system is no sign of a build, whoever stands in it; neither is the root. */
static bool tells_something(const char *directory)
{
	static const char *const system[] = { "/usr", "/etc",  "/lib",         "/lib64", "/opt",
					      "/bin", "/sbin", "/var",         "/tmp",   "/run",
					      "/srv", "/mnt",  "/root",        "/dev",   "/proc",
					      "/sys", "/home", "/nonexistent", NULL };
	size_t i;

	if (!directory || directory[0] != '/' || !directory[1])
		return false;
	if (strncmp(directory, "/usr/", 5) == 0 || strncmp(directory, "/etc/", 5) == 0 ||
	    strncmp(directory, "/lib/", 5) == 0)
		return false;
	for (i = 0; system[i]; i++)
		if (strcmp(directory, system[i]) == 0)
			return false;
	return true;
}

static int find_directories(struct facts_of_build *f, const struct lint_verb_options *o, struct error *err)
{
	const char *own[OWN_DIRECTORIES] = { getcwd(f->cwd, sizeof(f->cwd)), getenv("HOME"),
					     getenv("TMPDIR") };
	size_t i, n = 0;

	f->directories = calloc(o->directories.count + OWN_DIRECTORIES + 1, sizeof(*f->directories));
	if (!f->directories)
		return -ENOMEM;
	for (i = 0; i < o->directories.count; i++) {
		if (o->directories.items[i][0] != '/')
			return error_set(err, -EINVAL, "--directory", "takes an absolute path, not \"%s\"",
					 o->directories.items[i]);
		f->directories[n++] = o->directories.items[i];
	}
	for (i = 0; i < OWN_DIRECTORIES; i++)
		if (tells_something(own[i]))
			f->directories[n++] = own[i];
	return 0;
}

static void find_user(struct facts_of_build *f)
{
	const struct passwd *p = getpwuid(getuid());

	(void)snprintf(f->user, sizeof(f->user), "%s", p ? p->pw_name : "");
}

static int find_facts(struct facts_of_build *f, const struct lint_verb_options *o, struct lint_options *ret,
		      struct error *err)
{
	int r = epoch_of(o, &ret->epoch, err);

	if (r >= 0)
		r = find_directories(f, o, err);
	if (r < 0)
		return r;
	find_user(f);
	if (uname(&f->machine) == 0) {
		ret->host = f->machine.nodename;
		ret->kernel = f->machine.release;
	}
	ret->user = f->user;
	if (o->host)
		ret->host = o->host;
	if (o->user)
		ret->user = o->user;
	ret->directories = f->directories;
	ret->pedantic = o->pedantic;
	return 0;
}

/* --- reports --- */

typedef int (*report_fn)(FILE *f, const struct lint_result *r, const struct lint_report_options *o);

struct report_job {
	report_fn fn;
	const struct lint_result *r;
	const struct lint_report_options *o;
};

static int stream_report(FILE *f, void *ctx)
{
	const struct report_job *j = ctx;

	return j->fn(f, j->r, j->o);
}

static int write_report(report_fn fn, const char *path, const struct lint_result *all,
			const struct lint_report_options *o, struct error *err)
{
	struct report_job job = { fn, all, o };
	bool out = strcmp(path, "-") == 0;
	int r = out ? fn(stdout, all, o) : write_stream_atomically(path, stream_report, &job);

	return r < 0 ? error_set(err, r, out ? "standard output" : path, "cannot be written") : 0;
}

static int write_reports(const struct lint_verb_options *v, const struct lint_result *all,
			 const struct lint_report_options *o, struct error *err)
{
	const struct {
		report_fn fn;
		const char *path;
	} reports[] = { { lint_json, v->json },
			{ lint_sarif, v->sarif },
			{ lint_junit, v->junit },
			{ lint_annotations, v->annotations ? "-" : NULL } };
	bool stdout_taken = v->quiet;
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < sizeof(reports) / sizeof(reports[0]); i++) {
		if (!reports[i].path)
			continue;
		stdout_taken = stdout_taken || strcmp(reports[i].path, "-") == 0;
		r = write_report(reports[i].fn, reports[i].path, all, o, err);
	}
	return r < 0 || stdout_taken ? r : write_report(lint_terminal, "-", all, o, err);
}

static int apply_known(const struct lint_verb_options *o, struct lint_result *all, struct error *err)
{
	CLEANUP(baseline_freep) struct baseline *b = NULL;
	int r = o->baseline ? baseline_read(o->baseline, &b, err) : 0;

	if (r >= 0 && b)
		lint_apply_baseline(all, b);
	return r < 0 ? r : lint_exclude(all, o->exclude_causes.items, o->exclude_causes.count, err);
}

static void report_trouble(const struct lint_result *r)
{
	size_t i;

	/* The text was made by error_text(), which quotes what the input holds. */
	for (i = 0; i < r->file_count; i++)
		if (r->files[i].trouble)
			(void)fprintf(stderr, "reprocheck: %s\n", r->files[i].trouble);
}

static int run_lint(const struct lint_verb_options *o, int argc, char **argv, struct error *err)
{
	CLEANUP(lint_result_freep) struct lint_result *all = NULL;
	CLEANUP(facts_release) struct facts_of_build facts = { 0 };
	struct lint_run run = { .exclude = o->exclude.items,
				.exclude_count = o->exclude.count,
				.jobs = o->jobs > JOBS_MAX ? JOBS_MAX : (unsigned)o->jobs,
				.decode_total = o->decode_total };
	struct lint_report_options report = { .version = VERSION,
					      .verbosity = o->verbosity,
					      .max_problems = o->max_problems };
	int r;

	report.command = verb_command_line(&report.command_count);
	if (terminal_set_colour(o->colour) < 0)
		return error_set(err, -EINVAL, "--color", "takes auto, always or never, not \"%s\"",
				 o->colour);
	r = find_facts(&facts, o, &run.options, err);
	if (r >= 0)
		r = lint_paths((const char *const *)argv, (size_t)argc, &run, &all, err);
	if (r >= 0)
		r = apply_known(o, all, err);
	if (r >= 0)
		r = write_reports(o, all, &report, err);
	if (r < 0)
		return r;
	report_trouble(all);
	return all->trouble ? EXIT_TROUBLE : all->groups > all->accepted ? EXIT_PROBLEMS : EXIT_CLEAN;
}

static int lint_run(void *options, int argc, char **argv)
{
	struct error err = { 0 };
	int r = run_lint(options, argc, argv, &err);

	if (r >= 0)
		return r;
	(void)error_set(&err, r, "lint", "failed");
	error_report("reprocheck", &err);
	return EXIT_TROUBLE;
}

const struct verb lint_verb = {
	.name = "lint",
	.operands = "PATH...",
	.summary = "find what will not be reproducible in one build, without a second",
	.description =
		"Reads files and directories. In artifacts it looks for fields and texts that hold what a "
		"build should not record: times, "
		"paths, hosts, users, temporary names, random suffixes. In build rules and scripts it "
		"looks for what brings them in. "
		"Each problem has the cause that diff would name, its place and its fix.\n\n"
		"One build cannot show everything: what looks harmless may differ in the next, and "
		"what is reported may be the same "
		"in every build on one machine. What is doubtful is told with --pedantic only.\n\n"
		"Times up to $SOURCE_DATE_EPOCH, or --epoch, are taken for declared ones. The directories of "
		"git, Mercurial, Subversion and Jujutsu are left out.",
	.examples = "  reprocheck lint dist/ Makefile tools/\n"
		    "  reprocheck lint --epoch \"$(git log -1 --format=%ct)\" build/\n"
		    "  reprocheck lint --json=known.json .; reprocheck lint --baseline known.json .\n",
	.options = lint_specs,
	.options_size = sizeof(struct lint_verb_options),
	.defaults = lint_defaults,
	.release = lint_release,
	.exits = lint_exits,
	.run = lint_run,
};
