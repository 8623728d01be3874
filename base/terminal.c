/* SPDX-License-Identifier: Apache-2.0 */
#include "base/terminal.h"

#include "base/buffer.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum choice { UNDECIDED, NO, YES };

/* What --color says, and what was found about stdout and stderr, once, since every coloured word asks. */
static _Atomic enum choice forced;
static _Atomic enum choice found[3];

int terminal_set_colour(const char *when)
{
	if (strcmp(when, "always") == 0)
		atomic_store(&forced, YES);
	else if (strcmp(when, "never") == 0)
		atomic_store(&forced, NO);
	else if (strcmp(when, "auto") == 0)
		atomic_store(&forced, UNDECIDED);
	else
		return -EINVAL;
	atomic_store(&found[STDOUT_FILENO], UNDECIDED);
	atomic_store(&found[STDERR_FILENO], UNDECIDED);
	return 0;
}

static bool environment_allows_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return (!no || !*no) && term && *term && strcmp(term, "dumb") != 0;
}

bool terminal_colour(FILE *f)
{
	int fd = fileno(f);
	enum choice choice = atomic_load(&forced);

	if (choice == UNDECIDED && (fd == STDOUT_FILENO || fd == STDERR_FILENO))
		choice = atomic_load(&found[fd]);
	if (choice == UNDECIDED) {
		choice = fd >= 0 && isatty(fd) && environment_allows_colour() ? YES : NO;
		if (fd == STDOUT_FILENO || fd == STDERR_FILENO)
			atomic_store(&found[fd], choice);
	}
	return choice == YES;
}

const char *style(FILE *f, enum style s)
{
	static const char *const sequences[] = {
		[STYLE_RESET] = "\033[0m",   [STYLE_BOLD] = "\033[1m",     [STYLE_DIM] = "\033[2m",
		[STYLE_RED] = "\033[31m",    [STYLE_GREEN] = "\033[32m",   [STYLE_YELLOW] = "\033[33m",
		[STYLE_BLUE] = "\033[34m",   [STYLE_MAGENTA] = "\033[35m", [STYLE_CYAN] = "\033[36m",
	};

	return terminal_colour(f) ? sequences[s] : "";
}

unsigned terminal_width(FILE *f)
{
	struct winsize size;
	int fd = fileno(f);

	if (fd < 0 || ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

void terminal_text(FILE *f, const char *s, size_t n)
{
	char shown[QUOTED_MAX];
	size_t used, len;

	for (; n; s += used, n -= used) {
		used = quote_character(s, n, shown, &len);
		(void)fwrite(shown, 1, len, f);
	}
}

void terminal_put(FILE *f, const char *s)
{
	terminal_text(f, s, strlen(s));
}

const char *format_count(uint64_t n, char out[32])
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n), i;
	char *to = out;

	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return out;
}

const char *format_size(uint64_t n, char out[32])
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
	double value = (double)n / 1000;
	size_t unit = 0;

	if (n < 1000) {
		(void)snprintf(out, 32, "%u B", (unsigned)n);
		return out;
	}
	/* 999.5 would be printed as 1000. */
	while (value >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1000;
		unit++;
	}
	(void)snprintf(out, 32, "%.*f %s", value < 99.95 ? 1 : 0, value, units[unit]);
	return out;
}
