/* SPDX-License-Identifier: Apache-2.0 */
/* Members of static libraries: names in all their forms, thin archives, and what is malformed. */
#include "analyzers/ar_members.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct made {
	char data[4096];
	size_t size;
};

static void begin(struct made *m, const char *magic)
{
	memcpy(m->data, magic, 8);
	m->size = 8;
}

static void add(struct made *m, const char *name, unsigned long size, const char *body)
{
	m->size += (size_t)snprintf(m->data + m->size, sizeof(m->data) - m->size, "%-16s%-12d%-6d%-6d%-8d%-10lu`\n", name, 0, 0,
				    0, 644, size);
	memcpy(m->data + m->size, body, strlen(body));
	m->size += strlen(body);
	if (m->size & 1)
		m->data[m->size++] = '\n';
}

static int next(struct ar_members *m, struct ar_member *ret)
{
	return ar_members_next(m, ret, NULL);
}

static void names_of_all_kinds_are_read(void **state)
{
	struct made a;
	struct ar_members m;
	struct ar_member x;

	(void)state;
	begin(&a, "!<arch>\n");
	add(&a, "//", 26, "a-rather-long-name.o/\nb.o/");
	add(&a, "short.o/", 5, "12345");
	add(&a, "/0", 3, "abc");
	add(&a, "/22", 2, "xy");
	add(&a, "#1/8", 11, "bsd.name123");
	assert_int_equal(ar_members_begin(&m, (const uint8_t *)a.data, a.size, "x.a", NULL), 0);
	assert_int_equal(next(&m, &x), 1);
	assert_string_equal(x.name, "short.o");
	assert_int_equal(x.size, 5);
	assert_memory_equal(a.data + x.off, "12345", 5);
	assert_int_equal(next(&m, &x), 1);
	assert_string_equal(x.name, "a-rather-long-name.o");
	assert_int_equal(next(&m, &x), 1);
	assert_string_equal(x.name, "b.o");
	assert_int_equal(next(&m, &x), 1);
	assert_string_equal(x.name, "bsd.name");
	assert_int_equal(x.size, 3);
	assert_memory_equal(a.data + x.off, "123", 3);
	assert_int_equal(next(&m, &x), 0);
}

static void members_of_a_thin_archive_are_elsewhere(void **state)
{
	struct made a;
	struct ar_members m;
	struct ar_member x;

	(void)state;
	begin(&a, "!<thin>\n");
	add(&a, "//", 10, "dir/one.o/");
	add(&a, "/0", 12345678, "");
	add(&a, "two.o/", 7, "");
	assert_int_equal(ar_members_begin(&m, (const uint8_t *)a.data, a.size, "x.a", NULL), 0);
	assert_true(m.thin);
	assert_int_equal(next(&m, &x), 1);
	assert_string_equal(x.name, "dir/one.o");
	assert_int_equal(x.off, 0);
	assert_int_equal(x.size, 12345678);
	assert_int_equal(next(&m, &x), 1);
	assert_string_equal(x.name, "two.o");
	assert_int_equal(next(&m, &x), 0);
}

/* Its bodies, where such a name would be, are in other files. */
static void a_thin_archive_has_no_names_in_bodies(void **state)
{
	struct made a;
	struct ar_members m;
	struct ar_member x;

	(void)state;
	begin(&a, "!<thin>\n");
	add(&a, "#1/99999999", 999999999, "");
	assert_int_equal(ar_members_begin(&m, (const uint8_t *)a.data, a.size, "x.a", NULL), 0);
	assert_int_equal(next(&m, &x), -EBADMSG);
}

static void what_is_cut_off_is_refused(void **state)
{
	struct made a;
	size_t n;

	(void)state;
	begin(&a, "!<arch>\n");
	add(&a, "one.o/", 6, "123456");
	for (n = 9; n < a.size; n++) {
		struct ar_members m;
		struct ar_member x;
		struct error err = { 0 };

		assert_int_equal(ar_members_begin(&m, (const uint8_t *)a.data, n, "x.a", NULL), 0);
		assert_int_equal(ar_members_next(&m, &x, &err), -EBADMSG);
		assert_true(err.has_offset && err.offset == 8);
	}
	assert_int_equal(ar_members_begin(&(struct ar_members){ 0 }, (const uint8_t *)"!<arch>", 7, "x.a", NULL), -EBADMSG);
}

static void a_name_outside_of_its_table_is_refused(void **state)
{
	struct made a;
	struct ar_members m;
	struct ar_member x;

	(void)state;
	begin(&a, "!<arch>\n");
	add(&a, "//", 4, "a.o/");
	add(&a, "/99", 2, "xy");
	assert_int_equal(ar_members_begin(&m, (const uint8_t *)a.data, a.size, "x.a", NULL), 0);
	assert_int_equal(next(&m, &x), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_all_kinds_are_read),
		cmocka_unit_test(members_of_a_thin_archive_are_elsewhere),
		cmocka_unit_test(a_thin_archive_has_no_names_in_bodies),
		cmocka_unit_test(what_is_cut_off_is_refused),
		cmocka_unit_test(a_name_outside_of_its_table_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
