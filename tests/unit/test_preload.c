/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The preloaded library inside real programs, and inside one that calls whatever it offers (the
 * subject, compiled here: this test itself may be sanitised, and must not be preloaded).
 */
#include "sandbox/action.h"
#include "sandbox/preload.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <jansson.h>

_Static_assert(CLOCK_FROZEN == PRELOAD_CLOCK_FROZEN, "");
_Static_assert(ORDER_AS_IT_IS == PRELOAD_ORDER_AS_IT_IS, "");
_Static_assert(ORDER_SORTED == PRELOAD_ORDER_SORTED, "");
_Static_assert(ORDER_REVERSED == PRELOAD_ORDER_REVERSED, "");

#define SHOWN 1577836800 /* 2020-01-01 00:00:00 */

static char top[4096];
static struct preload_page *page;
static char text[1 << 16];

/* A page of defaults beside a copy of the library: a frozen clock, sorted entries. */
static int setup(void **state)
{
	struct timespec now;
	int fd;

	if (scratch_setup(state) != 0)
		return -1;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	scratch_write(scratch_path("preload.so"), preload_library, preload_library_size);
	scratch_write(scratch_path("probe"), preload_probe, preload_probe_size);
	assert_int_equal(chmod(scratch_path("probe"), 0755), 0);
	fd = open(scratch_path("page"), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, sizeof(*page)), 0);
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (page == MAP_FAILED)
		return -1;
	*page = (struct preload_page){
		.magic = PRELOAD_MAGIC,
		.clock = CLOCK_FROZEN,
		.clock_sec = SHOWN,
		.start_sec = now.tv_sec,
		.start_nsec = now.tv_nsec,
		.readdir = ORDER_SORTED,
	};
	return setenv("TZ", "UTC", 1) || setenv("S", scratch_dir, 1);
}

static int teardown(void **state)
{
	(void)munmap(page, sizeof(*page));
	return scratch_teardown(state);
}

/* What a shell command prints, `preloaded` or not; $S is the scratch directory. Both outputs; fails when it fails. */
static const char *shell(bool preloaded, const char *command)
{
	char line[8192];
	size_t n;
	FILE *f;
	int status;

	(void)snprintf(line, sizeof(line), "cd %s; exec 2>&1; %s%s%s sh -c '%s'", scratch_dir,
		       preloaded ? "exec env LD_PRELOAD=" : "exec env", preloaded ? scratch_dir : "",
		       preloaded ? "/preload.so" : "", command);
	f = popen(line, "re");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	status = pclose(f);
	if (status != 0)
		print_message("%s\n%s", command, text);
	assert_int_equal(status, 0);
	return text;
}
#define inside(command)  shell(true, command)
#define outside(command) shell(false, command)

static bool have(const char *program)
{
	char command[256];
	int r;

	(void)snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", program);
	r = system(command);
	return r == 0;
}
#define need(program) if (!have(program)) skip()

static void write_text(const char *name, const char *s)
{
	scratch_write(scratch_path(name), s, strlen(s));
}

/* Compiles the subject once a test; `with` is a compiler and its flags. */
static void compile_subject(const char *with)
{
	char command[5000];

	(void)snprintf(command, sizeof(command), "%s -D_GNU_SOURCE -o subject %s/tests/unit/preload/subject.c -pthread", with, top);
	(void)outside(command);
}

/* ---- what ordinary programs see ----------------------------------------------------------------------------- */

static void date_and_interpreters_see_the_frozen_clock(void **state)
{
	(void)state;
	assert_string_equal(inside("date +%s.%N"), "1577836800.000000000\n");
	assert_string_equal(inside("exec python3 -S -c \"import time; print(time.time())\""), "1577836800.0\n");
	assert_string_equal(inside("exec perl -e \"print time\""), "1577836800");
	assert_true(page->clock_reads >= 3);
	assert_true(page->programs >= 5);
}

