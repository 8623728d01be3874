/* SPDX-License-Identifier: Apache-2.0 */
/* Every axis has a cause of its own, every cause an axis that can bring it about, and what does not fit gives way. */
#include "reprocheck/causes/axis_causes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct cause *known(const char *id)
{
	const struct cause *c = cause_find(id);

	if (!c || strcmp(c->id, id) != 0)
		fail_msg("%s is no cause", id);
	return c;
}

static bool fits(const char *id, axis_set axes)
{
	return axis_fits(known(id), axes);
}

static void test_every_axis_has_a_cause_that_fits_it(void **state)
{
	unsigned bit;

	(void)state;
	for (bit = 0; bit <= AXIS_COUNT; bit++)
		if (!fits(axis_default_cause(bit), AXIS_BIT(bit)))
			fail_msg("%s does not fit its own axis %u", axis_default_cause(bit), bit);
	assert_string_equal(axis_default_cause(AXIS_COUNT + 1), CAUSE_UNEXPLAINED);
	assert_string_equal(axis_default_cause(1000), CAUSE_UNEXPLAINED);
}

static void test_no_two_axes_share_a_cause(void **state)
{
	unsigned a, b;

	(void)state;
	for (a = 0; a < AXIS_SET_SIZE; a++)
		for (b = 0; b < a; b++)
			assert_string_not_equal(axis_default_cause(a), axis_default_cause(b));
}

static void test_every_cause_fits_some_axis_and_not_all(void **state)
{
	const struct cause *c;
	unsigned bit, n;

	(void)state;
	for (c = causes; c->id; c++) {
		for (n = 0, bit = 0; bit < AXIS_COUNT; bit++)
			n += axis_fits(c, AXIS_BIT(bit));
		if (!strcmp(c->axis, "unknown"))
			assert_int_equal(n, 0);
		else if (!n)
			fail_msg("%s (%s) fits no axis", c->id, c->axis);
		assert_true(axis_fits(c, 0));
	}
}

static void test_what_fits_and_what_does_not(void **state)
{
	(void)state;
	assert_true(fits("debug-build-path", AXIS_BIT(AXIS_BUILD_PATH)));
	assert_true(fits("macro-build-path", AXIS_BIT(AXIS_TMPDIR)));
	assert_false(fits("build-path", AXIS_BIT(AXIS_PATH)));
	assert_false(fits("build-path", AXIS_BIT(AXIS_TIME)));
	assert_true(fits("date-time-macros", AXIS_BIT(AXIS_TIME)));
	assert_true(fits("date-time-macros", AXIS_BIT(AXIS_TIMEZONE)));
	assert_false(fits("timezone", AXIS_BIT(AXIS_TIME)));
	assert_true(fits("ar-timestamps", AXIS_BIT(AXIS_MTIME)));
	assert_true(fits("ar-timestamps", AXIS_BIT(AXIS_TIME)));
	assert_true(fits("zip-atime", AXIS_BIT(AXIS_ATIME)));
	assert_true(fits("temp-names", AXIS_SET_INTRINSIC));
	assert_true(fits("temp-names", AXIS_BIT(AXIS_PID)));
	assert_false(fits("temp-names", AXIS_BIT(AXIS_HOST)));
	assert_true(fits("lto-section-suffix", AXIS_SET_INTRINSIC));
	assert_true(fits("nvcc-temp-names", AXIS_BIT(AXIS_PID)));
	assert_false(fits("build-host", AXIS_BIT(AXIS_KERNEL)));
	assert_false(fits("kernel-version", AXIS_BIT(AXIS_HOST)));
	assert_true(fits("inode-numbers", AXIS_BIT(AXIS_INODE)));
	assert_true(fits("compressor-settings", AXIS_BIT(AXIS_CPUS)));
	assert_true(fits(CAUSE_CHECKSUM, AXIS_BIT(AXIS_LOCALE)));
	assert_true(fits("build-id", AXIS_BIT(AXIS_UMASK)));
	assert_true(fits("line-order", AXIS_BIT(AXIS_READDIR)));
	assert_true(fits("line-order", AXIS_BIT(AXIS_LOCALE)));
	assert_false(fits("hash-order", AXIS_BIT(AXIS_READDIR)));
	/* One axis of several is enough, and what could not be pinned excludes nothing. */
	assert_true(fits("timezone", AXIS_BIT(AXIS_TIME) | AXIS_BIT(AXIS_TIMEZONE)));
	assert_true(fits("timezone", AXIS_SET_UNATTRIBUTABLE));
	assert_false(fits(CAUSE_UNEXPLAINED, AXIS_SET_UNATTRIBUTABLE));
}

static void assert_named(const char *recognised, axis_set axes, const char *expected)
{
	assert_string_equal(axis_cause(recognised ? known(recognised) : NULL, axes)->id, expected);
}

static void test_the_measured_axis_corrects_the_looks(void **state)
{
	(void)state;
	assert_named("debug-build-path", AXIS_BIT(AXIS_BUILD_PATH), "debug-build-path");
	assert_named("cpu-count", AXIS_BIT(AXIS_PID), "process-id");
	assert_named("build-path", AXIS_BIT(AXIS_PATH), "search-path");
	assert_named("embedded-timestamp", AXIS_BIT(AXIS_MTIME), "input-mtime");
	assert_named("embedded-timestamp", AXIS_BIT(AXIS_ATIME), "input-atime");
	assert_named("timezone", AXIS_BIT(AXIS_TIME), "embedded-timestamp");
	assert_named("hash-order", AXIS_BIT(AXIS_READDIR), "directory-order");
	assert_named(NULL, AXIS_SET_INTRINSIC, "random-bytes");
	assert_named(NULL, AXIS_BIT(AXIS_NETWORK), "network-use");
	assert_named(CAUSE_UNEXPLAINED, AXIS_BIT(AXIS_HOST), "build-host");
	assert_named(NULL, AXIS_BIT(AXIS_HOST) | AXIS_BIT(AXIS_TMPDIR), "temporary-directory");
	assert_named(NULL, 0, CAUSE_UNEXPLAINED);
	assert_named("umask", 0, "umask");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_axis_has_a_cause_that_fits_it),
		cmocka_unit_test(test_no_two_axes_share_a_cause),
		cmocka_unit_test(test_every_cause_fits_some_axis_and_not_all),
		cmocka_unit_test(test_what_fits_and_what_does_not),
		cmocka_unit_test(test_the_measured_axis_corrects_the_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
