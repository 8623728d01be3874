/* SPDX-License-Identifier: Apache-2.0 */
#include "base/terminal.h"

#include "base/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

/* A terminal of the test's own, 40 columns wide. */
static int master = -1;
static FILE *tty;

static int open_terminal(void **state)
{
	struct winsize size = { .ws_row = 24, .ws_col = 40 };
	int slave;

	(void)state;
	if (openpty(&master, &slave, NULL, NULL, &size) < 0)
		return -1;
	tty = fdopen(slave, "w");
	(void)setenv("TERM", "xterm", 1);
	(void)unsetenv("NO_COLOR");
	return tty ? terminal_set_colour("auto") : -1;
}

static int close_terminal(void **state)
{
	(void)state;
	(void)fclose(tty);
	return close(master) + terminal_set_colour("auto");
}

static void colour_is_for_terminals(void **state)
{
	CLEANUP(fclosep) FILE *file = tmpfile();

	(void)state;
	assert_true(terminal_colour(tty));
	assert_string_equal(style(tty, STYLE_RED), "\033[31m");
	assert_string_equal(style(tty, STYLE_RESET), "\033[0m");
	assert_false(terminal_colour(file));
	assert_string_equal(style(file, STYLE_RED), "");
}

static void environment_can_take_colour_away(void **state)
{
	(void)state;
	(void)setenv("NO_COLOR", "", 1);
	assert_true(terminal_colour(tty));
	(void)setenv("NO_COLOR", "1", 1);
	assert_false(terminal_colour(tty));
	(void)unsetenv("NO_COLOR");
	(void)setenv("TERM", "dumb", 1);
	assert_false(terminal_colour(tty));
	(void)unsetenv("TERM");
	assert_false(terminal_colour(tty));
}

static void the_option_overrides(void **state)
{
	CLEANUP(fclosep) FILE *file = tmpfile();

	(void)state;
	(void)setenv("NO_COLOR", "1", 1);
	assert_int_equal(terminal_set_colour("always"), 0);
	assert_true(terminal_colour(file));
	assert_true(terminal_colour(tty));
	(void)unsetenv("NO_COLOR");
	assert_int_equal(terminal_set_colour("never"), 0);
	assert_false(terminal_colour(tty));
	assert_int_equal(terminal_set_colour("sometimes"), -EINVAL);
	assert_false(terminal_colour(tty));
	assert_int_equal(terminal_set_colour("auto"), 0);
	assert_true(terminal_colour(tty));
}

static void width_is_asked_of_the_terminal(void **state)
{
	CLEANUP(fclosep) FILE *file = tmpfile();

	(void)state;
	assert_int_equal(terminal_width(tty), 40);
	assert_int_equal(terminal_width(file), 80);
}

static void counts(void **state)
{
	char out[32];

	(void)state;
	assert_string_equal(format_count(0, out), "0");
	assert_string_equal(format_count(999, out), "999");
	assert_string_equal(format_count(1000, out), "1,000");
	assert_string_equal(format_count(1234567, out), "1,234,567");
	assert_string_equal(format_count(UINT64_MAX, out), "18,446,744,073,709,551,615");
}

static void sizes(void **state)
{
	char out[32];

	(void)state;
	assert_string_equal(format_size(0, out), "0 B");
	assert_string_equal(format_size(999, out), "999 B");
	assert_string_equal(format_size(1000, out), "1.0 kB");
	assert_string_equal(format_size(1234567, out), "1.2 MB");
	assert_string_equal(format_size(99949999, out), "99.9 MB");
	assert_string_equal(format_size(99960000, out), "100 MB");
	assert_string_equal(format_size(999499999, out), "999 MB");
	assert_string_equal(format_size(999600000, out), "1.0 GB");
	assert_string_equal(format_size(UINT64_MAX, out), "18.4 EB");
}

/* ---- progress, with the terminal as standard error ---- */

static int saved_stderr;

static void redirect_stderr(int fd)
{
	assert_int_equal(fflush(stderr), 0);
	saved_stderr = dup(STDERR_FILENO);
	assert_true(saved_stderr >= 0 && dup2(fd, STDERR_FILENO) >= 0);
}

static void restore_stderr(void)
{
	assert_true(dup2(saved_stderr, STDERR_FILENO) >= 0);
	assert_int_equal(close(saved_stderr), 0);
}

/* What has arrived at the terminal so far. */
static const char *arrived(void)
{
	static char text[8192];
	struct pollfd waiting = { .fd = master, .events = POLLIN };
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(text) - 1 && poll(&waiting, 1, 20) > 0) {
		n = read(master, text + len, sizeof(text) - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	return text;
}

static void wait_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

static unsigned occurrences(const char *text, const char *of)
{
	unsigned count = 0;

	for (; (text = strstr(text, of)); text++)
		count++;
	return count;
}

static void progress_waits_a_second_then_draws_and_erases(void **state)
{
	const char *seen;
	char early[64];
	int i;

	(void)state;
	redirect_stderr(fileno(tty));
	progress_begin("comparing", 4000000);
	progress_add(1000000);
	(void)snprintf(early, sizeof(early), "%s", arrived());
	wait_ms(1050);
	progress_note("%s", "a\033[2J.so"); /* 39 of the 40 columns are used */
	for (i = 0; i < 1000; i++)
		progress_add(1000);
	wait_ms(150);
	progress_add(0);
	seen = arrived();
	progress_end();
	restore_stderr();
	assert_string_equal(early, "");
	assert_in_range(occurrences(seen, "\r"), 1, 3);
	assert_non_null(strstr(seen, "\rcomparing: 50%, 2.0 MB of 4.0 MB  a\\x1b\033[K"));
	assert_null(strstr(seen, "\033[2J"));
	assert_string_equal(arrived(), "\r\033[K");
}

static void progress_is_silent_when_nothing_was_drawn(void **state)
{
	(void)state;
	redirect_stderr(fileno(tty));
	progress_begin("quick", 0);
	progress_add(10);
	progress_end();
	progress_end();
	restore_stderr();
	assert_string_equal(arrived(), "");
}

static void progress_is_only_for_terminals(void **state)
{
	CLEANUP(fclosep) FILE *file = tmpfile();
	off_t size;

	(void)state;
	redirect_stderr(fileno(file));
	progress_begin("copying", 0);
	wait_ms(1050);
	progress_add(1);
	progress_note("x");
	progress_end();
	size = lseek(fileno(file), 0, SEEK_END);
	restore_stderr();
	assert_int_equal(size, 0);
}

int main(void)
{
#define TERMINAL_TEST(f) cmocka_unit_test_setup_teardown(f, open_terminal, close_terminal)
	const struct CMUnitTest tests[] = {
		TERMINAL_TEST(colour_is_for_terminals),
		TERMINAL_TEST(environment_can_take_colour_away),
		TERMINAL_TEST(the_option_overrides),
		TERMINAL_TEST(width_is_asked_of_the_terminal),
		cmocka_unit_test(counts),
		cmocka_unit_test(sizes),
		TERMINAL_TEST(progress_waits_a_second_then_draws_and_erases),
		TERMINAL_TEST(progress_is_silent_when_nothing_was_drawn),
		TERMINAL_TEST(progress_is_only_for_terminals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