static void without_a_page_all_is_as_it_is(void **state)
{
	(void)state;
	assert_int_equal(unlink(scratch_path("page")), 0);
	assert_true(atoll(inside("date +%s")) > SHOWN + 86400);
	assert_int_equal(page->programs, 0);
}

static void a_page_of_another_kind_is_not_used(void **state)
{
	(void)state;
	page->magic++;
	assert_true(atoll(inside("date +%s")) > SHOWN + 86400);
	page->magic--;
	assert_int_equal(truncate(scratch_path("page"), sizeof(*page) - 1), 0);
	assert_true(atoll(inside("date +%s")) > SHOWN + 86400);
	assert_int_equal(truncate(scratch_path("page"), sizeof(*page)), 0);
}

static void a_page_that_may_not_be_written_is_read(void **state)
{
	(void)state;
	assert_int_equal(chmod(scratch_path("page"), 0444), 0);
	if (geteuid() != 0) {
		assert_string_equal(inside("date +%s"), "1577836800\n");
		return;
	}
	need("setpriv");
	assert_string_equal(inside("setpriv --bounding-set=-dac_override date +%s; sleep 0.1"), "1577836800\n");
	assert_true(page->programs > 0);
	uint64_t programs = page->programs;
	(void)outside("setpriv --bounding-set=-dac_override env LD_PRELOAD=$S/preload.so date");
	assert_int_equal(page->programs, programs);
}

static void sleeping_moves_the_clock_for_all(void **state)
{
	(void)state;
	assert_string_equal(inside("sleep 0.25; sleep 1; date +%s.%N"), "1577836801.250000000\n");
	assert_string_equal(inside("exec python3 -S -c \"import time; time.sleep(0.5); print(time.time_ns())\""),
			    "1577836801750000000\n");
	assert_string_equal(inside("exec perl -e \"select(undef, undef, undef, 0.25); print time\""), "1577836802");
	assert_int_equal(page->slept_ns, INT64_C(2000000000));
}

static void new_files_show_times_of_the_shown_clock(void **state)
{
	(void)state;
	assert_string_equal(inside("touch a; sleep 1; touch b; stat -c %Y-%Z-%y a b"),
			    "1577836800-1577836800-2020-01-01 00:00:00.000000000 +0000\n"
			    "1577836801-1577836801-2020-01-01 00:00:01.000000000 +0000\n");
	assert_string_equal(inside("exec perl -e \"print join q( ), (stat q(a))[9], (stat q(b))[9]\""),
			    "1577836800 1577836801");
	assert_string_equal(inside("exec find . -newer a -name \"[ab]\""), "./b\n");
	assert_string_equal(inside("exec ls --time-style=+%s -og b | cut -d\\  -f4-"), "1577836801 b\n");
}

static void old_and_chosen_times_show_as_they_are(void **state)
{
	(void)state;
	assert_string_equal(outside("touch -d @1500000000.5 old; stat -c %Y old"), "1500000000\n");
	assert_string_equal(inside("stat -c %.Y old"), "1500000000.500000000\n");
	assert_string_equal(inside("touch -d @4000000000 future; stat -c %Y future"), "4000000000\n");
	/* A copy of a new file's time is what it was shown. */
	assert_string_equal(inside("touch a; cp -p a copy; sleep 1; stat -c %Y copy"), "1577836800\n");
}

static void a_clock_in_the_future_goes_for_new_files_too(void **state)
{
	(void)state;
	page->clock_sec = page->start_sec + 400 * 86400;
	(void)snprintf(text, sizeof(text), "%lld %lld\n", (long long)page->clock_sec, (long long)page->clock_sec);
	char *expected = strdup(text);
	assert_string_equal(inside("touch a; echo $(date +%s) $(stat -c %Y a)"), expected);
	/* A chosen time at the shown present stays where it is when the clock goes on. */
	(void)snprintf(text, sizeof(text), "%lld\n", (long long)page->clock_sec);
	free(expected);
	expected = strdup(text);
	assert_string_equal(inside("cp -p a copy; sleep 1; stat -c %Y copy"), expected);
	free(expected);
}

