/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The linter of artifacts: each sample is one file beside one that looks much alike and holds nothing of a build.
 * What is told carries the cause that `diff` would name; what is harmless is not told at all.
 */
#include "reprocheck/lint/lint.h"
#include "reprocheck/lint/result.h"
#include "tests/unit/made.h"
#include "tests/unit/put.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* --- collecting --- */

struct told {
	struct buffer list; /* "cause path text\n" */
	unsigned count;
	int answer; /* of the sink */
};

static int tell(void *ctx, const struct problem *p)
{
	struct told *t = ctx;

	assert_non_null(p->cause);
	assert_non_null(p->path);
	assert_non_null(p->rule);
	assert_non_null(p->fix);
	assert_int_equal(p->line, 0);
	buffer_printf(&t->list, "%s %s %s\n", p->cause->id, p->path, p->text);
	t->count++;
	return t->answer;
}

static struct told lint_bytes(const char *name, const void *bytes, size_t n, const struct lint_options *o)
{
	struct told t = { .list = BUFFER_INIT(1 << 20) };
	struct content *c = NULL;

	assert_int_equal(content_copy(bytes, n, name, &c), 0);
	assert_int_equal(lint_artifact(name, c, o, NULL, tell, &t, NULL), 0);
	content_unref(c);
	return t;
}

/* Exactly these problems, in the order of the walk. */
static void expect(const char *name, const void *bytes, size_t n, const struct lint_options *o,
		   const char *expected)
{
	struct told t = lint_bytes(name, bytes, n, o);

	assert_string_equal(buffer_str(&t.list), expected);
	buffer_release(&t.list);
}

static void expect_text(const char *name, const char *text, const struct lint_options *o,
			const char *expected)
{
	expect(name, text, strlen(text), o, expected);
}

/* That one is among them. */
static void expect_among(const char *name, const struct lint_options *o, const char *expected)
{
	struct made m = made_file(name);
	struct told t = lint_bytes(name, m.data, m.size, o);

	free(m.data);
	if (!strstr(buffer_str(&t.list), expected))
		fail_msg("%s: \"%s\" is not among:\n%s", name, expected, buffer_str(&t.list));
	buffer_release(&t.list);
}

static void expect_not_among(const char *name, const char *unexpected)
{
	struct made m = made_file(name);
	struct told t = lint_bytes(name, m.data, m.size, NULL);

	free(m.data);
	if (strstr(buffer_str(&t.list), unexpected))
		fail_msg("%s: \"%s\" is among:\n%s", name, unexpected, buffer_str(&t.list));
	buffer_release(&t.list);
}

static void expect_none(const char *name, const struct lint_options *o)
{
	struct made m = made_file(name);

	expect(name, m.data, m.size, o, "");
	free(m.data);
}

#define MOMENT INT64_C(1795860000) /* 2026-11-28 10:00:00Z */

/* --- fields --- */

static void gzip_with_time(uint8_t out[20], uint64_t t)
{
	static const uint8_t empty[20] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0 };

	memcpy(out, empty, sizeof(empty));
	store_uint(out + 4, t, 4, false);
}

static void expect_gzip(uint64_t t, const struct lint_options *o, bool told)
{
	uint8_t gz[20];
	struct told r;

	gzip_with_time(gz, t);
	r = lint_bytes("x.gz", gz, sizeof(gz), o);
	assert_int_equal(r.count, told);
	if (told)
		assert_memory_equal(buffer_str(&r.list), "gzip-timestamps mtime ", 22);
	buffer_release(&r.list);
}

static void test_a_time_in_a_field_is_told(void **state)
{
	(void)state;
	expect_gzip(MOMENT, NULL, true);
}

static void test_times_that_no_clock_made_are_not(void **state)
{
	(void)state;
	expect_gzip(0, NULL, false);
	expect_gzip(1, NULL, false);
	expect_gzip(315532800, NULL, false);  /* DOS: 1980-01-01 */
	expect_gzip(315619200, NULL, false);  /* the same in another zone */
	expect_gzip(1609459200, NULL, false); /* midnight: somebody chose it */
	expect_gzip(0xffffffff, NULL, false);
}

