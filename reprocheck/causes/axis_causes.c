/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which causes an axis can bring about.
 *
 * The two vocabularies differ: a cause's `axis` is the kind of thing that was
 * captured (a time, a path, an order), an experiment's axes are what was varied.  A time
 * can come from the clock, from an input, and through the zone that it is written in; an
 * order from readdir(), from the locale's sort, from hashing, from which job was first.
 */
#include "reprocheck/causes/axis_causes.h"

#include <string.h>

#define A(name) AXIS_BIT(AXIS_##name)

/* What merely follows from something else, or describes an input, can follow from anything. */
#define ANY (AXIS_ALL | AXIS_SET_INTRINSIC)

/* An order, of whatever. */
#define ORDERS (A(READDIR) | A(LOCALE) | A(HASH_SEED) | A(ASLR) | A(JOBS) | A(CPUS) | A(INODE) | AXIS_SET_INTRINSIC)

/* Directories that a path can lie below. */
#define PLACES (A(BUILD_PATH) | A(HOME) | A(TMPDIR))

/* Values that are environment variables, or are derived from some. */
#define VARIABLES \
	(A(ENVIRONMENT) | A(PATH) | A(HOME) | A(TMPDIR) | A(USER) | A(LOCALE) | A(TIMEZONE) | A(HASH_SEED) | A(JOBS) | A(TTY))

/* The stack holds arguments and environment, so their sizes shift addresses with and without randomisation. */
#define ADDRESSES (A(ASLR) | VARIABLES | A(BUILD_PATH) | A(HOST) | A(KERNEL) | AXIS_SET_INTRINSIC)

static const struct {
	const char *word;
	axis_set fits;
} words[] = {
	/* Monotonic clocks run on while the wall clock is pinned: hence intrinsic. */
	{ "time", A(TIME) | A(TIMEZONE) | A(MTIME) | A(ATIME) | AXIS_SET_INTRINSIC },
	{ "mtime", A(MTIME) | A(ATIME) | A(TIME) | A(TIMEZONE) | AXIS_SET_INTRINSIC },
	{ "tz", A(TIMEZONE) },
	{ "path", PLACES },
	{ "home", A(HOME) | A(USER) },
	{ "tmpdir", A(TMPDIR) },
	{ "search-path", A(PATH) | A(ENVIRONMENT) },
	/* mkstemp() mixes the clock, the process id, an address and random numbers. */
	{ "tmpname", A(TMPDIR) | A(PID) | A(TIME) | A(ASLR) | AXIS_SET_INTRINSIC },
	{ "host", A(HOST) },
	{ "kernel", A(KERNEL) },
	{ "user", A(USER) | A(HOME) | A(ENVIRONMENT) },
	{ "env", VARIABLES },
	{ "locale", A(LOCALE) | A(ENVIRONMENT) },
	{ "umask", A(UMASK) },
	{ "order-dir", ORDERS | A(MTIME) | A(ATIME) },
	{ "order-hash", A(HASH_SEED) | A(ASLR) | A(ENVIRONMENT) | A(JOBS) | A(CPUS) | AXIS_SET_INTRINSIC },
	{ "order-parallel", ORDERS },
	{ "random", A(TIME) | A(PID) | A(ASLR) | A(HASH_SEED) | AXIS_SET_INTRINSIC },
	{ "pid", A(PID) | AXIS_SET_INTRINSIC },
	{ "inode", A(INODE) | A(READDIR) | A(MTIME) | A(ATIME) | AXIS_SET_INTRINSIC },
	{ "aslr", ADDRESSES },
	{ "uninit", ANY },
	{ "cpu", A(CPUS) | A(JOBS) },
	{ "tool-changed", A(PATH) | A(ENVIRONMENT) | A(HOME) | A(NETWORK) },
	{ "network", A(NETWORK) | AXIS_SET_INTRINSIC },
	{ "tty", A(TTY) | A(ENVIRONMENT) },
	{ "input-changed", ANY },
	{ "compress", ANY },
	{ "derived", ANY },
	/* "unknown" fits nothing: whatever was measured is better. */
};

static axis_set fitting(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i].word, word))
			return words[i].fits;
	return 0;
}

/*
 * Rows whose word says less, or more, than their own axes: a build-id and LLVM's hash of a module follow from anything;
 * a time in a text that the clock does not move is an input's.
 */
static axis_set fitting_cause(const struct cause *c)
{
	axis_set fits = fitting(c->axis);

	if (!strcmp(c->id, CAUSE_BUILD_ID) || !strcmp(c->id, "promoted-symbol-suffix"))
		return ANY;
	if (!strcmp(c->id, "embedded-timestamp"))
		return fits & ~(A(MTIME) | A(ATIME));
	if (!strcmp(c->id, "elapsed-time"))
		return A(TIME) | A(CPUS) | A(JOBS) | AXIS_SET_INTRINSIC;
	if (!strcmp(c->id, "input-mtime"))
		return A(MTIME);
	if (!strcmp(c->id, "input-atime"))
		return A(ATIME);
	return fits;
}

bool axis_fits(const struct cause *c, axis_set axes)
{
	if (!axes)
		return true;
	if (!strcmp(c->id, CAUSE_UNEXPLAINED))
		return false;
	return (axes & (fitting_cause(c) | AXIS_SET_UNATTRIBUTABLE)) != 0;
}

static const char *const defaults[AXIS_SET_SIZE] = {
	[AXIS_TIME] = "embedded-timestamp",
	[AXIS_BUILD_PATH] = "build-path",
	[AXIS_TMPDIR] = "temporary-directory",
	[AXIS_HOME] = "home-directory",
	[AXIS_HOST] = "build-host",
	[AXIS_USER] = "build-user",
	[AXIS_UMASK] = "umask",
	[AXIS_TIMEZONE] = "timezone",
	[AXIS_LOCALE] = "locale",
	[AXIS_ENVIRONMENT] = "environment",
	[AXIS_PATH] = "search-path",
	[AXIS_KERNEL] = "kernel-version",
	[AXIS_CPUS] = "cpu-count",
	[AXIS_JOBS] = "parallelism",
	[AXIS_ASLR] = "aslr-pointer",
	[AXIS_PID] = "process-id",
	[AXIS_READDIR] = "directory-order",
	[AXIS_MTIME] = "input-mtime",
	[AXIS_ATIME] = "input-atime",
	[AXIS_HASH_SEED] = "hash-order",
	[AXIS_INODE] = "inode-numbers",
	[AXIS_TTY] = "terminal-dependent",
	[AXIS_NETWORK] = "network-use",
	[AXIS_COUNT] = "random-bytes",
	[AXIS_COUNT + 1] = CAUSE_UNEXPLAINED,
};

const char *axis_default_cause(unsigned bit)
{
	return bit < AXIS_SET_SIZE ? defaults[bit] : CAUSE_UNEXPLAINED;
}

/* Of several axes the first in the order of axes.h, which is that of reports. */
const struct cause *axis_cause(const struct cause *recognised, axis_set axes)
{
	unsigned bit;

	if (recognised && axis_fits(recognised, axes))
		return recognised;
	for (bit = 0; bit < AXIS_SET_SIZE; bit++)
		if (axes & AXIS_BIT(bit))
			return cause_find(axis_default_cause(bit));
	return cause_find(CAUSE_UNEXPLAINED);
}
