/* SPDX-License-Identifier: Apache-2.0 */
#include "base/verb.h"

#include "base/cleanup.h"
#include "base/terminal.h"
#include "tests/unit/scratch.h"

#include <sys/wait.h>

/* ---- a program to try ---- */

struct paint_options {
	unsigned long long size;
	const char *colour, *json;
	struct string_list layers;
	unsigned verbose;
	bool dry, frame;
};

static struct paint_options got; /* what the verb was given; the list's items are gone */
static const char *got_layers[8];
static const char *got_operands[8];
static int got_count, releases;

static void paint_defaults(void *options)
{
	struct paint_options *o = options;

	o->size = 7;
	o->frame = true;
}

static void paint_release(void *options)
{
	struct paint_options *o = options;

	string_list_release(&o->layers);
	releases++;
}

static int paint_run(void *options, int argc, char **argv)
{
	struct paint_options *o = options;
	size_t i;

	got = *o;
	for (i = 0; i < o->layers.count && i < 8; i++)
		got_layers[i] = o->layers.items[i];
	for (got_count = 0; got_count < argc && got_count < 8; got_count++)
		got_operands[got_count] = argv[got_count];
	return argv[argc] ? 99 : 11;
}

static const struct option_spec paint_options[] = {
	{ "size", 's', OPT_UINT, offsetof(struct paint_options, size), "N",
	  "how large it becomes, in words that are many enough for a second line of this help", "Shape" },
	{ "colour", 'c', OPT_STRING, offsetof(struct paint_options, colour), "NAME", "which colour", NULL },
	{ "layer", 'l', OPT_LIST, offsetof(struct paint_options, layers), "FILE", "a layer; it's repeatable",
	  "Shape" },
	{ "json", 'j', OPT_OPTIONAL_STRING, offsetof(struct paint_options, json), "FILE", "write [JSON]",
	  NULL },
	{ "verbose", 'v', OPT_COUNT, offsetof(struct paint_options, verbose), NULL, "say more", NULL },
	{ "dry", 'd', OPT_FLAG, offsetof(struct paint_options, dry), NULL, "only try", NULL },
	{ "no-frame", 0, OPT_NOFLAG, offsetof(struct paint_options, frame), NULL, "leave the frame out",
	  "Shape" },
	{ 0 },
};

static const struct exit_status paint_exits[] = { { 0, "painted" }, { 11, "tried" }, { 0 } };

static const struct verb paint = {
	.name = "paint",
	.operands = "CANVAS [BRUSH...]",
	.summary = "put colour on a canvas",
	.description = "First paragraph.\n.dotted line\n\nSecond \\ one:\n  kept   as it is\nand on.",
	.examples = "  artist paint --dry wall\n",
	.options = paint_options,
	.options_size = sizeof(struct paint_options),
	.defaults = paint_defaults,
	.release = paint_release,
	.exits = paint_exits,
	.run = paint_run,
};

static int no_options_run(void *options, int argc, char **argv)
{
	(void)options;
	(void)argv;
	return 20 + argc;
}

static const struct verb rest = { .name = "rest", .summary = "do nothing", .run = no_options_run };
static const struct verb secret = { .name = "secret", .summary = "x", .hidden = true, .run = no_options_run };
static const struct verb mix = {
	.name = "mix",
	.operands = "A B [C]",
	.summary = "two or three",
	.run = no_options_run,
};
static const struct verb run = {
	.name = "run", .operands = "-- CMD [ARG...]", .summary = "y", .run = no_options_run
};

static const struct verb *const verbs[] = { &paint, &rest, &secret, &mix, &run, NULL };
static const struct program artist = { "artist", "1.2", "paints", "Paints things.", verbs, 64 };

/* ---- calling it ---- */

static char *out, *err;

static void swap_stream(FILE *f, int *saved, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(fflush(f), 0);
	*saved = dup(fileno(f));
	assert_true(fd >= 0 && *saved >= 0 && dup2(fd, fileno(f)) >= 0);
	assert_int_equal(close(fd), 0);
}

