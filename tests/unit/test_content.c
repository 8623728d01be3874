/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "base/content.h"

#include "tests/unit/scratch.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PAGE 4096
#define MIB  (1 << 20)

static uint8_t *pattern(size_t n)
{
	uint8_t *p = malloc(n ? n : 1);
	size_t i;

	assert_non_null(p);
	for (i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 31 + i / 251);
	return p;
}

static struct content *open_scratch(const char *name)
{
	struct content *c = NULL;

	assert_int_equal(content_open(AT_FDCWD, scratch_path(name), &c, NULL), 0);
	return c;
}

static void make_file(const char *name, size_t n)
{
	AUTO_FREE uint8_t *bytes = pattern(n);

	scratch_write(scratch_path(name), bytes, n);
}

static void assert_content(const struct content *c, const void *p, size_t n)
{
	assert_int_equal(content_size(c), n);
	assert_non_null(content_data(c));
	assert_memory_equal(content_data(c), p, n);
}

/* ---- files ---- */

static void a_file_is_mapped(void **state)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	AUTO_FREE uint8_t *bytes = pattern(10000);

	(void)state;
	make_file("f", 10000);
	c = open_scratch("f");
	assert_content(c, bytes, 10000);
	assert_string_equal(content_name(c), scratch_path("f"));
	assert_false(content_damaged(c));
	assert_int_equal(content_recheck(c, NULL), 0);
}

static void an_empty_file_has_data_too(void **state)
{
	CLEANUP(content_unrefp) struct content *c = NULL;

	(void)state;
	make_file("f", 0);
	c = open_scratch("f");
	assert_content(c, "", 0);
	assert_int_equal(content_recheck(c, NULL), 0);
	content_done(c, 0, 0);
}

static void a_file_without_pages_is_read(void **state)
{
	CLEANUP(content_unrefp) struct content *c = NULL;

	(void)state;
	assert_int_equal(content_open(AT_FDCWD, "/proc/self/stat", &c, NULL), 0);
	assert_true(content_size(c) > 10);
}

static void what_is_no_regular_file_is_refused(void **state)
{
	struct content *c = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(content_open(AT_FDCWD, scratch_dir, &c, &err), -EISDIR);
	assert_string_equal(err.file, scratch_dir);
	assert_int_equal(mkfifo(scratch_path("fifo"), 0600), 0);
	assert_int_equal(content_open(AT_FDCWD, scratch_path("fifo"), &c, NULL), -EINVAL);
	assert_int_equal(content_open(AT_FDCWD, "/dev/null", &c, NULL), -EINVAL);
	assert_int_equal(content_open(AT_FDCWD, scratch_path("none"), &c, NULL), -ENOENT);
	assert_null(c);
}