static void test_times_up_to_the_declared_epoch_are_not(void **state)
{
	const struct lint_options o = { .epoch = MOMENT };

	(void)state;
	expect_gzip(MOMENT, &o, false);
	expect_gzip(MOMENT - 1000000, &o, false);
	expect_gzip(MOMENT + 1, &o, true);
}

static void test_the_time_that_a_file_was_given_is_not(void **state)
{
	const struct lint_options given = { .file_time = MOMENT, .file_time_set = true },
				  written = { .file_time = MOMENT };

	(void)state;
	expect_gzip(MOMENT, &given, false);
	expect_gzip(MOMENT - 7, &given, true);
	expect_gzip(MOMENT, &written, true);
}

static void ar_with_owner(char out[68 + 1], unsigned long long t, unsigned uid, unsigned gid)
{
	(void)snprintf(out, 69, "!<arch>\n%-16s%-12llu%-6u%-6u%-8s%-10s`\n", "a.o/", t, uid, gid, "100644",
		       "0");
}

static void test_owners_are_told_unless_they_are_root_or_fixed(void **state)
{
	char ar[69];

	(void)state;
	ar_with_owner(ar, 0, 1000, 1000);
	expect("x.a", ar, 68, NULL, "ar-owner a.o//uid 1000\nar-owner a.o//gid 1000\n");
	ar_with_owner(ar, 0, 0, 0);
	expect("x.a", ar, 68, NULL, "");
	ar_with_owner(ar, 0, 33, 65534); /* www-data, nogroup */
	expect("x.a", ar, 68, NULL, "");
	ar_with_owner(ar, MOMENT, 0, 0);
	expect("x.a", ar, 68, NULL, "ar-timestamps a.o//mtime 1795860000\n");
}

static void test_pyc_with_a_time_is_told_and_with_a_hash_not(void **state)
{
	(void)state;
	made_by("python3",
		"echo 'x = 1' >m.py && touch -d @1795860000 m.py && python3 -c \"import py_compile as p; "
		"p.compile('m.py', 'time.pyc', 'm.py', invalidation_mode=p.PycInvalidationMode.TIMESTAMP); "
		"p.compile('m.py', 'hash.pyc', 'm.py', "
		"invalidation_mode=p.PycInvalidationMode.UNCHECKED_HASH)\"");
	expect_among("time.pyc", NULL, "pyc-mtime mtime 20 a6 0a 6b\n");
	expect_none("hash.pyc", NULL);
}

/* --- texts --- */

static void test_temporary_names_are_told(void **state)
{
	(void)state;
	expect_text("x.map", "LOAD /tmp/ccXh4wFN.o\n", NULL, "temp-names lines ccXh4wFN\n");
	expect_text("out.cfg", "from tmp.bgc6bEO23X here\n", NULL, "temp-names lines tmp.bgc6bEO23X\n");
	expect_text("x.txt", "tmpxft_00006eaf_00000000-5_k.cudafe1.cpp\n", NULL,
		    "nvcc-temp-names lines tmpxft_00006eaf_00000000\n");
}

static void test_words_like_temporary_names_are_not(void **state)
{
	(void)state;
	expect_text("x.map", "ccache.conf tmp.childNodes rustcdriver ccef8581. Then\n", NULL, "");
	expect_text("x.map", "p-cbc128.o p-b64dec.o\n", NULL, ""); /* members of libcrypto and libgpg-error */
}

static void test_paths_of_builds_are_told(void **state)
{
	(void)state;
	expect_text("x.pc", "prefix=/home/anna/dev/src\n", NULL, "build-path lines /home/anna/dev/src\n");
	expect_text("x.la", "dep='/builds/group/thing/obj/a.o'\n", NULL,
		    "build-path lines /builds/group/thing/obj/a.o\n");
	expect_text("flags.txt", "-I/home/anna/include/x.h\n", NULL,
		    "build-path lines /home/anna/include/x.h\n");
}

