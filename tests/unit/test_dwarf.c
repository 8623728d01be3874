/* SPDX-License-Identifier: Apache-2.0 */
/* dwarf.c, dwarf_image.c and source_lines.c: what compilers write, in objects and programs, plain and compressed. */
#include "analyzers/elf_image.h"
#include "reprocheck/compare/source_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char source[] = "int counter;\n"                                              /* 1 */
			     "__attribute__((noinline)) int twice(int x) {\n"                  /* 2 */
			     "\treturn 2 * x + counter;\n"                                    /* 3 */
			     "}\n"                                                            /* 4 */
			     "int main(void) { return twice(1); }\n";                         /* 5 */

static char dir[] = "/tmp/test-dwarf-XXXXXX";

static int setup(void **state)
{
	char path[64];
	FILE *f;

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/a.c", dir);
	f = fopen(path, "w");
	if (!f)
		return -1;
	fputs(source, f);
	return fclose(f);
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

/* Runs a command line in the directory; false: it failed (no such compiler, no such option). */
static bool run(const char *line)
{
	char command[512];

	snprintf(command, sizeof(command), "cd %s && { %s; } >log 2>&1", dir, line);
	return system(command) == 0;
}

static struct layout *open_elf(const char *name)
{
	struct layout *l = NULL;
	struct content *c = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(content_open(AT_FDCWD, path, &c, NULL), 0);
	assert_int_equal(layout_identify(c, 0, content_size(c), NULL, &l), 0);
	content_unref(c);
	assert_string_equal(l->analyzer->name, "elf");
	return l;
}

static uint32_t section_index(const struct layout *l, const char *name)
{
	const struct elf *e = l->priv;
	uint32_t i;

	for (i = 1; i < e->section_count; i++)
		if (!strcmp(e->sections[i].name, name))
			return i;
	fail_msg("no section %s", name);
	return 0;
}

/* The address of a function in a program, by nm. */
static uint64_t symbol_address(const char *file, const char *symbol)
{
	unsigned long long v = 0;
	char command[256];
	FILE *f;

	snprintf(command, sizeof(command), "nm %s/%s | grep ' %s$'", dir, file, symbol);
	f = popen(command, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%llx", &v), 1);
	pclose(f);
	return v;
}

/* Optimised code may begin with the function's first statement. */
static void assert_twice(const struct dwarf_answer *a, bool optimised)
{
	assert_true(a->found);
	assert_string_equal(a->unit, "a.c");
	assert_string_equal(a->directory, dir);
	assert_string_equal(a->file, "a.c");
	assert_in_range(a->line, 2, optimised ? 3 : 2);
	assert_true(strstr(a->producer, "GNU") || strstr(a->producer, "clang"));
}

static void check_object(const char *name, const char *text)
{
	struct layout *l = open_elf(name);
	struct dwarf_query q = { section_index(l, text), 0 };
	struct dwarf_answer a;
	struct error err = { 0 };

	assert_int_equal(source_lines(l, &q, 1, &a, &err), 0);
	assert_twice(&a, false);
	layout_unref(l);
}

static void test_objects(void **state)
{
	static const char *const lines[] = {
		"gcc -g -gdwarf-4 -c a.c", "gcc -g -gdwarf-5 -c a.c",  "gcc -g -gz=zlib -c a.c",
		"gcc -g -gz=zlib-gnu -c a.c", "clang -g -gdwarf-4 -c a.c", "clang -g -gdwarf-5 -c a.c",
		"gcc -g -c a.c && objcopy --compress-debug-sections=zstd a.o",
		"clang -g --target=aarch64-linux-gnu -c a.c", "clang -g --target=riscv64-linux-gnu -c a.c",
		"clang -g --target=i686-linux-gnu -c a.c", "clang -g --target=powerpc64-linux-gnu -c a.c",
	};
	size_t i, ran = 0;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (!run(lines[i]))
			continue;
		print_message("%s\n", lines[i]);
		check_object("a.o", ".text");
		ran++;
	}
	assert_true(ran >= 4); /* gcc is what this was built with, or else clang */
}

static void test_functions_in_sections_of_their_own(void **state)
{
	(void)state;
	assert_true(run("cc -g -ffunction-sections -c a.c"));
	check_object("a.o", ".text.twice");
}

static void check_program(const char *command)
{
	struct dwarf_query q = { .section = DWARF_ADDRESS };
	struct dwarf_answer a;
	struct layout *l;

	print_message("%s\n", command);
	q.value = symbol_address("a.out", "twice");
	l = open_elf("a.out");
	assert_int_equal(source_lines(l, &q, 1, &a, NULL), 0);
	assert_twice(&a, strstr(command, "-O2"));
	layout_unref(l);
}

/* With .debug_aranges (gcc), with ranges of the units alone (clang), in DWARF 4 and 5, position-independent or not. */
static void test_programs(void **state)
{
	static const char *const lines[] = {
		"gcc -g -gdwarf-4 -O2 a.c",
		"gcc -g -gdwarf-5 -no-pie a.c",
		"clang -g -gdwarf-4 a.c",
		"clang -g -gdwarf-5 a.c",
		"clang -g -gdwarf-4 -O2 -ffunction-sections a.c",
		"clang -g -gdwarf-5 -O2 -ffunction-sections a.c",
		"gcc -g -O2 -Wl,--compress-debug-sections=zlib a.c",
		"gcc -g -O2 -Wl,--compress-debug-sections=zstd a.c",
	};
	size_t i, ran = 0;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (!run(lines[i]))
			continue;
		check_program(lines[i]);
		ran++;
	}
	assert_true(ran >= 3);
}