static void swap_back(FILE *f, int saved)
{
	(void)fflush(f);
	assert_true(dup2(saved, fileno(f)) >= 0);
	assert_int_equal(close(saved), 0);
}

/* Runs a command line, words separated by one blank; fills `out` and `err`. */
static int call(const char *line)
{
	static char words[512];
	char *argv[32] = { words }, *s;
	int argc = 1, saved_out, saved_err, status;

	(void)snprintf(words, sizeof(words), "%s", line);
	for (s = words; (s = strchr(s, ' ')); argc++) {
		*s++ = '\0';
		argv[argc] = s;
	}
	got = (struct paint_options){ 0 };
	swap_stream(stdout, &saved_out, scratch_path("out"));
	swap_stream(stderr, &saved_err, scratch_path("err"));
	status = verb_main(&artist, argc, argv);
	swap_back(stdout, saved_out);
	swap_back(stderr, saved_err);
	free(out);
	free(err);
	out = scratch_read(scratch_path("out"));
	err = scratch_read(scratch_path("err"));
	return status;
}

static int setup(void **state)
{
	return scratch_setup(state) + terminal_set_colour("never");
}

static int teardown(void **state)
{
	free(out);
	free(err);
	out = err = NULL;
	return scratch_teardown(state);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("not there: %s\nin: %s", part, text);
}

/* ---- options ---- */

static void defaults_hold_where_nothing_is_said(void **state)
{
	(void)state;
	assert_int_equal(call("artist paint wall"), 11);
	assert_int_equal(got.size, 7);
	assert_true(got.frame);
	assert_false(got.dry);
	assert_null(got.colour);
	assert_null(got.json);
	assert_int_equal(got.layers.count, 0);
	assert_int_equal(got_count, 1);
	assert_string_equal(out, "");
	assert_string_equal(err, "");
}

static void every_way_to_write_an_option(void **state)
{
	(void)state;
	assert_int_equal(
		call("artist paint --size 3 --colour=red wall --no-frame --dry --json=x -v --verbose"), 11);
	assert_int_equal(got.size, 3);
	assert_string_equal(got.colour, "red");
	assert_string_equal(got.json, "x");
	assert_int_equal(got.verbose, 2);
	assert_true(got.dry);
	assert_false(got.frame);
	assert_int_equal(call("artist paint -vvds4K -c blue -cgreen wall"), 11);
	assert_int_equal(got.verbose, 2);
	assert_true(got.dry);
	assert_int_equal(got.size, 4096);
	assert_string_equal(got.colour, "green");
	assert_int_equal(call("artist paint --colour= wall"), 11);
	assert_string_equal(got.colour, "");
	assert_int_equal(call("artist paint --colour --dry wall"), 11); /* a value may look like an option */
	assert_string_equal(got.colour, "--dry");
}

static void an_optional_value_needs_the_equals_sign(void **state)
{
	(void)state;
	assert_int_equal(call("artist paint --json wall"), 11);
	assert_string_equal(got.json, "-");
	assert_int_equal(got_count, 1);
	assert_int_equal(call("artist paint -j wall"), 11);
	assert_string_equal(got.json, "-");
	assert_int_equal(call("artist paint -jfile wall"), 11);
	assert_string_equal(got.json, "file");
}

static void lists_collect_in_order(void **state)
{
	(void)state;
	assert_int_equal(call("artist paint -l a --layer=b wall --layer c"), 11);
	assert_int_equal(got.layers.count, 3);
	assert_string_equal(got_layers[0], "a");
	assert_string_equal(got_layers[1], "b");
	assert_string_equal(got_layers[2], "c");
}

static void operands_may_stand_anywhere(void **state)
{
	(void)state;
	assert_int_equal(call("artist paint one -d - --size 2 two -- --dry --"), 11);
	assert_int_equal(got_count, 5);
	assert_string_equal(got_operands[0], "one");
	assert_string_equal(got_operands[1], "-");
	assert_string_equal(got_operands[2], "two");
	assert_string_equal(got_operands[3], "--dry");
	assert_string_equal(got_operands[4], "--");
}