static void test_paths_that_programs_use_are_not(void **state)
{
	(void)state;
	expect_text("x.conf", "/tmp/.X11-unix /home/%u/.config /tmp/foo.XXXXXX.c /usr/src/x.c\n", NULL, "");
	expect_text("x.conf", "for example /home/user/src/main.c\n", NULL, "");
	expect_text("x.conf", "/opt/rh/gcc-toolset-14/root/usr/lib/gcc/include/x.h\n", NULL, "");
	expect_text("x.conf", "/build/reproducible-path/thing-1.0/src/x.c\n", NULL, "");
}

static void test_directories_of_this_build_are_told_whatever_they_are_called(void **state)
{
	static const char *const mine[] = { "/srv/zone", NULL };
	const struct lint_options o = { .directories = mine };

	(void)state;
	expect_text("x.conf", "root=/srv/zone/a b=/srv/zones/a\n", NULL, "");
	expect_text("x.conf", "root=/srv/zone/a b=/srv/zones/a\n", &o, "build-path lines /srv/zone/a\n");
}

static void test_texts_that_people_write_are_left_alone(void **state)
{
	static const char sample[] = "see /home/anna/src/x.c and tmp.bgc6bEO23X\n";
	const struct lint_options pedantic = { .pedantic = true };
	struct told t;

	(void)state;
	expect_text("doc/CHANGELOG", sample, NULL, "");
	expect_text("README.md", sample, NULL, "");
	expect_text("tool.1", "see /home/anna/src/x.c\n", NULL, "");
	t = lint_bytes("README.md", sample, sizeof(sample) - 1, &pedantic);
	assert_int_equal(t.count, 2);
	buffer_release(&t.list);
}

static void test_moments_are_told_when_the_build_may_have_made_them(void **state)
{
	const struct lint_options now = { .file_time = MOMENT + 5 },
				  later = { .file_time = MOMENT + 90 * 86400 },
				  declared = { .file_time = MOMENT + 5, .epoch = MOMENT };

	(void)state;
	expect_text("v.txt", "at 2026-11-28T10:00:00Z\n", &now,
		    "embedded-timestamp lines 2026-11-28T10:00:00Z\n");
	expect_text("v.txt", "at 2026-11-28T10:00:00Z\n", &later, "");
	expect_text("v.txt", "at 2026-11-28T10:00:00Z\n", &declared, "");
	expect_text("v.txt", "at 2026-11-28T10:00:00Z\n", NULL, "");
	expect_text("v.txt", "Built 2026-11-28T10:00:00Z\n", NULL,
		    "embedded-timestamp lines 2026-11-28T10:00:00Z\n");
	expect_text("v.txt", "epoch=1795860000\n", &now, "embedded-timestamp lines 1795860000\n");
	expect_text("v.txt", "serial=1795860000\n", &later, "");
}

static void test_names_of_the_machine_are_told(void **state)
{
	const struct lint_options o = { .host = "quebec7", .user = "anneliese", .kernel = "6.1.0-18-amd64" };
	const struct lint_options common = { .host = "localhost", .user = "root" };

	(void)state;
	expect_text("x.txt", "by anneliese on quebec7, 6.1.0-18-amd64\n", &o,
		    "build-host lines quebec7\nbuild-user lines anneliese\nkernel-version lines "
		    "6.1.0-18-amd64\n");
	expect_text("x.txt", "myanneliese quebec71\n", &o, "");
	expect_text("x.txt", "root on localhost\n", &common, "");
}

static void test_the_environment_is_told(void **state)
{
	(void)state;
	expect_text("config.log", "TERM=dumb\nHOME=/home/alice\n", NULL,
		    "home-directory lines /home/alice\n");
}

static void test_hostile_text_is_quoted(void **state)
{
	static const char ar[] = "!<arch>\n\033[2J/           1795860000  0     0     100644  0         `\n";
	struct told t = lint_bytes("x.a", ar, sizeof(ar) - 1, NULL);

	(void)state;
	assert_int_equal(t.count, 1);
	assert_null(strchr(strrchr(buffer_str(&t.list), '/'), '\033'));
	buffer_release(&t.list);
}

/* --- programs --- */