static void directories_are_told_in_the_chosen_order(void **state)
{
	(void)state;
	(void)outside("mkdir d; cd d; touch b B a .x Z aa; mkdir sub");
	assert_string_equal(inside("exec ls -U -a d"), ".\n..\n.x\nB\nZ\na\naa\nb\nsub\n");
	assert_string_equal(inside("exec find d -maxdepth 1"), "d\nd/.x\nd/B\nd/Z\nd/a\nd/aa\nd/b\nd/sub\n");
	page->readdir = ORDER_REVERSED;
	assert_string_equal(inside("exec ls -U -a d"), "sub\nb\naa\na\nZ\nB\n.x\n..\n.\n");
	assert_string_equal(inside("exec python3 -S -c \"import os; print(*os.listdir(\\\"d\\\"))\""),
			    "sub b aa a Z B .x\n");
	assert_string_equal(inside("exec perl -e \"opendir D, q(d); print join q( ), readdir D\""),
			    "sub b aa a Z B .x .. .");
	assert_true(page->readdirs > 40);
}

static void a_large_directory_is_sorted(void **state)
{
	(void)state;
	(void)outside("mkdir d; cd d; seq -f file-with-a-long-name-%06.0f 20000 | xargs touch");
	assert_string_equal(inside("ls -U d | LC_ALL=C sort -c; ls -U d | wc -l; rm -r d; test ! -e d"), "20000\n");
	page->readdir = ORDER_REVERSED;
	(void)outside("mkdir d; cd d; seq 3000 | xargs touch");
	assert_string_equal(inside("ls -U d | LC_ALL=C sort -rc; ls -U d | wc -l"), "3000\n");
}

static void inode_and_device_numbers_are_moved(void **state)
{
	struct stat st;
	char expected[256];

	(void)state;
	(void)outside("mkdir d; touch d/a");
	assert_int_equal(stat(scratch_path("d/a"), &st), 0);
	page->inode_shift = 1000000;
	page->device_count = 1;
	page->devices[0].real = st.st_dev;
	page->devices[0].shown = 0x1234;
	(void)snprintf(expected, sizeof(expected), "%llu %d\n%llu d/a\n", (unsigned long long)st.st_ino + 1000000, 0x1234,
		       (unsigned long long)st.st_ino + 1000000);
	assert_string_equal(inside("stat -c %i\\ %d d/a; find d/a -printf %i\\ %p\\\\n"), expected);
	/* readdir says the same number as stat. */
	(void)snprintf(expected, sizeof(expected), "%llu\n", (unsigned long long)st.st_ino + 1000000);
	assert_string_equal(inside("exec python3 -S -c \"import os; print(next(os.scandir(\\\"d\\\")).inode())\""), expected);
	assert_string_equal(outside("stat -c %i /proc"), inside("stat -c %i /proc"));
}

static void static_programs_are_not_reached(void **state)
{
	(void)state;
	write_text("s.c", "#include <time.h>\nint main(void) { return time(0) < 1700000000; }\n");
	if (system("cd $S && gcc -static -o s s.c 2>/dev/null") != 0)
		skip();
	(void)inside("exec ./s");
}

static void builds_work_inside(void **state)
{
	(void)state;
	need("make");
	write_text("Makefile", "a: b; @cp b a\nb: c; @cp c b\n");
	assert_string_equal(inside("touch c; make -s -j4; make -s; sleep 1; touch c; make -s -q || echo stale; make -s"),
			    "stale\n");
	write_text("t.c", "#include <stdio.h>\nint main(void) { puts(__DATE__ \" \" __TIME__); }\n");
	assert_string_equal(inside("gcc -o t t.c; ./t"), "Jan  1 2020 00:00:01\n");
}