static void names_below_a_directory_cannot_leave_it(void **state)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	struct content *none = NULL;
	AUTO_FD int dir = -1;

	(void)state;
	assert_int_equal(mkdir(scratch_path("d"), 0700), 0);
	make_file("d/inside", 10);
	make_file("outside", 10);
	dir = open(scratch_path("d"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(content_open(dir, "inside", &c, NULL), 0);
	assert_int_equal(content_size(c), 10);
	assert_int_equal(content_open(dir, "../outside", &none, NULL), -EXDEV);
	assert_int_equal(symlink("/etc/passwd", scratch_path("d/link")), 0);
	assert_int_equal(content_open(dir, "link", &none, NULL), -EXDEV);
}

static void assert_stale(const struct content *c, const char *why)
{
	struct error err = { 0 };

	assert_int_equal(content_recheck(c, &err), -ESTALE);
	assert_non_null(strstr(err.message, why));
	assert_string_equal(err.file, content_name(c));
}

static void changes_behind_our_back_are_noticed(void **state)
{
	CLEANUP(content_unrefp) struct content *grown = NULL, *shrunk = NULL, *removed = NULL;
	CLEANUP(content_unrefp) struct content *replaced = NULL, *touched = NULL;
	const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

	(void)state;
	make_file("grown", 100);
	make_file("shrunk", 100);
	make_file("removed", 100);
	make_file("replaced", 100);
	make_file("touched", 100);
	grown = open_scratch("grown");
	shrunk = open_scratch("shrunk");
	removed = open_scratch("removed");
	replaced = open_scratch("replaced");
	touched = open_scratch("touched");
	make_file("grown", 101);
	assert_int_equal(truncate(scratch_path("shrunk"), 99), 0);
	assert_int_equal(unlink(scratch_path("removed")), 0);
	assert_int_equal(rename(scratch_path("grown"), scratch_path("replaced")), 0);
	assert_int_equal(utimensat(AT_FDCWD, scratch_path("touched"), times, 0), 0);
	assert_stale(grown, "changed");
	assert_stale(shrunk, "shrank from 100 to 99");
	assert_stale(removed, "removed or replaced");
	assert_stale(replaced, "removed or replaced");
	assert_stale(touched, "changed");
}

/* ---- the guard ---- */

static void a_truncated_file_reads_as_zeros_and_is_damaged(void **state)
{
	CLEANUP(content_unrefp) struct content *c = NULL, *slice = NULL, *other = NULL;
	AUTO_FREE uint8_t *bytes = pattern(64 * PAGE);
	size_t i;

	(void)state;
	assert_int_equal(content_guard_install(), 0);
	make_file("f", 64 * PAGE);
	make_file("other", 64 * PAGE);
	c = open_scratch("f");
	other = open_scratch("other");
	assert_int_equal(content_slice(c, 10 * PAGE, PAGE, "slice", &slice), 0);
	assert_int_equal(truncate(scratch_path("f"), 3 * PAGE), 0);
	for (i = 0; i < 64 * PAGE; i += 512)
		assert_int_equal(content_data(c)[i], i < 3 * PAGE ? bytes[i] : 0);
	assert_true(content_damaged(c));
	assert_true(content_damaged(slice));
	assert_stale(c, "shrank");
	assert_int_equal(content_recheck(slice, NULL), -ESTALE);
	assert_false(content_damaged(other));
	assert_memory_equal(content_data(other), bytes, 64 * PAGE);
}

static void reading_backwards_survives_too(void **state)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	size_t i;

	(void)state;
	assert_int_equal(content_guard_install(), 0);
	make_file("f", 64 * PAGE + 10);
	c = open_scratch("f");
	assert_int_equal(truncate(scratch_path("f"), 0), 0);
	for (i = content_size(c); i-- > 0;)
		assert_int_equal(content_data(c)[i], 0);
	assert_true(content_damaged(c));
}

static void a_reused_slot_starts_undamaged(void **state)
{
	struct content *c;
	int i;

	(void)state;
	assert_int_equal(content_guard_install(), 0);
	for (i = 0; i < 3; i++) {
		make_file("f", PAGE);
		c = open_scratch("f");
		assert_false(content_damaged(c));
		assert_int_equal(truncate(scratch_path("f"), 0), 0);
		assert_int_equal(content_data(c)[5], 0);
		assert_true(content_damaged(c));
		content_unref(c);
	}
}

static void many_mappings_are_all_guarded(void **state)
{
	enum { COUNT = 700 };
	struct content *contents[COUNT];
	int i;

	(void)state;
	assert_int_equal(content_guard_install(), 0);
	make_file("f", PAGE);
	for (i = 0; i < COUNT; i++)
		contents[i] = open_scratch("f");
	assert_int_equal(truncate(scratch_path("f"), 0), 0);
	for (i = 0; i < COUNT; i++) {
		assert_false(content_damaged(contents[i]));
		assert_int_equal(content_data(contents[i])[0], 0);
		assert_true(content_damaged(contents[i]));
	}
	for (i = 0; i < COUNT; i++)
		content_unref(contents[i]);
}

