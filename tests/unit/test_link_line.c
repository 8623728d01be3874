/* SPDX-License-Identifier: Apache-2.0 */
/* line.h: link lines out of what recorded them. */
#include "depgraph/link/line.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <sys/stat.h>

static struct error err;

static struct link_line *line_of(const char *text)
{
	struct link_line *l = NULL;

	err = (struct error){ 0 };
	if (link_line_parse(text, strlen(text), "link.txt", NULL, &l, &err) < 0)
		fail_msg("refused: %s", err.message);
	return l;
}

static void assert_refused(const char *text)
{
	struct link_line *l = NULL;

	err = (struct error){ 0 };
	assert_int_equal(link_line_parse(text, strlen(text), "link.txt", NULL, &l, &err), -EBADMSG);
	assert_null(l);
	assert_string_equal(err.file, "link.txt");
}

static void assert_input(const struct link_line *l, size_t i, const char *word, unsigned flags, size_t first, size_t count)
{
	assert_true(i < l->input_count);
	assert_string_equal(l->inputs[i].word, word);
	assert_int_equal(l->inputs[i].flags, flags);
	assert_int_equal(l->inputs[i].first, first);
	assert_int_equal(l->inputs[i].count, count);
}

#define LIBRARY LINK_LINE_LIBRARY

static void test_a_compiler_line(void **state)
{
	struct link_line *l = line_of("LANG=C ccache x86_64-linux-gnu-g++-12 -fuse-ld=lld -O2 -D X main.o 'with blank.o' -o app -L/opt/lib -L ../lib "
				      "-Wl,--as-needed -lz -l bar -Wl,-Bstatic,-lfoo,-Bdynamic -Xlinker -Map -Xlinker app.map -Wl,-rpath -Wl,/opt "
				      "-u main -pie -Wl,--gc-sections x.a\n");

	(void)state;
	assert_true(l->driver);
	assert_string_equal(l->argv[0], "x86_64-linux-gnu-g++-12");
	assert_int_equal(l->linker, LINKMAP_LLD);
	assert_true(l->linker_told);
	assert_string_equal(l->output, "app");
	assert_string_equal(l->map, "app.map");
	assert_true(l->pie && l->gc_sections && !l->shared && !l->static_link);
	assert_int_equal(l->search_count, 2);
	assert_string_equal(l->search[1], "../lib");
	assert_int_equal(l->input_count, 6);
	assert_input(l, 0, "main.o", 0, 5, 1);
	assert_input(l, 1, "with blank.o", 0, 6, 1);
	assert_input(l, 2, "-lz", LIBRARY | LINK_LINE_AS_NEEDED, 13, 1);
	assert_input(l, 3, "-lbar", LIBRARY | LINK_LINE_AS_NEEDED, 14, 2);
	assert_input(l, 4, "-lfoo", LIBRARY | LINK_LINE_AS_NEEDED | LINK_LINE_STATIC, 16, 1);
	assert_int_equal(l->inputs[4].piece, 1);
	assert_int_equal(l->inputs[4].pieces, 1);
	assert_input(l, 5, "x.a", LINK_LINE_AS_NEEDED, 27, 1);
	assert_string_equal(l->directory, ".");
	link_line_free(l);
}

static void test_a_linker_line(void **state)
{
	struct link_line *l = line_of("Using built-in specs. It can't be helped\n"
				      "COLLECT_GCC_OPTIONS='-o' 'x' '-mtune=generic'\n"
				      " /usr/lib/gcc/x86_64-linux-gnu/12/cc1 -quiet c.c -o /tmp/c.s\n"
				      " /usr/lib/gcc/x86_64-linux-gnu/12/collect2 -plugin p.so \"-plugin-opt=-pass-through=-lgcc\" -m elf_x86_64 "
				      "-dynamic-linker /lib64/ld.so -pie -o x -L.. -z now crt1.o --push-state --as-needed -lgcc_s --pop-state "
				      "--start-group a.a b.a --end-group --whole-archive c.a --no-whole-archive --start-lib d.o --end-lib "
				      "--library=e -Map=x.map -Bstatic -l:libf.a\n"
				      "COLLECT_GCC_OPTIONS='-o' 'x'\n");

	(void)state;
	assert_false(l->driver);
	assert_string_equal(l->output, "x");
	assert_string_equal(l->map, "x.map");
	assert_int_equal(l->input_count, 8);
	assert_string_equal(l->inputs[0].word, "crt1.o");
	assert_int_equal(l->inputs[0].flags, 0);
	assert_int_equal(l->inputs[1].flags, LIBRARY | LINK_LINE_AS_NEEDED);
	assert_int_equal(l->inputs[2].flags, LINK_LINE_GROUP);
	assert_int_equal(l->inputs[4].flags, LINK_LINE_WHOLE_ARCHIVE);
	assert_int_equal(l->inputs[5].flags, LINK_LINE_LAZY);
	assert_string_equal(l->inputs[6].word, "-le");
	assert_int_equal(l->inputs[6].flags, LIBRARY);
	assert_string_equal(l->inputs[7].word, "-l:libf.a");
	assert_int_equal(l->inputs[7].flags, LIBRARY | LINK_LINE_STATIC);
	link_line_free(l);
}

