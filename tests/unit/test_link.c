/* SPDX-License-Identifier: Apache-2.0 */
#include "depgraph/link/link_model.h"
#include "tests/unit/made.h"

#include <errno.h>

#define CC "cc -O1 -fno-inline -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -c "

struct model {
	struct inputs in;
	struct graph graph;
	struct link *link;
};

/* Names of files in the scratch directory, NULL-terminated. */
static void open_model(struct model *m, enum linkmap_dialect linker, const char *const *files)
{
	struct link_options options = { .linker = linker, .linker_told = true };
	struct error err = { 0 };

	*m = (struct model){ .in = INPUTS_INIT, .graph = GRAPH_INIT };
	for (; *files; files++)
		assert_int_equal(inputs_add(&m->in, scratch_path(*files), &err), 0);
	assert_int_equal(link_build(&m->in, &options, &m->graph, &m->link, &err), 0);
	assert_int_equal(link_mark(m->link, &err), 0);
}

static void close_model(struct model *m)
{
	link_free(m->link);
	graph_release(&m->graph);
	inputs_release(&m->in);
}

static const struct link_section *section_named(const struct model *m, const char *name)
{
	uint32_t i;

	for (i = 0; i < m->link->section_count; i++)
		if (strcmp(link_header(m->link, &m->link->sections[i])->name, name) == 0)
			return &m->link->sections[i];
	fail_msg("no section %s", name);
	return NULL;
}

static bool lives(const struct model *m, const char *name)
{
	return section_named(m, name)->live;
}

#define MODEL(m, linker, ...) open_model(m, linker, (const char *const[]){ __VA_ARGS__, NULL })

static void make_program(void)
{
	made_by("cc as ar", "cat >m.c <<'E'\nint f(void); int main(void) { return f(); }\nE\n"
	     "cat >f.c <<'E'\nint h(void); int f(void) { return 1; } int g(void) { return h(); } int spare = 3;\nE\n"
	     "cat >h.c <<'E'\nint h(void) { return 2; } int started; __attribute__((constructor)) void starts(void) { started++; }\nE\n"
	     CC "m.c f.c h.c && ar rc libf.a f.o h.o");
}

static void what_main_reaches_lives(void **state)
{
	struct model m;

	(void)state;
	make_program();
	MODEL(&m, LINKMAP_GNU, "m.o", "f.o", "h.o");
	assert_string_equal(m.link->opaque, "");
	assert_true(lives(&m, ".text.main"));
	assert_true(lives(&m, ".text.f"));
	assert_false(lives(&m, ".text.g"));
	assert_false(lives(&m, ".text.h")); /* only the dead g calls it */
	assert_false(lives(&m, ".data.spare"));
	assert_true(lives(&m, ".text.starts"));
	close_model(&m);
}

/* A reference from dead code still pulls a member in. */
static void members_are_extracted_as_linkers_do(void **state)
{
	struct model m;

	(void)state;
	make_program();
	MODEL(&m, LINKMAP_LLD, "m.o", "libf.a");
	assert_int_equal(m.link->object_count, 3);
	assert_true(m.link->objects[1].linked);
	assert_true(m.link->objects[2].linked);
	assert_false(lives(&m, ".text.h"));
	close_model(&m);
	made_by("cc as ar", "echo 'int main(void) { return 0; }' >m.c && " CC "m.c");
	MODEL(&m, LINKMAP_LLD, "m.o", "libf.a");
	assert_false(m.link->objects[1].linked);
	assert_false(m.link->objects[2].linked);
	close_model(&m);
}

/* What nobody defines may be in an input that was not given, and that may use all that is global. */
static void what_is_missing_keeps_what_it_could_reach(void **state)
{
	struct model m;

	(void)state;
	make_program();
	made_by("cc as ar", "echo 'static int mine(int x) { return x; } int (*dead_pointer)(int) = mine;"
	     " static int own(void) { return 4; } int unknown(void); int uses(void) { return unknown(); }"
	     " int call_own(void) { return own(); }' >u.c && " CC "u.c");
	MODEL(&m, LINKMAP_GNU, "m.o", "f.o", "h.o", "u.o");
	assert_non_null(strstr(m.link->opaque, "unknown"));
	assert_true(lives(&m, ".text.g"));
	assert_true(lives(&m, ".text.uses"));
	close_model(&m);
}