/* Runs fn in a child and returns its exit status, or minus the signal that killed it. */
static int in_child(void (*fn)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void other_handler(int number)
{
	_exit(number == SIGBUS ? 42 : 1);
}

static void install_over_other_handler(void)
{
	if (signal(SIGBUS, other_handler) == SIG_ERR || content_guard_install() < 0)
		_exit(1);
}

static void touch_foreign_mapping(void)
{
	int fd = open(scratch_path("foreign"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	volatile uint8_t *map;

	install_over_other_handler();
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	_exit(map[0] == 0 ? 2 : 3);
}

static void kill_self(void)
{
	install_over_other_handler();
	(void)kill(getpid(), SIGBUS);
	_exit(2);
}

static void other_bus_errors_are_passed_on(void **state)
{
	(void)state;
	assert_int_equal(in_child(touch_foreign_mapping), 42);
	assert_int_equal(in_child(kill_self), 42);
}

/* ---- copies and slices ---- */

static void copies_of_any_size(void **state)
{
	static const size_t sizes[] = { 0, 1, 4096, 262144, 262145, 3 * MIB + 17 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		CLEANUP(content_unrefp) struct content *c = NULL;
		AUTO_FREE uint8_t *bytes = pattern(sizes[i]);

		assert_int_equal(content_copy(bytes, sizes[i], "copy", &c), 0);
		assert_content(c, bytes, sizes[i]);
		assert_string_equal(content_name(c), "copy");
		assert_int_equal(content_recheck(c, NULL), 0);
	}
}

static void a_slice_keeps_its_parent_alive(void **state)
{
	CLEANUP(content_unrefp) struct content *inner = NULL;
	struct content *c = NULL, *slice = NULL;

	(void)state;
	assert_int_equal(content_copy("0123456789", 10, "c", &c), 0);
	assert_int_equal(content_slice(c, 2, 6, "slice", &slice), 0);
	assert_int_equal(content_slice(slice, 1, 3, "inner", &inner), 0);
	content_unref(c);
	content_unref(slice);
	assert_content(inner, "345", 3);
	assert_string_equal(content_name(inner), "inner");
}

static void a_slice_stays_inside(void **state)
{
	CLEANUP(content_unrefp) struct content *c = NULL, *empty = NULL, *none = NULL;

	(void)state;
	assert_int_equal(content_copy("0123456789", 10, "c", &c), 0);
	assert_int_equal(content_slice(c, 5, 6, "x", &none), -EINVAL);
	assert_int_equal(content_slice(c, 11, 0, "x", &none), -EINVAL);
	assert_int_equal(content_slice(c, 1, UINT64_MAX, "x", &none), -EINVAL);
	assert_null(none);
	assert_int_equal(content_slice(c, 10, 0, NULL, &empty), 0);
	assert_content(empty, "", 0);
	assert_string_equal(content_name(empty), "");
}

static void references_are_counted(void **state)
{
	struct content *c = NULL;

	(void)state;
	assert_int_equal(content_copy("x", 1, "c", &c), 0);
	assert_ptr_equal(content_ref(c), c);
	content_unref(c);
	assert_content(c, "x", 1);
	content_unref(c);
	content_unref(NULL);
}

/* Which of the pages of a mapping are in this process's page tables: bit 63 of its pagemap. */
static size_t pages_mapped(const uint8_t *p, size_t pages)
{
	AUTO_FD int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	size_t i, count = 0;
	uint64_t entry;

	assert_true(fd >= 0);
	for (i = 0; i < pages; i++) {
		off_t at = (off_t)(((uintptr_t)p / PAGE + i) * sizeof(entry));

		assert_int_equal(pread(fd, &entry, sizeof(entry), at), sizeof(entry));
		count += entry >> 63;
	}
	return count;
}

static uint64_t sum(const struct content *c)
{
	uint64_t total = 0, i;

	for (i = 0; i < content_size(c); i++)
		total += content_data(c)[i];
	return total;
}

static void done_gives_whole_pages_back_and_the_bytes_stay(void **state)
{
	CLEANUP(content_unrefp) struct content *file = NULL, *copy = NULL, *slice = NULL;
	AUTO_FREE uint8_t *bytes = pattern(256 * PAGE);
	uint64_t total;

	(void)state;
	make_file("f", 256 * PAGE);
	file = open_scratch("f");
	total = sum(file);
	assert_int_equal(pages_mapped(content_data(file), 256), 256);
	content_done(file, 1, 256 * PAGE - 1);
	assert_int_equal(pages_mapped(content_data(file), 256), 1);
	assert_int_equal(sum(file), total);
	assert_int_equal(content_slice(file, 16 * PAGE, 16 * PAGE, "slice", &slice), 0);
	content_done(slice, 0, 16 * PAGE - 1);
	assert_int_equal(pages_mapped(content_data(slice), 16), 1);
	content_done(slice, 0, 17 * PAGE); /* not inside: ignored */
	assert_int_equal(pages_mapped(content_data(slice), 17), 2);

	assert_int_equal(content_copy(bytes, 256 * PAGE, "copy", &copy), 0);
	assert_int_equal(sum(copy), total);
	content_done(copy, 0, content_size(copy));
	assert_int_equal(pages_mapped(content_data(copy), 256), 0);
	assert_int_equal(sum(copy), total);
}

/* ---- spools ---- */

static struct content *finish(struct spool *s)
{
	struct content *c = NULL;

	assert_int_equal(spool_finish(s, "spooled", &c), 0);
	return c;
}

/* Writes of `step` bytes, and every third by reserving twice as much. */
static void spool_in_steps(size_t total, size_t step, bool reserve)
{
	CLEANUP(spool_release) struct spool s = SPOOL_NONE;
	CLEANUP(content_unrefp) struct content *c = NULL;
	AUTO_FREE uint8_t *bytes = pattern(total);
	size_t i, n, turn = 0;
	uint8_t *room;

	assert_int_equal(spool_init(&s, NULL, 0), 0);
	for (i = 0; i < total; i += n) {
		n = total - i < step ? total - i : step;
		if (reserve && turn++ % 3 == 2) {
			assert_int_equal(spool_reserve(&s, 2 * n, &room), 0);
			memcpy(room, bytes + i, n);
			memset(room + n, 0xff, n);
			assert_int_equal(spool_commit(&s, n), 0);
		} else {
			assert_int_equal(spool_write(&s, bytes + i, n), 0);
		}
		assert_int_equal(s.size, i + n);
	}
	c = finish(&s);
	assert_content(c, bytes, total);
	assert_int_equal(s.fd, -1);
}

static void spools_of_any_size_and_step(void **state)
{
	static const size_t totals[] = { 0, 1, 1000, 262144, 262145, 400000, 2 * MIB + 1 };
	static const size_t steps[] = { 997, 65536, 131073, 262145 };
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
		for (j = 0; j < sizeof(steps) / sizeof(steps[0]); j++) {
			spool_in_steps(totals[i], steps[j], false);
			spool_in_steps(totals[i], steps[j], true);
		}
	}
}

static void whole_buffers_are_written_in_place(void **state)
{
	CLEANUP(spool_release) struct spool s = SPOOL_NONE;
	CLEANUP(content_unrefp) struct content *c = NULL;
	AUTO_FREE uint8_t *bytes = pattern(5 * MIB);
	uint8_t *room;

	(void)state;
	assert_int_equal(spool_init(&s, NULL, 0), 0);
	assert_int_equal(spool_reserve(&s, 5 * MIB, &room), 0);
	memcpy(room, bytes, 5 * MIB);
	assert_int_equal(spool_commit(&s, 5 * MIB - 100), 0);
	c = finish(&s);
	assert_content(c, bytes, 5 * MIB - 100);
}

static void more_than_reserved_cannot_be_committed(void **state)
{
	CLEANUP(spool_release) struct spool s = SPOOL_NONE;
	uint8_t *room;

	(void)state;
	assert_int_equal(spool_init(&s, NULL, 0), 0);
	assert_int_equal(spool_commit(&s, 1), -EINVAL);
	assert_int_equal(spool_reserve(&s, 10, &room), 0);
	assert_int_equal(spool_commit(&s, 11), -EINVAL);
	assert_int_equal(spool_commit(&s, 10), 0);
	assert_int_equal(spool_commit(&s, 1), -EINVAL);
}

static void the_budget_is_exact_and_shared(void **state)
{
	struct budget budget = { .total_max = 1000 };
	CLEANUP(spool_release) struct spool a = SPOOL_NONE, b = SPOOL_NONE;
	uint8_t bytes[1000] = { 0 }, *room;

	(void)state;
	assert_int_equal(spool_init(&a, &budget, 0), 0);
	assert_int_equal(spool_init(&b, &budget, 0), 0);
	assert_int_equal(spool_write(&a, bytes, 600), 0);
	assert_int_equal(spool_write(&b, bytes, 401), -EFBIG);
	assert_int_equal(spool_reserve(&b, 401, &room), -EFBIG);
	assert_int_equal(spool_reserve(&b, 400, &room), 0);
	assert_int_equal(spool_commit(&b, 400), 0);
	assert_int_equal(budget.spent, 1000);
	assert_int_equal(spool_write(&a, bytes, 0), 0);
	assert_int_equal(spool_write(&a, bytes, 1), -EFBIG);
	assert_int_equal(spool_reserve(&a, UINT64_MAX, &room), -EFBIG);
}

static void the_ratio_counts_from_one_mebibyte(void **state)
{
	struct budget budget = { .total_max = BUDGET_TOTAL, .ratio_max = 10 };
	CLEANUP(spool_release) struct spool s = SPOOL_NONE, unknown = SPOOL_NONE;
	AUTO_FREE uint8_t *bytes = pattern(2 * MIB);

	(void)state;
	assert_int_equal(spool_init(&s, &budget, 100), 0);
	assert_int_equal(spool_write(&s, bytes, MIB), 0);
	assert_int_equal(spool_write(&s, bytes, 1), -EFBIG);
	assert_int_equal(spool_init(&unknown, &budget, 0), 0);
	assert_int_equal(spool_write(&unknown, bytes, 2 * MIB), 0);
}

static void release_is_harmless_at_any_time(void **state)
{
	struct spool s = SPOOL_NONE;
	uint8_t *room;

	(void)state;
	spool_release(&s);
	assert_int_equal(spool_init(&s, NULL, 0), 0);
	assert_int_equal(spool_reserve(&s, MIB, &room), 0);
	room[MIB - 1] = 1;
	spool_release(&s);
	spool_release(&s);
}

static void a_missing_temporary_directory_is_an_error(void **state)
{
	const char *before = getenv("TMPDIR");
	AUTO_FREE char *saved = before ? strdup(before) : NULL;
	CLEANUP(spool_release) struct spool s = SPOOL_NONE;
	AUTO_FREE uint8_t *bytes = pattern(MIB);
	int r;

	(void)state;
	assert_int_equal(setenv("TMPDIR", scratch_path("nowhere"), 1), 0);
	r = spool_init(&s, NULL, 0);
	if (r == 0)
		r = spool_write(&s, bytes, MIB);
	if (saved)
		assert_int_equal(setenv("TMPDIR", saved, 1), 0);
	else
		assert_int_equal(unsetenv("TMPDIR"), 0);
	assert_int_equal(r, -ENOENT);
}

/* A temporary directory with room for 1 MiB; 77: this host lets nobody mount. */
static void fill_small_disk(void)
{
	struct spool s = SPOOL_NONE;
	AUTO_FREE uint8_t *bytes = calloc(1, 2 * MIB);
	uint8_t *room;

	if (unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		_exit(77);
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", scratch_dir, "tmpfs", 0, "size=1m") < 0)
		_exit(77);
	(void)setenv("TMPDIR", scratch_dir, 1);
	(void)spool_init(&s, NULL, 0);
	if (!bytes || spool_write(&s, bytes, 2 * MIB) != -ENOSPC)
		_exit(1);
	spool_release(&s);
	(void)spool_init(&s, NULL, 0);
	if (spool_reserve(&s, 2 * MIB, &room) != -ENOSPC)
		_exit(2);
	if (spool_reserve(&s, MIB / 2, &room) != 0)
		_exit(3);
	memset(room, 1, MIB / 2);
	if (spool_commit(&s, MIB / 2) != 0)
		_exit(4);
	if (spool_reserve(&s, MIB, &room) != -ENOSPC)
		_exit(5);
	spool_release(&s);
}

static void a_full_disk_is_an_error_and_no_signal(void **state)
{
	int status;

	(void)state;
	status = in_child(fill_small_disk);
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

int main(void)
{
#define SCRATCH_TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(a_file_is_mapped),
		SCRATCH_TEST(an_empty_file_has_data_too),
		SCRATCH_TEST(a_file_without_pages_is_read),
		SCRATCH_TEST(what_is_no_regular_file_is_refused),
		SCRATCH_TEST(names_below_a_directory_cannot_leave_it),
		SCRATCH_TEST(changes_behind_our_back_are_noticed),
		SCRATCH_TEST(a_truncated_file_reads_as_zeros_and_is_damaged),
		SCRATCH_TEST(reading_backwards_survives_too),
		SCRATCH_TEST(a_reused_slot_starts_undamaged),
		SCRATCH_TEST(many_mappings_are_all_guarded),
		SCRATCH_TEST(other_bus_errors_are_passed_on),
		SCRATCH_TEST(copies_of_any_size),
		SCRATCH_TEST(a_slice_keeps_its_parent_alive),
		SCRATCH_TEST(a_slice_stays_inside),
		SCRATCH_TEST(references_are_counted),
		SCRATCH_TEST(done_gives_whole_pages_back_and_the_bytes_stay),
		SCRATCH_TEST(spools_of_any_size_and_step),
		SCRATCH_TEST(whole_buffers_are_written_in_place),
		SCRATCH_TEST(more_than_reserved_cannot_be_committed),
		SCRATCH_TEST(the_budget_is_exact_and_shared),
		SCRATCH_TEST(the_ratio_counts_from_one_mebibyte),
		SCRATCH_TEST(release_is_harmless_at_any_time),
		SCRATCH_TEST(a_missing_temporary_directory_is_an_error),
		SCRATCH_TEST(a_full_disk_is_an_error_and_no_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
