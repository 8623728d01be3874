/* SPDX-License-Identifier: Apache-2.0 */
/* relink.h: links done again with edits, by the linker of this machine. */
#include "depgraph/apply/relink.h"
#include "base/path.h"
#include "tests/unit/made.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <time.h>

static struct error err;

#define SOURCES                                                                                                     \
	"echo 'int dead(int x) { return x * 3; } int used(int x) { return x + 1; } int main(void) { return used(-1); }' > m.c;" \
	"echo 'int spare(void) { return 1; }' > s.c; echo 'int z(void) { return 2; }' > z.c;"                       \
	"cc -O1 -ffunction-sections -c m.c; cc -c s.c; ar rc libspare.a s.o; cc -shared -fPIC -o libz9.so z.c; mkdir out;"

static json_t *action_of(const char *line, const char *edits)
{
	json_error_t error;
	json_t *action = json_loads(edits, 0, &error), *words = json_loads(line, 0, &error);

	assert_non_null(action);
	assert_non_null(words);
	assert_int_equal(json_put(action, "do", json_text("relink")), 0);
	assert_int_equal(json_put(action, "line", words), 0);
	assert_int_equal(json_put(action, "directory", json_text(scratch_dir)), 0);
	return action;
}

static int relink_one(const char *line, const char *edits, unsigned seconds, struct relink_report *report)
{
	const json_t *action = action_of(line, edits);
	struct relink_options o = { .out = scratch_path("out"), .seconds = seconds };
	int r;

	err = (struct error){ 0 };
	r = relink_apply(&action, 1, &o, report, &err);
	json_decref((json_t *)(uintptr_t)action);
	return r;
}

static const struct relink_check *check_named(const struct relink_report *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->check_count; i++)
		if (!strcmp(r->checks[i].name, name))
			return &r->checks[i];
	fail_msg("no check %s", name);
	return NULL;
}

static unsigned entries_of(const char *path)
{
	CLEANUP(closedirp) DIR *d = opendir(path);
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	return n - 2;
}

static struct stat stat_of(const char *name)
{
	struct stat st;

	assert_int_equal(stat(scratch_path(name), &st), 0);
	return st;
}

static void test_a_library_and_dead_code_go(void **state)
{
	struct relink_report r = { 0 };
	struct stat before, after;

	(void)state;
	made_by("cc ar", SOURCES "cc -o app m.o -Wl,--no-as-needed -L. -lz9 -lspare -Wl,-Map=app.map");
	before = stat_of("app");
	assert_int_equal(relink_one("[\"cc\", \"-o\", \"app\", \"m.o\", \"-Wl,--no-as-needed\", \"-L.\", \"-lz9\", \"-lspare\", "
				    "\"-Wl,-Map=app.map\"]",
				    "{\"drop\": [6, \"-lspare\"], \"add\": [\"-Wl,--gc-sections\"]}", 60, &r), 0);
	assert_true(r.ok);
	assert_int_equal(r.check_count, 6);
	assert_true(strstr(check_named(&r, "needed")->text, "libz9.so"));
	assert_string_equal(path_base(r.output), "app");
	assert_string_equal(path_base(r.map), "app.map");
	assert_int_equal(r.bytes_before, before.st_size);
	assert_true(r.bytes_after < r.bytes_before);
	assert_true(strstr(r.command, "-Wl,--gc-sections m.o") == NULL && strstr(r.command, "--gc-sections"));
	assert_int_equal(entries_of(scratch_path("out")), 2);
	/* The original, its map included, is as it was. */
	after = stat_of("app");
	assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof(before.st_mtim));
	assert_int_equal(before.st_ino, after.st_ino);
	made_by("cc", "out/app && ! nm out/app | grep -w dead && ! grep -q spare out/app.map && grep -q libz9 app.map");
	relink_report_release(&r);
}

static void test_what_others_see_must_stay(void **state)
{
	struct relink_report r = { 0 };

	(void)state;
	made_by("cc ar", SOURCES "cc -fPIC -c s.c -o sp.o; cc -fPIC -c z.c -o zp.o; cc -shared -o libboth.so sp.o zp.o");
	assert_int_equal(relink_one("[\"cc\", \"-shared\", \"-o\", \"libboth.so\", \"sp.o\", \"zp.o\"]", "{\"drop\": [5]}", 60, &r), 0);
	assert_false(r.ok);
	assert_false(check_named(&r, "exports")->ok);
	assert_non_null(strstr(check_named(&r, "exports")->text, "gone: z"));
	assert_null(r.output);
	assert_int_equal(entries_of(scratch_path("out")), 0);
	relink_report_release(&r);
}

static void test_a_library_that_no_edit_takes_away(void **state)
{
	struct relink_report r = { 0 };

	(void)state;
	made_by("cc ar", SOURCES "cc -o app m.o -Wl,--no-as-needed -L. -lz9 -Wl,-Map,app.map");
	/* The record lost the library: what comes of it is not what was there. */
	assert_int_equal(relink_one("[\"cc\", \"-o\", \"app\", \"m.o\"]", "{\"add\": [\"-Wl,--no-gc-sections\"]}", 60, &r), 0);
	assert_false(r.ok);
	assert_non_null(strstr(check_named(&r, "needed")->text, "libz9.so is no longer needed"));
	relink_report_release(&r);
	assert_int_equal(relink_one("[\"cc\", \"-o\", \"app\", \"m.o\"]", "{\"needed\": [\"libz9.so\"]}", 60, &r), 0);
	assert_true(r.ok);
	relink_report_release(&r);
}