static void amounts(void **state)
{
	(void)state;
	assert_int_equal(call("artist paint -s 2M w"), 11);
	assert_int_equal(got.size, 2 << 20);
	assert_int_equal(call("artist paint -s 3G w"), 11);
	assert_true(got.size == 3ULL << 30);
	assert_int_equal(call("artist paint -s 18446744073709551615 w"), 11);
	assert_true(got.size == UINT64_MAX);
	assert_int_equal(call("artist paint -s 18446744073709551616 w"), 64);
	assert_int_equal(call("artist paint -s 17179869184G w"), 64);
	assert_int_equal(call("artist paint -s -1 w"), 64);
	assert_int_equal(call("artist paint -s 5x w"), 64);
	assert_int_equal(call("artist paint -s 5KK w"), 64);
	assert_int_equal(call("artist paint -s K w"), 64);
	assert_int_equal(call("artist paint --size= w"), 64);
	assert_has(err, "artist paint: --size wants a number (K, M, G multiply by 1024), not ''");
}

static void assert_usage(const char *line, const char *message)
{
	assert_int_equal(call(line), 64);
	assert_string_equal(out, "");
	assert_has(err, message);
}

static void wrong_options_are_explained(void **state)
{
	(void)state;
	assert_usage("artist paint --sise 3 w", "artist paint: unknown option --sise; did you mean --size?\n"
						"Try 'artist help paint'.\n");
	assert_usage("artist paint --xyzzy w", "unknown option --xyzzy\n");
	assert_usage("artist paint --colur=red w", "unknown option --colur; did you mean --colour?\n");
	assert_usage("artist paint -x w", "unknown option -x\n");
	assert_usage("artist paint --dry=1 w", "--dry takes no value\n");
	assert_usage("artist paint w --colour", "--colour needs a value: NAME\n");
	assert_usage("artist paint w -c", "--colour needs a value: NAME\n");
	assert_usage("artist paint -\033[1m w", "unknown option -\\x1b\n");
	assert_usage("artist rest --dry", "unknown option --dry\n");
}

static void wrong_operands_are_explained(void **state)
{
	(void)state;
	assert_usage("artist paint", "artist paint: missing operand CANVAS\n");
	assert_usage("artist mix a", "missing operand B\n");
	assert_int_equal(call("artist mix a b"), 22);
	assert_int_equal(call("artist mix a b c"), 23);
	assert_usage("artist mix a b c d", "unexpected operand 'd'\n");
	assert_int_equal(call("artist rest"), 20);
	assert_usage("artist rest a", "unexpected operand 'a'\n");
	assert_usage("artist run", "missing operand CMD\n");
	assert_int_equal(call("artist run -- make -j all"), 23);
}

static void options_are_released_whatever_happens(void **state)
{
	(void)state;
	releases = 0;
	(void)call("artist paint -l a wall");
	(void)call("artist paint -l a --bad");
	(void)call("artist paint -l a --help");
	assert_int_equal(releases, 3);
}

/* ---- verbs and help ---- */

static void unknown_verbs_are_explained(void **state)
{
	(void)state;
	assert_usage("artist piant",
		     "artist: unknown verb 'piant'; did you mean 'paint'?\nTry 'artist help'.\n");
	assert_usage("artist hlep", "did you mean 'help'?");
	assert_usage("artist sculpt", "artist: unknown verb 'sculpt'\n");
	assert_usage("artist help sculpt", "artist: unknown verb 'sculpt'\n");
	assert_usage("artist secre", "artist: unknown verb 'secre'\n"); /* hidden ones are not told */
	assert_usage("artist --frobnicate", "artist: unknown option --frobnicate\n");
	assert_int_equal(call("artist secret"), 20);
}

static void without_a_verb_help_goes_to_stderr(void **state)
{
	(void)state;
	assert_usage("artist", "Usage: artist VERB");
}

static void the_version(void **state)
{
	(void)state;
	assert_int_equal(call("artist --version"), 0);
	assert_string_equal(out, "artist 1.2\n");
}