static void test_debug_paths_and_macros_of_a_real_object(void **state)
{
	(void)state;
	made_by("gcc",
		"mkdir -p src && printf '#include <stdio.h>\\nint main(void) { return puts(__DATE__) + "
		"puts(__TIME__) + puts(__FILE__); }\\n' >src/m.c && "
		"gcc -g -ffile-prefix-map=$PWD=/home/anna/m -c \"$PWD/src/m.c\" -o m.o && "
		"gcc -g -ffile-prefix-map=$PWD=. -DX -c src/m.c -o mapped.o && "
		"printf 'int f(void) { return 1; }\\n' >plain.c && gcc -O2 -c plain.c -o plain.o");
	expect_among("m.o", NULL, "debug-build-path .debug_line_str /home/anna/m");
	expect_among("m.o", NULL, "macro-build-path .rodata");
	expect_among("m.o", NULL, "date-time-macros .rodata");
	expect_among("mapped.o", NULL, "date-time-macros .rodata");
	expect_none("plain.o", NULL);
}

static void test_lto_suffixes_are_told_unless_seeded(void **state)
{
	(void)state;
	made_by("gcc", "echo 'int f(int x) { return x + 1; }' >l.c && gcc -O2 -flto -c l.c -o random.o && "
		       "gcc -O2 -flto -frandom-seed=l.o -c l.c -o seeded.o");
	expect_among("random.o", NULL, "lto-section-suffix .shstrtab");
	/* gcc writes its working directory in there as well, which may be told. */
	expect_not_among("seeded.o", "lto-section-suffix");
}

static void test_runpath_and_random_build_id(void **state)
{
	(void)state;
	made_by("gcc",
		"echo 'int f(void) { return 1; }' >s.c && "
		"gcc -shared -fPIC -nostdlib -Wl,-rpath,/home/anna/lib -Wl,--build-id=uuid s.c -o bad.so && "
		"gcc -shared -fPIC -nostdlib -Wl,-rpath,'$ORIGIN' -Wl,--build-id=sha1 s.c -o good.so && "
		"gcc -shared -fPIC -nostdlib -Wl,--build-id=md5 s.c -o md5.so");
	expect_among("bad.so", NULL, "runpath .dynstr /home/anna/lib");
	expect_among("bad.so", NULL, "build-id .note.gnu.build-id");
	expect_none("good.so", NULL);
	expect_none("md5.so", NULL);
}

static void test_containers_are_opened(void **state)
{
	(void)state;
	made_by("tar gzip xz",
		"echo 'prefix=/home/anna/src' >x.pc && "
		"tar --format=ustar --mtime=@0 --owner=0 --group=0 -cf - x.pc | gzip -n | xz >t.tar.gz.xz");
	expect_among("t.tar.gz.xz", NULL, "x.pc//body//lines /home/anna/src");
}

static void test_unsorted_entries_are_told_on_request(void **state)
{
	const struct lint_options pedantic = { .pedantic = true };

	(void)state;
	made_by("tar", "echo x >a; cp a b; chmod 644 a b; o='--format=ustar --mtime=@0 --owner=0 --group=0'; "
		       "tar $o -cf unsorted.tar b a; tar $o -cf sorted.tar a b");
	expect_among("unsorted.tar", &pedantic, "archive-entry-order");
	expect_none("unsorted.tar", NULL);
	expect_none("sorted.tar", &pedantic);
}

/* --- the contract --- */

static void test_the_sink_ends_the_walk(void **state)
{
	struct told t = { .list = BUFFER_INIT(1 << 20), .answer = -ECANCELED };
	struct content *c = NULL;
	char ar[69];

	(void)state;
	ar_with_owner(ar, MOMENT, 1000, 1000);
	assert_int_equal(content_copy(ar, 68, "x.a", &c), 0);
	assert_int_equal(lint_artifact("x.a", c, NULL, NULL, tell, &t, NULL), -ECANCELED);
	assert_int_equal(t.count, 1);
	content_unref(c);
	buffer_release(&t.list);
}

static void remember(void *ctx, const char *path, const char *text)
{
	(void)text;
	(void)snprintf(ctx, 64, "%s", path);
}

