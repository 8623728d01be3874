/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/scratch.h"

#include "base/cleanup.h"
#include "reprocheck/run/fixes.h"

#include <errno.h>
#include <sys/stat.h>

/* ---- helpers --------------------------------------------------------------------------------------------- */

static struct applied_fix parsed(const char *text)
{
	struct applied_fix f;
	struct error err = { 0 };

	if (fix_parse(text, &f, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	return f;
}

static void assert_text(const struct applied_fix *f, const char *expected)
{
	AUTO_FREE char *text = fix_text(f);

	assert_string_equal(text, expected);
}

static void assert_refused(const char *text, const char *reason)
{
	struct applied_fix f;
	struct error err = { 0 };

	assert_int_equal(fix_parse(text, &f, &err), -EINVAL);
	if (!strstr(err.message, reason))
		fail_msg("\"%s\" was refused with \"%s\"", text, err.message);
}

/* Runs a script by /bin/sh in the scratch directory, bin/ first in PATH; returns what it prints. */
static const char *shell(const char *script)
{
	static char out[1 << 16];
	char command[512];
	FILE *f;
	size_t n;
	int status;

	scratch_write(scratch_path("script"), script, strlen(script));
	(void)snprintf(command, sizeof(command), "cd '%s' && PATH=$PWD/bin:$PATH sh ./script 2>&1", scratch_dir);
	f = popen(command, "r");
	assert_non_null(f);
	n = fread(out, 1, sizeof(out) - 1, f);
	out[n] = '\0';
	status = pclose(f);
	if (status)
		fail_msg("status %#x from:\n%s\nwhich printed:\n%s", status, script, out);
	return out;
}

static bool have(const char *tool)
{
	char script[256];

	(void)snprintf(script, sizeof(script), "if command -v %s >/dev/null; then echo y; fi", tool);
	return *shell(script) == 'y';
}

/* bin/NAME stands before the real tool, which is looked up, or is given. */
static void wrap_as(const struct applied_fix *f, const char *name, const char *real)
{
	char script[256], path[256];
	AUTO_FREE char *text = NULL;
	struct applied_fix resolved;

	if (!real) {
		(void)snprintf(script, sizeof(script), "mkdir -p bin; rm -f bin/%s; command -v %s", name, name);
		(void)snprintf(path, sizeof(path), "%.*s", (int)strcspn(shell(script), "\n"), shell(script));
		real = path;
	}
	assert_int_equal(fix_resolve(f, scratch_dir, 1700000000, &resolved), 0);
	assert_true(resolved.kind == FIX_FLAG);
	text = fix_wrapper(&resolved, real);
	assert_non_null(text);
	fix_release(&resolved);
	(void)snprintf(script, sizeof(script), "bin/%s", name);
	scratch_write(scratch_path(script), text, strlen(text));
	assert_int_equal(chmod(scratch_path(script), 0755), 0);
}

static void wrap(const char *fix, const char *name)
{
	struct applied_fix f = parsed(fix);

	assert_true(fix_takes(&f, name));
	wrap_as(&f, name, NULL);
	fix_release(&f);
}

/* The wrapper of a tool that prints its arguments, one a line between brackets. */
static void wrap_printer(const char *fix, const char *name)
{
	struct applied_fix f = parsed(fix);
	char real[512], script[600];

	(void)snprintf(real, sizeof(real), "%s/a real 'tool'/%s", scratch_dir, name);
	(void)snprintf(script, sizeof(script),
		       "mkdir -p bin \"a real 'tool'\"\n"
		       "printf '#!/bin/sh\\nprintf \"[%%%%s]\" \"$@\"\\n' >\"a real 'tool'/%s\"\n"
		       "chmod +x \"a real 'tool'/%s\"\n",
		       name, name);
	(void)shell(script);
	wrap_as(&f, name, real);
	fix_release(&f);
}

static void assert_prints(const char *script, const char *expected)
{
	assert_string_equal(shell(script), expected);
}

/* The cause's own fix number n, as the experiment applies it. */
static void wrap_cause(const char *cause, size_t n, const char *name)
{
	size_t count;
	const struct applied_fix *f = fixes_for(cause, &count);

	assert_true(n < count);
	assert_true(fix_takes(&f[n], name));
	wrap_as(&f[n], name, NULL);
}

/* ---- the table ------------------------------------------------------------------------------------------- */

static void test_every_fix_belongs_to_a_cause_and_reads_back(void **state)
{
	const struct applied_fix *f;
	size_t count, i, fixes = 0, with = 0;
	const struct cause *c;

	(void)state;
	for (c = causes; c->id; c++) {
		f = fixes_for(c->id, &count);
		assert_int_equal(!f, !count);
		with += f != NULL;
		for (i = 0; i < count; i++, fixes++) {
			AUTO_FREE char *text = fix_text(&f[i]);
			struct applied_fix again = parsed(text);

			assert_int_equal(again.kind, f[i].kind);
			assert_string_equal(again.value, f[i].value);
			fix_release(&again);
		}
	}
	assert_true(with > 40);
	assert_true(fixes > 80);
	assert_null(fixes_for("nothing-of-the-kind", &count));
	assert_int_equal(count, 0);
}

static void test_no_row_is_without_its_cause(void **state)
{
	const char *id;
	size_t i;

	(void)state;
	for (i = 0; (id = fixes_cause(i)); i++)
		if (!cause_find(id) || strcmp(cause_find(id)->id, id) != 0)
			fail_msg("there are fixes for \"%s\", which is no cause", id);
	assert_true(i > 40);
}

static void test_the_likeliest_comes_first(void **state)
{
	size_t count;

	(void)state;
	assert_text(&fixes_for("embedded-timestamp", &count)[0], "SOURCE_DATE_EPOCH=$EPOCH");
	assert_text(&fixes_for("lto-section-suffix", &count)[0], "gcc|g++ -frandom-seed=$OUTPUT");
	assert_text(&fixes_for("nvcc-temp-names", &count)[0], "nvcc -objtemp");
	assert_text(&fixes_for("debug-build-path", &count)[0], "gcc|clang -ffile-prefix-map=$PWD=.");
}

/* ---- as it is written ------------------------------------------------------------------------------------ */

static void test_a_variable_is_parsed(void **state)
{
	struct applied_fix f = parsed("TAR_OPTIONS=--sort=name --owner=0");

	(void)state;
	assert_int_equal(f.kind, FIX_VARIABLE);
	assert_string_equal(f.name, "TAR_OPTIONS");
	assert_string_equal(f.value, "--sort=name --owner=0");
	assert_false(fix_takes(&f, "/usr/bin/tar"));
	assert_text(&f, "TAR_OPTIONS=--sort=name --owner=0");
	fix_release(&f);
	f = parsed("EMPTY=");
	assert_string_equal(f.value, "");
	fix_release(&f);
}

static void test_a_flag_is_parsed(void **state)
{
	struct applied_fix f = parsed("  gcc|*-gcc   -frandom-seed=0 -O2");

	(void)state;
	assert_int_equal(f.kind, FIX_FLAG);
	assert_string_equal(f.tool, "gcc|*-gcc");
	assert_string_equal(f.value, "-frandom-seed=0 -O2");
	assert_true(f.last);
	assert_text(&f, "gcc|*-gcc -frandom-seed=0 -O2");
	assert_true(fix_takes(&f, "/usr/bin/gcc"));
	assert_true(fix_takes(&f, "aarch64-linux-gnu-gcc"));
	assert_false(fix_takes(&f, "gcc-ar"));
	assert_false(fix_takes(&f, "/opt/gcc/bin/ld"));
	fix_release(&f);
	f = parsed("gzip -n");
	assert_false(f.last);
	fix_release(&f);
}

static void test_what_is_no_fix_is_refused(void **state)
{
	(void)state;
	assert_refused("", "is no fix");
	assert_refused("gcc", "is no fix");
	assert_refused("gcc  ", "is no fix");
	assert_refused("-O2 gcc", "is no fix");
	assert_refused("=x", "is no fix");
	assert_refused("1A=x", "is no fix");
	assert_refused("/usr/bin/gcc -O2", "without '/'");
	assert_refused("gcc '-DX", "not closed");
	assert_refused("gcc \"-DX", "not closed");
	assert_refused("gcc -DX\\", "backslash");
}

static void test_a_directory_stays_one_word(void **state)
{
	struct applied_fix f = parsed("gcc -ffile-prefix-map=$PWD=. '$PWD' \"$PWD/$EPOCH\" $PWDX \\$PWD"), g;

	(void)state;
	assert_int_equal(fix_resolve(&f, "/a b/\"c'$HOME", 17, &g), 0);
	assert_string_equal(g.value, "-ffile-prefix-map=/a\\ b/\\\"c\\'\\$HOME=. '$PWD' \"/a b/\\\"c'\\$HOME/17\" $PWDX \\$PWD");
	fix_release(&g);
	assert_int_equal(fix_resolve(&f, NULL, 17, &g), 0);
	assert_string_equal(g.value, "-ffile-prefix-map=$PWD=. '$PWD' \"$PWD/17\" $PWDX \\$PWD");
	fix_release(&g);
	fix_release(&f);
	f = parsed("TAR_OPTIONS=--mtime=@$EPOCH $PWD");
	assert_int_equal(fix_resolve(&f, "/a b", 1700000000, &g), 0);
	assert_string_equal(g.value, "--mtime=@1700000000 /a b");
	fix_release(&g);
	fix_release(&f);
}

/* ---- wrappers: what arrives ------------------------------------------------------------------------------ */

static void test_arguments_arrive_untouched(void **state)
{
	(void)state;
	wrap_printer("thing --flag 'a \"b' \"it's\" x\\ y", "thing");
	assert_prints("thing 'two words' \"q'q\" '' '*' @file -- '$HOME'",
		      "[--flag][a \"b][it's][x y][two words][q'q][][*][@file][--][$HOME]");
	wrap_printer("gcc -g0", "gcc");
	assert_prints("gcc 'x y.c' ''", "[x y.c][][-g0]");
	assert_prints("gcc -c -- -odd.c", "[-g0][-c][--][-odd.c]");
}

static void test_no_variable_of_the_wrapper_reaches_the_tool(void **state)
{
	(void)state;
	wrap("env VAR=1", "env");
	assert_prints("word=w real=r output=o done=d env | grep -E '^(word|real|output|done|VAR|fix_.*)=' | sort",
		      "VAR=1\ndone=d\noutput=o\nreal=r\nword=w\n");
}

static void test_the_directory_is_quoted(void **state)
{
	struct applied_fix f = parsed("thing -m$PWD=."), g;
	AUTO_FREE char *text = NULL;

	(void)state;
	wrap_printer("thing -x", "thing");
	assert_int_equal(fix_resolve(&f, "/a b/c'd$(touch bad)`touch bad`", 1, &g), 0);
	fix_release(&f);
	(void)shell("mv bin/thing bin/other; sed -n 's/^fix_real=//p' bin/other | grep -q tool");
	{
		char real[512];

		(void)snprintf(real, sizeof(real), "%s/a real 'tool'/thing", scratch_dir);
		text = fix_wrapper(&g, real);
	}
	fix_release(&g);
	scratch_write(scratch_path("bin/thing"), text, strlen(text));
	(void)shell("chmod +x bin/thing");
	assert_prints("thing; test ! -e bad", "[-m/a b/c'd$(touch bad)`touch bad`=.]");
}

static void test_the_output_is_found(void **state)
{
	(void)state;
	wrap_printer("gcc -frandom-seed=$OUTPUT", "gcc");
	assert_prints("gcc -c x.c -o 'x y.o'", "[-c][x.c][-o][x y.o][-frandom-seed=x y.o]");
	assert_prints("gcc -ox.o -c x.c", "[-ox.o][-c][x.c][-frandom-seed=x.o]");
	assert_prints("gcc -c \"$PWD/x.c\" -o \"$PWD/out/x.o\" | sed 's/.*-frandom/-frandom/'", "-frandom-seed=out/x.o]");
	assert_prints("gcc -c x.c -O2", "[-c][x.c][-O2][-frandom-seed=x.c]");
	assert_prints("gcc -v", "[-v][-frandom-seed=a.out]");
	assert_prints("printf -- '-c x.c\\n-o \"deep/er.o\"' >args; gcc @args", "[@args][-frandom-seed=deep/er.o]");
	assert_prints("gcc @missing", "[@missing][-frandom-seed=a.out]");
	assert_prints("printf -- '*\\n-o$(touch bad)' >args; gcc @args; test ! -e bad", "[@args][-frandom-seed=$(touch]");
}

static void test_flags_of_the_linker_wait_for_a_link(void **state)
{
	(void)state;
	wrap_printer("clang -Wl,--build-id=sha1", "clang");
	assert_prints("clang x.c -o x", "[x.c][-o][x][-Wl,--build-id=sha1]");
	assert_prints("clang -c x.c; clang -E x.c; clang -MM x.c; clang --version; clang -print-search-dirs; clang -x c-header x.h",
		      "[-c][x.c][-E][x.c][-MM][x.c][--version][-print-search-dirs][-x][c-header][x.h]");
}

static void test_subcommands_take_their_flags(void **state)
{
	(void)state;
	wrap_printer("go build -trimpath", "go");
	assert_prints("go build -o x ./...", "[build][-trimpath][-o][x][./...]");
	assert_prints("go version", "[version]");
	assert_prints("go env GOROOT", "[env][GOROOT]");
	wrap_printer("nvcc -objtemp", "nvcc");
	assert_prints("nvcc -dc x.cu; nvcc x.o", "[-objtemp][-dc][x.cu][x.o]");
	wrap_printer("cpio -R 0:0", "cpio");
	assert_prints("cpio -o; cpio -ovH newc; cpio -idm", "[-R][0:0][-o][-R][0:0][-ovH][newc][-idm]");
	wrap_printer("ninja -j1", "ninja");
	assert_prints("ninja -j8 all; ninja -t clean", "[-j8][all][-j1][-t][clean]");
	wrap_printer("jar --date=D", "jar");
	assert_prints("jar xf a.jar; jar tf c.jar; jar --create --file=a.jar x",
		      "[xf][a.jar][tf][c.jar][--date=D][--create][--file=a.jar][x]");
}

static void test_letters_join_the_operation_of_ar(void **state)
{
	(void)state;
	wrap_printer("ar D", "ar");
	assert_prints("ar rcs lib.a rcs x.o", "[rcsD][lib.a][rcs][x.o]");
	assert_prints("ar -rc lib.a x.o", "[-rcD][lib.a][x.o]");
	assert_prints("ar rcUs lib.a", "[rcsD][lib.a]");
	assert_prints("ar UrU lib.a", "[rD][lib.a]");
	assert_prints("ar --plugin r.so --target=elf64 rc 'a b.a'", "[--plugin][r.so][--target=elf64][rcD][a b.a]");
	assert_prints("ar qc lib.a @objects.rsp", "[qcD][lib.a][@objects.rsp]");
	assert_prints("ar @all.rsp lib.a", "[@all.rsp][lib.a]");
	assert_prints("ar --version", "[--version]");
}

/* ---- wrappers of real tools ------------------------------------------------------------------------------ */

static void test_gcc_still_works(void **state)
{
	(void)state;
	(void)shell("printf 'int main(void){return 0;}\\n' >m.c");
	wrap("gcc -frandom-seed=$OUTPUT -ffile-prefix-map=$PWD=. -Wl,--build-id=sha1", "gcc");
	(void)shell("gcc --version | grep -q . && gcc -print-search-dirs | grep -q libraries: && gcc -dumpmachine | grep -q -");
	(void)shell("gcc -E m.c | grep -q main && gcc -fsyntax-only m.c && gcc -MM m.c | grep -q m.o && gcc -S m.c && gcc -c m.s");
	(void)shell("echo 'int x;' | gcc -xc -S - -o - >/dev/null && gcc -Werror m.o -o m && ./m && gcc -shared -fPIC m.c -o m.so");
	(void)shell("printf 'm.c -o \"with rsp\"\\n' >args && gcc @args && ./'with rsp'");
	/* Its parts are found beside it. */
	(void)shell("test \"$(gcc -print-prog-name=cc1)\" = \"$($(sed -n \"s/^fix_real='\\(.*\\)'/\\1/p\" bin/gcc) -print-prog-name=cc1)\"");
}

static void test_the_seed_makes_lto_objects_equal(void **state)
{
	static const char compile_twice[] =
		"printf 'static int f(int x){return x*3;}int g(int x){return f(x);}\\n' >m.c\n"
		"gcc -flto -O2 -c m.c -o x.o && cp x.o y && gcc -flto -O2 -c m.c -o x.o\n"
		"if cmp -s x.o y; then echo same; else echo different; fi";

	(void)state;
	assert_prints(compile_twice, "different\n");
	wrap_cause("lto-section-suffix", 0, "gcc");
	assert_prints(compile_twice, "same\n");
	/* Zero means random: the documented trap. */
	wrap("gcc -frandom-seed=0", "gcc");
	assert_prints(compile_twice, "different\n");
	/* The fix wins over the command's own. */
	wrap_cause("gcov-stamp", 0, "gcc");
	assert_prints("printf 'int f(int x){return x;}\\n' >m.c; gcc --coverage -frandom-seed=0 -c m.c -o m.o; cp m.gcno y\n"
		      "gcc --coverage -frandom-seed=0 -c m.c -o m.o; cmp m.gcno y && echo same",
		      "same\n");
}

static void test_the_prefix_map_hides_the_directory(void **state)
{
	static const char look[] = "printf 'const char *f = __FILE__;\\n' >m.c; gcc -g -c \"$PWD/m.c\" -o m.o\n"
				    "if grep -q \"$PWD\" m.o; then echo seen; else echo hidden; fi";

	(void)state;
	assert_prints(look, "seen\n");
	wrap_cause("debug-build-path", 0, "gcc");
	assert_prints(look, "hidden\n");
}

static void test_ar_forgets_times(void **state)
{
	static const char pack[] = "echo x >m; touch -d @1600000000 m; rm -f a.a; ar rcU a.a m\n"
				   "if grep -q 1600000000 a.a; then echo time; else echo none; fi";

	(void)state;
	assert_prints(pack, "time\n");
	wrap_cause("ar-timestamps", 0, "ar");
	assert_prints(pack, "none\n");
	(void)shell("ar t a.a | grep -qx m && rm m && ar x a.a && test -e m && ar s a.a && ar p a.a m | grep -qx x");
	(void)shell("printf 'create n.a\\naddmod m\\nsave\\nend\\n' | ar -M && ar t n.a | grep -qx m");
}

static void test_gzip_forgets_name_and_time(void **state)
{
	(void)state;
	(void)shell("echo x >m; touch -d @1600000000 m");
	wrap_cause("gzip-timestamps", 0, "gzip");
	assert_prints("gzip -kf m; od -An -tx1 -j3 -N5 m.gz", " 00 00 00 00 00\n");
	assert_prints("gzip -dc m.gz; gzip -t m.gz; gzip -l m.gz | grep -c ' m$'; gzip <m | gzip -d", "x\n1\nx\n");
	assert_prints("tar czf t.tgz m; od -An -tx1 -j3 -N5 t.tgz; tar xzOf t.tgz", " 00 00 00 00 00\nx\n");
}

static void test_date_stands_still_unless_told_a_time(void **state)
{
	(void)state;
	wrap_cause("embedded-timestamp", 1, "date");
	assert_prints("TZ=Asia/Tokyo date +%s,%H", "1700000000,22\n");
	assert_prints("date -u -d @5 +%s; date --date=@6 +%s; touch -d @7 m; date -r m +%s; date -ud @8 +%s", "5\n6\n7\n8\n");
}

static void test_zip_forgets_owner_and_access_time(void **state)
{
	static const char extra[] = "echo x >m; touch -d @1600000000 m; rm -f m.zip; zip -q m.zip m\n"
				    "od -An -tu2 -j28 -N2 m.zip | tr -d ' '";

	(void)state;
	if (!have("zip"))
		skip();
	assert_prints(extra, "28\n");
	wrap_cause("zip-atime", 0, "zip");
	assert_prints(extra, "0\n");
}

static void test_perl_has_one_order(void **state)
{
	static const char orders[] = "for i in 1 2 3 4 5 6; do perl -e 'my %h = map { $_ => 1 } 1..30; print keys %h, \"\\n\"'; done | "
				     "sort -u | wc -l | tr -d ' '";

	(void)state;
	if (!have("perl"))
		skip();
	assert_string_not_equal(shell(orders), "1\n");
	wrap_cause("hash-order", 1, "perl");
	assert_prints(orders, "1\n");
}

static void test_make_runs_one_job(void **state)
{
	(void)state;
	(void)shell("printf 'all: b a\\nb:\\n\\t@sleep 0.3; echo b >>order\\na:\\n\\t@echo a >>order\\n' >Makefile");
	assert_prints("rm -f order; make -s -j4; cat order", "a\nb\n");
	wrap_cause("parallelism", 0, "make");
	assert_prints("rm -f order; make -s -j4; cat order", "b\na\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_fix_belongs_to_a_cause_and_reads_back),
		cmocka_unit_test(test_no_row_is_without_its_cause),
		cmocka_unit_test(test_the_likeliest_comes_first),
		cmocka_unit_test(test_a_variable_is_parsed),
		cmocka_unit_test(test_a_flag_is_parsed),
		cmocka_unit_test(test_what_is_no_fix_is_refused),
		cmocka_unit_test(test_a_directory_stays_one_word),
		TEST(test_arguments_arrive_untouched),
		TEST(test_no_variable_of_the_wrapper_reaches_the_tool),
		TEST(test_the_directory_is_quoted),
		TEST(test_the_output_is_found),
		TEST(test_flags_of_the_linker_wait_for_a_link),
		TEST(test_subcommands_take_their_flags),
		TEST(test_letters_join_the_operation_of_ar),
		TEST(test_gcc_still_works),
		TEST(test_the_seed_makes_lto_objects_equal),
		TEST(test_the_prefix_map_hides_the_directory),
		TEST(test_ar_forgets_times),
		TEST(test_gzip_forgets_name_and_time),
		TEST(test_date_stands_still_unless_told_a_time),
		TEST(test_zip_forgets_owner_and_access_time),
		TEST(test_perl_has_one_order),
		TEST(test_make_runs_one_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