static void make_odd(void)
{
	made_by("cc as ar", "cat >o.s <<'E'\n"
	     "	.section .text._start,\"ax\",@progbits\n	.globl _start\n_start: call grouped\n	lea __start_list(%rip), %rax\n	ret\n"
	     "	.section .text.grouped,\"axG\",@progbits,g,comdat\n	.globl grouped\ngrouped: ret\n"
	     "	.section .data.grouped,\"awG\",@progbits,g,comdat\n	.quad by_group\n"
	     "	.section .text.by_group,\"ax\",@progbits\nby_group: ret\n"
	     "	.section list,\"a\",@progbits\n	.quad 1\n"
	     "	.section other_list,\"a\",@progbits\n	.quad 1\n"
	     "	.section .text.retained,\"axR\",@progbits\n	ret\n"
	     "	.section .init_array.7,\"aw\",@init_array\n	.quad by_array\n"
	     "	.section .text.by_array,\"ax\",@progbits\nby_array: ret\n"
	     "	.section .gcc_except_table.x,\"a\",@progbits\n	.quad by_table\n"
	     "	.section .text.by_table,\"ax\",@progbits\nby_table: ret\n"
	     "E\nas -o o.o o.s");
}

static void each_linker_has_its_rules(void **state)
{
	static const struct {
		enum linkmap_dialect linker;
		bool by_group, other_list, by_table;
	} rules[] = {
		{ LINKMAP_GNU, true, false, false },
		{ LINKMAP_GOLD, false, false, true },
		{ LINKMAP_LLD, true, false, false },
		{ LINKMAP_MOLD, false, true, false },
	};
	struct model m;
	size_t i;

	(void)state;
	make_odd();
	for (i = 0; i < 4; i++) {
		MODEL(&m, rules[i].linker, "o.o");
		assert_true(lives(&m, ".text.grouped"));
		assert_true(lives(&m, "list"));
		assert_true(lives(&m, ".text.retained"));
		assert_true(lives(&m, ".text.by_array"));
		assert_int_equal(lives(&m, ".text.by_group"), rules[i].by_group);
		assert_int_equal(lives(&m, "other_list"), rules[i].other_list);
		assert_int_equal(lives(&m, ".text.by_table"), rules[i].by_table);
		close_model(&m);
	}
}

static void one_copy_of_a_group_is_used(void **state)
{
	struct model m;
	uint32_t i, used = 0;

	(void)state;
	make_odd();
	made_by("cc as ar", "printf '.section .text.grouped,\"axG\",@progbits,g,comdat\\n.globl grouped\\ngrouped: ret\\n' | as -o p.o -");
	MODEL(&m, LINKMAP_LLD, "o.o", "p.o");
	for (i = 0; i < m.link->section_count; i++)
		used += m.link->sections[i].in_output && strcmp(link_header(m.link, &m.link->sections[i])->name, ".text.grouped") == 0;
	assert_int_equal(used, 1);
	close_model(&m);
}

static int count_records(void *ctx, const struct eh_record *r)
{
	(void)r;
	++*(int *)ctx;
	return 0;
}

static void unwind_records_are_checked(void **state)
{
	/* A CIE of 8 bytes, an FDE that points back to it, the end. */
	uint8_t good[] = { 8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	uint8_t far[sizeof(good)];
	int n = 0;
	size_t i;

	(void)state;
	assert_int_equal(eh_frame_records(cursor_make(good, sizeof(good)), count_records, &n), 0);
	assert_int_equal(n, 2);
	memcpy(far, good, sizeof(good));
	far[16] = 200; /* a CIE before the section */
	assert_int_equal(eh_frame_records(cursor_make(far, sizeof(far)), count_records, &n), -EBADMSG);
	for (i = 1; i < 24; i++)
		if (i != 12)
			assert_int_equal(eh_frame_records(cursor_make(good, i), count_records, &n), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_main_reaches_lives, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(members_are_extracted_as_linkers_do, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(what_is_missing_keeps_what_it_could_reach, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(each_linker_has_its_rules, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(one_copy_of_a_group_is_used, scratch_setup, scratch_teardown),
		cmocka_unit_test(unwind_records_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