static void help_of_the_program_lists_the_verbs(void **state)
{
	(void)state;
	assert_int_equal(call("artist --help"), 0);
	assert_string_equal(
		out, "Usage: artist VERB [OPTION...] [OPERAND...]\n"
		     "paints\n"
		     "\n"
		     "Paints things.\n"
		     "\n"
		     "Verbs:\n"
		     "  paint   put colour on a canvas\n"
		     "  rest    do nothing\n"
		     "  mix     two or three\n"
		     "  run     y\n"
		     "\n"
		     "'artist help VERB' tells what a verb does, its options and its exit statuses.\n");
	assert_string_equal(err, "");
	assert_int_equal(call("artist help"), 0);
	assert_has(out, "Verbs:");
	assert_int_equal(call("artist -h"), 0);
	assert_has(out, "Verbs:");
}

static const char paint_help[] =
	"Usage: artist paint [OPTION...] CANVAS [BRUSH...]\n"
	"put colour on a canvas\n"
	"\n"
	"First paragraph. .dotted line\n"
	"\n"
	"Second \\ one:\n"
	"  kept   as it is\n"
	"and on.\n"
	"\n"
	"Shape:\n"
	"  -s, --size=N              how large it becomes, in words that are many enough\n"
	"                            for a second line of this help\n"
	"  -l, --layer=FILE          a layer; it's repeatable\n"
	"      --no-frame            leave the frame out\n"
	"\n"
	"Options:\n"
	"  -c, --colour=NAME         which colour\n"
	"  -j, --json[=FILE]         write [JSON]\n"
	"  -v, --verbose             say more\n"
	"  -d, --dry                 only try\n"
	"\n"
	"Examples:\n"
	"  artist paint --dry wall\n"
	"\n"
	"Exit status:\n"
	"  0   painted\n"
	"  11  tried\n";

static void help_of_a_verb_tells_everything(void **state)
{
	(void)state;
	assert_int_equal(call("artist help paint"), 0);
	assert_string_equal(out, paint_help);
	assert_int_equal(call("artist paint --help"), 0);
	assert_string_equal(out, paint_help);
	assert_int_equal(call("artist paint -dh"), 0);
	assert_string_equal(out, paint_help);
	assert_int_equal(call("artist help rest"), 0);
	assert_string_equal(out, "Usage: artist rest\ndo nothing\n");
}

static void a_full_disk_is_trouble(void **state)
{
	int saved = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY | O_CLOEXEC), saved_err, status;
	char *argv[] = { (char[]){ "artist" }, (char[]){ "help" }, NULL };

	(void)state;
	assert_int_equal(fflush(stdout), 0);
	assert_true(saved >= 0 && full >= 0 && dup2(full, STDOUT_FILENO) >= 0);
	swap_stream(stderr, &saved_err, scratch_path("err"));
	status = verb_main(&artist, 2, argv);
	clearerr(stdout);
	swap_back(stderr, saved_err);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	assert_int_equal(close(saved) + close(full), 0);
	assert_int_equal(status, 64);
	err = scratch_read(scratch_path("err"));
	assert_string_equal(err, "artist: cannot write to standard output\n");
}

/* ---- completion and the man page ---- */

