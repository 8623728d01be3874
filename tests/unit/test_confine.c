/* SPDX-License-Identifier: Apache-2.0 */
/* confine.c: answers come back, and every way to misbehave has its name. */
#include "sandbox/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static struct confine_limits limits;
static struct confine_report report;
static struct buffer out;
static struct error err;

static int setup(void **state)
{
	(void)state;
	limits = (struct confine_limits)CONFINE_LIMITS;
	limits.memory_max = 64 << 20;
	limits.deadline_ms = 5000;
	out = (struct buffer)BUFFER_INIT(1 << 20);
	err = (struct error){ 0 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buffer_release(&out);
	/* No call leaves a child behind. */
	return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : -1;
}

static int call(confine_function fn, void *ctx)
{
	return confine_call(fn, ctx, &limits, &out, &report, &err);
}

static int answer(void *ctx, struct confine_pipe *p)
{
	const char *s = ctx;

	return confine_write(p, s, strlen(s));
}

static void test_answer_arrives(void **state)
{
	char text[] = "hello";

	(void)state;
	assert_int_equal(call(answer, text), 0);
	assert_string_equal(buffer_str(&out), "hello");
	assert_int_equal(err.code, 0);
}

static int large_answer(void *ctx, struct confine_pipe *p)
{
	char *block = malloc(300000);

	(void)ctx;
	if (!block)
		return -ENOMEM;
	memset(block, 'x', 300000);
	return confine_write(p, block, 300000);
}

static void test_large_answer_and_its_limit(void **state)
{
	(void)state;
	assert_int_equal(call(large_answer, NULL), 0);
	assert_int_equal(out.len, 300000);
	limits.output_max = 100000;
	assert_int_equal(call(large_answer, NULL), -EFBIG);
	assert_non_null(strstr(err.message, "more than 100000 bytes"));
}

static int refuse(void *ctx, struct confine_pipe *p)
{
	(void)confine_write(p, ctx, 4);
	return -EBADMSG;
}

static void test_result_and_partial_answer(void **state)
{
	char text[] = "part";

	(void)state;
	assert_int_equal(call(refuse, text), -EBADMSG);
	assert_string_equal(buffer_str(&out), "part");
}

static int write_memory(void *ctx, struct confine_pipe *p)
{
	(void)p;
	*(int *)ctx = 2;
	return 0;
}

static void test_memory_is_a_copy(void **state)
{
	int value = 1;

	(void)state;
	assert_int_equal(call(write_memory, &value), 0);
	assert_int_equal(value, 1);
}

static int crash(void *ctx, struct confine_pipe *p)
{
	(void)confine_write(p, "before", 6);
	raise(*(int *)ctx);
	return 0;
}

static void test_signals_are_named(void **state)
{
	static int signals[] = { SIGSEGV, SIGABRT, SIGILL, SIGFPE };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		err.code = 0;
		out.len = 0;
		assert_int_equal(call(crash, &signals[i]), -ECHILD);
		assert_int_equal(report.signal, signals[i]);
		assert_non_null(strstr(err.message, strsignal(signals[i])));
		assert_int_equal(out.len, 6);
	}
}

static int leave(void *ctx, struct confine_pipe *p)
{
	(void)ctx;
	(void)p;
	_exit(3);
}

static void test_exit_without_answer(void **state)
{
	(void)state;
	assert_int_equal(call(leave, NULL), -ECHILD);
	assert_non_null(strstr(err.message, "status 3"));
}

static int hang(void *ctx, struct confine_pipe *p)
{
	volatile int go = 1;

	(void)ctx;
	(void)p;
	while (go)
		;
	return 0;
}

static void test_deadline(void **state)
{
	struct timespec a, b;

	(void)state;
	limits.deadline_ms = 100;
	clock_gettime(CLOCK_MONOTONIC, &a);
	assert_int_equal(call(hang, NULL), -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &b);
	assert_true((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000 < 2000);
	assert_non_null(strstr(err.message, "100 ms"));
}

static int open_file(void *ctx, struct confine_pipe *p)
{
	int fd = open(ctx, O_RDONLY);
	int r = fd < 0 ? -errno : 0;

	(void)p;
	return r;
}

static void test_files_cannot_be_opened(void **state)
{
	char path[] = "/dev/null";
	int r = call(open_file, path);

	(void)state;
	if (!report.filtered)
		skip();
	assert_int_equal(r, -EACCES);
}

static int connect_out(void *ctx, struct confine_pipe *p)
{
	(void)ctx;
	(void)p;
	return socket(AF_INET, SOCK_STREAM, 0) < 0 ? -errno : 0;
}

static int start_program(void *ctx, struct confine_pipe *p)
{
	char *argv[] = { NULL, NULL };

	(void)ctx;
	(void)p;
	execv("/bin/true", argv);
	return -errno;
}

static int fork_again(void *ctx, struct confine_pipe *p)
{
	(void)ctx;
	(void)p;
	if (fork() == 0)
		_exit(0);
	return 0;
}

static int kill_parent(void *ctx, struct confine_pipe *p)
{
	(void)p;
	return kill(*(pid_t *)ctx, 0) < 0 ? -errno : 0;
}

static void test_filter_stops_the_rest(void **state)
{
	static const confine_function deeds[] = { connect_out, start_program, fork_again, kill_parent };
	pid_t self = getpid();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		int r;

		err.code = 0;
		r = call(deeds[i], &self);
		if (!report.filtered)
			skip();
		assert_int_equal(r, -EPERM);
		assert_int_equal(report.signal, SIGSYS);
		assert_non_null(strstr(err.message, "filter"));
	}
}

static int allocate(void *ctx, struct confine_pipe *p)
{
	size_t n = *(size_t *)ctx;
	volatile char *block = malloc(n);

	(void)p;
	if (!block)
		return -ENOMEM;
	block[n - 1] = 1;
	return 0;
}

static void test_memory_limit(void **state)
{
	size_t n = 16 << 20;

	(void)state;
	assert_int_equal(call(allocate, &n), 0);
	n = 128 << 20;
	assert_int_equal(call(allocate, &n), SANITIZED ? 0 : -ENOMEM); /* as confine.h says */
}

static int descriptors(void *ctx, struct confine_pipe *p)
{
	(void)p;
	return read(*(int *)ctx, ctx, 1) < 0 ? -errno : 0;
}

static void test_descriptors_are_closed(void **state)
{
	int fd = open("/dev/zero", O_RDONLY);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(call(descriptors, &fd), -EBADF);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_answer_arrives),
		TEST(test_large_answer_and_its_limit),
		TEST(test_result_and_partial_answer),
		TEST(test_memory_is_a_copy),
		TEST(test_signals_are_named),
		TEST(test_exit_without_answer),
		TEST(test_deadline),
		TEST(test_files_cannot_be_opened),
		TEST(test_filter_stops_the_rest),
		TEST(test_memory_limit),
		TEST(test_descriptors_are_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