static void test_the_last_link_of_a_log(void **state)
{
	struct link_line *l = line_of("[1/3] cc -c a.c -o a.o\ncc a.o -o first\n"
				      "cd /src && cd build && : && /usr/bin/c++ -g \\\n  b.o -o second && ranlib x.a\n"
				      "c++ -c c.cc -o c.o\n");

	(void)state;
	assert_string_equal(l->output, "second");
	assert_string_equal(l->directory, "/src/build");
	assert_int_equal(l->input_count, 1);
	link_line_free(l);
}

static void test_json_forms(void **state)
{
	struct link_line *l = line_of("[\"ld.gold\", \"-shared\", \"a.o\", \"-obig\"]");

	(void)state;
	assert_int_equal(l->linker, LINKMAP_GOLD);
	assert_true(l->shared);
	/* "-obig" of a linker is an output too where no option has that name: ld reads -oFILE. */
	assert_int_equal(l->input_count, 1);
	link_line_free(l);
	l = line_of("{\"directory\": \"/b\", \"arguments\": [\"clang++\", \"-static\", \"-olibx\", \"a.o\", \"-lm\"]}");
	assert_string_equal(l->directory, "/b");
	assert_string_equal(l->output, "libx");
	assert_true(l->static_link);
	assert_int_equal(l->inputs[1].flags, LIBRARY | LINK_LINE_STATIC);
	link_line_free(l);
	l = line_of("{\"directory\": \"/b\", \"command\": \"gcc -o 'an app' a.o\"}");
	assert_string_equal(l->output, "an app");
	assert_string_equal(l->directory, "/b");
	link_line_free(l);
}

static void test_traces(void **state)
{
	struct link_line *l = line_of("trace: /usr/lib/crt1.o\ntrace: dir with blank/libu.a(u1.o)\ntrace: dir with blank/libu.a(u2.o)\n"
				      "/usr/bin/ld: warning: something\n-lz (/usr/lib/libz.so)\n(old.a)m.o\n");

	(void)state;
	assert_int_equal(l->argc, 0);
	assert_true(l->traced);
	assert_int_equal(l->input_count, 4);
	assert_string_equal(l->inputs[1].word, "dir with blank/libu.a");
	assert_string_equal(l->inputs[2].word, "/usr/lib/libz.so");
	assert_string_equal(l->inputs[3].word, "old.a");
	assert_null(link_line_action(l, NULL, 0, NULL, 0));
	link_line_free(l);
}

static void test_what_is_no_link(void **state)
{
	(void)state;
	assert_refused("");
	assert_refused("cc -c a.c -o a.o\n");
	assert_refused("ls -l\n");
	assert_refused("gcc --version\n");
	assert_refused("[1, 2]");
	assert_refused("{\"command\": 3}");
	assert_refused("{");
	assert_refused("\x7f" "ELF");
}

static void put(const char *name, const char *text)
{
	scratch_write(scratch_path(name), text, strlen(text));
}

static void test_responses(void **state)
{
	char record[1024];
	struct link_line *l;

	(void)state;
	put("a.rsp", "one.o 'two words.o' \"thr\\\"ee.o\"\n\tfo\\ ur.o @b.rsp @missing.rsp ''\n");
	put("b.rsp", "five.o -lz @b.rsp");
	(void)snprintf(record, sizeof(record), "cd %s && gcc -o app @a.rsp\n", scratch_dir);
	l = line_of(record);
	assert_string_equal(l->inputs[0].word, "one.o");
	assert_string_equal(l->inputs[1].word, "two words.o");
	assert_string_equal(l->inputs[2].word, "thr\"ee.o");
	assert_string_equal(l->inputs[3].word, "fo ur.o");
	assert_string_equal(l->inputs[4].word, "five.o");
	/* A response that holds itself ends at GCC's limit of 2000, and what cannot be read stays. */
	assert_true(l->input_count > 2000 && l->input_count < 10000);
	assert_string_equal(l->inputs[l->input_count - 1].word, "@missing.rsp");
	link_line_free(l);
}