/* Whether `program arguments <out` succeeds; 127: there is no such program. */
static int feed_output_to(const char *program, const char *argument, const char *more)
{
	pid_t pid = fork();
	int status, fd;

	assert_true(pid >= 0);
	if (pid == 0) {
		fd = open(scratch_path("out"), O_RDONLY | O_CLOEXEC);
		(void)dup2(fd, STDIN_FILENO);
		fd = open(scratch_path("result"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		(void)dup2(fd, STDOUT_FILENO);
		(void)dup2(fd, STDERR_FILENO);
		(void)execlp(program, program, argument, more, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void completes(const char *words, const char *expected)
{
	AUTO_FREE char *result = NULL;
	char script[1024];

	(void)snprintf(
		script, sizeof(script),
		"set -u; compopt() { :; }; . %s; COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
		"_artist; echo \"${COMPREPLY[@]-}\"",
		scratch_path("out"), words);
	assert_int_equal(feed_output_to("bash", "-c", script), 0);
	result = scratch_read(scratch_path("result"));
	assert_string_equal(result, expected);
}

static void bash_completes_verbs_and_options(void **state)
{
	(void)state;
	assert_int_equal(call("artist --complete bash"), 0);
	completes("artist pa", "paint\n");
	completes("artist help m", "mix\n");
	completes("artist paint --l", "--layer=\n");
	completes("artist paint wall --j", "--json --json=\n");
	completes("artist paint ''", "\n"); /* file names then */
	completes("artist secr", "\n");
}

static void zsh_and_fish_are_told_all_options(void **state)
{
	(void)state;
	assert_int_equal(call("artist --complete zsh"), 0);
	assert_has(out, "#compdef artist\n");
	assert_has(out, "'paint:put colour on a canvas'\n");
	assert_has(out, "'*'{-l+,--layer=}'[a layer; it'\\''s repeatable]:FILE:_files'");
	assert_has(out, "'(-j --json)'{-j-,--json=-}'[write \\[JSON\\]]::FILE:_files'");
	assert_null(strstr(out, "secret"));
	if (feed_output_to("zsh", "-n", NULL) != 127)
		assert_int_equal(feed_output_to("zsh", "-n", NULL), 0);
	assert_int_equal(call("artist --complete fish"), 0);
	assert_has(out, "complete -c artist -n '__fish_seen_subcommand_from paint' -s l -l layer -r "
			"-d 'a layer; it'\\''s repeatable'\n");
	assert_null(strstr(out, "secret"));
	if (feed_output_to("fish", "--no-execute", NULL) != 127)
		assert_int_equal(feed_output_to("fish", "--no-execute", NULL), 0);
	assert_usage("artist --complete csh", "--complete wants bash, zsh or fish");
	assert_usage("artist --complete", "--complete wants bash, zsh or fish");
}

static void the_man_page_is_made_of_the_same_tables(void **state)
{
	AUTO_FREE char *result = NULL;

	(void)state;
	(void)setenv("SOURCE_DATE_EPOCH", "86400", 1);
	assert_int_equal(call("artist --man"), 0);
	(void)unsetenv("SOURCE_DATE_EPOCH");
	assert_has(out,
		   ".Dd January  2, 1970\n.Dt ARTIST 1\n.Os artist 1.2\n.Sh NAME\n.Nm artist\n.Nd paints\n");
	assert_has(out, ".It Fl s , Fl \\&\\-size Ns = Ns Ar \\&N\n");
	assert_has(out, "\n\\&.dotted line\n.Pp\nSecond \\e one:\n.Bd -literal -compact\n  kept   as it "
			"is\n.Ed\nand on.\n");
	assert_has(out, ".It 11\ntried\n");
	assert_null(strstr(out, "secret"));
	if (feed_output_to("groff", "-mandoc", "-Tascii") == 127)
		return;
	result = scratch_read(scratch_path("result"));
	assert_has(result, "Second \\ one:\n");
	assert_has(result, "kept   as it is\n");
	assert_null(strstr(result, "warning"));
}

int main(void)
{
#define VERB_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		VERB_TEST(defaults_hold_where_nothing_is_said),
		VERB_TEST(every_way_to_write_an_option),
		VERB_TEST(an_optional_value_needs_the_equals_sign),
		VERB_TEST(lists_collect_in_order),
		VERB_TEST(operands_may_stand_anywhere),
		VERB_TEST(amounts),
		VERB_TEST(wrong_options_are_explained),
		VERB_TEST(wrong_operands_are_explained),
		VERB_TEST(options_are_released_whatever_happens),
		VERB_TEST(unknown_verbs_are_explained),
		VERB_TEST(without_a_verb_help_goes_to_stderr),
		VERB_TEST(the_version),
		VERB_TEST(help_of_the_program_lists_the_verbs),
		VERB_TEST(help_of_a_verb_tells_everything),
		VERB_TEST(a_full_disk_is_trouble),
		VERB_TEST(bash_completes_verbs_and_options),
		VERB_TEST(zsh_and_fish_are_told_all_options),
		VERB_TEST(the_man_page_is_made_of_the_same_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