static void test_split_debug_names_the_file_with_the_rest(void **state)
{
	struct dwarf_query q = { .value = 0 };
	struct dwarf_answer a;
	struct layout *l;

	(void)state;
	if (!run("gcc -g -gsplit-dwarf -c a.c"))
		skip();
	l = open_elf("a.o");
	q.section = section_index(l, ".text");
	assert_int_equal(source_lines(l, &q, 1, &a, NULL), 0);
	assert_string_equal(a.unit, "a.dwo");
	assert_string_equal(a.file, "a.c");
	assert_int_equal(a.line, 2);
	layout_unref(l);
}

static void test_offsets_in_debug_sections(void **state)
{
	static struct dwarf_query q[400];
	static struct dwarf_answer a[400];
	bool variable = false, function = false;
	const struct elf *e;
	struct layout *l;
	size_t i, n;

	(void)state;
	assert_true(run("cc -g -c a.c"));
	l = open_elf("a.o");
	e = l->priv;
	n = e->sections[section_index(l, ".debug_info")].size;
	assert_in_range(n, 50, 390);
	for (i = 0; i < n; i++)
		q[i] = (struct dwarf_query){ section_index(l, ".debug_info"), i };
	q[n] = (struct dwarf_query){ section_index(l, ".debug_line"), 10 };
	q[n + 1] = (struct dwarf_query){ section_index(l, ".debug_abbrev"), 1 };
	q[n + 2] = (struct dwarf_query){ section_index(l, ".debug_str"), 1 };
	q[n + 3] = (struct dwarf_query){ DWARF_ADDRESS, UINT64_MAX };
	assert_int_equal(source_lines(l, q, n + 4, a, NULL), 0);
	for (i = 0; i < n; i++) {
		assert_true(a[i].found);
		assert_string_equal(a[i].unit, "a.c");
		variable |= !strcmp(a[i].entity, "variable counter") && a[i].line == 1 && !strcmp(a[i].file, "a.c");
		function |= !strcmp(a[i].entity, "subprogram twice") && a[i].line == 2;
	}
	assert_true(variable);
	assert_true(function);
	assert_string_equal(a[n].unit, "a.c");
	assert_string_equal(a[n + 1].unit, "a.c");
	assert_false(a[n + 2].found);
	assert_false(a[n + 3].found);
	layout_unref(l);
}

static void test_no_debug_information(void **state)
{
	struct dwarf_query q = { .section = DWARF_ADDRESS };
	struct dwarf_answer a = { .found = true };
	struct layout *l;

	(void)state;
	assert_true(run("cc -c a.c && strip -g a.o"));
	l = open_elf("a.o");
	assert_int_equal(source_lines(l, &q, 1, &a, NULL), -ENODATA);
	assert_false(a.found);
	layout_unref(l);
}

/* Bytes of a debug section inverted: whatever the parser makes of it, or dies of, comes back as a result. */
static void damage(struct layout *good, const char *name, uint64_t step)
{
	const struct elf *e = good->priv;
	const struct elf_section *s = &e->sections[section_index(good, name)];
	uint8_t *copy = malloc(good->size);
	uint64_t i;

	assert_non_null(copy);
	memcpy(copy, good->data, good->size);
	for (i = 0; i < s->size; i += step) {
		struct dwarf_query q[2] = { { section_index(good, ".text"), 4 }, { section_index(good, ".debug_info"), 60 } };
		struct dwarf_answer a[2];
		struct content *c = NULL;
		struct layout *l = NULL;
		struct error err = { 0 };
		int r;

		copy[s->off + i] ^= 0xff;
		assert_int_equal(content_copy(copy, good->size, "damaged", &c), 0);
		assert_int_equal(layout_identify(c, 0, good->size, NULL, &l), 0);
		r = source_lines(l, q, 2, a, &err);
		if (r < 0)
			assert_true(strlen(err.message) > 0);
		layout_unref(l);
		content_unref(c);
		copy[s->off + i] ^= 0xff;
	}
	free(copy);
}

static void test_damaged_sections(void **state)
{
	struct layout *l;

	(void)state;
	assert_true(run("cc -g -c a.c"));
	l = open_elf("a.o");
	damage(l, ".debug_info", 7);
	damage(l, ".debug_abbrev", 5);
	damage(l, ".debug_line", 3);
	layout_unref(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_functions_in_sections_of_their_own),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_split_debug_names_the_file_with_the_rest),
		cmocka_unit_test(test_offsets_in_debug_sections),
		cmocka_unit_test(test_no_debug_information),
		cmocka_unit_test(test_damaged_sections),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