static void test_what_cannot_be_decoded_is_noted(void **state)
{
	char where[64] = "";
	const struct lint_options o = { .note = remember, .note_ctx = where };
	uint8_t gz[20];

	(void)state;
	gzip_with_time(gz, 0);
	gz[10] = 0xff; /* no such block */
	expect("x.gz", gz, sizeof(gz), &o, "");
	assert_string_equal(where, "payload");
}

/* --- results --- */

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(scratch_path(name), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static struct lint_result *lint_scratch(const struct lint_run *run)
{
	const char *path = scratch_dir;
	struct lint_result *r = NULL;

	assert_int_equal(lint_paths(&path, 1, run, &r, NULL), 0);
	return r;
}

static void test_groups_count_exactly_and_keep_some(void **state)
{
	struct lint_run run = { .jobs = 2 };
	struct lint_result *r;
	char *text = NULL;
	size_t size = 0;
	unsigned i;
	FILE *f;

	(void)state;
	f = open_memstream(&text, &size);
	for (i = 0; i < 3 * LINT_PLACES_MAX; i++)
		(void)fprintf(f, "/home/anna/src/%u.c\n", i);
	(void)fclose(f);
	write_file("list.cfg", text);
	write_file("clean.cfg", "nothing\n");
	free(text);
	r = lint_scratch(&run);
	assert_int_equal(r->file_count, 1);
	assert_int_equal(r->files_read, 2);
	assert_int_equal(r->groups, 1);
	assert_int_equal(r->places, 3 * LINT_PLACES_MAX);
	assert_int_equal(r->files[0].groups[0].count, 3 * LINT_PLACES_MAX);
	assert_int_equal(r->files[0].groups[0].places_kept, LINT_PLACES_MAX);
	lint_result_free(r);
}

static void test_known_problems_are_marked(void **state)
{
	struct lint_run run = { .jobs = 1 };
	const char *unknown = "no-such-cause", *cause = "build-path";
	struct lint_result *r;

	(void)state;
	write_file("list.cfg", "/home/anna/src/1.c\n");
	r = lint_scratch(&run);
	assert_int_equal(lint_exclude(r, &unknown, 1, NULL), -EINVAL);
	assert_int_equal(r->accepted, 0);
	assert_int_equal(lint_exclude(r, &cause, 1, NULL), 0);
	assert_int_equal(r->accepted, r->groups);
	lint_result_free(r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_time_in_a_field_is_told),
		cmocka_unit_test(test_times_that_no_clock_made_are_not),
		cmocka_unit_test(test_times_up_to_the_declared_epoch_are_not),
		cmocka_unit_test(test_the_time_that_a_file_was_given_is_not),
		cmocka_unit_test(test_owners_are_told_unless_they_are_root_or_fixed),
		TEST(test_pyc_with_a_time_is_told_and_with_a_hash_not),
		cmocka_unit_test(test_temporary_names_are_told),
		cmocka_unit_test(test_words_like_temporary_names_are_not),
		cmocka_unit_test(test_paths_of_builds_are_told),
		cmocka_unit_test(test_paths_that_programs_use_are_not),
		cmocka_unit_test(test_directories_of_this_build_are_told_whatever_they_are_called),
		cmocka_unit_test(test_texts_that_people_write_are_left_alone),
		cmocka_unit_test(test_moments_are_told_when_the_build_may_have_made_them),
		cmocka_unit_test(test_names_of_the_machine_are_told),
		cmocka_unit_test(test_the_environment_is_told),
		cmocka_unit_test(test_hostile_text_is_quoted),
		TEST(test_debug_paths_and_macros_of_a_real_object),
		TEST(test_lto_suffixes_are_told_unless_seeded),
		TEST(test_runpath_and_random_build_id),
		TEST(test_containers_are_opened),
		TEST(test_unsorted_entries_are_told_on_request),
		cmocka_unit_test(test_the_sink_ends_the_walk),
		cmocka_unit_test(test_what_cannot_be_decoded_is_noted),
		TEST(test_groups_count_exactly_and_keep_some),
		TEST(test_known_problems_are_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