static void the_probe_tells_what_it_sees(void **state)
{
	json_t *j;

	(void)state;
	page->readdir = ORDER_REVERSED;
	(void)outside("mkdir d; touch -d @1500000000 d/b; touch -d @1600000000 d/a");
	j = json_loads(inside("umask 027; cd d; X=$(printf \"a\\377\\\"\\n\") TZ=XYZ-5:30 exec ../probe"), 0, NULL);
	assert_non_null(j);
	assert_int_equal(json_integer_value(json_object_get(j, "time")), SHOWN);
	assert_int_equal(json_integer_value(json_object_get(j, "time_nsec")), 0);
	assert_string_equal(json_string_value(json_object_get(j, "umask")), "0027");
	assert_string_equal(json_string_value(json_object_get(j, "timezone")), "+0530");
	assert_string_equal(json_string_value(json_object_get(j, "zone")), "XYZ");
	assert_string_equal(json_string_value(json_array_get(json_object_get(j, "readdir"), 0)), "b");
	assert_string_equal(json_string_value(json_array_get(json_object_get(j, "readdir"), 3)), ".");
	assert_int_equal(json_integer_value(json_array_get(json_object_get(j, "mtime"), 0)), 1600000000);
	assert_int_equal(json_integer_value(json_array_get(json_object_get(j, "mtime"), 1)), 1500000000);
	assert_true(json_is_true(json_object_get(j, "preload")));
	assert_true(json_integer_value(json_object_get(json_object_get(j, "cpus"), "cpuinfo")) > 0);
	json_decref(j);
	j = json_loads(outside("exec ./probe /"), 0, NULL);
	assert_non_null(j);
	assert_true(json_is_false(json_object_get(j, "preload")));
	assert_true(json_integer_value(json_object_get(j, "time")) > SHOWN + 86400);
	json_decref(j);
}

/* ---- everything that the library offers, called by the subject ------------------------------------------------- */

static void subject(const char *compiler)
{
	page->inode_shift = 4096;
	compile_subject(compiler);
	page->device_count = 1;
	struct stat st;
	assert_int_equal(stat(scratch_path("subject"), &st), 0);
	page->devices[0].real = st.st_dev;
	page->devices[0].shown = st.st_dev + 1;
	assert_string_equal(inside("exec ./subject clocks"), "ok\n");
	assert_string_equal(inside("exec ./subject busy"), "ok\n");
	page->slept_ns = 0;
	assert_string_equal(inside("exec ./subject sleeps"), "ok\n");
	page->slept_ns = 0;
	assert_string_equal(inside("exec ./subject deadlines"), "ok\n");
	page->slept_ns = 0;
	assert_string_equal(inside("exec ./subject status"), "ok\n");
	assert_string_equal(inside("exec ./subject entries"), "ok\n");
	assert_string_equal(inside("exec ./subject threads"), "ok\n");
	assert_string_equal(inside("exec ./subject processes"), "ok\n");
}

static void every_function_with_glibc(void **state)
{
	(void)state;
	subject("gcc -O2 -D_FORTIFY_SOURCE=2 -no-pie -DGNU");
}

static void every_function_with_musl(void **state)
{
	(void)state;
	need("musl-gcc");
	subject("musl-gcc -O1");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(date_and_interpreters_see_the_frozen_clock),
		TEST(without_a_page_all_is_as_it_is),
		TEST(a_page_of_another_kind_is_not_used),
		TEST(a_page_that_may_not_be_written_is_read),
		TEST(sleeping_moves_the_clock_for_all),
		TEST(new_files_show_times_of_the_shown_clock),
		TEST(old_and_chosen_times_show_as_they_are),
		TEST(a_clock_in_the_future_goes_for_new_files_too),
		TEST(directories_are_told_in_the_chosen_order),
		TEST(a_large_directory_is_sorted),
		TEST(inode_and_device_numbers_are_moved),
		TEST(static_programs_are_not_reached),
		TEST(builds_work_inside),
		TEST(the_probe_tells_what_it_sees),
		TEST(every_function_with_glibc),
		TEST(every_function_with_musl),
	};
	if (!getcwd(top, sizeof(top)))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