static void test_without_the_original_it_is_made(void **state)
{
	struct relink_report r = { 0 };

	(void)state;
	made_by("cc ar", SOURCES);
	assert_int_equal(relink_one("[\"cc\", \"-oapp\", \"m.o\", \"-Xlinker\", \"-Map\", \"-Xlinker\", \"app.map\", \"libspare.a\"]",
				    "{\"drop\": [\"libspare.a\"]}", 60, &r), 0);
	assert_true(r.ok);
	assert_int_equal(r.bytes_before, r.bytes_after);
	assert_int_equal(access(scratch_path("app"), F_OK), -1);
	assert_int_equal(access(scratch_path("app.map"), F_OK), -1);
	assert_int_equal(entries_of(scratch_path("out")), 2);
	relink_report_release(&r);
}

static void test_what_fails_leaves_nothing(void **state)
{
	struct relink_report r = { 0 };
	struct timespec a, b;

	(void)state;
	made_by("cc ar", SOURCES "cc -o app m.o; printf '#!/bin/sh\\nsleep 60 & sleep 60\\n' > ld; chmod +x ld");
	assert_int_equal(relink_one("[\"cc\", \"-o\", \"app\", \"m.o\"]", "{\"drop\": [3], \"add\": [\"s.o\"]}", 60, &r), -EBADMSG);
	assert_non_null(strstr(err.message, "main"));
	assert_int_equal(relink_one("[\"/no/such/cc\", \"-o\", \"app\", \"m.o\"]", "{}", 60, &r), -ENOENT);
	clock_gettime(CLOCK_MONOTONIC, &a);
	assert_int_equal(relink_one("[\"./ld\", \"-o\", \"app\", \"m.o\"]", "{}", 1, &r), -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &b);
	assert_true(b.tv_sec - a.tv_sec < 10);
	assert_int_equal(entries_of(scratch_path("out")), 0);
	assert_null(r.output);
}

static void test_the_original_is_not_replaced(void **state)
{
	const json_t *action;
	struct relink_options o = { .out = scratch_dir, .seconds = 60 };
	struct relink_report r = { 0 };

	(void)state;
	made_by("cc ar", SOURCES "cc -o app m.o");
	action = action_of("[\"cc\", \"-o\", \"app\", \"m.o\"]", "{}");
	assert_int_equal(relink_apply(&action, 1, &o, &r, &err), -EINVAL);
	json_decref((json_t *)(uintptr_t)action);
}

static void assert_words(const json_t *const *actions, size_t count, const char *expected)
{
	const char **words = NULL;
	char text[512] = "";
	size_t i, n;

	err = (struct error){ 0 };
	assert_int_equal(relink_words(actions, count, &words, &n, &err), 0);
	for (i = 0; i < n; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", words[i]);
	assert_string_equal(text, expected);
	free(words);
}

#define LINE "[\"cc\", \"a.o\", \"-lx\", \"-Wl,-lp,-lq\", \"-lx\", \"b.o\"]"

static void test_edits_are_joined(void **state)
{
	const json_t *actions[3] = { action_of(LINE, "{\"drop\": [2], \"add\": [\"-Wl,--gc-sections\"]}"),
				     action_of(LINE, "{\"drop\": [2, 5], \"replace\": [[3, \"-Wl,-lq\"]], \"append\": [\"-lend\"]}"),
				     action_of("[\"cc\", \"other.o\"]", "{}") };
	const char **words = NULL;
	size_t n, i;

	(void)state;
	assert_words(actions, 1, "cc -Wl,--gc-sections a.o -Wl,-lp,-lq -lx b.o");
	assert_words(actions, 2, "cc -Wl,--gc-sections a.o -Wl,-lq -lx -lend");
	assert_true(relink_same_line(actions[0], actions[1]));
	assert_false(relink_same_line(actions[0], actions[2]));
	assert_int_equal(relink_words(actions, 3, &words, &n, &err), -EINVAL);
	for (i = 0; i < 3; i++)
		json_decref((json_t *)(uintptr_t)actions[i]);
}

static void test_malformed_actions(void **state)
{
	static const char *const edits[] = {
		"{\"drop\": [99]}", "{\"drop\": [0]}", "{\"drop\": [-1]}", "{\"drop\": 3}", "{\"drop\": [true]}", "{\"add\": \"x\"}",
		"{\"add\": [1]}", "{\"replace\": [[77, \"x\"]]}", "{\"replace\": [3]}", "{\"append\": {}}", "{\"needed\": [[]]}",
	};
	struct relink_report r = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		assert_int_equal(relink_one(LINE, edits[i], 1, &r), -EINVAL);
		assert_non_null(strstr(err.message, "malformed"));
	}
	assert_int_equal(relink_one("[]", "{}", 1, &r), -EINVAL);
	assert_int_equal(relink_one("[\"cc\", 3]", "{}", 1, &r), -EINVAL);
	assert_int_equal(relink_one("{}", "{}", 1, &r), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_library_and_dead_code_go, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_what_others_see_must_stay, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_a_library_that_no_edit_takes_away, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_without_the_original_it_is_made, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_what_fails_leaves_nothing, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_the_original_is_not_replaced, scratch_setup, scratch_teardown),
		cmocka_unit_test(test_edits_are_joined),
		cmocka_unit_test_setup_teardown(test_malformed_actions, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