static void test_libraries_are_found(void **state)
{
	char record[2048];
	struct link_line *l;

	(void)state;
	assert_int_equal(mkdir(scratch_path("one"), 0755), 0);
	assert_int_equal(mkdir(scratch_path("two"), 0755), 0);
	put("one/libx.a", "");
	put("two/libx.so", "");
	put("two/libx.a", "");
	put("two/liby.a", "");
	put("two/other.a", "");
	put("plain.o", "");
	(void)snprintf(record, sizeof(record),
		       "cd %s && gcc -o app plain.o missing.o -lx -Ltwo -ly -l:other.a -Wl,-Bstatic -lx -Wl,-Bdynamic -lnowhere_at_all --sysroot=%s "
		       "-L=/one -lx\n", scratch_dir, scratch_dir);
	l = line_of(record);
	assert_string_equal(l->inputs[0].path, "plain.o");
	assert_null(l->inputs[1].path);
	assert_string_equal(l->inputs[2].path, "two/libx.so"); /* -L holds for what stands before it */
	assert_string_equal(l->inputs[3].path, "two/liby.a");
	assert_string_equal(l->inputs[4].path, "two/other.a");
	assert_string_equal(l->inputs[5].path, "two/libx.a");
	assert_null(l->inputs[6].path);
	assert_int_equal(link_line_find(l, scratch_path("two/liby.a"), 0), 3);
	assert_int_equal(link_line_find(l, "./two/libx.a", 0), 5);
	assert_int_equal(link_line_find(l, "two/libx.so", 3), 7);
	assert_int_equal(link_line_find(l, "one/libx.a", 0), SIZE_MAX);
	link_line_free(l);
	(void)snprintf(record, sizeof(record), "cd %s && gcc -o app plain.o --sysroot %s -L=/one -lx\n", scratch_dir, scratch_dir);
	l = line_of(record);
	assert_string_equal(l->inputs[1].path, scratch_path("one/libx.a"));
	link_line_free(l);
}

static void assert_action(const struct link_line *l, size_t drop, const char *expected)
{
	json_t *action = link_line_action(l, &drop, 1, (const char *const[]){ "-Wl,--gc-sections" }, 1);
	char *text;

	assert_non_null(action);
	assert_string_equal(json_string_value(json_object_get(action, "do")), "relink");
	assert_int_equal(json_array_size(json_object_get(action, "line")), l->argc);
	(void)json_object_del(action, "line");
	(void)json_object_del(action, "directory");
	(void)json_object_del(action, "do");
	text = json_dumps(action, JSON_COMPACT);
	assert_string_equal(text, expected);
	free(text);
	json_decref(action);
}

static void test_actions_and_places(void **state)
{
	struct link_line *l = line_of("gcc -o app a.o -l z -Wl,-Bstatic,-lfoo,-Bdynamic -Wl,-lonly -Xlinker -lx '-l it'\n");
	char place[256];

	(void)state;
	assert_action(l, 0, "{\"drop\":[3],\"add\":[\"-Wl,--gc-sections\"]}");
	assert_action(l, 1, "{\"drop\":[4,5],\"add\":[\"-Wl,--gc-sections\"]}");
	assert_action(l, 2, "{\"drop\":[],\"replace\":[[6,\"-Wl,-Bstatic,-Bdynamic\"]],\"add\":[\"-Wl,--gc-sections\"]}");
	assert_action(l, 3, "{\"drop\":[7],\"add\":[\"-Wl,--gc-sections\"]}");
	assert_action(l, 4, "{\"drop\":[8,9],\"add\":[\"-Wl,--gc-sections\"]}");
	assert_string_equal(link_line_place(l, 1, place, sizeof(place)), "remove -lz, word 5 of the link line");
	assert_string_equal(link_line_place(l, 2, place, sizeof(place)),
			    "remove -lfoo from inside word 7 of the link line (-Wl,-Bstatic,-lfoo,-Bdynamic)");
	assert_string_equal(link_line_place(l, 5, place, sizeof(place)), "remove '-l it', word 11 of the link line");
	link_line_free(l);
}

static void test_reading_files(void **state)
{
	struct link_line *l = NULL;

	(void)state;
	assert_int_equal(link_line_read(scratch_path("none"), NULL, &l, &err), -ENOENT);
	put("link.txt", "cd /elsewhere && gcc a.o -o x");
	assert_int_equal(link_line_read(scratch_path("link.txt"), "/told", &l, &err), 0);
	assert_string_equal(l->directory, "/told");
	link_line_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_compiler_line),
		cmocka_unit_test(test_a_linker_line),
		cmocka_unit_test(test_the_last_link_of_a_log),
		cmocka_unit_test(test_json_forms),
		cmocka_unit_test(test_traces),
		cmocka_unit_test(test_what_is_no_link),
		cmocka_unit_test_setup_teardown(test_responses, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_libraries_are_found, scratch_setup, scratch_teardown),
		cmocka_unit_test(test_actions_and_places),
		cmocka_unit_test_setup_teardown(test_reading_files, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
