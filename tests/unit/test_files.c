/* SPDX-License-Identifier: Apache-2.0 */
/* files.c: what a command opens is seen, and the command does not notice. */
#include "sandbox/files.h"

#include "base/cleanup.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* What the recorder, a process of its own, says to us. */
struct said {
	uint64_t reads, writes, execs, programs, unread;
	unsigned long files;
	int status;
	bool found, made, leftover;
};

struct question {
	const char *path;
	struct said *said;
	int fail;
};

static int answer(void *ctx, const struct files_seen *seen, int status, struct error *err)
{
	struct question *q = ctx;
	const struct file_use *u = files_find(seen, q->path);

	*q->said = (struct said){ .files = seen->count, .status = status, .programs = seen->programs, .unread = seen->unread,
				  .leftover = seen->leftover, .found = u != NULL };
	if (u) {
		q->said->reads = u->reads;
		q->said->writes = u->writes;
		q->said->execs = u->execs;
		q->said->made = u->made;
	}
	return q->fail ? error_set(err, q->fail, "finish", "said no") : 0;
}

static struct said *shared(void)
{
	struct said *s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(s, MAP_FAILED);
	return s;
}

/* `command` is a shell's, in the scratch directory; what was seen of `name` there. */
static struct said ask(const char *command, const char *name)
{
	char text[1024];
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, text, NULL };
	struct question q = { .path = scratch_path(name), .said = shared() };
	struct files_outcome outcome;
	struct error err = { 0 };
	struct said said;

	(void)snprintf(text, sizeof(text), "cd %s && %s", scratch_dir, command);
	if (files_run(argv, answer, &q, &outcome, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(outcome.started);
	assert_int_equal(outcome.status, q.said->status);
	said = *q.said;
	(void)munmap(q.said, sizeof(*q.said));
	return said;
}

static void reading_and_writing_are_told_apart(void **state)
{
	struct said s;

	(void)state;
	scratch_write(scratch_path("f"), "x", 1);
	s = ask("read a <f; read b <f", "f");
	assert_true(s.found);
	assert_int_equal(s.reads, 2);
	assert_int_equal(s.writes, 0);
	s = ask("echo y >>f", "f");
	assert_int_equal(s.reads, 0);
	assert_int_equal(s.writes, 1);
	assert_false(s.made);
	s = ask("echo y >new", "new");
	assert_int_equal(s.writes, 1);
	assert_true(s.made);
	assert_int_equal(s.unread, 0);
}

static void what_fails_is_not_use(void **state)
{
	(void)state;
	assert_int_equal(mkdir(scratch_path("d"), 0700), 0);
	assert_int_equal(symlink("loop", scratch_path("loop")), 0);
	scratch_write(scratch_path("there"), "x", 1);
	assert_false(ask("read a <none", "none").found);
	assert_false(ask("read a <d; true", "d").found);
	assert_false(ask("read a <loop", "loop").found);
	assert_false(ask("set -C; echo x >there", "there").found);
	assert_false(ask("test -s there", "there").found);
	assert_false(ask("./there", "there").execs);
}

static void links_and_directories_are_resolved(void **state)
{
	(void)state;
	assert_int_equal(mkdir(scratch_path("d"), 0700), 0);
	scratch_write(scratch_path("d/f"), "x", 1);
	assert_int_equal(symlink("d", scratch_path("l")), 0);
	assert_int_equal(ask("read a <l/../d/./f", "d/f").reads, 1);
	assert_int_equal(ask("cd l && read a <f", "d/f").reads, 1);
	assert_int_equal(ask("(cd d; cat f >/dev/null) & wait", "d/f").reads, 1);
}

static void scripts_and_programs_are_executed(void **state)
{
	struct said s;

	(void)state;
	scratch_write(scratch_path("script"), "#!/bin/sh\nexit 5\n", 17);
	assert_int_equal(chmod(scratch_path("script"), 0700), 0);
	s = ask("./script", "script");
	assert_int_equal(WEXITSTATUS(s.status), 5);
	assert_int_equal(s.execs, 1);
	assert_int_equal(s.programs, 2);
}

static void what_is_left_behind_goes_on(void **state)
{
	struct said s;

	(void)state;
	s = ask("(sleep 0.3; echo late >late) & exit 0", "late");
	assert_true(s.leftover);
	assert_false(s.found);
	usleep(900 * 1000);
	assert_int_equal(access(scratch_path("late"), F_OK), 0);
	assert_false(ask("true", "late").leftover);
}

static void a_finish_that_fails_is_told(void **state)
{
	char *argv[] = { (char[]){ "true" }, NULL }, *none[] = { (char[]){ "no-such-command" }, NULL };
	struct question q = { .path = "/", .said = shared(), .fail = -ENOSPC };
	struct files_outcome outcome;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(files_run(argv, answer, &q, &outcome, &err), -ENOSPC);
	assert_string_equal(err.message, "said no");
	q.fail = 0;
	assert_int_equal(files_run(none, answer, &q, &outcome, NULL), 0);
	assert_int_equal(WEXITSTATUS(outcome.status), 127);
	(void)munmap(q.said, sizeof(*q.said));
}

static void uses_are_counted_by_path(void **state)
{
	struct files_seen s = { 0 };
	char path[32];
	int i, k;

	(void)state;
	for (k = 0; k < 2; k++)
		for (i = 0; i < 3000; i++) {
			(void)snprintf(path, sizeof(path), "/f%d", i);
			assert_int_equal(files_note(&s, path, i % 2 ? FILES_READ : FILES_WRITE | FILES_EXEC), 0);
		}
	assert_int_equal(s.count, 3000);
	assert_int_equal(files_find(&s, "/f1")->reads, 2);
	assert_int_equal(files_find(&s, "/f2")->writes, 2);
	assert_null(files_find(&s, "/f"));
	files_release(&s);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reading_and_writing_are_told_apart), TEST(what_fails_is_not_use),
		TEST(links_and_directories_are_resolved), TEST(scripts_and_programs_are_executed),
		TEST(what_is_left_behind_goes_on),        TEST(a_finish_that_fails_is_told),
		cmocka_unit_test(uses_are_counted_by_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
