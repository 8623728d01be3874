/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress.c: one line on stderr that tells how far the work is.
 *
 * No thread of its own: whoever adds looks at a coarse clock (a few nanoseconds)
 * and, when the time for the next picture has come, draws it.  Only one thread
 * can win that time, and nobody ever waits for a drawing.
 */
#include "base/buffer.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "base/terminal.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MILLISECOND   UINT64_C(1000000)
#define QUIET_TIME    (1000 * MILLISECOND)
#define DRAW_INTERVAL (100 * MILLISECOND)

static atomic_bool active;
static _Atomic uint64_t done, next_draw;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for the rest */
static char subject[64], note[256];
static uint64_t expected;
static bool drawn;

static uint64_t clock_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * 1000 * MILLISECOND + (uint64_t)t.tv_nsec;
}

/* East Asian text takes two columns a character; taking too many for two only shortens the line. */
static unsigned columns_of(const char *p, size_t n)
{
	uint32_t c;

	return utf8_sequence((const uint8_t *)p, n, &c) > 0 && c >= 0x1100 ? 2 : 1;
}

/* Appends as much of `text` as fits the columns left, control characters escaped. */
static void put_columns(struct buffer *line, const char *text, unsigned *columns)
{
	size_t left = strlen(text), used, len;
	char quoted[QUOTED_MAX];
	unsigned need;

	while ((used = quote_character(text, left, quoted, &len)) > 0) {
		need = used == 1 ? (unsigned)len : columns_of(text, used);
		if (need > *columns)
			return;
		*columns -= need;
		(void)buffer_append(line, quoted, len);
		text += used;
		left -= used;
	}
}

static void describe_amount(char *out, size_t size)
{
	uint64_t now = atomic_load(&done);
	char some[32], all[32];

	(void)format_size(now, some);
	if (expected == 0)
		(void)snprintf(out, size, ": %s", some);
	else
		(void)snprintf(out, size, ": %u%%, %s of %s",
			       (unsigned)(now >= expected ? 100 : (double)now * 100 / (double)expected), some,
			       format_size(expected, all));
}

/* One write a picture, so that it cannot be torn by other output. Under the lock. */
static void draw(void)
{
	CLEANUP(buffer_release) struct buffer line = BUFFER_INIT(4096);
	unsigned columns = terminal_width(stderr) - 1; /* the last column would wrap */
	char amount[96];

	describe_amount(amount, sizeof(amount));
	(void)buffer_putc(&line, '\r');
	put_columns(&line, subject, &columns);
	put_columns(&line, amount, &columns);
	if (note[0]) {
		put_columns(&line, "  ", &columns);
		put_columns(&line, note, &columns);
	}
	(void)buffer_puts(&line, "\033[K");
	if (!line.error)
		drawn = write(STDERR_FILENO, line.data, line.len) > 0 || drawn;
}

static void draw_if_due(void)
{
	uint64_t now = clock_now(), due = atomic_load_explicit(&next_draw, memory_order_relaxed);

	if (now < due || !atomic_compare_exchange_strong(&next_draw, &due, now + DRAW_INTERVAL))
		return;
	if (pthread_mutex_trylock(&lock) != 0)
		return;
	if (atomic_load(&active))
		draw();
	(void)pthread_mutex_unlock(&lock);
}

static bool wanted(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

void progress_begin(const char *what, uint64_t total)
{
	if (!wanted())
		return;
	progress_end();
	(void)pthread_mutex_lock(&lock);
	(void)snprintf(subject, sizeof(subject), "%s", what);
	note[0] = '\0';
	expected = total;
	atomic_store(&done, 0);
	atomic_store(&next_draw, clock_now() + QUIET_TIME);
	atomic_store(&active, true);
	(void)pthread_mutex_unlock(&lock);
}

void progress_add(uint64_t n)
{
	if (!atomic_load_explicit(&active, memory_order_relaxed))
		return;
	(void)atomic_fetch_add_explicit(&done, n, memory_order_relaxed);
	draw_if_due();
}

void progress_note(const char *fmt, ...)
{
	va_list ap;

	if (!atomic_load_explicit(&active, memory_order_relaxed))
		return;
	(void)pthread_mutex_lock(&lock);
	va_start(ap, fmt);
	(void)vsnprintf(note, sizeof(note), fmt, ap);
	va_end(ap);
	(void)pthread_mutex_unlock(&lock);
	draw_if_due();
}

void progress_end(void)
{
	static const char erase[] = "\r\033[K";

	if (!atomic_load(&active))
		return;
	(void)pthread_mutex_lock(&lock);
	atomic_store(&active, false);
	if (drawn && write(STDERR_FILENO, erase, sizeof(erase) - 1) < 0)
		drawn = false; /* the terminal is gone: nothing left to erase */
	drawn = false;
	(void)pthread_mutex_unlock(&lock);
}
