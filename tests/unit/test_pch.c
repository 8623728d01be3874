/* SPDX-License-Identifier: Apache-2.0 */
/* pch.c: precompiled headers of gcc and clang, clang modules. */
#include "tests/unit/made.h"

#define HEADER "printf '#include <stddef.h>\\nstruct s { size_t a; };\\n' >h.h; touch -d @1700000000 h.h; "

static void header_of_gcc(void **state)
{
	struct layout *l;

	(void)state;
	made_by("gcc", HEADER "gcc -x c-header h.h -o h.gch");
	l = made_layout("h.gch", "pch");
	assert_field(l, "identifier", MEANS_MAGIC);
	assert_field(l, "compiler checksum", MEANS_ID);
	assert_kind(l, "target data", PART_DATA);
	assert_kind(l, "memory image", PART_DATA);
	layout_unref(l);
}

struct differing {
	struct layout *other;
	unsigned mtimes, others;
};

/* The second file's header has another mtime: which fields cover the bytes that differ? */
static void compare_bytes(void *ctx, const char *path, struct layout *l, const struct part *p)
{
	struct differing *d = ctx;
	uint64_t at = l->base + p->off;

	if (p->kind == PART_GROUP || at + p->len > d->other->size ||
	    memcmp(part_data(l, p), d->other->data + at, p->len) == 0)
		return;
	if (strcmp(path, "CONTROL//INPUT_FILES//input file mtime") == 0)
		d->mtimes++;
	else if (p->meaning != MEANS_TIME)
		d->others++;
}

static void mtime_of_an_input_of_clang(void **state)
{
	struct differing d = { 0 };
	struct layout *l;

	(void)state;
	made_by("clang", HEADER
		"clang -x c-header h.h -o 1.pch; touch -d @1712345678 h.h; clang -x c-header h.h -o 2.pch");
	l = made_layout("1.pch", "pch");
	d.other = made_layout("2.pch", "pch");
	assert_int_equal(l->size, d.other->size);
	walk_layout(l, "", 0, compare_bytes, &d);
	assert_int_equal(d.mtimes, 1);
	assert_int_equal(d.others, 0);
	layout_unref(d.other);
	layout_unref(l);
}

static void paths_of_clang(void **state)
{
	char path[512];
	struct layout *l;

	(void)state;
	made_by("clang", HEADER "clang -x c-header \"$PWD/h.h\" -o h.pch");
	l = made_layout("h.pch", "pch");
	(void)snprintf(path, sizeof(path), "%s/h.h", scratch_dir);
	assert_text(l, "CONTROL//original file", MEANS_PATH, path);
	assert_memory_equal(find_path(l, "CONTROL//INPUT_FILES//input file name").bytes, path, strlen(path));
	layout_unref(l);
}

static void module_of_clang(void **state)
{
	struct layout *l;

	(void)state;
	made_by("clang",
		HEADER "printf 'module m { header \"h.h\" }\\n' >module.modulemap; "
		       "clang -cc1 -emit-module -fmodules -fmodule-name=m -x c module.modulemap -o m.pcm "
		       "-internal-isystem \"$(clang -print-resource-dir)/include\"");
	l = made_layout("m.pcm", "pch");
	assert_kind(l, "CONTROL//INPUT_FILES//input file mtime", PART_FIELD);
	assert_kind(l, "AST//SUBMODULE", PART_GROUP);
	layout_unref(l);
}

static void malformed(void **state)
{
	(void)state;
	made_by("gcc", HEADER "gcc -x c-header h.h -o h.gch");
	hammer_file("h.gch");
	made_by("clang", HEADER "clang -x c-header h.h -o h.pch");
	hammer_file("h.pch");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_of_gcc),  cmocka_unit_test(mtime_of_an_input_of_clang),
		cmocka_unit_test(paths_of_clang), cmocka_unit_test(module_of_clang),
		cmocka_unit_test(malformed),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
